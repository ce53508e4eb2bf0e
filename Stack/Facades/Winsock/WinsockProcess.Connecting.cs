using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Sockets;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Facades.Winsock;

#pragma warning disable CA1707 // the field's own names

// Connects beyond connect: overlapped, to one of several addresses, by name.
public sealed partial class WinsockProcess
{
    private const int MicrosecondsASecond = 1_000_000;

    /// <summary>WSAIoctl with SIO_GET_EXTENSION_FUNCTION_POINTER: a procedure of the provider that the headers do not have.</summary>
    /// <param name="s">Any socket.</param>
    /// <param name="dwIoControlCode">SIO_GET_EXTENSION_FUNCTION_POINTER.</param>
    /// <param name="lpvInBuffer">WSAID_CONNECTEX.</param>
    /// <param name="function">The procedure; null where the call fails.</param>
    /// <remarks>WSAEINVAL (no such procedure), WSAEOPNOTSUPP (another code).</remarks>
    public int WSAIoctl(SOCKET s, uint dwIoControlCode, in Guid lpvInBuffer, out LPFN_CONNECTEX? function)
    {
        function = null;
        if (Table is not { } table) return SOCKET_ERROR;
        if (dwIoControlCode != SIO_GET_EXTENSION_FUNCTION_POINTER) return Fail(WsaError.WSAEOPNOTSUPP);
        WsaError error = default;
        int result = table.WSPGetExtensionFunction(s, lpvInBuffer.ToByteArray(), out bool hasFunction, ref error);
        if (hasFunction) function = ConnectEx;
        return Answer(result, error);
    }

    /// <summary>BOOL WSAGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED lpOverlapped, LPDWORD lpcbTransfer, BOOL fWait, LPDWORD lpdwFlags):
    /// <see cref="WspProcTable.WSPGetOverlappedResult"/>.</summary>
    public bool WSAGetOverlappedResult(SOCKET s, OVERLAPPED? lpOverlapped, out uint lpcbTransfer, bool fWait)
    {
        lpcbTransfer = 0;
        WsaError error = default;
        return Table is { } table && Answer(table.WSPGetOverlappedResult(s, lpOverlapped, out lpcbTransfer, fWait, ref error), error);
    }

    /// <summary>BOOL WSAConnectByList(SOCKET s, PSOCKET_ADDRESS_LIST SocketAddress, ...): connects to the first address of several that answers.</summary>
    /// <remarks>
    /// <para>
    /// The addresses are tried in their order, each until it has answered or the time is over; of an IPv6 socket without IPV6_V6ONLY mapped ones
    /// may be among them. It waits whether the socket blocks or not. The socket then needs SO_UPDATE_CONNECT_CONTEXT, as after ConnectEx.
    /// </para>
    /// <para>
    /// A call that fails leaves the socket not bound, as it was, so that it may be tried again.
    /// </para>
    /// <para>
    /// WSAEINVAL (no address; the socket is bound, connected or connecting), WSAEFAULT (an address that is too short; no room for a name),
    /// WSAEOPNOTSUPP (no stream), WSAETIMEDOUT; or what the last address was answered, as WSAECONNREFUSED or WSAEHOSTUNREACH.
    /// </para>
    /// </remarks>
    /// <param name="s">A stream that is not bound.</param>
    /// <param name="socketAddress">The addresses.</param>
    /// <param name="localAddressLength">How much room <paramref name="localAddress"/> has; becomes how long the name is.</param>
    /// <param name="localAddress">Where the socket's name goes; or empty.</param>
    /// <param name="remoteAddressLength">How much room <paramref name="remoteAddress"/> has; becomes how long the name is.</param>
    /// <param name="remoteAddress">Where the peer's name goes; or empty.</param>
    /// <param name="timeout">How long all attempts may take together, of the stack's time; null for as long as they do.</param>
    public bool WSAConnectByList(
        SOCKET s, ReadOnlySpan<SOCKET_ADDRESS> socketAddress, ref int localAddressLength, Span<byte> localAddress,
        ref int remoteAddressLength, Span<byte> remoteAddress, TIMEVAL? timeout)
    {
        if (Table is not { } table) return false;
        WsaError error = table.CheckConnectByList(s, mayBeBound: false, out WinsockSocket? socket);
        if (error != WsaError.Success) return Fail(error) == 0;
        return ConnectByList(socket!, socketAddress, ref localAddressLength, localAddress, ref remoteAddressLength, remoteAddress, timeout);
    }

