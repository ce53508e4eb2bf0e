using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Discovery;

// The router's side: advertisements and redirects. RFC 4861 §6.2, §8.2.
public sealed partial class NeighborDiscovery : IForwardingObserver
{
    // As in Linux, a second between two redirects to one host.
    private const int RedirectedHosts = 1024;
    private static readonly TimeSpan RedirectInterval = TimeSpan.FromSeconds(1);

    // RFC 4861 §8.2: as much of the packet as fits 1,280 octets.
    private const int RedirectRoom = 1280 - Ipv6Header.Length - RedirectHeader.Length - (2 * DiscoveryOptions.Unit);

    private readonly List<RouterAdvertiser> _advertisers = [];
    private readonly RecentTable<InetAddress, Timestamp> _redirected = new(RedirectedHosts);

    /// <summary>Has an interface advertise from now on, or say something else from now on. RFC 4861 §6.2.</summary>
    /// <param name="entry">The interface, attached to Ethernet.</param>
    /// <param name="settings">What it says, which was checked.</param>
    /// <param name="now">The time.</param>
    /// <remarks>It is for the caller to have the interface listen to all-routers. RFC 4861 §6.2.2.</remarks>
    public RouterAdvertiser Advertise(InterfaceEntry entry, RouterAdvertisementSettings settings, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(entry);
        RouterAdvertiser? advertiser = Find(entry.Index);
        if (advertiser is null)
        {
            advertiser = new RouterAdvertiser(this, entry, settings, _context);
            _advertisers.Add(advertiser);
        }

        advertiser.Begin(settings, now);
        return advertiser;
    }

    /// <summary>Has an interface say that it is no router any more, and nothing after that; nothing where it does not advertise.</summary>
    public void StopAdvertising(InterfaceEntry entry, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(entry);
        AdvertiserOf(entry.Index)?.Stop(now);
    }

    /// <summary>The stack ends: all interfaces that advertise say so once.</summary>
    public void StopAdvertisingAtOnce(Timestamp now)
    {
        for (int i = 0; i < _advertisers.Count; i++) _advertisers[i].StopAtOnce(now);
        _advertisers.Clear();
    }

    /// <summary>What an interface advertises; null where it does not.</summary>
    public RouterAdvertiser? AdvertiserOf(uint device) => Find(device) is { IsActive: true } advertiser ? advertiser : null;

    // Also one that has still to say that it ends: when it begins again meanwhile, it is not to.
    private RouterAdvertiser? Find(uint device)
    {
        for (int i = 0; i < _advertisers.Count; i++)
            if (_advertisers[i].Interface.Index == device) return _advertisers[i];
        return null;
    }

    /// <summary>Another router of the link says something: that concerns an interface that advertises there itself. RFC 4861 §6.2.7.</summary>
    /// <param name="arrival">A router advertisement, right or not.</param>
    /// <returns>True when there was something to compare it with.</returns>
    public bool OnOtherRouter(in IpArrival arrival)
    {
        if (_advertisers.Count == 0 || AdvertiserOf(arrival.Port.Index) is not { } advertiser) return false;
        if (!IsOfThisLink(arrival) || !arrival.Source.IsLinkLocal) return false;
        if (!RouterAdvertisement.TryParse(arrival.Payload, out RouterAdvertisement message)) return false;
        advertiser.Compare(message);
        return true;
    }

    /// <summary>Tells who sent a packet that there is a better first hop, unless it was told a moment ago. RFC 4861 §8.2.</summary>
    /// <param name="packet">A packet that is forwarded over the interface that it came in by.</param>
    /// <param name="nextHop">Where it is sent on to: the destination itself when that is on the link.</param>
    /// <param name="port">The interface.</param>
    /// <param name="now">The time.</param>
    /// <returns>True when it was told.</returns>
    public bool OfferRedirect(in IpArrival packet, InetAddress nextHop, EthernetPort port, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(port);
        InetAddress source = packet.Source, destination = packet.Destination;
        InetAddress target = nextHop.IsWildcard ? destination : nextHop;
        // Another router is known to hosts by its link-local address alone.
        if (source.IsWildcard || destination.IsMulticast || (target != destination && !target.IsLinkLocal)) return false;
        RouteAnswer back = _host.FindRoute(new RouteQuery(source, InetAddress.AnyV6, port.Index));
        if (back.Rule != BindRule.Granted || back.Device != port.Index || !back.NextHop.IsWildcard) return false;      // no neighbor
        if (_host.Interfaces.Find(port.Index)?.LinkLocal is not { } own || !MayRedirect(source, now)) return false;
        SendRedirect(port, own, packet, target, now);
        return true;
    }

    /// <inheritdoc/>
    public void OnSentBack(in IpArrival arrival, InetAddress nextHop, Timestamp now)
    {
        if (arrival.Port is EthernetPort port) OfferRedirect(arrival, nextHop, port, now);
    }

    /// <summary>Sends a message to all nodes of a link.</summary>
    internal void SendToAll(EthernetPort port, PacketBuffer message, InetAddress source) => Send(port, message, source, AllNodes, null);

    private DropReason OnRouterSolicitation(EthernetPort port, in IpArrival arrival, Timestamp now)
    {
        if (!RouterSolicitation.TryParse(arrival.Payload, out RouterSolicitation message)) return DropReason.DiscoveryMalformed;
        MacAddress? station = message.Options.Station(DiscoveryOptionType.SourceLinkAddress);
        // RFC 4861 §6.1.1: who has no address yet names no station.
        if (station is { } named && (arrival.Source.IsWildcard || !CanSend(port, named))) return DropReason.DiscoveryForged;
        if (AdvertiserOf(port.Index) is not { } advertiser) return DropReason.DiscoveryNotForUs;
        if (station is { } known) port.NeighborsV6.OnStationNamed(arrival.Source, known, RouterClaim.Host, now);
        else port.NeighborsV6.OnRouterClaimed(arrival.Source, RouterClaim.Host, now);
        advertiser.OnSolicitation(now);
        return DropReason.None;
    }

    private bool MayRedirect(InetAddress host, Timestamp now)
    {
        ref Timestamp last = ref _redirected.FindOrAdd(host, out bool isNew);
        if (!isNew && now - last < RedirectInterval) return false;
        last = now;
        return true;
    }

    private void SendRedirect(EthernetPort port, InetAddress own, in IpArrival about, InetAddress target, Timestamp now)
    {
        PacketBuffer packet = _context.Packets.Rent(0);
        if (port.NeighborsV6.StationOf(target) is { } station)
            DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.TargetLinkAddress, station);
        ReadOnlySpan<byte> octets = about.Octets;
        DiscoveryOptionWriter.AppendRedirected(packet, octets[..Math.Min(octets.Length, RedirectRoom)]);
        new RedirectHeader(target, about.Destination).PrependTo(packet, own, about.Source);
        _context.Counters.Count(Counter.Icmp6OutRedirects);
        SendResolving(port, packet, own, about.Source, now);
    }
}
