using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Winsock;

// Connections: listening, calling, taking and ending them.
public sealed partial class WspProcTable
{
    /// <summary>int WSPListen(SOCKET s, int backlog, LPINT lpErrno)</summary>
    /// <param name="s">A stream that is bound; of one that listens, the backlog is changed.</param>
    /// <param name="backlog">How many connections may wait; SOMAXCONN for as many as may be.</param>
    /// <param name="lpErrno">
    /// WSAEOPNOTSUPP (no stream), WSAEISCONN (connected), WSAEINVAL (not bound; connecting), WSAEADDRINUSE (another listener, where the stack's
    /// personality has one alone).
    /// </param>
    public int WSPListen(SOCKET s, int backlog, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error != WsaError.Success) return Fail(error, ref lpErrno);
        if (!socket!.IsStream) return Fail(WsaError.WSAEOPNOTSUPP, ref lpErrno);
        SocketFacts facts = socket.Socket.FactsNow();
        if (facts.HasPeer) return Fail(WsaError.WSAEISCONN, ref lpErrno);
        if (!facts.IsBound) return Fail(WsaError.WSAEINVAL, ref lpErrno);
        return Answer(socket.Socket.ListenAs(Math.Max(backlog, 0)).ToWsaError(), ref lpErrno);
    }

    /// <summary>SOCKET WSPAccept(SOCKET s, struct sockaddr *addr, LPINT addrlen, LPCONDITIONPROC lpfnCondition, DWORD_PTR dwCallbackData, LPINT lpErrno)</summary>
    /// <remarks>The new socket has the listener's options, and blocks if the listener does.</remarks>
    /// <param name="s">A listener.</param>
    /// <param name="addr">Where the peer's name goes; or empty.</param>
    /// <param name="addrlen">How much there is room for; becomes how long the name is.</param>
    /// <param name="lpfnCondition">Asked whether the connection is wanted, on this thread, whose calls are answered WSAEINPROGRESS meanwhile; or null.</param>
    /// <param name="dwCallbackData">Given to it.</param>
    /// <param name="lpErrno">
    /// WSAEFAULT (no room for the name), WSAEOPNOTSUPP (no stream), WSAEINVAL (not a listener), WSAEWOULDBLOCK, WSAEINTR (closed meanwhile),
    /// WSAEMFILE, WSAECONNREFUSED (the condition function refused it), WSATRY_AGAIN (it has put it off: the next accept gets it).
    /// </param>
    public SOCKET WSPAccept(
        SOCKET s, Span<byte> addr, ref int addrlen, LPCONDITIONPROC? lpfnCondition, nuint dwCallbackData, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? listener);
        if (error == WsaError.Success && !addr.IsEmpty && !HasRoom(addr, addrlen, listener!.IsV6)) error = WsaError.WSAEFAULT;
        if (error == WsaError.Success && !listener!.IsStream) error = WsaError.WSAEOPNOTSUPP;
        NetworkSocket? accepted = null;
        if (error == WsaError.Success) error = Take(listener!, out accepted);
        if (error == WsaError.Success && lpfnCondition is not null) error = Ask(listener!, accepted!, lpfnCondition, dwCallbackData);
        SOCKET handle = SOCKET.Invalid;
        if (error == WsaError.Success) error = Install(accepted!, out handle);
        if (error != WsaError.Success) lpErrno = error;
        else if (!addr.IsEmpty) addrlen = WindowsSocketAddress.Write(accepted!.PeerName ?? NameOfNobody(listener!), addr);
        return handle;
    }

    /// <summary>int WSPConnect(SOCKET s, const struct sockaddr *name, int namelen, ..., LPINT lpErrno)</summary>
    /// <remarks>
    /// A socket that is not bound is bound on the way, and stays so when the call fails. A datagram socket gets a peer, and loses it by a connect
    /// to the wildcard.
    /// </remarks>
    /// <param name="s">The socket.</param>
    /// <param name="name">The octets of the peer's sockaddr.</param>
    /// <param name="namelen">How many of them.</param>
    /// <param name="lpErrno">
    /// WSAEFAULT (nothing, or too short), WSAEAFNOSUPPORT (another family), WSAEALREADY (it is connecting), WSAEISCONN, WSAEINVAL (a
    /// listener), WSAEADDRNOTAVAIL (no destination: the wildcard, port 0, of a stream a group or a broadcast; or not from the address that
    /// the socket has), WSAEACCES (a broadcast address without SO_BROADCAST), WSAENETUNREACH, WSAEHOSTUNREACH, WSAEADDRINUSE (the connection
    /// exists already), WSAENOBUFS (no port is left), WSAEWOULDBLOCK (begun: the socket does not block), WSAECONNREFUSED, WSAETIMEDOUT,
    /// WSAECONNRESET, WSAEINTR (closed meanwhile).
    /// </param>
    public int WSPConnect(SOCKET s, ReadOnlySpan<byte> name, int namelen, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? socket);
        InetEndpoint peer = default;
        if (error == WsaError.Success) error = ReadPeer(socket!, name, namelen, out peer);
        if (error == WsaError.Success) error = Connect(socket!, peer, socket!.Socket.Blocking);
        return Answer(error, ref lpErrno);
    }

    /// <summary>int WSPShutdown(SOCKET s, int how, LPINT lpErrno)</summary>
    /// <param name="s">The socket.</param>
    /// <param name="how">SD_RECEIVE, SD_SEND, SD_BOTH.</param>
    /// <param name="lpErrno">WSAEINVAL (another how), WSAENOTCONN (a stream without a peer; by ConnectEx, and no SO_UPDATE_CONNECT_CONTEXT yet).</param>
    public int WSPShutdown(SOCKET s, int how, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error != WsaError.Success) return Fail(error, ref lpErrno);
        if (how is < Winsock2.SD_RECEIVE or > Winsock2.SD_BOTH) return Fail(WsaError.WSAEINVAL, ref lpErrno);
        if (socket!.IsStream && (socket.LacksContext || !socket.Socket.FactsNow().HasPeer)) return Fail(WsaError.WSAENOTCONN, ref lpErrno);
        return Answer(socket.Socket.ShutDownAs((SocketShutdown)how).ToWsaError(), ref lpErrno);
    }

    /// <summary>Connects, and answers in Winsock's words. The peer has been read.</summary>
    internal static WsaError Connect(WinsockSocket socket, in InetEndpoint peer, bool waits)
    {
        if (socket.IsConnectingEx) return WsaError.WSAEALREADY;
        TransferResult result = socket.Socket.ConnectAnew(peer, waits);
        return result.IsDone ? WsaError.Success : CodeOfConnect(socket, result.Rule, result.ToWsaError());
    }

    /// <summary>What a connect makes of two rules that other calls know by other codes.</summary>
    internal static WsaError CodeOfConnect(WinsockSocket socket, BindRule rule, WsaError usual) => rule switch
    {
        BindRule.AlreadyConnected when socket.Socket.IsListening => WsaError.WSAEINVAL,
        BindRule.RouteInvalid when socket.Socket.LocalName.Address.IsLoopback => WsaError.WSAEADDRNOTAVAIL,
        _ => usual,
    };

    /// <summary>Reads where to connect or send to.</summary>
    internal static WsaError ReadPeer(WinsockSocket socket, ReadOnlySpan<byte> name, int length, out InetEndpoint peer)
    {
        BindRule rule = WindowsSocketAddress.Read(name, length, socket.IsV6, out peer);
        if (rule == BindRule.Granted) return WsaError.Success;
        // One of the other family may well be shorter than the socket's own would have to be.
        bool isOther = rule == BindRule.BadFamily || WindowsSocketAddress.Read(name, length, !socket.IsV6, out _) == BindRule.Granted;
        return isOther ? WsaError.WSAEAFNOSUPPORT : WsaError.WSAEFAULT;
    }

    private static WsaError Take(WinsockSocket listener, out NetworkSocket? accepted)
    {
        accepted = listener.TakeDeferred();
        if (accepted is not null) return WsaError.Success;
        bool blocks = listener.Socket.Blocking;
        TransferResult result = listener.Socket.AcceptHowever(out accepted);
        if (accepted is null) return result.ToWsaError();
        accepted.Blocking = blocks;
        return WsaError.Success;
    }

    private WsaError Ask(WinsockSocket listener, NetworkSocket accepted, LPCONDITIONPROC condition, nuint data)
    {
        byte[] caller = WindowsSocketAddress.ToOctets(accepted.PeerName ?? NameOfNobody(listener)), callee = WindowsSocketAddress.ToOctets(accepted.LocalName);
        int verdict;
        try
        {
            verdict = _provider.RunCallback(() => condition(caller, callee, data));
        }
        catch
        {
            WinsockSocket.Refuse(accepted);      // it is the caller's own exception, and goes to the caller
            throw;
        }

        if (verdict == Winsock2.CF_ACCEPT) return WsaError.Success;
        if (verdict == Winsock2.CF_DEFER)
        {
            listener.Defer(accepted);
            if (listener.Socket.FactsNow().IsClosed) listener.Close(byReset: false);
            return WsaError.WSATRY_AGAIN;
        }

        WinsockSocket.Refuse(accepted);
        return verdict == Winsock2.CF_REJECT ? WsaError.WSAECONNREFUSED : WsaError.WSAEINVAL;
    }

    private static InetEndpoint NameOfNobody(WinsockSocket socket) => new(socket.IsV6 ? InetAddress.AnyV6 : InetAddress.AnyV4, 0);
}
