using UserNet.Doors;
using UserNet.Simulation;

namespace UserNet.Drill.Machine;

/// <summary>Where the work of a virtual machine is done: on the thread that made it, when it is told to.</summary>
internal sealed class MachineScheduler : SingleThreadScheduler
{
    private readonly StepScheduler _items = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;

    /// <summary>What is done while a call waits; null where none may.</summary>
    public Action<Func<bool>>? Meanwhile { get; set; }

    /// <inheritdoc/>
    public override void Schedule(Action<object?> action, object? state) => _items.Schedule(action, state);

    /// <inheritdoc/>
    public override void CheckThread()
    {
        if (Environment.CurrentManagedThreadId != _thread)
            throw new InvalidOperationException("A virtual machine belongs to the thread that made it.");
    }

    /// <inheritdoc/>
    public override void RunUntil(Func<bool> condition)
    {
        if (condition()) return;
        if (Meanwhile is not { } meanwhile) throw new InvalidOperationException("The call would wait, and nothing can happen meanwhile.");
        meanwhile(condition);
    }

    /// <summary>Does the work that waits longest; false when none does.</summary>
    public bool Step() => _items.Step();
}
