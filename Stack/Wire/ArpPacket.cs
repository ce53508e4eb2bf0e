using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>What an ARP packet wants. RFC 826.</summary>
public enum ArpOperation : ushort
{
    /// <summary>Who has the target address?</summary>
    Request = 1,
    /// <summary>The sender has it.</summary>
    Reply = 2,
}

/// <summary>The octets of an ARP packet for Ethernet and IPv4; others do not parse. RFC 826.</summary>
public readonly ref struct ArpPacket : IWireView<ArpPacket>
{
    private readonly ReadOnlySpan<byte> _octets;

    private ArpPacket(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out ArpPacket view)
    {
        view = default;
        if (octets.Length < ArpHeader.Length) return false;
        bool isEthernetAndV4 = ReadUInt64BigEndian(octets) >> 16 == 0x0001_0800_0604;
        if (!isEthernetAndV4) return false;
        view = new ArpPacket(octets[..ArpHeader.Length]);
        return true;
    }

    /// <summary>Request, reply, or a number that is neither.</summary>
    public ArpOperation Operation => (ArpOperation)ReadUInt16BigEndian(_octets[6..]);

    /// <summary>The station that speaks.</summary>
    public MacAddress SenderHardware => MacAddress.FromOctets(_octets.Slice(8, 6));

    /// <summary>Its IPv4 address; 0.0.0.0 in a probe (RFC 5227).</summary>
    public InetAddress SenderProtocol => InetAddress.FromOctets(_octets.Slice(14, 4));

    /// <summary>The station that is spoken to, or zero.</summary>
    public MacAddress TargetHardware => MacAddress.FromOctets(_octets.Slice(18, 6));

    /// <summary>The IPv4 address that is asked for.</summary>
    public InetAddress TargetProtocol => InetAddress.FromOctets(_octets.Slice(24, 4));
}

/// <summary>What an ARP packet says, apart from its octets; the only way to write one.</summary>
public readonly record struct ArpHeader(
    ArpOperation Operation, MacAddress SenderHardware, InetAddress SenderProtocol, MacAddress TargetHardware, InetAddress TargetProtocol)
{
    /// <summary>Octets of the packet.</summary>
    public const int Length = 28;

    /// <summary>Puts the packet in front of what the buffer holds.</summary>
    public void PrependTo(PacketBuffer packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Span<byte> octets = packet.Prepend(Length);
        WriteUInt64BigEndian(octets, (0x0001_0800_0604UL << 16) | (ushort)Operation);
        SenderHardware.WriteOctets(octets[8..]);
        SenderProtocol.WriteOctets(octets[14..]);
        TargetHardware.WriteOctets(octets[18..]);
        TargetProtocol.WriteOctets(octets[24..]);
    }
}
