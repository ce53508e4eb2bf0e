namespace UserNet.Tcp;

/// <summary>What a connection has to do after a timer of its loss recovery expired.</summary>
internal enum LossTimerAction : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Losses were found: ask for what to send, as after an ACK.</summary>
    Output,

    /// <summary>
    /// A tail loss probe is due: send one segment of new data whatever the quota says, or the
    /// <see cref="LossRecovery.ProbeRange"/> again when there is none. RFC 8985 §7.3.
    /// </summary>
    Probe,

    /// <summary>
    /// The retransmission timeout: give up when a limit is reached, otherwise ask for what to send, which begins with
    /// the
    /// oldest segment. RFC 6298 §5.4.
    /// </summary>
    TimedOut,
}
