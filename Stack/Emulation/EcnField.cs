using System.Buffers.Binary;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Emulation;

/// <summary>The ECN field of the IP packet in a frame, as a router sees and sets it. RFC 3168 §5.</summary>
internal static class EcnField
{
    private const byte Experienced = 3;      // and 0 is "not capable"

    /// <summary>True for a packet of an ECN-capable transport, also one that is marked already.</summary>
    public static bool IsCapable(ReadOnlySpan<byte> octets, LinkMedium medium) =>
        TryFind(octets, medium, out int start, out bool isV6) && ((isV6 ? octets[start + 1] >> 4 : octets[start + 1]) & Experienced) != 0;

    /// <summary>
    /// Marks a capable packet: congestion experienced. The checksum of an IPv4 header goes along; a wrong one stays
    /// wrong.
    /// </summary>
    public static void Mark(Span<byte> octets, LinkMedium medium)
    {
        if (!TryFind(octets, medium, out int start, out bool isV6)) return;
        Span<byte> header = octets[start..];
        if (isV6)
        {
            header[1] |= Experienced << 4;
            return;
        }

        ushort before = BinaryPrimitives.ReadUInt16BigEndian(header);
        header[1] |= Experienced;
        ushort checksum = BinaryPrimitives.ReadUInt16BigEndian(header[10..]);
        checksum = InternetChecksum.Update(checksum, before, BinaryPrimitives.ReadUInt16BigEndian(header));
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], checksum);
    }

    private static bool TryFind(ReadOnlySpan<byte> octets, LinkMedium medium, out int start, out bool isV6)
    {
        (start, isV6) = (0, false);
        EtherType? type = null;
        if (medium == LinkMedium.Ethernet)
        {
            if (!EthernetFrame.TryParse(octets, out EthernetFrame frame)) return false;
            (start, type) = (frame.HeaderLength, frame.Type);
        }

        ReadOnlySpan<byte> packet = octets[start..];
        if (packet.Length < 20) return false;
        int version = packet[0] >> 4;
        isV6 = version == 6 && packet.Length >= 40 && type is null or EtherType.Ipv6;
        return isV6 || (version == 4 && type is null or EtherType.Ipv4);
    }
}
