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
        string[] folders = Directory.GetDirectories(Folder);
        Assert.NotEmpty(folders);
        foreach (string folder in folders)
        {
            IReadOnlyList<DuelRound> rounds = TcpDuel.Replay(folder);
            Assert.True(rounds.Count > 0, $"No script in {folder}.");
            DuelRound[] differ = [.. rounds.Where(static round => round.Ours.Outcome != DrillOutcome.Pass)];
            Assert.True(differ.Length == 0, string.Join('\n', differ.Select(Say)));
        }
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

    private static string Say(DuelRound round) =>
        $"{round.Name}: {round.Ours.Outcome}, line {round.Ours.At?.Line}: {round.Ours.Field}: the kernel {round.Ours.Expected}; here {round.Ours.Actual}";
}
