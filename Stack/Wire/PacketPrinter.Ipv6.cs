using System.Text;
using UserNet.Addressing;
using static System.Buffers.Binary.BinaryPrimitives;
using static System.FormattableString;

namespace UserNet.Wire;

// IPv6 and its extension headers.
public static partial class PacketPrinter
{
    private static void PrintV6(StringBuilder line, ReadOnlySpan<byte> octets, PrintDetails details)
    {
        bool hasPrefix = !details.HasFlag(PrintDetails.LinkHeader);
        if (octets.Length < Ipv6Header.Length)
        {
            line.Append(" [|ip6]");
            return;
        }

        if (octets[0] >> 4 != 6)
        {
            line.Append(octets[0] >> 4 == 4
                ? "IP, wrong link-layer encapsulation (invalid)" : Invariant($"IP{octets[0] >> 4} (invalid)"));
            return;
        }

        if (hasPrefix) line.Append("IP6 ");
        int length = ReadUInt16BigEndian(octets[4..]), missing = length - (octets.Length - Ipv6Header.Length);
        if (missing > 0) line.Append(Invariant($"truncated-ip6 - {missing} bytes missing!"));
        if (details.HasFlag(PrintDetails.Verbose)) PrintV6Header(line, octets, length);
        if (Ipv6Packet.TryParseQuoted(octets, out Ipv6Packet packet)) PrintV6Payload(line, packet, length, details);
    }

    private static void PrintV6Header(StringBuilder line, ReadOnlySpan<byte> octets, int length)
    {
        uint first = ReadUInt32BigEndian(octets), trafficClass = (first >> 20) & 0xFF, flowLabel = first & 0xF_FFFF;
        line.Append('(');
        if (trafficClass != 0) line.Append(Invariant($"class 0x{trafficClass:x2}, "));
        if (flowLabel != 0) line.Append(Invariant($"flowlabel 0x{flowLabel:x5}, "));
        line.Append(Invariant($"hlim {octets[7]}, next-header {NameOf(octets[6])} ({octets[6]}) payload length: {length}) "));
    }

    private static void PrintV6Payload(StringBuilder line, in Ipv6Packet packet, int length, PrintDetails details)
    {
        var walk = new Ipv6Extensions(packet);
        bool hasExtensions = Ipv6Extensions.IsExtension(walk.Next);
        if (hasExtensions) line.Append(Invariant($"{packet.Source} > {packet.Destination}: "));
        int left = length;
        bool isFragment = false;      // as tcpdump sees it: whatever the fragment header says
        while (walk.MoveNext())
        {
            if (!PrintExtension(line, walk, left, details)) return;
            left -= walk.Octets.Length;
            isFragment |= walk.Current == IpProtocol.Fragment;
            if (walk.FragmentOffset > 0) return;
        }

        if (walk.IsCutOff)
        {
            line.Append(NameOfCutOff(walk.Next));
            return;
        }

        var transport = new Transport(
            packet.Source, packet.Destination, packet.Octets[walk.Offset..], left, isFragment, details, hasExtensions);
        PrintTransport(line, walk.Next, transport);
    }
}
