using UserNet.Doors;

namespace UserNet.Simulation;

/// <summary>
/// Where the work of one host of a virtual network runs, or that of the network itself: in its turn, on the network's thread.
/// </summary>
/// <remarks>
/// Work that comes from another thread is not done: it is noted as a <see cref="ForeignThreadException"/>, which comes
/// out of the run. A host that is paused has its work done later; that of a host that crashed never.
/// </remarks>
public sealed class VirtualScheduler : SingleThreadScheduler
{
    private static readonly Action<object?> TakeTurn = static scheduler => ((VirtualScheduler)scheduler!).OnTurn();

    private readonly VirtualNetwork _network;
    private readonly ItemRing _own = new();
    private int _missed;      // turns that came while it was held

    internal VirtualScheduler(VirtualNetwork network, string name)
    {
        (_network, Name) = (network, name);
        Context = new VirtualContext(this);
        Tasks = new VirtualTaskScheduler(this);
    }

    /// <summary>The context in which user code goes on after an await. Current in what was posted to it.</summary>
    public SynchronizationContext Context { get; }

    /// <summary>A scheduler of tasks that run here.</summary>
    public TaskScheduler Tasks { get; }

    /// <summary>Whose work it is, in reports.</summary>
    internal string Name { get; }

    /// <summary>For how long user code may block the thread, milliseconds of real time.</summary>
    internal int LongestWait => (int)_network.LongestWait.TotalMilliseconds;

    internal bool IsHeld { get; private set; }

    internal bool IsDead { get; private set; }

    /// <inheritdoc/>
    public override void Schedule(Action<object?> action, object? state)
    {
        if (IsDead || !_network.IsOwnThread(state)) return;
        _own.Add(action, state);
        _network.Items.Schedule(TakeTurn, this);
    }

    /// <inheritdoc/>
    public override void CheckThread() => _network.CheckThread();

    /// <inheritdoc/>
    /// <exception cref="StalledException">Nothing is left to happen.</exception>
    public override void RunUntil(Func<bool> condition) => _network.RunUntilOver(condition, Name);

    /// <summary>True on the network's thread.</summary>
    internal bool IsOwnThread() => _network.IsOwnThread();

    internal void Hold() => IsHeld = true;

    internal void Release()
    {
        IsHeld = false;
        for (; _missed > 0; _missed--) _network.Items.Schedule(TakeTurn, this);
    }

    internal void Kill() => IsDead = true;

    private void OnTurn()
    {
        if (IsDead) return;
        if (IsHeld) _missed++;
        else if (_own.TryTake(out ItemRing.Item item)) item.Run();
    }
}

/// <summary>
/// The context of user code: what it awaits brings it back here, and what it waits for with the thread itself does not
/// have it stand still for ever.
/// </summary>
internal sealed class VirtualContext : SynchronizationContext
{
    private const int TimedOut = 258;      // WAIT_TIMEOUT, on all systems

    private readonly VirtualScheduler _scheduler;

    public VirtualContext(VirtualScheduler scheduler)
    {
        _scheduler = scheduler;
        SetWaitNotificationRequired();
    }

    /// <summary>Called where user code blocks its thread: Task.Wait, a lock that another thread has, and the like.</summary>
    /// <exception cref="InvalidOperationException">It took too long for a wait that was to end some time.</exception>
    public override int Wait(IntPtr[] waitHandles, bool waitAll, int millisecondsTimeout)
    {
        if (millisecondsTimeout != Timeout.Infinite) return WaitHelper(waitHandles, waitAll, millisecondsTimeout);
        int ended = WaitHelper(waitHandles, waitAll, _scheduler.LongestWait);
        return ended != TimedOut ? ended : throw new InvalidOperationException(
            $"{_scheduler.Name} waits with its thread (Task.Wait, Result, a lock, Thread.Join) for what may never come: "
            + "nothing moves in the network until it returns. Await instead.");
    }

    public override void Post(SendOrPostCallback d, object? state) => _scheduler.Schedule(Posted.Run, new Posted(this, d, state));

    public override void Send(SendOrPostCallback d, object? state)
    {
        _scheduler.CheckThread();
        new Posted(this, d, state).Invoke();
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>The method that goes on in what was posted, as in "Server.RunAsync"; null where it can't be known.</summary>
    internal static string? NameOf(object? posted)
    {
        // What an await posts is the continuation of a state machine, in a box of the class library.
        if ((posted as Posted)?.State is not Action { Target: { } box }) return null;
        Type type = box.GetType();
        Type? machine = type.IsGenericType ? Array.Find(type.GetGenericArguments(), static part => part.Name.Contains(">d", StringComparison.Ordinal)) : null;
        if (machine?.DeclaringType is not { } owner) return null;
        while (owner.Name.StartsWith('<') && owner.DeclaringType is { } outer) owner = outer;      // of a lambda
        string name = machine.Name[(machine.Name.LastIndexOf('<', machine.Name.IndexOf('>', StringComparison.Ordinal)) + 1)..machine.Name.IndexOf('>', StringComparison.Ordinal)];
        return $"{owner.FullName}.{name}";
    }

    private sealed class Posted(VirtualContext context, SendOrPostCallback callback, object? state)
    {
        public object? State => state;


        public static readonly Action<object?> Run = static posted => ((Posted)posted!).Invoke();

        public void Invoke()
        {
            SynchronizationContext? outer = Current;
            SetSynchronizationContext(context);
            try
            {
                callback(state);
            }
            finally
            {
                SetSynchronizationContext(outer);
            }
        }
    }
}

/// <summary>Tasks that run in their turn on the network's thread.</summary>
internal sealed class VirtualTaskScheduler(VirtualScheduler scheduler) : TaskScheduler
{
    public override int MaximumConcurrencyLevel => 1;

    protected override void QueueTask(Task task) =>
        scheduler.Schedule(static run => ((Turn)run!).Take(), new Turn(this, task));

    // A task that is waited for before its turn is run at once; its turn then finds it done.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        scheduler.IsOwnThread() && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    private sealed class Turn(VirtualTaskScheduler scheduler, Task task)
    {
        public void Take() => scheduler.TryExecuteTask(task);
    }
}
