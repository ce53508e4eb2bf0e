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
    private readonly ItemRing _items = new();

    /// <summary>How many items wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _items.Count;
        }
    }

    /// <inheritdoc/>
    public override void Schedule(Action<object?> action, object? state)
    {
        ArgumentNullException.ThrowIfNull(action);
        lock (_lock) _items.Add(action, state);
    }

    /// <summary>Runs the item that waits longest; false when none does.</summary>
    /// <remarks>What it throws comes out here. It is gone then; the others still wait.</remarks>
    public bool Step()
    {
        ItemRing.Item item;
        lock (_lock)
        {
            if (!_items.TryTake(out item)) return false;
        }

        item.Run();
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
}
