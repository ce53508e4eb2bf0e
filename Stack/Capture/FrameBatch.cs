using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;

namespace UserNet.Capture;

/// <summary>
/// The frames of one call to or from a link: when it began, and copies of those that had to wait to be written.
/// </summary>
/// <remarks>Used again and again: once warm, it allocates nothing. Lock of its <see cref="FrameOrder"/> held.</remarks>
internal sealed class FrameBatch
{
    private readonly List<Kept> _kept = [];
    private byte[] _octets = [];
    private int _length;
    private DropReason[] _verdicts = [];

    /// <summary>The number of the point that its frames pass.</summary>
    public int Point { get; private set; }

    /// <summary>Which way its frames go.</summary>
    public PacketDirection Direction { get; private set; }

    /// <summary>When it began, since 1970.</summary>
    public long Nanoseconds { get; private set; }

    /// <summary>True once its call is over, and all that will be known of its frames is.</summary>
    public bool IsOver { get; set; }

    /// <summary>Where something happened that is no frame; null for frames.</summary>
    public string? Who { get; set; }

    /// <summary>What happened there.</summary>
    public string? What { get; set; }

    /// <summary>How many frames it keeps.</summary>
    public int Count => _kept.Count;

    public Kept this[int index] => _kept[index];

    /// <summary>Begins a call.</summary>
    /// <param name="point">The number of the point that its frames pass.</param>
    /// <param name="direction">Which way its frames go.</param>
    /// <param name="nanoseconds">When.</param>
    /// <param name="verdicts">For how many verdicts to have place.</param>
    public void Begin(int point, PacketDirection direction, long nanoseconds, int verdicts)
    {
        Point = point;
        Direction = direction;
        Nanoseconds = nanoseconds;
        IsOver = false;
        if (_verdicts.Length < verdicts) _verdicts = new DropReason[verdicts];
        _verdicts.AsSpan(0, verdicts).Clear();
    }

    /// <summary>Place for the verdicts of a call that brought none.</summary>
    public Span<DropReason> Verdicts(int count) => _verdicts.AsSpan(0, count);

    public void Keep(in LinkFrame frame, DropReason verdict, string? remark)
    {
        int needed = _length + frame.Octets.Length;
        if (needed > _octets.Length) Array.Resize(ref _octets, Math.Max(needed, 2 * _octets.Length));
        frame.Octets.Span.CopyTo(_octets.AsSpan(_length));
        _kept.Add(new Kept(_length, frame.Octets.Length, frame.Offload, verdict, remark));
        _length = needed;
    }

    public ReadOnlySpan<byte> OctetsOf(Kept kept) => _octets.AsSpan(kept.Start, kept.Length);

    public void Clear()
    {
        _kept.Clear();
        _length = 0;
        (Who, What) = (null, null);
    }

    /// <summary>A frame that waits.</summary>
    internal readonly record struct Kept(int Start, int Length, PacketOffload Offload, DropReason Verdict, string? Remark);
}
