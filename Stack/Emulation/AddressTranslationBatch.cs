using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Emulation;

/// <summary>
/// Some frames on their way through an <see cref="AddressTranslation"/>: what became of each, and those that go on.
/// </summary>
/// <remarks>Its arrays are used again and again, by one call at a time.</remarks>
internal sealed class AddressTranslationBatch
{
    /// <summary>How many frames there are room for.</summary>
    public const int Size = 64;

    private readonly LinkFrame[] _onward = new LinkFrame[Size];
    private readonly int[] _places = new int[Size];      // of those that go on, among all
    private readonly TranslationWay[] _ways = new TranslationWay[Size];
    private readonly DropReason[] _reasons = new DropReason[Size], _verdicts = new DropReason[Size];
    private readonly PacketBuffer?[] _copies = new PacketBuffer?[Size];

    /// <summary>How many frames came.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them go on.</summary>
    public int OnwardCount { get; private set; }

    /// <summary>Those that go on, in order.</summary>
    public ReadOnlySpan<LinkFrame> Onward => _onward.AsSpan(0, OnwardCount);

    /// <summary>A place for what becomes of each that goes on.</summary>
    public Span<DropReason> OnwardVerdicts => _verdicts.AsSpan(0, OnwardCount);

    /// <summary>What became of a frame.</summary>
    public TranslationWay WayOf(int index) => _ways[index];

    /// <summary>Why a frame was dropped.</summary>
    public DropReason ReasonOf(int index) => _reasons[index];

    /// <summary>Adds what became of a frame.</summary>
    /// <param name="frame">The frame as it came.</param>
    /// <param name="copy">What it was rewritten to; null for nothing.</param>
    /// <param name="way">What became of it.</param>
    /// <param name="reason">Why it was dropped.</param>
    public void Add(in LinkFrame frame, PacketBuffer? copy, TranslationWay way, DropReason reason)
    {
        (_ways[Count], _reasons[Count], _copies[Count]) = (way, reason, copy);
        if (way is TranslationWay.Untouched or TranslationWay.Translated)
        {
            _places[OnwardCount] = Count;
            _onward[OnwardCount++] = copy is null ? frame : new LinkFrame(copy.Memory, frame.Offload);
        }

        Count++;
    }

    /// <summary>Takes the copy of a frame, to keep it longer than the batch.</summary>
    public PacketBuffer TakeCopy(int index)
    {
        PacketBuffer copy = _copies[index]!;
        _copies[index] = null;
        return copy;
    }

    /// <summary>How many of the frames are dealt with when so many of those that go on were taken.</summary>
    public int DoneWhenTaken(int taken) => taken < OnwardCount ? _places[taken] : Count;

    /// <summary>Fills in what became of each frame: of those that went on, what was said of them.</summary>
    public void WriteVerdicts(Span<DropReason> verdicts)
    {
        _reasons.AsSpan(0, Count).CopyTo(verdicts);
        for (int i = 0; i < OnwardCount; i++) verdicts[_places[i]] = _verdicts[i];
    }

    /// <summary>Gives the copies back. Lock of the link held, for their pool.</summary>
    public void Clear()
    {
        for (int i = 0; i < Count; i++)
        {
            _copies[i]?.Return();
            _copies[i] = null;
        }

        _onward.AsSpan(0, OnwardCount).Clear();
        _verdicts.AsSpan(0, OnwardCount).Clear();
        (Count, OnwardCount) = (0, 0);
    }
}
