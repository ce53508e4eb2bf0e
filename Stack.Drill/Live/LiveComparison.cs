using System.Text;

namespace UserNet.Drill.Live;

/// <summary>What became of a script on both machines.</summary>
/// <param name="Path">The script, from the folder on.</param>
/// <param name="Ours">How it ended here.</param>
/// <param name="Kernels">How it ended on the Linux kernel.</param>
internal sealed record ComparedPlay(string Path, DrillVerdict Ours, DrillVerdict Kernels)
{
    /// <summary>True where one of both could not be asked: there is nothing to compare then.</summary>
    public bool IsOpen => !IsJudgement(Ours) || !IsJudgement(Kernels);

    /// <summary>True where both did as the script says.</summary>
    public bool IsAgreement => Ours.Outcome == DrillOutcome.Pass && Kernels.Outcome == DrillOutcome.Pass;

    /// <summary>True where one of both, or both, did not do as the script says.</summary>
    public bool IsDifference => !IsOpen && !IsAgreement;

    private static bool IsJudgement(DrillVerdict verdict) => verdict.Outcome is DrillOutcome.Pass or DrillOutcome.Fail;
}

/// <summary>Plays scripts on the Linux kernel too: what they say of TCP is not only our opinion then.</summary>
internal static class LiveComparison
{
    private const int Repetitions = 8;

    // What these name is one for all namespaces; others would see it change.
    private static readonly string[] Shared = ["/sys/module", "/proc/sys/net/core"];

    /// <summary>Plays all scripts of a folder on both.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="scripts">Scripts in it.</param>
    /// <param name="atOnce">How many are played on the kernel at once.</param>
    public static IReadOnlyList<ComparedPlay> Play(string folder, IReadOnlyList<string> scripts, int atOnce)
    {
        IReadOnlyList<DrillRun> ours = DrillSuite.Run(scripts);
        var live = new DrillOptions { IsLive = true };
        List<string> together = [], alone = [];
        foreach (string script in scripts)
        {
            string text = File.ReadAllText(script);
            (Array.Exists(Shared, text.Contains) ? alone : together).Add(script);
        }

        var verdicts = new Dictionary<string, DrillVerdict>(StringComparer.Ordinal);
        void PlayLive(IEnumerable<string> these, int parallelism)
        {
            foreach (DrillRun run in DrillSuite.Run(these, new DrillSuiteOptions { Play = live, Parallelism = parallelism })) verdicts[run.Path] = run.Verdict;
        }

        PlayLive(together, atOnce);
        PlayLive(alone, 1);
        // A kernel whose processors are wanted by many is late itself; what it does not do as a script says, it never does.
        for (int again = 0; again < Repetitions; again++) PlayLive([.. scripts.Where(script => verdicts[script].Outcome == DrillOutcome.Fail)], 1);
        return [.. ours.Select(run => new ComparedPlay(Path.GetRelativePath(folder, run.Path), run.Verdict, verdicts[run.Path]))];
    }

    /// <summary>Reads why scripts differ: a path, a bar, a reason; lines that begin with # say nothing.</summary>
    /// <exception cref="FormatException">A line is none of these, or a script stands twice.</exception>
    public static IReadOnlyDictionary<string, string> ReadReasons(IEnumerable<string> lines)
    {
        var reasons = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            int bar = line.IndexOf('|', StringComparison.Ordinal);
            string path = bar < 0 ? "" : line[..bar].Trim(), reason = bar < 0 ? "" : line[(bar + 1)..].Trim();
            if (path.Length == 0 || reason.Length == 0) throw new FormatException($"Not a path, a bar and a reason: {line}");
            if (!reasons.TryAdd(path, reason)) throw new FormatException($"Twice: {path}");
        }

        return reasons;
    }

    /// <summary>What is wrong with the reasons: a difference without one, and one without a difference.</summary>
    /// <param name="plays">What was played.</param>
    /// <param name="reasons">The reasons; those of scripts that were not played are not looked at.</param>
    public static IReadOnlyList<string> Check(IReadOnlyList<ComparedPlay> plays, IReadOnlyDictionary<string, string> reasons)
    {
        var wrong = new List<string>();
        foreach (ComparedPlay play in plays)
        {
            bool isExplained = reasons.ContainsKey(play.Path);
            if (play.IsDifference && !isExplained) wrong.Add($"{play.Path} differs: here {Say(play.Ours)}, the kernel {Say(play.Kernels)}");
            if (!play.IsDifference && isExplained) wrong.Add($"{play.Path} does not differ: its reason is to go");
        }

        return wrong;
    }

    /// <summary>Agreements and differences as a page of Markdown.</summary>
    public static string Table(IReadOnlyList<ComparedPlay> plays, IReadOnlyDictionary<string, string> reasons)
    {
        var text = new StringBuilder();
        text.Append("| folder | scripts | agree | differ | not comparable |\n|-|-|-|-|-|\n");
        foreach (IGrouping<string, ComparedPlay> folder in plays.GroupBy(play => Path.GetDirectoryName(play.Path)!.Replace('\\', '/')).OrderBy(group => group.Key, StringComparer.Ordinal))
            Row(text, folder.Key, [.. folder]);
        Row(text, "**all**", plays);
        text.Append("\n| script | here | the kernel | why |\n|-|-|-|-|\n");
        foreach (ComparedPlay play in plays.Where(play => play.IsDifference))
            text.Append($"| {play.Path} | {Say(play.Ours)} | {Say(play.Kernels)} | {reasons.GetValueOrDefault(play.Path, "**not explained**")} |\n");
        text.Append("\n| script that could not be compared | since |\n|-|-|\n");
        foreach (ComparedPlay play in plays.Where(play => play.IsOpen))
            text.Append($"| {play.Path} | {(play.Kernels.Outcome is DrillOutcome.Pass or DrillOutcome.Fail ? $"here: {Say(play.Ours)}" : $"the kernel: {Say(play.Kernels)}")} |\n");
        return text.ToString();
    }

    private static void Row(StringBuilder text, string name, IReadOnlyList<ComparedPlay> plays) => text.Append(
        $"| {name} | {plays.Count} | {plays.Count(play => play.IsAgreement)} | {plays.Count(play => play.IsDifference)} | {plays.Count(play => play.IsOpen)} |\n");

    // Without numbers that differ from one play to the next.
    private static string Say(DrillVerdict verdict) => verdict.Outcome switch
    {
        DrillOutcome.Pass => "as it says",
        DrillOutcome.Fail => $"line {verdict.At?.Line}: {verdict.Field}",
        DrillOutcome.Unsupported => $"line {verdict.At?.Line}: no {verdict.Field}",
        _ => $"line {verdict.At?.Line}: {verdict.Field}",
    };
}
