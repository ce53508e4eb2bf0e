namespace UserNet.Tcp;

/// <summary>
/// Reduces a window over a round trip, in proportion to what leaves the network, so that retransmissions keep flowing.
/// RFC 6937.
/// </summary>
/// <remarks>
/// Below the threshold it grows as slow start does while SND.UNA advances and no further loss is found, and keeps to
/// packet conservation otherwise (RFC 9937 chose the same).
/// </remarks>
internal struct ProportionalRateReduction
{
    private int _before;        // RecoverFS: the window when the reduction began
    private int _delivered;     // prr_delivered
    private int _sent;          // prr_out

    /// <summary>Begins an episode.</summary>
    public void Begin(int window)
    {
        _before = window;
        _delivered = _sent = 0;
    }

    /// <summary>Segments, new or again, have left.</summary>
    public void OnSent(int segments) => _sent += segments;

    /// <summary>How many segments may leave now that some were delivered (sndcnt); null when none was.</summary>
    public int? OnDelivered(int delivered, int inFlight, int threshold, bool inGoodShape)
    {
        if (delivered <= 0 || _before == 0) return null;
        _delivered += delivered;
        int room = threshold - inFlight;
        int allowed;
        if (room < 0)
        {
            allowed = (int)((((long)threshold * _delivered) + _before - 1) / _before) - _sent;
        }
        else
        {
            allowed = Math.Max(_delivered - _sent, delivered) + (inGoodShape ? 1 : 0);
            allowed = Math.Min(room, allowed);
        }

        return Math.Max(allowed, _sent > 0 ? 0 : 1);      // the first retransmission leaves whatever the window
    }
}
