using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Ip;

// Where a packet may come from and go to: martians, the host model, the way back. RFC 1122 §3.2.1.3, RFC 1812 §5.3.7.
//
// 240/4, once called class E, is treated as unicast, as Linux does: a network may well use it inside. It is not forwarded.
public sealed partial class Ipv4Input
{
    // The last answer about a source: packets come in runs.
    private InetAddress _checkedSource;
    private uint _checkedDevice;
    private int _checkedVersion = -1;
    private ReversePathFilter _checkedFilter;
    private DropReason _sourceReason;

    private DropReason CheckAddresses(in Ipv4Packet packet, InterfaceEntry entry, LinkCast cast, out AddressRole role)
    {
        role = AddressRole.Foreign;
        InetAddress destination = packet.Destination;
        if (IsThisNetwork(destination)) return DropReason.IpMartianDestination;
        if (destination.IsLoopback && !entry.IsLoopback) return DropReason.IpMartianDestination;
        DropReason reason = CheckSource(packet, entry);
        if (reason != DropReason.None) return reason;

        role = _host.RoleOf(destination, entry.Index);
        // Who is bound to the loopback interface sends all to this host, as in Linux, wherever it is to. But a connection would get no answer.
        if (role == AddressRole.Foreign && entry.IsLoopback && _host.Model == HostModel.Weak && packet.Protocol != IpProtocol.Tcp) role = AddressRole.Local;
        if (role is AddressRole.Multicast) return DropReason.None;
        if (role is AddressRole.Broadcast) return IsOfInterface(destination, role, entry) ? DropReason.None : DropReason.IpWrongInterface;
        if (cast != LinkCast.Unicast) return DropReason.IpUnicastInBroadcast;
        if (role == AddressRole.Local) return IsOfInterface(destination, role, entry) ? DropReason.None : DropReason.IpWrongInterface;
        return !entry.IsLoopback && (entry.Forwards ?? _host.InputSettings.Forwards) ? DropReason.None : DropReason.IpNotForUs;
    }

    private DropReason CheckSource(in Ipv4Packet packet, InterfaceEntry entry)
    {
        InetAddress source = packet.Source;
        if (source.IsMulticast || source.IsLimitedBroadcast) return DropReason.IpMartianSource;
        if (entry.IsLoopback) return DropReason.None;
        if (source.IsLoopback) return DropReason.IpMartianSource;
        if (IsThisNetwork(source))
            return source.IsWildcard && MayComeWithoutSource(packet) ? DropReason.None : DropReason.IpMartianSource;

        ReversePathFilter filter = _host.InputSettings.ReversePathFilter;
        if (_checkedVersion == _host.Routes.VersionV4 && _checkedSource == source
            && _checkedDevice == entry.Index && _checkedFilter == filter) return _sourceReason;
        _checkedVersion = _host.Routes.VersionV4;
        _checkedSource = source;
        _checkedDevice = entry.Index;
        _checkedFilter = filter;
        return _sourceReason = CheckWayBack(_host.Routes.Find(source), entry, filter);
    }

    /// <summary>This host's own addresses and its broadcast addresses send nothing from without.</summary>
    private static DropReason CheckWayBack(Route? back, InterfaceEntry entry, ReversePathFilter filter)
    {
        if (back is { Type: RouteType.Local or RouteType.Broadcast }) return DropReason.IpMartianSource;
        if (filter == ReversePathFilter.Off) return DropReason.None;
        if (back is not { Type: RouteType.Unicast }) return DropReason.IpReversePath;
        return filter == ReversePathFilter.Loose || back.Device == entry.Index ? DropReason.None : DropReason.IpReversePath;
    }

    /// <summary>
    /// True on a weak host, whose addresses and broadcast addresses are taken on every interface; on a strong one, for those of the
    /// interface. RFC 1122 §3.3.4.2.
    /// </summary>
    private bool IsOfInterface(InetAddress destination, AddressRole role, InterfaceEntry entry)
    {
        if (_host.Model == HostModel.Weak || entry.IsLoopback || destination.IsLimitedBroadcast) return true;
        return role == AddressRole.Local
            ? _host.Interfaces.Find(destination, entry.Index) is not null
            : _host.Routes.Find(destination, entry.Index) is { Type: RouteType.Broadcast };
    }

    /// <summary>
    /// True for what a host sends before it has an address: to all, as DHCP does, to a group of its link, or about groups. RFC 1122
    /// §3.2.1.3 (a), RFC 3376 §4.2.13.
    /// </summary>
    private static bool MayComeWithoutSource(in Ipv4Packet packet) =>
        packet.Destination.IsLimitedBroadcast
        || (packet.Destination.IsMulticast && (packet.Protocol == IpProtocol.Igmp || IsLinkLocalGroup(packet.Destination)));

    private static bool IsThisNetwork(InetAddress address) => address.V4Bits >> 24 == 0;      // 0/8

    private static bool IsLinkLocalGroup(InetAddress address) => address.V4Bits >> 8 == 0xE00000;      // 224.0.0/24
}
