namespace UserNet.Tests.Drill.Duel;

// Options of sockets: what is set, what is read back, and what is refused.
internal static partial class DuelThemes
{
    private static readonly string[] SocketNames =
    [
        "SO_DEBUG", "SO_REUSEADDR", "SO_TYPE", "SO_ERROR", "SO_DONTROUTE", "SO_BROADCAST", "SO_SNDBUF", "SO_RCVBUF", "SO_SNDBUFFORCE", "SO_RCVBUFFORCE",
        "SO_KEEPALIVE", "SO_NO_CHECK", "SO_PRIORITY", "SO_LINGER", "SO_BSDCOMPAT", "SO_REUSEPORT", "SO_RCVLOWAT", "SO_SNDLOWAT",
        "SO_RCVTIMEO", "SO_SNDTIMEO", "SO_ACCEPTCONN", "SO_MARK", "SO_PROTOCOL", "SO_DOMAIN", "SO_RXQ_OVFL", "SO_WIFI_STATUS", "SO_PEEK_OFF", "SO_NOFCS",
        "SO_LOCK_FILTER", "SO_SELECT_ERR_QUEUE", "SO_BUSY_POLL", "SO_ZEROCOPY", "SO_TXTIME", "SO_BUF_LOCK", "SO_TXREHASH", "SO_RCVMARK",
        "SO_TIMESTAMP", "SO_TIMESTAMPNS", "SO_TIMESTAMPING", "SO_TIMESTAMP_NEW", "SO_TIMESTAMPNS_NEW", "SO_PASSCRED", "SO_PREFER_BUSY_POLL",
        "SO_BUSY_POLL_BUDGET", "SO_RESERVE_MEM", "SO_RCVTIMEO_NEW", "SO_SNDTIMEO_NEW", "SO_DETACH_FILTER", "SO_RCVPRIORITY", "SO_BINDTOIFINDEX",
    ];

    private static readonly string[] TcpNames =
    [
        "TCP_NODELAY", "TCP_MAXSEG", "TCP_CORK", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_SYNCNT", "TCP_LINGER2", "TCP_DEFER_ACCEPT",
        "TCP_WINDOW_CLAMP", "TCP_QUICKACK", "TCP_THIN_LINEAR_TIMEOUTS", "TCP_THIN_DUPACK", "TCP_USER_TIMEOUT", "TCP_FASTOPEN", "TCP_NOTSENT_LOWAT",
        "TCP_SAVE_SYN", "TCP_SAVED_SYN", "TCP_FASTOPEN_CONNECT", "TCP_FASTOPEN_NO_COOKIE", "TCP_INQ", "TCP_TX_DELAY", "TCP_REPAIR", "TCP_IS_MPTCP",
        "TCP_RTO_MAX_MS", "TCP_RTO_MIN_US", "TCP_DELACK_MAX_US", "TCP_REPAIR_QUEUE", "TCP_QUEUE_SEQ", "TCP_REPAIR_WINDOW", "TCP_COOKIE_TRANSACTIONS",
    ];

    private static readonly string[] IpNames =
    [
        "IP_TOS", "IP_TTL", "IP_HDRINCL", "IP_RECVOPTS", "IP_RETOPTS", "IP_PKTINFO", "IP_MTU_DISCOVER", "IP_RECVERR", "IP_RECVTTL", "IP_RECVTOS", "IP_MTU",
        "IP_FREEBIND", "IP_TRANSPARENT", "IP_RECVORIGDSTADDR", "IP_MINTTL", "IP_NODEFRAG", "IP_CHECKSUM", "IP_BIND_ADDRESS_NO_PORT", "IP_RECVFRAGSIZE",
        "IP_RECVERR_RFC4884", "IP_MULTICAST_TTL", "IP_MULTICAST_LOOP", "IP_MULTICAST_ALL", "IP_PASSSEC", "IP_LOCAL_PORT_RANGE", "IP_PROTOCOL", "IP_ROUTER_ALERT",
    ];

