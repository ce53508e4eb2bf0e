using UserNet.Tcp;

namespace UserNet.Drill.Machine;

/// <summary>FreeBSD's sysctls, as far as they have an effect on a machine of one interface and one peer, or none at all.</summary>
/// <remarks>tcp(4), sysctl(8).</remarks>
internal static class FreeBsdKnobs
{
    private const string Tcp = "net.inet.tcp.";

    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    /// <summary>The knobs, by name.</summary>
    public static Dictionary<string, Knob> Make()
    {
        var knobs = new Dictionary<string, Knob>();
        foreach ((string name, Knob knob) in Options()) knobs.Add(Tcp + name, knob);
        foreach ((string name, Knob knob) in Times()) knobs.Add(Tcp + name, knob);
        foreach ((string name, Knob knob) in Others()) knobs.Add(name, knob);
        foreach ((string name, string first) in IdleOnes()) knobs.Add(name, Knob.Idle(name, first));
        return knobs;
    }

    private static IEnumerable<(string, Knob)> Options() =>
    [
        ("rfc1323", Knob.Number(
            s => s.Timestamps && s.WindowScaling ? 1 : s.WindowScaling ? 2 : s.Timestamps ? 3 : 0,
            (s, v) => (s.WindowScaling, s.Timestamps) = (v is 1 or 2, v is 1 or 3), most: 3)),
        ("sack.enable", Knob.Flag(s => s.Sack, (s, v) => s.Sack = v)),
        ("ecn.enable", Knob.Choice(s => s.Ecn, (s, v) => s.Ecn = v, ("0", TcpEcnMode.Off), ("1", TcpEcnMode.Offer), ("2", TcpEcnMode.Answer),
            ("3", TcpEcnMode.OfferAccurate), ("4", TcpEcnMode.AnswerAccurate))),
        ("ecn.maxretries", Knob.Number(s => s.EcnRetries, (s, v) => s.EcnRetries = (int)v)),
        ("recvspace", Knob.Number(s => s.ReceiveBuffer.Default, (s, v) => s.ReceiveBuffer = s.ReceiveBuffer with { Default = (int)v }, least: 1)),
        ("sendspace", Knob.Number(s => s.SendBuffer.Default, (s, v) => s.SendBuffer = s.SendBuffer with { Default = (int)v }, least: 1)),
        ("recvbuf_max", Knob.Number(s => s.ReceiveBuffer.Max, (s, v) => s.ReceiveBuffer = s.ReceiveBuffer with { Max = (int)v }, least: 1)),
        ("sendbuf_max", Knob.Number(s => s.SendBuffer.Max, (s, v) => s.SendBuffer = s.SendBuffer with { Max = (int)v }, least: 1)),
        ("recvbuf_auto", Knob.Flag(s => s.TunesReceiveBuffer, (s, v) => s.TunesReceiveBuffer = v)),
        ("insecure_rst", Knob.Flag(s => s.TrustsResetsInWindow, (s, v) => s.TrustsResetsInWindow = v)),
        ("insecure_syn", Knob.Flag(s => s.TrustsSynsInWindow, (s, v) => s.TrustsSynsInWindow = v)),
        ("insecure_ack", Knob.Flag(s => s.TrustsOldAcks, (s, v) => s.TrustsOldAcks = v)),
        ("ack_war_cnt", Knob.Number(s => s.ChallengesPerPeriod, (s, v) => s.ChallengesPerPeriod = (int)v)),
        ("syncache.rexmtlimit", Knob.Number(s => s.SynAckRetries, (s, v) => s.SynAckRetries = (int)v, most: 255)),
        ("syncache.rst_on_sock_fail", Knob.Flag(s => s.AbortsOnOverflow, (s, v) => s.AbortsOnOverflow = v)),
        ("udp_tunneling_overhead", Knob.Number(s => s.UdpTunnelingOverhead, (s, v) => s.UdpTunnelingOverhead = (int)v, least: 8, most: 1024)),
        ("drop_synfin", Knob.Flag(s => s.DropsSynFin, (s, v) => s.DropsSynFin = v)),
        ("syncookies", Knob.Flag(s => s.SynCookies, (s, v) => s.SynCookies = v)),
        ("syncookies_only", Knob.Flag(s => s.SynCookiesOnly, (s, v) => s.SynCookiesOnly = v)),
        ("udp_tunneling_port", Knob.Number(s => s.UdpTunnelingPort, (s, v) => s.UdpTunnelingPort = (ushort)v, most: ushort.MaxValue)),
        ("blackhole", Knob.Number(s => s.BlackHole, (s, v) => s.BlackHole = (int)v, most: 3)),
        ("icmp_may_rst", Knob.Flag(s => s.IcmpMayReset, (s, v) => s.IcmpMayReset = v)),
        ("rexmit_drop_options", Knob.Flag(s => s.DropsOptionsOfLateSyns, (s, v) => s.DropsOptionsOfLateSyns = v)),
        ("tolerate_missing_ts", Knob.Flag(s => s.ToleratesMissingTimestamps, (s, v) => s.ToleratesMissingTimestamps = v)),
        ("cc.algorithm", Knob.Choice(s => s.Congestion, (s, v) => s.Congestion = v, ("cubic", CongestionAlgorithm.Cubic), ("newreno", CongestionAlgorithm.NewReno))),
        ("functions_default", Knob.Fixed("freebsd")),
        ("hostcache.purgenow", Knob.Trigger(static machine => machine.Stack.ForgetPeers())),
        ("hostcache.purge", Knob.Trigger(static machine => machine.Stack.ForgetPeers())),
        ("fastopen.client_enable", FastOpen(TcpFastOpenModes.Client)),
        ("fastopen.server_enable", FastOpen(TcpFastOpenModes.Server)),
        ("initcwnd_segments", Knob.Number(s => s.InitialWindow, (s, v) => s.InitialWindow = (int)v)),
        ("minmss", Knob.Number(s => s.MinSendMss, (s, v) => s.MinSendMss = (int)v)),
        ("mssdflt", Knob.Number(s => s.DefaultMss, (s, v) => s.DefaultMss = (int)v, least: 64, most: ushort.MaxValue)),
        ("v6mssdflt", Knob.Number(s => s.DefaultMssV6, (s, v) => s.DefaultMssV6 = (int)v, least: 64, most: ushort.MaxValue)),
        ("path_mtu_discovery", Knob.Flag(s => s.FindsPathMtu, (s, v) => s.FindsPathMtu = v)),
        ("pmtud_blackhole_detection", Knob.Number(s => s.BlackHoleDetection, (s, v) => s.BlackHoleDetection = (int)v)),
        ("pmtud_blackhole_mss", Knob.Number(s => s.BlackHoleMss, (s, v) => s.BlackHoleMss = (int)v, least: 64, most: ushort.MaxValue)),
        ("v6pmtud_blackhole_mss", Knob.Number(s => s.BlackHoleMssV6, (s, v) => s.BlackHoleMssV6 = (int)v, least: 64, most: ushort.MaxValue)),
        ("rfc3042", Knob.Flag(s => s.LimitedTransmit, (s, v) => s.LimitedTransmit = v)),
        ("rfc3390", Knob.Flag(s => s.LargerFirstWindow, (s, v) => s.LargerFirstWindow = v)),
        ("rfc3465", Knob.Flag(s => s.CountsOctets, (s, v) => s.CountsOctets = v)),
        ("abc_l_var", Knob.Number(s => s.OctetLimit, (s, v) => s.OctetLimit = (int)v, least: 1, most: 1000)),
        ("rfc6675_pipe", Knob.Flag(s => s.RevisedSack, (s, v) => s.RevisedSack = v)),
        ("sack.revised", Knob.Flag(s => s.RevisedSack, (s, v) => s.RevisedSack = v)),
        ("sack.lrd", Knob.Flag(s => s.DetectsLostRetransmissions, (s, v) => s.DetectsLostRetransmissions = v)),
        ("do_prr", Knob.Flag(s => s.ProportionalReduction, (s, v) => s.ProportionalReduction = v)),
        ("cc.newreno.beta", Knob.Number(s => s.NewRenoBeta, (s, v) => s.NewRenoBeta = (int)v, least: 1, most: 100)),
        ("cc.newreno.beta_ecn", Knob.Number(s => s.NewRenoBetaEcn, (s, v) => s.NewRenoBetaEcn = (int)v, least: 1, most: 100)),
        ("cc.abe", Knob.Flag(s => s.AlternativeBackoff, (s, v) => s.AlternativeBackoff = v)),
        ("sendbuf_auto", Knob.Flag(s => s.TunesSendBuffer, (s, v) => s.TunesSendBuffer = v)),
        ("sendbuf_inc", Knob.Number(s => s.SendBufferStep, (s, v) => s.SendBufferStep = (int)v)),
        ("retries", Knob.Number(s => s.Retries, (s, v) => s.Retries = s.SynRetries = (int)v, least: 1, most: 12)),
        ("delayed_ack", Knob.Flag(s => s.DelaysAcks, (s, v) => s.DelaysAcks = v)),
        ("always_keepalive", Knob.Flag(s => s.AlwaysKeepsAlive, (s, v) => s.AlwaysKeepsAlive = v)),
        ("nolocaltimewait", Knob.Fixed("0")),
    ];

