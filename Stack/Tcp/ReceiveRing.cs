using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace UserNet.Tcp;

/// <summary>
/// The octets from the first unread one on, in pooled chunks. What comes out of order goes straight to its place; no
/// segment is kept.
/// </summary>
/// <remarks>An empty ring holds no chunk. SYN and FIN have no place in it. To be held in a field, never copied. Gate held.</remarks>
internal partial struct ReceiveRing(ChunkPool pool)
{
    private ChunkTable _chunks = new(pool);
    private int _start;                 // where First lies in the first chunk
    private HeldOctets? _held;          // what lies beyond Next, while there is some
    private SackBlock _duplicate;       // what DSACK is still to tell of
    private ChunkLink? _links;          // the sequence that is lent, if it goes over more than one chunk
    private bool _isLent;

    /// <summary>The number of the first octet that is not read.</summary>
    public SequenceNumber First { get; private set; }

    /// <summary>RCV.NXT, as far as data goes: the number after the last octet that can be read.</summary>
    public SequenceNumber Next => First + Count;

    /// <summary>How many octets can be read.</summary>
    public int Count { get; private set; }

    /// <summary>How many octets are held beyond a gap.</summary>
    public int Beyond => _held?.Ranges.Octets ?? 0;

    /// <summary>True while octets are held beyond a gap.</summary>
    public bool HasGap => _held is not null;

    /// <summary>How far beyond <see cref="First"/> octets are taken. May become less than there are.</summary>
    public int Limit { get; set; }

    /// <summary>How many blocks SACK remembers.</summary>
    public byte MostTold { get; set; } = 4;

    /// <summary>Begins a stream; the ring is empty.</summary>
    public void Start(SequenceNumber first)
    {
        Debug.Assert(Count == 0 && _held is null, "A stream began in a ring that holds another's octets.");
        First = first;
        _duplicate = default;
    }

    /// <summary>Takes a segment's octets: what is new of it and lies within <see cref="Limit"/>.</summary>
    /// <remarks>
    /// Octets before <see cref="Next"/> are left out but noted for DSACK; so hand in a segment as it came. Octets that
    /// are held already beyond a gap are written again.
    /// </remarks>
    /// <param name="sequence">The number of the first octet.</param>
    /// <param name="octets">The octets.</param>
    /// <param name="hasFin">They lie beyond a gap, and the FIN follows: its number is held with them.</param>
    public InsertResult Insert(SequenceNumber sequence, ReadOnlySpan<byte> octets, bool hasFin = false)
    {
        if (_held is not null || sequence != Next || octets.Length > Limit - Count)
            return InsertOther(sequence, octets, hasFin);
        Put(Count, octets);
        Count += octets.Length;
        return new InsertResult(octets.Length, octets.Length, false, default);
    }

    /// <summary>Copies octets in order and says how many; unless they are only looked at, they are read then.</summary>
    public int Read(Span<byte> target, bool peek)
    {
        int count = Peek(0, target);
        if (!peek && count > 0) Release(count);
        return count;
    }

    private readonly void Copy(int place, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            int inChunk = place & (ChunkPool.ChunkSize - 1);
            int length = Math.Min(ChunkPool.ChunkSize - inChunk, target.Length);
            _chunks[place >> ChunkPool.ChunkShift].AsSpan(inChunk, length).CopyTo(target);
            target = target[length..];
            place += length;
        }
    }

    /// <summary>Copies octets from some way behind the first unread one on, and says how many.</summary>
    public readonly int Peek(int from, Span<byte> target)
    {
        int count = Math.Clamp(Count - from, 0, target.Length);
        Copy(_start + from, target[..count]);
        return count;
    }

    /// <summary>Octets are read that nobody gets.</summary>
    public void Skip(int octets) => Release(octets);

    /// <summary>Drops what can be read and nobody will; what lies beyond a gap stays. Memory that is lent stays until it is given back.</summary>
    public void Discard()
    {
        if (!_isLent) Release(Count);
    }

    /// <summary>
    /// Lets go of all. Memory that a reader still has is lost to the pool, not lent to another connection.
    /// </summary>
    public void Clear()
    {
        First += Count;
        Count = 0;
        _start = 0;
        _chunks.Clear(areAbandoned: _isLent);
        DropLinks();
        _isLent = false;
        _duplicate = default;
        DropHeld();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(int offset, ReadOnlySpan<byte> octets)
    {
        int place = _start + offset;
        int inChunk = place & (ChunkPool.ChunkSize - 1);
        if (octets.Length <= ChunkPool.ChunkSize - inChunk && !octets.IsEmpty)
            octets.CopyTo(_chunks.Reach(place >> ChunkPool.ChunkShift).AsSpan(inChunk));
        else
            PutAcross(place, octets);
    }

    private void PutAcross(int place, ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            int inChunk = place & (ChunkPool.ChunkSize - 1);
            int length = Math.Min(ChunkPool.ChunkSize - inChunk, octets.Length);
            octets[..length].CopyTo(_chunks.Reach(place >> ChunkPool.ChunkShift).AsSpan(inChunk));
            octets = octets[length..];
            place += length;
        }
    }

    private void Release(int octets)
    {
        First += octets;
        Count -= octets;
        _start += octets;
        if (Count == 0 && _held is null)
        {
            _chunks.Clear(_isLent);
            _start = 0;
        }
        else if (_start >= ChunkPool.ChunkSize)
        {
            _chunks.RemoveFirst(_start >> ChunkPool.ChunkShift, _isLent);
            _start &= ChunkPool.ChunkSize - 1;
        }
    }
}
