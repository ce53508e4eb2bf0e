namespace UserNet.Tcp;

/// <summary>How a sender takes what it hears; the values are those of Linux's TCP_CA_*.</summary>
internal enum CongestionState : byte
{
    /// <summary>Nothing unusual.</summary>
    Open = 0,

    /// <summary>Something arrived out of order, or was sent again: perhaps a loss, perhaps not.</summary>
    Disorder = 1,

    /// <summary>The window is being reduced since the path said that it is congested (ECN).</summary>
    Cwr = 2,

    /// <summary>Losses were found by what arrived; they are sent again while the window is reduced.</summary>
    Recovery = 3,

    /// <summary>The retransmission timeout expired.</summary>
    Loss = 4,
}
