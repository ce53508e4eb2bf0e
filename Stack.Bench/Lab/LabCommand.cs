using System.CommandLine;
using System.Text;
using Spectre.Console;
using UserNet.Bench.Measuring;
using static UserNet.Bench.Measuring.BenchConsole;
using static UserNet.Bench.Measuring.ReportFile;

namespace UserNet.Bench.Lab;

/// <summary><c>lab</c>: big networks in virtual time.</summary>
internal static class LabCommand
{
    public static Command Create() =>
        new ReportCommand<LabReport>("lab", "How fast virtual networks run.")
        {
            Measure = Measure,
            Print = Print,
            Page = "benchmarks.md",
            UpdatePage = static (file, report) => UpdatePage(file, "lab", Write(report)),
        }.Create();

    private static LabReport Measure(bool isQuick, Action<string, double> progress)
    {
        progress("warming up", 0);
        BigNetworks.Routed(20, TimeSpan.FromMinutes(1), 1);
        var rows = new List<LabRow>();
        TimeSpan time = isQuick ? TimeSpan.FromMinutes(5) : TimeSpan.FromHours(1);
        progress("100 hosts", 0.1);
        rows.Add(BigNetworks.Routed(100, time, 7));
        progress("1,000 hosts", 0.8);
        rows.Add(BigNetworks.Switched(isQuick ? 300 : 1000, 7));
        return new LabReport { Machine = Machine.Describe(), IsQuick = isQuick, Rows = rows };
    }

    private static void Print(LabReport report, IAnsiConsole console)
    {
        Table table = new() { Title = new TableTitle("Virtual networks") };
        table.AddColumn("network");
        foreach (string column in (string[])["virtual, s", "real, s", "of it to build", "events", "a second", "pings", "answered", "requests", "answered"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (LabRow row in report.Rows)
        {
            table.AddRow(
                row.What, Text(row.Virtual, "#,0"), Text(row.Real, "0.00"), Text(row.Built, "0.00"), Text(row.Events, "#,0"), Text(row.EventsPerSecond, "#,0"),
                Text(row.Pings, "#,0"), Text(row.Echoes, "#,0"), Text(row.Requests, "#,0"), Text(row.Answers, "#,0"));
        }

        console.Write(table);
        console.WriteLine(report.Machine.ToString());
    }

    private static string Write(LabReport report)
    {
        var text = new StringBuilder(Heading(report.Machine, report.IsQuick));
        text.Append("| network | virtual, s | real, s | of it to build | events | a second | pings (answered) | requests (answered) |\n")
            .Append("|-|-:|-:|-:|-:|-:|-:|-:|\n");
        foreach (LabRow row in report.Rows)
        {
            text.Append(Invariant($"| {row.What} | {row.Virtual:#,0} | {row.Real:0.0} | {row.Built:0.00} | {row.Events:#,0} | {row.EventsPerSecond:#,0} |"))
                .Append(Invariant($" {row.Pings:#,0} ({row.Echoes:#,0}) | {row.Requests:#,0} ({row.Answers:#,0}) |\n"));
        }

        return text.ToString();
    }
}
