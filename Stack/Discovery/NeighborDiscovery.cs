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
public sealed partial class NeighborDiscovery
{
    internal const byte FromThisLink = 255;      // RFC 4861 §7.1: no router has passed it on

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
        Duplicates = new DuplicateAddressDetection(host, context, this);
    }

    /// <summary>ff02::1, which every host listens to. RFC 4291 §2.7.1.</summary>
    public static InetAddress AllNodes => InetAddress.FromV6(0xFF02UL << 48, 1);

    /// <summary>ff02::2, which every router listens to. RFC 4291 §2.7.1.</summary>
    public static InetAddress AllRouters => InetAddress.FromV6(0xFF02UL << 48, 2);

    /// <summary>The group that the owner of an address listens to, so that few others hear who asks for it. RFC 4291 §2.7.1.</summary>
    public static InetAddress SolicitedNode(InetAddress address) =>
        InetAddress.FromV6(0xFF02UL << 48, 0x1_FF00_0000 | (address.Low & 0xFF_FFFF));

    /// <summary>Whether addresses are this host's alone, which is asked before they are used.</summary>
    public DuplicateAddressDetection Duplicates { get; }

    /// <summary>A message of types 133 to 137 arrived, whose checksum is right.</summary>
    /// <param name="arrival">The packet that carried it.</param>
    /// <param name="now">The time.</param>
    /// <returns>None, or why it was dropped.</returns>
    public DropReason Receive(in IpArrival arrival, Timestamp now)
    {
        if (!IsOfThisLink(arrival)) return DropReason.DiscoveryForged;
        if (arrival.Port is not EthernetPort port) return DropReason.Icmp6Ignored;      // there are no stations to tell
        return (Icmpv6Type)arrival.Payload[0] switch
        {
            Icmpv6Type.RouterSolicitation => OnRouterSolicitation(port, arrival, now),
            Icmpv6Type.NeighborSolicitation => OnSolicitation(port, arrival, now),
            Icmpv6Type.NeighborAdvertisement => OnAdvertisement(port, arrival, now),
            _ => DropReason.Icmp6Ignored,
        };
    }

    private DropReason OnSolicitation(EthernetPort port, in IpArrival arrival, Timestamp now)
    {
        _context.Counters.Count(Counter.Icmp6InNeighborSolicits);
        if (!NeighborSolicitation.TryParse(arrival.Payload, out NeighborSolicitation message)) return DropReason.DiscoveryMalformed;
        InetAddress target = message.Target, asker = arrival.Source;
        MacAddress? station = message.Options.Station(DiscoveryOptionType.SourceLinkAddress);
        bool isProbe = asker.IsWildcard;
        // RFC 4861 §7.1.1: who has no address yet asks the group of the one that it wants, and has nowhere to be answered.
        if (isProbe && (station is not null || !IsSolicitedNode(arrival.Destination))) return DropReason.DiscoveryForged;
        if (station is { } named && !CanSend(port, named)) return DropReason.DiscoveryForged;
        if (_host.Interfaces.Find(target, port.Index) is not { } own) return DropReason.DiscoveryNotForUs;
        if (own.Is(AddressTraits.Tentative))
            return isProbe ? Duplicates.OnProbe(port, own, message.Options.Nonce, arrival.Station, now) : DropReason.DiscoveryNotForUs;
        if (!isProbe && IsOwn(asker, port)) return DropReason.DiscoveryConflict;

        bool isToGroup = arrival.Destination.IsMulticast;
        if (station is { } known) port.NeighborsV6.OnStationNamed(asker, known, RouterClaim.None, now);
        if (isProbe) Advertise(port, target, AdvertisementTraits.Override);
        else Answer(port, target, asker, station, isToGroup, now);
        return DropReason.None;
    }

    private DropReason OnAdvertisement(EthernetPort port, in IpArrival arrival, Timestamp now)
    {
        _context.Counters.Count(Counter.Icmp6InNeighborAdvertisements);
        if (!NeighborAdvertisement.TryParse(arrival.Payload, out NeighborAdvertisement message)) return DropReason.DiscoveryMalformed;
        if (message.IsSolicited && arrival.Destination.IsMulticast) return DropReason.DiscoveryForged;      // RFC 4861 §7.1.2
        MacAddress? station = message.Options.Station(DiscoveryOptionType.TargetLinkAddress);
        if (station is { } named && !CanSend(port, named)) return DropReason.DiscoveryForged;
        if (_host.Interfaces.Find(message.Target, port.Index) is { } own)
            return Duplicates.OnAdvertisement(port, own, station ?? arrival.Station, now);
        bool isBelieved = port.NeighborsV6.OnAdvertised(
            message.Target, station, message.IsSolicited, message.Overrides, message.IsRouter, now);
        return isBelieved ? DropReason.None : DropReason.DiscoveryNotForUs;
    }

    /// <summary>
    /// What is asked of every packet with a message of types 133 to 137: no router has passed it on (RFC 4861 §6.1, §7.1, §8.1), and it
    /// has no fragment header (RFC 6980 §5).
    /// </summary>
    internal static bool IsOfThisLink(in IpArrival arrival) => arrival.HopLimit == FromThisLink && !arrival.WasFragmented;

    /// <summary>False for a station that nobody but a liar names: a group sends nothing, zero is nobody, and this station is no other.</summary>
    internal static bool CanSend(EthernetPort port, MacAddress station) =>
        !station.IsMulticast && station.Bits != 0 && station != port.Address;

    private bool IsOwn(InetAddress address, EthernetPort port) =>
        _host.Interfaces.Find(address, port.Index) is { } own && !own.Is(AddressTraits.Tentative);

    private static bool IsSolicitedNode(InetAddress group) => group == SolicitedNode(group);
}
