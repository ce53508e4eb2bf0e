using UserNet.Errors;

namespace UserNet.Facades.Wsk;

/// <summary>WskAcceptEvent: a connection has been accepted.</summary>
/// <remarks>PFN_WSK_ACCEPT_EVENT of wsk.h. Called on the stack's scheduler, outside the stack, one at a time a socket; it may make other calls, but not wait for them.</remarks>
/// <param name="socketContext">The listening socket's context.</param>
/// <param name="flags">Zero.</param>
/// <param name="localAddress">Where it arrived: a SOCKADDR, valid during the call.</param>
/// <param name="remoteAddress">Where it comes from.</param>
/// <param name="acceptSocket">Its socket; null when the listening socket works no longer, and is to be closed.</param>
/// <param name="acceptSocketContext">Receives the context for the new socket's callbacks.</param>
/// <param name="acceptSocketDispatch">Receives those callbacks; null for none.</param>
/// <returns>STATUS_SUCCESS; STATUS_REQUEST_NOT_ACCEPTED has the connection closed.</returns>
public delegate NtStatus WskAcceptEvent(
    object? socketContext, uint flags, ReadOnlySpan<byte> localAddress, ReadOnlySpan<byte> remoteAddress, WskSocket? acceptSocket,
    out object? acceptSocketContext, out WskClientConnectionDispatch? acceptSocketDispatch);

/// <summary>WskReceiveEvent: octets have come.</summary>
/// <remarks>PFN_WSK_RECEIVE_EVENT of wsk.h. Called on the stack's scheduler, outside the stack, one at a time a socket; it may make other calls, but not wait for them.</remarks>
/// <param name="socketContext">The socket's context.</param>
/// <param name="flags">Zero.</param>
/// <param name="dataIndication">The octets; null when the socket works no longer, and is to be closed.</param>
/// <param name="bytesIndicated">How many there are.</param>
/// <param name="bytesAccepted">How many of them are taken; all, unless it is set. Looked at with STATUS_SUCCESS alone.</param>
/// <returns>
/// STATUS_SUCCESS; STATUS_PENDING takes them all and keeps the indication, which is given back by WskRelease; STATUS_DATA_NOT_ACCEPTED takes none.
/// Unless all were taken, there are no more such events until WskReceive is called.
/// </returns>
public delegate NtStatus WskReceiveEvent(
    object? socketContext, uint flags, WskDataIndication? dataIndication, int bytesIndicated, ref int bytesAccepted);

/// <summary>WskDisconnectEvent: the peer has disconnected.</summary>
/// <remarks>PFN_WSK_DISCONNECT_EVENT of wsk.h. Called on the stack's scheduler, outside the stack, one at a time a socket; it may make other calls, but not wait for them.</remarks>
/// <param name="socketContext">The socket's context.</param>
/// <param name="flags">Zero, or WSK_FLAG_ABORTIVE.</param>
/// <returns>STATUS_SUCCESS.</returns>
public delegate NtStatus WskDisconnectEvent(object? socketContext, uint flags);

/// <summary>WskReceiveFromEvent: a datagram has come.</summary>
/// <remarks>PFN_WSK_RECEIVE_FROM_EVENT of wsk.h. Called on the stack's scheduler, outside the stack, one at a time a socket; it may make other calls, but not wait for them.</remarks>
/// <param name="socketContext">The socket's context.</param>
/// <param name="flags">MSG_BCAST, MSG_MCAST, or zero.</param>
/// <param name="dataIndication">The datagram; null when the socket works no longer, and is to be closed.</param>
/// <returns>
/// STATUS_SUCCESS; STATUS_PENDING takes it and keeps the indication, which is given back by WskRelease; STATUS_DATA_NOT_ACCEPTED leaves it to be
/// received, and disables the callback; where the callback is static, it goes on, and the datagram is lost.
/// </returns>
public delegate NtStatus WskReceiveFromEvent(object? socketContext, uint flags, WskDatagramIndication? dataIndication);

/// <summary>The callbacks that a client gives with a socket: one of the four tables that derive from it, by the socket's category.</summary>
public abstract class WskClientSocketDispatch
{
    private protected WskClientSocketDispatch()
    {
    }
}

/// <summary>WSK_CLIENT_LISTEN_DISPATCH.</summary>
public sealed class WskClientListenDispatch : WskClientSocketDispatch
{
    /// <summary>A connection has been accepted; null for none.</summary>
    public WskAcceptEvent? WskAcceptEvent { get; init; }
}

/// <summary>WSK_CLIENT_CONNECTION_DISPATCH.</summary>
public sealed class WskClientConnectionDispatch : WskClientSocketDispatch
{
    /// <summary>Octets have come; null for none.</summary>
    public WskReceiveEvent? WskReceiveEvent { get; init; }

    /// <summary>The peer has disconnected; null for none.</summary>
    public WskDisconnectEvent? WskDisconnectEvent { get; init; }
}

/// <summary>WSK_CLIENT_DATAGRAM_DISPATCH.</summary>
public sealed class WskClientDatagramDispatch : WskClientSocketDispatch
{
    /// <summary>A datagram has come; null for none.</summary>
    public WskReceiveFromEvent? WskReceiveFromEvent { get; init; }
}

/// <summary>WSK_CLIENT_STREAM_DISPATCH.</summary>
public sealed class WskClientStreamDispatch : WskClientSocketDispatch
{
    /// <summary>For a socket that listens; null for none.</summary>
    public WskClientListenDispatch? Listen { get; init; }

    /// <summary>For a socket that connects; null for none.</summary>
    public WskClientConnectionDispatch? Connect { get; init; }
}

/// <summary>WSK_EVENT_CALLBACK_CONTROL: which event callbacks to enable, or which one to disable.</summary>
/// <param name="EventMask">WSK_EVENT_ACCEPT and so on; with WSK_EVENT_DISABLE exactly one.</param>
public readonly record struct WskEventCallbackControl(uint EventMask);

/// <summary>WSK_CLIENT_DISPATCH.</summary>
/// <param name="Version">The version that the client wants: <see cref="WskConstants.MAKE_WSK_VERSION"/>.</param>
public sealed record WskClientDispatch(ushort Version);

/// <summary>WSK_CLIENT_NPI: what a client registers.</summary>
/// <param name="ClientContext">The client's own.</param>
/// <param name="Dispatch">Its table.</param>
public sealed record WskClientNpi(object? ClientContext, WskClientDispatch Dispatch);
