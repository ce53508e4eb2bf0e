using System.Net.Sockets;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Posix;

// What streams need beside the rest: accept, poll, whether a call waits, ioctl.
public sealed partial class PosixProcess
{
    /// <summary>POLLIN.</summary>
    public const short PollIn = 0x1;
    /// <summary>POLLPRI.</summary>
    public const short PollPriority = 0x2;
    /// <summary>POLLOUT.</summary>
    public const short PollOut = 0x4;
    /// <summary>POLLERR: told whether it was asked for or not.</summary>
    public const short PollError = 0x8;
    /// <summary>POLLHUP: told whether it was asked for or not.</summary>
    public const short PollHangUp = 0x10;
    /// <summary>POLLNVAL: the descriptor is not open.</summary>
    public const short PollInvalid = 0x20;
    /// <summary>POLLRDHUP.</summary>
    public const short PollReadHangUp = 0x2000;

    private const int ReadableOctets = 0x541B, UnsentOctets = 0x5411, AtMark = 0x8905;      // FIONREAD, SIOCOUTQ, SIOCATMARK

    /// <summary>int accept(int socket, struct sockaddr *address, socklen_t *address_len)</summary>
    /// <param name="descriptor">The listener.</param>
    /// <param name="address">Where the peer's address goes, as much of it as fits; or null.</param>
    /// <param name="addressLength">How much fits; becomes how long the address is.</param>
    /// <returns>
    /// The connection's descriptor, which blocks; or -1: EBADF, ENOTSOCK, EINVAL (no listener, a negative length), EOPNOTSUPP (no stream),
    /// EAGAIN (none waits, and the listener has O_NONBLOCK, or SO_RCVTIMEO is over), EMFILE, EFAULT, EINTR (closed meanwhile).
    /// </returns>
    public int Accept(int descriptor, byte[]? address, ref int addressLength)
    {
        if (Find(descriptor, out NetworkSocket? socket) is var found and not Errno.Success) return Fail(found);
        TransferResult result = socket!.AcceptAs(out NetworkSocket? accepted);
        if (accepted is null) return Answer(result);
        int connection = Install(accepted);
        if (connection < 0 || address is null) return connection;
        int answer = GetPeerName(connection, address, ref addressLength);
        if (answer == 0) return connection;
        Errno error = Error;
        Close(connection);
        return Fail(error);
    }

    /// <summary>fcntl(F_SETFL): sets or clears O_NONBLOCK.</summary>
    /// <returns>0; or -1: EBADF, ENOTSOCK.</returns>
    public int SetNonBlocking(int descriptor, bool isNonBlocking)
    {
        if (Find(descriptor, out NetworkSocket? socket) is var found and not Errno.Success) return Fail(found);
        socket!.Blocking = !isNonBlocking;
        return 0;
    }

    /// <summary>int poll(struct pollfd fds[], nfds_t nfds, int timeout), of one descriptor and without waiting.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="events">What is asked for: POLLIN, POLLOUT, POLLPRI, POLLRDHUP.</param>
    /// <returns>What is so: of these, and POLLERR, POLLHUP or POLLNVAL.</returns>
    public short Poll(int descriptor, short events)
    {
        if (Find(descriptor, out NetworkSocket? socket) is not Errno.Success) return PollInvalid;
        int now = socket!.PollNow();
        return (short)(now & (events | PollError | PollHangUp));
    }

    /// <summary>int ioctl(int fildes, int request, int *value)</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="request">FIONREAD 0x541B, SIOCOUTQ 0x5411, SIOCATMARK 0x8905.</param>
    /// <param name="value">Becomes the answer.</param>
    /// <returns>0; or -1: EBADF, ENOTSOCK, EINVAL (another request; a listener).</returns>
    public int IoControl(int descriptor, int request, out int value)
    {
        value = 0;
        if (Find(descriptor, out NetworkSocket? socket) is var found and not Errno.Success) return Fail(found);
        bool isStream = socket!.SocketType == SocketType.Stream;
        if (socket.IsListening || request is not (ReadableOctets or UnsentOctets or AtMark)) return Fail(Errno.EINVAL);
        if (!isStream && request != ReadableOctets) return Fail(Errno.EINVAL);
        try
        {
            value = request == ReadableOctets ? socket.Available : request == UnsentOctets ? socket.Unacknowledged : socket.IsAtMark ? 1 : 0;
            return 0;
        }
        catch (ObjectDisposedException)
        {
            return Fail(Errno.EBADF);
        }
    }
}
