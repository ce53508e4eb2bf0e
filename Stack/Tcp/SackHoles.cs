namespace UserNet.Tcp;

/// <summary>What a FreeBSD sender knows of what arrived: the holes between SACKed octets, lowest first. RFC 2018, RFC 6675.</summary>
/// <remarks>Counts octets, and knows nothing of the segments that these left in. Gate held.</remarks>
internal sealed class SackHoles
{
    private const int FirstCapacity = 8;

    private SackHole[] _holes = [];
    private int _count;
    private int _next;                 // the first that may not be sent again in full; as many as there are for none
    private int _holeOctets;           // missing, in all

    /// <summary>How many holes a connection remembers at most: net.inet.tcp.sack.maxholes.</summary>
    public const int Most = 128;

    /// <summary>True when nothing is known to be missing.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>The octet behind the highest that arrived (snd_fack).</summary>
    public SequenceNumber Highest { get; set; }

    /// <summary>Octets that arrived out of order, of those not acknowledged (sacked_bytes).</summary>
    public int Sacked { get; set; }

    /// <summary>Octets that the last acknowledgment showed to have arrived (delivered_data).</summary>
    public int Delivered { get; set; }

    /// <summary>Octets in holes below which enough arrived that they count as lost: RFC 6675 §4, IsLost().</summary>
    public int Lost { get; private set; }

    /// <summary>Octets of the holes that were sent again (sack_bytes_rexmit).</summary>
    public int SentAgain { get; private set; }

    /// <summary>The lowest hole; there must be one.</summary>
    public ref SackHole First => ref _holes[0];

    /// <summary>Takes an acknowledgment with its SACK blocks.</summary>
    /// <param name="una">SND.UNA before it.</param>
    /// <param name="max">The highest number sent.</param>
    /// <param name="ack">SEG.ACK.</param>
    /// <param name="blocks">The blocks as they came.</param>
    /// <param name="wholeSegment">Octets of a full segment, options included.</param>
    /// <param name="recover">Where the recovery ends, for holes that were sent again in full; null where losses of those are not looked for.</param>
    public SackNews Take(SequenceNumber una, SequenceNumber max, SequenceNumber ack, ReadOnlySpan<SackBlock> blocks, int wholeSegment, SequenceNumber? recover)
    {
        Span<SackBlock> sorted = stackalloc SackBlock[blocks.Length + 1];
        SackNews news = SackNews.None;
        int count = 0, delivered = 0, advanced = 0;
        if (una < ack && _count > 0)      // what is acknowledged is one block more
        {
            advanced = ack - una;
            sorted[count++] = new SackBlock(una, ack);
            if (Highest < ack)
            {
                delivered += advanced;
                Highest = ack;
                news = SackNews.Progress;
            }
        }

        SequenceNumber lowest = SequenceNumber.Max(una, ack);
        foreach (SackBlock block in blocks)
            if (block.Left < block.Right && block.Left > lowest && block.Right <= max) sorted[count++] = block;
        if (count == 0) return news;
        SortByEnd(sorted[..count]);
        if (_count == 0)
        {
            Highest = lowest;
            Sacked = _holeOctets = 0;
        }

        int top = Extend(sorted, count - 1, lowest, ref delivered, ref news);
        Fill(sorted, top, recover, ref delivered, ref news);
        Delivered = delivered;
        Sacked += delivered - advanced;
        Recount(wholeSegment);
        return blocks.IsEmpty ? SackNews.None : news;
    }

    /// <summary>The next hole to send again, or part of one.</summary>
    /// <returns>Its place; negative for none.</returns>
    public int FindNext()
    {
        while (_next < _count && _holes[_next].Again >= _holes[_next].End) _next++;
        return _next < _count ? _next : -1;
    }

    /// <summary>A hole by its place.</summary>
    public ref SackHole this[int place] => ref _holes[place];

    /// <summary>Octets of a hole were sent again.</summary>
    /// <param name="place">Which.</param>
    /// <param name="octets">How many.</param>
    /// <param name="recover">Where the recovery ends; null where losses of retransmissions are not looked for.</param>
    public void OnSentAgain(int place, int octets, SequenceNumber? recover)
    {
        ref SackHole hole = ref _holes[place];
        hole.Again += octets;
        if (recover is { } end && hole.Again >= hole.End) hole.Again = end;
        SentAgain += octets;
    }

    /// <summary>The last octets in flight may be lost without anything behind them to tell: they are a hole too. RFC 6675 §4, rule 4.</summary>
    public void AddRescue(SequenceNumber start, SequenceNumber end)
    {
        if (!TryInsert(_count, start, end)) return;
        _holeOctets += end - start;
    }

    /// <summary>All that is missing is to be sent again: a timeout. RFC 2018 §8, with its errata.</summary>
    public void Restart()
    {
        for (int i = 0; i < _count; i++) _holes[i].Again = _holes[i].Start;
        _next = SentAgain = 0;
    }

    /// <summary>What was sent again in full, and is overtaken since, is lost again.</summary>
    public void RestartOvertaken()
    {
        _next = 0;
        for (int i = 0; i < _count; i++)
        {
            ref SackHole hole = ref _holes[i];
            if (Highest >= hole.Again && hole.Again >= hole.End) hole.Again = hole.Start;
        }
    }

    /// <summary>Forgets all: RFC 2018 §8, the receiver may have done so too.</summary>
    public void Clear() => _count = _next = SentAgain = Delivered = Sacked = Lost = _holeOctets = 0;

