using UserNet.Time;

namespace UserNet.Tcp;

/// <content>An acknowledgment, step by step.</content>
internal sealed partial class LossRecovery
{
    /// <summary>Judges an acceptable acknowledgment, old and duplicate ones included.</summary>
    public AckSummary OnAck(in AckArrival ack)
    {
        (long delivered, uint lost) = (Delivered, _queue.TotalLost);
        AckPass pass = BeginPass(ack);
        _newDataFirst = _retransmissionsWait = false;
        bool hadData = _queue.Count > 0;
        if (pass.Advanced)
        {
            if (Timeouts > 1 && hadData) pass.SilentSince = _queue[_queue.First].SentAt;
            _una = ack.Ack;
            Timeouts = 0;
        }

        if (_sack && ack.Sacks.Length > 0) TakeSacks(ref pass, ack);
        if (ack.Ack < pass.PriorUna)
        {
            if (_sack && ack.Sacks.Length > 0) React(ref pass);      // RFC 2018: old ACKs too tell what arrived
        }
        else if (hadData)
        {
            OnAckOfData(ref pass, ack, delivered, lost);
        }
        else
        {
            CountMarks(ref pass, ack, delivered);
            if (pass.Dsack) React(ref pass);
            if (_hasProbed) JudgeProbe(pass, ack.Ack);
        }

        if (ack.Ece) DeliveredMarked += (uint)(Delivered - delivered);
        return new AckSummary
        {
            Acked = pass.Advanced ? _una - pass.PriorUna : 0,
            Delivered = (int)(Delivered - delivered),
            Lost = (int)(_queue.TotalLost - lost),
            IsDuplicate = pass.Duplicates > 0,
            DsackSeen = pass.Dsack,
            NeedsOutput = pass.NeedsOutput || pass.Advanced || pass.DataSacked,
            NewDataFirst = _newDataFirst,
        };
    }

    private AckPass BeginPass(in AckArrival ack) => new()
    {
        Now = ack.Now,
        EchoedAt = _timestamps ? ack.EchoedAt : null,
        EchoAge = _timestamps ? ack.EchoAge ?? (ack.Now - ack.EchoedAt) : null,
        PriorUna = _una,
        PriorHighest = HighestSacked,
        Late = _nxt,
        Advanced = ack.Ack > _una,
        Ece = ack.Ece,
        NotDuplicate = ack.CarriesData || ack.WindowChanged,
        NewDataReady = ack.NewDataReady,
    };

    private void OnAckOfData(ref AckPass pass, in AckArrival ack, long delivered, long lost)
    {
        RemoveAcknowledged(ref pass);
        CountMarks(ref pass, ack, delivered);
        if (pass.HasNewest && !_settings.RackWindowIsFixed) _rack.AdaptWindow(pass.NewestDelivered, (uint)Delivered);
        if (_hasProbed) JudgeProbe(pass, ack.Ack);
        if (IsDubious(pass))
        {
            if (!pass.Advanced && !pass.NotDuplicate && !pass.DataAcked && !pass.Dsack) pass.Duplicates = 1;
            React(ref pass);
        }

        if (pass.SetTimer) SetTimer(pass.Now);
        Control(pass, (int)(Delivered - delivered), _queue.TotalLost != lost);
    }

    private void CountMarks(ref AckPass pass, in AckArrival ack, long delivered)
    {
        if (ack.Marks is not { } marks) return;
        uint marked = marks.OnFeedback(new EcnFeedback
        {
            Ace = ack.Ace,
            Option = ack.EcnOption,
            Delivered = (int)(Delivered - delivered),
            DeliveredOctets = pass.DeliveredOctets,
            IsNewer = pass.DataAcked || pass.DataSacked || marks.HasNewTimestamp,
            IsExact = _sack || State is CongestionState.Open or CongestionState.Cwr,
            IsFirstOfData = pass.DataAcked && ack.OctetsAcked <= Mss,
            Sent = ack.OctetsSent,
            Mss = Mss,
        });
        pass.Ece = marked > 0;
    }

