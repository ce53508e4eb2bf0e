using System.Buffers;
using UserNet.Errors;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

// read and write, of whatever a descriptor names.
public sealed partial class PosixProcess
{
    /// <summary>ssize_t write(int fildes, const void *buf, size_t nbyte)</summary>
    /// <returns>
    /// As <see cref="SendTo"/> of a socket; of a pipe EPIPE (nobody reads), EAGAIN; of a file EFBIG; EBADF (opened to be read alone), EINVAL (an epoll).
    /// </returns>
    /// <inheritdoc cref="SendTo" path="/param"/>
    public int Write(int descriptor, ReadOnlySpan<byte> buffer, int length)
    {
        if (_descriptors[descriptor] is PosixSocket) return Send(descriptor, buffer, length, 0);
        if (_descriptors[descriptor] is not { } file || file.Access == O_RDONLY) return Fail(Errno.EBADF);
        int there = Math.Min(Clamp(length), buffer.Length);
        if (file is NullFile) return Clamp(length);      // which is not looked at
        return there == 0 && length != 0 ? Fail(Errno.EFAULT) : Answer(file.Write(buffer[..there]));
    }

    /// <summary>ssize_t read(int fildes, void *buf, size_t nbyte)</summary>
    /// <returns>
    /// As <see cref="RecvFrom"/> of a socket; of a pipe 0 (nobody writes any more), EAGAIN; EBADF (opened to be written alone), EISDIR, EINVAL (an epoll).
    /// </returns>
    /// <inheritdoc cref="RecvFrom" path="/param"/>
    public int Read(int descriptor, Span<byte> buffer, int length)
    {
        if (_descriptors[descriptor] is PosixSocket) return length == 0 ? 0 : Recv(descriptor, buffer, length, 0);
        if (_descriptors[descriptor] is not { } file || file.Access == O_WRONLY) return Fail(Errno.EBADF);
        if (length == 0 && file is not EpollFile) return 0;
        int there = Math.Min(Clamp(length), buffer.Length), answer = file.Read(buffer[..there]);
        return answer == 0 && there == 0 && file is not NullFile ? Fail(Errno.EFAULT) : Answer(answer);
    }

    /// <summary>ssize_t writev(int fildes, const struct iovec *iov, int iovcnt)</summary>
    /// <param name="descriptor">A socket, a pipe or a file.</param>
    /// <param name="vectors">What to write, one piece after the other.</param>
    /// <returns>As <see cref="Write"/>; and EINVAL (more than 1,024 pieces, a negative length).</returns>
    public int WriteV(int descriptor, ReadOnlySpan<IoVector> vectors)
    {
        if (_descriptors[descriptor] is not { } file || file.Access == O_RDONLY) return Fail(Errno.EBADF);
        if (vectors.Length > MostVectors) return Fail(Errno.EINVAL);
        int total = Measure(vectors, out bool isReadable);
        if (total < 0) return Fail(Errno.EINVAL);
        if (file is PosixSocket) return SendMsg(descriptor, new MessageHeader { Vectors = vectors }, 0);
        if (file is EpollFile) return Fail(Errno.EINVAL);
        if (file is NullFile || total == 0) return total;
        byte[] octets = isReadable ? ArrayPool<byte>.Shared.Rent(total) : StandIn(total, vectors, out total);
        if (isReadable) Gather(vectors, octets);
        int answer = total == 0 ? -(int)Errno.EFAULT : file.Write(octets.AsSpan(0, total));
        if (isReadable) ArrayPool<byte>.Shared.Return(octets);
        return Answer(answer);
    }

    /// <summary>ssize_t readv(int fildes, const struct iovec *iov, int iovcnt)</summary>
    /// <param name="descriptor">A socket, a pipe or a file.</param>
    /// <param name="vectors">Where the octets go: a piece is filled before the next is begun.</param>
    /// <returns>As <see cref="Read"/>; and EINVAL (more than 1,024 pieces, a negative length).</returns>
    public int ReadV(int descriptor, ReadOnlySpan<IoVector> vectors)
    {
        if (_descriptors[descriptor] is not { } file || file.Access == O_WRONLY) return Fail(Errno.EBADF);
        if (vectors.Length > MostVectors) return Fail(Errno.EINVAL);
        int total = Measure(vectors, out _);
        if (total < 0) return Fail(Errno.EINVAL);
        if (file is EpollFile) return Fail(Errno.EINVAL);
        if (total == 0) return 0;
        if (file is PosixSocket)
        {
            var message = new MessageHeader { Vectors = vectors };
            return RecvMsg(descriptor, ref message, 0);
        }

        int room = Math.Min(total, MostAtOnce);
        byte[] octets = ArrayPool<byte>.Shared.Rent(room);
        int answer = file.Read(octets.AsSpan(0, room));
        if (answer > 0 && !Scatter(octets.AsSpan(0, answer), vectors)) answer = -(int)Errno.EFAULT;
        ArrayPool<byte>.Shared.Return(octets);
        return Answer(answer);
    }

    private static int Clamp(int length) => (int)Math.Min((uint)length, MostTransfer);
}
