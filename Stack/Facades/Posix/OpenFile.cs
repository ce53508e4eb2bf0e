using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Facades.Posix;

/// <summary>What descriptors refer to: an open file description, in the words of POSIX.</summary>
/// <remarks>
/// Answers are the kernel's: 0 or more, or an error number with a minus sign. Several descriptors may refer to one description, by dup or by
/// being passed to another process; it ends with the last. Any thread, but for what says otherwise.
/// </remarks>
internal abstract class OpenFile
{
    private int _references;

    /// <summary>O_NONBLOCK: calls that would wait answer EAGAIN instead.</summary>
    public virtual bool IsNonBlocking { get; set; }

    /// <summary>O_APPEND, O_ASYNC and O_NOATIME, which nothing heeds: kept to be read.</summary>
    public int IdleFlags { get; set; }

    /// <summary>Counts another descriptor, or a message under way, that refers to it.</summary>
    public void Retain() => Interlocked.Increment(ref _references);

    /// <summary>Counts one less; the last one closes it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0) Close();
    }

    /// <summary>The last descriptor that refers to it has gone. Outside the gate.</summary>
    public abstract void Close();

    /// <summary>What poll would tell now: POLLIN and so on, whatever was asked for. Gate held.</summary>
    public abstract int PollNow();

    /// <summary>Has a poll be told when something comes up that may be one of these events, POLLERR or POLLHUP. Gate held.</summary>
    public abstract void Join(SelectOperation operation, int events);

    /// <summary>fchown of the description.</summary>
    public abstract int ChangeOwner(uint owner, in Caller caller);
}
