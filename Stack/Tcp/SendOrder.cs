using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// What is in flight in the order in which it was last sent, for RACK to look at the oldest first: first transmissions
/// by
/// their order in the queue, and retransmissions in a ring of their own.
/// </summary>
/// <remarks>Each transmission is passed once, so the work does not grow with the window. To be held in a
/// field, never copied; the queue that it orders is handed in. Gate held.</remarks>
internal struct SendOrder()
{
    private const SegmentMarks Passed = SegmentMarks.Sacked | SegmentMarks.Judged | SegmentMarks.Retransmitted;

    private long _oldest;           // first transmissions before it are delivered, judged or sent again
    private long _before;           // those before it were sent before the one that RACK goes by
    private Retransmission[] _ring = [];
    private int _mask = -1;
    private long _first, _end;      // of the ring
    private long _ringBefore;

    /// <summary>True while it holds an array of the pool.</summary>
    public bool HoldsArrays => _ring.Length > 0;

    /// <summary>A segment was sent again.</summary>
    public void OnRetransmitted(ref SentQueue queue, long position, Timestamp now)
    {
        DropOld(ref queue);
        if (_end - _first == _ring.Length) Grow(ref queue);
        At(_end++) = new Retransmission { Position = position, SentAt = now };
    }

    /// <summary>Takes for lost what is overdue by more than the window. RFC 8985 §6.2, step 5.</summary>
    /// <returns>How long until the last would be lost that is not yet; null when there is none.</returns>
    public TimeSpan? MarkLost(ref SentQueue queue, in RackDetection rack, TimeSpan window, Timestamp now)
    {
        Timestamp overdue = now - (rack.Rtt + window);
        MarkFirstTransmissions(ref queue, rack, overdue);
        MarkRetransmissions(ref queue, rack, overdue);
        Timestamp? last = LastFirstTransmission(ref queue, rack);
        if (LastRetransmission(ref queue, rack) is { } again && !(again < last)) last = again;
        return last is { } sentAt ? sentAt - overdue : null;
    }

    /// <summary>Looks at everything again: losses were taken back, or positions changed.</summary>
    public void Restart(ref SentQueue queue)
    {
        _oldest = _before = queue.First;
        for (long p = queue.First; p < queue.End; p++) queue[p].BackHop = 0;
    }

    /// <summary>Forgets everything, and gives the array back.</summary>
    public void Clear(ref SentQueue queue)
    {
        queue.Pool.Return(_ring);
        _ring = [];
        _mask = -1;
        _first = _end = _ringBefore = 0;
    }

    private void MarkFirstTransmissions(ref SentQueue queue, in RackDetection rack, Timestamp overdue)
    {
        for (_oldest = Math.Max(_oldest, queue.First); _oldest < queue.End; _oldest++)
        {
            queue.Steps++;
            ref SentSegment segment = ref queue[_oldest];
            if (segment.Has(Passed | SegmentMarks.Lost)) continue;
            if (!rack.IsSentBefore(segment.SentAt, segment.End) || segment.SentAt > overdue) return;
            queue.MarkLost(_oldest);
            segment.Marks |= SegmentMarks.Judged;
        }
    }

    private void MarkRetransmissions(ref SentQueue queue, in RackDetection rack, Timestamp overdue)
    {
        for (DropOld(ref queue); _first < _end; DropOld(ref queue))
        {
            long position = At(_first).Position;
            ref SentSegment segment = ref queue[position];
            if (!rack.IsSentBefore(segment.SentAt, segment.End) || segment.SentAt > overdue) return;
            queue.MarkLost(position);
            _first++;
        }
    }

    private Timestamp? LastFirstTransmission(ref SentQueue queue, in RackDetection rack)
    {
        for (_before = Math.Max(_before, _oldest); _before < queue.End; _before++)
        {
            queue.Steps++;
            ref SentSegment segment = ref queue[_before];
            if (!segment.Has(Passed | SegmentMarks.Lost) && !rack.IsSentBefore(segment.SentAt, segment.End)) break;
        }

        long found = _before - 1;
        while (found >= _oldest && queue[found].Has(Passed | SegmentMarks.Lost))
        {
            queue.Steps++;
            found -= Math.Max(1, queue[found].BackHop);
        }

        for (long p = _before - 1; p > found && p >= _oldest;)
        {
            int hop = Math.Max(1, queue[p].BackHop);
            queue[p].BackHop = (int)(p - found);
            p -= hop;
        }

        return found >= _oldest ? queue[found].SentAt : null;
    }

    private Timestamp? LastRetransmission(ref SentQueue queue, in RackDetection rack)
    {
        for (_ringBefore = Math.Max(_ringBefore, _first); _ringBefore < _end; _ringBefore++)
        {
            queue.Steps++;
            if (Matters(ref queue, _ringBefore) && !IsSentBefore(ref queue, rack, _ringBefore)) break;
        }

        long found = _ringBefore - 1;
        while (found >= _first && !Matters(ref queue, found))
        {
            queue.Steps++;
            found -= Math.Max(1, At(found).BackHop);
        }

        for (long p = _ringBefore - 1; p > found && p >= _first;)
        {
            int hop = Math.Max(1, At(p).BackHop);
            At(p).BackHop = (int)(p - found);
            p -= hop;
        }

        return found >= _first ? At(found).SentAt : null;
    }

    private bool IsSentBefore(ref SentQueue queue, in RackDetection rack, long index)
    {
        ref SentSegment segment = ref queue[At(index).Position];
        return rack.IsSentBefore(segment.SentAt, segment.End);
    }

    // It is the last transmission of a segment that neither arrived nor is taken for lost again.
    private bool Matters(ref SentQueue queue, long index)
    {
        ref Retransmission again = ref At(index);
        return again.Position >= queue.First && again.Position < queue.End
            && queue[again.Position].SentAt == again.SentAt
            && !queue[again.Position].Has(SegmentMarks.Sacked)
            && !queue.IsToBeSent(again.Position);
    }

    private void DropOld(ref SentQueue queue)
    {
        for (; _first < _end && !Matters(ref queue, _first); _first++) queue.Steps++;
        if (_first == _end && _ring.Length > 0) Clear(ref queue);
    }

    private ref Retransmission At(long index) => ref _ring[(int)index & _mask];

    private void Grow(ref SentQueue queue)
    {
        Retransmission[] larger = queue.Pool.RentRetransmissions(_ring.Length + 1);
        int mask = larger.Length - 1;
        for (long i = _first; i < _end; i++) larger[(int)i & mask] = At(i);
        queue.Pool.Return(_ring);
        _ring = larger;
        _mask = mask;
    }
}
