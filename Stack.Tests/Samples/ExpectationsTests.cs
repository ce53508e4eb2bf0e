using Xunit;

namespace UserNet.Tests.Samples;

public sealed class ExpectationsTests
{
    private const string Indent = "        ";

    [Fact]
    public void The_page_s_program_is_the_one_that_compiles_here()
    {
        string page = Page();
        string[] lines = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "Stack.Tests", "Samples", "ExpectationsProgram.cs"))
            .ReplaceLineEndings("\n").Split('\n');
        int begin = Array.IndexOf(lines, Indent + "// begin"), end = Array.IndexOf(lines, Indent + "// end");
        string body = string.Join('\n', lines[(begin + 1)..end].Select(static line =>
            line.StartsWith(Indent, StringComparison.Ordinal) ? line[Indent.Length..] : line));
        string usings = string.Join('\n', lines.TakeWhile(static line => line.Length != 0));
        Assert.Contains($"\n```csharp\n{usings}\n\n{body}\n```\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_s_program_prints_what_the_page_says()
    {
        var console = new StringWriter { NewLine = "\n" };
        ExpectationsProgram.Run(console);
        Assert.Contains($"\n```text\n{console}```\n", Page(), StringComparison.Ordinal);
    }

    private static string Page()
    {
        string file = Path.Combine(RepositoryPaths.Root, "docs", "expectations.md");
        Assert.SkipUnless(File.Exists(file), "Not run where it was built.");
        return File.ReadAllText(file).ReplaceLineEndings("\n");
    }
}
