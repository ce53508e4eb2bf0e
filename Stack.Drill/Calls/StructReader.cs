using UserNet.Drill.Language;

namespace UserNet.Drill.Calls;

/// <summary>The fields of a struct in a call: each is asked for by name, and one that nobody asked for is not supported.</summary>
internal sealed class StructReader
{
    private readonly CallArguments _arguments;
    private readonly List<FieldExpression> _left;

    /// <summary>Those of an expression.</summary>
    /// <exception cref="UnsupportedException">It is no struct.</exception>
    public StructReader(CallArguments arguments, Expression expression)
    {
        _arguments = arguments;
        At = expression.At;
        _left = expression is StructExpression record
            ? [.. record.Fields]
            : throw arguments.Unsupported($"{CallArguments.FormOf(expression)} where a struct belongs", expression.At);
    }

    /// <summary>Where it stands.</summary>
    public Position At { get; }

    /// <summary>True when a field of that name is still there.</summary>
    public bool Has(string name) => _left.Exists(field => field.Name == name);

    /// <summary>Takes a field by any of its names; null when it is not there.</summary>
    public FieldExpression? Take(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            int index = _left.FindIndex(field => field.Name == name);
            if (index < 0) continue;
            FieldExpression found = _left[index];
            _left.RemoveAt(index);
            return found;
        }

        return null;
    }

    /// <summary>Takes a field that is a number; null when it is not there, or is <c>...</c>.</summary>
    public long? TakeNumber(params ReadOnlySpan<string> names) =>
        Take(names) is { Value: not EllipsisExpression } field ? _arguments.NumberOf(field.Value) : null;

    /// <summary>Takes a field that is a number and must be there.</summary>
    public long TakeNeeded(string name) =>
        Take(name) is { } field ? _arguments.NumberOf(field.Value) : throw _arguments.Unsupported($"a struct without {name}", At);

    /// <summary>Says that all has been taken.</summary>
    /// <exception cref="UnsupportedException">A field is left.</exception>
    public void End()
    {
        if (_left is [var field, ..]) throw _arguments.Unsupported($"field {field.Name ?? "without a name"}", field.Value.At);
    }
}
