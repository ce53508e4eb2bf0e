using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>The octets of an Ethernet II frame, with up to two VLAN tags. IEEE 802.3, 802.1Q.</summary>
public readonly ref struct EthernetFrame : IWireView<EthernetFrame>
{
    private const int TypeAt = 12;

    private readonly ReadOnlySpan<byte> _octets;
    private readonly int _headerLength;

    private EthernetFrame(ReadOnlySpan<byte> octets, int headerLength)
    {
        _octets = octets;
        _headerLength = headerLength;
    }

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out EthernetFrame view)
    {
        view = default;
        if (octets.Length < EthernetHeader.Length) return false;
        int typeAt = TypeAt;
        for (int tags = 0; tags < 2 && IsTag(octets[typeAt..]); tags++)
        {
            typeAt += VlanTag.Length;
            if (octets.Length < typeAt + 2) return false;
        }

        view = new EthernetFrame(octets, typeAt + 2);
        return true;
    }

    /// <summary>The station, or group, that it is for.</summary>
    public MacAddress Destination => MacAddress.FromOctets(_octets[..6]);

    /// <summary>The station that it is from.</summary>
    public MacAddress Source => MacAddress.FromOctets(_octets.Slice(6, 6));

    /// <summary>What follows the last tag.</summary>
    public EtherType Type => (EtherType)ReadUInt16BigEndian(_octets[(_headerLength - 2)..]);

    /// <summary>How many VLAN tags it has: 0 to 2.</summary>
    public int TagCount => (_headerLength - EthernetHeader.Length) / VlanTag.Length;

    /// <summary>The outermost VLAN tag, or null.</summary>
    public VlanTag? Tag => TagCount == 0 ? null : new VlanTag(ReadUInt16BigEndian(_octets[(TypeAt + 2)..]));

    /// <summary>How many octets stand before the payload.</summary>
    public int HeaderLength => _headerLength;

    /// <summary>What it carries, with the padding of a short frame.</summary>
    public ReadOnlySpan<byte> Payload => _octets[_headerLength..];

    private static bool IsTag(ReadOnlySpan<byte> type) =>
        (EtherType)ReadUInt16BigEndian(type) is EtherType.Vlan or EtherType.ServiceVlan;
}

/// <summary>The tag control information of a VLAN tag. IEEE 802.1Q §9.6.</summary>
/// <param name="Bits">Priority (3 bits), drop eligible (1), VLAN identifier (12).</param>
public readonly record struct VlanTag(ushort Bits)
{
    /// <summary>Octets of a tag, its type included.</summary>
    public const int Length = 4;

    /// <summary>The VLAN: 1 to 4,094; 0 for a frame that only has a priority.</summary>
    public int Id => Bits & 0xFFF;

    /// <summary>The priority code point, 0 to 7.</summary>
    public int Priority => Bits >> 13;
}

/// <summary>What an Ethernet header says, apart from its octets; the only way to write one.</summary>
public readonly record struct EthernetHeader(MacAddress Destination, MacAddress Source, EtherType Type, VlanTag? Tag = null)
{
    /// <summary>Octets of a header without tags.</summary>
    public const int Length = 14;

    /// <summary>Puts the header in front of the payload.</summary>
    public void PrependTo(PacketBuffer packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Span<byte> header = packet.Prepend(Tag is null ? Length : Length + VlanTag.Length);
        Destination.WriteOctets(header);
        Source.WriteOctets(header[6..]);
        if (Tag is { } tag)
        {
            WriteUInt16BigEndian(header[12..], (ushort)EtherType.Vlan);
            WriteUInt16BigEndian(header[14..], tag.Bits);
        }

        WriteUInt16BigEndian(header[^2..], (ushort)Type);
    }
}
