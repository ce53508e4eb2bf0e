using UserNet.Errors;

namespace UserNet.Facades.Posix.Unix;

// What changes a tree. Answers are the kernel's: 0, or an error number with a minus sign.
public sealed partial class FileTree
{
    private const int Sticky = 0x200, SetGroup = 0x400, SetUser = 0x800, AllBits = 0xFFF, Permissions = 0x1FF;

    /// <summary>Makes a file where no name is, or only says whether it could. Gate held.</summary>
    internal int Create(
        ReadOnlySpan<byte> path, FileKind kind, int mode, byte[]? target, FileContext who, bool onlyAsks, out FileNode? node)
    {
        node = null;
        Way way = default;
        int answer = FindPlace(path, who, takesSlash: kind == FileKind.Directory, ref way);
        if (answer == 0) answer = MayCreate(way.Directory, who);
        if (answer < 0 || onlyAsks) return answer;
        FileNode directory = way.Directory;
        bool givesGroup = (directory.Mode & SetGroup) != 0;
        if (kind == FileKind.Directory && givesGroup) mode |= SetGroup;
        if (kind == FileKind.SymbolicLink) mode = Permissions;
        node = new FileNode(++_lastNumber, kind, mode, who.Uid, givesGroup ? directory.Gid : who.Gid, directory.Volume) { Target = target ?? [] };
        directory.Add(way.Last, node);
        return 0;
    }

    internal int Symlink(ReadOnlySpan<byte> target, ReadOnlySpan<byte> path, FileContext who)
    {
        if (target.IsEmpty) return -(int)Errno.ENOENT;
        if (target.Length >= LongestPath) return -(int)Errno.ENAMETOOLONG;
        return Create(path, FileKind.SymbolicLink, 0, target.ToArray(), who, onlyAsks: false, out _);
    }

    /// <summary>link: a link at the end of the first path gets the name itself. Gate held.</summary>
    internal int Link(ReadOnlySpan<byte> existing, ReadOnlySpan<byte> path, FileContext who)
    {
        int answer = Find(existing, who, follows: false, out FileNode? node);
        if (answer < 0) return answer;
        Way way = default;
        answer = FindPlace(path, who, takesSlash: false, ref way);
        if (answer < 0) return answer;
        if (way.Directory.Volume != node!.Volume) return -(int)Errno.EXDEV;
        if (!MayLink(node, who)) return -(int)Errno.EPERM;
        answer = MayCreate(way.Directory, who);
        if (answer < 0) return answer;
        if (node.IsDirectory) return -(int)Errno.EPERM;
        way.Directory.Add(way.Last, node);
        node.Links++;
        return 0;
    }

    internal int Unlink(ReadOnlySpan<byte> path, FileContext who)
    {
        Way way = default;
        int answer = FindParent(path, who, ref way);
        if (answer < 0) return answer;
        if (!way.IsName) return -(int)Errno.EISDIR;
        if (way.Directory.Volume.IsReadOnly) return -(int)Errno.EROFS;
        answer = LookUp(way, out FileNode? node);
        if (answer < 0) return answer;
        if (node is null) return -(int)Errno.ENOENT;
        if (way.HasSlash) return node.IsDirectory ? -(int)Errno.EISDIR : -(int)Errno.ENOTDIR;
        answer = MayDelete(way.Directory, node, who);
        if (answer < 0) return answer;
        if (node.IsDirectory) return -(int)Errno.EISDIR;
        way.Directory.Remove(way.Last);
        node.Links--;
        return 0;
    }

    internal int Rmdir(ReadOnlySpan<byte> path, FileContext who)
    {
        Way way = default;
        int answer = FindParent(path, who, ref way);
        if (answer < 0) return answer;
        if (way.IsUp) return -(int)Errno.ENOTEMPTY;
        if (way.IsHere) return -(int)Errno.EINVAL;
        if (way.IsRoot) return -(int)Errno.EBUSY;
        if (way.Directory.Volume.IsReadOnly) return -(int)Errno.EROFS;
        answer = LookUp(way, out FileNode? node);
        if (answer < 0) return answer;
        if (node is null) return -(int)Errno.ENOENT;
        answer = MayDelete(way.Directory, node, who);
        if (answer < 0) return answer;
        if (!node.IsDirectory) return -(int)Errno.ENOTDIR;
        if (node.IsMountPoint) return -(int)Errno.EBUSY;
        if (node.Entries.Count > 0) return -(int)Errno.ENOTEMPTY;
        way.Directory.Remove(way.Last);
        node.Links = 0;
        return 0;
    }

    internal int Rename(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, FileContext who)
    {
        Way old = default, now = default;
        int answer = FindParent(from, who, ref old);
        if (answer < 0) return answer;
        answer = FindParent(to, who, ref now);
        if (answer < 0) return answer;
        if (old.Directory.Volume != now.Directory.Volume) return -(int)Errno.EXDEV;
        if (!old.IsName || !now.IsName) return -(int)Errno.EBUSY;
        if (old.Directory.Volume.IsReadOnly) return -(int)Errno.EROFS;
        answer = LookUp(old, out FileNode? node);
        if (answer < 0) return answer;
        if (node is null) return -(int)Errno.ENOENT;
        answer = LookUp(now, out FileNode? target);
        if (answer < 0) return answer;
        if (!node.IsDirectory && (old.HasSlash || (target is null && now.HasSlash))) return -(int)Errno.ENOTDIR;
        if (!node.IsDirectory && now.HasSlash) return -(int)Errno.ENOTDIR;
        if (node!.IsDirectory && IsWithin(now.Directory, node)) return -(int)Errno.EINVAL;
        if (target is not null && IsWithin(old.Directory, target)) return -(int)Errno.ENOTEMPTY;
        return Move(old, now, node, target, who);
    }

