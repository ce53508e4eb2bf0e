using UserNet.Time;

namespace UserNet.Simulation;

/// <summary>
/// The clock of a virtual host: the network's, but that it may be set wrong, go too fast or too slowly, and that its
/// timers wait while the host is paused and are gone when it crashes.
/// </summary>
/// <remarks>The network's thread.</remarks>
public sealed class HostClock : TimeProvider
{
    private const long Billion = 1_000_000_000, MostDrift = Billion / 10;

    private readonly ManualClock _network;
    private HostTimer? _first, _last;
    private readonly List<HostTimer> _missed = [];      // fell due while the host was paused, in that order
    private Timestamp _networkBase, _localBase;         // one instant, in both times
    private long _drift, _setDrift;                     // parts in a billion by which it goes too fast, and without faults
    private bool _isHeld;

    internal HostClock(ManualClock network) => (_network, _networkBase, _localBase) = (network, network.Now, network.Now);

    /// <summary>
    /// How much later it believes it is, in <see cref="GetUtcNow"/> alone. Changing it is what setting the clock is.
    /// </summary>
    public TimeSpan Offset { get; set; }

    /// <summary>
    /// By how many parts in a million it goes too fast; negative when it goes too slowly. From -100,000 to 100,000,
    /// kept to a thousandth.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is more than that.</exception>
    public double Skew
    {
        get => _setDrift / 1000.0;
        set
        {
            if (value is not (>= -100_000 and <= 100_000))
                throw new ArgumentOutOfRangeException(nameof(value), value, "A clock goes wrong by at most 100,000 parts in a million.");
            _setDrift = (long)Math.Round(value * 1000);
            Drift();
        }
    }

    /// <summary>What faults add to <see cref="Skew"/>, parts in a billion. Both together go no further than that does.</summary>
    internal long FaultDrift
    {
        get;
        set
        {
            field = value;
            Drift();
        }
    }

    /// <summary>How much time has passed since the network began, as this clock has it.</summary>
    public Timestamp Now => ToLocal(_network.Now);

    /// <summary>10,000,000: a tick is 100 ns.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>UTC, on every machine.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _network.GetUtcNow() + (Now - _network.Now) + Offset;

    /// <inheritdoc/>
    public override long GetTimestamp() => Now.Ticks;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A time is negative and not infinite, or longer than 49 days, as for any timer.
    /// </exception>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new HostTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    internal void Hold() => _isHeld = true;

    /// <summary>Timers that fell due meanwhile fire now, in their order.</summary>
    internal void Release()
    {
        _isHeld = false;
        foreach (HostTimer timer in _missed) timer.FireLate();
        _missed.Clear();
    }

    /// <summary>The host crashed: no timer of it is left.</summary>
    internal void Reset()
    {
        _isHeld = false;
        _missed.Clear();
        while (_first is { } timer) timer.Dispose();
    }

    private void Drift()
    {
        (_localBase, _networkBase) = (Now, _network.Now);
        _drift = Math.Clamp(_setDrift + FaultDrift, -MostDrift, MostDrift);
        for (HostTimer? timer = _first; timer is not null; timer = timer.After) timer.Rearm();
    }

    private Timestamp ToLocal(Timestamp network)
    {
        long passed = network.Ticks - _networkBase.Ticks;
        return new Timestamp(_localBase.Ticks + passed + (long)((Int128)passed * _drift / Billion));
    }

    // How long the network's time takes for the local one to come: rounded up, lest the timer be early.
    private TimeSpan UntilLocal(Timestamp local)
    {
        long wanted = local.Ticks - _localBase.Ticks;
        Int128 numerator = (Int128)wanted * Billion, denominator = Billion + _drift;
        long passed = (long)((numerator + denominator - 1) / denominator);
        return TimeSpan.FromTicks(Math.Max(0, _networkBase.Ticks + passed - _network.Now.Ticks));
    }

    private void Link(HostTimer timer)
    {
        timer.Before = _last;
        if (_last is null) _first = timer;
        else _last.After = timer;
        _last = timer;
    }

    private void Unlink(HostTimer timer)
    {
        if (timer.Before is null) _first = timer.After;
        else timer.Before.After = timer.After;
        if (timer.After is null) _last = timer.Before;
        else timer.After.Before = timer.Before;
        timer.Before = timer.After = null;
    }

    /// <summary>A timer that waits by the host's time; in the list while it is set.</summary>
    private sealed class HostTimer : ITimer
    {
        private readonly HostClock _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _timer;
        private Timestamp _due = Timestamp.Never;
        private TimeSpan _period;
        private bool _isDisposed, _isMissed;

        public HostTimer(HostClock clock, TimerCallback callback, object? state)
        {
            (_clock, _callback, _state) = (clock, callback, state);
            _timer = clock._network.CreateTimer(
                static timer => ((HostTimer)timer!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public HostTimer? Before { get; set; }

        public HostTimer? After { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ManualClock.CheckTimer(dueTime, nameof(dueTime));
            ManualClock.CheckTimer(period, nameof(period));
            if (_isDisposed) return false;
            Unset();
            _period = period;
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return true;
            }

            Set(_clock.Now + dueTime);
            return true;
        }

        public void Rearm()
        {
            if (!_isMissed) _timer.Change(_clock.UntilLocal(_due), Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            _isDisposed = true;
            Unset();
            _timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        public void FireLate()
        {
            if (!_isMissed) return;      // it was set anew meanwhile
            _isMissed = false;
            Set(_clock.Now);
        }

        private void Set(Timestamp due)
        {
            if (_due == Timestamp.Never) _clock.Link(this);
            _due = due;
            Rearm();
        }

        private void Unset()
        {
            _isMissed = false;
            if (_due == Timestamp.Never) return;
            _due = Timestamp.Never;
            _clock.Unlink(this);
        }

        private void OnDue()
        {
            if (_clock._isHeld)
            {
                _isMissed = true;
                _clock._missed.Add(this);
                return;
            }

            Timestamp next = _due + (_period > TimeSpan.Zero ? _period : TimeSpan.Zero);
            Unset();
            if (_period > TimeSpan.Zero) Set(Timestamp.Max(next, _clock.Now));
            _callback(_state);
        }
    }
}
