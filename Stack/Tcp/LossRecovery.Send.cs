using UserNet.Time;

namespace UserNet.Tcp;

/// <content>What leaves: new data, retransmissions, and how much of either may.</content>
internal sealed partial class LossRecovery
{
    /// <summary>How long to wait after this host itself dropped what was sent (TCP_RESOURCE_PROBE_INTERVAL).</summary>
    public static readonly TimeSpan LocalDropPause = TimeSpan.FromMilliseconds(500);

    private bool _newDataFirst;               // the test of RFC 5682, step 2b
    private bool _retransmissionsWait;        // for the next ACK or timer to say more
    private bool _windowLimits;               // the window was what held the last sending back
    private int _mostOut;                     // segments out, at most, in the round that ends with _usageEnd
    private int _used;                        // segments out, at most, since the window was last in full use
    private SequenceNumber _usageEnd;
    private Timestamp _usageAt;               // when the window was last in full use, or was cut since it was not
    private Timestamp _lastSentAt;

    /// <summary>How many segments, new or again, may leave now. A limited transmit (RFC 3042) is within it.</summary>
    public int Quota => Math.Max(0, _window.Size - _queue.InFlight);

    /// <summary>New data, or a FIN, was sent; a burst in one call.</summary>
    /// <param name="seq">The first sequence number.</param>
    /// <param name="length">The sequence length: octets, and one for a FIN.</param>
    /// <param name="now">The time.</param>
    /// <param name="fin">It ends with a FIN.</param>
    /// <param name="segmentSize">Octets in each segment of a burst but the last; 0 for <see cref="Mss"/>.</param>
    /// <param name="push">It ends a write: the last segment has PSH, also when it goes again.</param>
    /// <param name="isWindowProbe">It was too little for the window for long: no tail loss probe follows it, as in Linux.</param>
    public void OnSent(
        SequenceNumber seq, int length, Timestamp now, bool fin = false, int segmentSize = 0, bool push = false, bool isWindowProbe = false)
    {
        bool wasEmpty = _queue.Count == 0;
        if (_queue.InFlight == 0) _control.OnIdleEnded(now - _lastSentAt, now);
        _lastSentAt = now;
        MustSendCwr = false;
        int segments = AddSegments(seq, length, now, fin, segmentSize > 0 ? segmentSize : Math.Max(1, Mss), push);
        _nxt = seq + length;
        if (IsReducing) _reduction.OnSent(segments);
        Validate(now, _queue.InFlight >= _window.Size);
        if (wasEmpty || _timer == LossTimer.Probe) RearmTimeout(now);
        if (_probing) OnProbeSent(retransmission: false, now);
        else if (!isWindowProbe) ScheduleProbe(now, restart: false);
    }

    /// <summary>True when the segment that ends at a number had PSH when it was first sent.</summary>
    public bool HadPush(SequenceNumber end)
    {
        long position = _queue.Find(end - 1);
        return position < _queue.End && _queue[position].End == end && _queue[position].Has(SegmentMarks.Push);
    }

    /// <summary>When data was last sent, new or again.</summary>
    public Timestamp LastSentAt => _lastSentAt;

    /// <summary>When the oldest segment in flight was last sent; Never when nothing is in flight.</summary>
    public Timestamp HeadSentAt => _queue.Count > 0 ? _queue[_queue.First].SentAt : Timestamp.Never;

    /// <summary>Something waits to be sent and <see cref="Quota"/> does not let it.</summary>
    public void OnQuotaExhausted(Timestamp now) => Validate(now, windowLimits: true);

