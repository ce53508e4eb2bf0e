using UserNet.Samples.BindShell;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>One script through each face: the same steps, each face's own codes.</summary>
public sealed class BindShellFacesTests : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" }, _errors = new();

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    // The answers of the last step: POSIX, Winsock, WSP, WSK, .NET.
    [Theory]
    [InlineData("S = tcp4 ; S bind 10.9.9.9 P",
        "EADDRNOTAVAIL", "WSAEADDRNOTAVAIL", "WSAEADDRNOTAVAIL", "STATUS_INVALID_ADDRESS_COMPONENT", "AddressNotAvailable")]
    [InlineData("S = udp4 ; S bind 0.0.0.0 P ; T = udp4 ; T bind 0.0.0.0 P",
        "EADDRINUSE", "WSAEADDRINUSE", "WSAEADDRINUSE", "STATUS_ADDRESS_ALREADY_EXISTS", "AddressAlreadyInUse")]
    [InlineData("S = udp4 ; S bind 0.0.0.0 P ; T = udp4 ; T ra 1 ; T bind 0.0.0.0 P",
        "EADDRINUSE", "WSAEACCES", "WSAEACCES", "STATUS_ACCESS_DENIED", "AddressAlreadyInUse")]
    [InlineData("S = udp4 ; S bind 0.0.0.0 P ; T = udp4 ; T bind 10.1.0.1 P", "EADDRINUSE", "ok", "ok", "ok", "AddressAlreadyInUse")]
    [InlineData("S = udp4 ; S bind 0.0.0.0 P ; user 1001 ; T = udp4 ; T bind 10.1.0.1 P",
        "EADDRINUSE", "WSAEACCES", "WSAEACCES", "STATUS_ACCESS_DENIED", "AddressAlreadyInUse")]
    [InlineData("S = tcp4 ; S bind 0.0.0.0 P ; S bind 0.0.0.0 Q",
        "EINVAL", "WSAEINVAL", "WSAEINVAL", "STATUS_ADDRESS_ALREADY_ASSOCIATED", "InvalidArgument")]
    [InlineData("S = tcp4 ; S bindnull 16", "EFAULT", "WSAEFAULT", "WSAEFAULT", "STATUS_INVALID_PARAMETER", "ArgumentNullException")]
    [InlineData("S = tcp4 ; S bindlen 10.1.0.1 P 15", "EINVAL", "WSAEFAULT", "WSAEFAULT", "STATUS_INVALID_PARAMETER", "no such call")]
    [InlineData("S = tcp4 ; S bind ::1 P", "EAFNOSUPPORT", "WSAEFAULT", "WSAEFAULT", "STATUS_INVALID_ADDRESS", "AddressFamilyNotSupported")]
    [InlineData("S = badfd ; S bind 0.0.0.0 P", "EBADF", "WSAENOTSOCK", "WSAENOTSOCK", "no such call", "ObjectDisposedException")]
    [InlineData("S = pipe ; S bind 0.0.0.0 P", "ENOTSOCK", "WSAENOTSOCK", "WSAENOTSOCK", "no such call", "no such call")]
    [InlineData("S = udp4 ; S name", "0.0.0.0 0", "WSAEINVAL", "WSAEINVAL", "STATUS_INVALID_DEVICE_STATE", "null")]
    [InlineData("S = tcp4 ; S listen", "ok", "WSAEINVAL", "WSAEINVAL", "STATUS_INVALID_DEVICE_STATE", "")]
    [InlineData("S = udp4 ; S bind 0.0.0.0 P ; S listen", "EOPNOTSUPP", "WSAEOPNOTSUPP", "WSAEOPNOTSUPP", "no such call", "OperationNotSupported")]
    [InlineData("S = udp4 ; S rp 1", "ok", "WSAENOPROTOOPT", "WSAENOPROTOOPT", "STATUS_NOT_SUPPORTED", "ok")]
    [InlineData("S = udp4 ; S ra 1 ; S ex 1", "ENOPROTOOPT", "WSAEINVAL", "WSAEINVAL", "STATUS_INVALID_PARAMETER", "")]
    [InlineData("S = udp4 ; S bind 10.1.0.255 P", "ok", "WSAEACCES", "WSAEACCES", "STATUS_ACCESS_DENIED", "ok")]
    [InlineData("user 1001 ; S = udp4 ; S bind 0.0.0.0 80", "EACCES", "ok", "ok", "ok", "AccessDenied")]
    [InlineData("sysctl net.ipv4.ip_local_port_range 50000 50000 ; S = udp4 ; S bind 0.0.0.0 0 ; T = udp4 ; T bind 0.0.0.0 0",
        "EADDRINUSE", "WSAENOBUFS", "WSAENOBUFS", "STATUS_TOO_MANY_ADDRESSES", "AddressAlreadyInUse")]
    [InlineData("S = tcp4 ; S bind 0.0.0.0 0 ; S connectb 10.1.0.9 9",
        "ECONNREFUSED", "WSAECONNREFUSED", "WSAECONNREFUSED", "STATUS_CONNECTION_REFUSED", "ConnectionRefused")]
    [InlineData("S = udp4 ; S bind 0.0.0.0 0 ; S recv", "EAGAIN", "WSAEWOULDBLOCK", "WSAEWOULDBLOCK", "STATUS_PENDING", "WouldBlock")]
    [InlineData("S = udp4 ; S unspec", "ok", "WSAEAFNOSUPPORT", "WSAEAFNOSUPPORT", "no such call", "ok")]
    public void A_step_has_each_face_s_own_answer(string script, params string[] answers)
    {
        Assert.Equal(Face.All.Count, answers.Length);
        for (int i = 0; i < answers.Length; i++)
        {
            // Where .NET's own defaults decide, another test compares with the real thing.
            if (answers[i].Length != 0) Assert.Equal((Face.All[i].Name, answers[i]), (Face.All[i].Name, LastOf(script, Face.All[i])));
        }
    }

    [Fact]
    public void A_connection_is_made_used_and_left_through_each_face()
    {
        const string Script = """
            L = tcp4 ; L bind 10.1.0.1 80 ; L listen ; ns B ; C = tcp4 ; C bind 0.0.0.0 0 ; C connect 10.1.0.1 80 ; L accept as A
            A name ; C peer ; C send 5 ; A recv ; A shut wr ; A state ; C shut wr ; C close ; A close ; L close
            """;
        string[] expected =
        [
            .. Enumerable.Repeat("ok", 8), "10.1.0.1 80", "10.1.0.1 80", "ok", "5 octets", "ok", "FIN_WAIT2", .. Enumerable.Repeat("ok", 4),
        ];
        foreach (Face face in Face.All) Assert.Equal(expected, AnswersOf(Script, face));
    }

    [Fact]
    public void Datagrams_fly_through_each_face_and_deliver_says_who_gets_them()
    {
        const string Script = "S = udp4 ; S bind 10.1.0.1 P ; ns B ; T = udp4 ; T bind 10.1.0.9 Q ; T sendto 10.1.0.1 P 7 ; S recv ; deliver B 10.1.0.9 R 10.1.0.1 P";
        foreach (Face face in Face.All)
            Assert.Equal(["ok", "ok", "ok", "ok", "ok", "ok", "#1, 7 octets from 10.1.0.9 Q", "S"], AnswersOf(Script, face));
    }

    [Fact]
    public void Without_face_it_is_posix()
    {
        const string Script = "S = tcp4 ; S bind 0.0.0.0 0 ; S name ; T = tcp4 ; T bind 10.9.9.9 P";
        Assert.Equal(CommandLine.Success, Run("-c", Script));
        string plain = _output.ToString();
        _output.GetStringBuilder().Clear();
        Assert.Equal(CommandLine.Success, Run("--face", "posix", "-c", Script));
        Assert.Equal(plain, _output.ToString());
    }

    [Fact]
    public void A_socket_that_a_face_did_not_make_is_not_used_there()
    {
        Assert.Equal(CommandLine.Success, Run("--faces", "-c", "S = udp4 ; S bind 0.0.0.0 P ; S accept as A ; A name"));
        Assert.Equal(["A name", "-", "-", "-", "-", "-"], _output.ToString().Split('\n')
            .Single(static line => line.Contains("A name", StringComparison.Ordinal)).Split('|', StringSplitOptions.TrimEntries)[1..^1]);
    }

    [Theory]
    [InlineData("--face: 'berkeley' is none of posix, winsock, wsp, wsk, dotnet, all.", "--face", "berkeley")]
    [InlineData("--check compares with what Linux answered: through posix alone.", "--face", "wsk", "--check", "rows.csv")]
    [InlineData("--check compares with what Linux answered: through posix alone.", "--faces", "--check", "rows.csv")]
    [InlineData("--explain explains one face's answers.", "--face", "all", "--explain")]
    public void Faces_that_make_no_sense_are_one_message(string message, params string[] arguments)
    {
        Assert.Equal(CommandLine.Malformed, Run(arguments));
        Assert.Equal(message, _errors.ToString().Trim());
    }

    [Fact]
    public void Any_face_takes_any_personality()
    {
        foreach (Face face in Face.All)
        {
            foreach (string manners in new[] { "linux", "posix", "windows", "windowskernel" })
            {
                _output.GetStringBuilder().Clear();
                Assert.Equal(CommandLine.Success, Run("--face", face.Name, "--personality", manners, "-c", "S = tcp4 ; S bind 0.0.0.0 P ; S name"));
                Assert.EndsWith("0.0.0.0 P", _output.ToString().TrimEnd(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Whatever_was_measured_on_Linux_runs_through_each_face()
    {
        IReadOnlyList<CheckedRow> rows = GoldenRows.All;
        int count = TestSettings.Count(400, rows.Count);
        for (int i = 0; i < count; i++)
        {
            CheckedRow row = rows[(int)((long)i * rows.Count / count)];
            foreach (Face face in Face.All) AssertRuns(row, face);
        }
    }

    /// <summary>Each step is answered, with a code that has a name.</summary>
    private static void AssertRuns(CheckedRow row, Face face)
    {
        using var world = new StackWorld(face.Personality, seed: 1, face);
        var interpreter = new Interpreter(world);
        foreach (ScriptStep step in row.Steps)
        {
            string text;
            try
            {
                text = interpreter.Run(step).Text;
            }
            catch (ScriptException missing) when (missing.Message.Contains("there is no socket", StringComparison.Ordinal))
            {
                return;      // which this face did not make: nobody connected, where Linux binds
            }

            bool hasNoName = step.Verb.Text is "bind" or "listen" or "connect" or "connectb" or "accept" && !char.IsAsciiLetter(text[0]);
            Assert.False(hasNoName, $"{row.Id} through {face.Name}: {step.Text}: {text}");
        }
    }

    private static string LastOf(string script, Face face) => AnswersOf(script, face)[^1];

    private static string[] AnswersOf(string script, Face face)
    {
        using var world = new StackWorld(face.Personality, seed: 1, face);
        var interpreter = new Interpreter(world);
        return [.. ScriptParser.Parse(script).Select(step => interpreter.Run(step).Text)];
    }

    private int Run(params string[] arguments) => CommandLine.Run(arguments, TextReader.Null, _output, _errors);
}
