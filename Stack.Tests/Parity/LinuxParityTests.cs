using UserNet.Binding;
using UserNet.Samples.BindShell;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>Every row that was measured on Linux, through the POSIX face.</summary>
public sealed class LinuxParityTests
{
    [Theory]
    [InlineData("errprec", 3313)]
    [InlineData("tcp2-bound", 1274)]
    [InlineData("tcp2-listening", 1243)]
    [InlineData("udp2-bound", 1265)]
    [InlineData("tcp3", 1770)]
    [InlineData("udp3", 1833)]
    [InlineData("optchange", 340)]
    [InlineData("device", 453)]
    [InlineData("crossproto", 113)]
    [InlineData("case", 241)]
    [InlineData("scenario", 186)]
    [InlineData("fourtuple", 86)]
    [InlineData("tcpstate", 1639)]
    public void The_stack_answers_as_Linux_did(string group, int passed)
    {
        var mismatches = new List<Mismatch>();
        Tally tally = RowChecker.CheckAll(
            GoldenRows.All, name => name.Split(':')[0] == group, Personality.Linux, seed: 1, mismatches.Add);
        Assert.True(mismatches.Count == 0, string.Join('\n', mismatches));
        Assert.Equal(new Tally(passed, 0, 0), tally);
    }

    [Fact]
    public void No_row_is_left_out() =>
        Assert.Equal(13_756, GoldenRows.All.Count);

    [Fact]
    public void Another_seed_changes_ports_but_no_answer()
    {
        var mismatches = new List<Mismatch>();
        RowChecker.CheckAll(GoldenRows.All, static name => name is "case" or "scenario", Personality.Linux, seed: 77, mismatches.Add);
        Assert.Empty(mismatches);
    }

    [Fact]
    public void Another_system_s_rules_do_not_pass_for_Linux_s()
    {
        Tally tally = RowChecker.CheckAll(
            GoldenRows.All, static name => name == "tcp2-bound", Personality.Windows, seed: 1, static _ => { });
        Assert.InRange(tally.Failed, 1, 1274);
    }
}
