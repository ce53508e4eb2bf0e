using UserNet.Drill.Language;

namespace UserNet.Drill.Calls;

/// <summary>What Python would have raised.</summary>
/// <param name="kind">The class of it, such as NameError.</param>
/// <param name="message">What it says.</param>
/// <param name="at">Where.</param>
internal sealed class CodeException(string kind, string message, Position at) : Exception(message)
{
    /// <summary>The class of it, such as NameError.</summary>
    public string Kind { get; } = kind;

    /// <summary>Where.</summary>
    public Position At { get; } = at;
}
