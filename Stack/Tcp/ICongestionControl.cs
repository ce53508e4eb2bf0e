using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// How a window grows, and by how much it shrinks. Knows numbers only: no segments, timers or states.
/// </summary>
/// <remarks>Gate held. All numbers are segments.</remarks>
internal interface ICongestionControl
{
    /// <summary>Looks at an acknowledgment of new data, whether the window may grow or not.</summary>
    void OnSample(ref CongestionWindow window, in AckSample sample);

    /// <summary>Lets the window grow: new data was acknowledged, outside recovery, and the window was in use.</summary>
    void OnAck(ref CongestionWindow window, in AckSample sample);

    /// <summary>The threshold after a sign of congestion, asked for once an episode.</summary>
    int ReducedThreshold(int window);

    /// <summary>The retransmission timeout expired: what was learnt of the path no longer holds.</summary>
    void OnTimeout();

    /// <summary>Sending begins again after nothing was in flight for a time.</summary>
    void OnIdleEnded(TimeSpan idle, Timestamp now);
}
