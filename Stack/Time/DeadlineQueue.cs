using System.Diagnostics.CodeAnalysis;

namespace UserNet.Time;

/// <summary>
/// What is due when: taken in order of time, and of insertion where times are equal, so that runs repeat exactly.
/// </summary>
/// <remarks>
/// A binary heap of slots, each of which knows its place in the heap: adding, cancelling and taking cost O(log n), and
/// nothing
/// allocates but growth. Holds no clock: who takes says what time it is. Gate held.
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue, by time.")]
public sealed class DeadlineQueue<T>
{
    private Slot[] _slots = [];
    private int[] _heap = [];       // slots, earliest first
    private int _free = -1;         // first of the unused slots, chained by their place
    private int _used;              // slots that were ever used
    private ulong _lastNumber;

    /// <summary>How many entries wait.</summary>
    public int Count { get; private set; }

    /// <summary>When the first entry is due; Never when none waits.</summary>
    public Timestamp Next => Count == 0 ? Timestamp.Never : _slots[_heap[0]].Due;

    /// <summary>Adds an entry that is due at an instant, past ones included.</summary>
    /// <returns>Its name, to cancel it by.</returns>
    public Deadline Add(Timestamp due, T item)
    {
        int index = TakeSlot();
        _slots[index] = new Slot { Due = due, Number = ++_lastNumber, Item = item };
        Count++;
        Rise(Count - 1, index);
        return new Deadline(index, _lastNumber);
    }

    /// <summary>Takes an entry out before it is due; false when it is gone already.</summary>
    public bool Cancel(Deadline deadline)
    {
        if (!Waits(deadline)) return false;
        RemoveAt(_slots[deadline.Slot].Place);
        return true;
    }

    /// <summary>True while the entry waits in the queue.</summary>
    public bool Waits(Deadline deadline) =>
        deadline.IsSet && deadline.Slot < _used && _slots[deadline.Slot].Number == deadline.Number;

    /// <summary>Takes the first entry, if it is due by now; call it until it answers false.</summary>
    public bool TryTake(Timestamp now, [MaybeNullWhen(false)] out T item)
    {
        if (Count == 0 || _slots[_heap[0]].Due > now)
        {
            item = default;
            return false;
        }

        item = _slots[_heap[0]].Item;
        RemoveAt(0);
        return true;
    }

    /// <summary>Takes all entries out.</summary>
    public void Clear()
    {
        while (Count > 0) RemoveAt(Count - 1);
    }

    private void RemoveAt(int place)
    {
        int removed = _heap[place];
        int moved = _heap[--Count];
        if (moved != removed)
        {
            Rise(place, moved);
            Sink(_slots[moved].Place, moved);
        }

        _slots[removed] = new Slot { Item = default!, Place = _free };      // number 0: no name fits any more
        _free = removed;
    }

    // Puts a slot at a place of the heap, or nearer to the top when it is due before what is above.
    private void Rise(int place, int index)
    {
        while (place > 0)
        {
            int parent = (place - 1) / 2;
            if (!IsBefore(index, _heap[parent])) break;
            Put(place, _heap[parent]);
            place = parent;
        }

        Put(place, index);
    }

    private void Sink(int place, int index)
    {
        while ((2 * place) + 1 < Count)
        {
            int child = (2 * place) + 1;
            if (child + 1 < Count && IsBefore(_heap[child + 1], _heap[child])) child++;
            if (!IsBefore(_heap[child], index)) break;
            Put(place, _heap[child]);
            place = child;
        }

        Put(place, index);
    }

    private void Put(int place, int index)
    {
        _heap[place] = index;
        _slots[index].Place = place;
    }

    private bool IsBefore(int a, int b) =>
        _slots[a].Due < _slots[b].Due || (_slots[a].Due == _slots[b].Due && _slots[a].Number < _slots[b].Number);

    private int TakeSlot()
    {
        if (_free >= 0)
        {
            int index = _free;
            _free = _slots[index].Place;
            return index;
        }

        if (_used == _slots.Length)
        {
            int size = Math.Max(16, 2 * _used);
            Array.Resize(ref _slots, size);
            Array.Resize(ref _heap, size);
        }

        return _used++;
    }

    private struct Slot
    {
        public Timestamp Due;
        public ulong Number;      // order of insertion; 0 when the slot is unused
        public int Place;         // in the heap; of an unused slot, the next unused one
        public T Item;
    }
}
