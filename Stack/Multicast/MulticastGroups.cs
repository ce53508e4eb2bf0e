using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Multicast;

/// <summary>
/// The groups that a host listens to, interface by interface: what its sockets joined and the host itself, put together, told to the
/// link's filter and to the routers on the link. RFC 1112 §7; RFC 3376 §3.2, RFC 3810 §4.2.
/// </summary>
/// <remarks>
/// 224.0.0.1 is joined on every interface and never reported; ff02::1 on those that speak IPv6. Gate held.
/// </remarks>
public sealed partial class MulticastGroups
{
    /// <summary>How many IPv4 groups a socket may join unless told otherwise, as Linux's igmp_max_memberships.</summary>
    public const int DefaultMaxMemberships = 20;

    /// <summary>How many sources a socket may list for an IPv4 group unless told otherwise, as Linux's igmp_max_msf.</summary>
    public const int DefaultMaxSources = 10;

    /// <summary>How many sources a socket may list for an IPv6 group unless told otherwise, as Linux's mld_max_msf.</summary>
    public const int DefaultMaxSourcesV6 = 64;

    /// <summary>How much memory the options of a socket may take unless told otherwise, octets, as Linux's optmem_max.</summary>
    public const int DefaultMaxOptionMemory = 131_072;

    private readonly HostAddressing _host;
    private readonly LinkContext _context;
    private readonly IgmpProtocol _igmp;
    private readonly MldProtocol _mld;
    private readonly Dictionary<uint, MembershipReporting> _interfaces = [], _interfacesV6 = [];

    /// <summary>The groups of a host, none joined yet.</summary>
    /// <param name="host">Its interfaces.</param>
    /// <param name="output">How reports of IPv4 groups are sent.</param>
    /// <param name="outputV6">How reports of IPv6 groups are sent.</param>
    /// <param name="context">Chance, deadlines and buffers.</param>
    public MulticastGroups(HostAddressing host, Ipv4Output output, Ipv6Output outputV6, LinkContext context)
    {
        ArgumentNullException.ThrowIfNull(host);
        _host = host;
        _context = context;
        _igmp = new IgmpProtocol(host.Interfaces, output, context);
        _mld = new MldProtocol(outputV6, context);
    }

    /// <summary>224.0.0.1, which every host is a member of. RFC 1112 §4.</summary>
    public static InetAddress AllHosts => InetAddress.FromV4(0xE000_0001);

    /// <summary>224.0.0.2, where hosts of version 2 say that they leave. RFC 2236 §3.</summary>
    public static InetAddress AllRouters => InetAddress.FromV4(0xE000_0002);

    /// <summary>224.0.0.22, where version 3 reports go. RFC 3376 §4.2.14.</summary>
    public static InetAddress AllReportListeners => InetAddress.FromV4(0xE000_0016);

    /// <summary>ff02::1, which every host that speaks IPv6 is a member of. RFC 4291 §2.7.1.</summary>
    public static InetAddress AllNodes => InetAddress.FromV6(0xFF02UL << 48, 1);

    /// <summary>ff01::1, the same for what does not leave the host. RFC 4291 §2.7.1.</summary>
    public static InetAddress AllNodesOfHost => InetAddress.FromV6(0xFF01UL << 48, 1);

    /// <summary>ff02::2, where hosts of MLD's version 1 say that they leave. RFC 2710 §4.</summary>
    public static InetAddress AllRoutersV6 => InetAddress.FromV6(0xFF02UL << 48, 2);

    /// <summary>ff02::16, where reports of MLD's version 2 go. RFC 3810 §5.2.14.</summary>
    public static InetAddress AllReportListenersV6 => InetAddress.FromV6(0xFF02UL << 48, 0x16);

    /// <summary>How many IPv4 groups one socket may join, counted per interface: 20 at first. Of IPv6 groups its option memory is the limit.</summary>
    public int MaxMembershipsPerSocket { get; set; } = DefaultMaxMemberships;

    /// <summary>How many sources one socket may list for an IPv4 group: 10 at first.</summary>
    public int MaxSourcesPerFilter { get; set; } = DefaultMaxSources;

    /// <summary>How many sources one socket may list for an IPv6 group: 64 at first.</summary>
    public int MaxSourcesPerFilterV6 { get; set; } = DefaultMaxSourcesV6;

