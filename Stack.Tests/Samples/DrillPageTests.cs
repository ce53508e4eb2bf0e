using System.Text.RegularExpressions;
using UserNet.Samples.Drill;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Samples;

/// <summary>docs/drill.md: what it shows is what happens.</summary>
public sealed partial class DrillPageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_page_s_test_is_one_of_these_tests()
    {
        string file = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "Stack.Tests", "Samples", "DrillPageExample.cs")).ReplaceLineEndings("\n");
        Assert.Contains($"\n```csharp\n{file}```\n", Page(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello.pkt", "--trace")]
    [InlineData("wrong.pkt", "--verbose")]
    public void The_page_s_scripts_end_as_the_page_says(string name, string option)
    {
        string page = Page();
        string script = page.Split("\n```packetdrill\n")[1].Split("```\n")[0];
        if (name == "wrong.pkt") script = script.Replace("mss 1460", "mss 1400", StringComparison.Ordinal);
        string path = Path.Combine(_folder.Name, name);
        File.WriteAllText(path, script);
        var output = new StringWriter { NewLine = "\n" };
        CommandLine.Run([option, path], output, TextWriter.Null);
        string shown = Elapsed().Replace(output.ToString().Replace(path, name, StringComparison.Ordinal), "$1N");
        Assert.Contains(shown, Elapsed().Replace(page, "$1N"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_has_every_option_of_the_command_line()
    {
        var output = new StringWriter();
        CommandLine.Run(["--help"], output, TextWriter.Null);
        string page = Page();
        Assert.DoesNotContain(Option().Matches(output.ToString()).Select(static option => option.Value).Except(["--help", "--version"]), option => !page.Contains($"`{option}", StringComparison.Ordinal));
    }

    private static string Page()
    {
        string path = Path.Combine(RepositoryPaths.Root, "docs", "drill.md");
        Assert.SkipUnless(File.Exists(path), "Not run where it was built.");
        return File.ReadAllText(path).ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"(\(|played in )[0-9.]+(?= m?s)", RegexOptions.CultureInvariant)]
    private static partial Regex Elapsed();

    [GeneratedRegex(@"--[a-z][a-z-]+", RegexOptions.CultureInvariant)]
    private static partial Regex Option();
}
