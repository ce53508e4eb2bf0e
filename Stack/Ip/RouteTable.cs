using UserNet.Addressing;

namespace UserNet.Ip;

/// <summary>The routes of a host, IPv4 and IPv6.</summary>
/// <remarks>
/// The longest prefix wins, then the lowest metric, then the route that was added first. In IPv4 the host's own
/// addresses and all other routes compete by prefix length in one table; in IPv6 the host's own addresses are asked
/// first. Both are as Linux does it. Changed by <see cref="HostAddressing"/> only. Gate held.
/// </remarks>
public sealed class RouteTable
{
    /// <summary>The metric of an IPv6 route that comes with an address.</summary>
    internal const uint ConnectedMetricV6 = 256;

    private readonly List<Route> _all = [];
    private readonly PrefixMap _v4 = new(32), _v6Local = new(128), _v6Main = new(128);
    private int _touched;

    internal RouteTable()
    {
    }

    /// <summary>All routes in the order in which they were added, those of the host's own addresses included.</summary>
    public IReadOnlyList<Route> Routes => _all;

    /// <summary>Grows with each change of an IPv4 route.</summary>
    internal int VersionV4 => _v4.Version;

    /// <summary>Changes whenever a route of either family is added or removed.</summary>
    internal int Version => unchecked(_v4.Version + _v6Local.Version + _v6Main.Version + _touched);

    /// <summary>Answers change, though no route does: a redirect came or went.</summary>
    internal void Touch() => _touched++;

    /// <summary>The route that decides about a destination, be it one that refuses; null when none matches.</summary>
    /// <param name="destination">Where to; not a mapped address.</param>
    /// <param name="device">The interface that the route must lead over, 0 for any.</param>
    /// <remarks>Never answers with a route of type Throw: it ends the search.</remarks>
    public Route? Find(InetAddress destination, uint device = 0)
    {
        Route? route;
        if (!destination.IsV6)
        {
            route = _v4.Find(destination, device);
        }
        else
        {
            route = _v6Local.Find(destination, device);
            if (route is null or { Type: RouteType.Throw }) route = _v6Main.Find(destination, device);
        }

        return route is { Type: RouteType.Throw } ? null : route;
    }

    /// <summary>
    /// The route by which a gateway is reached without another one, or null; a gateway of the host's own is one in
    /// IPv4 only.
    /// </summary>
    internal Route? FindOnLink(InetAddress gateway, uint device)
    {
        Route? route = gateway.IsV6 ? Find(gateway, device) : _v4.Find(gateway, device, onLinkOnly: true);
        bool isOwn = route is { Type: RouteType.Local } && !gateway.IsV6;
        return isOwn || route is { Type: RouteType.Unicast, Gateway: null } ? route : null;
    }

    /// <summary>
    /// The first route of exactly this prefix that fits all that is given, or null; never one of the local table.
    /// </summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="type">The type, or null for any.</param>
    /// <param name="gateway">The gateway, or null for any.</param>
    /// <param name="device">The interface, or 0 for any.</param>
    /// <param name="metric">The metric, or null for any.</param>
    public Route? FindExact(
        InetPrefix prefix, RouteType? type = null, InetAddress? gateway = null, uint device = 0, uint? metric = null)
    {
        bool wantsLocal = type is RouteType.Local;
        if ((prefix.Address.IsV6 ? wantsLocal ? _v6Local : _v6Main : _v4).At(prefix) is not { } routes) return null;
        foreach (Route route in routes)
        {
            if (route.IsInLocalTable != wantsLocal) continue;
            if (type is { } t && route.Type != t) continue;
            if (gateway is { } g && route.Gateway != g) continue;
            if (device != 0 && route.Device != device) continue;
            if (metric is { } m && route.Metric != m) continue;
            return route;
        }

        return null;
    }

    internal void Add(Route route)
    {
        _all.Add(route);
        MapOf(route).Add(route);
    }

    internal void Remove(Route route)
    {
        if (_all.Remove(route)) MapOf(route).Remove(route);
    }

    /// <summary>Removes the routes that came with an address.</summary>
    internal void RemoveOwnedBy(InterfaceAddress owner)
    {
        for (int i = _all.Count - 1; i >= 0; i--)
            if (_all[i].Owner == owner) RemoveAt(i);
    }

    /// <summary>Has the routes that came with an address prefer a source.</summary>
    internal void SetSourceOfOwned(InterfaceAddress owner, InetAddress? source)
    {
        foreach (Route route in _all)
            if (route.Owner == owner) route.PreferredSource = source;
    }

    /// <summary>Removes the routes of one family over an interface; those of type Local only when asked to.</summary>
    internal void RemoveOver(uint device, bool isV6, bool localToo)
    {
        for (int i = _all.Count - 1; i >= 0; i--)
        {
            Route route = _all[i];
            if (route.Device == device && route.Prefix.Address.IsV6 == isV6 && !(isV6 && route.Refuses)
                && (localToo || route.Type != RouteType.Local)) RemoveAt(i);
        }
    }

    /// <summary>
    /// Lets no route prefer a source that is gone: in IPv4 such a route goes too, in IPv6 it stays without one.
    /// </summary>
    internal void ForgetSource(InetAddress source)
    {
        for (int i = _all.Count - 1; i >= 0; i--)
        {
            if (_all[i].PreferredSource != source || _all[i].Owner is not null) continue;
            if (source.IsV6) _all[i].PreferredSource = null;
            else RemoveAt(i);
        }
    }

    private void RemoveAt(int i)
    {
        MapOf(_all[i]).Remove(_all[i]);
        _all.RemoveAt(i);
    }

    private PrefixMap MapOf(Route route) =>
        !route.Prefix.Address.IsV6 ? _v4 : route.IsInLocalTable ? _v6Local : _v6Main;
}
