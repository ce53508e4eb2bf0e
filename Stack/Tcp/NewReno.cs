using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>A segment more a round trip, half the window after a loss. RFC 5681 §3.1, RFC 6582.</summary>
/// <remarks>Holds nothing, so that all connections share it.</remarks>
internal sealed class NewReno : ICongestionControl
{
    private NewReno()
    {
    }

    /// <summary>The only one.</summary>
    public static NewReno Instance { get; } = new();

    /// <inheritdoc/>
    public void OnSample(ref CongestionWindow window, in AckSample sample)
    {
        // It goes by what is acknowledged, not by how long that took.
    }

    /// <inheritdoc/>
    public void OnAck(ref CongestionWindow window, in AckSample sample)
    {
        int acked = sample.Acked;
        if (window.IsInSlowStart)
        {
            acked = window.GrowExponentially(acked);
            if (acked == 0) return;
        }

        window.GrowLinearly(window.Size, acked);
    }

    /// <inheritdoc/>
    public int ReducedThreshold(int window) => Math.Max(2, window / 2);

    /// <inheritdoc/>
    public void OnTimeout()
    {
        // Nothing was learnt.
    }

    /// <inheritdoc/>
    public void OnIdleEnded(TimeSpan idle, Timestamp now)
    {
        // Growth does not depend on time.
    }
}
