using System.Runtime.CompilerServices;

namespace UserNet.Tcp;

/// <summary>
/// The chunks of a ring, by number from the first on, in a circular table whose length is a power of two. A chunk may
/// be missing; the table is there only while there are chunks.
/// </summary>
/// <remarks>To be held in a field, never copied. Gate held.</remarks>
internal struct ChunkTable(ChunkPool pool)
{
    private byte[]?[]? _table;
    private int _first;     // where in the table number 0 lies
    private int _count;     // one more than the highest number there is

    /// <summary>Where chunks come from and go to.</summary>
    public readonly ChunkPool Pool => pool;

    /// <summary>True when there is no chunk and no table.</summary>
    public readonly bool IsEmpty => _table is null;

    /// <summary>A chunk that is there.</summary>
    public readonly byte[] this[int number]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            byte[]?[] table = _table!;
            return table[(_first + number) & (table.Length - 1)]!;
        }
    }

    /// <summary>The chunk of a number, which is made if it is not there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte[] Reach(int number)
    {
        if (_table is { } table && number < _count
            && table[(_first + number) & (table.Length - 1)] is { } chunk)
            return chunk;
        return Make(number);
    }

    /// <summary>Puts another chunk in the place of one that is there, and gives that back.</summary>
    public readonly byte[] Replace(int number, byte[] chunk)
    {
        ref byte[]? slot = ref _table![(_first + number) & (_table.Length - 1)];
        byte[] old = slot!;
        slot = chunk;
        return old;
    }

    /// <summary>
    /// Lets go of the first chunks and counts the others from 0; an abandoned one never serves another connection.
    /// </summary>
    public void RemoveFirst(int count, bool areAbandoned)
    {
        if (_table is not { } table) return;
        count = Math.Min(count, _count);
        for (int i = 0; i < count; i++)
        {
            ref byte[]? slot = ref table[(_first + i) & (table.Length - 1)];
            if (slot is null) continue;
            if (areAbandoned) Pool.Abandon();
            else Pool.Return(slot);
            slot = null;
        }

        _first = (_first + count) & (table.Length - 1);
        _count -= count;
        if (_count == 0) Drop();
        else if (_count <= table.Length / 8) Resize(_count * 2);
    }

    /// <summary>Lets go of every chunk and of the table.</summary>
    public void Clear(bool areAbandoned) => RemoveFirst(_count, areAbandoned);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte[] Make(int number)
    {
        if (_table is null || number >= _table.Length) Resize(number + 1);
        if (number >= _count) _count = number + 1;
        byte[] chunk = Pool.Rent();
        _table![(_first + number) & (_table.Length - 1)] = chunk;
        return chunk;
    }

    private void Resize(int length)
    {
        byte[]?[] wanted = Pool.RentTable(length);
        if (_table is { } table)
        {
            for (int i = 0; i < _count; i++)
            {
                ref byte[]? slot = ref table[(_first + i) & (table.Length - 1)];
                wanted[i] = slot;
                slot = null;
            }

            Pool.Return(table);
        }

        _table = wanted;
        _first = 0;
    }

    private void Drop()
    {
        if (_table is { } table) Pool.Return(table);
        _table = null;
        _first = 0;
    }
}
