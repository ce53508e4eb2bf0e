using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Udp;

namespace UserNet.Facades.Posix;

// Sending and receiving. Calls on datagram sockets never wait: what would is answered EAGAIN, as with O_NONBLOCK. Streams wait unless
// they have it, or the call says MSG_DONTWAIT.
public sealed partial class PosixProcess
{
    private const int MsgOob = 1, MsgPeek = 2, MsgDontRoute = 4, MsgTrunc = 0x20, MsgDontWait = 0x40, MsgWaitAll = 0x100;
    private const int MsgNoSignal = 0x4000, MsgMore = 0x8000, MsgFastOpen = 0x2000_0000;

    /// <summary>
    /// ssize_t sendto(int socket, const void *message, size_t length, int flags, const struct sockaddr *dest_addr,
    /// socklen_t dest_len)
    /// </summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="message">Its first octets are sent.</param>
    /// <param name="length">How many.</param>
    /// <param name="flags">MSG_DONTROUTE, MSG_DONTWAIT, MSG_NOSIGNAL; of a stream also MSG_MORE, MSG_OOB, MSG_FASTOPEN.</param>
    /// <param name="address">Where to; null for the peer.</param>
    /// <param name="addressLength">How long the address is.</param>
    /// <returns>
    /// How many octets were sent; or -1: EBADF, ENOTSOCK, EFAULT, EINVAL (an address's length, port 0), EAFNOSUPPORT,
    /// EOPNOTSUPP (other flags), EDESTADDRREQ, EMSGSIZE, EPIPE, ECONNRESET, ETIMEDOUT, EINPROGRESS, EALREADY, EISCONN (of a stream), EACCES, ENETUNREACH, EHOSTUNREACH, ENETDOWN,
    /// ECONNREFUSED and other errors about what was sent before, EAGAIN.
    /// </returns>
    public int SendTo(int descriptor, byte[]? message, int length, int flags, byte[]? address, int addressLength)
    {
        if (Find(descriptor, out NetworkSocket? socket) is var found and not Errno.Success) return Fail(found);
        if (length < 0 || length > (message?.Length ?? 0)) return Fail(Errno.EFAULT);
        InetEndpoint destination = default;
        if (address is not null)
        {
            if (CheckMemory(address, addressLength) is var memory and not BindRule.Granted) return Answer(memory);
            if (addressLength < sizeof(ushort)) return Fail(Errno.EINVAL);
            BindRule rule = ReadPeer(socket!, address.AsSpan(0, addressLength), out destination);
            if (rule != BindRule.Granted) return Answer(rule);
        }

        bool isStream = socket!.SocketType == SocketType.Stream;
        int known = isStream ? MsgDontRoute | MsgDontWait | MsgNoSignal | MsgMore | MsgOob | MsgFastOpen : MsgDontRoute | MsgDontWait | MsgNoSignal;
        if ((flags & ~known) != 0) return Fail(Errno.EOPNOTSUPP);
        SocketFlags how = (flags & MsgDontRoute) != 0 ? SocketFlags.DontRoute : SocketFlags.None;
        ReadOnlySpan<byte> octets = message.AsSpan(0, length);
        InetEndpoint? peer = address is null ? default(InetEndpoint?) : destination;
        if (isStream) return Answer(socket.SendAs(octets, how | StreamFlagsOf(flags), peer));      // looked at with MSG_FASTOPEN alone
        return Answer(address is null ? socket!.TrySend(octets, how) : socket!.TrySendTo(octets, destination, how));
    }

