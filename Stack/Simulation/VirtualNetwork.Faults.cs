using UserNet.Time;

namespace UserNet.Simulation;

// What goes wrong, and when.
public sealed partial class VirtualNetwork
{
    private long _faultCount;

    /// <summary>Those that hold.</summary>
    internal List<VirtualPartition> Partitions { get; } = [];

    /// <summary>Has something done at an instant: change a link, crash a host, send something.</summary>
    /// <param name="instant">When, since the network began; not in the past.</param>
    /// <param name="action">What. It runs as a timer's callback does, and must not wait; what it throws comes out of the run.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The instant is over, or later than recordings can tell, in the year 2262.
    /// </exception>
    /// <exception cref="ForeignThreadException">The thread is not the network's.</exception>
    public void At(TimeSpan instant, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentOutOfRangeException.ThrowIfLessThan(instant, Clock.Now.SinceStart);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(instant, Latest.SinceStart);
        CheckCall();
        SetAlarm(instant, action);
    }

    /// <summary>Starts a program at an instant: it may wait. <see cref="Start(Func{Task}, string)"/>.</summary>
    /// <param name="instant">When, since the network began; not in the past.</param>
    /// <param name="program">What it does; what it throws comes out of the run.</param>
    /// <exception cref="ArgumentOutOfRangeException">The instant is over.</exception>
    /// <exception cref="ForeignThreadException">The thread is not the network's.</exception>
    public void At(TimeSpan instant, Func<Task> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        At(instant, () => { _ = Start(program, $"a program of {Timestamp.FromStart(instant)} s"); });
    }

    /// <summary>Has something done after a while.</summary>
    /// <param name="time">After how long; 0 for when what is to be done now is done.</param>
    /// <param name="action">What. It runs as a timer's callback does, and must not wait.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The time is negative, or ends later than recordings can tell, in the year 2262.
    /// </exception>
    /// <remarks>As <see cref="At(TimeSpan, Action)"/>.</remarks>
    public void After(TimeSpan time, Action action)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, Latest - Clock.Now);
        At(Clock.Now.SinceStart + time, action);
    }

    /// <summary>Starts a program after a while.</summary>
    /// <inheritdoc cref="At(TimeSpan, Func{Task})"/>
    public void After(TimeSpan time, Func<Task> program) => At(Clock.Now.SinceStart + time, program);

    /// <summary>
    /// Separates groups of hosts: what goes between addresses of two of them is lost, ARP and IP, whatever the links
    /// between them, until it is healed. Hosts of no group reach all.
    /// </summary>
    /// <param name="groups">Two or more, no host in two of them, as in <c>network.Partition([a, b], [c])</c>.</param>
    /// <exception cref="ArgumentException">They are not that, or a host is of another network.</exception>
    /// <remarks>Several may hold at once: a frame has to pass all of them. <see cref="VirtualPartition"/>.</remarks>
    public VirtualPartition Partition(params IReadOnlyList<VirtualHost>[] groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        CheckCall();
        Fault fault = Fault.Partition(
            [.. groups.Select(static group => (IReadOnlyList<string>)[.. group.Select(static host => host.Name)])]);
        foreach (VirtualHost host in groups.SelectMany(static group => group))
        {
            if (!_hosts.Contains(host)) throw new ArgumentException($"{host.Name} is of another network.", nameof(groups));
        }

        Note("the network", $"is parted: {fault.Target}");
        VirtualPartition partition = Separate(groups);
        partition.WhenHealed = () => Note("the network", $"is whole again: {fault.Target}");
        return partition;
    }

    /// <summary>Has a fault begin now; its own times are not looked at.</summary>
    /// <returns>Ends it.</returns>
    /// <exception cref="KeyNotFoundException">The link or host is missing.</exception>
    public IDisposable Begin(Fault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return Apply([fault.From(Clock.Now.SinceStart)]);
    }

    internal IDisposable Apply(IReadOnlyList<Fault> faults)
    {
        CheckCall();
        var applied = new AppliedFaults(this, [.. faults.Select(fault => new FaultInForce(this, fault, _faultCount++))]);
        applied.Schedule();
        return applied;
    }

    internal VirtualPartition Separate(IReadOnlyList<IReadOnlyList<VirtualHost>> groups)
    {
        var partition = new VirtualPartition(groups, healed => Partitions.Remove(healed));
        Partitions.Add(partition);
        return partition;
    }

    /// <summary>As <see cref="At(TimeSpan, Action)"/>; can be called off.</summary>
    internal IDisposable SetAlarm(TimeSpan instant, Action action)
    {
        var alarm = new Alarm(Clock, action);
        alarm.Set(Timestamp.FromStart(instant));
        return alarm;
    }

    /// <summary>A timer that may lie further ahead than timers go.</summary>
    private sealed class Alarm : IDisposable
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

        public void Dispose() => _timer.Dispose();

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
