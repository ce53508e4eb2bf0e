using System.Runtime.CompilerServices;

namespace UserNet.Tcp;

/// <summary>
/// Which octets a receive ring holds beyond a gap, and in which order SACK tells of them. RFC 2018 4.
/// </summary>
/// <remarks>Gate held.</remarks>
internal sealed class HeldOctets
{
    /// <summary>As many blocks as an option of 40 octets holds.</summary>
    private const int MaxBlocks = 4;

    private Recent _recent;     // a number in each block told of, the last told of first
    private int _recentCount;

    /// <summary>The ranges of what is held.</summary>
    public SequenceRanges Ranges { get; } = new();

    /// <summary>Notes that octets came that are held now: their block is told of first.</summary>
    public void NoteArrival(SequenceNumber number)
    {
        int block = Ranges.Find(number);
        if (block < 0) return;
        SackBlock range = Ranges[block];
        Recent told = default;
        told[0] = number;
        int kept = 1;
        for (int i = 0; i < _recentCount && kept < MaxBlocks; i++)
        {
            // A block is told of once, and no longer when it is held no more.
            int other = Ranges.Find(_recent[i]);
            if (other >= 0 && other != block) told[kept++] = _recent[i];
        }

        _recent = told;
        _recentCount = kept;
    }

    /// <summary>Copies the blocks to tell of, the last changed first, and says how many.</summary>
    /// <remarks>
    /// When those told of before are too few, others follow, so that what is held never goes untold. Highest first.
    /// </remarks>
    public int CopyBlocks(Span<SackBlock> blocks)
    {
        int count = 0;
        for (int i = 0; i < _recentCount && count < blocks.Length; i++)
        {
            int index = Ranges.Find(_recent[i]);
            if (index >= 0) blocks[count++] = Ranges[index];
        }

        for (int i = Ranges.Count - 1; i >= 0 && count < blocks.Length; i--)
            if (!blocks[..count].Contains(Ranges[i])) blocks[count++] = Ranges[i];
        return count;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Ranges.Clear();
        _recentCount = 0;
    }

    [InlineArray(MaxBlocks)]
    private struct Recent
    {
        private SequenceNumber _first;
    }
}
