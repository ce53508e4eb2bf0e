using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Ip;

/// <summary>Better first hops for single destinations, as routers told of them. RFC 4861 §8.3.</summary>
/// <remarks>
/// At most 256: a newcomer takes the place of the one that was longest not used. An entry holds as long as the route leads to the router
/// that it was heard about, so that it goes with its route. Gate held.
/// </remarks>
public sealed class RedirectCache
{
    private const int Capacity = 256;

    private readonly RecentTable<Key, Entry> _entries = new(Capacity);

    internal RedirectCache()
    {
    }

    /// <summary>How many there are.</summary>
    public int Count => _entries.Count;

    /// <summary>Where a packet goes first; the wildcard when its destination itself is on the link.</summary>
    internal InetAddress NextHopOf(InetAddress destination, uint device, InetAddress router)
    {
        if (!_entries.TryFind(new Key(destination, device), out Entry entry) || entry.Router != router) return router;
        return entry.Target == destination ? InetAddress.AnyV6 : entry.Target;
    }

    /// <summary>Notes a better first hop.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="device">The interface.</param>
    /// <param name="router">Where its route leads.</param>
    /// <param name="target">The better first hop; the destination itself when that is on the link.</param>
    internal void Add(InetAddress destination, uint device, InetAddress router, InetAddress target) =>
        _entries.FindOrAdd(new Key(destination, device), out _) = new Entry(router, target);

    /// <summary>Forgets all by way of a neighbor that does not answer or is no router, or that a router told of that is none any more.</summary>
    /// <returns>True when there were any.</returns>
    internal bool RemoveOf(InetAddress neighbor, uint device) =>
        Count != 0 && _entries.RemoveWhere((neighbor, device), static (key, entry, what) =>
            key.Device == what.device && (entry.Target == what.neighbor || entry.Router == what.neighbor)) > 0;

    /// <summary>Forgets all of an interface.</summary>
    internal void RemoveOver(uint device) => _entries.RemoveWhere(device, static (key, _, gone) => key.Device == gone);

    private readonly record struct Key(InetAddress Destination, uint Device);

    private readonly record struct Entry(InetAddress Router, InetAddress Target);
}
