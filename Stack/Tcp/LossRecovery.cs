using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// The sender's memory of what is in flight, and all that follows from what is acknowledged and what is not: losses,
/// retransmissions, their timers, and how many segments may be in flight.
/// </summary>
/// <remarks>
/// Counts in segments, as Linux does. Brings together RFC 5681, 6298, 6582, 6675, 6937, 8985 and 5682; the congestion
/// control is one of <see cref="ICongestionControl"/>. The handshake's SYN is not its matter. Gate held.
/// </remarks>
internal sealed partial class LossRecovery
{
    private RecoverySettings _settings;
    private SentQueue _queue;
    private SendOrder _order;
    private ICongestionControl _control = NewReno.Instance;
    private CongestionWindow _window;
    private ProportionalRateReduction _reduction;
    private RackDetection _rack = new();
    private MinRttFilter _minRtt;
    private bool _sack, _timestamps;
    private SequenceNumber _una, _nxt;
    private SequenceNumber _recoveryPoint;      // SND.NXT when the state was last left or entered (RecoveryPoint)
    private SequenceNumber _roundEnd;           // of the round in which the RTT's variation is taken
    private int _initialWindow;
    private bool _zeroWindow;

    /// <summary>The round-trip time and the timeout drawn from it.</summary>
    public RttEstimator Rtt;

    public LossRecovery(RecoverySettings settings, SentQueuePool pool)
    {
        _settings = settings;
        _queue = new SentQueue(pool);
        _order = new SendOrder();
        Rtt = new RttEstimator(settings);
        Due = Timestamp.Never;
        _window.Set(settings.InitialWindow);
        _window.SlowStartThreshold = CongestionWindow.Unlimited;
    }

    /// <summary>How large packets may be, of a connection that finds out by trying; null for the others.</summary>
    public MtuSearch? Search { get; set; }

    /// <summary>When more may be sent, of a connection that spreads what it sends; null for the others.</summary>
    public Pacer? Pacer { get; set; }

    /// <summary>How it takes what it hears.</summary>
    public CongestionState State { get; private set; }

    /// <summary>Octets of payload in a full segment, options off; of what is sent from now on.</summary>
    public int Mss { get; set; }

    /// <summary>cwnd, segments.</summary>
    public int Window => _window.Size;

    /// <summary>ssthresh, segments; <see cref="CongestionWindow.Unlimited"/> before the first loss.</summary>
    public int SlowStartThreshold => _window.SlowStartThreshold;

    /// <summary>True when nothing is in flight.</summary>
    public bool IsEmpty => _queue.Count == 0;

    /// <summary>Segments sent and not acknowledged cumulatively (packets_out).</summary>
    public int SegmentsOut => _queue.Count;

    /// <summary>Packets in flight as they left, before a link cut them up.</summary>
    public int Bursts => _queue.Bursts;

    /// <summary>Segments that arrived out of order; of a peer without SACK, a guess by duplicate ACKs.</summary>
    public int SegmentsSacked => _queue.Sacked;

    /// <summary>Segments taken for lost, whether or not they were sent again since.</summary>
    public int SegmentsLost => _queue.Lost;

    /// <summary>Retransmissions in flight.</summary>
    public int SegmentsRetransmitted => _queue.InFlightAgain;

    /// <summary>Segments in the network (pipe).</summary>
    public int InFlight => _queue.InFlight;

    /// <summary>How many segments must overtake one that counts as lost; grows where reordering is seen.</summary>
    public int Reordering { get; private set; }

    /// <summary>How often reordering was seen.</summary>
    public int ReorderingSeen { get; private set; }

    /// <summary>Segments that arrived, duplicates of which the receiver told included.</summary>
    public long Delivered { get; private set; }

    /// <summary>Of those, how many by an ACK with ECE.</summary>
    public uint DeliveredMarked { get; private set; }

    /// <summary>Segments sent again, ever.</summary>
    public uint TotalRetransmissions { get; private set; }

    /// <summary>Octets sent again, ever.</summary>
    public long RetransmittedOctets { get; private set; }

    /// <summary>Segments that the receiver said it had twice.</summary>
    public uint DsackDuplicates { get; private set; }

    /// <summary>The least round-trip time of the last minutes; null before a sample.</summary>
    public TimeSpan? MinRtt => _minRtt.Value;

