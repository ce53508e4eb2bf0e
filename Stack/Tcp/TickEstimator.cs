using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>The round-trip time and the timeout drawn from it as FreeBSD takes them: whole milliseconds, with a few binary digits behind the point. RFC 6298.</summary>
internal struct TickEstimator
{
    private const int SmoothedBits = 5, VariationBits = 4, DeltaBits = 2;
    private const int Trusted = 3;      // TCP_RTT_INVALIDATE: after more timeouts the next sample begins anew

    private int _smoothed;              // 32 SRTT; 0 before the first sample
    private int _variation;             // 16 RTTVAR

    /// <summary>Begins without a sample.</summary>
    /// <param name="settings">What the administrator has set.</param>
    public TickEstimator(TcpSettings settings)
    {
        int initial = (int)settings.InitialTimeout.TotalMilliseconds;
        Least = (int)settings.MinTimeout.TotalMilliseconds;
        _variation = (initial << VariationBits) / 4;
        Timeout = initial;
    }

    /// <summary>The least that is taken for the sum of round trip and variation, milliseconds (t_rttmin).</summary>
    public int Least { get; }

    /// <summary>The timeout of what is sent now, milliseconds; backed off where it expired (t_rxtcur).</summary>
    public int Timeout { get; private set; }

    /// <summary>How many samples there were; counts no further than 255.</summary>
    public int Samples { get; private set; }

    /// <summary>True once there was a sample.</summary>
    public readonly bool HasSample => _smoothed != 0;

    /// <summary>SRTT.</summary>
    public readonly TimeSpan Smoothed => new(_smoothed * TimeSpan.TicksPerMillisecond >> SmoothedBits);

    /// <summary>RTTVAR.</summary>
    public readonly TimeSpan Variation => new(_variation * TimeSpan.TicksPerMillisecond >> VariationBits);

    /// <summary>SRTT, microseconds.</summary>
    public readonly long Microseconds => (_smoothed * 1000L) >> SmoothedBits;

    /// <summary>Half of the round trip, milliseconds.</summary>
    public readonly int Half => _smoothed >> (SmoothedBits + 1);

    /// <summary>What the timeout is without backing off and slop, milliseconds (TCP_REXMTVAL).</summary>
    public readonly int Base => Math.Max(Least, ((_smoothed >> (SmoothedBits - DeltaBits)) + _variation) >> DeltaBits);

    /// <summary>What the wait for a closed window is drawn from, milliseconds: about twice the timeout.</summary>
    public readonly int PersistBase => ((_smoothed >> 2) + _variation) >> 1;

    /// <summary>Takes a sample.</summary>
    /// <param name="milliseconds">The round trip.</param>
    /// <param name="backoff">How often the timeout expired since the last one.</param>
    /// <param name="settings">What the administrator has set.</param>
    public void Sample(int milliseconds, int backoff, TcpSettings settings)
    {
        if (Samples < byte.MaxValue) Samples++;
        if (HasSample && backoff <= Trusted)
        {
            int delta = ((milliseconds - 1) << DeltaBits) - (_smoothed >> (SmoothedBits - DeltaBits));
            _smoothed = Math.Max(1, _smoothed + delta);
            _variation = Math.Max(1, _variation + Math.Abs(delta) - (_variation >> (VariationBits - DeltaBits)));
        }
        else
        {
            _smoothed = milliseconds << SmoothedBits;
            _variation = milliseconds << (VariationBits - 1);
        }

        Timeout = WithSlop(Base, settings, Math.Max(Least, milliseconds + 2));
    }

    /// <summary>The timeout expired.</summary>
    /// <param name="backoff">How often it did in a row.</param>
    /// <param name="settings">What the administrator has set.</param>
    public void BackOff(int backoff, TcpSettings settings) => Timeout = WithSlop((long)Base * Factor(backoff), settings, Least);

    /// <summary>The handshake took several tries, and gave no sample: data waits as long as its last try did.</summary>
    public void BackOffOpening(int backoff, TcpSettings settings) =>
        Timeout = WithSlop((long)settings.InitialTimeout.TotalMilliseconds * Factor(backoff), settings, Least);

    /// <summary>1, 2, 4 and so on, up to 512.</summary>
    public static int Factor(int backoff) => 1 << Math.Min(backoff, 9);

    private static int WithSlop(long milliseconds, TcpSettings settings, int least) =>
        (int)Math.Clamp(milliseconds + (long)settings.TimeoutSlop.TotalMilliseconds, least, Math.Max(least, (long)settings.MaxTimeout.TotalMilliseconds));
}
