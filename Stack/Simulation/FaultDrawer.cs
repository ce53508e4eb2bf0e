using UserNet.Doors;

namespace UserNet.Simulation;

/// <summary>Draws faults: those of one kind at one target from a stream of their own.</summary>
internal sealed class FaultDrawer(ulong seed, FaultMix mix)
{
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMilliseconds(20), LongestPeriod = TimeSpan.FromSeconds(1);

    /// <summary>What was drawn.</summary>
    public List<Fault> Faults { get; } = [];

    /// <summary>Draws the faults of some kinds at a target.</summary>
    public void DrawAll(FaultKind first, FaultKind last, string target)
    {
        for (FaultKind kind = first; kind <= last; kind++)
        {
            var random = SeededRandom.Named(seed, $"faults: {FaultText.WordOf(kind)} {target}");
            for (int left = NumberOf(kind, random); left > 0; left--) Faults.Add(AtSomeTime(Draw(kind, target, random), random));
        }
    }

    /// <summary>Draws partitions of hosts.</summary>
    public void DrawPartitions(IReadOnlyList<string> hosts)
    {
        var random = SeededRandom.Named(seed, "faults: partition");
        int count = NumberOf(FaultKind.Partition, random);
        SeededRandom[] sides = [.. hosts.Select(host => SeededRandom.Named(seed, $"faults: side of {host}"))];
        for (; count > 0; count--)
        {
            List<string> left = [], right = [];
            for (int i = 0; i < hosts.Count; i++) ((sides[i].NextUInt64() >> 63) == 0 ? left : right).Add(hosts[i]);
            // A time is drawn for each, whoever takes part.
            Fault fault = AtSomeTime(Fault.Partition(["a"], ["b"]), random);
            if (left.Count == 0 || right.Count == 0) continue;
            left.Sort(StringComparer.Ordinal);
            right.Sort(StringComparer.Ordinal);
            Faults.Add(Fault.Partition(left, right) with { Begin = fault.Begin, End = fault.End });
        }
    }

    // Always as many numbers from the stream, whatever they say.
    private Fault Draw(FaultKind kind, string target, SeededRandom random)
    {
        ulong first = random.NextUInt64(), second = random.NextUInt64(), third = random.NextUInt64();
        double chance = Between(1, Math.Max(1, (long)(mix.WorstChance * 100)), first) / 100.0;
        TimeSpan delay = Between(TimeSpan.FromMilliseconds(1), mix.LongestDelay, second);
        Fault fault = kind switch
        {
            FaultKind.Down => Fault.Down(target),
            FaultKind.Flap => Fault.Flap(target, Between(ShortestPeriod, LongestPeriod, second), Between(1, 9, first) / 10.0),
            FaultKind.Loss => Fault.Loss(target, chance),
            FaultKind.Corruption => Fault.Corruption(target, chance),
            FaultKind.Duplication => Fault.Duplication(target, chance),
            FaultKind.Reordering => Fault.Reordering(target, chance, delay),
            FaultKind.Delay => Fault.Delay(target, delay),
            FaultKind.Jitter => Fault.Jitter(target, delay),
            FaultKind.Rate => Fault.Rate(target, RateOf(first, second)),
            FaultKind.LargestPacket => Fault.LargestPacket(target, (int)Between(68, 1499, first)),
            FaultKind.Pause => Fault.Pause(target),
            FaultKind.Crash => Fault.Crash(target),
            FaultKind.Skew => Fault.Skew(target, Between(1, mix.WorstSkew, first) * Sign(second)),
            _ => Fault.Step(target, Between(TimeSpan.FromMilliseconds(1), mix.WorstStep, second) * Sign(first)),
        };
        return fault.IsOfLink ? fault with { Direction = (LinkDirection)Between(0, 2, third) } : fault;
    }

    private Fault AtSomeTime(Fault fault, SeededRandom random)
    {
        ulong first = random.NextUInt64(), second = random.NextUInt64();
        TimeSpan begin = Between(mix.Earliest, mix.Duration - mix.Shortest, first);
        TimeSpan left = mix.Duration - begin;
        TimeSpan length = Between(mix.Shortest, mix.Longest < left ? mix.Longest : left, second);
        return fault.During(begin, begin + length);
    }

    private int NumberOf(FaultKind kind, SeededRandom random)
    {
        double mean = mix.MeanOf(kind);
        int whole = (int)mean;
        return whole + (random.NextUInt64() >> 32 < (ulong)((mean - whole) * (1L << 32)) ? 1 : 0);
    }

    // Three decades, each as likely: 1 to 9 times a power of ten.
    private long RateOf(ulong first, ulong second)
    {
        long rate = mix.SlowestRate * Between(1, 9, first);
        for (long decade = Between(0, 2, second); decade > 0; decade--) rate *= 10;
        return rate;
    }

    private static int Sign(ulong random) => random >> 63 == 0 ? 1 : -1;

    private static long Between(long least, long most, ulong random) =>
        least + (long)Math.BigMul(random, (ulong)(most - least) + 1, out _);

    // Whole milliseconds.
    private static TimeSpan Between(TimeSpan least, TimeSpan most, ulong random)
    {
        const long Millisecond = TimeSpan.TicksPerMillisecond;
        long first = (least.Ticks + Millisecond - 1) / Millisecond, last = Math.Max(first, most.Ticks / Millisecond);
        return TimeSpan.FromTicks(Between(first, last, random) * Millisecond);
    }
}
