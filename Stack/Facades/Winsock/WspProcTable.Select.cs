using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Winsock;

// Waiting for several sockets.
public sealed partial class WspProcTable
{
    private const int MicrosecondsASecond = 1_000_000;

    /// <summary>int WSPSelect(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds, const struct timeval *timeout, LPINT lpErrno)</summary>
    /// <param name="nfds">Not looked at.</param>
    /// <param name="readfds">Those that can receive or accept without waiting, or have come to an end; or null.</param>
    /// <param name="writefds">Those that can send without waiting, or have been connected; or null.</param>
    /// <param name="exceptfds">Those that could not be connected, or have out-of-band data; or null.</param>
    /// <param name="timeout">How long, of the stack's time; null for ever.</param>
    /// <param name="lpErrno">WSAEINVAL (no socket at all; a negative time), WSAENOTSOCK (one of them is none), WSAEINTR (the stack is gone).</param>
    /// <returns>How many sockets are left in the sets, 0 when the time was over; or SOCKET_ERROR.</returns>
    public int WSPSelect(int nfds, FD_SET? readfds, FD_SET? writefds, FD_SET? exceptfds, TIMEVAL? timeout, ref WsaError lpErrno)
    {
        WsaError error = Check();
        if (error == WsaError.Success && timeout is { } limit && (limit.tv_sec < 0 || limit.tv_usec < 0)) error = WsaError.WSAEINVAL;
        var watched = new List<(WinsockSocket Socket, SOCKET Handle, FD_SET Set, Watch Mode)>();
        if (error == WsaError.Success)
            error = Collect(watched, readfds, Watch.Read) && Collect(watched, writefds, Watch.Write) && Collect(watched, exceptfds, Watch.Except)
                ? WsaError.Success : WsaError.WSAENOTSOCK;
        if (error == WsaError.Success && watched.Count == 0) error = WsaError.WSAEINVAL;
        if (error != WsaError.Success) return Fail(error, ref lpErrno);

        bool IsAnyReady() => watched.Exists(static one => IsReady(one.Socket, one.Socket.Socket.FactsInside(), one.Mode));
        TimeSpan time = timeout is { } given ? TimeSpan.FromMicroseconds(((double)given.tv_sec * MicrosecondsASecond) + given.tv_usec) : Timeout.InfiniteTimeSpan;
        if (!WaitUntil(watched.ConvertAll(static one => one.Socket.Socket), IsAnyReady, time)) return Fail(WsaError.WSAEINTR, ref lpErrno);
        readfds?.Zero();
        writefds?.Zero();
        exceptfds?.Zero();
        int count = 0;
        foreach ((WinsockSocket socket, SOCKET handle, FD_SET set, Watch mode) in watched)
        {
            if (!IsReady(socket, socket.Socket.FactsNow(), mode)) continue;
            set.Set(handle);
            count++;
        }

        return count;
    }

