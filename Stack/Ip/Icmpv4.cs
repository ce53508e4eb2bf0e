using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>ICMP as a host speaks it: answers, and errors sent and received. RFC 792, RFC 1122 §3.2.2.</summary>
/// <remarks>
/// Echo requests are answered. Redirects, source quench (RFC 6633), timestamp and address mask requests are ignored:
/// a redirect is an easy forgery, and the stack has no clock that tells the time of day. Gate held.
/// </remarks>
public sealed partial class Icmpv4(HostAddressing host, Ipv4Output output, LinkContext context)
{
    // An error quotes the IP header and eight octets at least, by which its sender is found. RFC 792.
    private const int LeastQuoted = 8;

    private readonly byte[] _echoedOptions = new byte[Ipv4Options.MaxLength];

    /// <summary>What is answered, and how many errors are sent.</summary>
    public IcmpSettings Settings { get; } = new();

    /// <summary>A message arrived. Echo requests are answered here; what an error says is for the caller to deliver.</summary>
    /// <param name="arrival">The packet that carried it.</param>
    /// <param name="now">The time.</param>
    /// <param name="error">What an error message says, when <paramref name="isError"/>.</param>
    /// <param name="isError">True when it is an error about a packet that is said to be of this host: the caller finds out.</param>
    /// <returns>None, or why it was dropped. IcmpUnsolicited: an answer, if no socket waits for it.</returns>
    public DropReason Receive(in IpArrival arrival, Timestamp now, out IcmpError error, out bool isError)
    {
        error = default;
        isError = false;
        context.Counters.Count(Counter.IcmpInMessages);
        if (!Icmpv4Message.TryParse(arrival.Payload, out Icmpv4Message message)) return DropReason.IcmpMalformed;
        if (!message.ChecksumIsRight) return DropReason.IcmpBadChecksum;
        switch (message.Type)
        {
            case Icmpv4Type.EchoRequest:
                context.Counters.Count(Counter.IcmpInEchoRequests);
                return OnEchoRequest(arrival, message, now);
            case Icmpv4Type.EchoReply:
                context.Counters.Count(Counter.IcmpInEchoReplies);
                return DropReason.IcmpUnsolicited;
            case Icmpv4Type.TimestampReply:
                return DropReason.IcmpUnsolicited;
            case Icmpv4Type.DestinationUnreachable:
            case Icmpv4Type.TimeExceeded:
            case Icmpv4Type.ParameterProblem:
                return OnError(arrival, message, out error, out isError);
            case Icmpv4Type.SourceQuench:
            case Icmpv4Type.Redirect:
            case Icmpv4Type.TimestampRequest:
                return DropReason.IcmpIgnored;
            default:
                return DropReason.IcmpUnknownType;
        }
    }

    private DropReason OnEchoRequest(in IpArrival arrival, in Icmpv4Message message, Timestamp now)
    {
        if (!Settings.AnswersEcho) return DropReason.IcmpIgnored;
        if (arrival.IsToMany && !Settings.AnswersEchoToMany) return DropReason.IcmpEchoToMany;
        RouteAnswer route = arrival.Role == AddressRole.Local
            ? host.FindRoute(new RouteQuery(arrival.Source, arrival.Destination))
            : host.FindRoute(new RouteQuery(arrival.Source, InetAddress.AnyV4, arrival.Port.Index));
        if (route.Rule != BindRule.Granted || route.Role is AddressRole.Broadcast or AddressRole.Multicast)
            return DropReason.IpNoRoute;

        PacketBuffer reply = context.Packets.RentCopy(message.Payload);
        Icmpv4Header.Echo(Icmpv4Type.EchoReply, message.Identifier, message.SequenceNumber).PrependTo(reply);
        var options = new IpSendOptions
        {
            Protocol = IpProtocol.Icmp,
            TrafficClass = arrival.Packet.TrafficClass,
            Options = _echoedOptions.AsMemory(0, Ipv4OptionProcessing.CopyForEcho(arrival.Options, _echoedOptions)),
        };
        context.Counters.Count(Counter.IcmpOutMessages);
        context.Counters.Count(Counter.IcmpOutEchoReplies);
        output.Send(reply, route, arrival.Source, options, now);
        return DropReason.None;
    }

    private DropReason OnError(in IpArrival arrival, Icmpv4Message message, out IcmpError error, out bool isError)
    {
        error = default;
        isError = false;
        if (message.Type == Icmpv4Type.DestinationUnreachable) context.Counters.Count(Counter.IcmpInUnreachable);
        if (message.Type == Icmpv4Type.TimeExceeded) context.Counters.Count(Counter.IcmpInTimeExceeded);
        if (!Ipv4Packet.TryParseQuoted(message.Payload, out Ipv4Packet about) || about.Payload.Length < LeastQuoted)
            return DropReason.IcmpMalformed;
        isError = true;
        bool isTooBig = message.Type == Icmpv4Type.DestinationUnreachable && message.Code == (byte)UnreachableCode.FragmentationNeeded;
        error = new IcmpError
        {
            About = about,
            Type = message.Type,
            Code = message.Code,
            Mtu = isTooBig ? message.NextHopMtu : 0,
            FaultyOctet = message.Type == Icmpv4Type.ParameterProblem ? message.Rest >> 24 : 0,
            Reporter = arrival.Source,
            HopLimit = arrival.HopLimit,
            TrafficClass = arrival.TrafficClass,
        };
        return DropReason.None;
    }
}
