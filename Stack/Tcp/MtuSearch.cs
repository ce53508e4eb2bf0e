using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>Between which sizes the largest packet lies that gets through, as probes have found. RFC 4821 §7.</summary>
/// <remarks>Made for connections that probe. Sizes are those of whole packets, as in Linux. Gate held.</remarks>
internal sealed class MtuSearch
{
    /// <summary>Octets of the headers of each packet, options of every segment included.</summary>
    public required int Headers { get; init; }

    /// <summary>What is known to get through (search_low).</summary>
    public int Low { get; set; }

    /// <summary>What is known, or supposed, to be the most (search_high).</summary>
    public int High { get; set; }

    /// <summary>The size of the probe that is under way; 0 when none is.</summary>
    public int Probing { get; set; }

    /// <summary>The first octet of the probe.</summary>
    public SequenceNumber First { get; set; }

    /// <summary>The number behind its last octet.</summary>
    public SequenceNumber End { get; set; }

    /// <summary>A probe has arrived, of which the size of segments has not taken notice yet.</summary>
    public bool HasArrived { get; set; }

    /// <summary>When the search began, the last time.</summary>
    public Timestamp Since { get; set; }

    /// <summary>A probe has arrived, so that segments may be larger.</summary>
    public void OnArrived()
    {
        (Low, Probing, HasArrived) = (Probing, 0, true);
    }

    /// <summary>A probe was lost.</summary>
    public void OnLost()
    {
        High = Probing - 1;
        Probing = 0;
    }
}
