using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;

namespace UserNet.Facades.Wsk;

/// <summary>WSK_PROVIDER_DISPATCH: the calls that a client makes with its captured interface.</summary>
/// <inheritdoc cref="WskProviderBasicDispatch" path="/remarks"/>
public sealed class WskProviderDispatch
{
    private readonly WskSubsystem _subsystem;

    internal WskProviderDispatch(WskSubsystem subsystem) => _subsystem = subsystem;

    /// <summary>Opens a socket; the IRP brings it.</summary>
    /// <param name="client">Whose it will be.</param>
    /// <param name="addressFamily">AF_INET, AF_INET6.</param>
    /// <param name="socketType">SOCK_STREAM, SOCK_DGRAM, SOCK_RAW.</param>
    /// <param name="protocol">IPPROTO_TCP and so on.</param>
    /// <param name="flags">WSK_FLAG_LISTEN_SOCKET or another category.</param>
    /// <param name="socketContext">Handed to its callbacks.</param>
    /// <param name="dispatch">Its callbacks, in the table of its category; null for none.</param>
    /// <param name="owningProcess">Whose security context counts when it is bound; null for the stack's own caller.</param>
    /// <param name="owningThread">The same, and before the process's; null for none.</param>
    /// <param name="securityDescriptor">Whom it lets share its address; null for nobody else.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>
    /// STATUS_SUCCESS, STATUS_PENDING; STATUS_INVALID_PARAMETER (null, no such category, callbacks of another category), STATUS_NOT_SUPPORTED
    /// (family, type, protocol and category do not go together), STATUS_ACCESS_DENIED (a raw socket without the right), STATUS_INVALID_HANDLE (the
    /// client has not captured the interface), STATUS_CANCELLED, STATUS_FILE_FORCED_CLOSED (the stack is disposed of).
    /// </returns>
    public NtStatus WskSocket(
        WskClient? client, ushort addressFamily, ushort socketType, uint protocol, uint flags, object? socketContext, WskClientSocketDispatch? dispatch,
        OwningProcess? owningProcess, OwningThread? owningThread, SecurityDescriptor? securityDescriptor, Irp? irp)
    {
        if (!Take(client, irp, isNull: false, out NtStatus refused)) return refused;
        var category = (WskCategory)flags;
        if (flags > (uint)WskCategory.Stream || !Enum.IsDefined(category) || !Fits(category, dispatch))
            return irp!.Complete(NtStatus.STATUS_INVALID_PARAMETER);
        Caller caller = CallerOf(owningProcess, owningThread);
        NtStatus opened = Open(addressFamily, socketType, protocol, category, caller, out NetworkSocket? socket);
        if (socket is null) return irp!.Complete(opened);
        WskSocket made = new(client!.Registration, socket, category, caller, socketContext, dispatch);
        if (securityDescriptor is not null) made.ApplySecurity(securityDescriptor);
        return made.HandOut(irp!);
    }

    /// <summary>Opens a connection-oriented socket, binds and connects it; whatever fails, nothing of it stays. The IRP brings the socket.</summary>
    /// <param name="client">Whose it will be.</param>
    /// <param name="socketType">SOCK_STREAM.</param>
    /// <param name="protocol">IPPROTO_TCP.</param>
    /// <param name="localAddress">A SOCKADDR, which says the family, too.</param>
    /// <param name="remoteAddress">A SOCKADDR.</param>
    /// <param name="flags">Zero.</param>
    /// <param name="socketContext">Handed to its callbacks.</param>
    /// <param name="dispatch">Its callbacks; null for none.</param>
    /// <param name="owningProcess">Whose security context counts when it is bound; null for the stack's own caller.</param>
    /// <param name="owningThread">The same, and before the process's; null for none.</param>
    /// <param name="securityDescriptor">Whom it lets share its address; null for nobody else.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>
    /// As <see cref="WskSocket"/>, <see cref="WskProviderConnectionDispatch.WskBind"/> and <see cref="WskProviderConnectionDispatch.WskConnect"/>.
    /// </returns>
    public NtStatus WskSocketConnect(
        WskClient? client, ushort socketType, uint protocol, ReadOnlySpan<byte> localAddress, ReadOnlySpan<byte> remoteAddress, uint flags,
        object? socketContext, WskClientConnectionDispatch? dispatch, OwningProcess? owningProcess, OwningThread? owningThread,
        SecurityDescriptor? securityDescriptor, Irp? irp)
    {
        if (!Take(client, irp, localAddress.IsEmpty || remoteAddress.IsEmpty, out NtStatus refused)) return refused;
        if (flags != 0) return irp!.Complete(NtStatus.STATUS_INVALID_PARAMETER);
        BindRule read = WindowsSocketAddress.TryRead(localAddress, out InetEndpoint local);
        if (read != BindRule.Granted) return irp!.Complete(read.ToNtStatus());
        read = WindowsSocketAddress.TryRead(remoteAddress, out InetEndpoint remote);
        ushort family = local.Address.IsV6 ? WskConstants.AF_INET6 : WskConstants.AF_INET;
        Caller caller = CallerOf(owningProcess, owningThread);
        NtStatus opened = Open(family, socketType, protocol, WskCategory.Connection, caller, out NetworkSocket? socket);
        if (socket is null) return irp!.Complete(opened);
        WskSocket made = new(client!.Registration, socket, WskCategory.Connection, caller, socketContext, dispatch);
        if (securityDescriptor is not null) made.ApplySecurity(securityDescriptor);
        return made.BindAndConnect(local, read, remote, irp!);
    }

