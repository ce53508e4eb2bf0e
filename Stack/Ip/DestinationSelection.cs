using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Ip;

/// <summary>A destination and the source that a host would reach it from.</summary>
/// <param name="Destination">Where to; a link-local one with its scope id.</param>
/// <param name="Source">The source, of the same family; null where there is none, or no route.</param>
/// <param name="IsSourceDeprecated">True when the source's preferred lifetime is over.</param>
/// <param name="SourcePrefixLength">How many leading bits of the source count in comparisons: those of its subnet.</param>
public readonly record struct DestinationCandidate(
    InetEndpoint Destination, InetAddress? Source, bool IsSourceDeprecated = false, int SourcePrefixLength = 128);

/// <summary>Which of several addresses of a peer is tried first. RFC 6724 §6.</summary>
/// <remarks>Gate held for what asks a host; the rest are pure functions.</remarks>
public static class DestinationSelection
{
    /// <summary>Sorts destinations, the best first, by what a host's routes and addresses say now.</summary>
    /// <param name="host">Routes, addresses and policy table.</param>
    /// <param name="destinations">The destinations of both families, mapped addresses among them, in the order in which the name's records came.</param>
    /// <exception cref="ArgumentNullException"><paramref name="host"/> is null.</exception>
    public static void Sort(HostAddressing host, Span<InetEndpoint> destinations)
    {
        ArgumentNullException.ThrowIfNull(host);
        var candidates = new DestinationCandidate[destinations.Length];
        for (int i = 0; i < candidates.Length; i++) candidates[i] = Ask(host, destinations[i]);
        Sort(candidates, host.Policy);
        for (int i = 0; i < candidates.Length; i++) destinations[i] = candidates[i].Destination;
    }

    /// <summary>Sorts candidates, the best first; equals stay in their order. Rules 1 to 10.</summary>
    /// <param name="candidates">The destinations with their sources.</param>
    /// <param name="policy">Labels and precedences.</param>
    /// <exception cref="ArgumentNullException"><paramref name="policy"/> is null.</exception>
    public static void Sort(Span<DestinationCandidate> candidates, PolicyTable policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        for (int i = 1; i < candidates.Length; i++)
        {
            DestinationCandidate moved = candidates[i];
            int at = i;
            for (; at > 0 && Compare(moved, candidates[at - 1], policy) > 0; at--) candidates[at] = candidates[at - 1];
            candidates[at] = moved;
        }
    }

    /// <summary>Positive when the first is to be tried before the second, 0 where nothing speaks for either (rule 10).</summary>
    /// <remarks>
    /// Rules 4 (home addresses) and 7 (native transport) have nothing to go by here: there are neither home addresses nor tunnels.
    /// </remarks>
    public static int Compare(in DestinationCandidate a, in DestinationCandidate b, PolicyTable policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        InetAddress to = a.Destination.Address, other = b.Destination.Address;
        if (a.Source is not { } source || b.Source is not { } otherSource)
            return Rank(a.Source is not null, b.Source is not null);                                                     // rule 1
        int by = Rank(HasSameScope(to, source), HasSameScope(other, otherSource));                                        // rule 2
        if (by == 0) by = Rank(!a.IsSourceDeprecated, !b.IsSourceDeprecated);                                            // rule 3
        if (by == 0) by = Rank(policy.LabelOf(to) == policy.LabelOf(source), policy.LabelOf(other) == policy.LabelOf(otherSource)); // rule 5
        if (by == 0) by = policy.PrecedenceOf(to).CompareTo(policy.PrecedenceOf(other));                                 // rule 6
        if (by == 0) by = AddressPolicy.ScopeOf(other).CompareTo(AddressPolicy.ScopeOf(to));                             // rule 8
        bool areV6 = !to.IsV4OrMapped && !other.IsV4OrMapped;
        return by != 0 || !areV6 ? by : MatchLength(a, source).CompareTo(MatchLength(b, otherSource));                   // rule 9
    }

    private static DestinationCandidate Ask(HostAddressing host, in InetEndpoint destination)
    {
        InetAddress to = destination.Address.Unmap();
        RouteAnswer answer = host.FindRoute(new RouteQuery(to, to.IsV6 ? InetAddress.AnyV6 : InetAddress.AnyV4, destination.ScopeId));
        if (answer.Rule != BindRule.Granted || answer.Source.IsWildcard) return new DestinationCandidate(destination, null);
        InterfaceAddress? own = host.Interfaces.Find(answer.Source, answer.Device) ?? host.Interfaces.Find(answer.Source);
        return new DestinationCandidate(
            destination, answer.Source, own is not null && own.Is(AddressTraits.Deprecated), own?.PrefixLength ?? 128);
    }

    private static bool HasSameScope(InetAddress a, InetAddress b) => AddressPolicy.ScopeOf(a) == AddressPolicy.ScopeOf(b);

    private static int MatchLength(in DestinationCandidate candidate, InetAddress source) =>
        Math.Min(AddressPolicy.CommonPrefixLength(candidate.Destination.Address, source), candidate.SourcePrefixLength);

    private static int Rank(bool a, bool b) => (a ? 1 : 0) - (b ? 1 : 0);
}
