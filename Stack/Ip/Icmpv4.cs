using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>ICMP as a host speaks it: answers, and errors sent and received. RFC 792, RFC 1122 §3.2.2.</summary>
/// <remarks>Gate held.</remarks>
public sealed class Icmpv4(HostAddressing host, Ipv4Output output, LinkContext context)
{
    /// <summary>A message arrived. Echo requests are answered here; what an error says is for the caller to deliver.</summary>
    /// <param name="arrival">The packet that carried it.</param>
    /// <param name="now">The time.</param>
    /// <param name="error">What an error message says, when <paramref name="isError"/>.</param>
    /// <param name="isError">True when it is an error about a packet of this host.</param>
    /// <returns>None, or why it was dropped.</returns>
    public DropReason Receive(in IpArrival arrival, Timestamp now, out IcmpError error, out bool isError)
    {
        error = default;
        isError = false;
        if (!Icmpv4Message.TryParse(arrival.Payload, out Icmpv4Message message)) return DropReason.IcmpMalformed;
        if (!message.ChecksumIsRight) return DropReason.IcmpBadChecksum;
        if (message.Type != Icmpv4Type.EchoRequest) return DropReason.IcmpUnknownType;
        if (arrival.IsToMany) return DropReason.IcmpEchoToMany;
        PacketBuffer reply = context.Packets.RentCopy(message.Payload);
        Icmpv4Header.Echo(Icmpv4Type.EchoReply, message.Identifier, message.SequenceNumber).PrependTo(reply);
        RouteAnswer route = host.FindRoute(new RouteQuery(arrival.Source, arrival.Destination));
        if (route.Rule == BindRule.Granted)
            output.Send(reply, route, arrival.Source, new IpSendOptions { Protocol = IpProtocol.Icmp, TrafficClass = arrival.Packet.TrafficClass }, now);
        else
            reply.Return();
        return DropReason.None;
    }

    /// <summary>Sends an error about a packet, unless no error may be sent about it or there were too many. RFC 1122 §3.2.2.</summary>
    /// <param name="about">The packet.</param>
    /// <param name="type">The error.</param>
    /// <param name="code">More exactly.</param>
    /// <param name="rest">The four octets whose meaning depends on the type.</param>
    /// <param name="now">The time.</param>
    public void SendError(in IpArrival about, Icmpv4Type type, byte code, uint rest, Timestamp now)
    {
        if (about.IsToMany) return;
        InetAddress from = about.Role == AddressRole.Foreign ? InetAddress.AnyV4 : about.Destination;      // RFC 1812 §4.3.2.4
        RouteAnswer route = host.FindRoute(new RouteQuery(about.Source, from));
        if (route.Rule != BindRule.Granted) return;
        ReadOnlySpan<byte> quoted = about.Packet.Octets;
        PacketBuffer message = context.Packets.RentCopy(quoted[..Math.Min(quoted.Length, 548)]);
        new Icmpv4Header(type, code, rest).PrependTo(message);
        output.Send(message, route, about.Source, new IpSendOptions { Protocol = IpProtocol.Icmp, TrafficClass = 0xC0 }, now);
    }
}

/// <summary>What an ICMP error says of a packet that this host sent.</summary>
public readonly ref struct IcmpError
{
    /// <summary>The beginning of the packet: its header and at least eight octets.</summary>
    public Ipv4Packet About { get; init; }

    /// <summary>Unreachable, time exceeded, ...</summary>
    public Icmpv4Type Type { get; init; }

    /// <summary>More exactly.</summary>
    public byte Code { get; init; }

    /// <summary>The MTU of the link that it did not fit, 0 where that is not said.</summary>
    public int Mtu { get; init; }

    /// <summary>Who sent the error.</summary>
    public InetAddress Reporter { get; init; }
}
