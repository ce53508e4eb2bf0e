using UserNet.Addressing;
using UserNet.Wire;

namespace UserNet.Drill.Running;

/// <summary>A packet that left the stack, taken apart.</summary>
internal sealed record SeenPacket
{
    /// <summary>When it left, microseconds.</summary>
    public required long Time { get; init; }

    /// <summary>4 or 6.</summary>
    public required int Version { get; init; }

    /// <summary>Octets of the IP header.</summary>
    public required int HeaderLength { get; init; }

    /// <summary>What the IP header says of the length of all, octets.</summary>
    public required int TotalLength { get; init; }

    /// <summary>Where from.</summary>
    public required InetAddress Source { get; init; }

    /// <summary>Where to.</summary>
    public required InetAddress Destination { get; init; }

    /// <summary>DSCP and ECN.</summary>
    public required byte TrafficClass { get; init; }

    /// <summary>Time to live, or hop limit.</summary>
    public required byte TimeToLive { get; init; }

    /// <summary>0 over IPv4.</summary>
    public uint FlowLabel { get; init; }

    /// <summary>What the IP header says it carries.</summary>
    public required IpProtocol Protocol { get; init; }

    /// <summary>True when the checksum of the IP header is right, or it has none.</summary>
    public bool IpChecksumIsRight { get; init; } = true;

    /// <summary>The segment, also one that rode in a UDP datagram.</summary>
    public SeenSegment? Tcp { get; init; }

    /// <summary>The ports of a UDP datagram.</summary>
    public (ushort Source, ushort Destination)? UdpPorts { get; init; }

    /// <summary>Octets that a UDP datagram or an ICMP message carries.</summary>
    public int PayloadLength { get; init; }

    /// <summary>True when the checksum of a UDP datagram or an ICMP message is right.</summary>
    public bool ChecksumIsRight { get; init; } = true;

    /// <summary>An ICMP message.</summary>
    public (byte Type, byte Code, uint Word)? Icmp { get; init; }

    /// <summary>Takes a packet apart; null for what is no IP packet.</summary>
    public static SeenPacket? Parse(ReadOnlySpan<byte> octets, long time)
    {
        if (Ipv4Packet.TryParse(octets, out Ipv4Packet v4))
        {
            var seen = new SeenPacket
            {
                Time = time, Version = 4, HeaderLength = v4.HeaderLength, TotalLength = v4.TotalLength,
                Source = v4.Source, Destination = v4.Destination, TrafficClass = v4.TrafficClass,
                TimeToLive = v4.TimeToLive, Protocol = v4.Protocol, IpChecksumIsRight = v4.ChecksumIsRight,
            };
            return v4.IsFragment ? seen : seen.WithBody(v4.Payload);
        }
        if (!Ipv6Packet.TryParse(octets, out Ipv6Packet v6)) return null;
        return new SeenPacket
        {
            Time = time, Version = 6, HeaderLength = Ipv6Header.Length, TotalLength = Ipv6Header.Length + v6.PayloadLength,
            Source = v6.Source, Destination = v6.Destination, TrafficClass = v6.TrafficClass, TimeToLive = v6.HopLimit,
            FlowLabel = v6.FlowLabel, Protocol = v6.NextHeader,
        }.WithBody(v6.Payload);
    }

    private SeenPacket WithBody(ReadOnlySpan<byte> body)
    {
        var pseudo = new PseudoHeader(Source, Destination, Protocol, body.Length);
        switch (Protocol)
        {
            case IpProtocol.Tcp when TcpSegment.TryParse(body, out TcpSegment segment):
                return this with { Tcp = SeenSegment.Of(segment, InternetChecksum.Of(body, pseudo) == 0) };
            case IpProtocol.Udp when UdpDatagram.TryParse(body, out UdpDatagram datagram):
                return WithDatagram(datagram, pseudo);
            case IpProtocol.Icmp when Icmpv4Message.TryParse(body, out Icmpv4Message message):
                return this with
                {
                    Icmp = ((byte)message.Type, message.Code, message.Rest), PayloadLength = message.Payload.Length,
                    ChecksumIsRight = message.ChecksumIsRight,
                };
            case IpProtocol.Icmpv6 when Icmpv6Message.TryParse(body, out Icmpv6Message message):
                return this with
                {
                    Icmp = ((byte)message.Type, message.Code, message.Rest), PayloadLength = message.Payload.Length,
                    ChecksumIsRight = InternetChecksum.Of(body, pseudo) == 0,
                };
            default:
                return this;
        }
    }

    private SeenPacket WithDatagram(UdpDatagram datagram, PseudoHeader pseudo)
    {
        bool isRight = (datagram.Checksum == 0 && Version == 4) || InternetChecksum.Of(datagram.Octets, pseudo) == 0;
        SeenPacket seen = this with
        {
            UdpPorts = (datagram.SourcePort, datagram.DestinationPort), PayloadLength = datagram.Payload.Length,
            ChecksumIsRight = isRight,
        };
        if (!TcpSegment.TryParse(datagram.Payload, out TcpSegment segment)) return seen;
        // FreeBSD leaves the checksum of a segment in a datagram 0, as the datagram's covers it.
        PseudoHeader inner = pseudo with { Protocol = IpProtocol.Tcp, Length = datagram.Payload.Length };
        bool innerIsRight = segment.Checksum == 0 || InternetChecksum.Of(datagram.Payload, inner) == 0;
        return seen with { Tcp = SeenSegment.Of(segment, innerIsRight) };
    }
}

/// <summary>A segment that left the stack, taken apart.</summary>
internal sealed record SeenSegment
{
    public required ushort SourcePort { get; init; }
    public required ushort DestinationPort { get; init; }
    public required uint Sequence { get; init; }
    public required uint Ack { get; init; }
    public required TcpFlags Flags { get; init; }

    /// <summary>The three bits of the header without a meaning.</summary>
    public required int Reserved { get; init; }

    public required ushort Window { get; init; }
    public required ushort Urgent { get; init; }

    /// <summary>The options with their padding.</summary>
    public required byte[] Options { get; init; }

    /// <summary>All of the segment where it is signed; else null.</summary>
    public byte[]? Signed { get; init; }

    public required int PayloadLength { get; init; }

    /// <summary>True when all octets of the payload are 0.</summary>
    public required bool PayloadIsZero { get; init; }

    public required bool ChecksumIsRight { get; init; }

    /// <summary>True when one of the bits is set.</summary>
    public bool Has(TcpFlags flags) => (Flags & flags) != 0;

    /// <summary>True for the first segment of an active open.</summary>
    public bool IsBareSyn => (Flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn;

    public static SeenSegment Of(TcpSegment segment, bool checksumIsRight) => new()
    {
        SourcePort = segment.SourcePort, DestinationPort = segment.DestinationPort, Sequence = segment.SequenceNumber,
        Ack = segment.AckNumber, Flags = segment.Flags, Reserved = (segment.Octets[12] >> 1) & 7, Window = segment.Window,
        Urgent = segment.UrgentPointer, Options = segment.Options.ToArray(), PayloadLength = segment.Payload.Length,
        PayloadIsZero = !segment.Payload.ContainsAnyExcept((byte)0), ChecksumIsRight = checksumIsRight,
        Signed = Md5Digest.Find(segment.Options) < 0 ? null : segment.Octets.ToArray(),
    };
}
