using System.Diagnostics;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Core;

// Errors about packets that this host sent, on their way to the socket.
internal sealed partial class StackCore
{
    // What an error of this host quotes of its own packet at most. RFC 1812 §4.3.2.3.
    private const int MostQuoted = 576 - Ipv4Header.Length - Icmpv4Header.Length;

    // The same of IPv6. RFC 4443 §2.4 (c).
    private const int MostQuotedV6 = 1280 - Ipv6Header.Length - Icmpv6Header.Length;

    /// <param name="arrival">The packet.</param>
    /// <param name="isTaken">True when a raw socket has heard it: what is of no use to anybody else is not dropped then.</param>
    /// <param name="now">The time.</param>
    private DropReason OnIcmp(in IpArrival arrival, bool isTaken, Timestamp now)
    {
        DropReason reason = Icmp!.Receive(arrival, now, out IcmpError error, out bool isError);
        if (reason == DropReason.IcmpUnsolicited) reason = DeliverEcho(arrival, now);
        bool isOfNoUse = reason is DropReason.IcmpUnsolicited or DropReason.IcmpIgnored or DropReason.IcmpUnknownType;
        if (isTaken && isOfNoUse) return DropReason.None;
        if (reason != DropReason.None || !isError) return reason;
        return OnError(error, arrival.Port.Index, now) || isTaken ? DropReason.None : DropReason.IcmpNotOurs;
    }

    private DropReason OnIcmpv6(in IpArrival arrival, bool isTaken, Timestamp now)
    {
        DropReason reason = IcmpV6!.Receive(arrival, now, out IcmpError error, out Icmpv6Matter matter);
        if (reason == DropReason.Icmp6Unsolicited) reason = DeliverEcho(arrival, now);
        if (isTaken && reason is DropReason.Icmp6Unsolicited or DropReason.Icmp6Ignored or DropReason.Icmp6UnknownType) return DropReason.None;
        if (reason != DropReason.None) return reason;
        return matter switch
        {
            Icmpv6Matter.Error => OnError(error, DeviceOf(arrival), now) || isTaken ? DropReason.None : DropReason.Icmp6NotOurs,
            Icmpv6Matter.Discovery => OnDiscovery(arrival, now),
            Icmpv6Matter.Groups => Groups!.ReceiveMld(arrival, now),
            _ => DropReason.None,
        };
    }

    /// <summary>
    /// Tells the sockets that may have sent the packet, and remembers what was said of the path; false when none can have
    /// sent it: the error is forged, or late.
    /// </summary>
    /// <param name="error">The error.</param>
    /// <param name="device">
    /// The interface that it arrived on, 0 for none: as in Linux, a socket bound to another does not hear it, not even of
    /// what this host sent to itself over IPv4. Over IPv6 that comes from the interface that has the address.
    /// </param>
    /// <param name="now">The time.</param>
    private bool OnError(in IcmpError error, uint device, Timestamp now)
    {
        InetAddress source = error.Source, destination = error.Destination;
        if (Host!.RoleOf(source, 0) != AddressRole.Local) return false;
        if (Host.RoleOf(destination, 0) == AddressRole.Broadcast) return false;
        bool isTold = TellRaw(error, device, now);
        if (error.Protocol == IpProtocol.Tcp) return OnTcpError(error, error.Payload, 0, device, now) || isTold;
        if (error.Protocol == IpProtocol.Udp && OnTunneledError(error, device, now)) return true;
        if (SenderOf(error, device) is not { Owner: IDatagramReceiver receiver } holder) return isTold;
        if (error.IsTooBig) OnTooBig(error, holder.Claim.Device, now);
        receiver.OnError(error, device, now);
        return true;
    }