    /// <summary>
    /// New data is about to be sent: where the profile says so, the window shrinks for the time in which nothing was in
    /// flight. RFC 5681 §4.1.
    /// </summary>
    public void OnIdle(Timestamp now)
    {
        if (!_settings.IdleRestart || _queue.Count > 0) return;
        TimeSpan idle = now - _lastSentAt;
        if (idle <= Rtt.Timeout) return;
        _window.SlowStartThreshold = CurrentThreshold;
        int least = Math.Min(_initialWindow, _window.Size);
        int size = _window.Size;
        for (idle -= Rtt.Timeout; idle > TimeSpan.Zero && size > least; idle -= Rtt.Timeout) size /= 2;
        _window.Set(Math.Max(size, least));
        _usageAt = _lastSentAt = now;
        _used = 0;
    }

    /// <summary>What to send again next: one segment that is lost. RFC 6675 NextSeg(), rule 1.</summary>
    /// <remarks>Ask only while <see cref="Quota"/> is above 0, and tell by <see cref="OnRetransmitted"/>.</remarks>
    public bool TryNextRetransmission(out SequenceNumber seq, out int length) =>
        TryNextRetransmission(1, out seq, out length, out _);

    /// <summary>
    /// What to send again next: adjacent lost segments of one size, the last of which may be shorter.
    /// </summary>
    /// <param name="maxSegments">At most so many.</param>
    /// <param name="seq">The first sequence number.</param>
    /// <param name="length">The sequence length of all.</param>
    /// <param name="segmentSize">Octets in each but the last.</param>
    /// <param name="edge">The number that the peer's window ends with; null for a window without end.</param>
    public bool TryNextRetransmission(int maxSegments, out SequenceNumber seq, out int length, out int segmentSize, SequenceNumber? edge = null)
    {
        (seq, length, segmentSize) = (default, 0, 0);
        if (!FindNext(out long position)) return false;
        seq = SequenceNumber.Max(_queue[position].Seq, _una);
        // What a shrunken window does not cover any more is not sent; the oldest segment is, as a probe. RFC 9293 §3.8.6.
        int room = edge is { } end ? end - seq : int.MaxValue;
        if (room <= 0 && seq != _una) return false;
        if (room > 0 && _settings.CountsBursts && room < Math.Min(Mss, _queue[position].Payload))
        {
            CutAnew(position, room);
            if (!_queue.TryNextLost(out position)) return false;
        }

        if (room > 0 && Mss > 0) maxSegments = Math.Clamp(maxSegments, 1, Math.Max(1, room / Mss));
        else maxSegments = 1;
        ref SentSegment first = ref _queue[position];
        length = first.End - seq;
        segmentSize = length - (first.Length - first.Payload);
        if (seq != first.Seq) return true;
        for (int count = 1; count < maxSegments && CanJoin(position, segmentSize); count++)
            length += _queue[++position].Length;
        return true;
    }

    /// <summary>
    /// Where the segment ends that is to be sent again next, if it is so small that the one behind it fits into the same segment; else null.
    /// RFC 9293 §3.8.1 lets what goes again be put together anew, and Linux does.
    /// </summary>
    /// <param name="edge">The number that the peer's window ends with.</param>
    /// <param name="isJoined">It was put together already: a FIN may follow though it is full now. One that was full at first stays as it is.</param>
    public SequenceNumber? JointOfNext(SequenceNumber edge, bool isJoined)
    {
        if (!FindNext(out long position) || position + 1 >= _queue.End || _queue.EndOfBurst(position) != position + 1) return null;
        ref SentSegment first = ref _queue[position];
        ref SentSegment second = ref _queue[position + 1];
        if (second.Has(SegmentMarks.Sacked | SegmentMarks.Joined) || second.End > edge) return null;
        if (position + 2 < _queue.End && _queue[position + 2].Has(SegmentMarks.Joined)) return null;      // it heads a burst
        SequenceNumber seq = SequenceNumber.Max(first.Seq, _una);
        int most = edge > seq ? Math.Min(edge - seq, Mss) : Mss;
        int octets = first.End - seq;
        return octets + second.Payload <= most && (isJoined || octets < most) ? first.End : null;
    }

    /// <summary>Makes one segment of two, as <see cref="JointOfNext"/> allowed.</summary>
    public void JoinNext()
    {
        if (!FindNext(out long position)) return;
        _queue.Join(position);
        _order.Rebuild(ref _queue);
        if (!_sack) LimitGuess();
    }

