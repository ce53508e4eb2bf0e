using Xunit;
using UserNet.Drill.Language;
using UserNet.Wire;

namespace UserNet.Tests.Drill.Language;

public sealed class ScriptReaderTests
{
    private const string Whole = """
        // A comment.
        --ip_version=ipv4
        --tolerance_usecs=10000   /* another,
                                     of two lines */
        --define=LONG=1000
        `./defaults.sh
         sysctl -q net.ipv4.tcp_ecn=1`

            0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
           +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
         +.1  < (ect0, ttl 64) SEW 4294967295:0(1) win 32792 <mss LONG,sackOK,TS val 100 ecr 0,nop,wscale 7>
        *     > [noecn] S. 0:0(0) ack 1 <...>
        + 0.25~+0.5 > P.5 1:1001(1000) ack 1 win 256 urg 3 <nop,nop,sack 1:2 5:9,FO 0102,ECN e1b 1 ceb 0 e0b 1>
        0.6...0.8 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=MSG_TRUNC|MSG_EOR,
                  msg_control=[{cmsg_level=SOL_SOCKET, cmsg_data={scm_sec=0,scm_nsec=0x10}}]}, 0) = -1 EAGAIN (Resource (temporarily) unavailable)
           +0 < icmp unreachable frag_needed mtu 1200 [1:1001(1000)]
           +0 < 9811 > 5 R. ...(0) 
        """;

    [Fact]
    public void It_reads_all_parts()
    {
        Script script = ScriptReader.Read(Whole.Replace("...(0)", "7:7(0)! ack 1 win 0 <> /udp(1 > 2)", StringComparison.Ordinal) + "+0 %{ assert tcpi_unacked == 1 }%\n`true`", "a.pkt", []);
        Assert.Equal(["ip_version", "tolerance_usecs", "define"], script.Options.Select(static option => option.Name));
        Assert.Contains("tcp_ecn=1", script.Init!.Text, StringComparison.Ordinal);
        Assert.Equal("true", script.CleanUp!.Text);
        Assert.Equal(10 - 1, script.Events.Count);
        Assert.Equal(new Position(11, 2), script.Events[2].At);

        TcpSpec syn = Assert.IsType<TcpSpec>(((PacketEvent)script.Events[2]).Packet.Body);
        Assert.Equal((TcpFlags.Syn | TcpFlags.Ece | TcpFlags.Cwr, uint.MaxValue, 1, (ushort)32792), (syn.Flags, syn.Sequence, syn.Length, syn.Window!.Value));
        Assert.Equal([new MssSpec(1000), new SackPermittedSpec(), new TimestampSpec(100, 0, false), new NopSpec(), new WindowScaleSpec(7)], syn.Options!);
        Assert.Equal(new IpSpec(EcnSpec.Ect0, TimeToLive: 64), ((PacketEvent)script.Events[2]).Packet.Ip);
        Assert.Equal(new EventTime(TimeKind.Relative, 100_000, 100_000), script.Events[2].Time);

        Assert.Equal(TimeKind.Any, script.Events[3].Time.Kind);
        Assert.Null(((TcpSpec)((PacketEvent)script.Events[3]).Packet.Body).Options);
        Assert.Equal(new EventTime(TimeKind.RelativeRange, 250_000, 500_000), script.Events[4].Time);
        var data = (TcpSpec)((PacketEvent)script.Events[4]).Packet.Body;
        Assert.Equal((TcpFlags.Psh | TcpFlags.Ack | TcpFlags.Ae | TcpFlags.Ece, 5, (ushort)3), (data.Flags, data.Ace, data.Urgent!.Value));
        Assert.Equal(174, Assert.IsType<AccEcnSpec>(data.Options![4]).Kind);

        CallEvent call = Assert.IsType<CallEvent>(script.Events[5]);
        Assert.Equal(new EventTime(TimeKind.Absolute, 800_000, 800_000), call.ReturnsAt);
        Assert.Equal(("recvmsg", "EAGAIN", -1L), (call.Call.Name, call.Call.Error, ((NumberExpression)call.Call.Result!).Value));
        IcmpSpec icmp = Assert.IsType<IcmpSpec>(((PacketEvent)script.Events[6]).Packet.Body);
        Assert.Equal(("unreachable", "frag_needed", 1200u, 1u, 1000), (icmp.Type, icmp.Code, icmp.Mtu!.Value, icmp.EchoedSequence!.Value, icmp.EchoedLength));
        var reset = (TcpSpec)((PacketEvent)script.Events[7]).Packet.Body;
        Assert.Equal((true, ((ushort, ushort)?)(9811, 5), ((ushort, ushort)?)(1, 2)), (reset.IsSequenceAbsolute, reset.Ports, reset.Encapsulating));
        Assert.IsType<CodeEvent>(script.Events[8]);
    }

