using System.Text;
using UserNet.Addressing;
using static System.Buffers.Binary.BinaryPrimitives;
using static System.FormattableString;

namespace UserNet.Wire;

public static partial class PacketPrinter
{
    private static void PrintIcmp(StringBuilder line, in Transport transport)
    {
        if (!Icmpv4Message.TryParse(transport.Octets, out Icmpv4Message message) || TextOf(message) is not { } text)
        {
            line.Append(" [|icmp]");
            return;
        }

        line.Append(Invariant($"ICMP {text}, length {transport.Length}"));
        if (!transport.IsVerbose) return;
        if (transport.IsWhole && !message.ChecksumIsRight)
        {
            ushort found = ReadUInt16BigEndian(message.Octets[2..]);
            line.Append(Invariant(
                $" (wrong icmp cksum {found:x} (->{Expected(InternetChecksum.Sum(message.Octets), found):x})!)"));
        }

        if (!message.IsError) return;
        line.Append(' ');
        ReadOnlySpan<byte> quoted = message.Payload;      // as long as it says: an error never quotes all of it
        PrintV4(line, quoted, quoted.Length < 4 ? 0 : ReadUInt16BigEndian(quoted[2..]), transport.Details);
    }

    // Null when what it takes is not there.
    private static string? TextOf(in Icmpv4Message message)
    {
        ReadOnlySpan<byte> quoted = message.Payload;
        bool hasPacket = quoted.Length >= Ipv4Header.Length;
        return message.Type switch
        {
            Icmpv4Type.EchoRequest => Invariant($"echo request, id {message.Identifier}, seq {message.SequenceNumber}"),
            Icmpv4Type.EchoReply => Invariant($"echo reply, id {message.Identifier}, seq {message.SequenceNumber}"),
            Icmpv4Type.DestinationUnreachable => hasPacket ? Unreachable(message, quoted) : null,
            Icmpv4Type.SourceQuench => "source quench",
            Icmpv4Type.Redirect => hasPacket ? Redirect(message, quoted) : null,
            Icmpv4Type.TimeExceeded => message.Code switch
            {
                0 => "time exceeded in-transit",
                1 => "ip reassembly time exceeded",
                _ => Invariant($"time exceeded-#{message.Code}"),
            },
            Icmpv4Type.ParameterProblem => message.Code == 0
                ? Invariant($"parameter problem - octet {message.Rest >> 24}")
                : Invariant($"parameter problem - code {message.Code}"),
            Icmpv4Type.TimestampRequest => Invariant($"time stamp query id {message.Identifier} seq {message.SequenceNumber}"),
            Icmpv4Type.TimestampReply => quoted.Length >= 12 ? TimestampReply(message, quoted) : null,
            (Icmpv4Type)9 => "router advertisement",
            (Icmpv4Type)10 => "router solicitation",
            (Icmpv4Type)15 => "information request",
            (Icmpv4Type)16 => "information reply",
            (Icmpv4Type)17 => "address mask request",
            (Icmpv4Type)18 => quoted.Length >= 4 ? Invariant($"address mask is 0x{ReadUInt32BigEndian(quoted):x8}") : null,
            _ => Invariant($"type-#{(int)message.Type}"),
        };
    }

    private static string? Unreachable(in Icmpv4Message message, ReadOnlySpan<byte> quoted)
    {
        InetAddress to = InetAddress.FromOctets(quoted[16..20]);
        return (UnreachableCode)message.Code switch
        {
            UnreachableCode.Network => Invariant($"net {to} unreachable"),
            UnreachableCode.Host => Invariant($"host {to} unreachable"),
            UnreachableCode.Protocol => Invariant($"{to} protocol {quoted[9]} unreachable"),
            UnreachableCode.Port => PortUnreachable(to, quoted),
            UnreachableCode.FragmentationNeeded => message.NextHopMtu == 0
                ? Invariant($"{to} unreachable - need to frag")
                : Invariant($"{to} unreachable - need to frag (mtu {message.NextHopMtu})"),
            UnreachableCode.SourceRouteFailed => Invariant($"{to} unreachable - source route failed"),
            UnreachableCode.NetworkUnknown => Invariant($"net {to} unreachable - unknown"),
            UnreachableCode.HostUnknown => Invariant($"host {to} unreachable - unknown"),
            (UnreachableCode)8 => Invariant($"{to} unreachable - source host isolated"),
            UnreachableCode.NetworkProhibited => Invariant($"net {to} unreachable - admin prohibited"),
            UnreachableCode.HostProhibited => Invariant($"host {to} unreachable - admin prohibited"),
            UnreachableCode.NetworkForService => Invariant($"net {to} unreachable - tos prohibited"),
            UnreachableCode.HostForService => Invariant($"host {to} unreachable - tos prohibited"),
            UnreachableCode.Prohibited => Invariant($"host {to} unreachable - admin prohibited filter"),
            (UnreachableCode)14 => Invariant($"host {to} unreachable - host precedence violation"),
            (UnreachableCode)15 => Invariant($"host {to} unreachable - precedence cutoff"),
            _ => Invariant($"{to} unreachable - #{message.Code}"),
        };
    }

    private static string? PortUnreachable(InetAddress to, ReadOnlySpan<byte> quoted)
    {
        int portAt = ((quoted[0] & 0xF) * 4) + 2;
        if (quoted.Length < portAt + 2) return null;
        ushort port = ReadUInt16BigEndian(quoted[portAt..]);
        return (IpProtocol)quoted[9] switch
        {
            IpProtocol.Tcp => Invariant($"{to} tcp port {port} unreachable"),
            IpProtocol.Udp => Invariant($"{to} udp port {port} unreachable"),
            _ => Invariant($"{to} protocol {quoted[9]} port {port} unreachable"),
        };
    }

    private static string Redirect(in Icmpv4Message message, ReadOnlySpan<byte> quoted)
    {
        InetAddress to = InetAddress.FromOctets(quoted[16..20]), gateway = InetAddress.FromV4(message.Rest);
        return message.Code switch
        {
            0 => Invariant($"redirect {to} to net {gateway}"),
            1 => Invariant($"redirect {to} to host {gateway}"),
            2 => Invariant($"redirect-tos {to} to net {gateway}"),
            3 => Invariant($"redirect-tos {to} to host {gateway}"),
            _ => Invariant($"redirect-#{message.Code} {to} to {gateway}"),
        };
    }

    private static string TimestampReply(in Icmpv4Message message, ReadOnlySpan<byte> times) => Invariant(
        $"time stamp reply id {message.Identifier} seq {message.SequenceNumber}: org {TimeOfDay(times)}, recv {TimeOfDay(times[4..])}, xmit {TimeOfDay(times[8..])}");

    private static string TimeOfDay(ReadOnlySpan<byte> octets)
    {
        uint ms = ReadUInt32BigEndian(octets), seconds = ms / 1000;
        return Invariant($"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}.{ms % 1000:000}");
    }
}
