using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Ip;

/// <summary>
/// The interfaces, addresses and routes of a host, kept in step with each other, and the answers that follow from
/// them.
/// </summary>
/// <remarks>
/// Connected routes, broadcast addresses and the entries for the host's own addresses come and go with addresses and
/// interfaces, by Linux's rules. A new host has a loopback interface, lo, index 1, up, with 127.0.0.1/8 and ::1/128.
/// Nothing comes by itself: link-local addresses, lifetimes and what routers say are matters of the stack's. Gate held.
/// </remarks>
public sealed partial class HostAddressing : IRoutes
{
    /// <summary>The index of the loopback interface.</summary>
    public const uint LoopbackIndex = 1;

    private readonly HostModel _model;

    /// <summary>A host with a loopback interface only.</summary>
    /// <param name="model">Whether any address may be used on any interface.</param>
    public HostAddressing(HostModel model = HostModel.Weak)
    {
        _model = model;
        SetUp(Interfaces.Add("lo", LoopbackIndex, isLoopback: true));
    }

    /// <summary>Whether an address belongs to the host or to its interface.</summary>
    public HostModel Model => _model;

    /// <summary>What the host does with packets that arrive.</summary>
    public IpInputSettings InputSettings { get; } = new();

    /// <summary>The interfaces and their addresses.</summary>
    public InterfaceTable Interfaces { get; } = new();

    /// <summary>The routes.</summary>
    public RouteTable Routes { get; } = new();

    /// <summary>
    /// RFC 6724 rule 7: true to prefer temporary IPv6 addresses, false (Linux's default) to prefer public ones.
    /// </summary>
    public bool PrefersTemporaryAddresses { get; init; }

    /// <summary>
    /// RFC 6724 rule 5.5: true, as at first, to prefer addresses of prefixes that the next hop advertised. Linux does not look at it; it
    /// makes a difference to addresses from router advertisements alone.
    /// </summary>
    public bool PrefersAdvertisedPrefixes { get; set; } = true;

    /// <summary>Labels and precedences of addresses; Linux's unless another is set. RFC 6724 §2.1.</summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    public PolicyTable Policy
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = PolicyTable.Linux;

    /// <summary>Better first hops that routers told of.</summary>
    public RedirectCache Redirects { get; } = new();

    /// <summary>Who is told of changes; null for nobody.</summary>
    internal IAddressObserver? Observer { get; set; }

