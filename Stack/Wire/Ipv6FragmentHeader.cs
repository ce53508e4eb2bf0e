using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>What the header of a part of an IPv6 packet says; the only way to write one. RFC 8200 §4.5.</summary>
/// <param name="NextHeader">What the whole begins with behind its unfragmentable part.</param>
/// <param name="Offset">Where the part belongs in the whole, octets; a multiple of 8.</param>
/// <param name="MoreFragments">False for the last part.</param>
/// <param name="Identification">Names the packet that it is a part of.</param>
public readonly record struct Ipv6FragmentHeader(IpProtocol NextHeader, int Offset, bool MoreFragments, uint Identification)
{
    /// <summary>Octets of the header.</summary>
    public const int Length = 8;

    /// <summary>Offsets count in these, octets.</summary>
    public const int OffsetUnit = 8;

    /// <summary>Adds the header behind the unfragmentable part; the part of the packet comes behind it.</summary>
    /// <param name="packet">The unfragmentable part.</param>
    public void AppendTo(PacketBuffer packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Span<byte> header = packet.Append(Length);
        header[0] = (byte)NextHeader;
        header[1] = 0;
        WriteUInt16BigEndian(header[2..], (ushort)(Offset | (MoreFragments ? 1 : 0)));
        WriteUInt32BigEndian(header[4..], Identification);
    }
}
