using UserNet.Simulation;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Simulation.PacketWatchNetwork;

namespace UserNet.Tests.Simulation;

/// <summary>What failures say, word for word: the same in every run.</summary>
public sealed class ExpectationMessageTests : IDisposable
{
    private readonly PacketWatchNetwork _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void A_packet_that_does_not_come()
    {
        using PacketWatch near = _lab.Near.Watch();
        _lab.Near.Back = _lab.Near.Back with { Loss = 1 };
        _lab.Network.At(Second / 2, () => _lab.Near.Back = _lab.Near.Back with { Loss = 0 });
        _ = _lab.Connect();
        near.Sent.Expect(Packets.ArpRequest("10.0.1.1"), Second);
        _lab.Network.After(Second, _lab.Near.Cut);
        Equal(
            """
            Expected a packet within 1.5 s, until 1.5000000 s: Packets.Tcp(TcpFlags.Syn | TcpFlags.Ack).And(Packets.From("10.0.2.2:7")), received at client/eth0.
            It is 1.5000000 s.
            What passed the watch of client-router, the last 6 of 6 packets (*: up to what was expected before):
              * 0.0000000 client/eth0   sent     ARP, Request who-has 10.0.1.1 tell 10.0.1.2, length 28
                0.0100000 router/eth0   received ARP, Request who-has 10.0.1.1 tell 10.0.1.2, length 28
                0.0100000 router/eth0   sent     ARP, Reply 10.0.1.1 is-at 02:00:00:00:03:00, length 28
                0.0100000 client-router lost     ARP, Reply 10.0.1.1 is-at 02:00:00:00:03:00, length 28 (lost on the way back)
                1.0000000 client/eth0   sent     ARP, Request who-has 10.0.1.1 tell 10.0.1.2, length 28
                1.0000000 client-router lost     ARP, Request who-has 10.0.1.1 tell 10.0.1.2, length 28 (down on the way there)
            client-router is cut.
            """,
            Failure(() => near.Received.At("client/eth0").Expect(
                Packets.Tcp(TcpFlags.Syn | TcpFlags.Ack)
                    .And(Packets.From("10.0.2.2:7")),
                TimeSpan.FromSeconds(1.5))));
    }

    [Fact]
    public void A_packet_that_can_t_come_as_nothing_is_left_to_happen()
    {
        using PacketWatch server = _lab.Server.Watch();
        Equal(
            """
            Expected a packet within 1 s, until 1.0000000 s: Packets.Tcp(TcpFlags.Syn).
            It is 0.0000000 s.
            The watch of server saw no packet.
            Nothing is left to happen. Who waits:
              server: echo: has not ended
              server: accept at tcp 0.0.0.0:7 (LISTEN)
            """,
            Failure(() => server.Expect(Packets.Tcp(TcpFlags.Syn), Second)));
    }

    [Fact]
    public void Packets_of_which_the_second_does_not_come()
    {
        using PacketWatch client = _lab.Client.Watch(memory: 4);
        _ = _lab.Connect(port: 8);
        Equal(
            """
            Expected 3 packets in order within 1 s, until 1.0000000 s:
              came:    Packets.Tcp(TcpFlags.Syn)
              missing: (in FrameView frame) => frame.Tcp.Flags == (TcpFlags.Syn | TcpFlags.Ack)
              then:    Packets.Tcp(TcpFlags.Ack)
            It is 1.0000000 s.
            What passed the watch of client, the last 4 of 4 packets (*: up to what was expected before):
              * 0.0000000 client/eth0 sent     ARP, Request who-has 10.0.1.1 tell 10.0.1.2, length 28
              * 0.0200000 client/eth0 received ARP, Reply 10.0.1.1 is-at 02:00:00:00:03:00, length 28
              * 0.0200000 client/eth0 sent     IP 10.0.1.2.38444 > 10.0.2.2.8: Flags [S], seq 2838724200, win 64240, options [mss 1460,sackOK,TS val 3186548162 ecr 0,nop,wscale 10], length 0
                0.0800000 client/eth0 received IP 10.0.2.2.8 > 10.0.1.2.38444: Flags [R.], seq 0, ack 2838724201, win 0, length 0
            """,
            Failure(() => client.ExpectInOrder(
                [
                    Packets.Tcp(TcpFlags.Syn), (in FrameView frame) => frame.Tcp.Flags == (TcpFlags.Syn | TcpFlags.Ack),
                    Packets.Tcp(TcpFlags.Ack),
                ],
                Second)));
    }

    [Fact]
    public void A_packet_that_was_not_to_come()
    {
        using PacketWatch client = _lab.Client.Watch();
        _lab.SendDatagram();
        Equal(
            """
            Expected no packet for 1 s, until 1.0000000 s: no answer from port 9, received.
            It is 0.0800000 s, and this one passed:
                0.0800000 client/eth0 received IP 10.0.2.2 > 10.0.1.2: ICMP 10.0.2.2 udp port 9 unreachable, length 41 (dropped: IcmpNotOurs)
            What passed the watch of client, the last 4 of 4 packets:
                0.0000000 client/eth0 sent     ARP, Request who-has 10.0.1.1 tell 10.0.1.2, length 28
                0.0200000 client/eth0 received ARP, Reply 10.0.1.1 is-at 02:00:00:00:03:00, length 28
                0.0200000 client/eth0 sent     IP 10.0.1.2.35699 > 10.0.2.2.9: UDP, length 5
                0.0800000 client/eth0 received IP 10.0.2.2 > 10.0.1.2: ICMP 10.0.2.2 udp port 9 unreachable, length 41 (dropped: IcmpNotOurs)
            """,
            Failure(() => client.Received.ExpectNone(Packets.IcmpError(), Second, "no answer from port 9")));
    }

    [Theory]
    [InlineData("[a, b]", "a|b")]
    [InlineData("[a(1, 2), b[3, 4], c{5, 6}]", "a(1, 2)|b[3, 4]|c{5, 6}")]
    [InlineData("[a(\", (\"), b]", "a(\", (\")|b")]
    [InlineData("[a, b,]", "a|b")]
    [InlineData("two", "number 1 of two|number 2 of two")]
    [InlineData("[.. two]", "number 1 of [.. two]|number 2 of [.. two]")]
    public void The_parts_of_the_caller_s_expression_are_told_apart(string text, string parts)
    {
        string[] expected = parts.Split('|');
        Assert.Equal(expected, ExpectationText.Parts(text, expected.Length));
    }

    private static string Failure(Action action) => Assert.Throws<ExpectationException>(action).Message;

    private static void Equal(string expected, string message) => Assert.Equal(expected.ReplaceLineEndings("\n"), message);
}
