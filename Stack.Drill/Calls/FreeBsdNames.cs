namespace UserNet.Drill.Calls;

/// <summary>
/// The names that FreeBSD's headers have for numbers. Where Linux has the same thing, the value is Linux's, by which machines go; else it is
/// one of <see cref="FreeBsdOptions"/>.
/// </summary>
internal static class FreeBsdNames
{
    /// <summary>O_NONBLOCK, O_APPEND and O_ASYNC as FreeBSD's F_GETFL tells them, since scripts write these as bare numbers.</summary>
    public const int NonBlock = 0x4, Append = 0x8, Async = 0x40;

    // What both systems have and call the same.
    private static readonly string[] Shared =
    [
        "AF_UNSPEC", "AF_UNIX", "AF_LOCAL", "AF_INET", "AF_INET6", "PF_UNSPEC", "PF_UNIX", "PF_LOCAL", "PF_INET", "PF_INET6",
        "SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET", "SOCK_NONBLOCK", "SOCK_CLOEXEC", "INADDR_ANY", "INADDR_LOOPBACK",
        "IPPROTO_IP", "IPPROTO_ICMP", "IPPROTO_TCP", "IPPROTO_UDP", "IPPROTO_IPV6", "IPPROTO_ICMPV6", "IPPROTO_SCTP", "IPPROTO_UDPLITE", "IPPROTO_RAW",
        "SOL_SOCKET", "SOL_IP", "SOL_TCP", "SOL_UDP", "SOL_IPV6", "MSG_OOB", "MSG_PEEK", "MSG_DONTROUTE", "MSG_CTRUNC", "MSG_TRUNC", "MSG_DONTWAIT", "MSG_EOR", "MSG_WAITALL", "MSG_NOSIGNAL",
        "MSG_WAITFORONE", "MSG_CMSG_CLOEXEC", "SHUT_RD", "SHUT_WR", "SHUT_RDWR", "SCM_RIGHTS", "SCM_TIMESTAMP", "FIONREAD", "FIONBIO", "FIOASYNC", "SIOCATMARK",
        "SO_DEBUG", "SO_REUSEADDR", "SO_TYPE", "SO_ERROR", "SO_DONTROUTE", "SO_BROADCAST", "SO_SNDBUF", "SO_RCVBUF", "SO_KEEPALIVE", "SO_OOBINLINE",
        "SO_LINGER", "SO_REUSEPORT", "SO_RCVLOWAT", "SO_SNDLOWAT", "SO_RCVTIMEO", "SO_SNDTIMEO", "SO_ACCEPTCONN", "SO_PROTOCOL", "SO_DOMAIN",
        "SO_TIMESTAMP", "SO_MAX_PACING_RATE",
        "TCP_NODELAY", "TCP_MAXSEG", "TCP_INFO", "TCP_CONGESTION", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT",
        "TCPI_OPT_TIMESTAMPS", "TCPI_OPT_SACK", "TCPI_OPT_WSCALE", "TCPI_OPT_ECN",
        "IP_TOS", "IP_TTL", "IP_HDRINCL", "IP_OPTIONS", "IP_RETOPTS", "IP_RECVTTL", "IP_RECVTOS", "IP_MINTTL", "IP_MULTICAST_IF", "IP_MULTICAST_TTL",
        "IP_MULTICAST_LOOP", "IP_ADD_MEMBERSHIP", "IP_DROP_MEMBERSHIP", "IP_ORIGDSTADDR", "IP_RECVORIGDSTADDR",
        "IPTOS_LOWDELAY", "IPTOS_THROUGHPUT", "IPTOS_RELIABILITY", "IPTOS_MINCOST",
        "IPV6_CHECKSUM", "IPV6_UNICAST_HOPS", "IPV6_MULTICAST_IF", "IPV6_MULTICAST_HOPS", "IPV6_MULTICAST_LOOP", "IPV6_JOIN_GROUP", "IPV6_LEAVE_GROUP",
        "IPV6_V6ONLY", "IPV6_RECVPKTINFO", "IPV6_PKTINFO", "IPV6_RECVHOPLIMIT", "IPV6_HOPLIMIT", "IPV6_RECVPATHMTU", "IPV6_PATHMTU", "IPV6_DONTFRAG",
        "IPV6_RECVTCLASS", "IPV6_TCLASS", "IPV6_ORIGDSTADDR", "IPV6_RECVORIGDSTADDR",
        "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE", "F_DUPFD", "F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL", "FD_CLOEXEC",
        "SEEK_SET", "SEEK_CUR", "SEEK_END",
        "POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL", "POLLRDNORM", "POLLRDBAND", "POLLWRBAND", "POLLRDHUP",
    ];

