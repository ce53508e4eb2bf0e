using UserNet.Binding;
using UserNet.Errors;

namespace UserNet.Facades.Wsk;

/// <summary>WSK_PROVIDER_BASIC_DISPATCH: the calls that every socket knows, and all that a basic one has.</summary>
/// <remarks>
/// A call completes its IRP once, whatever it answers, but for one without an IRP that it could take (null, or one that another call has or
/// had since it was made ready): that is STATUS_INVALID_PARAMETER and nothing else. A socket of another category is STATUS_NOT_SUPPORTED. A
/// socket that is closed, or whose stack is disposed of, is STATUS_FILE_FORCED_CLOSED. STATUS_PENDING means that the IRP is completed on the
/// stack's scheduler. Any thread.
/// </remarks>
public class WskProviderBasicDispatch
{
    private static readonly WskProviderBasicDispatch Basic = new();

    private protected WskProviderBasicDispatch()
    {
    }

    /// <summary>Sets or reads an option by its octets: a little-endian number of 4.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="requestType">What to do; there are no I/O control operations.</param>
    /// <param name="controlCode">The option, by Winsock's number.</param>
    /// <param name="level">Its level, by Winsock's number.</param>
    /// <param name="inputBuffer">The value to set; lent until the IRP is complete.</param>
    /// <param name="outputBuffer">Room for the value that is read; lent until the IRP is complete.</param>
    /// <param name="outputSizeReturned">How many octets were read; with an IRP that pends, see its Information.</param>
    /// <param name="irp">Null to be answered at once.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; STATUS_INVALID_PARAMETER (not with this value or in this state), STATUS_NOT_SUPPORTED (no such option),
    /// STATUS_BUFFER_TOO_SMALL, STATUS_CANCELLED, STATUS_FILE_FORCED_CLOSED.
    /// </returns>
    public NtStatus WskControlSocket(
        WskSocket? socket, WskControlSocketType requestType, uint controlCode, uint level, ReadOnlyMemory<byte> inputBuffer,
        Memory<byte> outputBuffer, out ulong outputSizeReturned, Irp? irp)
    {
        outputSizeReturned = 0;
        if (!MayGoOn(socket, irp, out NtStatus refused)) return refused;
        return socket!.Control(requestType, controlCode, level, inputBuffer, outputBuffer, out outputSizeReturned, irp);
    }

