using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using UserNet.Core;

namespace UserNet.Sockets;

/// <summary>A flush of a stream's pipe that waits until less is unacknowledged.</summary>
internal sealed class PipeFlushOperation(StackCore core, SendPipeWriter writer) : SocketOperation(core), IStreamOperation, IValueTaskSource<FlushResult>
{
    /// <inheritdoc/>
    public bool Progress(StreamChannel stream)
    {
        if (!writer.CanGoOn(stream)) return false;
        End(default);
        return true;
    }

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        bool isFree = Finish(token, out CancellationToken canceledBy);
        if (WasCanceled) throw new OperationCanceledException(canceledBy);
        if (!Result.IsDone) throw NetworkSocket.FailureOn(Stack, Result, "flush");
        return writer.Collect(isFree);
    }
}
