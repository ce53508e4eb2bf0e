using System.Text;
using UserNet.Errors;
using UserNet.Facades.Posix.Unix;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

// Descriptors that name no socket: files of the host's tree, pipes.
public sealed partial class PosixProcess
{
    /// <summary>int open(const char *path, int flags, mode_t mode)</summary>
    /// <param name="path">Where.</param>
    /// <param name="flags">O_RDONLY, O_WRONLY or O_RDWR; O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC may be added.</param>
    /// <param name="mode">Permissions of a new file, without those of the umask.</param>
    /// <returns>
    /// The lowest free descriptor; or -1: EINVAL (no way to access it), ENOENT, EEXIST, ENOTDIR, EISDIR, EACCES, EROFS, ELOOP, ENXIO (a socket's name), ENAMETOOLONG,
    /// EMFILE, or an injected fault.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The process has ended.</exception>
    public int Open(ReadOnlySpan<byte> path, int flags, int mode = 0)
    {
        int access = flags & O_ACCMODE;
        if (access == O_ACCMODE) return Fail(Errno.EINVAL);
        if (!_descriptors.HasRoom) return Fail(Errno.EMFILE);
        FileContext who = Files;
        FileNode? node;
        int answer;
        using (_stack.Core.Enter()) answer = Host.Files.Open(path, flags, mode, who, out node);
        if (answer < 0) return Answer(answer);
        var file = new RegularFile(node!, access, _stack.Core) { IsNonBlocking = (flags & O_NONBLOCK) != 0, IdleFlags = flags & O_APPEND };
        return Answer(Install(file, (flags & O_CLOEXEC) != 0));
    }

    /// <inheritdoc cref="Open(ReadOnlySpan{byte}, int, int)"/>
    public int Open(string path, int flags, int mode = 0) => Open(Encoding.UTF8.GetBytes(path), flags, mode);

    /// <summary>off_t lseek(int fildes, off_t offset, int whence)</summary>
    /// <param name="descriptor">A file.</param>
    /// <param name="offset">How far.</param>
    /// <param name="whence">From the beginning SEEK_SET 0, from where it is SEEK_CUR 1, from the end SEEK_END 2.</param>
    /// <returns>The place that the next read or write is at; or -1: EBADF, ESPIPE (a socket, a pipe), EINVAL.</returns>
    public long LSeek(int descriptor, long offset, int whence) => _descriptors[descriptor] switch
    {
        null => Fail(Errno.EBADF),
        RegularFile file => file.Seek(offset, whence) is >= 0 and var place ? place : Fail(Errno.EINVAL),
        NullFile => 0,
        _ => Fail(Errno.ESPIPE),
    };

    /// <summary>int ftruncate(int fildes, off_t length): what is added is 0, and takes no memory.</summary>
    /// <returns>0; or -1: EBADF, EINVAL (no file, or opened to be read alone; a negative length), EFBIG.</returns>
    public int FTruncate(int descriptor, long length) => _descriptors[descriptor] switch
    {
        null => Fail(Errno.EBADF),
        RegularFile file => Answer(file.SetLength(length)),
        _ => Fail(Errno.EINVAL),
    };

    /// <summary>int pipe(int fildes[2])</summary>
    /// <inheritdoc cref="Pipe2"/>
    public int Pipe(Span<int> descriptors) => Pipe2(descriptors, 0);

    /// <summary>int pipe2(int fildes[2], int flags)</summary>
    /// <param name="descriptors">Room for two: what is written to the second is read from the first.</param>
    /// <param name="flags">O_NONBLOCK, O_CLOEXEC.</param>
    /// <returns>0; or -1: EINVAL (other flags), EFAULT (less room than for two), EMFILE.</returns>
    /// <exception cref="ObjectDisposedException">The process has ended.</exception>
    public int Pipe2(Span<int> descriptors, int flags)
    {
        if ((flags & ~(O_NONBLOCK | O_CLOEXEC)) != 0) return Fail(Errno.EINVAL);
        if (descriptors.Length < 2) return Fail(Errno.EFAULT);
        var pipe = new Pipe(_stack.Core);
        bool isNonBlocking = (flags & O_NONBLOCK) != 0, closesOnExec = (flags & O_CLOEXEC) != 0;
        pipe.Reader = new PipeEnd(pipe, reads: true) { IsNonBlocking = isNonBlocking };
        pipe.Writer = new PipeEnd(pipe, reads: false) { IsNonBlocking = isNonBlocking };
        PipeEnd writer = pipe.Writer;
        int one = Install(pipe.Reader, closesOnExec);
        if (one < 0) return Answer(one);
        int other = Install(writer, closesOnExec);
        if (other < 0)
        {
            _descriptors.Remove(one);
            return Answer(other);
        }

        (descriptors[0], descriptors[1]) = (one, other);
        return 0;
    }
}
