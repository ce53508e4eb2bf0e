using UserNet.Samples.BindShell;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>The shell as people and scripts see it: what it prints, what it complains of, its exit code.</summary>
public sealed class BindShellTests : IDisposable
{
    private readonly StringWriter _output = new(), _errors = new();

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    [Theory]
    [InlineData("S = tcp4\nS bnd 1.2.3.4 P", "line 2, column 3: the verb 'bnd' is not known.")]
    [InlineData("S = tcp4 ; S bind 1.2.3 P", "line 1, column 19: '1.2.3' is not an address.")]
    [InlineData("S = tcp4 ; S bind 1.2.3.4 70000", "line 1, column 27: '70000' is not a port.")]
    [InlineData("S = tcp5", "line 1, column 5: 'tcp5' is none of tcp4, tcp6, udp4, udp6, badfd, pipe.")]
    [InlineData("S = tcp4 ; S bind 1.2.3.4", "line 1, column 26: 'bind' is followed by ADDR PORT; too little is.")]
    [InlineData("S = tcp4 ; S close now", "line 1, column 20: 'now' is too much: 'close' is followed by nothing.")]
    [InlineData("S = tcp4 ; S ra 2", "line 1, column 17: '2' is neither 0 nor 1.")]
    [InlineData("bind 1.2.3.4 P", "line 1, column 6: the verb '1.2.3.4' is not known.")]
    [InlineData("S", "line 1, column 1: after 'S' a verb is missing.")]
    [InlineData("%", "line 1, column 1: '%' is neither a verb nor a name for a socket.")]
    [InlineData("S = tcp4 ; S bindx fam=2 addr=1.2.3 port=P len=16", "line 1, column 31: '1.2.3' is no value for addr.")]
    [InlineData("S = tcp4 ; S bindx fam=-1 addr=1.2.3.4 port=P len=16", "line 1, column 24: '-1' is no value for fam.")]
    [InlineData("S = tcp4 ; S bindx fam=70000 addr=1.2.3.4 port=P len=16", "line 1, column 24: '70000' is no value for fam.")]
    [InlineData("\u0007?", "line 1, column 1: '??' is neither a verb nor a name for a socket.")]
    [InlineData(
        "S AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDDE",
        "line 1, column 3: the verb 'AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDD...' is not known.")]
    [InlineData("S = tcp4 ; S bindx fam=2 port=P", "line 1, column 26: 'port=P' stands where addr= belongs.")]
    [InlineData("S = tcp4 ; T bind 127.0.0.1 P", "line 1, column 14: there is no socket T.")]
    [InlineData("S = tcp6 ; S bind fe80::1%v7 P", "line 1, column 19: there is no interface v7.")]
    [InlineData("# nothing\nsysctl net.ipv4.nosuch 1", "line 2, column 8: there is no setting 'net.ipv4.nosuch' here.")]
    [InlineData("ip addr sub 10.0.0.1/8 dev v0", "line 1, column 4: ip: the word 'sub' is not understood here.")]
    public void A_mistake_is_one_message_with_its_place(string script, string message)
    {
        Assert.Equal(CommandLine.Malformed, Run("-c", script));
        Assert.Equal(message, _errors.ToString().Trim());
    }

    [Theory]
    [InlineData("id,group,steps\n", "line 1, column 1: the column 'results' is missing.")]
    [InlineData("id,group,steps,results,quirk\n1,g,S = tcp4,ok ; ok,\n", "line 2, column 14: 2 results for 1 steps.")]
    [InlineData("", "line 1, column 1: the column 'id' is missing.")]
    [InlineData("id,group,steps,results\n1,g,\"S = tcp9\",ok\n", "line 2, column 10: 'tcp9' is none of tcp4, tcp6, udp4, udp6, badfd, pipe.")]
    [InlineData("id,group,steps,results\n1,g,\"S = tcp4,ok\n", "line 2, column 5: a quoted field does not end.")]
    [InlineData("id,group,steps,results\n1,g,\"S = tcp4\"x,ok\n", "line 2, column 15: something follows the end of a quoted field.")]
    [InlineData("id,group,steps,results\n1,g,S \" tcp4,ok\n", "line 2, column 7: a quotation mark inside a field that does not begin with one.")]
    [InlineData("id,group,steps,results\n1,g\n", "line 2, column 3: 2 fields; a row has at least 4.")]
    [InlineData("id,group,steps,results\n1,g,S = tcp9,ok\n", "line 2, column 9: 'tcp9' is none of tcp4, tcp6, udp4, udp6, badfd, pipe.")]
    public void A_table_that_can_t_be_read_is_one_message_with_its_place(string table, string message)
    {
        using var folder = new TemporaryFolder();
        folder.Write("rows.csv", table);
        string file = Path.Combine(folder.Name, "rows.csv");
        Assert.Equal(CommandLine.Malformed, Run("--check", file));
        Assert.Equal($"{file}: {message}", _errors.ToString().Trim());
    }

