using System.Runtime.InteropServices;
using UserNet.Buffers;
using UserNet.Link;

namespace UserNet.Tap;

/// <summary>What precedes each frame between us and the kernel (struct virtio_net_hdr): the facts of its offload.</summary>
/// <remarks>OASIS Virtio 1.2 §5.1.6, in the octet order of the machine.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct VirtioHeader
{
    /// <summary>Octets of it.</summary>
    public const int Length = 10;

    private const byte NeedsChecksum = 1, ChecksumIsGood = 2;
    private const byte TcpV4 = 1, TcpV6 = 4, UdpSegments = 5, Congestion = 0x80;
    private const int TcpDataOffset = 12, TcpFlagsPlace = 13, UdpHeaderLength = 8;
    private const byte CongestionWindowReduced = 0x80;

    private byte _flags;
    private byte _kind;
    private ushort _headerLength;
    private ushort _segmentSize;
    private ushort _checksumStart;
    private ushort _checksumOffset;

    /// <summary>What the kernel says of a frame that it gave us.</summary>
    /// <remarks>A checksum that it left open never left the machine: there is nothing to verify.</remarks>
    public readonly PacketOffload ToOffload()
    {
        bool open = (_flags & NeedsChecksum) != 0;
        SegmentKind kind = (byte)(_kind & ~Congestion) switch
        {
            TcpV4 => SegmentKind.TcpV4,
            TcpV6 => SegmentKind.TcpV6,
            UdpSegments => SegmentKind.Udp,
            _ => SegmentKind.None,
        };
        return new PacketOffload
        {
            NeedsChecksum = open,
            ChecksumStart = open ? _checksumStart : (ushort)0,
            ChecksumOffset = open ? _checksumOffset : (ushort)0,
            ChecksumIsGood = open || (_flags & ChecksumIsGood) != 0,
            SegmentKind = kind,
            SegmentSize = kind == SegmentKind.None ? (ushort)0 : _segmentSize,
        };
    }

    /// <summary>What the kernel is to do to a frame that we give it.</summary>
    public static VirtioHeader Of(in LinkFrame frame)
    {
        PacketOffload offload = frame.Offload;
        VirtioHeader header = default;
        if (!offload.NeedsChecksum) return header;
        header._flags = NeedsChecksum;
        header._checksumStart = offload.ChecksumStart;
        header._checksumOffset = offload.ChecksumOffset;
        if (!offload.IsMany) return header;
        header._segmentSize = offload.SegmentSize;
        header._kind = offload.SegmentKind switch
        {
            SegmentKind.TcpV4 => TcpV4,
            SegmentKind.TcpV6 => TcpV6,
            _ => UdpSegments,
        };
        // Who cuts must not repeat CWR: not every card knows that.
        if (HasCongestionMark(frame)) header._kind |= Congestion;
        header._headerLength = (ushort)(offload.ChecksumStart + TransportHeaderLength(frame));
        return header;
    }

    private static bool HasCongestionMark(in LinkFrame frame)
    {
        if (frame.Offload.SegmentKind == SegmentKind.Udp) return false;
        int place = frame.Offload.ChecksumStart + TcpFlagsPlace;
        return place < frame.Octets.Length && (frame.Octets.Span[place] & CongestionWindowReduced) != 0;
    }

    private static int TransportHeaderLength(in LinkFrame frame)
    {
        if (frame.Offload.SegmentKind == SegmentKind.Udp) return UdpHeaderLength;
        int place = frame.Offload.ChecksumStart + TcpDataOffset;
        return place < frame.Octets.Length ? (frame.Octets.Span[place] >> 4) * 4 : 0;
    }
}
