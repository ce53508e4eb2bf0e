using UserNet.Emulation;
using UserNet.Link;

namespace UserNet.Simulation;

/// <summary>What a link of a virtual network is.</summary>
public sealed record VirtualLinkOptions
{
    /// <summary>What it is called; null for the names of its ends, as in "client-router".</summary>
    public string? Name { get; init; }

    /// <summary>What it carries. A switch takes Ethernet alone.</summary>
    public LinkMedium Medium { get; init; } = LinkMedium.Ethernet;

    /// <summary>Largest IP packet, octets, which both ends know and keep to; 1,500.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>What happens to frames from the first end to the second.</summary>
    public LinkConditions There { get; init; } = LinkConditions.Perfect;

    /// <summary>What happens to frames from the second end to the first; null for the same as <see cref="There"/>.</summary>
    public LinkConditions? Back { get; init; }
}
