namespace UserNet.Drill;

/// <summary>How many scripts are played.</summary>
public sealed record DrillSuiteOptions
{
    /// <summary>How each is played; its version of IP, trace and recording are those of the suite.</summary>
    public DrillOptions Play { get; init; } = new();

    /// <summary>
    /// A script that lies in a folder named <c>freebsd</c> or <c>linux</c>, or anywhere below one, is played as its name says and not as
    /// <see cref="Play"/> does; the innermost counts, and only those of the path as it is given.
    /// </summary>
    public bool ProfileByFolder { get; init; }

    /// <summary>
    /// The versions of IP that each is played over, one after the other, but for scripts that are for one alone: by <c>--ip_version</c> at
    /// their head, or by a name that ends in v4.pkt or v6.pkt. None, as at first: each once, over the one that it is for, or else IPv4.
    /// </summary>
    public IReadOnlyList<DrillIpVersion> IpVersions { get; init; } = [];

    /// <summary>How many are played at once; as many as there are cores, unless it says otherwise.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>True to keep each packet as it passed, in the script's syntax and numbers: <see cref="DrillRun.Trace"/>.</summary>
    public bool KeepsTrace { get; init; }

    /// <summary>The folder, made if there is none, where each run's packets are recorded, pcapng; null for nowhere.</summary>
    public string? RecordingFolder { get; init; }

    /// <summary>Told of each run that is over, in the order of the list and not of the clock; one at a time.</summary>
    public Action<DrillRun>? Completed { get; init; }

    /// <summary>Told how far it is whenever a run is over; one at a time.</summary>
    public IProgress<DrillProgress>? Progress { get; init; }

    /// <summary>Ends it between two runs.</summary>
    public CancellationToken CancellationToken { get; init; }
}

/// <summary>One play of a script.</summary>
/// <param name="Path">The script.</param>
/// <param name="IpVersion">The version of IP; null where the script was played over the one that it says.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="Trace">The packets, where they are kept.</param>
/// <param name="Elapsed">How long it took, of real time.</param>
public sealed record DrillRun(string Path, DrillIpVersion? IpVersion, DrillVerdict Verdict, IReadOnlyList<string> Trace, TimeSpan Elapsed);

/// <summary>How far a suite is.</summary>
/// <param name="Done">Runs that are over.</param>
/// <param name="Total">All runs.</param>
/// <param name="Failed">How many of those over have failed, scripts that can't be read included.</param>
public readonly record struct DrillProgress(int Done, int Total, int Failed);
