using System.Runtime.InteropServices;

namespace UserNet.Binding;

/// <summary>
/// All holders of a port space by what they share: one domain for each set of terms, whoever the owner is, and for those with
/// SO_REUSEPORT, which ask for the owner, one more for each owner.
/// </summary>
/// <remarks>
/// There are few terms, however many holders. Only a choice that shares by SO_REUSEPORT, Linux's for datagrams, looks at the domains by
/// owner, and costs more with each owner that there is. Gate held.
/// </remarks>
internal sealed class SharingDomains
{
    private const int MostEmpty = 16;

    private readonly List<SharingDomain> _all = [];
    private readonly Dictionary<DomainKey, SharingDomain> _byOwner = [];

    /// <summary>Marks the port of a holder.</summary>
    public void Mark(Holder holder)
    {
        var terms = DomainKey.TermsOf(holder);
        SharingDomain? domain = holder.Domain;
        if (domain is null || domain.Home != this || !domain.Key.Equals(terms)) domain = holder.Domain = DomainOf(terms);
        domain.Add(holder);
        if (terms.ReusesPort) OwnerDomainOf(terms.OwnedBy(holder.Claim.Uid)).Add(holder);
    }

    /// <summary>Takes the mark back; the holder must be as it was then.</summary>
    public void Unmark(Holder holder)
    {
        SharingDomain domain = holder.Domain!;
        domain.Remove(holder);
        if (domain.Key.ReusesPort) OwnerDomainOf(domain.Key.OwnedBy(holder.Claim.Uid)).Remove(holder);
    }

    /// <summary>Has the search avoid what stands in the way of a choice for bind.</summary>
    /// <param name="search">The search.</param>
    /// <param name="asking">The newcomer's claim.</param>
    /// <param name="model">Whose rules.</param>
    /// <param name="isStream">True for TCP.</param>
    /// <param name="relaxed">Linux's second pass over a full range.</param>
    public void BlockForBind(PortSearch search, in Claim asking, SharingModel model, bool isStream, bool relaxed)
    {
        bool asksForOwner = asking.ReusesPort && model == SharingModel.Linux && (!isStream || relaxed);
        foreach (SharingDomain domain in CollectionsMarshal.AsSpan(_all))
        {
            if (domain.Count == 0 || (asksForOwner && domain.Key.ReusesPort)) continue;
            if (BindRules.BlocksChoice(domain.Key, asking, model, isStream, relaxed)) domain.Block(search, asking);
        }

        if (!asksForOwner) return;
        foreach (SharingDomain domain in _byOwner.Values)
            if (BindRules.BlocksChoice(domain.Key, asking, model, isStream, relaxed)) domain.Block(search, asking);
    }

    /// <summary>Has the search avoid every port that is held at all.</summary>
    public void BlockAll(PortSearch search)
    {
        foreach (SharingDomain domain in CollectionsMarshal.AsSpan(_all))
            if (domain.Count != 0) domain.BlockAll(search);
    }

    /// <summary>Has the search avoid every port on which somebody's claim overlaps this one, whatever is shared.</summary>
    public void BlockOverlapping(PortSearch search, in Claim claim)
    {
        foreach (SharingDomain domain in CollectionsMarshal.AsSpan(_all))
            if (domain.Count != 0) domain.Block(search, claim);
    }

    /// <summary>Has the search avoid what stands in the way of a stream's connect.</summary>
    /// <param name="search">The search.</param>
    /// <param name="asking">The newcomer's claim.</param>
    /// <param name="personality">Whether ports that only connects chose may be shared; else those only that both sockets' options share.</param>
    public void BlockForConnect(PortSearch search, in Claim asking, Personality personality)
    {
        bool all = personality.ConnectSharesPorts;
        foreach (SharingDomain domain in CollectionsMarshal.AsSpan(_all))
        {
            bool isShared = domain.Key.IsConnectBound && (all || (asking.SharesUnicastPort && (domain.Key.Sharing & Sharing.UnicastPort) != 0));
            if (domain.Count == 0 || isShared) continue;
            if (all) domain.BlockAll(search);
            else if (BindRules.BlocksChoice(domain.Key, asking, personality.Sharing, isStream: true, relaxed: false)) domain.Block(search, asking);
        }
    }

    private SharingDomain DomainOf(in DomainKey key)
    {
        foreach (SharingDomain domain in CollectionsMarshal.AsSpan(_all))
            if (domain.Key.Equals(key)) return domain;
        if (_all.Count >= MostEmpty) DropEmpty();
        var made = new SharingDomain(key, this, dense: true);
        _all.Add(made);
        return made;
    }

    private SharingDomain OwnerDomainOf(in DomainKey key)
    {
        if (_byOwner.TryGetValue(key, out SharingDomain? domain)) return domain;
        if (_byOwner.Count >= MostEmpty) DropEmptyOwners();
        return _byOwner[key] = new SharingDomain(key, this, dense: false);
    }

    private void DropEmpty()
    {
        for (int i = _all.Count - 1; i >= 0; i--)
        {
            if (_all[i].Count != 0) continue;
            _all[i].Home = null;
            _all.RemoveAt(i);
        }
    }

    private void DropEmptyOwners()
    {
        foreach ((DomainKey key, SharingDomain domain) in _byOwner)
            if (domain.Count == 0) _byOwner.Remove(key);
    }
}
