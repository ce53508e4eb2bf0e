using System.Runtime.InteropServices;

namespace UserNet.Facades.Posix;

/// <summary>struct epoll_event as x86-64 has it: 12 octets, what is asked for or so, and what it is told with.</summary>
/// <param name="Events">EPOLLIN, EPOLLOUT, EPOLLET and so on.</param>
/// <param name="Data">data.u64, which is the user's own; the others are parts of it.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public readonly record struct EpollEvent(uint Events, ulong Data)
{
    /// <summary>With a descriptor, as most have it.</summary>
    public static EpollEvent For(int descriptor, uint events) => new(events, (uint)descriptor);

    /// <summary>data.fd.</summary>
    public int Descriptor => (int)Data;

    /// <summary>data.u32.</summary>
    public uint U32 => (uint)Data;

    /// <summary>data.ptr.</summary>
    public nuint Address => (nuint)Data;
}
