using UserNet.Addressing;
using UserNet.Doors;

namespace UserNet.Link;

/// <summary>One end of a <see cref="LinkPair"/>: its inbox, and the turns in which the inbox is emptied.</summary>
/// <remarks>
/// At most one turn is scheduled or runs at a time, so calls to the sink do not overlap. The lock is held to copy
/// frames in and to count them out; never while a sink or the scheduler is called.
/// </remarks>
internal sealed class LinkPairEnd(LinkPairOptions options, MacAddress? address) : ILink
{
    private const int BatchSize = 64;
    private const int BatchesInTurn = 16;      // then others have their turn

    private static readonly Action<object?> TakeTurn = static end => ((LinkPairEnd)end!).Deliver();

    private readonly Lock _lock = new();
    private readonly FrameRing _inbox = new(options.FrameLimit, options.OctetLimit);
    private readonly LinkFrame[] _batch = new LinkFrame[BatchSize];
    private LinkPairEnd? _peer;
    private volatile IFrameSink? _sink;
    private int _lent;               // frames that the sink was given last, and is done with when the next are taken
    private bool _isScheduled;       // a turn is to come or runs
    private bool _peerWaits;         // the inbox was full when it sent
    private bool _isClosed;
    private bool _isDeaf;            // closed at this end: what is in the inbox is for nobody
    private bool _knowsItIsClosed;   // the sink was told

    /// <inheritdoc/>
    public LinkMedium Medium => options.Medium;

    /// <inheritdoc/>
    public int Mtu => options.Mtu;

    /// <inheritdoc/>
    public LinkFeatures Features => options.Features;

    /// <inheritdoc/>
    public MacAddress? Address => address;

    public void Attach(LinkPairEnd peer) => _peer = peer;

    /// <inheritdoc/>
    public void Start(IFrameSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        lock (_lock)
        {
            if (_sink is not null) throw new InvalidOperationException("The link was started before.");
            _sink = sink;
        }

        ScheduleIfNeeded();
        _peer!.ScheduleIfNeeded();       // it may have kept an OnWritable for the sink
    }

    /// <inheritdoc/>
    public int Send(ReadOnlySpan<LinkFrame> frames) => _peer!.Take(frames);

    /// <inheritdoc/>
    public void Dispose()
    {
        Close(isDeaf: true);
        _peer!.Close(isDeaf: false);
    }

    private int Take(ReadOnlySpan<LinkFrame> frames)
    {
        int taken = 0;
        bool isDue;
        lock (_lock)
        {
            if (_isClosed) return frames.Length;
            while (taken < frames.Length && _inbox.TryAdd(frames[taken])) taken++;
            if (taken < frames.Length) _peerWaits = true;
            isDue = TakesTurn();
        }

        if (isDue) Schedule();
        return taken;
    }

    private void Close(bool isDeaf)
    {
        lock (_lock)
        {
            _isClosed = true;
            _isDeaf |= isDeaf;
        }

        ScheduleIfNeeded();
    }

    private void ScheduleIfNeeded()
    {
        bool isDue;
        lock (_lock) isDue = TakesTurn();
        if (isDue) Schedule();
    }

    private void Schedule() => options.Scheduler.Schedule(TakeTurn, this);

    // Lock held. True when a turn has to be scheduled, which is then taken for done.
    private bool TakesTurn()
    {
        if (_isScheduled || _sink is null) return false;
        _isScheduled = (_inbox.Count > 0 && !_isDeaf) || (_isClosed && !_knowsItIsClosed) || PeerCanWrite();
        return _isScheduled;
    }

    // Lock held.
    private bool PeerCanWrite() => _peerWaits && !_isClosed && _inbox.IsRoomy && _peer!._sink is not null;

    private void Deliver()
    {
        bool isDone = false;
        try
        {
            for (int i = 0; i < BatchesInTurn && !isDone; i++) isDone = DeliverBatch();
        }
        finally
        {
            if (!isDone) Schedule();      // also when a sink failed: the other frames are none the worse
        }
    }

    // True when there was nothing more to do, and the next frame schedules a turn.
    private bool DeliverBatch()
    {
        int count = 0;
        bool isWritable, isClosed = false;
        lock (_lock)
        {
            _inbox.Release(_lent);
            _lent = 0;
            isWritable = PeerCanWrite();
            if (isWritable)
            {
                _peerWaits = false;
            }
            else
            {
                _lent = count = _isDeaf ? 0 : _inbox.Lend(_batch);
                if (count == 0) isClosed = EndTurn();
            }
        }

        if (isWritable) _peer!._sink!.OnWritable();
        else if (count > 0) _sink!.OnFrames(_batch.AsSpan(0, count), Span<DropReason>.Empty);
        else if (isClosed) _sink!.OnClosed(null);
        return !isWritable && count == 0;
    }

    // Lock held. True when the sink is to be told that the link is closed.
    private bool EndTurn()
    {
        _isScheduled = false;
        if (!_isClosed || _knowsItIsClosed) return false;
        _knowsItIsClosed = true;
        _inbox.Clear();
        Array.Clear(_batch);
        return true;
    }
}
