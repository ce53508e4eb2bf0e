using UserNet.Time;

namespace UserNet.Tcp;

/// <content>What arrived out of order: selective acknowledgments, duplicates, reordering, and the guess without
/// SACK.</content>
internal sealed partial class LossRecovery
{
    private void TakeSacks(ref AckPass pass, in AckArrival ack)
    {
        int first = 0;
        if (IsDsack(ack) && TakeDsack(ref pass, ack.Sacks[0], ack.MostOffered))
        {
            first = 1;
            TakeDuplicates(ref pass, ack.Sacks[0]);
        }

        Span<SackBlock> blocks = stackalloc SackBlock[ack.Sacks.Length - first];
        ack.Sacks[first..].CopyTo(blocks);
        SortUpwards(blocks);      // else what the second block tells would seem to have come later than the first: reordering
        foreach (SackBlock block in blocks)
        {
            if (block.Left < block.Right && block.Right <= _nxt && block.Left > _una) TakeBlock(ref pass, block);
        }

        if (State != CongestionState.Loss || _mayBeUndone) NoteReordering(pass.Late);
        pass.Late = _nxt;      // what is acknowledged cumulatively is judged by itself
    }

    private static void SortUpwards(Span<SackBlock> blocks)
    {
        for (int i = 1; i < blocks.Length; i++)
        {
            for (int k = i; k > 0 && blocks[k].Left < blocks[k - 1].Left; k--) (blocks[k], blocks[k - 1]) = (blocks[k - 1], blocks[k]);
        }
    }

    // RFC 2883 §4: the first block tells of a duplicate if it is acknowledged already, or lies within the second.
    private static bool IsDsack(in AckArrival ack)
    {
        SackBlock block = ack.Sacks[0];
        return block.Left < ack.Ack
            || (ack.Sacks.Length > 1 && block.Right <= ack.Sacks[1].Right && block.Left >= ack.Sacks[1].Left);
    }

    // False when it says nothing: what was never sent again cannot have come twice by this sender's doing.
    private bool TakeDsack(ref AckPass pass, SackBlock block, int mostOffered)
    {
        int octets = block.Right - block.Left;
        if (octets <= 0 || octets > mostOffered) return false;
        int segments = Math.Max(1, (octets + Mss - 1) / Mss);
        if (octets <= Mss && _hasProbed && _probeEnd == block.Right) pass.ProbeDsack = true;
        DsackDuplicates += (uint)segments;
        if (DsackDuplicates > TotalRetransmissions) return false;
        if (ReorderingSeen > 0 && !pass.ProbeDsack) _rack.DsackSeen = true;
        pass.Dsack = true;
        Delivered += segments;
        if (_mayBeUndone && block.Right <= pass.PriorUna && block.Right > _undoFrom) CountDuplicates(segments);
        return true;
    }

    // Of what is still in the queue: a retransmission of it was needless, and is no longer in flight.
    private void TakeDuplicates(ref AckPass pass, SackBlock block)
    {
        bool isAbove = block.Left > _una;
        if (block.Right <= pass.PriorUna || block.Right > _nxt || (!isAbove && (block.Right > _una || !_mayBeUndone))) return;
        long position = _queue.Find(block.Left);
        if (position < _queue.End && _queue[position].Seq < block.Left) position++;
        for (; position < _queue.End && _queue[position].End <= block.Right; position++)
        {
            _queue.Steps++;
            ref SentSegment segment = ref _queue[position];
            if (segment.Has(SegmentMarks.Retransmitted))
            {
                if (_mayBeUndone && segment.End > _undoFrom) CountDuplicates(1);
                if (segment.Has(SegmentMarks.Sacked)) pass.Late = SequenceNumber.Min(pass.Late, segment.Seq);
            }

            if (!isAbove) continue;
            if (!segment.Has(SegmentMarks.Sacked)) TakeSacked(ref pass, position);
            _queue.EndRetransmission(ref segment);
        }
    }

    private void CountDuplicates(int segments)
    {
        if (_undoCount > 0) _undoCount = Math.Max(0, _undoCount - segments);
    }

    private void TakeBlock(ref AckPass pass, SackBlock block)
    {
        long position = _queue.Find(block.Left);

        // A part says nothing of the whole.
        if (position < _queue.End && _queue[position].Seq < block.Left) position++;
        for (position = _queue.NextUnsacked(position);
            position < _queue.End && _queue[position].End <= block.Right;
            position = _queue.NextUnsacked(position + 1))
        {
            TakeSacked(ref pass, position);
        }
    }

    private void TakeSacked(ref AckPass pass, long position)
    {
        ref SentSegment segment = ref _queue[position];
        _rack.OnDelivered(segment, pass.Now, MinRtt);
        NoteNewest(ref pass, segment);
        if (!segment.Has(SegmentMarks.Retransmitted))
        {
            if (segment.Seq < HighestSacked) pass.Late = SequenceNumber.Min(pass.Late, segment.Seq);
            if (segment.End <= _recoveryPoint) pass.OriginalArrived = true;
            pass.FirstSackedAt ??= segment.SentAt;
            pass.LastSackedAt = segment.SentAt;
        }

        _queue.MarkSacked(position);
        _order.Remove(ref _queue, position);
        if (position + 1 < _queue.End) _queue.Part(position + 1);
        if (position < _counted) _countedSacked++;
        pass.DataSacked = true;
        pass.DeliveredOctets += segment.Payload;
        Delivered++;
    }

    // A segment arrived so far behind others that were sent later: from now on that many do not make it lost.
    private void NoteReordering(SequenceNumber late)
    {
        SequenceNumber highest = HighestSacked;
        if (late >= highest || Mss == 0) return;
        int distance = highest - late;
        if (distance > (long)Reordering * Mss)
            Reordering = Math.Min((distance + Mss - 1) / Mss, _settings.MaxReordering);
        ReorderingSeen++;
    }

    // Without SACK each duplicate ACK stands for a segment that arrived. RFC 6582 §3.2, RFC 5681 §3.2.
    private void GuessSacked(int duplicates)
    {
        if (duplicates == 0) return;
        int before = _queue.Sacked;
        _queue.Sacked += duplicates;
        LimitGuess();
        Delivered += Math.Max(0, _queue.Sacked - before);
    }

    // Progress: one segment filled the hole, the others are those that duplicates were counted for.
    private void AcknowledgeGuess(ref AckPass pass)
    {
        // What was sent once may yet be what the retransmission in front of it let through: no marks tell them apart.
        if (pass.RetransmissionAcked) pass.OriginalArrived = false;
        int acked = pass.AckedSegments;
        if (acked > 0)
        {
            Delivered += Math.Max(acked - _queue.Sacked, 1);
            _queue.Sacked = Math.Max(0, _queue.Sacked - (acked - 1));
        }

        LimitGuess(acked);
    }

    // More duplicates than segments besides the lost ones: the network, not a loss, made them.
    private void LimitGuess(int acked = 0)
    {
        int holes = Math.Min(Math.Max(_queue.Lost, 1), _queue.Count);
        if (_queue.Sacked + holes <= _queue.Count) return;
        _queue.Sacked = _queue.Count - holes;
        Reordering = Math.Min(_queue.Count + acked, _settings.MaxReordering);
        ReorderingSeen++;
    }
}