    private static IEnumerable<(string, Knob)> Times() =>
    [
        ("rexmit_initial", Knob.Time(s => s.InitialTimeout, (s, v) => s.InitialTimeout = v, Millisecond, least: 1)),
        ("rexmit_slop", Knob.Time(s => s.TimeoutSlop, (s, v) => s.TimeoutSlop = v, Millisecond)),
        ("rexmit_min", Knob.Time(s => s.MinTimeout, (s, v) => s.MinTimeout = v, Millisecond, least: 1)),
        ("delacktime", Knob.Time(s => s.DelayedAckTime, (s, v) => s.DelayedAckTime = v, Millisecond, least: 1)),
        ("keepinit", Knob.Time(s => s.SynTimeLimit ?? TimeSpan.Zero, (s, v) => s.SynTimeLimit = v, Millisecond, least: 1)),
        ("keepidle", Knob.Time(s => s.KeepAliveIdle, (s, v) => s.KeepAliveIdle = v, Millisecond, least: 1)),
        ("keepintvl", Knob.Time(s => s.KeepAliveInterval, (s, v) => s.KeepAliveInterval = v, Millisecond, least: 1)),
        ("keepcnt", Knob.Number(s => s.KeepAliveCount, (s, v) => s.KeepAliveCount = (int)v, least: 1, most: 255)),
        ("msl", Knob.Time(s => s.TimeWait / 2, (s, v) => s.TimeWait = 2 * v, Millisecond, least: 1)),
        ("finwait2_timeout", Knob.Time(s => s.FinTimeout, (s, v) => s.FinTimeout = v, Millisecond, least: 1)),
        ("fast_finwait2_recycle", Knob.Flag(s => s.FastFinWait2, (s, v) => s.FastFinWait2 = v)),
        ("fastopen.path_disable_time", Knob.Time(s => s.FastOpenRest, (s, v) => s.FastOpenRest = v, TimeSpan.FromSeconds(1))),
        ("ack_war_timewindow", Knob.Time(s => s.ChallengePeriod, (s, v) => s.ChallengePeriod = v, Millisecond)),
        ("maxunacktime", Knob.Time(s => s.UserTimeout, (s, v) => s.UserTimeout = v, Millisecond)),
        ("persmin", Knob.Time(s => s.PersistMin, (s, v) => s.PersistMin = v, Millisecond, least: 1)),
        ("persmax", Knob.Time(s => s.PersistMax, (s, v) => s.PersistMax = v, Millisecond, least: 1)),
    ];

