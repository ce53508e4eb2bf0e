using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Ip;

/// <summary>What happens to an IPv6 packet between its frame and its transport. RFC 8200, RFC 4291 §2.</summary>
/// <remarks>
/// The checks come in this order, and the first that fails decides: the frame and its interface, the header, the addresses, the extension
/// headers, among which fragments are put together. Gate held.
/// </remarks>
public sealed partial class Ipv6Input
{
    private readonly HostAddressing _host;
    private readonly Icmpv6 _icmp;
    private readonly FragmentReassembly _fragments;
    private readonly LinkContext _context;
    private InterfaceEntry? _entry;      // which the last packet arrived on

    /// <summary>The input of a host.</summary>
    /// <param name="host">Addresses and routes.</param>
    /// <param name="icmp">Who tells senders of errors.</param>
    /// <param name="fragments">The packets that wait for fragments, those of IPv4 too.</param>
    /// <param name="context">Counters.</param>
    public Ipv6Input(HostAddressing host, Icmpv6 icmp, FragmentReassembly fragments, LinkContext context)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(icmp);
        ArgumentNullException.ThrowIfNull(fragments);
        ArgumentNullException.ThrowIfNull(context);
        _host = host;
        _icmp = icmp;
        _fragments = fragments;
        _context = context;
        fragments.HostV6 = this;
    }

    /// <summary>Checks a packet, says for whom it is, and tells its sender of an error that it should know.</summary>
    /// <param name="port">The interface that it arrived on.</param>
    /// <param name="content">What its frame carried.</param>
    /// <param name="checksumIsGood">True when the link vouches for the transport checksum.</param>
    /// <param name="now">The time.</param>
    /// <param name="arrival">
    /// The packet, when the answer is None and it is whole. Its role is Foreign when it is to be forwarded, and it may be a fragment then.
    /// </param>
    /// <param name="isWhole">False when it is a fragment that waits for others.</param>
    /// <returns>None, or why the packet was dropped.</returns>
    public DropReason Receive(
        LinkPort port, in FrameContent content, bool checksumIsGood, Timestamp now, out IpArrival arrival, out bool isWhole)
    {
        ArgumentNullException.ThrowIfNull(port);
        arrival = default;
        isWhole = false;
        if (content.Cast == LinkCast.Other) return DropReason.FrameNotForUs;
        if (_entry?.Port != port) _entry = _host.Interfaces.Find(port.Index);
        if (_entry is not { IsUp: true } entry) return DropReason.InterfaceDown;
        if (entry.IsV6Disabled || port.Mtu < PathMtuCache.SmallestMtuV6) return DropReason.Ip6Disabled;
        if (!Ipv6Packet.TryParse(content.Payload, out Ipv6Packet packet)) return DropReason.Ip6Malformed;
        DropReason reason = CheckAddresses(packet, entry, content.Cast, out AddressRole role);
        if (reason != DropReason.None) return reason;

        arrival = new IpArrival
        {
            PacketV6 = packet,
            UpperProtocol = packet.NextHeader,
            UpperOffset = Ipv6Header.Length,
            NextHeaderOffset = NextHeaderField,
            Port = port,
            Station = content.Source,
            Cast = content.Cast,
            Role = role,
            ChecksumIsGood = checksumIsGood,
            NeedsChecksum = content.NeedsChecksum,
        };
        isWhole = true;
        if (!Ipv6Extensions.IsExtension(packet.NextHeader)) return DropReason.None;
        reason = ReadExtensions(ref arrival, now, out isWhole);
        if (reason != DropReason.None) arrival.Reassembled?.Return();
        return reason;
    }

    private const int NextHeaderField = 6;

    private DropReason CheckAddresses(in Ipv6Packet packet, InterfaceEntry entry, LinkCast cast, out AddressRole role)
    {
        role = AddressRole.Foreign;
        InetAddress source = packet.Source, destination = packet.Destination;
        // Mapped addresses are a matter of sockets; on the wire they would slip past what is asked of IPv4 ones.
        if (source.IsMulticast || source.IsV4Mapped) return DropReason.Ip6MartianSource;
        if (destination.IsWildcard || destination.IsV4Mapped) return DropReason.Ip6MartianDestination;
        if (!entry.IsLoopback)
        {
            if (source.IsLoopback) return DropReason.Ip6MartianSource;                // RFC 4291 §2.5.3
            if (destination.IsLoopback) return DropReason.Ip6MartianDestination;
        }

        if (destination.IsMulticast) return CheckGroup(destination, entry, out role);
        if (source.IsWildcard) return DropReason.Ip6MartianSource;                    // who has no address yet speaks to groups alone
        // What this host sends to a link-local address of its own comes by the loopback interface, whose address it is not.
        role = _host.RoleOf(destination, entry.IsLoopback ? 0 : entry.Index);
        if (cast != LinkCast.Unicast) return DropReason.Ip6UnicastInBroadcast;
        if (role != AddressRole.Local)
        {
            bool isForwarded = role == AddressRole.Foreign && !entry.IsLoopback && !destination.IsLinkLocal
                && (entry.Forwards ?? _host.InputSettings.Forwards);
            return isForwarded ? DropReason.None : DropReason.Ip6NotForUs;
        }

        bool isOfInterface = _host.Model == HostModel.Weak || entry.IsLoopback || _host.Interfaces.Find(destination, entry.Index) is not null;
        return isOfInterface ? DropReason.None : DropReason.Ip6WrongInterface;
    }

    /// <summary>RFC 4291 §2.7: scope 0 is reserved, and scope 1 does not leave the interface.</summary>
    private static DropReason CheckGroup(InetAddress group, InterfaceEntry entry, out AddressRole role)
    {
        role = AddressRole.Multicast;
        return group.MulticastScope == 0 || (group.MulticastScope == 1 && !entry.IsLoopback)
            ? DropReason.Ip6MartianDestination : DropReason.None;
    }
}
