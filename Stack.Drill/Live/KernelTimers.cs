using System.Globalization;

namespace UserNet.Drill.Live;

/// <summary>Whether the kernel's TCP will do anything by itself. proc_net_tcp.rst.</summary>
internal static class KernelTimers
{
    // Beyond that, in hundredths of a second, nobody waits: a keep-alive of two hours.
    private const long Horizon = 300 * 100;

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
}
