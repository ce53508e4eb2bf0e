namespace UserNet.Tcp;

/// <summary>What may be done with ECN: net.ipv4.tcp_ecn, by its numbers. RFC 3168, RFC 9768.</summary>
public enum TcpEcnMode : byte
{
    /// <summary>Nothing.</summary>
    Off = 0,
    /// <summary>Classic ECN is offered, and taken when offered.</summary>
    Offer = 1,
    /// <summary>Classic ECN is taken when offered.</summary>
    Answer = 2,
    /// <summary>Accurate ECN is offered; it and classic ECN are taken when offered.</summary>
    OfferAccurate = 3,
    /// <summary>Classic ECN is offered; it and Accurate ECN are taken when offered.</summary>
    OfferAnswerAccurate = 4,
    /// <summary>Accurate and classic ECN are taken when offered.</summary>
    AnswerAccurate = 5,
}

/// <summary>When a connection with Accurate ECN sends its option: net.ipv4.tcp_ecn_option, by its numbers. RFC 9768 §3.2.3.3.</summary>
public enum TcpEcnOptionUse : byte
{
    /// <summary>Never, not in a SYN-ACK either.</summary>
    Never = 0,
    /// <summary>As seldom as the RFC allows: when what arrives is marked anew or otherwise, and <see cref="TcpSettings.EcnOptionBeacon"/> times a round trip.</summary>
    Sparingly = 1,
    /// <summary>In every segment that has room for it.</summary>
    Always = 2,
    /// <summary>The same, even where segments with it seem to be lost for it.</summary>
    Persistently = 3,
}

// Explicit congestion notification.
public sealed partial class TcpSettings
{
    /// <summary>net.ipv4.tcp_ecn; the fall-back to a SYN without it is <see cref="EcnFallback"/>.</summary>
    public TcpEcnMode Ecn { get; set; } = TcpEcnMode.Answer;

    /// <summary>
    /// net.ipv4.tcp_ecn_fallback: a SYN that is sent again does not offer ECN (RFC 3168 §6.1.1.1), with Accurate ECN the second such
    /// (RFC 9768 §3.1.4.1); and who sees that the ECN field of a SYN or SYN-ACK was changed on the way sends nothing that is ECN-capable
    /// (§3.2.2.3).
    /// </summary>
    public bool EcnFallback { get; set; } = true;

    /// <summary>net.ipv4.tcp_ecn_option: when a connection with Accurate ECN sends the option.</summary>
    public TcpEcnOptionUse EcnOption { get; set; } = TcpEcnOptionUse.Always;

    /// <summary>net.ipv4.tcp_ecn_option_beacon: how often in a round trip the option is sent where it is sent sparingly; 0 for no such rule.</summary>
    public int EcnOptionBeacon { get; set; } = 3;

    internal bool TakesAccurateEcn => Ecn >= TcpEcnMode.OfferAccurate;

    internal bool OffersEcn => Ecn is TcpEcnMode.Offer or TcpEcnMode.OfferAccurate or TcpEcnMode.OfferAnswerAccurate;
}
