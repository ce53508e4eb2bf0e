using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Winsock;

#pragma warning disable CA1707 // the field's own names

/// <summary>WSPPROC_TABLE: the procedures of a service provider, by the names of ws2spi.h.</summary>
/// <remarks>
/// <para>
/// Each answers 0 (or a count, or a socket), or SOCKET_ERROR (INVALID_SOCKET) with the error in <c>lpErrno</c>, which success leaves
/// untouched. There is no last error here: that is ws2_32's.
/// </para>
/// <para>
/// Before all that is said at each, in this order: WSANOTINITIALISED (the last WSPCleanup was called), WSAENETDOWN (the network subsystem has
/// failed), WSAENOTSOCK, WSAEINPROGRESS (a callback of the thread runs). Memory is a span: nothing, or less than the length says, is WSAEFAULT.
/// Any thread.
/// </para>
/// </remarks>
public sealed partial class WspProcTable
{
    private readonly ServiceProvider _provider;

    internal WspProcTable(ServiceProvider provider) => _provider = provider;

    /// <summary>SOCKET WSPSocket(int af, int type, int protocol, ..., GROUP g, DWORD dwFlags, LPINT lpErrno)</summary>
    /// <param name="af">AF_INET, AF_INET6; AF_UNSPEC for the first that has the type and protocol, which is AF_INET.</param>
    /// <param name="type">SOCK_STREAM, SOCK_DGRAM, SOCK_RAW; 0 for the one that goes with the protocol.</param>
    /// <param name="protocol">IPPROTO_TCP, IPPROTO_UDP; of SOCK_RAW any from 1 to 255; 0 for the one that goes with the type.</param>
    /// <param name="g">No group.</param>
    /// <param name="dwFlags">WSA_FLAG_OVERLAPPED, WSA_FLAG_NO_HANDLE_INHERIT.</param>
    /// <param name="lpErrno">
    /// WSAEINVAL (nothing is said at all; other flags), WSAEAFNOSUPPORT (AF_IRDA and whatever else is not there), WSAESOCKTNOSUPPORT,
    /// WSAEPROTONOSUPPORT (also where it does not go with the type), WSAEACCES (raw sockets need the right), WSAEMFILE.
    /// </param>
    public SOCKET WSPSocket(int af, int type, int protocol, uint g, uint dwFlags, ref WsaError lpErrno)
    {
        WsaError error = Check();
        if (error == WsaError.Success) error = CheckSocket(ref af, ref type, protocol, dwFlags);
        NetworkSocket? opened = null;
        if (error == WsaError.Success) error = Open((AddressFamily)af, (SocketType)type, (ProtocolType)protocol, out opened);
        SOCKET handle = SOCKET.Invalid;
        if (error == WsaError.Success) error = Install(opened!, out handle);
        if (error != WsaError.Success) lpErrno = error;
        return handle;
    }

