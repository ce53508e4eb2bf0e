namespace UserNet.Ip;

/// <summary>
/// Where the octets of fragments lie until their packet is whole: chunks of 1 KiB, each with marks of what has come for it.
/// </summary>
/// <remarks>
/// A packet takes a chunk for each KiB that one of its fragments touches, and an octet lies in its chunk where it belongs in the packet:
/// so a fragment costs by its length, not by how many others there are. Memory is taken 64 chunks at a time as it is needed, and kept for
/// later. Gate held.
/// </remarks>
internal sealed class FragmentStore
{
    /// <summary>Octets of a chunk.</summary>
    public const int ChunkSize = 1024;

    /// <summary>Octets of memory that a chunk takes.</summary>
    public const int ChunkCost = ChunkSize + 64 + 2;

    private const int ChunksAPage = 64;

    private readonly List<Page> _pages = [];
    private readonly Stack<ushort> _free = new();

    /// <summary>An empty chunk; its number is not 0.</summary>
    public ushort Rent()
    {
        if (_free.Count == 0) AddPage();
        ushort chunk = _free.Pop();
        Marks(chunk) = default;
        return chunk;
    }

    /// <summary>Takes a chunk back.</summary>
    public void Return(ushort chunk) => _free.Push(chunk);

    /// <summary>The octets of a chunk.</summary>
    public Span<byte> Octets(ushort chunk) =>
        _pages[(chunk - 1) / ChunksAPage].Octets.AsSpan((chunk - 1) % ChunksAPage * ChunkSize, ChunkSize);

    /// <summary>What has come for a chunk.</summary>
    public ref ChunkMarks Marks(ushort chunk) => ref _pages[(chunk - 1) / ChunksAPage].Marks[(chunk - 1) % ChunksAPage];

    private void AddPage()
    {
        _pages.Add(new Page(new byte[ChunksAPage * ChunkSize], new ChunkMarks[ChunksAPage]));
        for (int number = _pages.Count * ChunksAPage; number > (_pages.Count - 1) * ChunksAPage; number--) _free.Push((ushort)number);
    }

    private readonly record struct Page(byte[] Octets, ChunkMarks[] Marks);
}

/// <summary>One bit for each unit of eight octets of a chunk, the lowest for the first.</summary>
internal struct ChunkMarks
{
    /// <summary>It has come.</summary>
    public UInt128 Received;

    /// <summary>A fragment began with it.</summary>
    public UInt128 Starts;
}
