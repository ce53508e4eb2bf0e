using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>
/// What is in flight in the order in which it was last sent, for RACK to look at the oldest first: two chains through the records of a
/// <see cref="SentQueue"/>. In the first is what may yet arrive, in the second what is taken for lost without RACK having said so.
/// </summary>
/// <remarks>
/// What arrived, and what RACK has taken for lost, is in neither until it is sent again; what was put aside comes back when its loss is taken
/// back. The work of a search does not grow with the window. To be held in a field, never copied. Gate held.
/// </remarks>
internal struct SendOrder()
{
    private const long None = -1;
    private const SegmentMarks Chained = SegmentMarks.InOrder | SegmentMarks.Aside;

    private Ends _waiting = new(), _aside = new();
    private long _before = None;      // of those that wait: the newest that was seen to be sent before the one that RACK goes by

    /// <summary>A segment was sent, for the first time or again.</summary>
    public void OnSent(ref SentQueue queue, long position)
    {
        Remove(ref queue, position);
        Insert(ref queue, ref _waiting, SegmentMarks.InOrder, _waiting.Newest, position);
    }

    /// <summary>A segment is delivered, or its record is to go.</summary>
    public void Remove(ref SentQueue queue, long position)
    {
        ref SentSegment segment = ref queue[position];
        if (!segment.Has(Chained)) return;
        ref Ends ends = ref _aside;
        if (segment.Has(SegmentMarks.InOrder)) ends = ref _waiting;
        if (_before == position) _before = OlderOf(ref queue, position);
        if (segment.Older == 0) ends.Oldest = NewerOf(ref queue, position);
        else queue[position + segment.Older].Newer = segment.Newer == 0 ? 0 : segment.Newer - segment.Older;
        if (segment.Newer == 0) ends.Newest = OlderOf(ref queue, position);
        else queue[position + segment.Newer].Older = segment.Older == 0 ? 0 : segment.Older - segment.Newer;
        segment.Older = segment.Newer = 0;
        segment.Marks &= ~Chained;
    }

    /// <summary>Takes for lost what is overdue by more than the window. RFC 8985 §6.2, step 5.</summary>
    /// <returns>How long until the last would be lost that is not yet; null when there is none.</returns>
    public TimeSpan? MarkLost(ref SentQueue queue, in RackDetection rack, TimeSpan window, Timestamp now)
    {
        Timestamp overdue = now - (rack.Rtt + window);
        while (_waiting.Oldest != None)
        {
            queue.Steps++;
            long position = _waiting.Oldest;
            ref SentSegment segment = ref queue[position];
            if (!rack.IsSentBefore(segment.SentAt, segment.End) || segment.SentAt > overdue) break;
            Remove(ref queue, position);
            queue.MarkLost(position);
        }

        for (long next = _before == None ? _waiting.Oldest : NewerOf(ref queue, _before); next != None; next = NewerOf(ref queue, next))
        {
            queue.Steps++;
            if (!rack.IsSentBefore(queue[next].SentAt, queue[next].End)) break;
            _before = next;
        }

        return _before == None ? null : queue[_before].SentAt - overdue;
    }

    /// <summary>Puts aside what was taken for lost by others than RACK. Walks over the window.</summary>
    public void PutLostAside(ref SentQueue queue)
    {
        for (long position = _waiting.Oldest, next; position != None; position = next)
        {
            queue.Steps++;
            next = NewerOf(ref queue, position);
            if (!queue.IsToBeSent(position)) continue;
            Remove(ref queue, position);
            Insert(ref queue, ref _aside, SegmentMarks.Aside, PlaceOf(ref queue, _aside.Newest, position), position);
        }
    }

    /// <summary>Has what was put aside wait again: losses were taken back. Walks over the window.</summary>
    public void TakeBack(ref SentQueue queue)
    {
        long place = _waiting.Newest;
        while (_aside.Newest != None)
        {
            queue.Steps++;
            long position = _aside.Newest;
            Remove(ref queue, position);
            place = PlaceOf(ref queue, place, position);
            Insert(ref queue, ref _waiting, SegmentMarks.InOrder, place, position);
        }

        _before = None;
    }

    /// <summary>Begins anew with all that is in the queue: positions changed. Walks over the window.</summary>
    public void Rebuild(ref SentQueue queue)
    {
        Clear();
        for (long position = queue.First; position < queue.End; position++)
        {
            ref SentSegment segment = ref queue[position];
            segment.Older = segment.Newer = 0;
            segment.Marks &= ~Chained;
            if (segment.Has(SegmentMarks.Sacked)) continue;
            Insert(ref queue, ref _waiting, SegmentMarks.InOrder, PlaceOf(ref queue, _waiting.Newest, position), position);
        }

        PutLostAside(ref queue);
    }

    /// <summary>Forgets everything; the queue is empty.</summary>
    public void Clear()
    {
        _waiting = new Ends();
        _aside = new Ends();
        _before = None;
    }

    // The newest of those from a place on, towards the older ones, that was sent no later.
    private static long PlaceOf(ref SentQueue queue, long from, long position)
    {
        while (from != None && queue[from].SentAt > queue[position].SentAt) from = OlderOf(ref queue, from);
        return from;
    }

    private static void Insert(ref SentQueue queue, ref Ends ends, SegmentMarks mark, long behind, long position)
    {
        long newer = behind == None ? ends.Oldest : NewerOf(ref queue, behind);
        ref SentSegment segment = ref queue[position];
        segment.Marks |= mark;
        segment.Older = behind == None ? 0 : (int)(behind - position);
        segment.Newer = newer == None ? 0 : (int)(newer - position);
        if (behind == None) ends.Oldest = position;
        else queue[behind].Newer = (int)(position - behind);
        if (newer == None) ends.Newest = position;
        else queue[newer].Older = (int)(position - newer);
    }

    private static long OlderOf(ref SentQueue queue, long position) => queue[position].Older is not 0 and var distance ? position + distance : None;

    private static long NewerOf(ref SentQueue queue, long position) => queue[position].Newer is not 0 and var distance ? position + distance : None;

    // Where a chain begins and ends.
    private struct Ends()
    {
        public long Oldest = None, Newest = None;
    }
}
