using Spectre.Console;
using UserNet.Bench.Measuring;
using static UserNet.Bench.Measuring.BenchConsole;

namespace UserNet.Bench.Ports;

/// <summary>Prints a report.</summary>
internal static class ConsoleTables
{
    public static void Print(PortsReport report, IAnsiConsole console)
    {
        foreach (IGrouping<string, PortRow> table in report.Rows.GroupBy(static row => row.Table))
            PrintRows(table, console);
        PrintRest(report, console);
        var goals = new Table { Title = new TableTitle("Goals, each beside the worst figure") };
        goals.AddColumns("goal", "measured", "where", "");
        foreach (Goal goal in Goal.Judge(report))
            goals.AddRow(goal.Text, goal.Measured, goal.Where, goal.IsMet == false ? $"[red]{goal.Verdict}[/]" : $"[green]{goal.Verdict}[/]");
        console.Write(goals);
        foreach (string note in report.Notes) console.WriteLine(note);
        console.WriteLine(report.Machine.ToString());
    }

    private static void PrintRows(IGrouping<string, PortRow> rows, IAnsiConsole console)
    {
        var table = new Table { Title = new TableTitle($"{rows.Key}: ns an operation, median (least - most)") };
        table.AddColumn("operation");
        foreach (string column in new[] { "held %", "engine bind+release", "B", "whole socket", "B", "Linux whole", "Linux bind", "Linux/UserNet" })
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (PortRow row in rows)
        {
            table.AddRow(
                row.Operation, row.IsExhausted ? "exhausted" : Text(row.Occupancy, "0.##"), Spread(row.Engine), Text(row.EngineBytes, "0.#"),
                row.IsExhausted ? $"after a change {Spread(row.AfterChange)}" : Spread(row.Whole), row.Whole is null ? "" : Text(row.WholeBytes, "0"), Spread(row.LinuxWhole), Spread(row.LinuxBind),
                row.Ratio is { } ratio ? Text(ratio, "#,0") : "");
        }

        console.Write(table);
    }

    private static void PrintRest(PortsReport report, IAnsiConsole console)
    {
        var threads = new Table { Title = new TableTitle("Threads on one stack (TCP, natural fill): operations a second, all together") };
        threads.AddColumns("operation", "held %", "threads", "median", "least - most", "runs");
        foreach (ThroughputRow row in report.Throughput)
            threads.AddRow(
                row.Operation, Text(row.Occupancy, "0.##"), Text(row.Threads, "0"), Text(row.Median, "#,0"),
                $"{Text(row.Least, "#,0")} - {Text(row.Most, "#,0")}", Text(row.Runs, "0"));
        console.Write(threads);
        var memory = new Table { Title = new TableTitle("Heap a bound port, range filled by port 0: octets") };
        memory.AddColumns("protocol", "variant", "personality", "ports", "beside the socket", "with the socket");
        foreach (MemoryRow row in report.Memory)
            memory.AddRow(row.Protocol, row.Variant, row.Personality, Text(row.Ports, "#,0"), Text(row.Beside, "0.0"), Text(row.With, "0"));
        console.Write(memory);
    }
}