    /// <summary>WSK_SET_STATIC_EVENT_CALLBACKS: event callbacks that are enabled on every socket that is opened from now on, for good.</summary>
    /// <param name="client">The client.</param>
    /// <param name="controlCode">WSK_SET_STATIC_EVENT_CALLBACKS.</param>
    /// <param name="control">Which.</param>
    /// <param name="irp">Null.</param>
    /// <returns>STATUS_SUCCESS, STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED (another code), STATUS_INVALID_HANDLE as for WskSocket.</returns>
    public NtStatus WskControlClient(WskClient? client, uint controlCode, WskEventCallbackControl control, Irp? irp)
    {
        bool isGood = irp is null && client is not null && (control.EventMask & WskConstants.WSK_EVENT_DISABLE) == 0;
        if (!isGood) return irp is not null && irp.TryBegin() ? irp.Complete(NtStatus.STATUS_INVALID_PARAMETER) : NtStatus.STATUS_INVALID_PARAMETER;
        if (!IsCaptured(client!)) return NtStatus.STATUS_INVALID_HANDLE;
        if (controlCode != WskConstants.WSK_SET_STATIC_EVENT_CALLBACKS) return NtStatus.STATUS_NOT_SUPPORTED;
        using (_subsystem.Core.Enter()) client!.Registration.StaticEvents = control.EventMask;
        return NtStatus.STATUS_SUCCESS;
    }

    /// <summary>WSK_CACHE_SD, WSK_RELEASE_SD: takes a copy of a security descriptor, or gives it back. Descriptors do not change, so the copy is itself.</summary>
    /// <param name="client">The client.</param>
    /// <param name="controlCode">WSK_CACHE_SD, WSK_RELEASE_SD.</param>
    /// <param name="securityDescriptor">The descriptor, or the copy.</param>
    /// <param name="cached">The copy; null when it is given back.</param>
    /// <param name="irp">Completed with the answer.</param>
    /// <returns>STATUS_SUCCESS, STATUS_INVALID_PARAMETER (null), STATUS_NOT_SUPPORTED (another code), STATUS_INVALID_HANDLE as for WskSocket.</returns>
    public NtStatus WskControlClient(
        WskClient? client, uint controlCode, SecurityDescriptor? securityDescriptor, out SecurityDescriptor? cached, Irp? irp)
    {
        cached = null;
        if (!Take(client, irp, securityDescriptor is null, out NtStatus refused)) return refused;
        if (controlCode is not (WskConstants.WSK_CACHE_SD or WskConstants.WSK_RELEASE_SD)) return irp!.Complete(NtStatus.STATUS_NOT_SUPPORTED);
        if (controlCode == WskConstants.WSK_CACHE_SD) cached = securityDescriptor;
        return irp!.Complete(NtStatus.STATUS_SUCCESS);
    }

    private bool IsCaptured(WskClient client)
    {
        using (_subsystem.Core.Enter()) return client.Registration.Subsystem == _subsystem && client.Registration.Captures > 0;
    }

    private bool Take(WskClient? client, Irp? irp, bool isNull, out NtStatus refused)
    {
        refused = NtStatus.STATUS_INVALID_PARAMETER;
        if (irp is null || !irp.TryBegin()) return false;
        if (client is not null && !isNull && IsCaptured(client)) return true;
        irp.Complete(refused = client is null || isNull ? refused : NtStatus.STATUS_INVALID_HANDLE);
        return false;
    }

    private NtStatus Open(
        ushort addressFamily, ushort socketType, uint protocol, WskCategory category, in Caller caller, out NetworkSocket? socket)
    {
        socket = null;
        bool goesTogether = category switch
        {
            WskCategory.Basic => true,
            WskCategory.Datagram => socketType is WskConstants.SOCK_DGRAM or WskConstants.SOCK_RAW,
            _ => socketType == WskConstants.SOCK_STREAM,
        };
        bool isKnown = addressFamily is WskConstants.AF_INET or WskConstants.AF_INET6;
        if (!goesTogether || !isKnown || protocol > byte.MaxValue) return NtStatus.STATUS_NOT_SUPPORTED;
        if (_subsystem.Core.IsDisposed) return NtStatus.STATUS_FILE_FORCED_CLOSED;
        AddressFamily family = addressFamily == WskConstants.AF_INET6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        try
        {
            socket = _subsystem.Stack.OpenSocket(family, (SocketType)socketType, (ProtocolType)(int)protocol, caller);
            return NtStatus.STATUS_SUCCESS;
        }
        catch (NetworkException refused)
        {
            return refused.Rule.ToNtStatus();
        }
    }

    private Caller CallerOf(OwningProcess? process, OwningThread? thread) =>
        thread?.Impersonated ?? thread?.Process.Caller ?? process?.Caller ?? _subsystem.Stack.Caller;

    private static bool Fits(WskCategory category, WskClientSocketDispatch? dispatch) => (category, dispatch) switch
    {
        (_, null) => true,
        (WskCategory.Listen, WskClientListenDispatch) => true,
        (WskCategory.Connection, WskClientConnectionDispatch) => true,
        (WskCategory.Datagram, WskClientDatagramDispatch) => true,
        (WskCategory.Stream, WskClientStreamDispatch) => true,
        _ => false,
    };
}
