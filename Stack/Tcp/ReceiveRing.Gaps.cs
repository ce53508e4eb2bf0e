namespace UserNet.Tcp;

/// <content>Octets that come out of order, and what SACK tells of them.</content>
internal partial struct ReceiveRing
{
    /// <summary>
    /// Copies what is held beyond gaps as blocks for SACK, the one that octets came to last being first, and says how
    /// many. RFC 2018 4.
    /// </summary>
    public int CopySackBlocks(Span<SackBlock> blocks) => _held?.CopyBlocks(blocks) ?? 0;

    /// <summary>
    /// Octets that came though they were there already, for the first block of the next ACK; told of once. RFC 2883 4.
    /// </summary>
    public bool TryTakeDuplicate(out SackBlock duplicate)
    {
        duplicate = _duplicate;
        _duplicate = default;
        return duplicate.Length > 0;
    }

    /// <summary>The number behind the last octet held; <see cref="Next"/> when nothing is beyond a gap.</summary>
    public SequenceNumber LastHeld => _held is { } held ? held.Ranges[held.Ranges.Count - 1].Right : Next;

    /// <summary>How many pieces wait beyond gaps.</summary>
    public int Pieces => _held?.Ranges.Count ?? 0;

    /// <summary>True when octets would not be a piece of their own beyond a gap, but lengthen one that is there.</summary>
    public bool Joins(SackBlock octets)
    {
        if (_held is not { } held) return false;
        int index = held.Ranges.FirstEndingAtOrAfter(octets.Left);
        return index < held.Ranges.Count && held.Ranges[index].Left <= octets.Right;
    }

    /// <summary>Forgets what is held beyond gaps: the stream ends before it.</summary>
    public void ForgetBeyond() => DropHeld();

    /// <summary>Forgets what is held from a number on: there is no memory for it.</summary>
    public void ForgetFrom(SequenceNumber number)
    {
        if (_held is not { } held) return;
        held.Ranges.RemoveFrom(number);
        held.ForgetTold();
        if (held.Ranges.Count == 0) DropHeld();
    }

    /// <summary>The stream ends here: what seemed to lie behind it is no part of it, as the FIN's own number.</summary>
    public void EndAt(SequenceNumber end)
    {
        DropHeld();
        if (Next > end) Count = end - First;
    }

    /// <summary>How acknowledgments go while octets are held beyond a gap; null while none are.</summary>
    public readonly HeldOctets? Held => _held;

    private InsertResult InsertOther(SequenceNumber sequence, ReadOnlySpan<byte> octets, bool hasFin)
    {
        SequenceNumber next = Next;
        SackBlock duplicate = default;
        if (sequence < next && !octets.IsEmpty)
        {
            int known = Math.Min(next - sequence, octets.Length);
            duplicate = new SackBlock(sequence, sequence + known);
            sequence += known;
            octets = octets[known..];
        }

        int room = Math.Max(0, Limit - (sequence - First));
        if (octets.Length > room)
        {
            octets = octets[..room];
            hasFin = false;
        }

        var segment = new SackBlock(sequence, sequence + octets.Length + (hasFin ? 1 : 0));
        if (duplicate.Length == 0 && _held is not null) duplicate = _held.Ranges.FirstOverlap(segment);
        if (duplicate.Length != 0) _duplicate = duplicate;
        if (segment.Length == 0) return new InsertResult(0, 0, false, duplicate);
        return sequence == next
            ? InsertNext(segment, octets, duplicate)
            : Hold(segment, octets, duplicate);
    }

    private InsertResult InsertNext(SackBlock segment, ReadOnlySpan<byte> octets, SackBlock duplicate)
    {
        Put(Count, octets);
        if (_held is not { } held)
        {
            Count += octets.Length;
            return new InsertResult(octets.Length, octets.Length, false, duplicate);
        }

        int before = held.Ranges.Octets;
        SequenceNumber next = segment.Right;
        int touched = held.Ranges.FirstEndingAtOrAfter(next);
        if (touched < held.Ranges.Count && held.Ranges[touched].Left <= next) next = held.Ranges[touched].Right;
        held.Ranges.RemoveUpTo(next);
        int advanced = next - Next;
        int taken = advanced - (before - held.Ranges.Octets);
        Count += advanced;
        held.ForgetUpTo(next);
        if (held.Ranges.Count == 0) DropHeld();
        return new InsertResult(advanced, taken, true, duplicate);
    }

    private InsertResult Hold(SackBlock segment, ReadOnlySpan<byte> octets, SackBlock duplicate)
    {
        HeldOctets held = _held ??= _chunks.Pool.RentHeld();
        int taken = held.Ranges.Add(segment);
        if (taken < 0) return new InsertResult(0, 0, false, duplicate);
        Put(segment.Left - First, octets);
        held.NoteArrival(segment, MostTold);
        return new InsertResult(0, taken, false, duplicate);
    }

    private void DropHeld()
    {
        if (_held is { } held) _chunks.Pool.Return(held);
        _held = null;
    }
}
