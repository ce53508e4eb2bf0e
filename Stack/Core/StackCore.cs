using UserNet.Binding;

namespace UserNet.Core;

/// <summary>The gate and what lies behind it: the only way to a stack's state.</summary>
/// <remarks>
/// Enter with <c>using (core.Enter())</c>, run to completion, leave. Nothing inside waits, calls user code or makes a
/// system call.
/// </remarks>
internal sealed class StackCore(BindEngine engine)
{
    private readonly Gate _gate = new();

    /// <summary>Enters the gate until what is returned is disposed of.</summary>
    public Gate.Scope Enter() => _gate.Enter();

    /// <summary>Gate held.</summary>
    public BindEngine Engine { get; } = engine;
}
