using UserNet.Addressing;

namespace UserNet.Link;

/// <summary>How neighbors are asked for: ARP for IPv4, Neighbor Discovery for IPv6.</summary>
/// <remarks>Gate held.</remarks>
internal interface INeighborProtocol
{
    /// <summary>Sends one request.</summary>
    /// <param name="neighbor">Whom to ask for.</param>
    /// <param name="station">The station to ask alone, or null to ask all.</param>
    /// <param name="waiting">The source of a packet that waits for the answer, IPv6 only; the wildcard when none does.</param>
    void Ask(InetAddress neighbor, MacAddress? station, InetAddress waiting);
}
