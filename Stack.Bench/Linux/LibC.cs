using System.Runtime.InteropServices;

namespace UserNet.Bench.Linux;

/// <summary>
/// The calls of Linux that the comparison needs. Thin, so that what is timed is the system call and little else.
/// </summary>
internal static unsafe partial class LibC
{
    public const int FamilyV4 = 2, FamilyV6 = 10, Stream = 1, Datagram = 2;
    public const int AddressInUse = 98;
    private const int CloneNewNet = 0x4000_0000, CloneFiles = 0x400, NumberOfFiles = 7, ThreadClock = 3;
    private const int SocketLevel = 1, ReuseAddressOption = 2, IPv6Level = 41, V6OnlyOption = 26;
    private const ulong SetInterfaceFlags = 0x8914;
    private const ulong EthernetTool = 0x8946;      // SIOCETHTOOL
    private const short Up = 1;

    [LibraryImport("libc", EntryPoint = "socket")]
    public static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind")]
    public static partial int Bind(int socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    /// <summary>Sets SO_REUSEADDR.</summary>
    public static void ReuseAddress(int socket) => SetOption(socket, SocketLevel, ReuseAddressOption, 1);

    /// <summary>Clears IPV6_V6ONLY.</summary>
    public static void TakeBothFamilies(int socket) => SetOption(socket, IPv6Level, V6OnlyOption, 0);

    /// <summary>Gives the calling thread a network namespace of its own, which goes with it; lo is up in it.</summary>
    public static void EnterNewNamespace()
    {
        Expect(Unshare(CloneNewNet), "unshare(CLONE_NEWNET)");
        int socket = OpenSocket(FamilyV4, Datagram, 0);
        Expect(socket, "socket");
        byte* request = stackalloc byte[40];      // struct ifreq
        new Span<byte>(request, 40).Clear();
        "lo"u8.CopyTo(new Span<byte>(request, 16));
        *(short*)(request + 16) = Up;
        int result = Ioctl(socket, SetInterfaceFlags, request);
        Expect(result, "ioctl(SIOCSIFFLAGS)");
        _ = Close(socket);
    }

    /// <summary>Has an interface neither cut bursts, nor take them, nor leave checksums open; in the calling thread's namespace.</summary>
    public static void TurnOffloadsOff(string device)
    {
        const uint GenericMerge = 0x2C, GenericCut = 0x24, TcpCut = 0x1F, SendChecksum = 0x17;      // ETHTOOL_SGRO, SGSO, STSO, STXCSUM
        int socket = OpenSocket(FamilyV4, Datagram, 0);
        Expect(socket, "socket");
        byte* request = stackalloc byte[40];      // struct ifreq
        uint* value = stackalloc uint[2];         // struct ethtool_value
        foreach (uint command in (ReadOnlySpan<uint>)[GenericMerge, GenericCut, TcpCut, SendChecksum])
        {
            new Span<byte>(request, 40).Clear();
            System.Text.Encoding.ASCII.GetBytes(device, new Span<byte>(request, 15));
            (value[0], value[1]) = (command, 0);
            *(uint**)(request + 16) = value;
            Expect(Ioctl(socket, EthernetTool, request), "ioctl(SIOCETHTOOL)");
        }

        _ = Close(socket);
    }

    /// <summary>Raises the number of files that may be open towards the one wanted, and says how many may be.</summary>
    public static int RaiseFiles(int wanted)
    {
        ulong* limit = stackalloc ulong[2];      // soft, hard
        Expect(GetLimit(NumberOfFiles, limit), "getrlimit");
        if (limit[0] >= (ulong)wanted) return wanted;
        ulong* raised = stackalloc ulong[2] { (ulong)wanted, Math.Max(limit[1], (ulong)wanted) };
        return SetLimit(NumberOfFiles, raised) == 0 ? wanted : (int)limit[0];
    }

    /// <summary>How many ns the calling thread has run; -1 where that can't be known.</summary>
    public static long ThreadTime()
    {
        if (!OperatingSystem.IsLinux()) return -1;
        long* time = stackalloc long[2];      // seconds, nanoseconds
        return GetClock(ThreadClock, time) == 0 ? time[0] * 1_000_000_000 + time[1] : -1;
    }

    /// <summary>
    /// Gives the calling thread a table of open files of its own, which is closed when the thread ends.
    /// </summary>
    public static void LeaveSharedFiles() => Expect(Unshare(CloneFiles), "unshare(CLONE_FILES)");

    private static void SetOption(int socket, int level, int option, int value) =>
        Expect(SetOption(socket, level, option, &value, sizeof(int)), "setsockopt");

    private static void Expect(int result, string call)
    {
        if (result < 0) throw new InvalidOperationException($"{call}: errno {Marshal.GetLastSystemError()}");
    }

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetOption(int socket, int level, int option, int* value, uint length);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetClock(int clock, long* time);

    [LibraryImport("libc", EntryPoint = "unshare")]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Ioctl(int descriptor, ulong request, byte* argument);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, ulong* limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, ulong* limit);
}
