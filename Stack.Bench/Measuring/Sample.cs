namespace UserNet.Bench.Measuring;

/// <summary>
/// What one operation took: of several batches the median of their means, and how far they lay apart.
/// </summary>
/// <param name="Nanoseconds">The median, in ns an operation.</param>
/// <param name="Least">The quickest batch, in ns an operation.</param>
/// <param name="Most">The slowest batch, in ns an operation.</param>
/// <param name="Batches">How many batches there were.</param>
/// <param name="BatchSize">How many operations a batch had.</param>
internal sealed record Sample(double Nanoseconds, double Least, double Most, int Batches, int BatchSize)
{
    public static Sample Of(double[] nanoseconds, int batchSize)
    {
        double[] sorted = [.. nanoseconds];
        Array.Sort(sorted);
        return new Sample(Median(sorted), sorted[0], sorted[^1], sorted.Length, batchSize);
    }

    private static double Median(double[] sorted)
    {
        int middle = sorted.Length / 2;
        return (sorted.Length & 1) != 0 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
