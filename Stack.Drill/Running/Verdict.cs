using UserNet.Drill.Language;

namespace UserNet.Drill;

/// <summary>How a script ended.</summary>
public enum DrillOutcome : byte
{
    /// <summary>All happened as it says.</summary>
    Pass,
    /// <summary>Something did not.</summary>
    Fail,
    /// <summary>It asks for something that is not there.</summary>
    Unsupported,
    /// <summary>It can't be read.</summary>
    Parse,
}

/// <summary>The verdict on a script.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Script">Its path.</param>
/// <param name="At">Where it ended; null for one that passed.</param>
public sealed record DrillVerdict(DrillOutcome Outcome, string Script, Position? At)
{
    /// <summary>What differed, such as "window", "time", "errno", "result"; or which feature is not there; or what can't be read.</summary>
    public string Field { get; init; } = "";

    /// <summary>What the script says, in its own syntax.</summary>
    public string Expected { get; init; } = "";

    /// <summary>What came, in the same syntax and the script's numbers.</summary>
    public string Actual { get; init; } = "";

    /// <summary>When, since the clock started; zero where no time counts.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>The packets before, oldest first, in the script's syntax and numbers.</summary>
    public IReadOnlyList<string> Packets { get; init; } = [];

    /// <summary>What its Python printed, and what --non_fatal let pass.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}
