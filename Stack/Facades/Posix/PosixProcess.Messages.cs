using System.Buffers;
using UserNet.Errors;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

// Sending and receiving in several pieces, with control messages.
public sealed partial class PosixProcess
{
    private const int MostVectors = 1024, MostControl = 131_072;      // UIO_MAXIOV; net.core.optmem_max

    /// <summary>ssize_t sendmsg(int socket, const struct msghdr *message, int flags)</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="message">
    /// What to send, where to and how: control messages IP_PKTINFO, IP_TTL, IP_TOS, IPV6_PKTINFO, IPV6_HOPLIMIT, IPV6_TCLASS, IPV6_DONTFRAG,
    /// IPV6_FLOWINFO of datagrams; what AF_UNIX has.
    /// </param>
    /// <param name="flags">As of sendto.</param>
    /// <returns>
    /// As <see cref="SendTo"/>; and EINVAL (a negative length, a control message that is cut off, unknown or out of range), EMSGSIZE (more
    /// than 1,024 vectors), ENOBUFS (more than 131,072 octets of control messages), ENODEV, EPERM (SO_MARK).
    /// </returns>
    public int SendMsg(int descriptor, in MessageHeader message, int flags)
    {
        if (Find(descriptor, out PosixSocket? socket) is var found and not Errno.Success) return Fail(found);
        bool hasAddress = !IsNull(message.Name) && message.NameLength != 0;      // unlike sendto, where no octets are a short address
        if (hasAddress && message.NameLength < 0) return Fail(Errno.EINVAL);
        int nameLength = hasAddress ? Math.Min(message.NameLength, SocketAddress.StorageLength) : 0;
        if (message.Vectors.Length > MostVectors) return Fail(Errno.EMSGSIZE);
        if (nameLength > message.Name.Length) return Fail(Errno.EFAULT);
        int total = Measure(message.Vectors, out bool isReadable);
        if (total < 0) return Fail(Errno.EINVAL);
        if (message.ControlLength is < 0 or > MostControl) return Fail(Errno.ENOBUFS);
        if (message.ControlLength > message.Control.Length) return Fail(Errno.EFAULT);
        byte[]? gathered = message.Vectors.Length > 1 && isReadable ? ArrayPool<byte>.Shared.Rent(total) : null;
        int readable = total;
        ReadOnlySpan<byte> octets = !isReadable ? StandIn(total, message.Vectors, out readable) : gathered is not null ? gathered.AsSpan(0, total)
            : total > 0 ? message.Vectors[0].Base.Span[..total] : default;
        if (gathered is not null) Gather(message.Vectors, gathered);
        int answer = socket!.Send(new SendRequest
        {
            Process = this,
            Octets = octets,
            IsUnreadable = !isReadable,
            Readable = readable,
            Flags = flags & ~MSG_CMSG_CLOEXEC,
            HasAddress = hasAddress,
            Address = message.Name[..nameLength],
            Control = message.Control[..message.ControlLength],
        });
        if (gathered is not null) ArrayPool<byte>.Shared.Return(gathered);
        return Answer(answer);
    }