    [Fact]
    public void A_check_prints_mismatches_and_counts()
    {
        using var folder = new TemporaryFolder();
        folder.Write("rows.csv", """
            id,group,steps,results,quirk
            one,g,"S = tcp4 ; S bind 127.0.0.1 P",ok ; ok,
            two,g,S = tcp4 ; S bind 127.0.0.1 P,ok ; EADDRINUSE,
            three,g,S = tcp6 ; S connect 2001:db8:1::9 9,ok ; ECONNREFUSED,
            four,h:x,S = udp4 ; S name,ok ; 0.0.0.0 0,

            """);
        string file = Path.Combine(folder.Name, "rows.csv");
        Assert.Equal(CommandLine.Failure, Run("--check", file));
        Assert.Equal(
            ["two, step 2 (S bind 127.0.0.1 P): expected EADDRINUSE, got ok", "3 passed, 1 failed, 0 skipped"], Lines());
        _output.GetStringBuilder().Clear();
        Assert.Equal(CommandLine.Success, Run("--check", file, "--group", "h"));
        Assert.Equal(["1 passed, 0 failed, 0 skipped"], Lines());
    }

    [Theory]
    [InlineData("The name of a file is empty.", "")]
    [InlineData("The name of a file is empty.", "--check", "")]
    [InlineData("FILE, -c and --check exclude each other.", "-c", "S = tcp4", "script")]
    [InlineData("FILE, -c and --check exclude each other.", "--check", "rows.csv", "script")]
    [InlineData("--group chooses rows for --check, which is missing.", "-c", "S = tcp4", "--group", "g")]
    [InlineData("--skipped names rows of --check, which is missing.", "-c", "S = tcp4", "--skipped")]
    public void Arguments_that_contradict_each_other_are_one_message(string message, params string[] arguments)
    {
        Assert.Equal(CommandLine.Malformed, Run(arguments));
        Assert.Equal(message, _errors.ToString().Trim());
        Assert.Empty(Lines());
    }

