using UserNet.Time;

namespace UserNet.Tcp;

/// <content>
/// Taking a reduction back when it turns out that nothing was lost: by timestamps (Eifel, RFC 3522 and 4015), by
/// duplicates
/// (RFC 2883, 3708), or by what arrived (RFC 5682). And the judgment on a tail loss probe.
/// </content>
internal sealed partial class LossRecovery
{
    private SequenceNumber _undoFrom;       // SND.UNA when the reduction began
    private bool _mayBeUndone;              // the reduction, if there was one, can be taken back
    private int _undoCount = -1;            // retransmissions of which no duplicate was told; -1 while there was none
    private int _undoThreshold;             // what ssthresh goes back to; 0 when it must not
    private int _undoWindow;                // what cwnd goes back to

    private void BeginUndo()
    {
        (_undoFrom, _mayBeUndone) = (_una, true);
        _undoCount = _queue.InFlightAgain + (_hasProbed && _probeWasRetransmission ? 1 : 0);
        if (_undoCount == 0) _undoCount = -1;      // 0 says that all of them were needless
    }

    private bool MayUndo(in AckPass pass) => _mayBeUndone && (_undoCount == 0 || IsDelayed(pass));

    // What was acknowledged is the first transmission: its echo is older than any retransmission, or there was none, of
    // which a state that is held to its end without SACK has lost the memory.
    private bool IsDelayed(in AckPass pass) => _firstRetransmissionAt == Timestamp.Never
        ? _sack || _una < _recoveryPoint
        : IsEchoBefore(pass, _firstRetransmissionAt);

    private void UndoReduction(bool unmarkLosses)
    {
        if (unmarkLosses)
        {
            _queue.UnmarkLosses();
            _order.TakeBack(ref _queue);
            _counted = 0;
        }

        if (_undoThreshold > 0)
        {
            _window.Set(Math.Max(_window.Size, _undoWindow));
            if (_undoThreshold > _window.SlowStartThreshold)
            {
                _window.SlowStartThreshold = _undoThreshold;
                MustSendCwr = false;
            }
        }

        _mayBeUndone = false;
        _rack.HasAdvanced = true;
    }

    // At the end of a recovery. True when the state is held since only more progress can tell (no SACK).
    private bool UndoAtEnd(in AckPass pass)
    {
        if (MayUndo(pass)) UndoReduction(unmarkLosses: false);
        else _rack.OnRecovered();
        if (IsHeld) return true;
        State = CongestionState.Open;
        return false;
    }

    // RFC 6582 §3.2: ACKs of just what was in flight may be echoes of needless retransmissions.
    private bool IsHeld
    {
        get
        {
            if (_sack || _una != _recoveryPoint) return false;
            if (!IsAnythingSentAgain) _firstRetransmissionAt = Timestamp.Never;
            return true;
        }
    }

    // Progress within a recovery. True when nothing more is to be marked or sent again.
    private bool UndoPartly(in AckPass pass, ref bool evident)
    {
        if (!_mayBeUndone || !IsDelayed(pass))
        {
            evident = IsLossEvident;
            return false;
        }

        // The hole was filled by what was late, not by a retransmission.
        NoteReordering(pass.PriorUna);
        if (_queue.InFlightAgain > 0)
        {
            _retransmissionsWait = true;
            return true;
        }

        if (!IsAnythingSentAgain) _firstRetransmissionAt = Timestamp.Never;
        UndoReduction(unmarkLosses: true);
        KeepOpen();
        return false;
    }

    private bool UndoByDsack()
    {
        if (!_mayBeUndone || _undoCount != 0) return false;
        _rack.OnUndone();
        UndoReduction(unmarkLosses: false);
        return true;
    }

    private bool UndoLoss(in AckPass pass, bool spurious)
    {
        if (!spurious && !MayUndo(pass)) return false;
        UndoReduction(unmarkLosses: true);
        Timeouts = 0;
        if (IsHeld) return true;
        if (spurious || _sack) State = CongestionState.Open;
        return true;
    }

    // RFC 8985 §7.4: a probe that went again and was needed has filled a hole: a loss, which is answered as one.
    private void JudgeProbe(in AckPass pass, SequenceNumber ack)
    {
        if (!_hasProbed || ack < _probeEnd) return;
        if (!_probeWasRetransmission || pass.ProbeDsack)
        {
            _hasProbed = false;
        }
        else if (ack > _probeEnd)
        {
            BeginReduction();
            State = CongestionState.Cwr;
            EndReduction();
            KeepOpen();
        }
        else if (!pass.Advanced && !pass.NotDuplicate && !pass.DataAcked && !pass.DataSacked)
        {
            _hasProbed = false;      // a plain duplicate: both arrived
        }
    }
}
