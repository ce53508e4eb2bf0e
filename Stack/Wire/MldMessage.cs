using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>A message of MLD version 1: a query, a report or a done, which all look alike. RFC 2710 §3.</summary>
/// <remarks>
/// The types are <see cref="Icmpv6Type.ListenerQuery"/>, <see cref="Icmpv6Type.ListenerReport"/> and <see cref="Icmpv6Type.ListenerDone"/>.
/// What is behind the first 24 octets is not looked at. §3.6.
/// </remarks>
public readonly ref struct MldMessage : IWireView<MldMessage>
{
    private readonly ReadOnlySpan<byte> _octets;

    private MldMessage(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out MldMessage view)
    {
        view = default;
        if (octets.Length < MldHeader.Length) return false;
        if ((Icmpv6Type)octets[0] is < Icmpv6Type.ListenerQuery or > Icmpv6Type.ListenerDone) return false;
        view = new MldMessage(octets);
        return true;
    }

    /// <summary>All of the message.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>What it is.</summary>
    public Icmpv6Type Type => (Icmpv6Type)_octets[0];

    /// <summary>Of a query: within what time to answer. Means nothing in another message.</summary>
    public TimeSpan MaxResponseDelay => TimeSpan.FromMilliseconds(ReadUInt16BigEndian(_octets[4..]));

    /// <summary>The group; :: in a general query.</summary>
    public InetAddress Group => InetAddress.FromOctets(_octets[8..24]);
}

/// <summary>What a message of MLD version 1 says, apart from its octets; the only way to write one. RFC 2710 §3.</summary>
/// <param name="Type">ListenerQuery, ListenerReport or ListenerDone.</param>
/// <param name="Group">The group; :: in a general query.</param>
/// <param name="MaxResponseDelay">Of a query: milliseconds to answer in.</param>
public readonly record struct MldHeader(Icmpv6Type Type, InetAddress Group, ushort MaxResponseDelay = 0)
{
    /// <summary>Octets of the message.</summary>
    public const int Length = 24;

    /// <summary>Puts the message in front of what the buffer holds (nothing, mostly) and seals both.</summary>
    /// <param name="packet">The buffer.</param>
    /// <param name="source">Where the packet that carries it says it is from.</param>
    /// <param name="destination">Where it is to.</param>
    public void PrependTo(PacketBuffer packet, InetAddress source, InetAddress destination)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Span<byte> octets = packet.Prepend(Length - Icmpv6Header.Length);
        Group.WriteOctets(octets);
        new Icmpv6Header(Type, 0, (uint)MaxResponseDelay << 16).PrependTo(packet, source, destination);
    }
}

/// <summary>
/// The code of two octets in which version 2 writes within how many milliseconds to answer: a number up to 32,767, or a small floating
/// point number beyond.
/// </summary>
/// <remarks>RFC 3810 §5.1.3. The code of the query interval is <see cref="IgmpTimeCode"/>'s (§5.1.9). Any thread.</remarks>
public static class MldResponseCode
{
    /// <summary>The greatest number that a code can stand for.</summary>
    public const int MaxValue = 8_387_584;

    /// <summary>What a code stands for: 1xxxmmmmmmmmmmmm is (m... | 4096) shifted by xxx + 3.</summary>
    public static int Decode(ushort code) => code < 32_768 ? code : ((code & 0xFFF) | 0x1000) << (((code >> 12) & 7) + 3);

    /// <summary>The code of the greatest number not above the given one; below 0 is 0.</summary>
    public static ushort Encode(long value)
    {
        if (value < 32_768) return (ushort)Math.Max(value, 0);
        if (value >= MaxValue) return 0xFFFF;
        int shift = int.Log2((int)value) - 12;      // leaves thirteen bits, the highest of which is implied
        return (ushort)(0x8000 | ((shift - 3) << 12) | ((int)(value >> shift) & 0xFFF));
    }
}
