using System.Buffers;
using UserNet.Errors;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

// Sending and receiving of octets in one piece.
public sealed partial class PosixProcess
{
    private const int MostDatagram = 65_536, MostTransfer = int.MaxValue & ~4095;      // MAX_RW_COUNT
    private const int MostAtOnce = 16 << 20;      // more than a stream's buffer has is never received at once

    /// <summary>
    /// ssize_t sendto(int socket, const void *message, size_t length, int flags, const struct sockaddr *dest_addr,
    /// socklen_t dest_len)
    /// </summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="message">Its first octets are sent.</param>
    /// <param name="length">How many; beyond the end is memory that can't be read.</param>
    /// <param name="flags">MSG_DONTROUTE, MSG_DONTWAIT, MSG_NOSIGNAL; of a stream also MSG_MORE, MSG_OOB, MSG_FASTOPEN.</param>
    /// <param name="address">Where to; null for the peer.</param>
    /// <param name="addressLength">How long the address is.</param>
    /// <returns>
    /// How many octets were sent; or -1: EBADF, ENOTSOCK, EFAULT, EINVAL (an address's length, port 0), EAFNOSUPPORT,
    /// EOPNOTSUPP (MSG_OOB or MSG_MORE of a datagram), EDESTADDRREQ, EMSGSIZE, EPIPE, ECONNRESET, ETIMEDOUT, EINPROGRESS, EALREADY, EISCONN (of
    /// a stream), EACCES, ENETUNREACH, EHOSTUNREACH, ENETDOWN, ECONNREFUSED and other errors about what was sent before, EAGAIN (it would
    /// wait, and has O_NONBLOCK or MSG_DONTWAIT, or SO_SNDTIMEO is over; no port is free), EINTR (closed meanwhile).
    /// </returns>
    public int SendTo(
        int descriptor, ReadOnlySpan<byte> message, int length, int flags, ReadOnlySpan<byte> address, int addressLength)
    {
        if (Find(descriptor, out PosixSocket? socket) is var found and not Errno.Success) return Fail(found);
        bool hasAddress = !IsNull(address);
        if (hasAddress && CheckMemory(address, addressLength) is var memory and not Errno.Success) return Fail(memory);
        bool isUnreadable = (uint)length > (uint)message.Length;
        return Answer(socket!.Send(new SendRequest
        {
            Process = this,
            Octets = isUnreadable ? StandIn(length, message) : message[..length],
            IsUnreadable = isUnreadable,
            Readable = message.Length,
            Flags = flags,
            HasAddress = hasAddress,
            Address = hasAddress ? address[..addressLength] : default,
        }));
    }

    /// <summary>
    /// ssize_t recvfrom(int socket, void *buffer, size_t length, int flags, struct sockaddr *address, socklen_t
    /// *address_len)
    /// </summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="buffer">Where the octets go.</param>
    /// <param name="length">How many there is room for; what would go beyond the end is EFAULT.</param>
    /// <param name="flags">MSG_PEEK, MSG_TRUNC (the answer is the whole length), MSG_DONTWAIT, MSG_ERRQUEUE; of a stream also MSG_WAITALL.</param>
    /// <param name="address">Where the sender's address goes, as much of it as fits; or null.</param>
    /// <param name="addressLength">How much fits; becomes how long the address is.</param>
    /// <returns>
    /// How many octets; or -1: EBADF, ENOTSOCK, EFAULT, EINVAL (a negative length; MSG_OOB of a stream), EOPNOTSUPP (MSG_OOB of raw sockets),
    /// ENOTCONN (a stream), EAGAIN (none is there, and the call does not wait; SO_RCVTIMEO is over), ECONNREFUSED and other errors about what
    /// was sent, EINTR (closed meanwhile).
    /// </returns>
    public int RecvFrom(int descriptor, Span<byte> buffer, int length, int flags, Span<byte> address, ref int addressLength)
    {
        if (Find(descriptor, out PosixSocket? socket) is var found and not Errno.Success) return Fail(found);
        bool wantsName = !IsNull(address);
        Span<byte> name = stackalloc byte[wantsName ? SocketAddress.StorageLength : 0];
        int answer, nameLength;
        if ((uint)length > (uint)buffer.Length)
        {
            answer = ReceiveBeyond(socket!, buffer, length, flags, name, out nameLength);
        }
        else
        {
            var request = new ReceiveRequest { Process = this, Octets = buffer[..length], Flags = flags, Address = name };
            answer = socket!.Receive(ref request);
            nameLength = request.AddressLength;
        }

        if (answer < 0) return Answer(answer);
        if (!wantsName) return answer;
        int copied = CopyName(name[..nameLength], address, ref addressLength);
        return copied < 0 ? Answer(copied) : answer;
    }

