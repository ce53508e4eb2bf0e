using System.Runtime.CompilerServices;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Time;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

// epoll: which of many descriptors has something, without looking at all of them. epoll(7).
public sealed partial class PosixProcess
{
    private const int MostEvents = int.MaxValue / 12;      // EP_MAX_EVENTS: so many struct epoll_event have a size

    /// <summary>int epoll_create(int size)</summary>
    /// <param name="size">More than 0; nothing depends on it.</param>
    /// <returns>A descriptor; or -1: EINVAL (0 or less), EMFILE.</returns>
    /// <exception cref="ObjectDisposedException">The process has ended.</exception>
    public int EpollCreate(int size) => size <= 0 ? Fail(Errno.EINVAL) : EpollCreate1(0);

    /// <summary>int epoll_create1(int flags)</summary>
    /// <param name="flags">0 or EPOLL_CLOEXEC.</param>
    /// <returns>A descriptor, to be closed as others; or -1: EINVAL (other flags), EMFILE.</returns>
    /// <exception cref="ObjectDisposedException">The process has ended.</exception>
    public int EpollCreate1(int flags) =>
        (flags & ~EPOLL_CLOEXEC) != 0 ? Fail(Errno.EINVAL) : Answer(Install(new EpollFile(_stack.Core), flags != 0));

    /// <summary>int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)</summary>
    /// <param name="epoll">The epoll.</param>
    /// <param name="operation">EPOLL_CTL_ADD 1, EPOLL_CTL_DEL 2, EPOLL_CTL_MOD 3.</param>
    /// <param name="descriptor">What to watch, or no longer.</param>
    /// <param name="wanted">
    /// What is asked for: EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP; EPOLLERR and EPOLLHUP are told unasked. EPOLLET tells once for each
    /// news, EPOLLONESHOT once until it is set again; EPOLLEXCLUSIVE wakes one of several epolls. Of EPOLL_CTL_DEL it is not looked at.
    /// </param>
    /// <returns>
    /// 0; or -1: EBADF, EPERM (a file that is always ready), EINVAL (no epoll, or itself; another operation; EPOLLEXCLUSIVE where it can't be),
    /// EEXIST (it is watched already), ENOENT (it is not), ELOOP (epolls that watch each other, or five deep).
    /// </returns>
    public int EpollCtl(int epoll, int operation, int descriptor, in EpollEvent wanted)
    {
        if (operation != EPOLL_CTL_DEL && Unsafe.IsNullRef(in wanted)) return Fail(Errno.EFAULT);
        if (_descriptors[epoll] is not { } outer || _descriptors[descriptor] is not { } file) return Fail(Errno.EBADF);
        if (!file.CanBeWatched) return Fail(Errno.EPERM);
        if (outer is not EpollFile watcher || outer == file) return Fail(Errno.EINVAL);
        using (_stack.Core.Enter()) return Answer(watcher.Control(operation, file, descriptor, wanted));
    }

    /// <inheritdoc cref="EpollCtl(int, int, int, in EpollEvent)"/>
    public int EpollCtl(int epoll, int operation, int descriptor) =>
        EpollCtl(epoll, operation, descriptor, in Unsafe.NullRef<EpollEvent>());

    /// <summary>int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)</summary>
    /// <param name="epoll">The epoll.</param>
    /// <param name="events">Where what is so goes, each with the data that its descriptor was added with.</param>
    /// <param name="maxEvents">How many there is room for; more than 0.</param>
    /// <param name="timeoutMilliseconds">How long to wait, of the stack's time; negative for ever.</param>
    /// <returns>
    /// How many have something to tell, 0 when the time is over; or -1: EBADF, EINVAL (no epoll; no room), EFAULT, EINTR (the epoll or the stack was closed
    /// meanwhile).
    /// </returns>
    /// <exception cref="InvalidOperationException">It would have to wait in a continuation that the stack runs inline.</exception>
    public int EpollWait(int epoll, Span<EpollEvent> events, int maxEvents, int timeoutMilliseconds)
    {
        if (_descriptors[epoll] is not { } file) return Fail(Errno.EBADF);
        if (maxEvents is <= 0 or > MostEvents) return Fail(Errno.EINVAL);
        if (file is not EpollFile watcher) return Fail(Errno.EINVAL);
        StackCore core = _stack.Core;
        Timestamp? end = null;
        while (true)
        {
            SelectOperation operation;
            using (core.Enter())
            {
                int ready = watcher.Collect(events, maxEvents);
                if (ready != 0 || timeoutMilliseconds == 0) return Answer(ready);
                end ??= core.Now + TimeSpan.FromMilliseconds(timeoutMilliseconds);
                TimeSpan left = end.Value - core.Now;
                if (timeoutMilliseconds > 0 && left <= TimeSpan.Zero) return 0;
                if (core.IsDisposed || _descriptors[epoll] != file) return Fail(Errno.EINTR);
                NetworkSocket.EnsureMayBlock(core);
                operation = new SelectOperation(core);
                operation.Begin();
                operation.Add(watcher.Waiters, System.Net.Sockets.SelectMode.SelectRead);
                operation.ExpireIn(left);
            }

            try
            {
                operation.WaitHere();
            }
            finally
            {
                using (core.Enter()) operation.Leave();
            }
        }
    }
}
