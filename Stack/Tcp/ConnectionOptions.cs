using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>What a socket's owner has set for its connections. Shared by all that have the same; a child has its listener's.</summary>
internal sealed record ConnectionOptions
{
    public static ConnectionOptions Default { get; } = new();

    /// <summary>TCP_NODELAY: small segments are not held back. RFC 9293 §3.7.4.</summary>
    public bool NoDelay { get; init; }

    /// <summary>TCP_CORK: only full segments leave, for 200 ms at most.</summary>
    public bool Cork { get; init; }

    /// <summary>SO_KEEPALIVE. RFC 9293 §3.8.4.</summary>
    public bool KeepAlive { get; init; }

    /// <summary>TCP_KEEPIDLE, null for the settings'.</summary>
    public TimeSpan? KeepAliveIdle { get; init; }

    /// <summary>TCP_KEEPINTVL, null for the settings'.</summary>
    public TimeSpan? KeepAliveInterval { get; init; }

    /// <summary>TCP_KEEPCNT, null for the settings'.</summary>
    public int? KeepAliveCount { get; init; }

    /// <summary>TCP_USER_TIMEOUT: zero for the settings' limits. RFC 5482.</summary>
    public TimeSpan UserTimeout { get; init; }

    /// <summary>SO_LINGER: how long close waits, or resets when zero; null for off.</summary>
    public TimeSpan? Linger { get; init; }

    /// <summary>TCP_LINGER2: how long an orphan stays in FIN-WAIT-2, null for the settings'; negative: not at all.</summary>
    public TimeSpan? FinWait2 { get; init; }

    /// <summary>SO_RCVBUF as the system counts it (twice what was asked for on Linux); null: tuned by itself.</summary>
    public int? ReceiveBuffer { get; init; }

    /// <summary>SO_SNDBUF as the system counts it; null: tuned by itself.</summary>
    public int? SendBuffer { get; init; }

    /// <summary>TCP_MAXSEG, 0 for what the path allows.</summary>
    public int MaxSegment { get; init; }

    /// <summary>TCP_WINDOW_CLAMP, 0 for none.</summary>
    public int WindowClamp { get; init; }

    /// <summary>FreeBSD's TCP_KEEPINIT: how long a connect may take, null for the settings'.</summary>
    public TimeSpan? SynTimeLimit { get; init; }

    /// <summary>FreeBSD's TCP_NOOPT: segments have no options, and the peer's count for nothing but its MSS.</summary>
    public bool NoOptions { get; init; }

    /// <summary>FreeBSD's TCP_REMOTE_UDP_ENCAPS_PORT: segments travel in datagrams to this port of the peer; 0 for none.</summary>
    public ushort UdpPort { get; init; }

    /// <summary>TCP_MD5SIG: what segments are signed by; null for nothing. RFC 2385.</summary>
    public SignatureKeys? Signatures { get; init; }

    /// <summary>TCP_SYNCNT, null for the settings'.</summary>
    public int? SynRetries { get; init; }

    /// <summary>TCP_DEFER_ACCEPT: the listener hands over connections that have data only.</summary>
    public TimeSpan DeferAccept { get; init; }

    /// <summary>TCP_SAVE_SYN: a listener keeps the headers of its callers' SYNs: 1 of IP and TCP, 2 of the link too; 0 for none.</summary>
    public byte SavesSyn { get; init; }

    /// <summary>SO_OOBINLINE: the urgent octet stays in the stream.</summary>
    public bool UrgentInline { get; init; }

    /// <summary>SO_RCVLOWAT: how many octets a reader waits for.</summary>
    public int ReceiveLowWater { get; init; } = 1;

    /// <summary>TCP_NOTSENT_LOWAT; null for the settings'.</summary>
    public int? NotSentLowWater { get; init; }

    /// <summary>TCP_FASTOPEN: how many Fast Open connections may wait unaccepted; 0: off. RFC 7413.</summary>
    public int FastOpenQueue { get; init; }

    /// <summary>TCP_FASTOPEN_CONNECT: connect waits for the first octets to go with the SYN.</summary>
    public bool FastOpenConnect { get; init; }

    /// <summary>TCP_FASTOPEN_NO_COOKIE: data goes, and is taken, without a cookie.</summary>
    public bool FastOpenNoCookie { get; init; }

    /// <summary>TCP_FASTOPEN_KEY: what a listener makes its cookies with; null for the stack's.</summary>
    public FastOpenCookies? FastOpenCookies { get; init; }

    /// <summary>TCP_CONGESTION; null for the settings'.</summary>
    public CongestionAlgorithm? Congestion { get; init; }

    /// <summary>IP_MTU_DISCOVER, IPV6_MTU_DISCOVER by Linux's numbers: with 0 and 5 IPv4's packets may be cut up on their way; 1, as at first, and the others keep them whole.</summary>
    public byte Discovery { get; init; } = 1;

    /// <summary>The same of an IPv6 socket's IPv6 packets.</summary>
    public byte DiscoveryV6 { get; init; } = 1;

    /// <summary>SO_MAX_PACING_RATE: octets a second; all bits set for no limit.</summary>
    public ulong MaxPacingRate { get; init; } = ulong.MaxValue;

    /// <summary>TCP_RTO_MAX_MS; null for the settings'.</summary>
    public TimeSpan? LongestTimeout { get; init; }

    /// <summary>TCP_RTO_MIN_US; null for the settings'.</summary>
    public TimeSpan? ShortestTimeout { get; init; }

    /// <summary>TCP_THIN_LINEAR_TIMEOUTS: the first timeouts of a stream with little in flight do not double.</summary>
    public bool LinearWhenThin { get; init; }

    /// <summary>TCP_DELACK_MAX_US; null for the profile's.</summary>
    public TimeSpan? LongestAckDelay { get; init; }

    /// <summary>IP_RECVERR, IPV6_RECVERR: an ICMP error is told at once, and not only when the connection times out.</summary>
    public bool ReportsErrors { get; init; }

    /// <summary>IP_TOS / IPV6_TCLASS without the ECN bits.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>IP_TTL / IPV6_UNICAST_HOPS; null for the host's.</summary>
    public byte? TimeToLive { get; init; }

    /// <summary>IPV6_AUTOFLOWLABEL is off: packets carry the flow label 0.</summary>
    public bool SendsNoFlowLabel { get; init; }

    /// <summary>IP_MINTTL: what comes over IPv4 with a smaller time to live is dropped; 0 for none. RFC 5082.</summary>
    public byte MinTimeToLive { get; init; }

    /// <summary>IPV6_MINHOPCOUNT: the same of packets of IPv6.</summary>
    public byte MinHopLimit { get; init; }
}
