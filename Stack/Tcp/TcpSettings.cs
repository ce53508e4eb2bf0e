using System.Numerics;

namespace UserNet.Tcp;

/// <summary>Which connections in TIME-WAIT a new one may take the place of: net.ipv4.tcp_tw_reuse.</summary>
public enum TcpTimeWaitReuse : byte
{
    /// <summary>None.</summary>
    Never,
    /// <summary>All whose timestamps tell old segments from new ones.</summary>
    Always,
    /// <summary>Of these, the ones over loopback.</summary>
    Loopback,
}

/// <summary>Who may use Fast Open, and how: the bits of net.ipv4.tcp_fastopen. RFC 7413.</summary>
[Flags]
public enum TcpFastOpenModes
{
    /// <summary>Nobody.</summary>
    None = 0,
    /// <summary>Who connects may send data with the SYN.</summary>
    Client = 1,
    /// <summary>Listeners that ask for it take such data.</summary>
    Server = 2,
    /// <summary>Who connects sends the data without a cookie, even if it has none.</summary>
    ClientWithoutCookie = 4,
    /// <summary>Listeners take data without asking for a cookie.</summary>
    ServerWithoutCookie = 0x200,
    /// <summary>All listeners take such data.</summary>
    AllListeners = 0x400,
}

/// <summary>Sizes of a buffer, octets.</summary>
/// <param name="Min">What a kernel short of memory would leave; kept to be read back, since nothing is ever taken away here.</param>
/// <param name="Default">That of a new socket.</param>
/// <param name="Max">How far it may grow by itself.</param>
public readonly record struct TcpBufferSizes(int Min, int Default, int Max);

/// <summary>What an administrator can set for the connections of a stack; the names are those of Linux's sysctls.</summary>
/// <remarks>
/// Each takes effect with the next use. Set them before sockets are used, or inside the stack's gate.
/// </remarks>
public sealed partial class TcpSettings
{
    /// <summary>Settings as a system has them when it is new.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="profile"/> is null.</exception>
    public TcpSettings(TcpProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        Profile = profile;
        (InitialTimeout, TimeoutSlop, InitialWindow) = (profile.InitialTimeout, profile.Slop, profile.InitialWindow);
        if (profile.WindowFormula == TcpWindowFormula.HalfAndGrowing) return;
        ReceiveBuffer = new TcpBufferSizes(1, 65_536, 2_097_152);
        SendBuffer = new TcpBufferSizes(1, 32_768, 2_097_152);
        MaxReceiveBuffer = MaxSendBuffer = 2_097_152;
        SynRetries = Retries = 12;
        SynAckRetries = 3;
        MinTimeout = TimeSpan.FromMilliseconds(30);
        MaxTimeout = TimeSpan.FromSeconds(64);
        KeepAliveCount = 8;
        AlwaysKeepsAlive = true;
        DropsSynFin = false;
        AbortsOnOverflow = true;
        SynTimeLimit = TimeSpan.FromSeconds(75);
        MinSendMss = 216;
    }

    /// <summary>Settings as Linux has them.</summary>
    public TcpSettings() : this(TcpProfile.Linux)
    {
    }

    /// <summary>The manner that they were made from.</summary>
    public TcpProfile Profile { get; }

    /// <summary>net.ipv4.tcp_timestamps: timestamps are offered and taken. RFC 7323.</summary>
    public bool Timestamps { get; set; } = true;

    /// <summary>net.ipv4.tcp_sack: selective acknowledgments are offered and taken. RFC 2018.</summary>
    public bool Sack { get; set; } = true;

    /// <summary>net.ipv4.tcp_dsack: what came twice is reported. RFC 2883.</summary>
    public bool DuplicateSack { get; set; } = true;

    /// <summary>net.ipv4.tcp_window_scaling: windows are scaled when both ends want it. RFC 7323 §2.</summary>
    public bool WindowScaling { get; set; } = true;

    /// <summary>net.ipv4.tcp_rmem: receive buffers, octets as the system counts them.</summary>
    public TcpBufferSizes ReceiveBuffer { get; set; } = new(4096, 131_072, 33_554_432);

    /// <summary>net.ipv4.tcp_wmem: send buffers, octets as the system counts them.</summary>
    public TcpBufferSizes SendBuffer { get; set; } = new(4096, 16_384, 4_194_304);

    /// <summary>net.core.rmem_max, kern.ipc.maxsockbuf: the most that SO_RCVBUF may ask for, octets.</summary>
    public int MaxReceiveBuffer { get; set; } = 4_194_304;

    /// <summary>net.core.wmem_max: the most that SO_SNDBUF may ask for, octets.</summary>
    public int MaxSendBuffer { get; set; } = 4_194_304;

