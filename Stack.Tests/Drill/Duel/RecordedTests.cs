using UserNet.Drill;
using UserNet.Drill.Running;
using Xunit;

namespace UserNet.Tests.Drill.Duel;

/// <summary>What the kernel did once in random scripts is data here: ours does the same, without a kernel.</summary>
public sealed class RecordedTests
{
    private static string Folder { get; } = Path.Combine(RepositoryPaths.Root, "Stack.Tests", "Drill", "Recorded");

    [Fact]
    public void What_the_kernel_did_in_recorded_scripts_ours_does()
    {
        IReadOnlyList<string> scripts = DrillSuite.Find([Folder]);
        Assert.True(scripts.Count > 0, $"No script below {Folder}.");
        IReadOnlyList<DrillRun> runs = DrillSuite.Run(scripts, new DrillSuiteOptions { Play = new DrillOptions { RefusesLeftOvers = true } });
        Assert.True(runs.All(static run => run.Verdict.Outcome == DrillOutcome.Pass), string.Join('\n', runs.Where(static run => run.Verdict.Outcome != DrillOutcome.Pass).Select(Say)));
    }

    /// <summary>A machine that is asked twice says the same, and what it did is what it does.</summary>
    [Theory]
    [MemberData(nameof(Themes))]
    public void What_is_recorded_here_passes_here(string theme)
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            string text = Record(theme, seed);
            Assert.Equal(text, Record(theme, seed));
            DrillVerdict verdict = UserNet.Drill.Drill.PlayText(text, theme, new DrillOptions { RefusesLeftOvers = true });
            Assert.True(verdict.Outcome == DrillOutcome.Pass, $"{theme}-{seed}: {verdict.At}: {verdict.Field}: {verdict.Expected}; {verdict.Actual}\n{text}");
        }
    }

    public static TheoryData<string> Themes => [.. DuelThemes.All.Keys];

    private static string Record(string theme, int seed)
    {
        var script = new DuelScript(seed);
        DuelThemes.All[theme](script);
        (DrillVerdict verdict, ScriptRecord record) = UserNet.Drill.Drill.Record(script.Stimuli(), theme, new DrillOptions(), script.Tail);
        Assert.True(verdict.Outcome == DrillOutcome.Pass, $"{theme}-{seed}: {verdict.Outcome}, {verdict.At}: {verdict.Field}, {verdict.Actual}");
        return script.Whole(record);
    }

    private static string Say(DrillRun run) =>
        $"{Path.GetFileName(run.Path)}: {run.Verdict.Outcome}, line {run.Verdict.At?.Line}: {run.Verdict.Field}: the kernel {run.Verdict.Expected}; here {run.Verdict.Actual}";
}
