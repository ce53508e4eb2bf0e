using System.IO.Pipelines;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Emulation;

/// <summary>Takes frames, as many as it can, and says how many.</summary>
internal delegate int TakeFrames(ReadOnlySpan<LinkFrame> frames);

/// <summary>
/// One direction of a wire to which things happen: the frames under way, by the time at which they arrive.
/// </summary>
/// <remarks>
/// The timer hands on what is due; what is due as soon as it is added is handed on by who adds it, or by an item of the
/// scheduler where there is one. Who finds another at it leaves it to him. The lock is not held while frames are handed on.
/// </remarks>
internal sealed partial class ImpairedLane : IDisposable
{
    private const int BatchSize = 64;

    private static readonly Action<object?> TakeTurn = static lane => ((ImpairedLane)lane!).OnTurn();

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly TakeFrames _target;
    private readonly PipeScheduler? _scheduler;
    private readonly PacketPool _pool = new();
    private readonly DeadlineQueue<PacketBuffer> _underWay = new();
    private readonly PacketBuffer[] _due = new PacketBuffer[BatchSize];      // taken out of the queue, to be handed on
    private readonly LinkFrame[] _batch = new LinkFrame[BatchSize];
    private readonly FrameRoom _room = new();
    private readonly LinkMedium _medium;
    private readonly ITimer _timer;
    private readonly long[] _drops = new long[(int)WireDrop.Closed + 1];      // by why
    private long _frames, _delivered, _corrupted, _truncated, _repeated, _heldBack, _marked;
    private ITimer? _lineTimer;
    private Timestamp _armedFor = Timestamp.Never, _lineArmedFor = Timestamp.Never;
    private int _dueFirst, _dueCount;
    private bool _isScheduled, _isHandingOn, _isBlocked, _becameWritable, _isClosed, _isCloseTold, _timerIsCoarse;

