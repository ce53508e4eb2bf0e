using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;

namespace UserNet.Binding;

// Sockets without ports: raw ones, and those of ICMP echoes. Their rules are Linux's on every personality.
public sealed partial class BindEngine
{
    /// <summary>A new raw socket: it hears its protocol at once, on every address.</summary>
    /// <param name="family">InterNetwork or InterNetworkV6; one of IPv6 hears no IPv4.</param>
    /// <param name="protocol">The protocol, which is its port.</param>
    /// <param name="caller">Whose it will be.</param>
    /// <param name="owner">What the table hands back when the socket is looked up.</param>
    public SocketBinding OpenRaw(AddressFamily family, byte protocol, in Caller caller, object? owner)
    {
        var socket = new SocketBinding(Table.Raw, family, caller.Uid, v6Only: false, owner, protocol);
        bool copiesLinux = Personality.Sharing == SharingModel.Linux;
        if (copiesLinux) socket.Sharing = Sharing.ReuseAddress;
        // On Linux a raw socket is found no more, once its peer has been taken from it.
        socket.IsPortLocked = !copiesLinux;
        socket.Ports.Bind(socket, ClaimFor(socket, socket.AnyAddress), protocol);
        return socket;
    }

    /// <summary>A new ICMP or ICMPv6 socket, without an identifier yet.</summary>
    /// <param name="family">InterNetwork or InterNetworkV6; one of IPv6 sends and hears no IPv4.</param>
    /// <param name="caller">Whose it will be.</param>
    /// <param name="owner">What the table hands back when the socket is looked up.</param>
    public SocketBinding OpenEcho(AddressFamily family, in Caller caller, object? owner)
    {
        var socket = new SocketBinding(Table.Icmp, family, caller.Uid, v6Only: true, owner);
        if (Personality.Sharing == SharingModel.Linux) socket.Sharing = Sharing.ReuseAddress;
        return socket;
    }

    /// <summary>A raw socket may be bound as often as one likes, until it has a peer; the port that it asks for means nothing.</summary>
    private BindRule CheckRaw(SocketBinding socket, in InetEndpoint endpoint, out AddressRole role)
    {
        role = AddressRole.Foreign;
        if (!Personality.BindsRaw) return BindRule.NotSupported;
        if (endpoint.Address.IsV4Mapped) return BindRule.NotLocal;
        if (!socket.IsUnconnected) return BindRule.AlreadyBound;
        if (socket.IsV6) return CheckV6Address(socket, endpoint, out role);
        return MayBindV4(socket, endpoint.Address, out role) ? BindRule.Granted : BindRule.NotLocal;
    }

    /// <summary>No identifier is privileged, and no address is for many.</summary>
    private BindRule CheckEcho(SocketBinding socket, in InetEndpoint endpoint, out AddressRole role)
    {
        if (socket.IsV6) return CheckEchoV6(socket, endpoint, out role);
        bool isLocal = MayBindV4(socket, endpoint.Address, out role);
        if (!isLocal || role is AddressRole.Multicast or AddressRole.Broadcast) return BindRule.NotLocal;
        return socket.Port != 0 ? BindRule.AlreadyBound : BindRule.Granted;
    }

    /// <summary>The scope id is looked at of every address, and the socket gets it even where it was bound before.</summary>
    private BindRule CheckEchoV6(SocketBinding socket, in InetEndpoint endpoint, out AddressRole role)
    {
        InetAddress address = endpoint.Address;
        uint device = endpoint.ScopeId != 0 ? endpoint.ScopeId : socket.Device;
        role = AddressRole.Foreign;
        if (address.IsV4Mapped) return BindRule.MappedOnV6Only;
        if (address.IsMulticast || (address.NeedsScope && device == 0)) return BindRule.NoScope;
        if (endpoint.ScopeId != 0 && !_routes.HasDevice(endpoint.ScopeId)) return BindRule.NoDevice;
        role = address.IsWildcard ? AddressRole.Wildcard : _routes.RoleOf(address, device);
        bool mayBeForeign = Settings.NonlocalBindV6 || socket.FreeBind || socket.Transparent;
        if (role is not (AddressRole.Local or AddressRole.Wildcard) && !mayBeForeign) return BindRule.NotLocal;
        if (address.NeedsScope && endpoint.ScopeId != 0) SetDeviceByScope(socket, endpoint.ScopeId);
        return socket.Port != 0 ? BindRule.AlreadyBound : BindRule.Granted;
    }

    /// <summary>A raw socket that is not found any more may have a peer all the same, to send to; port 0 of the wildcard for none.</summary>
    private static void SetPeerOfUnheld(SocketBinding socket, in InetEndpoint peer)
    {
        bool isNone = peer == default;
        socket.State = isNone ? TcpState.Closed : TcpState.Established;
        socket.IsConnected = !isNone && peer.Port != 0;
        socket.RemoteAddress = peer.Address;
        socket.RemotePort = peer.Port;
    }
}
