namespace UserNet.Tcp;

/// <summary>Smoothed round-trip time and the timeout drawn from it. RFC 6298.</summary>
/// <remarks>
/// The variation is taken as Linux takes it: it grows at once with the largest mean deviation of a round, and shrinks
/// by
/// a quarter a round, so that many samples in one round trip do not wash it out.
/// </remarks>
internal struct RttEstimator(RecoverySettings settings)
{
    /// <summary>Its limits.</summary>
    public RecoverySettings Settings = settings;
    private long _smoothed8;      // 8 SRTT, ticks; 0 before the first sample
    private long _deviation4;     // 4 mean deviations, ticks
    private long _largest4;       // the largest of this round
    private long _variation4;     // 4 RTTVAR
    private bool _fellBack;       // to a longer first timeout

    /// <summary>True once there was a sample.</summary>
    public readonly bool HasSample => _smoothed8 != 0;

    /// <summary>SRTT; zero before the first sample.</summary>
    public readonly TimeSpan Smoothed => new(_smoothed8 >> 3);

    /// <summary>RTTVAR, as Linux counts it, its least value included.</summary>
    public readonly TimeSpan Variation => new(_variation4 >> 2);

    /// <summary>The mean deviation, which <see cref="Variation"/> is the largest of for a while; zero before the first sample.</summary>
    public readonly TimeSpan Deviation => new(_deviation4 >> 2);

    /// <summary>RTO, backed off where it expired.</summary>
    public TimeSpan Timeout { get; private set; } = settings.InitialTimeout;

    /// <summary>How often the timeout was doubled since the last sample.</summary>
    public int Backoff { get; private set; }

    private readonly long Floor => Settings.MinTimeoutIsOfVariation ? Settings.MinTimeout.Ticks : 0;

    /// <summary>Takes a sample; never one of a segment that was sent twice (Karn, §3).</summary>
    /// <param name="rtt">The time between a segment and its acknowledgment.</param>
    /// <param name="endsRound">Data that was sent after the last round began is acknowledged.</param>
    public void Sample(TimeSpan rtt, bool endsRound = false)
    {
        long ticks = Math.Max(1, rtt.Ticks);
        if (HasSample) Smooth(ticks, endsRound);
        else Begin(ticks);

        Backoff = 0;
        Timeout = Clamp(Base);
    }

    /// <summary>The handshake gave no sample, since its SYN went more than once: data waits for longer. §5.7.</summary>
    public void FallBack()
    {
        if (HasSample) return;
        _fellBack = true;
        Timeout = Clamp(Base);
    }

    /// <summary>Doubles the timeout after it expired. §5.5.</summary>
    public void BackOff()
    {
        Backoff++;
        Timeout = Clamp(BackedOff);
    }

    /// <summary>The last doubling was for nothing.</summary>
    public void TakeBackoffBack()
    {
        if (Backoff == 0) return;
        Backoff--;
        Timeout = Clamp(BackedOff);
    }

    /// <summary>The timeout expired and is not to double: it is what the samples say. Linux's thin streams.</summary>
    public void Renew()
    {
        Backoff = 0;
        Timeout = Clamp(Base);
    }

    /// <summary>The handshake gave no sample: data waits as long as the next SYN would have. FreeBSD.</summary>
    public void KeepBackoff(int retries)
    {
        if (HasSample || retries == 0) return;
        Backoff = retries;
        Timeout = Clamp(BackedOff);
    }

    // The timeout, not backed off, without slop.
    private readonly long Base => HasSample ? Math.Max((_smoothed8 >> 3) + _variation4, Settings.MinTimeout.Ticks)
        : _fellBack ? TimeSpan.TicksPerSecond * 3 : Settings.InitialTimeout.Ticks;

    private readonly long BackedOff
    {
        get
        {
            long wait = Base, most = Settings.MaxTimeout.Ticks;
            for (int i = 0; i < Backoff && wait < most; i++) wait *= 2;
            return wait;
        }
    }

    private void Begin(long ticks)
    {
        _smoothed8 = ticks << 3;
        _deviation4 = ticks << 1;      // RTTVAR = R / 2
        _variation4 = _largest4 = Math.Max(_deviation4, Floor);
    }

    private void Smooth(long ticks, bool endsRound)
    {
        long error = ticks - (_smoothed8 >> 3);
        _smoothed8 = Math.Max(1, _smoothed8 + error);
        if (!Settings.MinTimeoutIsOfVariation)
        {
            _deviation4 += Math.Abs(error) - (_deviation4 >> 2);      // RFC 6298 §2.3
            _variation4 = _deviation4;
            return;
        }

        _deviation4 += DeviationChange(error);
        if (_deviation4 > _largest4)
        {
            _largest4 = _deviation4;
            _variation4 = Math.Max(_variation4, _largest4);
        }

        if (!endsRound) return;
        if (_largest4 < _variation4) _variation4 -= (_variation4 - _largest4) >> 2;
        _largest4 = Floor;
    }

    // A round-trip time that falls is no reason for a longer timeout: then the deviation grows eight times more slowly.
    private readonly long DeviationChange(long error)
    {
        long change = Math.Abs(error) - (_deviation4 >> 2);
        return error < 0 && change > 0 ? change >> 3 : change;
    }

    private readonly TimeSpan Clamp(long ticks)
    {
        long least = Settings.MinTimeout.Ticks;
        return new TimeSpan(Math.Clamp(ticks + Settings.TimeoutSlop.Ticks, least, Math.Max(least, Settings.MaxTimeout.Ticks)));
    }
}
