using Spectre.Console;
using UserNet.Bench.Measuring;
using static UserNet.Bench.Measuring.BenchConsole;

namespace UserNet.Bench.Wire;

/// <summary>Prints a report.</summary>
internal static class WireTables
{
    public static void Print(WireReport report, IAnsiConsole console)
    {
        PrintMemory(report.Memory, console);
        PrintPaths(report, console);
        foreach (string note in report.Notes) console.WriteLine(note);
        console.WriteLine(report.Machine.ToString());
    }

    private static void PrintMemory(IEnumerable<MemoryRow> rows, IAnsiConsole console)
    {
        var table = new Table { Title = new TableTitle("In memory, one thread: ns, median (least - most)") };
        table.AddColumn("way");
        table.AddColumn("family");
        foreach (string column in new[] { "octets", "sockets beside", "echo, there and back", "packet of an echo", "B", "packet of a flood", "B", "packets/s" })
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (MemoryRow row in rows)
        {
            table.AddRow(
                row.Way, row.Family.Name(), Text(row.Octets, "#,0"), Text(row.Beside, "#,0"), Spread(row.Echo), Text(row.EchoPacket, "#,0"), Text(row.EchoBytes, "0.#"),
                Spread(row.Flood), Text(row.FloodBytes, "0.#"), Text(1e9 / row.Flood.Nanoseconds, "#,0"));
        }

        console.Write(table);
    }

    private static void PrintPaths(WireReport report, IAnsiConsole console)
    {
        var echoes = new Table { Title = new TableTitle("Echoes between threads: ns, median of runs (least - most)") };
        echoes.AddColumn("way");
        echoes.AddColumn("family");
        foreach (string column in new[] { "octets", "half took at most", "99 % took at most", "CPU", "lost" })
            echoes.AddColumn(new TableColumn(column).RightAligned());
        foreach (EchoRow row in report.Echoes)
            echoes.AddRow(row.Path, row.Family.Name(), Text(row.Octets, "#,0"), Spread(row.Median), Spread(row.P99), Text(row.Cpu, "#,0"), Text(row.Lost, "#,0"));
        console.Write(echoes);
        var floods = new Table { Title = new TableTitle("One way, as fast as it goes") };
        floods.AddColumn("way");
        floods.AddColumn("family");
        foreach (string column in new[] { "octets", "sent/s", "received/s", "ns a datagram received", "CPU ns a datagram received" })
            floods.AddColumn(new TableColumn(column).RightAligned());
        foreach (FloodRow row in report.Floods)
        {
            floods.AddRow(
                row.Path, row.Family.Name(), Text(row.Octets, "#,0"), Text(1e9 / row.Sent.Nanoseconds, "#,0"), Text(1e9 / row.Received.Nanoseconds, "#,0"),
                Spread(row.Received), Text(row.Cpu, "#,0"));
        }

        console.Write(floods);
    }
}