    /// <summary>
    /// How much memory the groups and filters of one socket may take, octets, reckoned as Linux does: 131,072 at first, which is 2,340
    /// IPv6 groups.
    /// </summary>
    public int MaxOptionMemoryPerSocket { get; set; } = DefaultMaxOptionMemory;

    internal static bool IsGroupV6(InetAddress group) => group.IsMulticast && !group.IsV4OrMapped;

    /// <summary>True when a socket of this host, or the host itself, joined the group on the interface. Allocates nothing.</summary>
    public bool IsJoined(InetAddress group, uint device) => group == AllHosts || On(device, group.IsV6)?.Find(group) is { Members: > 0 };

    /// <summary>True when some socket of this host hears the source in the group. Allocates nothing. RFC 3376 §3.2, RFC 3810 §4.2.</summary>
    /// <param name="group">Where to.</param>
    /// <param name="source">Where from.</param>
    /// <param name="device">The interface that it arrived on.</param>
    public bool Accepts(InetAddress group, InetAddress source, uint device) =>
        group == AllHosts || FilterOf(group, device).Accepts(source);

    /// <summary>The interface's filter for a group: that of all sockets together. INCLUDE of nobody where none joined.</summary>
    public SourceFilter FilterOf(InetAddress group, uint device) => On(device, group.IsV6)?.Find(group)?.Filter ?? SourceFilter.Nobody;

    /// <summary>The version of IGMP that is spoken on an interface: 3, or an older one that a router there speaks. RFC 3376 §7.2.</summary>
    public int VersionOn(uint device, Timestamp now) => On(device, isV6: false)?.Version(now) ?? _igmp.Latest;

    /// <summary>The version of MLD that is spoken on an interface: 2, or 1 where a router there speaks it. RFC 3810 §8.2.</summary>
    public int MldVersionOn(uint device, Timestamp now) => On(device, isV6: true)?.Version(now) ?? _mld.Latest;

    /// <summary>Of how many groups there is a state on an interface, those included whose leaving is still being reported.</summary>
    internal int StateCount(uint device, bool isV6 = false) => On(device, isV6)?.Count ?? 0;

    /// <summary>An interface was given its link.</summary>
    internal void OnAttached(InterfaceEntry entry)
    {
        (entry.Port as EthernetPort)?.Join(EthernetPort.GroupOf(AllHosts));
        OnAttached(On(entry.Index, isV6: false));
        OnAttached(On(entry.Index, isV6: true));
    }

    /// <summary>A socket's filter for a group is another one now, or the host's.</summary>
    /// <param name="device">The interface, which exists or did so when the socket joined.</param>
    /// <param name="group">The group.</param>
    /// <param name="before">What it was; null when the socket was no member.</param>
    /// <param name="after">What it is; null when the socket is no member any more.</param>
    /// <param name="now">The time.</param>
    internal void Change(uint device, InetAddress group, SourceFilter? before, SourceFilter? after, Timestamp now) =>
        OnOrNew(device, group.IsV6)?.Change(group, before, after, now);

    /// <summary>An interface has gone up or down.</summary>
    internal void OnUpChanged(InterfaceEntry entry)
    {
        OnUpChanged(entry, On(entry.Index, isV6: false));
        OnUpChanged(entry, On(entry.Index, isV6: true));
    }

    private static void OnAttached(MembershipReporting? on)
    {
        on?.JoinAllOnLink();
        on?.OnUp();
    }

    private static void OnUpChanged(InterfaceEntry entry, MembershipReporting? on)
    {
        if (entry.IsUp) on?.OnUp();
        else on?.OnDown();
    }

    private MembershipReporting? On(uint device, bool isV6) => (isV6 ? _interfacesV6 : _interfaces).GetValueOrDefault(device);

    /// <summary>What is said on an interface; null when there is no such interface.</summary>
    private MembershipReporting? OnOrNew(uint device, bool isV6)
    {
        if (On(device, isV6) is { } on) return on;
        if (_host.Interfaces.Find(device) is not { } entry) return null;
        on = new MembershipReporting(entry, isV6 ? _mld : _igmp, _context);
        (isV6 ? _interfacesV6 : _interfaces).Add(device, on);
        return on;
    }
}
