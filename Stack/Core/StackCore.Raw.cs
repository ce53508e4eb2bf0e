using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Core;

// Packets, and errors about packets, for the sockets that have no ports: raw ones and those of ICMP echoes.
internal sealed partial class StackCore
{
    /// <summary>
    /// Gives a copy of the whole packet, or of an IPv6 one what is behind its headers, to each raw socket that hears its protocol and its addresses.
    /// </summary>
    /// <returns>True when there is one that is not full: then the protocol is not unreachable.</returns>
    private bool DeliverRaw(in IpArrival arrival, Timestamp now)
    {
        if (Engine.Table.RawIfAny is not { Count: > 0 } raw) return false;
        int found = raw.FindAllByNumber(
            (ushort)arrival.Protocol, arrival.Destination, arrival.Source, DeviceOf(arrival), _candidates);
        if (found == 0) return false;
        bool asksMembership = arrival.Role == AddressRole.Multicast, isHeard = false;
        PacketBuffer? copy = WithOwnRecords(arrival);
        ReadOnlySpan<byte> octets = arrival.IsV6 ? arrival.Payload : copy is null ? arrival.Octets : copy.Span;
        foreach (Holder holder in _candidates)
        {
            if (holder.Owner is not IDatagramReceiver receiver) continue;
            if (asksMembership && !IsMember(holder, arrival.Destination, arrival.Source, arrival.Port.Index)) continue;
            DropReason reason = receiver.OnDatagram(arrival, sourcePort: 0, octets, now);
            isHeard |= reason != DropReason.SocketBufferFull;
            if (reason == DropReason.None) Context.Counters.Count(Counter.RawInPackets);
            else if (reason != DropReason.SocketFiltered) Context.Drops.Count(reason);
        }

        _candidates.Clear();
        copy?.Return();
        return isHeard;
    }

    /// <summary>A copy of a packet whose options this host was written into; null mostly, when there are none.</summary>
    private PacketBuffer? WithOwnRecords(in IpArrival arrival)
    {
        if (arrival.IsV6 || arrival.Options.IsEmpty || arrival.Options.SequenceEqual(arrival.Packet.Options)) return null;
        PacketBuffer copy = Context.Packets.RentCopy(arrival.Octets);
        arrival.Options.CopyTo(copy.Span[Ipv4Header.Length..]);
        return copy;
    }

    /// <summary>Gives an echo reply, which was found right, to the ICMP or ICMPv6 socket that has its identifier.</summary>
    private DropReason DeliverEcho(in IpArrival arrival, Timestamp now)
    {
        DropReason nobodys = arrival.IsV6 ? DropReason.Icmp6Unsolicited : DropReason.IcmpUnsolicited;
        byte type = arrival.IsV6 ? (byte)Icmpv6Type.EchoReply : (byte)Icmpv4Type.EchoReply;
        if (arrival.Payload[0] != type) return nobodys;
        if (EchoSocketOf(arrival.Payload, arrival.Destination, DeviceOf(arrival))?.Owner is not IDatagramReceiver receiver)
            return nobodys;
        DropReason reason = receiver.OnDatagram(arrival, sourcePort: 0, arrival.Payload, now);
        if (reason == DropReason.None) Context.Counters.Count(Counter.RawInPackets);
        return reason;
    }

    private Holder? EchoSocketOf(ReadOnlySpan<byte> echo, InetAddress local, uint device) =>
        Engine.Table.IcmpIfAny?.FindByNumber(ReadUInt16BigEndian(echo[4..]), local, device);

    /// <summary>Tells every raw socket that hears the protocol and the addresses of a packet that it came to grief.</summary>
    /// <returns>True when there is one. Who of them sent it, if any did, nobody knows.</returns>
    private bool TellRaw(in IcmpError error, uint device, Timestamp now)
    {
        const int least = 8;      // octets behind the headers, without which Linux looks for nobody
        if (Engine.Table.RawIfAny is not { Count: > 0 } raw || error.Payload.Length < least) return false;
        int found = raw.FindAllByNumber((ushort)error.Protocol, error.Source, error.Destination, device, _candidates);
        foreach (Holder holder in _candidates)
        {
            if (holder.Owner is not IDatagramReceiver receiver) continue;
            if (error.IsTooBig) OnTooBig(error, holder.Claim.Device, now);
            receiver.OnError(error, device, now);
        }

        _candidates.Clear();
        return found > 0;
    }

    /// <summary>Sends an IPv6 packet by a route as it is: the caller wrote its header. IPV6_HDRINCL.</summary>
    /// <param name="packet">The packet; becomes the callee's in any case.</param>
    /// <param name="route">The route, which was granted.</param>
    /// <param name="destination">Where the route leads to, whatever the header says.</param>
    /// <param name="now">The time.</param>
    /// <returns>Success, EMSGSIZE (it does not fit the interface), EINVAL (shorter than a header), ENETDOWN.</returns>
    public Errno SendWithHeaderV6(PacketBuffer packet, in RouteAnswer route, InetAddress destination, Timestamp now)
    {
        if (Host!.Interfaces.Find(route.Device) is not { IsUp: true, Port: { IsClosed: false } port }) return Refuse(packet, DropReason.InterfaceDown, Errno.ENETDOWN);
        if (packet.Length > port.Mtu) return Refuse(packet, DropReason.Ip6TooBig, Errno.EMSGSIZE);
        if (packet.Length < Ipv6Header.Length) return Refuse(packet, DropReason.Ip6Malformed, Errno.EINVAL);
        Context.Counters.Count(Counter.Ip6OutRequests);
        InetAddress nextHop = route.NextHop.IsWildcard ? destination : route.NextHop;
        port.Send(packet, EtherType.Ipv6, nextHop, route.Role == AddressRole.Multicast ? LinkCast.Multicast : LinkCast.Unicast, now);
        return Errno.Success;
    }

    private Errno Refuse(PacketBuffer packet, DropReason reason, Errno code)
    {
        Context.Drops.Count(reason);
        packet.Return();
        return code;
    }
}
