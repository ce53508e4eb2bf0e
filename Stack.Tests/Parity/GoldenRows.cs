using System.IO.Compression;
using System.Text;
using UserNet.Samples.BindShell;

namespace UserNet.Tests.Parity;

/// <summary>The rows that were measured on Linux 6.18, as they lie compressed in the test assembly.</summary>
internal static class GoldenRows
{
    private static readonly Lazy<IReadOnlyList<CheckedRow>> Rows = new(static () => [.. RowChecker.Read(Text)]);

    /// <summary>The table as text.</summary>
    public static string Text
    {
        get
        {
            using Stream packed = typeof(GoldenRows).Assembly.GetManifestResourceStream("linux_bind.csv.gz")!;
            using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
            using var reader = new StreamReader(unpacked, Encoding.UTF8);
            return reader.ReadToEnd();
        }
    }

    /// <summary>All rows.</summary>
    public static IReadOnlyList<CheckedRow> All => Rows.Value;
}
