using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>FreeBSD's CUBIC: the window, in octets, as a cubic function of the time since the last loss. RFC 9438.</summary>
/// <remarks>Counts with eight binary digits behind the point: β is 179/256, C is 102/256.</remarks>
internal sealed class OctetCubic : OctetControl
{
    private const int Bits = 8, Beta = 179, Convergence = 217, C = 102, OneLessBeta = 77;
    private const int FriendlyUp = 231, FriendlyDown = 435;      // 3 (1 - β) and 1 + β, which make it grow as Reno would
    private const int EnoughSamples = 8;
    private const int MaxDistance = 448_845;                     // beyond it the cube leaves 63 bits

    private long _peak;                // W_max, octets
    private long _plateau;             // K, 1/256 s
    private Timestamp _epoch;          // when the window began to follow the function
    private bool _hasLost, _slowStarts, _wasUnused, _timedOut;
    private long _minRtt, _meanRtt = 1, _sumOfRtts;      // microseconds
    private int _rtts;
    private (long Peak, long Plateau, Timestamp Epoch) _beforeTimeout;

    /// <inheritdoc/>
    public override void OnStart(OctetSender sender, Timestamp now)
    {
        _peak = sender.Window;
        _epoch = now;
    }

    /// <inheritdoc/>
    public override void OnDuplicate(OctetSender sender, Timestamp now) => NoteRtt(sender);

    /// <inheritdoc/>
    public override void OnAck(OctetSender sender, in OctetAck ack, TcpSettings settings)
    {
        NoteRtt(sender);
        if (sender.IsInRecovery) return;
        if (!ack.IsLimiting)
        {
            _wasUnused = true;
            return;
        }

        if (sender.Window <= sender.Threshold || _minRtt == 0)
        {
            _slowStarts = true;
            GrowExponentially(sender, ack, settings);
            return;
        }

        BeginEpoch(sender, ack);
        sender.HasWindowOfCredit = false;
        long elapsed = Math.Min((ack.Now - _epoch).Ticks / TimeSpan.TicksPerMillisecond * 1000, int.MaxValue);
        long friendly = ((_peak * Beta) + (((FriendlyUp * elapsed * ack.Mss) << Bits) / (FriendlyDown * _meanRtt))) >> Bits;
        long target = Math.Max(friendly, AtTime(elapsed + _meanRtt, ack.Mss));
        if (sender.Window < target) sender.Window = (int)Math.Min(target, int.MaxValue);
        if (_hasLost || _peak >= sender.Window) return;
        _peak = sender.Window;
        _plateau = TimeToPlateau(_peak / ack.Mss);
    }

    /// <inheritdoc/>
    public override void OnLoss(OctetSender sender, int mss, TcpSettings settings, Timestamp now)
    {
        if (sender.IsInFastRecovery) return;
        if (!sender.IsInCongestionRecovery) Reduce(sender, mss, now);
        sender.IsInFastRecovery = sender.IsInCongestionRecovery = true;
    }

    /// <inheritdoc/>
    public override void OnMark(OctetSender sender, int mss, TcpSettings settings, Timestamp now)
    {
        if (sender.IsInCongestionRecovery) return;
        Reduce(sender, mss, now);
        sender.Window = sender.Threshold;
        sender.IsInCongestionRecovery = true;
    }

    /// <inheritdoc/>
    public override void OnTimeout(OctetSender sender, int limit, int mss, Timestamp now)
    {
        if (sender.Backoff == 1)
        {
            _beforeTimeout = (_peak, _plateau, _epoch);
            sender.Threshold = (int)Math.Max(2, (((long)limit * Beta) >> Bits) / mss) * mss;
        }

        _hasLost = _timedOut = true;
        sender.Window = mss;
    }

    /// <inheritdoc/>
    public override void OnTimeoutUndone()
    {
        _hasLost = _timedOut = false;
        (_peak, _plateau, _epoch) = _beforeTimeout;
    }

    /// <inheritdoc/>
    public override void OnIdle(OctetSender sender, int restart, int mss, Timestamp now)
    {
        _peak = Math.Max(_peak, sender.Window);
        _plateau = TimeToPlateau(_peak / mss);
        base.OnIdle(sender, restart, mss, now);
        _epoch = now;
    }

    /// <inheritdoc/>
    protected override int WindowAfterRecovery(OctetSender sender, int mss) => (int)Math.Max((_peak * Beta) >> Bits, 2 * mss);

    /// <inheritdoc/>
    protected override void EndEpoch()
    {
        if (_rtts > 0 && _sumOfRtts >= _rtts) _meanRtt = _sumOfRtts / _rtts;
        _rtts = 0;
        _sumOfRtts = 0;
    }

    private void BeginEpoch(OctetSender sender, in OctetAck ack)
    {
        if (_timedOut && _slowStarts)
        {
            _timedOut = _slowStarts = false;
            (_peak, _plateau) = (sender.Window, 0);
        }
        else if (_slowStarts || _wasUnused)
        {
            _slowStarts = _wasUnused = false;
            _epoch = ack.Now;
            _plateau = TimeToPlateau(_peak / ack.Mss);
        }
    }

    // §4.6 and §4.7; the first loss halves the window, since slow start went too far.
    private void Reduce(OctetSender sender, int mss, Timestamp now)
    {
        long window = sender.Window;
        if (window < _peak) window = (window * Convergence) >> Bits;
        _peak = _hasLost ? window : (window * Beta) >> Bits;
        sender.Threshold = (int)Math.Max(_hasLost ? (window * Beta) >> Bits : window >> 1, 2 * mss);
        _hasLost = true;
        _epoch = now;
        _plateau = TimeToPlateau(_peak / mss);
    }

    private void NoteRtt(OctetSender sender)
    {
        if (sender.Rtt.Samples < EnoughSamples) return;
        long smoothed = sender.Rtt.Microseconds;
        if (_minRtt == 0 || smoothed < _minRtt)
        {
            _minRtt = Math.Max(1000 >> 5, smoothed);
            _meanRtt = Math.Max(_meanRtt, _minRtt);
        }

        _sumOfRtts += smoothed;
        _rtts++;
    }

    // §4.2, figure 1.
    private long AtTime(long microseconds, int mss)
    {
        const long Second = 1_000_000;
        long distance = ((microseconds << Bits) - (_plateau * Second)) / Second;
        if (distance > MaxDistance) return int.MaxValue;
        if (distance < -MaxDistance) return 0;
        return Math.Max(0, (((distance * distance * distance * C) >> (4 * Bits)) * mss) + _peak);
    }

    // §4.2, figure 2: the cube root of W_max (1 - β) / C, by a parabola between powers of eight; the result in 1/256 s.
    private static long TimeToPlateau(long segments)
    {
        const int Slope = 275, Constant = 98, Bend = 120;
        long value = ((segments * OneLessBeta) << Bits) / C;
        int power = 0;
        for (; value >= 1 << Bits; power++) value >>= 3;
        return (((value * Slope) >> Bits) + Constant - (((value * value * Bend) >> Bits) >> Bits)) << power;
    }
}