    /// <summary>The next segment with new data is to say CWR. RFC 3168 §6.1.2.</summary>
    public bool MustSendCwr { get; private set; }

    /// <summary>How many records of segments were looked at: what work costs, for tests to count.</summary>
    internal long Steps => _queue.Steps;

    /// <summary>True while it holds arrays of the pool; an idle connection does not.</summary>
    internal bool HoldsArrays => _queue.HoldsArrays;

    /// <summary>Begins after the handshake.</summary>
    /// <param name="options">What it agreed on.</param>
    /// <param name="first">The first sequence number of data.</param>
    /// <param name="now">The time.</param>
    public void Start(in RecoveryOptions options, SequenceNumber first, Timestamp now)
    {
        _sack = options.Sack;
        _timestamps = options.Timestamps;
        Mss = options.Mss;
        _control = options.Algorithm == CongestionAlgorithm.Cubic
            ? new Cubic(_settings.SlowStartExit)
            : NewReno.Instance;
        _initialWindow = options.InitialWindow > 0 ? options.InitialWindow : _settings.InitialWindow;
        _window.Set(_initialWindow);
        _window.SlowStartThreshold = CongestionWindow.Unlimited;
        Reordering = _settings.Reordering;
        _una = _nxt = _recoveryPoint = _roundEnd = _usageEnd = first;
        _usageAt = _lastSentAt = now;
        State = CongestionState.Open;
    }

    /// <summary>What opened the connection had a timeout, or data in vain: to Linux that is a loss, which ends when more is acknowledged.</summary>
    /// <param name="end">The end of what was in flight then.</param>
    public void BeginInLoss(SequenceNumber end)
    {
        State = CongestionState.Loss;
        _recoveryPoint = end;
        _mayBeUndone = false;
    }

    /// <summary>The limits of the timeout have changed: what is drawn from now on is within them.</summary>
    public void Tune(RecoverySettings settings) => _settings = Rtt.Settings = settings;

    /// <summary>Takes the round-trip time of a handshake whose SYN was sent once.</summary>
    public void SampleHandshake(TimeSpan rtt, Timestamp now)
    {
        Rtt.Sample(rtt);
        _minRtt.Sample(rtt, now, _settings.MinRttWindow);
    }

    /// <summary>The peer's window closed or opened: while it is closed, timeouts say nothing about the path.</summary>
    public void OnZeroWindow(bool closed) => _zeroWindow = closed;

    /// <summary>
    /// The path carries less than was thought: what is too large goes again, in pieces, and is no loss.
    /// </summary>
    /// <param name="mss">Octets of payload in a full segment from now on.</param>
    public void OnMtuReduced(int mss)
    {
        Mss = mss;
        if (_queue.Count == 0) return;
        bool isLarge = false;      // the burst that it left in is: its last segment may be smaller
        for (long p = _queue.First; p < _queue.End; p++)
        {
            isLarge = _queue[p].Payload > mss || (isLarge && _queue[p].Has(SegmentMarks.Joined));
            if (isLarge) _queue.MarkLost(p);
        }

        if (_queue.Lost == 0) return;
        if (!_sack) LimitGuess();
        if (State == CongestionState.Loss) return;
        _recoveryPoint = _nxt;
        _window.SlowStartThreshold = CurrentThreshold;
        _undoThreshold = 0;
        _mayBeUndone = false;
        State = CongestionState.Loss;
    }

    /// <summary>Forgets what is in flight, and gives the arrays back: the connection ends.</summary>
    public void Forget()
    {
        _queue.Clear();
        _order.Clear();
        StopTimer();
    }

    private SequenceNumber SequenceAt(long position) => position < _queue.End ? _queue[position].Seq : _nxt;

    // The first number above which nothing is SACKed; SND.UNA when nothing is.
    private SequenceNumber HighestSacked =>
        _queue.Sacked > 0 && _sack ? SequenceAt(Math.Max(_queue.First, _queue.AfterLastSacked)) : _una;

    private bool IsReducing => State is CongestionState.Cwr or CongestionState.Recovery;

    // What a threshold would be that is to lead back to about where the window is now.
    private int CurrentThreshold => IsReducing
        ? _window.SlowStartThreshold
        : Math.Max(_window.SlowStartThreshold, (_window.Size / 2) + (_window.Size / 4));
}
