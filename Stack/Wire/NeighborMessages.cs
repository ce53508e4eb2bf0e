using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>Who has the address? RFC 4861 §4.3.</summary>
/// <remarks>Parsed when what RFC 4861 §7.1.1 asks of the message itself holds: code, length, target, options.</remarks>
public readonly ref struct NeighborSolicitation : IWireView<NeighborSolicitation>
{
    private readonly ReadOnlySpan<byte> _octets;

    private NeighborSolicitation(ReadOnlySpan<byte> octets, DiscoveryOptions options)
    {
        _octets = octets;
        Options = options;
    }

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out NeighborSolicitation view)
    {
        view = default;
        if (!NeighborHeader.HoldsIn(octets, Icmpv6Type.NeighborSolicitation)) return false;
        if (!DiscoveryOptions.TryParse(octets[NeighborHeader.Length..], out DiscoveryOptions options)) return false;
        view = new NeighborSolicitation(octets, options);
        return true;
    }

    /// <summary>The address that is asked for; never a group.</summary>
    public InetAddress Target => InetAddress.FromOctets(_octets[8..24]);

    /// <summary>What else it says: the sender's station, a nonce.</summary>
    public DiscoveryOptions Options { get; }
}

/// <summary>I have the address. RFC 4861 §4.4.</summary>
/// <remarks>Parsed when what RFC 4861 §7.1.2 asks of the message itself holds: code, length, target, options.</remarks>
public readonly ref struct NeighborAdvertisement : IWireView<NeighborAdvertisement>
{
    private readonly ReadOnlySpan<byte> _octets;

    private NeighborAdvertisement(ReadOnlySpan<byte> octets, DiscoveryOptions options)
    {
        _octets = octets;
        Options = options;
    }

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out NeighborAdvertisement view)
    {
        view = default;
        if (!NeighborHeader.HoldsIn(octets, Icmpv6Type.NeighborAdvertisement)) return false;
        if (!DiscoveryOptions.TryParse(octets[NeighborHeader.Length..], out DiscoveryOptions options)) return false;
        view = new NeighborAdvertisement(octets, options);
        return true;
    }

    /// <summary>The R flag: the sender is a router.</summary>
    public bool IsRouter => (_octets[4] & (byte)AdvertisementTraits.Router) != 0;

    /// <summary>The S flag: it answers a solicitation.</summary>
    public bool IsSolicited => (_octets[4] & (byte)AdvertisementTraits.Solicited) != 0;

    /// <summary>The O flag: it holds against what was known.</summary>
    public bool Overrides => (_octets[4] & (byte)AdvertisementTraits.Override) != 0;

    /// <summary>The address whose station it tells; never a group.</summary>
    public InetAddress Target => InetAddress.FromOctets(_octets[8..24]);

    /// <summary>What else it says: the target's station.</summary>
    public DiscoveryOptions Options { get; }
}

/// <summary>The flags of a neighbor advertisement. RFC 4861 §4.4.</summary>
[Flags]
public enum AdvertisementTraits : byte
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>It holds against what was known.</summary>
    Override = 0x20,
    /// <summary>It answers a solicitation.</summary>
    Solicited = 0x40,
    /// <summary>The sender is a router.</summary>
    Router = 0x80,
}

/// <summary>What a neighbor solicitation or advertisement says before its options; the only way to write them.</summary>
/// <param name="Type">NeighborSolicitation or NeighborAdvertisement.</param>
/// <param name="Target">The address it is about.</param>
/// <param name="Flags">Of an advertisement.</param>
public readonly record struct NeighborHeader(Icmpv6Type Type, InetAddress Target, AdvertisementTraits Flags = AdvertisementTraits.None)
{
    /// <summary>Octets before the options.</summary>
    public const int Length = 24;

    /// <summary>Puts the header in front of the options and seals both. RFC 4861 §4.3, §4.4.</summary>
    /// <param name="packet">The options.</param>
    /// <param name="source">Where the packet that carries it says it is from.</param>
    /// <param name="destination">Where it is to.</param>
    public void PrependTo(PacketBuffer packet, InetAddress source, InetAddress destination)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Target.WriteOctets(packet.Prepend(16));
        new Icmpv6Header(Type, 0, (uint)Flags << 24).PrependTo(packet, source, destination);
    }

    /// <summary>True for a message of the type that is long enough, has code 0, and whose target is no group.</summary>
    internal static bool HoldsIn(ReadOnlySpan<byte> octets, Icmpv6Type type) =>
        octets.Length >= Length && octets[0] == (byte)type && octets[1] == 0 && octets[8] != 0xFF;
}
