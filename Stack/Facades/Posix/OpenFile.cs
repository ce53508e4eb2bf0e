namespace UserNet.Facades.Posix;

/// <summary>What descriptors refer to: an open file description, in the words of POSIX.</summary>
/// <remarks>
/// Answers are the kernel's: 0 or more, or an error number with a minus sign. Several descriptors may refer to one description, by dup or by
/// being passed to another process; it ends with the last.
/// </remarks>
internal abstract class OpenFile
{
    /// <summary>O_NONBLOCK: calls that would wait answer EAGAIN instead.</summary>
    public virtual bool IsNonBlocking { get; set; }

    /// <summary>The last descriptor that refers to it has gone.</summary>
    public abstract void Close();

    /// <summary>What poll would tell now: POLLIN and so on, whatever was asked for. Takes the stack's gate.</summary>
    public abstract int PollNow();

    /// <summary>fchown of the description: 0, or an error number with a minus sign.</summary>
    public abstract int ChangeOwner(uint owner, in Binding.Caller caller);
}
