using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Facades.Posix.Unix;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

/// <summary>One end of a pipe behind a descriptor.</summary>
/// <remarks>Any thread, but for what says otherwise.</remarks>
internal sealed class PipeEnd(Pipe pipe, bool reads) : OpenFile
{
    private OperationList? _waiters, _pollers;
    private IChannelObserver? _observer;

    /// <summary>What it is an end of.</summary>
    public Pipe Pipe => pipe;

    /// <inheritdoc/>
    public override int Access => reads ? O_RDONLY : O_WRONLY;

    /// <inheritdoc/>
    public override int Read(Span<byte> octets)
    {
        int answer = WaitForOctets(waits: true);
        if (answer <= 0) return answer;
        using (pipe.Core.Enter())
        {
            int read = pipe.Peek(octets);
            pipe.Drop(read);
            return read;
        }
    }

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> octets)
    {
        int written = 0;
        while (true)
        {
            int answer = WaitForRoom(octets.Length - written, waits: true);
            if (answer <= 0) return written > 0 ? written : answer;
            using (pipe.Core.Enter())
            {
                written += pipe.Write(octets[written..]);
            }

            if (written == octets.Length) return written;
        }
    }

    /// <summary>Waits until there is something to read.</summary>
    /// <param name="waits">False for EAGAIN instead, as O_NONBLOCK says.</param>
    /// <returns>How many octets; 0 when there is no writer any more; EAGAIN, EINTR.</returns>
    public int WaitForOctets(bool waits) => Wait(
        waits, static (pipe, _) => pipe.Count > 0 ? pipe.Count : pipe.Writer is null ? 0 : -(int)Errno.EAGAIN, 0);

    /// <summary>Waits until there is room for some of so many octets.</summary>
    /// <returns>How much room there is in pages of their own, 1 at least; EPIPE (no reader), EAGAIN, EINTR.</returns>
    public int WaitForRoom(int octets, bool waits) => Wait(
        waits, static (pipe, least) => pipe.Reader is null ? -(int)Errno.EPIPE : pipe.Takes(least) ? Math.Max(1, pipe.Room) : -(int)Errno.EAGAIN, octets);

    /// <summary>The other end changed something. Gate held.</summary>
    public void Wake(int events)
    {
        UnixWait.WakeAll(_waiters);
        while (_pollers?.First is PollOperation poll) poll.Notify(isReady: true);
        _observer?.OnNews(events);
    }

    /// <inheritdoc/>
    public override void Close()
    {
        using (pipe.Core.Enter())
        {
            if (reads) pipe.Reader = null;
            else pipe.Writer = null;
            (reads ? pipe.Writer : pipe.Reader)?.Wake(0);
            while (_waiters?.First is { } waiter) waiter.Abandon();
            while (_pollers?.First is { } poller) poller.Abandon();
        }
    }

    /// <inheritdoc/>
    public override int PollNow()
    {
        if (reads) return (pipe.Count > 0 ? POLLIN | POLLRDNORM : 0) | (pipe.Writer is null ? POLLHUP : 0);
        return (pipe.Room > 0 ? POLLOUT | POLLWRNORM : 0) | (pipe.Reader is null ? POLLERR : 0);
    }

    /// <inheritdoc/>
    public override void Join(SelectOperation operation, int events) =>
        operation.Add(_pollers ??= new(), System.Net.Sockets.SelectMode.SelectRead);

    /// <inheritdoc/>
    public override int ChangeOwner(uint owner, in Caller caller) => caller.Uid == 0 ? 0 : -(int)Errno.EPERM;

    /// <inheritdoc/>
    protected override void SetObserver(IChannelObserver? observer) => _observer = observer;

    private int Wait(bool waits, Func<Pipe, int, int> look, int least)
    {
        UnixWait? wait = null;
        while (true)
        {
            using (pipe.Core.Enter())
            {
                bool isClosed = reads ? pipe.Reader is null : pipe.Writer is null;
                if (isClosed) return -(int)(wait is null ? Errno.EBADF : Errno.EINTR);
                int answer = look(pipe, least);
                if (answer != -(int)Errno.EAGAIN || !waits || IsNonBlocking) return answer;
                if (wait is { Result.IsDone: false }) return -(int)Errno.EINTR;
                NetworkSocket.EnsureMayBlock(pipe.Core);
                wait ??= new UnixWait(pipe.Core);
                wait.WaitFor(_waiters ??= new());
            }

            wait.WaitHere();
        }
    }
}
