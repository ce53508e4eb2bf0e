using System.Globalization;
using Spectre.Console;

namespace UserNet.Lab;

/// <summary>Shows at the terminal how far a sweep is, while it runs.</summary>
public static class ProgressBar
{
    /// <summary>Runs a sweep with a bar; without one where the writer is no terminal.</summary>
    /// <param name="writer">The terminal, as in <c>Console.Error</c>.</param>
    /// <param name="sweep">Runs the sweep, and tells its progress to what it is given.</param>
    /// <returns>What the sweep answers; what it throws comes out.</returns>
    public static SweepReport Show(TextWriter writer, Func<IProgress<SweepProgress>?, SweepReport> sweep)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(sweep);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (!console.Profile.Out.IsTerminal) return sweep(null);
        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask("seeds");
                return sweep(new Bar(task));
            });
    }

    internal static string Describe(in SweepProgress progress)
    {
        string failed = progress.Failed == 0 ? "none failed" : $"{progress.Failed:N0} failed, first {progress.FirstFailure}";
        return string.Create(CultureInfo.InvariantCulture, $"{progress.Done:N0} of {progress.Total:N0} seeds, {failed}, {progress.Rate:N0} a second");
    }

    private sealed class Bar(ProgressTask task) : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value)
        {
            task.MaxValue = Math.Max(1, value.Total);
            task.Value = value.Done;
            task.Description = Describe(value);
        }
    }
}