    private static IEnumerable<(string, Knob)> Others() =>
    [
        ("kern.ipc.maxsockbuf", Knob.Number(s => s.MaxReceiveBuffer, (s, v) => s.MaxReceiveBuffer = s.MaxSendBuffer = (int)Math.Min(v, int.MaxValue), least: 1, most: uint.MaxValue)),
        ("kern.ipc.somaxconn", Knob.Number(s => s.MaxBacklog, (s, v) => s.MaxBacklog = (int)v)),
        ("kern.ipc.soacceptqueue", Knob.Number(s => s.MaxBacklog, (s, v) => s.MaxBacklog = (int)v)),
    ];

    /// <summary>What no script of one connection or a few over one device can see.</summary>
    private static IEnumerable<(string, string)> IdleOnes() =>
    [
        (Tcp + "tso", "1"), (Tcp + "log_debug", "0"), (Tcp + "log_in_vain", "0"), (Tcp + "per_cpu_timers", "0"),
        (Tcp + "hostcache.enable", "1"), (Tcp + "hostcache.expire", "3600"), (Tcp + "hostcache.prune", "300"), (Tcp + "maxtcptw", "27767"),
        (Tcp + "isn_reseed_interval", "0"), (Tcp + "ts_offset_per_conn", "1"), (Tcp + "icmp_limit", "0"),
        ("net.inet.icmp.icmplim", "200"), ("net.inet6.icmp6.errppslimit", "100"), ("net.inet.icmp.icmplim_jitter", "16"),
        ("net.inet6.ip6.dad_count", "1"), ("net.inet.ip.portrange.randomized", "1"), ("kern.timecounter.alloweddeviation", "5"),
        (Tcp + "recvbuf_inc", "16384"), (Tcp + "sack.maxholes", "128"), (Tcp + "sack.globalmaxholes", "65536"),
        (Tcp + "reass.maxsegments", "100000"), (Tcp + "reass.maxqueuelen", "100"), (Tcp + "reass.new_limit", "0"), (Tcp + "do_tcpdrain", "1"),
        (Tcp + "fastopen.ccache_bucket_limit", "16"), (Tcp + "fastopen.ccache_buckets", "2048"), (Tcp + "fastopen.acceptany", "0"),
        (Tcp + "fastopen.autokey", "120"), (Tcp + "hostcache.cachelimit", "15360"), (Tcp + "hostcache.bucketlimit", "30"), (Tcp + "syncache.see_other", "0"),
        (Tcp + "functions_inherit_listen_socket_stack", "1"), (Tcp + "syncache.count", "0"),
        (Tcp + "soreceive_stream", "0"), (Tcp + "disable_bblogging", "1"), (Tcp + "bb.log_auto_mode", "0"),
    ];

    private static Knob FastOpen(TcpFastOpenModes mode) =>
        Knob.Flag(s => (s.FastOpen & mode) != 0, (s, v) => s.FastOpen = v ? s.FastOpen | mode : s.FastOpen & ~mode);
}
