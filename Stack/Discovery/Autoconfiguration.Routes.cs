using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Discovery;

// Routers, the routes by way of them, what is on the link, and name servers.
internal sealed partial class Autoconfiguration
{
    private const uint MetricOfRouters = 1024;      // as Linux has it

    private readonly List<AdvertisedRoute> _routes = [];
    private readonly List<OnLinkPrefix> _onLink = [];
    private readonly List<AdvertisedServer> _servers = [];

    /// <summary>The default routers and the more specific routes, in the order in which they came.</summary>
    public IReadOnlyList<AdvertisedRoute> Routes => _routes;

    /// <summary>The name servers, in the order in which they came.</summary>
    public IReadOnlyList<AdvertisedServer> Servers => _servers;

    /// <summary>A neighbor no longer answers, or does again: a router that does not comes after all others. RFC 4861 §6.3.6.</summary>
    public void SetReachable(InetAddress router, bool isReachable)
    {
        // Those that fail go behind those that failed before: so all are tried in turn when none answers.
        for (int i = 0; i < _routes.Count; i++)
        {
            AdvertisedRoute route = _routes[i];
            if (route.Router != router || route.IsUnreachable == !isReachable) continue;
            route.IsUnreachable = !isReachable;
            PutInTable(route);
        }
    }

    /// <summary>A neighbor said that it is no router any more. RFC 4861 §7.2.5.</summary>
    public void RemoveRouter(InetAddress router)
    {
        for (int i = _routes.Count - 1; i >= 0; i--)
            if (_routes[i].Router == router) RemoveRoute(i);
        Rearm();
    }

    private bool OnRoute(in RouteInformation route, InetAddress router, Timestamp now)
    {
        bool isOfUse = route.Preference is not null && !route.Prefix.Address.IsLinkLocal && !route.Prefix.Address.IsMulticast;
        return !isOfUse || OnRoute(route.Prefix, router, route.Preference!.Value, route.Lifetime, now);
    }

    private bool OnRoute(InetPrefix prefix, InetAddress router, RouterPreference preference, uint lifetime, Timestamp now)
    {
        int at = _routes.Count - 1;
        while (at >= 0 && (_routes[at].Router != router || _routes[at].Prefix != prefix)) at--;
        if (lifetime == 0)
        {
            if (at >= 0) RemoveRoute(at);
            return true;
        }

        bool isNew = at < 0;
        if (isNew && !MakeRoom(isDefault: prefix.Length == 0)) return false;
        AdvertisedRoute route = isNew ? new AdvertisedRoute(prefix, router) : _routes[at];
        if (isNew) _routes.Add(route);
        route.Until = Until(lifetime, now);
        if (!isNew && route.Preference == preference) return true;
        route.Preference = preference;
        PutInTable(route);
        return true;
    }

    private bool MakeRoom(bool isDefault)
    {
        int count = 0, victim = -1;
        for (int i = 0; i < _routes.Count; i++)
        {
            if (_routes[i].IsDefault != isDefault) continue;
            count++;
            if (_routes[i].IsUnreachable) victim = i;
        }

        if (count < (isDefault ? Settings.MaxRouters : Settings.MaxRoutes)) return true;
        if (victim < 0) return false;
        RemoveRoute(victim);
        return true;
    }

    private void PutInTable(AdvertisedRoute route)
    {
        if (route.Line is { } old) _host.Routes.Remove(old);
        route.Line = new Route(route.Prefix, RouteType.Unicast, Entry.Index)
        {
            Gateway = route.Router,
            Metric = MetricOfRouters,
            Rank = route.Rank,
        };
        _host.Routes.Add(route.Line);
    }

    private void RemoveRoute(int at)
    {
        AdvertisedRoute route = _routes[at];
        _routes.RemoveAt(at);
        _host.Routes.Remove(route.Line!);
        if (!route.IsDefault) return;
        if (_host.Redirects.RemoveOf(route.Router, Entry.Index)) _host.Routes.Touch();
        foreach (InterfaceAddress address in Entry.V6) address.RemoveAdvertiser(route.Router);
    }

    private bool OnOnLink(InetPrefix prefix, uint lifetime, Timestamp now)
    {
        int at = _onLink.Count - 1;
        while (at >= 0 && _onLink[at].Prefix != prefix) at--;
        if (lifetime == 0)
        {
            if (at >= 0) RemoveOnLink(at);
            return true;
        }

        if (at < 0)
        {
            if (_onLink.Count >= Settings.MaxPrefixes) return false;
            if (_host.AddOnLink(prefix, Entry.Index) is not { } line) return true;
            at = _onLink.Count;
            _onLink.Add(new OnLinkPrefix(prefix, line));
        }

        _onLink[at].Until = Until(lifetime, now);
        return true;
    }

    private void RemoveOnLink(int at)
    {
        Route line = _onLink[at].Line;
        _onLink.RemoveAt(at);
        _host.RemoveOnLink(line);
    }

    /// <summary>RFC 8106 §6.1: when there are too many, the one that would end first makes place.</summary>
    private bool OnServers(in DiscoveryOption option, Timestamp now)
    {
        int count = option.ServerCount(out uint lifetime);
        for (int i = 0; i < count; i++) OnServer(option.Server(i), lifetime, now);
        return true;
    }

    private void OnServer(InetAddress server, uint lifetime, Timestamp now)
    {
        int at = _servers.Count - 1;
        while (at >= 0 && _servers[at].Address != server) at--;
        if (at >= 0) _servers.RemoveAt(at);
        if (lifetime == 0 || server.IsMulticast || server.IsWildcard || Settings.MaxNameServers == 0) return;
        if (at < 0 && _servers.Count >= Settings.MaxNameServers)
        {
            int first = 0;
            for (int i = 1; i < _servers.Count; i++)
                if (_servers[i].Until < _servers[first].Until) first = i;
            if (_servers[first].Until >= Until(lifetime, now)) return;
            _servers.RemoveAt(first);
        }

        _servers.Insert(at < 0 ? _servers.Count : at, new AdvertisedServer { Address = server, Until = Until(lifetime, now) });
    }

    private void EndServers(Timestamp now)
    {
        for (int i = _servers.Count - 1; i >= 0; i--)
            if (_servers[i].Until <= now) _servers.RemoveAt(i);
    }

    private void EndRoutes(Timestamp now)
    {
        for (int i = _routes.Count - 1; i >= 0; i--)
            if (_routes[i].Until <= now) RemoveRoute(i);
        for (int i = _onLink.Count - 1; i >= 0; i--)
            if (_onLink[i].Until <= now) RemoveOnLink(i);
    }

    private void ClearRoutes()
    {
        while (_routes.Count > 0) RemoveRoute(_routes.Count - 1);
        while (_onLink.Count > 0) RemoveOnLink(_onLink.Count - 1);
    }
}
