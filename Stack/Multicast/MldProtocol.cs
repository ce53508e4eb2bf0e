using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Multicast;

/// <summary>The messages of MLD in its two versions. RFC 3810, RFC 2710, RFC 3590.</summary>
internal sealed class MldProtocol(Ipv6Output output, LinkContext context) : MembershipProtocol
{
    private const byte OneHop = 1;
    private const int LinkScope = 2;

    // The packet carries a header with a router alert, and that the message.
    private static readonly IpSendOptions Manner = new()
    {
        Protocol = IpProtocol.HopByHop,
        TimeToLive = OneHop,
        FlowLabel = 0,
        Discovery = PathMtuDiscovery.Probe,      // a report is as large as the link takes
        LoopsBack = false,
    };

    public override int Latest => 2;

    public override int FirstWithLeaving => 1;

    public override bool AnyQueryTellsVersion => true;      // RFC 3810 §9.12

    public override int RoomOn(LinkPort port) => Math.Min(port.MtuV6, Ipv6Output.MaxLength) - Ipv6Header.Length - Ipv6RouterAlert.Length;

    /// <summary>
    /// What is asked of every message: from a link-local address, one hop, a router alert. RFC 3810 §5.1.14, §5.2.13, RFC 2710 §3.
    /// </summary>
    /// <remarks>A host that has no address yet reports from ::, which routers ignore: so its report saves nobody else's. RFC 3590 §4.</remarks>
    public static bool IsOfThisLink(in IpArrival arrival) =>
        arrival.HopLimit == OneHop && arrival.Source.IsLinkLocal && !arrival.Source.IsV4OrMapped && Ipv6RouterAlert.IsIn(arrival.PacketV6);

    /// <summary>Reads a query that has arrived.</summary>
    /// <returns>None, MldMalformed.</returns>
    public static DropReason ReadQuery(in IpArrival arrival, out MembershipQuery query)
    {
        query = default;
        if (!MldQuery.TryParse(arrival.Payload, out MldQuery view)) return DropReason.MldMalformed;
        if (view.IsGeneral ? view.SourceCount > 0 : !MulticastGroups.IsGroupV6(view.Group)) return DropReason.MldMalformed;
        query = new MembershipQuery
        {
            Version = view.Version,
            IsGeneral = view.IsGeneral,
            Group = view.Group,
            MaxResponseTime = view.MaxResponseDelay,
            Robustness = view.RobustnessVariable,
            QueryInterval = view.QueryInterval,
            Sources = view.SourceCount == 0 ? default : view.Octets.Slice(MldQueryHeader.Length, MldQuery.AddressLength * view.SourceCount),
        };
        return DropReason.None;
    }

    /// <summary>All but ff02::1 and what does not leave the host. RFC 3810 §6.</summary>
    public override bool IsReported(InetAddress group) => IsOnLink(group) && group != MulticastGroups.AllNodes;

    public override bool IsOnLink(InetAddress group) => group.MulticastScope >= LinkScope;

    public override GroupRecordWriter BeginReport(PacketBuffer packet, int maxLength) =>
        new(packet, maxLength, (byte)Icmpv6Type.ListenerReportV2, GroupRecordWriter.V6Length);

    public override bool SendReport(PacketBuffer packet, in GroupRecordWriter records, InterfaceEntry entry, Timestamp now)
    {
        InetAddress source = SourceOn(entry);
        records.Finish(source, MulticastGroups.AllReportListenersV6);
        return Send(packet, source, MulticastGroups.AllReportListenersV6, entry, now);
    }

    public override bool SendOldReport(int version, InetAddress group, InterfaceEntry entry, Timestamp now) =>
        Send(Icmpv6Type.ListenerReport, group, group, entry, now);

    public override void SendLeave(InetAddress group, InterfaceEntry entry, Timestamp now) =>
        Send(Icmpv6Type.ListenerDone, group, MulticastGroups.AllRoutersV6, entry, now);

    private bool Send(Icmpv6Type type, InetAddress group, InetAddress destination, InterfaceEntry entry, Timestamp now)
    {
        InetAddress source = SourceOn(entry);
        PacketBuffer packet = context.Packets.Rent(MldHeader.Length);
        new MldHeader(type, group).PrependTo(packet, source, destination);
        return Send(packet, source, destination, entry, now);
    }

    private bool Send(PacketBuffer packet, InetAddress source, InetAddress destination, InterfaceEntry entry, Timestamp now)
    {
        Ipv6RouterAlert.PrependTo(packet, IpProtocol.Icmpv6);
        context.Counters.Count(Counter.MldOutReports);
        context.Counters.Count(Counter.Icmp6OutMessages);
        output.Send(packet, new RouteAnswer(BindRule.Granted, source, entry.Index, AddressRole.Multicast), destination, Manner, now);
        return !source.IsWildcard;
    }

    /// <summary>The interface's link-local address, or :: while it has none that is fit for use. RFC 3590 §4.</summary>
    private static InetAddress SourceOn(InterfaceEntry entry) => entry.LinkLocal ?? InetAddress.AnyV6;
}
