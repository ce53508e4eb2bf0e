using UserNet.Core;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Winsock;

#pragma warning disable CA1707 // the field's own names

/// <summary>OVERLAPPED: one call that goes on after it has returned, and how it ends.</summary>
/// <remarks>Used for one call at a time. Any thread.</remarks>
public sealed class OVERLAPPED
{
    private readonly OperationList _waiters = new();
    private WinsockSocket? _socket;
    private volatile bool _isPending;

    /// <summary>How it ended; WSA_IO_PENDING while it goes on.</summary>
    public WsaError Status { get; private set; }

    /// <summary>How many octets were sent.</summary>
    public uint Transferred { get; private set; }

    /// <summary>HasOverlappedIoCompleted: false while the call goes on.</summary>
    public bool HasCompleted => !_isPending;

    internal bool IsOf(WinsockSocket socket) => _socket == socket;

    internal void Begin(WinsockSocket socket)
    {
        (_socket, Status, Transferred) = (socket, WsaError.WSA_IO_PENDING, 0);
        _isPending = true;
    }

    /// <summary>The call could not begin.</summary>
    internal void TakeBack() => (_socket, _isPending) = (null, false);

    /// <summary>The call has ended: who waits for it goes on. Outside the gate, or inside.</summary>
    internal void End(StackCore core, WsaError status, uint transferred)
    {
        using (core.Enter())
        {
            (Status, Transferred) = (status, transferred);
            _isPending = false;
            while (_waiters.First is { } waiter) waiter.End(default);
        }
    }

    /// <summary>Blocks the calling thread until the call has ended, or the stack is gone. Outside the gate.</summary>
    internal void Wait(StackCore core)
    {
        CompletionWait operation;
        using (core.Enter())
        {
            if (!_isPending || core.IsDisposed) return;
            operation = new CompletionWait(core);
            operation.Begin(isOfThread: true);
            operation.WaitIn(_waiters);
        }

        operation.WaitHere();
    }

    /// <summary>A thread that waits for an overlapped call.</summary>
    private sealed class CompletionWait(StackCore core) : SocketOperation(core);
}
