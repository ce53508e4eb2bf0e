using System.Threading.Tasks.Sources;
using UserNet.Core;
using UserNet.Tcp;

namespace UserNet.Sockets;

/// <summary>A call that waits for a connection.</summary>
internal sealed class AcceptOperation(StackCore core, NetworkSocket listener) : SocketOperation(core), IStreamOperation, IValueTaskSource<NetworkSocket>
{
    /// <summary>The connection's socket, once it has come.</summary>
    public NetworkSocket? Accepted { get; private set; }

    /// <inheritdoc/>
    public bool Progress(StreamChannel stream)
    {
        TransferResult result = stream.Accept(out Tcb? connection);
        if (result.WouldWait) return false;
        if (connection is not null) Accepted = listener.SocketOf(connection);
        End(result);
        return true;
    }

    NetworkSocket IValueTaskSource<NetworkSocket>.GetResult(short token)
    {
        Finish(token, out CancellationToken canceledBy);
        if (WasCanceled) throw new OperationCanceledException(canceledBy);
        return Result.IsDone ? Accepted! : throw NetworkSocket.FailureOn(Stack, Result, "accept");
    }
}
