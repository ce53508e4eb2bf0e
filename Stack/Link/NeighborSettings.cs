namespace UserNet.Link;

/// <summary>The times and bounds of a <see cref="NeighborTable"/>; what is usual is what Linux does.</summary>
/// <remarks>Any thread; nothing of it changes.</remarks>
public sealed record NeighborSettings
{
    /// <summary>How long an answer counts; drawn anew every five minutes from half of it to one and a half. RFC 4861 §6.3.2.</summary>
    public TimeSpan ReachableTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a neighbor in doubt has time to show that it is there before it is asked.</summary>
    public TimeSpan DelayFirstProbe { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time between two requests to one neighbor; RFC 1122 §2.3.2.1 wants a second at least.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many requests without an answer are enough; 1 at least.</summary>
    public int Requests { get; init; } = 3;

    /// <summary>How long packets to a neighbor that did not answer fail at once.</summary>
    public TimeSpan HoldDown { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the first of several answers wins over others, except over announcements.</summary>
    public TimeSpan LockTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many neighbors are known at once, those of the user apart.</summary>
    public int Capacity { get; init; } = 1024;

    /// <summary>How many of them are asked for at once.</summary>
    public int ResolvingCapacity { get; init; } = 256;

    /// <summary>
    /// How many packets wait for one neighbor; enough for the fragments of the largest packet on an Ethernet link.
    /// </summary>
    public int WaitingPackets { get; init; } = 64;

    /// <summary>How many octets wait for one neighbor; one packet may always.</summary>
    public int WaitingOctets { get; init; } = 128 * 1024;

    /// <summary>
    /// How much memory the packets that wait for all neighbors take together, octets: that of their buffers, since a packet
    /// of a link with a large MTU may fill little of its own.
    /// </summary>
    public int TotalWaitingMemory { get; init; } = 3 * 1024 * 1024;

    /// <summary>How many packets wait for all neighbors together.</summary>
    public int TotalWaitingPackets { get; init; } = 1024;
}
