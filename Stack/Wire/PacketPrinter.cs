using System.Text;
using UserNet.Addressing;
using static System.Buffers.Binary.BinaryPrimitives;
using static System.FormattableString;

namespace UserNet.Wire;

/// <summary>What a printed line says beside the usual.</summary>
[Flags]
public enum PrintDetails
{
    /// <summary>What <c>tcpdump -n</c> prints.</summary>
    None = 0,
    /// <summary>Stations, EtherType, tags and length of the frame: <c>-e</c>.</summary>
    LinkHeader = 1,
    /// <summary>
    /// Fields of the IP header, wrong checksums, the packet that an error quotes: <c>-v</c>, but on the same line.
    /// </summary>
    Verbose = 2,
}

/// <summary>
/// One packet, one line, as tcpdump prints it with <c>-n -S</c>: numeric addresses, absolute sequence numbers.
/// </summary>
/// <remarks>
/// Any octets can be printed; where they end too soon the line says so, as in <c>[|udp]</c>. What a transport carries
/// is not looked into. Any thread.
/// </remarks>
public static partial class PacketPrinter
{
    private const ushort FirstType = 0x600;      // below, it is the length of an IEEE 802.3 frame

    /// <summary>An Ethernet frame as a line without its end.</summary>
    public static string PrintEthernet(ReadOnlySpan<byte> frame, PrintDetails details = PrintDetails.None)
    {
        var line = new StringBuilder(120);
        PrintEthernet(frame, line, details);
        return line.ToString();
    }

    /// <summary>An IP packet, of whichever version, as a line without its end.</summary>
    public static string PrintIp(ReadOnlySpan<byte> packet, PrintDetails details = PrintDetails.None)
    {
        var line = new StringBuilder(120);
        PrintIp(packet, line, details);
        return line.ToString();
    }

