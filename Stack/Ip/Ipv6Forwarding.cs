using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>Sends IPv6 packets on that are for other hosts, where the settings say so. RFC 8200, RFC 4443 §3.</summary>
/// <remarks>
/// What is for many or for this link alone goes no further, and what is from this link alone does not leave it. Only the hop-by-hop options
/// have been looked at; fragments go on as they are. Gate held.
/// </remarks>
public sealed class Ipv6Forwarding(HostAddressing host, Ipv6Output output, Icmpv6 icmp, LinkContext context)
{
    private const int HopLimitField = 7;

    /// <summary>Who hears of packets that leave by the interface that they came in on; null for nobody.</summary>
    public IForwardingObserver? Observer { get; set; }

    /// <summary>Sends a packet on, or tells its sender why not.</summary>
    /// <param name="arrival">A packet that <see cref="Ipv6Input"/> says is to be forwarded.</param>
    /// <param name="now">The time.</param>
    /// <returns>None, or why it goes no further.</returns>
    public DropReason Forward(in IpArrival arrival, Timestamp now)
    {
        if (arrival.HopLimit <= 1)
        {
            icmp.SendError(arrival, Icmpv6Type.TimeExceeded, 0, 0, now);
            return DropReason.Ip6HopLimitExceeded;
        }

        Route? route = host.Routes.Find(arrival.Destination);
        if (route is not { Type: RouteType.Unicast } || route.Device == HostAddressing.LoopbackIndex)
            return Refuse(arrival, CodeOf(route), DropReason.Ip6NoRoute, now);
        if (host.Interfaces.Find(route.Device) is not { IsUp: true, Port: { IsClosed: false } port })
            return Refuse(arrival, Icmpv6UnreachableCode.Address, DropReason.InterfaceDown, now);
        if (port.Mtu < PathMtuCache.SmallestMtuV6)
            return Refuse(arrival, Icmpv6UnreachableCode.NoRoute, DropReason.Ip6Disabled, now);
        bool goesBack = port == arrival.Port;
        if (arrival.Source.IsLinkLocal && !goesBack)      // RFC 4007 §9
            return Refuse(arrival, Icmpv6UnreachableCode.BeyondScope, DropReason.Ip6BeyondScope, now);
        if (arrival.Octets.Length > port.Mtu)
        {
            icmp.SendError(arrival, Icmpv6Type.PacketTooBig, 0, (uint)port.Mtu, now);
            return DropReason.Ip6TooBig;
        }

        PacketBuffer onward = context.Packets.RentCopy(arrival.Octets);
        OpenChecksum.Complete(arrival, onward.Span);
        onward.Span[HopLimitField]--;
        context.Counters.Count(Counter.Ip6Forwarded);
        InetAddress nextHop = route.Gateway ?? arrival.Destination;
        output.SendPacket(onward, new RouteAnswer(BindRule.Granted, Device: route.Device, NextHop: nextHop), arrival.Destination, now);
        if (goesBack) Observer?.OnSentBack(arrival, nextHop, now);
        return DropReason.None;
    }

    /// <summary>What the sender is told of a route that refuses, as Linux does; null for nothing.</summary>
    private static Icmpv6UnreachableCode? CodeOf(Route? route) => route?.Type switch
    {
        null or RouteType.Unreachable => Icmpv6UnreachableCode.NoRoute,
        RouteType.Prohibit => Icmpv6UnreachableCode.Prohibited,
        _ => null,
    };

    private DropReason Refuse(in IpArrival about, Icmpv6UnreachableCode? code, DropReason reason, Timestamp now)
    {
        if (code is { } known) icmp.SendError(about, Icmpv6Type.DestinationUnreachable, (byte)known, 0, now);
        return reason;
    }
}
