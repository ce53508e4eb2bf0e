using UserNet.Addressing;
using UserNet.Discovery;
using UserNet.Link;

namespace UserNet;

/// <summary>How a link is attached to an interface.</summary>
public sealed record InterfaceOptions
{
    /// <summary>The station address; null for the one that goes with the link, or else one drawn from the stack's chance.</summary>
    public MacAddress? Address { get; init; }

    /// <summary>Addresses with their prefix lengths, as in 10.9.0.2/24.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>The router for all of its family that is not on a link of the host, IPv4 or IPv6; null for none.</summary>
    public string? Gateway { get; init; }

    /// <summary>The IPv6 router where <see cref="Gateway"/> is an IPv4 one; null for none.</summary>
    public string? GatewayV6 { get; init; }

    /// <summary>
    /// True to configure IPv6 by what routers advertise: addresses, default routers, name servers, the MTU. An interface that forwards does
    /// not. RFC 4861 §6.3, RFC 4862. Nothing of it on a link that is not Ethernet.
    /// </summary>
    public bool Autoconfigures { get; init; }

    /// <summary>How the interface makes the lower halves of its IPv6 addresses, the link-local one among them.</summary>
    public IdentifierGeneration IdentifierGeneration { get; init; }

    /// <summary>Whether it makes IPv6 addresses that change, for the sake of privacy. RFC 8981.</summary>
    public TemporaryAddresses TemporaryAddresses { get; init; }

    /// <summary>False to ignore routers that say that there is a better first hop. RFC 4861 §8.</summary>
    public bool AcceptsRedirects { get; init; } = true;

    /// <summary>Largest IP packet to send, octets; null for the link's, which is never exceeded.</summary>
    public int? Mtu { get; init; }

    /// <summary>The VLAN of an Ethernet interface, 1 to 4,094; 0 for untagged frames. <see cref="EthernetPort.Vlan"/>.</summary>
    public int Vlan { get; init; }

    /// <summary>Whether the interface's IPv4 addresses are probed for before they are used, and announced. RFC 5227.</summary>
    public ConflictDetection ConflictDetection { get; init; } = ConflictDetection.Announce;

    /// <summary>What is done when somebody else on the link uses an address of the interface.</summary>
    public ConflictDefense ConflictDefense { get; init; }

    /// <summary>
    /// How many probes are sent for each IPv6 address before it is used, which takes a second or two; 0 to use addresses at once.
    /// RFC 4862 §5.4, DupAddrDetectTransmits. On a medium without stations nothing is probed for.
    /// </summary>
    public int DuplicateTransmits { get; init; } = 1;

    /// <summary>True to tell all on the link of an IPv6 address once it is fit for use. <see cref="Ip.InterfaceEntry.AnnouncesV6"/>.</summary>
    public bool AnnouncesV6 { get; init; }

    /// <summary>How neighbors are asked for and how many are known at once; null for what is usual.</summary>
    public NeighborSettings? Neighbors { get; init; }

    /// <summary>Refuses what can't be.</summary>
    /// <exception cref="ArgumentException">A negative number of probes, an MTU below 68 (RFC 791), a VLAN beyond 4,094, or a station address of a group.</exception>
    internal void Check()
    {
        if (Mtu is < 68) throw new ArgumentException($"An MTU of {Mtu} is too small: IPv4 needs 68 octets (RFC 791).", nameof(Mtu));
        if (Vlan is < 0 or > 4094) throw new ArgumentException($"There is no VLAN {Vlan}: they go from 1 to 4094, and 0 means untagged.", nameof(Vlan));
        if (DuplicateTransmits < 0) throw new ArgumentException($"{DuplicateTransmits} probes can't be sent.", nameof(DuplicateTransmits));
        if (Address is { } station && (station.IsMulticast || station.Bits == 0))
            throw new ArgumentException($"{station} is not the address of one station.", nameof(Address));
    }
}
