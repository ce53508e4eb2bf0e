using UserNet.Time;

namespace UserNet.Tcp;

/// <content>The states, and what leads from one to another.</content>
internal sealed partial class LossRecovery
{
    private bool _testing;              // whether the timeout was spurious is not decided yet. RFC 5682
    private long _counted;              // RFC 6675: records before it were looked at,
    private int _countedSacked;         // and so many of them have a SACK

    // Judges what an acknowledgment that is more than plain progress means.
    private void React(ref AckPass pass)
    {
        bool evident = pass.Duplicates > 0 || (pass.DataSacked && IsLossEvident);
        if (_queue.Count == 0 && _queue.Sacked > 0) _queue.Sacked = 0;
        if (pass.Ece) _undoThreshold = 0;
        if (IsReneging(ref pass)) return;
        if (LeaveStateIfOver(pass)) return;

        bool fresh = false;
        switch (State)
        {
            case CongestionState.Recovery when !StayInRecovery(ref pass, ref evident):
                return;
            case CongestionState.Recovery:
                break;
            case CongestionState.Loss:
                InLoss(ref pass);
                DetectLosses(ref pass);
                if (State != CongestionState.Open && !pass.RetransmissionLost) return;
                if (!OutsideRecovery(ref pass)) return;
                fresh = true;
                break;
            default:
                if (!OutsideRecovery(ref pass)) return;
                fresh = true;
                break;
        }

        if (!_settings.Rack && evident && _sack) DetectByCount(fresh);
        pass.NeedsOutput = true;
    }

    // A SACKed segment became the oldest: the receiver dropped it. The timeout, brought forward, will start afresh.
    private bool IsReneging(ref AckPass pass)
    {
        if (!pass.Reneging) return false;
        TimeSpan delay = Rtt.Smoothed / 2;
        TimeSpan least = TimeSpan.FromMilliseconds(10);
        StartTimer(LossTimer.Timeout, pass.Now + (delay > least ? delay : least));
        pass.SetTimer = false;
        _retransmissionsWait = true;
        return true;
    }

    // Everything that was in flight when the state began is acknowledged.
    private bool LeaveStateIfOver(in AckPass pass)
    {
        if (State == CongestionState.Open)
        {
            _firstRetransmissionAt = Timestamp.Never;
            return false;
        }

        if (_una < _recoveryPoint) return false;
        switch (State)
        {
            case CongestionState.Cwr when _una != _recoveryPoint:      // so that the CWR bit has reached the receiver
                EndReduction();
                State = CongestionState.Open;
                break;
            case CongestionState.Recovery:
                if (!_sack) _queue.Sacked = 0;
                if (UndoAtEnd(pass)) return true;
                EndReduction();
                break;
        }

        return false;
    }

    // False when nothing is left to decide.
    private bool StayInRecovery(ref AckPass pass, ref bool evident)
    {
        if (!pass.Advanced)
        {
            if (!_sack) GuessSacked(pass.Duplicates);
        }
        else if (UndoPartly(pass, ref evident))
        {
            return false;
        }

        if (UndoByDsack()) TryToOpen(pass);
        DetectLosses(ref pass);
        if (State == CongestionState.Recovery) return true;
        if (!IsTimeToRecover) return false;
        EnterRecovery(pass.Ece);
        return true;
    }

    // True when recovery begins.
    private bool OutsideRecovery(ref AckPass pass)
    {
        if (!_sack)
        {
            if (pass.Advanced) _queue.Sacked = 0;
            GuessSacked(pass.Duplicates);
        }

        if (State <= CongestionState.Disorder) UndoByDsack();
        DetectLosses(ref pass);
        if (!IsTimeToRecover)
        {
            TryToOpen(pass);
            return false;
        }

        if (IsMtuProbeLost) return false;
        EnterRecovery(pass.Ece);
        return true;
    }

    private bool IsTimeToRecover =>
        _queue.Lost > 0 || (!_settings.Rack && _queue.Sacked + 1 > Reordering);

    private bool IsLossEvident => HighestSacked - _una > (long)Reordering * Mss;

    private void TryToOpen(in AckPass pass)
    {
        if (!IsAnythingSentAgain) _firstRetransmissionAt = Timestamp.Never;
        if (pass.Ece) EnterCwr();
        if (State != CongestionState.Cwr) KeepOpen();
    }

    private void KeepOpen()
    {
        bool disorder = _queue.Sacked + _queue.Lost > 0 || IsAnythingSentAgain;
        CongestionState state = disorder ? CongestionState.Disorder : CongestionState.Open;
        if (State == state) return;
        State = state;
        _recoveryPoint = _nxt;
    }

    private bool IsAnythingSentAgain =>
        _queue.InFlightAgain > 0
        || (_queue.Count > 0 && _queue[_queue.First].Has(SegmentMarks.Retransmitted));

