using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>When data that arrived is acknowledged: at once, after a while, or with data that goes the other way. RFC 9293 §3.8.6.3.</summary>
/// <remarks>
/// Two manners, by the profile. Linux acknowledges the first segments one by one, and again after a pause, since the sender
/// counts acknowledgments while its window is small; later, and as soon as the application answers what it reads, an
/// acknowledgment waits for a second segment or for the answer. FreeBSD takes every second segment. Gate held.
/// </remarks>
internal struct AckPacing()
{
    private const int FallbackSegment = 536, LeastSegment = 88;

    private Timestamp _lastData;
    private uint _waitTicks;          // how long an acknowledgment is delayed; 0 before any data
    private ushort _lastSize, _segmentSize = FallbackSegment;
    private byte _quick;              // how many acknowledgments are still sent at once
    private byte _segments;           // with data, since the last acknowledgment
    private byte _pushed;             // segments that ended a write, since the last acknowledgment; 2 at most
    private bool _isInteractive;      // the application answers: its data takes acknowledgments along

    /// <summary>A full segment from the peer, as far as seen, octets.</summary>
    public int SegmentSize
    {
        readonly get => _segmentSize;
        private set => _segmentSize = (ushort)Math.Min(value, ushort.MaxValue);
    }

    /// <summary>Something arrived that is not acknowledged yet.</summary>
    public bool IsPending { get; private set; }

    /// <summary>When data arrived last.</summary>
    public readonly Timestamp LastData => _lastData;

    /// <summary>How long an acknowledgment is delayed now, before its limits.</summary>
    public TimeSpan Wait
    {
        readonly get => TimeSpan.FromTicks(_waitTicks);
        private set => _waitTicks = (uint)Math.Clamp(value.Ticks, 0, uint.MaxValue);
    }

    /// <summary>True while the application answers: its data takes acknowledgments along.</summary>
    public readonly bool IsInteractive => _isInteractive;

    /// <summary>True while acknowledgments leave at once.</summary>
    public readonly bool IsQuick => _quick > 0 && !_isInteractive;

    /// <summary>Begins when a connection is established.</summary>
    /// <param name="mss">The full segment, octets; what the peer really sends is seen later.</param>
    /// <param name="window">What this host offers, octets.</param>
    public void Start(int mss, int window) =>
        SegmentSize = Math.Max(Math.Min(Math.Min(mss, window / 2), FallbackSegment), LeastSegment);

    /// <summary>Data arrived in order, or beyond a gap.</summary>
    /// <param name="arrival">What arrived.</param>
    /// <param name="profile">Whose manner.</param>
    /// <param name="now">The time.</param>
    public void OnData(in DataArrival arrival, TcpProfile profile, Timestamp now)
    {
        IsPending = true;
        if (_segments < byte.MaxValue) _segments++;
        Measure(arrival);
        TimeSpan least = profile.DelayedAckMin;
        TimeSpan gap = now - _lastData;
        if (Wait == TimeSpan.Zero)
        {
            RaiseQuick(arrival.Window, profile);
            Wait = least;
        }
        else if (gap <= least / 2)
        {
            Wait = (Wait / 2) + (least / 2);
        }
        else if (gap < Wait)
        {
            Wait = Min((Wait / 2) + gap, arrival.Timeout);
        }
        else if (gap > arrival.Timeout)
        {
            RaiseQuick(arrival.Window, profile);      // the sender begins anew, with a small window
        }

        _lastData = now;
    }

    /// <summary>Data arrived beyond a gap: it says how large segments are, and is to be acknowledged.</summary>
    public void OnDataBeyond(in DataArrival arrival)
    {
        IsPending = true;
        Measure(arrival);
    }

    /// <summary>Something else arrived that is to be acknowledged.</summary>
    public void OnOther() => IsPending = true;

    /// <summary>The next segments are acknowledged one by one: something went wrong, and the sender must learn it.</summary>
    public void BeginQuick(int window, TcpProfile profile, int most = int.MaxValue)
    {
        RaiseQuick(window, profile, most);
        _isInteractive = false;
        Wait = profile.DelayedAckMin;
    }

    /// <summary>The window grew: the sender is to hear of it.</summary>
    /// <remarks>As long as it grows with every segment, each is acknowledged: Linux's way.</remarks>
    public void KeepQuick() => _quick |= 1;

    /// <summary>The window shrinks: the sender is not to be hurried.</summary>
    public void EndQuick() => _quick = 0;

    /// <summary>The peer's data ends here: what follows are answers.</summary>
    public void OnFin(TcpProfile profile) => _isInteractive |= profile.AckPolicy == TcpAckPolicy.QuickThenDelayed;

    /// <summary>What waits for its acknowledgment counts as the end of a write.</summary>
    public void OnPushed() => _pushed = Math.Max(_pushed, (byte)1);

