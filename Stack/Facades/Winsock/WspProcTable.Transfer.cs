using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Udp;

namespace UserNet.Facades.Winsock;

// Sending and receiving.
public sealed partial class WspProcTable
{
    private const int SendFlags = Winsock2.MSG_OOB | Winsock2.MSG_DONTROUTE;
    private const int ReceiveFlags = Winsock2.MSG_OOB | Winsock2.MSG_PEEK | Winsock2.MSG_WAITALL;

    /// <summary>int WSPSend(SOCKET s, ..., DWORD dwFlags, ..., LPINT lpErrno): to the peer. A socket that has none is not bound by it.</summary>
    /// <param name="s">The socket.</param>
    /// <param name="buf">What to send.</param>
    /// <param name="len">How much of it.</param>
    /// <param name="flags">MSG_DONTROUTE; of a stream MSG_OOB.</param>
    /// <param name="lpErrno">
    /// WSAEFAULT (less is there than is to be sent), WSAENOTCONN, WSAESHUTDOWN, WSAEOPNOTSUPP (other flags), WSAEWOULDBLOCK, WSAETIMEDOUT
    /// (SO_SNDTIMEO), WSAEMSGSIZE, WSAECONNRESET, WSAECONNABORTED, WSAENETUNREACH, WSAEHOSTUNREACH, WSAENETDOWN (the interface), WSAEINTR.
    /// </param>
    /// <returns>How many octets, fewer than all only where the socket does not block; or SOCKET_ERROR.</returns>
    public int WSPSend(SOCKET s, ReadOnlySpan<byte> buf, int len, int flags, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error == WsaError.Success && (uint)len > (uint)buf.Length) error = WsaError.WSAEFAULT;
        if (error != WsaError.Success) return Fail(error, ref lpErrno);
        if (!socket!.IsStream && !socket.Socket.FactsNow().HasPeer) return Fail(WsaError.WSAENOTCONN, ref lpErrno);
        return Send(socket, buf[..len], flags, null, ref lpErrno);
    }

    /// <summary>int WSPSendTo(SOCKET s, ..., const struct sockaddr *lpTo, int iTolen, ..., LPINT lpErrno)</summary>
    /// <remarks>A socket that is not bound is bound on the way: to the wildcard, and a port that the stack chooses. A stream sends to its peer.</remarks>
    /// <param name="s">The socket.</param>
    /// <param name="buf">What to send.</param>
    /// <param name="len">How much of it.</param>
    /// <param name="flags">MSG_DONTROUTE.</param>
    /// <param name="to">The octets of a sockaddr; empty for the peer.</param>
    /// <param name="tolen">How many of them.</param>
    /// <param name="lpErrno">
    /// As WSPSend; WSAEFAULT (an address that is too short), WSAEAFNOSUPPORT (another family), WSAEADDRNOTAVAIL (the wildcard, port 0),
    /// WSAEACCES (a broadcast address without SO_BROADCAST), WSAENOBUFS (no port is left).
    /// </param>
    public int WSPSendTo(SOCKET s, ReadOnlySpan<byte> buf, int len, int flags, ReadOnlySpan<byte> to, int tolen, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error == WsaError.Success && (uint)len > (uint)buf.Length) error = WsaError.WSAEFAULT;
        if (error == WsaError.Success && (socket!.IsStream || to.IsEmpty)) return WSPSend(s, buf, len, flags, ref lpErrno);
        InetEndpoint peer = default;
        if (error == WsaError.Success) error = ReadPeer(socket!, to, tolen, out peer);
        return error == WsaError.Success ? Send(socket!, buf[..len], flags, peer, ref lpErrno) : Fail(error, ref lpErrno);
    }

    /// <summary>int WSPRecv(SOCKET s, ..., LPDWORD lpFlags, ..., LPINT lpErrno)</summary>
    /// <param name="s">The socket.</param>
    /// <param name="buf">Where what has come goes.</param>
    /// <param name="len">How much there is room for.</param>
    /// <param name="flags">MSG_PEEK; of a stream MSG_WAITALL.</param>
    /// <param name="lpErrno">
    /// WSAEFAULT (less room than is said), WSAENOTCONN (a stream), WSAEINVAL (a datagram socket that is not bound; MSG_OOB where no urgent octet is, or it is in line),
    /// WSAESHUTDOWN, WSAEOPNOTSUPP (other flags), WSAEWOULDBLOCK, WSAETIMEDOUT (SO_RCVTIMEO; the connection), WSAEMSGSIZE (a datagram was longer:
    /// the buffer is full and the rest is lost), WSAECONNRESET (also: an earlier datagram found nobody), WSAECONNABORTED, WSAEINTR.
    /// </param>
    /// <returns>How many octets, 0 when the peer has ended; or SOCKET_ERROR.</returns>
    public int WSPRecv(SOCKET s, Span<byte> buf, int len, int flags, ref WsaError lpErrno)
    {
        int none = 0;
        return WSPRecvFrom(s, buf, len, flags, default, ref none, ref lpErrno);
    }

    /// <summary>int WSPRecvFrom(SOCKET s, ..., struct sockaddr *lpFrom, LPINT lpFromlen, ..., LPINT lpErrno)</summary>
    /// <param name="s">The socket.</param>
    /// <param name="buf">Where what has come goes.</param>
    /// <param name="len">How much there is room for.</param>
    /// <param name="flags">MSG_PEEK.</param>
    /// <param name="from">Where the sender's name goes, of a stream nothing; or empty.</param>
    /// <param name="fromlen">How much there is room for; becomes how long the name is.</param>
    /// <param name="lpErrno">As WSPRecv; WSAEFAULT (no room for the name).</param>
    public int WSPRecvFrom(SOCKET s, Span<byte> buf, int len, int flags, Span<byte> from, ref int fromlen, ref WsaError lpErrno)
    {
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error == WsaError.Success && (uint)len > (uint)buf.Length) error = WsaError.WSAEFAULT;
        if (error == WsaError.Success && !from.IsEmpty && !HasRoom(from, fromlen, socket!.IsV6)) error = WsaError.WSAEFAULT;
        if (error == WsaError.Success) error = CheckReceive(socket!, flags);
        if (error != WsaError.Success) return Fail(error, ref lpErrno);
        return socket!.IsStream ? ReceiveStream(socket, buf[..len], flags, ref lpErrno) : ReceiveDatagram(socket, buf[..len], flags, from, ref fromlen, ref lpErrno);
    }

    private static int Send(WinsockSocket socket, ReadOnlySpan<byte> octets, int flags, in InetEndpoint? peer, ref WsaError lpErrno)
    {
        if ((flags & ~SendFlags) != 0 || ((flags & Winsock2.MSG_OOB) != 0 && !socket.IsStream)) return Fail(WsaError.WSAEOPNOTSUPP, ref lpErrno);
        SocketFacts facts = socket.Socket.FactsNow();
        if (facts.IsClosed) return Fail(WsaError.WSAENOTSOCK, ref lpErrno);
        if (socket.IsStream && !facts.HasPeer) return Fail(WsaError.WSAENOTCONN, ref lpErrno);
        if (facts.IsSendShut) return Fail(WsaError.WSAESHUTDOWN, ref lpErrno);
        TransferResult result = socket.Socket.SendOrTimeOut(octets, (SocketFlags)flags, peer);      // SocketFlags has Windows' numbers
        if (result.IsDone) return result.Octets;
        if (result.Errno == Errno.EPIPE) return Fail(CodeOfBroken(socket.Socket.FactsNow()), ref lpErrno);
        return Fail(CodeOfConnect(socket, result.Rule, result.ToWsaError()), ref lpErrno);
    }

    /// <summary>Linux's EPIPE tells two things that Winsock keeps apart, and of a connection that is gone not why.</summary>
    private static WsaError CodeOfBroken(in SocketFacts facts) =>
        facts.IsClosed ? WsaError.WSAENOTSOCK
        : facts.IsSendShut ? WsaError.WSAESHUTDOWN
        : facts.Failure != Errno.Success ? facts.Failure.ToWsaError() : WsaError.WSAECONNABORTED;

    private static WsaError CheckReceive(WinsockSocket socket, int flags)
    {
        SocketFacts facts = socket.Socket.FactsNow();
        if (facts.IsClosed) return WsaError.WSAENOTSOCK;
        if (socket.IsStream && !facts.HasPeer) return WsaError.WSAENOTCONN;
        if (!socket.IsStream && !facts.IsBound) return WsaError.WSAEINVAL;
        int known = socket.IsStream ? ReceiveFlags : Winsock2.MSG_PEEK;
        if ((flags & ~known) != 0) return WsaError.WSAEOPNOTSUPP;
        return facts.IsReceiveShut ? WsaError.WSAESHUTDOWN : WsaError.Success;
    }

    private static int ReceiveStream(WinsockSocket socket, Span<byte> buffer, int flags, ref WsaError lpErrno)
    {
        SocketFlags how = (SocketFlags)(flags & (Winsock2.MSG_PEEK | Winsock2.MSG_OOB));      // SocketFlags has Windows' numbers
        if ((flags & Winsock2.MSG_WAITALL) != 0) how |= StreamFlags.WaitAll;
        TransferResult result = socket.Socket.ReceiveOrTimeOut(buffer, how, out _);
        if (!result.IsDone) return Fail(result.ToWsaError(), ref lpErrno);
        if (result.Octets > 0 || buffer.IsEmpty) return result.Octets;
        // Windows tells of a broken connection as often as it is asked, Linux once.
        SocketFacts facts = socket.Socket.FactsNow();
        if (facts.IsClosed) return Fail(WsaError.WSAEINTR, ref lpErrno);
        if (facts.IsReceiveShut) return Fail(WsaError.WSAESHUTDOWN, ref lpErrno);
        return facts.Failure != Errno.Success ? Fail(facts.Failure.ToWsaError(), ref lpErrno) : 0;
    }

    private static int ReceiveDatagram(
        WinsockSocket socket, Span<byte> buffer, int flags, Span<byte> from, ref int fromlen, ref WsaError lpErrno)
    {
        TransferResult result = socket.Socket.ReceiveOrTimeOut(buffer, (SocketFlags)flags | SocketFlags.Truncated, out DatagramInfo info);
        if (!result.IsDone) return Fail(result.ToWsaError(), ref lpErrno);
        if (info == default)      // no datagram: receiving was shut down while the call waited
            return Fail(socket.Socket.FactsNow().IsReceiveShut ? WsaError.WSAESHUTDOWN : WsaError.WSAEINTR, ref lpErrno);
        if (!from.IsEmpty) fromlen = WindowsSocketAddress.Write(Shown(socket, info.Source), from);
        return result.Octets > buffer.Length ? Fail(WsaError.WSAEMSGSIZE, ref lpErrno) : result.Octets;
    }

    private static InetEndpoint Shown(WinsockSocket socket, in InetEndpoint source) =>
        socket.IsV6 ? source with { Address = source.Address.MapToV6() } : source;
}
