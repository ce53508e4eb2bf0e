using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

/// <summary>An acknowledgment as it arrived, for loss recovery to judge.</summary>
internal ref struct AckArrival
{
    /// <summary>When it arrived.</summary>
    public Timestamp Now { get; set; }

    /// <summary>SEG.ACK.</summary>
    public SequenceNumber Ack { get; set; }

    /// <summary>SND.UNA before it.</summary>
    public SequenceNumber Una { get; set; }

    /// <summary>
    /// The SACK option's blocks as they came; whether the first is a duplicate's (RFC 2883) is found here.
    /// </summary>
    public ReadOnlySpan<SackBlock> Sacks { get; set; }

    /// <summary>The largest window that the peer ever offered, octets: no block is larger.</summary>
    public int MostOffered { get; set; }

    /// <summary>How long ago the echoed timestamp was sent; null without the option. RFC 7323 §4.</summary>
    public TimeSpan? EchoAge { get; set; }

    /// <summary>When the clock of timestamps stood at the echoed value; null without the option.</summary>
    public Timestamp? EchoedAt { get; set; }

    /// <summary>The segment has text, so that it is no duplicate ACK. RFC 5681 §2.</summary>
    public bool CarriesData { get; set; }

    /// <summary>It updates SND.WND, so that it is no duplicate ACK.</summary>
    public bool WindowChanged { get; set; }

    /// <summary>ECE is set and ECN agreed on. RFC 3168 §6.1.2.</summary>
    public bool Ece { get; set; }

    /// <summary>Counts what it tells of marks, with Accurate ECN; else null. RFC 9768 §3.2.</summary>
    public EcnCounters? Marks { get; set; }

    /// <summary>AE, CWR and ECE as a number, and the option of Accurate ECN.</summary>
    public int Ace { get; set; }

    /// <inheritdoc cref="Ace"/>
    public AccurateEcnOption EcnOption { get; set; }

    /// <summary>Octets that were acknowledged before, and that were sent.</summary>
    public long OctetsAcked { get; set; }

    /// <inheritdoc cref="OctetsAcked"/>
    public long OctetsSent { get; set; }

    /// <summary>
    /// Data that was never sent waits, and the peer's window has room for it. RFC 5682 §2.1, step 2b.
    /// </summary>
    public bool NewDataReady { get; set; }
}
