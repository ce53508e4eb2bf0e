using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Discovery;

/// <summary>The host's side of routers: what they advertise is believed, and addresses are made of it. RFC 4861 §6.3 and §8, RFC 4862 §5.3 to §5.5.</summary>
/// <remarks>
/// An interface gets a link-local address when it first speaks IPv6 on an Ethernet link: with its first IPv6 address, or when it is to
/// configure itself. One with IPv4 alone stays silent. Gate held.
/// </remarks>
public sealed class RouterDiscovery
{
    private readonly HostAddressing _host;
    private readonly LinkContext _context;
    private readonly InterfaceIdentifiers _identifiers;
    private readonly AddressLifetimes _lifetimes;
    private readonly List<Autoconfiguration> _all = [];

    /// <summary>The router discovery of a host.</summary>
    /// <param name="host">Interfaces, addresses and routes.</param>
    /// <param name="context">Buffers, deadlines and chance.</param>
    public RouterDiscovery(HostAddressing host, LinkContext context)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(context);
        _host = host;
        _context = context;
        _identifiers = new InterfaceIdentifiers(context.Random);
        _lifetimes = new AddressLifetimes(host, context);
    }

    /// <summary>
    /// Sets the secret of stable identifiers, so that addresses are the same whenever the host starts; otherwise it is drawn when it is
    /// first needed. RFC 7217 §5.
    /// </summary>
    public void SetSecret(ulong first, ulong second) => _identifiers.SetSecret(first, second);

    /// <summary>Says what an interface makes of advertisements, from now on; when it is switched off, what came from routers goes.</summary>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A setting can't be.</exception>
    public void Configure(InterfaceEntry entry, AutoconfigurationSettings settings, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Check();
        Autoconfiguration its = Of(entry);
        bool wasOn = its.Settings.IsOn;
        its.Settings = settings;
        entry.PrefersTemporaryAddresses = settings.Temporary == TemporaryAddresses.Preferred;
        if (wasOn && !settings.IsOn) its.Clear();
        else if (settings.IsOn && !wasOn) Begin(its, now);
    }

    /// <summary>What an interface makes of advertisements.</summary>
    public AutoconfigurationSettings SettingsOf(InterfaceEntry entry) => Find(entry.Index)?.Settings ?? new AutoconfigurationSettings();

    /// <summary>A router advertisement or a redirect arrived, whose checksum is right.</summary>
    /// <param name="arrival">The packet that carried it.</param>
    /// <param name="now">The time.</param>
    /// <returns>None, or why it was dropped.</returns>
    public DropReason Receive(in IpArrival arrival, Timestamp now)
    {
        // RFC 4861 §6.1.2, §8.1: routers speak with their link-local address.
        if (!NeighborDiscovery.IsOfThisLink(arrival) || !arrival.Source.IsLinkLocal) return DropReason.DiscoveryForged;
        if (arrival.Port is not EthernetPort port) return DropReason.Icmp6Ignored;
        return (Icmpv6Type)arrival.Payload[0] switch
        {
            Icmpv6Type.RouterAdvertisement => OnAdvertisement(port, arrival, now),
            Icmpv6Type.Redirect => OnRedirect(port, arrival, now),
            _ => DropReason.Icmp6Ignored,
        };
    }

    /// <summary>An interface has a link now, or is up.</summary>
    internal void OnReady(InterfaceEntry entry, Timestamp now)
    {
        if (entry.Port is not EthernetPort || !entry.IsUp) return;
        if (Find(entry.Index) is { Settings.IsOn: true } its) Begin(its, now);
        else if (entry.V6.Count != 0) Of(entry).MakeLinkLocal(now);
    }

    /// <summary>An interface is to speak IPv6, whatever addresses it has: it makes its link-local address, unless there is one.</summary>
    internal void Speak(InterfaceEntry entry, Timestamp now)
    {
        if (entry is { IsUp: true, Port: EthernetPort }) Of(entry).MakeLinkLocal(now);
    }

    /// <summary>An interface went down, or has lost its link.</summary>
    internal void OnDown(InterfaceEntry entry)
    {
        Find(entry.Index)?.Clear();
        _host.Redirects.RemoveOver(entry.Index);
    }

    /// <summary>An interface has an address more.</summary>
    internal void OnAdded(InterfaceAddress address, Timestamp now)
    {
        _lifetimes.OnChanged(address);
        if (address.Address.IsV6 && !address.Address.IsLinkLocal && address.Interface is { IsUp: true, Port: EthernetPort } entry)
            Of(entry).MakeLinkLocal(now);
    }

    /// <summary>The lifetimes of an address are others.</summary>
    internal void OnLifetimesChanged(InterfaceAddress address) => _lifetimes.OnChanged(address);

    /// <summary>An address is fit for use.</summary>
    internal void OnConfirmed(InterfaceAddress address, Timestamp now)
    {
        // RFC 4861 §6.3.7: the random delay of duplicate address detection is enough.
        if (address.Address.IsLinkLocal && Find(address.Interface.Index) is { Settings.IsOn: true } its) its.Solicit(waits: false, now);
    }

    /// <summary>An address is gone.</summary>
    internal void OnRemoved(InterfaceAddress address) => Find(address.Interface.Index)?.OnRemoved(address);

    /// <summary>An address turned out to be somebody else's. RFC 4862 §5.4.5.</summary>
    /// <remarks>One that was made here is given up, and another one is made in its place; any other stays, not to be used.</remarks>
    internal void OnDuplicate(InterfaceAddress address, Timestamp now) => Find(address.Interface.Index)?.OnDuplicate(address, now);

    /// <summary>A neighbor does not answer any more, or does again, or is no router any more. RFC 4861 §6.3.6, §7.2.5, §7.3.3.</summary>
    internal void OnNeighborChanged(InetAddress neighbor, uint device, NeighborNews news)
    {
        Autoconfiguration? its = Find(device);
        if (news == NeighborNews.NoRouter) its?.RemoveRouter(neighbor);
        else its?.SetReachable(neighbor, isReachable: news == NeighborNews.Reachable);
        if (news != NeighborNews.Reachable) Forget(neighbor, device);
    }

    /// <summary>What an interface has learned; null where it never spoke IPv6.</summary>
    internal Autoconfiguration? Find(uint device)
    {
        foreach (Autoconfiguration its in _all)
            if (its.Entry.Index == device) return its;
        return null;
    }

    private Autoconfiguration Of(InterfaceEntry entry)
    {
        if (Find(entry.Index) is { } its) return its;
        its = new Autoconfiguration(_host, _context, _identifiers, entry);
        _all.Add(its);
        return its;
    }

    // Routers are asked for once the link-local address is fit: where it is new, when duplicate address detection is over.
    private static void Begin(Autoconfiguration its, Timestamp now)
    {
        its.MakeLinkLocal(now);
        if (its.Entry.LinkLocal is not null || !its.Entry.DetectsDuplicates) its.Solicit(waits: true, now);
    }

    private void Forget(InetAddress neighbor, uint device)
    {
        if (_host.Redirects.RemoveOf(neighbor, device)) _host.Routes.Touch();
    }

    private DropReason OnAdvertisement(EthernetPort port, in IpArrival arrival, Timestamp now)
    {
        if (!RouterAdvertisement.TryParse(arrival.Payload, out RouterAdvertisement message)) return DropReason.DiscoveryMalformed;
        InetAddress router = arrival.Source;
        if (Find(port.Index) is not { } its) return DropReason.Icmp6Ignored;
        if (_host.RoleOf(router, port.Index) != AddressRole.Foreign) return DropReason.DiscoveryForged;
        MacAddress? station = message.Options.Station(DiscoveryOptionType.SourceLinkAddress);
        if (station is { } named && !NeighborDiscovery.CanSend(port, named)) return DropReason.DiscoveryForged;
        DropReason reason = its.OnAdvertisement(port, router, message, now);
        if (reason == DropReason.Icmp6Ignored) return reason;
        if (station is { } known) port.NeighborsV6.OnStationNamed(router, known, RouterClaim.Router, now);
        else port.NeighborsV6.OnRouterClaimed(router, RouterClaim.Router, now);
        return reason;
    }

    /// <summary>RFC 4861 §8.1 and §8.3.</summary>
    private DropReason OnRedirect(EthernetPort port, in IpArrival arrival, Timestamp now)
    {
        if (!RedirectMessage.TryParse(arrival.Payload, out RedirectMessage message)) return DropReason.DiscoveryMalformed;
        InetAddress target = message.Target, destination = message.Destination, router = arrival.Source;
        // Of what is on the link in any case, or is no destination on a wire, there is nothing to tell.
        bool isNone = destination.IsMulticast || destination.IsLinkLocal || destination.IsWildcard || destination.IsLoopback || destination.IsV4Mapped;
        if (isNone || target.IsV4Mapped || (!target.IsLinkLocal && target != destination)) return DropReason.DiscoveryMalformed;
        MacAddress? station = message.Options.Station(DiscoveryOptionType.TargetLinkAddress);
        if (station is { } named && !NeighborDiscovery.CanSend(port, named)) return DropReason.DiscoveryForged;
        if (_host.Interfaces.Find(port.Index) is not { AcceptsRedirects: true } entry || (entry.Forwards ?? _host.InputSettings.Forwards))
            return DropReason.Icmp6Ignored;
        // Only who is the first hop at present may tell of a better one.
        RouteAnswer answer = _host.FindRoute(new RouteQuery(destination, InetAddress.AnyV6, port.Index));
        if (answer.Rule != BindRule.Granted || answer.NextHop != router || answer.Device != port.Index) return DropReason.DiscoveryForged;
        if (_host.RoleOf(target, port.Index) != AddressRole.Foreign) return DropReason.DiscoveryForged;
        if (_host.Routes.Find(destination, port.Index)?.Gateway is not { } gateway) return DropReason.DiscoveryForged;
        _host.Redirects.Add(destination, port.Index, gateway, target);
        _host.Routes.Touch();
        if (station is { } known)
            port.NeighborsV6.OnStationNamed(target, known, target == destination ? RouterClaim.None : RouterClaim.Router, now);
        return DropReason.None;
    }
}
