using UserNet.Addressing;
using UserNet.Core;
using UserNet.Discovery;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Multicast;

namespace UserNet;

// Links, and the interfaces that they are attached to.
public sealed partial class NetworkStack
{
    /// <summary>Interfaces, addresses and routes. Change them inside <see cref="Configure"/>.</summary>
    /// <exception cref="InvalidOperationException">The stack was made with routes of another kind.</exception>
    public HostAddressing Host => Core.Host ?? throw new InvalidOperationException(
        $"The stack asks a {Routes.GetType().Name} for its routes; links need a {nameof(HostAddressing)}.");

    /// <summary>The groups that this host listens to, and how many a socket may join. Change it inside <see cref="Configure"/>.</summary>
    /// <exception cref="InvalidOperationException">The stack was made with routes of another kind.</exception>
    public MulticastGroups Groups => Core.Groups ?? throw new InvalidOperationException(
        $"The stack asks a {Routes.GetType().Name} for its routes; groups need a {nameof(HostAddressing)}.");

    /// <summary>Attaches a link to an interface, which is made if there is none of the name, and begins to receive.</summary>
    /// <param name="name">The interface, as in eth0.</param>
    /// <param name="link">The link, which becomes the stack's: disposing of the stack disposes of it.</param>
    /// <param name="options">Addresses and more; null for what is usual.</param>
    /// <exception cref="ArgumentException">
    /// The interface has a link already, an option can't be, or an address or the gateway can't be added. The link is not taken then.
    /// </exception>
    /// <exception cref="FormatException">An address can't be read.</exception>
    /// <exception cref="ObjectDisposedException">The stack was disposed of. The link is not taken.</exception>
    /// <exception cref="InvalidOperationException">The link was started before, or the stack's routes are of another kind.</exception>
    /// <remarks>
    /// An interface that has lost its link (<see cref="StackInterface.IsClosed"/>) takes another one; its addresses and groups are
    /// still there. Any thread.
    /// </remarks>
    public StackInterface Attach(string name, ILink link, InterfaceOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(link);
        options ??= new InterfaceOptions();
        HostAddressing host = Host;
        LinkPort port;
        using (Core.Enter())
        {
            ObjectDisposedException.ThrowIf(Core.IsDisposed, this);
            InterfaceEntry? entry = host.Interfaces.Find(name);
            if (entry?.Port is { IsClosed: false }) throw new ArgumentException($"{name} has a link already.", nameof(name));
            options.Check();
            entry ??= host.AddInterface(name).Interfaces.Find(name)!;
            host.SetConflictDetection(name, options.ConflictDetection == ConflictDetection.Probe);
            bool detects = options.DuplicateTransmits > 0 && link.Medium == LinkMedium.Ethernet;
            host.SetDuplicateDetection(name, detects, Math.Max(options.DuplicateTransmits, 1));
            entry.AnnouncesV6 = options.AnnouncesV6;
            AddAddresses(host, name, options);
            port = Core.Attach(entry, link, options.Address);      // nothing is refused from here on
            if (options.Mtu is { } mtu) port.Mtu = Math.Min(mtu, link.Mtu);
            if (port is EthernetPort ethernet) SetUp(ethernet, options);
            SetUpRouters(entry, options);
        }

        Core.Start(port);
        return new StackInterface(Core, host.Interfaces.Find(name)!);
    }

    /// <summary>
    /// Closes all links, and ends the calls that wait for a socket as if it had been closed. Sockets keep their ports, but nothing
    /// reaches them any more, and a call that would have to wait ends at once. Twice does nothing.
    /// </summary>
    /// <remarks>An interface that advertises says that it is no router any more.</remarks>
    public void Dispose() => Core.Dispose();

    /// <summary>The same without a word on the links.</summary>
    internal void Halt() => Core.Dispose(isOrderly: false);

    /// <summary>What routers say, and what is made of it. Change it inside <see cref="Configure"/>.</summary>
    /// <exception cref="InvalidOperationException">The stack was made with routes of another kind.</exception>
    public RouterDiscovery Routers => Core.Routers ?? throw NoHost();

    private void SetUpRouters(InterfaceEntry entry, InterfaceOptions options)
    {
        entry.AcceptsRedirects = options.AcceptsRedirects;
        AutoconfigurationSettings usual = Core.Routers!.SettingsOf(entry);
        AutoconfigurationSettings asked = usual with
        {
            IsOn = options.Autoconfigures, Identifiers = options.IdentifierGeneration, Temporary = options.TemporaryAddresses,
        };
        if (asked != usual) Core.Routers.Configure(entry, asked, Core.Now);
    }

    /// <summary>Adds all of them and the routes to the gateways, or nothing.</summary>
    private static void AddAddresses(HostAddressing host, string name, InterfaceOptions options)
    {
        int added = 0;
        try
        {
            for (; added < options.Addresses.Count; added++) host.AddAddress(name, options.Addresses[added]);
            if (options.Gateway is { } gateway) AddDefault(host, name, gateway);
            try
            {
                if (options.GatewayV6 is { } other) AddDefault(host, name, other);
            }
            catch when (options.Gateway is { } first)
            {
                InetAddress router = AddressText.Parse(first);
                host.RemoveRoute(DefaultOf(router), gateway: router);
                throw;
            }
        }
        catch
        {
            while (added > 0) host.RemoveAddress(name, options.Addresses[--added]);
            throw;
        }
    }

    private static void AddDefault(HostAddressing host, string name, string gateway)
    {
        InetAddress router = AddressText.Parse(gateway);
        host.AddRoute(new NewRoute(DefaultOf(router)) { Gateway = router, Device = host.IndexOf(name) });
    }

    private static InetPrefix DefaultOf(InetAddress router) => new(router.IsV6 ? InetAddress.AnyV6 : InetAddress.AnyV4, 0);

    private static void SetUp(EthernetPort port, InterfaceOptions options)
    {
        port.Vlan = options.Vlan;
        port.Conflicts.Mode = options.ConflictDetection;
        port.Conflicts.Defense = options.ConflictDefense;
        if (options.Neighbors is { } settings) port.Neighbors.Settings = port.NeighborsV6.Settings = settings;
    }
}
