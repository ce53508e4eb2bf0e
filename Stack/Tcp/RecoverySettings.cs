namespace UserNet.Tcp;

/// <summary>
/// What a TCP profile says about loss recovery and congestion control; the defaults are those of Linux.
/// </summary>
internal sealed record RecoverySettings
{
    /// <summary>How many segments may be in flight at first (IW). RFC 6928.</summary>
    public int InitialWindow { get; init; } = 10;

    /// <summary>The timeout before there is any sample. RFC 6298 §2.1.</summary>
    public TimeSpan InitialTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The least timeout, or the least variation in it: see <see cref="MinTimeoutIsOfVariation"/>.</summary>
    public TimeSpan MinTimeout { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>True when the timeout is SRTT + max(MinTimeout, 4 RTTVAR), as Linux does.</summary>
    public bool MinTimeoutIsOfVariation { get; init; } = true;

    /// <summary>What is added to each timeout (FreeBSD's rexmit_slop).</summary>
    public TimeSpan TimeoutSlop { get; init; }

    /// <summary>The greatest timeout. RFC 6298 §2.5.</summary>
    public TimeSpan MaxTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>The first timeouts of a stream with fewer than four segments in flight do not double (thin_linear_timeouts).</summary>
    public bool LinearWhenThin { get; init; }

    /// <summary>The rate of a paced connection in slow start, percent of a window a round trip (tcp_pacing_ss_ratio).</summary>
    public int PacingInSlowStart { get; init; } = 200;

    /// <summary>The same near the threshold and beyond it (tcp_pacing_ca_ratio).</summary>
    public int PacingInAvoidance { get; init; } = 120;

    /// <summary>How many segments must have overtaken one that counts as lost (DupThresh).</summary>
    public int Reordering { get; init; } = 3;

    /// <summary>Above this, DupThresh does not grow when reordering is seen.</summary>
    public int MaxReordering { get; init; } = 300;

    /// <summary>Losses are found by time; otherwise by counting, RFC 6675. RFC 8985.</summary>
    public bool Rack { get; init; } = true;

    /// <summary>The time that a segment may be late does not grow with the duplicates that the receiver tells of.</summary>
    public bool RackWindowIsFixed { get; init; }

    /// <summary>However many segments overtook another, it is not lost before its time.</summary>
    public bool RackIgnoresCount { get; init; }

    /// <summary>A probe goes out before the timeout does. RFC 8985 §7.</summary>
    public bool TailLossProbe { get; init; } = true;

    /// <summary>Spurious timeouts are found by the two ACKs that follow. RFC 5682.</summary>
    public bool Frto { get; init; } = true;

    /// <summary>What left as one burst is counted and cut anew as a whole, as Linux does, and not segment by segment.</summary>
    public bool CountsBursts { get; init; } = true;

    /// <summary>The window shrinks while nothing, or little, is sent. RFC 5681 §4.1, RFC 2861.</summary>
    public bool IdleRestart { get; init; }

    /// <summary>What ends a slow start before a loss does; of CUBIC alone.</summary>
    public SlowStartExit SlowStartExit { get; init; } = SlowStartExit.HyStart;

    /// <summary>How long the least round-trip time is remembered.</summary>
    public TimeSpan MinRttWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What a timer of loss recovery adds for delays of the hosts themselves.</summary>
    public TimeSpan TimerMargin { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>One step of the clock that the timestamps option is written from.</summary>
    public TimeSpan TimestampTick { get; init; } = TimeSpan.FromMilliseconds(1);
}
