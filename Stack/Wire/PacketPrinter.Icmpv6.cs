using System.Text;
using UserNet.Addressing;
using static System.Buffers.Binary.BinaryPrimitives;
using static System.FormattableString;

namespace UserNet.Wire;

// ICMPv6: errors, echo, and who says the rest.
public static partial class PacketPrinter
{
    private const string Icmpv6CutOff = " [|icmp6]";

    private const string UnknownIcmpv6 = "unknown icmp6 type";

    private static void PrintIcmpv6(StringBuilder line, in Transport transport)
    {
        if (transport.IsVerbose && !PrintIcmpv6Checksum(line, transport)) return;
        if (IsAboutListeners(transport.Octets))
        {
            line.Append("ICMP6, ");
            PrintMld(line, transport);
            return;
        }

        if (!Icmpv6Message.TryParse(transport.Octets, out Icmpv6Message message))
        {
            line.Append(Icmpv6CutOff);
            return;
        }

        line.Append("ICMP6, ");
        if (message.Type is >= Icmpv6Type.RouterSolicitation and <= Icmpv6Type.Redirect)
        {
            PrintDiscovery(line, message, transport);
            return;
        }

        string text = message.IsError ? TextOfError(message) : TextOf(message);
        line.Append(text);
        bool saysLength = !transport.IsVerbose || text.StartsWith(UnknownIcmpv6, StringComparison.Ordinal);
        if (saysLength && !text.EndsWith(']')) line.Append(Invariant($", length {transport.Length}"));
    }

    // False when there is none.
    private static bool PrintIcmpv6Checksum(StringBuilder line, in Transport transport)
    {
        if (transport.Octets.Length < 4)
        {
            line.Append(Icmpv6CutOff);
            return false;
        }

        if (!transport.IsWhole) return true;
        ReadOnlySpan<byte> octets = transport.Octets[..transport.Length];
        var pseudo = new PseudoHeader(transport.Source, transport.Destination, IpProtocol.Icmpv6, octets.Length);
        ulong sum = InternetChecksum.Sum(octets) + pseudo.Sum;
        ushort found = ReadUInt16BigEndian(octets[2..]);
        line.Append(InternetChecksum.Finish(sum) == 0
            ? "[icmp6 sum ok] " : Invariant($"[bad icmp6 cksum 0x{found:x4} -> 0x{Expected(sum, found):x4}!] "));
        return true;
    }

    private static string TextOf(in Icmpv6Message message) => message.Type switch
    {
        Icmpv6Type.EchoRequest => Invariant($"echo request, id {message.Identifier}, seq {message.SequenceNumber}"),
        Icmpv6Type.EchoReply => Invariant($"echo reply, id {message.Identifier}, seq {message.SequenceNumber}"),
        _ => Invariant($"{UnknownIcmpv6} ({(int)message.Type})"),
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
