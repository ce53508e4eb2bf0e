using System.Buffers;
using System.IO.Pipelines;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Tcp;

namespace UserNet.Sockets;

/// <summary>What has come over a stream, lent from where it lies: nothing is copied.</summary>
/// <remarks>
/// One reader at a time, as of any PipeReader. Octets that were looked at and left do not fill the window, so a message may be longer than
/// it. What came before the connection broke is given first; then each read throws what broke it.
/// </remarks>
internal sealed class ReceivePipeReader(NetworkSocket socket) : PipeReader
{
    private readonly StackCore _core = socket.Core;
    private PipeReadOperation? _operation;
    private ReadOnlySequence<byte> _lent;
    private bool _isLent, _isCanceled, _isCompleted;
    private int _examined;      // octets looked at and left

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        using (_core.Enter())
        {
            CheckRead();
            return TryTake(out result);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        PipeReadOperation operation;
        using (_core.Enter())
        {
            CheckRead();
            try
            {
                if (TryTake(out ReadResult result)) return new ValueTask<ReadResult>(result);
            }
            catch (NetworkException broken)
            {
                return ValueTask.FromException<ReadResult>(broken);
            }

            operation = _operation ??= new PipeReadOperation(_core, this);
            operation.Begin(isOfThread: false);
            socket.Enqueue(operation, socket.Stream.Receivers);
        }

        operation.CancelBy(cancellationToken);
        return new ValueTask<ReadResult>(operation, operation.Version);
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        using (_core.Enter())
        {
            if (_isCompleted) throw new InvalidOperationException("Reading is completed.");
            if (!_isLent) throw new InvalidOperationException("Nothing was read that could be given back.");
            int read = OffsetOf(consumed), seen = OffsetOf(examined);
            if (seen < read) throw new InvalidOperationException("What is consumed has been examined, too.");
            Return(read, seen - read);
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
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
            if (_isLent) Return(0, 0);
            _isCompleted = true;
            if (!socket.IsClosed && socket.Stream.Connection is not null) socket.Stream.ShutDown(System.Net.Sockets.SocketShutdown.Receive);
        }
    }

    /// <summary>True when a read would not wait. Gate held.</summary>
    internal bool CanRead(StreamChannel stream) =>
        _isCanceled || stream.Available > _examined || stream.IsReadEnded || stream.Connection is null || socket.IsClosed;

    /// <summary>What a read gets that has waited. Outside the gate.</summary>
    internal ReadResult Collect(bool isReusable)
    {
        using (_core.Enter())
        {
            if (!isReusable) _operation = null;
            return TryTake(out ReadResult result) ? result : Lend(isEnd: false);
        }
    }

    private bool TryTake(out ReadResult result)
    {
        StreamChannel stream = socket.Stream;
        result = default;
        if (!CanRead(stream)) return false;
        if (stream.Available <= _examined && !_isCanceled)
        {
            if (socket.IsClosed) throw socket.Failure(TransferResult.Failed(Errno.EBADF), "read");
            if (stream.Failure != Errno.Success) throw socket.Failure(TransferResult.Failed(stream.Failure), "read");
        }

        result = Lend(isEnd: stream.Failure == Errno.Success && (stream.IsReadEnded || stream.Connection is null));
        return true;
    }

    private ReadResult Lend(bool isEnd)
    {
        _lent = socket.Stream.Connection is { } tcb ? tcb.Received.Lend() : ReadOnlySequence<byte>.Empty;
        _isLent = true;
        var result = new ReadResult(_lent, _isCanceled, isEnd);
        _isCanceled = false;
        return result;
    }

    private void Return(int consumed, int examined)
    {
        _isLent = false;
        _lent = default;
        _examined = examined;
        socket.Stream.Connection?.Consume(consumed, examined);
    }

    private int OffsetOf(SequencePosition position)
    {
        if (_lent.IsEmpty) return 0;
        return position.GetObject() is null ? 0 : (int)(_lent.GetOffset(position) - _lent.GetOffset(_lent.Start));
    }

    private void CheckRead()
    {
        if (_isCompleted) throw new InvalidOperationException("Reading is completed.");
        if (_isLent || _operation is { List: not null }) throw new InvalidOperationException("Another read is under way, or its memory was not given back.");
    }
}