    [Theory]
    [InlineData("", "1:1")]
    [InlineData("0.1 close(3) = 0", "1:1")]
    [InlineData("0 close(3)", "1:11")]
    [InlineData("0 close(3) = 0\n+0 < . 1:3(1) ack 1 win 1", "2:8")]
    [InlineData("0 > . 1:1(0) <mss>", "1:18")]
    [InlineData("0 > SS 1:1(0)", "1:5")]
    [InlineData("0 > E1 1:1(0)", "1:5")]
    [InlineData("0 > . 1:1(0) <sack 1>", "1:21")]
    [InlineData("0 < . 1:1(0) ack 1", "1:5")]
    [InlineData("0 > . 1:1(0) win 65536", "1:18")]
    [InlineData("* close(3) = 0", "1:1")]
    [InlineData("0 close(3) = 0\n+0~+1 close(3) = 0", "2:1")]
    [InlineData("0 close(3) = 0 `a` +0 close(4) = 0", "1:20")]
    [InlineData("/* no end", "1:1")]
    [InlineData("#ifdef A\n0 close(3) = 0", "1:1")]
    [InlineData("0 %{ assert (1 }%", "1:16")]
    [InlineData("0 %{ x = 'a }%", "1:10")]
    public void What_can_t_be_read_is_told_with_its_place(string text, string at)
    {
        ScriptException error = Assert.Throws<ScriptException>(() => ScriptReader.Read(text, "a.pkt", []));
        Assert.Equal(at, error.At.ToString());
    }

    [Theory]
    [InlineData("0 < gre: . 1:1(0) ack 1 win 1", "gre encapsulation")]
    [InlineData("0 %{ if 1: pass }%", "Python: if")]
    [InlineData("0 < [dscp never] . 1:1(0) ack 1 win 1", "dscp never")]
    [InlineData("0 %{ x.y = 1 }%", "Python: x .")]
    [InlineData("0 > . 1:1(0) <exp-tarr 1>", "TCP option exp-tarr")]
    public void What_is_known_and_not_there_is_told_as_such(string text, string feature) =>
        Assert.Equal(feature, Assert.Throws<UnsupportedException>(() => ScriptReader.Read(text, "a.pkt", [])).Message);

    [Theory]
    [InlineData("dscp ef", 46)]
    [InlineData("dscp AF41, ecn ce", 34)]
    [InlineData("dscp cs6", 48)]
    [InlineData("dscp 0x2e", 46)]
    [InlineData("dscp le", 1)]
    public void A_codepoint_has_a_name_or_a_number(string text, int dscp)
    {
        var packet = (PacketEvent)Assert.Single(ScriptReader.Read($"0 < ({text}) . 1:1(0) ack 1 win 1", "a.pkt", []).Events);
        Assert.Equal(dscp, packet.Packet.Ip.Dscp);
    }

    [Fact]
    public void Names_choose_branches_and_words_are_replaced_outside_of_texts()
    {
        const string Text = "--define=FD=3\n#ifdef FreeBSD\n0 close(FD) = 0 // FD\n#endif\n#ifdef STANDARD\n0 write(FD, \"FD\", N) = 0\n#endif\n";
        Script one = ScriptReader.Read(Text, "a.pkt", ["FreeBSD"]);
        Assert.Equal(("close", 3), (One(one).Name, One(one).At.Line));
        SystemCall other = One(ScriptReader.Read(Text, "a.pkt", ["STANDARD", "N=12"]));
        Assert.Equal((3L, "FD", 12L), (((NumberExpression)other.Arguments[0]).Value, ((TextExpression)other.Arguments[1]).Text, ((NumberExpression)other.Arguments[2]).Value));

        static SystemCall One(Script script) => Assert.IsType<CallEvent>(Assert.Single(script.Events)).Call;
    }

    [Fact]
    public void Python_binds_as_in_python()
    {
        CodeBlock block = ((CodeEvent)ScriptReader.Read("0 %{\nassert 1 + 2 * 3 & 4 == 5, 'no %d' % (1,)  # why\nx += -1; print(x, \\\n 'a')\n}%", "a.pkt", []).Events[0]).Code;
        Assert.Equal([new Position(2, 1), new Position(3, 1), new Position(3, 10)], block.Statements.Select(static statement => statement.At));
        CodeComparison condition = Assert.IsType<CodeComparison>(((AssertStatement)block.Statements[0]).Condition);
        CodeBinary and = Assert.IsType<CodeBinary>(condition.First);
        Assert.Equal(("&", "+", "=="), (and.Operator, ((CodeBinary)and.Left).Operator, condition.Rest[0].Operator));
    }

    [Fact]
    public void Text_of_any_kind_is_read_or_refused()
    {
        var chance = new Random((int)TestSettings.Seed);
        string whole = Whole + "+0 %{ assert tcpi_unacked == 1, 'x' % (1, 2) }%\n`true`";
        for (int i = 0; i < TestSettings.Count(2_000, 200_000); i++)
        {
            char[] text = whole.ToCharArray();
            for (int changes = chance.Next(1, 6); changes > 0; changes--)
                text[chance.Next(text.Length)] = chance.Next(2) == 0 ? whole[chance.Next(whole.Length)] : (char)chance.Next(128);
            try
            {
                ScriptReader.Read(new string(text, 0, chance.Next(text.Length)), "a.pkt", []);
            }
            catch (Exception e) when (e is ScriptException or UnsupportedException)
            {
            }
        }
    }
}
