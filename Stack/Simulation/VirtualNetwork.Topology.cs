using UserNet.Emulation;
using UserNet.Ip;
using UserNet.Link;

namespace UserNet.Simulation;

// Hosts, routers, switches and the links between them.
public sealed partial class VirtualNetwork
{
    private readonly List<VirtualHost> _hosts = [];
    private readonly List<VirtualLink> _links = [];
    private readonly Dictionary<string, object> _names = [];
    private readonly Dictionary<LinkSwitch, string> _switches = [];      // looked up, never walked

    /// <summary>All hosts and routers, in the order in which they were added.</summary>
    public IReadOnlyList<VirtualHost> Hosts => _hosts;

    /// <summary>All links between hosts, routers and switches, in the order in which they were connected.</summary>
    public IReadOnlyList<VirtualLink> Links => _links;

    /// <summary>Adds a host, which boots at once.</summary>
    /// <param name="name">What it is called; its chance follows from it.</param>
    /// <param name="options">What it is; null for a Linux host.</param>
    /// <exception cref="ArgumentException">The name is taken, or empty.</exception>
    public VirtualHost AddHost(string name, VirtualHostOptions? options = null)
    {
        Enter();
        CheckName(name);
        var host = new VirtualHost(this, name, _hosts.Count + 1, options ?? new VirtualHostOptions());
        _names.Add(name, host);
        _hosts.Add(host);
        return host;
    }

    /// <summary>Adds a router: a host that forwards.</summary>
    /// <inheritdoc cref="AddHost"/>
    public VirtualHost AddRouter(string name, VirtualHostOptions? options = null) =>
        AddHost(name, (options ?? new VirtualHostOptions()) with { Forwards = true });

    /// <summary>Adds a switch.</summary>
    /// <param name="name">What it is called; null for "switch 1" and so on.</param>
    /// <param name="options">What it may keep.</param>
    /// <exception cref="ArgumentException">The name is taken, or empty.</exception>
    public LinkSwitch AddSwitch(string? name = null, LinkSwitchOptions? options = null)
    {
        Enter();
        name ??= $"switch {_switches.Count + 1}";
        CheckName(name);
        LinkSwitchOptions chosen = options ?? new LinkSwitchOptions();
        var added = new LinkSwitch(Clock, chosen with { Cable = chosen.Cable with { Scheduler = Items } });
        _names.Add(name, added);
        _switches.Add(added, name);
        _parts.Add(added);
        return added;
    }

    /// <summary>Connects two hosts by a link; each gets one more interface.</summary>
    /// <param name="a">One host.</param>
    /// <param name="addressA">
    /// Its address there with the prefix length, as in 10.0.0.1/24; several, of both families, with commas between, as in
    /// 10.0.0.1/24, 2001:db8::1/64; none for a host that configures itself.
    /// </param>
    /// <param name="b">The other.</param>
    /// <param name="addressB">Its address there, or several.</param>
    /// <param name="options">What the link is; null for a perfect one.</param>
    /// <exception cref="FormatException">An address can't be read, or has no prefix length.</exception>
    /// <exception cref="ArgumentException">
    /// The name is taken, a host or a switch is of another network, or an address is none that a host can have.
    /// </exception>
    /// <exception cref="InvalidOperationException">A host is down.</exception>
    public VirtualLink Connect(VirtualHost a, string addressA, VirtualHost b, string addressB, VirtualLinkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        Enter();
        a.CheckConnect(this, addressA);
        b.CheckConnect(this, addressB);
        VirtualLink link = AddLink(a.Name, b.Name, options);
        link.NameEnds(a, b);
        link.AddEnd(a.Connect(link.A, addressA));
        link.AddEnd(b.Connect(link.B, addressB));
        return link;
    }

    /// <summary>Connects a host to a switch.</summary>
    /// <inheritdoc cref="Connect(VirtualHost, string, VirtualHost, string, VirtualLinkOptions?)"/>
    /// <param name="host">The host: the link's first end.</param>
    /// <param name="address">Its address there with the prefix length, or several.</param>
    /// <param name="to">The switch of this network.</param>
    /// <param name="options">What the link is; null for a perfect one.</param>
    public VirtualLink Connect(VirtualHost host, string address, LinkSwitch to, VirtualLinkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        Enter();
        host.CheckConnect(this, address);
        VirtualLink link = AddLink(host.Name, NameOf(to), options);
        link.NameEnds(host, null);
        to.Connect(link.B);
        link.AddEnd(host.Connect(link.A, address));
        return link;
    }

    /// <summary>Connects two switches.</summary>
    /// <exception cref="ArgumentException">A switch is not of this network, or the name is taken.</exception>
    public VirtualLink Connect(LinkSwitch a, LinkSwitch b, VirtualLinkOptions? options = null)
    {
        Enter();
        VirtualLink link = AddLink(NameOf(a), NameOf(b), options);
        a.Connect(link.A);
        b.Connect(link.B);
        return link;
    }

    /// <summary>A host by its name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public VirtualHost Host(string name) => _names.GetValueOrDefault(name) as VirtualHost
        ?? throw new KeyNotFoundException($"The network has no host {name}.");

    /// <summary>A link by its name, as in "client-router".</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public VirtualLink Link(string name) => _names.GetValueOrDefault(name) as VirtualLink
        ?? throw new KeyNotFoundException($"The network has no link {name}.");

    /// <summary>A cable that belongs to no host: for stacks that were made without <see cref="AddHost"/>.</summary>
    public LinkPair AddCable(LinkPairOptions? options = null) =>
        new((options ?? new LinkPairOptions()) with { Scheduler = Items });

    /// <summary>A link with conditions: in the direction away from who uses it, and in the one towards it.</summary>
    /// <param name="link">A link that was not started.</param>
    /// <param name="outgoing">What happens to what is sent.</param>
    /// <param name="incoming">What happens to what arrives; null for nothing.</param>
    public ImpairedLink Impair(ILink link, LinkConditions outgoing, LinkConditions? incoming = null) =>
        new(link, Clock, Randomness("impaired link"), outgoing, incoming);

    private VirtualLink AddLink(string a, string b, VirtualLinkOptions? options)
    {
        options ??= new VirtualLinkOptions();
        string name = options.Name ?? Unused($"{a}-{b}");
        CheckName(name);
        var link = new VirtualLink(this, name, options);
        Record(link);
        _names.Add(name, link);
        _links.Add(link);
        _parts.Add(link);
        return link;
    }

    // A second link between the same two is "a-b 2".
    private string Unused(string name)
    {
        if (!_names.ContainsKey(name)) return name;
        int number = 2;
        while (_names.ContainsKey($"{name} {number}")) number++;
        return $"{name} {number}";
    }

    private string NameOf(LinkSwitch known)
    {
        ArgumentNullException.ThrowIfNull(known);
        return _switches.GetValueOrDefault(known)
            ?? throw new ArgumentException("The switch belongs to another network.", nameof(known));
    }

    private void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (_names.ContainsKey(name))
            throw new ArgumentException($"The network has something called {name} already.", nameof(name));
    }
}
