namespace UserNet.Discovery;

/// <summary>How an interface makes the lower half of its IPv6 addresses; Linux's addr_gen_mode.</summary>
public enum IdentifierGeneration : byte
{
    /// <summary>From a secret, so that it tells nothing of the station and is another one on each link. RFC 7217, RFC 8064.</summary>
    StableOpaque,
    /// <summary>From the station address. RFC 4291 appendix A.</summary>
    Eui64,
}

/// <summary>Whether an interface makes addresses that change, for the sake of privacy; Linux's use_tempaddr. RFC 8981.</summary>
public enum TemporaryAddresses : byte
{
    /// <summary>It does not: 0.</summary>
    None,
    /// <summary>It does, and sends from the others unless a socket wants these: 1.</summary>
    Made,
    /// <summary>It does, and prefers to send from them: 2.</summary>
    Preferred,
}

/// <summary>What an interface makes of what routers advertise, and how much of it. What is usual is what Linux does, or the RFC where it says more.</summary>
/// <remarks>Any thread; nothing of it changes.</remarks>
public sealed record AutoconfigurationSettings
{
    /// <summary>
    /// True to ask for routers and to believe their advertisements, as long as the interface does not forward itself: Linux's accept_ra=1.
    /// </summary>
    public bool IsOn { get; init; }

    /// <summary>How identifiers of addresses are made.</summary>
    public IdentifierGeneration Identifiers { get; init; }

    /// <summary>What tells this network from others where the interface may be, for stable opaque identifiers; may be empty. RFC 7217 §5.</summary>
    public string NetworkId { get; init; } = "";

    /// <summary>Whether temporary addresses are made.</summary>
    public TemporaryAddresses Temporary { get; init; }

    /// <summary>How long a temporary address is preferred at most: TEMP_PREFERRED_LIFETIME of RFC 8981 §3.8, a day.</summary>
    public TimeSpan TemporaryPreferredLifetime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long a temporary address lives at most: TEMP_VALID_LIFETIME of RFC 8981 §3.8, two days; Linux has seven.</summary>
    public TimeSpan TemporaryValidLifetime { get; init; } = TimeSpan.FromDays(2);

    /// <summary>The time to the second solicitation; each later one is twice that of the one before. RFC 7559.</summary>
    public TimeSpan SolicitationInterval { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>The longest time between two solicitations. RFC 7559.</summary>
    public TimeSpan LongestSolicitationInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How many solicitations are sent at most while no router answers; null, as in Linux, for no end. RFC 4861 §10: 3.</summary>
    public int? Solicitations { get; init; }

    /// <summary>How many IPv6 addresses the interface may have for another one to be made: Linux's max_addresses.</summary>
    public int MaxAddresses { get; init; } = 16;

    /// <summary>How many default routers are known at most.</summary>
    public int MaxRouters { get; init; } = 16;

    /// <summary>How many prefixes are known to be on the link at most.</summary>
    public int MaxPrefixes { get; init; } = 32;

    /// <summary>How many more specific routes are known at most. RFC 4191. Linux heeds none unless it is told to.</summary>
    public int MaxRoutes { get; init; } = 32;

    /// <summary>How many name servers are known at most. RFC 8106 §5.3.1.</summary>
    public int MaxNameServers { get; init; } = 8;

    // A millisecond at least, so that nothing is asked without end in no time; a century at most, so that no sum leaves the range of time.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1), Most = TimeSpan.FromDays(36_525);

    /// <summary>Refuses what can't be.</summary>
    /// <exception cref="ArgumentException">A time below a millisecond or above a century, a number below 0, or NetworkId is null.</exception>
    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(NetworkId);
        CheckTime(TemporaryPreferredLifetime, nameof(TemporaryPreferredLifetime));
        CheckTime(TemporaryValidLifetime, nameof(TemporaryValidLifetime));
        CheckTime(SolicitationInterval, nameof(SolicitationInterval));
        CheckTime(LongestSolicitationInterval, nameof(LongestSolicitationInterval));
        ArgumentOutOfRangeException.ThrowIfNegative(Solicitations ?? 0, nameof(Solicitations));
        ArgumentOutOfRangeException.ThrowIfNegative(MaxAddresses);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxRouters);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxPrefixes);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxRoutes);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxNameServers);
    }

    private static void CheckTime(TimeSpan time, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, Least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, Most, name);
    }
}