    /// <summary>BOOL WSAConnectByName(SOCKET s, LPSTR nodename, LPSTR servicename, ...): looks both up in <see cref="Names"/>, and connects as
    /// WSAConnectByList to the addresses that go with the socket.</summary>
    /// <remarks>As WSAConnectByList, and of a socket that is bound, too, as since Windows 10; WSAEINVAL (no name; connected or connecting), WSAHOST_NOT_FOUND (also where the host has no address of the socket's family), WSATYPE_NOT_FOUND.</remarks>
    /// <param name="s">A stream that is not connected.</param>
    /// <param name="nodename">A host's name, or an address.</param>
    /// <param name="servicename">A service's name, or a port.</param>
    /// <param name="localAddressLength">How much room <paramref name="localAddress"/> has; becomes how long the name is.</param>
    /// <param name="localAddress">Where the socket's name goes; or empty.</param>
    /// <param name="remoteAddressLength">How much room <paramref name="remoteAddress"/> has; becomes how long the name is.</param>
    /// <param name="remoteAddress">Where the peer's name goes; or empty.</param>
    /// <param name="timeout">How long all attempts may take together, of the stack's time; null for as long as they do.</param>
    public bool WSAConnectByName(
        SOCKET s, string? nodename, string? servicename, ref int localAddressLength, Span<byte> localAddress,
        ref int remoteAddressLength, Span<byte> remoteAddress, TIMEVAL? timeout)
    {
        if (Table is not { } table) return false;
        WsaError error = table.CheckConnectByList(s, mayBeBound: true, out WinsockSocket? socket);
        if (error == WsaError.Success && (string.IsNullOrEmpty(nodename) || string.IsNullOrEmpty(servicename))) error = WsaError.WSAEINVAL;
        ushort port = 0;
        if (error == WsaError.Success && !Names.TryFindService(servicename!, out port)) error = WsaError.WSATYPE_NOT_FOUND;
        List<SOCKET_ADDRESS> addresses = [];
        if (error == WsaError.Success)
        {
            foreach (InetAddress address in Names.FindHost(nodename!))
            {
                if (Fitting(socket!, address) is not { } fitting) continue;
                byte[] octets = WindowsSocketAddress.ToOctets(new InetEndpoint(fitting, port));
                addresses.Add(new SOCKET_ADDRESS(octets, octets.Length));
            }

            if (addresses.Count == 0) error = WsaError.WSAHOST_NOT_FOUND;
        }

        if (error != WsaError.Success) return Fail(error) == 0;
        return ConnectByList(
            socket!, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(addresses), ref localAddressLength, localAddress,
            ref remoteAddressLength, remoteAddress, timeout);
    }

    /// <summary>The hosts and services that WSAConnectByName knows beside numbers; a rig fills it.</summary>
    public NameTable Names { get; } = new();

    private bool ConnectEx(
        SOCKET s, ReadOnlySpan<byte> name, int namelen, ReadOnlySpan<byte> lpSendBuffer, uint dwSendDataLength, out uint lpdwBytesSent,
        OVERLAPPED? lpOverlapped)
    {
        lpdwBytesSent = 0;
        WsaError error = default;
        return Table is { } table
            && Answer(table.WSPConnectEx(s, name, namelen, lpSendBuffer, dwSendDataLength, out lpdwBytesSent, lpOverlapped, ref error), error);
    }

    private bool ConnectByList(
        WinsockSocket socket, ReadOnlySpan<SOCKET_ADDRESS> socketAddress, ref int localAddressLength, Span<byte> localAddress,
        ref int remoteAddressLength, Span<byte> remoteAddress, TIMEVAL? timeout)
    {
        WsaError error = socketAddress.IsEmpty ? WsaError.WSAEINVAL : WsaError.Success;
        if (LacksRoom(socket, localAddress, localAddressLength) || LacksRoom(socket, remoteAddress, remoteAddressLength)) error = WsaError.WSAEFAULT;
        var peers = new List<InetEndpoint>(socketAddress.Length);
        foreach (SOCKET_ADDRESS one in socketAddress)
        {
            if (error != WsaError.Success) break;
            error = WspProcTable.ReadPeer(socket, one.lpSockaddr, one.iSockaddrLength, out InetEndpoint peer);
            peers.Add(peer);
        }

        if (error == WsaError.Success) error = ConnectToAny(socket, peers, timeout);
        if (error != WsaError.Success) return Fail(error) == 0;
        if (!localAddress.IsEmpty) localAddressLength = WindowsSocketAddress.Write(socket.LocalName, localAddress);
        if (!remoteAddress.IsEmpty && socket.Socket.PeerName is { } name) remoteAddressLength = WindowsSocketAddress.Write(name, remoteAddress);
        return true;
    }

    private static WsaError ConnectToAny(WinsockSocket socket, List<InetEndpoint> peers, TIMEVAL? timeout)
    {
        NetworkSocket own = socket.Socket;
        TimeSpan? limit = timeout is { } given ? TimeSpan.FromMicroseconds(((double)given.tv_sec * MicrosecondsASecond) + given.tv_usec) : null;
        Time.Timestamp begin = own.TimeNow();
        WsaError error = WsaError.WSAEINVAL;
        bool wasBound = own.FactsNow().IsBound;
        foreach (InetEndpoint peer in peers)
        {
            error = WspProcTable.Connect(socket, peer, waits: false);
            if (error == WsaError.WSAEWOULDBLOCK)
            {
                TimeSpan left = limit is { } all ? all - (own.TimeNow() - begin) : Timeout.InfiniteTimeSpan;
                if (limit is not null && left < TimeSpan.Zero) left = TimeSpan.Zero;
                if (!WspProcTable.WaitUntil([own], () => !own.FactsInside().IsConnecting, left)) error = WsaError.WSAEINTR;
                TransferResult result = own.FinishConnectAs();
                if (result.Errno == Errno.EALREADY)
                {
                    own.GiveUpConnecting();
                    if (!wasBound) own.UnbindAs();
                    return WsaError.WSAETIMEDOUT;
                }

                error = result.ToWsaError();
            }

            if (error == WsaError.Success)
            {
                socket.LacksContext = true;
                return error;
            }

            if (own.IsClosedNow) return WsaError.WSAEINTR;
            // The next attempt, and the next call, find the socket as this one did.
            if (!wasBound) own.UnbindAs();
        }

        return error;
    }

    /// <summary>An address as the socket can connect to it, or null.</summary>
    private static InetAddress? Fitting(WinsockSocket socket, InetAddress address)
    {
        if (!socket.IsV6) return address.IsV6 ? null : address;
        if (address.IsV6) return address;
        return socket.Socket.DualMode ? address.MapToV6() : null;
    }

    private static bool LacksRoom(WinsockSocket socket, Span<byte> name, int length)
    {
        int needed = WindowsSocketAddress.LengthOf(socket.IsV6);
        return !name.IsEmpty && (length < needed || name.Length < needed);
    }
}
