using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Link;

/// <summary>What a message of Neighbor Discovery says of whether its sender is a router.</summary>
internal enum RouterClaim : byte
{
    /// <summary>Nothing: a neighbor solicitation, or a redirect to the destination itself.</summary>
    None,
    /// <summary>It is none: a router solicitation. RFC 4861 §6.2.6.</summary>
    Host,
    /// <summary>It is one: a router advertisement, or a redirect to another router. RFC 4861 §6.3.4, §8.3.</summary>
    Router,
}

// What Neighbor Discovery tells. RFC 4861 §7.2.3, §7.2.5.
public sealed partial class NeighborTable
{
    /// <summary>
    /// A message named the station of a neighbor without being an advertisement of it: a solicitation, what routers say, a redirect.
    /// RFC 4861 §6.2.6, §6.3.4, §7.2.3, §8.3.
    /// </summary>
    /// <param name="address">The neighbor.</param>
    /// <param name="station">Its station.</param>
    /// <param name="claim">Whether the message says that it is a router.</param>
    /// <param name="now">The time.</param>
    /// <returns>True when the table knows the neighbor now.</returns>
    internal bool OnStationNamed(InetAddress address, MacAddress station, RouterClaim claim, Timestamp now)
    {
        if (Find(address) is not { } neighbor)
        {
            if (AddHeard(address, station, now) is not { } heard) return false;
            heard.IsRouter = claim == RouterClaim.Router;
            return true;
        }

        switch (neighbor.State)
        {
            case NeighborState.Permanent:
                break;
            case NeighborState.Failed:
                _used.Append(neighbor);
                SetStale(neighbor, station, now);
                break;
            case NeighborState.Incomplete:
                SetFound(neighbor, station, NeighborState.Stale, now);
                Tell(address, NeighborNews.Reachable, now);
                break;
            default:
                if (neighbor.Station != station) SetStale(neighbor, station, now);
                break;
        }

        if (claim != RouterClaim.None) SetRouter(neighbor, address, claim == RouterClaim.Router, now);
        return true;
    }

    /// <summary>
    /// A message of routers or to them, which named no station: of a neighbor that is known it is still said whether it is a router.
    /// RFC 4861 §6.2.6, §6.3.4.
    /// </summary>
    internal void OnRouterClaimed(InetAddress address, RouterClaim claim, Timestamp now)
    {
        if (Find(address) is { } neighbor) SetRouter(neighbor, address, claim == RouterClaim.Router, now);
    }

    /// <summary>A neighbor said where it is. RFC 4861 §7.2.5.</summary>
    /// <param name="target">The neighbor.</param>
    /// <param name="station">Its station; null where the advertisement names none.</param>
    /// <param name="isSolicited">The S flag.</param>
    /// <param name="overrides">The O flag.</param>
    /// <param name="isRouter">The R flag.</param>
    /// <param name="now">The time.</param>
    /// <returns>True when anything of it was believed, or showed that what is known still holds.</returns>
    internal bool OnAdvertised(
        InetAddress target, MacAddress? station, bool isSolicited, bool overrides, bool isRouter, Timestamp now)
    {
        if (Find(target) is not { } neighbor) return false;
        NeighborState before = StateOf(neighbor, now);
        bool isOther = station is { } named && named != neighbor.Station;
        AdvertisementEffect effect = AdvertisementRules.Decide(before, isSolicited, overrides, station is not null, isOther);
        if (effect == default) return false;
        MacAddress held = effect.TakesStation ? station!.Value : neighbor.Station;
        if (before == NeighborState.Incomplete) SetFound(neighbor, held, effect.Next!.Value, now);
        else if (effect.Next == NeighborState.Stale) SetStale(neighbor, held, now);
        else if (effect.Next == NeighborState.Reachable) SetReachable(neighbor, held, now);
        if (effect.TakesRouter) SetRouter(neighbor, target, isRouter, now);
        bool isFound = before == NeighborState.Incomplete || (before == NeighborState.Probe && effect.Next == NeighborState.Reachable);
        if (isFound) Tell(target, NeighborNews.Reachable, now);
        return true;
    }

    /// <summary>The station of a neighbor that was asked for is known: what waited leaves.</summary>
    private void SetFound(Neighbor neighbor, MacAddress station, NeighborState state, Timestamp now)
    {
        SetStale(neighbor, station, now);
        _used.Append(neighbor);
        if (state == NeighborState.Reachable) SetReachable(neighbor, now);
        else if (neighbor.Waiting.Count > 0) SetDelay(neighbor, now);      // §7.3.3: something is sent to it now
        Flush(neighbor);
    }

    private void SetReachable(Neighbor neighbor, MacAddress station, Timestamp now)
    {
        neighbor.Station = station;
        SetReachable(neighbor, now);
    }

    // §7.2.5: a router that became a host is to be dropped from the default routers.
    private void SetRouter(Neighbor neighbor, InetAddress address, bool isRouter, Timestamp now)
    {
        bool was = neighbor.IsRouter;
        neighbor.IsRouter = isRouter;
        if (was && !isRouter) Tell(address, NeighborNews.NoRouter, now);
    }
}
