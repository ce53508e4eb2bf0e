using System.Text;
using UserNet.Bench.Measuring;
using static UserNet.Bench.Measuring.ReportFile;

namespace UserNet.Bench.Wire;

/// <summary>Writes the figures of a report into a Markdown page.</summary>
internal static class WireMarkdown
{
    /// <exception cref="InvalidOperationException">The page lacks the marks.</exception>
    public static void Update(string file, WireReport report) => UpdatePage(file, "wire", Write(report));

    private static string Write(WireReport report)
    {
        var text = new StringBuilder(Heading(report.Machine, report.IsQuick));
        foreach (string note in report.Notes) text.Append("- ").Append(note).Append('\n');
        WriteMemory(text, report.Memory);
        WriteEchoes(text, report.Echoes);
        WriteFloods(text, report.Floods);
        return text.ToString();
    }

    private static void WriteMemory(StringBuilder text, IEnumerable<MemoryRow> rows)
    {
        text.Append("\n### In memory, one thread\n\n")
            .Append("| way | family | octets | sockets beside | echo, ns | packet of an echo, ns | packet of a flood, ns | packets/s in a flood | B a packet |\n")
            .Append("|-|-|-:|-:|-:|-:|-:|-:|-:|\n");
        foreach (MemoryRow row in rows)
        {
            text.Append(Invariant($"| {row.Way} | {row.Family.Name()} | {row.Octets:#,0} | {row.Beside:#,0} | {row.Echo.Nanoseconds:#,0} | {row.EchoPacket:#,0} |"))
                .Append(Invariant($" {row.Flood.Nanoseconds:#,0} | {1e9 / row.Flood.Nanoseconds:#,0} | {Math.Max(row.EchoBytes, row.FloodBytes):0.#} |\n"));
        }
    }

    private static void WriteEchoes(StringBuilder text, IEnumerable<EchoRow> rows)
    {
        text.Append("\n### Echoes between threads, µs\n\n")
            .Append("| way | family | octets | half took at most | 99 % took at most | CPU an echo | lost |\n|-|-|-:|-:|-:|-:|-:|\n");
        foreach (EchoRow row in rows)
        {
            text.Append(Invariant($"| {row.Path} | {row.Family.Name()} | {row.Octets:#,0} | {row.Median.Nanoseconds / 1000:0.0} | {row.P99.Nanoseconds / 1000:0.0} |"))
                .Append(Invariant($" {row.Cpu / 1000:0.0} | {row.Lost:#,0} |\n"));
        }
    }

    private static void WriteFloods(StringBuilder text, IEnumerable<FloodRow> rows)
    {
        text.Append("\n### One way between threads, as fast as it goes\n\n")
            .Append("| way | family | octets | sent/s | received/s | CPU a datagram received, µs |\n|-|-|-:|-:|-:|-:|\n");
        foreach (FloodRow row in rows)
        {
            text.Append(Invariant($"| {row.Path} | {row.Family.Name()} | {row.Octets:#,0} | {1e9 / row.Sent.Nanoseconds:#,0} |"))
                .Append(Invariant($" {1e9 / row.Received.Nanoseconds:#,0} | {row.Cpu / 1000:0.00} |\n"));
        }
    }
}
