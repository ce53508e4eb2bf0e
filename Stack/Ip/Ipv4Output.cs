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
/// <remarks>Gate held. Allocates nothing in steady state.</remarks>
public sealed partial class Ipv4Output(HostAddressing host, LinkContext context)
    : IpOutput(host, context, new PathMtuCache(), new LoopedPackets(), MaxLength)
{
    /// <summary>The largest packet there is, octets.</summary>
    public const int MaxLength = ushort.MaxValue;

    private readonly IdentificationSource _identification = new(context.Random);

    /// <summary>Sends a transport unit by a route, or many of one stream in one.</summary>
    /// <param name="unit">
    /// The unit with its header, which becomes the callee's in any case. Its checksum may be open, and it may stand for many
    /// (<see cref="PacketBuffer.Offload"/>): what the link can't do about that is done when the packet is queued for it.
    /// </param>
    /// <param name="route">The route, which was granted.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="options">What else the sender says.</param>
    /// <param name="now">The time.</param>
    /// <returns>
    /// Success, EMSGSIZE (more than 65,535 octets, or too big for the path and not to be fragmented), ENETDOWN (the
    /// interface has no link or is down), EINVAL (more than 40 octets of options; many units that go to many, or that are not what
    /// they say).
    /// </returns>
    /// <remarks>
    /// Of many units each one has to fit the path: they are never fragmented. Each gets an identification of its own.
    /// </remarks>
    public Errno Send(PacketBuffer unit, in RouteAnswer route, InetAddress destination, in IpSendOptions options, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(unit);
        Context.Counters.Count(Counter.IpOutRequests);
        if (PortOf(route) is not { } port) return Refuse(unit, DropReason.InterfaceDown, Errno.ENETDOWN);
        if (options.Options.Length > Ipv4Options.MaxLength) return Refuse(unit, DropReason.IpBadOption, Errno.EINVAL);

        int headerLength = Ipv4Header.Length + ((options.Options.Length + 3) & ~3), whole = headerLength + unit.Length, mtu = port.Mtu;
        if (!TryMeasure(unit, out int units, out int largest) || (units > 1 && IsToMany(route)))
            return Refuse(unit, DropReason.FrameBadOffload, Errno.EINVAL);
        int length = headerLength + largest;
        bool mayFragment = false;
        if (options.Discovery < PathMtuDiscovery.Probe)
            mtu = MtuOf(route, destination, port, now, out mayFragment);
        bool isAtomic = options.Discovery is PathMtuDiscovery.Do or PathMtuDiscovery.Probe;
        bool isWhole = isAtomic || options.Discovery == PathMtuDiscovery.Interface;
        if (whole > MaxLength || (length > mtu && (isWhole || units > 1 || !CanFragment(mtu))))
            return Refuse(unit, DropReason.IpTooBig, Errno.EMSGSIZE);

        // What will never be fragmented needs no name (RFC 6864 §4.1). In Want mode there are routers that clear DF.
        bool dontFragment = isAtomic || (options.Discovery == PathMtuDiscovery.Want && length <= mtu && !mayFragment);
        ushort identification = isAtomic ? (ushort)0 : _identification.Next(route.Source, destination, options.Protocol, now, units);
        byte timeToLive = options.TimeToLive ?? InterfaceEntry.UsualHopLimit;
        var header = new Ipv4Header(
            route.Source, destination, options.Protocol, timeToLive, options.TrafficClass, identification, dontFragment);
        header.PrependTo(unit, options.Options.Span);
        if (IsToMany(route)) Complete(unit);      // for this host's own copy
        if (IsToMany(route) && LoopBack(unit, port, route.Role, options.LoopsBack, timeToLive == 0)) return Errno.Success;
        Transmit(unit, port, NextHop(route, destination), CastOf(route), length <= mtu, mtu, now);
        return Errno.Success;
    }

    /// <summary>Sends a whole IP packet on its way by a route, as a router does: in fragments where it is too big and DF is not set.</summary>
    /// <param name="packet">The packet, its time to live counted down and its header checksum right; becomes the callee's in any case.</param>
    /// <param name="route">The route, which was granted.</param>
    /// <param name="now">The time.</param>
    /// <returns>
    /// Success, EMSGSIZE (too big for the interface, and DF is set: <see cref="IpOutput.LinkMtuOf"/> says what is to be reported),
    /// ENETDOWN (the interface has no link or is down), EINVAL (no IPv4 packet).
    /// </returns>
    /// <remarks>What other routers reported is not heeded, as in Linux. RFC 1812 §4.2.2.7, §5.2.6.</remarks>
    public Errno SendPacket(PacketBuffer packet, in RouteAnswer route, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(packet);
        if (PortOf(route) is not { } port) return Refuse(packet, DropReason.InterfaceDown, Errno.ENETDOWN);
        if (!Ipv4Packet.TryParse(packet.Span, out Ipv4Packet view)) return Refuse(packet, DropReason.IpMalformed, Errno.EINVAL);
        packet.TrimBack(packet.Length - view.TotalLength);
        if (packet.Length > port.Mtu && (view.DontFragment || !CanFragment(port.Mtu)))
            return Refuse(packet, DropReason.IpTooBig, Errno.EMSGSIZE);
        Transmit(packet, port, NextHop(route, view.Destination), CastOf(route), packet.Length <= port.Mtu, port.Mtu, now);
        return Errno.Success;
    }

    private protected override int MtuOf(LinkPort port) => port.Mtu;
}