    /// <summary>net.ipv4.tcp_moderate_rcvbuf: receive buffers grow as the reader keeps up.</summary>
    public bool TunesReceiveBuffer { get; set; } = true;

    /// <summary>net.ipv4.tcp_app_win: this part of the window, as a power of two, is kept back; 0 for none, and no segment either.</summary>
    public int AppWindow { get; set; } = 31;

    /// <summary>net.ipv4.tcp_shrink_window: the right edge of the window may go back. RFC 9293 §3.8.6.</summary>
    public bool MayShrinkWindow { get; set; }

    /// <summary>net.ipv4.tcp_rto_min: no retransmission timeout is shorter. RFC 6298 §2.4 would have a second.</summary>
    public TimeSpan MinTimeout { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>net.ipv4.tcp_rto_max_ms: no retransmission timeout is longer.</summary>
    public TimeSpan MaxTimeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>net.ipv4.tcp_syn_retries: how often a SYN is sent again.</summary>
    public int SynRetries { get; set; } = 6;

    /// <summary>net.ipv4.tcp_synack_retries: how often a SYN-ACK is sent again.</summary>
    public int SynAckRetries { get; set; } = 5;

    /// <summary>net.ipv4.tcp_syn_linear_timeouts: how many waits for an answer to a SYN do not grow.</summary>
    public int SynLinearTimeouts { get; set; } = 4;

    /// <summary>net.inet.tcp.keepinit: a connect that took so long has failed; null where only the retries count.</summary>
    public TimeSpan? SynTimeLimit { get; set; }

    /// <summary>net.ipv4.tcp_retries1: after so many timeouts the route is asked for anew. RFC 9293 §3.8.3, R1.</summary>
    public int RouteRetries { get; set; } = 3;

    /// <summary>
    /// net.ipv4.tcp_retries2: the connection has failed when as much time went by as so many timeouts take that begin at
    /// the shortest. RFC 9293 §3.8.3, R2. On FreeBSD, net.inet.tcp.retries: it has failed when one more timeout than these expires in a row.
    /// </summary>
    public int Retries { get; set; } = 15;

    /// <summary>net.ipv4.tcp_orphan_retries: the same for a connection that nobody has open any more; 0 counts as 8.</summary>
    public int OrphanRetries { get; set; }

    /// <summary>TCP_USER_TIMEOUT of new sockets; zero for what the retries say. RFC 5482.</summary>
    public TimeSpan UserTimeout { get; set; }

    /// <summary>net.ipv4.tcp_keepalive_time: how long a connection is silent before it is probed. RFC 9293 §3.8.4.</summary>
    public TimeSpan KeepAliveIdle { get; set; } = TimeSpan.FromHours(2);

    /// <summary>net.ipv4.tcp_keepalive_intvl: how long each probe waits for its answer.</summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(75);

    /// <summary>net.ipv4.tcp_keepalive_probes: after so many without an answer the connection has failed.</summary>
    public int KeepAliveCount { get; set; } = 9;

    /// <summary>net.ipv4.tcp_fin_timeout: how long a connection that nobody has open waits in FIN-WAIT-2.</summary>
    public TimeSpan FinTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long TIME-WAIT lasts: two maximum segment lifetimes, 30 s each. RFC 9293 §3.4.2.</summary>
    public TimeSpan TimeWait { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// net.ipv4.tcp_tw_reuse: whether the search for a connect's port may end a connection in TIME-WAIT. Where the socket has its port
    /// already, it may always, if timestamps tell the two apart. RFC 6191.
    /// </summary>
    public TcpTimeWaitReuse TimeWaitReuse { get; set; } = TcpTimeWaitReuse.Loopback;

    /// <summary>net.ipv4.tcp_rfc1337: a reset does not end TIME-WAIT. RFC 1337.</summary>
    public bool TimeWaitIgnoresResets { get; set; }

    /// <summary>net.ipv4.tcp_syncookies: a listener whose SYN queue is full answers with cookies. RFC 4987 §3.6.</summary>
    public bool SynCookies { get; set; } = true;

    /// <summary>net.ipv4.tcp_max_syn_backlog: how many connections may be half open at a listener.</summary>
    public int MaxSynBacklog { get; set; } = 4096;

    /// <summary>net.inet.tcp.drop_synfin: a listener drops a SYN that has FIN as well, as Linux always does.</summary>
    public bool DropsSynFin { get; set; } = true;

    /// <summary>net.core.somaxconn: no listener has a longer backlog.</summary>
    public int MaxBacklog { get; set; } = 4096;

    /// <summary>net.ipv4.tcp_abort_on_overflow: a connection that no accept queue has room for is reset.</summary>
    public bool AbortsOnOverflow { get; set; }

    /// <summary>net.ipv4.tcp_fastopen.</summary>
    public TcpFastOpenModes FastOpen { get; set; } = TcpFastOpenModes.Client;

    /// <summary>net.ipv4.tcp_fastopen_blackhole_timeout_sec: how long SYNs are plain once Fast Open seems not to get through; zero for never.</summary>
    public TimeSpan FastOpenHoleTime { get; set; }

    /// <summary>
    /// False: a reset or SYN is judged as in RFC 9293; true, as FreeBSD's insecure_rst and insecure_syn: as in RFC 793,
    /// where any in the window ends the connection.
    /// </summary>
    public bool TrustsResetsInWindow { get; set; }

    /// <summary>net.ipv4.tcp_challenge_ack_limit: how many challenge ACKs a host sends in a second. RFC 5961 §7.</summary>
    public int ChallengeAcksPerSecond { get; set; } = 1000;

    /// <summary>
    /// net.ipv4.tcp_invalid_ratelimit: how long a connection waits until it answers the next segment that it can't take;
    /// zero for no limit.
    /// </summary>
    public TimeSpan InvalidInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>net.ipv4.tcp_stdurg: the urgent pointer names the urgent octet itself, and not the one behind it.</summary>
    public bool UrgentPointerIsLast { get; set; }

    /// <summary>net.ipv4.tcp_comp_sack_nr: no more segments beyond a gap than these wait for one acknowledgment; 0: none does.</summary>
    public int CompressedAcks { get; set; } = 44;

    /// <summary>net.ipv4.tcp_comp_sack_delay_ns: the longest that they wait, and no longer than a twentieth of a round trip.</summary>
    public TimeSpan AckCompression { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>net.ipv4.tcp_slow_start_after_idle: the congestion window of an idle connection decays. RFC 5681 §4.1.</summary>
    public bool SlowStartAfterIdle { get; set; } = true;

    /// <summary>net.ipv4.tcp_notsent_lowat: a socket is writable while less is unsent, octets.</summary>
    public uint NotSentLowWater { get; set; } = uint.MaxValue;

    /// <summary>net.ipv4.tcp_base_mss, tcp_min_snd_mss: no peer can make segments smaller, octets. 48 as in Linux.</summary>
    public int MinSendMss { get; set; } = 48;

    /// <summary>How long a connection may be silenced before it is given up: the time limit of <see cref="Retries"/>.</summary>
    internal TimeSpan GiveUpAfter(TimeSpan most) => TimeLimit(Retries, most);

    /// <summary>The same for a connection that nobody has open any more.</summary>
    internal TimeSpan OrphanGivesUpAfter(TimeSpan most) => TimeLimit(OrphanRetries > 0 ? OrphanRetries : 8, most);

    /// <summary>How long to wait for an answer.</summary>
    /// <param name="retries">How often the SYN or SYN-ACK was sent again: 0 for the wait after the first.</param>
    /// <param name="isAnswer">A SYN-ACK.</param>
    /// <param name="most">The longest timeout; null for the host's.</param>
    internal TimeSpan SynTimeout(int retries, bool isAnswer, TimeSpan? most = null)
    {
        bool hasSlop = Profile.SynBackoff == TcpSynBackoff.DoubledWithSlop && retries > 0;
        bool isLinear = Profile.SynBackoff == TcpSynBackoff.LinearFirst && !isAnswer;
        int doublings = isLinear ? Math.Max(0, retries - SynLinearTimeouts) : retries;
        TimeSpan wait = Doubled(InitialTimeout, doublings, most ?? MaxTimeout);
        if (!hasSlop) return wait;
        TimeSpan longest = most ?? MaxTimeout;
        return wait + TimeoutSlop < longest ? wait + TimeoutSlop : longest;
    }

    /// <summary>How long so many timeouts last, one after the other, when each doubles up to the longest; the first is the profile's least, whatever it is set to.</summary>
    internal TimeSpan TimeLimit(int retries, TimeSpan most)
    {
        TimeSpan sum = TimeSpan.Zero, first = IsFreeBsd ? MinTimeout : Profile.Recovery.MinTimeout;
        for (int i = 0; i <= retries; i++) sum += Doubled(first, i, most);
        return sum;
    }

    // Nothing overflows: behind the longest timeout it does not grow.
    private static TimeSpan Doubled(TimeSpan wait, int times, TimeSpan most)
    {
        if (wait <= TimeSpan.Zero) return TimeSpan.Zero;
        int enough = BitOperations.Log2((ulong)(most / wait)) + 1;
        TimeSpan doubled = wait * (1L << Math.Min(times, enough));
        return doubled < most ? doubled : most;
    }
}
