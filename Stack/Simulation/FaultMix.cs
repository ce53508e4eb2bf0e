namespace UserNet.Simulation;

/// <summary>
/// What kinds of faults are drawn, how many, how long and how bad.
/// <see cref="FaultSchedule.Draw(ulong, VirtualNetwork, FaultMix?)"/>.
/// </summary>
/// <remarks>
/// Numbers of faults are means for each link, or each host, and those of partitions for the whole network: of 2.25
/// there are 2, and in a quarter of the draws 3. By default there is something of everything but of black holes, each
/// on one link or host of ten.
/// </remarks>
public sealed record FaultMix
{
    /// <summary>By when all faults are over; 10 s. What is looked at later should be well.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Before this none begins; 0.</summary>
    public TimeSpan Earliest { get; init; }

    /// <summary>How long a fault lasts at least; 10 ms.</summary>
    public TimeSpan Shortest { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a fault lasts at most; 2 s.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Cuts of each link.</summary>
    public double Down { get; init; } = 0.1;

    /// <summary>Times in which a link flaps, of each link.</summary>
    public double Flap { get; init; } = 0.1;

    /// <summary>Times of loss of each link.</summary>
    public double Loss { get; init; } = 0.1;

    /// <summary>The highest chance of loss, corruption, duplication and reordering; 0.5. Each up to it is as likely.</summary>
    public double WorstChance { get; init; } = 0.5;

    /// <summary>Times of corruption of each link.</summary>
    public double Corruption { get; init; } = 0.1;

    /// <summary>Times of duplication of each link.</summary>
    public double Duplication { get; init; } = 0.1;

    /// <summary>Times of reordering of each link.</summary>
    public double Reordering { get; init; } = 0.1;

    /// <summary>Times of delay of each link.</summary>
    public double Delay { get; init; } = 0.1;

    /// <summary>Times of jitter of each link.</summary>
    public double Jitter { get; init; } = 0.1;

    /// <summary>The longest delay, jitter and time of holding back; 200 ms.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Times in which a link is slow, of each link.</summary>
    public double Rate { get; init; } = 0.1;

    /// <summary>The slowest rate, bits a second; 64,000. The fastest is 900 times that.</summary>
    public long SlowestRate { get; init; } = 64_000;

    /// <summary>Times in which a link is a black hole for long packets, of each link; 0.</summary>
    public double LargestPacket { get; init; }

    /// <summary>Partitions of all hosts into two groups; 0.1.</summary>
    public double Partition { get; init; } = 0.1;

    /// <summary>Pauses of each host.</summary>
    public double Pause { get; init; } = 0.1;

    /// <summary>Crashes of each host.</summary>
    public double Crash { get; init; } = 0.1;

    /// <summary>Times in which a clock goes wrong, of each host.</summary>
    public double Skew { get; init; } = 0.1;

    /// <summary>By how many parts in a million a clock goes wrong at most; 1,000.</summary>
    public int WorstSkew { get; init; } = 1000;

    /// <summary>Times for which a clock is set wrong, of each host.</summary>
    public double Step { get; init; } = 0.1;

    /// <summary>By how much a clock is set wrong at most; 1 min.</summary>
    public TimeSpan WorstStep { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Nothing at all: to be changed by <c>with</c>.</summary>
    public static FaultMix None { get; } = All(0);

    /// <summary>
    /// Says of the name of a link or host whether it may be hit; null for all. Partitions part those hosts alone.
    /// </summary>
    public Func<string, bool>? Hits { get; init; }

    /// <summary>As many of each kind, black holes too.</summary>
    /// <param name="mean">How many.</param>
    public static FaultMix All(double mean) => new()
    {
        Down = mean,
        Flap = mean,
        Loss = mean,
        Corruption = mean,
        Duplication = mean,
        Reordering = mean,
        Delay = mean,
        Jitter = mean,
        Rate = mean,
        LargestPacket = mean,
        Partition = mean,
        Pause = mean,
        Crash = mean,
        Skew = mean,
        Step = mean,
    };

    internal double MeanOf(FaultKind kind) => kind switch
    {
        FaultKind.Down => Down,
        FaultKind.Flap => Flap,
        FaultKind.Loss => Loss,
        FaultKind.Corruption => Corruption,
        FaultKind.Duplication => Duplication,
        FaultKind.Reordering => Reordering,
        FaultKind.Delay => Delay,
        FaultKind.Jitter => Jitter,
        FaultKind.Rate => Rate,
        FaultKind.LargestPacket => LargestPacket,
        FaultKind.Partition => Partition,
        FaultKind.Pause => Pause,
        FaultKind.Crash => Crash,
        FaultKind.Skew => Skew,
        _ => Step,
    };

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Earliest, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(Shortest, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(Longest, Shortest);
        ArgumentOutOfRangeException.ThrowIfLessThan(Duration, Earliest + Shortest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Duration, Fault.LatestInstant);
        ArgumentOutOfRangeException.ThrowIfLessThan(LongestDelay, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(WorstStep, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(SlowestRate, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SlowestRate, 1_000_000_000_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(WorstSkew, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(WorstSkew, 100_000);
        if (WorstChance is not (>= 0.01 and <= 1))
            throw new ArgumentOutOfRangeException(null, WorstChance, "The worst chance lies between 0.01 and 1.");
        for (FaultKind kind = FaultKind.Down; kind <= FaultKind.Step; kind++)
        {
            if (MeanOf(kind) is not (>= 0 and <= 1000))
                throw new ArgumentOutOfRangeException(null, MeanOf(kind), $"The number of faults of the kind {kind} lies between 0 and 1,000.");
        }
    }
}
