using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>What happens to an IPv4 packet between its transport and its frame. RFC 791, RFC 1122 §3.3.</summary>
/// <remarks>Gate held.</remarks>
public sealed class Ipv4Output(HostAddressing host, LinkContext context)
{
    /// <summary>Sends a transport unit by a route.</summary>
    /// <param name="unit">The unit with its header, which becomes the callee's in any case.</param>
    /// <param name="route">The route, which was granted.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="options">What else the sender says.</param>
    /// <param name="now">The time.</param>
    /// <returns>Success, EMSGSIZE (too big for the path, and DF is wanted), ENETDOWN (the interface has no link or is down).</returns>
    public Errno Send(PacketBuffer unit, in RouteAnswer route, InetAddress destination, in IpSendOptions options, Timestamp now)
    {
        if (host.Interfaces.Find(route.Device) is not { IsUp: true, Port: { } port })
        {
            context.Drops.Count(DropReason.InterfaceDown);
            unit.Return();
            return Errno.ENETDOWN;
        }

        var header = new Ipv4Header(route.Source, destination, options.Protocol, options.TimeToLive, options.TrafficClass, (ushort)context.Random.NextUInt32());
        header.PrependTo(unit, options.Options.Span);
        LinkCast cast = route.Role switch
        {
            AddressRole.Broadcast => LinkCast.Broadcast,
            AddressRole.Multicast => LinkCast.Multicast,
            _ => LinkCast.Unicast,
        };
        port.Send(unit, EtherType.Ipv4, route.NextHop.IsWildcard ? destination : route.NextHop, cast, now);
        return Errno.Success;
    }
}
