using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>The window as a cubic function of the time since the last loss. RFC 9438.</summary>
/// <remarks>
/// Counts in whole segments and in 1/1024 s, with Linux's constants: the factor β is 717/1024 and C is 410/1024.
/// </remarks>
internal sealed class Cubic(SlowStartExit exit) : ICongestionControl
{
    private const int Beta = 717, Scale = 1024;
    private const int C = 410;
    private const int LowestForExit = 16;             // below it a slow start is not worth ending
    private const int Never = 100;                    // windows to be acknowledged for one more segment
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

    private HyStart _hyStart;
    private HyStartPlusPlus? _hyStartPlusPlus = exit == SlowStartExit.HyStartPlusPlus ? new() : null;
    private bool _slowStartEnded;      // the exit was found: it is found once
    private bool _running;             // an epoch has begun
    private Timestamp _epoch;          // when it began
    private Timestamp _judgedAt;       // when the window was last judged
    private int _judged;               // the window then
    private int _before;               // W_max; 0 before the first loss
    private int _origin;               // where the plateau lies
    private int _acked;                // acknowledged towards the Reno estimate
    private int _estimate;             // W_est, RFC 9438 §4.3
    private int _perSegment;           // segments to be acknowledged for one more
    private TimeSpan _minRtt;          // zero before the first sample

    /// <summary>K: from the beginning of an epoch to its plateau, 1/1024 s. §4.2.</summary>
    public int TimeToPlateau { get; private set; }

    /// <inheritdoc/>
    public void OnSample(ref CongestionWindow window, in AckSample sample)
    {
        if (sample.Rtt is not { } rtt) return;
        if (_running && sample.Now - _epoch < Settled) return;      // queues of the last loss are still emptying
        rtt = new TimeSpan(Math.Max(1, rtt.Ticks));
        if (_minRtt == TimeSpan.Zero || rtt < _minRtt) _minRtt = rtt;
        if (_slowStartEnded || !window.IsInSlowStart || window.Size < LowestForExit) return;
        _slowStartEnded = exit switch
        {
            SlowStartExit.HyStart or SlowStartExit.HyStartTrain or SlowStartExit.HyStartDelay => _hyStart.Ends(sample, rtt, _minRtt, exit),
            SlowStartExit.HyStartPlusPlus => _hyStartPlusPlus!.Ends(sample, rtt),
            _ => false,
        };
        if (_slowStartEnded) window.SlowStartThreshold = window.Size;
    }

    /// <inheritdoc/>
    public void OnAck(ref CongestionWindow window, in AckSample sample)
    {
        int acked = sample.Acked;
        if (window.IsInSlowStart)
        {
            if (exit == SlowStartExit.HyStartPlusPlus) acked = _hyStartPlusPlus!.Growth(acked);
            acked = window.GrowExponentially(acked);
            if (acked == 0) return;
        }

        Judge(window.Size, acked, sample.Now);
        window.GrowLinearly(_perSegment, acked);
    }

    /// <inheritdoc/>
    /// <remarks>Fast convergence, §4.7: who loses below its last peak makes room for others.</remarks>
    public int ReducedThreshold(int window)
    {
        _running = false;
        _before = window < _before ? (int)((long)window * (Scale + Beta) / (2 * Scale)) : window;
        return Math.Max(2, (int)((long)window * Beta / Scale));
    }

    /// <inheritdoc/>
    public void OnTimeout()
    {
        _running = _slowStartEnded = false;
        _before = _origin = _acked = _estimate = _perSegment = _judged = 0;
        _minRtt = TimeSpan.Zero;
        TimeToPlateau = 0;
        _hyStart = default;
        _hyStartPlusPlus = _hyStartPlusPlus is null ? null : new();
    }

    /// <inheritdoc/>
    /// <remarks>Time in which nothing was sent does not count. §5.8.</remarks>
    public void OnIdleEnded(TimeSpan idle, Timestamp now)
    {
        if (_running && idle > TimeSpan.Zero) _epoch = Timestamp.Min(now, _epoch + idle);
    }

    /// <summary>W_cubic less its plateau, segments, so long before or after it. §4.2, figure 1.</summary>
    /// <param name="distance">From the plateau, 1/1024 s.</param>
    public static int Distance(long distance)
    {
        UInt128 cube = (UInt128)(ulong)distance * (ulong)distance * (ulong)distance * C >> 40;
        return cube > int.MaxValue / 4 ? int.MaxValue / 4 : (int)cube;
    }

    /// <summary>How long the function needs to rise by so many segments, 1/1024 s.</summary>
    public static int TimeToRise(int segments) => CubeRoot(((ulong)Math.Min(segments, 1 << 23) << 40) / C);

    // How many segments are to be acknowledged for one more, judged 32 times a second while nothing changes.
    private void Judge(int window, int acked, Timestamp now)
    {
        _acked += acked;
        TimeSpan since = now - _judgedAt;
        if (_running && _judged == window && since <= TimeSpan.FromSeconds(1) / 32) return;
        if (!_running || since >= TimeSpan.FromMilliseconds(1))
        {
            (_judged, _judgedAt) = (window, now);
            if (!_running) BeginEpoch(window, acked, now);
            _perSegment = ByTime(window, now);
        }

        _perSegment = Math.Max(2, AsFriendlyAsReno(window));
    }

    private void BeginEpoch(int window, int acked, Timestamp now)
    {
        _running = true;
        _epoch = now;
        _acked = acked;
        _estimate = window;
        _origin = Math.Max(_before, window);
        TimeToPlateau = TimeToRise(_origin - window);
    }

    // §4.4 and §4.5: by where the function will be one round trip from now.
    private int ByTime(int window, Timestamp now)
    {
        long time = (now - _epoch + _minRtt).Ticks * 1024 / TimeSpan.TicksPerSecond;
        int distance = Distance(Math.Abs(time - TimeToPlateau));
        int target = time < TimeToPlateau ? _origin - distance : _origin + distance;
        int each = target > window ? window / (target - window) : Never * window;
        return _before == 0 ? Math.Min(each, 20) : each;      // nothing is known yet: 5 % a round trip
    }

    // §4.3: no slower than a Reno whose average window would be the same.
    private int AsFriendlyAsReno(int window)
    {
        const int PerSegment8 = 8 * (Scale + Beta) / 3 / (Scale - Beta);      // 8 / alpha
        int each = Math.Max(1, (int)((long)window * PerSegment8 >> 3));
        if (_acked > each)
        {
            int grown = (_acked - 1) / each;
            _acked -= grown * each;
            _estimate += grown;
        }

        return _estimate > window ? Math.Min(_perSegment, window / (_estimate - window)) : _perSegment;
    }

    private static int CubeRoot(ulong value)
    {
        ulong root = 0;
        for (int shift = 63; shift >= 0; shift -= 3)
        {
            root <<= 1;
            ulong step = (3 * root * (root + 1)) + 1;
            if (value >> shift < step) continue;
            value -= step << shift;
            root++;
        }

        return (int)root;
    }
}
