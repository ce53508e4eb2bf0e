namespace UserNet.Tcp;

/// <summary>What an acknowledgment told of what arrived out of order.</summary>
internal enum SackNews : byte
{
    /// <summary>Nothing new, or it had no SACK option.</summary>
    None,
    /// <summary>More has arrived.</summary>
    Progress,
    /// <summary>More has arrived, and something more is missing below it.</summary>
    NewLoss,
}

/// <summary>Octets that did not arrive while later ones did.</summary>
internal struct SackHole
{
    /// <summary>The first missing octet, and the one behind the last.</summary>
    public SequenceNumber Start, End;

    /// <summary>Up to where it was sent again; at or beyond <see cref="End"/> when all of it was.</summary>
    public SequenceNumber Again;

    /// <summary>How many octets are missing.</summary>
    public readonly int Length => End - Start;
}
