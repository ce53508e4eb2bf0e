using System.Globalization;

namespace UserNet.Lab;

/// <summary>A sweep's progress as a line of a terminal that is written over and over.</summary>
/// <param name="writer">The terminal, as in <c>Console.Error</c>.</param>
public sealed class ProgressBar(TextWriter writer) : IProgress<SweepProgress>
{
    private const int Width = 30;

    private int _written;

    /// <inheritdoc/>
    public void Report(SweepProgress value)
    {
        string line = Draw(value);
        writer.Write($"\r{line.PadRight(_written)}");
        _written = line.Length;
        if (value.Done < value.Total) return;
        writer.WriteLine();
        _written = 0;
    }

    internal static string Draw(SweepProgress progress)
    {
        int full = progress.Total == 0 ? Width : (int)((long)Width * progress.Done / progress.Total);
        string bar = new string('#', full) + new string('.', Width - full);
        string failed = progress.Failed == 0 ? "none failed" : $"{progress.Failed:N0} failed, first {progress.FirstFailure}";
        string left = progress.Rate > 0 && progress.Done < progress.Total
            ? string.Create(CultureInfo.InvariantCulture, $", {(progress.Total - progress.Done) / progress.Rate:N0} s left")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"[{bar}] {progress.Done:N0}/{progress.Total:N0}, {failed}, {progress.Rate:N0}/s{left}");
    }
}
