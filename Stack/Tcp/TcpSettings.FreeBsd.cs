namespace UserNet.Tcp;

/// <content>What FreeBSD's administrator can set and Linux's cannot: net.inet.tcp.</content>
public sealed partial class TcpSettings
{
    /// <summary>net.inet.tcp.rexmit_initial: the first timeout, before any round trip was measured. RFC 6298 §2.1.</summary>
    public TimeSpan InitialTimeout { get; set; }

    /// <summary>
    /// net.inet.tcp.rexmit_slop: what is added to each timeout, and to the waits of a SYN that was sent again: time that the peer's
    /// delayed answer may take.
    /// </summary>
    public TimeSpan TimeoutSlop { get; set; }

    /// <summary>net.inet.tcp.initcwnd_segments: full segments that may be sent before anything is acknowledged. RFC 6928.</summary>
    public int InitialWindow { get; set; }

    /// <summary>net.inet.tcp.rexmit_drop_options: from the third time on that a SYN is sent again, it says its MSS and no more.</summary>
    public bool DropsOptionsOfLateSyns { get; set; }

    /// <summary>net.inet.tcp.delacktime: how long an acknowledgment waits for a second segment. RFC 9293 §3.8.6.3. Of FreeBSD's rules.</summary>
    public TimeSpan DelayedAckTime { get; set; } = TimeSpan.FromMilliseconds(40);

    /// <summary>net.inet.tcp.delayed_ack: acknowledgments wait at all. Of FreeBSD's rules.</summary>
    public bool DelaysAcks { get; set; } = true;

    /// <summary>net.inet.tcp.ecn.maxretries: how often a SYN or SYN-ACK is sent again that still speaks of ECN. Of FreeBSD's rules.</summary>
    public int EcnRetries { get; set; } = 1;

    /// <summary>net.inet.tcp.insecure_syn: any SYN in the window ends the connection, as in RFC 793. Of FreeBSD's rules.</summary>
    public bool TrustsSynsInWindow { get; set; }

    /// <summary>net.inet.tcp.insecure_ack: an acknowledgment may be as old as it likes, RFC 5961 §5 or not. Of FreeBSD's rules.</summary>
    public bool TrustsOldAcks { get; set; }

    /// <summary>
    /// net.inet.tcp.blackhole: a closed port answers no SYN (1), or nothing at all (2); no port answers with a reset (3). 0 for answers.
    /// </summary>
    public int BlackHole { get; set; }

    /// <summary>net.inet.tcp.icmp_may_rst: some ICMP errors end a connect. RFC 5461. Of FreeBSD's rules.</summary>
    public bool IcmpMayReset { get; set; } = true;

    /// <summary>net.inet.tcp.syncookies_only, net.ipv4.tcp_syncookies=2: listeners keep nothing of a SYN. RFC 4987 §3.6.</summary>
    public bool SynCookiesOnly { get; set; }

    /// <summary>net.inet.tcp.tolerate_missing_ts: a segment without the timestamps that were agreed on is taken. RFC 7323 §3.2. Of FreeBSD's rules.</summary>
    public bool ToleratesMissingTimestamps { get; set; }

    /// <summary>net.inet.tcp.always_keepalive: silent peers are probed whatever SO_KEEPALIVE says.</summary>
    public bool AlwaysKeepsAlive { get; set; }

    /// <summary>
    /// net.inet.tcp.fast_finwait2_recycle: a connection that nobody has open waits in FIN-WAIT-2 for <see cref="FinTimeout"/>; otherwise for
    /// as long as keep-alive probes would go on. Of FreeBSD's rules.
    /// </summary>
    public bool FastFinWait2 { get; set; }

    /// <summary>net.inet.tcp.ack_war_cnt: how many challenge ACKs a connection sends in <see cref="ChallengePeriod"/>; 0 for no limit. Of FreeBSD's rules.</summary>
    public int ChallengesPerPeriod { get; set; } = 5;

    /// <summary>net.inet.tcp.ack_war_timewindow; zero for no limit. Of FreeBSD's rules.</summary>
    public TimeSpan ChallengePeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>net.inet.tcp.persmin: the shortest wait between two probes of a closed window. RFC 9293 §3.8.6.1. Of FreeBSD's rules.</summary>
    public TimeSpan PersistMin { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>net.inet.tcp.persmax: the longest such wait. Of FreeBSD's rules.</summary>
    public TimeSpan PersistMax { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>net.inet.tcp.fastopen.path_disable_time: for how long SYNs to a peer are plain after a Fast Open that failed. Of FreeBSD's rules.</summary>
    public TimeSpan FastOpenRest { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>net.inet.tcp.udp_tunneling_port: datagrams to this port hold segments; 0 for none.</summary>
    public ushort UdpTunnelingPort { get; set; }

    /// <summary>net.inet.tcp.udp_tunneling_overhead: by how much segments in datagrams are shorter, octets.</summary>
    public int UdpTunnelingOverhead { get; set; } = 8;

    /// <summary>The host follows FreeBSD's rules.</summary>
    internal bool IsFreeBsd => Profile.Rules == TcpSegmentRules.FreeBsd;
}
