using UserNet.Emulation;
using UserNet.Simulation;

namespace UserNet.Samples.Lab;

/// <summary>What a run does.</summary>
public sealed record TransferPlan
{
    /// <summary>Where all chance comes from.</summary>
    public ulong Seed { get; init; } = 7;

    /// <summary>How many octets the client sends.</summary>
    public long Octets { get; init; } = 10_000_000;

    /// <summary>What both wires do, each way.</summary>
    public LinkConditions Wire { get; init; } = new() { Delay = TimeSpan.FromMilliseconds(10) };

    /// <summary>What goes wrong, and when.</summary>
    public FaultSchedule Faults { get; init; } = FaultSchedule.Empty;

    /// <summary>How much virtual time it may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromHours(2);
}

/// <summary>What came of it.</summary>
/// <param name="Received">Octets that the server has got, each the right one.</param>
/// <param name="Time">How long it took, virtual time from the first SYN to the server's end of stream.</param>
/// <param name="Segments">Segments with data that the client sent.</param>
/// <param name="Retransmissions">Those of them that it had sent before.</param>
/// <param name="Lost">Frames that the wires lost by chance, or since they were cut.</param>
/// <param name="Overflowed">Frames that were lost since the queue before a wire was full.</param>
/// <param name="Events">What happened, in all.</param>
/// <param name="Digest">Of all that passed.</param>
/// <param name="Failure">What went wrong; null when all octets arrived.</param>
public sealed record TransferOutcome(
    long Received, TimeSpan Time, long Segments, long Retransmissions, long Lost, long Overflowed, long Events, string Digest,
    string? Failure)
{
    /// <summary>Frames in which wires turned a bit round.</summary>
    public long Corrupted { get; init; }

    /// <summary>Frames that wires carried twice.</summary>
    public long Duplicated { get; init; }

    /// <summary>Frames that wires held back.</summary>
    public long Reordered { get; init; }

    /// <summary>Octets that arrived, in bits a second of virtual time.</summary>
    public double Goodput => Time > TimeSpan.Zero ? Received * 8 / Time.TotalSeconds : 0;
}
