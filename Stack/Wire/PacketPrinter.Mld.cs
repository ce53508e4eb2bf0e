using System.Text;
using UserNet.Addressing;
using static System.Buffers.Binary.BinaryPrimitives;
using static System.FormattableString;

namespace UserNet.Wire;

// Who listens to which groups. Looks at octets rather than views: what does not parse is to be shown as far as it goes.
public static partial class PacketPrinter
{
    private static bool IsAboutListeners(ReadOnlySpan<byte> octets) => !octets.IsEmpty
        && (Icmpv6Type)octets[0] is (>= Icmpv6Type.ListenerQuery and <= Icmpv6Type.ListenerDone) or Icmpv6Type.ListenerReportV2;

    private static void PrintMld(StringBuilder line, in Transport transport)
    {
        ReadOnlySpan<byte> octets = transport.Octets;
        bool isWhole = (Icmpv6Type)octets[0] switch
        {
            Icmpv6Type.ListenerQuery => PrintMldQuery(line, octets, transport),
            Icmpv6Type.ListenerReport => PrintMldGroup(line, "report", octets),
            Icmpv6Type.ListenerDone => PrintMldGroup(line, "done", octets),
            _ => PrintMldReport(line, octets, transport),
        };
        if (!isWhole) line.Append(" [|icmp6]");
        else if (!transport.IsVerbose) line.Append(Invariant($", length {transport.Length}"));
    }

    // No space between the two, as tcpdump has it.
    private static bool PrintMldGroup(StringBuilder line, string what, ReadOnlySpan<byte> octets)
    {
        line.Append(Invariant($"multicast listener {what}"));
        if (octets.Length >= MldHeader.Length)
            line.Append(Invariant($"max resp delay: {ReadUInt16BigEndian(octets[4..])} addr: {InetAddress.FromOctets(octets[8..24])}"));
        return octets.Length > 1;
    }

    private static bool PrintMldQuery(StringBuilder line, ReadOnlySpan<byte> octets, in Transport transport)
    {
        if (transport.Length == MldHeader.Length) return PrintMldGroup(line, "query", octets);
        line.Append("multicast listener query");
        if (transport.Length < MldQueryHeader.Length)
        {
            if (octets.Length > 1) line.Append(Invariant($" unknown-version (len {transport.Length}) "));
            return octets.Length > 1;
        }

        line.Append(" v2");
        if (octets.Length < 6) return false;
        if (transport.IsVerbose)
            line.Append(Invariant($" [max resp delay={MldResponseCode.Decode(ReadUInt16BigEndian(octets[4..]))}]"));
        if (octets.Length < MldHeader.Length) return false;
        line.Append(Invariant($" [gaddr {InetAddress.FromOctets(octets[8..24])}"));
        if (transport.IsVerbose)
        {
            if (octets.Length == MldHeader.Length) return false;
            if ((octets[24] & 8) != 0) line.Append(" sflag");
            if ((octets[24] & 7) != 0) line.Append(Invariant($" robustness={octets[24] & 7}"));
            if (octets.Length < 26) return false;
            line.Append(Invariant($" qqi={IgmpTimeCode.Decode(octets[25])}"));
        }

        if (octets.Length < MldQueryHeader.Length) return false;
        int sources = ReadUInt16BigEndian(octets[26..]);
        if (transport.Length < MldQueryHeader.Length + (MldQuery.AddressLength * sources)) line.Append(" [invalid number of sources]");
        else if (sources > 0) line.Append(Invariant($", {sources} source(s)"));
        line.Append(']');
        return true;
    }

    private static bool PrintMldReport(StringBuilder line, ReadOnlySpan<byte> octets, in Transport transport)
    {
        const int header = 20;
        line.Append("multicast listener report v2");
        if (transport.Length < Icmpv6Header.Length)
        {
            if (octets.Length > 1) line.Append(Invariant($" [invalid len {transport.Length}]"));
            return octets.Length > 1;
        }

        if (octets.Length < Icmpv6Header.Length) return false;
        int count = ReadUInt16BigEndian(octets[6..]), at = Icmpv6Header.Length;
        line.Append(Invariant($", {count} group record(s)"));
        for (int i = 0; i < count && transport.IsVerbose; i++)
        {
            if (transport.Length < at + header)
            {
                line.Append(" [invalid number of groups]");
                return true;
            }

            if (octets.Length < at + header) return false;
            ReadOnlySpan<byte> record = octets[at..];
            string type = (GroupRecordType)record[0] is >= GroupRecordType.ModeIsInclude and <= GroupRecordType.BlockOldSources
                ? NameOf((GroupRecordType)record[0]) : Invariant($" [v2-report-#{record[0]}]");
            line.Append(Invariant($" [gaddr {InetAddress.FromOctets(record[4..header])} {type}"));
            int sources = ReadUInt16BigEndian(record[2..]);
            at += header + (MldQuery.AddressLength * sources);      // as tcpdump, which knows of no auxiliary data
            if (transport.Length < at)
            {
                line.Append(Invariant($" [invalid number of sources {sources}]"));
                return true;
            }

            line.Append(Invariant($", {sources} source(s)]"));
        }

        return true;
    }
}
