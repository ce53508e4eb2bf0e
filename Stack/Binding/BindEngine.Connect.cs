using System.Net.NetworkInformation;
using UserNet.Addressing;

namespace UserNet.Binding;

// Connecting a datagram socket: its wildcard resolves by the route to the peer.
public sealed partial class BindEngine
{
    /// <summary>
    /// Gives a datagram socket a peer; it is bound on the way if it was not, and its wildcard becomes the route's
    /// source.
    /// </summary>
    /// <returns>
    /// Granted, NotSupported (a stream), ExhaustedByDatagram, NoScope, RouteInvalid, FamilyMismatch, BroadcastDenied,
    /// NoRoute, HostUnreachable, RouteProhibited, NotLocal (a destination that can't be one).
    /// </returns>
    public BindOutcome ConnectDatagram(SocketBinding socket, in InetEndpoint remote)
    {
        if (socket.IsStream) return BindRule.NotSupported;
        if (!Personality.ConnectsToWildcard && remote.Address.IsWildcard) return Disconnect(socket);
        BindOutcome bound = AutoBind(socket);
        if (!bound.IsGranted) return bound;
        socket.HasPeerRoute = false;      // whatever comes of it
        InetAddress name = socket.BoundAddress, chosen = socket.SourceAddress;
        if (Personality.ResolvesAgainOnReconnect && !socket.IsAddressLocked)
            socket.BoundAddress = socket.SourceAddress = socket.AnyAddress;
        BindRule rule = Resolve(socket, remote, out RouteAnswer route, out InetAddress destination);
        if (rule != BindRule.Granted)
        {
            (socket.BoundAddress, socket.SourceAddress) = (name, chosen);
            return rule;
        }

        KeepRoute(socket);
        InetAddress source = socket.IsV6 ? route.Source.MapToV6() : route.Source;
        if (socket.SourceAddress.IsWildcard) socket.SourceAddress = source;
        else if (KeepsV4Source(socket) && route.Source.IsV4OrMapped) socket.V4Source = route.Source;
        if (socket.BoundAddress.IsWildcard) socket.BoundAddress = source;
        socket.PeerIsBroadcast = route.Role == AddressRole.Broadcast;
        var peer = new InetEndpoint(socket.IsV6 ? destination.MapToV6() : destination, remote.Port);
        if (!socket.IsHeld) SetPeerOfUnheld(socket, peer);
        else if (remote.Port == 0) socket.Ports.ConnectToAddress(socket, socket.BoundAddress, peer.Address);
        else socket.Ports.Connect(socket, socket.BoundAddress, peer, TcpState.Established);
        return BindRule.Granted;
    }

    /// <summary>Linux has a source of each family for an IPv6 socket, of which the first connect of the family chooses one.</summary>
    private bool KeepsV4Source(SocketBinding socket) => Personality.Sharing == SharingModel.Linux && socket.V4Source.IsWildcard;

    /// <summary>The source address and interface that a datagram to this destination would leave with.</summary>
    /// <returns>As <see cref="ConnectDatagram"/>; the socket itself is only changed by a scope id.</returns>
    public BindRule Resolve(
        SocketBinding socket, in InetEndpoint remote, out RouteAnswer route, out InetAddress destination) =>
        FindWay(socket, remote, isSend: false, out route, out destination);

    private BindRule FindWay(
        SocketBinding socket, in InetEndpoint remote, bool isSend, out RouteAnswer route, out InetAddress destination)
    {
        route = default;
        destination = remote.Address;
        bool isNoDestination = destination.IsWildcard || (remote.Port == 0 && socket.HasPorts);
        if (!Personality.ConnectsToWildcard && isNoDestination) return BindRule.NotLocal;
        if (!socket.IsV6)
        {
            if (destination.IsV6) return BindRule.BadFamily;
            return ResolveV4(socket, ref destination, isSend, out route);
        }

        if (destination.IsWildcard && !destination.IsV4OrMapped)
            destination = socket.BoundAddress.IsV4Mapped ? InetAddress.LoopbackV4 : InetAddress.LoopbackV6;
        if (destination.IsV4OrMapped)
        {
            if (socket.V6Only) return remote.Address.IsV6 ? BindRule.NoRoute : BindRule.BadFamily;
            destination = destination.Unmap();
            return ResolveV4(socket, ref destination, isSend, out route);
        }

        return ResolveV6(socket, destination, remote.ScopeId, out route);
    }

