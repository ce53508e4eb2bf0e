using UserNet.Doors;
using UserNet.Time;

namespace UserNet.Simulation;

/// <summary>
/// A clock whose time moves only when it is told to, and fires its timers on the way, each at its instant.
/// </summary>
/// <remarks>
/// Timers fire in order of time, and those of one instant in the order in which they were set; on the thread that moves
/// the time, and never from inside the call that sets them, even if that says at once. Local time is UTC. Reading it,
/// and setting timers: any thread; moving it: one at a time. Timers of a virtual network's clock are set by its thread alone: by
/// another it is a <see cref="ForeignThreadException"/>.
/// </remarks>
public sealed class ManualClock : TimeProvider
{
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly DateTimeOffset _start;
    private readonly Lock _lock = new();
    private readonly DeadlineQueue<ManualTimer> _timers = new();
    private long _now;              // ticks since the start
    private bool _isMoving;

    /// <summary>A clock that stands at the beginning of the year 2000, UTC.</summary>
    public ManualClock()
        : this(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>A clock that stands at the given time.</summary>
    public ManualClock(DateTimeOffset start) => _start = start;

    /// <summary>How much time has passed since the start.</summary>
    public Timestamp Now => new(Volatile.Read(ref _now));

    /// <summary>When the next timer is due, which may be now; Never when none is set.</summary>
    public Timestamp NextTimer
    {
        get
        {
            lock (_lock) return _timers.Next;
        }
    }

    /// <summary>How many timers are set.</summary>
    public int TimerCount
    {
        get
        {
            lock (_lock) return _timers.Count;
        }
    }

    /// <summary>Whose thread sets timers; null for any.</summary>
    internal SingleThreadScheduler? Owner { get; set; }

    /// <summary>10,000,000: a tick is 100 ns.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>UTC, on every machine.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _start + Now.SinceStart;

    /// <summary>Ticks since the start.</summary>
    public override long GetTimestamp() => Now.Ticks;

    /// <summary>A timer that fires when the clock is moved.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A time is negative and not infinite, or longer than 49 days, as for any timer.
    /// </exception>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Moves the time on, and fires all that is due on the way, at its instant; also what is set meanwhile.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    /// <exception cref="InvalidOperationException">
    /// The clock is being moved: by another thread, or by a timer's callback.
    /// </exception>
    /// <remarks>
    /// What a callback throws comes out here; the time then stands at its instant, and the other timers stay set.
    /// </remarks>
    public void Advance(TimeSpan time) => AdvanceTo(Now + time);

    /// <summary>Moves the time on to an instant, as <see cref="Advance"/> does.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The instant is over.</exception>
    /// <exception cref="InvalidOperationException">
    /// The clock is being moved: by another thread, or by a timer's callback.
    /// </exception>
    public void AdvanceTo(Timestamp instant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(instant, Now);
        lock (_lock) Begin();
        try
        {
            while (TakeLocked(instant) is { } timer) timer.Fire();
            Volatile.Write(ref _now, instant.Ticks);
        }
        finally
        {
            End();
        }
    }

    /// <summary>
    /// Moves the time on to when the next timer is due, and fires that one timer; false when none is set.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The clock is being moved: by another thread, or by a timer's callback.
    /// </exception>
    public bool AdvanceToNextTimer() => AdvanceToNextTimer(new Timestamp(long.MaxValue - 1));

    /// <summary>The same, unless the next timer is due after an instant.</summary>
    internal bool AdvanceToNextTimer(Timestamp end)
    {
        ManualTimer? timer;
        lock (_lock)
        {
            Begin();
            timer = Take(end);
            _isMoving = timer is not null;
        }

        if (timer is null) return false;
        try
        {
            timer.Fire();
            return true;
        }
        finally
        {
            End();
        }
    }

    /// <summary>Refuses a time for which no timer can be set.</summary>
    internal static void CheckTimer(TimeSpan time, string name)
    {
        if (time == Timeout.InfiniteTimeSpan) return;
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, LongestTimer, name);
    }

    // Lock held.
    private void Begin()
    {
        if (_isMoving) throw new InvalidOperationException("The clock is being moved.");
        _isMoving = true;
    }

    private void End() => Volatile.Write(ref _isMoving, false);

    private ManualTimer? TakeLocked(Timestamp until)
    {
        lock (_lock) return Take(until);
    }

    // The first timer that is due by an instant, with the time moved on to it. Lock held.
    private ManualTimer? Take(Timestamp until)
    {
        Timestamp due = _timers.Next;
        if (!_timers.TryTake(until, out ManualTimer? timer)) return null;
        Volatile.Write(ref _now, Math.Max(_now, due.Ticks));
        if (timer.Period > TimeSpan.Zero) timer.Deadline = _timers.Add(due + timer.Period, timer);
        return timer;
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _isDisposed;

        public Deadline Deadline { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            CheckTimer(dueTime, nameof(dueTime));
            CheckTimer(period, nameof(period));
            clock.Owner?.CheckThread();
            lock (clock._lock)
            {
                if (_isDisposed) return false;
                clock._timers.Cancel(Deadline);
                Period = period;
                Deadline = dueTime == Timeout.InfiniteTimeSpan
                    ? default
                    : clock._timers.Add(new Timestamp(clock._now) + dueTime, this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                _isDisposed = true;
                clock._timers.Cancel(Deadline);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
