using System.Net.Sockets;
using UserNet.Bench.Measuring;
using UserNet.Binding;

namespace UserNet.Bench.Ports;

/// <summary>What a run measures, and for how long.</summary>
/// <param name="IsQuick">Short batches, fewer scenarios, and an imitated natural fill of Linux's streams.</param>
/// <param name="WithLinux">Whether the running kernel is measured too.</param>
internal sealed record PortsPlan(bool IsQuick, bool WithLinux)
{
    private static readonly ProtocolType[] Protocols = [ProtocolType.Tcp, ProtocolType.Udp];

    public Meter Meter { get; } = IsQuick
        ? new Meter(TimeSpan.FromMilliseconds(1.5), 7)
        : new Meter(TimeSpan.FromMilliseconds(12), 15);

    /// <summary>For the kernel, whose slow calls take milliseconds each.</summary>
    public Meter LinuxMeter { get; } = IsQuick
        ? new Meter(TimeSpan.FromMilliseconds(2), 5)
        : new Meter(TimeSpan.FromMilliseconds(40), 15);

    /// <summary>
    /// How long all operations run before the first figure is taken, for the just-in-time compiler to be done with
    /// them.
    /// </summary>
    public TimeSpan WarmUp { get; } = TimeSpan.FromSeconds(IsQuick ? 2 : 4);

    public TimeSpan ThroughputTime { get; } = TimeSpan.FromMilliseconds(IsQuick ? 30 : 200);

    public int ThroughputRuns => IsQuick ? 7 : 15;

    public IReadOnlyList<double> ThroughputOccupancies => IsQuick ? [50] : [0, 50, 99.99];

    /// <summary>The scenarios by table.</summary>
    public IEnumerable<(string Table, Scenario Scenario)> Scenarios()
    {
        foreach (Scenario scenario in Each(Fill.Natural, Fill.Random)) yield return ("Main", scenario);
        foreach (Variant variant in new[] { Variant.Specific, Variant.DualStack, Variant.ReuseAddress })
            foreach (Scenario scenario in Each(Fill.Random))
                yield return ("Variants", scenario with { Variant = variant });
        Fill[] fills = IsQuick ? [Fill.Natural] : [Fill.Natural, Fill.Random];
        foreach (Personality personality in Personality.All.Where(static other => other != Personality.Linux))
            foreach (Scenario scenario in Each(fills))
                yield return ("Personalities", scenario with { Personality = personality });
        foreach (PortAlgorithm algorithm in Enum.GetValues<PortAlgorithm>())
            if (algorithm != PortAlgorithm.Scripted)
                yield return ("Algorithms", new Scenario(ProtocolType.Tcp, Fill.Random) { Algorithm = algorithm });
        foreach (Variant variant in new[] { Variant.SplitAddresses, Variant.SplitFamilies, Variant.ManyOwners })
            foreach (Scenario scenario in Each(Fill.Random))
                yield return ("Adversaries", scenario with { Variant = variant });
        foreach (Scenario scenario in Each(Fill.Natural))
            yield return ("Adversaries", scenario with { Variant = Variant.Churn });
    }

    /// <summary>Whose heap is weighed.</summary>
    public static IEnumerable<Scenario> Weighed()
    {
        foreach (Personality personality in Personality.All)
            foreach (Scenario scenario in Each(Fill.Natural)) yield return scenario with { Personality = personality };
        foreach (Variant variant in new[] { Variant.Specific, Variant.DualStack })
            foreach (Scenario scenario in Each(Fill.Natural)) yield return scenario with { Variant = variant };
    }

    private static IEnumerable<Scenario> Each(params Fill[] fills) =>
        from fill in fills
        from protocol in Protocols
        select new Scenario(protocol, fill);
}
