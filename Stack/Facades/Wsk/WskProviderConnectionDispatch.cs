using UserNet.Errors;

namespace UserNet.Facades.Wsk;

/// <summary>WSK_PROVIDER_CONNECTION_DISPATCH: the calls of a connection-oriented socket.</summary>
/// <inheritdoc cref="WskProviderBasicDispatch" path="/remarks"/>
public sealed class WskProviderConnectionDispatch : WskProviderBasicDispatch
{
    internal static readonly WskProviderConnectionDispatch Instance = new();

    private WskProviderConnectionDispatch()
    {
    }

    /// <summary>Binds the socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="localAddress">A SOCKADDR, as long as its family says; the wildcard becomes an address when it connects.</param>
    /// <param name="flags">Zero.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; in this order STATUS_INVALID_PARAMETER (no IRP, no address, flags), STATUS_NOT_SUPPORTED (a socket of another
    /// category), STATUS_FILE_FORCED_CLOSED (it no longer works), STATUS_INVALID_ADDRESS (another family), STATUS_ADDRESS_ALREADY_ASSOCIATED (bound
    /// already), STATUS_INVALID_ADDRESS_COMPONENT (not one of the host's addresses), STATUS_ADDRESS_ALREADY_EXISTS or STATUS_ACCESS_DENIED (who has
    /// the address does not share it), STATUS_TOO_MANY_ADDRESSES (no port is free); STATUS_CANCELLED.
    /// </returns>
    public NtStatus WskBind(WskSocket? socket, ReadOnlySpan<byte> localAddress, uint flags, Irp? irp) => Bind(socket, localAddress, flags, irp);

    /// <summary>Connects the socket, which has to be bound; a wildcard becomes the address that the route gives.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="remoteAddress">A SOCKADDR, as long as its family says.</param>
    /// <param name="flags">Zero.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; STATUS_INVALID_DEVICE_STATE (not bound; it listens), STATUS_CONNECTION_REFUSED, STATUS_IO_TIMEOUT,
    /// STATUS_NETWORK_UNREACHABLE, STATUS_HOST_UNREACHABLE, STATUS_INVALID_ADDRESS (another family), STATUS_INVALID_ADDRESS_COMPONENT (no
    /// destination), STATUS_ADDRESS_ALREADY_EXISTS (there is such a connection), STATUS_CONNECTION_ACTIVE (connected, or about to be),
    /// STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED, STATUS_CANCELLED (the attempt ends), STATUS_FILE_FORCED_CLOSED.
    /// </returns>
    public NtStatus WskConnect(WskSocket? socket, ReadOnlySpan<byte> remoteAddress, uint flags, Irp? irp) => Connect(socket, remoteAddress, flags, irp);

    /// <summary>Reads the local address.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="localAddress">Room for a SOCKADDR of the socket's family; lent until the IRP is complete.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; STATUS_INVALID_DEVICE_STATE (not bound), STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER,
    /// STATUS_NOT_SUPPORTED, STATUS_CANCELLED, STATUS_FILE_FORCED_CLOSED.
    /// </returns>
    public NtStatus WskGetLocalAddress(WskSocket? socket, Memory<byte> localAddress, Irp? irp) => Name(socket, ofPeer: false, localAddress, irp);

    /// <summary>Reads the peer's address.</summary>
    /// <inheritdoc cref="WskGetLocalAddress"/>
    /// <param name="socket">The socket.</param>
    /// <param name="remoteAddress">Room for a SOCKADDR of the socket's family; lent until the IRP is complete.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>As <see cref="WskGetLocalAddress"/>; STATUS_INVALID_CONNECTION (not connected).</returns>
    public NtStatus WskGetRemoteAddress(WskSocket? socket, Memory<byte> remoteAddress, Irp? irp) => Name(socket, ofPeer: true, remoteAddress, irp);

    /// <summary>Sends octets; the IRP is complete once the stack has taken them all.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">The octets, lent until the IRP is complete.</param>
    /// <param name="flags">Zero, or WSK_FLAG_NODELAY: what fits into the send buffer goes at once, with all that waited before it.</param>
    /// <param name="irp">Completed with the answer, and how many octets.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; STATUS_INVALID_CONNECTION (not connected), STATUS_CONNECTION_RESET, STATUS_CONNECTION_ABORTED,
    /// STATUS_CONNECTION_DISCONNECTED (sending has ended), STATUS_INVALID_PARAMETER (a range beyond its memory), STATUS_NOT_SUPPORTED (other flags),
    /// STATUS_CANCELLED, STATUS_FILE_FORCED_CLOSED.
    /// </returns>
    public NtStatus WskSend(WskSocket? socket, WskBuf buffer, uint flags, Irp? irp) => Send(socket, buffer, flags, irp);

    /// <summary>Receives octets; the IRP pends until some have come. None at all means that the peer has disconnected.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">
    /// Room for them, lent until the IRP is complete; without any nothing is received, but WskReceiveEvent goes on where it was left.
    /// </param>
    /// <param name="flags">
    /// Zero; WSK_FLAG_WAITALL; or, without room, WSK_FLAG_DRAIN: all that comes is thrown away, and the IRP pends until the connection has ended.
    /// </param>
    /// <param name="irp">Completed with the answer, and how many octets; one that is cancelled may have some.</param>
    /// <returns>As <see cref="WskSend"/>.</returns>
    public NtStatus WskReceive(WskSocket? socket, WskBuf buffer, uint flags, Irp? irp) => Receive(socket, buffer, flags, irp);

    /// <summary>
    /// Ends sending, after what is still to be sent, and completes when the peer has acknowledged all; or resets the connection at once.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">What to send before; null for nothing. Lent until the IRP is complete.</param>
    /// <param name="flags">Zero, or WSK_FLAG_ABORTIVE without a buffer.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>As <see cref="WskSend"/>.</returns>
    public NtStatus WskDisconnect(WskSocket? socket, WskBuf? buffer, uint flags, Irp? irp) => Disconnect(socket, buffer, flags, irp);

    /// <summary>Gives back what WskReceiveEvent kept by STATUS_PENDING. There is no IRP.</summary>
    /// <param name="socket">The socket whose callback was shown it; it may be closed by now.</param>
    /// <param name="dataIndication">What it was shown.</param>
    /// <returns>STATUS_SUCCESS; STATUS_INVALID_PARAMETER (null, another socket's, not kept, released already), STATUS_NOT_SUPPORTED (another category).</returns>
    public NtStatus WskRelease(WskSocket? socket, WskDataIndication? dataIndication) => Release(socket, dataIndication);
}