    // What is lost and is to be sent again next, in segments of the size that is right now.
    private bool FindNext(out long position)
    {
        position = 0;
        // What was sent again of what is no longer taken for lost counts too: after an undo Linux waits for its acknowledgment.
        if (_retransmissionsWait || _queue.InFlightAgain >= _queue.Lost || !_queue.TryNextLost(out position)) return false;
        return !CutAnew(position, 0) || _queue.TryNextLost(out position);
    }

    /// <summary>A segment, or several adjacent ones, left again.</summary>
    public void OnRetransmitted(SequenceNumber seq, int length, Timestamp now)
    {
        if (_queue.InFlight == 0) _control.OnIdleEnded(now - _lastSentAt, now);
        if (Search is { } search) search.Probing = 0;      // whether it was too large will not be known
        long first = _queue.Find(seq);
        bool isHead = first == _queue.First;
        int segments = 0;
        long next = first;
        for (; next < _queue.End && _queue[next].Seq < seq + length; next++, segments++) SendAgain(next, now);
        if (next < _queue.End) _queue.Part(next);
        TotalRetransmissions += (uint)segments;
        RetransmittedOctets += length;
        _lastSentAt = now;
        if (_probing)
        {
            OnProbeSent(retransmission: true, now);
            return;
        }

        if (_firstRetransmissionAt == Timestamp.Never) _firstRetransmissionAt = now;
        _undoCount = Math.Max(0, _undoCount) + segments;
        if (IsReducing) _reduction.OnSent(segments);
        if (isHead && _timer != LossTimer.Reordering) StartTimer(LossTimer.Timeout, Paced(now + Rtt.Timeout, now));
    }

    /// <summary>
    /// What was to be sent, new or again, was dropped by this host itself: a sign of congestion. What went before is tried again when its
    /// time comes; new data was never sent. As in Linux.
    /// </summary>
    /// <param name="seq">The first sequence number.</param>
    /// <param name="length">The sequence length; 0 of new data.</param>
    /// <param name="now">The time.</param>
    public void OnDropped(SequenceNumber seq, int length, Timestamp now)
    {
        EnterCwr();
        int segments = 0;
        for (long p = _queue.Find(seq); length > 0 && p < _queue.End && _queue[p].Seq < seq + length; p++, segments++)
        {
            _queue[p].SentAt = now;
            _queue[p].Marks |= SegmentMarks.Retransmitted;
        }

        TotalRetransmissions += (uint)segments;
        RetransmittedOctets += length;
        if (length > 0 && _firstRetransmissionAt == Timestamp.Never) _firstRetransmissionAt = now;
        if (length > 0) _undoCount = Math.Max(0, _undoCount) + segments;
        if (!_probing) return;
        _probing = false;
        if (_queue.Count > 0) StartTimer(LossTimer.Timeout, HeadTimeout(now));
    }

    /// <summary>A segment that is larger than the others left: it stands for two of them.</summary>
    public void OnMtuProbeSent() => _window.Set(_window.Size - 1);

    // The window stays as large as it is, in octets.
    private void OnMtuProbeArrived(MtuSearch search)
    {
        _window.Set(Math.Max(1, (int)((long)_window.Size * (Mss + search.Headers) / search.Probing)));
        _window.ClearCredit();
        _window.SlowStartThreshold = CurrentThreshold;
        search.OnArrived();
    }

    // It was too large for the path: that is no congestion.
    private bool IsMtuProbeLost
    {
        get
        {
            if (Search is not { Probing: > 0 } search || State >= CongestionState.Cwr || search.First != _una) return false;
            search.OnLost();
            _window.Set(_window.Size + 1);
            OnMtuReduced(Mss);
            return true;
        }
    }

    /// <summary>The probe would be new data, and that has to wait: the timeout runs as if there had been no probe timer.</summary>
    public void OnProbeHeld() => _probing = false;

