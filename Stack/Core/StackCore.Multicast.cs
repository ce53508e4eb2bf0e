using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Discovery;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Multicast;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Core;

// Datagrams for many: groups and broadcast addresses. RFC 1112 §7, RFC 3376 §2.
internal sealed partial class StackCore
{
    private readonly List<Holder> _candidates = [];
    private readonly HashSet<InterfaceAddress> _heardFor = [];      // addresses for which a solicited-node group was joined
    private readonly HashSet<uint> _heardAsRouter = [];      // interfaces on which the groups of routers were joined

    /// <summary>Adds the holders that a multicast or broadcast datagram is for, oldest first, as ports and memberships stand now.</summary>
    /// <param name="local">Where to.</param>
    /// <param name="remote">Where from.</param>
    /// <param name="device">The interface that it arrives on.</param>
    /// <param name="found">They are added to this list.</param>
    /// <remarks>Gate held.</remarks>
    public void FindReceivers(in InetEndpoint local, in InetEndpoint remote, uint device, List<Holder> found)
    {
        InetAddress group = local.Address.Unmap();
        bool asksMembership = group.IsMulticast;
        if (asksMembership && Groups is not null && !Groups.Accepts(group, remote.Address, device)) return;
        int first = found.Count;
        Engine.Table.Udp.FindAll(local.Address, local.Port, remote.Address, remote.Port, device, found);
        for (int i = found.Count - 1; i >= first; i--)
            if (!IsAddressed(found[i], group, device) || (asksMembership && !IsMember(found[i], group, remote.Address, device))) found.RemoveAt(i);
    }

    /// <summary>True when a packet for a group is for this host. What routers and hosts tell each other is heard from any source.</summary>
    private bool HearsGroup(in IpArrival arrival) => IsAboutGroups(arrival)
        ? Groups!.IsJoined(arrival.Destination, arrival.Port.Index)
        : Groups!.Accepts(arrival.Destination, arrival.Source, arrival.Port.Index);

    private static bool IsAboutGroups(in IpArrival arrival) => arrival.IsV6
        ? arrival.Protocol == IpProtocol.Icmpv6 && !arrival.Payload.IsEmpty && Icmpv6.IsAboutGroups((Icmpv6Type)arrival.Payload[0])
        : arrival.Protocol == IpProtocol.Igmp;

    /// <summary>
    /// The interface speaks IPv6, and hears who asks for its address: a group that few others listen to. RFC 4291 §2.7.1, §2.8.
    /// </summary>
    /// <param name="address">An address that an interface has now.</param>
    /// <param name="port">Its link, if it has one: where there are no stations, nobody asks.</param>
    private void ListenFor(InterfaceAddress address, LinkPort? port)
    {
        if (!address.Address.IsV6) return;
        uint device = address.Interface.Index;
        Timestamp now = Now;
        Groups!.SpeakV6(device, now);
        FollowForwarding(address.Interface);
        if (port is EthernetPort && _heardFor.Add(address))
            Groups.JoinAsHost(device, NeighborDiscovery.SolicitedNode(address.Address), now);
        OnUsable(address);
    }

    private void StopListeningFor(InterfaceAddress address)
    {
        if (_heardFor.Remove(address))
            Groups!.LeaveAsHost(address.Interface.Index, NeighborDiscovery.SolicitedNode(address.Address), Now);
    }

    /// <summary>Where packets are forwarded from now on, what is for routers is heard; where they are no more, it is not. Gate held.</summary>
    public void FollowForwarding()
    {
        if (Host is null) return;
        foreach (InterfaceEntry entry in Host.Interfaces.List) FollowForwarding(entry);
    }

    /// <summary>RFC 4291 §2.8: all routers of the host, of the link, and of the site.</summary>
    private void FollowForwarding(InterfaceEntry entry)
    {
        bool routes = !entry.IsLoopback && Groups!.SpeaksV6(entry.Index) && (entry.Forwards ?? Host!.InputSettings.Forwards);
        if (routes == _heardAsRouter.Contains(entry.Index)) return;
        Timestamp now = Now;
        foreach (InetAddress group in MulticastGroups.GroupsOfRouters)
        {
            if (routes) Groups!.JoinAsHost(entry.Index, group, now);
            else Groups!.LeaveAsHost(entry.Index, group, now);
        }

        _ = routes ? _heardAsRouter.Add(entry.Index) : _heardAsRouter.Remove(entry.Index);
    }

    /// <summary>With a link-local address that is fit for use, groups are reported in its name. RFC 3590 §4.</summary>
    private void OnUsable(InterfaceAddress address)
    {
        if (address.Address.IsV6 && address.Address.IsLinkLocal && !address.Is(AddressTraits.Tentative))
            Groups!.OnLinkLocalReady(address.Interface.Index, Now);
    }

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
