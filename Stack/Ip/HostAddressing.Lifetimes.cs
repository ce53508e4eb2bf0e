using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Ip;

// Lifetimes of addresses. There is no clock here: whoever has one says what time it is.
public sealed partial class HostAddressing
{
    /// <summary>Gives an address other lifetimes. RFC 4862 §5.5.4.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="address">The address.</param>
    /// <param name="preferredUntil">When it is deprecated; no later than the next.</param>
    /// <param name="validUntil">When it is removed; over already, it is removed at once.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException">There is no such interface, or it does not have the address.</exception>
    public HostAddressing SetLifetimes(string name, InetAddress address, Timestamp preferredUntil, Timestamp validUntil, Timestamp now)
    {
        InterfaceAddress found = Require(name).Find(address)
            ?? throw new ArgumentException($"{name} does not have {address}.", nameof(address));
        SetLifetimes(found, preferredUntil, validUntil, now);
        return this;
    }

    internal void SetLifetimes(InterfaceAddress address, Timestamp preferredUntil, Timestamp validUntil, Timestamp now)
    {
        if (validUntil <= now)
        {
            Remove(address);
            return;
        }

        address.PreferredUntil = Timestamp.Min(preferredUntil, validUntil);
        address.ValidUntil = validUntil;
        if (address.PreferredUntil <= now) address.Traits |= AddressTraits.Deprecated;
        else address.Traits &= ~AddressTraits.Deprecated;
        Observer?.OnLifetimesChanged(address);
    }

    /// <summary>Deprecates and removes what has lived long enough, and says when there is something to do again.</summary>
    internal Timestamp EndLifetimes(Timestamp now)
    {
        Timestamp next = Timestamp.Never;
        foreach (InterfaceEntry entry in Interfaces.List)
        {
            EndLifetimes(entry.V4, now, ref next);
            EndLifetimes(entry.V6, now, ref next);
        }

        return next;
    }

    /// <summary>Removes an address; what comes with it goes.</summary>
    internal void RemoveAddress(InterfaceAddress address) => Remove(address);

    /// <summary>A prefix is on the link for some time, whatever addresses there are of it. Null when an address has brought the route already.</summary>
    internal Route? AddOnLink(InetPrefix prefix, uint device)
    {
        if (Routes.FindExact(prefix, RouteType.Unicast, null, device, RouteTable.ConnectedMetricV6) is not null) return null;
        var route = new Route(prefix, RouteType.Unicast, device) { Metric = RouteTable.ConnectedMetricV6 };
        Routes.Add(route);
        return route;
    }

    /// <summary>A prefix is no longer on the link, unless an address of it says so.</summary>
    internal void RemoveOnLink(Route route)
    {
        foreach (InterfaceAddress address in Interfaces.Find(route.Device)!.V6)
        {
            if (address.Subnet != route.Prefix || address.Is(AddressTraits.NoPrefixRoute)) continue;
            route.Owner = address;
            return;
        }

        Routes.Remove(route);
    }

    private void EndLifetimes(List<InterfaceAddress> addresses, Timestamp now, ref Timestamp next)
    {
        int i = 0;
        while (i < addresses.Count)
        {
            InterfaceAddress address = addresses[i];
            if (address.ValidUntil <= now)
            {
                Remove(address);
                i = 0;      // others may have gone with it
                continue;
            }

            if (address.PreferredUntil > now) next = Timestamp.Min(next, address.PreferredUntil);
            else address.Traits |= AddressTraits.Deprecated;
            next = Timestamp.Min(next, address.ValidUntil);
            i++;
        }
    }
}
