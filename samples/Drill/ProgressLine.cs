using Spectre.Console;
using UserNet.Drill;

namespace UserNet.Samples.Drill;

/// <summary>Shows at the terminal how far the scripts are, while they are played.</summary>
internal static class ProgressLine
{
    /// <summary>Plays scripts with a bar; without one where the writer is no terminal, or there is nothing to wait for.</summary>
    /// <param name="errors">Where the bar is shown.</param>
    /// <param name="output">Where the report goes: not while there is a bar, if that is the same terminal.</param>
    /// <param name="report">Is told of the runs in their order.</param>
    /// <param name="play">Plays them, and tells what it is given.</param>
    public static void Show(
        TextWriter errors, TextWriter output, Report report, Func<Action<DrillRun>?, IProgress<DrillProgress>?, IReadOnlyList<DrillRun>> play)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(errors) });
        if (!console.Profile.Out.IsTerminal)
        {
            play(report.Add, null);
            return;
        }

        bool isShared = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        IReadOnlyList<DrillRun> runs = console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => play(isShared ? null : report.Add, new Bar(context.AddTask("scripts"))));
        if (!isShared) return;
        foreach (DrillRun run in runs) report.Add(run);
    }

    private sealed class Bar(ProgressTask task) : IProgress<DrillProgress>
    {
        public void Report(DrillProgress value)
        {
            task.MaxValue = Math.Max(1, value.Total);
            task.Value = value.Done;
            task.Description = value.Failed == 0 ? $"{value.Done} of {value.Total} scripts" : $"{value.Done} of {value.Total} scripts, {value.Failed} failed";
        }
    }
}
