using UserNet.Samples.BugHunt;
using Xunit;

namespace UserNet.Tests.Samples;

/// <summary>docs/bug-hunt.md shows what the sample really says.</summary>
public sealed class BugHuntTests
{
    [Theory]
    [InlineData(CommandLine.Failure, "--seeds 1..300")]
    [InlineData(CommandLine.Failure, "--seed 2 --faults", "1.1s..2.3s pause router")]
    [InlineData(CommandLine.Success, "--seed 2 --fixed --faults", "1.1s..2.3s pause router")]
    public void The_sample_prints_what_the_tutorial_says(int code, string options, string? faults = null)
    {
        var output = new StringWriter { NewLine = "\n" };
        string[] arguments = [.. options.Split(' '), .. faults is null ? Array.Empty<string>() : [faults]];
        Assert.Equal(code, CommandLine.Run(arguments, output, TextWriter.Null));
        string page = Path.Combine(RepositoryPaths.Root, "docs", "bug-hunt.md");
        Assert.SkipUnless(File.Exists(page), "Not run where it was built.");
        Assert.Contains($"\n```text\n{output}```\n", File.ReadAllText(page).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_bug_no_seed_fails()
    {
        string seeds = $"1..{TestSettings.Count(300, 10_000)}";
        var output = new StringWriter { NewLine = "\n" };
        Assert.True(CommandLine.Run(["--seeds", seeds, "--fixed"], output, TextWriter.Null) == CommandLine.Success, output.ToString());
    }

    [Theory]
    [InlineData("--seeds 5..1", "no range of seeds")]
    [InlineData("--seed x", "x")]
    [InlineData("--seed 1 --faults 3s..2s", "the fault ends before it")]
    public void What_can_not_be_read_is_refused_with_the_reason(string options, string reason)
    {
        var errors = new StringWriter();
        Assert.Equal(CommandLine.Malformed, CommandLine.Run(options.Split(' '), TextWriter.Null, errors));
        Assert.Contains(reason, errors.ToString(), StringComparison.Ordinal);
    }
}
