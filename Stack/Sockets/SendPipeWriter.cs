using System.Buffers;
using System.IO.Pipelines;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Tcp;

namespace UserNet.Sockets;

/// <summary>Memory for what is to be sent, lent from where the stream keeps it: nothing is copied.</summary>
/// <remarks>
/// One writer at a time, as of any PipeWriter. A flush waits while SO_SNDBUF is full of what the peer has not acknowledged. A broken
/// connection has each flush throw what broke it; one whose sending was ended, or that is closed, counts as completed.
/// </remarks>
internal sealed class SendPipeWriter(NetworkSocket socket) : PipeWriter
{
    private const int LeastScratch = 4096;

    private readonly StackCore _core = socket.Core;
    private PipeFlushOperation? _operation;
    private Memory<byte> _memory;      // what is lent now
    private byte[]? _scratch;          // what is lent where the stream lends nothing
    private int _written;              // octets in it that were written
    private long _unflushed;
    private bool _isCanceled, _isCompleted;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _unflushed;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        if (_isCompleted) throw new InvalidOperationException("Writing is completed.");
        int least = Math.Max(sizeHint, 1);
        if (_memory.Length - _written >= least) return _memory[_written..];
        using (_core.Enter())
        {
            if (_written > 0) Commit();
            if (least <= ChunkPool.ChunkSize && _scratch is null && socket.Stream.Connection is { IsWritable: true } tcb && !socket.IsClosed)
            {
                _memory = tcb.Written.GetMemory(sizeHint);
                return _memory;
            }
        }

        DropScratch();
        _scratch = ArrayPool<byte>.Shared.Rent(Math.Max(least, LeastScratch));
        _memory = _scratch;
        return _memory;
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_memory.Length - _written), nameof(bytes));
        _written += bytes;
        _unflushed += bytes;
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_isCompleted) throw new InvalidOperationException("Writing is completed.");
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        PipeFlushOperation operation;
        using (_core.Enter())
        {
            if (_operation is { List: not null }) throw new InvalidOperationException("Another flush is under way.");
            Commit();
            _unflushed = 0;
            StreamChannel stream = socket.Stream;
            stream.Connection?.Flush();
            if (CanGoOn(stream))
            {
                return stream.Failure == Errno.Success || _isCanceled
                    ? new ValueTask<FlushResult>(Take(stream))
                    : ValueTask.FromException<FlushResult>(socket.Failure(TransferResult.Failed(stream.Failure), "flush"));
            }

            operation = _operation ??= new PipeFlushOperation(_core, this);
            operation.Begin(isOfThread: false);
            socket.Enqueue(operation, stream.Senders);
        }

        operation.CancelBy(cancellationToken);
        return new ValueTask<FlushResult>(operation, operation.Version);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        using (_core.Enter())
        {
            _isCanceled = true;
            if (_operation is { List: not null } waiting) waiting.End(default);
        }
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        using (_core.Enter())
        {
            if (_isCompleted) return;
            Commit();
            _isCompleted = true;
            _unflushed = 0;
            if (socket.IsClosed) return;
            if (exception is not null)
            {
                socket.Stream.Abort();
                return;
            }

            socket.Stream.Connection?.Flush();
            if (socket.Stream.Connection is not null) socket.Stream.ShutDown(System.Net.Sockets.SocketShutdown.Send);
        }
    }

    /// <summary>True when a flush would not wait. Gate held.</summary>
    internal bool CanGoOn(StreamChannel stream) =>
        _isCanceled || socket.IsClosed || stream.Connection is not { IsWritable: true } tcb || tcb.Written.Room > tcb.Written.Capacity / 4
        || tcb.Written.Count == 0;

    /// <summary>What a flush gets that has waited. Outside the gate.</summary>
    internal FlushResult Collect(bool isReusable)
    {
        using (_core.Enter())
        {
            if (!isReusable) _operation = null;
            StreamChannel stream = socket.Stream;
            if (stream.Failure != Errno.Success && !_isCanceled) throw socket.Failure(TransferResult.Failed(stream.Failure), "flush");
            return Take(stream);
        }
    }

    private FlushResult Take(StreamChannel stream)
    {
        bool wasCanceled = _isCanceled;
        _isCanceled = false;
        return new FlushResult(wasCanceled, isCompleted: socket.IsClosed || stream.Connection is not { IsWritable: true });
    }

    /// <summary>Hands over what was written; a stream that takes no more loses it. Gate held.</summary>
    private void Commit()
    {
        Tcb? tcb = socket.Stream.Connection;
        bool isTaken = tcb is { IsWritable: true } && !socket.IsClosed;
        if (_scratch is not null)
        {
            ReadOnlySpan<byte> octets = _memory.Span[.._written];
            while (isTaken && !octets.IsEmpty)
            {
                Span<byte> target = tcb!.Written.GetMemory(1).Span;
                int length = Math.Min(target.Length, octets.Length);
                octets[..length].CopyTo(target);
                tcb.Written.Advance(length);
                octets = octets[length..];
            }

            DropScratch();
        }
        else if (!_memory.IsEmpty)
        {
            tcb?.Written.Advance(isTaken ? _written : 0);
        }

        _memory = default;
        _written = 0;
    }

    private void DropScratch()
    {
        if (_scratch is not null) ArrayPool<byte>.Shared.Return(_scratch);
        _scratch = null;
    }
}
