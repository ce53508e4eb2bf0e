using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Posix;

// Descriptors: the lowest free number, as POSIX demands, and what a number names.
public sealed partial class PosixProcess
{
    private static readonly object NoSocket = new();

    /// <summary>
    /// Opens a descriptor that names no socket, in place of a file or a pipe: calls on it answer ENOTSOCK.
    /// </summary>
    /// <returns>The lowest free descriptor; or -1: EMFILE.</returns>
    public int OpenNoSocket() => Install(NoSocket);

    /// <summary>int close(int fildes)</summary>
    /// <returns>0; or -1: EBADF.</returns>
    public int Close(int descriptor)
    {
        object? named;
        lock (_descriptorGate)
        {
            named = Lookup(descriptor);
            if (named is null) return Fail(Errno.EBADF);
            int place = descriptor - FirstDescriptor;
            _descriptors[place] = null;
            _free.Enqueue(place, place);
        }

        (named as NetworkSocket)?.Dispose();
        return 0;
    }

    /// <summary>
    /// int fchown(int fildes, uid_t owner, gid_t group): the socket's owner is what sharing by SO_REUSEPORT looks at.
    /// </summary>
    /// <returns>0; or -1: EBADF, EPERM (only uid 0 may give a socket away).</returns>
    public int FChown(int descriptor, uint owner)
    {
        Errno found = Find(descriptor, out NetworkSocket? socket);
        if (found == Errno.EBADF) return Fail(found);
        if (socket is null) return Credentials.Uid == 0 ? 0 : Fail(Errno.EPERM);
        return Answer(Guard(socket, s => s.TrySetOwner(owner, Credentials)));
    }

    /// <summary>The socket that a descriptor names, or null: a door from this face to the .NET one.</summary>
    public NetworkSocket? SocketOf(int descriptor)
    {
        lock (_descriptorGate) return Lookup(descriptor) as NetworkSocket;
    }

    /// <summary>
    /// Ends the process: all its sockets are closed, and a call of it is answered by ObjectDisposedException.
    /// </summary>
    public void Dispose()
    {
        lock (_descriptorGate)
        {
            _hasEnded = true;
            foreach (object? named in _descriptors) (named as NetworkSocket)?.Dispose();
            _descriptors.Clear();
            _free.Clear();
        }

        _error.Dispose();
    }

    private int Install(object named)
    {
        lock (_descriptorGate)
        {
            if (_hasEnded || (_free.Count == 0 && _descriptors.Count >= DescriptorLimit))
            {
                (named as NetworkSocket)?.Dispose();
                ObjectDisposedException.ThrowIf(_hasEnded, this);
                return Fail(Errno.EMFILE);
            }

            if (!_free.TryDequeue(out int free, out _))
            {
                free = _descriptors.Count;
                _descriptors.Add(null);
            }

            _descriptors[free] = named;
            return FirstDescriptor + free;
        }
    }

    private object? Lookup(int descriptor)
    {
        int index = descriptor - FirstDescriptor;
        return index >= 0 && index < _descriptors.Count ? _descriptors[index] : null;
    }

    private Errno Find(int descriptor, out NetworkSocket? socket)
    {
        object? named;
        lock (_descriptorGate) named = Lookup(descriptor);
        socket = named as NetworkSocket;
        return named is null ? Errno.EBADF : socket is null ? Errno.ENOTSOCK : Errno.Success;
    }

    /// <summary>Runs a call on a socket; one that another thread closed meanwhile is a bad descriptor.</summary>
    private static BindRule Guard(NetworkSocket socket, Func<NetworkSocket, BindRule> call)
    {
        try
        {
            return call(socket);
        }
        catch (ObjectDisposedException)
        {
            return BindRule.BadHandle;
        }
    }

    private int Answer(BindRule rule) => rule == BindRule.Granted ? 0 : Fail(rule.ToErrno());

    private int Fail(Errno error)
    {
        _error.Value = error;
        return -1;
    }
}
