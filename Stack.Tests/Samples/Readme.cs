using Xunit;

namespace UserNet.Tests.Samples;

/// <summary>README.md, of which tests compare the code blocks with what really runs.</summary>
internal sealed class Readme(string text)
{
    private const string Fence = "```";

    /// <summary>Reads it from the folder that the tests were built in; skips the test where there is none.</summary>
    public static Readme Load()
    {
        string file = Path.Combine(RepositoryPaths.Root, "README.md");
        Assert.SkipUnless(File.Exists(file), "Not run where it was built.");
        return new Readme(File.ReadAllText(file).ReplaceLineEndings("\n"));
    }

    /// <summary>The code blocks that are opened with these words; at least one.</summary>
    public IReadOnlyList<string> Blocks(string words)
    {
        var blocks = new List<string>();
        string[] parts = text.Split($"\n{Fence}{words}\n");
        foreach (string part in parts[1..])
            blocks.Add(part[..(part.IndexOf($"\n{Fence}", StringComparison.Ordinal) + 1)]);
        Assert.NotEmpty(blocks);
        return blocks;
    }

    /// <summary>The text without blanks at the ends of its lines.</summary>
    public static string TrimLines(string text) =>
        string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(static line => line.TrimEnd()));
}
