using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Replay;

/// <summary>
/// A link that feeds a stack what arrived in a recorded session, at the recorded times, and takes down what the stack
/// answers, to be compared with what was answered then.
/// </summary>
/// <remarks>
/// <para>
/// Times are those of the clock's <see cref="TimeProvider.GetUtcNow"/>: with a clock in virtual time that begins at
/// <see cref="RecordedSession.Start"/> the session takes as long as it has to, and each instant of it has its recorded
/// time. Frames that arrived together are fed together.
/// </para>
/// <para>
/// A peer's frames speak of the numbers that the recorded host chose. Where the stack chooses others, in sequence
/// numbers, timestamps, ports and identifiers of echo requests, they are translated. A frame that answers what the
/// stack has not sent yet, or brings octets for which it has not offered room yet, is held back, and what follows of
/// its conversation with it.
/// </para>
/// <para>Any thread, as <see cref="ILink"/> allows; it feeds from the clock's timers, one batch at a time.</para>
/// </remarks>
public sealed partial class ReplayLink : ILink
{
    private const int LargestBatch = 64;
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly RecordedSession _session;
    private readonly TimeProvider _time;
    private readonly ReplayOptions _options;
    private readonly ITimer _timer;
    private readonly ReplayFlows _recorded = new(), _replayed = new();
    private readonly ReplayFlow[] _flowOf;                     // of each frame of the session
    private readonly bool[] _fitted;                           // of each frame: the recorded host had offered room for its octets
    private readonly DropReason?[] _verdicts;                  // of each frame that was fed
    private readonly List<ReplayAnswer> _answers = [];
    private readonly List<BatchedFrame> _batch = [];
    private readonly LinkFrame[] _frames = new LinkFrame[LargestBatch];
    private readonly DropReason[] _batchVerdicts = new DropReason[LargestBatch];
    private IFrameSink? _sink;
    private int _next;                   // of the session's frames
    private bool _isFeeding, _isClosed;