    /// <summary>
    /// The way that a datagram goes. As <see cref="Resolve"/>, but an IPv6 scope is that datagram's alone, and where neither it nor the
    /// socket names an interface, a link-local destination goes where its route leads. Gate held.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="remote">Where it goes.</param>
    /// <param name="from">What the datagram says of where it leaves from.</param>
    /// <param name="route">The way.</param>
    /// <param name="destination">Where it goes, as its packets name it.</param>
    /// <returns>As <see cref="Resolve"/>; RouteInvalid (a source that is not the host's, or not the interface's), NoDevice.</returns>
    public BindRule ResolveToSend(
        SocketBinding socket, in InetEndpoint remote, in SendFrom from, out RouteAnswer route, out InetAddress destination)
    {
        if (!socket.IsV6 || remote.Address.IsV4OrMapped || remote.Address.IsWildcard)
            return from == default ? FindWay(socket, remote, isSend: true, out route, out destination) : ResolveFrom(socket, remote, from, out route, out destination);
        return RouteToSend(socket, remote.Address, remote.ScopeId, from, out route, out destination);
    }

    /// <summary>The way to an IPv4 socket's peer, which Linux keeps: IP_UNICAST_IF counts as it was when the way was found.</summary>
    /// <returns>As <see cref="Resolve"/>.</returns>
    public BindRule ResolveToPeer(SocketBinding socket, in InetEndpoint remote, out RouteAnswer route, out InetAddress destination)
    {
        if (!socket.HasPeerRoute) KeepRoute(socket);
        uint asked = socket.UnicastDevice;
        if (asked != socket.PeerUnicastDevice) socket.UnicastDevice = socket.PeerUnicastDevice;
        BindRule rule = FindWay(socket, remote, isSend: true, out route, out destination);
        if (asked != socket.UnicastDevice) socket.UnicastDevice = asked;
        return rule;
    }

    private static void KeepRoute(SocketBinding socket) => (socket.HasPeerRoute, socket.PeerUnicastDevice) = (true, socket.UnicastDevice);

    /// <summary>As Resolve, but with a source and an interface that hold for this datagram alone.</summary>
    private BindRule ResolveFrom(
        SocketBinding socket, in InetEndpoint remote, in SendFrom from, out RouteAnswer route, out InetAddress destination)
    {
        destination = remote.Address;
        bool isV4 = destination.IsV4OrMapped || (socket.IsV6 && destination.IsWildcard && socket.BoundAddress.IsV4Mapped);
        if (!isV4) return RouteToSend(socket, destination.IsWildcard ? InetAddress.LoopbackV6 : destination, remote.ScopeId, from, out route, out destination);
        (InetAddress source, uint device) = (socket.SourceAddress, socket.Device);
        route = default;
        // An IPv6 socket has to name a mapped source, be it of the wildcard. Linux's own binding is not asked about the interface.
        bool isNamed = from.Source != default || from.Device != 0;
        if (isNamed && socket.IsV6 && !from.Source.IsV4Mapped) return BindRule.RouteInvalid;
        if (from.HasSource || !from.Source.Unmap().IsWildcard) socket.SourceAddress = from.Source;
        if (from.Device != 0) socket.Device = from.Device;
        BindRule rule = FindWay(socket, remote, isSend: true, out route, out destination);
        (socket.SourceAddress, socket.Device) = (source, device);
        return rule;
    }

