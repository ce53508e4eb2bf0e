namespace UserNet.Lab;

/// <summary>How seeds are swept.</summary>
public sealed record SweepOptions
{
    /// <summary>How many threads run seeds; all cores.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>True to run no more than is needed to know the first seed that fails, in the order of the seeds.</summary>
    public bool StopAtFirst { get; init; }

    /// <summary>
    /// Who hears how far it is: at the beginning, some ten times a second, and at the end; one call at a time, on any
    /// of the threads.
    /// </summary>
    public IProgress<SweepProgress>? Progress { get; init; }

    /// <summary>Says how a seed that failed is repeated; null for the network's constructor and the option --seed.</summary>
    public Func<ulong, string>? HowToRepeat { get; init; }

    /// <summary>Ends the sweep between two seeds.</summary>
    public CancellationToken CancellationToken { get; init; }
}

/// <summary>How far a sweep is.</summary>
/// <param name="Done">How many seeds were run.</param>
/// <param name="Total">How many there are.</param>
/// <param name="Failed">How many failed.</param>
/// <param name="FirstFailure">Of those that failed the first in the order of the seeds.</param>
/// <param name="Elapsed">Real time since the beginning.</param>
public readonly record struct SweepProgress(int Done, int Total, int Failed, ulong? FirstFailure, TimeSpan Elapsed)
{
    /// <summary>Seeds a second.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? Done / Elapsed.TotalSeconds : 0;
}
