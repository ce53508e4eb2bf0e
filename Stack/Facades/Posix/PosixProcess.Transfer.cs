using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Udp;

namespace UserNet.Facades.Posix;

// Sending and receiving. No call of this face waits: what would is answered EAGAIN, as with O_NONBLOCK.
public sealed partial class PosixProcess
{
    private const int MsgPeek = 2, MsgDontRoute = 4, MsgTrunc = 0x20, MsgDontWait = 0x40, MsgNoSignal = 0x4000;

    /// <summary>
    /// ssize_t sendto(int socket, const void *message, size_t length, int flags, const struct sockaddr *dest_addr,
    /// socklen_t dest_len)
    /// </summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="message">Its first octets are sent.</param>
    /// <param name="length">How many.</param>
    /// <param name="flags">MSG_DONTROUTE, MSG_DONTWAIT, MSG_NOSIGNAL.</param>
    /// <param name="address">Where to; null for the peer.</param>
    /// <param name="addressLength">How long the address is.</param>
    /// <returns>
    /// How many octets were sent; or -1: EBADF, ENOTSOCK, EFAULT, EINVAL (an address's length, port 0), EAFNOSUPPORT,
    /// EOPNOTSUPP (other flags), EDESTADDRREQ, EMSGSIZE, EPIPE, EACCES, ENETUNREACH, EHOSTUNREACH, ENETDOWN,
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

        if ((flags & ~(MsgDontRoute | MsgDontWait | MsgNoSignal)) != 0) return Fail(Errno.EOPNOTSUPP);
        SocketFlags how = (flags & MsgDontRoute) != 0 ? SocketFlags.DontRoute : SocketFlags.None;
        ReadOnlySpan<byte> octets = message.AsSpan(0, length);
        return Answer(address is null ? socket!.TrySend(octets, how) : socket!.TrySendTo(octets, destination, how));
    }

    /// <summary>
    /// ssize_t recvfrom(int socket, void *buffer, size_t length, int flags, struct sockaddr *address, socklen_t
    /// *address_len)
    /// </summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="buffer">Where the octets go.</param>
    /// <param name="length">How many there is room for.</param>
    /// <param name="flags">MSG_PEEK, MSG_TRUNC (the answer is the whole length), MSG_DONTWAIT.</param>
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
        if ((flags & ~(MsgPeek | MsgTrunc | MsgDontWait)) != 0) return Fail(Errno.EOPNOTSUPP);
        SocketFlags how = ((flags & MsgPeek) != 0 ? SocketFlags.Peek : 0) | ((flags & MsgTrunc) != 0 ? SocketFlags.Truncated : 0);
        TransferResult result = socket!.TryReceiveFrom(buffer.AsSpan(0, length), out DatagramInfo info, how);
        if (!result.IsDone || address is null) return Answer(result);
        byte[] octets = SocketAddress.ToOctets(info.Source);
        octets.AsSpan(0, Math.Min(Math.Min(addressLength, address.Length), octets.Length)).CopyTo(address);
        addressLength = octets.Length;
        return result.Octets;
    }

    private int Answer(in TransferResult result) => result.IsDone ? result.Octets : Fail(result.Errno);
}
