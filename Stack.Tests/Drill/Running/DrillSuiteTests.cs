using UserNet.Capture;
using UserNet.Drill;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Drill.Running;

/// <summary>Many scripts at once.</summary>
public sealed class DrillSuiteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Scripts_are_found_in_folders_by_name_and_each_once()
    {
        string b = Write("b.pkt"), z = Write("a/z.pkt"), a = Write("a/a.pkt");
        Write("a/readme.txt");
        Assert.Equal([a, z, b], DrillSuite.Find([_folder.Name]));
        Assert.Equal([b, a, z], DrillSuite.Find([b, _folder.Name, a]));
        Assert.Throws<FileNotFoundException>(() => DrillSuite.Find([Path.Combine(_folder.Name, "none.pkt")]));
    }

    [Theory]
    [InlineData("x.pkt", "", "", "")]
    [InlineData("x.pkt", "", "IPv6", "IPv6")]
    [InlineData("x.pkt", "", "IPv4 IPv6 IPv4", "IPv4 IPv6")]
    [InlineData("x-v4.pkt", "", "", "IPv4")]
    [InlineData("x-v6.pkt", "", "IPv4 IPv6", "IPv6")]
    [InlineData("x.pkt", "--ip_version=ipv6\n", "IPv4 IPv6", "")]
    [InlineData("x.pkt", "// for --ip_version=ipv6\n", "IPv4 IPv6", "IPv4 IPv6")]
    public void A_script_for_one_version_is_played_over_that_alone(string name, string head, string asked, string played)
    {
        string path = Write(name, head);
        IReadOnlyList<DrillIpVersion?> versions = DrillSuite.VersionsFor(path, [.. asked.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<DrillIpVersion>)]);
        Assert.Equal(played, string.Join(' ', versions));
    }

    [Theory]
    [InlineData("a/freebsd/b/c.pkt", DrillProfile.FreeBsd)]
    [InlineData("FreeBSD/linux/c.pkt", DrillProfile.Linux)]
    [InlineData("a/freebsd-net/c.pkt", null)]
    [InlineData("a/freebsd.pkt", null)]
    [InlineData("freebsd", null)]
    public void The_folders_of_a_path_name_a_profile(string path, DrillProfile? profile) => Assert.Equal(profile, DrillSuite.ProfileOf(path));

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Runs_are_told_of_in_the_order_of_the_list(int parallelism)
    {
        string[] scripts = [.. Enumerable.Range(0, 50).Select(static i => $"{i}.pkt")];
        var told = new List<string>();
        var progress = new Steps();
        IReadOnlyList<DrillRun> runs = DrillSuite.Run(
            scripts, new DrillSuiteOptions { Parallelism = parallelism, Completed = run => told.Add(run.Path), Progress = progress },
            static (path, _) => new DrillVerdict(path[0] == '3' ? DrillOutcome.Parse : path[0] == '4' ? DrillOutcome.Unsupported : DrillOutcome.Pass, path, null));
        Assert.Equal(scripts, runs.Select(static run => run.Path));
        Assert.Equal(scripts, told);
        Assert.Equal(Enumerable.Range(0, 51), progress.All.Select(static step => step.Done));
        Assert.Equal(11, progress.All[^1].Failed);
    }

    [Fact]
    public void What_breaks_in_one_script_is_its_failure_alone()
    {
        IReadOnlyList<DrillRun> runs = DrillSuite.Run(
            ["a", "b"], null, static (path, _) => path == "a" ? throw new InvalidDataException("no") : new DrillVerdict(DrillOutcome.Pass, path, null));
        Assert.Equal([DrillOutcome.Fail, DrillOutcome.Pass], runs.Select(static run => run.Verdict.Outcome));
        Assert.Equal("no", runs[0].Verdict.Actual);
    }

    [Fact]
    public void A_script_is_played_over_all_versions_with_a_trace_and_a_recording_each()
    {
        string path = Write("hello.pkt", Hello);
        string recordings = Path.Combine(_folder.Name, "recordings");
        IReadOnlyList<DrillRun> runs = DrillSuite.Run([path], new DrillSuiteOptions
        {
            IpVersions = [DrillIpVersion.IPv4, DrillIpVersion.IPv6, DrillIpVersion.IPv4MappedIPv6], KeepsTrace = true, RecordingFolder = recordings,
        });
        Assert.Equal(3, runs.Count);
        Assert.All(runs, static run => Assert.True(run.Verdict.Outcome == DrillOutcome.Pass, $"{run.Verdict}"));
        Assert.All(runs, static run => Assert.Contains(run.Trace, static line => line.Contains("S. 0:0(0) ack 1", StringComparison.Ordinal)));
        string[] files = Directory.GetFiles(recordings);
        Assert.Equal(3, files.Length);
        Assert.All(files, static file => Assert.True(PcapngReader.ReadFile(file).Count() >= 3));
    }

    [Fact]
    public void Cancelling_ends_it()
    {
        using var source = new CancellationTokenSource();
        int played = 0;
        Assert.Throws<OperationCanceledException>(() => DrillSuite.Run(
            Enumerable.Repeat("a.pkt", 1000), new DrillSuiteOptions { Parallelism = 1, CancellationToken = source.Token },
            (path, _) =>
            {
                if (++played == 3) source.Cancel();
                return new DrillVerdict(DrillOutcome.Pass, path, null);
            }));
        Assert.Equal(3, played);
    }

    internal const string Hello = """
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        +0 bind(3, ..., ...) = 0
        +0 listen(3, 1) = 0
        +0 < S 0:0(0) win 65535 <mss 1460>
        +0 > S. 0:0(0) ack 1 <mss 1460>
        +.1 < . 1:1(0) ack 1 win 65535
        +0 accept(3, ..., ...) = 4

        """;

    private string Write(string name, string text = "")
    {
        string path = Path.Combine(_folder.Name, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private sealed class Steps : IProgress<DrillProgress>
    {
        public List<DrillProgress> All { get; } = [];

        public void Report(DrillProgress value) => All.Add(value);
    }
}
