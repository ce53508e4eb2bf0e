using UserNet.Errors;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

// What streams need beside the rest: listen, accept, ioctl.
public sealed partial class PosixProcess
{
    /// <summary>int listen(int socket, int backlog)</summary>
    /// <returns>
    /// 0; or -1: EBADF, ENOTSOCK, EOPNOTSUPP (a datagram socket), EINVAL (connected), EADDRINUSE, EDESTADDRREQ
    /// (unbound, not on Linux).
    /// </returns>
    public int Listen(int descriptor, int backlog) =>
        Find(descriptor, out PosixSocket? socket) is var found and not Errno.Success ? Fail(found) : Answer(socket!.Listen(backlog, this));

    /// <summary>int accept(int socket, struct sockaddr *address, socklen_t *address_len)</summary>
    /// <param name="descriptor">The listener.</param>
    /// <param name="address">Where the peer's address goes, as much of it as fits; or null.</param>
    /// <param name="addressLength">How much fits; becomes how long the address is.</param>
    /// <returns>
    /// The connection's descriptor, which blocks; or -1: EBADF, ENOTSOCK, EINVAL (no listener, a negative length), EOPNOTSUPP (no stream),
    /// EAGAIN (none waits, and the listener has O_NONBLOCK, or SO_RCVTIMEO is over), EMFILE, EFAULT, EINTR (closed meanwhile).
    /// </returns>
    public int Accept(int descriptor, Span<byte> address, ref int addressLength) => Accept4(descriptor, address, ref addressLength, 0);

    /// <summary>accept with NULL and NULL: nobody asks for the peer's address.</summary>
    /// <inheritdoc cref="Accept(int, Span{byte}, ref int)"/>
    public int Accept(int descriptor)
    {
        int none = 0;
        return Accept4(descriptor, default, ref none, 0);
    }

    /// <summary>int accept4(int socket, struct sockaddr *address, socklen_t *address_len, int flags)</summary>
    /// <param name="descriptor">The listener.</param>
    /// <param name="address">Where the peer's address goes, as much of it as fits; or null.</param>
    /// <param name="addressLength">How much fits; becomes how long the address is.</param>
    /// <param name="flags">SOCK_NONBLOCK, SOCK_CLOEXEC of the new descriptor.</param>
    /// <returns>As <see cref="Accept(int, Span{byte}, ref int)"/>; EINVAL for other flags as well.</returns>
    public int Accept4(int descriptor, Span<byte> address, ref int addressLength, int flags)
    {
        if (_descriptors[descriptor] is not { } file) return Fail(Errno.EBADF);
        if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) return Fail(Errno.EINVAL);
        if (!_descriptors.HasRoom) return Fail(Errno.EMFILE);
        if (file is not PosixSocket listener) return Fail(Errno.ENOTSOCK);
        int answer = listener.Accept(out PosixSocket? accepted);
        if (accepted is null) return Answer(answer);
        accepted.IsNonBlocking = (flags & SOCK_NONBLOCK) != 0;
        bool wantsName = !IsNull(address);
        if (wantsName)
        {
            Span<byte> name = stackalloc byte[SocketAddress.StorageLength];
            int length = accepted.NameOfAccepted(name);
            answer = length < 0 ? -(int)Errno.ECONNABORTED : CopyName(name[..length], address, ref addressLength);
        }

        if (!wantsName || answer == 0) return Answer(Install(accepted, (flags & SOCK_CLOEXEC) != 0));
        accepted.Close();
        return Answer(answer);
    }

    /// <summary>int ioctl(int fildes, int request, int *value)</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="request">FIONREAD 0x541B (SIOCINQ), SIOCOUTQ 0x5411, SIOCOUTQNSD 0x894B of a stream, SIOCATMARK 0x8905, FIONBIO 0x5421.</param>
    /// <param name="value">The answer; of FIONBIO, whether the socket is to have O_NONBLOCK.</param>
    /// <returns>0; or -1: EBADF, ENOTTY (another request; no socket), EINVAL (a listener).</returns>
    public int IoControl(int descriptor, int request, ref int value)
    {
        if (_descriptors[descriptor] is not { } file) return Fail(Errno.EBADF);
        if (request == FIONBIO)
        {
            file.IsNonBlocking = value != 0;
            return 0;
        }

        if (file is PipeEnd pipe && request == FIONREAD)
        {
            using (_stack.Core.Enter()) value = pipe.Pipe.Count;
            return 0;
        }

        if (file is not PosixSocket socket) return Fail(Errno.ENOTTY);
        int answer = socket.IoControl(request, out int found);
        if (answer == 0) value = found;
        return Answer(answer);
    }

    /// <summary>Gives an address back: as much as fits, and how long it is.</summary>
    /// <returns>0, EINVAL (a negative length), EFAULT.</returns>
    private static int CopyName(ReadOnlySpan<byte> name, Span<byte> address, ref int addressLength)
    {
        if (addressLength < 0) return -(int)Errno.EINVAL;
        int written = Math.Min(addressLength, name.Length), room = Math.Min(written, address.Length);
        addressLength = name.Length;
        name[..room].CopyTo(address);      // as far as there is memory
        return room < written ? -(int)Errno.EFAULT : 0;
    }
}
