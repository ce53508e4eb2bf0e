namespace UserNet.Tests.Binding;

/// <summary>
/// Whether counts are what a distribution says. The bound is passed by chance once in 10,000,000 tests of a right one.
/// </summary>
internal static class ChiSquare
{
    private const double Sigmas = 5.2;      // of the normal distribution, one-sided: 1e-7

    public static void AssertFits(IReadOnlyList<int> counts, Func<int, double> probability)
    {
        double total = counts.Sum(), statistic = 0;
        for (int i = 0; i < counts.Count; i++)
        {
            double expected = total * probability(i);
            Xunit.Assert.True(expected >= 5 || counts[i] == 0, $"Too few draws: {expected} expected of {i}");
            if (expected > 0) statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
        }

        double bound = Quantile(counts.Count - 1);
        Xunit.Assert.True(statistic <= bound, $"Chi-square {statistic:f1} of {counts.Count} cells is above {bound:f1}");
    }

    public static void AssertUniform(IReadOnlyList<int> counts) => AssertFits(counts, _ => 1.0 / counts.Count);

    /// <summary>Wilson and Hilferty's approximation, which errs by less than a percent here.</summary>
    private static double Quantile(int freedom)
    {
        double variance = 2.0 / (9 * freedom);
        return freedom * Math.Pow(1 - variance + (Sigmas * Math.Sqrt(variance)), 3);
    }
}
