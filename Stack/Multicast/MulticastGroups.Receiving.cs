using UserNet.Doors;
using UserNet.Ip;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Multicast;

// What routers and other hosts say of groups.
public sealed partial class MulticastGroups
{
    /// <summary>An IGMP message arrived.</summary>
    /// <returns>None, IgmpMalformed, IgmpBadChecksum, IgmpIgnored (it asks for nothing that this host has).</returns>
    public DropReason Receive(in IpArrival arrival, Timestamp now)
    {
        _context.Counters.Count(Counter.IgmpInMessages);
        if (!IgmpMessage.TryParse(arrival.Payload, out IgmpMessage message)) return DropReason.IgmpMalformed;
        if (!message.ChecksumIsRight) return DropReason.IgmpBadChecksum;
        if (message.Type == IgmpType.MembershipQuery) _context.Counters.Count(Counter.IgmpInQueries);
        if (arrival.Packet.TimeToLive != 1) return DropReason.IgmpMalformed;      // routers do not pass it on
        uint device = arrival.Port.Index;
        switch (message.Type)
        {
            case IgmpType.MembershipQuery:
                DropReason reason = IgmpProtocol.ReadQuery(arrival, out MembershipQuery query);
                if (reason != DropReason.None) return reason;
                // Who joined nothing yet still wants to know what the routers speak.
                return OnOrNew(device, isV6: false)?.OnQuery(query, now) == true ? DropReason.None : DropReason.IgmpIgnored;
            case IgmpType.MembershipReportV1 or IgmpType.MembershipReportV2:
                return On(device, isV6: false)?.OnForeignReport(message.Group, now) == true ? DropReason.None : DropReason.IgmpIgnored;
            default:
                return DropReason.IgmpIgnored;      // what hosts say of version 3, and to routers, is not for hosts
        }
    }

    /// <summary>An MLD message arrived: ICMPv6 of type 130, 131, 132 or 143, whose checksum is right.</summary>
    /// <returns>None, MldMalformed, MldForged, MldIgnored (it asks for nothing that this host has).</returns>
    public DropReason ReceiveMld(in IpArrival arrival, Timestamp now)
    {
        _context.Counters.Count(Counter.MldInMessages);
        var type = (Icmpv6Type)arrival.Payload[0];
        if (type == Icmpv6Type.ListenerQuery) _context.Counters.Count(Counter.MldInQueries);
        if (!MldProtocol.IsOfThisLink(arrival)) return DropReason.MldForged;
        uint device = arrival.Port.Index;
        switch (type)
        {
            case Icmpv6Type.ListenerQuery:
                DropReason reason = MldProtocol.ReadQuery(arrival, out MembershipQuery query);
                if (reason != DropReason.None) return reason;
                return OnOrNew(device, isV6: true)?.OnQuery(query, now) == true ? DropReason.None : DropReason.MldIgnored;
            case Icmpv6Type.ListenerReport:
                if (!MldMessage.TryParse(arrival.Payload, out MldMessage message)) return DropReason.MldMalformed;
                return On(device, isV6: true)?.OnForeignReport(message.Group, now) == true ? DropReason.None : DropReason.MldIgnored;
            default:
                return DropReason.MldIgnored;      // what hosts say of version 2, and to routers, is not for hosts
        }
    }
}
