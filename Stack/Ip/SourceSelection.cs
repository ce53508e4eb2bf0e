using UserNet.Addressing;

namespace UserNet.Ip;

/// <summary>Which of its addresses a host sends with. Pure functions over the interfaces.</summary>
/// <remarks>Gate held. IPv4: RFC 1122 §3.3.4.3, as Linux does it. IPv6: RFC 6724 §5.</remarks>
public static class SourceSelection
{
    /// <summary>The IPv4 source for what leaves by an interface, or null when the host has none that is fit.</summary>
    /// <param name="interfaces">The host's interfaces.</param>
    /// <param name="outgoing">The interface that it leaves by.</param>
    /// <param name="nextHop">The gateway; an address in its subnet is preferred. Null when there is none.</param>
    /// <param name="reach">How far it goes: addresses of narrower scope are not used.</param>
    /// <param name="onlyOutgoing">
    /// True when the addresses of other interfaces are no substitute (strong host model).
    /// </param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static InetAddress? SelectV4(
        InterfaceTable interfaces, InterfaceEntry outgoing, InetAddress? nextHop, AddressScope reach, bool onlyOutgoing = false)
    {
        ArgumentNullException.ThrowIfNull(interfaces);
        ArgumentNullException.ThrowIfNull(outgoing);
        InterfaceAddress? first = null;
        foreach (InterfaceAddress candidate in outgoing.V4)
        {
            if (!IsFit(candidate) || candidate.Scope > reach) continue;
            if (nextHop is not { } hop || candidate.Subnet.Contains(hop)) return candidate.Address;
            first ??= candidate;
        }

        if (first is not null) return first.Address;
        return onlyOutgoing ? null : OfAnyInterface(interfaces, reach);
    }

    /// <summary>The IPv6 source for a destination, or null when there is no candidate.</summary>
    /// <param name="interfaces">The host's interfaces.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="outgoing">The interface that it leaves by, or null when that is not known.</param>
    /// <param name="prefersTemporary">
    /// Rule 7: true for temporary addresses (the RFC), false for public ones (Linux's default); null for what the interface of each prefers.
    /// </param>
    /// <param name="onlyOutgoing">True when other interfaces' addresses are no candidates (strong host model).</param>
    /// <param name="nextHop">Rule 5.5: the router that it goes to first; null when there is none, or the rule is not to be applied.</param>
    /// <param name="policy">The labels; null for Linux's.</param>
    /// <exception cref="ArgumentNullException"><paramref name="interfaces"/> is null.</exception>
    /// <remarks>Of equals, the one added last is taken, on the interface added first; so does Linux.</remarks>
    public static InetAddress? SelectV6(
        InterfaceTable interfaces, InetAddress destination, InterfaceEntry? outgoing,
        bool? prefersTemporary = null, bool onlyOutgoing = false, InetAddress? nextHop = null, PolicyTable? policy = null)
    {
        ArgumentNullException.ThrowIfNull(interfaces);
        Target target = new(destination, outgoing, prefersTemporary, nextHop, policy ?? PolicyTable.Linux);
        InterfaceAddress? best = null;
        if (outgoing is not null && (onlyOutgoing || target.StaysOnLink))
        {
            best = BestOf(outgoing, best, target);
        }
        else
        {
            foreach (InterfaceEntry entry in interfaces.List) best = BestOf(entry, best, target);
        }

        return best?.Address;
    }

    private static InetAddress? OfAnyInterface(InterfaceTable interfaces, AddressScope reach)
    {
        foreach (InterfaceEntry entry in interfaces.List)
            foreach (InterfaceAddress candidate in entry.V4)
                if (IsFit(candidate) && candidate.Scope != AddressScope.Link && candidate.Scope <= reach)
                    return candidate.Address;
        return null;
    }

    // Of IPv4 addresses.
    private static bool IsFit(InterfaceAddress candidate) =>
        (candidate.Traits & (AddressTraits.Secondary | AddressTraits.Tentative)) == 0;

    private static InterfaceAddress? BestOf(InterfaceEntry entry, InterfaceAddress? best, in Target target)
    {
        foreach (InterfaceAddress candidate in entry.V6)
        {
            if (candidate.Is(AddressTraits.Tentative)) continue;
            if (best is null || target.Compare(candidate, best) > 0) best = candidate;
        }

        return best;
    }

    /// <summary>The destination, and the rules of RFC 6724 §5 that compare two sources for it.</summary>
    private readonly struct Target(
        InetAddress destination, InterfaceEntry? outgoing, bool? prefersTemporary, InetAddress? nextHop, PolicyTable policy)
    {
        private readonly int _scope = AddressPolicy.ScopeOf(destination);
        private readonly int _label = policy.LabelOf(destination);

        /// <summary>
        /// True for a destination to which only the outgoing interface's addresses are candidates. RFC 6724 §4.
        /// </summary>
        public bool StaysOnLink => destination.IsMulticast || _scope <= 2;

        /// <summary>
        /// Positive when the first suits better. Rule 4 has nothing to go by here: there are no home addresses.
        /// </summary>
        public int Compare(InterfaceAddress a, InterfaceAddress b)
        {
            int by = Rank(a.Address == destination, b.Address == destination);                         // rule 1
            if (by == 0) by = ScopeMerit(a.Address).CompareTo(ScopeMerit(b.Address));                   // rule 2
            if (by == 0) by = Rank(IsPreferred(a), IsPreferred(b));                                     // rule 3
            if (by == 0 && outgoing is not null) by = Rank(a.Interface == outgoing, b.Interface == outgoing); // rule 5
            if (by == 0 && nextHop is { } hop) by = Rank(a.IsAdvertisedBy(hop), b.IsAdvertisedBy(hop));   // rule 5.5
            if (by == 0) by = Rank(HasLabel(a), HasLabel(b));                                           // rule 6
            if (by == 0) by = Rank(SuitsPrivacy(a), SuitsPrivacy(b));                                   // rule 7
            if (by == 0) by = Rank(SuitsOrchid(a), SuitsOrchid(b));                                     // RFC 4843
            return by != 0 ? by : MatchLength(a).CompareTo(MatchLength(b));                             // rule 8
        }

        private static int Rank(bool a, bool b) => (a ? 1 : 0) - (b ? 1 : 0);

        /// <summary>
        /// Scopes that suffice before those that don't; of the former the smallest, of the latter the largest.
        /// </summary>
        private int ScopeMerit(InetAddress source)
        {
            int scope = AddressPolicy.ScopeOf(source);
            return scope >= _scope ? -scope : scope - 128;
        }

        private static bool IsPreferred(InterfaceAddress source) =>
            !source.Is(AddressTraits.Deprecated)
            // ::1, compatible and mapped always are, as in Linux.
            || (source.Address.High == 0 && source.Address.Low >> 32 is 0 or 0xFFFF);

        private bool HasLabel(InterfaceAddress source) => policy.LabelOf(source.Address) == _label;

        private bool SuitsPrivacy(InterfaceAddress source) =>
            source.Is(AddressTraits.Temporary) == (prefersTemporary ?? source.Interface.PrefersTemporaryAddresses);

        private bool SuitsOrchid(InterfaceAddress source) =>
            AddressPolicy.IsOrchid(source.Address) == AddressPolicy.IsOrchid(destination);

        private int MatchLength(InterfaceAddress source) =>
            Math.Min(AddressPolicy.CommonPrefixLength(source.Address, destination), source.PrefixLength);
    }
}
