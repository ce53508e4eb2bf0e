using UserNet.Time;

namespace UserNet.Tcp;

/// <summary>When each octet that was not read yet came: kept while a user wants to hear of it.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class ReceiveStamps
{
    private readonly List<(SequenceNumber First, SequenceNumber End, Timestamp At)> _segments = [];      // ordered by their ends

    /// <summary>A segment's text came.</summary>
    public void Add(SequenceNumber first, int octets, Timestamp now)
    {
        if (octets == 0) return;
        SequenceNumber end = first + octets;
        int place = _segments.Count;
        while (place > 0 && _segments[place - 1].End >= end) place--;
        if (place < _segments.Count && _segments[place].First <= first) return;      // it came before
        if (place > 0 && _segments[place - 1] is var before && before.End == first && before.At == now)
            _segments[place - 1] = (before.First, end, now);
        else
            _segments.Insert(place, (first, end, now));
    }

    /// <summary>When an octet came; null where nobody looked.</summary>
    public Timestamp? Find(SequenceNumber octet)
    {
        foreach ((SequenceNumber first, SequenceNumber end, Timestamp at) in _segments)
            if (end > octet) return first <= octet ? at : null;
        return null;
    }

    /// <summary>What comes before a number was read.</summary>
    public void Forget(SequenceNumber unread)
    {
        int count = 0;
        while (count < _segments.Count && _segments[count].End <= unread) count++;
        if (count > 0) _segments.RemoveRange(0, count);
    }
}
