using System.Buffers;

namespace UserNet.Tcp;

/// <content>What can be read, lent without a copy.</content>
internal partial struct ReceiveRing
{
    /// <summary>Lends all that can be read, until the next <see cref="Consume"/>.</summary>
    public ReadOnlySequence<byte> Lend()
    {
        DropLinks();
        if (Count == 0) return ReadOnlySequence<byte>.Empty;
        _isLent = true;
        int end = _start + Count;
        if (end <= ChunkPool.ChunkSize) return new ReadOnlySequence<byte>(_chunks[0], _start, Count);

        // From the last to the first, since a link knows what follows it.
        ChunkLink? last = null;
        ChunkLink? link = null;
        for (int number = (end - 1) >> ChunkPool.ChunkShift; number >= 0; number--)
        {
            int from = number == 0 ? _start : 0;
            int to = Math.Min(ChunkPool.ChunkSize, end - (number << ChunkPool.ChunkShift));
            int before = number == 0 ? 0 : (number << ChunkPool.ChunkShift) - _start;
            ChunkLink further = _chunks.Pool.RentLink();
            further.Set(_chunks[number].AsMemory(from, to - from), before, link);
            link = further;
            last ??= further;
        }

        _links = link;
        return new ReadOnlySequence<byte>(link!, 0, last!, last!.Memory.Length);
    }

    /// <summary>Takes back what was lent; so many octets of it are read, and go.</summary>
    /// <remarks>After <see cref="Clear"/> nothing is lent, and nothing goes.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public void Consume(int octets)
    {
        if (!_isLent) return;
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)octets, (uint)Count, nameof(octets));
        _isLent = false;
        DropLinks();
        if (octets > 0) Release(octets);
    }

    // Links that a reader may still follow are not given to another.
    private void DropLinks()
    {
        if (!_isLent) _chunks.Pool.Return(_links);
        _links = null;
    }
}
