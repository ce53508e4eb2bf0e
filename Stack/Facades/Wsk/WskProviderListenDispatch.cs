using UserNet.Errors;

namespace UserNet.Facades.Wsk;

/// <summary>WSK_PROVIDER_LISTEN_DISPATCH: the calls of a listening socket.</summary>
/// <inheritdoc cref="WskProviderBasicDispatch" path="/remarks"/>
public sealed class WskProviderListenDispatch : WskProviderBasicDispatch
{
    internal static readonly WskProviderListenDispatch Instance = new();

    private WskProviderListenDispatch()
    {
    }

    /// <summary>Binds the socket, and has it listen.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="localAddress">A SOCKADDR, as long as its family says; of the wildcard, it listens at all addresses.</param>
    /// <param name="flags">Zero.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; in this order STATUS_INVALID_PARAMETER (no IRP, no address, flags), STATUS_NOT_SUPPORTED (a socket of another
    /// category), STATUS_FILE_FORCED_CLOSED (it no longer works), STATUS_INVALID_ADDRESS (another family), STATUS_ADDRESS_ALREADY_ASSOCIATED (bound
    /// already), STATUS_INVALID_ADDRESS_COMPONENT (not one of the host's addresses), STATUS_ADDRESS_ALREADY_EXISTS or STATUS_ACCESS_DENIED (who has
    /// the address does not share it), STATUS_TOO_MANY_ADDRESSES (no port is free); STATUS_CANCELLED.
    /// </returns>
    public NtStatus WskBind(WskSocket? socket, ReadOnlySpan<byte> localAddress, uint flags, Irp? irp) => Bind(socket, localAddress, flags, irp);

    /// <summary>Accepts a connection; the IRP pends until one comes, and brings its socket.</summary>
    /// <param name="listenSocket">A socket that listens.</param>
    /// <param name="flags">Zero.</param>
    /// <param name="acceptSocketContext">The new socket's context.</param>
    /// <param name="acceptSocketDispatch">The new socket's callbacks, or null.</param>
    /// <param name="localAddress">Room for a SOCKADDR: where the connection arrived; none for nobody asks. Lent until the IRP is complete.</param>
    /// <param name="remoteAddress">The same of where it comes from.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; STATUS_INVALID_DEVICE_STATE (it does not listen), STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER,
    /// STATUS_NOT_SUPPORTED, STATUS_CANCELLED, STATUS_FILE_FORCED_CLOSED.
    /// </returns>
    public NtStatus WskAccept(
        WskSocket? listenSocket, uint flags, object? acceptSocketContext, WskClientConnectionDispatch? acceptSocketDispatch,
        Memory<byte> localAddress, Memory<byte> remoteAddress, Irp? irp) =>
        Accept(listenSocket, flags, acceptSocketContext, acceptSocketDispatch, localAddress, remoteAddress, irp);

    /// <summary>Reads the local address.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="localAddress">Room for a SOCKADDR of the socket's family; lent until the IRP is complete.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; STATUS_INVALID_DEVICE_STATE (not bound), STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER,
    /// STATUS_NOT_SUPPORTED, STATUS_CANCELLED, STATUS_FILE_FORCED_CLOSED.
    /// </returns>
    public NtStatus WskGetLocalAddress(WskSocket? socket, Memory<byte> localAddress, Irp? irp) => Name(socket, ofPeer: false, localAddress, irp);
}
