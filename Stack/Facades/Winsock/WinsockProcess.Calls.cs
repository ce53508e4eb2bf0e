using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UserNet.Errors;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Facades.Winsock;

#pragma warning disable CA1707, CA1720, IDE1006 // the field's own names

// The calls, each of which goes to the provider's procedure of that name.
public sealed partial class WinsockProcess
{
    /// <summary>SOCKET socket(int af, int type, int protocol): <see cref="WspProcTable.WSPSocket"/>.</summary>
    public SOCKET socket(int af, int type, int protocol) => WSASocket(af, type, protocol, 0, WSA_FLAG_OVERLAPPED);

    /// <summary>SOCKET WSASocket(int af, int type, int protocol, ..., GROUP g, DWORD dwFlags): <see cref="WspProcTable.WSPSocket"/>.</summary>
    public SOCKET WSASocket(int af, int type, int protocol, uint g, uint dwFlags)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPSocket(af, type, protocol, g, dwFlags, ref error), error) : INVALID_SOCKET;
    }

    /// <summary>int bind(SOCKET s, const struct sockaddr *name, int namelen): <see cref="WspProcTable.WSPBind"/>.</summary>
    public int bind(SOCKET s, ReadOnlySpan<byte> name, int namelen)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPBind(s, name, namelen, ref error), error) : SOCKET_ERROR;
    }

    /// <inheritdoc cref="bind(SOCKET, ReadOnlySpan{byte}, int)"/>
    public int bind(SOCKET s, in sockaddr_in name, int namelen) => bind(s, OctetsOf(name), namelen);

    /// <summary>int listen(SOCKET s, int backlog): <see cref="WspProcTable.WSPListen"/>.</summary>
    public int listen(SOCKET s, int backlog)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPListen(s, backlog, ref error), error) : SOCKET_ERROR;
    }

    /// <summary>SOCKET accept(SOCKET s, struct sockaddr *addr, int *addrlen): <see cref="WspProcTable.WSPAccept"/>.</summary>
    public SOCKET accept(SOCKET s, Span<byte> addr, ref int addrlen) => WSAAccept(s, addr, ref addrlen, null, 0);

    /// <summary>accept, with NULL for what it could tell of the peer.</summary>
    public SOCKET accept(SOCKET s)
    {
        int none = 0;
        return accept(s, default, ref none);
    }

    /// <summary>SOCKET WSAAccept(SOCKET s, ..., LPCONDITIONPROC lpfnCondition, DWORD_PTR dwCallbackData): <see cref="WspProcTable.WSPAccept"/>.</summary>
    public SOCKET WSAAccept(SOCKET s, Span<byte> addr, ref int addrlen, LPCONDITIONPROC? lpfnCondition, nuint dwCallbackData)
    {
        WsaError error = default;
        return Table is { } table
            ? Answer(table.WSPAccept(s, addr, ref addrlen, lpfnCondition, dwCallbackData, ref error), error) : INVALID_SOCKET;
    }

    /// <summary>int connect(SOCKET s, const struct sockaddr *name, int namelen): <see cref="WspProcTable.WSPConnect"/>.</summary>
    public int connect(SOCKET s, ReadOnlySpan<byte> name, int namelen)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPConnect(s, name, namelen, ref error), error) : SOCKET_ERROR;
    }

    /// <inheritdoc cref="connect(SOCKET, ReadOnlySpan{byte}, int)"/>
    public int connect(SOCKET s, in sockaddr_in name, int namelen) => connect(s, OctetsOf(name), namelen);

    /// <summary>int WSAConnect(SOCKET s, const struct sockaddr *name, int namelen, ...), without data or quality of service: as connect.</summary>
    public int WSAConnect(SOCKET s, ReadOnlySpan<byte> name, int namelen) => connect(s, name, namelen);

    /// <summary>int send(SOCKET s, const char *buf, int len, int flags): <see cref="WspProcTable.WSPSend"/>.</summary>
    public int send(SOCKET s, ReadOnlySpan<byte> buf, int len, int flags)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPSend(s, buf, len, flags, ref error), error) : SOCKET_ERROR;
    }

    /// <summary>int sendto(SOCKET s, const char *buf, int len, int flags, const struct sockaddr *to, int tolen): <see cref="WspProcTable.WSPSendTo"/>.</summary>
    public int sendto(SOCKET s, ReadOnlySpan<byte> buf, int len, int flags, ReadOnlySpan<byte> to, int tolen)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPSendTo(s, buf, len, flags, to, tolen, ref error), error) : SOCKET_ERROR;
    }

    /// <summary>int recv(SOCKET s, char *buf, int len, int flags): <see cref="WspProcTable.WSPRecv"/>.</summary>
    public int recv(SOCKET s, Span<byte> buf, int len, int flags)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPRecv(s, buf, len, flags, ref error), error) : SOCKET_ERROR;
    }

    /// <summary>int recvfrom(SOCKET s, char *buf, int len, int flags, struct sockaddr *from, int *fromlen): <see cref="WspProcTable.WSPRecvFrom"/>.</summary>
    public int recvfrom(SOCKET s, Span<byte> buf, int len, int flags, Span<byte> from, ref int fromlen)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPRecvFrom(s, buf, len, flags, from, ref fromlen, ref error), error) : SOCKET_ERROR;
    }

    /// <summary>int shutdown(SOCKET s, int how): <see cref="WspProcTable.WSPShutdown"/>.</summary>
    public int shutdown(SOCKET s, int how)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPShutdown(s, how, ref error), error) : SOCKET_ERROR;
    }

    /// <summary>int closesocket(SOCKET s): <see cref="WspProcTable.WSPCloseSocket"/>.</summary>
    public int closesocket(SOCKET s)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPCloseSocket(s, ref error), error) : SOCKET_ERROR;
    }

    /// <summary>int getsockname(SOCKET s, struct sockaddr *name, int *namelen): <see cref="WspProcTable.WSPGetSockName"/>.</summary>
    public int getsockname(SOCKET s, Span<byte> name, ref int namelen)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPGetSockName(s, name, ref namelen, ref error), error) : SOCKET_ERROR;
    }

    /// <summary>int getpeername(SOCKET s, struct sockaddr *name, int *namelen): <see cref="WspProcTable.WSPGetPeerName"/>.</summary>
    public int getpeername(SOCKET s, Span<byte> name, ref int namelen)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPGetPeerName(s, name, ref namelen, ref error), error) : SOCKET_ERROR;
    }

    /// <summary>int setsockopt(SOCKET s, int level, int optname, const char *optval, int optlen): <see cref="WspProcTable.WSPSetSockOpt"/>.</summary>
    public int setsockopt(SOCKET s, int level, int optname, ReadOnlySpan<byte> optval, int optlen)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPSetSockOpt(s, level, optname, optval, optlen, ref error), error) : SOCKET_ERROR;
    }

    /// <summary>setsockopt of an option that is a number of 4 octets.</summary>
    public int setsockopt(SOCKET s, int level, int optname, int optval)
    {
        Span<byte> octets = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(octets, optval);
        return setsockopt(s, level, optname, octets, sizeof(int));
    }

    /// <summary>int getsockopt(SOCKET s, int level, int optname, char *optval, int *optlen): <see cref="WspProcTable.WSPGetSockOpt"/>.</summary>
    public int getsockopt(SOCKET s, int level, int optname, Span<byte> optval, ref int optlen)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPGetSockOpt(s, level, optname, optval, ref optlen, ref error), error) : SOCKET_ERROR;
    }

    /// <summary>getsockopt of an option that is a number of 4 octets.</summary>
    public int getsockopt(SOCKET s, int level, int optname, out int optval)
    {
        Span<byte> octets = stackalloc byte[sizeof(int)];
        octets.Clear();
        int length = octets.Length, result = getsockopt(s, level, optname, octets, ref length);
        optval = BinaryPrimitives.ReadInt32LittleEndian(octets);
        return result;
    }

    /// <summary>int ioctlsocket(SOCKET s, long cmd, u_long *argp): <see cref="WspProcTable.WSPIoctl"/>, whose WSAEOPNOTSUPP is WSAEINVAL here.</summary>
    public int ioctlsocket(SOCKET s, uint cmd, ref uint argp)
    {
        Span<byte> octets = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(octets, argp);
        WsaError error = default;
        if (Table is not { } table) return SOCKET_ERROR;
        int result = table.WSPIoctl(s, cmd, octets, octets, out uint written, ref error);
        if (written > 0) argp = BinaryPrimitives.ReadUInt32LittleEndian(octets);
        return Answer(result, error == WsaError.WSAEOPNOTSUPP ? WsaError.WSAEINVAL : error);
    }

    /// <summary>int WSAIoctl(SOCKET s, DWORD dwIoControlCode, ...): <see cref="WspProcTable.WSPIoctl"/>.</summary>
    public int WSAIoctl(SOCKET s, uint dwIoControlCode, ReadOnlySpan<byte> lpvInBuffer, Span<byte> lpvOutBuffer, out uint lpcbBytesReturned)
    {
        WsaError error = default;
        lpcbBytesReturned = 0;
        if (Table is not { } table) return SOCKET_ERROR;
        return Answer(table.WSPIoctl(s, dwIoControlCode, lpvInBuffer, lpvOutBuffer, out lpcbBytesReturned, ref error), error);
    }

    /// <summary>int select(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds, const struct timeval *timeout): <see cref="WspProcTable.WSPSelect"/>.</summary>
    public int select(int nfds, FD_SET? readfds, FD_SET? writefds, FD_SET? exceptfds, TIMEVAL? timeout)
    {
        WsaError error = default;
        return Table is { } table ? Answer(table.WSPSelect(nfds, readfds, writefds, exceptfds, timeout, ref error), error) : SOCKET_ERROR;
    }

    /// <summary>int WSAPoll(LPWSAPOLLFD fdArray, ULONG fds, INT timeout): <see cref="WspProcTable.WSPPoll"/>.</summary>
    public int WSAPoll(Span<WSAPOLLFD> fdArray, uint fds, int timeout)
    {
        WsaError error = default;
        if (Table is not { } table) return SOCKET_ERROR;
        if (fds > (uint)fdArray.Length) return Fail(WsaError.WSAEFAULT);
        return Answer(table.WSPPoll(fdArray[..(int)fds], timeout, ref error), error);
    }

    private static ReadOnlySpan<byte> OctetsOf(in sockaddr_in name) => MemoryMarshal.AsBytes(new ReadOnlySpan<sockaddr_in>(in name));
}
