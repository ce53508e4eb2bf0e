namespace UserNet.Tcp;

/// <summary>
/// Positions of lost segments, the least first; those that are lost no longer are the reader's to skip.
/// </summary>
/// <remarks>
/// A heap since losses are found in the order of time, and sent again in the order of numbers. Gate held.
/// </remarks>
internal sealed class LostHeap(SentQueuePool pool)
{
    private long[] _heap = [];
    private int _count;

    /// <summary>Adds a position, which is cheap for one above all others.</summary>
    public void Add(long position)
    {
        if (_count == _heap.Length) Grow();
        int place = _count++;
        while (place > 0 && _heap[(place - 1) / 2] > position)
        {
            _heap[place] = _heap[(place - 1) / 2];
            place = (place - 1) / 2;
        }

        _heap[place] = position;
    }

    /// <summary>The least position.</summary>
    public bool TryPeek(out long position)
    {
        position = _count > 0 ? _heap[0] : 0;
        return _count > 0;
    }

    /// <summary>Takes the least position out.</summary>
    public void RemoveFirst()
    {
        long moved = _heap[--_count];
        if (_count == 0)
        {
            Clear();
            return;
        }

        int place = 0;
        while ((2 * place) + 1 < _count)
        {
            int child = (2 * place) + 1;
            if (child + 1 < _count && _heap[child + 1] < _heap[child]) child++;
            if (_heap[child] >= moved) break;
            _heap[place] = _heap[child];
            place = child;
        }

        _heap[place] = moved;
    }

    /// <summary>Takes all out, and gives the array back.</summary>
    public void Clear()
    {
        pool.Return(_heap);
        _heap = [];
        _count = 0;
    }

    private void Grow()
    {
        long[] larger = pool.RentPositions(_count + 1);
        _heap.AsSpan(0, _count).CopyTo(larger);
        pool.Return(_heap);
        _heap = larger;
    }
}
