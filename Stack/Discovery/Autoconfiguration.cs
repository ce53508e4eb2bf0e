using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Discovery;

/// <summary>What one interface has learned of the routers of its link, and made of it: routes, addresses, settings. RFC 4861 §6.3, RFC 4862 §5.5.</summary>
/// <remarks>
/// All of it is bounded by <see cref="AutoconfigurationSettings"/>: what finds no room is not taken, and nobody who is there is driven out
/// but routers that do not answer. One deadline serves for all that ends. Gate held.
/// </remarks>
internal sealed partial class Autoconfiguration : IExpires
{
    private static readonly TimeSpan LongestReachableTime = TimeSpan.FromHours(1);           // RFC 4861 §6.2.1
    private static readonly TimeSpan ShortestRetransTimer = TimeSpan.FromMilliseconds(10);   // as Linux has it

    private readonly HostAddressing _host;
    private readonly LinkContext _context;
    private readonly InterfaceIdentifiers _identifiers;
    private readonly RouterSolicitor _solicitor;
    private (EthernetPort Port, NeighborSettings Settings)? _usualNeighbors;      // before a router said other times
    private Deadline _deadline;
    private Timestamp _due = Timestamp.Never;

    public Autoconfiguration(HostAddressing host, LinkContext context, InterfaceIdentifiers identifiers, InterfaceEntry entry)
    {
        _host = host;
        _context = context;
        _identifiers = identifiers;
        Entry = entry;
        _solicitor = new RouterSolicitor(entry, context);
    }

    /// <summary>The interface.</summary>
    public InterfaceEntry Entry { get; }

    /// <summary>What is made of advertisements.</summary>
    public AutoconfigurationSettings Settings { get; set; } = new();

    /// <summary>The M flag of the last advertisement. RFC 4861 §4.2.</summary>
    public bool IsManaged { get; private set; }

    /// <summary>The O flag of the last advertisement. RFC 4861 §4.2.</summary>
    public bool HasOtherConfiguration { get; private set; }

    private bool IsOn => Settings.IsOn && Entry.IsUp && !(Entry.Forwards ?? _host.InputSettings.Forwards);

    /// <summary>Begins to ask for routers, if it is to and there is none yet.</summary>
    /// <param name="waits">True to wait a random time first.</param>
    /// <param name="now">The time.</param>
    public void Solicit(bool waits, Timestamp now)
    {
        if (IsOn && Entry.Port is EthernetPort { IsClosed: false }) _solicitor.Start(Settings, waits, now);
    }

    /// <summary>A router advertised itself; who sent it has been looked at.</summary>
    public DropReason OnAdvertisement(EthernetPort port, InetAddress router, in RouterAdvertisement message, Timestamp now)
    {
        if (!IsOn) return DropReason.Icmp6Ignored;
        _solicitor.Stop();      // as in Linux also where the router is no default router, with whom RFC 7559 §2.1 would go on
        OnHeader(port, message);
        bool hasRoom = OnRoute(new InetPrefix(InetAddress.AnyV6, 0), router, message.Preference, message.Lifetime, now);
        SetReachable(router, isReachable: true);
        foreach (DiscoveryOption option in message.Options)
        {
            hasRoom &= option.Type switch
            {
                DiscoveryOptionType.PrefixInformation => !option.TryReadPrefix(out PrefixInformation prefix) || OnPrefix(prefix, router, now),
                DiscoveryOptionType.RouteInformation => !option.TryReadRoute(out RouteInformation route) || OnRoute(route, router, now),
                DiscoveryOptionType.RecursiveDnsServer => OnServers(option, now),
                DiscoveryOptionType.Mtu => OnMtu(port, option.Mtu),
                _ => true,
            };
        }

        Rearm();
        return hasRoom ? DropReason.None : DropReason.DiscoveryTableFull;
    }

    /// <summary>The interface went down, or speaks no longer to routers: all that came from them goes.</summary>
    public void Clear()
    {
        _solicitor.Stop();
        ClearRoutes();
        ClearAddresses();
        _servers.Clear();
        IsManaged = HasOtherConfiguration = false;
        Entry.HopLimit = InterfaceEntry.UsualHopLimit;
        if (Entry.Port is { } port) port.MtuV6 = int.MaxValue;
        if (_usualNeighbors is { } usual) usual.Port.NeighborsV6.Settings = usual.Settings;
        _usualNeighbors = null;
        Rearm();
    }

    /// <inheritdoc/>
    public void OnExpired(Timestamp now)
    {
        _due = Timestamp.Never;
        EndRoutes(now);
        EndServers(now);
        RenewAddresses(now);
        Rearm();
    }

    private void OnHeader(EthernetPort port, in RouterAdvertisement message)
    {
        IsManaged = message.IsManaged;
        HasOtherConfiguration = message.HasOtherConfiguration;
        if (message.HopLimit != 0) Entry.HopLimit = message.HopLimit;
        TimeSpan reachable = TimeSpan.FromMilliseconds(message.ReachableTime), retrans = TimeSpan.FromMilliseconds(message.RetransTimer);
        NeighborSettings settings = port.NeighborsV6.Settings;
        if (_usualNeighbors?.Port != port) _usualNeighbors = (port, settings);      // the interface may have another link now
        if (reachable == TimeSpan.Zero || reachable > LongestReachableTime) reachable = settings.ReachableTime;
        if (retrans == TimeSpan.Zero || retrans > LongestReachableTime) retrans = settings.RetryInterval;
        if (retrans < ShortestRetransTimer) retrans = ShortestRetransTimer;
        if (reachable != settings.ReachableTime || retrans != settings.RetryInterval)
            port.NeighborsV6.Settings = settings with { ReachableTime = reachable, RetryInterval = retrans };
    }

    /// <summary>RFC 4861 §6.3.4: at least what IPv6 needs, at most what the link takes.</summary>
    private static bool OnMtu(EthernetPort port, uint mtu)
    {
        if (mtu >= LeastMtu && mtu <= port.Mtu) port.MtuV6 = (int)mtu;
        return true;
    }

    private void Rearm()
    {
        Timestamp next = Timestamp.Never;
        foreach (AdvertisedRoute route in _routes) next = Timestamp.Min(next, route.Until);
        foreach (OnLinkPrefix prefix in _onLink) next = Timestamp.Min(next, prefix.Until);
        foreach (AdvertisedServer server in _servers) next = Timestamp.Min(next, server.Until);
        foreach (AutonomousPrefix prefix in _autonomous) next = Timestamp.Min(next, prefix.RetryAt);
        if (_linkLocal is { } own) next = Timestamp.Min(next, own.RetryAt);
        foreach (TemporaryAddress temporary in _temporary) next = Timestamp.Min(next, temporary.RenewAt);
        if (next == _due) return;
        _context.Deadlines.Cancel(_deadline);
        _due = next;
        _deadline = next == Timestamp.Never ? default : _context.Deadlines.Add(next, this);
    }

    private static Timestamp Until(uint seconds, Timestamp now) =>
        seconds == PrefixInformation.Infinite ? Timestamp.Never : now + TimeSpan.FromSeconds(seconds);

    private const uint LeastMtu = 1280;
}
