using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Posix;

/// <summary>A file that is no socket: it swallows what is written and is always at its end, as /dev/null.</summary>
internal sealed class NullFile : OpenFile
{
    /// <inheritdoc/>
    public override void Close()
    {
    }

    /// <inheritdoc/>
    public override bool CanBeWatched => false;

    /// <inheritdoc/>
    public override int Read(Span<byte> octets) => 0;

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> octets) => octets.Length;

    /// <inheritdoc/>
    public override int PollNow() => PosixConstants.POLLIN | PosixConstants.POLLOUT | PosixConstants.POLLRDNORM | PosixConstants.POLLWRNORM;

    /// <inheritdoc/>
    public override void Join(SelectOperation operation, int events)
    {
    }

    /// <inheritdoc/>
    public override int ChangeOwner(uint owner, in Caller caller) => caller.Uid == 0 ? 0 : -(int)Errno.EPERM;
}
