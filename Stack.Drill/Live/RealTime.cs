using System.Diagnostics;

namespace UserNet.Drill.Live;

/// <summary>The time of day beside the clock that never jumps.</summary>
internal static class RealTime
{
    /// <summary>Ticks of <see cref="Stopwatch"/> for nanoseconds since 1970 that lie a short while back.</summary>
    public static long ToTicks(long nanoseconds)
    {
        (long ticks, long real) = Both();
        return ticks - ((real - nanoseconds) * Stopwatch.Frequency / 1_000_000_000);
    }

    /// <summary>One instant by both: ticks of <see cref="Stopwatch"/>, and nanoseconds since 1970.</summary>
    public static (long Ticks, long Nanoseconds) Both()
    {
        while (true)
        {
            long before = Stopwatch.GetTimestamp();
            long real = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
            long after = Stopwatch.GetTimestamp();
            // Not when the thread lost its processor in between.
            if (after - before < Stopwatch.Frequency / 50_000) return (before + ((after - before) / 2), real);
        }
    }
}
