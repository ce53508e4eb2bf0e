using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

// Errors that this host sends. RFC 1122 §3.2.2, RFC 1812 §4.3.2.
public sealed partial class Icmpv4
{
    // RFC 1812 §4.3.2.3: as much of the packet as fits a message of 576 octets, which every host takes.
    private const int LargestError = 576;

    // RFC 1812 §4.3.2.5: internetwork control; the rest of the class of service is the packet's.
    private const byte InternetworkControl = 0xC0, ServiceOfPacket = 0x1C;

    private IcmpRateLimit? _limit;

    private IcmpRateLimit Limit => _limit ??= new IcmpRateLimit(Settings, context.Random);

    /// <summary>Sends an error about a packet, unless no error may be sent about it or there were too many. RFC 1122 §3.2.2.</summary>
    /// <param name="about">The packet: one of this host, or one that was to be forwarded (<see cref="AddressRole.Foreign"/>).</param>
    /// <param name="type">The error.</param>
    /// <param name="code">More exactly.</param>
    /// <param name="rest">The four octets whose meaning depends on the type.</param>
    /// <param name="now">The time.</param>
    public void SendError(in IpArrival about, Icmpv4Type type, byte code, uint rest, Timestamp now)
    {
        if (!MayReportAbout(about)) return;
        bool isOwn = about.Role == AddressRole.Local;
        RouteAnswer route = host.FindRoute(new RouteQuery(about.Source, isOwn ? about.Destination : InetAddress.AnyV4));
        if (route.Rule != BindRule.Granted || route.Role is AddressRole.Broadcast or AddressRole.Multicast) return;
        if (route.Device != HostAddressing.LoopbackIndex && IsLimited(type, code) && !Limit.TryTake(about.Source, now))
        {
            context.Drops.Count(DropReason.IcmpRateLimited);
            return;
        }

        int room = Math.Min(LargestError, output.MtuOf(route, about.Source, now)) - Ipv4Header.Length - Icmpv4Header.Length;
        if (room <= 0) return;
        ReadOnlySpan<byte> quoted = about.Packet.Octets;
        PacketBuffer message = context.Packets.RentCopy(quoted[..Math.Min(quoted.Length, room)]);
        OpenChecksum.Complete(about, message.Span);
        new Icmpv4Header(type, code, rest).PrependTo(message);
        var options = new IpSendOptions
        {
            Protocol = IpProtocol.Icmp,
            TrafficClass = (byte)(InternetworkControl | (about.Packet.TrafficClass & ServiceOfPacket)),
        };
        context.Counters.Count(Counter.IcmpOutMessages);
        if (type == Icmpv4Type.DestinationUnreachable) context.Counters.Count(Counter.IcmpOutUnreachable);
        if (type == Icmpv4Type.TimeExceeded) context.Counters.Count(Counter.IcmpOutTimeExceeded);
        output.Send(message, route, about.Source, options, now);
    }

    private bool MayReportAbout(in IpArrival about) =>
        !about.IsToMany && about.Packet.FragmentOffset == 0 && IsOneHost(about) && !MayBeError(about.Packet);

    /// <summary>True when the source names a single host: not zero, a group, for all, or of class E. RFC 1122 §3.2.2.</summary>
    private bool IsOneHost(in IpArrival about)
    {
        InetAddress source = about.Source;
        if (source.IsWildcard || source.V4Bits >> 28 >= 0xE) return false;
        if (source.IsLoopback && about.Port.Index != HostAddressing.LoopbackIndex) return false;
        return host.RoleOf(source, about.Port.Index) != AddressRole.Broadcast;
    }

    /// <summary>True for an ICMP error, and for a type that may be one for all that is known. RFC 1812 §4.3.2.7.</summary>
    private static bool MayBeError(in Ipv4Packet packet)
    {
        if (packet.Protocol != IpProtocol.Icmp) return false;
        return packet.Payload.IsEmpty || (Icmpv4Type)packet.Payload[0] is not
            (Icmpv4Type.EchoRequest or Icmpv4Type.EchoReply or Icmpv4Type.TimestampRequest or Icmpv4Type.TimestampReply);
    }

    /// <summary>Path MTU discovery would stand still without its reports: those are not limited, as in Linux.</summary>
    private static bool IsLimited(Icmpv4Type type, byte code) =>
        type != Icmpv4Type.DestinationUnreachable || code != (byte)UnreachableCode.FragmentationNeeded;
}
