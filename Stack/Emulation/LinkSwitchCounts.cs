namespace UserNet.Emulation;

/// <summary>
/// What a <see cref="LinkSwitch"/> did. Each frame that came in is also one of the five that follow it here.
/// </summary>
public readonly record struct LinkSwitchCounts
{
    /// <summary>Frames that came in.</summary>
    public long Frames { get; init; }

    /// <summary>Frames for a station that is known, which went to its port.</summary>
    public long Forwarded { get; init; }

    /// <summary>Frames for groups or for stations that are not known, which went to all other ports.</summary>
    public long Flooded { get; init; }

    /// <summary>Frames for a station at the port that they came from.</summary>
    public long Local { get; init; }

    /// <summary>Frames to 01:80:c2:00:00:00 to 0f, which no bridge passes on. IEEE 802.1Q §8.6.3.</summary>
    public long Reserved { get; init; }

    /// <summary>Frames that are shorter than their header, or come from a group.</summary>
    public long Malformed { get; init; }

    /// <summary>Times that a frame did not go out of a port since its queue was full.</summary>
    public long QueueFull { get; init; }

    /// <summary>Times that a frame did not go out of a port since it was longer than the MTU there.</summary>
    public long TooLong { get; init; }

    /// <summary>Times that a frame did not go out of a port since it does not allow what was left to be done to it.</summary>
    public long Unfinished { get; init; }

    /// <summary>Stations that were learned.</summary>
    public long Learned { get; init; }

    /// <summary>Stations that turned up at another port.</summary>
    public long Moved { get; init; }

    /// <summary>Stations that were forgotten since they sent nothing for too long.</summary>
    public long Aged { get; init; }

    /// <summary>Frames whose source was not learned since the table was full.</summary>
    public long TableFull { get; init; }
}
