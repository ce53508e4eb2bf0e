using System.Diagnostics.CodeAnalysis;
using UserNet.Drill.Language;

namespace UserNet.Drill.Running;

/// <summary>Something did not happen as the script says; ends the play, and never leaves it.</summary>
[SuppressMessage("Design", "CA1032", Justification = "It is thrown and caught by the interpreter alone.")]
[SuppressMessage("Design", "CA1064", Justification = "It is thrown and caught by the interpreter alone.")]
internal sealed class DrillFailure(Position at, string field, string expected, string actual) : Exception(field)
{
    /// <summary>The event that it is about.</summary>
    public Position At { get; } = at;

    /// <summary>What differed.</summary>
    public string Field { get; } = field;

    /// <summary>What the script says.</summary>
    public string Expected { get; } = expected;

    /// <summary>What came.</summary>
    public string Actual { get; } = actual;
}
