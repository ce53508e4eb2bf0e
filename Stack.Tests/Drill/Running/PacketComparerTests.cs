using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Running;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Drill.Running;

public sealed class PacketComparerTests
{
    private const string Line = "> P. 1:11(10) ack 1 win 1000 <nop,nop,TS val 7 ecr 9>";
    private const string Stamps = "0101080A0000000700000009";

    private static readonly Live Same = new() { Flags = TcpFlags.Ack | TcpFlags.Psh, Payload = new byte[10], Options = Stamps };

    /// <summary>One field of the packet at a time, and the name under which the difference is told.</summary>
    private static readonly Dictionary<string, (Live Packet, string Field)> Mutants = new()
    {
        ["other length of the IP header"] = (Same with { IpOptions = [1, 1, 1, 1] }, "IP header length"),
        ["other protocol"] = (Same with { Protocol = IpProtocol.Udp, Udp = (1, 2) }, "protocol"),
        ["less payload"] = (Same with { Payload = new byte[9] }, "length"),
        ["more payload"] = (Same with { Payload = new byte[11] }, "length"),
        ["payload not zero"] = (Same with { Payload = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1] }, "payload"),
        ["options missing"] = (Same with { Options = "" }, "options"),
        ["options in another order"] = (Same with { Options = "080A00000007000000090101" }, "options"),
        ["another option of the same length"] = (Same with { Options = "0101FE0A0000000700000009" }, "options"),
        ["padding by another kind"] = (Same with { Options = "0100080A0000000700000009" }, "options"),
        ["options added"] = (Same with { Options = Stamps + "01010101" }, "options"),
        ["no PSH"] = (Same with { Flags = TcpFlags.Ack }, "flags"),
        ["FIN"] = (Same with { Flags = TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Fin }, "flags"),
        ["ECE"] = (Same with { Flags = TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Ece }, "flags"),
        ["CWR"] = (Same with { Flags = TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Cwr }, "flags"),
        ["AE"] = (Same with { Flags = TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Ae }, "flags"),
        ["URG"] = (Same with { Flags = TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Urg }, "flags"),
        ["no ACK"] = (Same with { Flags = TcpFlags.Psh }, "flags"),
        ["a reserved bit"] = (Same with { Reserved = 4 }, "reserved bits"),
        ["another sequence number"] = (Same with { Sequence = 5002 }, "sequence number"),
        ["another ack"] = (Same with { Ack = 102 }, "ack"),
        ["another window"] = (Same with { Window = 999 }, "window"),
        ["an urgent pointer"] = (Same with { Urgent = 1 }, "urgent pointer"),
        ["wrong IP checksum"] = (Same with { Spoilt = 10 }, "IP checksum"),
        ["wrong TCP checksum"] = (Same with { Spoilt = 36 }, "TCP checksum"),
    };

    public static TheoryData<string> MutantNames => [.. Mutants.Keys];

    [Fact]
    public void A_packet_as_the_line_has_it_differs_in_nothing() => Assert.Null(Differs(Line, Same));

    [Theory]
    [MemberData(nameof(MutantNames))]
    public void A_packet_with_one_field_changed_differs_in_that_field(string name) =>
        Assert.Equal(Mutants[name].Field, Differs(Line, Mutants[name].Packet));

    [Theory]
    [InlineData("noecn", 0)]
    [InlineData("ect1", 1)]
    [InlineData("ect0", 2)]
    [InlineData("ce", 3)]
    public void A_codepoint_of_ecn_is_compared_where_it_is_given(string name, byte codepoint)
    {
        Live other = Same with { TrafficClass = (byte)((codepoint + 1) & 3) };
        string line = Line.Replace("> P", $"> [{name}] P", StringComparison.Ordinal);
        Assert.Null(Differs(line, Same with { TrafficClass = codepoint }));
        Assert.Equal("ECN", Differs(line, other));
        Assert.Null(Differs(Line, other));
    }

    [Theory]
    [InlineData(0, "ECN")]
    [InlineData(1, null)]
    [InlineData(2, null)]
    [InlineData(3, "ECN")]
    public void Either_ect_is_one_of_two(byte codepoint, string? field) =>
        Assert.Equal(field, Differs(Line.Replace("> P", "> [ect01] P", StringComparison.Ordinal), Same with { TrafficClass = codepoint }));

    [Theory]
    [InlineData("(tos 0x0a)", "TOS")]
    [InlineData("(ttl 63)", "TTL")]
    public void What_is_said_of_the_ip_header_is_compared(string said, string field)
    {
        string line = Line.Replace("> P", $"> {said} P", StringComparison.Ordinal);
        Assert.Equal(field, Differs(line, Same));
        Assert.Null(Differs(line, Same with { TrafficClass = 0x0A, TimeToLive = 63 }));
    }

    [Fact]
    public void A_window_that_the_line_does_not_give_is_not_compared() =>
        Assert.Null(Differs(Line.Replace(" win 1000", "", StringComparison.Ordinal), Same with { Window = 1 }));

    [Fact]
    public void Without_an_ack_in_the_line_the_field_is_zero()
    {
        Live reset = new() { Flags = TcpFlags.Rst, Ack = 0 };
        Assert.Null(Differs("> R 1:1(0)", reset));
        Assert.Equal("ack", Differs("> R 1:1(0)", reset with { Ack = 101 }));
    }

    [Fact]
    public void Without_options_in_the_line_there_may_be_none()
    {
        Assert.Equal("options", Differs("> . 1:1(0) ack 1", new Live { Options = Stamps }));
        Assert.Null(Differs("> . 1:1(0) ack 1 <...>", new Live { Options = Stamps }));
        Assert.Null(Differs("> . 1:1(0) ack 1 <...>", new Live()));
    }

    [Fact]
    public void Any_options_still_leave_the_payload_to_be_compared() =>
        Assert.Equal("length", Differs("> . 1:1(0) ack 1 <...>", new Live { Options = Stamps, Payload = new byte[4] }));

    [Fact]
    public void Timestamps_count_by_presence_and_place_alone() =>
        Assert.Null(Differs(Line, Same with { Options = "0101080AFFFFFFFF12345678" }));

    [Fact]
    public void Blocks_of_sack_are_compared_in_the_numbers_of_the_peer()
    {
        // 2001 and 3001 of the script with an initial number of 100.
        Live block = new() { Options = "0101050A0000083500000C1D" };
        Assert.Null(Differs("> . 1:1(0) ack 1 <nop,nop,sack 2001:3001>", block));
        Assert.Equal("options", Differs("> . 1:1(0) ack 1 <nop,nop,sack 2001:3002>", block));
    }

    [Theory]
    [InlineData("> .5 1:1(0) ack 1", TcpFlags.Ack | TcpFlags.Ae | TcpFlags.Ece, null)]
    [InlineData("> .5 1:1(0) ack 1", TcpFlags.Ack | TcpFlags.Ae, "ACE")]
    [InlineData("> .5 1:1(0) ack 1", TcpFlags.Ack, "ACE")]
    [InlineData("> .5 1:1(0) ack 1", TcpFlags.Ack | TcpFlags.Ae | TcpFlags.Ece | TcpFlags.Psh, "flags")]
    [InlineData("> E. 1:1(0) ack 1", TcpFlags.Ack | TcpFlags.Ece, null)]
    public void The_count_of_accurate_ecn_is_compared_as_a_whole(string line, TcpFlags flags, string? field) =>
        Assert.Equal(field, Differs(line, new Live { Flags = flags }));

    [Fact]
    public void Push_of_segments_with_data_can_be_left_out()
    {
        var comparer = new PacketComparer(Lines.Settings(), ignoresPush: true);
        Assert.Null(comparer.Differs(Lines.Packet(Line), (Same with { Flags = TcpFlags.Ack }).Seen(), Lines.Connection()));
        Assert.Equal("flags", comparer.Differs(Lines.Packet("> . 1:1(0) ack 1"), new Live { Flags = TcpFlags.Ack | TcpFlags.Psh }.Seen(), Lines.Connection()));
    }

    [Fact]
    public void A_sequence_number_can_be_that_on_the_wire_or_any()
    {
        Assert.Null(Differs("> . 5001:5001(0)! ack 1", new Live()));
        Assert.Equal("sequence number", Differs("> . 1:1(0)! ack 1", new Live()));
        Assert.Null(Differs("> . ...(0) ack 1", new Live { Sequence = 77 }));
        Assert.Equal("length", Differs("> . ...(0) ack 1", new Live { Sequence = 77, Payload = new byte[1] }));
    }

    [Theory]
    [InlineData(0, null)]          // 8 ticks of 1 ms in the script; as many on the wire
    [InlineData(4, null)]
    [InlineData(5, "TS val")]
    [InlineData(-5, "TS val")]
    public void Ticks_of_timestamps_are_compared_from_the_first_on(int off, string? field)
    {
        SocketUnderTest socket = Lines.Connection();
        socket.Timestamps.Record(100, 70_000);
        var comparer = new PacketComparer(Lines.Settings("--tcp_ts_tick_usecs=1000"), ignoresPush: false);
        PacketSpec line = Lines.Packet("> . 1:1(0) ack 1 <nop,nop,TS val 108 ecr 9>");
        Live live = new() { Options = $"0101080A{70_008 + off:X8}00000009", Time = 10_000 };
        Assert.Equal(field, comparer.Differs(line, live.Seen(), socket));
    }

    [Fact]
    public void A_segment_in_a_datagram_is_compared_with_its_ports()
    {
        const string line = "> . 1:1(0) ack 1 win 1000/udp(9811 > 5000)";
        Live inside = new() { Udp = (9811, 5000) };
        Assert.Null(Differs(line, inside, DrillProfile.FreeBsd));
        Assert.Equal("UDP ports", Differs(line, inside with { Udp = (9811, 5001) }, DrillProfile.FreeBsd));
        Assert.Equal("protocol", Differs(line, new Live(), DrillProfile.FreeBsd));
        Assert.Equal("protocol", Differs("> . 1:1(0) ack 1", inside, DrillProfile.FreeBsd));
    }

    [Fact]
    public void Over_ipv6_the_flow_label_and_the_hop_limit_are_compared()
    {
        ScriptSettings settings = Lines.Settings("--ip_version=ipv6");
        var comparer = new PacketComparer(settings, ignoresPush: false);
        Live live = new()
        {
            Source = UserNet.Addressing.InetAddress.From(settings.Addresses.Local),
            Destination = UserNet.Addressing.InetAddress.From(settings.Addresses.Remote), FlowLabel = 0x12345, TimeToLive = 9,
        };
        Assert.Null(comparer.Differs(Lines.Packet("> (flowlabel 0x12345) . 1:1(0) ack 1"), live.Seen(), Lines.Connection()));
        Assert.Equal("flow label", comparer.Differs(Lines.Packet("> (flowlabel 0x12346) . 1:1(0) ack 1"), live.Seen(), Lines.Connection()));
        Assert.Equal("hop limit", comparer.Differs(Lines.Packet("> (ttl 8) . 1:1(0) ack 1"), live.Seen(), Lines.Connection()));
        Assert.Equal("IP version", Differs("> . 1:1(0) ack 1", live));
    }

    private static string? Differs(string line, Live live, DrillProfile profile = DrillProfile.Linux) =>
        new PacketComparer(Lines.Settings("", profile), ignoresPush: false).Differs(Lines.Packet(line), live.Seen(), Lines.Connection());
}
