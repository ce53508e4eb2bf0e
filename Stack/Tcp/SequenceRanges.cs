using System.Runtime.CompilerServices;

namespace UserNet.Tcp;

/// <summary>
/// A set of sequence numbers as ranges in order, no two of which touch. A few lie within, more in an array of their
/// own.
/// </summary>
/// <remarks>All numbers in it lie within 2³¹ of each other. Gate held.</remarks>
internal sealed class SequenceRanges
{
    /// <summary>The most ranges there can be: more come only from a peer that means harm.</summary>
    public const int MaxCount = 1024;

    private const int CountWithin = 4;

    private Few _few;
    private SackBlock[]? _many;

    /// <summary>How many ranges there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many sequence numbers there are.</summary>
    public int Octets { get; private set; }

    /// <summary>A range, the earliest being number 0.</summary>
    public SackBlock this[int index] => Blocks[index];

    private Span<SackBlock> Space => _many is null ? _few : _many;

    private Span<SackBlock> Blocks => Space[..Count];

    /// <summary>
    /// Adds a range and says how many numbers of it are new, or -1 when there are too many ranges to add one.
    /// </summary>
    public int Add(SackBlock range)
    {
        if (range.Length <= 0) return 0;
        Span<SackBlock> blocks = Blocks;
        int from = FirstEndingAtOrAfter(range.Left);
        int to = from;
        int known = 0;
        SackBlock merged = range;
        for (; to < blocks.Length && blocks[to].Left <= range.Right; to++)
        {
            known += blocks[to].Length;
            merged = new SackBlock(
                SequenceNumber.Min(merged.Left, blocks[to].Left), SequenceNumber.Max(merged.Right, blocks[to].Right));
        }

        if (to == from)
        {
            if (!TryInsert(from, range)) return -1;
        }
        else
        {
            blocks[from] = merged;
            RemoveAt(from + 1, to - from - 1);
        }

        Octets += merged.Length - known;
        return merged.Length - known;
    }

    /// <summary>Removes every number before the given one.</summary>
    public void RemoveUpTo(SequenceNumber number)
    {
        Span<SackBlock> blocks = Blocks;
        int gone = 0;
        while (gone < blocks.Length && blocks[gone].Right <= number) Octets -= blocks[gone++].Length;
        if (gone < blocks.Length && blocks[gone].Left < number)
        {
            Octets -= number - blocks[gone].Left;
            blocks[gone] = blocks[gone] with { Left = number };
        }

        RemoveAt(0, gone);
    }

    /// <summary>Removes every number from the given one on.</summary>
    public void RemoveFrom(SequenceNumber number)
    {
        Span<SackBlock> blocks = Blocks;
        int kept = blocks.Length;
        while (kept > 0 && blocks[kept - 1].Left >= number) Octets -= blocks[--kept].Length;
        if (kept > 0 && blocks[kept - 1].Right > number)
        {
            Octets -= blocks[kept - 1].Right - number;
            blocks[kept - 1] = blocks[kept - 1] with { Right = number };
        }

        Count = kept;
    }

    /// <summary>The index of the range that a number lies in, or -1.</summary>
    public int Find(SequenceNumber number)
    {
        int index = FirstEndingAtOrAfter(number + 1);
        return index < Count && Blocks[index].Left <= number ? index : -1;
    }

    /// <summary>
    /// The first numbers that a range and this set have in common, as far as they lie together; empty when there are
    /// none.
    /// </summary>
    public SackBlock FirstOverlap(SackBlock range)
    {
        int index = FirstEndingAtOrAfter(range.Left + 1);
        if (range.Length <= 0 || index == Count || Blocks[index].Left >= range.Right) return default;
        SackBlock block = Blocks[index];
        return new SackBlock(
            SequenceNumber.Max(block.Left, range.Left), SequenceNumber.Min(block.Right, range.Right));
    }

    /// <summary>Removes all.</summary>
    public void Clear() => (Count, Octets) = (0, 0);

    /// <summary>The index of the first range whose right edge is not before a number, or <see cref="Count"/>.</summary>
    public int FirstEndingAtOrAfter(SequenceNumber number)
    {
        Span<SackBlock> blocks = Blocks;
        // Segments mostly follow the one that came before.
        if (blocks.Length == 0 || blocks[^1].Right < number) return blocks.Length;
        int low = 0, high = blocks.Length - 1;
        if (high == 0 || blocks[high - 1].Right < number) return high;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (blocks[middle].Right < number) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private bool TryInsert(int index, SackBlock range)
    {
        if (Count == MaxCount) return false;
        if (Count == Space.Length)
        {
            var larger = new SackBlock[Count * 4];
            Blocks.CopyTo(larger);
            _many = larger;
        }

        Count++;
        Span<SackBlock> blocks = Blocks;
        blocks[index..^1].CopyTo(blocks[(index + 1)..]);
        blocks[index] = range;
        return true;
    }

    private void RemoveAt(int index, int count)
    {
        if (count == 0) return;
        Span<SackBlock> blocks = Blocks;
        blocks[(index + count)..].CopyTo(blocks[index..]);
        Count -= count;
    }

    [InlineArray(CountWithin)]
    private struct Few
    {
        private SackBlock _first;
    }
}
