using System.CommandLine;
using Spectre.Console;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Wire;

/// <summary><c>wire</c>: what a packet costs, in memory, and over devices beside the kernel's own way.</summary>
internal static class WireCommand
{
    private static readonly Option<bool> Quick = new("--quick") { Description = "A short run, to see where things stand." };
    private static readonly Option<FileInfo?> Json = new("--json") { Description = "Write all figures to this file." };

    private static readonly Option<DirectoryInfo?> Docs = new("--docs")
    {
        Description = "Write wire.json into this folder, and the figures of its README.md.",
    };

    private static readonly Option<FileInfo?> From = new("--from")
    {
        Description = "Measure nothing: take the figures from a file that --json wrote.",
    };

    public static Command Create()
    {
        var command = new Command("wire", "Packets a second and echoes, in memory and over devices, beside Linux.") { Quick, Json, Docs, From };
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
        WireReport report = options.GetValue(From) is { } from
            ? ReportFile.Load<WireReport>(from.FullName)
            : BenchConsole.Measure(progress => new WireRun(new WirePlan(options.GetValue(Quick)), progress).Run());
        WireTables.Print(report, AnsiConsole.Console);
        if (options.GetValue(Json) is { } json) ReportFile.Save(json.FullName, report);
        if (options.GetValue(Docs) is not { } docs) return;
        ReportFile.Save(Path.Combine(docs.FullName, "wire.json"), report);
        WireMarkdown.Update(Path.Combine(docs.FullName, "README.md"), report);
    }
}
