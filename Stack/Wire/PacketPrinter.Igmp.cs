using System.Text;
using UserNet.Addressing;
using static System.Buffers.Binary.BinaryPrimitives;
using static System.FormattableString;

namespace UserNet.Wire;

public static partial class PacketPrinter
{
    // Looks at octets rather than views: what does not parse is to be shown as far as it goes.
    private static void PrintIgmp(StringBuilder line, in Transport transport)
    {
        ReadOnlySpan<byte> octets = transport.Octets;
        if (octets.Length < 2)
        {
            line.Append(!octets.IsEmpty && octets[0] == (byte)IgmpType.MembershipQuery ? "igmp query [|igmp]" : " [|igmp]");
            return;
        }

        switch ((IgmpType)octets[0])
        {
            case IgmpType.MembershipQuery:
                PrintIgmpQuery(line, octets);
                break;
            case IgmpType.MembershipReportV1:
                PrintIgmpGroup(line, "igmp v1 report", octets);
                break;
            case IgmpType.MembershipReportV2:
                PrintIgmpGroup(line, "igmp v2 report", octets);
                break;
            case IgmpType.LeaveGroup:
                PrintIgmpGroup(line, "igmp leave", octets);
                break;
            case IgmpType.MembershipReportV3:
                PrintIgmpReport(line, octets, transport.IsVerbose);
                break;
            default:
                line.Append(Invariant($"igmp-{octets[0]}"));
                break;
        }

        if (transport.IsVerbose && transport.IsWhole && octets.Length >= 4 && InternetChecksum.Of(octets) != 0)
            line.Append(Invariant($" bad igmp cksum {ReadUInt16BigEndian(octets[2..]):x}!"));
    }

    private static void PrintIgmpGroup(StringBuilder line, string what, ReadOnlySpan<byte> octets)
    {
        if (octets.Length < IgmpHeader.Length)
        {
            line.Append(" [|igmp]");
            return;
        }

        line.Append(Invariant($"{what} {InetAddress.FromOctets(octets[4..8])}"));
        if (octets.Length != IgmpHeader.Length) line.Append(Invariant($" [len {octets.Length}]"));
    }

    private static void PrintIgmpQuery(StringBuilder line, ReadOnlySpan<byte> octets)
    {
        const byte usual = 100;      // tenths of a second, not worth mentioning
        if (octets.Length >= IgmpQueryHeader.Length)
        {
            PrintIgmpQueryV3(line, octets, usual);
            return;
        }

        line.Append(octets[1] == 0 ? "igmp query v1" : "igmp query v2");
        if (octets[1] is not 0 and not usual) line.Append(Invariant($" [max resp time {octets[1]}]"));
        if (octets.Length < IgmpHeader.Length)
        {
            line.Append(" [|igmp]");
            return;
        }

        InetAddress group = InetAddress.FromOctets(octets[4..8]);
        if (!group.IsWildcard) line.Append(Invariant($" [gaddr {group}]"));
        if (octets.Length != IgmpHeader.Length) line.Append(Invariant($" [len {octets.Length}]"));
    }

    private static void PrintIgmpQueryV3(StringBuilder line, ReadOnlySpan<byte> octets, byte usual)
    {
        line.Append("igmp query v3");
        int tenths = IgmpTimeCode.Decode(octets[1]);
        if (octets[1] != usual)
        {
            line.Append(" [max resp time ");
            if (tenths >= 600) line.Append(Invariant($"{tenths / 600}m"));
            if (tenths < 600) line.Append(Invariant($"{tenths / 10}.{tenths % 10}s"));
            else if (tenths % 600 != 0) line.Append(Invariant($"{tenths % 600 / 10}s"));
            line.Append(']');
        }

        InetAddress group = InetAddress.FromOctets(octets[4..8]);
        if (group.IsWildcard) return;
        int sources = ReadUInt16BigEndian(octets[10..]);
        line.Append(Invariant($" [gaddr {group}"));
        if (octets.Length < IgmpQueryHeader.Length + (4 * sources)) line.Append(" [invalid number of sources]");
        else if (sources > 0) line.Append(Invariant($", {sources} source(s)"));
        line.Append(']');
    }

    private static void PrintIgmpReport(StringBuilder line, ReadOnlySpan<byte> octets, bool isVerbose)
    {
        line.Append("igmp v3 report");
        if (octets.Length < IgmpHeader.Length + IgmpGroupRecord.HeaderLength)
        {
            line.Append(Invariant($" [invalid len {octets.Length}]"));
            return;
        }

        int count = ReadUInt16BigEndian(octets[6..]);
        line.Append(Invariant($", {count} group record(s)"));
        if (!isVerbose) return;
        ReadOnlySpan<byte> rest = octets[IgmpHeader.Length..];
        for (; count > 0; count--)
        {
            if (rest.Length < IgmpGroupRecord.HeaderLength)
            {
                line.Append(" [invalid number of groups]");
                return;
            }

            line.Append(Invariant($" [gaddr {InetAddress.FromOctets(rest[4..8])} {NameOf((GroupRecordType)rest[0])}"));
            int sources = ReadUInt16BigEndian(rest[2..]);
            if (!IgmpGroupRecord.TryParse(rest, out IgmpGroupRecord record))
            {
                line.Append(Invariant($" [invalid number of sources {sources}]"));
                return;
            }

            line.Append(Invariant($", {sources} source(s)]"));
            rest = rest[record.Length..];
        }
    }

    private static string NameOf(GroupRecordType type) => type switch
    {
        GroupRecordType.ModeIsInclude => "is_in",
        GroupRecordType.ModeIsExclude => "is_ex",
        GroupRecordType.ChangeToIncludeMode => "to_in",
        GroupRecordType.ChangeToExcludeMode => "to_ex",
        GroupRecordType.AllowNewSources => "allow",
        GroupRecordType.BlockOldSources => "block",
        _ => Invariant($" [v3-report-#{(int)type}]"),
    };
}
