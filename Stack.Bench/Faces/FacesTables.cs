using Spectre.Console;
using UserNet.Bench.Measuring;
using static UserNet.Bench.Measuring.BenchConsole;

namespace UserNet.Bench.Faces;

/// <summary>Prints a report.</summary>
internal static class FacesTables
{
    public static void Print(FacesReport report, IAnsiConsole console)
    {
        var table = new Table { Title = new TableTitle("A call through a face: ns, median (least - most)") };
        table.AddColumn("face");
        table.AddColumn("call");
        foreach (string column in new[] { "the engine alone", "through the face", "more", "B, engine", "B, face" })
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (FaceRow row in report.Rows)
            table.AddRow(row.Face, row.Call, Spread(row.Engine), Spread(row.Through), Spread(row.More), Text(row.EngineBytes, "0.#"), Text(row.ThroughBytes, "0.#"));
        console.Write(table);
        foreach (string note in report.Notes) console.WriteLine(note);
        console.WriteLine(report.Machine.ToString());
    }
}
