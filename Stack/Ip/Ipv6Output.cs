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
public sealed partial class Ipv6Output(HostAddressing host, LinkContext context, LoopedPackets? looped = null)
    : IpOutput(host, context, new PathMtuCache(isV6: true), looped ?? new LoopedPackets(), MaxLength)
{
    /// <summary>The largest packet there is, octets: jumbograms (RFC 2675) are not sent.</summary>
    public const int MaxLength = Ipv6Header.Length + Ipv6Header.MaxPayload;

    private readonly IdentificationSource _identification = new(context.Random);
    private readonly FlowLabels _labels = new(context.Random);

    /// <summary>
    /// True to label the packets of each flow with a number of its own, where the sender does not say: net.ipv6.auto_flowlabels.
    /// RFC 6437.
    /// </summary>
    public bool LabelsFlows { get; set; } = true;

    /// <summary>Sends a transport unit by a route, or many of one stream in one.</summary>
    /// <param name="unit">
    /// The unit with its header, as <see cref="Ipv4Output.Send"/> takes it; becomes the callee's in any case. It may begin with extension
    /// headers, the first of which <see cref="IpSendOptions.Protocol"/> names then.
    /// </param>
    /// <param name="route">The route, which was granted.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="options">What else the sender says.</param>
    /// <param name="now">The time.</param>
    /// <returns>
    /// Success, EMSGSIZE (more than 65,535 octets, or too big for the path and not, or nowhere, to be cut), ENETDOWN (the interface has no link,
    /// is down, or has an MTU below 1,280), EINVAL (many units that go to many, or that are not what they say).
    /// </returns>
    /// <remarks>Of many units each one has to fit the path: they are never fragmented.</remarks>
    public Errno Send(PacketBuffer unit, in RouteAnswer route, InetAddress destination, in IpSendOptions options, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(unit);
        Context.Counters.Count(Counter.Ip6OutRequests);
        if (PortOf(route) is not { } port) return Refuse(unit, DropReason.InterfaceDown, Errno.ENETDOWN);
        if (!SpeaksV6(port)) return Refuse(unit, DropReason.Ip6Disabled, Errno.ENETDOWN);
        if (!TryMeasure(unit, out int units, out int largest) || (units > 1 && IsToMany(route)))
            return Refuse(unit, DropReason.FrameBadOffload, Errno.EINVAL);
        int length = Ipv6Header.Length + largest, mtu = port.MtuV6;
        if (options.Discovery < PathMtuDiscovery.Probe) mtu = MtuOf(route, destination, port, now, out _);
        if (options.LargestPacket > 0) mtu = Math.Min(mtu, options.LargestPacket);
        bool isAtomic = options.Discovery is >= PathMtuDiscovery.Do and not PathMtuDiscovery.Omit;
        if (unit.Length > Ipv6Header.MaxPayload || (length > mtu && (isAtomic || units > 1)))
            return Refuse(unit, DropReason.Ip6TooBig, Errno.EMSGSIZE);

        uint label = options.FlowLabel ?? (LabelsFlows ? _labels.Of(route.Source, destination, options.Protocol, unit.Span) : 0);
        byte hopLimit = options.TimeToLive ?? Host.Interfaces.Find(route.Device)!.HopLimit;
        new Ipv6Header(route.Source, destination, options.Protocol, hopLimit, options.TrafficClass, label).PrependTo(unit);
        if (IsToMany(route))
        {
            Complete(unit);      // for this host's own copy
            // RFC 4291 §2.7: scope 1 is this host alone, and what goes to the reserved scope 0 reaches nobody; §2.5.3: no other interface takes what ::1 sends.
            bool stays = hopLimit == 0 || destination.MulticastScope <= InterfaceLocal, comesBack = options.LoopsBack && destination.MulticastScope > 0 && !route.Source.IsLoopback;
            if (LoopBack(unit, port, route.Role, comesBack, stays)) return Errno.Success;
        }

        return Transmit(unit, port, NextHop(route, destination), CastOf(route), mtu, length <= mtu, now);
    }

    /// <summary>Sends a whole IPv6 packet on its way by a route, as it is.</summary>
    /// <param name="packet">The packet from its header on; becomes the callee's in any case.</param>
    /// <param name="route">The route, which was granted.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="now">The time.</param>
    /// <returns>
    /// Success, EMSGSIZE (too big for the interface: no router cuts it), ENETDOWN (as <see cref="Send"/>), EINVAL (shorter than a header).
    /// </returns>
    /// <remarks>What other routers reported is not heeded. For routers, and senders that write their headers (IPV6_HDRINCL).</remarks>
    public Errno SendPacket(PacketBuffer packet, in RouteAnswer route, InetAddress destination, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(packet);
        if (PortOf(route) is not { } port) return Refuse(packet, DropReason.InterfaceDown, Errno.ENETDOWN);
        if (!SpeaksV6(port)) return Refuse(packet, DropReason.Ip6Disabled, Errno.ENETDOWN);
        if (packet.Length < Ipv6Header.Length) return Refuse(packet, DropReason.Ip6Malformed, Errno.EINVAL);
        if (packet.Length > port.MtuV6) return Refuse(packet, DropReason.Ip6TooBig, Errno.EMSGSIZE);
        port.Send(packet, EtherType.Ipv6, NextHop(route, destination), CastOf(route), now);
        return Errno.Success;
    }

    /// <summary>False where the link is too narrow (RFC 8200 §5), or another station has this one's link-local address (RFC 4862 §5.4.5).</summary>
    private bool SpeaksV6(LinkPort port) =>
        port.MtuV6 >= PathMtuCache.SmallestMtuV6 && Host.Interfaces.Find(port.Index) is { IsV6Disabled: false };

    private protected override int MtuOf(LinkPort port) => port.MtuV6;

    private const int InterfaceLocal = 1;
}
