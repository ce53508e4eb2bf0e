using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Winsock;

#pragma warning disable CA1711 // the field's own names

// Overlapped connects.
public sealed partial class WspProcTable
{
    /// <summary>
    /// ConnectEx, with the error in <c>lpErrno</c>: connects a stream that is bound, sends once it is connected, and ends later.
    /// </summary>
    /// <remarks>
    /// Until SO_UPDATE_CONNECT_CONTEXT is set the socket sends and receives, and to WSPGetPeerName and WSPShutdown it is not connected.
    /// </remarks>
    /// <param name="s">The socket.</param>
    /// <param name="name">The octets of the peer's sockaddr.</param>
    /// <param name="namelen">How many of them.</param>
    /// <param name="lpSendBuffer">What is sent once the connection is there; or empty. It is copied.</param>
    /// <param name="dwSendDataLength">How much of it.</param>
    /// <param name="lpdwBytesSent">0: every call ends later.</param>
    /// <param name="lpOverlapped">What tells how it ends: as WSPConnect, or WSA_OPERATION_ABORTED (closed meanwhile).</param>
    /// <param name="lpErrno">
    /// WSA_IO_PENDING (begun); else nothing was begun: WSA_INVALID_PARAMETER (no OVERLAPPED), WSAEOPNOTSUPP (no stream), WSAEFAULT,
    /// WSAEAFNOSUPPORT, WSAEINVAL (not bound; a listener), WSAEALREADY, WSAEISCONN, and what WSPConnect answers at once.
    /// </param>
    /// <returns>False.</returns>
    public bool WSPConnectEx(
        SOCKET s, ReadOnlySpan<byte> name, int namelen, ReadOnlySpan<byte> lpSendBuffer, uint dwSendDataLength, out uint lpdwBytesSent,
        OVERLAPPED? lpOverlapped, ref WsaError lpErrno)
    {
        lpdwBytesSent = 0;
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error == WsaError.Success && lpOverlapped is null) error = WsaError.WSA_INVALID_PARAMETER;
        InetEndpoint peer = default;
        if (error == WsaError.Success) error = CheckConnectEx(socket!, name, namelen, lpSendBuffer, dwSendDataLength, out peer);
        if (error == WsaError.Success)
        {
            byte[] octets = lpSendBuffer.IsEmpty ? [] : lpSendBuffer[..(int)dwSendDataLength].ToArray();
            error = BeginConnectEx(socket!, peer, octets, lpOverlapped!);
        }

        lpErrno = error;
        return false;
    }

    /// <summary>BOOL WSPGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED lpOverlapped, LPDWORD lpcbTransfer, BOOL fWait, LPDWORD lpdwFlags, LPINT lpErrno)</summary>
    /// <param name="s">The socket that the call was made on.</param>
    /// <param name="lpOverlapped">What the call was given.</param>
    /// <param name="lpcbTransfer">How many octets were sent.</param>
    /// <param name="fWait">Whether to wait until the call has ended.</param>
    /// <param name="lpErrno">WSA_INVALID_PARAMETER (none, or of another socket), WSA_IO_INCOMPLETE (it goes on); or how the call ended.</param>
    /// <returns>True when the call has ended well.</returns>
    public bool WSPGetOverlappedResult(SOCKET s, OVERLAPPED? lpOverlapped, out uint lpcbTransfer, bool fWait, ref WsaError lpErrno)
    {
        lpcbTransfer = 0;
        WsaError error = Find(s, out WinsockSocket? socket);
        if (error == WsaError.Success && (lpOverlapped is null || !lpOverlapped.IsOf(socket!))) error = WsaError.WSA_INVALID_PARAMETER;
        if (error == WsaError.Success && fWait) lpOverlapped!.Wait(_provider.Stack.Core);
        if (error == WsaError.Success) error = lpOverlapped!.HasCompleted ? lpOverlapped.Status : WsaError.WSA_IO_INCOMPLETE;
        if (error != WsaError.Success)
        {
            lpErrno = error;
            return false;
        }

        lpcbTransfer = lpOverlapped!.Transferred;
        return true;
    }

    /// <summary>What WSAConnectByList and WSAConnectByName look at before the first address is tried.</summary>
    internal WsaError CheckConnectByList(SOCKET s, bool mayBeBound, out WinsockSocket? socket)
    {
        WsaError error = Find(s, out socket);
        if (error != WsaError.Success) return error;
        if (!socket!.IsStream) return WsaError.WSAEOPNOTSUPP;
        SocketFacts facts = socket.Socket.FactsNow();
        return (facts.IsBound && !mayBeBound) || facts.HasPeer || facts.IsConnecting || facts.IsListening ? WsaError.WSAEINVAL : WsaError.Success;
    }

    private static WsaError CheckConnectEx(
        WinsockSocket socket, ReadOnlySpan<byte> name, int namelen, ReadOnlySpan<byte> sent, uint sentLength, out InetEndpoint peer)
    {
        peer = default;
        if (!socket.IsStream) return WsaError.WSAEOPNOTSUPP;
        if (!sent.IsEmpty && sentLength > (uint)sent.Length) return WsaError.WSAEFAULT;
        if (ReadPeer(socket, name, namelen, out peer) is var read and not WsaError.Success) return read;
        SocketFacts facts = socket.Socket.FactsNow();
        if (!facts.IsBound || facts.IsListening) return WsaError.WSAEINVAL;
        if (facts.HasPeer) return WsaError.WSAEISCONN;
        return facts.IsConnecting || socket.IsConnectingEx ? WsaError.WSAEALREADY : WsaError.Success;
    }

    private WsaError BeginConnectEx(WinsockSocket socket, in InetEndpoint peer, byte[] octets, OVERLAPPED overlapped)
    {
        if (!overlapped.HasCompleted) return WsaError.WSA_INVALID_PARAMETER;
        socket.Socket.FinishConnectAs();      // one that has failed is forgotten
        overlapped.Begin(socket);
        socket.IsConnectingEx = true;
        Task connecting = socket.Socket.ConnectAsync(peer).AsTask();
        // What a rule refuses was never begun; a peer of the same host may have answered by now, and that is told later all the same.
        if (connecting.Exception?.InnerException is NetworkException { Rule: not BindRule.Granted } refused)
        {
            socket.IsConnectingEx = false;
            overlapped.TakeBack();
            return ErrorOf(socket, refused);
        }

        _ = CompleteAsync(socket, connecting, octets, overlapped);
        return WsaError.WSA_IO_PENDING;
    }

    private async Task CompleteAsync(WinsockSocket socket, Task connecting, byte[] octets, OVERLAPPED overlapped)
    {
        WsaError status = WsaError.Success;
        uint sent = 0;
        try
        {
            await connecting.ConfigureAwait(false);
            socket.LacksContext = true;
            if (octets.Length > 0) sent = (uint)await socket.Socket.SendAsync(octets).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NetworkException or ObjectDisposedException)
        {
            status = ErrorOf(socket, failure);
        }

        socket.IsConnectingEx = false;
        overlapped.End(_provider.Stack.Core, status, sent);
    }

    private static WsaError ErrorOf(WinsockSocket socket, Exception? failure)
    {
        if (failure is not NetworkException refused || refused.Errno == Errno.EBADF) return WsaError.WSA_OPERATION_ABORTED;
        WsaError usual = refused.Rule != BindRule.Granted ? refused.Rule.ToWsaError() : refused.Errno.ToWsaError();
        return CodeOfConnect(socket, refused.Rule, usual);
    }
}