    /// <summary>Where sending goes on after a timeout: beyond what has arrived.</summary>
    public SequenceNumber Skip(SequenceNumber next)
    {
        if (_count == 0 || next >= Highest) return next;
        for (int i = 0; i < _count; i++)
        {
            if (next < _holes[i].End) return i > 0 && next < _holes[i].Start ? _holes[i].Start : next;
        }

        return Highest;
    }

    private static void SortByEnd(Span<SackBlock> blocks)
    {
        for (int i = 1; i < blocks.Length; i++)
        {
            for (int k = i; k > 0 && blocks[k].Right < blocks[k - 1].Right; k--) (blocks[k], blocks[k - 1]) = (blocks[k - 1], blocks[k]);
        }
    }

    // What the highest block says of octets beyond all that arrived before.
    private int Extend(ReadOnlySpan<SackBlock> blocks, int top, SequenceNumber lowest, ref int delivered, ref SackNews news)
    {
        SackBlock block = blocks[top];
        if (Highest >= block.Left)
        {
            if (Highest >= block.Right) return top;
            delivered += block.Right - Highest;
            Highest = block.Right;
            news = SackNews.Progress;
            return top;
        }

        if (_count > 0 && Highest <= _holes[_count - 1].End)      // the hole was added by AddRescue, and what filled it came
        {
            ref SackHole last = ref _holes[_count - 1];
            _holeOctets -= last.Length;
            (last.Start, last.End) = (SequenceNumber.Max(Highest, lowest), block.Left);
            last.Again = last.Start;
            _holeOctets += last.Length;
            news = SackNews.NewLoss;
        }
        else if (TryInsert(_count, Highest, block.Left))
        {
            _holeOctets += block.Left - Highest;
            news = SackNews.Progress;
        }
        else
        {
            while (top >= 0 && Highest < blocks[top].Left) top--;
            if (top < 0 || Highest >= blocks[top].Right) return top;
            delivered += blocks[top].Right - Highest;
            Highest = blocks[top].Right;
            news = SackNews.NewLoss;
            return top;
        }

        delivered += block.Right - block.Left;
        Highest = block.Right;
        return top - 1;
    }

    // Takes off the holes what arrived, from the highest down.
    private void Fill(ReadOnlySpan<SackBlock> blocks, int top, SequenceNumber? recover, ref int delivered, ref SackNews news)
    {
        for (int i = _count - 1; i >= 0 && top >= 0;)
        {
            SackBlock block = blocks[top];
            if (block.Left >= _holes[i].End)
            {
                top--;
                continue;
            }

            if (block.Right <= _holes[i].Start)
            {
                i--;
                continue;
            }

            news = SackNews.Progress;
            bool isSplit = block.Left > _holes[i].Start && block.Right < _holes[i].End;
            if (isSplit) news = SackNews.NewLoss;
            if (isSplit && !TrySplit(i, block))
            {
                top--;
                continue;
            }

            delivered += Cut(ref _holes[i], block, isSplit, recover);
            if (_holes[i].Length == 0) RemoveAt(i--);
            else if (block.Left <= _holes[i].Start) i--;
            else top--;
        }
    }

    private bool TrySplit(int place, SackBlock block)
    {
        SackHole lower = _holes[place];
        if (!TryInsert(place + 1, block.Right, lower.End)) return false;
        ref SackHole upper = ref _holes[place + 1];
        upper.Again = SequenceNumber.Max(upper.Start, lower.Again);
        return true;
    }

    private int Cut(ref SackHole hole, SackBlock block, bool isSplit, SequenceNumber? recover)
    {
        SequenceNumber left = SequenceNumber.Max(hole.Start, block.Left), right = SequenceNumber.Min(hole.End, block.Right);
        int octets = right - left;
        _holeOctets -= octets;
        if (block.Left <= hole.Start)
        {
            hole.Start = right;
            hole.Again = SequenceNumber.Max(hole.Again, hole.Start);
            return octets;
        }

        hole.End = left;
        hole.Again = SequenceNumber.Min(hole.Again, hole.End);
        if (recover is { } end && hole.Again >= hole.End) hole.Again = end;
        return octets;
    }

    // RFC 6675 §4, IsLost(): three holes, or more than two segments, arrived above.
    private void Recount(int wholeSegment)
    {
        SequenceNumber above = Highest;
        int arrived = 0, notLost = 0;
        SentAgain = 0;
        for (int i = _count - 1, holes = 1; i >= 0; i--, holes++)
        {
            ref SackHole hole = ref _holes[i];
            arrived += above - hole.End;
            above = hole.Start;
            if (holes < Enough && arrived <= (Enough - 1) * wholeSegment) notLost += hole.Length;
            SentAgain += SequenceNumber.Min(hole.Again, hole.End) - hole.Start;
        }

        Lost = _holeOctets - notLost;
    }

    private bool TryInsert(int place, SequenceNumber start, SequenceNumber end)
    {
        if (_count >= Most) return false;
        if (_count == _holes.Length) Array.Resize(ref _holes, Math.Max(FirstCapacity, 2 * _count));
        _holes.AsSpan(place, _count - place).CopyTo(_holes.AsSpan(place + 1));
        _holes[place] = new SackHole { Start = start, End = end, Again = start };
        if (_next > place || (_next == place && place < _count)) _next++;
        _count++;
        return true;
    }

    private void RemoveAt(int place)
    {
        _holes.AsSpan(place + 1, _count - place - 1).CopyTo(_holes.AsSpan(place));
        _count--;
        if (_next > place) _next--;
    }

    /// <summary>DupThresh: net.inet.tcp's tcprexmtthresh.</summary>
    public const int Enough = 3;
}
