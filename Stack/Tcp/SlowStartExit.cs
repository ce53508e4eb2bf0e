namespace UserNet.Tcp;

/// <summary>What ends a slow start before the first loss does.</summary>
public enum SlowStartExit : byte
{
    /// <summary>Nothing but a loss.</summary>
    None,

    /// <summary>HyStart as Linux has it: a long train of ACKs, or a round whose delay grew.</summary>
    HyStart,

    /// <summary>Of HyStart the long train of ACKs alone.</summary>
    HyStartTrain,

    /// <summary>Of HyStart the grown delay alone.</summary>
    HyStartDelay,

    /// <summary>HyStart++: delay alone, with a slower phase to make sure. RFC 9406.</summary>
    HyStartPlusPlus,
}
