namespace UserNet.Emulation;

/// <summary>What a wire did to the frames that went one way.</summary>
/// <remarks>
/// <see cref="Frames"/> and <see cref="Duplicated"/> together are <see cref="Delivered"/>, <see cref="UnderWay"/> and
/// all that were dropped. Each that was dropped is counted once: under Lost, QueueFull, QueueManaged, TooLong, Down,
/// Partitioned, MemoryFull, Malformed or Discarded.
/// </remarks>
public readonly record struct LinkImpairments
{
    /// <summary>Frames that came in, each of those counted that one stands for.</summary>
    public long Frames { get; init; }

    /// <summary>Frames that went out, those that were doubled twice.</summary>
    public long Delivered { get; init; }

    /// <summary>Frames that were lost by <see cref="LinkConditions.Loss"/>.</summary>
    public long Lost { get; init; }

    /// <summary>Frames that were lost since the queue or the memory was full.</summary>
    public long Overflowed => QueueFull + MemoryFull;

    /// <summary>Frames that were lost since the queue before the line was full.</summary>
    public long QueueFull { get; init; }

    /// <summary>Frames that the management of the queue dropped before it was full.</summary>
    public long QueueManaged { get; init; }

    /// <summary>Frames that were longer than the wire lets pass.</summary>
    public long TooLong { get; init; }

    /// <summary>Frames that were lost since the wire was cut.</summary>
    public long Down { get; init; }

    /// <summary>Frames that were lost between groups of hosts that a partition separates.</summary>
    public long Partitioned { get; init; }

    /// <summary>Frames that were lost since the memory was full.</summary>
    public long MemoryFull { get; init; }

    /// <summary>Frames that were doubled.</summary>
    public long Duplicated { get; init; }

    /// <summary>Frames with bits turned round.</summary>
    public long Corrupted { get; init; }

    /// <summary>Frames that lost their end.</summary>
    public long Truncated { get; init; }

    /// <summary>Frames that were held back for others to overtake them.</summary>
    public long Reordered { get; init; }

    /// <summary>Frames that the queue marked: congestion experienced.</summary>
    public long Marked { get; init; }

    /// <summary>Frames that the wire had when it was closed, or that came after.</summary>
    public long Discarded { get; init; }

    /// <summary>Frames that were dropped since they do not allow what was left to be done to them.</summary>
    public long Malformed { get; init; }

    /// <summary>Frames that are under way, those that wait for the line included.</summary>
    public int UnderWay { get; init; }

    /// <summary>Frames that wait for the line.</summary>
    public int Waiting { get; init; }
}
