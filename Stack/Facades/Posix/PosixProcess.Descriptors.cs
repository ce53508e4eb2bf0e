using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

// Descriptors: the lowest free number, as POSIX demands, and what a number names.
public sealed partial class PosixProcess
{
    /// <summary>
    /// Opens a descriptor that names no socket, in place of a file: calls of sockets answer ENOTSOCK. As /dev/null it swallows what is
    /// written, and reading finds its end.
    /// </summary>
    /// <returns>The lowest free descriptor; or -1: EMFILE.</returns>
    /// <exception cref="ObjectDisposedException">The process has ended.</exception>
    public int OpenNoSocket() => Answer(_descriptors.Add(new NullFile(), closesOnExec: false));

    /// <summary>int close(int fildes)</summary>
    /// <remarks>The socket is closed with the last descriptor that refers to it; calls that wait for it end by EINTR then.</remarks>
    /// <returns>0; or -1: EBADF.</returns>
    public int Close(int descriptor) => Answer(_descriptors.Remove(descriptor));

    /// <summary>int dup(int fildes)</summary>
    /// <returns>The lowest free descriptor, which refers to the same; or -1: EBADF, EMFILE.</returns>
    public int Dup(int descriptor) => Answer(_descriptors.Duplicate(descriptor, 0, closesOnExec: false));

    /// <summary>int dup2(int fildes, int fildes2)</summary>
    /// <returns>fildes2, which refers to what fildes does, and to nothing else; or -1: EBADF (not open; fildes2 out of range).</returns>
    public int Dup2(int descriptor, int target) => Answer(_descriptors.Replace(descriptor, target));

    /// <summary>int fcntl(int fildes, int cmd, int arg)</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="command">F_DUPFD 0, F_GETFD 1, F_SETFD 2, F_GETFL 3, F_SETFL 4, F_DUPFD_CLOEXEC 1030; of a pipe F_SETPIPE_SZ 1031, F_GETPIPE_SZ 1032.</param>
    /// <param name="argument">
    /// The least number; FD_CLOEXEC 1; or O_NONBLOCK 0x800; access and the flags of making a file stay.
    /// </param>
    /// <returns>The new descriptor, the flags, or 0; or -1: EBADF, EINVAL (another command, a number out of range), EMFILE.</returns>
    public int Fcntl(int descriptor, int command, int argument = 0)
    {
        if (_descriptors[descriptor] is not { } file) return Fail(Errno.EBADF);
        switch (command)
        {
            case F_DUPFD or F_DUPFD_CLOEXEC: return Answer(_descriptors.Duplicate(descriptor, argument, command == F_DUPFD_CLOEXEC));
            case F_GETFD: return Answer(_descriptors.FlagsOf(descriptor));
            case F_SETFD: return Answer(_descriptors.SetFlags(descriptor, (argument & FD_CLOEXEC) != 0));
            case F_GETFL: return file.Access | file.IdleFlags | (file.IsNonBlocking ? O_NONBLOCK : 0);
            case F_SETFL when file is PosixSocket && (argument & O_DIRECT) != 0: return Fail(Errno.EINVAL);      // sockets have no such way
            case F_SETFL:
                file.IsNonBlocking = (argument & O_NONBLOCK) != 0;
                file.IdleFlags = argument & (O_APPEND | O_ASYNC | O_NOATIME);
                return 0;
            case F_GETPIPE_SZ or F_SETPIPE_SZ when file is not PipeEnd: return Fail(Errno.EBADF);
            case F_GETPIPE_SZ or F_SETPIPE_SZ: return Answer(SizeOf(((PipeEnd)file).Pipe, command == F_SETPIPE_SZ ? argument : null));
            default: return Fail(Errno.EINVAL);
        }
    }

    private int SizeOf(Pipe pipe, int? wanted)
    {
        using (_stack.Core.Enter()) return wanted is { } octets ? pipe.Resize(octets) : pipe.Capacity;
    }

    /// <summary>fcntl(F_SETFL): sets or clears O_NONBLOCK.</summary>
    /// <returns>0; or -1: EBADF.</returns>
    public int SetNonBlocking(int descriptor, bool isNonBlocking) => Fcntl(descriptor, F_SETFL, isNonBlocking ? O_NONBLOCK : 0);

    /// <summary>
    /// int fchown(int fildes, uid_t owner, gid_t group): the socket's owner is what sharing by SO_REUSEPORT looks at.
    /// </summary>
    /// <returns>0; or -1: EBADF, EPERM (only uid 0 may give a socket away).</returns>
    public int FChown(int descriptor, uint owner) =>
        _descriptors[descriptor] is { } file ? Answer(file.ChangeOwner(owner, Credentials)) : Fail(Errno.EBADF);

    /// <summary>The socket that a descriptor names, or null: a door from this face to the .NET one.</summary>
    public NetworkSocket? SocketOf(int descriptor) => (_descriptors[descriptor] as InetSocket)?.Socket;

    /// <summary>What execve does to descriptors: those with FD_CLOEXEC are closed.</summary>
    public void CloseOnExec() => _descriptors.Clear(isEnd: false);

    /// <summary>
    /// Ends the process: all its descriptors are closed, and a call that would open one is answered by ObjectDisposedException.
    /// </summary>
    public void Dispose()
    {
        _descriptors.Clear(isEnd: true);
        _error.Dispose();
    }

    /// <summary>Gives a file that nobody has a descriptor for yet its first one; without room for it, it is closed.</summary>
    /// <returns>The descriptor; or an error number with a minus sign: EMFILE.</returns>
    internal int Install(OpenFile file, bool closesOnExec)
    {
        file.Retain();
        try
        {
            return _descriptors.Add(file, closesOnExec);
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>What a descriptor refers to, or null.</summary>
    internal OpenFile? FileOf(int descriptor) => _descriptors[descriptor];

    private Errno Find(int descriptor, out PosixSocket? socket)
    {
        OpenFile? file = _descriptors[descriptor];
        socket = file as PosixSocket;
        return socket is not null ? Errno.Success : file is null ? Errno.EBADF : Errno.ENOTSOCK;
    }

    /// <summary>Turns the kernel's answer into C's: -1 and errno.</summary>
    private int Answer(int answer) => answer >= 0 ? answer : Fail((Errno)(-answer));

    private int Fail(Errno error)
    {
        _error.Value = error;
        return -1;
    }
}
