using UserNet.Addressing;

namespace UserNet.Ip;

/// <summary>Routes by prefix: finds the longest that matches, one hash lookup for each prefix length in use.</summary>
/// <remarks>
/// Routes of one prefix are in order: those of the local table, then lower metrics, then lower ranks, then those added first.
/// </remarks>
internal sealed class PrefixMap(int longest)
{
    private readonly Dictionary<InetPrefix, List<Route>> _byPrefix = [];
    private readonly int[] _used = new int[longest + 1];      // prefixes of each length
    private readonly int[] _lengths = new int[longest + 1];   // lengths in use, longest first
    private int _lengthCount;

    // The last answer: packets come and go in runs.
    private InetAddress _askedDestination;
    private uint _askedDevice;
    private int _askedVersion = -1;
    private Route? _answer;

    /// <summary>Grows with each change, so that what was found before can be known to hold still.</summary>
    public int Version { get; private set; }

    /// <summary>The route for a destination, or null.</summary>
    /// <param name="destination">An address of the map's family.</param>
    /// <param name="device">
    /// The interface that the route must lead over, 0 for any. A route over interface 0 suits every one.
    /// </param>
    public Route? Find(InetAddress destination, uint device)
    {
        if (_askedVersion == Version && _askedDestination == destination && _askedDevice == device) return _answer;
        (_askedVersion, _askedDestination, _askedDevice) = (Version, destination, device);
        return _answer = Find(destination, device, onLinkOnly: false);
    }

    /// <inheritdoc cref="Find(InetAddress, uint)"/>
    /// <param name="destination">An address of the map's family.</param>
    /// <param name="device">The interface that the route must lead over, 0 for any.</param>
    /// <param name="onLinkOnly">True to look past routes by a gateway.</param>
    public Route? Find(InetAddress destination, uint device, bool onLinkOnly)
    {
        for (int i = 0; i < _lengthCount; i++)
        {
            if (!_byPrefix.TryGetValue(new InetPrefix(destination, _lengths[i]), out List<Route>? routes)) continue;
            foreach (Route route in routes)
            {
                if (device != 0 && route.Device != device && route.Device != 0) continue;
                if (onLinkOnly && route.Gateway is not null) continue;
                return route;
            }
        }

        return null;
    }

    /// <summary>The routes of exactly this prefix, in order; null when there are none.</summary>
    public List<Route>? At(InetPrefix prefix) => _byPrefix.GetValueOrDefault(prefix);

    public void Add(Route route)
    {
        Version++;
        if (!_byPrefix.TryGetValue(route.Prefix, out List<Route>? routes))
        {
            _byPrefix.Add(route.Prefix, routes = []);
            if (_used[route.Prefix.Length]++ == 0) FindLengths();
        }

        int at = routes.Count;
        while (at > 0 && ComesBefore(route, routes[at - 1])) at--;
        routes.Insert(at, route);
    }

    public void Remove(Route route)
    {
        Version++;
        List<Route> routes = _byPrefix[route.Prefix];
        routes.Remove(route);
        if (routes.Count != 0) return;
        _byPrefix.Remove(route.Prefix);
        if (--_used[route.Prefix.Length] == 0) FindLengths();
    }

    private static bool ComesBefore(Route newcomer, Route standing) =>
        newcomer.IsInLocalTable != standing.IsInLocalTable
            ? newcomer.IsInLocalTable
            : newcomer.Metric != standing.Metric ? newcomer.Metric < standing.Metric : newcomer.Rank < standing.Rank;

    private void FindLengths()
    {
        _lengthCount = 0;
        for (int length = longest; length >= 0; length--)
            if (_used[length] != 0) _lengths[_lengthCount++] = length;
    }
}
