using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>One segment that is sent and not yet acknowledged.</summary>
internal struct SentSegment
{
    /// <summary>Its first sequence number.</summary>
    public SequenceNumber Seq;

    /// <summary>Its sequence length: octets, and one for a FIN.</summary>
    public int Length;

    /// <summary>When it was last sent.</summary>
    public Timestamp SentAt;

    /// <summary>How many segments had been delivered when it was last sent.</summary>
    public uint DeliveredBefore;

    /// <summary>When SACKed: how far on the search for one that is not may go at once.</summary>
    public int NextHop;

    /// <summary>How far off the records are that were sent last before it and first behind it; 0 where there is none: <see cref="SendOrder"/>.</summary>
    public int Older, Newer;

    /// <summary>What is known of it.</summary>
    public SegmentMarks Marks;

    /// <summary>The sequence number after its last.</summary>
    public readonly SequenceNumber End => Seq + Length;

    /// <summary>Octets of payload.</summary>
    public readonly int Payload => Length - (Has(SegmentMarks.Fin) ? 1 : 0);

    /// <summary>True when any of the marks is set.</summary>
    public readonly bool Has(SegmentMarks marks) => (Marks & marks) != 0;
}
