using UserNet.Simulation;

namespace UserNet.Tests.Simulation;

/// <summary>Faults of all kinds with any numbers that they can have.</summary>
internal sealed class RandomFaults(Random random)
{
    public FaultKind[] Kinds { get; init; } = Enum.GetValues<FaultKind>();

    public string[] Links { get; init; } = ["a-b", "b-c", "switch 1-d", "it's", "there"];

    public string[] Hosts { get; init; } = ["a", "b", "c", "host four", "x;y|z,'q'", "3s", "ü#\"$`\\\n"];

    /// <summary>Times are whole multiples of this.</summary>
    public TimeSpan Grain { get; init; } = TimeSpan.FromTicks(1);

    public TimeSpan Latest { get; init; } = TimeSpan.FromDays(400);

    public FaultSchedule Schedule(int most) => new([.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => Next())]);

    public Fault Next(FaultKind? only = null)
    {
        Fault fault = OfKind(only ?? Kinds[random.Next(Kinds.Length)]);
        if (fault.IsOfLink) fault = fault with { Direction = (LinkDirection)random.Next(3) };
        TimeSpan begin = Time(TimeSpan.Zero, Latest - Grain);
        return random.Next(5) == 0 ? fault.From(begin) : fault.During(begin, Time(begin + Grain, Latest));
    }

    private Fault OfKind(FaultKind kind)
    {
        string link = Links[random.Next(Links.Length)], host = Hosts[random.Next(Hosts.Length)];
        return kind switch
        {
            FaultKind.Down => Fault.Down(link),
            FaultKind.Flap => Flap(link),
            FaultKind.Loss => Fault.Loss(link, Chance()),
            FaultKind.Corruption => Fault.Corruption(link, Chance()),
            FaultKind.Duplication => Fault.Duplication(link, Chance()),
            FaultKind.Reordering => Fault.Reordering(link, Chance(), random.Next(2) == 0 ? null : Short()),
            FaultKind.Delay => Fault.Delay(link, Short()),
            FaultKind.Jitter => Fault.Jitter(link, Short()),
            FaultKind.Rate => Fault.Rate(link, 1 + (long)Magnitude(1e12)),
            FaultKind.LargestPacket => Fault.LargestPacket(link, 1 + (int)Magnitude(70_000)),
            FaultKind.Partition => Partition(),
            FaultKind.Pause => Fault.Pause(host),
            FaultKind.Crash => Fault.Crash(host),
            FaultKind.Skew => Fault.Skew(host, (random.Next(2) == 0 ? 1 : -1) * (0.001 + (random.NextDouble() * 99_000))),
            _ => Fault.Step(host, (random.Next(2) == 0 ? 1 : -1) * Short()),
        };
    }

    private Fault Flap(string link)
    {
        while (true)
        {
            double share = Chance();
            if (share is < 0.001 or > 0.999) continue;
            TimeSpan period = Time(TimeSpan.FromTicks(Math.Max(Grain.Ticks * 2, 10_000)), TimeSpan.FromSeconds(2));
            return Fault.Flap(link, period, share);
        }
    }

    private Fault Partition()
    {
        string[] hosts = [.. Hosts];
        random.Shuffle(hosts);
        int groups = random.Next(2, 4), count = random.Next(groups, hosts.Length + 1);
        var parts = new List<string>[groups];
        for (int i = 0; i < groups; i++) parts[i] = [hosts[i]];
        for (int i = groups; i < count; i++) parts[random.Next(groups)].Add(hosts[i]);
        return Fault.Partition(parts);
    }

    private double Chance() => random.Next(3) switch
    {
        0 => random.Next(1, 101) / 100.0,
        1 => random.Next(1, 1_000_000_000) / 1e9,
        _ => Math.Max(1e-9, random.NextDouble() * random.NextDouble()),
    };

    private TimeSpan Short() => Time(Grain, random.Next(2) == 0 ? Grain * 10_000_000 : Grain * 1000);

    private TimeSpan Time(TimeSpan least, TimeSpan most)
    {
        long first = (least.Ticks + Grain.Ticks - 1) / Grain.Ticks, last = Math.Max(most.Ticks / Grain.Ticks, first);
        long range = random.Next(2) == 0 ? last - first : Math.Min(last - first, 100_000_000);
        return TimeSpan.FromTicks(Math.Min(first + random.NextInt64(range + 1), last) * Grain.Ticks);
    }

    private double Magnitude(double most) => Math.Floor(Math.Pow(most, random.NextDouble()) - 1);
}
