using UserNet.Errors;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Facades.Posix.Unix;

// open: a file that is there, or a new one.
public sealed partial class FileTree
{
    /// <summary>open. Gate held.</summary>
    /// <param name="path">Where.</param>
    /// <param name="flags">O_RDONLY, O_WRONLY or O_RDWR, with O_CREAT and so on.</param>
    /// <param name="mode">Permissions of a new file, before the umask.</param>
    /// <param name="who">Who opens it.</param>
    /// <param name="node">The file, or null.</param>
    internal int Open(ReadOnlySpan<byte> path, int flags, int mode, FileContext who, out FileNode? node)
    {
        int answer = Find(path, who, (flags & O_NOFOLLOW) == 0, out node);
        if (answer == -(int)Errno.ENOENT && (flags & O_CREAT) != 0)
            return Create(path, FileKind.RegularFile, mode & ~who.Umask & 0xFFF, null, who, onlyAsks: false, out node);
        if (answer < 0) return answer;
        if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return -(int)Errno.EEXIST;
        return MayOpen(node!, flags, who);
    }

    private static int MayOpen(FileNode node, int flags, FileContext who)
    {
        bool reads = (flags & O_ACCMODE) != O_WRONLY, writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
        if (node.Kind == FileKind.SymbolicLink) return -(int)Errno.ELOOP;
        if ((flags & O_DIRECTORY) != 0 && !node.IsDirectory) return -(int)Errno.ENOTDIR;
        if (node.IsDirectory && (writes || (flags & O_CREAT) != 0)) return -(int)Errno.EISDIR;
        if ((reads && !who.May(node, Read)) || (writes && !who.May(node, Write))) return -(int)Errno.EACCES;
        if (writes && node.Volume.IsReadOnly) return -(int)Errno.EROFS;
        if (node.Kind == FileKind.Socket) return -(int)Errno.ENXIO;
        if ((flags & O_TRUNC) != 0) node.Contents?.SetLength(0);
        return 0;
    }
}
