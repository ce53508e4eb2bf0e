using Xunit;

namespace UserNet.Tests.Samples;

/// <summary>A program that a page of the documentation shows: word for word what compiles here, and what it prints.</summary>
/// <param name="page">The page within docs.</param>
/// <param name="file">The file beside this one, with the program between the lines begin and end.</param>
internal sealed class PageProgram(string page, string file)
{
    private const string Indent = "        ";

    /// <summary>The page shows the file's program.</summary>
    public void AssertIsShown()
    {
        string[] lines = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "Stack.Tests", "Samples", file))
            .ReplaceLineEndings("\n").Split('\n');
        int begin = Array.IndexOf(lines, Indent + "// begin"), end = Array.IndexOf(lines, Indent + "// end");
        string body = string.Join('\n', lines[(begin + 1)..end].Select(static line =>
            line.StartsWith(Indent, StringComparison.Ordinal) ? line[Indent.Length..] : line));
        string usings = string.Join('\n', lines.TakeWhile(static line => line.Length != 0));
        Assert.Contains($"\n```csharp\n{usings}\n\n{body}\n```\n", Page(), StringComparison.Ordinal);
    }

    /// <summary>The program prints what the page says.</summary>
    public void AssertPrints(Action<TextWriter> run)
    {
        var console = new StringWriter { NewLine = "\n" };
        run(console);
        Assert.True(Page().Contains($"\n```text\n{console}```\n", StringComparison.Ordinal), $"The page lacks what it prints:\n{console}");
    }

    private string Page()
    {
        string path = Path.Combine(RepositoryPaths.Root, "docs", page);
        Assert.SkipUnless(File.Exists(path), "Not run where it was built.");
        return File.ReadAllText(path).ReplaceLineEndings("\n");
    }
}
