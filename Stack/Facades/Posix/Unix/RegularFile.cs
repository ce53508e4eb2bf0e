using UserNet.Binding;
using UserNet.Core;
using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix.Unix;

/// <summary>A plain file, or a directory, that was opened: where the next read or write goes.</summary>
/// <remarks>It goes on when its last name is gone. Any thread, but for what says otherwise.</remarks>
internal sealed class RegularFile(FileNode node, int access, StackCore core) : OpenFile
{
    private long _place;

    /// <inheritdoc/>
    public override int Access => access;

    /// <inheritdoc/>
    public override bool HasPlaces => true;

    /// <inheritdoc/>
    public override bool CanBeWatched => false;

    /// <summary>A directory, which can be opened to be read, and whose octets can't.</summary>
    public bool IsDirectory => node.IsDirectory;

    /// <inheritdoc/>
    public override int Read(Span<byte> octets)
    {
        if (IsDirectory) return -(int)Errno.EISDIR;
        using (core.Enter())
        {
            int read = ReadAt(_place, octets);
            _place += read;
            return read;
        }
    }

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> octets)
    {
        using (core.Enter())
        {
            if ((IdleFlags & O_APPEND) != 0) _place = Length;
            if (_place + octets.Length > FileContents.Longest) return -(int)Errno.EFBIG;
            (node.Contents ??= new FileContents()).Write(_place, octets);
            _place += octets.Length;
            return octets.Length;
        }
    }

    /// <summary>What is at a place, wherever the next read goes. Gate held.</summary>
    public int ReadAt(long place, Span<byte> octets) => node.Contents?.Read(place, octets) ?? 0;

    /// <summary>lseek. Any thread.</summary>
    public long Seek(long offset, int from)
    {
        using (core.Enter())
        {
            if (from is < SEEK_SET or > SEEK_END) return -(int)Errno.EINVAL;
            long place = offset + (from == SEEK_CUR ? _place : from == SEEK_END ? Length : 0);
            if (place < 0) return -(int)Errno.EINVAL;
            return _place = place;
        }
    }

    /// <summary>ftruncate. Any thread.</summary>
    public int SetLength(long length)
    {
        if (length < 0 || access == O_RDONLY || IsDirectory) return -(int)Errno.EINVAL;
        if (length > FileContents.Longest) return -(int)Errno.EFBIG;
        using (core.Enter()) (node.Contents ??= new FileContents()).SetLength(length);
        return 0;
    }

    /// <inheritdoc/>
    public override void Close()
    {
    }

    /// <inheritdoc/>
    public override int PollNow() => POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

    /// <inheritdoc/>
    public override void Join(SelectOperation operation, int events)
    {
    }

    /// <inheritdoc/>
    public override int ChangeOwner(uint owner, in Caller caller)
    {
        using (core.Enter())
        {
            if (caller.Uid != 0 && (caller.Uid != node.Uid || owner != node.Uid)) return -(int)Errno.EPERM;
            node.Uid = owner;
            return 0;
        }
    }

    internal long Length => node.Contents?.Length ?? 0;
}
