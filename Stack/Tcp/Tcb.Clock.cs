using UserNet.Doors;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Tcp;

// Timestamps, and what they protect from. RFC 7323.
internal sealed partial class Tcb
{
    // Timestamps may be so much older than the last one, as in Linux: some hosts have several clocks.
    internal const int MaxBehind = 1;

    private uint _timestampOffset;        // the peer can't tell from our clock how long we run
    private RecentTimestamp _recent;

    /// <summary>TS.Val: milliseconds, from where this connection began to count.</summary>
    private uint Clock(Timestamp now) => TcpClock.At(now) + _timestampOffset;

    /// <summary>How long ago we sent what the peer echoes; null when that can't be.</summary>
    private TimeSpan? AgeOf(uint echo, Timestamp now)
    {
        int age = (int)(Clock(now) - echo);
        return age >= 0 ? TimeSpan.FromMilliseconds(age) : null;
    }

    /// <summary>PAWS: an older timestamp than the last one is from an earlier turn of the numbers. A reset is looked at all the same.</summary>
    private bool IsOutdated(in TcpSegment segment, in TcpOptionValues options, Timestamp now) =>
        _agreed.Timestamps && options.HasTimestamps && !segment.Has(TcpFlags.Rst)
        && _recent.IsBehind(options.TimestampValue, MaxBehind, now) && !IsOvertaken(segment, options);

    // Of two acknowledgments without text the second may come first: no harm is in the first then.
    private bool IsOvertaken(in TcpSegment segment, in TcpOptionValues options)
    {
        if (segment.SequenceLength != 0 || !segment.Has(TcpFlags.Ack)) return false;
        TimeSpan behind = TimeSpan.FromMilliseconds(_recent.Value - options.TimestampValue);
        return new SequenceNumber(segment.SequenceNumber) == Rcv.Nxt && new SequenceNumber(segment.AckNumber) == Snd.Una
            && segment.Window << _agreed.SendScale == Snd.Wnd && behind <= _recovery.Rtt.Timeout * 1.2;
    }

    private DropReason OnOutdated(in TcpSegment segment, Timestamp now)
    {
        if (segment.Has(TcpFlags.Syn)) return OnSyn(segment, new SequenceNumber(segment.SequenceNumber), now);
        AnswerUnacceptable(segment, now);
        return DropReason.TcpOutdated;
    }
}
