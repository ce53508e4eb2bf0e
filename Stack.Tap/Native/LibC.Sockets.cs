using System.Runtime.InteropServices;

namespace UserNet.Tap.Native;

/// <summary>Sockets, and memory shared with the kernel.</summary>
internal static unsafe partial class LibC
{
    public const int InetFamily = 2, PacketFamily = 17;    // AF_INET, AF_PACKET
    public const int Datagram = 2, Raw = 3;    // SOCK_DGRAM, SOCK_RAW
    public const int SocketLevel = 1, PacketLevel = 263;    // SOL_SOCKET, SOL_PACKET
    public const int SocketError = 4, AttachFilter = 26;    // SO_ERROR, SO_ATTACH_FILTER
    public const int DoNotWait = 0x40;    // MSG_DONTWAIT
    public const int ReadWritePages = 3, Shared = 1;    // PROT_READ | PROT_WRITE, MAP_SHARED

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    public static partial Descriptor Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(Descriptor socket, void* address, uint length);

    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetOption(Descriptor socket, int level, int name, void* value, uint length);

    [LibraryImport(Library, EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetOption(Descriptor socket, int level, int name, void* value, uint* length);

    [LibraryImport(Library, EntryPoint = "sendmmsg", SetLastError = true)]
    public static partial int SendMessages(Descriptor socket, MessageEntry* messages, uint count, int flags);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    public static partial void* Map(void* address, nuint length, int protection, int flags, Descriptor file, nint offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(void* address, nuint length);

    /// <summary>The error that the kernel noted on a socket, which this clears; 0 for none.</summary>
    public static int TakeError(Descriptor socket)
    {
        int error = 0;
        uint length = sizeof(int);
        return GetOption(socket, SocketLevel, SocketError, &error, &length) == 0 ? error : Marshal.GetLastPInvokeError();
    }
}

/// <summary>struct mmsghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageEntry
{
    public void* Name;
    public uint NameLength;
    public IoVector* Parts;
    public nuint PartCount;
    public void* Control;
    public nuint ControlLength;
    public int Flags;
    public uint Sent;
}