    private void BeginReduction()
    {
        _recoveryPoint = _nxt;
        _hasProbed = false;
        _window.ClearCredit();
        _undoWindow = _window.Size;
        _reduction.Begin(_window.Size);
        _window.SlowStartThreshold = _control.ReducedThreshold(_window.Size);
        MustSendCwr = true;
    }

    private void EndReduction()
    {
        if (_window.SlowStartThreshold != CongestionWindow.Unlimited
            && (State == CongestionState.Cwr || _mayBeUndone))
        {
            _window.Set(_window.SlowStartThreshold);
        }
    }

    // RFC 3168 §6.1.2: once a round trip, as for a loss, without anything to send again.
    private void EnterCwr()
    {
        _undoThreshold = 0;
        if (State >= CongestionState.Cwr) return;
        _mayBeUndone = false;
        BeginReduction();
        State = CongestionState.Cwr;
    }

    private void EnterRecovery(bool congestionSeen)
    {
        if (!IsAnythingSentAgain) _firstRetransmissionAt = Timestamp.Never;
        _undoThreshold = 0;
        BeginUndo();
        if (!IsReducing)
        {
            if (!congestionSeen) _undoThreshold = CurrentThreshold;
            BeginReduction();
        }

        State = CongestionState.Recovery;
    }

    // The retransmission timeout: everything counts as lost that has had its time. RFC 5681 §3.1, RFC 6298 §5.
    private void EnterLoss(Timestamp now)
    {
        bool first = State < CongestionState.Recovery;
        MarkAllLost(now);
        if (State <= CongestionState.Disorder || _recoveryPoint <= _una
            || (State == CongestionState.Loss && Timeouts == 0))
        {
            _undoThreshold = CurrentThreshold;
            _undoWindow = _window.Size;
            _window.SlowStartThreshold = _control.ReducedThreshold(_window.Size);
            BeginUndo();
        }

        _control.OnTimeout();
        _window.Set(_queue.InFlight + 1);
        _window.ClearCredit();
        if (State <= CongestionState.Disorder && _queue.Sacked >= _settings.Reordering)
            Reordering = Math.Min(Reordering, _settings.Reordering);
        State = CongestionState.Loss;
        _recoveryPoint = _nxt;
        _hasProbed = false;
        MustSendCwr = true;
        _testing = _settings.Frto && (first || Timeouts > 0);
    }

    private void MarkAllLost(Timestamp now)
    {
        bool reneged = _sack && _queue[_queue.First].Has(SegmentMarks.Sacked);
        if (reneged) _queue.ForgetSacks();      // RFC 2018 §8: the receiver may have dropped them
        else if (!_sack) _queue.Sacked = 0;
        if (reneged) _counted = _countedSacked = 0;
        bool isOldest = true;      // or left in one burst with it
        for (long p = _queue.First; p < _queue.End; p++)
        {
            // What was sent only just may still arrive, and RACK will tell. RFC 8985 §6.3.
            isOldest = p == _queue.First || (isOldest && _queue[p].Has(SegmentMarks.Joined));
            bool recent = _settings.Rack && _sack && !reneged && !isOldest && now - _queue[p].SentAt < _rack.Rtt;
            if (!recent) _queue.MarkLost(p);
        }

        _order.PutLostAside(ref _queue);
    }

    private void InLoss(ref AckPass pass)
    {
        bool recovered = _una >= _recoveryPoint;
        if (pass.Advanced && UndoLoss(pass, spurious: false)) return;
        if (_testing && IsTestGoingOn(ref pass, recovered)) return;
        if (recovered)
        {
            UndoAtEnd(pass);
            return;
        }

        if (!_sack)
        {
            if (_nxt > _recoveryPoint && pass.Duplicates > 0) GuessSacked(pass.Duplicates);
            else if (pass.Advanced) _queue.Sacked = 0;
        }

        pass.NeedsOutput = true;
    }

    /// <summary>The new data that was to show whether the timeout was spurious can't leave: what is lost goes again.</summary>
    /// <returns>True where that waited.</returns>
    public bool EndTest()
    {
        if (!_newDataFirst) return false;
        _newDataFirst = _retransmissionsWait = _testing = false;
        return true;
    }

    // RFC 5682 §2.1 and §3.1 as one: with SACK, what arrived is known and not guessed. False when the loss was real, or
    // nothing was learnt.
    private bool IsTestGoingOn(ref AckPass pass, bool recovered)
    {
        if (pass.OriginalArrived && UndoLoss(pass, spurious: true)) return true;      // step 3b
        if (_nxt > _recoveryPoint)
        {
            if (pass.DataSacked || pass.Duplicates > 0) _testing = false;             // step 3a
            return false;
        }

        if (!pass.Advanced || recovered) return false;
        _recoveryPoint = _nxt;
        _testing = pass.NewDataReady;
        if (!_testing) return false;
        _newDataFirst = _retransmissionsWait = pass.NeedsOutput = true;               // step 2b
        return true;
    }
}
