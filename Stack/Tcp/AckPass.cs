using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>What the steps of judging one acknowledgment tell each other.</summary>
internal struct AckPass
{
    /// <summary>When it arrived.</summary>
    public Timestamp Now;

    /// <summary>When the echoed timestamp was written; null without one.</summary>
    public Timestamp? EchoedAt;

    /// <summary>How long ago that was.</summary>
    public TimeSpan? EchoAge;

    /// <summary>When the oldest segment was last tried, if two timeouts or more expired since the last progress; else null.</summary>
    public Timestamp? SilentSince;

    /// <summary>SND.UNA before.</summary>
    public SequenceNumber PriorUna;

    /// <summary>The highest number with a SACK below it, before.</summary>
    public SequenceNumber PriorHighest;

    /// <summary>
    /// The lowest segment that arrived after later ones did, without being sent again; SND.NXT for none.
    /// </summary>
    public SequenceNumber Late;

    /// <summary>
    /// When the first and the last of the segments newly SACKed were sent; null for none, or if sent again.
    /// </summary>
    public Timestamp? FirstSackedAt, LastSackedAt;

    /// <summary>When the first and the last of those newly acknowledged cumulatively were sent, likewise.</summary>
    public Timestamp? FirstAckedAt, LastAckedAt;

    /// <summary>
    /// When the newest of all newly delivered was sent, where it ends, and what had been delivered then.
    /// </summary>
    public Timestamp NewestSentAt;
    public SequenceNumber NewestEnd;
    public uint NewestDelivered;
    public bool HasNewest;

    /// <summary>The round-trip time for the congestion control.</summary>
    public TimeSpan? Rtt;

    /// <summary>Segments newly acknowledged cumulatively.</summary>
    public int AckedSegments;

    /// <summary>How many duplicate ACKs it counts as, 0 or 1.</summary>
    public int Duplicates;

    /// <summary>SND.UNA moved.</summary>
    public bool Advanced;

    /// <summary>A whole segment is acknowledged cumulatively.</summary>
    public bool DataAcked;

    /// <summary>A segment is newly SACKed.</summary>
    public bool DataSacked;

    /// <summary>One that was sent again is acknowledged cumulatively.</summary>
    public bool RetransmissionAcked;

    /// <summary>One that was sent once, before the recovery point, arrived: a timeout may have been spurious.</summary>
    public bool OriginalArrived;

    /// <summary>The first block is a duplicate's; and it is that of a tail loss probe.</summary>
    public bool Dsack, ProbeDsack;

    /// <summary>ECE is set, or the peer tells of new marks.</summary>
    public bool Ece;

    /// <summary>Octets of payload newly known to have arrived.</summary>
    public int DeliveredOctets;

    /// <summary>It has text or a new window, so that it is no duplicate ACK.</summary>
    public bool NotDuplicate;

    /// <summary>New data could be sent.</summary>
    public bool NewDataReady;

    /// <summary>The receiver holds the oldest segment, as it once said, and yet does not acknowledge it.</summary>
    public bool Reneging;

    /// <summary>The timer is to be set anew.</summary>
    public bool SetTimer;

    /// <summary>A retransmission was found lost.</summary>
    public bool RetransmissionLost;

    /// <summary>Something may have to be sent.</summary>
    public bool NeedsOutput;
}
