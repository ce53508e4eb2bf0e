using System.Runtime.InteropServices;

namespace UserNet.Facades.Winsock;

#pragma warning disable CA1707, CA1051, IDE1006 // the field's own names and layouts

/// <summary>SOCKET: a handle that names a socket of one process.</summary>
/// <param name="Value">The number.</param>
public readonly record struct SOCKET(nuint Value)
{
    /// <summary>INVALID_SOCKET.</summary>
    public static SOCKET Invalid => new(nuint.MaxValue);

    /// <summary>As in 0x104, or INVALID_SOCKET.</summary>
    public override string ToString() => this == Invalid ? "INVALID_SOCKET" : $"0x{Value:x}";
}

/// <summary>WSADATA: what WSAStartup tells.</summary>
/// <param name="wVersion">The version that the caller is expected to use: major number in the low octet, minor in the high.</param>
/// <param name="wHighVersion">The highest version that there is.</param>
/// <param name="szDescription">Whose implementation it is.</param>
/// <param name="szSystemStatus">How it is.</param>
public readonly record struct WSADATA(ushort wVersion, ushort wHighVersion, string szDescription, string szSystemStatus);

/// <summary>WSPDATA: what WSPStartup tells.</summary>
/// <param name="wVersion">The version of the interface that the caller is expected to use.</param>
/// <param name="wHighVersion">The highest version that there is.</param>
/// <param name="szDescription">Whose provider it is.</param>
public readonly record struct WSPDATA(ushort wVersion, ushort wHighVersion, string szDescription);

/// <summary>struct timeval, as select takes it.</summary>
/// <param name="tv_sec">Seconds.</param>
/// <param name="tv_usec">Microseconds.</param>
public readonly record struct TIMEVAL(int tv_sec, int tv_usec);

/// <summary>struct in_addr: an IPv4 address in network byte order.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public record struct in_addr
{
    /// <summary>The address, in network byte order.</summary>
    public uint s_addr;
}

/// <summary>struct sockaddr_in, byte for byte: 16 octets.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 16)]
public record struct sockaddr_in
{
    /// <summary>AF_INET, in the machine's byte order.</summary>
    public ushort sin_family;
    /// <summary>The port, in network byte order.</summary>
    public ushort sin_port;
    /// <summary>The address.</summary>
    public in_addr sin_addr;
    /// <summary>Not looked at.</summary>
    public ulong sin_zero;

    /// <summary>sizeof(struct sockaddr_in).</summary>
    public const int Size = 16;

    /// <summary>The structure's octets, in place.</summary>
    public static Span<byte> Octets(ref sockaddr_in address) => MemoryMarshal.AsBytes(new Span<sockaddr_in>(ref address));
}

/// <summary>WSAPOLLFD: one socket of a WSAPoll.</summary>
/// <param name="fd">The socket; INVALID_SOCKET is passed over.</param>
/// <param name="events">What is asked for: POLLRDNORM, POLLRDBAND, POLLWRNORM.</param>
public record struct WSAPOLLFD(SOCKET fd, short events)
{
    /// <summary>What is so: of that, and POLLERR, POLLHUP, POLLNVAL.</summary>
    public short revents { get; set; }
}

/// <summary>SOCKET_ADDRESS: one entry of the list that WSAConnectByList takes.</summary>
/// <param name="lpSockaddr">The octets of a sockaddr, or null.</param>
/// <param name="iSockaddrLength">How many of them.</param>
public readonly record struct SOCKET_ADDRESS(byte[]? lpSockaddr, int iSockaddrLength);

/// <summary>fd_set: the sockets that select looks at, and afterwards those that are ready.</summary>
/// <remarks>Not to be used by two threads at once.</remarks>
#pragma warning disable CA1711 // it is called so
public sealed class FD_SET
#pragma warning restore CA1711
{
    internal List<SOCKET> Sockets { get; } = [];

    /// <summary>How many sockets are in it.</summary>
    public int fd_count => Sockets.Count;

    /// <summary>FD_SET: puts a socket in, once.</summary>
    public void Set(SOCKET s)
    {
        if (!Sockets.Contains(s)) Sockets.Add(s);
    }

    /// <summary>FD_CLR: takes a socket out.</summary>
    public void Clr(SOCKET s) => Sockets.Remove(s);

    /// <summary>FD_ISSET: true when the socket is in it.</summary>
    public bool IsSet(SOCKET s) => Sockets.Contains(s);

    /// <summary>FD_ZERO: takes all out.</summary>
    public void Zero() => Sockets.Clear();
}

/// <summary>LPCONDITIONPROC: asked by an accept whether a connection is wanted.</summary>
/// <param name="lpCallerId">The octets of the caller's sockaddr.</param>
/// <param name="lpCalleeId">The octets of the sockaddr that was called.</param>
/// <param name="dwCallbackData">What the accept was given for it.</param>
/// <returns>CF_ACCEPT, CF_REJECT or CF_DEFER.</returns>
/// <remarks>Runs on the thread that accepts, outside the stack's gate; its calls of Winsock are answered WSAEINPROGRESS.</remarks>
public delegate int LPCONDITIONPROC(ReadOnlySpan<byte> lpCallerId, ReadOnlySpan<byte> lpCalleeId, nuint dwCallbackData);

/// <summary>ConnectEx, as SIO_GET_EXTENSION_FUNCTION_POINTER hands it out: <see cref="WinsockProcess"/> says what it answers.</summary>
/// <param name="s">A stream that is bound and not connected.</param>
/// <param name="name">The octets of the peer's sockaddr.</param>
/// <param name="namelen">How many of them.</param>
/// <param name="lpSendBuffer">What is sent once the connection is there; or empty.</param>
/// <param name="dwSendDataLength">How much of it.</param>
/// <param name="lpdwBytesSent">How much was sent, of a call that ended at once.</param>
/// <param name="lpOverlapped">What tells how it ends; must not be null.</param>
/// <returns>True when it has ended well; false with WSA_IO_PENDING when it has begun, else with the error.</returns>
public delegate bool LPFN_CONNECTEX(
    SOCKET s, ReadOnlySpan<byte> name, int namelen, ReadOnlySpan<byte> lpSendBuffer, uint dwSendDataLength, out uint lpdwBytesSent,
    OVERLAPPED? lpOverlapped);
