using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>What happens to an IPv6 packet between its transport and its frame. RFC 8200.</summary>
/// <remarks>Gate held. Allocates nothing in steady state.</remarks>
public sealed class Ipv6Output(HostAddressing host, LinkContext context)
{
    /// <summary>The largest packet there is, octets: jumbograms (RFC 2675) are not sent.</summary>
    public const int MaxLength = Ipv6Header.Length + Ipv6Header.MaxPayload;

    /// <summary>Sends a transport unit by a route, or many of one stream in one.</summary>
    /// <param name="unit">The unit with its header, as <see cref="Ipv4Output.Send"/> takes it; becomes the callee's in any case.</param>
    /// <param name="route">The route, which was granted.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="options">What else the sender says; of these IPv6 knows protocol, hop limit and traffic class.</param>
    /// <param name="now">The time.</param>
    /// <returns>
    /// Success, EMSGSIZE (the packet would be too big for the interface: it is not cut), ENETDOWN (the interface has no link or is down),
    /// EINVAL (offload facts that can't be).
    /// </returns>
    public Errno Send(PacketBuffer unit, in RouteAnswer route, InetAddress destination, in IpSendOptions options, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(unit);
        context.Counters.Count(Counter.Ip6OutRequests);
        if (PortOf(route) is not { } port) return Refuse(unit, DropReason.InterfaceDown, Errno.ENETDOWN);
        if (!Ipv4Output.TryMeasure(unit, out _, out int largest)) return Refuse(unit, DropReason.FrameBadOffload, Errno.EINVAL);
        if (unit.Length > Ipv6Header.MaxPayload || Ipv6Header.Length + largest > port.Mtu)
            return Refuse(unit, DropReason.Ip6TooBig, Errno.EMSGSIZE);

        new Ipv6Header(route.Source, destination, options.Protocol, options.TimeToLive, options.TrafficClass).PrependTo(unit);
        InetAddress nextHop = route.NextHop.IsWildcard ? destination : route.NextHop;
        port.Send(unit, EtherType.Ipv6, nextHop, route.Role == AddressRole.Multicast ? LinkCast.Multicast : LinkCast.Unicast, now);
        return Errno.Success;
    }

    /// <summary>The largest packet, in octets, that gets out by a route: IPV6_MTU; 0 when its interface has no link.</summary>
    public int MtuOf(in RouteAnswer route) => Math.Min(host.Interfaces.Find(route.Device)?.Port?.Mtu ?? 0, MaxLength);

    private LinkPort? PortOf(in RouteAnswer route) =>
        host.Interfaces.Find(route.Device) is { IsUp: true, IsV6Disabled: false, Port: { IsClosed: false } port } ? port : null;

    private Errno Refuse(PacketBuffer packet, DropReason reason, Errno code)
    {
        context.Drops.Count(reason);
        packet.Return();
        return code;
    }
}
