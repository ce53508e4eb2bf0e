using UserNet.Time;

namespace UserNet.Tcp;

/// <content>The timers: timeout, probe and reordering, of which one runs at a time.</content>
internal sealed partial class LossRecovery
{
    private const int ThinSegments = 4, ThinTimeouts = 6;

    private LossTimer _timer;
    private bool _probing;                        // a probe was asked for and not yet sent
    private bool _hasProbed;                      // and what that probe is good for is not known yet
    private SequenceNumber _probeEnd;             // SND.NXT when the last probe was sent (TLP.end_seq)
    private bool _probeWasRetransmission;         // TLP.is_retrans
    private Timestamp _firstRetransmissionAt = Timestamp.Never;

    /// <summary>When <see cref="OnTimer"/> is to be called; Never when no timer runs.</summary>
    public Timestamp Due { get; private set; }

    /// <summary>Which timer runs.</summary>
    public LossTimer Timer => _timer;

    /// <summary>How often the timeout was doubled since the last sample.</summary>
    public int Backoff => Rtt.Backoff;

    /// <summary>Timeouts in a row without SND.UNA moving; those under a closed window do not count.</summary>
    public ushort Timeouts { get; private set; }

    /// <summary>
    /// When the first retransmission of this trouble left, or the oldest segment when there was none.
    /// </summary>
    public Timestamp FirstTimeoutAt =>
        _firstRetransmissionAt != Timestamp.Never ? _firstRetransmissionAt
        : _queue.Count > 0 ? _queue[_queue.First].SentAt
        : Timestamp.Never;

    /// <summary>The segment to send as a tail loss probe when there is no new data: the last one.</summary>
    public (SequenceNumber Seq, int Length) ProbeRange
    {
        get
        {
            if (_queue.Count == 0) return (_nxt, 0);
            ref SentSegment last = ref _queue[_queue.End - 1];
            SequenceNumber seq = SequenceNumber.Max(last.Seq, _una);
            return (seq, last.End - seq);
        }
    }

    /// <summary>The time that <see cref="Due"/> said has come.</summary>
    /// <returns>What is to be done; the next timer runs already.</returns>
    public LossTimerAction OnTimer(Timestamp now)
    {
        if (now < Due || _timer == LossTimer.None) return LossTimerAction.None;
        _newDataFirst = _retransmissionsWait = false;
        LossTimer expired = _timer;
        if (_queue.Count == 0)
        {
            StopTimer();
            return LossTimerAction.None;
        }

        return expired switch
        {
            LossTimer.Probe => OnProbeDue(now),
            LossTimer.Reordering => OnReorderingOver(now),
            _ => OnTimeout(now),
        };
    }

    private LossTimerAction OnTimeout(Timestamp now)
    {
        _probing = false;
        EnterLoss(now);
        if (!_zeroWindow) Timeouts++;
        if (IsThin) Rtt.Renew();
        else Rtt.BackOff();
        StartTimer(LossTimer.Timeout, now + Rtt.Timeout);
        return LossTimerAction.TimedOut;
    }

    // A few small segments at a time, whose sender waits for each answer: doubling would make it wait for long.
    private bool IsThin => _settings.LinearWhenThin && _queue.Count < ThinSegments && Timeouts is > 0 and <= ThinTimeouts
        && _window.SlowStartThreshold != CongestionWindow.Unlimited;

    // One probe at a time; if it cannot be sent, the timeout runs as if there had been no probe timer.
    private LossTimerAction OnProbeDue(Timestamp now)
    {
        RearmTimeout(now);
        if (_hasProbed) return LossTimerAction.None;
        _probing = true;
        return LossTimerAction.Probe;
    }

    private void OnProbeSent(bool retransmission, Timestamp now)
    {
        _probing = false;
        (_probeEnd, _hasProbed) = (_nxt, true);
        _probeWasRetransmission = retransmission;
        StartTimer(LossTimer.Timeout, Paced(now + Rtt.Timeout, now));
    }

    private LossTimerAction OnReorderingOver(Timestamp now)
    {
        int before = _queue.InFlight;
        uint lost = _queue.TotalLost;
        _order.MarkLost(ref _queue, _rack, ReorderingWindow, now);
        StartTimer(LossTimer.Timeout, HeadTimeout(now));
        if (_queue.InFlight == before) return LossTimerAction.None;
        if (State != CongestionState.Recovery)
        {
            EnterRecovery(congestionSeen: false);
            ReduceWindow(1, lossesFound: _queue.TotalLost != lost, advanced: false);
        }

        return LossTimerAction.Output;
    }

    // RFC 6298 §5.3, and RFC 8985 §7.2: the probe, where one can be, goes before the timeout.
    private void SetTimer(Timestamp now)
    {
        if (!ScheduleProbe(now, restart: true)) RearmTimeout(now);
    }

    private void RearmTimeout(Timestamp now)
    {
        if (_queue.Count == 0) StopTimer();
        else if (_timer is LossTimer.Probe or LossTimer.Reordering) StartTimer(LossTimer.Timeout, Paced(HeadTimeout(now), now));
        else StartTimer(LossTimer.Timeout, Paced(now + Rtt.Timeout, now));
    }

    private Timestamp HeadTimeout(Timestamp now) =>
        Timestamp.Max(_queue[_queue.First].SentAt + Rtt.Timeout, now + TimeSpan.FromMilliseconds(1));

    private bool ScheduleProbe(Timestamp now, bool restart)
    {
        if (!_settings.TailLossProbe || !_sack || _queue.Count == 0) return false;
        if (State is not (CongestionState.Open or CongestionState.Cwr)) return false;
        TimeSpan wait = _settings.InitialTimeout;
        if (Rtt.HasSample)
        {
            // The receiver may delay its ACK of a single segment.
            wait = (2 * Rtt.Smoothed) + (_queue.Count == 1 ? _settings.MinTimeout : _settings.TimerMargin);
        }

        Timestamp due = now + wait;
        Timestamp timeout = restart ? now + Rtt.Timeout : _queue[_queue.First].SentAt + Rtt.Timeout;
        if (timeout > now) due = Timestamp.Min(due, timeout);
        StartTimer(LossTimer.Probe, Paced(due, now));
        return true;
    }

    // What waits for its time to leave is not late: so much longer is its acknowledgment under way.
    private Timestamp Paced(Timestamp due, Timestamp now) => Pacer is { } pacer && pacer.Next > now ? due + (pacer.Next - now) : due;

    private void StartTimer(LossTimer timer, Timestamp due)
    {
        _timer = timer;
        Due = due;
    }

    private void StopTimer()
    {
        _timer = LossTimer.None;
        Due = Timestamp.Never;
    }
}
