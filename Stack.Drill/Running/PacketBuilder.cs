using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Drill.Language;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Drill.Running;

/// <summary>Makes the packets that come to the stack. Payloads are zeros, checksums right.</summary>
internal sealed class PacketBuilder(ScriptSettings settings)
{
    private const byte TimeToLive = 255;
    private const int ChecksumAt = 16;       // in a TCP header
    private const int EchoedTransport = 8;      // octets of a transport's header that an ICMP error has room for

    private readonly PacketPool _pool = new();
    private readonly InetAddress _local = InetAddress.From(settings.Addresses.Local);
    private readonly InetAddress _remote = InetAddress.From(settings.Addresses.Remote);

    /// <summary>Makes a packet of the peer's.</summary>
    /// <param name="packet">What the script says.</param>
    /// <param name="socket">Whose it is; null for none, which an ICMP message can do without.</param>
    /// <exception cref="DrillFailure">The script echoes a timestamp that it did not see.</exception>
    /// <exception cref="UnsupportedException">It has something that can't be made.</exception>
    public byte[] Build(PacketSpec packet, SocketUnderTest? socket)
    {
        int payload = packet.Body switch { TcpSpec tcp => tcp.Length, UdpSpec udp => udp.Length, _ => 0 };
        if (payload > ushort.MaxValue) throw TooLarge(packet.At);
        PacketBuffer buffer = _pool.Rent(payload + EchoedTransport);
        try
        {
            buffer.Append(payload).Clear();
            IpProtocol protocol = packet.Body switch
            {
                TcpSpec segment => PutSegment(buffer, segment, socket!, packet.At),
                UdpSpec datagram => PutDatagram(buffer, datagram, socket!),
                IcmpSpec message => PutMessage(buffer, message, socket),
                _ => throw new UnsupportedException($"packets with {packet.Body.GetType().Name}", packet.At),
            };
            PutIp(buffer, packet.Ip, protocol, packet.At);
            return buffer.Span.ToArray();
        }
        finally
        {
            buffer.Return();
        }
    }

    private IpProtocol PutSegment(PacketBuffer buffer, TcpSpec segment, SocketUnderTest socket, Position at)
    {
        if (segment.IsSequenceFree) throw new UnsupportedException("segments without a sequence number into the stack", at);
        if (segment.Options is null) throw new UnsupportedException("segments with any options into the stack", at);
        bool hasAck = (segment.Flags & TcpFlags.Ack) != 0;
        byte[] options = OptionOctets.Write(
            segment.Options, at, edge => socket.Sequence.InboundAck(segment.Flags, edge),
            (timestamp, _) => TimestampsOf(timestamp, hasAck, socket, at), settings.Md5Secret is null ? null : new byte[Md5Digest.Length]);
        (ushort source, ushort destination) = PortsOf(segment.Ports, socket);
        uint ack = segment.Acknowledgment ?? 0;
        var header = new TcpHeader(
            source, destination, socket.Sequence.InboundSequence(segment),
            hasAck ? socket.Sequence.InboundAck(segment.Flags, ack) : ack, segment.Flags, segment.Window ?? 0,
            segment.Urgent ?? 0);
        header.PrependTo(buffer, options, PseudoOf(IpProtocol.Tcp));
        if (segment.Options.Any(static option => option is Md5Spec { Digest: null })) Sign(buffer);
        if (segment.Encapsulating is not { } ports) return IpProtocol.Tcp;
        new UdpHeader(ports.Source, ports.Destination).PrependTo(buffer, PseudoOf(IpProtocol.Udp));
        return IpProtocol.Udp;
    }

    // Its checksum counts the digest, and the digest does not count the checksum.
    private void Sign(PacketBuffer segment)
    {
        Span<byte> octets = segment.Span;
        int place = TcpHeader.Length + Md5Digest.Find(octets[TcpHeader.Length..((octets[12] >> 4) * 4)]);
        if (place < TcpHeader.Length) return;      // behind the end of the list
        Md5Digest.Of(octets, _remote, _local, settings.Md5Secret!).CopyTo(octets[place..]);
        Span<byte> checksum = octets.Slice(TcpHeader.ChecksumOffset, sizeof(ushort));
        checksum.Clear();
        WriteUInt16BigEndian(checksum, InternetChecksum.Of(octets, PseudoOf(IpProtocol.Tcp) with { Length = octets.Length }));
    }

    private (uint Value, uint Echo) TimestampsOf(TimestampSpec timestamp, bool hasAck, SocketUnderTest socket, Position at)
    {
        if (timestamp.Value is not { } value || timestamp.Echo is not { } echo)
            throw new UnsupportedException("any timestamp into the stack", at);
        bool meansNothing = settings.ScalesTimestampEchoes && socket.Timestamps.IsEmpty;
        if (!hasAck || timestamp.IsEchoLiteral || meansNothing) return (value, echo);
        if (socket.Timestamps.TryEcho(echo, settings.ScalesTimestampEchoes, out uint live)) return (value, live);
        throw new DrillFailure(at, "ecr", $"ecr {echo}", "no segment of the stack before has this value");
    }

    private IpProtocol PutDatagram(PacketBuffer buffer, UdpSpec datagram, SocketUnderTest socket)
    {
        (ushort source, ushort destination) = PortsOf(datagram.Ports, socket);
        new UdpHeader(source, destination).PrependTo(buffer, PseudoOf(IpProtocol.Udp));
        return IpProtocol.Udp;
    }

