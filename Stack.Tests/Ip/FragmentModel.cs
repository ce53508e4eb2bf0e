using UserNet.Doors;

namespace UserNet.Tests.Ip;

/// <summary>Reassembly as plainly as it can be told: lists of fragments, searched from end to end.</summary>
internal sealed class FragmentModel(bool isV6)
{
    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(isV6 ? 60 : 30);
    private readonly int _most = isV6 ? 65_535 : 65_515;
    private readonly List<Waiting> _waiting = [];

    public int Count => _waiting.Count;

    public int Timeouts { get; private set; }

    public int ErrorsDue { get; private set; }

    /// <summary>Moves the time.</summary>
    public void Expire(TimeSpan now)
    {
        foreach (Waiting late in _waiting.Where(one => one.Began + _timeout <= now).ToArray())
        {
            _waiting.Remove(late);
            if (late.IsGivenUp) continue;
            Timeouts++;
            if (late.Pieces.Any(static piece => piece.Start == 0)) ErrorsDue++;
        }
    }

    /// <summary>A fragment came: why it was dropped, and the whole payload when it is complete.</summary>
    public (DropReason Reason, byte[]? Whole) Add(string key, int start, byte[] octets, bool more, TimeSpan now)
    {
        int end = start + octets.Length;
        if (start == 0 && !more) return (DropReason.None, octets);      // is no fragment
        if (isV6 && start == 0 && octets.Length == 0) return (DropReason.Ip6HeadersCutOff, null);
        if (octets.Length == 0 || (more && octets.Length % 8 != 0) || end > _most) return (DropReason.FragmentMalformed, null);
        Waiting? waiting = _waiting.Find(one => one.Key == key);
        if (waiting is null) _waiting.Add(waiting = new Waiting(key, now));
        if (waiting.IsGivenUp) return (DropReason.FragmentOverlap, null);

        Piece piece = new(start, end, more, octets);
        if (waiting.Pieces.Exists(other => (other.Start, other.End, other.More) == (start, end, more) && other.Octets.AsSpan().SequenceEqual(octets)))
            return (DropReason.FragmentDuplicate, null);
        bool contradicts = waiting.Pieces.Exists(other => Cells(other).Intersect(Cells(piece)).Any())
            || waiting.Pieces.Exists(other => !other.More && end > other.End)
            || (!more && waiting.Pieces.Exists(other => !other.More || other.End > end));
        if (contradicts)
        {
            waiting.IsGivenUp = true;
            return (DropReason.FragmentOverlap, null);
        }

        waiting.Pieces.Add(piece);
        Piece[] inOrder = [.. waiting.Pieces.OrderBy(static one => one.Start)];
        if (inOrder[^1].More || inOrder.Sum(static one => one.Octets.Length) != inOrder[^1].End) return (DropReason.None, null);
        _waiting.Remove(waiting);
        return (DropReason.None, [.. inOrder.SelectMany(static one => one.Octets)]);
    }

    private static IEnumerable<int> Cells(Piece piece) => Enumerable.Range(piece.Start / 8, ((piece.End + 7) / 8) - (piece.Start / 8));

    private sealed record Piece(int Start, int End, bool More, byte[] Octets);

    private sealed class Waiting(string key, TimeSpan began)
    {
        public string Key => key;
        public TimeSpan Began => began;
        public List<Piece> Pieces { get; } = [];
        public bool IsGivenUp { get; set; }
    }
}
