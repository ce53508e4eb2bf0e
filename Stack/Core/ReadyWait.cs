using System.IO.Pipelines;
using UserNet.Ip;

namespace UserNet.Core;

/// <summary>Somebody waits until it is known of all addresses of an interface whether the host may use them.</summary>
/// <remarks>It ends once, gate held, by whoever takes it from the list; the waiter goes on after the gate is left.</remarks>
internal sealed class ReadyWait : Waiter, IWake
{
    private readonly StackCore _core;
    private readonly TaskCompletionSource _source;
    private CancellationToken _canceledBy;
    private bool _isAbandoned;

    public ReadyWait(StackCore core, InterfaceEntry entry)
    {
        _core = core;
        Entry = entry;
        // As in operations of sockets: its continuation runs where the scheduler says.
        bool isOfPool = ReferenceEquals(core.Scheduler, PipeScheduler.ThreadPool);
        _source = new TaskCompletionSource(isOfPool ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
    }

    public InterfaceEntry Entry { get; }

    public Task Task => _source.Task;

    /// <summary>The token ended it. Outside the gate.</summary>
    public void Cancel(CancellationToken token)
    {
        using (_core.Enter())
        {
            _canceledBy = token;
            _core.EndWait(this);
        }
    }

    /// <inheritdoc/>
    public override void Abandon()
    {
        _isAbandoned = true;
        _core.EndWait(this);
    }

    void IWake.Wake(PipeScheduler scheduler) => scheduler.Schedule(static wait => ((ReadyWait)wait!).End(), this);

    private void End()
    {
        if (_isAbandoned) _source.TrySetException(new ObjectDisposedException(nameof(NetworkStack)));
        else if (_canceledBy.IsCancellationRequested) _source.TrySetCanceled(_canceledBy);
        else _source.TrySetResult();
    }
}
