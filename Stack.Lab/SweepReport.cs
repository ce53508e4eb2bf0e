using System.Globalization;
using System.Text;
using UserNet.Simulation;

namespace UserNet.Lab;

/// <summary>What came of a sweep: the results in the order of the seeds, whichever thread was faster.</summary>
/// <remarks>Two with the same results are equal, whatever time they took. Immutable.</remarks>
public sealed class SweepReport : IEquatable<SweepReport>
{
    internal SweepReport(IReadOnlyList<SeedResult> results, TimeSpan elapsed, int parallelism) =>
        (Results, Elapsed, Parallelism) = (results, elapsed, parallelism);

    /// <summary>
    /// What came of each seed, in the order of the seeds; up to the first that failed where it was to stop there.
    /// </summary>
    public IReadOnlyList<SeedResult> Results { get; }

    /// <summary>Those that failed, in the order of the seeds.</summary>
    public IEnumerable<SeedResult> Failures => Results.Where(static result => result.Failure is not null);

    /// <summary>The first that failed; null when none did.</summary>
    public SeedResult? FirstFailure => Failures.FirstOrDefault();

    /// <summary>True when no seed failed.</summary>
    public bool IsClean => FirstFailure is null;

    /// <summary>The real time that it took.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>How many threads there were.</summary>
    public int Parallelism { get; }

    /// <summary>Seeds a second of real time.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? Results.Count / Elapsed.TotalSeconds : 0;

    /// <inheritdoc/>
    public bool Equals(SweepReport? other) => other is not null && Results.SequenceEqual(other.Results);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SweepReport);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        Results.Aggregate(Results.Count, static (hash, result) => (hash * 31) + result.GetHashCode());

    /// <summary>
    /// How many seeds there were, which failed, and the first failure with how to repeat it. Nothing of the time it
    /// took.
    /// </summary>
    public override string ToString()
    {
        SeedResult[] failures = [.. Failures];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Results.Count:N0} seeds, ");
        if (failures.Length == 0) return text.Append("none failed.").ToString();
        text.Append(CultureInfo.InvariantCulture, $"{failures.Length:N0} failed: ");
        text.AppendJoin(", ", failures.Take(10).Select(static failure => failure.Seed.ToString(CultureInfo.InvariantCulture)));
        text.Append(failures.Length > 10 ? ", ...\n" : "\n");
        return text.Append(CultureInfo.InvariantCulture, $"{failures[0]}").ToString();
    }
}

/// <summary>What came of a seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Outcome">What the scenario answered; null for nothing, and for one that failed.</param>
/// <param name="Failure">What went wrong; null when nothing did.</param>
public sealed record SeedResult(ulong Seed, string? Outcome, SeedFailure? Failure)
{
    /// <summary>Seed, outcome, and of a failure how to repeat it.</summary>
    public override string ToString() => Failure is null ? $"Seed {Seed}: {Outcome ?? "well"}" : $"Seed {Seed} failed: {Failure}";
}

/// <summary>How a seed failed. Two are equal when they are told in the same words.</summary>
public sealed class SeedFailure : IEquatable<SeedFailure>
{
    internal SeedFailure(Exception exception, string howToRepeat) => (Exception, HowToRepeat) = (exception, howToRepeat);

    /// <summary>What the scenario threw.</summary>
    public Exception Exception { get; }

    /// <summary>What has it happen again.</summary>
    public string HowToRepeat { get; }

    /// <summary>
    /// What the exception says; of a foreign thread no more than that, since which one it is differs from run to run.
    /// </summary>
    public string Message =>
        $"{Exception.GetType().FullName}: {(Exception is ForeignThreadException ? "a foreign thread entered the network" : Exception.Message)}";

    /// <inheritdoc/>
    public bool Equals(SeedFailure? other) => other is not null && Message == other.Message && HowToRepeat == other.HowToRepeat;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SeedFailure);

    /// <inheritdoc/>
    public override int GetHashCode() => Message.GetHashCode(StringComparison.Ordinal);

    /// <summary>What happened, and how to have it again.</summary>
    public override string ToString() => $"{Message}\n{HowToRepeat}";
}
