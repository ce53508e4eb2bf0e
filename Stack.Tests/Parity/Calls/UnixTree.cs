using System.Runtime.InteropServices;

namespace UserNet.Tests.Parity.Calls;

/// <summary>The files that AF_UNIX names go by, the same on both sides.</summary>
internal static class UnixFiles
{
    /// <summary>Directories: path, mode, owner.</summary>
    public static readonly (string Path, int Mode, uint Owner)[] Directories =
        [("/d", 0b111_111_111, 0), ("/users", 0b111_101_101, 1001), ("/secret", 0b111_000_000, 0), ("/closed", 0, 1001), ("/ro", 0b111_101_101, 0)];

    /// <summary>Links: path, target.</summary>
    public static readonly (string Path, string Target)[] Links =
    [
        ("/link", "d"), ("/to-a", "a"), ("/dangling", "nowhere"), ("/loop1", "loop2"), ("/loop2", "/loop1"), ("/dir-to-loop", "loop1/x"),
    ];

    /// <summary>Files that are no sockets.</summary>
    public static readonly string[] Files = ["/file", "/ro/file"];

    /// <summary>What is mounted for reading alone.</summary>
    public const string ReadOnly = "/ro";

    /// <summary>The tree's root: everybody may write there.</summary>
    public const int RootMode = 0b111_111_111;

    /// <summary>What a file that is no socket permits.</summary>
    public const int FileMode = 0b110_100_100;

    /// <summary>umask.</summary>
    public const int Mask = 0b000_010_010;
}

/// <summary>The tree of <see cref="UnixFiles"/> as a file system of its own, which one thread enters for a call.</summary>
/// <remarks>The thread has a mount namespace of its own; the file system ends with it.</remarks>
internal sealed partial class UnixTree : IDisposable
{
    private const int NewMountNamespace = 0x20000, Recursive = 0x4000, Private = 0x40000, ReadOnly = 1, Remount = 0x20, Detach = 2;      // CLONE_NEWNS, MS_, MNT_
    private const int Create = 0x40, CloseOnExec = 0x80000;

    private readonly string _at = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"usernet-calls-{Environment.ProcessId}-{Environment.CurrentManagedThreadId}");
    private readonly int _outside;
    private bool _isMounted;

    public UnixTree()
    {
        Directory.CreateDirectory(_at);
        Check(KernelCalls.Unshare(NewMountNamespace));
        Check(Mount("none", "/", null, Recursive | Private, null));
        _ = SetMask(UnixFiles.Mask);
        _outside = Check(KernelCalls.Open("/", CloseOnExec));
    }

    /// <summary>Begins with the same files again.</summary>
    public void Renew()
    {
        if (_isMounted) Check(Unmount(_at, Detach));
        Check(Mount("tmpfs", _at, "tmpfs", 0, "mode=0777"));
        _isMounted = true;
        Enter();
        try
        {
            Build();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>The thread's root is the tree's; only root can.</summary>
    public void Enter()
    {
        Check(ChangeDirectory(_at));
        Check(ChangeRoot("."));
    }

    /// <summary>The thread's root is the usual one again.</summary>
    public void Leave()
    {
        Check(ChangeDirectoryTo(_outside));
        Check(ChangeRoot("."));
    }

    public void Dispose()
    {
        if (_isMounted) _ = Unmount(_at, Detach);
        _ = KernelCalls.Close(_outside);
        Directory.Delete(_at);
    }

    private static void Build()
    {
        foreach ((string path, int mode, uint owner) in UnixFiles.Directories)
        {
            Check(MakeDirectory(path, mode));
            if (path == UnixFiles.ReadOnly) Check(Mount("tmpfs", path, "tmpfs", 0, "mode=0755"));
            Check(ChangeMode(path, mode));
            Check(ChangeOwner(path, owner, 0));
        }

        foreach ((string path, string target) in UnixFiles.Links) Check(MakeLink(target, path));
        foreach (string path in UnixFiles.Files) _ = KernelCalls.Close(Check(Open(path, KernelCalls.WriteOnly | Create, UnixFiles.FileMode)));
        Check(Mount("tmpfs", UnixFiles.ReadOnly, null, Remount | ReadOnly, null));
    }

    private static int Check(int answer) => answer >= 0 ? answer : throw new InvalidOperationException($"errno {Marshal.GetLastPInvokeError()}");

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string? kind, nuint flags, string? data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);

    [LibraryImport("libc", EntryPoint = "chroot", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeRoot(string path);

    [LibraryImport("libc", EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeDirectory(string path);

    [LibraryImport("libc", EntryPoint = "fchdir", SetLastError = true)]
    private static partial int ChangeDirectoryTo(int descriptor);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectory(string path, int mode);

    [LibraryImport("libc", EntryPoint = "symlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeLink(string target, string path);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeMode(string path, int mode);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial int SetMask(int mask);
}
