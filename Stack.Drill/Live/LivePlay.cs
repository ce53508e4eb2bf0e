namespace UserNet.Drill.Live;

/// <summary>Plays that fail because this process was late are played again.</summary>
internal static class LivePlay
{
    /// <summary>How late the machine may be with anything before a failure is laid to that, microseconds.</summary>
    /// <remarks>What scripts let pass is 4 milliseconds at least.</remarks>
    public const long MostLateness = 2_500;

    private const int Attempts = 4;

    /// <summary>Plays until the verdict is one on the script, but a few times at most.</summary>
    /// <param name="play">Plays once, and tells how late the machine was at its worst.</param>
    public static DrillVerdict Play(Func<(DrillVerdict Verdict, long Lateness)> play)
    {
        for (int attempt = 1; ; attempt++)
        {
            (DrillVerdict verdict, long lateness) = play();
            if (verdict.Outcome != DrillOutcome.Fail || lateness <= MostLateness) return verdict;
            if (attempt == Attempts)
                return verdict with { Remarks = [.. verdict.Remarks, $"In each of {Attempts} plays this process was late, at last by {lateness} us."] };
        }
    }
}
