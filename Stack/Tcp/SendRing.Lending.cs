using System.Diagnostics;

namespace UserNet.Tcp;

/// <content>Memory lent to a writer, so that octets come to their place without a copy.</content>
internal partial struct SendRing
{
    /// <summary>
    /// Lends memory for octets to come, at least as many as asked for; <see cref="Advance"/> then takes them.
    /// </summary>
    /// <param name="sizeHint">
    /// At most <see cref="ChunkPool.ChunkSize"/>: who needs more brings a buffer and calls Write.
    /// </param>
    /// <remarks>
    /// Never fails for want of room, for a PipeWriter may not: its user waits after having written. What lies in it is
    /// no other connection's. It is the user's until the next Advance.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">More than a chunk was asked for.</exception>
    public Memory<byte> GetMemory(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeHint, ChunkPool.ChunkSize);
        if (_lent is null) LendTail();
        if (ChunkPool.ChunkSize - _lentOffset < Math.Max(sizeHint, 1)) LendBeside();
        return _lent.AsMemory(_lentOffset);
    }

    /// <summary>Takes so many octets that the user wrote to the memory lent last; that ends the loan.</summary>
    /// <remarks>May fill the ring beyond its capacity. After <see cref="Clear"/> it takes nothing.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">More than was lent.</exception>
    public void Advance(int octets)
    {
        if (_lent is not { } chunk) return;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            (uint)octets, (uint)(ChunkPool.ChunkSize - _lentOffset), nameof(octets));
        _lent = null;
        if (_isLentBeside)
        {
            Append(chunk.AsSpan(_lentOffset, octets));
            _chunks.Pool.Return(chunk);
        }
        else
        {
            Debug.Assert(((_start + Count) & (ChunkPool.ChunkSize - 1)) == _lentOffset, "The ring grew under a loan.");
            Count += octets;
        }

        if (Count == 0) ReleaseAll();
    }

    private void LendTail()
    {
        int place = _start + Count;
        _lentOffset = place & (ChunkPool.ChunkSize - 1);
        _isLentBeside = false;
        _lent = _chunks.Reach(place >> ChunkPool.ChunkShift);
        if (_lentOffset != 0 && _isTailWiped) return;
        _lent.AsSpan(_lentOffset).Clear();
        _isTailWiped = true;
    }

    // A chunk that is no part of the ring: what is written to it has to be copied.
    private void LendBeside()
    {
        _lentOffset = 0;
        if (_isLentBeside) return;
        _lent = _chunks.Pool.Rent();
        _lent.AsSpan().Clear();
        _isLentBeside = true;
    }

    // Octets come from another writer while the tail is lent: it becomes the lent chunk beside the ring, and a new one
    // takes its place.
    private void PutLentAside()
    {
        byte[] chunk = _chunks.Pool.Rent();
        _lent.AsSpan(0, _lentOffset).CopyTo(chunk);
        _chunks.Replace((_start + Count) >> ChunkPool.ChunkShift, chunk);
        _isLentBeside = true;
        _isTailWiped = false;
    }
}
