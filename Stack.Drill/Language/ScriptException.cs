namespace UserNet.Drill.Language;

/// <summary>A script that can't be read.</summary>
public sealed class ScriptException : Exception
{
    /// <summary>A script that can't be read.</summary>
    /// <param name="message">What stands in the way.</param>
    /// <param name="at">Where.</param>
    public ScriptException(string message, Position at) : base(message) => At = at;

    /// <summary>Where.</summary>
    public Position At { get; }
}

/// <summary>A script asks for something that is not there: an option, a knob, a command, a feature.</summary>
public sealed class UnsupportedException : Exception
{
    /// <summary>Something that is not there.</summary>
    /// <param name="feature">What it is, in a few words: "socket option TCP_ULP".</param>
    /// <param name="at">Where it is asked for.</param>
    public UnsupportedException(string feature, Position at) : base(feature) => At = at;

    /// <summary>Where it is asked for.</summary>
    public Position At { get; }
}
