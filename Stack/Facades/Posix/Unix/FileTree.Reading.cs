using UserNet.Errors;

namespace UserNet.Facades.Posix.Unix;

// What leaves a tree as it is. Answers are the kernel's: 0, or an error number with a minus sign.
public sealed partial class FileTree
{
    /// <summary>chdir. Gate held.</summary>
    internal int Enter(ReadOnlySpan<byte> path, FileContext who)
    {
        int answer = Find(path, who, follows: true, out FileNode? node);
        if (answer < 0) return answer;
        if (!node!.IsDirectory) return -(int)Errno.ENOTDIR;
        if (!who.May(node, Search)) return -(int)Errno.EACCES;
        who.Directory = node;
        return 0;
    }

    /// <summary>stat and lstat. Gate held.</summary>
    internal int Stat(ReadOnlySpan<byte> path, bool follows, FileContext who, out FileStatus status)
    {
        int answer = Find(path, who, follows, out FileNode? node);
        status = answer < 0 ? default : new FileStatus(node!.Number, node.Kind, node.Mode, node.Links, node.Uid, node.Gid) { Size = node.Contents?.Length ?? node.Target.Length };
        return answer;
    }

    /// <summary>opendir and readdir. Gate held.</summary>
    internal int List(ReadOnlySpan<byte> path, FileContext who, out IReadOnlyList<byte[]> names)
    {
        names = [];
        int answer = Find(path, who, follows: true, out FileNode? node);
        if (answer < 0) return answer;
        if (!node!.IsDirectory) return -(int)Errno.ENOTDIR;
        if (!who.May(node, Read)) return -(int)Errno.EACCES;
        var found = new List<byte[]>(node.Entries.Count);
        foreach ((byte[] name, _) in node.Entries) found.Add([.. name]);
        names = found;
        return 0;
    }
}
