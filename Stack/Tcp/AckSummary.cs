namespace UserNet.Tcp;

/// <summary>What an acknowledgment came to.</summary>
internal readonly record struct AckSummary
{
    /// <summary>Octets newly acknowledged cumulatively; SND.UNA moves by them.</summary>
    public int Acked { get; init; }

    /// <summary>Segments newly known to have arrived, selectively or not.</summary>
    public int Delivered { get; init; }

    /// <summary>Segments newly taken for lost.</summary>
    public int Lost { get; init; }

    /// <summary>A duplicate ACK. RFC 5681 §2.</summary>
    public bool IsDuplicate { get; init; }

    /// <summary>A segment arrived twice. RFC 2883.</summary>
    public bool DsackSeen { get; init; }

    /// <summary>Something may be sent: ask for retransmissions, then for new data.</summary>
    public bool NeedsOutput { get; init; }

    /// <summary>
    /// New data must leave at once, Nagle or not, and no retransmission goes before it: the test whether a timeout was
    /// spurious. RFC 5682 §2.1, step 2b.
    /// </summary>
    public bool NewDataFirst { get; init; }
}
