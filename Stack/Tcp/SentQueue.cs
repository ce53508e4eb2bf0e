using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// What is in flight: a ring of records in the order of sequence numbers, one for each segment, and how many of them
/// bear
/// which mark.
/// </summary>
/// <remarks>
/// A record's position counts from the first that was ever sent, so it holds while others come and go. Nothing here
/// walks
/// over the window but what the retransmission timeout and its undoing ask for: a record is found by halving, and
/// SACKed
/// runs are hopped over, the hops growing as they are used. To be held in a field, never copied. Gate held.
/// </remarks>
internal struct SentQueue(SentQueuePool pool)
{
    private LostHeap? _lost;      // made by the first loss
    private SentSegment[] _ring = [];
    private int _mask = -1;

    /// <summary>Where arrays come from and go to.</summary>
    public readonly SentQueuePool Pool => pool;

    /// <summary>The position of the oldest record.</summary>
    public long First { get; private set; }

    /// <summary>How many records there are (packets_out).</summary>
    public int Count { get; private set; }

    /// <summary>The position of the next record.</summary>
    public long End => First + Count;

    /// <summary>How many arrived out of order; of a peer without SACK, as many as duplicate ACKs came.</summary>
    public int Sacked { get; set; }

    /// <summary>How many are taken for lost, sent again or not.</summary>
    public int Lost { get; private set; }

    /// <summary>How many retransmissions are in flight.</summary>
    public int InFlightAgain { get; private set; }

    /// <summary>Segments in the network (pipe). RFC 6675 §4, as Linux counts it.</summary>
    public int InFlight => Count - Sacked - Lost + InFlightAgain;

    /// <summary>How many segments were ever taken for lost.</summary>
    public long TotalLost { get; private set; }

    /// <summary>
    /// The position after the last record with a SACK; at most <see cref="First"/> when there is none.
    /// </summary>
    public long AfterLastSacked { get; private set; }

    /// <summary>How many records were looked at: what work costs, for tests to count.</summary>
    public uint Steps { get; set; }

    /// <summary>True while it holds an array of the pool.</summary>
    public bool HoldsArrays => _ring.Length > 0;

    /// <summary>The record at a position from <see cref="First"/> to before <see cref="End"/>.</summary>
    public ref SentSegment this[long position] => ref _ring[(int)position & _mask];

    /// <summary>Adds what was sent just now.</summary>
    public void Add(SequenceNumber seq, int length, Timestamp now, uint deliveredBefore, SegmentMarks marks)
    {
        if (Count == _ring.Length) Grow(Count + 1);
        Count++;
        this[End - 1] = new SentSegment
        {
            Seq = seq,
            Length = length,
            SentAt = now,
            DeliveredBefore = deliveredBefore,
            Marks = marks,
        };
    }

    /// <summary>The first record whose end lies behind a number; <see cref="End"/> when none does.</summary>
    public long Find(SequenceNumber seq)
    {
        long low = First, high = End;
        while (low < high)
        {
            Steps++;
            long middle = low + ((high - low) >> 1);
            if (this[middle].End > seq) high = middle;
            else low = middle + 1;
        }

        return low;
    }

    /// <summary>The first record without a SACK from a position on; <see cref="End"/> when there is none.</summary>
    public long NextUnsacked(long position)
    {
        long found = position;
        while (found < End && this[found].Has(SegmentMarks.Sacked))
        {
            Steps++;
            found += this[found].NextHop;
        }

        for (long p = position; p < found;)      // the next search takes one hop where this one took many
        {
            int hop = this[p].NextHop;
            this[p].NextHop = (int)(found - p);
            p += hop;
        }

        return found;
    }

    /// <summary>Notes that a record without a SACK has one now.</summary>
    public void MarkSacked(long position)
    {
        Steps++;
        ref SentSegment segment = ref this[position];
        if (segment.Has(SegmentMarks.Lost))
        {
            Lost--;
            if (segment.Has(SegmentMarks.InFlightAgain)) InFlightAgain--;
            segment.Marks &= ~(SegmentMarks.Lost | SegmentMarks.InFlightAgain);
        }

        // A retransmission of what was never taken for lost, or no longer is, is still believed to be in flight.
        segment.Marks |= SegmentMarks.Sacked;
        segment.NextHop = 1;
        Sacked++;
        AfterLastSacked = Math.Max(AfterLastSacked, position + 1);
    }

    /// <summary>Takes a record for lost, or its retransmission when one is in flight.</summary>
    public void MarkLost(long position)
    {
        Steps++;
        ref SentSegment segment = ref this[position];
        if (segment.Has(SegmentMarks.Sacked)) return;
        if (IsToBeSent(position)) return;
        if (!segment.Has(SegmentMarks.Lost)) Lost++;
        segment.Marks |= SegmentMarks.Lost;
        EndRetransmission(ref segment);
        TotalLost++;
        (_lost ??= new LostHeap(pool)).Add(position);
    }

    /// <summary>Notes that a record was sent again, as a retransmission that is counted in flight.</summary>
    public void MarkInFlightAgain(long position)
    {
        ref SentSegment segment = ref this[position];
        if (!segment.Has(SegmentMarks.InFlightAgain)) InFlightAgain++;
        segment.Marks |= SegmentMarks.InFlightAgain | SegmentMarks.Retransmitted;
    }

    /// <summary>A retransmission has left the network.</summary>
    public void EndRetransmission(ref SentSegment segment)
    {
        if (!segment.Has(SegmentMarks.InFlightAgain)) return;
        segment.Marks &= ~SegmentMarks.InFlightAgain;
        InFlightAgain--;
    }