    /// <summary>ssize_t send(int socket, const void *buffer, size_t length, int flags)</summary>
    /// <inheritdoc cref="SendTo"/>
    public int Send(int descriptor, ReadOnlySpan<byte> buffer, int length, int flags) => SendTo(descriptor, buffer, length, flags, default, 0);

    /// <summary>ssize_t recv(int socket, void *buffer, size_t length, int flags)</summary>
    /// <inheritdoc cref="RecvFrom"/>
    public int Recv(int descriptor, Span<byte> buffer, int length, int flags)
    {
        int none = 0;
        return RecvFrom(descriptor, buffer, length, flags, default, ref none);
    }

    /// <summary>As many octets as can't all be read, for checks that come before they would be copied; those that can be are there.</summary>
    private static byte[] StandIn(int length, ReadOnlySpan<byte> readable)
    {
        byte[] octets = new byte[(uint)length > MostDatagram ? MostDatagram : length];
        readable[..Math.Min(readable.Length, octets.Length)].CopyTo(octets);
        return octets;
    }

    /// <summary>How much room takes all that a receive may give, which is not more than the call asks for; or why nothing is received.</summary>
    private int RoomFor(PosixSocket socket, int asked, int flags)
    {
        if (asked <= MostDatagram || (socket.IsStream && asked <= MostAtOnce)) return asked;
        if (socket.IsStream) return MostAtOnce;
        if (socket.Domain != AF_UNIX) return MostDatagram;
        // A datagram of AF_UNIX is as long as its sender's buffer allows: it is asked first.
        var peek = new ReceiveRequest { Process = this, Flags = (flags & MSG_DONTWAIT) | MSG_PEEK | MSG_TRUNC };
        int length = socket.Receive(ref peek);
        return length < 0 ? length : Math.Clamp(length, MostDatagram, asked);
    }

    /// <summary>Receives where the memory ends before the room that the call names: EFAULT if more comes than fits.</summary>
    private int ReceiveBeyond(PosixSocket socket, Span<byte> buffer, int length, int flags, Span<byte> name, out int nameLength)
    {
        nameLength = 0;
        int room = RoomFor(socket, length < 0 ? MostTransfer : length, flags);
        if (room < 0) return room;
        byte[] rented = ArrayPool<byte>.Shared.Rent(room), real = ArrayPool<byte>.Shared.Rent(buffer.Length);
        var request = new ReceiveRequest { Process = this, Octets = rented.AsSpan(0, room), Flags = flags, Address = name };
        int answer = ReceiveThrough(socket, ref request, [new IoVector(real.AsMemory(0, buffer.Length), room)]);
        int copied = answer == -(int)Errno.EFAULT ? buffer.Length : request.HasDiscarded ? 0 : Math.Clamp(answer, 0, buffer.Length);
        real.AsSpan(0, copied).CopyTo(buffer);
        ArrayPool<byte>.Shared.Return(rented);
        ArrayPool<byte>.Shared.Return(real);
        nameLength = request.AddressLength;
        return answer;
    }
}
