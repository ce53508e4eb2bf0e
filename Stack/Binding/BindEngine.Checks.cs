using System.Net.NetworkInformation;
using UserNet.Addressing;

namespace UserNet.Binding;

// What is checked before the table is asked, and in which order.
public sealed partial class BindEngine
{
    /// <summary>Every step of a bind before the one that looks at other holders.</summary>
    /// <param name="socket">Who asks.</param>
    /// <param name="endpoint">For what.</param>
    /// <param name="caller">On whose behalf.</param>
    /// <param name="role">What the address is to the host, where the steps came as far as that.</param>
    internal BindRule CheckBind(SocketBinding socket, in InetEndpoint endpoint, in Caller caller, out AddressRole role)
    {
        role = AddressRole.Foreign;
        if (endpoint.Address.IsV6 != socket.IsV6) return BindRule.BadFamily;
        if (socket.IsRaw) return CheckRaw(socket, endpoint, out role);
        if (socket.IsEcho) return CheckEcho(socket, endpoint, out role);
        if (Personality.ChecksBoundBeforeAddress) return CheckAsWindows(socket, endpoint, out role);
        return socket.IsV6 ? CheckV6(socket, endpoint, caller, out role) : CheckV4(socket, endpoint, caller, out role);
    }

    /// <summary>Linux's order for IPv4: the address, the privilege, the state.</summary>
    private BindRule CheckV4(SocketBinding socket, in InetEndpoint endpoint, in Caller caller, out AddressRole role)
    {
        if (!MayBindV4(socket, endpoint.Address, out role)) return BindRule.NotLocal;
        if (LacksPrivilege(endpoint.Port, caller)) return BindRule.Privileged;
        return IsBound(socket) ? WhyBound(socket) : BindRule.Granted;
    }

    /// <summary>Linux's order for IPv6: the privilege, the state, the address.</summary>
    private BindRule CheckV6(SocketBinding socket, in InetEndpoint endpoint, in Caller caller, out AddressRole role)
    {
        InetAddress address = endpoint.Address;
        role = AddressRole.Foreign;
        if (socket.IsStream && address.IsMulticast && !address.IsV4Mapped) return BindRule.MulticastStream;
        if (LacksPrivilege(endpoint.Port, caller)) return BindRule.Privileged;
        if (IsBound(socket)) return WhyBound(socket);
        if (!address.IsV4Mapped) return CheckV6Address(socket, endpoint, out role);
        if (socket.V6Only) return BindRule.MappedOnV6Only;
        if (socket.Device != 0 && !_routes.HasDevice(socket.Device)) return BindRule.NoDevice;
        return MayBindV4(socket, address, out role) ? BindRule.Granted : BindRule.NotLocal;
    }

    private BindRule CheckV6Address(SocketBinding socket, in InetEndpoint endpoint, out AddressRole role)
    {
        InetAddress address = endpoint.Address;
        role = AddressRole.Wildcard;
        if (address.IsWildcard) return BindRule.Granted;
        if (address.NeedsScope)
        {
            if (endpoint.ScopeId != 0) SetDeviceByScope(socket, endpoint.ScopeId);
            if (socket.Device == 0) return BindRule.NoScope;
        }

        if (socket.Device != 0 && !_routes.HasDevice(socket.Device)) return BindRule.NoDevice;
        role = _routes.RoleOf(address, socket.Device);
        if (role == AddressRole.Multicast) return Personality.BindsMulticast ? BindRule.Granted : BindRule.NotLocal;
        bool mayBeForeign = Settings.NonlocalBindV6 || socket.FreeBind || socket.Transparent;
        return mayBeForeign || role == AddressRole.Local ? BindRule.Granted : BindRule.NotLocal;
    }

    /// <summary>Winsock's order: the state, the broadcast option, the address. No port is privileged.</summary>
    private BindRule CheckAsWindows(SocketBinding socket, in InetEndpoint endpoint, out AddressRole role)
    {
        role = AddressRole.Foreign;
        if (IsBound(socket)) return BindRule.AlreadyBound;
        InetAddress address = endpoint.Address;
        if (!address.IsV4OrMapped) return CheckV6Address(socket, endpoint, out role);
        if (address.IsV4Mapped && socket.V6Only) return BindRule.MappedOnV6Only;
        role = _routes.RoleOf(address.Unmap(), 0);
        if (role != AddressRole.Broadcast)
            return role is AddressRole.Local or AddressRole.Wildcard ? BindRule.Granted : BindRule.NotLocal;
        if (socket.IsStream) return BindRule.NotLocal;
        return socket.MayBroadcast || !Personality.BroadcastNeedsOption ? BindRule.Granted : BindRule.BroadcastDenied;
    }

    private bool MayBindV4(SocketBinding socket, InetAddress address, out AddressRole role)
    {
        role = _routes.RoleOf(address.Unmap(), 0);
        return role is AddressRole.Wildcard or AddressRole.Local or AddressRole.Multicast or AddressRole.Broadcast ||
            Settings.NonlocalBindV4 || socket.FreeBind || socket.Transparent;
    }

    private bool LacksPrivilege(ushort port, in Caller caller) =>
        Personality.HasPrivilegedPorts && port != 0 && port < Settings.UnprivilegedPortStart && !caller.MayBindPrivilegedPorts;

    private bool IsBound(SocketBinding socket) =>
        socket.Port != 0 || !socket.IsUnconnected || (socket.WasShutDown && !Personality.BindsAfterShutdown);

    private BindRule WhyBound(SocketBinding socket) =>
        Personality.BindTellsConnected && socket.State is not (TcpState.Closed or TcpState.Listen or TcpState.SynSent)
            ? BindRule.AlreadyConnected
            : BindRule.AlreadyBound;

    /// <summary>True when a socket that holds nothing can't be given anything.</summary>
    private bool IsFullFor(SocketBinding socket) => !socket.IsHeld && Table.Count >= Settings.HolderLimit;
}
