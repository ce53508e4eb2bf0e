using System.Text;
using UserNet.Bench.Measuring;
using static UserNet.Bench.Measuring.ReportFile;

namespace UserNet.Bench.Faces;

/// <summary>Writes the figures of a report into a Markdown page.</summary>
internal static class FacesMarkdown
{
    /// <exception cref="InvalidOperationException">The page lacks the marks.</exception>
    public static void Update(string file, FacesReport report) => UpdatePage(file, "faces", Write(report));

    private static string Write(FacesReport report)
    {
        var text = new StringBuilder(Heading(report.Machine, report.IsQuick));
        foreach (string note in report.Notes) text.Append("- ").Append(note).Append('\n');
        text.Append("\n| face | call | the engine alone, ns | through the face, ns | more, ns | B, engine | B more |\n|-|-|-:|-:|-:|-:|-:|\n");
        foreach (FaceRow row in report.Rows)
        {
            text.Append(Invariant($"| {row.Face} | {row.Call} | {row.Engine.Nanoseconds:#,0} | {row.Through.Nanoseconds:#,0} |"))
                .Append(Invariant($" {row.More.Nanoseconds:#,0} | {row.EngineBytes:0.#} | {row.MoreBytes:0.#} |\n"));
        }

        return text.ToString();
    }
}
