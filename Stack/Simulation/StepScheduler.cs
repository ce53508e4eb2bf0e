using System.IO.Pipelines;

namespace UserNet.Simulation;

/// <summary>
/// A scheduler that runs what was scheduled when it is told to, in order, on the thread that tells it.
/// </summary>
/// <remarks>
/// Scheduling: any thread; it never runs anything, and allocates only to grow. Running: one thread. An item may itself
/// call <see cref="Step"/>, and so wait for others.
/// </remarks>
public sealed class StepScheduler : PipeScheduler
{
    private readonly Lock _lock = new();
    private Item[] _items = new Item[16];
    private int _first, _count;

    /// <summary>How many items wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _count;
        }
    }

    /// <inheritdoc/>
    public override void Schedule(Action<object?> action, object? state)
    {
        ArgumentNullException.ThrowIfNull(action);
        lock (_lock)
        {
            if (_count == _items.Length) Grow();
            _items[(_first + _count++) & (_items.Length - 1)] = new Item(action, state);
        }
    }

    /// <summary>Runs the item that waits longest; false when none does.</summary>
    /// <remarks>What it throws comes out here. It is gone then; the others still wait.</remarks>
    public bool Step()
    {
        if (Volatile.Read(ref _count) == 0) return false;      // who runs until idle asks once more each time
        Item item;
        lock (_lock)
        {
            if (_count == 0) return false;
            item = _items[_first];
            _items[_first] = default;
            _first = (_first + 1) & (_items.Length - 1);
            _count--;
        }

        item.Action(item.State);
        return true;
    }

    /// <summary>Runs items until none waits, also those that are scheduled meanwhile.</summary>
    /// <param name="limit">How many to run at most.</param>
    /// <returns>How many it ran.</returns>
    public int RunUntilIdle(int limit = int.MaxValue)
    {
        int count = 0;
        while (count < limit && Step()) count++;
        return count;
    }

    private void Grow()
    {
        var larger = new Item[2 * _items.Length];
        for (int i = 0; i < _count; i++) larger[i] = _items[(_first + i) & (_items.Length - 1)];
        _items = larger;
        _first = 0;
    }

    private readonly record struct Item(Action<object?> Action, object? State);
}
