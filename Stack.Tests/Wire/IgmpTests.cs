using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Wire;

public sealed class IgmpTests
{
    private static readonly InetAddress Group = InetAddress.Parse("239.1.2.3");
    private static readonly InetAddress[] Two = [InetAddress.Parse("10.0.0.1"), InetAddress.Parse("10.0.0.2")];

    private readonly PacketPool _pool = new();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(100, 100)]
    [InlineData(127, 127)]
    [InlineData(0x80, 128)]
    [InlineData(0x81, 136)]
    [InlineData(0x8F, 248)]
    [InlineData(0x90, 256)]
    [InlineData(0xFF, 31_744)]
    public void A_time_code_stands_for_a_number(byte code, int value)
    {
        Assert.Equal(value, IgmpTimeCode.Decode(code));
        Assert.Equal(code, IgmpTimeCode.Encode(value));
    }

    [Fact]
    public void Every_number_gets_the_code_of_the_greatest_one_not_above_it()
    {
        int[] values = [.. Enumerable.Range(0, 256).Select(code => IgmpTimeCode.Decode((byte)code))];
        for (int value = 0; value < 40_000; value++)
            Assert.Equal(values.Last(v => v <= value), IgmpTimeCode.Decode(IgmpTimeCode.Encode(value)));
        Assert.Equal(0, IgmpTimeCode.Encode(-1));
        Assert.Equal(255, IgmpTimeCode.Encode(long.MaxValue));
    }

    [Theory]
    [InlineData(IgmpType.MembershipReportV1, "12 00 fc fa ef 01 02 03")]
    [InlineData(IgmpType.MembershipReportV2, "16 00 f8 fa ef 01 02 03")]
    [InlineData(IgmpType.LeaveGroup, "17 00 f7 fa ef 01 02 03")]
    public void A_message_of_eight_octets_is_written_and_seen(IgmpType type, string octets)
    {
        PacketBuffer packet = _pool.Rent(0);
        new IgmpHeader(type, Group).PrependTo(packet);
        Assert.Equal(Convert.FromHexString(octets.Replace(" ", "", StringComparison.Ordinal)), packet.Span.ToArray());
        Assert.True(IgmpMessage.TryParse(packet.Span, out IgmpMessage message));
        Assert.Equal(type, message.Type);
        Assert.Equal(Group, message.Group);
        Assert.True(message.ChecksumIsRight);
        packet.Span[7]++;
        Assert.True(IgmpMessage.TryParse(packet.Span, out message));
        Assert.False(message.ChecksumIsRight);
    }

    [Theory]
    [InlineData(0, 1, 10_000)]
    [InlineData(1, 2, 100)]
    [InlineData(255, 2, 25_500)]       // linear in version 2, unlike version 3
    public void The_version_of_a_short_query_is_told_by_its_code(byte code, int version, int milliseconds)
    {
        PacketBuffer packet = _pool.Rent(0);
        new IgmpHeader(IgmpType.MembershipQuery, InetAddress.AnyV4, code).PrependTo(packet);
        Assert.True(IgmpQuery.TryParse(packet.Span, out IgmpQuery query));
        Assert.Equal(version, query.Version);
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), query.MaxResponseTime);
        Assert.True(query.IsGeneral);
        Assert.Equal(0, query.SourceCount);
        Assert.Equal(TimeSpan.Zero, query.QueryInterval);
        Assert.False(query.SuppressRouterProcessing);
    }

    [Fact]
    public void A_version_3_query_says_what_was_written()
    {
        PacketBuffer packet = _pool.Rent(0);
        new IgmpQueryHeader(Group, TimeSpan.FromSeconds(25.6), TimeSpan.FromSeconds(125), 3, true).PrependTo(packet, Two);
        Assert.Equal(20, packet.Length);
        Assert.True(IgmpMessage.TryParse(packet.Span, out IgmpMessage message) && message.ChecksumIsRight);
        Assert.True(IgmpQuery.TryParse(packet.Span, out IgmpQuery query));
        Assert.Equal(3, query.Version);
        Assert.Equal(TimeSpan.FromSeconds(25.6), query.MaxResponseTime);
        Assert.Equal(TimeSpan.FromSeconds(125), query.QueryInterval);
        Assert.Equal(3, query.RobustnessVariable);
        Assert.True(query.SuppressRouterProcessing);
        Assert.Equal(Group, query.Group);
        InetAddress[] sources = [query.Source(0), query.Source(1)];
        Assert.Equal(Two, sources);
    }

    [Fact]
    public void A_query_that_is_cut_off_or_of_a_length_between_the_versions_is_none()
    {
        PacketBuffer packet = _pool.Rent(0);
        new IgmpQueryHeader(Group, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)).PrependTo(packet, Two);
        for (int length = 0; length < 20; length++)
            Assert.Equal(length == 8, IgmpQuery.TryParse(packet.Span[..length], out _));
        packet.Span[0] = (byte)IgmpType.LeaveGroup;
        Assert.False(IgmpQuery.TryParse(packet.Span, out _));
    }

    [Fact]
    public void A_report_holds_the_records_that_were_appended()
    {
        PacketBuffer packet = Report();
        Assert.True(IgmpMessage.TryParse(packet.Span, out IgmpMessage message) && message.ChecksumIsRight);
        Assert.True(IgmpReport.TryParse(packet.Span, out IgmpReport report));
        List<string> seen = [];
        foreach (IgmpGroupRecord record in report)
        {
            string sources = "";
            for (int i = 0; i < record.SourceCount; i++) sources += $" {record.Source(i)}";
            seen.Add($"{record.Type} {record.Group}{sources}");
        }

        Assert.Equal(2, report.RecordCount);
        Assert.Equal(["ChangeToExcludeMode 239.1.2.3", "AllowNewSources 239.1.2.3 10.0.0.1 10.0.0.2"], seen);
    }

    [Fact]
    public void A_report_that_is_cut_off_or_counts_too_many_is_none()
    {
        PacketBuffer packet = Report();
        for (int length = 0; length < packet.Length; length++)
            Assert.False(IgmpReport.TryParse(packet.Span[..length], out _));
        packet.Span[7]++;
        Assert.False(IgmpReport.TryParse(packet.Span, out _));
    }

    [Fact]
    public void Auxiliary_data_is_stepped_over()
    {
        byte[] octets = [0x22, 0, 0, 0, 0, 0, 0, 2, 1, 1, 0, 1, 239, 0, 0, 1, 1, 2, 3, 4, 9, 9, 9, 9, 2, 0, 0, 0, 239, 0, 0, 2];
        Assert.True(IgmpReport.TryParse(octets, out IgmpReport report));
        IgmpReport.Enumerator records = report.GetEnumerator();
        Assert.True(records.MoveNext());
        Assert.Equal([9, 9, 9, 9], records.Current.AuxiliaryData.ToArray());
        Assert.Equal("1.2.3.4", records.Current.Source(0).ToString());
        Assert.True(records.MoveNext());
        Assert.Equal("239.0.0.2", records.Current.Group.ToString());
        Assert.False(records.MoveNext());
    }

    [Fact]
    public void A_record_that_does_not_fit_is_not_appended()
    {
        PacketBuffer packet = _pool.Rent(64);
        var writer = new IgmpReportWriter(packet, 8 + 8 + 4 + 8);
        Assert.Equal(3, writer.RoomForSources);
        Assert.False(writer.TryAppend(GroupRecordType.ModeIsInclude, Group, [.. Two, .. Two]));
        Assert.True(writer.TryAppend(GroupRecordType.ModeIsInclude, Group, Two));
        Assert.Equal(-1, writer.RoomForSources);
        Assert.False(writer.TryAppend(GroupRecordType.ModeIsInclude, Group));
        writer.Finish();
        Assert.True(IgmpReport.TryParse(packet.Span, out IgmpReport report));
        Assert.Equal(1, report.RecordCount);
    }

    private PacketBuffer Report()
    {
        PacketBuffer packet = _pool.Rent(1500);
        var writer = new IgmpReportWriter(packet, 1476);
        Assert.True(writer.TryAppend(GroupRecordType.ChangeToExcludeMode, Group));
        Assert.True(writer.TryAppend(GroupRecordType.AllowNewSources, Group, Two));
        writer.Finish();
        return packet;
    }
}
