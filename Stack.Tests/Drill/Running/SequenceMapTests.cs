using UserNet.Drill.Language;
using UserNet.Drill.Running;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Drill.Running;

public sealed class SequenceMapTests
{
    private static readonly SequenceMap Map = new() { ScriptLocal = 10, LiveLocal = 5000, Remote = 100 };

    [Theory]
    [InlineData(TcpFlags.Syn, 7u, 7u, 4997u)]                     // 7 + (5000 - 10)
    [InlineData(TcpFlags.Syn | TcpFlags.Ack, 7u, 7u, 4997u)]
    [InlineData(TcpFlags.Ack, 7u, 107u, 5007u)]
    [InlineData(TcpFlags.Rst, 7u, 107u, 5007u)]
    public void Numbers_into_the_stack_count_from_the_initial_ones_but_with_syn(TcpFlags flags, uint script, uint sequence, uint ack)
    {
        Assert.Equal(sequence, Map.InboundSequence(new TcpSpec { Flags = flags, Sequence = script }));
        Assert.Equal(ack, Map.InboundAck(flags, script));
    }

    [Theory]
    [InlineData(TcpFlags.Syn, 5000u, 10u, 101u, 101u)]
    [InlineData(TcpFlags.Ack, 5001u, 1u, 101u, 1u)]
    [InlineData(TcpFlags.Rst, 4999u, uint.MaxValue, 99u, uint.MaxValue)]
    public void Numbers_out_of_the_stack_are_turned_back(TcpFlags flags, uint liveSequence, uint sequence, uint liveAck, uint ack)
    {
        Assert.Equal(sequence, Map.OutboundSequence(flags, liveSequence));
        Assert.Equal(ack, Map.OutboundAck(flags, liveAck));
        Assert.Equal(liveAck, Map.ExpectedAck(flags, ack));
    }

    [Fact]
    public void Numbers_go_round_at_the_end()
    {
        var map = new SequenceMap { LiveLocal = 0xFFFF_FFFF, Remote = 0xFFFF_FFF0 };
        Assert.Equal(1u, map.InboundAck(TcpFlags.Ack, 2));
        Assert.Equal(0x10u, map.InboundSequence(new TcpSpec { Sequence = 0x20 }));
        Assert.Equal(3u, map.OutboundSequence(TcpFlags.Ack, 2));
    }

    [Fact]
    public void A_number_marked_as_such_is_that_on_the_wire() =>
        Assert.Equal(7u, Map.InboundSequence(new TcpSpec { Flags = TcpFlags.Ack, Sequence = 7, IsSequenceAbsolute = true }));

    [Fact]
    public void Before_the_initial_numbers_are_known_numbers_are_those_on_the_wire()
    {
        var map = new SequenceMap();
        Assert.Equal(17u, map.InboundSequence(new TcpSpec { Flags = TcpFlags.Ack, Sequence = 17 }));
        Assert.Equal(34u, map.OutboundSequence(TcpFlags.Rst, 34));
    }
}