    private static readonly string[] IpV6Names =
    [
        "IPV6_UNICAST_HOPS", "IPV6_MULTICAST_HOPS", "IPV6_MULTICAST_LOOP", "IPV6_MTU_DISCOVER", "IPV6_MTU", "IPV6_RECVERR", "IPV6_V6ONLY", "IPV6_MULTICAST_ALL",
        "IPV6_FLOWINFO_SEND", "IPV6_RECVPKTINFO", "IPV6_RECVHOPLIMIT", "IPV6_DONTFRAG", "IPV6_RECVTCLASS", "IPV6_TCLASS", "IPV6_AUTOFLOWLABEL", "IPV6_MINHOPCOUNT",
        "IPV6_RECVORIGDSTADDR", "IPV6_TRANSPARENT", "IPV6_RECVFRAGSIZE", "IPV6_FREEBIND", "IPV6_RECVERR_RFC4884", "IPV6_CHECKSUM", "IPV6_ADDR_PREFERENCES",
        "IPV6_RECVPATHMTU", "IPV6_RECVRTHDR", "IPV6_RECVHOPOPTS", "IPV6_RECVDSTOPTS", "IPV6_ADDRFORM", "IPV6_FREEBIND",
    ];

    private static readonly long[] OptionValues = [0, 1, 1, -1, 2, 3, 5, 8, 10, 16, 32, 64, 100, 127, 128, 184, 255, 256, 500, 1000, 1400, 5000, 20000, 70000, 120000, 1000000, 2147483647, -2147483648];

    private static void Options(DuelScript script)
    {
        bool isV6 = script.Chance(0.25);
        if (isV6) script.Option("--ip_version=ipv6");
        Reach(script, script.Chance(0.15) ? "accepted" : script.Pick<string>(ConnectionStates));
        int options = script.Random.Next(4, 12);
        for (int i = 0; i < options; i++) AskOption(script, isV6);
    }

    private static void AskOption(DuelScript script, bool isV6)
    {
        (string level, string name) = script.Random.Next(isV6 ? 9 : 8) switch
        {
            0 or 1 or 2 => ("SOL_SOCKET", script.Pick<string>(SocketNames)),
            3 or 4 or 5 => ("IPPROTO_TCP", script.Pick<string>(TcpNames)),
            6 or 7 when !isV6 => ("SOL_IP", script.Pick<string>(IpNames)),
            _ => ("SOL_IPV6", script.Pick<string>(IpV6Names)),
        };
        if (script.Chance(0.03)) level = script.Pick("SOL_UDP", "SOL_RAW", "77", "IPPROTO_ICMP");
        if (name == "TCP_REPAIR" && script.Chance(0.9)) name = "TCP_NODELAY";
        string get = $"getsockopt(4, {level}, {name}, @{{value|[...]}}, [{AskedLength(script, name)}, @{{length|4}}]) = {Result}";
        if (script.Chance(0.75))
        {
            script.Ask($"setsockopt(4, {level}, {name}, {SetValue(script, name)}) = {Result}");
            script.Wait(10_000);
        }
        script.Ask(get);
        script.Wait(10_000);
    }

    private static int AskedLength(DuelScript script, string name) =>
        script.Chance(0.8) ? name is "SO_LINGER" ? 8 : name.Contains("TIMEO", StringComparison.Ordinal) ? 16 : 4 : script.Pick(0, 1, 2, 3, 5, 8, 16, 100);

    private static string SetValue(DuelScript script, string name)
    {
        long value = script.Pick<long>(OptionValues);
        if (script.Chance(0.03)) return "NULL, 4";
        if (name == "SO_LINGER") return $"{{onoff={script.Pick(0, 1, 2)}, linger={script.Pick(0, 1, 5, 100000)}}}, {script.Pick(8, 8, 8, 4, 12, 16)}";
        if (name.Contains("TIMEO", StringComparison.Ordinal))
            return $"{{tv_sec={script.Pick(0, 1, 5, -1, 100000)}, tv_usec={script.Pick(0, 0, 4000, 8000, 500000, 1000000, -1)}}}, {script.Pick(16, 16, 16, 8, 4, 20)}";
        return script.Chance(0.85) ? $"[{value}], 4" : $"[{value}, {script.Pick(0, 1)}], {script.Pick(0, 1, 2, 3, 5, 8, -1)}";
    }
}
