namespace UserNet.Facades.Posix.Unix;

/// <summary>What a name of a <see cref="FileTree"/> stands for, with the value that st_mode has for it.</summary>
public enum FileKind
{
    /// <summary>A directory: S_IFDIR.</summary>
    Directory = 0x4000,
    /// <summary>A plain file: S_IFREG.</summary>
    RegularFile = 0x8000,
    /// <summary>A symbolic link: S_IFLNK.</summary>
    SymbolicLink = 0xA000,
    /// <summary>What bind of an AF_UNIX socket leaves: S_IFSOCK.</summary>
    Socket = 0xC000,
}

/// <summary>What stat tells of a file.</summary>
/// <param name="Number">st_ino: no two files of a tree have the same.</param>
/// <param name="Kind">The type in st_mode.</param>
/// <param name="Mode">The permissions in st_mode: twelve bits, with set-user-ID, set-group-ID and the sticky bit.</param>
/// <param name="Links">st_nlink: how many names it has; of a directory two, and one for each directory in it.</param>
/// <param name="Uid">st_uid: its owner.</param>
/// <param name="Gid">st_gid: its group.</param>
public readonly record struct FileStatus(long Number, FileKind Kind, int Mode, int Links, uint Uid, uint Gid)
{
    /// <summary>st_size: of a plain file how many octets it has, of a symbolic link how long its path is, else 0.</summary>
    public long Size { get; init; }
}
