using Xunit;

namespace UserNet.Tests.Samples;

public sealed class ReadmeTests
{
    private const string Indent = "        ";
    // A run of the benchmarks draws it, not a build.
    private const string Measured = "port-allocation.svg";

    [Fact]
    public void The_readme_s_program_is_the_one_that_compiles_here()
    {
        Readme readme = Readme.Load();
        string file = Path.Combine(RepositoryPaths.Root, "Stack.Tests", "Samples", "ReadmeProgram.cs");
        string[] lines = File.ReadAllText(file).ReplaceLineEndings("\n").Split('\n');
        int begin = Array.IndexOf(lines, Indent + "// begin"), end = Array.IndexOf(lines, Indent + "// end");
        string body = string.Join('\n', lines[(begin + 1)..end].Select(Unindent));
        // Its namespace, UserNet.Tests.Samples, stands in for one of the program's using lines.
        string usings = string.Join('\n', lines.TakeWhile(static line => line.Length != 0))
            .Replace("using UserNet.Sockets;", "using UserNet;\nusing UserNet.Sockets;", StringComparison.Ordinal);
        Assert.Equal($"{usings}\n\n{body}\n", Assert.Single(readme.Blocks("csharp")));
    }

    [Fact]
    public void The_readme_s_program_prints_what_the_readme_says()
    {
        var console = new StringWriter { NewLine = "\n" };
        ReadmeProgram.Run(console);
        Assert.Equal(Assert.Single(Readme.Load().Blocks("text output")), console.ToString());
    }

    [Fact]
    public void Links_of_the_documentation_lead_to_files()
    {
        string docs = Path.Combine(RepositoryPaths.Root, "docs");
        Assert.SkipUnless(Directory.Exists(docs), "Not run where it was built.");
        string[] files =
        [
            .. Directory.GetFiles(RepositoryPaths.Root, "*.md"),
            .. Directory.GetFiles(docs, "*.md", SearchOption.AllDirectories),
        ];
        Assert.Empty(files.SelectMany(BrokenLinks));
    }

    private static IEnumerable<string> BrokenLinks(string file)
    {
        string folder = Path.GetDirectoryName(file)!;
        foreach (string part in File.ReadAllText(file).Split("](")[1..])
        {
            string target = part[..part.IndexOf(')', StringComparison.Ordinal)].Split('#')[0];
            bool isLocal = target.Length != 0 && !target.Contains("://", StringComparison.Ordinal)
                && Path.GetFileName(target) != Measured;
            if (isLocal && !Path.Exists(Path.Combine(folder, target))) yield return $"{file}: {target}";
        }
    }

    private static string Unindent(string line) =>
        line.StartsWith(Indent, StringComparison.Ordinal) ? line[Indent.Length..] : line;
}
