namespace UserNet.Tcp;

/// <summary>When the size of segments is found out by trying: net.ipv4.tcp_mtu_probing. RFC 4821.</summary>
public enum TcpMtuProbing : byte
{
    /// <summary>Never: routers tell. RFC 1191.</summary>
    Off,
    /// <summary>Where a path swallows large segments, smaller ones are sent, and later larger ones are tried.</summary>
    AfterBlackHole,
    /// <summary>From the beginning segments are small, and larger ones are tried.</summary>
    Always,
}

/// <content>What concerns the sender.</content>
public sealed partial class TcpSettings
{
    private RecoverySettings? _recovery;

    /// <summary>net.ipv4.tcp_congestion_control: of sockets that have not chosen by TCP_CONGESTION.</summary>
    public CongestionAlgorithm Congestion { get; set; }

    /// <summary>net.ipv4.tcp_mtu_probing.</summary>
    public TcpMtuProbing MtuProbing { get; set; }

    /// <summary>net.ipv4.tcp_base_mss: the size of segments that a black hole is first met with, octets. RFC 4821 §7.2.</summary>
    public int BaseMss { get; set; } = 1024;

    /// <summary>net.ipv4.tcp_mtu_probe_floor: smaller than that segments do not get in a black hole, octets.</summary>
    public int MtuProbeFloor { get; set; } = 48;

    /// <summary>net.ipv4.tcp_probe_threshold: a search is over that has come so near to what it looks for, octets.</summary>
    public int MtuProbeThreshold { get; set; } = 8;

    /// <summary>net.ipv4.tcp_probe_interval: how long a size found by trying is kept before a larger one is tried again.</summary>
    public TimeSpan MtuProbeInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// net.ipv4.tcp_tso_win_divisor: a burst waits for more room while less than this part of the window is open; 0 for as
    /// long as fewer than three segments fit.
    /// </summary>
    public int BurstWindowDivisor { get; set; } = 3;

    /// <summary>net.ipv4.tcp_min_tso_segs: so many segments leave as one burst even on a slow path.</summary>
    public int MinBurst { get; set; } = 2;

    /// <summary>What loss recovery is to know; the same object until a setting changes that it holds.</summary>
    internal RecoverySettings Recovery
    {
        get
        {
            RecoverySettings? known = _recovery;
            if (known is not null && known.MinTimeout == MinTimeout && known.MaxTimeout == MaxTimeout
                && known.IdleRestart == SlowStartAfterIdle && known.InitialWindow == InitialWindow
                && known.InitialTimeout == InitialTimeout && known.TimeoutSlop == TimeoutSlop) return known;
            return _recovery = Tuned with
            {
                MinTimeout = MinTimeout,
                MaxTimeout = MaxTimeout,
                IdleRestart = SlowStartAfterIdle,
                InitialWindow = InitialWindow,
                InitialTimeout = InitialTimeout,
                TimeoutSlop = TimeoutSlop,
            };
        }
    }
}
