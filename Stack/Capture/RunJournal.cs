using System.Globalization;

namespace UserNet.Capture;

/// <summary>
/// A run, event by event, for another one to be compared with: a hash of each event, and of the first ones, up to
/// limits, all that there is to be printed.
/// </summary>
/// <remarks>One thread at a time.</remarks>
/// <param name="epoch">Since when time is counted in what is printed, nanoseconds since 1970.</param>
internal sealed class RunJournal(long epoch = 0) : EventRecorder
{
    private const int ChunkBits = 12, ChunkSize = 1 << ChunkBits, OctetChunk = 64 * 1024;

    private readonly List<ulong[]> _hashes = [];
    private readonly List<Kept[]> _events = [];
    private readonly List<byte[]> _octets = [];
    private int _octetsUsed;      // of the last chunk
    private long _octetsKept;

    /// <summary>Since when time is counted.</summary>
    public long Epoch => epoch;

    /// <summary>How many events there were.</summary>
    public long Count { get; private set; }

    /// <summary>How many events are kept with all but their octets; 500,000, which take 40 MB.</summary>
    public int EventLimit { get; init; } = 500_000;

    /// <summary>How many octets of frames are kept. A frame is kept whole, or not at all.</summary>
    public long OctetLimit { get; init; } = 64 * 1024 * 1024;

    /// <summary>How many events are kept as hashes; 50,000,000, which take 400 MB.</summary>
    public int HashLimit { get; init; } = 50_000_000;

    /// <summary>The hash of an event; null when it was not kept.</summary>
    public ulong? HashOf(long index) =>
        index < Math.Min(Count, HashLimit) ? _hashes[(int)(index >> ChunkBits)][index & (ChunkSize - 1)] : null;

    /// <summary>An event in a line.</summary>
    public string Describe(long index) =>
        index < Math.Min(Count, EventLimit)
            ? At(index).Event.Describe(Points, epoch, OctetsOf(index))
            : string.Create(CultureInfo.InvariantCulture, $"event {index + 1}, of which only a hash was kept");

    /// <summary>A frame's octets; empty when they were not kept, or it is no frame.</summary>
    public ReadOnlySpan<byte> OctetsOf(long index)
    {
        if (index >= Math.Min(Count, EventLimit)) return default;
        ref readonly Kept kept = ref At(index);
        return kept.Chunk < 0 ? default : _octets[kept.Chunk].AsSpan(kept.Start, kept.Event.Length);
    }

    /// <inheritdoc/>
    protected override void Take(in RunEvent one, ReadOnlySpan<char> text, ReadOnlySpan<byte> octets)
    {
        long index = Count++;
        int place = (int)(index & (ChunkSize - 1));
        if (index < HashLimit)
        {
            if (place == 0) _hashes.Add(new ulong[ChunkSize]);
            _hashes[^1][place] = one.HashWith(text, octets);
        }

        if (index >= EventLimit) return;
        if (place == 0) _events.Add(new Kept[ChunkSize]);
        int chunk = Keep(octets, out int start);
        _events[^1][place] = new Kept(one with { Text = one.Text ?? (text.IsEmpty ? null : text.ToString()) }, chunk, start);
    }

    private ref readonly Kept At(long index) => ref _events[(int)(index >> ChunkBits)][index & (ChunkSize - 1)];

    private int Keep(ReadOnlySpan<byte> octets, out int start)
    {
        start = 0;
        if (octets.IsEmpty || _octetsKept + octets.Length > OctetLimit) return -1;
        if (_octets.Count == 0 || octets.Length > _octets[^1].Length - _octetsUsed)
        {
            _octets.Add(new byte[Math.Max(OctetChunk, octets.Length)]);
            _octetsUsed = 0;
        }

        start = _octetsUsed;
        octets.CopyTo(_octets[^1].AsSpan(start));
        _octetsUsed += octets.Length;
        _octetsKept += octets.Length;
        return _octets.Count - 1;
    }

    private readonly record struct Kept(RunEvent Event, int Chunk, int Start);
}
