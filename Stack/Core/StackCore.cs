using UserNet.Binding;

namespace UserNet.Core;

/// <summary>The gate and what lies behind it: the only way to a stack's state.</summary>
/// <remarks>
/// Enter with <c>lock (core.Gate)</c>, run to completion, leave. Nothing inside waits, calls user code or makes a system call.
/// </remarks>
internal sealed class StackCore(BindEngine engine)
{
    public Lock Gate { get; } = new();

    /// <summary>Gate held.</summary>
    public BindEngine Engine { get; } = engine;
}
