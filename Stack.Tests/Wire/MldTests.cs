using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Wire;

public sealed class MldTests
{
    private static readonly InetAddress Group = InetAddress.Parse("ff0e::123"), From = InetAddress.Parse("fe80::1"), To = InetAddress.Parse("ff02::16");
    private static readonly InetAddress[] Two = [InetAddress.Parse("2001:db8::1"), InetAddress.Parse("2001:db8::2")];

    private readonly PacketPool _pool = new();

    // RFC 3810 §5.1.3: up to 32,767 the number itself, then 1 eee mmmmmmmmmmmm is (mant | 0x1000) << (exp + 3).
    [Theory]
    [InlineData(0, 0)]
    [InlineData(10_000, 10_000)]
    [InlineData(32_767, 32_767)]
    [InlineData(0x8000, 32_768)]
    [InlineData(0x8001, 32_776)]
    [InlineData(0x8FFF, 65_528)]
    [InlineData(0x9000, 65_536)]
    [InlineData(0xFFFF, 8_387_584)]
    public void A_response_code_stands_for_a_number(int code, int value)
    {
        Assert.Equal(value, MldResponseCode.Decode((ushort)code));
        Assert.Equal(code, MldResponseCode.Encode(value));
    }

    [Fact]
    public void Every_number_gets_the_code_of_the_greatest_one_not_above_it()
    {
        int code = 0;
        for (int value = 0; value < 9_000_000; value += value < 70_000 ? 1 : 997)
        {
            while (code < 0xFFFF && MldResponseCode.Decode((ushort)(code + 1)) <= value) code++;
            Assert.Equal(code, MldResponseCode.Encode(value));
        }

        Assert.Equal(0xFFFF, code);
        Assert.Equal((0, 0xFFFF), (MldResponseCode.Encode(-1), MldResponseCode.Encode(long.MaxValue)));
    }

    [Theory]
    [InlineData(Icmpv6Type.ListenerQuery, 1000, "82 00 7b f8 03 e8 00 00 ff 0e 00 00 00 00 00 00 00 00 00 00 00 00 01 23")]
    [InlineData(Icmpv6Type.ListenerReport, 0, "83 00 7e e0 00 00 00 00 ff 0e 00 00 00 00 00 00 00 00 00 00 00 00 01 23")]
    [InlineData(Icmpv6Type.ListenerDone, 0, "84 00 7d e0 00 00 00 00 ff 0e 00 00 00 00 00 00 00 00 00 00 00 00 01 23")]
    public void A_message_of_version_1_is_written_and_seen(Icmpv6Type type, int delay, string octets)
    {
        PacketBuffer packet = _pool.Rent(0);
        new MldHeader(type, Group, (ushort)delay).PrependTo(packet, From, To);
        Assert.Equal(octets, Convert.ToHexStringLower(packet.Span).Chunk(2).Select(pair => new string(pair)).Aggregate((a, b) => $"{a} {b}"));
        Assert.True(IsSealed(packet));
        Assert.True(MldMessage.TryParse(packet.Span, out MldMessage message));
        Assert.Equal(type, message.Type);
        Assert.Equal(Group, message.Group);
        Assert.Equal(TimeSpan.FromMilliseconds(delay), message.MaxResponseDelay);
        for (int length = 0; length < 24; length++) Assert.False(MldMessage.TryParse(packet.Span[..length], out _));
        packet.Span[0] = (byte)Icmpv6Type.ListenerReportV2;
        Assert.False(MldMessage.TryParse(packet.Span, out _));
    }

    // RFC 3810 §8.1: 24 octets are version 1, whose delay knows no floating point; 28 and more are version 2.
    [Fact]
    public void The_version_of_a_query_is_told_by_its_length()
    {
        PacketBuffer packet = _pool.Rent(0);
        new MldHeader(Icmpv6Type.ListenerQuery, InetAddress.AnyV6, 0x9000).PrependTo(packet, From, To);
        Assert.True(MldQuery.TryParse(packet.Span, out MldQuery query));
        Assert.Equal((1, true, 0, 0), (query.Version, query.IsGeneral, query.SourceCount, query.RobustnessVariable));
        Assert.Equal((TimeSpan.FromMilliseconds(0x9000), TimeSpan.Zero), (query.MaxResponseDelay, query.QueryInterval));
        Assert.False(query.SuppressRouterProcessing);
    }

    [Fact]
    public void A_version_2_query_says_what_was_written()
    {
        PacketBuffer packet = _pool.Rent(100);
        new MldQueryHeader(Group, TimeSpan.FromMilliseconds(65_536), TimeSpan.FromSeconds(128), 3, true).WriteTo(packet, From, To, Two);
        Assert.Equal(60, packet.Length);
        Assert.True(IsSealed(packet));
        Assert.True(MldQuery.TryParse(packet.Span, out MldQuery query));
        Assert.Equal((2, false, 3, true), (query.Version, query.IsGeneral, query.RobustnessVariable, query.SuppressRouterProcessing));
        Assert.Equal((TimeSpan.FromMilliseconds(65_536), TimeSpan.FromSeconds(128)), (query.MaxResponseDelay, query.QueryInterval));
        Assert.Equal(Group, query.Group);
        Assert.Equal(Two, new[] { query.Source(0), query.Source(1) });
        for (int length = 0; length < 60; length++) Assert.Equal(length == 24, MldQuery.TryParse(packet.Span[..length], out _));
    }

