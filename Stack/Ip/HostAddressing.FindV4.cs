using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Ip;

// The way to an IPv4 destination, as Linux finds it.
public sealed partial class HostAddressing
{
    private RouteAnswer FindV4(in RouteQuery query)
    {
        InetAddress destination = query.Destination, source = query.Source;
        bool toMany = destination.IsMulticast || destination.IsLimitedBroadcast;
        if (!source.IsWildcard)
        {
            if (source.IsMulticast || source.IsLimitedBroadcast) return new RouteAnswer(BindRule.RouteInvalid);
            if (query.Device == 0 && toMany)
                return OwnerOf(source) is { } by ? LeaveV4(by, source, destination) : new RouteAnswer(BindRule.NoRoute);
            if (!query.MayUseForeignSource && OwnerOf(source) is null) return new RouteAnswer(BindRule.NoRoute);
        }

        InterfaceEntry? device = null;
        if (query.Device != 0)
        {
            device = Interfaces.Find(query.Device);
            if (device is null) return new RouteAnswer(BindRule.NoDevice);
            if (!device.IsUp) return new RouteAnswer(BindRule.NoRoute);
            if (destination.IsLimitedBroadcast || IsLinkLocalGroup(destination))
                return LeaveV4(device, source.IsWildcard ? SelectV4(device, null, AddressScope.Link) : source, destination);
            if (destination.IsMulticast && source.IsWildcard) source = SelectV4(device, null, AddressScope.Global);
        }

        return FollowV4(Routes.Find(destination, query.Device), device, source, destination);
    }

    private RouteAnswer FollowV4(Route? route, InterfaceEntry? device, InetAddress source, InetAddress destination)
    {
        if (route is null || route.Refuses)
        {
            // Bound to a device, and the routes know no way over it: the destination is taken to be on its link.
            if (device is null) return new RouteAnswer(route is null ? BindRule.NoRoute : RuleOf(route.Type));
            return LeaveV4(device, source.IsWildcard ? SelectV4(device, null, AddressScope.Link) : source, destination);
        }

        if (route.Type == RouteType.Local)
        {
            if (source.IsWildcard) source = route.PreferredSource ?? destination;
            return LeaveV4(Interfaces.Find(LoopbackIndex)!, source, destination, AddressRole.Local);
        }

        InterfaceEntry outgoing = Interfaces.Find(route.Device)!;
        if (source.IsWildcard)
        {
            AddressScope reach = route.Gateway is null ? AddressScope.Link : AddressScope.Global;
            source = route.PreferredSource ?? SelectV4(outgoing, route.Gateway, reach);
        }

        return LeaveV4(outgoing, source, destination,
            route.Type == RouteType.Broadcast ? AddressRole.Broadcast : AddressRole.Foreign, route.Gateway) with { Metrics = route.Metrics };
    }

    /// <summary>The last word, when the interface is known.</summary>
    private static RouteAnswer LeaveV4(
        InterfaceEntry outgoing, InetAddress source, InetAddress destination, AddressRole role = AddressRole.Foreign,
        InetAddress? gateway = null)
    {
        // RFC 1122 §3.2.1.3.
        if (source.IsLoopback && !outgoing.IsLoopback) return new RouteAnswer(BindRule.RouteInvalid);
        if (destination.IsLimitedBroadcast) role = AddressRole.Broadcast;
        else if (destination.IsMulticast) role = AddressRole.Multicast;
        InetAddress nextHop = role == AddressRole.Foreign ? gateway ?? InetAddress.AnyV4 : InetAddress.AnyV4;
        return new RouteAnswer(BindRule.Granted, source, outgoing.Index, role, nextHop);
    }

    /// <summary>
    /// The interface whose address it is, or that makes it local otherwise, as all of 127/8 is; null when it is not
    /// local.
    /// </summary>
    private InterfaceEntry? OwnerOf(InetAddress address)
    {
        InterfaceAddress? own = Interfaces.Find(address);
        while (own is not null && own.Is(AddressTraits.Tentative)) own = own.OlderTwin;
        if (own is not null) return own.Interface;
        return Routes.Find(address) is { Type: RouteType.Local } route ? Interfaces.Find(route.Device) : null;
    }

    /// <summary>The wildcard when no address is fit; the packet then leaves without one, as in Linux.</summary>
    private InetAddress SelectV4(InterfaceEntry outgoing, InetAddress? nextHop, AddressScope reach) =>
        SourceSelection.SelectV4(Interfaces, outgoing, nextHop, reach, _model == HostModel.Strong) ?? InetAddress.AnyV4;

    private static bool IsLinkLocalGroup(InetAddress address) => address.V4Bits >> 8 == 0xE00000;      // 224.0.0/24
}
