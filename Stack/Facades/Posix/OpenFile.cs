using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix;

/// <summary>What descriptors refer to: an open file description, in the words of POSIX.</summary>
/// <remarks>
/// Answers are the kernel's: 0 or more, or an error number with a minus sign. Several descriptors may refer to one description, by dup or by
/// being passed to another process; it ends with the last. Any thread, but for what says otherwise.
/// </remarks>
internal abstract class OpenFile
{
    private int _references, _flags;
    private FileWatchers? _watchers;      // made when the first epoll watches it

    /// <summary>O_NONBLOCK: calls that would wait answer EAGAIN instead.</summary>
    public virtual bool IsNonBlocking
    {
        get => (_flags & O_NONBLOCK) != 0;
        set => _flags = value ? _flags | O_NONBLOCK : _flags & ~O_NONBLOCK;
    }

    /// <summary>O_APPEND, O_ASYNC and O_NOATIME, which nothing heeds: kept to be read.</summary>
    public int IdleFlags
    {
        get => _flags & ~O_NONBLOCK;
        set => _flags = (_flags & O_NONBLOCK) | value;
    }

    /// <summary>O_RDONLY, O_WRONLY or O_RDWR.</summary>
    public virtual int Access => O_RDWR;

    /// <summary>True when its octets have places: pread, lseek, and a pointer to an offset in sendfile.</summary>
    public virtual bool HasPlaces => false;

    /// <summary>True when it can be waited for, and so watched by epoll.</summary>
    public virtual bool CanBeWatched => true;

    /// <summary>Counts another descriptor, or a message under way, that refers to it.</summary>
    public void Retain() => Interlocked.Increment(ref _references);

    /// <summary>Counts one less; the last one closes it.</summary>
    /// <param name="isExit">The process ends.</param>
    public void Release(bool isExit = false)
    {
        if (Interlocked.Decrement(ref _references) != 0) return;
        _watchers?.LeaveAll();
        if (isExit) CloseAtExit();
        else Close();
    }

    /// <summary>As <see cref="Close"/>, but it waits for nothing. Outside the gate.</summary>
    public virtual void CloseAtExit() => Close();

    /// <summary>The last descriptor that refers to it has gone. Outside the gate.</summary>
    public abstract void Close();

    /// <summary>read, of what is no socket. Outside the gate.</summary>
    public virtual int Read(Span<byte> octets) => -(int)Errno.EINVAL;

    /// <summary>write, to what is no socket. Outside the gate.</summary>
    public virtual int Write(ReadOnlySpan<byte> octets) => -(int)Errno.EINVAL;

    /// <summary>What poll would tell now: POLLIN and so on, whatever was asked for. Gate held.</summary>
    public abstract int PollNow();

    /// <summary>Has a poll be told when something comes up that may be one of these events, POLLERR or POLLHUP. Gate held.</summary>
    public abstract void Join(SelectOperation operation, int events);

    /// <summary>fchown of the description.</summary>
    public abstract int ChangeOwner(uint owner, in Caller caller);

    /// <summary>Has an epoll hear of all that may become ready. Gate held.</summary>
    public void AddWatcher(EpollItem item, StackCore core)
    {
        _watchers ??= new FileWatchers(core);
        _watchers.Add(item);
        if (_watchers.Count == 1) SetObserver(_watchers);
    }

    /// <summary>An epoll wants to hear no more. Gate held.</summary>
    public void RemoveWatcher(EpollItem item)
    {
        _watchers!.Remove(item);
        if (_watchers.Count == 0) SetObserver(null);
    }

    /// <summary>Has one be told of news, in place of who was; null for nobody. Gate held.</summary>
    protected virtual void SetObserver(IChannelObserver? observer)
    {
    }
}
