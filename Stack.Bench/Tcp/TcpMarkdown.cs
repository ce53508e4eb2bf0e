using System.Text;
using UserNet.Bench.Measuring;
using static UserNet.Bench.Measuring.ReportFile;

namespace UserNet.Bench.Tcp;

/// <summary>Writes the figures of a report into a Markdown page.</summary>
internal static class TcpMarkdown
{
    /// <exception cref="InvalidOperationException">The page lacks the marks.</exception>
    public static void Update(string file, TcpReport report) => UpdatePage(file, "tcp", Write(report));

    private static string Write(TcpReport report)
    {
        var text = new StringBuilder(Heading(report.Machine, report.IsQuick));
        foreach (string note in report.Notes) text.Append("- ").Append(note).Append('\n');
        text.Append("\n### One connection as fast as it goes\n\n")
            .Append("| way | family | Gbit/s | least to most | ns for 1,460 octets | CPU of it, user | kernel | B a segment |\n|-|-|-:|-:|-:|-:|-:|-:|\n");
        foreach (BulkRow row in report.Bulk)
        {
            text.Append(Invariant($"| {row.Path} | {row.Family.Name()} | {row.Gigabits:0.0} | {BulkRow.GigabitsOf(row.Time.Most):0.0} to {BulkRow.GigabitsOf(row.Time.Least):0.0} |"))
                .Append(Invariant($" {row.Time.Nanoseconds:#,0} | {row.User:#,0} | {row.Kernel:#,0} | {row.Bytes:0.###} |\n"));
        }

        text.Append("\n### Connect, accept, close and close\n\n")
            .Append("| way | family | threads | a second | µs | CPU of it, user, µs | kernel, µs | B, both ends |\n|-|-|-:|-:|-:|-:|-:|-:|\n");
        foreach (ConnectRow row in report.Connects)
        {
            text.Append(Invariant($"| {row.Path} | {row.Family.Name()} | {row.Threads} | {1e9 / row.Time.Nanoseconds:#,0} | {row.Time.Nanoseconds / 1000:0.0} |"))
                .Append(Invariant($" {row.User / 1000:0.0} | {row.Kernel / 1000:0.0} | {row.Bytes:#,0} |\n"));
        }

        text.Append("\n### One octet there and back, µs\n\n| way | family | half took at most | 99 % took at most | CPU an echo |\n|-|-|-:|-:|-:|\n");
        foreach (EchoRow row in report.Echoes)
            text.Append(Invariant($"| {row.Path} | {row.Family.Name()} | {row.Median.Nanoseconds / 1000:0.0} | {row.P99.Nanoseconds / 1000:0.0} | {row.Cpu / 1000:0.0} |\n"));
        text.Append("\n### Connections at rest: octets of heap\n\n| what | family | connections | fresh | used |\n|-|-|-:|-:|-:|\n");
        foreach (HeapRow row in report.Heap) text.Append(Invariant($"| {row.What} | {row.Family.Name()} | {row.Connections:#,0} | {row.Fresh:#,0} | {row.Used:#,0} |\n"));
        return text.ToString();
    }
}
