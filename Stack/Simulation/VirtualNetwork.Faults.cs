using UserNet.Time;

namespace UserNet.Simulation;

// What goes wrong, and when.
public sealed partial class VirtualNetwork
{
    /// <summary>Has something done at an instant: change a link, crash a host, send something.</summary>
    /// <param name="instant">When, since the network began; not in the past.</param>
    /// <param name="action">What. It runs in its turn, as a program does, and must not wait.</param>
    /// <exception cref="ArgumentOutOfRangeException">The instant is over.</exception>
    public void At(TimeSpan instant, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentOutOfRangeException.ThrowIfLessThan(instant, Clock.Now.SinceStart);
        new Alarm(Clock, action).Set(Timestamp.FromStart(instant));
    }

    /// <summary>Has something done after a while.</summary>
    /// <inheritdoc cref="At"/>
    public void After(TimeSpan time, Action action) => At(Clock.Now.SinceStart + time, action);

    /// <summary>A timer that may lie further ahead than timers go.</summary>
    private sealed class Alarm
    {
        private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

        private readonly ManualClock _clock;
        private readonly Action _action;
        private readonly ITimer _timer;
        private Timestamp _due;

        public Alarm(ManualClock clock, Action action)
        {
            (_clock, _action) = (clock, action);
            _timer = clock.CreateTimer(static alarm => ((Alarm)alarm!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void Set(Timestamp due)
        {
            _due = due;
            TimeSpan wait = due - _clock.Now;
            _timer.Change(wait < Longest ? wait : Longest, Timeout.InfiniteTimeSpan);
        }

        private void OnTimer()
        {
            if (_clock.Now < _due)
            {
                Set(_due);
                return;
            }

            _timer.Dispose();
            _action();
        }
    }
}
