using System.Text;
using UserNet.Addressing;
using static System.Buffers.Binary.BinaryPrimitives;
using static System.FormattableString;

namespace UserNet.Wire;

// IPv4 with its options, and as much of IPv6 as a capture is likely to hold.
public static partial class PacketPrinter
{

    // Addresses and payload of a packet, and what its transport needs to know of it.
    private readonly ref struct Transport(
        InetAddress source, InetAddress destination, ReadOnlySpan<byte> octets, int length, bool isFragment, PrintDetails details,
        bool isAddressed = false)
    {
        public InetAddress Source { get; } = source;

        public InetAddress Destination { get; } = destination;

        // What there is of the payload; may be less than Length.
        public ReadOnlySpan<byte> Octets { get; } = octets;

        // True when the line has said where from and where to.
        public bool IsAddressed { get; } = isAddressed;

        // What the IP header says.
        public int Length { get; } = length;

        public bool IsFragment { get; } = isFragment;

        public PrintDetails Details { get; } = details;

        public bool IsVerbose => Details.HasFlag(PrintDetails.Verbose);

        public bool IsWhole => Octets.Length >= Length && !IsFragment;
    }

    // length: of what carries the packet; a quoted packet is as long as it says.
    private static void PrintV4(StringBuilder line, ReadOnlySpan<byte> octets, int length, PrintDetails details)
    {
        if (!BeginV4(line, octets, details)) return;
        int headerLength = (octets[0] & 0xF) * 4, totalLength = ReadUInt16BigEndian(octets[2..]);
        if (headerLength < Ipv4Header.Length || totalLength < headerLength)
        {
            line.Append(headerLength < Ipv4Header.Length
                ? Invariant($"bad-hlen {headerLength}") : Invariant($"bad-len {totalLength}"));
            return;
        }

        if (length < totalLength) line.Append(Invariant($"truncated-ip - {totalLength - length} bytes missing! "));
        octets = octets[..Math.Min(totalLength, octets.Length)];
        if (details.HasFlag(PrintDetails.Verbose)) PrintV4Header(line, octets, headerLength);
        int fragment = ReadUInt16BigEndian(octets[6..]);
        var transport = new Transport(
            InetAddress.FromOctets(octets[12..16]), InetAddress.FromOctets(octets[16..20]),
            octets[Math.Min(headerLength, octets.Length)..], totalLength - headerLength, (fragment & 0x3FFF) != 0, details);
        if ((fragment & 0x1FFF) == 0) PrintTransport(line, (IpProtocol)octets[9], transport);
        else line.Append(Invariant($"{transport.Source} > {transport.Destination}: ip-proto-{octets[9]}"));
    }

    private static bool BeginV4(StringBuilder line, ReadOnlySpan<byte> octets, PrintDetails details)
    {
        if (octets.IsEmpty)
        {
            line.Append(" [|ip]");
            return false;
        }

        int version = octets[0] >> 4;
        if (version != 4)
        {
            line.Append(version == 6 ? "IP6, wrong link-layer encapsulation (invalid)" : Invariant($"IP{version} (invalid)"));
            return false;
        }

        if (!details.HasFlag(PrintDetails.LinkHeader)) line.Append("IP ");
        if (octets.Length >= Ipv4Header.Length) return true;
        line.Append(" [|ip]");
        return false;
    }

    private static void PrintV4Header(StringBuilder line, ReadOnlySpan<byte> octets, int headerLength)
    {
        line.Append(Invariant($"(tos 0x{octets[1]:x}"));
        line.Append((octets[1] & 3) switch { 1 => ",ECT(1)", 2 => ",ECT(0)", 3 => ",CE", _ => "" });
        if (octets[8] > 0) line.Append(Invariant($", ttl {octets[8]}"));
        int fragment = ReadUInt16BigEndian(octets[6..]);
        line.Append(Invariant($", id {ReadUInt16BigEndian(octets[4..])}, offset {(fragment & 0x1FFF) * 8}, flags ["));
        int start = line.Length;
        if ((fragment & 0x2000) != 0) line.Append("+, ");
        if ((fragment & 0x4000) != 0) line.Append("DF, ");
        if ((fragment & 0x8000) != 0) line.Append("rsvd, ");
        if (line.Length == start) line.Append("none");
        else line.Length -= 2;
        line.Append(Invariant($"], proto {NameOf(octets[9])} ({octets[9]}), length {ReadUInt16BigEndian(octets[2..])}"));
        bool isCutOff = octets.Length < headerLength;
        ReadOnlySpan<byte> header = octets[..Math.Min(headerLength, octets.Length)];
        if (header.Length > Ipv4Header.Length)
        {
            line.Append(", options (");
            PrintV4Options(line, header[Ipv4Header.Length..]);
            line.Append(')');
        }

        if (isCutOff) line.Append(" [|ip]");
        else if (InternetChecksum.Of(header) != 0) PrintBadHeaderChecksum(line, header);
        line.Append(") ");
    }

    private static void PrintBadHeaderChecksum(StringBuilder line, ReadOnlySpan<byte> header)
    {
        ushort found = ReadUInt16BigEndian(header[10..]);
        line.Append(Invariant($", bad cksum {found:x} (->{Expected(InternetChecksum.Sum(header), found):x})!"));
    }

    // The checksum that should stand where the one found does.
    private static ushort Expected(ulong sum, ushort found) => InternetChecksum.Finish(sum + (ushort)~found);

    private static void PrintTransport(StringBuilder line, IpProtocol protocol, in Transport transport)
    {
        switch (protocol)
        {
            case IpProtocol.Udp:
                PrintUdp(line, transport);
                return;
            case IpProtocol.Tcp:
                PrintTcp(line, transport);
                return;
        }

        if (!transport.IsAddressed) line.Append(Invariant($"{transport.Source} > {transport.Destination}: "));
        switch (protocol)
        {
            case IpProtocol.Icmp when !transport.Source.IsV6:
                PrintIcmp(line, transport);
                break;
            case IpProtocol.Igmp when !transport.Source.IsV6:
                PrintIgmp(line, transport);
                break;
            case IpProtocol.Icmpv6 when transport.Source.IsV6:
                PrintIcmpv6(line, transport);
                break;
            case IpProtocol.NoNextHeader:
                line.Append("no next header");
                break;
            default:
                line.Append(Invariant($" ip-proto-{(int)protocol} {transport.Length}"));
                break;
        }
    }

    private static string NameOf(byte protocol) => protocol switch
    {
        0 => "Options",
        1 => "ICMP",
        2 => "IGMP",
        4 => "IPIP",
        6 => "TCP",
        17 => "UDP",
        41 => "IPv6",
        43 => "Routing",
        44 => "Fragment",
        47 => "GRE",
        50 => "ESP",
        51 => "AH",
        58 => "ICMPv6",
        89 => "OSPF",
        103 => "PIM",
        132 => "SCTP",
        _ => "unknown",
    };
}
