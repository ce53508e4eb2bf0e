using System.IO.Pipelines;
using UserNet.Addressing;

namespace UserNet.Link;

/// <summary>What the two ends of a <see cref="LinkPair"/> have in common, and what they have not.</summary>
public sealed record LinkPairOptions
{
    /// <summary>The least <see cref="OctetLimit"/>: a few of the largest frames fit.</summary>
    public const int LeastOctetLimit = 256 * 1024;

    /// <summary>
    /// Where frames are delivered. Not <see cref="PipeScheduler.Inline"/>, which would deliver them from inside the
    /// sender's call.
    /// </summary>
    public PipeScheduler Scheduler { get; init; } = PipeScheduler.ThreadPool;

    /// <summary>What it carries.</summary>
    public LinkMedium Medium { get; init; } = LinkMedium.Ethernet;

    /// <summary>
    /// Largest IP packet, octets; 1,500 as on Ethernet. The pair carries larger frames too: who receives refuses them.
    /// </summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>
    /// What both ends say that they do. A pair does none of it: frames arrive as they were sent, with what is still to
    /// be done to them.
    /// </summary>
    public LinkFeatures Features { get; init; }

    /// <summary>The station address that goes with end A, or null.</summary>
    public MacAddress? AddressA { get; init; }

    /// <summary>The station address that goes with end B, or null.</summary>
    public MacAddress? AddressB { get; init; }

    /// <summary>How many frames wait at most in one direction.</summary>
    public int FrameLimit { get; init; } = 1024;

    /// <summary>
    /// How many octets wait at most in one direction, <see cref="LeastOctetLimit"/> or more. Storage grows as it is
    /// needed.
    /// </summary>
    public int OctetLimit { get; init; } = 4 * 1024 * 1024;
}
