namespace UserNet.Tcp;

/// <summary>
/// Finds the end of a slow start by the growth of delay, and grows more slowly for some rounds to make sure. RFC 9406.
/// </summary>
internal sealed class HyStartPlusPlus
{
    private const int SamplesOfRound = 8;      // N_RTT_SAMPLE
    private const int GrowthDivisor = 4;       // CSS_GROWTH_DIVISOR
    private const int Rounds = 5;              // CSS_ROUNDS
    private const int LargestGrowth = 8;       // L, of a sender that does not pace

    private bool _begun;
    private SequenceNumber _roundEnd;          // windowEnd
    private long _last, _current;              // lastRoundMinRTT and currentRoundMinRTT, ticks; long.MaxValue: none
    private long _baseline;                    // cssBaselineMinRtt; 0 outside conservative slow start
    private int _samples, _rounds;
    private int _remainder;                    // acknowledged in conservative slow start and not yet grown by

    /// <summary>True in Conservative Slow Start.</summary>
    public bool IsConservative => _baseline != 0;

    /// <summary>Takes a sample; true when slow start has gone far enough. §4.2.</summary>
    public bool Ends(in AckSample sample, TimeSpan rtt)
    {
        if (!_begun || sample.Una >= _roundEnd)
        {
            if (_begun && IsConservative && ++_rounds >= Rounds) return true;
            BeginRound(sample);
        }

        _current = Math.Min(_current, rtt.Ticks);
        if (++_samples < SamplesOfRound) return false;
        if (!IsConservative) LookForGrowth();
        else if (_current < _baseline) _baseline = 0;      // it was no queue: slow start goes on
        return false;
    }

    /// <summary>How many segments the window may grow by for those acknowledged.</summary>
    public int Growth(int acked)
    {
        acked = Math.Min(acked, LargestGrowth);
        if (!IsConservative) return acked;
        _remainder += acked;
        int growth = _remainder / GrowthDivisor;
        _remainder %= GrowthDivisor;
        return growth;
    }

    private void BeginRound(in AckSample sample)
    {
        _last = _begun ? _current : long.MaxValue;
        _current = long.MaxValue;
        _samples = 0;
        _roundEnd = sample.Nxt;
        _begun = true;
    }

    private void LookForGrowth()
    {
        if (_last == long.MaxValue) return;
        long growth = Math.Clamp(_last / 8, 4 * TimeSpan.TicksPerMillisecond, 16 * TimeSpan.TicksPerMillisecond);
        if (_current < _last + growth) return;
        _baseline = _current;
        _rounds = 0;
    }
}
