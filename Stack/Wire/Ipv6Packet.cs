using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>The octets of an IPv6 packet. RFC 8200 §3.</summary>
/// <remarks>
/// Parsed when version and length hold; what lies between the header and the transport is for <see cref="Ipv6Extensions"/> to read.
/// Jumbograms (RFC 2675) are seen as packets without a payload.
/// </remarks>
public readonly ref struct Ipv6Packet : IWireView<Ipv6Packet>
{
    private readonly ReadOnlySpan<byte> _octets;

    private Ipv6Packet(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out Ipv6Packet view) =>
        TryParse(octets, mayBeCutOff: false, out view);

    /// <summary>Sees the beginning of a packet whose end may be missing, as an ICMPv6 error quotes it.</summary>
    public static bool TryParseQuoted(ReadOnlySpan<byte> octets, out Ipv6Packet view) =>
        TryParse(octets, mayBeCutOff: true, out view);

    /// <summary>All of the packet, without what a link padded it with.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>DSCP and ECN as one octet. RFC 2474, RFC 3168.</summary>
    public byte TrafficClass => (byte)(ReadUInt16BigEndian(_octets) >> 4);

    /// <summary>Names the flow that the packet belongs to, 20 bits; 0 for none. RFC 6437.</summary>
    public uint FlowLabel => ReadUInt32BigEndian(_octets) & 0xF_FFFF;

    /// <summary>What the header says of the length behind it; more than there are octets only where it was quoted.</summary>
    public int PayloadLength => ReadUInt16BigEndian(_octets[4..]);

    /// <summary>What follows the header: an extension header, or the transport.</summary>
    public IpProtocol NextHeader => (IpProtocol)_octets[6];

    /// <summary>How many more routers may forward it.</summary>
    public byte HopLimit => _octets[7];

    /// <summary>Where it says it is from.</summary>
    public InetAddress Source => InetAddress.FromOctets(_octets[8..24]);

    /// <summary>Where it is to.</summary>
    public InetAddress Destination => InetAddress.FromOctets(_octets[24..40]);

    /// <summary>What follows the header, extension headers included.</summary>
    public ReadOnlySpan<byte> Payload => _octets[Ipv6Header.Length..];

    private static bool TryParse(ReadOnlySpan<byte> octets, bool mayBeCutOff, out Ipv6Packet view)
    {
        view = default;
        if (octets.Length < Ipv6Header.Length || octets[0] >> 4 != 6) return false;
        int length = Ipv6Header.Length + ReadUInt16BigEndian(octets[4..]);
        if (length > octets.Length && !mayBeCutOff) return false;
        view = new Ipv6Packet(octets[..Math.Min(length, octets.Length)]);
        return true;
    }
}

/// <summary>What an IPv6 header says, apart from its octets; the only way to write one.</summary>
/// <param name="Source">Where from.</param>
/// <param name="Destination">Where to.</param>
/// <param name="NextHeader">What follows.</param>
/// <param name="HopLimit">How many routers may forward it.</param>
/// <param name="TrafficClass">DSCP and ECN.</param>
/// <param name="FlowLabel">Names the flow, 20 bits; the rest is not written.</param>
public readonly record struct Ipv6Header(
    InetAddress Source, InetAddress Destination, IpProtocol NextHeader, byte HopLimit = 64, byte TrafficClass = 0,
    uint FlowLabel = 0)
{
    /// <summary>Octets of the header.</summary>
    public const int Length = 40;

    /// <summary>The longest payload, extension headers included, octets.</summary>
    public const int MaxPayload = ushort.MaxValue;

    /// <summary>Puts the header in front of the payload.</summary>
    /// <param name="packet">The payload, extension headers included.</param>
    /// <exception cref="ArgumentOutOfRangeException">More than 65,535 octets of payload.</exception>
    public void PrependTo(PacketBuffer packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(packet.Length, MaxPayload, nameof(packet));
        int length = packet.Length;
        Span<byte> header = packet.Prepend(Length);
        WriteUInt32BigEndian(header, (6u << 28) | ((uint)TrafficClass << 20) | (FlowLabel & 0xF_FFFF));
        WriteUInt16BigEndian(header[4..], (ushort)length);
        header[6] = (byte)NextHeader;
        header[7] = HopLimit;
        Source.WriteOctets(header[8..24]);
        Destination.WriteOctets(header[24..40]);
    }
}
