using Spectre.Console;
using static UserNet.Bench.Measuring.BenchConsole;

namespace UserNet.Bench.Wire;

/// <summary>Prints a report.</summary>
internal static class WireTables
{
    public static void Print(WireReport report, IAnsiConsole console)
    {
        var table = new Table { Title = new TableTitle("In memory, one thread: ns, median (least - most)") };
        table.AddColumn("way");
        foreach (string column in new[] { "octets", "sockets beside", "echo, there and back", "packet of an echo", "B", "packet of a flood", "B", "packets/s" })
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (MemoryRow row in report.Memory)
        {
            table.AddRow(
                row.Way, Text(row.Octets, "#,0"), Text(row.Beside, "#,0"), Spread(row.Echo), Text(row.EchoPacket, "#,0"), Text(row.EchoBytes, "0.#"),
                Spread(row.Flood), Text(row.FloodBytes, "0.#"), Text(1e9 / row.Flood.Nanoseconds, "#,0"));
        }

        console.Write(table);
        foreach (string note in report.Notes) console.WriteLine(note);
        console.WriteLine(report.Machine.ToString());
    }
}
