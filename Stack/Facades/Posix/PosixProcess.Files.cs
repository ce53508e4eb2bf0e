using System.Text;
using UserNet.Errors;
using UserNet.Facades.Posix.Unix;

namespace UserNet.Facades.Posix;

// Files: as much of them as names of AF_UNIX sockets need. Paths are octets without the zero that ends them in C; a text is their UTF-8.
public sealed partial class PosixProcess
{
    private FileContext? _files;

    /// <summary>getpid: from 2 on, as the host's processes first ask for it, or use a file or a socket of AF_UNIX.</summary>
    public int ProcessId => Files.ProcessId;

    /// <summary>The group of files that the process makes, and one of those that it is of; 0 at first. Set it as setgid would.</summary>
    public uint GroupId
    {
        get => Files.Gid;
        set => Files.Gid = value;
    }

    /// <summary>What files the process sees, and as whom.</summary>
    internal FileContext Files
    {
        get
        {
            if (_files is { } files) return files;
            using (_stack.Core.Enter()) return _files ??= Host.Files.Enter(this);
        }
    }

    /// <summary>int setgroups(size_t size, const gid_t *list): the further groups that the process is of.</summary>
    /// <returns>0; or -1: EPERM (not uid 0), EINVAL (more than 65,536).</returns>
    public int SetGroups(ReadOnlySpan<uint> groups)
    {
        if (Credentials.Uid != 0) return Fail(Errno.EPERM);
        if (groups.Length > 65_536) return Fail(Errno.EINVAL);
        Files.Groups = groups.ToArray();
        return 0;
    }

    /// <summary>mode_t umask(mode_t cmask): the permissions that new files of this process do not get.</summary>
    /// <param name="mask">Nine bits; others are not looked at.</param>
    /// <returns>The mask before.</returns>
    public int Umask(int mask)
    {
        FileContext files = Files;
        using (_stack.Core.Enter())
        {
            int before = files.Umask;
            files.Umask = mask & 0x1FF;
            return before;
        }
    }

    /// <summary>int chdir(const char *path): where paths begin that do not begin with a slash.</summary>
    /// <returns>0; or -1: ENOENT, ENOTDIR, EACCES (no permission to search a directory on the way, or this one), ELOOP, ENAMETOOLONG, or an injected fault.</returns>
    public int Chdir(ReadOnlySpan<byte> path)
    {
        FileContext who = Files;
        using (_stack.Core.Enter()) return Answer(Host.Files.Enter(path, who));
    }

    /// <inheritdoc cref="Chdir(ReadOnlySpan{byte})"/>
    public int Chdir(string path) => Chdir(Encoding.UTF8.GetBytes(path));

    /// <summary>int mkdir(const char *path, mode_t mode)</summary>
    /// <param name="path">Where.</param>
    /// <param name="mode">Its permissions, without those of the umask.</param>
    /// <returns>0; or -1: EEXIST, EACCES, ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EROFS, or an injected fault.</returns>
    public int Mkdir(ReadOnlySpan<byte> path, int mode = 0x1FF) => Make(path, FileKind.Directory, mode & 0x3FF);

    /// <inheritdoc cref="Mkdir(ReadOnlySpan{byte}, int)"/>
    public int Mkdir(string path, int mode = 0x1FF) => Mkdir(Encoding.UTF8.GetBytes(path), mode);

    /// <summary>int mknod(const char *path, S_IFREG | mode, 0): a plain file, which stays empty.</summary>
    /// <inheritdoc cref="Mkdir(ReadOnlySpan{byte}, int)"/>
    public int Mknod(ReadOnlySpan<byte> path, int mode = 0x1B6) => Make(path, FileKind.RegularFile, mode & 0xFFF);

    /// <inheritdoc cref="Mknod(ReadOnlySpan{byte}, int)"/>
    public int Mknod(string path, int mode = 0x1B6) => Mknod(Encoding.UTF8.GetBytes(path), mode);

    /// <summary>int symlink(const char *path1, const char *path2)</summary>
    /// <param name="target">What the link says; it need not be there.</param>
    /// <param name="path">Where the link is to be.</param>
    /// <returns>0; or -1: EEXIST, EACCES, ENOENT (also of an empty target), ENOTDIR, ELOOP, ENAMETOOLONG, EROFS, or an injected fault.</returns>
    public int Symlink(ReadOnlySpan<byte> target, ReadOnlySpan<byte> path)
    {
        FileContext who = Files;
        using (_stack.Core.Enter()) return Answer(Host.Files.Symlink(target, path, who));
    }

    /// <inheritdoc cref="Symlink(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public int Symlink(string target, string path) => Symlink(Encoding.UTF8.GetBytes(target), Encoding.UTF8.GetBytes(path));

    /// <summary>int link(const char *path1, const char *path2): another name for a file. A symbolic link at the end of the first path is linked itself.</summary>
    /// <returns>0; or -1: EEXIST, EACCES, ENOENT, ENOTDIR, EPERM (a directory, or somebody else's file), EXDEV, EROFS, ELOOP, ENAMETOOLONG, or an injected fault.</returns>
    public int Link(ReadOnlySpan<byte> existing, ReadOnlySpan<byte> path)
    {
        FileContext who = Files;
        using (_stack.Core.Enter()) return Answer(Host.Files.Link(existing, path, who));
    }

    /// <inheritdoc cref="Link(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public int Link(string existing, string path) => Link(Encoding.UTF8.GetBytes(existing), Encoding.UTF8.GetBytes(path));

