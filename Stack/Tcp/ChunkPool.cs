using System.Diagnostics;
using System.Numerics;

namespace UserNet.Tcp;

/// <summary>
/// What a stack's send and receive rings are made of while they hold octets; an empty ring has given all back.
/// </summary>
/// <remarks>Grows as far as it is asked to; keeps some for later. Gate held.</remarks>
internal sealed class ChunkPool
{
    /// <summary>
    /// The size of a chunk as a power of two: a place in a ring, shifted by this, is the number of its chunk.
    /// </summary>
    public const int ChunkShift = 14;

    /// <summary>Size of a chunk, octets.</summary>
    public const int ChunkSize = 1 << ChunkShift;

    private const int ChunksKept = 1024, TablesKept = 256, HeldKept = 64, LinksKept = 1024;

    /// <summary>The shortest table of chunks, as a power of two.</summary>
    private const int LeastTableShift = 3;

    private readonly Stack<byte[]> _chunks = new();
    private readonly Stack<HeldOctets> _held = new();
    private readonly Stack<byte[]?[]>?[] _tables = new Stack<byte[]?[]>?[32];
    private ChunkLink? _links;
    private int _linksKept;

    /// <summary>How many chunks are out.</summary>
    public int Outstanding { get; private set; }

    /// <summary>A chunk; what is in it is not to be read before it is written.</summary>
    public byte[] Rent()
    {
        Outstanding++;
        return _chunks.TryPop(out byte[]? chunk) ? chunk : new byte[ChunkSize];
    }

    /// <summary>Takes a chunk back that no one else can reach.</summary>
    public void Return(byte[] chunk)
    {
        Debug.Assert(chunk.Length == ChunkSize, "What came back is no chunk.");
        Debug.Assert(Outstanding > 0, "A chunk was returned twice.");
        Outstanding--;
        Spoil(chunk);
        if (_chunks.Count < ChunksKept) _chunks.Push(chunk);
    }

    /// <summary>Lets go of a chunk that a user may still reach: it never serves another connection.</summary>
    public void Abandon() => Outstanding--;

    /// <summary>An empty table of at least so many chunks; its length is a power of two.</summary>
    public byte[]?[] RentTable(int length)
    {
        int shift = Math.Max(LeastTableShift, 32 - BitOperations.LeadingZeroCount((uint)length - 1));
        return _tables[shift] is { } free && free.TryPop(out byte[]?[]? table) ? table : new byte[]?[1 << shift];
    }

    /// <summary>Takes back a table that is empty again.</summary>
    public void Return(byte[]?[] table)
    {
        Debug.Assert(!table.AsSpan().ContainsAnyExcept((byte[]?)null), "A table was returned with chunks in it.");
        int shift = BitOperations.Log2((uint)table.Length);
        Stack<byte[]?[]> free = _tables[shift] ??= new();
        if (free.Count < Math.Max(TablesKept >> (shift - LeastTableShift), 4)) free.Push(table);
    }

    /// <summary>An empty record of octets held out of order.</summary>
    public HeldOctets RentHeld() => _held.TryPop(out HeldOctets? held) ? held : new HeldOctets();

    /// <summary>Takes back a record, which is emptied.</summary>
    public void Return(HeldOctets held)
    {
        held.Clear();
        if (_held.Count < HeldKept) _held.Push(held);
    }

    /// <summary>A link of a lent sequence.</summary>
    public ChunkLink RentLink()
    {
        if (_links is not { } link) return new ChunkLink();
        _links = link.Following;
        _linksKept--;
        return link;
    }

    /// <summary>Takes back a whole chain of links that no one else can reach.</summary>
    public void Return(ChunkLink? chain)
    {
        while (chain is { } link)
        {
            chain = link.Following;
            if (_linksKept >= LinksKept) return;
            link.Set(default, 0, _links);
            _links = link;
            _linksKept++;
        }
    }

    // Who reads what they did not write, or what they gave back, shall see it.
    [Conditional("DEBUG")]
    private static void Spoil(byte[] chunk) => chunk.AsSpan().Fill(0xDB);
}
