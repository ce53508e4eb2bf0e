namespace UserNet.Simulation;

/// <summary>Work that waits for its turn, first in, first out; allocates only to grow.</summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class ItemRing
{
    private Item[] _items = new Item[16];
    private int _first;

    /// <summary>How many items wait.</summary>
    public int Count { get; private set; }

    public void Add(Action<object?> action, object? state)
    {
        if (Count == _items.Length) Grow();
        _items[(_first + Count++) & (_items.Length - 1)] = new Item(action, state);
    }

    public bool TryTake(out Item item)
    {
        item = default;
        if (Count == 0) return false;
        ref Item first = ref _items[_first];
        item = first;
        first = default;
        _first = (_first + 1) & (_items.Length - 1);
        Count--;
        return true;
    }

    private void Grow()
    {
        var larger = new Item[2 * _items.Length];
        for (int i = 0; i < Count; i++) larger[i] = _items[(_first + i) & (_items.Length - 1)];
        _items = larger;
        _first = 0;
    }

    /// <summary>A call to be made.</summary>
    internal readonly record struct Item(Action<object?> Action, object? State)
    {
        public void Run() => Action(State);
    }
}
