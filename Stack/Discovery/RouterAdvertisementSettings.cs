using UserNet.Addressing;
using UserNet.Wire;

namespace UserNet.Discovery;

/// <summary>What a router tells the hosts of a link, and how often. RFC 4861 §6.2.1, whose defaults these are.</summary>
/// <remarks>Any thread; nothing of it changes.</remarks>
public sealed record RouterAdvertisementSettings
{
    // RFC 4861 §6.2.1 as RFC 8319 §4 widens it; RFC 6275 §7.5 for the short ends.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(65_535);
    private static readonly TimeSpan LeastMax = TimeSpan.FromMilliseconds(70), LeastMin = TimeSpan.FromMilliseconds(30);

    // Every link takes it, so that no advertisement has to be cut: RFC 6980 forbids fragments.
    private const int Room = 1280 - Ipv6Header.Length - RouterAdvertisementHeader.Length - DiscoveryOptions.Unit;

    /// <summary>Longest time between two advertisements that nobody asked for (MaxRtrAdvInterval); ten minutes.</summary>
    public TimeSpan MaxInterval { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>
    /// Shortest such time (MinRtrAdvInterval), at most three quarters of the longest; null for a third of it, or for three quarters
    /// where it is less than nine seconds.
    /// </summary>
    public TimeSpan? MinInterval { get; init; }

    /// <summary>True when addresses are to be had by DHCPv6 (AdvManagedFlag).</summary>
    public bool IsManaged { get; init; }

    /// <summary>True when other settings are to be had by DHCPv6 (AdvOtherConfigFlag).</summary>
    public bool HasOtherConfiguration { get; init; }

    /// <summary>The MTU that hosts are to use on the link, octets (AdvLinkMTU); null for none said.</summary>
    public int? LinkMtu { get; init; }

    /// <summary>How long hosts are to take a neighbor's answer for good (AdvReachableTime); null for none said. At most an hour.</summary>
    public TimeSpan? ReachableTime { get; init; }

    /// <summary>Time between two solicitations (AdvRetransTimer); null for none said.</summary>
    public TimeSpan? RetransTimer { get; init; }

    /// <summary>The hop limit for hosts to use (AdvCurHopLimit); 0 for none said.</summary>
    public byte HopLimit { get; init; } = 64;

    /// <summary>
    /// How long the router may be a default router (AdvDefaultLifetime): zero for one that is none, else the longest interval or more;
    /// null for three times that.
    /// </summary>
    public TimeSpan? DefaultLifetime { get; init; }

    /// <summary>How much it is preferred to other default routers. RFC 4191 §2.2.</summary>
    public RouterPreference Preference { get; init; }

    /// <summary>Prefixes of the link (AdvPrefixList); null for those of the interface's addresses but the link-local one.</summary>
    public IReadOnlyList<OfferedPrefix>? Prefixes { get; init; }

    /// <summary>More specific routes by way of the router. RFC 4191 §2.3.</summary>
    public IReadOnlyList<OfferedRoute> Routes { get; init; } = [];

    /// <summary>Addresses of name servers. RFC 8106 §5.1.</summary>
    public IReadOnlyList<InetAddress> NameServers { get; init; } = [];

    /// <summary>Domains to look names up in, as in lab.example. RFC 8106 §5.2.</summary>
    public IReadOnlyList<string> SearchDomains { get; init; } = [];

    /// <summary>
    /// How long name servers and domains may be used; null for three times the longest interval (RFC 8106 §5.1).
    /// </summary>
    public TimeSpan? NameServerLifetime { get; init; }

    internal TimeSpan Shortest => MinInterval ?? (MaxInterval >= TimeSpan.FromSeconds(9) ? MaxInterval / 3 : MaxInterval * 0.75);

    internal ushort LifetimeSeconds => (ushort)Math.Min((DefaultLifetime ?? (MaxInterval * 3)).TotalSeconds, ushort.MaxValue);

    internal uint NameServerSeconds => SecondsOf(NameServerLifetime ?? (MaxInterval * 3));

    /// <summary>Whole seconds as the wire has them; those that do not fit are for ever.</summary>
    internal static uint SecondsOf(TimeSpan time) => time < TimeSpan.Zero || time.TotalSeconds >= PrefixInformation.Infinite
        ? PrefixInformation.Infinite : (uint)time.TotalSeconds;

    /// <summary>Refuses what can't be.</summary>
    /// <exception cref="ArgumentException">A value beyond its range, an address or prefix that is not IPv6, or more than fits.</exception>
    internal void Check()
    {
        if (MaxInterval < LeastMax || MaxInterval > Longest)
            throw new ArgumentException($"{nameof(MaxInterval)} goes from 70 ms to 65,535 s.");
        if (Shortest < LeastMin || Shortest > MaxInterval * 0.75)
            throw new ArgumentException($"{nameof(MinInterval)} goes from 30 ms to three quarters of {nameof(MaxInterval)}.");
        if (DefaultLifetime is { } lifetime && lifetime != TimeSpan.Zero && (lifetime < MaxInterval || lifetime > Longest))
            throw new ArgumentException($"{nameof(DefaultLifetime)} is zero, or goes from {nameof(MaxInterval)} to 65,535 s.");
        if (LinkMtu is < 1280) throw new ArgumentException("IPv6 needs an MTU of 1,280 octets (RFC 8200 §5).");
        if (ReachableTime is { } reachable && (reachable < TimeSpan.Zero || reachable > TimeSpan.FromHours(1)))
            throw new ArgumentException($"{nameof(ReachableTime)} is an hour at most.");
        if (RetransTimer is { } retransmission && (retransmission < TimeSpan.Zero || retransmission.TotalMilliseconds > uint.MaxValue))
            throw new ArgumentException($"{nameof(RetransTimer)} has no room for {retransmission}.");
        if (!Enum.IsDefined(Preference)) throw new ArgumentException($"There is no preference {Preference}.");
        foreach (InetAddress server in NameServers)
            if (!server.IsV6 || server.IsMulticast || server.IsWildcard) throw new ArgumentException($"{server} is no IPv6 address of a server.");
        foreach (OfferedPrefix prefix in Prefixes ?? []) prefix.Check();
        foreach (OfferedRoute route in Routes) route.Check();
        if (Length > Room) throw new ArgumentException("So much does not fit one advertisement of 1,280 octets.");
    }

    /// <summary>How many octets the options take that do not depend on the interface.</summary>
    private int Length
    {
        get
        {
            int length = LinkMtu is null ? 0 : DiscoveryOptions.Unit;
            length += (Prefixes?.Count ?? 0) * 32;
            foreach (OfferedRoute route in Routes) length += 8 + ((route.Prefix.Length + 63) / 64 * 8);
            if (NameServers.Count > 0) length += 8 + (16 * NameServers.Count);
            if (SearchDomains.Count == 0) return length;
            int domains = 8;
            foreach (string domain in SearchDomains) domains += DomainNames.LengthOf(domain);
            return length + ((domains + 7) / 8 * 8);
        }
    }
}

/// <summary>A prefix of a link, as a router advertises it. RFC 4861 §6.2.1 (AdvPrefixList).</summary>
/// <param name="Prefix">The prefix; not fe80::/10, nor one of groups.</param>
public sealed record OfferedPrefix(InetPrefix Prefix)
{
    /// <summary>A prefix from text, as in 2001:db8::/64.</summary>
    /// <exception cref="FormatException">The text can't be read.</exception>
    public OfferedPrefix(string prefix) : this(InetPrefix.Parse(prefix))
    {
    }