    internal int Chmod(ReadOnlySpan<byte> path, int mode, FileContext who)
    {
        int answer = Find(path, who, follows: true, out FileNode? node);
        if (answer < 0) return answer;
        if (node!.Volume.IsReadOnly) return -(int)Errno.EROFS;
        if (!who.Owns(node)) return -(int)Errno.EPERM;
        // Only a group's members may have a file run as the group.
        node.Mode = (who.IsPrivileged || who.IsOf(node.Gid) ? mode : mode & ~SetGroup) & AllBits;
        return 0;
    }

    /// <summary>chown and lchown: -1 leaves the owner, or the group, as it is. Gate held.</summary>
    internal int Chown(ReadOnlySpan<byte> path, uint uid, uint gid, bool follows, FileContext who)
    {
        int answer = Find(path, who, follows, out FileNode? node);
        if (answer < 0) return answer;
        if (node!.Volume.IsReadOnly) return -(int)Errno.EROFS;
        if (uid != uint.MaxValue && !who.IsPrivileged && !(node.Uid == who.Uid && uid == node.Uid)) return -(int)Errno.EPERM;
        if (gid != uint.MaxValue && !who.IsPrivileged && !(node.Uid == who.Uid && (gid == node.Gid || who.IsOf(gid)))) return -(int)Errno.EPERM;
        if (uid != uint.MaxValue) node.Uid = uid;
        if (gid != uint.MaxValue) node.Gid = gid;
        if (!node.IsDirectory) node.Mode &= ~(SetUser | ((node.Mode & 8) != 0 ? SetGroup : 0));
        return 0;
    }

    private static int Move(in Way old, in Way now, FileNode node, FileNode? target, FileContext who)
    {
        if (node == target) return 0;
        int answer = MayDelete(old.Directory, node, who);
        if (answer == 0) answer = target is null ? MayCreate(now.Directory, who) : MayDelete(now.Directory, target, who);
        if (answer < 0) return answer;
        if (target is not null && node.IsDirectory && !target.IsDirectory) return -(int)Errno.ENOTDIR;
        if (target is not null && !node.IsDirectory && target.IsDirectory) return -(int)Errno.EISDIR;
        // A directory that moves elsewhere gets another "..", so it must be writable itself.
        if (node.IsDirectory && old.Directory != now.Directory && !who.May(node, Write)) return -(int)Errno.EACCES;
        if (node.IsMountPoint || target is { IsMountPoint: true }) return -(int)Errno.EBUSY;
        if (target is { Entries.Count: > 0 }) return -(int)Errno.ENOTEMPTY;
        if (target is not null)
        {
            now.Directory.Remove(now.Last);
            target.Links = target.IsDirectory ? 0 : target.Links - 1;
        }

        old.Directory.Remove(old.Last);
        now.Directory.Add(now.Last, node);
        return 0;
    }

    /// <summary>Where a new name is to be: EEXIST before ENOENT (a slash behind a name that is not there) before EROFS, as Linux has it.</summary>
    private int FindPlace(ReadOnlySpan<byte> path, FileContext who, bool takesSlash, ref Way way)
    {
        int answer = FindParent(path, who, ref way);
        if (answer < 0) return answer;
        if (!way.IsName) return -(int)Errno.EEXIST;
        answer = LookUp(way, out FileNode? node);
        if (answer < 0) return answer;
        if (node is not null) return -(int)Errno.EEXIST;
        if (way.HasSlash && !takesSlash) return -(int)Errno.ENOENT;
        return way.Directory.Volume.IsReadOnly ? -(int)Errno.EROFS : 0;
    }

    private static int MayCreate(FileNode directory, FileContext who) => who.May(directory, Write | Search) ? 0 : -(int)Errno.EACCES;

    private static int MayDelete(FileNode directory, FileNode node, FileContext who)
    {
        if (!who.May(directory, Write | Search)) return -(int)Errno.EACCES;
        // In a directory like /tmp everybody may only take away what is his own.
        bool isSticky = (directory.Mode & Sticky) != 0 && directory.Uid != who.Uid && node.Uid != who.Uid;
        return isSticky && !who.IsPrivileged ? -(int)Errno.EPERM : 0;
    }

    /// <summary>fs.protected_hardlinks: who does not own a file may give it a name only if it is a plain one that he could read and write.</summary>
    private static bool MayLink(FileNode node, FileContext who) =>
        who.Owns(node) || (node.Kind == FileKind.RegularFile && who.May(node, Read | Write) && (node.Mode & SetUser) == 0);

    private static bool IsWithin(FileNode inner, FileNode outer)
    {
        while (inner != outer && inner != inner.Parent) inner = inner.Parent;
        return inner == outer;
    }
}
