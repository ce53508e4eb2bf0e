using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Multicast;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Core;

// Datagrams for many: groups and broadcast addresses. RFC 1112 §7, RFC 3376 §2.
internal sealed partial class StackCore
{
    private readonly List<Holder> _candidates = [];

    /// <summary>Adds the holders that a multicast or broadcast datagram is for, oldest first, as ports and memberships stand now.</summary>
    /// <param name="local">Where to.</param>
    /// <param name="remote">Where from.</param>
    /// <param name="device">The interface that it arrives on.</param>
    /// <param name="found">They are added to this list.</param>
    /// <remarks>Membership of IPv6 groups is not known yet: it is not looked at. Gate held.</remarks>
    public void FindReceivers(in InetEndpoint local, in InetEndpoint remote, uint device, List<Holder> found)
    {
        InetAddress group = local.Address.Unmap();
        bool asksMembership = group.IsMulticast && !group.IsV6;
        if (asksMembership && Groups is not null && !Groups.Accepts(group, remote.Address, device)) return;
        int first = found.Count;
        Engine.Table.Udp.FindAll(local.Address, local.Port, remote.Address, remote.Port, device, found);
        for (int i = found.Count - 1; i >= first; i--)
            if (!IsAddressed(found[i], group, device) || (asksMembership && !IsMember(found[i], group, remote.Address, device))) found.RemoveAt(i);
    }

    /// <summary>True when a packet for a group is for this host. What routers and hosts tell each other is heard from any source.</summary>
    private bool HearsGroup(in IpArrival arrival) => arrival.Protocol == IpProtocol.Igmp
        ? Groups!.IsJoined(arrival.Destination, arrival.Port.Index)
        : Groups!.Accepts(arrival.Destination, arrival.Source, arrival.Port.Index);

    /// <summary>Gives a copy to each socket that hears it.</summary>
    /// <returns>None when some socket took it; UdpNoPort, SocketFiltered (all are members for other sources, or none), or why the first did not take it.</returns>
    private DropReason DeliverToMany(in IpArrival arrival, in UdpDatagram datagram, Timestamp now)
    {
        InetAddress source = arrival.Source, destination = arrival.Destination;
        bool asksMembership = arrival.Role == AddressRole.Multicast;
        Engine.Table.Udp.FindAll(destination, datagram.DestinationPort, source, datagram.SourcePort, arrival.Port.Index, _candidates);
        DropReason first = DropReason.None;
        bool isTaken = false;
        foreach (Holder holder in _candidates)
        {
            if (holder.Owner is not IDatagramReceiver receiver || !IsAddressed(holder, destination, arrival.Port.Index)) continue;
            DropReason reason = asksMembership && !IsMember(holder, destination, source, arrival.Port.Index)
                ? DropReason.SocketFiltered
                : receiver.OnDatagram(arrival, datagram.SourcePort, datagram.Payload, now);
            if (reason == DropReason.None) Context.Counters.Count(Counter.UdpInDatagrams);
            isTaken |= reason == DropReason.None;
            if (first == DropReason.None) first = reason;
        }

        bool isNobody = !isTaken && first == DropReason.None;
        _candidates.Clear();
        return isTaken ? DropReason.None : isNobody ? DropReason.UdpNoPort : first;
    }

    /// <summary>False for a holder whose address is another one than what the datagram was sent to, and not the interface's own either.</summary>
    private bool IsAddressed(Holder holder, InetAddress destination, uint device)
    {
        if (!Engine.Table.Personality.BoundAddressHearsMany) return true;
        InetAddress bound = holder.Claim.Address.Unmap();
        return bound.IsWildcard || bound == destination || Engine.Routes.DeviceOf(bound) == device;
    }

    private static bool IsMember(Holder holder, InetAddress group, InetAddress source, uint device) =>
        holder.Owner is not IGroupMember member || member.Accepts(group, source, device);
}
