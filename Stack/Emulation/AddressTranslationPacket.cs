using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Emulation;

/// <summary>
/// An IPv4 packet whose addresses and ports are rewritten in place, its checksums along with them. RFC 1624, RFC 3022
/// §4.2.
/// </summary>
/// <remarks>
/// A checksum that was wrong stays wrong. The place of a port is, in an ICMP query, its identifier. Ports are to be
/// read and rewritten only of a packet with <see cref="HasPorts"/>.
/// </remarks>
internal readonly ref struct AddressTranslationPacket
{
    private const int HeaderChecksumAt = 10, SourceAt = 12, DestinationAt = 16, FlagsAt = 12;
    private const int TcpChecksumAt = 16, UdpChecksumAt = 6, IcmpChecksumAt = 2, IdentifierAt = 4;
    private const int PortsLength = 8;      // what an ICMP error quotes at least. RFC 792

    private readonly Span<byte> _octets;    // without what a link padded it with
    private readonly bool _isOpen;          // the checksum's field holds the sum of the pseudo-header

    private AddressTranslationPacket(Span<byte> octets, bool isOpen)
    {
        _octets = octets;
        _isOpen = isOpen;
    }

    public uint Source => ReadUInt32BigEndian(_octets[SourceAt..]);

    public uint Destination => ReadUInt32BigEndian(_octets[DestinationAt..]);

    public IpProtocol Protocol => (IpProtocol)_octets[9];

    public ushort Identification => ReadUInt16BigEndian(_octets[4..]);

    public bool IsFragment => (ReadUInt16BigEndian(_octets[6..]) & 0x3FFF) != 0;

    public bool IsLaterFragment => (ReadUInt16BigEndian(_octets[6..]) & 0x1FFF) != 0;

    /// <summary>What the packet carries.</summary>
    public Span<byte> Unit => _octets[HeaderLength..];

    public Icmpv4Type IcmpType => (Icmpv4Type)Unit[0];

    public TcpFlags TcpFlags => (TcpFlags)(ReadUInt16BigEndian(Unit[FlagsAt..]) & 0x1FF);

    public ushort SourcePort => ReadUInt16BigEndian(Unit[SourcePortAt..]);

    public ushort DestinationPort => ReadUInt16BigEndian(Unit[DestinationPortAt..]);

    /// <summary>True of the beginning of a TCP segment, a UDP datagram or an ICMP message.</summary>
    public bool HasPorts =>
        !IsLaterFragment && Unit.Length >= PortsLength && Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Icmp;

    private int HeaderLength => (_octets[0] & 0xF) * 4;

    private int SourcePortAt => Protocol == IpProtocol.Icmp ? IdentifierAt : 0;

    private int DestinationPortAt => Protocol == IpProtocol.Icmp ? IdentifierAt : 2;

    private int ChecksumAt => Protocol switch
    {
        IpProtocol.Tcp => TcpChecksumAt,
        IpProtocol.Udp => UdpChecksumAt,
        _ => IcmpChecksumAt,
    };

    /// <summary>Looks at a packet in a frame.</summary>
    /// <param name="frame">All of the frame.</param>
    /// <param name="start">Where the packet begins.</param>
    /// <param name="offload">What is still to be done to the frame.</param>
    /// <param name="packet">The packet.</param>
    /// <returns>None; or that it is none, has a wrong header checksum, or no checksum where one is said to be open.</returns>
    public static DropReason Parse(Span<byte> frame, int start, in PacketOffload offload, out AddressTranslationPacket packet)
    {
        packet = default;
        if (!Ipv4Packet.TryParse(frame[start..], out Ipv4Packet view)) return DropReason.IpMalformed;
        if (!view.ChecksumIsRight) return DropReason.IpBadChecksum;
        packet = new AddressTranslationPacket(frame.Slice(start, view.TotalLength), offload.NeedsChecksum);
        if (!offload.NeedsChecksum) return DropReason.None;
        bool isKnown = view.Protocol is IpProtocol.Tcp or IpProtocol.Udp && !view.IsFragment
            && offload.ChecksumStart == start + view.HeaderLength && offload.ChecksumOffset == packet.ChecksumAt;
        return isKnown ? DropReason.None : DropReason.FrameBadOffload;
    }

    /// <summary>Looks at the beginning of a packet that an ICMP error quotes: its header, and what would be its ports.</summary>
    public static bool TryParseQuoted(Span<byte> octets, out AddressTranslationPacket packet)
    {
        packet = default;
        if (!Ipv4Packet.TryParseQuoted(octets, out Ipv4Packet view) || !view.ChecksumIsRight) return false;
        packet = new AddressTranslationPacket(octets[..view.Octets.Length], isOpen: false);
        return true;
    }

    /// <summary>Puts another source address, and another port where the packet has one.</summary>
    public void RewriteSource(uint address, ushort port)
    {
        uint before = RewriteAddress(SourceAt, address);
        if (HasPorts) RewritePort(before, address, SourcePortAt, port);
    }

    /// <summary>Puts another source address and leaves the rest, as of a later fragment or an ICMP error.</summary>
    public void RewriteSource(uint address) => RewriteAddress(SourceAt, address);

    /// <summary>Puts another destination address, and another port where the packet has one.</summary>
    public void RewriteDestination(uint address, ushort port)
    {
        uint before = RewriteAddress(DestinationAt, address);
        if (HasPorts) RewritePort(before, address, DestinationPortAt, port);
    }

    /// <summary>Puts another destination address and leaves the rest, as of a later fragment or an ICMP error.</summary>
    public void RewriteDestination(uint address) => RewriteAddress(DestinationAt, address);

    /// <summary>Computes the checksum of an ICMP message anew.</summary>
    public void SealIcmp()
    {
        WriteUInt16BigEndian(Unit[IcmpChecksumAt..], 0);
        WriteUInt16BigEndian(Unit[IcmpChecksumAt..], InternetChecksum.Of(Unit));
    }

    private uint RewriteAddress(int at, uint address)
    {
        uint before = ReadUInt32BigEndian(_octets[at..]);
        WriteUInt32BigEndian(_octets[at..], address);
        ushort checksum = ReadUInt16BigEndian(_octets[HeaderChecksumAt..]);
        WriteUInt16BigEndian(_octets[HeaderChecksumAt..], Update(checksum, SumOf(before), SumOf(address)));
        return before;
    }

    private void RewritePort(uint addressBefore, uint address, int at, ushort port)
    {
        Span<byte> unit = Unit;
        ushort portBefore = ReadUInt16BigEndian(unit[at..]);
        WriteUInt16BigEndian(unit[at..], port);
        int field = ChecksumAt;
        if (unit.Length < field + sizeof(ushort)) return;      // was not quoted
        ushort checksum = ReadUInt16BigEndian(unit[field..]);
        bool isUdp = Protocol == IpProtocol.Udp;
        if (isUdp && checksum == 0) return;                    // the sender computed none
        if (_isOpen)
        {
            // A sum and no checksum: it is not complemented, and the ports are not in it yet.
            WriteUInt16BigEndian(unit[field..], InternetChecksum.Fold(checksum + Less(SumOf(addressBefore)) + SumOf(address)));
            return;
        }

        bool hasPseudo = Protocol != IpProtocol.Icmp;
        ulong before = portBefore + (hasPseudo ? SumOf(addressBefore) : 0), after = port + (hasPseudo ? SumOf(address) : 0);
        checksum = Update(checksum, before, after);
        WriteUInt16BigEndian(unit[field..], isUdp && checksum == 0 ? (ushort)0xFFFF : checksum);
    }

    // RFC 1624 §3, equation 3, of several words at once.
    private static ushort Update(ushort checksum, ulong before, ulong after) =>
        InternetChecksum.Finish((ushort)~checksum + Less(before) + after);

    private static ulong SumOf(uint address) => (address >> 16) + (address & 0xFFFF);

    private static ulong Less(ulong sum) => (ushort)~InternetChecksum.Fold(sum);
}
