using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;

namespace UserNet.Bench.Ports;

/// <summary><c>ports</c>: UserNet beside the running Linux, in one run.</summary>
internal static class PortsCommand
{
    private static readonly Option<bool> Quick = new("--quick") { Description = "A short run, to see where things stand." };
    private static readonly Option<bool> NoLinux = new("--no-linux") { Description = "Leave Linux out." };
    private static readonly Option<FileInfo?> Json = new("--json") { Description = "Write all figures to this file." };
    private static readonly Option<FileInfo?> Svg = new("--svg") { Description = "Draw ns against occupancy into this file." };

    private static readonly Option<DirectoryInfo?> Docs = new("--docs")
    {
        Description = "Write port-allocation.json and port-allocation.svg into this folder, and the figures of its benchmarks.md.",
    };

    private static readonly Option<FileInfo?> From = new("--from")
    {
        Description = "Measure nothing: take the figures from a file that --json wrote.",
    };

    public static Command Create()
    {
        var command = new Command("ports", "Bind and release at every occupancy, UserNet beside Linux.") { Quick, NoLinux, Json, Svg, Docs, From };
        command.SetAction(static options =>
        {
            Run(options);
            return 0;
        });
        return command;
    }

    private static void Run(ParseResult options)
    {
        if (!AnsiConsole.Profile.Out.IsTerminal)
        {
            AnsiConsole.Profile.Width = 190;
            AnsiConsole.Profile.Capabilities.Ansi = false;
        }

        PortsReport report = options.GetValue(From) is { } from
            ? PortsReport.Load(from.FullName)
            : Measure(new PortsPlan(options.GetValue(Quick), !options.GetValue(NoLinux)));
        ConsoleTables.Print(report, AnsiConsole.Console);
        if (options.GetValue(Json) is { } json) report.Save(json.FullName);
        if (options.GetValue(Svg) is { } svg) File.WriteAllText(svg.FullName, PortsPlot.Draw(report));
        if (options.GetValue(Docs) is not { } docs) return;
        report.Save(Path.Combine(docs.FullName, "port-allocation.json"));
        File.WriteAllText(Path.Combine(docs.FullName, "port-allocation.svg"), PortsPlot.Draw(report));
        PortsMarkdown.Update(Path.Combine(docs.FullName, "benchmarks.md"), report);
    }

    private static PortsReport Measure(PortsPlan plan)
    {
        long begin = Stopwatch.GetTimestamp();
        PortsReport report = AnsiConsole.Profile.Out.IsTerminal
            ? AnsiConsole.Progress().AutoClear(true).Start(context =>
            {
                ProgressTask task = context.AddTask("", maxValue: 1);
                return new PortsRun(plan, (what, share) =>
                {
                    task.Description = Markup.Escape(what);
                    task.Value = share;
                }).Run();
            })
            : new PortsRun(plan, static (_, _) => { }).Run();
        AnsiConsole.WriteLine($"Measured in {Stopwatch.GetElapsedTime(begin).TotalSeconds:0} s.");
        return report;
    }
}
