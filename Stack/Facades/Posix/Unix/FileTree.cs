using System.Text;
using UserNet.Core;
using UserNet.Errors;

namespace UserNet.Facades.Posix.Unix;

/// <summary>
/// The files of a host, as far as AF_UNIX needs them: directories, symbolic links, sockets and plain files without contents, with owners
/// and permissions, in memory.
/// </summary>
/// <remarks>
/// Processes change it by their own calls (<see cref="PosixProcess.Mkdir(string, int)"/> and so on); what only a machine's administrator, or bad luck,
/// can do is here. Paths are absolute, and symbolic links in them are followed. Any thread. POSIX.1-2024, XBD 4.16.
/// </remarks>
public sealed partial class FileTree
{
    /// <summary>NAME_MAX: octets of the longest name.</summary>
    public const int LongestName = 255;

    /// <summary>PATH_MAX: octets of the longest path, with the zero that ends it.</summary>
    public const int LongestPath = 4096;

    private readonly FileContext _administrator;
    private long _lastNumber = 1;
    private int _lastProcess = 1;      // which is the system's own

    internal FileTree(NetworkStack stack)
    {
        Core = stack.Core;
        Root = new FileNode(1, FileKind.Directory, 0x1ED, 0, 0, new FileVolume());      // 0755
        Root.BecomeRoot();
        _administrator = new FileContext(this, process: null);
    }

    /// <summary>The gate that the tree lies behind.</summary>
    internal StackCore Core { get; }

    internal FileNode Root { get; }

    /// <summary>The names of sockets that are not in the tree.</summary>
    internal UnixNames Names { get; } = new();

    /// <summary>Messages under way, and what goes with them.</summary>
    internal UnixMessages Messages { get; } = new();

    /// <summary>Begins a file system of its own at an empty directory: nothing can be moved or linked across its edge.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="isReadOnly">Whether those who would change something there are answered EROFS.</param>
    /// <exception cref="ArgumentException">There is no such directory, or it is not empty.</exception>
    public void Mount(string path, bool isReadOnly = false)
    {
        using (Core.Enter())
        {
            FileNode node = Locate(path);
            if (!node.IsDirectory || node.Entries.Count > 0) throw new ArgumentException($"{path} is no empty directory.", nameof(path));
            node.Volume = new FileVolume { IsReadOnly = isReadOnly };
        }
    }

    /// <summary>Makes the file system that a path is of read-only, or writable again.</summary>
    /// <param name="path">Any file of it; / for the one that all begins with.</param>
    /// <param name="isReadOnly">Whether those who would change something there are answered EROFS.</param>
    /// <exception cref="ArgumentException">There is no such file.</exception>
    public void SetReadOnly(string path, bool isReadOnly)
    {
        using (Core.Enter()) Locate(path).Volume.IsReadOnly = isReadOnly;
    }

    /// <summary>Has an error come up whenever a name is looked for in its directory, be the name there or not.</summary>
    /// <param name="path">The name, behind its directory, which has to be there.</param>
    /// <param name="error">EIO, or another: the answer to whoever looks for it.</param>
    /// <param name="first">The first look-up that goes wrong, counted from 1.</param>
    /// <param name="count">How many do.</param>
    /// <exception cref="ArgumentException">There is no such directory, or the path has no name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is less than 1.</exception>
    public void Fail(string path, Errno error = Errno.EIO, int first = 1, int count = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        SetFault(path, new FileFault(error, first, count));
    }

    /// <summary>Takes back what <see cref="Fail"/> set.</summary>
    /// <exception cref="ArgumentException">There is no such directory, or the path has no name.</exception>
    public void Mend(string path) => SetFault(path, null);

    /// <summary>What a new process sees. Gate held.</summary>
    internal FileContext Enter(PosixProcess process) => new(this, process) { ProcessId = ++_lastProcess };

    /// <summary>True when a process of that number was ever there. Any thread.</summary>
    internal bool HasProcess(int number) => number > 0 && number <= Volatile.Read(ref _lastProcess);

    private void SetFault(string path, FileFault? fault)
    {
        ArgumentNullException.ThrowIfNull(path);
        using (Core.Enter())
        {
            Way way = default;
            if (FindParent(Encoding.UTF8.GetBytes(path), _administrator, ref way) < 0 || !way.IsName)
                throw new ArgumentException($"{path} names nothing in a directory.", nameof(path));
            way.Directory.SetFault(way.Last, fault);
        }
    }

    private FileNode Locate(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        int answer = Find(Encoding.UTF8.GetBytes(path), _administrator, follows: true, out FileNode? node);
        return answer < 0 ? throw new ArgumentException($"{path}: {(Errno)(-answer)}.", nameof(path)) : node!;
    }
}
