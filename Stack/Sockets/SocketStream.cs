using System.Net.Sockets;

namespace UserNet.Sockets;

/// <summary>A stream socket as a <see cref="Stream"/>, with the manners of <see cref="NetworkStream"/>: errors are IOExceptions.</summary>
/// <remarks>Any thread; one reader and one writer at a time keep their octets together.</remarks>
public sealed class SocketStream : Stream
{
    private readonly NetworkSocket _socket;
    private readonly bool _ownsSocket;
    private bool _isDisposed;

    /// <summary>A stream over a socket.</summary>
    /// <param name="socket">It is connected, or will be before it is used.</param>
    /// <param name="ownsSocket">True when disposing of the stream closes the socket.</param>
    /// <exception cref="ArgumentNullException"><paramref name="socket"/> is null.</exception>
    /// <exception cref="IOException">It is no stream socket.</exception>
    public SocketStream(NetworkSocket socket, bool ownsSocket = false)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (socket.SocketType != SocketType.Stream) throw new IOException($"A socket of type {socket.SocketType} has no stream.");
        _socket = socket;
        _ownsSocket = ownsSocket;
    }

    /// <summary>The socket.</summary>
    public NetworkSocket Socket => _socket;

    /// <inheritdoc/>
    public override bool CanRead => !_isDisposed;

    /// <inheritdoc/>
    public override bool CanWrite => !_isDisposed;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanTimeout => true;

    /// <inheritdoc/>
    public override int ReadTimeout
    {
        get => _socket.ReceiveTimeout == 0 ? Timeout.Infinite : _socket.ReceiveTimeout;
        set => _socket.ReceiveTimeout = CheckTimeout(value);
    }

    /// <inheritdoc/>
    public override int WriteTimeout
    {
        get => _socket.SendTimeout == 0 ? Timeout.Infinite : _socket.SendTimeout;
        set => _socket.SendTimeout = CheckTimeout(value);
    }

    /// <inheritdoc/>
    public override long Length => throw NoSeeking();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw NoSeeking();
        set => throw NoSeeking();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            return _socket.Receive(buffer);
        }
        catch (Exception e) when (IsOfConnection(e))
        {
            throw Broken("read", e);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ValueTask<int> pending;
        try
        {
            pending = _socket.ReceiveAsync(buffer, cancellationToken);
        }
        catch (ObjectDisposedException e)
        {
            return ValueTask.FromException<int>(Broken("read", e));
        }

        return pending.IsCompletedSuccessfully ? pending : Wait(pending);

        static async ValueTask<int> Wait(ValueTask<int> pending)
        {
            try
            {
                return await pending.ConfigureAwait(false);
            }
            catch (NetworkException e)
            {
                throw Broken("read", e);
            }
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            // What an error or the timeout left over is tried again, and then throws.
            while (!buffer.IsEmpty) buffer = buffer[_socket.Send(buffer)..];
        }
        catch (Exception e) when (IsOfConnection(e))
        {
            throw Broken("write", e);
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ValueTask<int> pending;
        try
        {
            pending = _socket.SendAsync(buffer, cancellationToken);
        }
        catch (ObjectDisposedException e)
        {
            return ValueTask.FromException(Broken("write", e));
        }

        if (!pending.IsCompletedSuccessfully) return Wait(pending);
        _ = pending.Result;
        return default;

        static async ValueTask Wait(ValueTask<int> pending)
        {
            try
            {
                await pending.ConfigureAwait(false);
            }
            catch (NetworkException e)
            {
                throw Broken("write", e);
            }
        }
    }

    /// <summary>Does nothing: what is written is under way already.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc cref="Flush"/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw NoSeeking();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw NoSeeking();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed && _ownsSocket) _socket.Dispose();
        _isDisposed = true;
        base.Dispose(disposing);
    }

    private static int CheckTimeout(int milliseconds)
    {
        if (milliseconds == Timeout.Infinite) return 0;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(milliseconds);
        return milliseconds;
    }

    private static bool IsOfConnection(Exception e) => e is NetworkException or ObjectDisposedException;

    private static IOException Broken(string what, Exception inner) => new($"The stream can't {what}: {inner.Message}", inner);

    private static NotSupportedException NoSeeking() => new("A connection can't be sought in.");
}
