using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>What an IGMP message is. RFC 3376 §4.</summary>
public enum IgmpType : byte
{
    /// <summary>A router asks who listens, in all versions.</summary>
    MembershipQuery = 0x11,
    /// <summary>A host listens to a group. RFC 1112.</summary>
    MembershipReportV1 = 0x12,
    /// <summary>A host listens to a group. RFC 2236.</summary>
    MembershipReportV2 = 0x16,
    /// <summary>A host listens no longer. RFC 2236.</summary>
    LeaveGroup = 0x17,
    /// <summary>What a host listens to, group by group and source by source. RFC 3376.</summary>
    MembershipReportV3 = 0x22,
}

/// <summary>
/// The octets of an IGMP message of any version, of which the first eight mean nearly the same in all.
/// </summary>
/// <remarks>RFC 2236 §2. What a version adds is seen by <see cref="IgmpQuery"/> and <see cref="IgmpReport"/>.</remarks>
public readonly ref struct IgmpMessage : IWireView<IgmpMessage>
{
    private readonly ReadOnlySpan<byte> _octets;

    private IgmpMessage(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out IgmpMessage view)
    {
        view = default;
        if (octets.Length < IgmpHeader.Length) return false;
        view = new IgmpMessage(octets);
        return true;
    }

    /// <summary>All of the message.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>What it is, or a number that this enum does not name.</summary>
    public IgmpType Type => (IgmpType)_octets[0];

    /// <summary>Of a query: how soon to answer, in a code that depends on the version.</summary>
    public byte MaxResponseCode => _octets[1];

    /// <summary>The group; 0.0.0.0 in a general query. Means nothing in a version 3 report.</summary>
    public InetAddress Group => InetAddress.FromV4(ReadUInt32BigEndian(_octets[4..]));

    /// <summary>True when the checksum over all of the message is right.</summary>
    public bool ChecksumIsRight => InternetChecksum.Of(_octets) == 0;
}

/// <summary>A report or leave of version 1 or 2, or a query of those; the only way to write one. RFC 2236 §2.</summary>
/// <param name="Type">Not a version 3 report: <see cref="IgmpReportWriter"/> writes those.</param>
/// <param name="Group">The group; 0.0.0.0 in a general query.</param>
/// <param name="MaxResponseCode">Of a query: tenths of a second to answer in; 0 makes it one of version 1.</param>
public readonly record struct IgmpHeader(IgmpType Type, InetAddress Group, byte MaxResponseCode = 0)
{
    /// <summary>Octets of the message.</summary>
    public const int Length = 8;

    /// <summary>Puts the message in front of what the buffer holds (nothing, mostly) and seals both.</summary>
    public void PrependTo(PacketBuffer packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Span<byte> octets = packet.Prepend(Length);
        octets[0] = (byte)Type;
        octets[1] = MaxResponseCode;
        WriteUInt16BigEndian(octets[2..], 0);
        WriteUInt32BigEndian(octets[4..], Group.V4Bits);
        WriteUInt16BigEndian(octets[2..], InternetChecksum.Of(packet.Span));
    }
}

/// <summary>
/// The code of one octet in which version 3 writes times: a number up to 127, or a small floating point number beyond.
/// </summary>
/// <remarks>RFC 3376 §4.1.1 and §4.1.7. Any thread.</remarks>
public static class IgmpTimeCode
{
    /// <summary>The greatest number that a code can stand for.</summary>
    public const int MaxValue = 31_744;

    /// <summary>What a code stands for: 1xxxmmmm is (mmmm | 16) shifted by xxx + 3.</summary>
    public static int Decode(byte code) => code < 128 ? code : ((code & 0xF) | 0x10) << (((code >> 4) & 7) + 3);

    /// <summary>The code of the greatest number not above the given one; below 0 is 0.</summary>
    public static byte Encode(long value)
    {
        if (value < 128) return (byte)Math.Max(value, 0);
        if (value >= MaxValue) return 0xFF;
        int shift = int.Log2((int)value) - 4;      // leaves five bits, the highest of which is implied
        return (byte)(0x80 | ((shift - 3) << 4) | ((int)(value >> shift) & 0xF));
    }
}
