using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Discovery;

/// <summary>Asks whether there is a router until one answers: soon, then ever less often. RFC 4861 §6.3.7, RFC 7559.</summary>
/// <remarks>
/// The intervals are those that Linux showed: 4 seconds to the second solicitation, then twice the one before, each a tenth more or less,
/// up to an hour. Gate held.
/// </remarks>
internal sealed class RouterSolicitor(InterfaceEntry entry, LinkContext context) : IExpires
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);      // MAX_RTR_SOLICITATION_DELAY

    private AutoconfigurationSettings _settings = new();
    private Deadline _deadline;
    private TimeSpan _interval;
    private int _sent;

    /// <summary>Begins anew.</summary>
    /// <param name="settings">How often, and how many.</param>
    /// <param name="waits">True to wait a random time first; one that duplicate address detection took will do.</param>
    /// <param name="now">The time.</param>
    public void Start(AutoconfigurationSettings settings, bool waits, Timestamp now)
    {
        Stop();
        if (settings.Solicitations == 0) return;
        _settings = settings;
        _sent = 0;
        Arm(now + (waits ? LongestDelay * Fraction() : TimeSpan.Zero));
    }

    /// <summary>Asks no more.</summary>
    public void Stop()
    {
        context.Deadlines.Cancel(_deadline);
        _deadline = default;
    }

    /// <inheritdoc/>
    public void OnExpired(Timestamp now)
    {
        _deadline = default;
        if (entry.Port is not EthernetPort { IsClosed: false } port) return;
        Send(port);
        _sent++;
        if (_sent >= _settings.Solicitations) return;
        double spread = 0.9 + (0.2 * Fraction());
        TimeSpan next = _sent == 1 ? _settings.SolicitationInterval * spread : _interval * (1 + spread);
        if (next > _settings.LongestSolicitationInterval) next = _settings.LongestSolicitationInterval * spread;
        _interval = next;
        Arm(now + next);
    }

    // From the link-local address; as long as there is none that is fit, from none, and without saying where it is sent from.
    private void Send(EthernetPort port)
    {
        InetAddress source = entry.LinkLocal ?? InetAddress.AnyV6, destination = NeighborDiscovery.AllRouters;
        PacketBuffer packet = context.Packets.Rent(0);
        if (!source.IsWildcard) DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.SourceLinkAddress, port.Address);
        new Icmpv6Header(Icmpv6Type.RouterSolicitation).PrependTo(packet, source, destination);
        context.Counters.Count(Counter.Icmp6OutMessages);
        context.Counters.Count(Counter.Icmp6OutRouterSolicits);
        context.Counters.Count(Counter.Ip6OutRequests);
        new Ipv6Header(source, destination, IpProtocol.Icmpv6, NeighborDiscovery.FromThisLink).PrependTo(packet);
        port.SendTo(packet, EtherType.Ipv6, EthernetPort.GroupOf(destination));
    }

    private void Arm(Timestamp due) => _deadline = context.Deadlines.Add(due, this);

    private double Fraction()
    {
        const uint parts = 1 << 20;
        return context.Random.Below(parts) / (double)parts;
    }
}