    /// <summary>The oldest record that is lost and not in flight again.</summary>
    public bool TryNextLost(out long position)
    {
        position = 0;
        while (_lost?.TryPeek(out position) == true)
        {
            Steps++;
            if (position >= First && IsToBeSent(position)) return true;
            _lost.RemoveFirst();
        }

        return false;
    }

    /// <summary>True when a record is lost and not in flight again.</summary>
    public bool IsToBeSent(long position) =>
        (this[position].Marks & (SegmentMarks.Lost | SegmentMarks.InFlightAgain)) == SegmentMarks.Lost;

    /// <summary>Takes the oldest record out: it is acknowledged.</summary>
    /// <param name="countsSacks">False when the number of SACKs is the caller's guess.</param>
    public void RemoveFirst(bool countsSacks)
    {
        Steps++;
        ref SentSegment segment = ref this[First];
        if (segment.Has(SegmentMarks.InFlightAgain)) InFlightAgain--;
        if (segment.Has(SegmentMarks.Lost)) Lost--;
        if (countsSacks && segment.Has(SegmentMarks.Sacked)) Sacked--;
        First++;
        if (--Count == 0) Release();
    }

    /// <summary>Makes one record of the two oldest, of which the second has no SACK; it is at the second's position.</summary>
    public void JoinOldest()
    {
        Steps++;
        SentSegment first = this[First];
        ref SentSegment second = ref this[First + 1];
        if (second.Has(SegmentMarks.Lost)) Lost--;
        if (second.Has(SegmentMarks.InFlightAgain)) InFlightAgain--;
        SegmentMarks kept = second.Marks & (SegmentMarks.Fin | SegmentMarks.Push | SegmentMarks.Retransmitted);
        second = first with { Length = first.Length + second.Length, Marks = first.Marks | kept };
        First++;
        Count--;
        if (IsToBeSent(First)) (_lost ??= new LostHeap(pool)).Add(First);
    }

    /// <summary>Takes every loss back: none was one. Walks over the window.</summary>
    public void UnmarkLosses()
    {
        for (long p = First; p < End; p++) this[p].Marks &= ~SegmentMarks.Lost;
        Lost = 0;
        _lost?.Clear();
    }

    /// <summary>Forgets the SACKs: the receiver went back on them. Walks over the window.</summary>
    public void ForgetSacks()
    {
        for (long p = First; p < End; p++) this[p].Marks &= ~SegmentMarks.Sacked;
        Sacked = 0;
        AfterLastSacked = First;
    }

    /// <summary>Forgets everything, and gives the arrays back.</summary>
    public void Clear()
    {
        First = End;
        Count = Sacked = Lost = InFlightAgain = 0;
        Release();
    }

    /// <summary>
    /// Cuts payloads into pieces of at most so many octets; the positions of later records change. What left as one burst is cut as one,
    /// without regard to where its segments ended, as Linux does.
    /// </summary>
    public void Cut(int largest)
    {
        SentSegment[] old = _ring;
        (long first, long end, int mask) = (First, End, _mask);
        _ring = [];
        _mask = -1;
        _lost?.Clear();
        Count = Sacked = Lost = InFlightAgain = 0;
        AfterLastSacked = First;
        for (long p = first; p < end; p++)
        {
            SentSegment whole = old[(int)p & mask];
            while (p + 1 < end && IsOneBurst(whole, old[(int)(p + 1) & mask]))
            {
                ref readonly SentSegment next = ref old[(int)++p & mask];
                whole.Length += next.Length;
                whole.Marks |= next.Marks & (SegmentMarks.Push | SegmentMarks.Fin);
            }

            AddInPieces(whole, largest);
        }

        pool.Return(old);
    }

    private static bool IsOneBurst(in SentSegment whole, in SentSegment next)
    {
        const SegmentMarks Free = SegmentMarks.Joined | SegmentMarks.Push | SegmentMarks.Fin;
        return next.Has(SegmentMarks.Joined) && (whole.Marks & ~Free) == (next.Marks & ~Free) && whole.SentAt == next.SentAt
            && whole.DeliveredBefore == next.DeliveredBefore;
    }

    private void AddInPieces(in SentSegment whole, int largest)
    {
        for (int done = 0; done < whole.Length;)
        {
            bool last = whole.Payload - done <= largest;
            int length = last ? whole.Length - done : largest;
            SegmentMarks kept = whole.Marks & ~(SegmentMarks.Lost | SegmentMarks.InFlightAgain | SegmentMarks.Sacked);
            if (!last) kept &= ~(SegmentMarks.Fin | SegmentMarks.Push);
            if (done > 0) kept |= SegmentMarks.Joined;
            Add(whole.Seq + done, length, whole.SentAt, whole.DeliveredBefore, kept);
            if (whole.Has(SegmentMarks.Lost)) MarkLost(End - 1);
            if (whole.Has(SegmentMarks.InFlightAgain)) MarkInFlightAgain(End - 1);
            if (whole.Has(SegmentMarks.Sacked)) MarkSacked(End - 1);
            done += length;
        }
    }

    private void Grow(int least)
    {
        SentSegment[] larger = pool.RentSegments(least);
        int mask = larger.Length - 1;
        for (long p = First; p < End; p++) larger[(int)p & mask] = this[p];
        pool.Return(_ring);
        _ring = larger;
        _mask = mask;
    }

    private void Release()
    {
        pool.Return(_ring);
        _ring = [];
        _mask = -1;
        _lost?.Clear();
    }
}