    /// <summary>Writes an Ethernet frame as a line with its end.</summary>
    public static void PrintEthernet(ReadOnlySpan<byte> frame, TextWriter writer, PrintDetails details = PrintDetails.None)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteLine(PrintEthernet(frame, details));
    }

    /// <summary>Writes an IP packet as a line with its end.</summary>
    public static void PrintIp(ReadOnlySpan<byte> packet, TextWriter writer, PrintDetails details = PrintDetails.None)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteLine(PrintIp(packet, details));
    }

    /// <summary>Appends an Ethernet frame as a line without its end.</summary>
    public static void PrintEthernet(ReadOnlySpan<byte> frame, StringBuilder line, PrintDetails details = PrintDetails.None)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (frame.Length < EthernetHeader.Length)
        {
            line.Append("[|ether]");
            return;
        }

        bool hasHeader = details.HasFlag(PrintDetails.LinkHeader);
        if (hasHeader)
            line.Append(Invariant($"{MacAddress.FromOctets(frame[6..12])} > {MacAddress.FromOctets(frame[..6])}, "));
        int typeAt = 12;
        var type = (EtherType)ReadUInt16BigEndian(frame[typeAt..]);
        for (int tags = 0; type is EtherType.Vlan or EtherType.ServiceVlan; tags++)
        {
            if (frame.Length < typeAt + VlanTag.Length + 2)
            {
                line.Append(" [|vlan]");
                return;
            }

            if (hasHeader) line.Append(Invariant($"ethertype {NameOf(type)} (0x{(ushort)type:x4}), "));
            if (hasHeader && tags == 0) Replace(line, ", ", Invariant($", length {frame.Length}: "));
            if (hasHeader) PrintTag(line, new VlanTag(ReadUInt16BigEndian(frame[(typeAt + 2)..])));
            typeAt += VlanTag.Length;
            type = (EtherType)ReadUInt16BigEndian(frame[typeAt..]);
        }

        if (hasHeader) PrintType(line, type, typeAt == 12 ? frame.Length : null);
        PrintPayload(line, type, frame[(typeAt + 2)..], details);
    }

    /// <summary>Appends an IP packet, of whichever version, as a line without its end.</summary>
    public static void PrintIp(ReadOnlySpan<byte> packet, StringBuilder line, PrintDetails details = PrintDetails.None)
    {
        ArgumentNullException.ThrowIfNull(line);
        int version = packet.IsEmpty ? 4 : packet[0] >> 4;
        if (version == 4) PrintV4(line, packet, packet.Length, details & ~PrintDetails.LinkHeader);
        else if (version == 6) PrintV6(line, packet, details & ~PrintDetails.LinkHeader);
        else line.Append(Invariant($"unknown ip {version}"));
    }

    private static void PrintTag(StringBuilder line, VlanTag tag) =>
        line.Append(Invariant($"vlan {tag.Id}, p {tag.Priority}{((tag.Bits & 0x1000) != 0 ? ", DEI" : "")}, "));

    private static void PrintType(StringBuilder line, EtherType type, int? frameLength)
    {
        if ((ushort)type < FirstType) line.Append(Invariant($"802.3, length {(ushort)type}"));
        else line.Append(Invariant($"ethertype {NameOf(type)} (0x{(ushort)type:x4})"));
        if (frameLength is { } length && (ushort)type >= FirstType) line.Append(Invariant($", length {length}: "));
        else line.Append(frameLength is null ? ", " : ": ");
    }

    private static void PrintPayload(StringBuilder line, EtherType type, ReadOnlySpan<byte> payload, PrintDetails details)
    {
        switch (type)
        {
            case EtherType.Ipv4:
                PrintV4(line, payload, payload.Length, details);
                break;
            case EtherType.Ipv6:
                PrintV6(line, payload, details);
                break;
            case EtherType.Arp:
                PrintArp(line, payload, details);
                break;
            default:
                if (details.HasFlag(PrintDetails.LinkHeader)) break;
                line.Append((ushort)type < FirstType
                    ? Invariant($"802.3, length {(ushort)type}")
                    : Invariant($"ethertype {NameOf(type)} (0x{(ushort)type:x4}), length {payload.Length}"));
                break;
        }
    }

    private static void PrintArp(StringBuilder line, ReadOnlySpan<byte> octets, PrintDetails details)
    {
        if (octets.Length < ArpHeader.Length)
        {
            line.Append(" [|arp]");
            return;
        }

        if (!details.HasFlag(PrintDetails.LinkHeader)) line.Append("ARP, ");
        if (!ArpPacket.TryParse(octets, out ArpPacket arp))
        {
            line.Append(Invariant($"hardware {ReadUInt16BigEndian(octets)}, protocol 0x{ReadUInt16BigEndian(octets[2..]):x4}, "));
            line.Append(Invariant($"length {octets.Length}"));
            return;
        }

        if (details.HasFlag(PrintDetails.Verbose)) line.Append("Ethernet (len 6), IPv4 (len 4), ");
        string asked = arp.TargetHardware == default ? "" : Invariant($" ({arp.TargetHardware})");
        line.Append((int)arp.Operation switch
        {
            1 => Invariant($"Request who-has {arp.TargetProtocol}{asked} tell {arp.SenderProtocol}"),
            2 => Invariant($"Reply {arp.SenderProtocol} is-at {arp.SenderHardware}"),
            3 => Invariant($"Reverse Request who-is {arp.TargetHardware} tell {arp.SenderHardware}"),
            4 => Invariant($"Reverse Reply {arp.TargetHardware} at {arp.TargetProtocol}"),
            8 => Invariant($"Inverse Request who-is {arp.TargetHardware} tell {arp.SenderHardware}"),
            9 => Invariant($"Inverse Reply {arp.SenderHardware} at {arp.SenderProtocol}"),
            _ => Invariant($"Unknown ({(int)arp.Operation})"),
        });
        line.Append(Invariant($", length {octets.Length}"));
    }

    private static string NameOf(EtherType type) => type switch
    {
        EtherType.Ipv4 => "IPv4",
        EtherType.Arp => "ARP",
        EtherType.Ipv6 => "IPv6",
        EtherType.Vlan => "802.1Q",
        EtherType.ServiceVlan => "802.1Q-QinQ",
        _ => "Unknown",
    };

    // Puts something else where the line ends.
    private static void Replace(StringBuilder line, string end, string with)
    {
        line.Length -= end.Length;
        line.Append(with);
    }
}
