namespace UserNet.Tcp;

/// <summary>In which order the options of a SYN stand, and what fills the gaps.</summary>
public enum TcpOptionLayout : byte
{
    /// <summary>
    /// MSS, SACK-permitted, timestamps, window scale, Fast Open; each ends at a word's end, filled by no-operations in
    /// front. So does Linux.
    /// </summary>
    WholeWords,
    /// <summary>
    /// MSS, window scale, SACK-permitted, timestamps, Fast Open, close together, filled by ends of the list behind. So
    /// does FreeBSD.
    /// </summary>
    Packed,
}

/// <summary>How a receive buffer becomes a window.</summary>
public enum TcpWindowFormula : byte
{
    /// <summary>
    /// Half of the buffer, in whole segments, and from a small window on as data comes; the other half is for what
    /// packets cost beside their payload. So does Linux.
    /// </summary>
    HalfAndGrowing,
    /// <summary>All of the buffer, which is rounded up to whole segments. So does FreeBSD.</summary>
    Whole,
}

/// <summary>When data is acknowledged at once.</summary>
public enum TcpAckPolicy : byte
{
    /// <summary>
    /// More than one full segment is unacknowledged, or the connection is young or was idle: quick acknowledgments. So
    /// does Linux.
    /// </summary>
    QuickThenDelayed,
    /// <summary>Every second segment with data, whatever its size. So does FreeBSD.</summary>
    EverySecondSegment,
}

/// <summary>Which segments have PSH. RFC 9293 §3.9.1.2.</summary>
public enum TcpPushPolicy : byte
{
    /// <summary>The last of a burst of more than one, and the one that ends a write. So does Linux.</summary>
    EndOfWriteOrBurst,
    /// <summary>The one that empties the send buffer. So does FreeBSD.</summary>
    EndOfBuffer,
}

/// <summary>How the waits between the tries of a SYN grow.</summary>
public enum TcpSynBackoff : byte
{
    /// <summary>The first few waits are equal, those after them double. So does Linux.</summary>
    LinearFirst,
    /// <summary>Each is twice the one before, and all but the first have the slop on top. So does FreeBSD.</summary>
    DoubledWithSlop,
}

/// <summary>In which order a segment is judged, and what becomes of one that a connection can't take.</summary>
public enum TcpSegmentRules : byte
{
    /// <summary>As Linux does it: RFC 9293 §3.10.7.4, with timestamps first and answers rationed over all connections.</summary>
    Linux,
    /// <summary>
    /// As FreeBSD does it: resets and SYNs first, then timestamps; a half-open connection has rules of its own; closing never
    /// resets for octets that nobody has read.
    /// </summary>
    FreeBsd,
}

/// <summary>How a system's TCP behaves where the RFCs leave it free: its manner, as data.</summary>
/// <remarks>
/// What an administrator can change at run time is in <see cref="TcpSettings"/>, whose first values follow from the
/// profile.
/// Immutable; any thread.
/// </remarks>
public sealed record TcpProfile
{
    /// <summary>As Linux 6.x does it, and the default.</summary>
    public static TcpProfile Linux { get; } = new() { Name = "Linux" };

    /// <summary>As FreeBSD 14 does it.</summary>
    public static TcpProfile FreeBsd { get; } = new()
    {
        Name = "FreeBSD",
        Rules = TcpSegmentRules.FreeBsd,
        OptionLayout = TcpOptionLayout.Packed,
        WindowFormula = TcpWindowFormula.Whole,
        AckPolicy = TcpAckPolicy.EverySecondSegment,
        PushPolicy = TcpPushPolicy.EndOfBuffer,
        SynBackoff = TcpSynBackoff.DoubledWithSlop,
        BufferFactor = 1,
        MinReceiveBuffer = 1,
        MinSendBuffer = 1,
        QuickAcks = 0,
        DelayedAckMax = TimeSpan.FromMilliseconds(40),
        ResetWindowIsZero = true,
        DoubtsAllSynFeedback = true,
        TakesSegmentsWhole = false,
        SoftErrorsEndOpening = false,
        Slop = TimeSpan.FromMilliseconds(200),
        KeepAliveEndsInReset = true,
        WaitsForAllAcked = true,
        Recovery = new RecoverySettings
        {
            Rack = false,
            CountsBursts = false,
            TailLossProbe = false,
            Frto = false,
            MinTimeoutIsOfVariation = false,
            TimeoutSlop = TimeSpan.FromMilliseconds(200),
            SlowStartExit = SlowStartExit.HyStartPlusPlus,
        },
    };

    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>In which order a segment is judged, and how connections begin and end.</summary>
    public TcpSegmentRules Rules { get; init; } = TcpSegmentRules.Linux;