    // Anything but plain progress while nothing is wrong.
    private bool IsDubious(in AckPass pass) =>
        State != CongestionState.Open || pass.DataSacked || pass.Ece || pass.Dsack
        || (!pass.NotDuplicate && !pass.DataAcked && !pass.Advanced);

    private void RemoveAcknowledged(ref AckPass pass)
    {
        bool sacksBefore = _queue.Sacked > 0;
        while (_queue.Count > 0 && _queue[_queue.First].End <= _una)
        {
            NoteAcknowledged(ref pass, _queue[_queue.First]);
            if (_queue.First < _counted && _queue[_queue.First].Has(SegmentMarks.Sacked)) _countedSacked--;
            _order.Remove(ref _queue, _queue.First);
            _queue.RemoveFirst(countsSacks: _sack);
        }

        TrimOldest(ref pass);
        if (pass.DataAcked && Search is { Probing: > 0 } search && search.End <= _una) OnMtuProbeArrived(search);
        if (_queue.Count > 0 && pass.DataAcked && _sack && _queue[_queue.First].Has(SegmentMarks.Sacked))
            pass.Reneging = true;
        bool sampled = TakeRtt(ref pass, sacksBefore, delayed: pass.AckedSegments == 1 && !sacksBefore);
        if (pass.DataAcked)
        {
            pass.SetTimer = true;
            if (!_sack) AcknowledgeGuess(ref pass);
            else if (pass.Late < pass.PriorHighest) NoteReordering(pass.Late);
        }
        else if (sampled && _queue.Count > 0 && pass.FirstSackedAt < _queue[_queue.First].SentAt)
        {
            // Not where what was sent after the oldest segment arrives: it could put the timeout off for ever.
            pass.SetTimer = true;
        }
    }

    // A burst that is acknowledged in part is counted anew from there: its segments may be one fewer.
    private void TrimOldest(ref AckPass pass)
    {
        if (_queue.Count == 0 || _queue[_queue.First].Seq >= _una || !_settings.CountsBursts) return;
        long end = _queue.EndOfBurst(_queue.First);
        int records = (int)(end - _queue.First), size = _queue[_queue.First].Payload;
        if (records < 2) return;
        int octets = _queue[end - 1].End - _una - (_queue[end - 1].Length - _queue[end - 1].Payload);
        if (Math.Max(1, (octets + size - 1) / size) < records)
        {
            NoteAcknowledged(ref pass, _queue[_queue.First]);
            _order.Remove(ref _queue, _queue.First);
            _queue.RemoveFirst(countsSacks: _sack);
        }

        _queue.Shift(_una, end, size);
    }

    private void NoteAcknowledged(ref AckPass pass, in SentSegment segment)
    {
        pass.AckedSegments++;
        pass.DataAcked = true;
        if (segment.Has(SegmentMarks.Retransmitted))
        {
            pass.RetransmissionAcked = true;
        }
        else if (!segment.Has(SegmentMarks.Sacked))
        {
            pass.FirstAckedAt ??= segment.SentAt;
            pass.LastAckedAt = segment.SentAt;
            pass.Late = SequenceNumber.Min(pass.Late, segment.Seq);
            if (segment.End <= _recoveryPoint) pass.OriginalArrived = true;
        }

        if (segment.Has(SegmentMarks.Sacked)) return;
        NoteNewest(ref pass, segment);
        pass.DeliveredOctets += segment.Payload;
        if (!_sack) return;
        Delivered++;
        if (!segment.Has(SegmentMarks.Retransmitted) || !IsEchoBefore(pass, segment.SentAt))
            _rack.OnDelivered(segment, pass.Now, MinRtt);
    }

    private static void NoteNewest(ref AckPass pass, in SentSegment segment)
    {
        if (pass.HasNewest && (segment.SentAt < pass.NewestSentAt
            || (segment.SentAt == pass.NewestSentAt && segment.End < pass.NewestEnd))) return;
        pass.HasNewest = true;
        pass.NewestSentAt = segment.SentAt;
        pass.NewestEnd = segment.End;
        pass.NewestDelivered = segment.DeliveredBefore;
    }

