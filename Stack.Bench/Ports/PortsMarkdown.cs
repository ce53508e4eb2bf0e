using System.Text;
using UserNet.Bench.Measuring;
using static UserNet.Bench.Measuring.ReportFile;

namespace UserNet.Bench.Ports;

/// <summary>
/// Writes the figures of a report between two marks of a Markdown page; what stands around them is left alone.
/// </summary>
internal static class PortsMarkdown
{
    /// <exception cref="InvalidOperationException">The page lacks the marks.</exception>
    public static void Update(string file, PortsReport report) => ReportFile.UpdatePage(file, "ports", Write(report));

    private static string Write(PortsReport report)
    {
        var text = new StringBuilder();
        text.Append(ReportFile.Heading(report.Machine, report.IsQuick));
        foreach (string note in report.Notes) text.Append("- ").Append(note).Append('\n');
        WriteGoals(text, report);
        WriteLinux(text, report);
        foreach (IGrouping<string, PortRow> table in report.Rows.GroupBy(static row => row.Table))
            WritePivot(text, $"{TitleOf(table.Key)}: engine / whole socket, ns", table, static row =>
                row.IsExhausted
                    ? $"{Number(row.Engine.Nanoseconds)}, {Number((row.AfterChange ?? row.Engine).Nanoseconds)}"
                    : $"{Number(row.Engine.Nanoseconds)} / {Number(row.Whole!.Nanoseconds)}");
        WriteThreads(text, report);
        WriteMemory(text, report);
        return text.ToString();
    }

    private static void WriteGoals(StringBuilder text, PortsReport report)
    {
        text.Append("\n### Goals, each beside the worst figure\n\n| goal | measured | where | |\n|-|-|-|-|\n");
        foreach (Goal goal in Goal.Judge(report))
            text.Append(Invariant($"| {goal.Text} | {goal.Measured} | {goal.Where} | {(goal.IsMet == false ? $"**{goal.Verdict}**" : goal.Verdict)} |\n"));
    }

    private static void WriteLinux(StringBuilder text, PortsReport report)
    {
        PortRow[] rows = [.. report.Rows.Where(static row => row.LinuxBind is not null)];
        if (rows.Length == 0) return;
        WritePivot(text, "Linux: whole socket / bind alone, µs", rows, static row =>
            row.IsExhausted
                ? Microseconds(row.LinuxBind!)
                : $"{Microseconds(row.LinuxWhole!)} / {Microseconds(row.LinuxBind!)}");
        WritePivot(
            text, "How many times faster UserNet's whole socket is than Linux's", rows.Where(static row => !row.IsExhausted),
            static row => Number(row.Ratio!.Value));
    }

    /// <summary>A row for each operation, a column for each occupancy.</summary>
    private static void WritePivot(
        StringBuilder text, string title, IEnumerable<PortRow> rows, Func<PortRow, string> cell)
    {
        PortRow[] all = [.. rows];
        double[] columns = [.. all.Select(static row => row.Occupancy).Distinct().Order()];
        text.Append(Invariant($"\n### {title}\n\n| operation |"));
        foreach (double column in columns)
            text.Append(Invariant($" {(column >= 100 ? "exhausted" : Percent(column))} |"));
        text.Append("\n|-|").Append(string.Concat(Enumerable.Repeat("-:|", columns.Length))).Append('\n');
        foreach (IGrouping<string, PortRow> operation in all.GroupBy(static row => row.Operation))
        {
            text.Append(Invariant($"| {operation.Key} |"));
            foreach (double column in columns)
                text.Append(Invariant($" {(operation.FirstOrDefault(row => row.Occupancy == column) is { } row ? cell(row) : "")} |"));
            text.Append('\n');
        }
    }

    private static void WriteThreads(StringBuilder text, PortsReport report)
    {
        text.Append("\n### Threads on one stack (TCP, natural fill): million operations a second, all together\n\n")
            .Append("| operation | held | threads | median | least to most |\n|-|-:|-:|-:|-:|\n");
        foreach (ThroughputRow row in report.Throughput)
            text.Append(Invariant($"| {row.Operation} | {Percent(row.Occupancy)} | {row.Threads} | {row.Median / 1e6:0.00} |"))
                .Append(Invariant($" {row.Least / 1e6:0.00} to {row.Most / 1e6:0.00} |\n"));
    }

    private static void WriteMemory(StringBuilder text, PortsReport report)
    {
        text.Append("\n### Heap a bound port, the whole range bound: octets\n\n")
            .Append("| protocol | variant | personality | beside the socket | with the socket |\n|-|-|-|-:|-:|\n");
        foreach (MemoryRow row in report.Memory)
            text.Append(Invariant($"| {row.Protocol} | {row.Variant} | {row.Personality} | {row.Beside:0.0} | {row.With:0} |\n"));
    }

    private static string TitleOf(string table) => table switch
    {
        "Main" => "0.0.0.0, Linux's personality",
        "Personalities" => "Other personalities",
        "Variants" => "Other addresses and options",
        "Algorithms" => "Every algorithm of choice",
        _ => table,
    };

    private static string Percent(double occupancy) => Invariant($"{occupancy} %");

    private static string Number(double value) => Invariant($"{value:#,0}");

    private static string Microseconds(Sample sample)
    {
        double value = sample.Nanoseconds / 1000;
        return value < 10 ? Invariant($"{value:0.0}") : Number(value);
    }
}
