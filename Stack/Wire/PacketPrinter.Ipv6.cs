using System.Text;
using UserNet.Addressing;
using static System.Buffers.Binary.BinaryPrimitives;
using static System.FormattableString;

namespace UserNet.Wire;

// IPv6, its extension headers, and ICMPv6. Of options and of what routers and neighbors say only the kind is named.
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
        if (details.HasFlag(PrintDetails.Verbose))
            line.Append(Invariant($"(hlim {octets[7]}, next-header {NameOf(octets[6])} ({octets[6]}) payload length: {length}) "));
        if (Ipv6Packet.TryParseQuoted(octets, out Ipv6Packet packet)) PrintV6Payload(line, packet, length, details);
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
            PrintExtension(line, walk, left, details);
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

    private static void PrintExtension(StringBuilder line, in Ipv6Extensions header, int left, PrintDetails details)
    {
        switch (header.Current)
        {
            case IpProtocol.HopByHop:
                line.Append("HBH ");
                break;
            case IpProtocol.DestinationOptions:
                line.Append("DSTOPT ");
                break;
            case IpProtocol.Routing:
                line.Append(Invariant($"RT6 (len={header.Octets[1]}, type={header.Octets[2]}, segleft={header.Octets[3]}) "));
                break;
            default:
                string name = details.HasFlag(PrintDetails.Verbose) ? Invariant($"0x{ReadUInt32BigEndian(header.Octets[4..]):x8}:") : "";
                line.Append(Invariant($"frag ({name}{header.FragmentOffset}|{left - header.Octets.Length}) "));
                break;
        }
    }

    private static string NameOfCutOff(IpProtocol protocol) => protocol switch
    {
        IpProtocol.HopByHop => " [|hbhopt]",
        IpProtocol.DestinationOptions => " [|dstopt]",
        IpProtocol.Routing => " [|rthdr]",
        _ => " [|frag]",
    };

    private static void PrintIcmpv6(StringBuilder line, in Transport transport)
    {
        if (!Icmpv6Message.TryParse(transport.Octets, out Icmpv6Message message) || (IsAboutNeighbor(message.Type) && message.Payload.Length < 16))
        {
            line.Append(" [|icmp6]");
            return;
        }

        string text = message.IsError ? TextOfError(message) : TextOf(message);
        line.Append(Invariant($"ICMP6, {text}"));
        if (!text.EndsWith(']')) line.Append(Invariant($", length {transport.Length}"));
    }

    private static bool IsAboutNeighbor(Icmpv6Type type) => type is Icmpv6Type.NeighborSolicitation or Icmpv6Type.NeighborAdvertisement;

    private static string TextOf(in Icmpv6Message message) => message.Type switch
    {
        Icmpv6Type.EchoRequest => Invariant($"echo request, id {message.Identifier}, seq {message.SequenceNumber}"),
        Icmpv6Type.EchoReply => Invariant($"echo reply, id {message.Identifier}, seq {message.SequenceNumber}"),
        Icmpv6Type.ListenerQuery => "multicast listener query",
        Icmpv6Type.ListenerReport => "multicast listener report",
        Icmpv6Type.ListenerDone => "multicast listener done",
        Icmpv6Type.RouterSolicitation => "router solicitation",
        Icmpv6Type.RouterAdvertisement => "router advertisement",
        Icmpv6Type.NeighborSolicitation => Invariant($"neighbor solicitation, who has {InetAddress.FromOctets(message.Payload[..16])}"),
        Icmpv6Type.NeighborAdvertisement => Invariant($"neighbor advertisement, tgt is {InetAddress.FromOctets(message.Payload[..16])}"),
        Icmpv6Type.Redirect => "redirect",
        Icmpv6Type.ListenerReportV2 => "multicast listener report v2",
        _ => Invariant($"unknown icmp6 type ({(int)message.Type})"),
    };

    // Ends with a bracket where what it takes is not there.
    private static string TextOfError(in Icmpv6Message message)
    {
        if (message.Type == Icmpv6Type.PacketTooBig) return Invariant($"packet too big, mtu {message.Rest}");
        if (message.Type == Icmpv6Type.ParameterProblem) return TextOfParameterProblem(message);
        bool hasPacket = Ipv6Packet.TryParseQuoted(message.Payload, out Ipv6Packet about);
        switch (message.Type)
        {
            case Icmpv6Type.DestinationUnreachable:
                return "destination unreachable, " + TextOfUnreachable(message, about, hasPacket);
            case Icmpv6Type.TimeExceeded:
                return "time exceeded in-transit" + message.Code switch
                {
                    0 => hasPacket ? Invariant($" for {about.Destination}") : " [|icmp6]",
                    1 => " (reassembly)",
                    _ => Invariant($", unknown code ({message.Code})"),
                };
            default:
                return Invariant($"unknown icmp6 type ({(int)message.Type})");
        }
    }

    private static string TextOfUnreachable(in Icmpv6Message message, in Ipv6Packet about, bool hasPacket) =>
        (Icmpv6UnreachableCode)message.Code switch
        {
            Icmpv6UnreachableCode.Port => PortUnreachable(about, hasPacket),
            > Icmpv6UnreachableCode.Port => Invariant($"unknown unreach code ({message.Code})"),
            _ when !hasPacket => "[|icmp6]",
            Icmpv6UnreachableCode.NoRoute => Invariant($"unreachable route {about.Destination}"),
            Icmpv6UnreachableCode.Prohibited => Invariant($" unreachable prohibited {about.Destination}"),
            Icmpv6UnreachableCode.BeyondScope => Invariant($"beyond scope {about.Destination}, source address {about.Source}"),
            _ => Invariant($"unreachable address {about.Destination}"),
        };

    private static string PortUnreachable(in Ipv6Packet about, bool hasPacket)
    {
        var walk = new Ipv6Extensions(about);
        if (!hasPacket || !walk.MoveToEnd() || walk.Next is not (IpProtocol.Tcp or IpProtocol.Udp) || about.Octets.Length < walk.Offset + 4)
            return "unreachable port [|icmp6]";
        string name = walk.Next == IpProtocol.Tcp ? "tcp" : "udp";
        return Invariant($"unreachable port, {about.Destination} {name} port {ReadUInt16BigEndian(about.Octets[(walk.Offset + 2)..])}");
    }

    private static string TextOfParameterProblem(in Icmpv6Message message) => message.Code switch
    {
        0 => Invariant($"parameter problem, erroneous - octet {message.Rest}"),
        1 => Invariant($"parameter problem, next header - octet {message.Rest}"),
        2 => Invariant($"parameter problem, option - octet {message.Rest}"),
        3 => Invariant($"parameter problem, incomplete header chain - octet {message.Rest}"),
        _ => Invariant($"parameter problem, code-#{message.Code}"),
    };
}
