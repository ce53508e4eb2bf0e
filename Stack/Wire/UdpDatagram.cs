using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>The octets of a UDP datagram. RFC 768.</summary>
public readonly ref struct UdpDatagram : IWireView<UdpDatagram>
{
    private readonly ReadOnlySpan<byte> _octets;

    private UdpDatagram(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out UdpDatagram view)
    {
        view = default;
        if (octets.Length < UdpHeader.Length) return false;
        int length = ReadUInt16BigEndian(octets[4..]);
        if (length < UdpHeader.Length || length > octets.Length) return false;
        view = new UdpDatagram(octets[..length]);
        return true;
    }

    /// <summary>All of the datagram.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>The sender's port.</summary>
    public ushort SourcePort => ReadUInt16BigEndian(_octets);

    /// <summary>The port that it is for.</summary>
    public ushort DestinationPort => ReadUInt16BigEndian(_octets[2..]);

    /// <summary>0 when the sender computed none, which IPv4 allows.</summary>
    public ushort Checksum => ReadUInt16BigEndian(_octets[6..]);

    /// <summary>What it carries.</summary>
    public ReadOnlySpan<byte> Payload => _octets[UdpHeader.Length..];
}

/// <summary>What a UDP header says, apart from its octets; the only way to write one.</summary>
public readonly record struct UdpHeader(ushort SourcePort, ushort DestinationPort)
{
    /// <summary>Octets of the header.</summary>
    public const int Length = 8;

    private const int ChecksumAt = 6;

    /// <summary>Puts the header in front of the payload and seals it with its checksum.</summary>
    public void PrependTo(PacketBuffer packet, in PseudoHeader pseudo)
    {
        PrependUnsealed(packet);
        ushort checksum = InternetChecksum.Of(packet.Span, pseudo with { Length = packet.Length });
        WriteUInt16BigEndian(packet.Span[6..], checksum == 0 ? (ushort)0xFFFF : checksum);      // 0 would mean none
    }

    /// <summary>Puts the header in front of the payload and leaves the checksum to who comes later.</summary>
    public void PrependOpen(PacketBuffer packet, in PseudoHeader pseudo)
    {
        PrependUnsealed(packet);
        WriteUInt16BigEndian(packet.Span[ChecksumAt..], InternetChecksum.Fold((pseudo with { Length = packet.Length }).Sum));
        packet.Offload = new PacketOffload { NeedsChecksum = true, ChecksumOffset = ChecksumAt };
    }

    /// <summary>Puts the header in front of the payload without a checksum (UDP over IPv4 alone may do that).</summary>
    public void PrependUnsealed(PacketBuffer packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Span<byte> header = packet.Prepend(Length);
        WriteUInt16BigEndian(header, SourcePort);
        WriteUInt16BigEndian(header[2..], DestinationPort);
        WriteUInt16BigEndian(header[4..], (ushort)packet.Length);
        WriteUInt16BigEndian(header[6..], 0);
    }
}