    private BindRule RouteToSend(
        SocketBinding socket, InetAddress to, uint scope, in SendFrom from, out RouteAnswer route, out InetAddress destination)
    {
        destination = to;
        route = default;
        scope = destination.NeedsScope ? scope : 0;
        uint device = scope != 0 ? scope : socket.Device != 0 ? socket.Device : from.UsualDevice;
        if (from.Device != 0)
        {
            if (device != 0 && socket.Device != 0 && from.Device != socket.Device) return BindRule.RouteInvalid;
            device = from.Device;
        }

        bool isNamed = !from.Source.IsWildcard;
        if (from.Device != 0 || isNamed)
        {
            if (device != 0 && !_routes.HasDevice(device)) return BindRule.NoDevice;
            if (device == 0 && from.Source.IsLinkLocal) return BindRule.RouteInvalid;
            if (isNamed && !MaySendFrom(socket, from.Source, device)) return BindRule.RouteInvalid;
        }

        return RouteV6(socket, destination, isNamed ? from.Source : socket.SourceAddress, device, isSend: true, out route);
    }

    private bool MaySendFrom(SocketBinding socket, InetAddress source, uint device) =>
        (source.IsV6 && !source.IsV4Mapped && _routes.RoleOf(source, device) == AddressRole.Local)
        || Settings.NonlocalBindV6 || socket.FreeBind || socket.Transparent;

    private BindRule ResolveV4(SocketBinding socket, ref InetAddress destination, bool isSend, out RouteAnswer route)
    {
        InetAddress source = socket.V4Source;
        uint device = socket.Device;
        if (destination.IsMulticast)
        {
            if (device == 0) device = socket.MulticastDevice;
            if (source.IsWildcard) source = socket.MulticastSource;
        }
        else if (device == 0)
        {
            device = socket.IsStream ? 0 : socket.UnicastDevice;      // Linux heeds it for datagrams alone
        }

        if (destination.IsWildcard)
        {
            route = _routes.FindRoute(new RouteQuery(InetAddress.AnyV4, source, device, socket.Transparent));
            if (route.Rule != BindRule.Granted) return route.Rule;
            destination = source = route.Source;
            if (isSend) device = 0;      // what goes to oneself leaves by no other interface, though connect asks again
        }

        route = _routes.FindRoute(new RouteQuery(destination, source, device, socket.Transparent));
        if (route.Rule != BindRule.Granted) return route.Rule;
        return route.Role == AddressRole.Broadcast && !socket.MayBroadcast
            ? BindRule.BroadcastDenied
            : BindRule.Granted;
    }

    private BindRule ResolveV6(SocketBinding socket, InetAddress destination, uint scope, out RouteAnswer route)
    {
        route = default;
        if (destination.NeedsScope)
        {
            if (scope != 0 && socket.Device != 0 && scope != socket.Device) return BindRule.RouteInvalid;
            if (scope != 0 && socket.Device == 0) SetDeviceByScope(socket, scope);
            if (socket.Device == 0 && destination.IsMulticast) SetDeviceByScope(socket, socket.V6MulticastDevice);
            if (socket.Device == 0) return BindRule.NoScope;
        }

        return RouteV6(socket, destination, socket.SourceAddress, socket.Device, isSend: false, out route);
    }

    private BindRule RouteV6(
        SocketBinding socket, InetAddress destination, InetAddress source, uint device, bool isSend, out RouteAnswer route)
    {
        bool insists = device != 0 || source == InetAddress.AnyV6 || destination.NeedsScope || destination.IsMulticast || destination.IsLoopback;
        if (device == 0) device = destination.IsMulticast ? socket.V6MulticastDevice : socket.IsStream ? 0 : socket.V6UnicastDevice;
        // Beside a source IPV6_UNICAST_IF is a wish, which Linux forgets for a better route.
        if (!insists) device = 0;
        // The route is looked for first, with some source, all the same.
        bool isMapped = source.IsV4Mapped;
        route = _routes.FindRoute(new RouteQuery(
            destination, isMapped ? InetAddress.LoopbackV6 : source, device,
            isMapped || socket.Transparent, MayLackScope: isSend, socket.PrefersTemporary));
        return isMapped && route.Rule == BindRule.Granted ? BindRule.FamilyMismatch : route.Rule;
    }
}
