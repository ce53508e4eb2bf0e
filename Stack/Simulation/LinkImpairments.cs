namespace UserNet.Simulation;

/// <summary>What a wire did to the frames that went one way.</summary>
public readonly record struct LinkImpairments
{
    /// <summary>Frames that came in, each of those counted that one stands for.</summary>
    public long Frames { get; init; }

    /// <summary>Frames that went out, those that were doubled twice.</summary>
    public long Delivered { get; init; }

    /// <summary>Frames that were lost by chance.</summary>
    public long Lost { get; init; }

    /// <summary>Frames that were lost since the queue or the memory was full.</summary>
    public long Overflowed { get; init; }

    /// <summary>Frames that were doubled.</summary>
    public long Duplicated { get; init; }

    /// <summary>Frames with a bit turned round.</summary>
    public long Corrupted { get; init; }

    /// <summary>Frames that were held back for others to overtake them.</summary>
    public long Reordered { get; init; }

    /// <summary>Frames that the wire had when it was closed.</summary>
    public long Discarded { get; init; }

    /// <summary>Frames that were dropped since they do not allow what was left to be done to them.</summary>
    public long Malformed { get; init; }

    /// <summary>Frames that are under way.</summary>
    public int UnderWay { get; init; }
}
