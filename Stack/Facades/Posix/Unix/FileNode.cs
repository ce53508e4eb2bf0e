namespace UserNet.Facades.Posix.Unix;

/// <summary>A file of a tree, whatever its kind and however many names it has.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class FileNode(long number, FileKind kind, int mode, uint uid, uint gid, FileVolume volume)
{
    private readonly List<(byte[] Name, FileNode Node)> _entries = [];      // in the order of their octets
    private List<(byte[] Name, FileFault Fault)>? _faults;

    public long Number => number;

    public FileKind Kind => kind;

    /// <summary>Twelve bits.</summary>
    public int Mode { get; set; } = mode;

    public uint Uid { get; set; } = uid;

    public uint Gid { get; set; } = gid;

    /// <summary>The file system that it is of.</summary>
    public FileVolume Volume { get; set; } = volume;

    /// <summary>How many names it has.</summary>
    public int Links { get; set; } = kind == FileKind.Directory ? 2 : 1;

    /// <summary>A symbolic link's path.</summary>
    public byte[] Target { get; init; } = [];

    /// <summary>A directory's parent, also once it is removed; of the root the root.</summary>
    public FileNode Parent { get; private set; } = null!;

    /// <summary>A directory that has no name any more; somebody may stand in it still.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>What is in a plain file; made when something is first written to it.</summary>
    public FileContents? Contents { get; set; }

    /// <summary>The socket that is bound here and open, or null.</summary>
    public UnixSocket? Socket { get; set; }

    public bool IsDirectory => kind == FileKind.Directory;

    /// <summary>A directory at which something is mounted.</summary>
    public bool IsMountPoint => IsDirectory && Parent.Volume != Volume;

    /// <summary>A directory's names, ordered by their octets.</summary>
    public IReadOnlyList<(byte[] Name, FileNode Node)> Entries => _entries;

    /// <summary>The file of that name in this directory, or null.</summary>
    public FileNode? Find(ReadOnlySpan<byte> name)
    {
        int place = PlaceOf(name);
        return place < 0 ? null : _entries[place].Node;
    }

    /// <summary>Adds a name that is not there.</summary>
    public void Add(ReadOnlySpan<byte> name, FileNode node)
    {
        _entries.Insert(~PlaceOf(name), (name.ToArray(), node));
        if (!node.IsDirectory) return;
        (node.Parent, node.IsRemoved) = (this, false);
        Links++;
    }

    /// <summary>Takes away a name that is there.</summary>
    public void Remove(ReadOnlySpan<byte> name)
    {
        int place = PlaceOf(name);
        FileNode node = _entries[place].Node;
        _entries.RemoveAt(place);
        if (!node.IsDirectory) return;
        node.IsRemoved = true;
        Links--;
    }

    /// <summary>What is to go wrong with a name of this directory, or null.</summary>
    public FileFault? FaultOf(ReadOnlySpan<byte> name)
    {
        if (_faults is null) return null;
        foreach ((byte[] faulty, FileFault fault) in _faults)
            if (name.SequenceEqual(faulty)) return fault;
        return null;
    }

    /// <summary>Sets what is to go wrong with a name, or takes it away.</summary>
    public void SetFault(ReadOnlySpan<byte> name, FileFault? fault)
    {
        byte[] faulty = name.ToArray();
        _faults ??= [];
        _faults.RemoveAll(each => each.Name.AsSpan().SequenceEqual(faulty));
        if (fault is not null) _faults.Add((faulty, fault));
    }

    /// <summary>Makes it the directory that all paths begin with.</summary>
    public void BecomeRoot() => Parent = this;

    private int PlaceOf(ReadOnlySpan<byte> name)
    {
        int low = 0, high = _entries.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = _entries[middle].Name.AsSpan().SequenceCompareTo(name);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }
}
