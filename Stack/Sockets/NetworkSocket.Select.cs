using System.Collections;
using System.Net.Sockets;
using UserNet.Core;

namespace UserNet.Sockets;

// Waiting for many sockets, and for one without blocking a thread.
public sealed partial class NetworkSocket
{
    /// <summary>Waits until any of several sockets can be read or written, or has an error to tell.</summary>
    /// <param name="checkRead">Sockets to be read, or null. Afterwards it holds those that can be.</param>
    /// <param name="checkWrite">Sockets to be written, or null. Afterwards it holds those that can be.</param>
    /// <param name="checkError">Sockets that may have errors, or null. Afterwards it holds those that have.</param>
    /// <param name="microSeconds">How long, of the stack's time; negative for ever.</param>
    /// <exception cref="ArgumentNullException">No list has a socket.</exception>
    /// <exception cref="ArgumentException">The sockets are of several stacks, or something else is among them.</exception>
    /// <exception cref="InvalidOperationException">It would have to wait in a continuation that the stack runs inline.</exception>
    /// <exception cref="ObjectDisposedException">A socket is closed.</exception>
    /// <remarks>What each list means is said at <see cref="Poll(int, SelectMode)"/>. Any thread.</remarks>
    public static void Select(IList? checkRead, IList? checkWrite, IList? checkError, int microSeconds) => SelectFor(
        checkRead, checkWrite, checkError, microSeconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMicroseconds(microSeconds));

    /// <inheritdoc cref="Select(IList, IList, IList, int)"/>
    /// <param name="checkRead">Sockets to be read, or null. Afterwards it holds those that can be.</param>
    /// <param name="checkWrite">Sockets to be written, or null. Afterwards it holds those that can be.</param>
    /// <param name="checkError">Sockets that may have errors, or null. Afterwards it holds those that have.</param>
    /// <param name="timeout">How long; InfiniteTimeSpan for ever.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another negative time.</exception>
    public static void Select(IList? checkRead, IList? checkWrite, IList? checkError, TimeSpan timeout)
    {
        if (timeout != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        SelectFor(checkRead, checkWrite, checkError, timeout);
    }

    /// <summary>Waits, without blocking a thread, until the socket can be read or written, or has an error to tell.</summary>
    /// <param name="mode">What to wait for, as at <see cref="Poll(int, SelectMode)"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when an error came up, or the other end hung up, and that was not asked for.</returns>
    /// <exception cref="NotSupportedException">Another mode.</exception>
    /// <exception cref="NetworkException">OperationAborted: the socket was closed meanwhile.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Await the result once. Any thread.</remarks>
    public ValueTask<bool> PollAsync(SelectMode mode, CancellationToken cancellationToken = default)
    {
        CheckMode(mode);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<bool>(cancellationToken);
        PollOperation operation;
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            SocketChannel channel = Common;
            if (channel.HasEvent(mode)) return new ValueTask<bool>(channel.IsReady(mode));
            operation = new PollOperation(_core, mode);
            operation.Begin(isOfThread: false);
            operation.WaitIn(channel.Pollers);
            if (_core.IsDisposed) operation.Abandon();
        }

        operation.CancelBy(cancellationToken);
        return new ValueTask<bool>(operation, operation.Version);
    }

    private static void CheckMode(SelectMode mode)
    {
        if (mode is < SelectMode.SelectRead or > SelectMode.SelectError)
            throw new NotSupportedException($"{mode} is not a way to poll.");
    }

    private static void SelectFor(IList? read, IList? write, IList? error, TimeSpan timeout)
    {
        StackCore core = CoreOf(read, write, error);
        SelectOperation operation;
        using (core.Enter())
        {
            bool isReady = HasEvent(read, SelectMode.SelectRead) | HasEvent(write, SelectMode.SelectWrite) | HasEvent(error, SelectMode.SelectError);
            if (isReady || timeout == TimeSpan.Zero)
            {
                Keep(read, write, error);
                return;
            }

            FirstOf(read, write, error).EnsureMayBlock();
            operation = new SelectOperation(core);
            operation.Begin();
            Join(operation, read, SelectMode.SelectRead);
            Join(operation, write, SelectMode.SelectWrite);
            Join(operation, error, SelectMode.SelectError);
            if (core.IsDisposed) operation.Abandon();
            if (timeout != Timeout.InfiniteTimeSpan) operation.ExpireIn(timeout);
        }

        try
        {
            operation.WaitHere();
        }
        finally
        {
            using (core.Enter())
            {
                operation.Leave();
                Keep(read, write, error);
            }
        }
    }

    /// <summary>Leaves in each list the sockets that are ready. Gate held.</summary>
    private static void Keep(IList? read, IList? write, IList? error)
    {
        Keep(read, SelectMode.SelectRead);
        Keep(write, SelectMode.SelectWrite);
        Keep(error, SelectMode.SelectError);
    }

    private static void Keep(IList? sockets, SelectMode mode)
    {
        for (int i = (sockets?.Count ?? 0) - 1; i >= 0; i--)
        {
            var socket = (NetworkSocket)sockets![i]!;
            if (socket._isClosed || !socket.Common.IsReady(mode)) sockets.RemoveAt(i);
        }
    }

    private static bool HasEvent(IList? sockets, SelectMode mode)
    {
        bool hasEvent = false;
        for (int i = 0; i < (sockets?.Count ?? 0); i++)
        {
            var socket = (NetworkSocket)sockets![i]!;
            ObjectDisposedException.ThrowIf(socket._isClosed, socket);
            hasEvent |= socket.Common.HasEvent(mode);
        }

        return hasEvent;
    }

    private static void Join(SelectOperation operation, IList? sockets, SelectMode mode)
    {
        for (int i = 0; i < (sockets?.Count ?? 0); i++) operation.Add(((NetworkSocket)sockets![i]!).Common.Pollers, mode);
    }

    private static NetworkSocket FirstOf(IList? read, IList? write, IList? error) =>
        (NetworkSocket)(read is { Count: > 0 } ? read : write is { Count: > 0 } ? write : error!)[0]!;

    private static StackCore CoreOf(IList? read, IList? write, IList? error)
    {
        StackCore? core = null;
        foreach (IList? sockets in (ReadOnlySpan<IList?>)[read, write, error])
        {
            for (int i = 0; i < (sockets?.Count ?? 0); i++)
            {
                if (sockets![i] is not NetworkSocket socket)
                    throw new ArgumentException($"A {sockets[i]?.GetType().Name ?? "null"} is no {nameof(NetworkSocket)}.");
                core ??= socket._core;
                if (core != socket._core) throw new ArgumentException("The sockets are of several stacks; each has its own time.");
            }
        }

        return core ?? throw new ArgumentNullException(nameof(read), "There is no socket to wait for.");
    }
}
