using System.Diagnostics;
using Spectre.Console;

namespace UserNet.Bench.Measuring;

/// <summary>What the commands that compare have in common at the terminal.</summary>
internal static class BenchConsole
{
    private const int FileWidth = 190;      // where the output is no terminal

    /// <summary>Output that can be read in a file, where it goes to one.</summary>
    public static void Prepare()
    {
        if (AnsiConsole.Profile.Out.IsTerminal) return;
        AnsiConsole.Profile.Width = FileWidth;
        AnsiConsole.Profile.Capabilities.Ansi = false;
    }

    /// <summary>Runs a measurement, shows how far it is, and says how long it took.</summary>
    /// <param name="measure">Is given whom to tell what is being measured, and which share of all is done.</param>
    public static T Measure<T>(Func<Action<string, double>, T> measure)
    {
        long begin = Stopwatch.GetTimestamp();
        T report = AnsiConsole.Profile.Out.IsTerminal
            ? AnsiConsole.Progress().AutoClear(true).Start(context =>
            {
                ProgressTask task = context.AddTask("", maxValue: 1);
                return measure((what, share) =>
                {
                    task.Description = Markup.Escape(what);
                    task.Value = share;
                });
            })
            : measure(static (_, _) => { });
        AnsiConsole.WriteLine($"Measured in {Stopwatch.GetElapsedTime(begin).TotalSeconds:0} s.");
        return report;
    }

    /// <summary>A sample as a table shows it: the median, and how far the batches lay apart.</summary>
    public static string Spread(Sample? sample) => sample is null
        ? ""
        : $"{Text(sample.Nanoseconds, "#,0")} ({Text(sample.Least, "#,0")} - {Text(sample.Most, "#,0")})";

    /// <summary>A number in a format, with a point before its fraction wherever this runs.</summary>
    public static string Text(double value, string format) => value.ToString(format, System.Globalization.CultureInfo.InvariantCulture);
}
