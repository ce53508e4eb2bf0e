using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using UserNet.Time;

namespace UserNet.Simulation;

// How time passes.
public sealed partial class VirtualNetwork
{
    private const int DeepestRun = 256;

    private readonly Stack<(Func<bool> Condition, string Who)> _waits = new();      // that are under way, one within the other
    private Timestamp _instant;       // of the last event
    private int _eventsAtInstant;
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

    /// <summary>The last instant of which recordings can tell.</summary>
    private Timestamp Latest => new((long.MaxValue / 100) - (Epoch / 100));

    /// <summary>Runs the next event: what was scheduled first, or else the next timer, to which the time jumps.</summary>
    /// <returns>False when nothing is left to happen.</returns>
    /// <exception cref="InvalidOperationException">
    /// The network does not come to rest at this instant (<see cref="ItemLimit"/>); the network is being run by another
    /// thread; a timer's callback has it run.
    /// </exception>
    /// <exception cref="ForeignThreadException">A thread that is not the network's called one of its hosts.</exception>
    /// <remarks>
    /// What an item, a timer or a program (<see cref="Start(Func{Task}, string)"/>) throws comes out here, with the
    /// clock at its instant.
    /// </remarks>
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
    /// <exception cref="ArgumentOutOfRangeException">
    /// The time is negative, or ends later than recordings can tell, in the year 2262.
    /// </exception>
    /// <exception cref="InvalidOperationException">As <see cref="Step"/>.</exception>
    /// <exception cref="ForeignThreadException">As <see cref="Step"/>.</exception>
    /// <remarks>
    /// More time passes where a program lets it: one that waits in a call, and does not await, has the run wait with
    /// it.
    /// </remarks>
    public void RunFor(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, Latest - Clock.Now);
        RunUntil(static () => false, time);
    }

    /// <summary>
    /// Lets time pass until a condition holds, which is looked at when nothing is left to do at an instant.
    /// </summary>
    /// <param name="condition">What is waited for. Must not change the network.</param>
    /// <param name="limit">How much time may pass.</param>
    /// <returns>False when the time passed and the condition does not hold.</returns>
    /// <exception cref="InvalidOperationException">As <see cref="Step"/>.</exception>
    /// <exception cref="ForeignThreadException">As <see cref="Step"/>.</exception>
    /// <remarks>As <see cref="RunFor"/>.</remarks>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(condition);
        Timestamp end = EndOf(limit);
        if (!RunWhile(static state => !((Func<bool>)state!)(), condition, end)) return true;
        PassTo(end);
        return condition();
    }

    /// <summary>Lets time pass until nothing is left to happen, ever; the time is then that of the last event.</summary>
    /// <param name="limit">How much time may pass: a timer that fires again and again is never idle.</param>
    /// <returns>False when the time passed, and something is still to happen after it.</returns>
    /// <exception cref="InvalidOperationException">As <see cref="Step"/>.</exception>
    /// <exception cref="ForeignThreadException">As <see cref="Step"/>.</exception>
    /// <remarks>As <see cref="RunFor"/>.</remarks>
    public bool RunUntilIdle(TimeSpan limit)
    {
        Timestamp end = EndOf(limit);
        RunWhile(static _ => true, null, end);
        if (Clock.NextTimer == Timestamp.Never) return true;
        PassTo(end);
        return false;
    }

    /// <summary>Lets time pass as it takes for a condition to hold, which is looked at after each event.</summary>
    /// <exception cref="StalledException">Nothing is left to happen, or nothing until <see cref="WaitLimit"/> is over.</exception>
    internal void RunUntilOver(Func<bool> condition, string who)
    {
        Timestamp end = WaitLimit < Timestamp.Never - Clock.Now ? Clock.Now + WaitLimit : Timestamp.Never;
        SynchronizationContext? outer = BeginRun();
        _waits.Push((condition, who));
        try
        {
            while (!condition())
            {
                if (StepInside(end)) continue;
                throw new StalledException(
                    Clock.Now, who, [.. DescribeWaits(), .. DescribeBuried(who)], _programs.Count, IsIdle ? null : WaitLimit);
            }
        }
        finally
        {
            _waits.Pop();
            EndRun(outer);
        }
    }

    /// <summary>The instant at which a time from now on is over; the latest there is for one that is longer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    internal Timestamp EndOf(TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        return limit < Latest - Clock.Now ? Clock.Now + limit : Latest;
    }

    /// <summary>Has the clock stand at an instant; a program may have moved it further.</summary>
    internal void PassTo(Timestamp end)
    {
        if (Clock.Now < end) Clock.AdvanceTo(end);
    }

    // Calls that could return, were it not for the one that was made while they waited.
    private IEnumerable<string> DescribeBuried(string who) => _waits
        .Where(static wait => wait.Condition())
        .Select(wait => $"{wait.Who} can't go on, though its call is over: {who} made one while it waited, and still waits. "
            + "Await instead of blocking.");

    // Instant by instant; true when all is done that was to be, false when the condition ended it.
    private bool RunWhile(Func<object?, bool> goesOn, object? state, Timestamp end, bool runsTimers = true)
    {
        SynchronizationContext? outer = BeginRun();
        try
        {
            ThrowFault();
            while (true)
            {
                while (StepItem())
                {
                }

                if (!goesOn(state)) return false;
                if (!runsTimers || !StepTimer(end)) return true;
            }
        }
        finally
        {
            EndRun(outer);
        }
    }

    // The next event, unless it is a timer that is due after the end.
    private bool StepInside(Timestamp end) => StepItem() || StepTimer(end);

    private bool StepItem()
    {
        ThrowFault();
        if (!Items.Step()) return false;
        OnEvent();
        return true;
    }

    private bool StepTimer(Timestamp end)
    {
        _isFiring = true;
        try
        {
            if (!Clock.AdvanceToNextTimer(end)) return false;
        }
        finally
        {
            _isFiring = false;
        }

        OnEvent();
        return true;
    }

    private void OnEvent()
    {
        Events++;
        ThrowFault();
        if (Clock.Now != _instant) (_instant, _eventsAtInstant) = (Clock.Now, 0);
        if (++_eventsAtInstant < ItemLimit) return;
        _eventsAtInstant = 0;
        throw new InvalidOperationException(
            $"The network did not come to rest: {ItemLimit:N0} items ran at {Clock.Now} s. Is there a ring of switches?");
    }

    // While events run there is no context: what awaits without one goes on where it was completed, on this thread.
    // User code that was posted to a context has it.
    private SynchronizationContext? BeginRun()
    {
        TakeOver();
        CheckMayRun();
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

    private void CheckMayRun()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_isFiring)
        {
            throw new InvalidOperationException(
                "A timer's callback can neither block nor run the network: time stands still until it returns. Start a program instead.");
        }

        if (_order.IsWriting)
        {
            throw new InvalidOperationException(
                "Who is asked about a packet, or takes it down, can neither block nor run the network: it is in the middle of a delivery.");
        }

        if (_runs < DeepestRun && RuntimeHelpers.TryEnsureSufficientExecutionStack()) return;
        throw new InvalidOperationException(
            $"{_runs} calls wait within each other: each that blocks lets programs go on which then block in turn. Await instead of blocking.");
    }

    // What goes wrong comes out of every run that is under way: a program that catches it in a call that blocks does not hide it.
    private void ThrowFault()
    {
        if (_fault is null && Volatile.Read(ref _foreign) is null && !_isDisposed) return;
        ForeignThreadException? foreign = Volatile.Read(ref _foreign);
        ExceptionDispatchInfo? fault = _fault;
        if (_runs <= 1 && foreign is not null) Volatile.Write(ref _foreign, null);
        else if (_runs <= 1) _fault = null;
        if (foreign is not null) throw foreign;
        _told = fault?.SourceException;
        fault?.Throw();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
    }
}
