using System.Diagnostics;

namespace UserNet.Tcp;

/// <summary>
/// The octets from SND.UNA on, in pooled chunks, found by sequence number in constant time whatever is in flight.
/// </summary>
/// <remarks>
/// What the user may still write is <see cref="Room"/>; a change of <see cref="Capacity"/> takes effect at once and
/// takes nothing back. An empty ring holds no chunk. SYN and FIN have no place in it. To be held in a field, never
/// copied. Gate held.
/// </remarks>
internal partial struct SendRing(ChunkPool pool)
{
    private ChunkTable _chunks = new(pool);
    private int _start;             // where Una lies in the first chunk
    private byte[]? _lent;          // the chunk that is lent: the last of the ring, or one beside it
    private int _lentOffset;        // where the lent memory begins in it
    private bool _isLentBeside;
    private bool _isTailWiped;      // no other connection's octets lie behind the last octet in its chunk

    /// <summary>The first octet's number: SND.UNA, as far as data goes.</summary>
    public SequenceNumber Una { get; private set; }

    /// <summary>The number after the last octet's.</summary>
    public SequenceNumber End => Una + Count;

    /// <summary>How many octets it holds.</summary>
    public int Count { get; private set; }

    /// <summary>How many octets it takes: the user's share of SO_SNDBUF. May become less than there are.</summary>
    public int Capacity { get; set; }

    /// <summary>How many more octets it takes.</summary>
    public int Room => Math.Max(0, Capacity - Count);

    /// <summary>Begins a stream; the ring is empty.</summary>
    public void Start(SequenceNumber first)
    {
        Debug.Assert(Count == 0, "A stream began in a ring that holds another's octets.");
        Una = first;
    }

    /// <summary>Takes as many octets as fit and says how many.</summary>
    public int Write(ReadOnlySpan<byte> octets)
    {
        int taken = Math.Min(octets.Length, Room);
        if (_lent is not null && !_isLentBeside) PutLentAside();
        Append(octets[..taken]);
        return taken;
    }

    /// <summary>Takes octets, be it beyond the capacity.</summary>
    public void Take(ReadOnlySpan<byte> octets)
    {
        if (_lent is not null && !_isLentBeside) PutLentAside();
        Append(octets);
    }

    /// <summary>Copies the octets from a number on, as many as the target holds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not all of them are there.</exception>
    public void Copy(SequenceNumber from, Span<byte> target)
    {
        int offset = from - Una;
        if (offset < 0 || target.Length > Count - offset)
            throw new ArgumentOutOfRangeException(nameof(from), "What is to be sent is not there.");
        int place = _start + offset;
        while (!target.IsEmpty)
        {
            int inChunk = place & (ChunkPool.ChunkSize - 1);
            int length = Math.Min(ChunkPool.ChunkSize - inChunk, target.Length);
            _chunks[place >> ChunkPool.ChunkShift].AsSpan(inChunk, length).CopyTo(target);
            target = target[length..];
            place += length;
        }
    }

    /// <summary>Lets go of what is acknowledged; a waiting writer may then go on.</summary>
    /// <remarks>A number beyond <see cref="End"/>, as that of an acknowledged FIN, lets go of all.</remarks>
    public void Acknowledge(SequenceNumber una)
    {
        int octets = Math.Min(una - Una, Count);
        if (octets <= 0) return;
        Una += octets;
        Count -= octets;
        _start += octets;
        if (Count == 0 && _lent is null)
        {
            ReleaseAll();
        }
        else if (_start >= ChunkPool.ChunkSize)
        {
            _chunks.RemoveFirst(_start >> ChunkPool.ChunkShift, areAbandoned: false);
            _start &= ChunkPool.ChunkSize - 1;
        }
    }

    /// <summary>
    /// Lets go of all. Memory that a writer still has is lost to the pool, not lent to another connection.
    /// </summary>
    public void Clear()
    {
        bool isLent = _lent is not null;
        _chunks.Clear(areAbandoned: isLent && !_isLentBeside);
        if (isLent && _isLentBeside) _chunks.Pool.Abandon();
        _lent = null;
        Una += Count;
        Count = 0;
        _start = 0;
    }

    private void Append(ReadOnlySpan<byte> octets)
    {
        int place = _start + Count;
        int inChunk = place & (ChunkPool.ChunkSize - 1);
        if (inChunk != 0 && octets.Length <= ChunkPool.ChunkSize - inChunk)
            octets.CopyTo(_chunks[place >> ChunkPool.ChunkShift].AsSpan(inChunk));
        else
            AppendAcross(place, octets);
        Count += octets.Length;
    }

    private void AppendAcross(int place, ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            int inChunk = place & (ChunkPool.ChunkSize - 1);
            if (inChunk == 0) _isTailWiped = false;
            int length = Math.Min(ChunkPool.ChunkSize - inChunk, octets.Length);
            octets[..length].CopyTo(_chunks.Reach(place >> ChunkPool.ChunkShift).AsSpan(inChunk));
            octets = octets[length..];
            place += length;
        }
    }

    private void ReleaseAll()
    {
        _chunks.Clear(areAbandoned: false);
        _start = 0;
    }
}
