using UserNet.Bench.Measuring;

namespace UserNet.Bench.Tcp;

/// <summary>What a run measures, and for how long.</summary>
/// <param name="IsQuick">Short runs, fewer of them, and fewer connections at rest.</param>
internal sealed record TcpPlan(bool IsQuick)
{
    /// <summary>Of what one thread does in memory.</summary>
    public Meter Meter { get; } = IsQuick
        ? new Meter(TimeSpan.FromMilliseconds(30), 7)
        : new Meter(TimeSpan.FromMilliseconds(100), 15);

    /// <summary>How long what one thread does runs beforehand, for the just-in-time compiler to be done with it.</summary>
    public TimeSpan WarmUp { get; } = TimeSpan.FromSeconds(IsQuick ? 2 : 5);

    /// <summary>How long one connection sends, or connections are opened.</summary>
    public TimeSpan RunTime { get; } = TimeSpan.FromMilliseconds(IsQuick ? 300 : 1000);

    /// <summary>Echoes of one run.</summary>
    public int Echoes => IsQuick ? 1500 : 5000;

    /// <summary>How often each way between threads is measured, in turns.</summary>
    public int Runs => IsQuick ? 3 : 7;

    /// <summary>How many threads open connections at a time.</summary>
    public IReadOnlyList<int> Threads { get; } = [1, 8];

    /// <summary>How many connections are at rest.</summary>
    public IReadOnlyList<int> AtRest => IsQuick ? [10_000] : [10_000, 100_000];

    /// <summary>Where one thread moves streams.</summary>
    public static IReadOnlyList<StreamScenario> Memory { get; } =
    [
        .. ((int Mtu, bool TakesBursts)[])[(1500, false), (1500, true), (ushort.MaxValue, false), (0, false)] is var ways
            ? ways.SelectMany(static way => IpFamilies.Both.Select(family => new StreamScenario(way.Mtu, family, way.TakesBursts))) : [],
    ];
}
