namespace UserNet.Tcp;

/// <summary>What a handshake agreed on, as far as loss recovery is concerned.</summary>
internal readonly record struct RecoveryOptions
{
    /// <summary>The peer sends selective acknowledgments. RFC 2018.</summary>
    public bool Sack { get; init; }

    /// <summary>Both send timestamps. RFC 7323.</summary>
    public bool Timestamps { get; init; }

    /// <summary>Octets of payload in a full segment, options off.</summary>
    public int Mss { get; init; }

    /// <summary>By what rule the window grows.</summary>
    public CongestionAlgorithm Algorithm { get; init; }

    /// <summary>
    /// Segments that may be in flight at first; 0 for the profile's, 1 after a lost SYN. RFC 6928 §2.
    /// </summary>
    public int InitialWindow { get; init; }
}
