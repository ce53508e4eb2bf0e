using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Multicast;

/// <summary>
/// The groups that a host listens to, interface by interface: what its sockets joined, put together, told to the link's
/// filter and to the routers on the link. RFC 1112 §7, RFC 3376 §3.2.
/// </summary>
/// <remarks>
/// 224.0.0.1 is joined on every interface and never reported. IPv4 groups only; IPv6 has a protocol of its own for
/// them. Gate held.
/// </remarks>
public sealed class MulticastGroups
{
    /// <summary>How many groups a socket may join unless told otherwise, as Linux's igmp_max_memberships.</summary>
    public const int DefaultMaxMemberships = 20;

    /// <summary>How many sources a socket may list for a group unless told otherwise, as Linux's igmp_max_msf.</summary>
    public const int DefaultMaxSources = 10;

    private readonly HostAddressing _host;
    private readonly Ipv4Output _output;
    private readonly LinkContext _context;
    private readonly Dictionary<uint, IgmpInterface> _interfaces = [];

    /// <summary>The groups of a host, none joined yet.</summary>
    /// <param name="host">Its interfaces.</param>
    /// <param name="output">How reports are sent.</param>
    /// <param name="context">Chance, deadlines and buffers.</param>
    public MulticastGroups(HostAddressing host, Ipv4Output output, LinkContext context)
    {
        ArgumentNullException.ThrowIfNull(host);
        _host = host;
        _output = output;
        _context = context;
    }

    /// <summary>224.0.0.1, which every host is a member of. RFC 1112 §4.</summary>
    public static InetAddress AllHosts => InetAddress.FromV4(0xE000_0001);

    /// <summary>224.0.0.2, where hosts of version 2 say that they leave. RFC 2236 §3.</summary>
    public static InetAddress AllRouters => InetAddress.FromV4(0xE000_0002);

    /// <summary>224.0.0.22, where version 3 reports go. RFC 3376 §4.2.14.</summary>
    public static InetAddress AllReportListeners => InetAddress.FromV4(0xE000_0016);

    /// <summary>How many groups one socket may join, counted per interface: 20 at first.</summary>
    public int MaxMembershipsPerSocket { get; set; } = DefaultMaxMemberships;

    /// <summary>How many sources one socket may list for a group: 10 at first.</summary>
    public int MaxSourcesPerFilter { get; set; } = DefaultMaxSources;

    /// <summary>True when a socket of this host, or the host itself, joined the group on the interface. Allocates nothing.</summary>
    public bool IsJoined(InetAddress group, uint device) =>
        group == AllHosts || (_interfaces.TryGetValue(device, out IgmpInterface? on) && on.Find(group) is { Members: > 0 });

    /// <summary>True when some socket of this host hears the source in the group. Allocates nothing. RFC 3376 §3.2.</summary>
    /// <param name="group">Where to.</param>
    /// <param name="source">Where from.</param>
    /// <param name="device">The interface that it arrived on.</param>
    public bool Accepts(InetAddress group, InetAddress source, uint device) =>
        group == AllHosts || FilterOf(group, device).Accepts(source);

    /// <summary>The interface's filter for a group: that of all sockets together. INCLUDE of nobody where none joined.</summary>
    public SourceFilter FilterOf(InetAddress group, uint device) =>
        _interfaces.TryGetValue(device, out IgmpInterface? on) && on.Find(group) is { } state ? state.Filter : SourceFilter.Nobody;

    /// <summary>The version of IGMP that is spoken on an interface: 3, or an older one that a router there speaks. RFC 3376 §7.2.</summary>
    public int VersionOn(uint device, Timestamp now) => _interfaces.TryGetValue(device, out IgmpInterface? on) ? on.Version(now) : 3;

    /// <summary>Of how many groups there is a state on an interface, those included whose leaving is still being reported.</summary>
    internal int StateCount(uint device) => _interfaces.TryGetValue(device, out IgmpInterface? on) ? on.Count : 0;

    /// <summary>An IGMP message arrived.</summary>
    /// <returns>None, IgmpMalformed, IgmpBadChecksum, IgmpIgnored (it asks for nothing that this host has).</returns>
    public DropReason Receive(in IpArrival arrival, Timestamp now)
    {
        _context.Counters.Count(Counter.IgmpInMessages);
        if (!IgmpMessage.TryParse(arrival.Payload, out IgmpMessage message)) return DropReason.IgmpMalformed;
        if (!message.ChecksumIsRight) return DropReason.IgmpBadChecksum;
        if (message.Type == IgmpType.MembershipQuery) _context.Counters.Count(Counter.IgmpInQueries);
        if (arrival.Packet.TimeToLive != 1) return DropReason.IgmpMalformed;      // routers do not pass it on
        if (!_interfaces.TryGetValue(arrival.Port.Index, out IgmpInterface? on))
        {
            // Who joined nothing yet still wants to know what the routers speak.
            if (message.Type != IgmpType.MembershipQuery || _host.Interfaces.Find(arrival.Port.Index) is not { } entry)
                return DropReason.IgmpIgnored;
            on = Add(entry);
        }

        return on.Receive(arrival, message, now);
    }

    /// <summary>An interface was given its link.</summary>
    internal void OnAttached(InterfaceEntry entry)
    {
        (entry.Port as EthernetPort)?.Join(EthernetPort.GroupOf(AllHosts));
        if (!_interfaces.TryGetValue(entry.Index, out IgmpInterface? on)) return;
        on.JoinAllOnLink();
        on.OnUp();
    }

    /// <summary>A socket's filter for a group is another one now.</summary>
    /// <param name="device">The interface, which exists or did so when the socket joined.</param>
    /// <param name="group">The group.</param>
    /// <param name="before">What it was; null when the socket was no member.</param>
    /// <param name="after">What it is; null when the socket is no member any more.</param>
    /// <param name="now">The time.</param>
    internal void Change(uint device, InetAddress group, SourceFilter? before, SourceFilter? after, Timestamp now)
    {
        if (!_interfaces.TryGetValue(device, out IgmpInterface? on))
        {
            if (_host.Interfaces.Find(device) is not { } entry) return;
            on = Add(entry);
        }

        on.Change(group, before, after, now);
    }

    /// <summary>An interface has gone up or down.</summary>
    internal void OnUpChanged(InterfaceEntry entry)
    {
        if (!_interfaces.TryGetValue(entry.Index, out IgmpInterface? on)) return;
        if (entry.IsUp) on.OnUp();
        else on.OnDown();
    }

    private IgmpInterface Add(InterfaceEntry entry)
    {
        var on = new IgmpInterface(entry, _host.Interfaces, _output, _context);
        _interfaces.Add(entry.Index, on);
        return on;
    }
}