    // What has another value, another name, or is FreeBSD's alone.
    private static readonly (string Name, long Value)[] Own =
    [
        ("SOMAXCONN", 128), ("POLLWRNORM", 0x4), ("POLLINIGNEOF", 0x2000), ("MSG_EOF", 0x200), ("MSG_NBIO", 0x40),
        ("O_NONBLOCK", NonBlock), ("O_NDELAY", NonBlock), ("O_APPEND", Append), ("O_ASYNC", Async),
        ("SO_PROTOTYPE", 38), ("SO_USELOOPBACK", FreeBsdOptions.UseLoopback), ("SO_NOSIGPIPE", FreeBsdOptions.NoSignal),
        ("SO_ACCEPTFILTER", FreeBsdOptions.AcceptFilter), ("SO_BINTIME", FreeBsdOptions.BinTime), ("SO_NO_OFFLOAD", FreeBsdOptions.NoOffload),
        ("SO_NO_DDP", FreeBsdOptions.NoDirectPlacement), ("SO_REUSEPORT_LB", FreeBsdOptions.ReusePortBalanced), ("SO_RERROR", FreeBsdOptions.ReceiveErrors),
        ("SO_LISTENQLIMIT", FreeBsdOptions.ListenLimit), ("SO_LISTENQLEN", FreeBsdOptions.ListenLength), ("SO_LISTENINCQLEN", FreeBsdOptions.ListenIncomplete),
        ("SO_SETFIB", FreeBsdOptions.Fib), ("SO_FIB", FreeBsdOptions.Fib), ("SO_USER_COOKIE", FreeBsdOptions.UserCookie),
        ("SO_TS_CLOCK", FreeBsdOptions.TimestampClock), ("SO_LABEL", FreeBsdOptions.Label), ("SO_PEERLABEL", FreeBsdOptions.PeerLabel),
        ("TCP_NOPUSH", FreeBsdOptions.NoPush), ("TCP_NOOPT", FreeBsdOptions.NoOptions), ("TCP_MD5SIG", FreeBsdOptions.Signature),
        ("TCP_STATS", FreeBsdOptions.Statistics), ("TCP_LOG", FreeBsdOptions.Log), ("TCP_LOGBUF", FreeBsdOptions.LogBuffer), ("TCP_LOGID", FreeBsdOptions.LogId),
        ("TCP_LOGDUMP", FreeBsdOptions.LogDump), ("TCP_LOGDUMPID", FreeBsdOptions.LogDumpId), ("TCP_LOG_TAG", FreeBsdOptions.LogTag),
        ("TCP_LOGID_CNT", FreeBsdOptions.LogIdCount), ("TCP_LOG_LIMIT", FreeBsdOptions.LogLimit), ("TCP_CCALGOOPT", FreeBsdOptions.AlgorithmOption),
        ("TCP_MAXUNACKTIME", FreeBsdOptions.MaxUnackedTime), ("TCP_IDLE_REDUCE", FreeBsdOptions.IdleReduce), ("TCP_DELACK", FreeBsdOptions.DelayedAck),
        ("TCP_REMOTE_UDP_ENCAPS_PORT", FreeBsdOptions.RemoteUdpPort), ("TCP_FIN_IS_RST", FreeBsdOptions.FinIsReset),
        ("TCP_SHARED_CWND_ALLOWED", FreeBsdOptions.SharedWindow), ("TCP_PROC_ACCOUNTING", FreeBsdOptions.Accounting),
        ("TCP_USE_CMP_ACKS", FreeBsdOptions.CompressedAcks), ("TCP_PERF_INFO", FreeBsdOptions.Performance), ("TCP_PCAP_OUT", FreeBsdOptions.RecordingOut),
        ("TCP_PCAP_IN", FreeBsdOptions.RecordingIn), ("TCP_KEEPINIT", FreeBsdOptions.KeepInit), ("TCP_FASTOPEN", FreeBsdOptions.FastOpen),
        ("TCP_FUNCTION_BLK", FreeBsdOptions.FunctionBlock), ("TCP_FUNCTION_ALIAS", FreeBsdOptions.FunctionAlias),
        ("TCP_REUSPORT_LB_NUMA", FreeBsdOptions.ReusePortNuma), ("TCP_FUNCTION_NAME_LEN_MAX", FreeBsdOptions.FunctionNameLength),
        ("IP_DONTFRAG", FreeBsdOptions.DontFragment), ("IP_PORTRANGE", FreeBsdOptions.PortRange), ("IP_BINDANY", FreeBsdOptions.BindAny),
        ("IPV6_BINDANY", FreeBsdOptions.BindAny), ("IP_RECVDSTADDR", FreeBsdOptions.OnlyDestinationAddress), ("IP_RECVIF", FreeBsdOptions.ReceiveInterface),
        ("IPV6_USE_MIN_MTU", FreeBsdOptions.UseMinMtu), ("IPV6_PORTRANGE", FreeBsdOptions.PortRange),
        ("TCPI_CLOSED", 0), ("TCPI_LISTEN", 1), ("TCPI_SYN_SENT", 2), ("TCPI_SYN_RECEIVED", 3), ("TCPI_ESTABLISHED", 4), ("TCPI_CLOSE_WAIT", 5),
        ("TCPI_FIN_WAIT_1", 6), ("TCPI_CLOSING", 7), ("TCPI_LAST_ACK", 8), ("TCPI_FIN_WAIT_2", 9), ("TCPI_TIME_WAIT", 10),
        ("TCPS_CLOSED", 0), ("TCPS_LISTEN", 1), ("TCPS_SYN_SENT", 2), ("TCPS_SYN_RECEIVED", 3), ("TCPS_ESTABLISHED", 4), ("TCPS_CLOSE_WAIT", 5),
        ("TCPS_FIN_WAIT_1", 6), ("TCPS_CLOSING", 7), ("TCPS_LAST_ACK", 8), ("TCPS_FIN_WAIT_2", 9), ("TCPS_TIME_WAIT", 10),
        ("TCPI_OPT_TOE", 16), ("TCPI_OPT_TFO", 32),
    ];

    /// <summary>All of them but errors.</summary>
    public static IEnumerable<(string Name, long Value)> All
    {
        get
        {
            Dictionary<string, long> linux = LinuxNames.All.ToDictionary(pair => pair.Name, pair => pair.Value);
            return [.. Own, .. Shared.Select(name => (name, linux[name]))];
        }
    }

    /// <summary>A state as FreeBSD counts (TCPS_), of one as Linux does.</summary>
    public static int StateOf(int linux) => linux switch
    {
        1 => 4,         // ESTABLISHED
        2 => 2,         // SYN_SENT
        3 or 12 => 3,   // SYN_RECEIVED; TCP_NEW_SYN_RECV
        4 => 6,         // FIN_WAIT_1
        5 => 9,         // FIN_WAIT_2
        6 => 10,        // TIME_WAIT
        8 => 5,         // CLOSE_WAIT
        9 => 8,         // LAST_ACK
        10 => 1,        // LISTEN
        11 => 7,        // CLOSING
        _ => 0,
    };
}
