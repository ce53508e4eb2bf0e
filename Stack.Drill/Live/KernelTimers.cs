using System.Globalization;

namespace UserNet.Drill.Live;

/// <summary>How exact the kernel's timers are, and whether its TCP will do anything by itself. proc_net_tcp.rst.</summary>
internal static unsafe class KernelTimers
{
    private const int CoarseClock = 6;    // CLOCK_MONOTONIC_COARSE, which moves once a tick

    // Beyond that, in hundredths of a second, nobody waits: a keep-alive of two hours.
    private const long Horizon = 300 * 100;

    /// <summary>How much later than scripts think a timer may run out, microseconds.</summary>
    /// <remarks>
    /// Scripts are written for a tick of a millisecond, and let pass what that takes. A timer that is set for the next tick but
    /// one is up to two ticks late; where ticks are longer, as the four milliseconds of many servers are, so is that.
    /// </remarks>
    public static long Coarseness { get; } = Math.Max(0, 2 * (Tick() - 1000));

    /// <summary>True when a connection of this thread's namespace has a timer that will run out within five minutes.</summary>
    public static bool IsAnyRunning() => IsAnyRunning("/proc/thread-self/net/tcp") || IsAnyRunning("/proc/thread-self/net/tcp6");

    /// <summary>The same for a table as the file of that name tells it.</summary>
    public static bool IsAnyRunning(string path)
    {
        if (!File.Exists(path)) return false;
        foreach (string line in File.ReadLines(path))
        {
            // sl local remote state tx:rx timer:when ...
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 6 || fields[5] is not [_, _, ':', ..]) continue;
            bool runs = fields[5][1] is '1' or '2' or '4';
            if (runs && long.Parse(fields[5].AsSpan(3), NumberStyles.HexNumber, CultureInfo.InvariantCulture) < Horizon) return true;
        }

        return false;
    }

    private static long Tick()
    {
        TimeValue tick;
        return OperatingSystem.IsLinux() && LiveLibC.GetResolution(CoarseClock, &tick) == 0 ? tick.Nanoseconds / 1000 : 1000;
    }
}
