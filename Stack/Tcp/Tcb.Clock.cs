using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// Timestamps, and what they protect from. RFC 7323.
internal sealed partial class Tcb
{
    private uint _timestampOffset;        // the peer can't tell from our clock how long we run
    private uint _recentTimestamp;        // TS.Recent
    private Timestamp _recentAt;          // when it was taken

    /// <summary>TS.Val: milliseconds, from where this connection began to count.</summary>
    private uint Clock(Timestamp now) => TcpClock.At(now) + _timestampOffset;

    /// <summary>How long ago we sent what the peer echoes; null when that can't be.</summary>
    private TimeSpan? AgeOf(uint echo, Timestamp now)
    {
        int age = (int)(Clock(now) - echo);
        return age >= 0 ? TimeSpan.FromMilliseconds(age) : null;
    }

    private void TakeTimestamp(uint value, Timestamp now)
    {
        if (_recentAt != default && (int)(value - _recentTimestamp) < 0) return;
        _recentTimestamp = value;
        _recentAt = now;
    }

    /// <summary>PAWS: an older timestamp than the last one is from an earlier turn of the numbers. A reset is looked at all the same.</summary>
    private bool IsOutdated(in TcpSegment segment, in TcpOptionValues options)
    {
        if (!_agreed.Timestamps || !options.HasTimestamps || segment.Has(TcpFlags.Rst)) return false;
        return (int)(options.TimestampValue - _recentTimestamp) < 0;
    }

    private DropReason OnOutdated(in TcpSegment segment, Timestamp now)
    {
        if (segment.SequenceLength > 0) AckAtOnce(now);
        return DropReason.TcpOutdated;
    }
}