    /// <summary>int unlink(const char *path): a socket goes on working, but nobody finds it by this name any more.</summary>
    /// <returns>0; or -1: ENOENT, ENOTDIR, EISDIR, EACCES, EPERM (somebody else's file in a sticky directory), EROFS, ELOOP, ENAMETOOLONG, or an injected fault.</returns>
    public int Unlink(ReadOnlySpan<byte> path)
    {
        FileContext who = Files;
        using (_stack.Core.Enter()) return Answer(Host.Files.Unlink(path, who));
    }

    /// <inheritdoc cref="Unlink(ReadOnlySpan{byte})"/>
    public int Unlink(string path) => Unlink(Encoding.UTF8.GetBytes(path));

    /// <summary>int rmdir(const char *path)</summary>
    /// <returns>0; or -1: ENOENT, ENOTDIR, ENOTEMPTY, EBUSY (the root, or something is mounted there), EINVAL (a path that ends in .), EACCES, EPERM, EROFS, ELOOP, ENAMETOOLONG, or an injected fault.</returns>
    public int Rmdir(ReadOnlySpan<byte> path)
    {
        FileContext who = Files;
        using (_stack.Core.Enter()) return Answer(Host.Files.Rmdir(path, who));
    }

    /// <inheritdoc cref="Rmdir(ReadOnlySpan{byte})"/>
    public int Rmdir(string path) => Rmdir(Encoding.UTF8.GetBytes(path));

    /// <summary>int rename(const char *old, const char *new): what had the new name before loses it.</summary>
    /// <returns>0; or -1: ENOENT, ENOTDIR, EISDIR, ENOTEMPTY, EINVAL (a directory into itself), EBUSY, EXDEV, EACCES, EPERM, EROFS, ELOOP, ENAMETOOLONG, or an injected fault.</returns>
    public int Rename(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        FileContext who = Files;
        using (_stack.Core.Enter()) return Answer(Host.Files.Rename(from, to, who));
    }

    /// <inheritdoc cref="Rename(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public int Rename(string from, string to) => Rename(Encoding.UTF8.GetBytes(from), Encoding.UTF8.GetBytes(to));

    /// <summary>int chmod(const char *path, mode_t mode)</summary>
    /// <param name="path">A file; links are followed.</param>
    /// <param name="mode">Twelve bits.</param>
    /// <returns>0; or -1: EPERM (somebody else's), ENOENT, ENOTDIR, EACCES, EROFS, ELOOP, ENAMETOOLONG, or an injected fault.</returns>
    public int Chmod(ReadOnlySpan<byte> path, int mode)
    {
        FileContext who = Files;
        using (_stack.Core.Enter()) return Answer(Host.Files.Chmod(path, mode, who));
    }

    /// <inheritdoc cref="Chmod(ReadOnlySpan{byte}, int)"/>
    public int Chmod(string path, int mode) => Chmod(Encoding.UTF8.GetBytes(path), mode);

    /// <summary>int chown(const char *path, uid_t owner, gid_t group), or lchown.</summary>
    /// <param name="path">A file.</param>
    /// <param name="owner">Its new owner; all bits set for the old one.</param>
    /// <param name="group">Its new group; all bits set for the old one.</param>
    /// <param name="followsLink">False for lchown: a link at the path's end is meant itself.</param>
    /// <returns>0; or -1: EPERM (only uid 0 may give a file away; its owner may give it to a group of his), ENOENT, ENOTDIR, EACCES, EROFS, ELOOP, ENAMETOOLONG, or an injected fault.</returns>
    public int Chown(ReadOnlySpan<byte> path, uint owner, uint group, bool followsLink = true)
    {
        FileContext who = Files;
        using (_stack.Core.Enter()) return Answer(Host.Files.Chown(path, owner, group, followsLink, who));
    }

    /// <inheritdoc cref="Chown(ReadOnlySpan{byte}, uint, uint, bool)"/>
    public int Chown(string path, uint owner, uint group, bool followsLink = true) =>
        Chown(Encoding.UTF8.GetBytes(path), owner, group, followsLink);

    /// <summary>int stat(const char *path, struct stat *buf), or lstat.</summary>
    /// <param name="path">A file.</param>
    /// <param name="status">What it is.</param>
    /// <param name="followsLink">False for lstat: a link at the path's end is meant itself.</param>
    /// <returns>0; or -1: ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG, or an injected fault.</returns>
    public int Stat(ReadOnlySpan<byte> path, out FileStatus status, bool followsLink = true)
    {
        FileContext who = Files;
        using (_stack.Core.Enter()) return Answer(Host.Files.Stat(path, followsLink, who, out status));
    }

    /// <inheritdoc cref="Stat(ReadOnlySpan{byte}, out FileStatus, bool)"/>
    public int Stat(string path, out FileStatus status, bool followsLink = true) => Stat(Encoding.UTF8.GetBytes(path), out status, followsLink);

    /// <summary>opendir and readdir: the names in a directory, without . and .., ordered by their octets.</summary>
    /// <returns>0; or -1: ENOENT, ENOTDIR, EACCES (no permission to read it), ELOOP, ENAMETOOLONG, or an injected fault.</returns>
    public int ReadDirectory(ReadOnlySpan<byte> path, out IReadOnlyList<byte[]> names)
    {
        FileContext who = Files;
        using (_stack.Core.Enter()) return Answer(Host.Files.List(path, who, out names));
    }

    /// <inheritdoc cref="ReadDirectory(ReadOnlySpan{byte}, out IReadOnlyList{byte[]})"/>
    public int ReadDirectory(string path, out IReadOnlyList<byte[]> names) => ReadDirectory(Encoding.UTF8.GetBytes(path), out names);

    private int Make(ReadOnlySpan<byte> path, FileKind kind, int mode)
    {
        FileContext who = Files;
        using (_stack.Core.Enter()) return Answer(Host.Files.Create(path, kind, mode & ~who.Umask, null, who, onlyAsks: false, out _));
    }
}