    /// <summary>What WSAPoll asks of a provider: each socket by itself, by POLLRDNORM and so on.</summary>
    /// <param name="fdArray">The sockets and what is asked; what is so goes into revents.</param>
    /// <param name="timeout">Milliseconds of the stack's time; negative for ever.</param>
    /// <param name="lpErrno">WSAEINVAL (nothing to poll; POLLPRI or another unknown bit is asked for), WSAENOTSOCK (none of them is a socket), WSAEINTR.</param>
    /// <returns>How many have something to tell, 0 when the time was over; or SOCKET_ERROR.</returns>
    public int WSPPoll(Span<WSAPOLLFD> fdArray, int timeout, ref WsaError lpErrno)
    {
        const short Known = Winsock2.POLLRDNORM | Winsock2.POLLRDBAND | Winsock2.POLLWRNORM;
        WsaError error = Check();
        if (error == WsaError.Success && fdArray.IsEmpty) error = WsaError.WSAEINVAL;
        var polled = new List<(WinsockSocket? Socket, short Events)>(fdArray.Length);
        foreach (WSAPOLLFD one in fdArray)
        {
            if ((one.events & ~Known) != 0) error = error == WsaError.Success ? WsaError.WSAEINVAL : error;
            polled.Add((_provider.Handles.Find(one.fd), one.events));
        }

        List<NetworkSocket> sockets = [.. polled.Select(static one => one.Socket).OfType<WinsockSocket>().Select(static one => one.Socket)];
        if (error == WsaError.Success && sockets.Count == 0) error = WsaError.WSAENOTSOCK;
        if (error != WsaError.Success) return Fail(error, ref lpErrno);

        bool hasInvalid = false;
        foreach (WSAPOLLFD one in fdArray) hasInvalid |= one.fd != SOCKET.Invalid && _provider.Handles.Find(one.fd) is null;
        bool IsAnyReady() => hasInvalid || polled.Exists(static one => one.Socket is not null && EventsOf(one.Socket, one.Socket.Socket.FactsInside(), one.Events) != 0);
        TimeSpan time = timeout < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(timeout);
        if (!WaitUntil(sockets, IsAnyReady, time)) return Fail(WsaError.WSAEINTR, ref lpErrno);
        int count = 0;
        for (int i = 0; i < fdArray.Length; i++)
        {
            bool isNone = fdArray[i].fd == SOCKET.Invalid;
            fdArray[i].revents = isNone ? (short)0 : polled[i].Socket is { } socket ? EventsOf(socket, socket.Socket.FactsNow(), fdArray[i].events) : Winsock2.POLLNVAL;
            if (fdArray[i].revents != 0) count++;
        }

        return count;
    }

    /// <summary>Waits until something is so, for a time at most.</summary>
    /// <param name="sockets">Sockets of one stack, of which one at least has news when it becomes so.</param>
    /// <param name="isSo">Asked with the gate held.</param>
    /// <param name="time">How long; InfiniteTimeSpan for ever.</param>
    /// <returns>False when the stack is gone.</returns>
    internal static bool WaitUntil(IReadOnlyList<NetworkSocket> sockets, Func<bool> isSo, TimeSpan time)
    {
        Time.Timestamp begin = sockets[0].TimeNow();
        TimeSpan left = time;
        while (true)
        {
            if (!NetworkSocket.WaitForNews(sockets, isSo, left)) return !sockets[0].Core.IsDisposed;      // the time is over, or the stack
            if (left == TimeSpan.Zero || IsSo(sockets[0].Core, isSo)) return true;
            if (time == Timeout.InfiniteTimeSpan) continue;
            TimeSpan over = sockets[0].TimeNow() - begin;
            left = over < time ? time - over : TimeSpan.Zero;
        }
    }

    private static bool IsSo(Core.StackCore core, Func<bool> isSo)
    {
        using (core.Enter()) return isSo();
    }

    private bool Collect(List<(WinsockSocket, SOCKET, FD_SET, Watch)> watched, FD_SET? set, Watch mode)
    {
        if (set is null) return true;
        foreach (SOCKET handle in set.Sockets)
        {
            if (_provider.Handles.Find(handle) is not { } socket) return false;
            watched.Add((socket, handle, set, mode));
        }

        return true;
    }

    /// <summary>A socket that was closed meanwhile is ready: the next call on it does not wait.</summary>
    private static bool IsReady(WinsockSocket socket, in SocketFacts facts, Watch mode)
    {
        if (facts.IsClosed) return true;
        return mode switch
        {
            Watch.Read => facts.CanRead || socket.HasDeferred,
            Watch.Write => facts.CanWrite,
            _ => facts.HasConnectFailed || facts.HasUrgent,
        };
    }

    private static short EventsOf(WinsockSocket socket, in SocketFacts facts, short asked)
    {
        if (facts.IsClosed) return Winsock2.POLLNVAL;
        int events = 0;
        if (facts.CanRead || socket.HasDeferred) events |= Winsock2.POLLRDNORM;
        if (facts.HasUrgent) events |= Winsock2.POLLRDBAND;
        if (facts.CanWrite) events |= Winsock2.POLLWRNORM;
        events &= asked;
        if (facts.HasError || facts.HasConnectFailed) events |= Winsock2.POLLERR;
        if (facts.HasHungUp || facts.HasConnectFailed) events |= Winsock2.POLLHUP;
        return (short)events;
    }

    private enum Watch : byte
    {
        Read,
        Write,
        Except,
    }
}
