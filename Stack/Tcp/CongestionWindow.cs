namespace UserNet.Tcp;

/// <summary>How many segments may be in flight, and from where on that number grows slowly. RFC 5681 §3.1.</summary>
internal struct CongestionWindow
{
    /// <summary>The threshold before the first loss.</summary>
    public const int Unlimited = int.MaxValue;

    // Above this nothing gains, and sums of two stay within an int.
    private const int Largest = 1 << 29;

    private int _credit;      // segments acknowledged towards the next one

    /// <summary>cwnd, segments.</summary>
    public int Size { get; private set; }

    /// <summary>ssthresh, segments.</summary>
    public int SlowStartThreshold { get; set; }

    /// <summary>True while it grows by each segment that is acknowledged.</summary>
    public readonly bool IsInSlowStart => Size < SlowStartThreshold;

    /// <summary>Sets the window; what counted towards its next segment is kept.</summary>
    public void Set(int size) => Size = Math.Clamp(size, 1, Largest);

    /// <summary>Forgets what counted towards the next segment.</summary>
    public void ClearCredit() => _credit = 0;

    /// <summary>Grows by the segments acknowledged, up to the threshold. RFC 5681 §3.1, no limit per ACK.</summary>
    /// <returns>How many of them were left over.</returns>
    public int GrowExponentially(int acked)
    {
        int grown = Math.Min((int)Math.Min(Size + (long)acked, Largest), SlowStartThreshold);
        int left = acked - (grown - Size);
        Set(grown);
        return left;
    }

    /// <summary>Grows by one segment for as many as are given that are acknowledged.</summary>
    public void GrowLinearly(int segmentsForOne, int acked)
    {
        if (_credit >= segmentsForOne)
        {
            _credit = 0;
            Set(Size + 1);
        }

        _credit += acked;
        if (_credit < segmentsForOne) return;
        int more = _credit / segmentsForOne;
        _credit -= more * segmentsForOne;
        Set(Size + more);
    }
}