    /// <summary>A link for one replay of a session.</summary>
    /// <param name="session">What to feed.</param>
    /// <param name="time">The stack's clock, which should stand at the session's start, or before.</param>
    /// <param name="options">How; null for what is usual.</param>
    public ReplayLink(RecordedSession session, TimeProvider time, ReplayOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(time);
        (_session, _time, _options) = (session, time, options ?? new ReplayOptions());
        _options.Check();
        _flowOf = new ReplayFlow[session.Frames.Count];
        _fitted = new bool[session.Frames.Count];
        _verdicts = new DropReason?[session.Frames.Count];
        for (int i = 0; i < _flowOf.Length; i++)
        {
            SessionFrame frame = session.Frames[i];
            bool isOutbound = frame.Direction == PacketDirection.Outbound;
            FrameView view = ViewOf(frame.Octets);
            _flowOf[i] = _recorded.Add(view, isOutbound, i);
            _fitted[i] = !isOutbound && view.IsTcp && _flowOf[i].HasRoomFor(view.Tcp);
            AddBeginning(_flowOf[i]);
        }

        _timer = time.CreateTimer(static link => ((ReplayLink)link!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public LinkMedium Medium => _session.Medium;

    /// <inheritdoc/>
    public int Mtu => _options.Mtu ?? _session.Mtu;

    /// <summary>All of them where the recorded host sent bursts; else none.</summary>
    public LinkFeatures Features => _session.TakesBursts ? LinkFeatures.All : LinkFeatures.None;

    /// <summary>The recorded host's, where the options have it so.</summary>
    public MacAddress? Address => _options.HasStation ? _session.Station : null;

    /// <summary>The session.</summary>
    public RecordedSession Session => _session;

    /// <summary>True once all that arrived in the session was fed.</summary>
    public bool IsOver
    {
        get
        {
            lock (_lock) return _next == _flowOf.Length && _holding.Count == 0;
        }
    }

    /// <summary>
    /// How long the clock has to go on until all is fed and answered, frames that have to be held back included.
    /// </summary>
    public TimeSpan TimeLeft
    {
        get
        {
            TimeSpan left = _session.End - _time.GetUtcNow();
            return (left > TimeSpan.Zero ? left : TimeSpan.Zero) + _options.HoldLimit + _options.Tail;
        }
    }

    /// <summary>What was fed and how, up to now.</summary>
    public ReplayFeed Feed
    {
        get
        {
            lock (_lock) return _feed with { Waiting = CountHeld() };
        }
    }

    /// <summary>Compares what the stack has sent with what the recorded host sent.</summary>
    /// <param name="strictness">Which differences count.</param>
    public ReplayReport Compare(ReplayStrictness strictness = ReplayStrictness.Semantic)
    {
        lock (_lock)
        {
            var comparison = new ReplayComparison(_session, _recorded, _replayed, _answers, strictness);
            comparison.Run();
            comparison.CompareVerdicts(_verdicts);
            return comparison.Report(_feed with { Waiting = CountHeld() });
        }
    }

    /// <inheritdoc/>
    public void Start(IFrameSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        lock (_lock)
        {
            if (_sink is not null) throw new InvalidOperationException("The link was started before.");
            _sink = sink;
            Arm();
        }
    }

    /// <summary>Takes all frames, and keeps copies of them.</summary>
    public int Send(ReadOnlySpan<LinkFrame> frames)
    {
        lock (_lock)
        {
            long now = ReplayTime.Of(_time.GetUtcNow());
            foreach (ref readonly LinkFrame frame in frames)
            {
                byte[] copy = frame.Octets.ToArray();
                OpenChecksums.TryFill(copy, frame.Offload);
                FrameView view = ViewOf(copy);
                MatchOutbound(_replayed.Add(view, isOutbound: true, _answers.Count), view);
                _answers.Add(new ReplayAnswer(now, copy));
            }

            if (_holding.Count == 0 || _mayRelease) return frames.Length;
            _mayRelease = true;
            if (!_isFeeding) Arm();
            return frames.Length;
        }
    }

    /// <summary>Ends the feeding; what was taken down stays there to be compared.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isClosed) return;
            _isClosed = true;
        }

        _timer.Dispose();
        _sink?.OnClosed(null);
    }

    private FrameView ViewOf(ReadOnlyMemory<byte> octets) => new(octets.Span, _session.Medium == LinkMedium.Ethernet);

    private void OnTimer()
    {
        lock (_lock)
        {
            if (_isFeeding || _isClosed) return;
            _isFeeding = true;
            _batch.Clear();
            Collect(ReplayTime.Of(_time.GetUtcNow()));
        }

        int count = _batch.Count;
        try
        {
            for (int i = 0; i < count; i++) _frames[i] = new LinkFrame(_batch[i].Octets, _batch[i].Offload);
            _batchVerdicts.AsSpan(0, count).Clear();
            if (count > 0) _sink!.OnFrames(_frames.AsSpan(0, count), _batchVerdicts.AsSpan(0, count));
        }
        finally
        {
            lock (_lock)
            {
                for (int i = 0; i < count; i++)
                    if (_batch[i].Place >= 0) _verdicts[_batch[i].Place] = _batchVerdicts[i];
                _isFeeding = false;
                Arm();
            }
        }
    }

    // Lock held. What was held back comes first; then what is due and arrived together. What the host sent in between
    // parts two batches.
    private void Collect(long now)
    {
        if (_mayRelease || NextLimit <= now)
        {
            Release(now);
            if (_batch.Count > 0) return;
            _mayRelease = false;
        }

        long together = 0;
        for (; _next < _flowOf.Length && _batch.Count < LargestBatch; _next++)
        {
            SessionFrame frame = _session.Frames[_next];
            if (frame.Direction == PacketDirection.Outbound)
            {
                if (_batch.Count > 0) return;
                continue;
            }

            if (frame.Nanoseconds > now || (_batch.Count > 0 && frame.Nanoseconds != together)) return;
            together = frame.Nanoseconds;
            if (_flowOf[_next].Held.Count > 0 || !MayFeed(_next)) Hold(_next, now);
            else Take(_next, isForced: false);
        }
    }

    // Lock held.
    private void Arm()
    {
        if (_isClosed || _sink is null) return;
        while (_next < _flowOf.Length && _session.Frames[_next].Direction == PacketDirection.Outbound) _next++;
        long now = ReplayTime.Of(_time.GetUtcNow());
        long due = _mayRelease ? now : NextLimit;
        if (_next < _flowOf.Length) due = Math.Min(due, _session.Frames[_next].Nanoseconds);
        if (due == long.MaxValue) return;
        TimeSpan wait = TimeSpan.FromTicks(due <= now ? 0 : (due - now + 99) / 100);
        _timer.Change(wait < LongestWait ? wait : LongestWait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A frame to be fed: of the session, unless its place is -1.</summary>
    private readonly record struct BatchedFrame(int Place, ReadOnlyMemory<byte> Octets, PacketOffload Offload);
}

/// <summary>A frame that the stack sent in a replay.</summary>
internal readonly record struct ReplayAnswer(long Nanoseconds, ReadOnlyMemory<byte> Octets);

/// <summary>What was fed to a stack, and how.</summary>
public readonly record struct ReplayFeed
{
    /// <summary>Frames of the session that were fed.</summary>
    public int Frames { get; init; }

    /// <summary>Frames that were translated, since the stack chose other numbers than the recorded host.</summary>
    public int Translated { get; init; }

    /// <summary>Frames that were held back until the stack had sent what they answer.</summary>
    public int Held { get; init; }

    /// <summary>The longest time that one was held back with success.</summary>
    public TimeSpan LongestHold { get; init; }

    /// <summary>
    /// Parts of segments that were held back, fed so that the stack could go on: an acknowledgment of what it had sent,
    /// or as many octets as it had offered room for.
    /// </summary>
    public int Parts { get; init; }

    /// <summary>Frames that were fed although the stack had not sent what they answer, since that did not come in time.</summary>
    public int Forced { get; init; }

    /// <summary>Frames that are held back still.</summary>
    public int Waiting { get; init; }

    /// <summary>The first frame that was fed too early, by its number in the file; 0 when none was.</summary>
    public int FirstForced { get; init; }
}
