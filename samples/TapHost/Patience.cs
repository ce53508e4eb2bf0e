using System.IO.Pipelines;
using UserNet.Sockets;

namespace UserNet.Samples.TapHost;

/// <summary>Ends reads and flushes of one connection that wait for too long, by the host's clock.</summary>
internal sealed class Patience(TcpConnection connection, TimeSpan limit, TimeProvider time) : IDisposable
{
    private CancellationTokenSource _read = new(Timeout.InfiniteTimeSpan, time), _flush = new(Timeout.InfiniteTimeSpan, time);

    /// <summary>What came; waits for it no longer than the limit.</summary>
    /// <exception cref="OperationCanceledException">Nothing came in time.</exception>
    public ValueTask<ReadResult> ReadAsync() =>
        connection.Input.TryRead(out ReadResult result) ? new ValueTask<ReadResult>(result) : connection.Input.ReadAsync(Wind(ref _read));

    /// <summary>Sends what was written; waits for room no longer than the limit.</summary>
    /// <exception cref="OperationCanceledException">The peer took nothing in time.</exception>
    public ValueTask<FlushResult> FlushAsync() => connection.Output.FlushAsync(Wind(ref _flush));

    public void Dispose()
    {
        _read.Dispose();
        _flush.Dispose();
    }

    private CancellationToken Wind(ref CancellationTokenSource source)
    {
        if (!source.TryReset())
        {
            source.Dispose();
            source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        }

        source.CancelAfter(limit);
        return source.Token;
    }
}
