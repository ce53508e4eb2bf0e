using System.Runtime.InteropServices;

namespace UserNet.Tests.Parity;

/// <summary>The kernel's own calls, by the names that the C library has for them.</summary>
internal static unsafe partial class KernelCalls
{
    public const int NewNetworkNamespace = 0x40000000;      // CLONE_NEWNET
    public const int CloseOnExec = 0x80000;      // SOCK_CLOEXEC
    public const int WriteOnly = 1;      // O_WRONLY
    public const int Peek = 0x2, Truncated = 0x20, DontWait = 0x40, NoSignal = 0x4000;      // MSG_
    public const short PollIn = 1, PollOut = 4;      // POLL
    public const int SetFlags = 4, NonBlock = 0x800;      // F_SETFL, O_NONBLOCK

    /// <summary>setresuid of this thread alone: the C library's own would change all threads.</summary>
    public static long SetEffectiveUser(uint uid) => SystemCall(SetResUid, -1, uid, -1);

    private static long SetResUid => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64 ? 117 : 147;

    /// <summary>The number of the calling thread, by which others name its namespaces.</summary>
    public static int Thread => (int)SystemCall(RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64 ? 186 : 178, 0, 0, 0);

    /// <summary>Enters the namespace that an open file stands for.</summary>
    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    public static partial int EnterNamespace(int file, int kind);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, long first, long second, long third);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "pipe", SetLastError = true)]
    public static partial int Pipe(int* descriptors);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int descriptor, byte[]? address, int length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    public static partial int Listen(int descriptor, int backlog);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int descriptor, byte[] address, int length);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int descriptor, byte[]? address, byte[]? length, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, int value);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PolledDescriptor* descriptors, nuint count, int milliseconds);

    /// <summary>poll of one descriptor: 1 when it is so, 0 when the time is over.</summary>
    public static int Poll(int descriptor, short events, int milliseconds)
    {
        var polled = new PolledDescriptor(descriptor, events, 0);
        return Poll(&polled, 1, milliseconds);
    }

    private readonly record struct PolledDescriptor(int Descriptor, short Events, short Returned);      // struct pollfd

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    public static partial nint SendTo(int descriptor, byte[] octets, nint count, int flags, byte[]? address, int length);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    public static partial nint RecvFrom(int descriptor, byte[] octets, nint room, int flags, byte[] address, ref int length);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int descriptor, int how);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    public static partial int GetSockName(int descriptor, byte[] address, ref int length);

    [LibraryImport("libc", EntryPoint = "getpeername", SetLastError = true)]
    public static partial int GetPeerName(int descriptor, byte[] address, ref int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSockOpt(int descriptor, int level, int name, byte[]? value, int length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSockOpt(int descriptor, int level, int name, byte[]? value, ref int length);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    public static partial int FChown(int descriptor, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte[] octets, nint count);
}