    /// <summary>A lane with nothing on it.</summary>
    /// <param name="time">The clock, whose timers hand on.</param>
    /// <param name="random">Where the seed comes from: one number is drawn.</param>
    /// <param name="conditions">What happens to frames.</param>
    /// <param name="medium">What the frames are frames of.</param>
    /// <param name="target">Who gets them; called by one at a time.</param>
    /// <param name="scheduler">
    /// With one the target, and who hears of the end, are called by its items and by the timer, never from inside a call of
    /// <see cref="TryAdd"/> or <see cref="Close()"/>.
    /// </param>
    public ImpairedLane(
        TimeProvider time, SeededRandom random, LinkConditions conditions, LinkMedium medium, TakeFrames target,
        PipeScheduler? scheduler = null)
    {
        (_medium, _scheduler) = (medium, scheduler);
        (_time, _target, _start) = (time, target, time.GetTimestamp());
        _seed = random.NextUInt64();
        _loss = SeededRandom.Named(_seed, "loss");
        _corruption = SeededRandom.Named(_seed, "corruption");
        _duplication = SeededRandom.Named(_seed, "duplication");
        _reordering = SeededRandom.Named(_seed, "reordering");
        _jitter = SeededRandom.Named(_seed, "jitter");
        _truncation = new FrameChance(_seed, "truncation");
        _latency = new FrameChance(_seed, "latency");
        _queueing = new FrameChance(_seed, "queue");
        Use(conditions);
        _timer = time.CreateTimer(
            static lane => ((ImpairedLane)lane!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Called once, after the lane was closed and the last frame was handed on.</summary>
    public Action? WhenClosed { get; init; }

    /// <summary>Says which frames are lost between groups of hosts; null for none.</summary>
    public IFrameBarrier? Barrier { get; init; }

    /// <summary>Is told of each frame that is dropped or changed, at that time; null for nobody.</summary>
    /// <remarks>
    /// It changes nothing of what happens, nor the order of timers: a line that is watched has a timer of its own for
    /// it.
    /// </remarks>
    public IWireObserver? Observer
    {
        get;
        set
        {
            lock (_lock)
            {
                field = value;
                if (value is null) return;
                _lineTimer ??= _time.CreateTimer(
                    static lane => ((ImpairedLane)lane!).OnLineTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                ArmLine(Now());
            }
        }
    }

    public LinkConditions Conditions
    {
        get
        {
            lock (_lock) return _conditions;
        }

        set
        {
            ArgumentNullException.ThrowIfNull(value);
            lock (_lock)
            {
                Timestamp now = Now();
                RunLine(now);
                bool isCut = value.IsDown && !_conditions.IsDown;
                Use(value);
                if (isCut) Cut(now);
                if (!_isHandingOn && !_isBlocked) Arm(now);
            }
        }
    }

    public LinkImpairments Counts
    {
        get
        {
            lock (_lock)
            {
                RunLine(Now());
                return new LinkImpairments
                {
                    Frames = _frames,
                    Delivered = _delivered,
                    Lost = _drops[(int)WireDrop.Lost],
                    QueueFull = _drops[(int)WireDrop.QueueFull],
                    QueueManaged = _drops[(int)WireDrop.QueueManaged],
                    TooLong = _drops[(int)WireDrop.TooLong],
                    Down = _drops[(int)WireDrop.Down],
                    Partitioned = _drops[(int)WireDrop.Partitioned],
                    MemoryFull = _drops[(int)WireDrop.MemoryFull],
                    Duplicated = _repeated,
                    Corrupted = _corrupted,
                    Truncated = _truncated,
                    Reordered = _heldBack,
                    Marked = _marked,
                    Discarded = _drops[(int)WireDrop.Closed],
                    Malformed = _drops[(int)WireDrop.Malformed],
                    UnderWay = _underWay.Count + _waiting.Count + _dueCount,
                    Waiting = _waiting.Count,
                };
            }
        }
    }

    /// <summary>Takes all frames; or none, false, while frames that are due wait for the target.</summary>
    public bool TryAdd(ReadOnlySpan<LinkFrame> frames)
    {
        bool isDue = false;
        lock (_lock)
        {
            if (_isBlocked) return false;
            Timestamp now = Now();
            RunLine(now);
            try
            {
                foreach (ref readonly LinkFrame frame in frames) AddAll(frame, now);
                isDue = !_isHandingOn && _underWay.Next <= now;
            }
            finally
            {
                // What came before a frame at which user code fails goes its way by the timer.
                if (isDue || _isHandingOn) ArmLine(now);
                else Arm(now);
            }

            if (isDue) isDue = BecomesDue();
        }

        if (isDue) HandOnSoon();
        return true;
    }

    /// <summary>The target can take frames again. False when it soon could not.</summary>
    public bool OnWritable()
    {
        lock (_lock)
        {
            _isBlocked = false;
            _becameWritable = true;
        }

        HandOnDue();
        lock (_lock) return !_isBlocked;
    }

    /// <summary>Drops what is under way and all that is to come.</summary>
    public void Close()
    {
        bool isDue;
        lock (_lock)
        {
            _isClosed = true;
            _isBlocked = false;
            isDue = BecomesDue();
        }

        if (isDue) HandOnSoon();
    }

    public void Dispose()
    {
        _timer.Dispose();
        _lineTimer?.Dispose();
    }

    // False when an item of the scheduler is to come already. Lock held.
    private bool BecomesDue()
    {
        if (_scheduler is null) return true;
        if (_isScheduled) return false;
        return _isScheduled = true;
    }

    private void HandOnSoon()
    {
        if (_scheduler is null) HandOnDue();
        else _scheduler.Schedule(TakeTurn, this);
    }

    private Timestamp Now() => Timestamp.FromStart(_time.GetElapsedTime(_start));

    // Lock held. What has arrived and waits for the target is lost too.
    private void Empty()
    {
        for (; _dueCount > 0; _dueCount--) Discard(_due[_dueFirst++], WireDrop.Closed);
        DropAll(WireDrop.Closed);
    }

    // Lock held. What has arrived is there.
    private void Cut(Timestamp now)
    {
        DropAll(WireDrop.Down);
        (_lineFree, _lastArrival) = (Timestamp.Min(_lineFree, now), now);
        _codel?.OnEmpty();
    }
}