    [Fact]
    public void A_script_that_names_more_ports_than_there_are_is_told_so()
    {
        string script = "S = udp4" + string.Concat(Enumerable.Range(0, 12768).Select(static i => $" ; S bind 127.0.0.1 P{i}"));
        Assert.Equal(CommandLine.Malformed, Run("-c", script));
        Assert.EndsWith("12767 ports have names; there are no more.", _errors.ToString().Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_ephemeral_range_begins_with_port_0()
    {
        Assert.Equal(CommandLine.Success, Run(
            "-c", "sysctl net.ipv4.ip_unprivileged_port_start 0 ; sysctl net.ipv4.ip_local_port_range 0 0"));
        Assert.EndsWith("EINVAL", Lines()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_of_nothing_does_not_pass()
    {
        using var folder = new TemporaryFolder();
        folder.Write("rows.csv", "id,group,steps,results\n1,g,S = tcp4,ok\n");
        folder.Write("empty.csv", "");
        Assert.Equal(CommandLine.Success, Run("--check", Path.Combine(folder.Name, "rows.csv"), "--group", "g,gg"));
        Assert.Equal("--group: no row is of 'gg'.", _errors.ToString().Trim());
        Assert.Equal(["1 passed, 0 failed, 0 skipped"], Lines());
        Assert.Equal(CommandLine.Malformed, Run("--check", Path.Combine(folder.Name, "rows.csv"), "--group", "gg"));
        Assert.Equal(CommandLine.Malformed, Run("--check", Path.Combine(folder.Name, "empty.csv")));
    }

    [Fact]
    public void A_check_takes_a_personality()
    {
        using var folder = new TemporaryFolder();
        folder.Write("rows.csv", "id,group,steps,results\n1,g,S = tcp4 ; S bind 0.0.0.0 P ; T = tcp4 ; T bind 127.0.0.1 P,ok ; ok ; ok ; ok\n");
        string file = Path.Combine(folder.Name, "rows.csv");
        Assert.Equal(CommandLine.Failure, Run("--check", file));
        Assert.Equal(CommandLine.Success, Run("--check", file, "--personality", "windows"));
    }

    [Theory]
    [InlineData("--personality", "plan9")]
    [InlineData("--seed", "many")]
    [InlineData("no-such-script")]
    [InlineData("--check", "no-such-table")]
    public void Arguments_that_mean_nothing_are_exit_code_2(params string[] arguments)
    {
        Assert.Equal(CommandLine.Malformed, Run(arguments));
        Assert.NotEmpty(_errors.ToString());
    }

    [Theory]
    [InlineData(
        "U = tcp4 ; U bind 0.0.0.0 80 ; S = tcp4 ; S bind 10.1.0.1 80",
        "bind tcp 10.1.0.1:80: EADDRINUSE, held by tcp 0.0.0.0:80 (UNCONN, uid 0, shares nothing)")]
    [InlineData("S = tcp4 ; user 1001 ; S bind 127.0.0.1 80", "bind tcp 127.0.0.1:80: EACCES, port 80 is below 1024")]
    [InlineData("S = udp6 ; S bind fe80::1:1%v1 P", "EADDRNOTAVAIL, fe80::1:1 is none of this host's addresses")]
    [InlineData("S = tcp4 ; S bindnull 16", "the address can't be read.")]
    [InlineData("S = tcp4 ; S bindlen 127.0.0.1 P 15", "an address of 15 octets: this socket takes 16 to 128.")]
    [InlineData("S = tcp4 ; S bind ::1 P", "the address is of family 10, the socket of family 2.")]
    [InlineData("S = badfd ; S bind 127.0.0.1 P", "the descriptor names no")]
    [InlineData("S = udp4 ; S connect 203.0.113.5 9", "ENETUNREACH, no route leads to 203.0.113.5")]
    [InlineData(
        "U = tcp4 ; U ra 1 ; U bind 0.0.0.0 80 ; U listen ; S = tcp4 ; S rp 1 ; S bind 0.0.0.0 81 ; S close ; T = udp4 ; T listen",
        "listen udp 0.0.0.0:0: EOPNOTSUPP")]
    public void A_refusal_is_explained(string script, string why)
    {
        Assert.Equal(CommandLine.Success, Run("-c", script, "--explain"));
        Assert.Contains(why, Lines()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_explain_there_is_one_line_a_step() =>
        Assert.Equal(
            ["S = tcp4 ok", "S bind 10.9.9.9 P EADDRNOTAVAIL", "S accept as T EINVAL"],
            LinesOf("S = tcp4 ; S bind 10.9.9.9 P ; S accept as T"));

    [Fact]
    public void Connections_are_opened_used_and_left() =>
        Assert.Equal(
            [
                "L = tcp4 ok", "L bind 10.1.0.1 80 ok", "L listen ok", "L accept as A EAGAIN", "ns B ok", "C = tcp4 ok",
                "C connectnb 10.1.0.1 80 EINPROGRESS", "L pending yes", "L accept as A ok", "A name 10.1.0.1 80", "C send 5 ok", "A recv 5 octets",
                "A shut wr ok", "A state FIN_WAIT2", "C state CLOSE_WAIT", "C close ok", "A state CLOSE", "A peer ENOTCONN", "ns A ok",
                "T = tcp4 ok", "T bind 0.0.0.0 80 EADDRINUSE", "D = tcp4 ok", "D connect 10.1.0.9 P ECONNREFUSED", "D connect 10.1.0.9 P ECONNABORTED",
                "D connectb 10.1.0.9 P ECONNREFUSED",
            ],
            LinesOf("""
                L = tcp4 ; L bind 10.1.0.1 80 ; L listen ; L accept as A ; ns B ; C = tcp4 ; C connectnb 10.1.0.1 80 ; L pending ; L accept as A
                A name ; C send 5 ; A recv ; A shut wr ; A state ; C state ; C close ; A state ; A peer ; ns A
                T = tcp4 ; T bind 0.0.0.0 80 ; D = tcp4 ; D connect 10.1.0.9 P ; D connect 10.1.0.9 P ; D connectb 10.1.0.9 P
                """));

    [Fact]
    public void A_port_is_free_when_TIME_WAIT_is_over_and_the_socket_itself_may_go_on_before()
    {
        const string Life = """
            L = tcp4 ; L bind 127.0.0.1 P ; L listen ; C = tcp4 ; C connect 127.0.0.1 P ; L accept as A ; L close ; A shut wr ; C close

            """;
        Assert.Equal(["EADDRINUSE", "ok", "ok"], LastWords(Life + "N = tcp4 ; N bind 127.0.0.1 P ; sleep 61 ; N bind 127.0.0.1 P", 3));
        Assert.Equal(["ok", "Q", "ok", "EADDRINUSE"], LastWords(Life + "A bind 127.0.0.2 Q ; A name ; N = tcp4 ; N bind 0.0.0.0 P", 4));
    }

    private string[] LastWords(string script, int count) => [.. LinesOf(script)[^count..].Select(static line => line.Split(' ')[^1])];

    [Fact]
    public void Datagrams_fly_between_the_hosts_and_errors_come_back() =>
        Assert.Equal(
            [
                "S = udp4 ok", "S bind 10.1.0.1 P ok", "ns B ok", "T = udp4 ok", "T bind 0.0.0.0 Q ok", "S sendto 10.1.0.9 Q 100 ok",
                "T peek 20 #1, 20 of 100 octets from 10.1.0.1 P", "T from 10.1.0.1 P", "T from EAGAIN", "T sendto 10.1.0.1 P 0 ok",
                "S recv 0 octets from 10.1.0.9 Q", "T close ok", "S connect 10.1.0.9 Q ok", "S send ok", "S send ECONNREFUSED", "S err ok",
                "sleep 0.5 ok",
            ],
            LinesOf("""
                S = udp4 ; S bind 10.1.0.1 P ; ns B ; T = udp4 ; T bind 0.0.0.0 Q ; S sendto 10.1.0.9 Q 100
                T peek 20 ; T from ; T from ; T sendto 10.1.0.1 P 0 ; S recv
                T close ; S connect 10.1.0.9 Q ; S send ; S send ; S err
                sleep 0.5
                """));

    [Fact]
    public void Who_leaves_a_group_hears_it_no_longer() =>
        Assert.Equal(
            ["S", "EADDRNOTAVAIL", "none"],
            LinesOf("""
                S = udp4 ; S bind 0.0.0.0 P ; S join 224.1.1.1 v0 ; deliver B 10.1.0.9 Q 224.1.1.1 P
                S leave 224.1.1.1 10.2.0.1 ; S leave 224.1.1.1 v0 ; deliver B 10.1.0.9 Q 224.1.1.1 P
                """).Select(static line => line.Split(' ')[^1]).Where(static last => last != "ok"));

    [Fact]
    public void The_same_seed_chooses_the_same_ports_and_another_seed_others()
    {
        const string Script = "S = tcp4 ; S bind 0.0.0.0 0 ; S name ; T = udp6 ; T bind :: 0 ; T name";
        string[] first = LinesOf(Script, "--seed", "7"), again = LinesOf(Script, "--seed", "7"), other = LinesOf(Script, "--seed", "8");
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void Lines_from_a_pipe_are_steps_and_a_mistake_among_them_ends_nothing()
    {
        int code = CommandLine.Run([], new StringReader("S = tcp4\nS bnd\n!1\nhistory\nS name\nexit\nS close\n"), _output, _errors);
        Assert.Equal(CommandLine.Malformed, code);
        Assert.Equal("line 2, column 3: the verb 'bnd' is not known.", _errors.ToString().Trim());
        Assert.Equal(["S = tcp4 ok", "S = tcp4 ok", "1 S = tcp4", "2 S bnd", "3 S = tcp4", "4 history", "S name 0.0.0.0 0"], Squeezed());
    }

    [Fact]
    public void A_person_gets_a_prompt_and_help()
    {
        int code = CommandLine.Run([], new StringReader("help\nS bnd\n"), _output, _errors, isInteractive: true);
        Assert.Equal(CommandLine.Success, code);
        Assert.Contains("bind>", _output.ToString(), StringComparison.Ordinal);
        foreach (Verb verb in Verbs.OfSocket.Concat(Verbs.OfHost))
            Assert.Contains(verb.Help, _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ss_and_explain_show_the_table()
    {
        string[] lines = LinesOf("S = tcp4 ; S bind 10.1.0.1 80 ; S listen ; T = tcp4 ; explain T 0.0.0.0 80 ; ss");
        Assert.Contains(lines, static line => line.StartsWith("bind tcp 0.0.0.0:80: EADDRINUSE, held by tcp 10.1.0.1:80 (LISTEN", StringComparison.Ordinal));
        Assert.Contains("tcp LISTEN 10.1.0.1:80 0.0.0.0:* uid 0, shares nothing", lines);
    }

    private int Run(params string[] arguments) => CommandLine.Run(arguments, TextReader.Null, _output, _errors);

    private string[] LinesOf(string script, params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        Assert.Equal(CommandLine.Success, Run(["-c", script, .. arguments]));
        return Squeezed();
    }

    private string[] Squeezed() => Array.ConvertAll(
        Lines(), static line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    private string[] Lines() => _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
