using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// The sender's variables as FreeBSD has them: windows in octets, one place from which sending goes on, and holes instead of segments; and
/// what else a connection remembers by its rules alone.
/// </summary>
/// <remarks>What is done with them is the connection's matter: <see cref="Tcb"/>. Gate held.</remarks>
internal sealed class OctetSender
{
    /// <summary>cwnd and ssthresh before anything is known: all that a scaled window can say.</summary>
    public const int Unlimited = ushort.MaxValue << 14;

    /// <summary>A sender whose SYN has not left yet.</summary>
    public OctetSender(TcpSettings settings) => Rtt = new TickEstimator(settings);

    /// <summary>The round-trip time.</summary>
    public TickEstimator Rtt;

    /// <summary>What is known to be missing at the receiver.</summary>
    public SackHoles Holes { get; } = new();

    /// <summary>How the window grows and shrinks.</summary>
    public OctetControl Control { get; set; } = OctetControl.NewReno;

    /// <summary>From where sending goes on (snd_nxt): less than the highest number sent while what was sent is sent again.</summary>
    public SequenceNumber Next { get; set; }

    /// <summary>What was in flight when the last recovery began ends here (snd_recover).</summary>
    public SequenceNumber Recover { get; set; }

    /// <summary>cwnd, octets.</summary>
    public int Window { get; set; } = Unlimited;

    /// <summary>ssthresh, octets.</summary>
    public int Threshold { get; set; } = Unlimited;

    /// <summary>A loss is made good (TF_FASTRECOVERY).</summary>
    public bool IsInFastRecovery { get; set; }

    /// <summary>The window was cut, for a loss or for a mark, in this round trip (TF_CONGRECOVERY).</summary>
    public bool IsInCongestionRecovery { get; set; }

    /// <summary>Either.</summary>
    public bool IsInRecovery => IsInFastRecovery || IsInCongestionRecovery;

    /// <summary>Duplicate ACKs in a row (t_dupacks).</summary>
    public int Duplicates { get; set; }

    /// <summary>Segments sent by limited transmit for them: RFC 3042 (snd_limited).</summary>
    public int Limited { get; set; }

    /// <summary>Octets acknowledged towards the next segment of growth: RFC 3465.</summary>
    public int Credit { get; set; }

    /// <summary>A whole window of them is acknowledged.</summary>
    public bool HasWindowOfCredit { get; set; }

    /// <summary>Proportional rate reduction, RFC 6937: octets that arrived, that were sent, and that were in flight as it began.</summary>
    public int PrrDelivered, PrrOut, PrrFlight;

    /// <summary>How often the timer of retransmission, or of probes, expired in a row (t_rxtshift).</summary>
    public int Backoff { get; set; }

    /// <summary>When the segment left whose acknowledgment is timed; null when none is.</summary>
    public Timestamp? TimedAt { get; set; }

    /// <summary>Its first number.</summary>
    public SequenceNumber TimedSeq { get; set; }

    /// <summary>When new data left last (t_sndtime).</summary>
    public Timestamp? SentAt { get; set; }

    /// <summary>Since when nothing that was sent made any progress; null when all is acknowledged (t_acktime).</summary>
    public Timestamp? StalledSince { get; set; }

    /// <summary>The next segment with new data is to say CWR. RFC 3168 §6.1.2.</summary>
    public bool MustSendCwr { get; set; }

    /// <summary>Nothing was in flight as the last write began of which more is to come (TF_LASTIDLE).</summary>
    public bool WasIdle { get; set; }

    /// <summary>What was before the first timeout, in case it turns out to have been needless; null when that cannot be any more.</summary>
    public Undo? BeforeTimeout { get; set; }

    /// <summary>The last segment with text was a full one.</summary>
    public bool SentWhole { get; set; }

    /// <summary>After how many timeouts in a row the size of segments is not what is wrong.</summary>
    public int BlackHoleEnd { get; set; }

    /// <summary>What the search for black holes has found; 0 for no limit.</summary>
    public int MssCeiling { get; set; }

    /// <summary>Something has happened after which it is to be seen whether there is something to send.</summary>
    public bool IsAsked { get; set; }

    /// <summary>The last window that was offered was none: what comes next is acknowledged at once.</summary>
    public bool SaidZero { get; set; }

    /// <summary>The peer's SYN-ACK said no MSS: the buffer for what comes is left as it is.</summary>
    public bool HasUnknownMss { get; set; }

    /// <summary>An acknowledgment below the initial number can't be told by that number any more.</summary>
    public bool IsFarFromIss { get; set; }

    /// <summary>Challenge ACKs in the present period.</summary>
    public byte Challenges { get; set; }

    /// <summary>Segments sent again, for TCP_INFO.</summary>
    public int Retransmissions { get; set; }

    /// <summary>Octets that are in the network: RFC 6675 §4, SetPipe().</summary>
    public int Pipe(SequenceNumber una, SequenceNumber max) => max - una + Holes.SentAgain - Holes.Sacked - Holes.Lost;

    /// <summary>Ends either recovery.</summary>
    public void ExitRecovery() => IsInFastRecovery = IsInCongestionRecovery = false;

    /// <summary>What a timeout changes.</summary>
    internal sealed class Undo
    {
        /// <summary>cwnd and ssthresh.</summary>
        public int Window, Threshold;

        /// <summary>Where the recovery before it ended.</summary>
        public SequenceNumber Recover;

        /// <summary>In which recovery it found the sender.</summary>
        public bool WasInFastRecovery, WasInCongestionRecovery;

        /// <summary>An acknowledgment before then, or that echoes a time before, is one of the original; null before anything was sent again.</summary>
        public Timestamp? Until;
    }
}