    [Fact]
    public void A_report_holds_the_records_that_were_appended()
    {
        PacketBuffer packet = Report();
        Assert.True(IsSealed(packet));
        Assert.True(MldReport.TryParse(packet.Span, out MldReport report));
        List<string> seen = [];
        foreach (MldAddressRecord record in report)
        {
            string sources = "";
            for (int i = 0; i < record.SourceCount; i++) sources += $" {record.Source(i)}";
            seen.Add($"{record.Type} {record.Group}{sources}");
        }

        Assert.Equal(2, report.RecordCount);
        Assert.Equal(["ChangeToExcludeMode ff0e::123", "AllowNewSources ff0e::123 2001:db8::1 2001:db8::2"], seen);
    }

    [Fact]
    public void A_report_that_is_cut_off_or_counts_too_many_is_none()
    {
        PacketBuffer packet = Report();
        for (int length = 0; length < packet.Length; length++) Assert.False(MldReport.TryParse(packet.Span[..length], out _));
        packet.Span[7]++;
        Assert.False(MldReport.TryParse(packet.Span, out _));
    }

    [Fact]
    public void Auxiliary_data_is_stepped_over()
    {
        byte[] octets = [0x8F, 0, 0, 0, 0, 0, 0, 2, 1, 1, 0, 0, .. Octets(Group), 9, 9, 9, 9, 2, 0, 0, 0, .. Octets(To)];
        Assert.True(MldReport.TryParse(octets, out MldReport report));
        MldReport.Enumerator records = report.GetEnumerator();
        Assert.True(records.MoveNext());
        Assert.Equal([9, 9, 9, 9], records.Current.AuxiliaryData.ToArray());
        Assert.True(records.MoveNext());
        Assert.Equal(To, records.Current.Group);
        Assert.False(records.MoveNext());
    }

    [Fact]
    public void A_record_that_does_not_fit_is_not_appended()
    {
        PacketBuffer packet = _pool.Rent(200);
        var writer = new MldReportWriter(packet, 8 + 20 + 32 + 15);
        Assert.Equal(2, writer.RoomForSources);
        Assert.False(writer.TryAppend(GroupRecordType.ModeIsInclude, Group, [.. Two, .. Two]));
        Assert.True(writer.TryAppend(GroupRecordType.ModeIsInclude, Group, Two));
        Assert.Equal(-1, writer.RoomForSources);
        Assert.False(writer.TryAppend(GroupRecordType.ModeIsInclude, Group));
        writer.Finish(From, To);
        Assert.True(MldReport.TryParse(packet.Span, out MldReport report));
        Assert.Equal(1, report.RecordCount);
    }

    // RFC 2711 §2.1, behind the IPv6 header of a packet.
    [Fact]
    public void The_router_alert_is_written_and_found()
    {
        PacketBuffer packet = Report();
        Ipv6RouterAlert.PrependTo(packet, IpProtocol.Icmpv6);
        Assert.Equal("3a00050200000100", Convert.ToHexStringLower(packet.Span[..8]));
        new Ipv6Header(From, To, IpProtocol.HopByHop, 1).PrependTo(packet);
        Assert.True(IsAlert(packet, Ipv6RouterAlert.AboutListeners));
        Assert.False(IsAlert(packet, about: 1));
        packet.Span[45] = 2;      // about something else
        Assert.False(IsAlert(packet, Ipv6RouterAlert.AboutListeners));
        packet.Span[45] = 0;
        packet.Span[6] = (byte)IpProtocol.DestinationOptions;      // where routers do not look
        Assert.False(IsAlert(packet, Ipv6RouterAlert.AboutListeners));
        packet.Span[6] = (byte)IpProtocol.HopByHop;
        packet.Span[43] = 9;      // longer than its header
        Assert.False(IsAlert(packet, Ipv6RouterAlert.AboutListeners));
    }

    private static bool IsAlert(PacketBuffer packet, ushort about)
    {
        Assert.True(Ipv6Packet.TryParse(packet.Span, out Ipv6Packet view));
        return Ipv6RouterAlert.IsIn(view, about);
    }

    private static bool IsSealed(PacketBuffer packet) =>
        InternetChecksum.Of(packet.Span, new PseudoHeader(From, To, IpProtocol.Icmpv6, packet.Length)) == 0;

    private static byte[] Octets(InetAddress address)
    {
        byte[] octets = new byte[16];
        address.WriteOctets(octets);
        return octets;
    }

    private PacketBuffer Report()
    {
        PacketBuffer packet = _pool.Rent(1500);
        var writer = new MldReportWriter(packet, 1452);
        Assert.True(writer.TryAppend(GroupRecordType.ChangeToExcludeMode, Group));
        Assert.True(writer.TryAppend(GroupRecordType.AllowNewSources, Group, Two));
        writer.Finish(From, To);
        return packet;
    }
}