    /// <summary>TCP_QUICKACK: acknowledgments leave at once, or wait for data that goes the other way.</summary>
    public void SetInteractive(bool isInteractive) => _isInteractive = isInteractive;

    /// <summary>True when an acknowledgment is due as data came in order.</summary>
    /// <param name="octets">Octets that are not acknowledged.</param>
    /// <param name="mayMoveEdge">The right edge of the window would move with it, or the reader waits for more than there is.</param>
    /// <param name="profile">Whose manner.</param>
    public readonly bool IsDue(int octets, bool mayMoveEdge, TcpProfile profile) => profile.AckPolicy switch
    {
        TcpAckPolicy.EverySecondSegment => _segments >= 2,
        _ => (octets > SegmentSize && mayMoveEdge) || IsQuick,
    };

    /// <summary>True when an acknowledgment is due as the user has read.</summary>
    /// <param name="octets">Octets that are not acknowledged.</param>
    /// <param name="isEmpty">Nothing is left to be read.</param>
    public readonly bool IsDueAfterRead(int octets, bool isEmpty) =>
        IsPending && (octets > SegmentSize || (isEmpty && (_pushed == 2 || (_pushed == 1 && !_isInteractive))));

    /// <summary>How long to wait with an acknowledgment.</summary>
    /// <param name="roundTrip">The smoothed round-trip time, Zero before a sample.</param>
    /// <param name="profile">Whose manner.</param>
    /// <param name="most">What the connection has set as the longest delay.</param>
    public readonly TimeSpan Delay(TimeSpan roundTrip, TcpProfile profile, TimeSpan most)
    {
        TimeSpan wait = Wait, least = profile.DelayedAckMin;
        if (wait <= least) return Min(wait, most);
        if (roundTrip > TimeSpan.Zero) wait = Min(wait, roundTrip > least ? roundTrip : least);
        return Min(Min(wait, profile.DelayedAckMax), most);
    }

    /// <summary>The delayed acknowledgment's time has come: nothing went that could have taken it along.</summary>
    public void OnDelayOver(TimeSpan timeout, TcpProfile profile)
    {
        if (_isInteractive)
        {
            _isInteractive = false;
            Wait = profile.DelayedAckMin;
        }
        else
        {
            Wait = Min(Wait * 2, timeout);
        }
    }

    /// <summary>An acknowledgment left, by itself or with data.</summary>
    public void OnAckSent(TcpProfile profile)
    {
        if (_quick > 0 && IsPending && --_quick == 0) Wait = profile.DelayedAckMin;
        IsPending = false;
        _segments = 0;
        _pushed = 0;
    }

    /// <summary>New data left: a reply, if it comes so soon.</summary>
    public void OnReply(Timestamp now)
    {
        if (now - _lastData < Wait) _isInteractive = true;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private void RaiseQuick(int window, TcpProfile profile, int most = int.MaxValue)
    {
        int pairs = window / (2 * SegmentSize);
        int quick = Math.Min(Math.Min(pairs == 0 ? 2 : pairs, profile.QuickAcks), most);
        if (quick > _quick) _quick = (byte)Math.Min(quick, byte.MaxValue);
    }

    // The size of a full segment is guessed from what comes; one that ends a write says little.
    private void Measure(in DataArrival arrival)
    {
        int length = arrival.Length, last = _lastSize;
        _lastSize = 0;
        if (length >= SegmentSize)
        {
            SegmentSize = Math.Min(length, arrival.LargestSegment);
            if (arrival.IsPushed && _pushed == 0) _pushed = 1;
            return;
        }

        // Options that come and go make the text of a full segment less, and the whole is still as long.
        int whole = length + arrival.ExtraOptions;
        if (length + arrival.Options >= FallbackSegment || (length + arrival.Options >= LeastSegment && !arrival.EndsSomething))
        {
            _lastSize = (ushort)whole;
            if (whole == last)
            {
                SegmentSize = whole;
                return;
            }
        }

        if (_pushed < 2) _pushed++;
    }
}

/// <summary>A segment with data, as the pace of acknowledgments sees it.</summary>
internal readonly ref struct DataArrival
{
    /// <summary>Octets of data.</summary>
    public int Length { get; init; }

    /// <summary>It has PSH: the end of a write.</summary>
    public bool IsPushed { get; init; }

    /// <summary>It has PSH, FIN or URG: what ends there need not be full.</summary>
    public bool EndsSomething { get; init; }

    /// <summary>Octets of its options.</summary>
    public int Options { get; init; }

    /// <summary>Octets of its options beside those that every segment has.</summary>
    public int ExtraOptions { get; init; }

    /// <summary>No segment that the peer sends is larger, octets: this host's MSS.</summary>
    public int LargestSegment { get; init; }

    /// <summary>What is offered, octets.</summary>
    public int Window { get; init; }

    /// <summary>The retransmission timeout: how long a pause has to be to count as one.</summary>
    public TimeSpan Timeout { get; init; }
}