    /// <summary>int WSPBind(SOCKET s, const struct sockaddr *name, int namelen, LPINT lpErrno)</summary>
    /// <remarks>
    /// ADDR_ANY lets each connection or datagram have the address that its route gives; port 0 lets the stack choose a port that nobody has, of
    /// 49152 to 65535 unless that was changed.
    /// </remarks>
    /// <param name="s">A socket that is not bound.</param>
    /// <param name="name">The octets of a sockaddr.</param>
    /// <param name="namelen">How many of them: 16 or more of AF_INET, 28 or more of AF_INET6.</param>
    /// <param name="lpErrno">
    /// In this order: WSAEFAULT (nothing, too short, or another family than the socket's), WSAEINVAL (bound already, be it by another
    /// call), WSAEACCES (a broadcast address without SO_BROADCAST), WSAEADDRNOTAVAIL, WSAEADDRINUSE or WSAEACCES (another socket has it,
    /// and as its options and owner say), WSAENOBUFS (no port is left).
    /// </param>
    public int WSPBind(SOCKET s, ReadOnlySpan<byte> name, int namelen, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error != WsaError.Success) return Fail(error, ref lpErrno);
        BindRule rule = WindowsSocketAddress.Read(name, namelen, socket!.IsV6, out InetEndpoint local);
        if (rule != BindRule.Granted) return Fail(rule.ToWsaError(), ref lpErrno);
        // Said before anything is said of the address, whatever the stack's own order.
        if (socket.Socket.IsNamedNow) return Fail(WsaError.WSAEINVAL, ref lpErrno);
        rule = socket.Socket.BindAs(local, _provider.Caller);
        bool isDenial = rule == BindRule.SharingDenied && _provider.AnswersDenialAsInUse;
        return Answer(isDenial ? WsaError.WSAEADDRINUSE : rule.ToWsaError(), ref lpErrno);
    }

    /// <summary>int WSPCloseSocket(SOCKET s, LPINT lpErrno): calls that wait for the socket end with WSAEINTR, overlapped ones with WSA_OPERATION_ABORTED.</summary>
    /// <param name="s">The socket.</param>
    /// <param name="lpErrno">WSAEWOULDBLOCK (SO_LINGER says to wait, and the socket does not block: it stays open).</param>
    public int WSPCloseSocket(SOCKET s, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error != WsaError.Success) return Fail(error, ref lpErrno);
        if (!socket!.Socket.Blocking && socket.Socket.FactsNow().Lingers) return Fail(WsaError.WSAEWOULDBLOCK, ref lpErrno);
        if (_provider.Handles.Remove(s) is not { } removed) return Fail(WsaError.WSAENOTSOCK, ref lpErrno);
        removed.Close(byReset: false);
        return 0;
    }

    /// <summary>int WSPGetSockName(SOCKET s, struct sockaddr *name, int *namelen, LPINT lpErrno)</summary>
    /// <param name="s">The socket.</param>
    /// <param name="name">Where the name goes: the wildcard, where that was bound and no connect has chosen an address.</param>
    /// <param name="namelen">How much there is room for; becomes how long the name is.</param>
    /// <param name="lpErrno">WSAEFAULT (no room for it), WSAEINVAL (not bound).</param>
    public int WSPGetSockName(SOCKET s, Span<byte> name, ref int namelen, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error == WsaError.Success && !HasRoom(name, namelen, socket!.IsV6)) error = WsaError.WSAEFAULT;
        if (error == WsaError.Success && !socket!.Socket.IsNamedNow) error = WsaError.WSAEINVAL;
        if (error == WsaError.Success) namelen = WindowsSocketAddress.Write(socket!.LocalName, name);
        return Answer(error, ref lpErrno);
    }

    /// <summary>int WSPGetPeerName(SOCKET s, struct sockaddr *name, int *namelen, LPINT lpErrno)</summary>
    /// <param name="s">The socket.</param>
    /// <param name="name">Where the peer's name goes.</param>
    /// <param name="namelen">How much there is room for; becomes how long the name is.</param>
    /// <param name="lpErrno">WSAEFAULT (no room for it), WSAENOTCONN (no peer; by ConnectEx, and no SO_UPDATE_CONNECT_CONTEXT yet).</param>
    public int WSPGetPeerName(SOCKET s, Span<byte> name, ref int namelen, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error == WsaError.Success && !HasRoom(name, namelen, socket!.IsV6)) error = WsaError.WSAEFAULT;
        if (error != WsaError.Success) return Fail(error, ref lpErrno);
        if (socket!.LacksContext || socket.Socket.PeerName is not { } peer) return Fail(WsaError.WSAENOTCONN, ref lpErrno);
        namelen = WindowsSocketAddress.Write(peer, name);
        return 0;
    }

    /// <summary>int WSPCleanup(LPINT lpErrno): as often as WSPStartup; the last closes all sockets, by resets.</summary>
    public int WSPCleanup(ref WsaError lpErrno)
    {
        WsaError error = Check();
        if (error == WsaError.Success && !_provider.TryCleanUp()) error = WsaError.WSANOTINITIALISED;
        return Answer(error, ref lpErrno);
    }

    /// <summary>int WSPCancelBlockingCall(LPINT lpErrno): there is nothing to cancel, since a thread that waits runs no code.</summary>
    /// <param name="lpErrno">WSAEINVAL (no blocking call is under way); also while a callback runs, whose thread may call this.</param>
    public int WSPCancelBlockingCall(ref WsaError lpErrno)
    {
        if (!_provider.IsStarted) return Fail(WsaError.WSANOTINITIALISED, ref lpErrno);
        return Fail(_provider.NetworkHasFailed ? WsaError.WSAENETDOWN : WsaError.WSAEINVAL, ref lpErrno);
    }

    private static WsaError CheckSocket(ref int af, ref int type, int protocol, uint dwFlags)
    {
        bool isNothing = af == Winsock2.AF_UNSPEC && type == 0 && protocol == 0;
        if (isNothing || (dwFlags & ~(Winsock2.WSA_FLAG_OVERLAPPED | Winsock2.WSA_FLAG_NO_HANDLE_INHERIT)) != 0) return WsaError.WSAEINVAL;
        if (af == Winsock2.AF_UNSPEC) af = Winsock2.AF_INET;
        if (af is not (Winsock2.AF_INET or Winsock2.AF_INET6)) return WsaError.WSAEAFNOSUPPORT;
        if (type == 0) type = protocol == Winsock2.IPPROTO_UDP ? Winsock2.SOCK_DGRAM : protocol is 0 or Winsock2.IPPROTO_TCP ? Winsock2.SOCK_STREAM : type;
        if (type is < Winsock2.SOCK_STREAM or > Winsock2.SOCK_RAW) return WsaError.WSAESOCKTNOSUPPORT;
        bool isRaw = type == Winsock2.SOCK_RAW;
        bool goes = isRaw ? protocol is > 0 and <= Winsock2.IPPROTO_RAW
            : protocol == 0 || protocol == (type == Winsock2.SOCK_STREAM ? Winsock2.IPPROTO_TCP : Winsock2.IPPROTO_UDP);
        return goes ? WsaError.Success : WsaError.WSAEPROTONOSUPPORT;
    }

    private WsaError Open(AddressFamily family, SocketType type, ProtocolType protocol, out NetworkSocket? opened)
    {
        opened = null;
        try
        {
            opened = _provider.Stack.OpenSocket(family, type, protocol, _provider.Caller);
            return WsaError.Success;
        }
        catch (NetworkException refused)
        {
            return refused.Rule != BindRule.Granted ? refused.Rule.ToWsaError() : refused.Errno.ToWsaError();
        }
    }

    private WsaError Install(NetworkSocket socket, out SOCKET handle)
    {
        bool isAdded = _provider.Handles.TryAdd(new WinsockSocket(socket, _provider.Caller), out handle);
        // The last WSPCleanup of another thread may have closed all sockets just before this one was there.
        if (isAdded && _provider.IsStarted) return WsaError.Success;
        if (isAdded) _provider.Handles.Remove(handle);
        WinsockSocket.Refuse(socket);
        handle = SOCKET.Invalid;
        return isAdded ? WsaError.WSANOTINITIALISED : WsaError.WSAEMFILE;
    }

    private static bool HasRoom(Span<byte> name, int length, bool isV6)
    {
        int needed = WindowsSocketAddress.LengthOf(isV6);
        return length >= needed && name.Length >= needed;
    }

    /// <summary>What is looked at before anything else.</summary>
    private WsaError Check() =>
        !_provider.IsStarted ? WsaError.WSANOTINITIALISED
        : _provider.NetworkHasFailed ? WsaError.WSAENETDOWN
        : _provider.IsInCallback ? WsaError.WSAEINPROGRESS : WsaError.Success;

    private WsaError Find(SOCKET s, out WinsockSocket? socket)
    {
        socket = null;
        if (!_provider.IsStarted) return WsaError.WSANOTINITIALISED;
        if (_provider.NetworkHasFailed) return WsaError.WSAENETDOWN;
        socket = _provider.Handles.Find(s);
        if (socket is null) return WsaError.WSAENOTSOCK;
        return _provider.IsInCallback ? WsaError.WSAEINPROGRESS : WsaError.Success;
    }

    private static int Fail(WsaError error, ref WsaError lpErrno)
    {
        lpErrno = error;
        return Winsock2.SOCKET_ERROR;
    }

    private static int Answer(WsaError error, ref WsaError lpErrno) => error == WsaError.Success ? 0 : Fail(error, ref lpErrno);
}
