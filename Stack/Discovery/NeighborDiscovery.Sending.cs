using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Discovery;

// The solicitations and advertisements of a host.
public sealed partial class NeighborDiscovery
{
    /// <summary>Asks for a neighbor. RFC 4861 §7.2.2.</summary>
    /// <param name="port">The interface's end of the link.</param>
    /// <param name="neighbor">Whom to ask for.</param>
    /// <param name="station">The station to ask alone, or null to ask all.</param>
    /// <param name="waiting">The source of a packet that waits for the answer; the wildcard when none does.</param>
    /// <remarks>An interface that has no address to ask from asks nobody: it would be taken for a probe.</remarks>
    public void Solicit(EthernetPort port, InetAddress neighbor, MacAddress? station, InetAddress waiting)
    {
        ArgumentNullException.ThrowIfNull(port);
        InetAddress destination = station is null ? SolicitedNode(neighbor) : neighbor;
        InetAddress source = AskingAddress(port, neighbor, waiting);
        if (source.IsWildcard) return;
        PacketBuffer packet = _context.Packets.Rent(0);
        DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.SourceLinkAddress, port.Address);
        new NeighborHeader(Icmpv6Type.NeighborSolicitation, neighbor).PrependTo(packet, source, destination);
        _context.Counters.Count(Counter.Icmp6OutNeighborSolicits);
        Send(port, packet, source, destination, station);
    }

    /// <summary>Tells all on the link that an address is this station's, unasked. RFC 4861 §7.2.6.</summary>
    /// <param name="port">The interface's end of the link.</param>
    /// <param name="address">An address of the interface that is not tentative.</param>
    public void Announce(EthernetPort port, InetAddress address)
    {
        ArgumentNullException.ThrowIfNull(port);
        Advertise(port, address, AdvertisementTraits.Override);
    }

    /// <summary>Asks whether another host has an address, without claiming it. RFC 4862 §5.4.2, RFC 7527 §4.1.</summary>
    internal void Probe(EthernetPort port, InetAddress address, ulong nonce)
    {
        InetAddress group = SolicitedNode(address);
        PacketBuffer packet = _context.Packets.Rent(0);
        DiscoveryOptionWriter.AppendNonce(packet, nonce);
        new NeighborHeader(Icmpv6Type.NeighborSolicitation, address).PrependTo(packet, InetAddress.AnyV6, group);
        _context.Counters.Count(Counter.Icmp6OutNeighborSolicits);
        Send(port, packet, InetAddress.AnyV6, group, null);
    }

    /// <summary>The waiting packet's source where it is the interface's; else its link-local address; else what the route says.</summary>
    private InetAddress AskingAddress(EthernetPort port, InetAddress neighbor, InetAddress waiting)
    {
        if (_host.Interfaces.Find(port.Index) is not { IsV6Disabled: false } entry) return InetAddress.AnyV6;
        if (!waiting.IsWildcard && IsOwn(waiting, port)) return waiting;
        if (entry.LinkLocal is { } own) return own;
        InetAddress source = _host.FindRoute(new RouteQuery(neighbor, InetAddress.AnyV6, port.Index)).Source;
        return IsOwn(source, port) ? source : InetAddress.AnyV6;
    }

    /// <summary>Answers who asked. RFC 4861 §7.2.4.</summary>
    /// <remarks>
    /// As Linux does, to a question that came to this station alone the answer names no station: the asker knows it. The answer goes to
    /// the station that the question named, and does not count as something sent to the neighbor: else whoever asks, in the name of a
    /// thousand others, drove the neighbors in use out of the table.
    /// </remarks>
    private void Answer(EthernetPort port, InetAddress target, InetAddress asker, MacAddress? station, bool isToGroup, Timestamp now)
    {
        AdvertisementTraits traits = AdvertisementTraits.Solicited | (isToGroup ? AdvertisementTraits.Override : AdvertisementTraits.None);
        PacketBuffer packet = MakeAdvertisement(port, target, asker, traits, hasStation: isToGroup);
        if ((station ?? port.NeighborsV6.StationOf(asker)) is { } known) Send(port, packet, target, asker, known);
        else SendResolving(port, packet, target, asker, now);
    }

    private void Advertise(EthernetPort port, InetAddress target, AdvertisementTraits traits) =>
        Send(port, MakeAdvertisement(port, target, AllNodes, traits, hasStation: true), target, AllNodes, null);

    private PacketBuffer MakeAdvertisement(
        EthernetPort port, InetAddress target, InetAddress destination, AdvertisementTraits traits, bool hasStation)
    {
        if (Forwards(port)) traits |= AdvertisementTraits.Router;
        PacketBuffer packet = _context.Packets.Rent(0);
        if (hasStation) DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.TargetLinkAddress, port.Address);
        new NeighborHeader(Icmpv6Type.NeighborAdvertisement, target, traits).PrependTo(packet, target, destination);
        _context.Counters.Count(Counter.Icmp6OutNeighborAdvertisements);
        return packet;
    }

    private bool Forwards(EthernetPort port) => _host.Interfaces.Find(port.Index)?.Forwards ?? _host.InputSettings.Forwards;

    private void Send(EthernetPort port, PacketBuffer message, InetAddress source, InetAddress destination, MacAddress? station)
    {
        PrependHeader(message, source, destination);
        port.SendTo(message, EtherType.Ipv6, station ?? EthernetPort.GroupOf(destination));
    }

    private void SendResolving(EthernetPort port, PacketBuffer message, InetAddress source, InetAddress destination, Timestamp now)
    {
        PrependHeader(message, source, destination);
        port.Send(message, EtherType.Ipv6, destination, LinkCast.Unicast, now);
    }

    private void PrependHeader(PacketBuffer message, InetAddress source, InetAddress destination)
    {
        _context.Counters.Count(Counter.Icmp6OutMessages);
        _context.Counters.Count(Counter.Ip6OutRequests);
        new Ipv6Header(source, destination, IpProtocol.Icmpv6, FromThisLink).PrependTo(message);
    }
}
