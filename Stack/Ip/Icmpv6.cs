using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>Whose matter an ICMPv6 message is that was found right.</summary>
public enum Icmpv6Matter : byte
{
    /// <summary>Nobody's any more: it has been answered.</summary>
    Nothing,
    /// <summary>An error about a packet that is said to be of this host: the caller finds out.</summary>
    Error,
    /// <summary>Of neighbors and routers. RFC 4861.</summary>
    Discovery,
    /// <summary>Of groups. RFC 3810.</summary>
    Groups,
}

/// <summary>ICMPv6 as a host speaks it: answers, and errors sent and received. RFC 4443.</summary>
/// <remarks>Echo requests are answered. Messages about neighbors, routers and groups are for those who look after them. Gate held.</remarks>
public sealed class Icmpv6(HostAddressing host, Ipv6Output output, LinkContext context)
{
    // RFC 4443 §2.4 (c): as much of the packet as fits a message of 1280 octets, which every link takes.
    private const int LargestError = 1280;

    private IcmpRateLimit? _limit;

    /// <summary>What is answered, and how many errors are sent. An echo to a group is answered too. RFC 4443 §4.2.</summary>
    public IcmpSettings Settings { get; } = new() { AnswersEchoToMany = true, ErrorInterval = TimeSpan.FromMilliseconds(100) };

    private IcmpRateLimit Limit => _limit ??= new IcmpRateLimit(Settings, context.Random);

    /// <summary>A message arrived. Echo requests are answered here; what an error says is for the caller to deliver.</summary>
    /// <param name="arrival">The packet that carried it.</param>
    /// <param name="now">The time.</param>
    /// <param name="error">What an error message says, when <paramref name="matter"/> is Error.</param>
    /// <param name="matter">What is left to be done, and by whom, when the answer is None.</param>
    /// <returns>None, or why it was dropped.</returns>
    public DropReason Receive(in IpArrival arrival, Timestamp now, out IcmpError error, out Icmpv6Matter matter)
    {
        error = default;
        matter = Icmpv6Matter.Nothing;
        context.Counters.Count(Counter.Icmp6InMessages);
        if (!Icmpv6Message.TryParse(arrival.Payload, out Icmpv6Message message)) return DropReason.Icmp6Malformed;
        var pseudo = new PseudoHeader(arrival.Source, arrival.Destination, IpProtocol.Icmpv6, arrival.Payload.Length);
        if (InternetChecksum.Of(arrival.Payload, pseudo) != 0) return DropReason.Icmp6BadChecksum;
        switch (message.Type)
        {
            case Icmpv6Type.EchoRequest:
                context.Counters.Count(Counter.Icmp6InEchoRequests);
                return OnEchoRequest(arrival, message, now);
            case Icmpv6Type.EchoReply:
                context.Counters.Count(Counter.Icmp6InEchoReplies);
                return DropReason.Icmp6Unsolicited;
            case >= Icmpv6Type.RouterSolicitation and <= Icmpv6Type.Redirect:
                matter = Icmpv6Matter.Discovery;
                return DropReason.None;
            case var type when IsAboutGroups(type):
                matter = Icmpv6Matter.Groups;
                return DropReason.None;
            default:
                // RFC 4443 §2.4 (a): an error of unknown type is told to the sender as well.
                return message.IsError ? OnError(arrival, message, out error, out matter) : DropReason.Icmp6UnknownType;
        }
    }

    /// <summary>True for a message of MLD. RFC 2710 §3, RFC 3810 §5.</summary>
    public static bool IsAboutGroups(Icmpv6Type type) =>
        type is (>= Icmpv6Type.ListenerQuery and <= Icmpv6Type.ListenerDone) or Icmpv6Type.ListenerReportV2;

    /// <summary>Sends an error about a packet, unless no error may be sent about it or there were too many. RFC 4443 §2.4.</summary>
    /// <param name="about">The packet: one for this host, or one that was to be forwarded (<see cref="AddressRole.Foreign"/>).</param>
    /// <param name="type">The error.</param>
    /// <param name="code">More exactly.</param>
    /// <param name="rest">The four octets whose meaning depends on the type.</param>
    /// <param name="now">The time.</param>
    public void SendError(in IpArrival about, Icmpv6Type type, byte code, uint rest, Timestamp now)
    {
        if (!MayReportAbout(about, type, code)) return;
        RouteAnswer route = RouteBack(about);
        if (route.Rule != BindRule.Granted || route.Role == AddressRole.Multicast) return;
        // Path MTU discovery would stand still without its reports: those are not limited, as in Linux.
        bool isLimited = type != Icmpv6Type.PacketTooBig && route.Device != HostAddressing.LoopbackIndex;
        if (isLimited && !Limit.TryTake(about.Source, now))
        {
            context.Drops.Count(DropReason.Icmp6RateLimited);
            return;
        }

        const int room = LargestError - Ipv6Header.Length - Icmpv6Header.Length;
        ReadOnlySpan<byte> quoted = about.Octets;
        PacketBuffer message = context.Packets.RentCopy(quoted[..Math.Min(quoted.Length, room)]);
        OpenChecksum.Complete(about, message.Span);
        new Icmpv6Header(type, code, rest).PrependTo(message, route.Source, about.Source);
        context.Counters.Count(Counter.Icmp6OutMessages);
        if (CounterOut(type) is { } counter) context.Counters.Count(counter);
        output.Send(message, route, about.Source, new IpSendOptions { Protocol = IpProtocol.Icmpv6 }, now);
    }

