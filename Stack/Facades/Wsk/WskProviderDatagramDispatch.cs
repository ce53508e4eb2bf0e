using System.Runtime.CompilerServices;
using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Facades.Wsk;

/// <summary>WSK_PROVIDER_DATAGRAM_DISPATCH: the calls of a datagram socket.</summary>
/// <inheritdoc cref="WskProviderBasicDispatch" path="/remarks"/>
public sealed class WskProviderDatagramDispatch : WskProviderBasicDispatch
{
    internal static readonly WskProviderDatagramDispatch Instance = new();

    private WskProviderDatagramDispatch()
    {
    }

    /// <summary>Binds the socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="localAddress">A SOCKADDR, as long as its family says; at the wildcard it receives at all addresses, and each datagram leaves from what its route gives.</param>
    /// <param name="flags">Zero.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; in this order STATUS_INVALID_PARAMETER (no IRP, no address, flags), STATUS_NOT_SUPPORTED (a socket of another
    /// category), STATUS_FILE_FORCED_CLOSED (it no longer works), STATUS_INVALID_ADDRESS (another family), STATUS_ADDRESS_ALREADY_ASSOCIATED (bound
    /// already), STATUS_INVALID_ADDRESS_COMPONENT (not one of the host's addresses), STATUS_ADDRESS_ALREADY_EXISTS or STATUS_ACCESS_DENIED (who has
    /// the address does not share it), STATUS_TOO_MANY_ADDRESSES (no port is free); STATUS_CANCELLED.
    /// </returns>
    public NtStatus WskBind(WskSocket? socket, ReadOnlySpan<byte> localAddress, uint flags, Irp? irp) => Bind(socket, localAddress, flags, irp);

    /// <summary>Sends a datagram; from a wildcard, the route gives the address that it comes from.</summary>
    /// <param name="socket">A bound socket.</param>
    /// <param name="buffer">Its octets, lent until the IRP is complete.</param>
    /// <param name="flags">Zero.</param>
    /// <param name="remoteAddress">A SOCKADDR, as long as its family says.</param>
    /// <param name="irp">Completed with the answer, and how many octets.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; STATUS_INVALID_DEVICE_STATE (not bound), STATUS_INVALID_BUFFER_SIZE (too long), STATUS_ACCESS_DENIED (a
    /// broadcast address without the option), STATUS_NETWORK_UNREACHABLE, STATUS_HOST_UNREACHABLE, STATUS_INVALID_ADDRESS (another family),
    /// STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED, STATUS_CANCELLED, STATUS_FILE_FORCED_CLOSED.
    /// </returns>
    public NtStatus WskSendTo(WskSocket? socket, WskBuf buffer, uint flags, ReadOnlySpan<byte> remoteAddress, Irp? irp)
    {
        if (!Take(socket, irp, remoteAddress.IsEmpty, out NtStatus refused)) return refused;
        if (!buffer.TryGet(out Memory<byte> octets) || flags != 0) return irp!.Complete(NtStatus.STATUS_INVALID_PARAMETER);
        BindRule read = WindowsSocketAddress.TryRead(remoteAddress, out Addressing.InetEndpoint remote);
        return socket!.SendTo(octets, read, remote, irp!);
    }

    /// <summary>Receives a datagram; the IRP pends until one has come.</summary>
    /// <param name="socket">A bound socket.</param>
    /// <param name="buffer">Room for it, lent until the IRP is complete; what does not fit is lost.</param>
    /// <param name="flags">Zero.</param>
    /// <param name="remoteAddress">Room for the sender's SOCKADDR; none for nobody asks.</param>
    /// <param name="controlFlags">Receives MSG_TRUNC, MSG_BCAST, MSG_MCAST; null for nobody asks. Set before the IRP is complete.</param>
    /// <param name="irp">Completed with the answer, and how many octets.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; STATUS_INVALID_DEVICE_STATE (not bound), STATUS_BUFFER_TOO_SMALL (for the address),
    /// STATUS_CONNECTION_RESET (nobody has the port that something was sent to), STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED, STATUS_CANCELLED,
    /// STATUS_FILE_FORCED_CLOSED.
    /// </returns>
    public NtStatus WskReceiveFrom(
        WskSocket? socket, WskBuf buffer, uint flags, Memory<byte> remoteAddress, StrongBox<uint>? controlFlags, Irp? irp)
    {
        if (!Take(socket, irp, isNull: false, out NtStatus refused)) return refused;
        bool isGood = buffer.TryGet(out Memory<byte> octets) && flags == 0;
        return isGood ? socket!.ReceiveFrom(octets, remoteAddress, controlFlags, irp!) : irp!.Complete(NtStatus.STATUS_INVALID_PARAMETER);
    }

    /// <summary>Reads the local address.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="localAddress">Room for a SOCKADDR of the socket's family; lent until the IRP is complete.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; STATUS_INVALID_DEVICE_STATE (not bound), STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER,
    /// STATUS_NOT_SUPPORTED, STATUS_CANCELLED, STATUS_FILE_FORCED_CLOSED.
    /// </returns>
    public NtStatus WskGetLocalAddress(WskSocket? socket, Memory<byte> localAddress, Irp? irp) => Name(socket, ofPeer: false, localAddress, irp);

    /// <summary>Gives back what WskReceiveFromEvent kept by STATUS_PENDING. There is no IRP.</summary>
    /// <param name="socket">The socket whose callback was shown it; it may be closed by now.</param>
    /// <param name="datagramIndication">What it was shown.</param>
    /// <returns>STATUS_SUCCESS; STATUS_INVALID_PARAMETER (null, another socket's, not kept, released already), STATUS_NOT_SUPPORTED (another category).</returns>
    public NtStatus WskRelease(WskSocket? socket, WskDatagramIndication? datagramIndication) => Release(socket, datagramIndication);
}
