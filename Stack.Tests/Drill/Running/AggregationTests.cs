using UserNet.Drill.Language;
using UserNet.Drill.Running;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Drill.Running;

public sealed class AggregationTests
{
    private static readonly Live First = new() { Payload = new byte[1000], Options = "0101080A0000000700000009" };
    private static readonly Live Second = First with { Sequence = 6001 };

    private static readonly Dictionary<string, (Live Packet, string? Field)> Followers = new()
    {
        ["of the same size"] = (Second, null),
        ["smaller"] = (Second with { Payload = new byte[999] }, null),
        ["with PSH"] = (Second with { Flags = TcpFlags.Ack | TcpFlags.Psh }, null),
        ["with FIN"] = (Second with { Flags = TcpFlags.Ack | TcpFlags.Fin }, null),
        ["with CWR"] = (Second with { Flags = TcpFlags.Ack | TcpFlags.Cwr }, null),
        ["with other times"] = (Second with { Options = "0101080A0000000800000009" }, null),
        ["larger"] = (Second with { Payload = new byte[1001] }, "length"),
        ["empty"] = (Second with { Payload = [] }, "length"),
        ["with a gap"] = (Second with { Sequence = 6002 }, "sequence number"),
        ["the same again"] = (First, "sequence number"),
        ["with another ack"] = (Second with { Ack = 102 }, "ack"),
        ["with another window"] = (Second with { Window = 1 }, "window"),
        ["with ECE"] = (Second with { Flags = TcpFlags.Ack | TcpFlags.Ece }, "flags"),
        ["with RST"] = (Second with { Flags = TcpFlags.Ack | TcpFlags.Rst }, "flags"),
        ["without ACK"] = (Second with { Flags = TcpFlags.None }, "flags"),
        ["without options"] = (Second with { Options = "" }, "options"),
        ["with options in another order"] = (Second with { Options = "080A00000007000000090101" }, "options"),
    };

    public static TheoryData<string> FollowerNames => [.. Followers.Keys];

    [Theory]
    [MemberData(nameof(FollowerNames))]
    public void A_segment_follows_another_only_as_the_same_burst_cut(string name)
    {
        Aggregation parts = Aggregation.Begin(Lines.Packet("> . 1:3001(3000) ack 1 <...>"), First.Seen())!;
        Assert.Equal(Followers[name].Field, parts.Add(Followers[name].Packet.Seen()));
    }

    [Fact]
    public void Nothing_follows_a_segment_that_is_smaller_than_the_first()
    {
        Aggregation parts = Aggregation.Begin(Lines.Packet("> . 1:3001(3000) ack 1 <...>"), First.Seen())!;
        Assert.Null(parts.Add((Second with { Payload = new byte[500] }).Seen()));
        Assert.Equal("length", parts.Add((Second with { Sequence = 6501, Payload = new byte[500] }).Seen()));
    }

    [Fact]
    public void Nothing_follows_an_octet_that_is_not_zero()
    {
        Live dirty = First with { Payload = [.. new byte[999], 1] };
        Aggregation parts = Aggregation.Begin(Lines.Packet("> . 1:3001(3000) ack 1 <...>"), dirty.Seen())!;
        Assert.Equal("checksum", parts.Add(Second.Seen()));
    }

    [Fact]
    public void One_packet_has_the_start_of_the_first_and_the_rest_of_the_last()
    {
        Live first = First with { Flags = TcpFlags.Ack | TcpFlags.Cwr, Time = 5 };
        Live last = Second with { Flags = TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Fin, Payload = new byte[300], Time = 9 };
        PacketSpec line = Lines.Packet("> FPW. 1:1301(1300) ack 1 win 1000 <nop,nop,TS val 7 ecr 9>");
        Aggregation parts = Aggregation.Begin(line, first.Seen())!;
        Assert.False(parts.IsComplete((TcpSpec)line.Body));
        Assert.Null(parts.Add(last.Seen()));
        Assert.True(parts.IsComplete((TcpSpec)line.Body));
        SeenPacket whole = parts.Merge();
        Assert.Equal(9, whole.Time);
        Assert.Null(new PacketComparer(Lines.Settings(), ignoresPush: false).Differs(line, whole, Lines.Connection()));
    }

    [Theory]
    [InlineData("> . 1:1001(1000) ack 1 <...>")]      // nothing is missing
    [InlineData("> S 0:2000(2000) <...>")]            // a SYN is never cut
    public void A_segment_that_is_no_part_stands_alone(string line) =>
        Assert.Null(Aggregation.Begin(Lines.Packet(line), First.Seen()));

    [Fact]
    public void A_segment_without_data_is_no_part() =>
        Assert.Null(Aggregation.Begin(Lines.Packet("> . 1:1001(1000) ack 1 <...>"), (First with { Payload = [] }).Seen()));
}