    /// <summary>The way back to who sent a packet, from the address that it was sent to where that is one of this host's.</summary>
    private RouteAnswer RouteBack(in IpArrival arrival)
    {
        InetAddress own = arrival.Role == AddressRole.Local ? arrival.Destination : InetAddress.AnyV6;
        uint device = arrival.Source.NeedsScope ? host.DeviceOf(arrival) : 0;
        return host.FindRoute(new RouteQuery(arrival.Source, own, device));
    }

    private static bool MayReportAbout(in IpArrival about, Icmpv6Type type, byte code)
    {
        if (about.Source.IsWildcard || about.Source.IsMulticast) return false;
        bool mayBeToMany = type == Icmpv6Type.PacketTooBig
            || (type == Icmpv6Type.ParameterProblem && code == (byte)Icmpv6ParameterCode.Option);
        if (about.IsToMany && !mayBeToMany) return false;
        // An error in an extension header is found before what is behind it is known.
        var walk = new Ipv6Extensions(about.PacketV6);
        if (!walk.MoveToEnd() || walk.Next != IpProtocol.Icmpv6 || walk.FragmentOffset != 0) return true;
        return walk.Offset < about.Octets.Length
            && (Icmpv6Type)about.Octets[walk.Offset] is var carried && carried != Icmpv6Type.Redirect && !Icmpv6Message.IsErrorType(carried);
    }

    private DropReason OnEchoRequest(in IpArrival arrival, in Icmpv6Message message, Timestamp now)
    {
        if (!Settings.AnswersEcho) return DropReason.Icmp6Ignored;
        if (arrival.IsToMany && !Settings.AnswersEchoToMany) return DropReason.Icmp6EchoToMany;
        RouteAnswer route = RouteBack(arrival);
        if (route.Rule != BindRule.Granted || route.Role == AddressRole.Multicast) return DropReason.Ip6NoRoute;
        PacketBuffer reply = context.Packets.RentCopy(message.Payload);
        Icmpv6Header.Echo(Icmpv6Type.EchoReply, message.Identifier, message.SequenceNumber)
            .PrependTo(reply, route.Source, arrival.Source);
        context.Counters.Count(Counter.Icmp6OutMessages);
        context.Counters.Count(Counter.Icmp6OutEchoReplies);
        var options = new IpSendOptions { Protocol = IpProtocol.Icmpv6, TrafficClass = arrival.TrafficClass };
        output.Send(reply, route, arrival.Source, options, now);
        return DropReason.None;
    }

    private static Counter? CounterOut(Icmpv6Type type) => type switch
    {
        Icmpv6Type.DestinationUnreachable => Counter.Icmp6OutUnreachable,
        Icmpv6Type.PacketTooBig => Counter.Icmp6OutTooBig,
        Icmpv6Type.TimeExceeded => Counter.Icmp6OutTimeExceeded,
        Icmpv6Type.ParameterProblem => Counter.Icmp6OutParameterProblems,
        _ => null,
    };

    private static Counter? CounterIn(Icmpv6Type type) => type switch
    {
        Icmpv6Type.DestinationUnreachable => Counter.Icmp6InUnreachable,
        Icmpv6Type.PacketTooBig => Counter.Icmp6InTooBig,
        Icmpv6Type.TimeExceeded => Counter.Icmp6InTimeExceeded,
        Icmpv6Type.ParameterProblem => Counter.Icmp6InParameterProblems,
        _ => null,
    };

    private DropReason OnError(in IpArrival arrival, Icmpv6Message message, out IcmpError error, out Icmpv6Matter matter)
    {
        error = default;
        matter = Icmpv6Matter.Nothing;
        if (CounterIn(message.Type) is { } counter) context.Counters.Count(counter);
        if (!Ipv6Packet.TryParseQuoted(message.Payload, out Ipv6Packet about)) return DropReason.Icmp6Malformed;
        if (!TryReadError(about, message.Type, message.Code, message.Rest, arrival.Source, out error)) return DropReason.Icmp6Malformed;
        error = error with { HopLimit = arrival.HopLimit, TrafficClass = arrival.TrafficClass };
        matter = Icmpv6Matter.Error;
        return DropReason.None;
    }

    /// <summary>What an error says of a packet of this host.</summary>
    /// <param name="about">The packet, as far as it is quoted.</param>
    /// <param name="type">The error.</param>
    /// <param name="code">More exactly.</param>
    /// <param name="rest">The four octets whose meaning depends on the type.</param>
    /// <param name="reporter">Who says so.</param>
    /// <param name="error">The error, when the answer is true.</param>
    /// <returns>False when the quote ends before its headers do: nobody knows what it carried.</returns>
    internal static bool TryReadError(
        Ipv6Packet about, Icmpv6Type type, byte code, uint rest, InetAddress reporter, out IcmpError error)
    {
        error = default;
        var walk = new Ipv6Extensions(about);
        if (!walk.MoveToEnd()) return false;
        error = new IcmpError
        {
            AboutV6 = about,
            UpperProtocol = walk.Next,
            UpperOffset = walk.Offset,
            IsLaterFragment = walk.FragmentOffset != 0,
            TypeV6 = type,
            Code = code,
            Mtu = type == Icmpv6Type.PacketTooBig ? (int)Math.Min(rest, int.MaxValue) : 0,
            FaultyOctet = type == Icmpv6Type.ParameterProblem ? rest : 0,
            Reporter = reporter,
        };
        return true;
    }
}