    private IpProtocol PutMessage(PacketBuffer buffer, IcmpSpec message, SocketUnderTest? socket)
    {
        (byte type, byte code) = IcmpNames.NumbersOf(message, settings.IsV6);
        uint rest = message.Mtu ?? 0;
        if (IcmpNames.IsEcho(type, settings.IsV6)) rest = ((uint)(message.Id ?? 0) << 16) | (ushort)(message.EchoedSequence ?? 0);
        else PutEchoed(buffer, message, socket);
        if (settings.IsV6)
        {
            new Icmpv6Header((Icmpv6Type)type, code, rest).PrependTo(buffer, _remote, _local);
            return IpProtocol.Icmpv6;
        }
        new Icmpv4Header((Icmpv4Type)type, code, rest).PrependTo(buffer);
        return IpProtocol.Icmp;
    }

    // The packet that the message is about: the stack's own, its IP header and the first 8 octets behind it.
    private void PutEchoed(PacketBuffer buffer, IcmpSpec message, SocketUnderTest? socket)
    {
        ushort local = socket is { LocalPort: not 0 } bound ? bound.LocalPort : settings.BindPort;
        ushort remote = socket is { RemotePort: not 0 } connected ? connected.RemotePort : settings.ConnectPort;
        Span<byte> start = buffer.Append(EchoedTransport);
        start.Clear();
        int length = message.EchoedLength;
        IpProtocol protocol = (IpProtocol)255;
        if (message.Echoed == EchoedKind.Raw)
        {
            PutEchoedIp(buffer, protocol, length);
            return;
        }
        WriteUInt16BigEndian(start, local);
        WriteUInt16BigEndian(start[2..], remote);
        if (message.Echoed == EchoedKind.Udp)
        {
            WriteUInt16BigEndian(start[4..], (ushort)(UdpHeader.Length + length));
            PutEchoedIp(buffer, IpProtocol.Udp, UdpHeader.Length + length);
            return;
        }
        WriteUInt32BigEndian(start[4..], socket?.Sequence.Echoed(message.EchoedSequence ?? 0) ?? message.EchoedSequence ?? 0);
        length += TcpHeader.Length;
        protocol = IpProtocol.Tcp;
        if (message.Encapsulating is { } ports)
        {
            length += UdpHeader.Length;
            protocol = IpProtocol.Udp;
            Span<byte> header = buffer.Prepend(UdpHeader.Length);
            WriteUInt16BigEndian(header, ports.Source);
            WriteUInt16BigEndian(header[2..], ports.Destination);
            WriteUInt16BigEndian(header[4..], (ushort)length);
            WriteUInt16BigEndian(header[6..], 0);
        }
        PutEchoedIp(buffer, protocol, length);
    }

    // Its length is that of the whole packet, of which only the beginning is there.
    private void PutEchoedIp(PacketBuffer buffer, IpProtocol protocol, int length)
    {
        if (settings.IsV6)
        {
            new Ipv6Header(_local, _remote, protocol).PrependTo(buffer);
            WriteUInt16BigEndian(buffer.Span[4..], (ushort)length);
            return;
        }
        new Ipv4Header(_local, _remote, protocol, DontFragment: true).PrependTo(buffer);
        Span<byte> header = buffer.Span[..Ipv4Header.Length];
        WriteUInt16BigEndian(header[2..], (ushort)(Ipv4Header.Length + length));
        WriteUInt16BigEndian(header[10..], 0);
        WriteUInt16BigEndian(header[10..], InternetChecksum.Of(header));
    }

    private void PutIp(PacketBuffer buffer, IpSpec ip, IpProtocol protocol, Position at)
    {
        byte traffic = (byte)((ip.TypeOfService ?? 0) | ((ip.Dscp ?? 0) << 2) | ip.Ecn switch
        {
            EcnSpec.Unsaid or EcnSpec.NoEcn => 0,
            EcnSpec.Ect1 => 1,
            EcnSpec.Ect0 => 2,
            EcnSpec.Ce => 3,
            _ => throw new UnsupportedException("either ECT into the stack", at),
        });
        int length = buffer.Length + (settings.IsV6 ? 0 : Ipv4Header.Length);      // what a header's field of 16 bits counts
        if (length > ushort.MaxValue) throw TooLarge(at);
        byte timeToLive = (byte)(ip.TimeToLive ?? TimeToLive);
        if (settings.IsV6)
        {
            new Ipv6Header(_remote, _local, protocol, timeToLive, traffic, (uint)(ip.FlowLabel ?? 0)).PrependTo(buffer);
            return;
        }
        if (ip.FlowLabel is not null) throw new UnsupportedException("a flow label over IPv4", at);
        new Ipv4Header(_remote, _local, protocol, timeToLive, traffic).PrependTo(buffer);
    }

    private static UnsupportedException TooLarge(Position at) => new("packets of more than 65535 octets", at);

    // Ports that the script gave to the connection are those that it has; others are as written.
    private static (ushort Source, ushort Destination) PortsOf((ushort Source, ushort Destination)? written, SocketUnderTest socket)
    {
        if (written is not { } ports) return (socket.RemotePort, socket.LocalPort);
        return (
            ports.Source == socket.ScriptPorts?.Remote ? socket.RemotePort : ports.Source,
            ports.Destination == socket.ScriptPorts?.Local ? socket.LocalPort : ports.Destination);
    }

    private PseudoHeader PseudoOf(IpProtocol protocol) => new(_remote, _local, protocol, 0);
}
