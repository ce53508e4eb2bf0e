namespace UserNet.Tcp;

/// <content>How losses are found, and where slow start ends: of connections that are made from now on.</content>
public sealed partial class TcpSettings
{
    private RecoverySettings? _tuned;      // null while all of it is the profile's

    /// <summary>net.ipv4.tcp_recovery, 1: losses are found by time; otherwise by counting, RFC 6675. RFC 8985.</summary>
    public bool Rack
    {
        get => Tuned.Rack;
        set => Tuned = Tuned with { Rack = value };
    }

    /// <summary>net.ipv4.tcp_recovery, 2: the time that a segment may be late does not grow with the duplicates that the receiver tells of.</summary>
    public bool RackWindowIsFixed
    {
        get => Tuned.RackWindowIsFixed;
        set => Tuned = Tuned with { RackWindowIsFixed = value };
    }

    /// <summary>net.ipv4.tcp_recovery, 4: however many segments overtook another, it is not lost before its time.</summary>
    public bool RackIgnoresCount
    {
        get => Tuned.RackIgnoresCount;
        set => Tuned = Tuned with { RackIgnoresCount = value };
    }

    /// <summary>net.ipv4.tcp_early_retrans: a probe goes out before the timeout does. RFC 8985 §7.</summary>
    public bool TailLossProbe
    {
        get => Tuned.TailLossProbe;
        set => Tuned = Tuned with { TailLossProbe = value };
    }

    /// <summary>net.ipv4.tcp_frto: spurious timeouts are found by the two ACKs that follow. RFC 5682.</summary>
    public bool Frto
    {
        get => Tuned.Frto;
        set => Tuned = Tuned with { Frto = value };
    }

    /// <summary>net.ipv4.tcp_thin_linear_timeouts: the first six timeouts of a stream with fewer than four segments in flight do not double.</summary>
    public bool LinearWhenThin
    {
        get => Tuned.LinearWhenThin;
        set => Tuned = Tuned with { LinearWhenThin = value };
    }

    /// <summary>net.ipv4.tcp_pacing_ss_ratio: the rate of a paced connection in slow start, percent of a window a round trip.</summary>
    public int PacingInSlowStart
    {
        get => Tuned.PacingInSlowStart;
        set => Tuned = Tuned with { PacingInSlowStart = value };
    }

    /// <summary>net.ipv4.tcp_pacing_ca_ratio: the same near the slow start threshold and beyond it.</summary>
    public int PacingInAvoidance
    {
        get => Tuned.PacingInAvoidance;
        set => Tuned = Tuned with { PacingInAvoidance = value };
    }

    /// <summary>net.ipv4.tcp_reordering: how many segments must have overtaken one that counts as lost, DupThresh. RFC 5681 §3.2.</summary>
    public int Reordering
    {
        get => Tuned.Reordering;
        set => Tuned = Tuned with { Reordering = value };
    }

    /// <summary>net.ipv4.tcp_max_reordering: above this, DupThresh does not grow when reordering is seen.</summary>
    public int MaxReordering
    {
        get => Tuned.MaxReordering;
        set => Tuned = Tuned with { MaxReordering = value };
    }

    /// <summary>What ends a slow start of CUBIC before a loss does: the parameters hystart and hystart_detect of Linux's tcp_cubic.</summary>
    public SlowStartExit SlowStartExit
    {
        get => Tuned.SlowStartExit;
        set => Tuned = Tuned with { SlowStartExit = value };
    }

    private RecoverySettings Tuned
    {
        get => _tuned ?? Profile.Recovery;
        set => (_tuned, _recovery) = (value, null);
    }
}
