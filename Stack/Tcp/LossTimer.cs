namespace UserNet.Tcp;

/// <summary>Which of the timers of loss recovery runs; there is never more than one.</summary>
internal enum LossTimer : byte
{
    /// <summary>None.</summary>
    None,

    /// <summary>The retransmission timeout. RFC 6298.</summary>
    Timeout,

    /// <summary>The tail loss probe. RFC 8985 §7.2.</summary>
    Probe,

    /// <summary>The time that a segment is given to arrive late. RFC 8985 §6.2, step 5.</summary>
    Reordering,
}
