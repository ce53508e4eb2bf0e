using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Multicast;

/// <summary>The messages of IGMP in its three versions. RFC 3376, RFC 2236, RFC 1112.</summary>
internal sealed class IgmpProtocol(InterfaceTable interfaces, Ipv4Output output, LinkContext context) : MembershipProtocol
{
    private const byte InternetworkControl = 0xC0;      // RFC 3376 §4

    private static readonly IpSendOptions Manner = new()
    {
        Protocol = IpProtocol.Igmp,
        TimeToLive = 1,
        TrafficClass = InternetworkControl,
        Options = Ipv4Options.RouterAlert.ToArray(),
        LoopsBack = false,
    };

    public override int Latest => 3;

    public override int FirstWithLeaving => 2;

    public override bool AnyQueryTellsVersion => false;      // RFC 3376 §7.2.1

    public override int RoomOn(LinkPort port) => Math.Min(port.Mtu, Ipv4Output.MaxLength) - Ipv4Header.Length - Ipv4Options.RouterAlert.Length;

    /// <summary>Reads a query that has arrived.</summary>
    /// <returns>None; IgmpIgnored, IgmpMalformed.</returns>
    public static DropReason ReadQuery(in IpArrival arrival, out MembershipQuery query)
    {
        query = default;
        if (!IgmpQuery.TryParse(arrival.Payload, out IgmpQuery view)) return DropReason.IgmpMalformed;
        // A query of version 1 is about all groups, whatever it says. RFC 1112, appendix I.
        bool isGeneral = view.IsGeneral || view.Version == 1;
        if (view.Version > 1 && !HasRouterAlert(arrival.Packet.Options)) return DropReason.IgmpIgnored;      // RFC 3376 §9.1
        if (isGeneral && arrival.Destination.IsMulticast && arrival.Destination != MulticastGroups.AllHosts) return DropReason.IgmpIgnored;
        if (!isGeneral && !view.Group.IsMulticast) return DropReason.IgmpMalformed;
        query = new MembershipQuery
        {
            Version = view.Version,
            IsGeneral = isGeneral,
            Group = view.Group,
            MaxResponseTime = view.MaxResponseTime,
            Robustness = view.RobustnessVariable,
            QueryInterval = view.QueryInterval,
            Sources = view.SourceCount == 0 ? default : view.Octets.Slice(IgmpQueryHeader.Length, 4 * view.SourceCount),
        };
        return DropReason.None;
    }

    // RFC 3376 §4.2.14 (the group of all hosts is joined always).
    public override bool IsReported(InetAddress group) => group != MulticastGroups.AllHosts;

    public override bool IsOnLink(InetAddress group) => true;

    public override GroupRecordWriter BeginReport(PacketBuffer packet, int maxLength) =>
        new(packet, maxLength, (byte)IgmpType.MembershipReportV3, GroupRecordWriter.V4Length);

    public override bool SendReport(PacketBuffer packet, in GroupRecordWriter records, InterfaceEntry entry, Timestamp now)
    {
        records.Finish();
        return Send(packet, MulticastGroups.AllReportListeners, entry, now);
    }

    public override bool SendOldReport(int version, InetAddress group, InterfaceEntry entry, Timestamp now) =>
        Send(version == 1 ? IgmpType.MembershipReportV1 : IgmpType.MembershipReportV2, group, group, entry, now);

    public override void SendLeave(InetAddress group, InterfaceEntry entry, Timestamp now) =>
        Send(IgmpType.LeaveGroup, group, MulticastGroups.AllRouters, entry, now);

    private bool Send(IgmpType type, InetAddress group, InetAddress destination, InterfaceEntry entry, Timestamp now)
    {
        PacketBuffer packet = context.Packets.Rent(IgmpHeader.Length);
        new IgmpHeader(type, group).PrependTo(packet);
        return Send(packet, destination, entry, now);
    }

    /// <summary>Sends from an address of the interface, or from 0.0.0.0 while it has none. RFC 3376 §4.2.13.</summary>
    private bool Send(PacketBuffer packet, InetAddress destination, InterfaceEntry entry, Timestamp now)
    {
        InetAddress source = SourceSelection.SelectV4(interfaces, entry, null, AddressScope.Link, onlyOutgoing: true) ?? InetAddress.AnyV4;
        context.Counters.Count(Counter.IgmpOutReports);
        output.Send(packet, new RouteAnswer(BindRule.Granted, source, entry.Index, AddressRole.Multicast), destination, Manner, now);
        return !source.IsWildcard;
    }

    private static bool HasRouterAlert(ReadOnlySpan<byte> options)
    {
        Ipv4Options.Enumerator walk = Ipv4Options.Walk(options);
        while (walk.MoveNext())
            if (walk.Current.Type == Ipv4OptionType.RouterAlert) return true;
        return false;
    }
}
