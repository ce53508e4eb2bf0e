using System.Runtime.ExceptionServices;
using UserNet.Time;

namespace UserNet.Simulation;

// How time passes.
public sealed partial class VirtualNetwork
{
    private int _itemsAtInstant;      // items and timers since the time last moved
    private bool _isFiring;

    /// <summary>
    /// How many items may run, and timers fire, without the time moving before it counts as a network that never comes to
    /// rest, such as switches in a ring. 10,000,000.
    /// </summary>
    public int ItemLimit { get; init; } = 10_000_000;

    /// <summary>
    /// How much time may pass while a program of <see cref="Run(Func{Task})"/> or a blocking call waits, before it counts as a wait that never
    /// ends: something may go on for ever, such as a timer that repeats. A day.
    /// </summary>
    public TimeSpan WaitLimit { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How many items ran and timers fired since the beginning.</summary>
    public long Events { get; private set; }

    /// <summary>Runs the next event: what was scheduled first, or else the next timer, to which the time jumps.</summary>
    /// <returns>False when nothing is left to happen.</returns>
    /// <exception cref="InvalidOperationException">
    /// The network does not come to rest at this instant (<see cref="ItemLimit"/>); the network is being run by another thread; a timer's
    /// callback has it run.
    /// </exception>
    /// <exception cref="ForeignThreadException">A thread that is not the network's called one of its hosts.</exception>
    /// <remarks>What an item, a timer or a program (<see cref="Start(Func{Task}, string)"/>) throws comes out here, with the clock at its instant.</remarks>
    public bool Step()
    {
        SynchronizationContext? outer = BeginRun();
        try
        {
            return StepInside(Timestamp.Never);
        }
        finally
        {
            EndRun(outer);
        }
    }

    /// <summary>Runs until nothing is left to do at this instant. Time does not move, so no timer fires.</summary>
    /// <exception cref="InvalidOperationException">As <see cref="Step"/>.</exception>
    public void Run() => RunWhile(static _ => true, null, Clock.Now, runsTimers: false);

    /// <summary>Lets time pass, with all that happens meanwhile, its last instant included.</summary>
    /// <exception cref="InvalidOperationException">As <see cref="Step"/>.</exception>
    /// <exception cref="ForeignThreadException">As <see cref="Step"/>.</exception>
    public void RunFor(TimeSpan time) => RunUntil(static () => false, time);

    /// <summary>
    /// Lets time pass until a condition holds, which is looked at when nothing is left to do at an instant.
    /// </summary>
    /// <param name="condition">What is waited for. Must not change the network.</param>
    /// <param name="limit">How much time may pass.</param>
    /// <returns>False when the time passed and the condition does not hold.</returns>
    /// <exception cref="InvalidOperationException">As <see cref="Step"/>.</exception>
    /// <exception cref="ForeignThreadException">As <see cref="Step"/>.</exception>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        Timestamp end = Clock.Now + limit;
        if (!RunWhile(static state => !((Func<bool>)state!)(), condition, end)) return true;
        Clock.AdvanceTo(end);
        return condition();
    }

    /// <summary>Lets time pass until nothing is left to happen, ever; the time is then that of the last event.</summary>
    /// <param name="limit">How much time may pass: a timer that fires again and again is never idle.</param>
    /// <returns>False when the time passed, and something is still to happen after it.</returns>
    /// <exception cref="InvalidOperationException">As <see cref="Step"/>.</exception>
    /// <exception cref="ForeignThreadException">As <see cref="Step"/>.</exception>
    public bool RunUntilIdle(TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        Timestamp end = Clock.Now + limit;
        RunWhile(static _ => true, null, end);
        if (Clock.NextTimer == Timestamp.Never) return true;
        Clock.AdvanceTo(end);
        return false;
    }

    /// <summary>Lets time pass as it takes for a condition to hold, which is looked at after each event.</summary>
    /// <exception cref="StalledException">Nothing is left to happen, or nothing until <see cref="WaitLimit"/> is over.</exception>
    internal void RunUntilOver(Func<bool> condition, string who)
    {
        Timestamp end = WaitLimit < Timestamp.Never - Clock.Now ? Clock.Now + WaitLimit : Timestamp.Never;
        SynchronizationContext? outer = BeginRun();
        try
        {
            while (!condition())
            {
                if (!StepInside(end)) throw new StalledException(Clock.Now, who, DescribeWaits(), _programs.Count, IsIdle ? null : WaitLimit);
            }
        }
        finally
        {
            EndRun(outer);
        }
    }

    // Instant by instant; true when all is done that was to be, false when the condition ended it.
    private bool RunWhile(Func<object?, bool> goesOn, object? state, Timestamp end, bool runsTimers = true)
    {
        SynchronizationContext? outer = BeginRun();
        try
        {
            ThrowFault();
            while (true)
            {
                while (_items.Count > 0) StepInside(end);
                if (!goesOn(state)) return false;
                if (!runsTimers || !StepInside(end)) return true;
            }
        }
        finally
        {
            EndRun(outer);
        }
    }

    // The next event, unless it is a timer that is due after the end.
    private bool StepInside(Timestamp end)
    {
        ThrowFault();
        Timestamp before = Clock.Now;
        if (!_items.Step())
        {
            Timestamp next = Clock.NextTimer;
            if (next == Timestamp.Never || next > end) return false;
            Fire();
        }

        Events++;
        ThrowFault();
        _itemsAtInstant = Clock.Now == before ? _itemsAtInstant + 1 : 0;
        if (_itemsAtInstant < ItemLimit) return true;
        _itemsAtInstant = 0;
        throw new InvalidOperationException(
            $"The network did not come to rest: {ItemLimit:N0} items ran at {Clock.Now} s. Is there a ring of switches?");
    }

    private void Fire()
    {
        if (_isFiring)
        {
            throw new InvalidOperationException(
                "A timer's callback can neither block nor run the network: time stands still until it returns. Start a program instead.");
        }

        _isFiring = true;
        try
        {
            Clock.AdvanceToNextTimer();
        }
        finally
        {
            _isFiring = false;
        }
    }

    // While events run there is no context: what awaits without one goes on where it was completed, on this thread. User code that was
    // posted to a context has it.
    private SynchronizationContext? BeginRun()
    {
        Claim();
        _runs++;
        SynchronizationContext? outer = SynchronizationContext.Current;
        if (outer is not null) SynchronizationContext.SetSynchronizationContext(null);
        return outer;
    }

    private void EndRun(SynchronizationContext? outer)
    {
        _runs--;
        if (outer is not null) SynchronizationContext.SetSynchronizationContext(outer);
    }

    private void ThrowFault()
    {
        if (_fault is null && Volatile.Read(ref _foreign) is null) return;
        if (Interlocked.Exchange(ref _foreign, null) is { } foreign) throw foreign;
        ExceptionDispatchInfo? fault = _fault;
        _fault = null;
        _told = fault?.SourceException;
        fault?.Throw();
    }
}
