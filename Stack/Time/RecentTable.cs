namespace UserNet.Time;

/// <summary>A table of bounded size: who comes anew into a full one takes the place of the entry that was longest not used.</summary>
/// <remarks>
/// Grows up to its capacity and allocates nothing from then on. What is given out by reference holds until the next
/// entry is added. Gate held.
/// </remarks>
internal sealed class RecentTable<TKey, TValue>(int capacity)
    where TKey : struct, IEquatable<TKey>
{
    private const int None = -1;

    private readonly Dictionary<TKey, int> _places = [];      // looked into by key alone, never walked
    private Slot[] _slots = [];
    private int _newest = None, _oldest = None, _free = None, _used;

    /// <summary>How many entries there are.</summary>
    public int Count => _places.Count;

    /// <summary>Finds an entry, which is the newest from now on.</summary>
    public bool TryFind(TKey key, out TValue value)
    {
        if (_places.Count == 0 || !_places.TryGetValue(key, out int place))
        {
            value = default!;
            return false;
        }

        Touch(place);
        value = _slots[place].Value;
        return true;
    }

    /// <summary>Finds or adds an entry, which is the newest from now on.</summary>
    public ref TValue FindOrAdd(TKey key, out bool isNew)
    {
        isNew = !_places.TryGetValue(key, out int place);
        if (isNew)
        {
            if (Count == capacity) Remove(_slots[_oldest].Key);
            place = TakeSlot();
            _slots[place].Key = key;
            _places.Add(key, place);
            LinkAsNewest(place);
        }
        else
        {
            Touch(place);
        }

        return ref _slots[place].Value;
    }

    /// <summary>Takes an entry out, if it is there.</summary>
    public bool Remove(TKey key)
    {
        if (!_places.Remove(key, out int place)) return false;
        Unlink(place);
        _slots[place] = new Slot { Older = _free };
        _free = place;
        return true;
    }

    /// <summary>Takes all entries out that fit, oldest first, and says how many there were.</summary>
    public int RemoveWhere<TState>(TState state, Func<TKey, TValue, TState, bool> fits)
    {
        int removed = 0;
        for (int place = _oldest, newer; place != None; place = newer)
        {
            newer = _slots[place].Newer;
            if (fits(_slots[place].Key, _slots[place].Value, state) && Remove(_slots[place].Key)) removed++;
        }

        return removed;
    }

    /// <summary>Takes all entries out.</summary>
    public void Clear()
    {
        while (_oldest != None) Remove(_slots[_oldest].Key);
    }

    private int TakeSlot()
    {
        if (_free != None)
        {
            int place = _free;
            _free = _slots[place].Older;
            return place;
        }

        if (_used == _slots.Length) Array.Resize(ref _slots, Math.Clamp(2 * _used, 16, Math.Max(16, capacity)));
        return _used++;
    }

    private void Touch(int place)
    {
        if (place == _newest) return;
        Unlink(place);
        LinkAsNewest(place);
    }

    private void LinkAsNewest(int place)
    {
        ref Slot slot = ref _slots[place];
        slot.Older = _newest;
        slot.Newer = None;
        if (_newest != None) _slots[_newest].Newer = place;
        else _oldest = place;
        _newest = place;
    }

    private void Unlink(int place)
    {
        Slot slot = _slots[place];
        if (slot.Newer != None) _slots[slot.Newer].Older = slot.Older;
        else _newest = slot.Older;
        if (slot.Older != None) _slots[slot.Older].Newer = slot.Newer;
        else _oldest = slot.Newer;
    }

    private struct Slot
    {
        public TKey Key;
        public TValue Value;
        public int Newer, Older;      // of an unused slot, Older is the next unused one
    }
}
