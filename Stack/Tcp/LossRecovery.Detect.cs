using UserNet.Time;

namespace UserNet.Tcp;

/// <content>Which segments are lost.</content>
internal sealed partial class LossRecovery
{
    private void DetectLosses(ref AckPass pass)
    {
        if (_queue.Count == 0) return;
        if (!_sack)
        {
            DetectByDuplicates(pass.Advanced);
        }
        else if (_settings.Rack)
        {
            int before = _queue.InFlightAgain;
            if (DetectByTime(pass.Now)) pass.SetTimer = false;
            if (_queue.InFlightAgain < before) pass.RetransmissionLost = true;
        }
    }

    // RFC 8985 §6.2. True when the timer now waits for what may still be late.
    private bool DetectByTime(Timestamp now)
    {
        if (!_rack.HasAdvanced) return false;
        _rack.HasAdvanced = false;
        if (_order.MarkLost(ref _queue, _rack, ReorderingWindow, now) is not { } wait) return false;
        TimeSpan most = wait + _settings.TimerMargin;
        StartTimer(LossTimer.Reordering, now + (most < Rtt.Timeout ? most : Rtt.Timeout));
        return true;
    }

    // None while no reordering was ever seen, and enough has overtaken what is missing or recovery has begun.
    private TimeSpan ReorderingWindow
    {
        get
        {
            bool isEnough = State >= CongestionState.Recovery || (!_settings.RackIgnoresCount && _queue.Sacked >= Reordering);
            if (ReorderingSeen == 0 && isEnough) return TimeSpan.Zero;
            return _rack.ReorderingWindow(MinRtt ?? TimeSpan.Zero, Rtt.Smoothed);
        }
    }

    // RFC 6582 §3.2: the oldest, by three duplicates or since it is what a partial ACK asks for.
    private void DetectByDuplicates(bool advanced)
    {
        bool lost = (State < CongestionState.Recovery && _queue.Sacked >= Reordering)
            || (State == CongestionState.Recovery && advanced);
        if (lost && !_queue[_queue.First].Has(SegmentMarks.Lost)) _queue.MarkLost(_queue.First);
    }

    // RFC 6675 §4, IsLost(): what enough SACKed segments lie above. What was looked at is not looked at again.
    private void DetectByCount(bool fresh)
    {
        if (_queue.Count == 0) return;
        int enough = _queue.Sacked - Reordering;
        if (enough < 0)
        {
            bool known = _queue[_queue.First].Has(SegmentMarks.Lost | SegmentMarks.Sacked);
            if (fresh && !known) _queue.MarkLost(_queue.First);
            return;
        }

        if (_counted < _queue.First) (_counted, _countedSacked) = (_queue.First, 0);
        for (; _counted < _queue.End; _counted++)
        {
            _queue.Steps++;
            ref SentSegment segment = ref _queue[_counted];
            int sacked = _countedSacked + (segment.Has(SegmentMarks.Sacked) ? 1 : 0);
            if (sacked > enough) return;
            _countedSacked = sacked;
            if (!segment.Has(SegmentMarks.Sacked | SegmentMarks.Lost)) _queue.MarkLost(_counted);
        }
    }
}
