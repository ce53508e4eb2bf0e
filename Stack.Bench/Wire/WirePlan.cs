using UserNet.Bench.Measuring;

namespace UserNet.Bench.Wire;

/// <summary>What a run measures, and for how long.</summary>
/// <param name="IsQuick">Short batches and fewer sizes over devices.</param>
internal sealed record WirePlan(bool IsQuick)
{
    private const int Usual = 64;      // octets, where the size is not what matters
    private const int FullPacket = IpFamilies.FullPacket;

    public Meter Meter { get; } = IsQuick
        ? new Meter(TimeSpan.FromMilliseconds(8), 7)
        : new Meter(TimeSpan.FromMilliseconds(40), 15);

    /// <summary>How long what is timed runs beforehand, for the just-in-time compiler to be done with it.</summary>
    public TimeSpan WarmUp { get; } = TimeSpan.FromSeconds(IsQuick ? 1.5 : 4);

    /// <summary>Payloads of what goes between threads, octets; in IPv6 a full packet carries less.</summary>
    public IReadOnlyList<int> PathSizes => IsQuick ? [Usual, FullPacket] : [18, Usual, 512, FullPacket, 8000];

    /// <summary>Echoes of one run.</summary>
    public int Echoes => IsQuick ? 1500 : 2000;

    /// <summary>How long a flood lasts.</summary>
    public TimeSpan FloodTime { get; } = TimeSpan.FromMilliseconds(IsQuick ? 100 : 300);

    /// <summary>How often each way is measured, in turns.</summary>
    public int PathRuns => IsQuick ? 3 : 5;

    /// <summary>In memory, one thread.</summary>
    public static IEnumerable<MemoryScenario> Memory()
    {
        foreach (MemoryScenario scenario in OnCables())
            foreach (IpFamily family in IpFamilies.Both) yield return scenario with { Family = family, Octets = family.Fit(scenario.Octets) };
        yield return new MemoryScenario(Usual, 100_000);      // more than one address of a host has ports for
    }

    private static IEnumerable<MemoryScenario> OnCables()
    {
        foreach (int octets in new[] { 18, 64, 512, FullPacket, 8000 }) yield return new MemoryScenario(octets);
        foreach (int octets in new[] { 18, 64, 512, FullPacket, 8000 }) yield return new MemoryScenario(octets, IsLoopback: true);
        yield return new MemoryScenario(Usual, IsTimeManual: true);
        foreach (int beside in new[] { 1, 1000 }) yield return new MemoryScenario(Usual, beside);
    }
}
