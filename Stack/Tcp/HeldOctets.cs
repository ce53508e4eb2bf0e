using System.Runtime.CompilerServices;

namespace UserNet.Tcp;

/// <summary>
/// Which octets a receive ring holds beyond a gap, and in which order SACK tells of them. RFC 2018 4.
/// </summary>
/// <remarks>Gate held.</remarks>
internal sealed class HeldOctets
{
    /// <summary>As many blocks as FreeBSD remembers; an option of 40 octets holds 4.</summary>
    public const int MaxBlocks = 6;

    private Blocks _told;       // the last changed first; one that was pushed out is told of no more
    private int _toldCount;

    /// <summary>The ranges of what is held.</summary>
    public SequenceRanges Ranges { get; } = new();

    /// <summary>How many acknowledgments left since RCV.NXT moved on last, as far as that matters: the first few are sent one by one.</summary>
    public int Answers { get; set; }

    /// <summary>RCV.NXT when <see cref="Answers"/> was 0.</summary>
    public SequenceNumber AnswersFrom { get; set; }

    /// <summary>How many segments wait for an acknowledgment that tells of all of them.</summary>
    public int Unanswered { get; set; }

    /// <summary>Octets came that are held now: their block is told of first, with those that it touches.</summary>
    /// <param name="segment">Their numbers.</param>
    /// <param name="most">How many blocks are remembered.</param>
    public void NoteArrival(SackBlock segment, int most)
    {
        Blocks told = default;
        int kept = 1;
        for (int i = 0; i < _toldCount; i++)
        {
            SackBlock block = _told[i];
            if (block.Left <= segment.Right && segment.Left <= block.Right)
                segment = new SackBlock(SequenceNumber.Min(block.Left, segment.Left), SequenceNumber.Max(block.Right, segment.Right));
            else if (kept < most)
                told[kept++] = block;
        }

        told[0] = segment;
        _told = told;
        _toldCount = kept;
    }

    /// <summary>RCV.NXT moved on: what it has passed is told of no more.</summary>
    public void ForgetUpTo(SequenceNumber next)
    {
        int kept = 0;
        for (int i = 0; i < _toldCount; i++)
            if (_told[i].Left > next) _told[kept++] = _told[i];
        _toldCount = kept;
    }

    /// <summary>Copies the blocks to tell of, the last changed first, and says how many.</summary>
    public int CopyBlocks(Span<SackBlock> blocks)
    {
        int count = Math.Min(_toldCount, blocks.Length);
        for (int i = 0; i < count; i++) blocks[i] = _told[i];
        return count;
    }

    /// <summary>Forgets what was told of, and not what is held: the sender learns it anew as more comes.</summary>
    public void ForgetTold() => _toldCount = 0;

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Ranges.Clear();
        _toldCount = Answers = Unanswered = 0;
    }

    [InlineArray(MaxBlocks)]
    private struct Blocks
    {
        private SackBlock _first;
    }
}
