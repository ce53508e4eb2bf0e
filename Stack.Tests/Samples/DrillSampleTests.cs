using UserNet.Samples.Drill;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Samples;

/// <summary>samples/Drill: scripts at the command line.</summary>
public sealed class DrillSampleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DrillSampleTests()
    {
        string good = UserNet.Tests.Drill.Running.DrillSuiteTests.Hello;
        Write("a-good.pkt", good);
        Write("b-wrong.pkt", good.Replace("ack 1 <mss 1460>", "ack 2 <mss 1460>", StringComparison.Ordinal));
        Write("c-knob.pkt", "`sysctl -q net.ipv4.tcp_nonsense=1`\n" + good);
        Write("d-text.pkt", "0 frobnicate(\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_script_has_a_line_and_the_totals_are_the_last()
    {
        string[] lines = Run(CommandLine.Failure, _folder.Name);
        Assert.Equal(5, lines.Length);
        Assert.Matches(@"^PASS .*a-good\.pkt$", lines[0]);
        Assert.Matches(@"^FAIL .*b-wrong\.pkt:5: .*expected .*ack 2.*got .*ack 1", lines[1]);
        Assert.Matches(@"^UNSUPPORTED .*c-knob\.pkt:1: sysctl net\.ipv4\.tcp_nonsense$", lines[2]);
        Assert.Matches(@"^PARSE .*d-text\.pkt:\d+:\d+: ", lines[3]);
        Assert.Equal("1 passed, 2 failed, 1 unsupported", lines[4]);
    }

    [Fact]
    public void What_is_unsupported_is_no_failure() =>
        Assert.Equal("1 passed, 0 failed, 1 unsupported", Run(CommandLine.Success, Script("a-good.pkt"), Script("c-knob.pkt"))[^1]);

    [Fact]
    public void All_versions_of_IP_are_three_runs()
    {
        string[] lines = Run(CommandLine.Success, "--ip-version", "all", Script("a-good.pkt"));
        Assert.Equal("3 passed, 0 failed, 0 unsupported", lines[^1]);
        Assert.Equal(["ipv4", "ipv4-mapped-ipv6", "ipv6"], lines[..3].Select(static line => line[(line.IndexOf('[', StringComparison.Ordinal) + 1)..^1]));
        Assert.Equal("2 passed, 0 failed, 0 unsupported", Run(CommandLine.Success, "--ip-version", "ipv4", "--ip-version", "ipv6", Script("a-good.pkt"))[^1]);
    }

    [Fact]
    public void The_trace_shows_the_packets_and_the_recording_has_them()
    {
        string pcap = Path.Combine(_folder.Name, "pcap");
        string[] lines = Run(CommandLine.Success, "--trace", "--pcap", pcap, Script("a-good.pkt"));
        Assert.Contains(lines, static line => line.Contains("> S. 0:0(0) ack 1", StringComparison.Ordinal));
        Assert.Single(Directory.GetFiles(pcap, "*.pcapng"));
    }

    [Fact]
    public void More_is_said_when_more_is_asked_for()
    {
        string[] lines = Run(CommandLine.Failure, "--verbose", Script("b-wrong.pkt"));
        Assert.Contains(lines, static line => line.StartsWith("    ", StringComparison.Ordinal) && line.Contains("< S 0:0(0)", StringComparison.Ordinal));
        Assert.Matches(@"\([0-9.]+ ms\)$", lines[0]);
        Assert.Matches(@"^1 played in [0-9.]+ s$", lines[^2]);
    }

    [Fact]
    public void A_branch_is_chosen_by_a_name()
    {
        Write("branch.pkt", "#ifdef WRONG\n0 frobnicate(\n#endif\n" + UserNet.Tests.Drill.Running.DrillSuiteTests.Hello);
        Run(CommandLine.Success, Script("branch.pkt"));
        Run(CommandLine.Failure, "--define", "WRONG", Script("branch.pkt"));
    }

    [Fact]
    public void The_profile_is_a_matter_of_the_stack_and_the_dialect()
    {
        Write("bsd.pkt", "0 `sysctl -w net.inet.tcp.rfc1323=0`\n+0 `true`\n");
        Run(CommandLine.Success, "--profile", "freebsd", Script("bsd.pkt"));
        Assert.Equal("0 passed, 0 failed, 1 unsupported", Run(CommandLine.Success, "--profile", "linux", Script("bsd.pkt"))[^1]);
    }

    [Fact]
    public void What_the_language_leaves_free_is_compared_when_asked_for()
    {
        Write("free.pkt", UserNet.Tests.Drill.Running.DrillSuiteTests.Hello.Replace("> S. 0:0(0)", "> S. 7:7(0)", StringComparison.Ordinal));
        Run(CommandLine.Success, Script("free.pkt"));
        Assert.Contains(": sequence number: ", Run(CommandLine.Failure, "--strict", Script("free.pkt"))[0], StringComparison.Ordinal);
        Write("left.pkt", "0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n+0 connect(3, ..., ...) = -1 EINPROGRESS\n");
        Run(CommandLine.Success, Script("left.pkt"));
        Assert.Contains(": left over: ", Run(CommandLine.Failure, "--no-left-overs", Script("left.pkt"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_profile_a_folder_s_name_says_it()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Name, "freebsd", "knobs"));
        Write("freebsd/knobs/bsd.pkt", "0 `sysctl -w net.inet.tcp.rfc1323=0`\n+0 `true`\n");
        Assert.Equal("1 passed, 0 failed, 0 unsupported", Run(CommandLine.Success, Script("freebsd"))[^1]);
        Assert.Equal("0 passed, 0 failed, 1 unsupported", Run(CommandLine.Success, "--profile", "linux", Script("freebsd"))[^1]);
    }

    [Theory]
    [InlineData]
    [InlineData("none.pkt")]
    [InlineData("--profile", "windows", ".")]
    [InlineData("--ip-version", "ipx", ".")]
    [InlineData("--nonsense", ".")]
    public void A_command_line_that_cannot_be_says_so(params string[] arguments)
    {
        var errors = new StringWriter();
        Assert.Equal(CommandLine.Malformed, CommandLine.Run(arguments, new StringWriter(), errors));
        Assert.NotEqual("", errors.ToString());
    }

    private static string[] Run(int code, params string[] arguments)
    {
        var output = new StringWriter();
        var errors = new StringWriter();
        Assert.True(code == CommandLine.Run(arguments, output, errors), $"{output}\n{errors}");
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private string Script(string name) => Path.Combine(_folder.Name, name);

    private void Write(string name, string text) => File.WriteAllText(Script(name), text);
}
