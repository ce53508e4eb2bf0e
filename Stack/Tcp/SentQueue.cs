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
    // What the segments of a burst have in common, or it is none any more.
    private const SegmentMarks Fate = SegmentMarks.Sacked | SegmentMarks.Lost | SegmentMarks.InFlightAgain | SegmentMarks.Retransmitted;

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

    /// <summary>How many bursts the records stand for: what left as one packet and was not cut since.</summary>
    public int Bursts { get; private set; }

    /// <summary>How many segments were ever taken for lost.</summary>
    public uint TotalLost { get; private set; }

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
        if ((marks & SegmentMarks.Joined) == 0) Bursts++;
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
        if (!segment.Has(SegmentMarks.Joined)) Bursts--;
        First++;
        if (--Count == 0) Release();
        else Part(First);
    }

    /// <summary>What was one burst is two from a record on.</summary>
    public void Part(long position)
    {
        if (!this[position].Has(SegmentMarks.Joined)) return;
        this[position].Marks &= ~SegmentMarks.Joined;
        Bursts++;
    }

    /// <summary>The position behind the last record of the burst that one is in.</summary>
    public long EndOfBurst(long position)
    {
        SegmentMarks marks = this[position].Marks & Fate;
        do position++;
        while (position < End && this[position].Has(SegmentMarks.Joined) && (this[position].Marks & Fate) == marks);
        return position;
    }

    /// <summary>What of a record is acknowledged goes.</summary>
    public void Trim(long position, SequenceNumber una)
    {
        ref SentSegment segment = ref this[position];
        if (segment.Seq >= una) return;
        segment.Length = segment.End - una;
        segment.Seq = una;
    }

    /// <summary>
    /// The oldest burst is acknowledged in part: its segments begin anew behind that, as Linux counts them. The records must be as many as the
    /// segments are then.
    /// </summary>
    /// <param name="una">Where what is left of it begins.</param>
    /// <param name="end">The position behind its last record.</param>
    /// <param name="size">Octets in each segment but the last.</param>
    public void Shift(SequenceNumber una, long end, int size)
    {
        SequenceNumber last = this[end - 1].End;
        for (long p = First; p < end; p++)
        {
            Steps++;
            this[p].Seq = una;
            this[p].Length = p == end - 1 ? last - una : size;
            una += size;
        }
    }

    /// <summary>Makes one record of two, of which the second has no SACK; those before them are one position later. Walks over them.</summary>
    /// <param name="position">The first of both.</param>
    public void Join(long position)
    {
        SentSegment first = this[position];
        ref SentSegment second = ref this[position + 1];
        if (second.Has(SegmentMarks.Lost)) Lost--;
        if (second.Has(SegmentMarks.InFlightAgain)) InFlightAgain--;
        SegmentMarks kept = second.Marks & (SegmentMarks.Fin | SegmentMarks.Push | SegmentMarks.Retransmitted);
        second = first with { Length = first.Length + second.Length, Marks = first.Marks | kept };
        for (long p = position; p > First; p--)
        {
            Steps++;
            this[p] = this[p - 1];
        }

        if (AfterLastSacked <= position) AfterLastSacked++;
        First++;
        Count--;
        Bursts--;
        _lost?.Clear();
        for (long p = First; p < End; p++)
        {
            if (IsToBeSent(p)) (_lost ??= new LostHeap(pool)).Add(p);
        }
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
        Count = Bursts = Sacked = Lost = InFlightAgain = 0;
        Release();
    }

    /// <summary>
    /// Cuts a burst anew, into segments of at most so many octets, without regard to where they ended, as Linux does; the positions of later
    /// records change.
    /// </summary>
    /// <param name="position">Of its first record.</param>
    /// <param name="largest">Octets of a segment.</param>
    /// <param name="head">Octets of the first, which leaves alone; 0 for one like the others.</param>
    public void Cut(long position, int largest, int head = 0)
    {
        SentSegment[] old = _ring;
        (long first, long end, long behind, int mask) = (First, End, EndOfBurst(position), _mask);
        (int sacked, uint total) = (Sacked, TotalLost);
        _ring = [];
        _mask = -1;
        _lost?.Clear();
        Count = Bursts = Sacked = Lost = InFlightAgain = 0;
        AfterLastSacked = First;
        for (long p = first; p < end; p++)
        {
            SentSegment whole = old[(int)p & mask];
            if (p != position)
            {
                AddInPieces(whole, int.MaxValue, whole.Has(SegmentMarks.Joined));
                continue;
            }

            while (p + 1 < behind)
            {
                ref readonly SentSegment next = ref old[(int)++p & mask];
                whole.Length += next.Length;
                whole.Marks |= next.Marks & (SegmentMarks.Push | SegmentMarks.Fin);
            }

            if (head > 0)
            {
                AddInPieces(whole with { Length = head, Marks = whole.Marks & ~(SegmentMarks.Push | SegmentMarks.Fin) }, head, isJoined: false);
                whole = whole with { Seq = whole.Seq + head, Length = whole.Length - head };
            }

            AddInPieces(whole, largest, isJoined: false);
        }

        TotalLost = total;
        if (Sacked == 0) Sacked = sacked;      // of a peer without SACK they are a guess that no record has
        pool.Return(old);
    }

    private void AddInPieces(in SentSegment whole, int largest, bool isJoined)
    {
        for (int done = 0; done < whole.Length;)
        {
            bool last = whole.Payload - done <= largest;
            int length = last ? whole.Length - done : largest;
            SegmentMarks kept = whole.Marks & ~(SegmentMarks.Lost | SegmentMarks.InFlightAgain | SegmentMarks.Sacked | SegmentMarks.Joined);
            if (!last) kept &= ~(SegmentMarks.Fin | SegmentMarks.Push);
            if (done > 0 || isJoined) kept |= SegmentMarks.Joined;
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