    /// <summary>Order and padding of the options in a SYN.</summary>
    public TcpOptionLayout OptionLayout { get; init; } = TcpOptionLayout.WholeWords;

    /// <summary>How a receive buffer becomes a window.</summary>
    public TcpWindowFormula WindowFormula { get; init; } = TcpWindowFormula.HalfAndGrowing;

    /// <summary>When data is acknowledged at once.</summary>
    public TcpAckPolicy AckPolicy { get; init; } = TcpAckPolicy.QuickThenDelayed;

    /// <summary>Which segments have PSH.</summary>
    public TcpPushPolicy PushPolicy { get; init; } = TcpPushPolicy.EndOfWriteOrBurst;

    /// <summary>How the waits between the tries of a SYN grow.</summary>
    public TcpSynBackoff SynBackoff { get; init; } = TcpSynBackoff.LinearFirst;

    /// <summary>IW: full segments that may be sent before anything is acknowledged. RFC 6928.</summary>
    public int InitialWindow { get; init; } = 10;

    /// <summary>What SO_RCVBUF and SO_SNDBUF are multiplied by before they are kept, and reported.</summary>
    public int BufferFactor { get; init; } = 2;

    /// <summary>The smallest receive buffer that SO_RCVBUF can set, octets, the factor included.</summary>
    public int MinReceiveBuffer { get; init; } = 2304;

    /// <summary>The smallest send buffer that SO_SNDBUF can set, octets, the factor included.</summary>
    public int MinSendBuffer { get; init; } = 4608;

    /// <summary>The first timeout, before any round trip was measured. RFC 6298 §2.1.</summary>
    public TimeSpan InitialTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What is added to the waits of a SYN that is sent again: time that the peer's delayed answer may take.</summary>
    public TimeSpan Slop { get; init; }

    /// <summary>How many segments with data are acknowledged at once in the beginning, and after a pause.</summary>
    public int QuickAcks { get; init; } = 16;

    /// <summary>The shortest wait of a delayed acknowledgment.</summary>
    public TimeSpan DelayedAckMin { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>The longest wait of a delayed acknowledgment. RFC 9293 §3.8.6.3 allows half a second.</summary>
    public TimeSpan DelayedAckMax { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Nagle's rule as it was: a small segment waits while anything is unacknowledged. False, as in Linux, for Minshall's
    /// form: while another small one is. RFC 9293 §3.7.4.
    /// </summary>
    public bool WaitsForAllAcked { get; init; }

    /// <summary>How losses are found and made good.</summary>
    internal RecoverySettings Recovery { get; init; } = new();

    /// <summary>
    /// Text that reaches beyond the window is taken whole when nothing waits to be read, and else not at all, as in Linux;
    /// false: what of it lies within the window is taken, as in FreeBSD and RFC 9293 §3.4.
    /// </summary>
    public bool TakesSegmentsWhole { get; init; } = true;

    /// <summary>
    /// An ICMP error of any kind ends a connection that is being opened, as in Linux (RFC 5461 §4.1); false: a hard one.
    /// </summary>
    public bool SoftErrorsEndOpening { get; init; } = true;

    /// <summary>
    /// An answer that says that the ECN field of the SYN was changed on the way ends the sending of ECT; false, as in Linux: that is
    /// looked at only where the answer itself is marked CE. RFC 9768 §3.2.2.3.
    /// </summary>
    public bool DoubtsAllSynFeedback { get; init; }

    /// <summary>A reset says window 0.</summary>
    public bool ResetWindowIsZero { get; init; }

    /// <summary>A connection whose keep-alive probes nobody answers is reset, and not just forgotten.</summary>
    public bool KeepAliveEndsInReset { get; init; } = true;
}