    // RFC 6298 §3: of segments sent once; and by timestamps where there is none. RFC 7323 §4.
    private bool TakeRtt(ref AckPass pass, bool sacksBefore, bool delayed)
    {
        TimeSpan? rtt = null;
        if (pass.FirstAckedAt is { } first && !pass.RetransmissionAcked)
        {
            rtt = pass.Now - first;
            pass.Rtt = pass.Now - pass.LastAckedAt;
        }

        if (pass.FirstSackedAt is { } sacked)
        {
            rtt ??= pass.Now - sacked;
            pass.Rtt = pass.Now - pass.LastSackedAt;
        }

        if (rtt is null && pass.DataAcked && pass.EchoAge is { } age && !MeasuresSilence(pass, age))
            rtt = pass.Rtt = age > _settings.TimestampTick ? age : _settings.TimestampTick;
        if (rtt is not { } sample || sample < TimeSpan.Zero || pass.Rtt is not { } latest) return false;

        // The receiver may have held back its ACK of a lone segment: that is no sign that the path grew longer.
        bool held = delayed && !sacksBefore && !pass.DataSacked && !pass.Ece && !pass.Dsack
            && _una - pass.PriorUna < Mss && pass.NewestDelivered + 1 == (uint)Delivered;
        if (!held || MinRtt is not { } least || latest <= least)
            _minRtt.Sample(latest, pass.Now, _settings.MinRttWindow);
        bool endsRound = _una > _roundEnd;
        Rtt.Sample(sample, endsRound);
        if (endsRound) _roundEnd = _nxt;
        return true;
    }

    // After two timeouts in a row an echo from before the last try tells how long acknowledgments were lost, and not how long the
    // path is: such samples would make each silence longer than the one before. The timeout stays backed off (Karn) instead.
    private bool MeasuresSilence(in AckPass pass, TimeSpan age) =>
        pass.SilentSince is { } since && age > pass.Now - since + _settings.TimestampTick;

    private void Control(in AckPass pass, int delivered, bool lossesFound)
    {
        var sample = new AckSample
        {
            Now = pass.Now,
            Acked = delivered,
            Rtt = pass.Rtt,
            Una = _una,
            Nxt = _nxt,
            Rate = Rate,
        };
        if (pass.AckedSegments > 0 || pass.DataSacked) _control.OnSample(ref _window, sample);
        if (IsReducing)
        {
            ReduceWindow(delivered, lossesFound, pass.Advanced);
            return;
        }

        bool mayGrow = pass.DataAcked || (Reordering > _settings.Reordering && pass.DataSacked);
        if (mayGrow && IsWindowInUse) _control.OnAck(ref _window, sample);
    }

    /// <summary>What the window would come to if it was paced, octets a second; 0 before a round-trip time was seen.</summary>
    public long Rate
    {
        get
        {
            if (!Rtt.HasSample) return 0;
            long octets = (long)Math.Max(_window.Size, _queue.Count) * Mss;
            long percent = _window.Size < _window.SlowStartThreshold / 2 ? _settings.PacingInSlowStart : _settings.PacingInAvoidance;
            return octets * percent / 100 * TimeSpan.TicksPerSecond / Math.Max(1, Rtt.Smoothed.Ticks);
        }
    }

    private void ReduceWindow(int delivered, bool lossesFound, bool advanced)
    {
        int? allowed = _reduction.OnDelivered(
            delivered, _queue.InFlight, _window.SlowStartThreshold, advanced && !lossesFound);
        if (allowed is { } segments) _window.Set(_queue.InFlight + segments);
    }

    private bool IsEchoBefore(in AckPass pass, Timestamp sent)
    {
        long tick = _settings.TimestampTick.Ticks;
        return pass.EchoedAt is { } echoed && echoed.Ticks / tick < sent.Ticks / tick;
    }
}