    /// <summary>Who holds the ports that a datagram was sent from and to, or the identifier of an echo request, as far as they are quoted.</summary>
    private Holder? SenderOf(in IcmpError error, uint device)
    {
        ReadOnlySpan<byte> unit = error.Payload;
        if (!error.HasTransport || unit.Length < UdpHeader.Length) return null;      // which is as long as ICMP's
        if (error.Protocol == IpProtocol.Icmpv6 && error.IsV6)
        {
            bool isRequest = (Icmpv6Type)unit[0] == Icmpv6Type.EchoRequest && unit[1] == 0;
            return isRequest ? EchoSocketOf(unit, error.Source, device) : null;
        }

        if (error.Protocol == IpProtocol.Icmp && !error.IsV6)
        {
            bool isRequest = (Icmpv4Type)unit[0] == Icmpv4Type.EchoRequest && unit[1] == 0;
            return isRequest ? EchoSocketOf(unit, error.Source, device) : null;
        }

        if (error.Protocol != IpProtocol.Udp) return null;
        ushort sourcePort = ReadUInt16BigEndian(unit), destinationPort = ReadUInt16BigEndian(unit[2..]);
        return Engine.Table.Udp.Find(error.Source, sourcePort, error.Destination, destinationPort, device);
    }

    private void OnTooBig(in IcmpError error, uint device, Timestamp now)
    {
        InetAddress destination = error.Destination;
        IpOutput output = OutputFor(destination)!;
        RouteAnswer route = Host!.FindRoute(new RouteQuery(destination, error.Source, device));
        if (route.Rule != BindRule.Granted || output.LinkMtuOf(route) is not (> 0 and var linkMtu)) return;
        int length = error.IsV6 ? Ipv6Header.Length + error.AboutV6.PayloadLength : error.About.TotalLength;
        output.PathMtu.OnTooBig(destination, route.Device, linkMtu, error.Mtu, length, now);
    }

    /// <summary>The next hop of a packet did not answer. RFC 1122 §2.4, RFC 1812 §3.3.2, RFC 4443 §3.1.</summary>
    private void OnUnresolved(PacketBuffer packet, uint device, Timestamp now)
    {
        if (Host!.Interfaces.Find(device)?.Port is { } port)
        {
            if (Ipv4Packet.TryParse(packet.Span, out Ipv4Packet view)) OnUnresolved(view, port, now);
            else if (Ipv6Packet.TryParse(packet.Span, out Ipv6Packet viewV6)) OnUnresolved(viewV6, port, now);
        }

        packet.Return();
    }

    private void OnUnresolved(Ipv4Packet packet, LinkPort port, Timestamp now)
    {
        const byte code = (byte)UnreachableCode.Host;
        if (Host!.RoleOf(packet.Source, 0) != AddressRole.Local)
        {
            var forwarded = new IpArrival { Packet = packet, Port = port, Cast = LinkCast.Unicast, Role = AddressRole.Foreign };
            Icmp!.SendError(forwarded, Icmpv4Type.DestinationUnreachable, code, 0, now);
            return;
        }

        bool isQuoted = Ipv4Packet.TryParseQuoted(packet.Octets[..Math.Min(packet.Octets.Length, MostQuoted)], out packet);
        Debug.Assert(isQuoted, "What is quoted begins with the whole header.");
        OnError(
            new IcmpError { About = packet, Type = Icmpv4Type.DestinationUnreachable, Code = code, Reporter = packet.Source },
            device: 0, now);
    }

    private void OnUnresolved(Ipv6Packet packet, LinkPort port, Timestamp now)
    {
        const byte code = (byte)Icmpv6UnreachableCode.Address;
        if (Host!.RoleOf(packet.Source, port.Index) != AddressRole.Local)
        {
            var forwarded = new IpArrival { PacketV6 = packet, Port = port, Cast = LinkCast.Unicast, Role = AddressRole.Foreign };
            IcmpV6!.SendError(forwarded, Icmpv6Type.DestinationUnreachable, code, 0, now);
            return;
        }

        bool isQuoted = Ipv6Packet.TryParseQuoted(packet.Octets[..Math.Min(packet.Octets.Length, MostQuotedV6)], out packet);
        Debug.Assert(isQuoted, "What is quoted begins with the whole header.");
        if (Icmpv6.TryReadError(packet, Icmpv6Type.DestinationUnreachable, code, 0, packet.Source, out IcmpError error))
            OnError(error, packet.Source.NeedsScope ? port.Index : 0, now);
    }
}
