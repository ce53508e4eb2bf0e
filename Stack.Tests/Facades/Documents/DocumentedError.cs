using System.Text;
using UserNet.Samples.BindShell;

namespace UserNet.Tests.Facades.Documents;

/// <summary>An error that a document lists, as a row of Data/documented-errors.csv, in our own words.</summary>
/// <param name="Document">POSIX, Winsock, WSP, WSK or .NET.</param>
/// <param name="Call">The call whose page lists it.</param>
/// <param name="Code">Its name, as the page has it.</param>
/// <param name="Condition">When it comes.</param>
/// <param name="WhyNever">Why it can't come here; empty for one that does.</param>
internal sealed record DocumentedError(string Document, string Call, string Code, string Condition, string WhyNever)
{
    private static readonly string[] Columns = ["document", "call", "code", "condition", "why never"];

    /// <summary>All rows, in their order.</summary>
    public static IReadOnlyList<DocumentedError> All { get; } = Read();

    /// <summary>True for an error that can come here, and so has a case.</summary>
    public bool Comes => WhyNever.Length == 0;

    /// <summary>By which a case and a row are told to be of one error.</summary>
    public string Key => KeyOf(Document, Call, Code, Condition);

    /// <inheritdoc cref="Key"/>
    public static string KeyOf(string document, string call, string code, string condition) => $"{document} {call}: {code}: {condition}";

    private static List<DocumentedError> Read()
    {
        using Stream table = typeof(DocumentedError).Assembly.GetManifestResourceStream("documented-errors.csv")!;
        using var reader = new StreamReader(table, Encoding.UTF8);
        List<CsvRecord> records = [.. CsvTable.Read(reader.ReadToEnd())];
        if (!records[0].Fields.Select(static word => word.Text).SequenceEqual(Columns)) throw new InvalidDataException("documented-errors.csv has other columns.");
        return records.ConvertAll(static record => record.Fields is { Count: 5 } f
            ? new DocumentedError(f[0].Text, f[1].Text, f[2].Text, f[3].Text, f[4].Text)
            : throw new InvalidDataException($"documented-errors.csv, line {record.Line}: {record.Fields.Count} fields."))[1..];
    }
}
