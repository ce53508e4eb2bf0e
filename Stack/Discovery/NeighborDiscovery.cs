using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Discovery;

/// <summary>What the hosts and routers of a link tell each other: who has which address, and who leads elsewhere. RFC 4861.</summary>
/// <remarks>Gate held.</remarks>
public sealed class NeighborDiscovery
{
    private const byte FromThisLink = 255;      // RFC 4861 §7.1: no router has passed it on

    private readonly HostAddressing _host;
    private readonly LinkContext _context;

    /// <summary>The discovery of a host.</summary>
    /// <param name="host">Interfaces, addresses and routes.</param>
    /// <param name="context">Buffers, deadlines and chance.</param>
    public NeighborDiscovery(HostAddressing host, LinkContext context)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(context);
        _host = host;
        _context = context;
    }

    /// <summary>ff02::1, which every host listens to. RFC 4291 §2.7.1.</summary>
    public static InetAddress AllNodes => InetAddress.FromV6(0xFF02UL << 48, 1);

    /// <summary>ff02::2, which every router listens to. RFC 4291 §2.7.1.</summary>
    public static InetAddress AllRouters => InetAddress.FromV6(0xFF02UL << 48, 2);

    /// <summary>The group that the owner of an address listens to, so that few others hear who asks for it. RFC 4291 §2.7.1.</summary>
    public static InetAddress SolicitedNode(InetAddress address) =>
        InetAddress.FromV6(0xFF02UL << 48, 0x1_FF00_0000 | (address.Low & 0xFF_FFFF));

    /// <summary>A message of types 133 to 137 arrived, whose checksum is right.</summary>
    /// <param name="arrival">The packet that carried it.</param>
    /// <param name="now">The time.</param>
    /// <returns>None, or why it was dropped.</returns>
    public DropReason Receive(in IpArrival arrival, Timestamp now)
    {
        if (arrival.HopLimit != FromThisLink) return DropReason.DiscoveryForged;
        if (arrival.Port is not EthernetPort port) return DropReason.Icmp6Ignored;      // there are no stations to tell
        return (Icmpv6Type)arrival.Payload[0] switch
        {
            Icmpv6Type.NeighborSolicitation => OnSolicitation(port, arrival, now),
            Icmpv6Type.NeighborAdvertisement => OnAdvertisement(port, arrival, now),
            _ => DropReason.Icmp6Ignored,
        };
    }

    /// <summary>Asks for a neighbor. RFC 4861 §7.2.2.</summary>
    /// <param name="port">The interface's end of the link.</param>
    /// <param name="neighbor">Whom to ask for.</param>
    /// <param name="station">The station to ask alone, or null to ask all.</param>
    public void Solicit(EthernetPort port, InetAddress neighbor, MacAddress? station)
    {
        ArgumentNullException.ThrowIfNull(port);
        InetAddress destination = station is null ? SolicitedNode(neighbor) : neighbor;
        InetAddress source = _host.FindRoute(new RouteQuery(neighbor, InetAddress.AnyV6, port.Index)).Source;
        PacketBuffer packet = _context.Packets.Rent(0);
        DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.SourceLinkAddress, port.Address);
        new NeighborHeader(Icmpv6Type.NeighborSolicitation, neighbor).PrependTo(packet, source, destination);
        Send(port, packet, source, destination, station);
    }

    private DropReason OnSolicitation(EthernetPort port, in IpArrival arrival, Timestamp now)
    {
        if (!NeighborSolicitation.TryParse(arrival.Payload, out NeighborSolicitation message)) return DropReason.DiscoveryMalformed;
        InetAddress target = message.Target;
        if (_host.RoleOf(target, port.Index) != AddressRole.Local) return DropReason.DiscoveryNotForUs;
        MacAddress? station = message.Options.Station(DiscoveryOptionType.SourceLinkAddress);
        if (station is { } known)
            port.NeighborsV6.Learn(arrival.Source, known, isAnswer: false, isAnnouncement: false, mayAdd: true, now);
        Advertise(port, target, arrival.Source, station);
        return DropReason.None;
    }

    private static DropReason OnAdvertisement(EthernetPort port, in IpArrival arrival, Timestamp now)
    {
        if (!NeighborAdvertisement.TryParse(arrival.Payload, out NeighborAdvertisement message)) return DropReason.DiscoveryMalformed;
        if (message.Options.Station(DiscoveryOptionType.TargetLinkAddress) is not { } station) return DropReason.DiscoveryMalformed;
        bool isKnown = port.NeighborsV6.Learn(
            message.Target, station, isAnswer: message.IsSolicited, isAnnouncement: message.Overrides, mayAdd: false, now);
        return isKnown ? DropReason.None : DropReason.DiscoveryNotForUs;
    }

    /// <summary>Tells that an address is this station's. RFC 4861 §7.2.4.</summary>
    private void Advertise(EthernetPort port, InetAddress target, InetAddress asker, MacAddress? station)
    {
        bool isProbe = asker.IsWildcard;
        InetAddress destination = isProbe ? AllNodes : asker;
        AdvertisementTraits flags = AdvertisementTraits.Override | (isProbe ? AdvertisementTraits.None : AdvertisementTraits.Solicited);
        PacketBuffer packet = _context.Packets.Rent(0);
        DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.TargetLinkAddress, port.Address);
        new NeighborHeader(Icmpv6Type.NeighborAdvertisement, target, flags).PrependTo(packet, target, destination);
        Send(port, packet, target, destination, isProbe ? null : station);
    }

    private void Send(EthernetPort port, PacketBuffer message, InetAddress source, InetAddress destination, MacAddress? station)
    {
        _context.Counters.Count(Counter.Icmp6OutMessages);
        new Ipv6Header(source, destination, IpProtocol.Icmpv6, FromThisLink).PrependTo(message);
        port.SendTo(message, EtherType.Ipv6, station ?? EthernetPort.GroupOf(destination));
    }
}
