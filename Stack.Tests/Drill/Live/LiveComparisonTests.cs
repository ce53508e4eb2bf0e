using System.Runtime.CompilerServices;
using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Live;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Drill.Live;

[Collection(nameof(WholeProcess))]      // time is real here
public sealed class LiveComparisonTests
{
    // The kernel is played at once on so many; most of the time each waits.
    private const int AtOnce = 30;

    [Fact]
    public void Where_our_scripts_and_the_kernel_differ_it_is_explained()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/dev/net/tun"), "needs root and /dev/net/tun");
        string folder = Folder();
        Assert.SkipUnless(Directory.Exists(folder), "Not run where it was built.");
        // Those of the other profile have no judge here.
        IReadOnlyList<string> scripts = [.. DrillSuite.Find([folder]).Where(script => !script.Contains("/freebsd/", StringComparison.Ordinal))];
        IReadOnlyDictionary<string, string> reasons = LiveComparison.ReadReasons(File.ReadLines(Path.Combine(folder, "differences.txt")));
        IReadOnlyList<ComparedPlay> plays = LiveComparison.Play(folder, scripts, AtOnce);
        if (Environment.GetEnvironmentVariable("USERNET_KERNEL_TABLE") is { Length: > 0 } path) File.WriteAllText(path, LiveComparison.Table(plays, reasons));
        IReadOnlyList<string> wrong = LiveComparison.Check(plays, reasons);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.DoesNotContain(reasons.Keys, script => !File.Exists(Path.Combine(folder, script)));
    }

    [Fact]
    public void A_difference_without_a_reason_and_a_reason_without_a_difference_are_wrong()
    {
        ComparedPlay both = new("a.pkt", Pass, Pass), ours = new("b.pkt", Pass, Fail), neither = new("c.pkt", Fail, Fail), open = new("d.pkt", Pass, Unsupported);
        IReadOnlyDictionary<string, string> reasons = LiveComparison.ReadReasons(["# a comment", "", "a.pkt | none any more", "c.pkt | both are wrong"]);
        IReadOnlyList<string> wrong = LiveComparison.Check([both, ours, neither, open], reasons);
        Assert.Equal(2, wrong.Count);
        Assert.StartsWith("a.pkt does not differ", wrong[0], StringComparison.Ordinal);
        Assert.StartsWith("b.pkt differs", wrong[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.pkt")]
    [InlineData("a.pkt |")]
    [InlineData("| why")]
    [InlineData("a.pkt | why\na.pkt | why not")]
    public void A_line_of_reasons_that_is_none_is_refused(string lines) =>
        Assert.Throws<FormatException>(() => LiveComparison.ReadReasons(lines.Split('\n')));

    [Fact]
    public void The_table_counts_and_lists_what_differs()
    {
        string table = LiveComparison.Table(
            [new("x/a.pkt", Pass, Pass), new("x/b.pkt", Pass, Fail), new("y/c.pkt", Pass, Unsupported)],
            LiveComparison.ReadReasons(["x/b.pkt | the kernel is slow"]));
        Assert.Contains("| x | 2 | 1 | 1 | 0 |", table, StringComparison.Ordinal);
        Assert.Contains("| **all** | 3 | 1 | 1 | 1 |", table, StringComparison.Ordinal);
        Assert.Contains("| x/b.pkt | as it says | line 3: window | the kernel is slow |", table, StringComparison.Ordinal);
        Assert.Contains("| y/c.pkt | the kernel: line 3: no queue |", table, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, true)]
    public void A_play_that_was_late_is_played_again_a_few_times(int expected, bool isLate)
    {
        int plays = 0;
        DrillVerdict verdict = LivePlay.Play(() =>
        {
            plays++;
            return (Fail, isLate ? LivePlay.MostLateness + 1 : LivePlay.MostLateness);
        });
        Assert.Equal(expected, plays);
        Assert.Equal(isLate ? 1 : 0, verdict.Remarks.Count);
    }

    private static DrillVerdict Pass => new(DrillOutcome.Pass, "", null);

    private static DrillVerdict Fail => new(DrillOutcome.Fail, "", new Position(3, 1)) { Field = "window" };

    private static DrillVerdict Unsupported => new(DrillOutcome.Unsupported, "", new Position(3, 1)) { Field = "queue" };

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../Scripts");
}
