using System.CommandLine;
using Spectre.Console;

namespace UserNet.Bench.Measuring;

/// <summary>A command that measures, shows what it measured, and writes it down.</summary>
/// <typeparam name="TReport">All that a run measured.</typeparam>
/// <param name="Name">The command.</param>
/// <param name="Description">What it measures.</param>
internal sealed record ReportCommand<TReport>(string Name, string Description)
{
    private readonly Option<bool> _quick = new("--quick") { Description = "A short run, to see where things stand." };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Write all figures to this file." };
    private readonly Option<DirectoryInfo?> _docs = new("--docs");

    private readonly Option<FileInfo?> _from = new("--from")
    {
        Description = "Measure nothing: take the figures from a file that --json wrote.",
    };

    /// <summary>Measures; is told whether the run is to be short, and whom to tell how far it is.</summary>
    public required Func<bool, Action<string, double>, TReport> Measure { get; init; }

    /// <summary>Shows a report at the terminal.</summary>
    public required Action<TReport, IAnsiConsole> Print { get; init; }

    /// <summary>Writes the figures into the page of that path.</summary>
    public required Action<string, TReport> UpdatePage { get; init; }

    /// <summary>The page's name within the folder that --docs names.</summary>
    public required string Page { get; init; }

    public Command Create()
    {
        _docs.Description = $"Write {Name}.json into this folder, and the figures of its {Page}.";
        var command = new Command(Name, Description) { _quick, _json, _docs, _from };
        command.SetAction(options =>
        {
            Run(options);
            return 0;
        });
        return command;
    }

    private void Run(ParseResult options)
    {
        BenchConsole.Prepare();
        TReport report = options.GetValue(_from) is { } from
            ? ReportFile.Load<TReport>(from.FullName)
            : BenchConsole.Measure(progress => Measure(options.GetValue(_quick), progress));
        Print(report, AnsiConsole.Console);
        if (options.GetValue(_json) is { } json) ReportFile.Save(json.FullName, report);
        if (options.GetValue(_docs) is not { } docs) return;
        ReportFile.Save(Path.Combine(docs.FullName, Name + ".json"), report);
        UpdatePage(Path.Combine(docs.FullName, Page), report);
    }
}
