namespace UserNet.Bench.Measuring;

/// <summary>Ways that are compared take turns, so that a busy moment of the machine meets them all.</summary>
internal static class Turns
{
    /// <summary>Measures each way once, then each once more, and so on; what comes first only warms up.</summary>
    /// <param name="ways">What is compared.</param>
    /// <param name="runs">How often each is measured.</param>
    /// <param name="measure">Measures one way.</param>
    /// <returns>The runs of each way.</returns>
    public static List<TRun>[] Take<TWay, TRun>(IReadOnlyList<TWay> ways, int runs, Func<TWay, TRun> measure)
    {
        List<TRun>[] taken = [.. ways.Select(static _ => new List<TRun>())];
        for (int turn = 0; turn <= runs; turn++)
        {
            for (int i = 0; i < ways.Count; i++)
            {
                TRun run = measure(ways[i]);
                if (turn > 0) taken[i].Add(run);
            }
        }

        return taken;
    }
}
