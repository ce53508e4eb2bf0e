namespace UserNet.Simulation;

/// <summary>What goes wrong. The first word of its text form stands in brackets.</summary>
public enum FaultKind : byte
{
    /// <summary>A link is cut: nothing passes. [down]</summary>
    Down,
    /// <summary>A link is cut and made whole again and again. [flap]</summary>
    Flap,
    /// <summary>A link loses frames. [loss]</summary>
    Loss,
    /// <summary>A link turns a bit of frames round. [corrupt]</summary>
    Corruption,
    /// <summary>A link doubles frames. [duplicate]</summary>
    Duplication,
    /// <summary>A link holds frames back, so that others overtake them. [reorder]</summary>
    Reordering,
    /// <summary>Frames travel longer. [delay]</summary>
    Delay,
    /// <summary>Frames travel longer, each by another time. [jitter]</summary>
    Jitter,
    /// <summary>A link is slower. [rate]</summary>
    Rate,
    /// <summary>A link swallows long packets, and nobody is told: a black hole. [mtu]</summary>
    LargestPacket,
    /// <summary>Groups of hosts can't reach each other. [partition]</summary>
    Partition,
    /// <summary>A host stands still. [pause]</summary>
    Pause,
    /// <summary>A host crashes, and boots at the end. [crash]</summary>
    Crash,
    /// <summary>A host's clock goes too fast or too slowly. [skew]</summary>
    Skew,
    /// <summary>A host's clock is set wrong. [step]</summary>
    Step,
}

/// <summary>The ways over a link that something holds for.</summary>
public enum LinkDirection : byte
{
    /// <summary>Both.</summary>
    Both,
    /// <summary>From the first end to the second: <see cref="VirtualLink.There"/>.</summary>
    There,
    /// <summary>From the second end to the first: <see cref="VirtualLink.Back"/>.</summary>
    Back,
}
