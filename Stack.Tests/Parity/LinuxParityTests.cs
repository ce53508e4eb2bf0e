using UserNet.Binding;
using UserNet.Samples.BindShell;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>Every row that was measured on Linux and needs nothing unbuilt, through the POSIX face.</summary>
public sealed class LinuxParityTests
{
    [Theory]
    [InlineData("errprec", 3313, 0)]
    [InlineData("tcp2-bound", 1274, 0)]
    [InlineData("tcp2-listening", 1243, 0)]
    [InlineData("udp2-bound", 1265, 0)]
    [InlineData("tcp3", 1770, 0)]
    [InlineData("udp3", 1833, 0)]
    [InlineData("optchange", 340, 0)]
    [InlineData("device", 453, 0)]
    [InlineData("crossproto", 113, 0)]
    [InlineData("case", 240, 1)]
    [InlineData("scenario", 182, 4)]
    [InlineData("fourtuple", 86, 0)]
    [InlineData("tcpstate", 1639, 0)]
    public void The_stack_answers_as_Linux_did(string group, int passed, int skipped)
    {
        var mismatches = new List<Mismatch>();
        Tally tally = RowChecker.CheckAll(
            GoldenRows.All, name => name.Split(':')[0] == group, Personality.Linux, seed: 1, mismatches.Add);
        Assert.True(mismatches.Count == 0, string.Join('\n', mismatches));
        Assert.Equal(new Tally(passed, 0, skipped), tally);
    }

    [Fact]
    public void What_is_skipped_needs_IPv6_on_a_wire()
    {
        var skipped = new List<string>();
        RowChecker.CheckAll(
            GoldenRows.All, static name => name is "case" or "scenario", Personality.Linux, seed: 1, static _ => { },
            (id, waitsFor) => skipped.Add($"{id} {waitsFor}"));
        Assert.Equal(
            [
                "case-00235 skipped: IPv6 on a wire is not built yet",              // members of an IPv6 group on v0
                "scenario-00023 skipped: IPv6 on a wire is not built yet",          // a datagram to the other host
                "scenario-00236 skipped: IPv6 on a wire is not built yet",          // members of an IPv6 group on v0
                "scenario-00239 skipped: IPv6 on a wire is not built yet",          // a connection from the other host
                "scenario-00277 skipped: IPv6 on a wire is not built yet",          // a datagram to the other host
            ],
            skipped.Order(StringComparer.Ordinal));
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
