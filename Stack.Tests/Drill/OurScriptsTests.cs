using System.Text.RegularExpressions;
using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Running;
using Xunit;

namespace UserNet.Tests.Drill;

/// <summary>Our scripts, and what holds for all of them.</summary>
public sealed partial class OurScriptsTests
{
    private static readonly DrillIpVersion[] Versions = [DrillIpVersion.IPv4, DrillIpVersion.IPv4MappedIPv6, DrillIpVersion.IPv6];

    private static readonly string[] States =
        ["closed", "listen", "syn-sent", "syn-received", "established", "fin-wait-1", "fin-wait-2", "close-wait", "closing", "last-ack", "time-wait"];

    private static readonly string[] Segments = ["syn", "ack", "syn-ack", "rst", "rst-ack", "fin", "fin-ack", "data"];

    private static readonly string[] Places = ["", "-out"];
    private static readonly bool[] Both = [false, true];

    public static TheoryData<string> Topics => [.. OurScripts.All.Select(static script => script.Topic).Distinct()];

    [Theory]
    [MemberData(nameof(Topics))]
    public void Our_stack_does_what_our_scripts_say_over_every_version_of_IP(string topic)
    {
        OurScript[] scripts = [.. OurScripts.All.Where(script => script.Topic == topic)];
        IReadOnlyList<DrillRun> runs = DrillSuite.Run(scripts.Select(static script => script.Path), new DrillSuiteOptions
        {
            Play = new DrillOptions { Profile = scripts[0].Profile, RefusesLeftOvers = true, IsStrict = true }, IpVersions = Versions,
        });
        DrillRun[] failed = [.. runs.Where(static run => run.Verdict.Outcome != DrillOutcome.Pass)];
        Assert.True(failed.Length == 0, $"{failed.Length} of {runs.Count} did not pass.\n{string.Join('\n', failed.Take(20).Select(Describe))}");
    }

    [Fact]
    public void No_cell_of_the_matrix_is_empty()
    {
        HashSet<string> names = [.. OurScripts.All.Where(static script => script.Profile == DrillProfile.Linux).Select(static script => Path.GetFileName(script.Path))];
        IEnumerable<string> cells =
            from state in States
            from segment in Segments
            from place in Places
            select $"rcv-{segment}-{state}{place}.pkt";
        Assert.DoesNotContain(cells, cell => !names.Contains(cell));
    }

    // Left and right of the window are two places there; states that have no window yet have one.
    [Fact]
    public void No_cell_of_FreeBSD_s_matrix_is_empty()
    {
        string[] names = [.. OurScripts.All.Where(static script => script.Profile == DrillProfile.FreeBsd).Select(static script => Path.GetFileNameWithoutExtension(script.Path))];
        IEnumerable<string> cells =
            from state in States
            from segment in Segments
            from isOut in HasWindow(state) ? Both : Both[..1]
            let name = $"rcv-{segment}-{(state == "syn-received" ? "syn-rcvd" : state)}"
            where !names.Any(script => IsOf(script, name) && (!HasWindow(state) || IsOut(script[name.Length..]) == isOut))
            select name + (isOut ? ", out of the window" : "");
        Assert.Empty(cells);
    }

    private static bool HasWindow(string state) => state is not ("closed" or "listen" or "syn-sent");

    private static bool IsOf(string script, string cell) => script == cell || script.StartsWith(cell + "-", StringComparison.Ordinal);

    private static bool IsOut(string place) => place.StartsWith("-left", StringComparison.Ordinal) || place.StartsWith("-right-out", StringComparison.Ordinal) || place == "-right";

    [Fact]
    public void Each_script_says_what_it_holds_us_to()
    {
        Assert.Empty(OurScripts.All.Where(static script => !Source().IsMatch(Head(script))).Select(static script => script.Name));
    }

    [Fact]
    public void Each_script_can_be_read()
    {
        foreach (OurScript script in OurScripts.All)
        {
            var options = new DrillOptions { Profile = script.Profile };
            Script read = ScriptDefines.Read(File.ReadAllText(script.Path), script.Path, options);
            ScriptSettings.Of(read, options);
            Assert.NotEmpty(read.Events);
        }
    }

    private static string Describe(DrillRun run)
    {
        DrillVerdict verdict = run.Verdict;
        string version = run.IpVersion is { } known ? DrillSuite.NameOf(known) : "its own version";
        string packets = string.Concat(verdict.Packets.TakeLast(12).Select(static packet => $"\n    {packet}"));
        return $"{verdict.Outcome} {Path.GetRelativePath(OurScripts.Folder, run.Path)}:{verdict.At} [{version}]: {verdict.Field}: "
            + $"expected {verdict.Expected}, got {verdict.Actual}, at {verdict.Time.TotalSeconds} s{packets}";
    }

    // The comments before the first statement, as one line; options of the script may stand among them.
    private static string Head(OurScript script) => string.Join(' ', File.ReadLines(script.Path)
        .Select(static line => line.Trim())
        .TakeWhile(static line => line.Length == 0 || line.StartsWith("--", StringComparison.Ordinal) || IsComment(line))
        .Where(IsComment)
        .Select(static line => line.TrimStart('/', '*', ' ')));

    private static bool IsComment(string line) => line.StartsWith("//", StringComparison.Ordinal) || line.StartsWith("/*", StringComparison.Ordinal) || line.StartsWith('*');

    // A section of an RFC, a page, or a system by name.
    [GeneratedRegex(@"RFC \d+\W+(sections?|§|appendix)|\b(Linux|FreeBSD|kernel|POSIX)\b|\b[a-z0-9_]+\([247]\)|man pages?\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Source();
}
