using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using UserNet.Core;

namespace UserNet.Sockets;

/// <summary>A read of a stream's pipe that waits.</summary>
internal sealed class PipeReadOperation(StackCore core, ReceivePipeReader reader) : SocketOperation(core), IStreamOperation, IValueTaskSource<ReadResult>
{
    /// <inheritdoc/>
    public bool Progress(StreamChannel stream)
    {
        if (!reader.CanRead(stream)) return false;
        End(default);
        return true;
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        bool isFree = Finish(token, out CancellationToken canceledBy);
        if (WasCanceled) throw new OperationCanceledException(canceledBy);
        if (!Result.IsDone) throw NetworkSocket.FailureOn(Stack, Result, "read");
        return reader.Collect(isFree);
    }
}