    /// <summary>Adds an interface, which is up at once.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="index">Its index, or 0 for the first that is free.</param>
    /// <exception cref="ArgumentException">Name or index is taken, or the name is empty.</exception>
    public HostAddressing AddInterface(string name, uint index = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Interfaces.Find(name) is not null)
            throw new ArgumentException($"There is an interface {name} already.", nameof(name));
        if (Interfaces.Find(index) is not null) throw new ArgumentException($"Index {index} is taken.", nameof(index));
        SetUp(Interfaces.Add(name, index, isLoopback: false));
        return this;
    }

    /// <summary>Takes an interface up or down.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="up">Which of both.</param>
    /// <exception cref="ArgumentException">There is no such interface.</exception>
    /// <remarks>
    /// Down: its IPv6 addresses are lost; its IPv4 addresses stay and are still local, but no longer its broadcast
    /// addresses; all routes over it are lost. Up again: connected IPv4 routes come back, others do not.
    /// </remarks>
    public HostAddressing SetUp(string name, bool up = true)
    {
        InterfaceEntry entry = Require(name);
        if (entry.IsUp == up) return this;
        if (up) SetUp(entry);
        else SetDown(entry);
        return this;
    }

    /// <summary>
    /// Says whether IPv6 addresses to be added to an interface are tentative at first. RFC 4862 §5.4.
    /// </summary>
    /// <param name="name">The interface.</param>
    /// <param name="on">Whether they are.</param>
    /// <param name="transmits">How many probes are sent for each; <see cref="InterfaceEntry.DuplicateTransmits"/>.</param>
    /// <exception cref="ArgumentException">There is no such interface.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Less than one probe.</exception>
    /// <remarks>
    /// A tentative IPv6 address is not local and no source. An Ethernet interface that is attached to a link finds out by itself; else
    /// <see cref="ConfirmAddress"/> ends it.
    /// </remarks>
    public HostAddressing SetDuplicateDetection(string name, bool on, int transmits = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(transmits, 1);
        InterfaceEntry entry = Require(name);
        (entry.DetectsDuplicates, entry.DuplicateTransmits) = (on, transmits);
        return this;
    }

    /// <summary>
    /// Says whether IPv4 addresses to be added to an interface, and all it has when it goes up, are tentative at first.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such interface.</exception>
    /// <remarks>
    /// RFC 5227 §2.1. A tentative IPv4 address is not local and no source; routes over its subnet are there already.
    /// An Ethernet interface that is attached to a link finds out by itself; else <see cref="ConfirmAddress"/> ends it.
    /// </remarks>
    public HostAddressing SetConflictDetection(string name, bool on)
    {
        Require(name).DetectsConflicts = on;
        return this;
    }

    /// <summary>Adds an address, as in ("v0", "10.1.0.1/24").</summary>
    /// <param name="name">The interface.</param>
    /// <param name="address">The address and its prefix length; without one, 32 or 128.</param>
    /// <param name="traits">What there is to say of it.</param>
    /// <exception cref="ArgumentException">There is no such interface, or it has the address already.</exception>
    /// <exception cref="FormatException">The address can't be read.</exception>
    public HostAddressing AddAddress(string name, string address, AddressTraits traits = AddressTraits.None)
    {
        (InetAddress value, int length) = AddressText.ParseWithLength(address);
        return AddAddress(name, new NewAddress(value, length, Traits: traits));
    }

    /// <summary>Removes an address, as in ("v0", "10.1.0.1/24").</summary>
    /// <exception cref="ArgumentException">There is no such interface, or it does not have the address.</exception>
    /// <exception cref="FormatException">The address can't be read.</exception>
    /// <remarks>
    /// With a primary IPv4 address the secondary ones of its subnet go; with the last one, all IPv4 routes over the
    /// interface.
    /// </remarks>
    public HostAddressing RemoveAddress(string name, string address)
    {
        (InetAddress value, int length) = AddressText.ParseWithLength(address);
        InterfaceAddress found = Require(name).Find(value, length)
            ?? throw new ArgumentException($"{name} does not have {address}.", nameof(address));
        Remove(found);
        return this;
    }

    /// <summary>Adds a route, as in ("203.0.113.0/24", via: "10.1.0.9").</summary>
    /// <param name="prefix">The destinations, as in 10.0.0.0/8; 0.0.0.0/0 and ::/0 for a default route.</param>
    /// <param name="via">The gateway, or null when the destinations are on the link.</param>
    /// <param name="device">The interface, or null for the one that leads to the gateway.</param>
    /// <param name="source">The source that goes with it, or null when it is to be selected.</param>
    /// <param name="metric">Null for the usual one: 0, and 1024 for IPv6.</param>
    /// <exception cref="ArgumentException">As <see cref="AddRoute(in NewRoute)"/>.</exception>
    /// <exception cref="FormatException">A text can't be read.</exception>
    public HostAddressing AddRoute(
        string prefix, string? via = null, string? device = null, string? source = null, uint? metric = null)
    {
        (InetAddress address, int length) = AddressText.ParseWithLength(prefix);
        return AddRoute(new NewRoute(new InetPrefix(address, length))
        {
            Gateway = via is null ? null : AddressText.Parse(via),
            Device = device is null ? 0 : Require(device).Index,
            PreferredSource = source is null ? null : AddressText.Parse(source),
            Metric = metric,
        });
    }

    private InterfaceEntry Require(string name) =>
        Interfaces.Find(name) ?? throw new ArgumentException($"There is no interface {name}.", nameof(name));
}
