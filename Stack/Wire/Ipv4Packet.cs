using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>The octets of an IPv4 packet. RFC 791.</summary>
/// <remarks>Parsed when version and lengths hold; the checksum is for whoever receives it to verify.</remarks>
public readonly ref struct Ipv4Packet : IWireView<Ipv4Packet>
{
    private readonly ReadOnlySpan<byte> _octets;

    private Ipv4Packet(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out Ipv4Packet view) =>
        TryParse(octets, mayBeCutOff: false, out view);

    /// <summary>Sees the beginning of a packet whose end may be missing, as an ICMP error quotes it.</summary>
    public static bool TryParseQuoted(ReadOnlySpan<byte> octets, out Ipv4Packet view) =>
        TryParse(octets, mayBeCutOff: true, out view);

    /// <summary>All of the packet, without what a link padded it with.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>Octets of the header, options included: 20 to 60.</summary>
    public int HeaderLength => (_octets[0] & 0xF) * 4;

    /// <summary>DSCP and ECN as one octet, once called TOS. RFC 2474, RFC 3168.</summary>
    public byte TrafficClass => _octets[1];

    /// <summary>What the header says of the packet's length; more than there are octets only where it was quoted.</summary>
    public int TotalLength => ReadUInt16BigEndian(_octets[2..]);

    /// <summary>Names the packet that a fragment is part of. RFC 6864.</summary>
    public ushort Identification => ReadUInt16BigEndian(_octets[4..]);

    /// <summary>DF: routers must not fragment it.</summary>
    public bool DontFragment => (_octets[6] & 0x40) != 0;

    /// <summary>MF: this is not the last fragment.</summary>
    public bool MoreFragments => (_octets[6] & 0x20) != 0;

    /// <summary>Where the payload belongs in the whole packet, octets.</summary>
    public int FragmentOffset => (ReadUInt16BigEndian(_octets[6..]) & 0x1FFF) * 8;

    /// <summary>True when it is a part of a packet.</summary>
    public bool IsFragment => (ReadUInt16BigEndian(_octets[6..]) & 0x3FFF) != 0;

    /// <summary>How many more routers may forward it.</summary>
    public byte TimeToLive => _octets[8];

    /// <summary>What it carries.</summary>
    public IpProtocol Protocol => (IpProtocol)_octets[9];

    /// <summary>Where it says it is from.</summary>
    public InetAddress Source => InetAddress.FromV4(ReadUInt32BigEndian(_octets[12..]));

    /// <summary>Where it is to.</summary>
    public InetAddress Destination => InetAddress.FromV4(ReadUInt32BigEndian(_octets[16..]));

    /// <summary>The header's octets.</summary>
    public ReadOnlySpan<byte> Header => _octets[..HeaderLength];

    /// <summary>The options with their padding; empty mostly.</summary>
    public ReadOnlySpan<byte> Options => _octets[Ipv4Header.Length..HeaderLength];

    /// <summary>What it carries.</summary>
    public ReadOnlySpan<byte> Payload => _octets[HeaderLength..];

    /// <summary>True when the header checksum is right.</summary>
    public bool ChecksumIsRight => InternetChecksum.Of(Header) == 0;

    private static bool TryParse(ReadOnlySpan<byte> octets, bool mayBeCutOff, out Ipv4Packet view)
    {
        view = default;
        if (octets.Length < Ipv4Header.Length || octets[0] >> 4 != 4) return false;
        int headerLength = (octets[0] & 0xF) * 4, totalLength = ReadUInt16BigEndian(octets[2..]);
        if (headerLength < Ipv4Header.Length || totalLength < headerLength || octets.Length < headerLength) return false;
        if (totalLength > octets.Length && !mayBeCutOff) return false;
        view = new Ipv4Packet(octets[..Math.Min(totalLength, octets.Length)]);
        return true;
    }
}

/// <summary>What an IPv4 header says, apart from its octets; the only way to write one.</summary>
/// <param name="Source">Where from.</param>
/// <param name="Destination">Where to.</param>
/// <param name="Protocol">What it carries.</param>
/// <param name="TimeToLive">How many routers may forward it.</param>
/// <param name="TrafficClass">DSCP and ECN.</param>
/// <param name="Identification">Names the packet among those with the same addresses and protocol.</param>
/// <param name="DontFragment">DF.</param>
/// <param name="MoreFragments">MF.</param>
/// <param name="FragmentOffset">Octets, a multiple of 8.</param>
public readonly record struct Ipv4Header(
    InetAddress Source, InetAddress Destination, IpProtocol Protocol, byte TimeToLive = 64, byte TrafficClass = 0,
    ushort Identification = 0, bool DontFragment = false, bool MoreFragments = false, int FragmentOffset = 0)
{
    /// <summary>Octets of a header without options.</summary>
    public const int Length = 20;

    /// <summary>Octets of the longest header.</summary>
    public const int MaxLength = 60;

    /// <summary>Puts the header in front of the payload and seals it with its checksum.</summary>
    /// <param name="packet">The payload.</param>
    /// <param name="options">Options as they are to stand in the header; padded with zeros to a multiple of 4.</param>
    /// <exception cref="ArgumentOutOfRangeException">More than 40 octets of options.</exception>
    public void PrependTo(PacketBuffer packet, ReadOnlySpan<byte> options = default)
    {
        ArgumentNullException.ThrowIfNull(packet);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Length, MaxLength - Length);
        int length = Length + ((options.Length + 3) & ~3);
        Span<byte> header = packet.Prepend(length);
        header[0] = (byte)(0x40 | (length / 4));
        header[1] = TrafficClass;
        WriteUInt16BigEndian(header[2..], (ushort)packet.Length);
        WriteUInt16BigEndian(header[4..], Identification);
        int flags = (DontFragment ? 0x4000 : 0) | (MoreFragments ? 0x2000 : 0);
        WriteUInt16BigEndian(header[6..], (ushort)(flags | (FragmentOffset / 8)));
        header[8] = TimeToLive;
        header[9] = (byte)Protocol;
        WriteUInt16BigEndian(header[10..], 0);
        WriteUInt32BigEndian(header[12..], Source.V4Bits);
        WriteUInt32BigEndian(header[16..], Destination.V4Bits);
        options.CopyTo(header[Length..]);
        header[(Length + options.Length)..].Clear();
        WriteUInt16BigEndian(header[10..], InternetChecksum.Of(header));
    }
}
