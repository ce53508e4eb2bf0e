using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>What an acknowledgment tells a congestion control.</summary>
internal readonly record struct AckSample
{
    /// <summary>When it arrived.</summary>
    public Timestamp Now { get; init; }

    /// <summary>Segments newly acknowledged, selectively or not.</summary>
    public int Acked { get; init; }

    /// <summary>The round-trip time of the latest segment it acknowledges; null when that is not known.</summary>
    public TimeSpan? Rtt { get; init; }

    /// <summary>SND.UNA after it.</summary>
    public SequenceNumber Una { get; init; }

    /// <summary>SND.NXT.</summary>
    public SequenceNumber Nxt { get; init; }

    /// <summary>Octets a second that the window comes to, twice in slow start; 0 when not known.</summary>
    public long Rate { get; init; }
}
