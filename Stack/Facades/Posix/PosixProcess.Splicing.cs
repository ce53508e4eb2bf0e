using System.Buffers;
using System.Runtime.CompilerServices;
using UserNet.Errors;
using UserNet.Facades.Posix.Unix;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

// From one descriptor to another, without the process's memory between them. Here the octets are copied all the same.
public sealed partial class PosixProcess
{
    private const int MostSplice = 1 << 20;      // of one call at once

    /// <summary>ssize_t sendfile(int out_fd, int in_fd, off_t *offset, size_t count), with NULL: from where the file is, which moves.</summary>
    /// <inheritdoc cref="SendFile(int, int, ref long, int)"/>
    public int SendFile(int target, int source, int count) => SendFile(target, source, ref Unsafe.NullRef<long>(), count);

    /// <summary>ssize_t sendfile(int out_fd, int in_fd, off_t *offset, size_t count)</summary>
    /// <param name="target">A socket, a pipe or a file.</param>
    /// <param name="source">A file.</param>
    /// <param name="offset">Where to begin; becomes where it ended, and the file stays where it is.</param>
    /// <param name="count">How many octets.</param>
    /// <returns>
    /// How many were written, 0 at the file's end; or -1: EBADF (not opened for it), ESPIPE (an offset of what has no places), EINVAL (no file; a negative offset; O_APPEND), and what
    /// <see cref="Write"/> is refused for.
    /// </returns>
    public int SendFile(int target, int source, ref long offset, int count)
    {
        bool hasOffset = !Unsafe.IsNullRef(ref offset);
        if (_descriptors[source] is not { } from || from.Access == O_WRONLY) return Fail(Errno.EBADF);
        if (hasOffset && !from.HasPlaces) return Fail(Errno.ESPIPE);
        if (hasOffset && offset < 0) return Fail(Errno.EINVAL);
        if (_descriptors[target] is not { } to || to.Access == O_RDONLY) return Fail(Errno.EBADF);
        if (from is not RegularFile { IsDirectory: false } file || to is EpollFile || (to.IdleFlags & O_APPEND) != 0) return Fail(Errno.EINVAL);
        long place = hasOffset ? offset : file.Seek(0, SEEK_CUR);
        int left = Clamp(count), done = 0, answer = 0;
        byte[] octets = ArrayPool<byte>.Shared.Rent(Math.Min(left, MostSplice));
        while (left > 0)
        {
            int read;
            bool isEnd;
            using (_stack.Core.Enter())
            {
                read = file.ReadAt(place, octets.AsSpan(0, Math.Min(left, MostSplice)));
                isEnd = place + read >= file.Length;
            }

            if (read == 0) break;
            answer = WriteTo(to, octets.AsSpan(0, read), read < left && !isEnd ? MSG_MORE : 0);
            if (answer <= 0) break;
            (place, left, done) = (place + answer, left - answer, done + answer);
            if (answer < read) break;
        }

        ArrayPool<byte>.Shared.Return(octets);
        if (done == 0) return Answer(answer);
        if (hasOffset) offset = place;
        else file.Seek(place, SEEK_SET);
        return done;
    }

    /// <summary>ssize_t splice(int fd_in, off_t *off_in, int fd_out, off_t *off_out, size_t len, unsigned flags), with NULL twice.</summary>
    /// <param name="source">A pipe; or a socket or a file, if the target is a pipe.</param>
    /// <param name="target">Where to.</param>
    /// <param name="length">How many octets at most.</param>
    /// <param name="flags">SPLICE_F_NONBLOCK, SPLICE_F_MORE; SPLICE_F_MOVE and SPLICE_F_GIFT change nothing.</param>
    /// <returns>
    /// How many went over, 0 at the end; or -1: EBADF (not opened for it), EINVAL (no pipe; one pipe twice; other flags), EAGAIN, EPIPE, and what reading the one and writing to
    /// the other is refused for.
    /// </returns>
    public int Splice(int source, int target, int length, int flags)
    {
        const int Known = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT;
        if (length == 0) return 0;
        if ((flags & ~Known) != 0) return Fail(Errno.EINVAL);
        if (_descriptors[source] is not { } from || _descriptors[target] is not { } to) return Fail(Errno.EBADF);
        if (from.Access == O_WRONLY || to.Access == O_RDONLY) return Fail(Errno.EBADF);
        int most = Math.Min(Clamp(length), MostSplice);
        return (from, to) switch
        {
            (EpollFile, _) or (_, EpollFile) or (NullFile, _) => Fail(Errno.EINVAL),
            (PipeEnd one, PipeEnd other) when one.Pipe == other.Pipe => Fail(Errno.EINVAL),
            (PipeEnd pipe, _) => Answer(FromPipe(pipe, to, most, flags)),
            (_, PipeEnd pipe) => Answer(ToPipe(from, pipe, most, flags)),
            _ => Fail(Errno.EINVAL),
        };
    }

    private int FromPipe(PipeEnd from, OpenFile to, int most, int flags)
    {
        bool waits = (flags & SPLICE_F_NONBLOCK) == 0;
        int there = from.WaitForOctets(waits);
        if (there <= 0) return there;
        if (to is PipeEnd { } pipe)
        {
            int room = pipe.WaitForRoom(Facades.Posix.Pipe.AtOnce, waits);
            if (room <= 0) return room;
            most = Math.Min(most, room);
        }

        byte[] octets = ArrayPool<byte>.Shared.Rent(most);
        int count, left;
        using (_stack.Core.Enter())
        {
            count = from.Pipe.Peek(octets.AsSpan(0, most));
            left = from.Pipe.Count - count;
        }

        bool isMore = (flags & SPLICE_F_MORE) != 0 || (left > 0 && count < most);
        int answer = WriteTo(to, octets.AsSpan(0, count), (isMore ? MSG_MORE : 0) | (waits ? 0 : MSG_DONTWAIT));
        using (_stack.Core.Enter())
        {
            if (answer > 0) from.Pipe.Drop(Math.Min(answer, from.Pipe.Count));
        }

        ArrayPool<byte>.Shared.Return(octets);
        return answer;
    }

    private int ToPipe(OpenFile from, PipeEnd to, int most, int flags)
    {
        bool waits = (flags & SPLICE_F_NONBLOCK) == 0;
        int room = to.WaitForRoom(Facades.Posix.Pipe.AtOnce, waits);
        if (room <= 0) return room;
        byte[] octets = ArrayPool<byte>.Shared.Rent(Math.Min(most, room));
        Span<byte> target = octets.AsSpan(0, Math.Min(most, room));
        int answer;
        if (from is PosixSocket socket)
        {
            var request = new ReceiveRequest { Process = this, Octets = target, Flags = waits ? 0 : MSG_DONTWAIT };
            answer = socket.IsStream ? socket.Receive(ref request) : -(int)Errno.EINVAL;
        }
        else
        {
            answer = from.Read(target);
        }

        using (_stack.Core.Enter())
        {
            if (answer > 0) to.Pipe.Put(octets.AsSpan(0, answer));
        }

        ArrayPool<byte>.Shared.Return(octets);
        return answer;
    }

    private int WriteTo(OpenFile to, ReadOnlySpan<byte> octets, int flags) =>
        to is PosixSocket socket ? socket.Send(new SendRequest { Process = this, Octets = octets, Readable = octets.Length, Flags = flags }) : to.Write(octets);
}
