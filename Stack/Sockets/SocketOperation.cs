using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Time;

namespace UserNet.Sockets;

/// <summary>One call that waits for its socket: of a thread that is blocked, or of an asynchronous caller.</summary>
/// <remarks>
/// It ends exactly once: whoever ends it (what it waits for, its deadline, its token, shutdown or close) does so inside
/// the gate and takes it from its list, so nobody else finds it there. The waiter goes on after the gate is left. Then
/// the object is used again, unless a token may still be about to call it.
/// </remarks>
internal abstract class SocketOperation(StackCore core) : Waiter, IWake, IExpires
{
    // Its continuation runs where the scheduler says; where that is the thread pool, the core goes there itself, and
    // allocates nothing.
    private ManualResetValueTaskSourceCore<bool> _source = new()
    {
        RunContinuationsAsynchronously = ReferenceEquals(core.Scheduler, PipeScheduler.ThreadPool),
    };

    private static readonly TimeSpan Longest = TimeSpan.FromDays(100 * 365);      // more is for ever

    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private Deadline _deadline;
    private bool _hasEnded;

    internal SocketOperation? Earlier, Later;      // in its list
    internal OperationList? List;                  // null unless it waits

    /// <summary>Names this use of the object; a ValueTask of an earlier use is refused.</summary>
    public short Version => _source.Version;

    /// <summary>True when a thread is blocked by it.</summary>
    public bool IsOfThread { get; private set; }

    /// <summary>Whom to tell that it has ended, where nobody awaits it and no thread is blocked.</summary>
    public ISocketRequest? Request { get; set; }

    /// <summary>How it ended.</summary>
    public TransferResult Result { get; private set; }

    /// <summary>True when its token ended it.</summary>
    public bool WasCanceled { get; private set; }

    /// <summary>True when its deadline ended it.</summary>
    public bool HasExpired { get; private set; }

    protected StackCore Stack { get; } = core;

    /// <summary>Says who waits. Gate held, or nobody else knows of the operation yet.</summary>
    public void Begin(bool isOfThread)
    {
        IsOfThread = isOfThread;
        Request = null;
        _hasEnded = WasCanceled = HasExpired = false;
        Result = default;
    }

    /// <summary>Has it wait, behind the others of a list or before them. Gate held.</summary>
    public void WaitIn(OperationList list, bool isFirst = false)
    {
        if (isFirst) list.AddFirst(this);
        else list.Add(this);
        Stack.Waiting.Add(this);
    }

    /// <summary>
    /// Has the operation end by ETIMEDOUT unless it has ended by then; never where the time is zero. Gate held.
    /// </summary>
    public void ExpireIn(TimeSpan time)
    {
        if (List is null || time <= TimeSpan.Zero || time > Longest) return;
        _deadline = Stack.Context.Deadlines.Add(Stack.Now + time, this);
    }

    /// <summary>Has a token end the operation. Outside the gate, before anyone is given the ValueTask.</summary>
    public void CancelBy(CancellationToken token)
    {
        if (!token.CanBeCanceled) return;
        _token = token;
        _registration = token.UnsafeRegister(static operation => ((SocketOperation)operation!).OnCanceled(), this);
    }

    /// <summary>
    /// Ends the operation: it waits no longer, and its waiter goes on once the gate is left. Gate held.
    /// </summary>
    public void End(in TransferResult result)
    {
        List!.Remove(this);
        Stack.Waiting.Remove(this);
        if (_deadline.IsSet) Stack.Context.Deadlines.Cancel(_deadline);
        _deadline = default;
        Result = Settle(result);
        Stack.Wake(this);
    }

    /// <summary>What its waiter is told, where that is not just how it ended: some of the work may have been done. Gate held.</summary>
    protected virtual TransferResult Settle(in TransferResult result) => result;

    /// <summary>Ends the operation since its caller wants it no longer. Gate held; it waits.</summary>
    public void Cancel()
    {
        WasCanceled = true;
        End(TransferResult.Failed(Errno.EINTR));
    }

    /// <summary>Ends the operation since its socket, or the stack, is closed. Gate held.</summary>
    public override void Abandon() => End(TransferResult.Failed(IsOfThread ? Errno.EINTR : Errno.EBADF));

    /// <inheritdoc/>
    void IExpires.OnExpired(Timestamp now)
    {
        _deadline = default;
        if (List is null) return;
        HasExpired = true;
        End(TransferResult.Failed(Errno.ETIMEDOUT) with { IsOfWait = true });
    }

    /// <inheritdoc/>
    void IWake.Wake(PipeScheduler scheduler)
    {
        if (IsOfThread)
        {
            lock (this)
            {
                _hasEnded = true;
                Monitor.PulseAll(this);
            }
        }
        else if (Request is not null)
        {
            scheduler.Schedule(static operation => ((SocketOperation)operation!).Tell(), this);
        }
        else if (_source.RunContinuationsAsynchronously)
        {
            _source.SetResult(true);
        }
        else
        {
            scheduler.Schedule(static operation => ((SocketOperation)operation!)._source.SetResult(true), this);
        }
    }

    /// <summary>Blocks the calling thread until the operation has ended. Outside the gate.</summary>
    /// <exception cref="ThreadInterruptedException">
    /// Somebody interrupted the thread; the operation waits no longer, and is not to be used again.
    /// </exception>
    public void WaitHere()
    {
        if (Stack.Scheduler is SingleThreadScheduler one)
        {
            WaitByWorking(one);
            return;
        }

        try
        {
            lock (this)
            {
                while (!_hasEnded) Monitor.Wait(this);
            }
        }
        catch (ThreadInterruptedException)
        {
            using (Stack.Enter())
            {
                if (List is not null) End(TransferResult.Failed(Errno.EINTR));
            }

            throw;
        }
    }

    // The one thread can't stand still: it is the one that would end the operation.
    private void WaitByWorking(SingleThreadScheduler scheduler)
    {
        try
        {
            scheduler.RunUntil(() => _hasEnded);
        }
        finally
        {
            using (Stack.Enter())
            {
                if (List is not null) End(TransferResult.Failed(Errno.EINTR));
            }
        }
    }

    /// <summary>
    /// A call that was cancelled counts as failed, as it does in .NET's sockets; who awaits it sees the same exception.
    /// </summary>
    public ValueTaskSourceStatus GetStatus(short token)
    {
        ValueTaskSourceStatus status = _source.GetStatus(token);
        return status == ValueTaskSourceStatus.Succeeded && !Result.IsDone ? ValueTaskSourceStatus.Faulted : status;
    }

    /// <inheritdoc cref="IValueTaskSource.OnCompleted"/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    /// <summary>
    /// Takes the outcome: checks that this is the use that the ValueTask stands for, and makes the object ready for the
    /// next one.
    /// </summary>
    /// <param name="version">The ValueTask's.</param>
    /// <param name="canceledBy">The token, when it ended the operation.</param>
    /// <returns>True when the object may be used again: no token can call it any more.</returns>
    protected bool Finish(short version, out CancellationToken canceledBy)
    {
        _source.GetResult(version);      // throws when it has not ended, or was asked before
        canceledBy = WasCanceled ? _token : default;
        bool isFree = !_token.CanBeCanceled || _registration.Unregister();
        _token = default;
        _registration = default;
        _source.Reset();
        return isFree;
    }

    private void OnCanceled()
    {
        using (Stack.Enter())
        {
            if (List is not null) Cancel();
        }
    }

    private void Tell() => Request!.OnEnded(this);
}
