namespace UserNet.Simulation;

/// <summary>The steps by which a fault is made simpler.</summary>
/// <remarks>
/// Each makes it less: fewer directions, a shorter time, a lesser number; or turns flapping into a cut, or its numbers into
/// round ones. So no fault can be made simpler for ever.
/// </remarks>
internal static class SimplerFaults
{
    private static readonly long[] PacketSizes = [1500, 1400, 1280, 1000, 576, 296];
    private static readonly FaultKind[] OfChance =
        [FaultKind.Loss, FaultKind.Corruption, FaultKind.Duplication, FaultKind.Reordering];

    /// <summary>The faults that are one step simpler, the boldest of each sort first.</summary>
    public static IEnumerable<Fault> Of(Fault fault) =>
        Kinds(fault).Concat(Directions(fault)).Concat(Groups(fault)).Concat(Times(fault)).Concat(Values(fault)).Distinct();

    private static IEnumerable<Fault> Kinds(Fault fault)
    {
        if (fault.Kind == FaultKind.Flap) yield return fault with { Kind = FaultKind.Down, Time = default, Parts = 0 };
        if (fault.Kind == FaultKind.Reordering && fault.Time > TimeSpan.Zero) yield return fault with { Time = default };
    }

    private static IEnumerable<Fault> Directions(Fault fault)
    {
        if (!fault.IsOfLink || fault.Direction != LinkDirection.Both) yield break;
        yield return fault with { Direction = LinkDirection.There };
        yield return fault with { Direction = LinkDirection.Back };
    }

    private static IEnumerable<Fault> Groups(Fault fault)
    {
        IReadOnlyList<IReadOnlyList<string>> groups = fault.Groups;
        for (int i = 0; i < groups.Count; i++)
        {
            if (groups.Count > 2) yield return Parted(fault, groups.Where((_, group) => group != i));
            for (int j = 0; groups[i].Count > 1 && j < groups[i].Count; j++)
            {
                (int shorter, int left) = (i, j);
                yield return Parted(fault, groups.Select((group, index) =>
                    index == shorter ? (IReadOnlyList<string>)[.. group.Where((_, host) => host != left)] : group));
            }
        }
    }

    private static Fault Parted(Fault fault, IEnumerable<IReadOnlyList<string>> groups) =>
        fault with { Target = FaultText.Write([.. groups]) };

    // Half as long, a little shorter, and with rounder ends that lie within. What only has to happen, such as a crash, would come down to a
    // tick, which says no more than a millisecond and is harder to read.
    private static IEnumerable<Fault> Times(Fault fault) =>
        Shorter(fault).Where(static shorter => shorter.End - shorter.Begin >= TimeSpan.FromMilliseconds(1));

    private static IEnumerable<Fault> Shorter(Fault fault)
    {
        if (fault.End is not { } until) yield break;
        long begin = fault.Begin.Ticks, end = until.Ticks, grain = Grain((end - begin) / 4);
        foreach (long cut in (long[])[(end - begin) / 2, (end - begin) / 4])
        {
            long earlier = Down(end - cut, grain), later = Up(begin + cut, grain);
            if (earlier > begin && earlier < end) yield return During(fault, begin, earlier);
            if (later > begin && later < end) yield return During(fault, later, end);
        }

        for (long unit = TimeSpan.TicksPerDay; unit > 1; unit = Finer(unit))
        {
            long earlier = Down(end, unit), later = Up(begin, unit);
            if (earlier < end && earlier > begin) yield return During(fault, begin, earlier);
            if (later > begin && later < end) yield return During(fault, later, end);
        }
    }

    private static IEnumerable<Fault> Values(Fault fault)
    {
        if (OfChance.Contains(fault.Kind))
            return Lesser(fault.Parts).Select(parts => fault with { Parts = parts });
        return fault.Kind switch
        {
            FaultKind.Flap => Flaps(fault),
            FaultKind.Delay or FaultKind.Jitter => Lesser(fault.Time.Ticks).Select(ticks => fault with { Time = new TimeSpan(ticks) }),
            FaultKind.Step => Lesser(fault.Time.Ticks).Select(ticks => fault with { Time = new TimeSpan(ticks) }),
            FaultKind.Skew => Lesser(fault.Amount).Select(amount => fault with { Amount = amount }),
            FaultKind.Rate => Rates(fault.Amount).Select(amount => fault with { Amount = amount }),
            FaultKind.LargestPacket => PacketSizes.Where(size => size > fault.Amount).Select(size => fault with { Amount = size }),
            _ => [],
        };
    }

    // Half a period up, and a round period.
    private static IEnumerable<Fault> Flaps(Fault fault)
    {
        if (fault.Parts != Fault.Billion / 2 && fault.Time.Ticks > 1) yield return fault with { Parts = Fault.Billion / 2 };
        for (long unit = TimeSpan.TicksPerDay; unit > 1; unit = Finer(unit))
        {
            long ticks = Up(fault.Time.Ticks, unit);
            if (ticks != fault.Time.Ticks && ticks <= TimeSpan.TicksPerDay && ticks <= 2 * fault.Time.Ticks)
                yield return fault with { Time = new TimeSpan(ticks) };
        }
    }

    // Nearer to 0: half, three quarters, and rounder ones; never 0.
    private static IEnumerable<long> Lesser(long number)
    {
        long size = Math.Abs(number);
        foreach (long part in (long[])[Down(size / 2, Grain(size / 2)), Down(size - (size / 4), Grain(size / 4))])
        {
            if (part > 0 && part < size) yield return Math.Sign(number) * part;
        }

        for (long unit = Grain(size); unit > 1; unit /= 10)
        {
            long part = Down(size, unit);
            if (part > 0 && part < size) yield return Math.Sign(number) * part;
        }
    }

    // Faster: a power of ten, twice as fast, and the next round ones.
    private static IEnumerable<long> Rates(long rate)
    {
        const long Fastest = 10_000_000_000;
        for (long faster = Fastest; faster > rate; faster /= 10) yield return faster;
        long grain = Grain(rate), finer = Math.Max(1, grain / 10);
        foreach (long faster in (long[])[Up(Math.Min(rate, Fastest) * 2, grain), Up(rate, grain), Up(rate, finer)])
        {
            if (faster > rate && faster <= Fastest) yield return faster;
        }
    }

    private static Fault During(Fault fault, long begin, long end) =>
        fault with { Begin = new TimeSpan(begin), End = new TimeSpan(end) };

    // The power of ten that is its first digit's.
    private static long Grain(long number)
    {
        long grain = 1;
        while (number >= 10)
        {
            grain *= 10;
            number /= 10;
        }

        return grain;
    }

    private static long Finer(long unit) => unit switch
    {
        TimeSpan.TicksPerDay => TimeSpan.TicksPerHour,
        TimeSpan.TicksPerHour => TimeSpan.TicksPerMinute,
        TimeSpan.TicksPerMinute => 10 * TimeSpan.TicksPerSecond,
        _ => unit / 10,
    };

    private static long Down(long number, long grain) => number / grain * grain;

    private static long Up(long number, long grain) => (number + grain - 1) / grain * grain;
}
