using UserNet.Addressing;
using UserNet.Link;

namespace UserNet.Ip;

/// <summary>An interface of a host: its index and name, whether it is up, and its addresses.</summary>
/// <remarks>Changed by <see cref="HostAddressing"/> only, gate held.</remarks>
public sealed class InterfaceEntry
{
    private readonly List<InterfaceAddress> _v4 = [], _v6 = [];

    private readonly InterfaceTable _table;

    internal InterfaceEntry(InterfaceTable table, uint index, string name, bool isLoopback)
    {
        _table = table;
        Index = index;
        Name = name;
        IsLoopback = isLoopback;
    }

    /// <summary>The number by which sockets and scope ids name it; the loopback interface is 1.</summary>
    public uint Index { get; }

    /// <summary>Its name, as in lo or v0.</summary>
    public string Name { get; }

    /// <summary>True when what is sent here comes back.</summary>
    public bool IsLoopback { get; }

    /// <summary>True when it is up: only then do routes lead over it.</summary>
    public bool IsUp { get; internal set; }

    /// <summary>The end of the link that it is attached to, or null.</summary>
    public LinkPort? Port { get; internal set; }

    /// <summary>
    /// Whether what arrives here for other hosts is forwarded; null, as at first, where <see cref="IpInputSettings.Forwards"/> decides.
    /// </summary>
    public bool? Forwards { get; set; }

    /// <summary>RFC 6724 rule 7: true when its temporary IPv6 addresses are preferred to its public ones.</summary>
    public bool PrefersTemporaryAddresses
    {
        get;
        set
        {
            field = value;
            _table.Touch();
        }
    }

    /// <summary>False to ignore routers that say that there is a better first hop. A host that forwards always does. RFC 4861 §8.</summary>
    public bool AcceptsRedirects { get; set; } = true;

    /// <summary>
    /// How many routers may forward an IPv6 packet that leaves here, where its sender does not say: 64, or what a router advertises. RFC
    /// 4861 §6.3.2.
    /// </summary>
    public byte HopLimit { get; set; } = UsualHopLimit;

    /// <summary>What a time to live or hop limit is where nobody says. RFC 1700.</summary>
    internal const byte UsualHopLimit = 64;

    /// <summary>
    /// True when a new IPv6 address is tentative until it is confirmed. False at first. RFC 4862 §5.4.
    /// </summary>
    public bool DetectsDuplicates { get; internal set; }

    /// <summary>
    /// How many probes are sent for a tentative IPv6 address before it is used: 1, as RFC 4862 §5.1 has it (DupAddrDetectTransmits). Of
    /// weight only where <see cref="DetectsDuplicates"/> is true.
    /// </summary>
    public int DuplicateTransmits { get; internal set; } = 1;

    /// <summary>
    /// True to tell all on the link of an IPv6 address once it is fit for use, so that those who knew it elsewhere learn of it at once.
    /// RFC 4861 §7.2.6. False at first, as Linux's ndisc_notify is.
    /// </summary>
    public bool AnnouncesV6 { get; set; }

    /// <summary>
    /// True when nothing of IPv6 is sent or taken, since another host has the link-local address that was made of this interface's
    /// station: they may be one station twice. Ends when the interface is taken down. RFC 4862 §5.4.5.
    /// </summary>
    public bool IsV6Disabled { get; internal set; }

    /// <summary>
    /// True when a new IPv4 address is tentative until it is confirmed. False at first. RFC 5227 §2.1.
    /// </summary>
    public bool DetectsConflicts { get; internal set; }

    /// <summary>
    /// Its IPv4 addresses in the order in which a source is looked for: primary ones, those of wider scope last; then
    /// secondary ones.
    /// </summary>
    public IReadOnlyList<InterfaceAddress> V4Addresses => _v4;

    /// <summary>
    /// Its IPv6 addresses in the order in which a source is looked for: those of wider scope first, then newer before
    /// older.
    /// </summary>
    public IReadOnlyList<InterfaceAddress> V6Addresses => _v6;

    /// <summary>
    /// Its link-local IPv6 address, the oldest one that is fit for use, as in Linux; null while there is none. Neighbors and routers are
    /// told of it.
    /// </summary>
    public InetAddress? LinkLocal
    {
        get
        {
            for (int i = _v6.Count - 1; i >= 0; i--)
                if (_v6[i].Address.IsLinkLocal && !_v6[i].Is(AddressTraits.Tentative)) return _v6[i].Address;
            return null;
        }
    }

    internal List<InterfaceAddress> V4 => _v4;

    internal List<InterfaceAddress> V6 => _v6;

    /// <summary>The address with this prefix length, or null.</summary>
    public InterfaceAddress? Find(InetAddress address, int prefixLength)
    {
        foreach (InterfaceAddress candidate in address.IsV6 ? _v6 : _v4)
            if (candidate.Address == address && candidate.PrefixLength == prefixLength) return candidate;
        return null;
    }

    /// <summary>The address whatever its prefix length, or null.</summary>
    public InterfaceAddress? Find(InetAddress address)
    {
        foreach (InterfaceAddress candidate in address.IsV6 ? _v6 : _v4)
            if (candidate.Address == address) return candidate;
        return null;
    }

    /// <summary>Something is said of one of its addresses that was not before.</summary>
    internal void Touch() => _table.Touch();

    /// <summary>The first primary IPv4 address in the subnet, or null.</summary>
    internal InterfaceAddress? PrimaryOf(InetPrefix subnet)
    {
        foreach (InterfaceAddress candidate in _v4)
            if (candidate.Subnet == subnet && !candidate.Is(AddressTraits.Secondary)) return candidate;
        return null;
    }

    /// <summary>Puts an address where its order wants it, and says whether it is secondary.</summary>
    internal void Insert(InterfaceAddress address)
    {
        if (address.Address.IsV6) InsertV6(address);
        else InsertV4(address);
    }

    private void InsertV4(InterfaceAddress address)
    {
        if (PrimaryOf(address.Subnet) is not null)
        {
            address.Traits |= AddressTraits.Secondary;
            _v4.Add(address);
            return;
        }

        int at = 0;
        for (int i = 0; i < _v4.Count; i++)
            if (!_v4[i].Is(AddressTraits.Secondary) && address.Scope <= _v4[i].Scope) at = i + 1;
        _v4.Insert(at, address);
    }

    private void InsertV6(InterfaceAddress address)
    {
        int scope = AddressPolicy.ScopeOf(address.Address), at = 0;
        while (at < _v6.Count && AddressPolicy.ScopeOf(_v6[at].Address) > scope) at++;
        _v6.Insert(at, address);
    }

    /// <summary>As in v0.</summary>
    public override string ToString() => Name;
}
