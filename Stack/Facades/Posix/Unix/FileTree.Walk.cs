using UserNet.Errors;

namespace UserNet.Facades.Posix.Unix;

// From a path to a file, step by step, as Linux goes: search permission of each directory on the way, links followed, at most 40 of them.
public sealed partial class FileTree
{
    private const int MostLinks = 40;
    internal const int Search = 1, Write = 2, Read = 4;

    /// <summary>Where all but a path's last part leads, and what the last part is.</summary>
    private ref struct Way
    {
        /// <summary>The directory.</summary>
        public FileNode Directory;

        /// <summary>The last part; empty of a path of slashes.</summary>
        public ReadOnlySpan<byte> Last;

        /// <summary>A slash comes after it, so it has to be a directory.</summary>
        public bool HasSlash;

        /// <summary>How many symbolic links were followed.</summary>
        public int Links;

        public readonly bool IsRoot => Last.IsEmpty;

        public readonly bool IsName => !Last.IsEmpty && !IsHere && !IsUp;

        public readonly bool IsHere => Last.Length == 1 && Last[0] == '.';

        public readonly bool IsUp => Last.Length == 2 && Last[0] == '.' && Last[1] == '.';
    }

    /// <summary>The file that a path names. Gate held.</summary>
    /// <param name="path">Without the zero that ends it.</param>
    /// <param name="who">Whose path.</param>
    /// <param name="follows">Whether a link at the path's end is followed; with a slash behind it always is.</param>
    /// <param name="node">The file, or null.</param>
    internal int Find(ReadOnlySpan<byte> path, FileContext who, bool follows, out FileNode? node)
    {
        node = null;
        Way way = default;
        int answer = FindParent(path, who, ref way);
        return answer < 0 ? answer : Finish(ref way, who, follows, out node);
    }

    /// <summary>The directory that a path's last part is of. Gate held.</summary>
    private int FindParent(ReadOnlySpan<byte> path, FileContext who, ref Way way)
    {
        if (path.IsEmpty) return -(int)Errno.ENOENT;
        if (path.Length >= LongestPath) return -(int)Errno.ENAMETOOLONG;
        way.Directory = who.Directory;
        return Walk(path, who, ref way);
    }

    private int Walk(ReadOnlySpan<byte> path, FileContext who, ref Way way)
    {
        if (path[0] == '/') way.Directory = Root;
        path = path.TrimStart((byte)'/');
        while (true)
        {
            if (!path.IsEmpty && !who.May(way.Directory, Search)) return -(int)Errno.EACCES;
            int end = path.IndexOf((byte)'/');
            way.Last = end < 0 ? path : path[..end];
            way.HasSlash = end >= 0;
            path = path[way.Last.Length..].TrimStart((byte)'/');
            if (path.IsEmpty) return 0;
            int answer = Step(ref way, who, follows: true, out FileNode? next);
            if (answer < 0) return answer;
            if (!next!.IsDirectory) return -(int)Errno.ENOTDIR;
            way.Directory = next;
        }
    }

    private int Finish(ref Way way, FileContext who, bool follows, out FileNode? node)
    {
        bool hasSlash = way.HasSlash;
        int answer = Step(ref way, who, follows || hasSlash, out node);
        if (answer < 0) return answer;
        return hasSlash && !node!.IsDirectory ? -(int)Errno.ENOTDIR : 0;
    }

    private int Step(ref Way way, FileContext who, bool follows, out FileNode? node)
    {
        node = way.Directory;
        if (way.IsRoot || way.IsHere) return 0;
        if (way.IsUp)
        {
            node = way.Directory.Parent;
            return 0;
        }

        int answer = LookUp(way, out node);
        if (answer < 0) return answer;
        if (node is null) return -(int)Errno.ENOENT;
        if (node.Kind != FileKind.SymbolicLink || !follows) return 0;
        if (way.Links >= MostLinks) return -(int)Errno.ELOOP;
        var through = new Way { Directory = way.Directory, Links = way.Links + 1 };
        answer = Walk(node.Target, who, ref through);
        if (answer == 0) answer = Finish(ref through, who, follows: true, out node);
        way.Links = through.Links;
        return answer;
    }

    /// <summary>The file of the last part's name, or null. Gate held.</summary>
    private static int LookUp(in Way way, out FileNode? node)
    {
        node = null;
        if (way.Directory.IsRemoved) return -(int)Errno.ENOENT;      // the directory was removed, and somebody still stands in it
        if (way.Last.Length > LongestName) return -(int)Errno.ENAMETOOLONG;
        if (way.Directory.FaultOf(way.Last)?.Next() is { } error and not Errno.Success) return -(int)error;
        node = way.Directory.Find(way.Last);
        return 0;
    }
}
