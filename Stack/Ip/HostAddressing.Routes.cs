using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Ip;

/// <summary>A route to be added.</summary>
/// <param name="Prefix">The destinations.</param>
/// <param name="Type">Unicast, Local, or one that refuses.</param>
public readonly record struct NewRoute(InetPrefix Prefix, RouteType Type = RouteType.Unicast)
{
    /// <summary>The router, or null when the destinations are on the link.</summary>
    public InetAddress? Gateway { get; init; }

    /// <summary>The interface, or 0 for the one that leads to the gateway.</summary>
    public uint Device { get; init; }

    /// <summary>Null for the usual one: 0, and 1024 for IPv6, where 0 means the same as null.</summary>
    public uint? Metric { get; init; }

    /// <summary>What else is to be said of it; null for nothing.</summary>
    public RouteMetrics? Metrics { get; init; }

    /// <summary>The source that goes with it, an address of this host; null when it is to be selected.</summary>
    public InetAddress? PreferredSource { get; init; }
}

// Routes that were added by themselves.
public sealed partial class HostAddressing
{
    private const uint DefaultMetricV6 = 1024;

    /// <summary>Adds a route.</summary>
    /// <exception cref="ArgumentException">
    /// There is one of this prefix and metric already; it has neither gateway nor interface; the interface does not
    /// exist or is down; the gateway is not on a link of the host (a link-local one: no interface is given); the
    /// source is not local; or families are mixed.
    /// </exception>
    public HostAddressing AddRoute(in NewRoute asked)
    {
        bool isV6 = asked.Prefix.Address.IsV6, refuses = asked.Type >= RouteType.Unreachable;
        if (asked.Type is RouteType.Broadcast or RouteType.Multicast)
            throw new ArgumentException("Routes of this type come with addresses.", nameof(asked));
        if ((asked.Gateway is { } g && g.IsV6 != isV6) || (asked.PreferredSource is { } s && s.IsV6 != isV6))
            throw new ArgumentException($"Gateway, source and {asked.Prefix} must be of one family.", nameof(asked));
        if (asked.PreferredSource is { } source && RoleOf(source, 0) != AddressRole.Local)
            throw new ArgumentException($"{source} is not an address of this host.", nameof(asked));
        uint metric = asked.Metric ?? 0;
        if (isV6 && metric == 0) metric = DefaultMetricV6;
        if (Routes.FindExact(asked.Prefix, asked.Type == RouteType.Local ? RouteType.Local : null, metric: metric) is not null)
            throw new ArgumentException($"There is a route to {asked.Prefix} with metric {metric} already.", nameof(asked));

        uint device = refuses ? (isV6 ? LoopbackIndex : 0) : DeviceFor(asked);
        Routes.Add(new Route(asked.Prefix, asked.Type, device)
        {
            Gateway = refuses ? null : asked.Gateway,
            Metric = metric,
            PreferredSource = asked.PreferredSource,
            Metrics = asked.Metrics,
        });
        return this;
    }

    /// <summary>Removes the first route of exactly this prefix that fits all that is given.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="type">The type; null for any but Local.</param>
    /// <param name="gateway">The gateway, or null for any.</param>
    /// <param name="device">The interface, or 0 for any.</param>
    /// <param name="metric">The metric, or null for any.</param>
    /// <exception cref="ArgumentException">There is no such route.</exception>
    public HostAddressing RemoveRoute(
        InetPrefix prefix, RouteType? type = null, InetAddress? gateway = null, uint device = 0, uint? metric = null)
    {
        Route route = Routes.FindExact(prefix, type, gateway, device, metric)
            ?? throw new ArgumentException($"There is no such route to {prefix}.", nameof(prefix));
        Routes.Remove(route);
        return this;
    }

    private uint DeviceFor(in NewRoute asked)
    {
        if (asked.Device != 0)
        {
            if (Interfaces.Find(asked.Device) is not { } entry)
                throw new ArgumentException($"There is no interface {asked.Device}.", nameof(asked));
            if (!entry.IsUp) throw new ArgumentException($"{entry} is down.", nameof(asked));
        }

        if (asked.Gateway is not { } gateway)
            return asked.Device != 0 ? asked.Device
                : throw new ArgumentException("A route needs a gateway or an interface.", nameof(asked));
        if (gateway.IsV6 && gateway.IsLinkLocal)
            return asked.Device != 0 ? asked.Device
                : throw new ArgumentException($"{gateway} needs an interface.", nameof(asked));
        return Routes.FindOnLink(gateway, asked.Device) is { } way && !(gateway.IsV6 && way.Device == LoopbackIndex)
            ? way.Device
            : throw new ArgumentException($"{gateway} is not on a link of this host.", nameof(asked));
    }
}
