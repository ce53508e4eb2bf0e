using System.Globalization;
using System.Text.Json;

namespace UserNet.Bench.Measuring;

/// <summary>Where reports are kept: JSON files, and the pages that show their figures.</summary>
internal static class ReportFile
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <exception cref="InvalidDataException">The file is empty.</exception>
    public static T Load<T>(string file) =>
        JsonSerializer.Deserialize<T>(File.ReadAllText(file), Json) ?? throw new InvalidDataException($"{file} is empty.");

    public static void Save<T>(string file, T report) => File.WriteAllText(file, JsonSerializer.Serialize(report, Json) + "\n");

    /// <summary>Writes figures between two marks of a Markdown page; what stands around them is left alone.</summary>
    /// <param name="file">The page.</param>
    /// <param name="command">Which command's figures they are, as the mark names it.</param>
    /// <param name="figures">The text between the marks.</param>
    /// <exception cref="InvalidOperationException">The page lacks the marks.</exception>
    public static void UpdatePage(string file, string command, string figures)
    {
        string beginMark = $"<!-- figures: made by the {command} command -->";
        const string EndMark = "<!-- end of figures -->";
        string page = File.ReadAllText(file);
        int begin = page.IndexOf(beginMark, StringComparison.Ordinal);
        int end = begin < 0 ? -1 : page.IndexOf(EndMark, begin, StringComparison.Ordinal);
        if (end < 0) throw new InvalidOperationException($"{file} has no marks to write figures between.");
        File.WriteAllText(file, $"{page[..(begin + beginMark.Length)]}\n\n{figures}\n{page[end..]}");
    }

    /// <summary>The line that says on what and when figures were measured.</summary>
    public static string Heading(Machine machine, bool isQuick) => Invariant(
        $"Measured on {machine.Date[..10]}: {machine.Processor}, {machine.Cores} cores; {machine.Kernel}; {machine.Runtime}; commit {machine.Commit}; {(isQuick ? "a quick run, so rough" : "a full run")}.\n\n");

    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
