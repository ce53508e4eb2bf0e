namespace UserNet.Tcp;

/// <content>How losses are found, and where slow start ends: of connections that are made from now on.</content>
public sealed partial class TcpSettings
{
    private RecoverySettings? _tuned;      // null while all of it is the profile's

    /// <summary>net.ipv4.tcp_recovery: losses are found by time; otherwise by counting, RFC 6675. RFC 8985.</summary>
    public bool Rack
    {
        get => Tuned.Rack;
        set => Tuned = Tuned with { Rack = value };
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
