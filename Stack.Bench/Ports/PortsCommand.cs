using System.CommandLine;
using Spectre.Console;
using UserNet.Bench.Measuring;

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
        BenchConsole.Prepare();
        PortsReport report = options.GetValue(From) is { } from
            ? ReportFile.Load<PortsReport>(from.FullName)
            : BenchConsole.Measure(progress => new PortsRun(new PortsPlan(options.GetValue(Quick), !options.GetValue(NoLinux)), progress).Run());
        ConsoleTables.Print(report, AnsiConsole.Console);
        if (options.GetValue(Json) is { } json) ReportFile.Save(json.FullName, report);
        if (options.GetValue(Svg) is { } svg) File.WriteAllText(svg.FullName, PortsPlot.Draw(report));
        if (options.GetValue(Docs) is not { } docs) return;
        ReportFile.Save(Path.Combine(docs.FullName, "port-allocation.json"), report);
        File.WriteAllText(Path.Combine(docs.FullName, "port-allocation.svg"), PortsPlot.Draw(report));
        PortsMarkdown.Update(Path.Combine(docs.FullName, "benchmarks.md"), report);
    }
}
