using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>One retransmission, in the order of time.</summary>
internal struct Retransmission
{
    /// <summary>The place of the segment in the <see cref="SentQueue"/>.</summary>
    public long Position;

    /// <summary>When it left; the segment's own time differs when it was sent once more after that.</summary>
    public Timestamp SentAt;

    /// <summary>When it no longer matters: how far back the search for one that does may go at once.</summary>
    public int BackHop;
}
