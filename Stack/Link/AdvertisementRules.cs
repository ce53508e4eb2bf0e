using static UserNet.Link.NeighborState;

namespace UserNet.Link;

/// <summary>What a neighbor advertisement changes of what is known of its target.</summary>
/// <param name="TakesStation">True when its station is another from now on.</param>
/// <param name="Next">Its state from now on; null where it stays as it is.</param>
/// <param name="TakesRouter">True when it is believed whether the target is a router.</param>
internal readonly record struct AdvertisementEffect(bool TakesStation, NeighborState? Next, bool TakesRouter);

/// <summary>RFC 4861 §7.2.5 as a table. Pure: it changes nothing.</summary>
internal static class AdvertisementRules
{
    /// <summary>What changes; nothing of a neighbor that is not known, whom nobody here wants to speak to.</summary>
    /// <param name="state">How sure it was where the target is.</param>
    /// <param name="isSolicited">The S flag.</param>
    /// <param name="overrides">The O flag.</param>
    /// <param name="hasStation">True when the advertisement names a station.</param>
    /// <param name="isOther">True when that is not the one that is known.</param>
    public static AdvertisementEffect Decide(NeighborState state, bool isSolicited, bool overrides, bool hasStation, bool isOther) =>
        state switch
        {
            // Failed is no state of the RFC's: the neighbor is as good as forgotten. Linux does not believe it then, either.
            Permanent or Failed => default,
            Incomplete => hasStation ? new AdvertisementEffect(true, isSolicited ? Reachable : Stale, true) : default,
            _ when hasStation && isOther && !overrides => new AdvertisementEffect(false, state == Reachable ? Stale : null, false),
            _ => new AdvertisementEffect(hasStation && isOther, isSolicited ? Reachable : hasStation && isOther ? Stale : null, true),
        };
}
