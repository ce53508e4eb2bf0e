using UserNet.Addressing;
using UserNet.Time;

namespace UserNet.Ip;

/// <summary>How far an address may be used; only the order of the values matters, and they are Linux's.</summary>
public enum AddressScope : byte
{
    /// <summary>Anywhere.</summary>
    Global = 0,
    /// <summary>Within a site.</summary>
    Site = 200,
    /// <summary>On one link.</summary>
    Link = 253,
    /// <summary>Within this host.</summary>
    Host = 254,
}

/// <summary>What there is to say of an address of an interface.</summary>
[Flags]
public enum AddressTraits : byte
{
    /// <summary>Nothing: a primary, preferred, public address that is ready for use.</summary>
    None = 0,
    /// <summary>
    /// An IPv4 address that came after another one of the same subnet; never chosen as a source. Set by the table.
    /// </summary>
    Secondary = 1,
    /// <summary>Whether another host has it is not known yet: it is not used. RFC 4862 §5.4, RFC 5227 §2.1.</summary>
    Tentative = 2,
    /// <summary>Its preferred lifetime is over. RFC 4862 §5.5.4.</summary>
    Deprecated = 4,
    /// <summary>An address that changes for the sake of privacy. RFC 8981.</summary>
    Temporary = 8,
    /// <summary>
    /// An IPv6 address that another host on the link has: it stays <see cref="Tentative"/> for good, and is never used. Set by the
    /// table. RFC 4862 §5.4.5.
    /// </summary>
    Duplicate = 16,
    /// <summary>No route to its subnet comes with it: whether that is on the link is said apart, as by routers.</summary>
    NoPrefixRoute = 32,
    /// <summary>Made of a prefix that a router advertised, or of the link-local one. RFC 4862.</summary>
    Autoconfigured = 64,
    /// <summary>Its identifier says nothing of the station, and is the same each time. RFC 7217.</summary>
    StableOpaque = 128,
}

/// <summary>An address to be added to an interface.</summary>
/// <param name="Address">A unicast address, not a mapped one.</param>
/// <param name="PrefixLength">How many leading bits its subnet has in common: 0 to 32, or 0 to 128 for IPv6.</param>
/// <param name="Broadcast">A broadcast address apart from the subnet's last one; IPv4 only.</param>
/// <param name="Scope">
/// Null for the usual one: Host for 127/8, else Global. IPv4 only; an IPv6 address has its scope in its bits.
/// </param>
/// <param name="Traits">Deprecated, Temporary, and Tentative; whether it is secondary is found out.</param>
/// <param name="SkipsDetection">
/// True when it is fit for use at once, even on an interface that detects duplicates.
/// </param>
public readonly record struct NewAddress(
    InetAddress Address,
    int PrefixLength,
    InetAddress? Broadcast = null,
    AddressScope? Scope = null,
    AddressTraits Traits = AddressTraits.None,
    bool SkipsDetection = false)
{
    /// <summary>When it is deprecated; null for never. Who adds it sets <see cref="AddressTraits.Deprecated"/> when that is over.</summary>
    public Timestamp? PreferredUntil { get; init; }

    /// <summary>When it is removed; null for never.</summary>
    public Timestamp? ValidUntil { get; init; }
}

/// <summary>An address that an interface has.</summary>
/// <remarks>Changed by <see cref="HostAddressing"/> only, gate held.</remarks>
public sealed class InterfaceAddress
{
    private const int MostAdvertisers = 4;

    private List<InetAddress>? _advertisers;

    internal InterfaceAddress(InterfaceEntry owner, in NewAddress asked)
    {
        Interface = owner;
        Address = asked.Address;
        PrefixLength = asked.PrefixLength;
        Subnet = new InetPrefix(asked.Address, asked.PrefixLength);
        Broadcast = asked.Broadcast;
        Scope = asked.Scope ?? (!asked.Address.IsV6 && asked.Address.IsLoopback ? AddressScope.Host : AddressScope.Global);
        Traits = asked.Traits & ~AddressTraits.Secondary;
        SkipsDetection = asked.SkipsDetection;
        PreferredUntil = asked.PreferredUntil ?? Timestamp.Never;
        ValidUntil = asked.ValidUntil ?? Timestamp.Never;
    }

    /// <summary>The interface that has it.</summary>
    public InterfaceEntry Interface { get; }

    /// <summary>The address.</summary>
    public InetAddress Address { get; }

    /// <summary>How many leading bits its subnet has in common.</summary>
    public int PrefixLength { get; }

    /// <summary>The subnet that it lies in.</summary>
    public InetPrefix Subnet { get; }

    /// <summary>
    /// The broadcast address that was given with it, if one was; the subnet's last address is one in any case.
    /// </summary>
    public InetAddress? Broadcast { get; }

    /// <summary>How far it may be used; Global for every IPv6 address, whose scope lies in its bits.</summary>
    public AddressScope Scope { get; }

    /// <summary>What there is to say of it.</summary>
    public AddressTraits Traits
    {
        get;
        internal set
        {
            field = value;
            Interface.Touch();
        }
    }

    /// <summary>When its preferred lifetime ends, in the stack's time: it is deprecated from then on. RFC 4862 §5.5.4.</summary>
    public Timestamp PreferredUntil { get; internal set; }

    /// <summary>When its valid lifetime ends, in the stack's time: it is removed. RFC 4862 §5.5.4.</summary>
    public Timestamp ValidUntil { get; internal set; }

    /// <summary>
    /// The next older address of the host with the same octets, on another interface or with another subnet.
    /// </summary>
    internal InterfaceAddress? OlderTwin { get; set; }

    /// <summary>True when it is never tentative.</summary>
    internal bool SkipsDetection { get; }

    /// <summary>True when all of the given traits are set.</summary>
    public bool Is(AddressTraits traits) => (Traits & traits) == traits;

    /// <summary>True when this router has advertised the address's prefix. RFC 6724 §5, rule 5.5.</summary>
    public bool IsAdvertisedBy(InetAddress router) => _advertisers is not null && _advertisers.Contains(router);

    /// <summary>Notes who advertises its prefix: the last few.</summary>
    internal void AddAdvertiser(InetAddress router)
    {
        _advertisers ??= [];
        if (_advertisers.Contains(router)) return;
        Interface.Touch();
        if (_advertisers.Count == MostAdvertisers) _advertisers.RemoveAt(0);
        _advertisers.Add(router);
    }

    internal void RemoveAdvertiser(InetAddress router)
    {
        Interface.Touch();
        _advertisers?.Remove(router);
    }

    /// <summary>As in 10.1.0.1/24.</summary>
    public override string ToString() => $"{Address}/{PrefixLength}";
}
