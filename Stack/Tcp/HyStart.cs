using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// Finds the end of a slow start as Linux does: by how long a train of ACKs is, or by how the delay grew.
/// </summary>
internal struct HyStart
{
    private const int Enough = 8;                     // samples in a round before its delay is judged
    private static readonly TimeSpan Close = TimeSpan.FromMilliseconds(2);

    private bool _begun;
    private SequenceNumber _roundEnd;
    private Timestamp _roundBegan, _lastAck;
    private long _least;      // round-trip time of this round, ticks
    private int _samples;

    /// <summary>True when slow start has gone far enough.</summary>
    /// <param name="sample">What an ACK told.</param>
    /// <param name="rtt">Its round-trip time.</param>
    /// <param name="minRtt">The least of all.</param>
    /// <param name="by">Which of both is looked at.</param>
    public bool Ends(in AckSample sample, TimeSpan rtt, TimeSpan minRtt, SlowStartExit by = SlowStartExit.HyStart)
    {
        if (!_begun || sample.Una > _roundEnd) BeginRound(sample);
        bool isTrainLong = by != SlowStartExit.HyStartDelay && IsTrainLong(sample, minRtt);
        bool hasDelayGrown = by != SlowStartExit.HyStartTrain && HasDelayGrown(rtt, minRtt);
        return isTrainLong || hasDelayGrown;
    }

    private void BeginRound(in AckSample sample)
    {
        _begun = true;
        _roundEnd = sample.Nxt;
        _roundBegan = _lastAck = sample.Now;
        _least = long.MaxValue;
        _samples = 0;
    }

    // Closely spaced ACKs span what is in flight: more than half of the least delay means that the pipe is full.
    private bool IsTrainLong(in AckSample sample, TimeSpan minRtt)
    {
        if (sample.Now - _lastAck > Close) return false;
        _lastAck = sample.Now;
        return sample.Now - _roundBegan > (minRtt + BurstTime(sample.Rate)) / 2;
    }

    private bool HasDelayGrown(TimeSpan rtt, TimeSpan minRtt)
    {
        _least = Math.Min(_least, rtt.Ticks);
        if (_samples < Enough)
        {
            _samples++;
            return false;
        }

        long growth = Math.Clamp(minRtt.Ticks / 8, 4 * TimeSpan.TicksPerMillisecond, 16 * TimeSpan.TicksPerMillisecond);
        return _least > minRtt.Ticks + growth;
    }

    // ACKs of large bursts come late by what four of the largest need, a millisecond at most.
    private static TimeSpan BurstTime(long rate)
    {
        const long Burst = 4 * 65536;
        return rate <= 0
            ? TimeSpan.Zero
            : new TimeSpan(Math.Min(TimeSpan.TicksPerMillisecond, Burst * TimeSpan.TicksPerSecond / rate));
    }
}