    /// <summary>How long addresses of it are valid (AdvValidLifetime); below zero for ever. 30 days.</summary>
    public TimeSpan ValidLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long they are used for what is new (AdvPreferredLifetime); below zero for ever. 7 days.</summary>
    public TimeSpan PreferredLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>True when whoever has an address of it is on the link (AdvOnLinkFlag).</summary>
    public bool IsOnLink { get; init; } = true;

    /// <summary>True when hosts may make themselves addresses of it (AdvAutonomousFlag).</summary>
    public bool IsAutonomous { get; init; } = true;

    internal PrefixInformation OnWire => new(
        Prefix, IsOnLink, IsAutonomous, RouterAdvertisementSettings.SecondsOf(ValidLifetime), RouterAdvertisementSettings.SecondsOf(PreferredLifetime));

    internal void Check()
    {
        if (!Prefix.Address.IsV6 || Prefix.Address.IsLinkLocal || Prefix.Address.IsMulticast)
            throw new ArgumentException($"{Prefix} is no prefix that a router advertises (RFC 4861 §6.2.1).");
        if (RouterAdvertisementSettings.SecondsOf(PreferredLifetime) > RouterAdvertisementSettings.SecondsOf(ValidLifetime))
            throw new ArgumentException($"Addresses of {Prefix} can't be preferred for longer than they are valid (RFC 4861 §4.6.2).");
    }
}

/// <summary>A route by way of a router, as it advertises it. RFC 4191 §2.3.</summary>
/// <param name="Prefix">The destinations.</param>
public sealed record OfferedRoute(InetPrefix Prefix)
{
    /// <summary>A route from text, as in 2001:db8:1::/48.</summary>
    /// <exception cref="FormatException">The text can't be read.</exception>
    public OfferedRoute(string prefix) : this(InetPrefix.Parse(prefix))
    {
    }

    /// <summary>How long it holds; null for as long as the router is a default router, below zero for ever.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>How much it is preferred to the same route by another router.</summary>
    public RouterPreference Preference { get; init; }

    internal void Check()
    {
        if (!Prefix.Address.IsV6 || !Enum.IsDefined(Preference)) throw new ArgumentException($"{Prefix} is no route for IPv6, or its preference none.");
    }
}
