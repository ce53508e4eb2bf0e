using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using UserNet.Core;

namespace UserNet.Sockets;

/// <summary>A call that waits until its socket can be read or written, or has failed; or the part of a select that does.</summary>
/// <param name="core">The stack.</param>
/// <param name="mode">What it waits for.</param>
/// <param name="select">The select that it is part of, or null.</param>
internal sealed class PollOperation(StackCore core, SelectMode mode, SelectOperation? select = null) : SocketOperation(core),
    IValueTaskSource<bool>
{
    /// <summary>What it waits for.</summary>
    public SelectMode Mode => mode;

    /// <summary>The socket has something to tell. Gate held.</summary>
    public void Notify(bool isReady)
    {
        if (select is null) End(new TransferResult(isReady ? 1 : 0));
        else select.Notify();
    }

    /// <inheritdoc/>
    public override void Abandon()
    {
        if (select is null) base.Abandon();
        else select.Notify();
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        Finish(token, out CancellationToken canceledBy);
        if (WasCanceled) throw new OperationCanceledException(canceledBy);
        return Result.IsDone ? Result.Octets > 0 : throw NetworkSocket.FailureOn(Stack, Result, "poll");
    }
}
