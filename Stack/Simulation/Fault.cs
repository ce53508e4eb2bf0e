namespace UserNet.Simulation;

/// <summary>
/// Something that goes wrong at a link, at a host or between hosts, from an instant on and mostly until another.
/// </summary>
/// <remarks>
/// Data, and nothing but: what it does is up to <see cref="FaultSchedule.ApplyTo"/>. Made by the methods named like the
/// kinds, which hold from the beginning of time and for ever, and then given its time by <see cref="During"/> or
/// <see cref="From"/>. Chances are kept to a billionth, so that the text form, <see cref="ToString"/>, is exact.
/// Immutable; two with the same content are equal.
/// </remarks>
public sealed record Fault
{
    /// <summary>No fault begins or ends later: 36,500 days.</summary>
    public static readonly TimeSpan LatestInstant = TimeSpan.FromDays(36_500);

    internal const long Billion = 1_000_000_000;

    private Fault(FaultKind kind, string target)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        (Kind, Target) = (kind, target);
    }

    /// <summary>What goes wrong.</summary>
    public FaultKind Kind { get; internal init; }

    /// <summary>The name of the link or of the host; of a partition the groups as text, as in "a,b | c".</summary>
    public string Target { get; internal init; }

    /// <summary>The ways over the link that it holds for; both.</summary>
    /// <exception cref="InvalidOperationException">It is set for what is no fault of a link.</exception>
    public LinkDirection Direction
    {
        get;
        init => field = value == LinkDirection.Both || IsOfLink
            ? value
            : throw new InvalidOperationException($"A {FaultText.WordOf(Kind)} has no direction.");
    }

    /// <summary>When it begins, since the network began.</summary>
    public TimeSpan Begin { get; internal init; }

    /// <summary>When it is over: at that instant it no longer holds. Null for never.</summary>
    public TimeSpan? End { get; internal init; }

    /// <summary>The chance, or of flapping the share of the time for which the link is whole; from 0 to 1.</summary>
    public double Chance => (double)Parts / Billion;

    /// <summary>
    /// How much longer frames travel or are held back; the period of flapping; by how much a clock is set wrong.
    /// </summary>
    public TimeSpan Time { get; internal init; }

    /// <summary>
    /// The rate, bits a second; the largest packet, octets; how much too fast a clock goes, in parts in a billion.
    /// </summary>
    public long Amount { get; internal init; }

    /// <summary>The hosts of a partition by their groups; empty for other kinds.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Groups => Kind == FaultKind.Partition ? FaultText.ReadGroups(Target) : [];

    /// <summary>True for what happens to a link.</summary>
    public bool IsOfLink => Kind < FaultKind.Partition;

    /// <summary>True for what happens to a host.</summary>
    public bool IsOfHost => Kind > FaultKind.Partition;

    /// <summary><see cref="Chance"/> in parts in a billion.</summary>
    internal long Parts { get; init; }

    /// <summary>A link that is cut: what is on it is lost, nothing passes, and nobody is told.</summary>
    public static Fault Down(string link) => new(FaultKind.Down, link);

    /// <summary>A link that is cut and made whole by turns: each period begins with the time for which it is cut.</summary>
    /// <param name="link">The link.</param>
    /// <param name="period">How long both take together; above 0.</param>
    /// <param name="shareUp">The share of the period for which it is whole; above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It would always be cut, or never, to the tick of 100 ns.</exception>
    public static Fault Flap(string link, TimeSpan period, double shareUp = 0.5)
    {
        var fault = new Fault(FaultKind.Flap, link) { Time = Positive(period), Parts = PartsOf(shareUp) };
        if (fault.TimeDown <= TimeSpan.Zero || fault.TimeDown >= period)
            throw new ArgumentOutOfRangeException(
                nameof(shareUp), shareUp, "A link that flaps is cut for a part of each period, and whole for another.");
        return fault;
    }

    /// <summary>A link that loses frames, besides those that it loses already.</summary>
    /// <param name="link">The link.</param>
    /// <param name="chance">The chance of each; above 0.</param>
    public static Fault Loss(string link, double chance) => OfChance(FaultKind.Loss, link, chance);

    /// <summary>A link that turns round a bit of frames.</summary>
    /// <inheritdoc cref="Loss"/>
    public static Fault Corruption(string link, double chance) => OfChance(FaultKind.Corruption, link, chance);

    /// <summary>A link that doubles frames.</summary>
    /// <inheritdoc cref="Loss"/>
    public static Fault Duplication(string link, double chance) => OfChance(FaultKind.Duplication, link, chance);

    /// <summary>A link that holds frames back, so that others overtake them.</summary>
    /// <param name="link">The link.</param>
    /// <param name="chance">The chance of each; above 0.</param>
    /// <param name="delay">For how long at least; null for as long as the link has it.</param>
    public static Fault Reordering(string link, double chance, TimeSpan? delay = null) =>
        OfChance(FaultKind.Reordering, link, chance) with { Time = delay is { } time ? Positive(time) : TimeSpan.Zero };

    /// <summary>A link over which frames travel longer.</summary>
    /// <param name="link">The link.</param>
    /// <param name="time">How much longer; above 0, and at most a day.</param>
    public static Fault Delay(string link, TimeSpan time) => new(FaultKind.Delay, link) { Time = Positive(time) };

    /// <summary>A link over which frames travel longer, by any time up to a limit.</summary>
    /// <param name="link">The link.</param>
    /// <param name="time">The limit; above 0, and at most a day.</param>
    public static Fault Jitter(string link, TimeSpan time) => new(FaultKind.Jitter, link) { Time = Positive(time) };

    /// <summary>A link that is no faster than this.</summary>
    /// <param name="link">The link.</param>
    /// <param name="bitsPerSecond">The rate; above 0.</param>
    public static Fault Rate(string link, long bitsPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bitsPerSecond, 1);
        return new(FaultKind.Rate, link) { Amount = bitsPerSecond };
    }

    /// <summary>A link that swallows longer packets.</summary>
    /// <param name="link">The link.</param>
    /// <param name="octets">The longest IP packet that passes; above 0.</param>
    public static Fault LargestPacket(string link, int octets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(octets, 1);
        return new(FaultKind.LargestPacket, link) { Amount = octets };
    }

    /// <summary>Hosts in groups that can't reach each other. Hosts of no group reach all.</summary>
    /// <param name="groups">Two or more, none of them empty, and no host in two.</param>
    /// <exception cref="ArgumentException">They are not that.</exception>
    public static Fault Partition(params IReadOnlyList<string>[] groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        if (groups.Length < 2 || groups.Any(static group => group.Count == 0))
            throw new ArgumentException("A partition has two groups or more, and none of them is empty.", nameof(groups));
        if (FirstTwice(groups) is { } twice)
            throw new ArgumentException($"{twice} is in a partition twice.", nameof(groups));
        return new(FaultKind.Partition, FaultText.Write(groups));
    }

    /// <summary>
    /// A host that stands still: <see cref="VirtualHost.Pause"/>, and <see cref="VirtualHost.Resume"/> at the end.
    /// </summary>
    public static Fault Pause(string host) => new(FaultKind.Pause, host);

    /// <summary>A host that crashes: <see cref="VirtualHost.Crash"/>, and <see cref="VirtualHost.Restart"/> at the end.</summary>
    public static Fault Crash(string host) => new(FaultKind.Crash, host);

    /// <summary>A clock that goes wrong, besides what it does already: <see cref="HostClock.Skew"/>.</summary>
    /// <param name="host">The host.</param>
    /// <param name="partsPerMillion">
    /// By how much it goes too fast, negative for too slowly; kept to a thousandth; from -100,000 to 100,000, but not 0.
    /// </param>
    public static Fault Skew(string host, double partsPerMillion)
    {
        if (partsPerMillion is not (>= -100_000 and <= 100_000) || Math.Round(partsPerMillion * 1000) == 0)
            throw new ArgumentOutOfRangeException(
                nameof(partsPerMillion), partsPerMillion, "A clock goes wrong by up to 100,000 parts in a million, but not by 0.");
        return new(FaultKind.Skew, host) { Amount = (long)Math.Round(partsPerMillion * 1000) };
    }

    /// <summary>A clock that is set wrong, and set right at the end: <see cref="HostClock.Offset"/>.</summary>
    /// <param name="host">The host.</param>
    /// <param name="time">By how much it is fast, negative for slow; not 0, and no more than 36,500 days.</param>
    public static Fault Step(string host, TimeSpan time)
    {
        if (time == TimeSpan.Zero || time > LatestInstant || time < -LatestInstant)
            throw new ArgumentOutOfRangeException(nameof(time), time, "A clock is set wrong by up to 36,500 days, but not by 0.");
        return new(FaultKind.Step, host) { Time = time };
    }

    /// <summary>The same fault at another time.</summary>
    /// <param name="begin">When it begins, since the network began.</param>
    /// <param name="end">When it is over; later.</param>
    /// <exception cref="ArgumentOutOfRangeException">It begins before the network, or ends before it begins.</exception>
    public Fault During(TimeSpan begin, TimeSpan end)
    {
        CheckInstant(begin, nameof(begin));
        CheckInstant(end, nameof(end));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(end, begin);
        return this with { Begin = begin, End = end };
    }

    /// <summary>The same fault from another time on, for ever.</summary>
    /// <param name="begin">When it begins, since the network began.</param>
    public Fault From(TimeSpan begin)
    {
        CheckInstant(begin, nameof(begin));
        return this with { Begin = begin, End = null };
    }

    /// <summary>Its text form, as in "4s..4.5s loss server-router 30%". <see cref="FaultSchedule"/>.</summary>
    public override string ToString() => FaultText.Write(this);

    /// <summary>Of flapping: for how long it is cut in each period.</summary>
    internal TimeSpan TimeDown => Time - TimeSpan.FromTicks((long)((Int128)Time.Ticks * Parts / Billion));

    /// <summary>The text without its time.</summary>
    internal string What => FaultText.WriteWhat(this);

    internal static string? FirstTwice(IReadOnlyList<IReadOnlyList<string>> groups)
    {
        var seen = new HashSet<string>();      // never walked
        foreach (IReadOnlyList<string> group in groups)
        {
            foreach (string host in group)
            {
                ArgumentException.ThrowIfNullOrEmpty(host);
                if (!seen.Add(host)) return host;
            }
        }

        return null;
    }

    private static Fault OfChance(FaultKind kind, string link, double chance)
    {
        long parts = PartsOf(chance);
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1, nameof(chance));
        return new(kind, link) { Parts = parts };
    }

    private static long PartsOf(double chance) =>
        chance is >= 0 and <= 1
            ? (long)Math.Round(chance * Billion)
            : throw new ArgumentOutOfRangeException(nameof(chance), chance, "A chance lies between 0 and 1.");

    private static TimeSpan Positive(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromDays(1));
        return time;
    }

    private static void CheckInstant(TimeSpan instant, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(instant, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(instant, LatestInstant, name);
    }
}