    /// <summary>Sets an option that is a number.</summary>
    /// <inheritdoc cref="WskControlSocket(WskSocket?, WskControlSocketType, uint, uint, ReadOnlyMemory{byte}, Memory{byte}, out ulong, Irp?)"/>
    public NtStatus WskControlSocket(WskSocket? socket, WskControlSocketType requestType, uint controlCode, uint level, int value, Irp? irp)
    {
        byte[] octets = new byte[sizeof(int)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(octets, value);
        return WskControlSocket(socket, requestType, controlCode, level, octets, default, out _, irp);
    }

    /// <summary>SO_WSK_EVENT_CALLBACK: enables event callbacks, or disables one.</summary>
    /// <param name="socket">A listening or datagram socket that is bound, or one that is connected.</param>
    /// <param name="requestType">WskSetOption.</param>
    /// <param name="controlCode">SO_WSK_EVENT_CALLBACK.</param>
    /// <param name="level">SOL_SOCKET.</param>
    /// <param name="control">Which.</param>
    /// <param name="irp">Null, or told when a callback that still runs has returned.</param>
    /// <returns>
    /// STATUS_SUCCESS; to disable a callback that runs STATUS_PENDING, or without an IRP STATUS_EVENT_PENDING; STATUS_INVALID_PARAMETER (not one
    /// of the category's events, several to disable, one that is static), STATUS_INVALID_DEVICE_STATE (not bound or connected yet),
    /// STATUS_NOT_SUPPORTED (a basic socket), STATUS_CANCELLED, STATUS_FILE_FORCED_CLOSED.
    /// </returns>
    public NtStatus WskControlSocket(
        WskSocket? socket, WskControlSocketType requestType, uint controlCode, uint level, WskEventCallbackControl control, Irp? irp)
    {
        if (!MayGoOn(socket, irp, out NtStatus refused)) return refused;
        bool isSet = (requestType, controlCode, level) ==
            (WskControlSocketType.WskSetOption, WskConstants.SO_WSK_EVENT_CALLBACK, WskConstants.SOL_SOCKET);
        if (!isSet) return irp is null ? NtStatus.STATUS_INVALID_PARAMETER : irp.Complete(NtStatus.STATUS_INVALID_PARAMETER);
        return socket!.ControlEvents(control.EventMask, irp);
    }

    /// <summary>SO_WSK_SECURITY: sets or reads whom the socket lets share its local address.</summary>
    /// <param name="socket">Any but a basic socket; not bound yet where the descriptor is set.</param>
    /// <param name="requestType">WskSetOption, WskGetOption.</param>
    /// <param name="controlCode">SO_WSK_SECURITY.</param>
    /// <param name="level">SOL_SOCKET.</param>
    /// <param name="securityDescriptor">What to set, or becomes what is set; null for the default, which lets in nobody else.</param>
    /// <param name="irp">Required.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; STATUS_INVALID_DEVICE_STATE (bound already), STATUS_NOT_SUPPORTED (a basic socket),
    /// STATUS_INVALID_PARAMETER, STATUS_CANCELLED, STATUS_FILE_FORCED_CLOSED.
    /// </returns>
    public NtStatus WskControlSocket(
        WskSocket? socket, WskControlSocketType requestType, uint controlCode, uint level, ref SecurityDescriptor? securityDescriptor, Irp? irp)
    {
        if (!Take(socket, irp, isNull: false, out NtStatus refused)) return refused;
        if (controlCode != WskConstants.SO_WSK_SECURITY || level != WskConstants.SOL_SOCKET) return irp!.Complete(NtStatus.STATUS_INVALID_PARAMETER);
        return requestType switch
        {
            WskControlSocketType.WskSetOption => socket!.SetSecurity(securityDescriptor, irp!),
            WskControlSocketType.WskGetOption => socket!.GetSecurity(out securityDescriptor, irp!),
            _ => irp!.Complete(NtStatus.STATUS_INVALID_PARAMETER),
        };
    }

    /// <summary>
    /// Closes a socket: what is pending is cancelled, and the IRP is completed after all of it and after callbacks that run. A connection that
    /// has not ended both ways is reset.
    /// </summary>
    /// <returns>STATUS_SUCCESS, STATUS_PENDING; STATUS_FILE_FORCED_CLOSED (closed already), STATUS_INVALID_PARAMETER (null).</returns>
    public NtStatus WskCloseSocket(WskSocket? socket, Irp? irp) =>
        Take(socket, irp, isNull: false, out NtStatus refused) ? socket!.Close(irp!) : refused;

    /// <summary>The table of a category.</summary>
    internal static WskProviderBasicDispatch Of(WskCategory category) => category switch
    {
        WskCategory.Listen => WskProviderListenDispatch.Instance,
        WskCategory.Connection => WskProviderConnectionDispatch.Instance,
        WskCategory.Datagram => WskProviderDatagramDispatch.Instance,
        WskCategory.Stream => WskProviderStreamDispatch.Instance,
        _ => Basic,
    };

    /// <summary>The first checks of a call that needs an IRP: it has one, nothing is null, and the socket's category knows the call.</summary>
    private protected bool Take(WskSocket? socket, Irp? irp, bool isNull, out NtStatus refused)
    {
        refused = NtStatus.STATUS_INVALID_PARAMETER;
        if (irp is null || !irp.TryBegin()) return false;
        if (socket is not null && !isNull && ReferenceEquals(socket.Dispatch, this)) return true;
        irp.Complete(refused = socket is null || isNull ? refused : NtStatus.STATUS_NOT_SUPPORTED);
        return false;
    }

    private bool MayGoOn(WskSocket? socket, Irp? irp, out NtStatus refused)
    {
        if (irp is not null) return Take(socket, irp, isNull: false, out refused);
        bool isOurs = socket is not null && ReferenceEquals(socket.Dispatch, this);
        refused = socket is null ? NtStatus.STATUS_INVALID_PARAMETER : NtStatus.STATUS_NOT_SUPPORTED;
        return isOurs;
    }

    // What several categories have. Flags that are reserved must be zero.

    private protected NtStatus Bind(WskSocket? socket, ReadOnlySpan<byte> localAddress, uint flags, Irp? irp)
    {
        if (!Take(socket, irp, localAddress.IsEmpty, out NtStatus refused)) return refused;
        if (flags != 0) return irp!.Complete(NtStatus.STATUS_INVALID_PARAMETER);
        BindRule read = WindowsSocketAddress.TryRead(localAddress, out Addressing.InetEndpoint local);
        return socket!.Bind(read, local, irp!);
    }

    private protected NtStatus Accept(
        WskSocket? socket, uint flags, object? context, WskClientConnectionDispatch? callbacks, Memory<byte> local, Memory<byte> remote, Irp? irp)
    {
        if (!Take(socket, irp, isNull: false, out NtStatus refused)) return refused;
        return flags != 0 ? irp!.Complete(NtStatus.STATUS_INVALID_PARAMETER) : socket!.Accept(context, callbacks, local, remote, irp!);
    }

    private protected NtStatus Connect(WskSocket? socket, ReadOnlySpan<byte> remoteAddress, uint flags, Irp? irp)
    {
        if (!Take(socket, irp, remoteAddress.IsEmpty, out NtStatus refused)) return refused;
        if (flags != 0) return irp!.Complete(NtStatus.STATUS_INVALID_PARAMETER);
        BindRule read = WindowsSocketAddress.TryRead(remoteAddress, out Addressing.InetEndpoint remote);
        return socket!.Connect(read, remote, irp!);
    }

    private protected NtStatus Name(WskSocket? socket, bool ofPeer, Memory<byte> address, Irp? irp) =>
        Take(socket, irp, address.IsEmpty, out NtStatus refused) ? socket!.Name(ofPeer, address, irp!) : refused;

    private protected NtStatus Send(WskSocket? socket, in WskBuf buffer, uint flags, Irp? irp)
    {
        if (!Take(socket, irp, isNull: false, out NtStatus refused)) return refused;
        if ((flags & ~WskConstants.WSK_FLAG_NODELAY) != 0) return irp!.Complete(NtStatus.STATUS_NOT_SUPPORTED);
        bool isGood = buffer.TryGet(out Memory<byte> octets);
        return isGood ? socket!.Send(octets, isUrgent: flags != 0, irp!) : irp!.Complete(NtStatus.STATUS_INVALID_PARAMETER);
    }

    private protected NtStatus Receive(WskSocket? socket, in WskBuf buffer, uint flags, Irp? irp)
    {
        if (!Take(socket, irp, isNull: false, out NtStatus refused)) return refused;
        if ((flags & ~(WskConstants.WSK_FLAG_WAITALL | WskConstants.WSK_FLAG_DRAIN)) != 0) return irp!.Complete(NtStatus.STATUS_NOT_SUPPORTED);
        bool isGood = buffer.TryGet(out Memory<byte> octets);
        bool drains = (flags & WskConstants.WSK_FLAG_DRAIN) != 0;
        if (!isGood || (drains && (flags != WskConstants.WSK_FLAG_DRAIN || !octets.IsEmpty))) return irp!.Complete(NtStatus.STATUS_INVALID_PARAMETER);
        return drains ? socket!.Drain(irp!) : socket!.Receive(octets, waitsForAll: flags != 0, irp!);
    }

    private protected NtStatus Release(WskSocket? socket, WskIndication? indication)
    {
        if (socket is null || indication is null) return NtStatus.STATUS_INVALID_PARAMETER;
        return ReferenceEquals(socket.Dispatch, this) ? socket.Release(indication) : NtStatus.STATUS_NOT_SUPPORTED;
    }

    private protected NtStatus Disconnect(WskSocket? socket, in WskBuf? buffer, uint flags, Irp? irp)
    {
        if (!Take(socket, irp, isNull: false, out NtStatus refused)) return refused;
        Memory<byte> octets = default;
        bool isAbortive = flags == WskConstants.WSK_FLAG_ABORTIVE;
        bool isGood = (flags == 0 || isAbortive) && (buffer is not { } range || (!isAbortive && range.TryGet(out octets)));
        return isGood ? socket!.Disconnect(octets, isAbortive, irp!) : irp!.Complete(NtStatus.STATUS_INVALID_PARAMETER);
    }
}
