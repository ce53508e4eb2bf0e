using System.IO.Pipelines;

namespace UserNet.Simulation;

/// <summary>What is to be done in a virtual network at this instant, in order: frames on their way, and turns of hosts.</summary>
/// <remarks>
/// The network's thread: work of another one is not done, but noted as a <see cref="ForeignThreadException"/>, which
/// comes out of the run.
/// </remarks>
internal sealed class VirtualItems(VirtualNetwork network) : PipeScheduler
{
    private readonly ItemRing _items = new();

    /// <summary>How many items wait.</summary>
    public int Count => _items.Count;

    /// <inheritdoc/>
    public override void Schedule(Action<object?> action, object? state)
    {
        if (network.IsOwnThread()) _items.Add(action, state);
    }

    /// <summary>Runs the item that waits longest; false when none does. It may itself have others run.</summary>
    /// <remarks>What it throws comes out here. It is gone then; the others still wait.</remarks>
    public bool Step()
    {
        if (!_items.TryTake(out ItemRing.Item item)) return false;
        item.Run();
        return true;
    }
}
