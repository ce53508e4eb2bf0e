using UserNet.Addressing;
using UserNet.Discovery;
using UserNet.Ip;
using UserNet.Link;

namespace UserNet.Simulation;

/// <summary>
/// A host of a virtual network, or a router: a stack with interfaces, a clock and programs, which can be paused and
/// crash.
/// </summary>
/// <remarks>
/// What is set up here (interfaces, routes, <see cref="Configure"/>, <see cref="OnBoot"/>) is there again after a
/// restart; what is changed on <see cref="Stack"/> itself is not. The network's thread.
/// </remarks>
#pragma warning disable CA1001 // the network ends its hosts
public sealed partial class VirtualHost
#pragma warning restore CA1001
{
    private readonly VirtualNetwork _network;
    private readonly VirtualHostOptions _options;
    private readonly int _number;
    private readonly List<Interface> _interfaces = [];
    private readonly List<Action<NetworkStack>> _settings = [];

    internal VirtualHost(VirtualNetwork network, string name, int number, VirtualHostOptions options)
    {
        (_network, _number, _options, Name) = (network, number, options, name);
        Clock = new HostClock(network.Clock) { Offset = options.ClockOffset, Skew = options.ClockSkew };
        Boot();
    }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The host's own time, which may be wrong.</summary>
    public HostClock Clock { get; }

    /// <summary>
    /// Its interfaces as the stack that is up has them: eth0, eth1, ... in the order in which links were connected.
    /// </summary>
    public IReadOnlyList<StackInterface> Interfaces => [.. _interfaces.Select(static entry => entry.Attached!)];

    /// <summary>The first IPv4 address that it was connected with.</summary>
    /// <exception cref="InvalidOperationException">It has none.</exception>
    public InetAddress Address => Given(isV6: false) ?? throw new InvalidOperationException($"{Name} has no IPv4 address yet.");

    /// <summary>
    /// The first IPv6 address that it was connected with; else the first one that is fit for use and not for a single link, as those
    /// that it made itself of what routers advertise.
    /// </summary>
    /// <exception cref="InvalidOperationException">It has none, or none yet.</exception>
    public InetAddress AddressV6 => Given(isV6: true) ?? Own() ?? throw new InvalidOperationException($"{Name} has no IPv6 address yet.");

    /// <summary>Adds a route now and after each restart.</summary>
    /// <param name="prefix">The destinations, as in 10.0.0.0/8; 0.0.0.0/0 or ::/0 for a default route.</param>
    /// <param name="gateway">The router to send them to, as in 10.0.0.1 or 2001:db8::1.</param>
    /// <param name="device">The interface, as in eth1, where the gateway does not tell; it does not when it is a link-local address.</param>
    /// <exception cref="ArgumentException">No interface leads to the gateway.</exception>
    /// <exception cref="FormatException">A text can't be read.</exception>
    public void AddRoute(string prefix, string gateway, string? device = null) =>
        Configure(stack => ((HostAddressing)stack.Routes).AddRoute(prefix, gateway, device));

    /// <summary>Runs a change of settings, addresses or routes now, and after each restart.</summary>
    /// <param name="change">Must not call the stack's sockets. <see cref="NetworkStack.Configure"/>.</param>
    public void Configure(Action<NetworkStack> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        _network.CheckCall();
        if (IsUp) Stack.Configure(change);
        _settings.Add(change);
    }

    /// <summary>
    /// Records from now on what passes the host's interfaces. <see cref="VirtualNetwork.Capture(Stream, bool)"/>.
    /// </summary>
    /// <inheritdoc cref="VirtualNetwork.Capture(Stream, bool)"/>
    public IDisposable Capture(Stream stream, bool leaveOpen = false) =>
        _network.Capture(stream, leaveOpen, point => point.StartsWith($"{Name}/", StringComparison.Ordinal));

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>A frame arrived that no stack of the host will see.</summary>
    internal void Miss(HostPort port, in LinkFrame frame, string why) => _network.RecordMissed(port.Point, frame, why);

    /// <summary>Refuses an address with which the host can't be connected to a link.</summary>
    internal void CheckConnect(VirtualNetwork network, string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (network != _network) throw new ArgumentException($"{Name} is of another network.");
        if (!IsUp) throw new InvalidOperationException($"{Name} is down: links are connected to a host that is up.");
        if (address.Length == 0 && !_options.Autoconfigures) throw new FormatException($"{Name} needs an address: it does not configure itself.");
        foreach (string one in Split(address))
        {
            (InetAddress parsed, _) = AddressText.ParseWithLength(one);
            string example = parsed.IsV6 ? "64" : "24";
            if (!one.Contains('/', StringComparison.Ordinal)) throw new FormatException($"'{one}' has no prefix length, as in {one}/{example}.");
        }
    }

    internal HostPort Connect(ILink wire, string address)
    {
        var entry = new Interface(
            $"eth{_interfaces.Count}", new HostPort(wire, this) { IsHeld = IsPaused },
            new InterfaceOptions
            {
                Address = StationOf(_interfaces.Count),
                Addresses = Split(address),
                Autoconfigures = _options.Autoconfigures,
                ConflictDetection = _options.ConflictDetection,
                DuplicateTransmits = _options.DuplicateTransmits,
            });
        Attach(entry);
        _interfaces.Add(entry);
        return entry.Port;
    }

    /// <summary>Its addresses: those that it was connected with, up or down, and those that its stack has besides.</summary>
    internal List<InetAddress> AllAddresses()
    {
        List<InetAddress> addresses = [];
        foreach (Interface entry in _interfaces)
            addresses.AddRange(entry.Options.Addresses.Select(static text => AddressText.ParseWithLength(text).Address));
        if (!IsUp) return addresses;
        Stack.Configure(stack =>
        {
            foreach (InterfaceEntry entry in ((HostAddressing)stack.Routes).Interfaces.Entries)
            {
                if (entry.IsLoopback) continue;
                addresses.AddRange(entry.V4Addresses.Select(static address => address.Address));
                addresses.AddRange(entry.V6Addresses.Select(static address => address.Address));
            }
        });
        return addresses;
    }

    /// <summary>True for an address that its stack has, for sure or not; false while it is down.</summary>
    internal bool HasNow(InetAddress address)
    {
        if (!IsUp) return false;
        foreach (Interface entry in _interfaces)
            if (entry.Attached?.Has(address) == true) return true;
        return false;
    }

    /// <summary>Addresses with commas between them; of an empty text none.</summary>
    private static string[] Split(string addresses) =>
        addresses.Length == 0 ? [] : addresses.Split(',', StringSplitOptions.TrimEntries);

    private InetAddress? Given(bool isV6)
    {
        foreach (Interface entry in _interfaces)
        {
            foreach (string text in entry.Options.Addresses)
                if (AddressText.ParseWithLength(text).Address is var address && address.IsV6 == isV6 && !(isV6 && address.IsLinkLocal)) return address;
        }

        return null;
    }

    private InetAddress? Own()
    {
        if (!IsUp) return null;
        foreach (Interface entry in _interfaces)
        {
            foreach (AddressRow row in entry.Attached!.Addresses)
                if (row.Address.IsV6 && !row.Address.IsLinkLocal && (row.Traits & (AddressTraits.Tentative | AddressTraits.Deprecated)) == 0) return row.Address;
        }

        return null;
    }

    // Locally administered, and easy to tell apart in a recording: the host's number and the interface's.
    private MacAddress StationOf(int number) => MacAddress.FromBits(
        0x0200_0000_0000 | ((ulong)(uint)(number >> 8) << 32) | ((ulong)(uint)_number << 8) | (byte)number);

    private void Attach(Interface entry)
    {
        entry.Port.Point = $"{Name}/{entry.Name}";
        ILink wire = _network.Record(entry.Port, entry.Port.Point);
        entry.Attached = Stack.Attach(entry.Name, Translate(entry, wire), entry.Options);
        AdvertiseOn(entry);
    }

    private sealed record Interface(string Name, HostPort Port, InterfaceOptions Options)
    {
        public StackInterface? Attached { get; set; }
    }
}
