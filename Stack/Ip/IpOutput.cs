using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>What the ways out of both families have in common.</summary>
/// <remarks>Gate held.</remarks>
public abstract class IpOutput
{
    private const int TcpDataOffset = 12;

    private readonly int _largest;

    private protected IpOutput(HostAddressing host, LinkContext context, PathMtuCache pathMtu, LoopedPackets looped, int largest)
    {
        Host = host;
        Context = context;
        PathMtu = pathMtu;
        Looped = looped;
        _largest = largest;
    }

    /// <summary>What routers said of paths.</summary>
    public PathMtuCache PathMtu { get; }

    /// <summary>What comes back to this host's own members of groups.</summary>
    public LoopedPackets Looped { get; }

    private protected HostAddressing Host { get; }

    private protected LinkContext Context { get; }

    /// <summary>The largest packet, in octets, that is known to get through to a destination: IP_MTU, IPV6_MTU.</summary>
    /// <param name="route">The route to it, which was granted.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="now">The time.</param>
    /// <returns>0 when the interface has no link.</returns>
    public int MtuOf(in RouteAnswer route, InetAddress destination, Timestamp now)
    {
        return Host.Interfaces.Find(route.Device)?.Port is { } port ? Math.Min(MtuOf(route, destination, port, now, out _), _largest) : 0;
    }

    /// <summary>The largest packet that the link, what routers reported, and what was said of the route allow, octets.</summary>
    private protected int MtuOf(in RouteAnswer route, InetAddress destination, LinkPort port, Timestamp now, out bool mayFragment)
    {
        int mtu = MtuOf(port);
        if (route.Metrics?.Mtu is { } given) mtu = Math.Min(mtu, given);
        mayFragment = route.Metrics is { LocksMtu: true };
        return mayFragment ? mtu : PathMtu.MtuOf(destination, port.Index, mtu, now, out mayFragment);
    }

    /// <summary>The largest packet, in octets, that is known to get through to a destination by an interface.</summary>
    public int MtuOf(InetAddress destination, LinkPort port, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(port);
        return Math.Min(PathMtu.MtuOf(destination, port.Index, MtuOf(port), now, out _), _largest);
    }

    /// <summary>The MTU of the interface that a route leads over, octets; 0 when it has no link.</summary>
    public int LinkMtuOf(in RouteAnswer route) => Host.Interfaces.Find(route.Device)?.Port is { } port ? MtuOf(port) : 0;

    /// <summary>What the family may send over a link in one packet, octets.</summary>
    private protected abstract int MtuOf(LinkPort port);

    /// <summary>How many units there are in one, and how long the longest is, its header included.</summary>
    /// <returns>False when there is no whole transport header, or less than two units where there are said to be many.</returns>
    internal static bool TryMeasure(PacketBuffer unit, out int count, out int largest)
    {
        (count, largest) = (1, unit.Length);
        PacketOffload offload = unit.Offload;
        if (!offload.IsMany) return true;
        int headerLength = UdpHeader.Length;
        if (offload.SegmentKind != SegmentKind.Udp)
        {
            if (unit.Length < TcpSegment.MinHeaderLength) return false;
            headerLength = (unit.Span[TcpDataOffset] >> 4) * 4;
        }

        int payload = unit.Length - headerLength;
        if (payload <= offload.SegmentSize || !offload.NeedsChecksum) return false;
        count = (payload + offload.SegmentSize - 1) / offload.SegmentSize;
        largest = headerLength + offload.SegmentSize;
        return true;
    }

    /// <summary>Fills in a checksum that was left open, of one unit.</summary>
    private protected static void Complete(PacketBuffer packet)
    {
        if (packet.Offload is not { NeedsChecksum: true } offload) return;
        OpenChecksums.TryFill(packet.Span, offload);
        packet.Offload = default;
    }

    private protected LinkPort? PortOf(in RouteAnswer route) =>
        Host.Interfaces.Find(route.Device) is { IsUp: true, Port: { IsClosed: false } port } ? port : null;

    private protected Errno Refuse(PacketBuffer packet, DropReason reason, Errno code)
    {
        Context.Drops.Count(reason);
        packet.Return();
        return code;
    }

    private protected static bool IsToMany(in RouteAnswer route) => route.Role is AddressRole.Multicast or AddressRole.Broadcast;

    private protected static InetAddress NextHop(in RouteAnswer route, InetAddress destination) =>
        route.NextHop.IsWildcard ? destination : route.NextHop;

    private protected static LinkCast CastOf(in RouteAnswer route) => route.Role switch
    {
        AddressRole.Broadcast => LinkCast.Broadcast,
        AddressRole.Multicast => LinkCast.Multicast,
        _ => LinkCast.Unicast,
    };

    /// <summary>Gives this host its copy of what goes to many, and answers whether that is all.</summary>
    /// <param name="packet">The packet, which is done with when the answer is true.</param>
    /// <param name="port">The interface that it leaves by.</param>
    /// <param name="role">Multicast or Broadcast.</param>
    /// <param name="wanted">False when the sender does not want the copy.</param>
    /// <param name="stays">True for what may not leave the host: a time to live of 0. RFC 1112 §6.1.</param>
    /// <remarks>A broadcast comes back whatever the sender wants, as in Linux; the loopback interface gives back all by itself.</remarks>
    private protected bool LoopBack(PacketBuffer packet, LinkPort port, AddressRole role, bool wanted, bool stays)
    {
        if (port.Index == HostAddressing.LoopbackIndex) return false;
        if (wanted || role == AddressRole.Broadcast)
        {
            PacketBuffer copy = Context.Packets.RentCopy(packet.Span);
            if (!Looped.TryAdd(new LoopedPacket(copy, port, role))) Refuse(copy, DropReason.LinkQueueFull, Errno.ENOBUFS);
        }

        if (role != AddressRole.Multicast || !stays) return false;
        packet.Return();
        return true;
    }
}
