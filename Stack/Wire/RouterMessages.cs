using UserNet.Addressing;
using UserNet.Buffers;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>Is there a router? RFC 4861 §4.1.</summary>
public readonly ref struct RouterSolicitation : IWireView<RouterSolicitation>
{
    private RouterSolicitation(DiscoveryOptions options) => Options = options;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out RouterSolicitation view)
    {
        view = default;
        if (octets.Length < Icmpv6Header.Length || octets[0] != (byte)Icmpv6Type.RouterSolicitation || octets[1] != 0) return false;
        if (!DiscoveryOptions.TryParse(octets[Icmpv6Header.Length..], out DiscoveryOptions options)) return false;
        view = new RouterSolicitation(options);
        return true;
    }

    /// <summary>What it says: the sender's station.</summary>
    public DiscoveryOptions Options { get; }
}

/// <summary>There is a router. RFC 4861 §4.2, with the preference of RFC 4191 §2.2.</summary>
public readonly ref struct RouterAdvertisement : IWireView<RouterAdvertisement>
{
    private readonly ReadOnlySpan<byte> _octets;

    private RouterAdvertisement(ReadOnlySpan<byte> octets, DiscoveryOptions options)
    {
        _octets = octets;
        Options = options;
    }

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out RouterAdvertisement view)
    {
        view = default;
        if (octets.Length < RouterAdvertisementHeader.Length) return false;
        if (octets[0] != (byte)Icmpv6Type.RouterAdvertisement || octets[1] != 0) return false;
        if (!DiscoveryOptions.TryParse(octets[RouterAdvertisementHeader.Length..], out DiscoveryOptions options)) return false;
        view = new RouterAdvertisement(octets, options);
        return true;
    }

    /// <summary>The hop limit that hosts are to use; 0 where it is not said.</summary>
    public byte HopLimit => _octets[4];

    /// <summary>The M flag: addresses are to be had by DHCPv6.</summary>
    public bool IsManaged => (_octets[5] & 0x80) != 0;

    /// <summary>The O flag: other settings are to be had by DHCPv6.</summary>
    public bool HasOtherConfiguration => (_octets[5] & 0x40) != 0;

    /// <summary>How much the router is preferred to others; the reserved value counts as Medium. RFC 4191 §2.2.</summary>
    public RouterPreference Preference => RouterPreferences.FromBits(_octets[5] >> 3) ?? RouterPreference.Medium;

    /// <summary>How long the router may be a default router, seconds; 0 when it is none.</summary>
    public ushort Lifetime => ReadUInt16BigEndian(_octets[6..]);

    /// <summary>How long a neighbor's answer counts, milliseconds; 0 where it is not said.</summary>
    public uint ReachableTime => ReadUInt32BigEndian(_octets[8..]);

    /// <summary>Time between two solicitations, milliseconds; 0 where it is not said.</summary>
    public uint RetransTimer => ReadUInt32BigEndian(_octets[12..]);

    /// <summary>What else it says: prefixes, the MTU, routes, name servers, the router's station.</summary>
    public DiscoveryOptions Options { get; }
}

/// <summary>What a router advertisement says before its options; the only way to write one. RFC 4861 §4.2.</summary>
/// <param name="HopLimit">The hop limit for hosts to use; 0 for not said.</param>
/// <param name="Lifetime">How long the router may be a default router, seconds.</param>
/// <param name="Preference">How much it is preferred to others.</param>
/// <param name="IsManaged">The M flag.</param>
/// <param name="HasOtherConfiguration">The O flag.</param>
/// <param name="ReachableTime">Milliseconds; 0 for not said.</param>
/// <param name="RetransTimer">Milliseconds; 0 for not said.</param>
public readonly record struct RouterAdvertisementHeader(
    byte HopLimit, ushort Lifetime, RouterPreference Preference = RouterPreference.Medium, bool IsManaged = false,
    bool HasOtherConfiguration = false, uint ReachableTime = 0, uint RetransTimer = 0)
{
    /// <summary>Octets before the options.</summary>
    public const int Length = 16;

    /// <summary>Puts the header in front of the options and seals both.</summary>
    /// <param name="packet">The options.</param>
    /// <param name="source">Where the packet that carries it says it is from.</param>
    /// <param name="destination">Where it is to.</param>
    public void PrependTo(PacketBuffer packet, InetAddress source, InetAddress destination)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Span<byte> times = packet.Prepend(8);
        WriteUInt32BigEndian(times, ReachableTime);
        WriteUInt32BigEndian(times[4..], RetransTimer);
        int flags = (IsManaged ? 0x80 : 0) | (HasOtherConfiguration ? 0x40 : 0) | (RouterPreferences.ToBits(Preference) << 3);
        uint rest = ((uint)HopLimit << 24) | ((uint)flags << 16) | Lifetime;
        new Icmpv6Header(Icmpv6Type.RouterAdvertisement, 0, rest).PrependTo(packet, source, destination);
    }
}

/// <summary>There is a better first hop. RFC 4861 §4.5.</summary>
public readonly ref struct RedirectMessage : IWireView<RedirectMessage>
{
    private readonly ReadOnlySpan<byte> _octets;

    private RedirectMessage(ReadOnlySpan<byte> octets, DiscoveryOptions options)
    {
        _octets = octets;
        Options = options;
    }

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> octets, out RedirectMessage view)
    {
        view = default;
        if (octets.Length < RedirectHeader.Length || octets[0] != (byte)Icmpv6Type.Redirect || octets[1] != 0) return false;
        if (!DiscoveryOptions.TryParse(octets[RedirectHeader.Length..], out DiscoveryOptions options)) return false;
        view = new RedirectMessage(octets, options);
        return true;
    }

    /// <summary>The better first hop; the destination itself when that is on the link.</summary>
    public InetAddress Target => InetAddress.FromOctets(_octets[8..24]);

    /// <summary>The destination that it is about.</summary>
    public InetAddress Destination => InetAddress.FromOctets(_octets[24..40]);

    /// <summary>What else it says: the target's station, the packet.</summary>
    public DiscoveryOptions Options { get; }
}

/// <summary>What a redirect says before its options; the only way to write one. RFC 4861 §4.5.</summary>
/// <param name="Target">The better first hop.</param>
/// <param name="Destination">The destination that it is about.</param>
public readonly record struct RedirectHeader(InetAddress Target, InetAddress Destination)
{
    /// <summary>Octets before the options.</summary>
    public const int Length = 40;

    /// <summary>Puts the header in front of the options and seals both.</summary>
    /// <param name="packet">The options.</param>
    /// <param name="source">Where the packet that carries it says it is from.</param>
    /// <param name="destination">Where it is to: whoever is told, not <see cref="Destination"/>.</param>
    public void PrependTo(PacketBuffer packet, InetAddress source, InetAddress destination)
    {
        ArgumentNullException.ThrowIfNull(packet);
        Destination.WriteOctets(packet.Prepend(16));
        Target.WriteOctets(packet.Prepend(16));
        new Icmpv6Header(Icmpv6Type.Redirect).PrependTo(packet, source, destination);
    }
}
