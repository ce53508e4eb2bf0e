using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>What an address is to this host.</summary>
public enum AddressRole : byte
{
    /// <summary>None of this host's addresses.</summary>
    Foreign,
    /// <summary>A unicast address of this host, fit for use.</summary>
    Local,
    /// <summary>A unicast address of this host that duplicate address detection has not passed yet.</summary>
    Tentative,
    /// <summary>The limited broadcast address, or the directed broadcast of a subnet that this host is on.</summary>
    Broadcast,
    /// <summary>A multicast group.</summary>
    Multicast,
    /// <summary>The wildcard.</summary>
    Wildcard,
}

/// <summary>What is asked of the routes: how to reach a destination, and from which address.</summary>
/// <param name="Destination">
/// Where to; IPv4 for a mapped address. A wildcard means this host itself: the answer's source is the destination
/// then too.
/// </param>
/// <param name="Source">The bound source of the same family, or the wildcard where one is to be chosen.</param>
/// <param name="Device">
/// The device that the socket is bound to (or its scope id, or IP_MULTICAST_IF for a multicast destination), 0 for
/// any.
/// </param>
/// <param name="MayUseForeignSource">True with IP_TRANSPARENT: the source need not be local.</param>
/// <param name="MayLackScope">True when a link-local IPv6 destination may be looked for without a device: where its route leads.</param>
/// <param name="PrefersTemporary">Whether temporary IPv6 sources are preferred to public ones (RFC 5014); null for what the host prefers.</param>
public readonly record struct RouteQuery(
    InetAddress Destination, InetAddress Source, uint Device = 0, bool MayUseForeignSource = false,
    bool MayLackScope = false, bool? PrefersTemporary = null);

/// <summary>What an administrator has said of the way to a destination, beyond where it leads: ip-route(8).</summary>
public sealed record RouteMetrics
{
    /// <summary>mtu: the largest packet that is sent that way, octets; null for what the link and the path let through.</summary>
    public int? Mtu { get; init; }

    /// <summary>mtu lock: what routers report of the path is not heeded, and that packets are not to be fragmented is not said.</summary>
    public bool LocksMtu { get; init; }

    /// <summary>advmss: the most that TCP says that it takes in a segment, octets; null for what the MTU allows.</summary>
    public int? AdvertisedMss { get; init; }

    /// <summary>initcwnd: how many segments TCP sends before anything is acknowledged; null for what is usual.</summary>
    public int? InitialWindow { get; init; }

    /// <summary>quickack: TCP acknowledges each segment at once.</summary>
    public bool AcksAtOnce { get; init; }

    /// <summary>rto_min: TCP waits so long at least before it sends again; null for what is usual.</summary>
    public TimeSpan? ShortestTimeout { get; init; }
}

/// <summary>How a destination is reached.</summary>
/// <param name="Rule">
/// Granted, or why there is no way: NoRoute, HostUnreachable, RouteProhibited, RouteInvalid, NoDevice (IPv4),
/// NotLocal (no IPv6 source).
/// </param>
/// <param name="Source">
/// The address that a packet leaves with; the wildcard when a host without any IPv4 address sends all the same, as
/// Linux does.
/// </param>
/// <param name="Device">The interface that it leaves by; the loopback interface for a local destination.</param>
/// <param name="Role">What the destination is to this host.</param>
/// <param name="NextHop">The router that it goes to first; the wildcard when the destination itself is on the link.</param>
/// <param name="Metrics">What else was said of the route; null for nothing.</param>
public readonly record struct RouteAnswer(
    BindRule Rule, InetAddress Source = default, uint Device = 0, AddressRole Role = AddressRole.Foreign,
    InetAddress NextHop = default, RouteMetrics? Metrics = null);

/// <summary>How the bind engine asks about addresses, devices and routes; the tables of <c>Ip</c> answer.</summary>
/// <remarks>Gate held. Answers must depend on nothing but the tables.</remarks>
public interface IRoutes
{
    /// <summary>What an address is to this host.</summary>
    /// <param name="address">IPv4 for a mapped address.</param>
    /// <param name="device">For an IPv6 link-local address or ::1 the interface to look at; 0 looks at all.</param>
    AddressRole RoleOf(InetAddress address, uint device);

    /// <summary>True when an interface has this index (and it is not 0).</summary>
    bool HasDevice(uint device);

    /// <summary>The name of an interface, or null when no interface has this index.</summary>
    string? NameOf(uint device);

    /// <summary>The index of an interface by its name, or 0.</summary>
    uint IndexOf(string name);

    /// <summary>The index of the interface that has this unicast address, or 0.</summary>
    uint DeviceOf(InetAddress address);

    /// <summary>The route to a destination and the source address that goes with it.</summary>
    RouteAnswer FindRoute(in RouteQuery query);
}