    /// <summary>
    /// ssize_t recvfrom(int socket, void *buffer, size_t length, int flags, struct sockaddr *address, socklen_t
    /// *address_len)
    /// </summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="buffer">Where the octets go.</param>
    /// <param name="length">How many there is room for.</param>
    /// <param name="flags">MSG_PEEK, MSG_TRUNC (the answer is the whole length), MSG_DONTWAIT; of a stream also MSG_WAITALL.</param>
    /// <param name="address">Where the sender's address goes, as much of it as fits; or null.</param>
    /// <param name="addressLength">How much fits; becomes how long the address is.</param>
    /// <returns>
    /// How many octets; or -1: EBADF, ENOTSOCK, EFAULT, EINVAL, EOPNOTSUPP (other flags), ENOTCONN (a stream), EAGAIN,
    /// ECONNREFUSED and other errors about what was sent.
    /// </returns>
    public int RecvFrom(int descriptor, byte[]? buffer, int length, int flags, byte[]? address, ref int addressLength)
    {
        if (Find(descriptor, out NetworkSocket? socket) is var found and not Errno.Success) return Fail(found);
        if (length < 0 || length > (buffer?.Length ?? 0)) return Fail(Errno.EFAULT);
        if (address is not null && addressLength < 0) return Fail(Errno.EINVAL);
        if (socket!.SocketType == SocketType.Stream)
        {
            if ((flags & MsgOob) != 0) return Fail(Errno.EINVAL);      // out-of-band data is inline
            if ((flags & ~(MsgPeek | MsgDontWait | MsgWaitAll)) != 0) return Fail(Errno.EOPNOTSUPP);
            addressLength = address is null ? addressLength : 0;       // a stream does not say from whom
            return Answer(socket.ReceiveAs(buffer.AsSpan(0, length), (SocketFlags)(flags & MsgPeek) | StreamFlagsOf(flags)));
        }

        if ((flags & ~(MsgPeek | MsgTrunc | MsgDontWait)) != 0) return Fail(Errno.EOPNOTSUPP);
        SocketFlags how = ((flags & MsgPeek) != 0 ? SocketFlags.Peek : 0) | ((flags & MsgTrunc) != 0 ? SocketFlags.Truncated : 0);
        TransferResult result = socket!.TryReceiveFrom(buffer.AsSpan(0, length), out DatagramInfo info, how);
        if (!result.IsDone || address is null) return Answer(result);
        byte[] octets = SocketAddress.ToOctets(info.Source);
        octets.AsSpan(0, Math.Min(Math.Min(addressLength, address.Length), octets.Length)).CopyTo(address);
        addressLength = octets.Length;
        return result.Octets;
    }

    /// <summary>ssize_t send(int socket, const void *buffer, size_t length, int flags)</summary>
    /// <inheritdoc cref="SendTo"/>
    public int Send(int descriptor, byte[]? buffer, int length, int flags) => SendTo(descriptor, buffer, length, flags, null, 0);

    /// <summary>ssize_t recv(int socket, void *buffer, size_t length, int flags)</summary>
    /// <inheritdoc cref="RecvFrom"/>
    public int Recv(int descriptor, byte[]? buffer, int length, int flags)
    {
        int none = 0;
        return RecvFrom(descriptor, buffer, length, flags, null, ref none);
    }

    /// <summary>ssize_t write(int fildes, const void *buf, size_t nbyte)</summary>
    /// <inheritdoc cref="SendTo"/>
    public int Write(int descriptor, byte[]? buffer, int length) => Send(descriptor, buffer, length, 0);

    /// <summary>ssize_t read(int fildes, void *buf, size_t nbyte)</summary>
    /// <inheritdoc cref="RecvFrom"/>
    public int Read(int descriptor, byte[]? buffer, int length) => Recv(descriptor, buffer, length, 0);

    private static SocketFlags StreamFlagsOf(int flags) =>
        ((flags & MsgMore) != 0 ? StreamFlags.More : 0) | ((flags & MsgWaitAll) != 0 ? StreamFlags.WaitAll : 0)
        | ((flags & MsgFastOpen) != 0 ? StreamFlags.FastOpen : 0) | ((flags & MsgDontWait) != 0 ? StreamFlags.DontWait : 0) | ((flags & MsgOob) != 0 ? SocketFlags.OutOfBand : 0);

    private int Answer(in TransferResult result) => result.IsDone ? result.Octets : Fail(result.Errno);
}
