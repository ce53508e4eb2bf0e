using System.IO.Pipelines;
using UserNet.Buffers;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Simulation;

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
    private Timestamp _armedFor = Timestamp.Never;
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
    /// <see cref="TryAdd"/> or <see cref="Close"/>.
    /// </param>
    public ImpairedLane(
        TimeProvider time, SeededRandom random, LinkConditions conditions, LinkMedium medium, TakeFrames target,
        PipeScheduler? scheduler = null)
    {
        (_medium, _scheduler) = (medium, scheduler);
        (_time, _target, _conditions, _start) = (time, target, conditions, time.GetTimestamp());
        ulong seed = random.NextUInt64();
        _loss = SeededRandom.Named(seed, "loss");
        _corruption = SeededRandom.Named(seed, "corruption");
        _duplication = SeededRandom.Named(seed, "duplication");
        _reordering = SeededRandom.Named(seed, "reordering");
        _jitter = SeededRandom.Named(seed, "jitter");
        _timer = time.CreateTimer(
            static lane => ((ImpairedLane)lane!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Called once, after the lane was closed and the last frame was handed on.</summary>
    public Action? WhenClosed { get; init; }

    /// <summary>Is told of each frame that is dropped or changed, at that time; null for nobody.</summary>
    public IWireObserver? Observer { get; set; }

    public LinkConditions Conditions
    {
        get
        {
            lock (_lock) return _conditions;
        }

        set
        {
            ArgumentNullException.ThrowIfNull(value);
            lock (_lock) _conditions = value;
        }
    }

    public LinkImpairments Counts
    {
        get
        {
            lock (_lock) return _counts with { UnderWay = _underWay.Count + _dueCount };
        }
    }

    /// <summary>Takes all frames; or none, false, while frames that are due wait for the target.</summary>
    public bool TryAdd(ReadOnlySpan<LinkFrame> frames)
    {
        bool isDue;
        lock (_lock)
        {
            if (_isBlocked) return false;
            Timestamp now = Now();
            foreach (ref readonly LinkFrame frame in frames) AddAll(frame, now);
            isDue = !_isHandingOn && _underWay.Next <= now;
            if (!isDue && !_isHandingOn) Arm(now);
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
        lock (_lock)
        {
            _isClosed = true;
            _isBlocked = false;
        }

        HandOnSoon();
    }

    public void Dispose() => _timer.Dispose();

    private Timestamp Now() => Timestamp.FromStart(_time.GetElapsedTime(_start));

    private void OnTimer()
    {
        lock (_lock)
        {
            _timerIsCoarse |= Now() < _armedFor && _armedFor != Timestamp.Never;
            _armedFor = Timestamp.Never;
        }

        HandOnDue();
    }

    private void HandOnSoon()
    {
        if (_scheduler is null)
        {
            HandOnDue();
            return;
        }

        lock (_lock)
        {
            if (_isScheduled) return;
            _isScheduled = true;
        }

        _scheduler.Schedule(TakeTurn, this);
    }

    private void OnTurn()
    {
        lock (_lock) _isScheduled = false;
        HandOnDue();
    }

    private void HandOnDue()
    {
        lock (_lock)
        {
            if (_isHandingOn || _isBlocked) return;
            _isHandingOn = true;
        }

        bool isDone = false, isClosed;
        try
        {
            while (TakeDue(out isClosed)) HandOn();
            isDone = true;
        }
        finally
        {
            if (!isDone) RestAfterFailure();
        }

        if (isClosed) WhenClosed?.Invoke();
    }

    // False when nothing is due, or the target is full: then others may hand on.
    private bool TakeDue(out bool isClosed)
    {
        lock (_lock)
        {
            isClosed = false;
            if (_isClosed) DropAll();
            Timestamp now = Now();
            if (_dueCount == 0)
            {
                _dueFirst = 0;
                while (_dueCount < BatchSize && _underWay.TryTake(now, out PacketBuffer? buffer))
                    _due[_dueCount++] = buffer;
            }

            if (_dueCount > 0 && !_isBlocked)
            {
                for (int i = 0; i < _dueCount; i++)
                    _batch[i] = new LinkFrame(_due[_dueFirst + i].Memory, _due[_dueFirst + i].Offload);
                _becameWritable = false;
                return true;
            }

            _isHandingOn = false;
            isClosed = _isClosed && !_isCloseTold;
            _isCloseTold |= isClosed;
            if (!_isBlocked) Arm(now);
            return false;
        }
    }

    private void HandOn()
    {
        int count = _dueCount, taken = count;      // a target that fails loses its batch
        try
        {
            taken = _target(_batch.AsSpan(0, count));
        }
        finally
        {
            lock (_lock)
            {
                for (int i = 0; i < taken; i++) Free(_due[_dueFirst + i]);
                _counts = _counts with { Delivered = _counts.Delivered + taken };
                _dueFirst += taken;
                _dueCount -= taken;
                // The target may say that it can take more before it has said that it took fewer.
                _isBlocked = taken < count && !_becameWritable && !_isClosed;
            }
        }
    }

    private void RestAfterFailure()
    {
        lock (_lock)
        {
            _isHandingOn = false;
            Arm(Now());
        }
    }

    // Lock held. A timer that came too early is one that counts milliseconds: it is given whole ones.
    private void Arm(Timestamp now)
    {
        Timestamp next = _underWay.Next;
        if (next == Timestamp.Never || next == _armedFor) return;
        TimeSpan wait = next > now ? next - now : TimeSpan.Zero;
        if (wait > TimeSpan.FromDays(1)) wait = TimeSpan.FromDays(1);
        if (_timerIsCoarse) wait = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        _armedFor = now + wait;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void DropAll()
    {
        int count = _dueCount + _underWay.Count;
        for (; _dueCount > 0; _dueCount--) Discard(_due[_dueFirst++]);
        while (_underWay.TryTake(Timestamp.Never, out PacketBuffer? buffer)) Discard(buffer);
        _counts = _counts with { Discarded = _counts.Discarded + count };
    }

    private void Discard(PacketBuffer buffer)
    {
        Tell(new LinkFrame(buffer.Memory, buffer.Offload), WireDrop.Closed);
        Free(buffer);
    }

    private void Free(PacketBuffer buffer)
    {
        _memory -= buffer.Capacity;
        buffer.Return();
    }
}
