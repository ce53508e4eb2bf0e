namespace UserNet.Facades.Posix.Unix;

/// <summary>What a process brings to a tree: who it is, where it stands, and which permissions its new files lack.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class FileContext(FileTree tree, PosixProcess? process)
{
    /// <summary>The files that the process sees.</summary>
    public FileTree Tree => tree;

    /// <summary>The file system user.</summary>
    public uint Uid => process?.Credentials.Uid ?? 0;

    /// <summary>getpid: from 2 on, as processes come.</summary>
    public int ProcessId { get; init; }

    /// <summary>The group of new files.</summary>
    public uint Gid { get; set; }

    /// <summary>Further groups.</summary>
    public uint[] Groups { get; set; } = [];

    /// <summary>Permissions that new files do not get.</summary>
    public int Umask { get; set; } = 0x12;      // 022

    /// <summary>The working directory.</summary>
    public FileNode Directory { get; set; } = tree.Root;

    /// <summary>True when permissions do not bind it: CAP_DAC_OVERRIDE, CAP_FOWNER and CAP_CHOWN.</summary>
    public bool IsPrivileged => Uid == 0;

    /// <summary>True when the process is of a group.</summary>
    public bool IsOf(uint group) => group == Gid || Array.IndexOf(Groups, group) >= 0;

    /// <summary>True when permissions let it do something: 4 to read, 2 to write, 1 to search.</summary>
    public bool May(FileNode node, int what)
    {
        if (IsPrivileged) return true;
        int granted = node.Uid == Uid ? node.Mode >> 6 : IsOf(node.Gid) ? node.Mode >> 3 : node.Mode;
        return (granted & what) == what;
    }

    /// <summary>True when it may do what only a file's owner may.</summary>
    public bool Owns(FileNode node) => IsPrivileged || node.Uid == Uid;
}
