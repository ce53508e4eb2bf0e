using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Multicast;

// How an interface is named and a membership found, family by family, as Linux does it.
internal sealed partial class SocketMemberships
{
    private int MaxGroups => groups?.MaxMembershipsPerSocket ?? MulticastGroups.DefaultMaxMemberships;

    private BindRule MayJoinV4(in GroupRequest request, out uint device)
    {
        device = 0;
        if (!IsGroup(request.Group)) return BindRule.InvalidOption;
        device = ResolveV4(request);
        if (device == 0) return BindRule.NoDevice;
        if (FindExact(request.Group, device) is not null) return BindRule.AlreadyJoined;
        int joined = 0;
        foreach (SocketMembership membership in _joined) joined += membership.Group.IsV6 ? 0 : 1;
        return joined < MaxGroups && HasMemory(SocketMembership.ChargeOf(request.Group)) ? BindRule.Granted : BindRule.TooManyGroups;
    }

    /// <summary>Without an interface any of the socket's will do, and memory is looked for before the interface.</summary>
    private BindRule MayJoinV6(in GroupRequest request, out uint device)
    {
        device = 0;
        if (!IsGroup(request.Group)) return BindRule.InvalidOption;
        if (FindV6(request.Group, request.Device) is not null) return BindRule.AlreadyJoined;
        if (!HasMemory(SocketMembership.ChargeOf(request.Group))) return BindRule.NoOptionMemory;
        device = ResolveV6(request);
        return device == 0 ? BindRule.NoDevice : BindRule.Granted;
    }

    private BindRule FindToLeaveV4(in GroupRequest request, out SocketMembership? found)
    {
        found = null;
        uint device = ResolveV4(request);
        if (device == 0 && request.Device == 0 && request.LocalAddress.IsWildcard) return BindRule.NoDevice;
        if (device == 0) device = request.Device;      // an interface that is gone may still have members
        foreach (SocketMembership membership in _joined)
        {
            if (membership.Group != request.Group) continue;
            if (device != 0 ? membership.Device != device : membership.LocalAddress != request.LocalAddress) continue;
            found = membership;
            break;
        }

        return BindRule.Granted;
    }

    private uint ResolveV4(in GroupRequest request)
    {
        if (request.Device != 0) return routes.HasDevice(request.Device) ? request.Device : 0;
        if (!request.LocalAddress.IsWildcard && routes.DeviceOf(request.LocalAddress) is > 0 and var owner) return owner;
        // All of 127/8 is an address of the loopback interface.
        if (!request.LocalAddress.IsWildcard && routes.RoleOf(request.LocalAddress, 0) != AddressRole.Local) return 0;
        InetAddress towards = request.LocalAddress.IsWildcard ? request.Group : request.LocalAddress;
        RouteAnswer route = routes.FindRoute(new RouteQuery(towards, InetAddress.AnyV4));
        return route.Rule == BindRule.Granted ? route.Device : 0;
    }

    /// <summary>The route to the group is asked for whatever source would go with it.</summary>
    private uint ResolveV6(in GroupRequest request)
    {
        if (request.Device != 0) return routes.HasDevice(request.Device) ? request.Device : 0;
        if (!request.LocalAddress.IsWildcard) return routes.DeviceOf(request.LocalAddress);
        RouteAnswer route = routes.FindRoute(
            new RouteQuery(request.Group, InetAddress.LoopbackV6, MayUseForeignSource: true, MayLackScope: true));
        return route.Rule == BindRule.Granted ? route.Device : 0;
    }

    /// <summary>The membership that was joined last; on any interface where 0 is given.</summary>
    private SocketMembership? FindV6(InetAddress group, uint device)
    {
        for (int i = _joined.Count - 1; i >= 0; i--)
        {
            SocketMembership membership = _joined[i];
            if ((device == 0 || membership.Device == device) && membership.Group == group) return membership;
        }

        return null;
    }
}
