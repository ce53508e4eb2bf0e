using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>
/// A frame that stands for many segments of one TCP stream, or for many datagrams of one flow, and each of those: what a
/// sender would have sent had it cut the octets itself.
/// </summary>
/// <remarks>
/// <para>
/// Every segment has the headers of the whole, from the link header on, but for what tells one from another: lengths and
/// checksums, the identification of IPv4, which goes on by one, and TCP's sequence number. CWR stands on the first segment
/// alone (RFC 3168 §6.1.2), FIN and PSH on the last alone. Options are repeated.
/// </para>
/// <para>Parsed when all headers are there, and there is more than one segment. Pure; allocates nothing.</para>
/// </remarks>
public readonly ref struct SegmentCutter
{
    private const int Ipv6HeaderLength = 40, TcpChecksum = 16, UdpChecksum = 6;
    private const byte HopByHop = 0, Routing = 43, DestinationOptions = 60;

    private readonly ReadOnlySpan<byte> _frame;      // without what a link padded it with
    private readonly int _network, _transport;
    private readonly int _size;                      // payload of each but the last
    private readonly bool _isTcp, _isV6, _hasChecksum, _keepsCwr;
    private readonly ulong _networkSum;              // of the IPv4 header without what changes
    private readonly ulong _transportSum;            // of the transport header without what changes
    private readonly ulong _pseudoSum;               // without the length

    private SegmentCutter(ReadOnlySpan<byte> frame, int network, int transport, int headers, scoped in PacketOffload offload)
    {
        _frame = frame;
        (_network, _transport, HeadersLength, _size) = (network, transport, headers, offload.SegmentSize);
        _isTcp = offload.SegmentKind != SegmentKind.Udp;
        _keepsCwr = offload.KeepsCwr;
        _isV6 = frame[network] >> 4 == 6;
        Count = (frame.Length - headers + _size - 1) / _size;
        ReadOnlySpan<byte> header = frame[transport..headers];
        ushort field = ReadUInt16BigEndian(header[ChecksumField..]);
        _hasChecksum = _isTcp || _isV6 || field != 0;
        // The field says the most: with a source route, it has another destination than the header.
        _pseudoSum = offload.NeedsChecksum ? field + Less(frame.Length - transport) : SumOfPseudoHeader();
        _transportSum = InternetChecksum.Sum(header) + Less(field);
        if (_isTcp)
        {
            _transportSum += Less(ReadUInt16BigEndian(header[4..])) + Less(ReadUInt16BigEndian(header[6..]))
                + Less(ReadUInt16BigEndian(header[12..]));
        }
        else
        {
            _transportSum += Less(ReadUInt16BigEndian(header[4..]));
        }

        if (_isV6) return;
        ReadOnlySpan<byte> ip = frame[network..];
        _networkSum = InternetChecksum.Sum(ip[..((ip[0] & 0xF) * 4)]) + Less(ReadUInt16BigEndian(ip[2..]))
            + Less(ReadUInt16BigEndian(ip[4..])) + Less(ReadUInt16BigEndian(ip[10..]));
    }

    /// <summary>How many segments there are: two at least.</summary>
    public int Count { get; }

    /// <summary>Octets of all headers in front of each segment's payload.</summary>
    public int HeadersLength { get; }

    /// <summary>Octets of the largest segment, headers included.</summary>
    public int LargestLength => HeadersLength + _size;

    /// <summary>The transport header's length and what one segment carries: what an MTU bounds, less the IP header.</summary>
    public int LargestUnit => LargestLength - _transport;

    /// <summary>The facts of a segment whose checksum stays open.</summary>
    public PacketOffload OpenFacts => new()
    {
        NeedsChecksum = _hasChecksum,
        ChecksumStart = (ushort)(_hasChecksum ? _transport : 0),
        ChecksumOffset = (ushort)(_hasChecksum ? ChecksumField : 0),
    };

    /// <summary>True when the IP header's checksum is right; IPv6 has none.</summary>
    public bool NetworkChecksumIsRight
    {
        get
        {
            ReadOnlySpan<byte> packet = _frame[_network..];
            return _isV6 || InternetChecksum.Of(packet[..((packet[0] & 0xF) * 4)]) == 0;
        }
    }

    /// <summary>True when the transport's checksum over the whole is right, or there is none.</summary>
    public bool TransportChecksumIsRight =>
        !_hasChecksum || InternetChecksum.Finish(InternetChecksum.Sum(_frame[_transport..]) + _pseudoSum + (uint)(_frame.Length - _transport)) == 0;

    private int ChecksumField => _isTcp ? TcpChecksum : UdpChecksum;

    /// <summary>Looks at a frame that stands for many.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="network">Where its IP header begins.</param>
    /// <param name="offload">What it stands for.</param>
    /// <param name="cutter">The segments.</param>
    /// <returns>False when the octets are not what the facts say, or are but one segment.</returns>
    public static bool TryParse(ReadOnlySpan<byte> frame, int network, scoped in PacketOffload offload, out SegmentCutter cutter)
    {
        cutter = default;
        if (!offload.IsMany || frame.Length <= network) return false;
        bool isTcp = offload.SegmentKind != SegmentKind.Udp;
        if (!TryFindTransport(frame[network..], out int transport, out int length, out IpProtocol protocol)) return false;
        if (protocol != (isTcp ? IpProtocol.Tcp : IpProtocol.Udp)) return false;
        bool isV6 = frame[network] >> 4 == 6;
        if (isTcp && isV6 != (offload.SegmentKind == SegmentKind.TcpV6)) return false;
        ReadOnlySpan<byte> unit = frame.Slice(network + transport, length - transport);
        int headers = network + transport;
        if (isTcp)
        {
            if (!TcpSegment.TryParse(unit, out TcpSegment segment)) return false;
            headers += segment.HeaderLength;
        }
        else
        {
            if (!UdpDatagram.TryParse(unit, out UdpDatagram datagram) || datagram.Octets.Length != unit.Length) return false;
            headers += UdpHeader.Length;
        }

        if (network + length - headers <= offload.SegmentSize) return false;
        cutter = new SegmentCutter(frame[..(network + length)], network, network + transport, headers, offload);
        return true;
    }

    /// <summary>Octets of a segment, headers included.</summary>
    public int LengthOf(int index) => index < Count - 1 ? LargestLength : _frame.Length - (index * _size);

    /// <summary>Writes a segment, and says how many octets it has.</summary>
    /// <param name="index">Which: from 0 on.</param>
    /// <param name="destination">Where to, <see cref="LengthOf"/> octets or more.</param>
    /// <param name="leavesOpen">True to leave its checksum as <see cref="OpenFacts"/> says.</param>
    public int Write(int index, Span<byte> destination, bool leavesOpen = false)
    {
        int length = LengthOf(index);
        Span<byte> segment = destination[..length];
        _frame[..HeadersLength].CopyTo(segment);
        ReadOnlySpan<byte> payload = _frame.Slice(HeadersLength + (index * _size), length - HeadersLength);
        payload.CopyTo(segment[HeadersLength..]);
        WriteNetwork(segment[_network..], index);
        WriteTransport(segment[_transport..], payload, index, leavesOpen);
        return length;
    }

    private void WriteNetwork(Span<byte> header, int index)
    {
        if (_isV6)
        {
            WriteUInt16BigEndian(header[4..], (ushort)(header.Length - Ipv6HeaderLength));
            return;
        }

        ushort identification = (ushort)(ReadUInt16BigEndian(header[4..]) + index);
        WriteUInt16BigEndian(header[2..], (ushort)header.Length);
        WriteUInt16BigEndian(header[4..], identification);
        WriteUInt16BigEndian(header[10..], InternetChecksum.Finish(_networkSum + (uint)header.Length + identification));
    }

    private void WriteTransport(Span<byte> unit, ReadOnlySpan<byte> payload, int index, bool leavesOpen)
    {
        ulong changed;
        if (_isTcp)
        {
            uint sequence = ReadUInt32BigEndian(unit[4..]) + (uint)(index * _size);
            var flags = (TcpFlags)ReadUInt16BigEndian(unit[12..]);
            if (index > 0 && !_keepsCwr) flags &= ~TcpFlags.Cwr;
            if (index < Count - 1) flags &= ~(TcpFlags.Fin | TcpFlags.Psh);
            WriteUInt32BigEndian(unit[4..], sequence);
            WriteUInt16BigEndian(unit[12..], (ushort)flags);
            changed = (sequence >> 16) + (sequence & 0xFFFF) + (ulong)flags;
        }
        else
        {
            WriteUInt16BigEndian(unit[4..], (ushort)unit.Length);
            if (!_hasChecksum) return;
            changed = (uint)unit.Length;
        }

        ulong pseudo = _pseudoSum + (uint)unit.Length;
        ushort checksum = leavesOpen
            ? InternetChecksum.Fold(pseudo)
            : InternetChecksum.Finish(pseudo + _transportSum + changed + InternetChecksum.Sum(payload));
        if (checksum == 0 && !_isTcp) checksum = 0xFFFF;      // RFC 768
        WriteUInt16BigEndian(unit[ChecksumField..], checksum);
    }

    private ulong SumOfPseudoHeader()
    {
        ReadOnlySpan<byte> addresses = _isV6 ? _frame.Slice(_network + 8, 32) : _frame.Slice(_network + 12, 8);
        return InternetChecksum.Sum(addresses) + (ulong)(_isTcp ? IpProtocol.Tcp : IpProtocol.Udp);
    }

    // What takes a word out of a one's complement sum. RFC 1624 §3.
    private static ulong Less(int word) => (ushort)~word;

    // Where the transport header of a whole packet begins, and where the packet ends.
    private static bool TryFindTransport(ReadOnlySpan<byte> packet, out int transport, out int length, out IpProtocol protocol)
    {
        (transport, length, protocol) = (0, 0, default);
        if (packet[0] >> 4 != 6)
        {
            if (!Ipv4Packet.TryParse(packet, out Ipv4Packet v4) || v4.IsFragment) return false;
            (transport, length, protocol) = (v4.HeaderLength, v4.TotalLength, v4.Protocol);
            return true;
        }

        if (packet.Length < Ipv6HeaderLength) return false;
        length = Ipv6HeaderLength + ReadUInt16BigEndian(packet[4..]);
        if (length > packet.Length) return false;
        transport = Ipv6HeaderLength;
        byte next = packet[6];
        while (next is HopByHop or Routing or DestinationOptions)
        {
            if (transport + 8 > length) return false;
            next = packet[transport];
            transport += (packet[transport + 1] + 1) * 8;
        }

        protocol = (IpProtocol)next;
        return transport <= length;
    }
}
