using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Time;

namespace UserNet.Link;

/// <summary>What all ports of a stack share.</summary>
/// <param name="Host">Whose ports they are.</param>
/// <param name="Packets">Where buffers come from.</param>
/// <param name="Outbox">Where a port says that it has frames to send.</param>
/// <param name="Deadlines">What is due when.</param>
/// <param name="Random">Chance.</param>
/// <param name="Drops">What was dropped, by reason.</param>
public sealed record LinkContext(
    ILinkHost Host, PacketPool Packets, LinkOutbox Outbox, DeadlineQueue<IExpires> Deadlines, RandomBuffer Random, DropCounters Drops)
{
    /// <summary>What is counted beside what is dropped.</summary>
    public Counters Counters { get; } = new();
}

/// <summary>What a port has to ask of its host, and to tell it.</summary>
/// <remarks>Gate held.</remarks>
public interface ILinkHost
{
    /// <summary>True when requests for the address that arrive on the interface are to be answered.</summary>
    bool Answers(InetAddress address, uint device);

    /// <summary>True for a broadcast address of a subnet of the host, which no neighbor has.</summary>
    bool IsBroadcast(InetAddress address, uint device);

    /// <summary>The host's address to ask with for a neighbor on the interface's link; the wildcard when it has none.</summary>
    InetAddress AskingAddress(InetAddress neighbor, uint device);

    /// <summary>Asks for an IPv6 neighbor by a neighbor solicitation. RFC 4861 §7.2.2.</summary>
    /// <param name="port">The interface's end of the link.</param>
    /// <param name="neighbor">Whom to ask for.</param>
    /// <param name="station">The station to ask alone, or null to ask all.</param>
    /// <param name="waiting">The source of a packet that waits for the answer; the wildcard when none does.</param>
    void Solicit(EthernetPort port, InetAddress neighbor, MacAddress? station, InetAddress waiting);

    /// <summary>
    /// Something came up about an IPv6 neighbor that a choice of routers depends on. The neighbor's table is in order, and may be asked
    /// (<see cref="NeighborTable.StateOf(InetAddress, Timestamp)"/>), but is not to be changed by it.
    /// </summary>
    void OnNeighborChanged(InetAddress neighbor, uint device, NeighborNews news, Timestamp now);

    /// <summary>The next hop did not answer: the packet, an IP packet from its header on, becomes the host's.</summary>
    void OnUnresolved(PacketBuffer packet, uint device, Timestamp now);

    /// <summary>True for the station address of any of the host's interfaces.</summary>
    bool IsOwnStation(MacAddress station);

    /// <summary>Nobody on the link has an address that was probed for: it may be used. RFC 5227 §2.1.1.</summary>
    void OnAddressConfirmed(InetAddress address, uint device, Timestamp now);

    /// <summary>
    /// Somebody else on the link uses an address of this host, or one that was probed for. RFC 5227 §2.1.1, §2.4, RFC 4862 §5.4.
    /// </summary>
    void OnAddressConflict(in AddressConflict conflict);
}
