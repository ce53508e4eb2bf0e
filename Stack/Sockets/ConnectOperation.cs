using System.Threading.Tasks.Sources;
using UserNet.Core;
using UserNet.Errors;

namespace UserNet.Sockets;

/// <summary>A call that waits until its stream is connected, or can't be.</summary>
internal sealed class ConnectOperation(StackCore core, NetworkSocket socket, StreamChannel stream) : SocketOperation(core), IStreamOperation, IValueTaskSource
{
    private bool _isEnding;

    /// <inheritdoc/>
    public bool Progress(StreamChannel stream)
    {
        if (_isEnding || !stream.HasConnectEnded) return false;
        _isEnding = true;      // undoing the attempt has others look at what they wait for
        TransferResult result = stream.Phase == StreamPhase.Connecting ? stream.FinishConnect()
            : stream.Connection is null ? TransferResult.Failed(Errno.ECONNABORTED) : default;
        if (result.IsDone) socket.NoteConnected();
        End(result);
        return true;
    }

    void IValueTaskSource.GetResult(short token)
    {
        Finish(token, out CancellationToken canceledBy);
        if (WasCanceled) throw new OperationCanceledException(canceledBy);
        if (!Result.IsDone) throw NetworkSocket.FailureOn(Stack, Result, "connect");
    }

    /// <summary>The attempt ends with its call; a thread's whose time is over goes on, and counts as one that did not wait.</summary>
    protected override TransferResult Settle(in TransferResult result)
    {
        if (WasCanceled && stream.Phase == StreamPhase.Connecting) stream.Disconnect();
        return result.Errno == Errno.ETIMEDOUT && HasExpired ? TransferResult.Failed(Errno.EAGAIN) : result;
    }
}
