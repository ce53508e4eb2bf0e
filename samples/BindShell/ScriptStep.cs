namespace UserNet.Samples.BindShell;

/// <summary>A word of a script and where it stands, both counted from 1.</summary>
public readonly record struct Word(string Text, int Line, int Column)
{
    private const int MostShown = 40;

    /// <summary>
    /// The word in quotation marks, for a message: cut when it is long, and without control characters.
    /// </summary>
    public override string ToString()
    {
        string shown = string.Concat(Text.Take(MostShown).Select(static c => char.IsControl(c) ? '?' : c));
        return Text.Length > MostShown ? $"'{shown}...'" : $"'{shown}'";
    }
}

/// <summary>One step of a script: what is done, to which socket, with which words.</summary>
/// <param name="Text">The step as it was written.</param>
/// <param name="Subject">The socket's name; null for steps about no single socket.</param>
/// <param name="Verb">The verb; "=" opens a socket.</param>
/// <param name="Arguments">The words behind the verb.</param>
public sealed record ScriptStep(string Text, string? Subject, Word Verb, IReadOnlyList<Word> Arguments)
{
    /// <summary>The text of an argument, or null when there is none at this place.</summary>
    public string? this[int index] => index < Arguments.Count ? Arguments[index].Text : null;
}

/// <summary>What came of a step.</summary>
/// <param name="Text">ok, an error's name or a value; alternatives that chance decides between are joined by |.</param>
/// <param name="IsRefused">The text is the code of a call that was refused.</param>
/// <param name="Explanation">Why, where that was asked for and there is something to say.</param>
public sealed record StepResult(string Text, bool IsRefused = false, string? Explanation = null)
{
    /// <summary>The step needs what is not built yet; the text then says what.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>True when the step went as the text says.</summary>
    public bool Agrees(string expected) =>
        Text == expected || (Text.Contains('|', StringComparison.Ordinal) && Text.Split('|').Contains(expected));
}

/// <summary>
/// A script or a table of rows that can't be read; the message begins with line and column.
/// </summary>
public sealed class ScriptException : Exception
{
    /// <summary>An error at a place.</summary>
    public ScriptException(int line, int column, string message)
        : base(FormattableString.Invariant($"line {line}, column {column}: {message}"))
    {
    }

    /// <summary>An error at a word.</summary>
    public ScriptException(in Word word, string message) : this(word.Line, word.Column, message)
    {
    }
}
