using UserNet.Link;

namespace UserNet.Emulation;

/// <summary>Why a wire did not carry a frame.</summary>
internal enum WireDrop : byte
{
    /// <summary>It did, or will.</summary>
    None,
    /// <summary>Lost, as <see cref="LinkConditions.Loss"/> has it.</summary>
    Lost,
    /// <summary>The queue before the line was full.</summary>
    QueueFull,
    /// <summary>The management of the queue before the line dropped it, before that was full.</summary>
    QueueManaged,
    /// <summary>Longer than the wire lets pass, of which nobody is told: a black hole.</summary>
    TooLong,
    /// <summary>The wire was cut.</summary>
    Down,
    /// <summary>It went from one group of hosts to another, and a partition separates them.</summary>
    Partitioned,
    /// <summary>More was under way than the wire has memory for.</summary>
    MemoryFull,
    /// <summary>The frame was not what it says of itself.</summary>
    Malformed,
    /// <summary>The wire was closed while it was under way.</summary>
    Closed,
}

/// <summary>What a wire did to a frame that it carries.</summary>
[Flags]
internal enum WireChanges : byte
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Bits were turned round.</summary>
    Corrupted = 1,
    /// <summary>Its end is gone.</summary>
    Truncated = 2,
    /// <summary>It arrives twice.</summary>
    Repeated = 4,
    /// <summary>It is held back, so that others overtake it.</summary>
    HeldBack = 8,
    /// <summary>The queue before the line marked it: congestion experienced. RFC 3168.</summary>
    Marked = 16,
}

/// <summary>
/// Hears what a wire does to the frames of one direction, in order of time; not of those that it carries as they are.
/// </summary>
/// <remarks>Called with the wire's lock held: must not call the wire.</remarks>
internal interface IWireObserver
{
    /// <summary>A frame, as it was put on the wire, was dropped or changed.</summary>
    /// <param name="frame">Lent for the time of the call.</param>
    /// <param name="drop">Why it is not carried.</param>
    /// <param name="changes">What was done to it, when it is.</param>
    void OnFate(in LinkFrame frame, WireDrop drop, WireChanges changes);
}
