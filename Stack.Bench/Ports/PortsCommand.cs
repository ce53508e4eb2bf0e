using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;

namespace UserNet.Bench.Ports;

/// <summary><c>ports</c>: UserNet beside the running Linux, in one run.</summary>
internal static class PortsCommand
{
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "A short run, to see where things stand." };
        var noLinux = new Option<bool>("--no-linux") { Description = "Leave Linux out." };
        var json = new Option<FileInfo?>("--json") { Description = "Write all figures to this file." };
        var svg = new Option<FileInfo?>("--svg") { Description = "Draw ns against occupancy into this file." };
        var command = new Command("ports", "Bind and release at every occupancy, UserNet beside Linux.") { quick, noLinux, json, svg };
        command.SetAction(result =>
        {
            var plan = new PortsPlan(result.GetValue(quick), !result.GetValue(noLinux));
            PortsReport report = Measure(plan);
            ConsoleTables.Print(report, AnsiConsole.Console);
            if (result.GetValue(json) is { } jsonFile) report.Save(jsonFile.FullName);
            return 0;
        });
        return command;
    }

    private static PortsReport Measure(PortsPlan plan)
    {
        if (!AnsiConsole.Profile.Out.IsTerminal)
        {
            AnsiConsole.Profile.Width = 190;
            AnsiConsole.Profile.Capabilities.Ansi = false;
        }

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
