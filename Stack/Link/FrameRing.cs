using System.Diagnostics;
using UserNet.Buffers;

namespace UserNet.Link;

/// <summary>
/// Copies of frames in order, in storage that is used again and again: nothing is allocated but for growth, and growth
/// has an end.
/// </summary>
/// <remarks>
/// Frames leave as they came, so their octets lie one behind the other in a ring, each frame in one piece: what does
/// not fit before the end begins at the front again. The owner locks.
/// </remarks>
/// <param name="frameLimit">Frames it holds at most.</param>
/// <param name="octetLimit">Octets it holds at most, a frame being rounded up to whole words.</param>
internal sealed class FrameRing(int frameLimit, int octetLimit)
{
    private const int Word = 8, FirstOctets = 16 * 1024, FirstSlots = 16;

    private Slot[] _slots = [];
    private byte[] _octets = [];
    private int _first;      // slot of the oldest frame
    private int _end;        // where the octets of the youngest frame end

    /// <summary>How many frames it holds.</summary>
    public int Count { get; private set; }

    /// <summary>How many octets its storage has.</summary>
    public int Storage => _octets.Length;

    /// <summary>True when it is at most half full, and it is worth while to send again.</summary>
    public bool IsRoomy => Count <= frameLimit / 2 && Used <= octetLimit / 2;

    private int Used => Count == 0 ? 0 : _end > Start ? _end - Start : _octets.Length - Start + _end;

    private int Start => _slots[_first].Start;

    /// <summary>Puts a copy of a frame behind the others; false when there is no room.</summary>
    /// <exception cref="ArgumentException">The frame is larger than the ring: it would never fit.</exception>
    public bool TryAdd(in LinkFrame frame)
    {
        int length = frame.Octets.Length;
        if (length > octetLimit - Word)
            throw new ArgumentException($"A frame of {length} octets does not fit a link that keeps {octetLimit}.");
        int room = Math.Max(Word, (length + Word - 1) & -Word);
        if (Count == frameLimit || !MakeRoom(room, out int start)) return false;
        if (Count == _slots.Length) GrowSlots();
        frame.Octets.Span.CopyTo(_octets.AsSpan(start));
        _slots[At(Count++)] = new Slot(start, length, frame.Offload);
        _end = start + room;
        return true;
    }

    /// <summary>Lends the oldest frames, as many as fit; they stay until they are released.</summary>
    public int Lend(Span<LinkFrame> batch)
    {
        int count = Math.Min(Count, batch.Length);
        for (int i = 0; i < count; i++)
        {
            ref readonly Slot slot = ref _slots[At(i)];
            batch[i] = new LinkFrame(new ReadOnlyMemory<byte>(_octets, slot.Start, slot.Length), slot.Offload);
        }

        return count;
    }

    /// <summary>Lets the oldest frames go.</summary>
    public void Release(int count)
    {
        Debug.Assert(count <= Count, "More frames were released than there are.");
        _first = At(count);
        Count -= count;
    }

    /// <summary>Lets all frames go, and the storage with them.</summary>
    public void Clear()
    {
        (_slots, _octets, _first, _end, Count) = ([], [], 0, 0, 0);
    }

    private int At(int index)
    {
        int place = _first + index;
        return place < _slots.Length ? place : place - _slots.Length;
    }

    private bool MakeRoom(int room, out int start)
    {
        if (TryPlace(room, out start)) return true;
        if (_octets.Length == octetLimit) return false;
        GrowOctets(room);
        return TryPlace(room, out start);
    }

    private bool TryPlace(int room, out int start)
    {
        if (Count == 0) _end = 0;
        start = _end;
        if (Count > 0 && _end <= Start) return room <= Start - _end;
        if (room <= _octets.Length - _end) return true;
        start = 0;
        return Count > 0 && room <= Start;
    }

    // Frames that are lent lie in the old storage, which nobody writes to any more.
    private void GrowOctets(int room)
    {
        long wanted = Math.Max(FirstOctets, 2L * Math.Max(_octets.Length, room));
        byte[] larger = new byte[(int)Math.Min(octetLimit, wanted)];
        int end = 0;
        for (int i = 0; i < Count; i++)
        {
            ref Slot slot = ref _slots[At(i)];
            _octets.AsSpan(slot.Start, slot.Length).CopyTo(larger.AsSpan(end));
            slot = slot with { Start = end };
            end += Math.Max(Word, (slot.Length + Word - 1) & -Word);
        }

        _octets = larger;
        _end = end;
    }

    private void GrowSlots()
    {
        var larger = new Slot[Math.Min(frameLimit, Math.Max(FirstSlots, 2 * _slots.Length))];
        for (int i = 0; i < Count; i++) larger[i] = _slots[At(i)];
        _slots = larger;
        _first = 0;
    }

    private readonly record struct Slot(int Start, int Length, PacketOffload Offload);
}
