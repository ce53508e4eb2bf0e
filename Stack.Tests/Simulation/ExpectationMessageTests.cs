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
            x
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
            x
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
            x
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
            x
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
