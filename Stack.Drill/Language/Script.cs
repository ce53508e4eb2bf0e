namespace UserNet.Drill.Language;

/// <summary>A place in a script's text.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public readonly record struct Position(int Line, int Column)
{
    /// <summary>As in "12:5".</summary>
    public override string ToString() => $"{Line}:{Column}";
}

/// <summary>A script that was read: what is to be set up, and what is to happen in which order.</summary>
/// <param name="Path">Where it was read from, for reports.</param>
/// <param name="Options">Those at its head, in their order; names without the dashes.</param>
/// <param name="Init">A command before the clock starts, or null.</param>
/// <param name="Events">What happens, in the order of the text.</param>
/// <param name="CleanUp">A command for the end, also of a script that failed; or null.</param>
public sealed record Script(
    string Path, IReadOnlyList<ScriptOption> Options, CommandText? Init, IReadOnlyList<ScriptEvent> Events, CommandText? CleanUp);

/// <summary>An option at the head of a script.</summary>
/// <param name="Name">As in "tolerance_usecs".</param>
/// <param name="Value">What stands behind the equals sign; null when there is none.</param>
/// <param name="At">Where it stands.</param>
public sealed record ScriptOption(string Name, string? Value, Position At);

/// <summary>A text between back-quotes.</summary>
/// <param name="Text">What stands between them.</param>
/// <param name="At">Where it begins.</param>
public sealed record CommandText(string Text, Position At);

/// <summary>What the time in front of an event says.</summary>
public enum TimeKind : byte
{
    /// <summary>Counted from the start of the script.</summary>
    Absolute,
    /// <summary>Counted from the end of the event before.</summary>
    Relative,
    /// <summary>Any time: <c>*</c>.</summary>
    Any,
    /// <summary>Between two instants, both counted from the start.</summary>
    AbsoluteRange,
    /// <summary>Between two instants, both counted from the end of the event before.</summary>
    RelativeRange,
}

/// <summary>When an event happens, microseconds.</summary>
/// <param name="Kind">What the numbers are counted from.</param>
/// <param name="Start">When, or the first instant of a range.</param>
/// <param name="End">The last instant of a range; else the same as <paramref name="Start"/>.</param>
public readonly record struct EventTime(TimeKind Kind, long Start, long End)
{
    /// <summary>True when it is counted from the end of the event before.</summary>
    public bool IsRelative => Kind is TimeKind.Relative or TimeKind.RelativeRange;
}

/// <summary>Something that happens at a time.</summary>
/// <param name="Time">When.</param>
/// <param name="At">Where it stands.</param>
public abstract record ScriptEvent(EventTime Time, Position At);

/// <summary>A packet comes to the stack, or is expected from it.</summary>
public sealed record PacketEvent(EventTime Time, Position At, PacketSpec Packet) : ScriptEvent(Time, At);

/// <summary>A program calls the stack.</summary>
/// <param name="Time">When the call begins.</param>
/// <param name="At">Where it stands.</param>
/// <param name="Call">What is called, and the answer to come.</param>
/// <param name="ReturnsAt">When a call that waits is to return, of the same kind as <paramref name="Time"/>; null for a call that must not wait.</param>
public sealed record CallEvent(EventTime Time, Position At, SystemCall Call, EventTime? ReturnsAt) : ScriptEvent(Time, At);

/// <summary>A command of the shell.</summary>
public sealed record CommandEvent(EventTime Time, Position At, CommandText Command) : ScriptEvent(Time, At);

/// <summary>A piece of Python.</summary>
/// <param name="Time">When its variables are read.</param>
/// <param name="At">Where it stands.</param>
/// <param name="Code">What it does.</param>
public sealed record CodeEvent(EventTime Time, Position At, CodeBlock Code) : ScriptEvent(Time, At);