    /// <summary>The timeout's retransmission is dropped by this host itself: that says nothing of the path, so it does not double.</summary>
    public void OnTimeoutInVain(Timestamp now)
    {
        Rtt.TakeBackoffBack();
        StartTimer(LossTimer.Timeout, now + LocalDropPause);
    }

    private int AddSegments(SequenceNumber seq, int length, Timestamp now, bool fin, int size, bool push)
    {
        int segments = 0;
        int payload = length - (fin ? 1 : 0);
        do
        {
            bool last = payload <= size;
            int taken = last ? payload + (fin ? 1 : 0) : size;
            SegmentMarks marks = last && fin ? SegmentMarks.Fin : SegmentMarks.None;
            if (last && push) marks |= SegmentMarks.Push;
            if (segments > 0) marks |= SegmentMarks.Joined;
            _queue.Add(seq, taken, now, (uint)Delivered, marks);
            _order.OnSent(ref _queue, _queue.End - 1);
            seq += taken;
            payload -= size;
            segments++;
        }
        while (payload > 0);
        return segments;
    }

    // What goes again leaves in segments of the size that is right now, whatever size it had; the first may have to be smaller.
    private bool CutAnew(long position, int first)
    {
        if (_settings.CountsBursts) _queue.Trim(position, _una);
        long behind = _queue.EndOfBurst(position);
        int size = _queue[position].Payload;
        bool isRight = behind == position + 1 || !_settings.CountsBursts ? size <= Mss : size == Mss;
        if ((isRight && first == 0) || Mss <= 0) return false;
        _queue.Cut(position, Mss, first);
        _order.Rebuild(ref _queue);
        if (!_sack) LimitGuess();
        return true;
    }

    // The next one goes into the same burst: this one is full, and that one is lost and no larger.
    private bool CanJoin(long position, int segmentSize)
    {
        ref SentSegment segment = ref _queue[position];
        return segment.Length == segmentSize && !segment.Has(SegmentMarks.Fin) && position + 1 < _queue.End
            && _queue[position + 1].Has(SegmentMarks.Joined) && _queue.IsToBeSent(position + 1) && _queue[position + 1].Payload <= segmentSize;
    }

    // A probe is not counted in flight twice: it may well be that nothing was lost.
    private void SendAgain(long position, Timestamp now)
    {
        ref SentSegment segment = ref _queue[position];
        segment.SentAt = now;
        segment.DeliveredBefore = (uint)Delivered;
        segment.Marks |= SegmentMarks.Retransmitted;
        if (!_probing) _queue.MarkInFlightAgain(position);
        _order.OnSent(ref _queue, position);
    }

    // Whether the window is in use at all: one that is not must not grow. RFC 2861 §2, RFC 7661 §4, as Linux has it.
    private void Validate(Timestamp now, bool windowLimits)
    {
        if (_una >= _usageEnd || windowLimits || (!_windowLimits && _queue.Count > _mostOut))
        {
            _windowLimits = windowLimits;
            _mostOut = _queue.Count;
            _usageEnd = _nxt;
        }

        if (IsWindowInUse)
        {
            _used = 0;
            _usageAt = now;
            return;
        }

        _used = Math.Max(_used, _queue.Count);
        if (_settings.IdleRestart && now - _usageAt >= Rtt.Timeout) ShrinkUnused(now);
    }

    private bool IsWindowInUse =>
        _windowLimits || (_window.IsInSlowStart && _window.Size < 2L * _mostOut);

    // Half way to what the application used. RFC 2861 §3.2.
    private void ShrinkUnused(Timestamp now)
    {
        int used = Math.Max(_used, _initialWindow);
        if (State == CongestionState.Open && used < _window.Size)
        {
            _window.SlowStartThreshold = CurrentThreshold;
            _window.Set((_window.Size + used) / 2);
        }

        _used = 0;
        _usageAt = now;
    }
}