    /// <summary>ssize_t recvmsg(int socket, struct msghdr *message, int flags)</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="message">
    /// Where octets, address and control messages go. Which control messages come is said by options: IP_PKTINFO, IP_RECVTTL, IP_RECVTOS,
    /// IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS, IPV6_FLOWINFO, IPV6_RECVPATHMTU; with MSG_ERRQUEUE IP_RECVERR, IPV6_RECVERR.
    /// </param>
    /// <param name="flags">As of recvfrom; MSG_ERRQUEUE reads what IP_RECVERR has queued and never waits.</param>
    /// <returns>As <see cref="RecvFrom"/>; and EINVAL (a negative length), EMSGSIZE (more than 1,024 vectors).</returns>
    public int RecvMsg(int descriptor, ref MessageHeader message, int flags)
    {
        if (Find(descriptor, out PosixSocket? socket) is var found and not Errno.Success) return Fail(found);
        bool wantsName = !IsNull(message.Name);
        if (wantsName && message.NameLength < 0) return Fail(Errno.EINVAL);
        if (message.Vectors.Length > MostVectors) return Fail(Errno.EMSGSIZE);
        int total = Measure(message.Vectors, out bool isWritable);
        if (total < 0) return Fail(Errno.EINVAL);
        Span<byte> name = stackalloc byte[wantsName ? SocketAddress.StorageLength : 0];
        bool isWhole = isWritable && message.Vectors.Length <= 1;
        int room = isWhole ? 0 : RoomFor(socket!, total, flags);
        if (room < 0) return Answer(room);
        byte[]? rented = isWhole ? null : ArrayPool<byte>.Shared.Rent(room);
        var request = new ReceiveRequest
        {
            Process = this,
            Octets = rented is not null ? rented.AsSpan(0, room) : total > 0 ? message.Vectors[0].Base.Span[..total] : default,
            Flags = flags,
            Address = name,
            IsMessage = true,
            Control = message.Control[..(int)Math.Min((uint)message.ControlLength, (uint)message.Control.Length)],
            MessageFlags = flags & MSG_CMSG_CLOEXEC,
        };
        int answer = rented is null ? socket!.Receive(ref request) : ReceiveThrough(socket!, ref request, message.Vectors);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        if (answer < 0) return Answer(answer);
        (message.ControlLength, message.Flags) = (request.ControlLength, request.MessageFlags);
        if (!wantsName) return answer;
        int length = message.NameLength, copied = CopyName(name[..request.AddressLength], message.Name, ref length);
        message.NameLength = length;
        return copied < 0 ? Answer(copied) : answer;
    }

    /// <summary>Receives what is then handed to vectors; a stream keeps what can't be.</summary>
    private static int ReceiveThrough(PosixSocket socket, ref ReceiveRequest request, scoped ReadOnlySpan<IoVector> vectors)
    {
        if (socket.IsStream && (request.Flags & (MSG_TRUNC | MSG_OOB | MSG_ERRQUEUE | MSG_PEEK)) == 0)
        {
            var peek = new ReceiveRequest { Process = request.Process, Octets = request.Octets, Flags = request.Flags | MSG_PEEK };
            int there = socket.Receive(ref peek);
            if (there < 0) return there;      // an error is told once
            if (there > 0 && !Scatter(peek.Octets[..there], vectors)) return -(int)Errno.EFAULT;
        }

        int answer = socket.Receive(ref request);
        if (answer <= 0 || request.HasDiscarded) return answer;
        return Scatter(request.Octets[..Math.Min(answer, request.Octets.Length)], vectors) ? answer : -(int)Errno.EFAULT;
    }

    /// <summary>How many octets vectors have together; negative when one of them has a negative length.</summary>
    private static int Measure(scoped ReadOnlySpan<IoVector> vectors, out bool isMemory)
    {
        isMemory = true;
        long total = 0;
        foreach (IoVector vector in vectors)
        {
            if (vector.Length < 0) return -1;
            isMemory &= vector.Length <= vector.Base.Length;
            total += vector.Length;
        }

        return (int)Math.Min(total, MostTransfer);
    }

    private static byte[] StandIn(int total, scoped ReadOnlySpan<IoVector> vectors, out int readable)
    {
        byte[] octets = StandIn(total, default);
        readable = 0;
        foreach (IoVector vector in vectors)
        {
            ReadOnlySpan<byte> there = vector.Base.Span[..Math.Min(vector.Length, vector.Base.Length)];
            there[..Math.Min(there.Length, octets.Length - readable)].CopyTo(octets.AsSpan(readable));
            readable = Math.Min(readable + there.Length, octets.Length);
            if (there.Length < vector.Length) break;
        }

        return octets;
    }

    private static void Gather(scoped ReadOnlySpan<IoVector> vectors, Span<byte> octets)
    {
        foreach (IoVector vector in vectors)
        {
            int length = Math.Min(vector.Length, octets.Length);
            vector.Base.Span[..length].CopyTo(octets);
            octets = octets[length..];
        }
    }

    private static bool Scatter(ReadOnlySpan<byte> octets, scoped ReadOnlySpan<IoVector> vectors)
    {
        foreach (IoVector vector in vectors)
        {
            int length = Math.Min(vector.Length, octets.Length);
            octets[..Math.Min(length, vector.Base.Length)].CopyTo(vector.Base.Span);      // up to where the memory ends
            if (length > vector.Base.Length) return false;
            octets = octets[length..];
        }

        return true;
    }
}
