using Spectre.Console;
using UserNet.Bench.Measuring;
using static UserNet.Bench.Measuring.BenchConsole;

namespace UserNet.Bench.Tcp;

/// <summary>Prints a report.</summary>
internal static class TcpTables
{
    public static void Print(TcpReport report, IAnsiConsole console)
    {
        Table bulk = New("One connection as fast as it goes", "Gbit/s (least - most)", "ns for 1,460 octets", "CPU ns: user", "kernel", "B a segment");
        foreach (BulkRow row in report.Bulk)
        {
            Sample time = row.Time;
            string spread = $"{Text(row.Gigabits, "0.0")} ({Text(BulkRow.GigabitsOf(time.Most), "0.0")} - {Text(BulkRow.GigabitsOf(time.Least), "0.0")})";
            bulk.AddRow(row.Path, row.Family.Name(), spread, Text(time.Nanoseconds, "#,0"), Text(row.User, "#,0"), Text(row.Kernel, "#,0"), Optional(row.Bytes, "0.###"));
        }

        Table connects = New("Connect, accept, close", "threads", "a second", "ns", "CPU ns: user", "kernel", "B");
        foreach (ConnectRow row in report.Connects)
        {
            connects.AddRow(
                row.Path, row.Family.Name(), Text(row.Threads, "0"), Text(1e9 / row.Time.Nanoseconds, "#,0"), Spread(row.Time), Text(row.User, "#,0"), Text(row.Kernel, "#,0"),
                Optional(row.Bytes, "#,0"));
        }

        Table echoes = New("One octet there and back, ns", "half took at most", "99 % took at most", "CPU");
        foreach (EchoRow row in report.Echoes) echoes.AddRow(row.Path, row.Family.Name(), Spread(row.Median), Spread(row.P99), Text(row.Cpu, "#,0"));
        Table heap = New("Connections at rest: octets of heap", "connections", "fresh", "used");
        foreach (HeapRow row in report.Heap) heap.AddRow(row.What, row.Family.Name(), Text(row.Connections, "#,0"), Text(row.Fresh, "#,0"), Text(row.Used, "#,0"));
        foreach (Table table in new[] { bulk, connects, echoes, heap }) console.Write(table);
        foreach (string note in report.Notes) console.WriteLine(note);
        console.WriteLine(report.Machine.ToString());
    }

    private static Table New(string title, params string[] columns)
    {
        var table = new Table { Title = new TableTitle(title) };
        table.AddColumn("way");
        table.AddColumn("family");
        foreach (string column in columns) table.AddColumn(new TableColumn(column).RightAligned());
        return table;
    }

    private static string Optional(double? value, string format) => value is { } number ? Text(number, format) : "";
}
