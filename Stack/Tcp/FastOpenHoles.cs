using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// Whether something on the paths of this host swallows connections that are opened fast: then SYNs are plain for a while.
/// net.ipv4.tcp_fastopen_blackhole_timeout_sec of Linux.
/// </summary>
/// <remarks>Gate held.</remarks>
internal sealed class FastOpenHoles
{
    private const int MostDoublings = 6;

    private int _times;
    private Timestamp _since;

    /// <summary>True while SYNs are to be plain.</summary>
    /// <param name="rest">For how long after the first suspicion; with each more for twice as long, 64 times as long at most. Zero: never.</param>
    /// <param name="now">The time.</param>
    /// <param name="isTrial">The rest is over, and whether it works is to be seen.</param>
    public bool IsSuspected(TimeSpan rest, Timestamp now, out bool isTrial)
    {
        isTrial = false;
        if (rest == TimeSpan.Zero || _times == 0) return false;
        if (now < _since + (rest * (1 << Math.Min(_times - 1, MostDoublings)))) return true;
        isTrial = true;
        return false;
    }

    /// <summary>A connection went as if something swallowed it.</summary>
    public void Suspect(Timestamp now)
    {
        _times++;
        _since = now;
    }

    /// <summary>One got through after a rest.</summary>
    public void Clear() => _times = 0;
}
