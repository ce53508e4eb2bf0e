using System.Buffers.Binary;
using System.Text;
using UserNet.Binding;
using UserNet.Errors;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Documents;

/// <summary>The errors of POSIX.1-2024's pages of bind() and connect() that need a path.</summary>
internal static class UnixCases
{
    private const uint User = 1000;
    private const int OwnerOnly = 0x1C0, NobodyWrites = 0x16D;      // 0700, 0555
    private const int MostLinks = 40;

    public static IReadOnlyList<ErrorCase> All { get; } = [.. OfBind(), .. OfConnect()];

    private static ErrorCase[] OfBind() =>
    [
        Of("bind", Errno.EADDRINUSE, "the path names a symbolic link", static rig =>
        {
            rig.Must(rig.Process.Symlink("/nowhere", "/link"));
            return Bind(rig, "/link");
        }),
        Of("bind", Errno.EADDRINUSE, "the path names a file already", static rig =>
        {
            rig.Must(rig.Process.Mknod("/file"));
            return Bind(rig, "/file");
        }),
        Of("bind", Errno.EACCES, "a directory of the path denies search", static rig =>
        {
            rig.Must(rig.Process.Mkdir("/closed", OwnerOnly));
            return BindAsUser(rig, "/closed/s");
        }),
        Of("bind", Errno.EACCES, "the directory denies writing", static rig =>
        {
            rig.Must(rig.Process.Mkdir("/open", NobodyWrites));
            return BindAsUser(rig, "/open/s");
        }),
        Of("bind", Errno.EDESTADDRREQ, "the path is NULL", static rig => rig.Process.Bind(Open(rig), default, 110), Personality.Posix),
        Of("bind", Errno.EIO, "an input or output error", static rig =>
        {
            rig.Process.Host.Files.Fail("/s");
            return Bind(rig, "/s");
        }),
        Of("bind", Errno.ELOOP, "symbolic links of the path make a loop", static rig => Bind(rig, MakeLoop(rig) + "/s")),
        Of("bind", Errno.ELOOP, "the path has more symbolic links than SYMLOOP_MAX", static rig => Bind(rig, MakeChain(rig) + "/s")),
        Of("bind", Errno.ENAMETOOLONG, "a name of the path is longer than NAME_MAX", static rig =>
        {
            rig.Must(rig.Process.Symlink(new string('n', 256), "/long"));
            return Bind(rig, "/long/s");
        }),
        Of("bind", Errno.ENOENT, "a directory of the path is not there", static rig => Bind(rig, "/nowhere/s")),
        Of("bind", Errno.ENOENT, "the path is empty", static rig => Bind(rig, ""), Personality.Posix),
        Of("bind", Errno.ENOENT, "the path ends with a slash", static rig => Bind(rig, "/s/")),
        Of("bind", Errno.ENOTDIR, "a name on the path is no directory's", static rig =>
        {
            rig.Must(rig.Process.Mknod("/file"));
            return Bind(rig, "/file/s");
        }),
        Of("bind", Errno.EROFS, "the file system is read-only", static rig =>
        {
            rig.Process.Host.Files.SetReadOnly("/", isReadOnly: true);
            return Bind(rig, "/s");
        }),
    ];

    private static ErrorCase[] OfConnect() =>
    [
        Of("connect", Errno.EPROTOTYPE, "a socket of another type has the path", static rig =>
        {
            rig.Must(Bind(rig, "/s", SOCK_DGRAM));
            return Connect(rig, "/s");
        }),
        Of("connect", Errno.EACCES, "a directory of the path denies search", static rig =>
        {
            rig.Must(rig.Process.Mkdir("/closed", OwnerOnly));
            Listen(rig, "/closed/s");
            return ConnectAsUser(rig, "/closed/s");
        }),
        Of("connect", Errno.EACCES, "the socket denies writing", static rig =>
        {
            Listen(rig, "/s");
            rig.Must(rig.Process.Chmod("/s", OwnerOnly));
            return ConnectAsUser(rig, "/s");
        }),
        Of("connect", Errno.EIO, "an input or output error", static rig =>
        {
            Listen(rig, "/s");
            rig.Process.Host.Files.Fail("/s");
            return Connect(rig, "/s");
        }),
        Of("connect", Errno.ELOOP, "symbolic links of the path make a loop", static rig => Connect(rig, MakeLoop(rig))),
        Of("connect", Errno.ELOOP, "the path has more symbolic links than SYMLOOP_MAX", static rig => Connect(rig, MakeChain(rig))),
        Of("connect", Errno.ENOENT, "the path names nothing", static rig => Connect(rig, "/nowhere")),
        Of("connect", Errno.ENOTDIR, "a name on the path is no directory's", static rig =>
        {
            rig.Must(rig.Process.Mknod("/file"));
            return Connect(rig, "/file/s");
        }),
    ];

    private static ErrorCase Of(string call, Errno code, string condition, Func<PosixRig, int> lastCall, Personality? personality = null) =>
        PosixRig.Case(call, code, condition, lastCall, personality);

    private static int Open(PosixRig rig, int type = SOCK_STREAM) => rig.Must(rig.Process.Socket(AF_UNIX, type, 0));

    private static int Bind(PosixRig rig, string path, int type = SOCK_STREAM)
    {
        byte[] address = Octets(path);
        return rig.Process.Bind(Open(rig, type), address, address.Length);
    }

    private static int Connect(PosixRig rig, string path)
    {
        byte[] address = Octets(path);
        return rig.Process.Connect(Open(rig), address, address.Length);
    }

    private static int BindAsUser(PosixRig rig, string path)
    {
        rig.Process.Credentials = Caller.User(User);
        return Bind(rig, path);
    }

    private static int ConnectAsUser(PosixRig rig, string path)
    {
        rig.Process.Credentials = Caller.User(User);
        return Connect(rig, path);
    }

    private static void Listen(PosixRig rig, string path)
    {
        byte[] address = Octets(path);
        int listener = Open(rig);
        rig.Must(rig.Process.Bind(listener, address, address.Length));
        rig.Must(rig.Process.Listen(listener, 5));
    }

    /// <summary>Two links that name each other.</summary>
    private static string MakeLoop(PosixRig rig)
    {
        rig.Must(rig.Process.Symlink("/b", "/a"));
        rig.Must(rig.Process.Symlink("/a", "/b"));
        return "/a";
    }

    /// <summary>Links that lead to a directory in the end, one more than may be followed.</summary>
    private static string MakeChain(PosixRig rig)
    {
        rig.Must(rig.Process.Mkdir("/0"));
        for (int i = 1; i <= MostLinks + 1; i++) rig.Must(rig.Process.Symlink($"/{i - 1}", $"/{i}"));
        return $"/{MostLinks + 1}";
    }

    /// <summary>struct sockaddr_un, as long as its path with the zero that ends it.</summary>
    private static byte[] Octets(string path)
    {
        byte[] address = new byte[sizeof(ushort) + Encoding.UTF8.GetByteCount(path) + 1];
        BinaryPrimitives.WriteUInt16LittleEndian(address, AF_UNIX);
        Encoding.UTF8.GetBytes(path, address.AsSpan(sizeof(ushort)));
        return address;
    }
}
