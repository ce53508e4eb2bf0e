using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Wire;

namespace UserNet.Tests.Infrastructure;

/// <summary>Packets that stand for many segments, as a transport hands them over or a local sender sends them.</summary>
internal static class Bursts
{
    public const int TcpHeader = 32;      // with timestamps

    /// <summary>Puts a TCP header in front of a payload, with the checksum open, many segments in one when there is more than one.</summary>
    public static void PrependTcp(PacketBuffer packet, string source, string destination, ushort size, uint sequence = 1, byte flags = 0x18, ushort port = 80)
    {
        bool isMany = packet.Length > size;
        Span<byte> header = packet.Prepend(TcpHeader);
        header.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(header, 5000);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], port);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], sequence);
        header[12] = TcpHeader / 4 << 4;
        header[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(header[14..], 500);
        ReadOnlySpan<byte> timestamps = [1, 1, 8, 10, 0, 0, 1, 2, 0, 0, 3, 4];
        timestamps.CopyTo(header[20..]);
        InetAddress from = InetAddress.Parse(source), to = InetAddress.Parse(destination);
        var pseudo = new PseudoHeader(from, to, IpProtocol.Tcp, packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(header[16..], InternetChecksum.Fold(pseudo.Sum));
        packet.Offload = new PacketOffload
        {
            NeedsChecksum = true,
            ChecksumOffset = 16,
            SegmentSize = isMany ? size : (ushort)0,
            SegmentKind = !isMany ? SegmentKind.None : from.IsV6 ? SegmentKind.TcpV6 : SegmentKind.TcpV4,
        };
    }

    /// <summary>An Ethernet frame with a burst of TCP segments over IPv4, and its facts.</summary>
    public static (byte[] Octets, PacketOffload Offload) Tcp(
        MacAddress to, MacAddress from, string source, string destination, byte[] payload, ushort size, uint sequence = 1, byte flags = 0x18)
    {
        var pool = new PacketPool();
        PacketBuffer packet = pool.RentCopy(payload);
        PrependTcp(packet, source, destination, size, sequence, flags);
        new Ipv4Header(InetAddress.Parse(source), InetAddress.Parse(destination), IpProtocol.Tcp, Identification: 0xFFFE, DontFragment: true).PrependTo(packet);
        new EthernetHeader(to, from, EtherType.Ipv4).PrependTo(packet);
        return (packet.Span.ToArray(), packet.Offload);
    }

    /// <summary>An Ethernet frame with a burst of datagrams over IPv4, and its facts.</summary>
    public static (byte[] Octets, PacketOffload Offload) Udp(
        MacAddress to, MacAddress from, string source, string destination, byte[] payload, ushort size)
    {
        var pool = new PacketPool();
        PacketBuffer packet = pool.RentCopy(payload);
        InetAddress a = InetAddress.Parse(source), b = InetAddress.Parse(destination);
        new UdpHeader(5000, 7777).PrependOpen(packet, new PseudoHeader(a, b, IpProtocol.Udp, 0));
        if (payload.Length > size) packet.Offload = packet.Offload with { SegmentSize = size, SegmentKind = SegmentKind.Udp };
        new Ipv4Header(a, b, IpProtocol.Udp, Identification: 7).PrependTo(packet);
        new EthernetHeader(to, from, EtherType.Ipv4).PrependTo(packet);
        return (packet.Span.ToArray(), packet.Offload);
    }

    /// <summary>The TCP segment in an Ethernet frame, all of whose checksums are right, as its place in the stream and its octets.</summary>
    public static (uint Sequence, byte[] Payload) RightSegment(ReadOnlySpan<byte> frame)
    {
        Xunit.Assert.True(EthernetFrame.TryParse(frame, out EthernetFrame ethernet));
        Xunit.Assert.True(Ipv4Packet.TryParse(ethernet.Payload, out Ipv4Packet packet) && packet.ChecksumIsRight);
        Xunit.Assert.True(TcpSegment.TryParse(packet.Payload, out TcpSegment segment));
        var pseudo = new PseudoHeader(packet.Source, packet.Destination, IpProtocol.Tcp, segment.Octets.Length);
        Xunit.Assert.Equal(0, InternetChecksum.Of(segment.Octets, pseudo));
        return (segment.SequenceNumber, segment.Payload.ToArray());
    }
}
