using UserNet.Drill;
using Xunit;
using DrillPlayer = UserNet.Drill.Drill;

namespace UserNet.Tests.Drill.Running;

/// <summary>Whole scripts on UserNet itself, over each version of IP.</summary>
public sealed class WholeScriptTests
{
    private const string Server =
        """
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        +0 bind(3, ..., ...) = 0
        +0 listen(3, 1) = 0
        +0...0.2 accept(3, ..., ...) = 4
        +.1 < S 0:0(0) win 32792 <mss 1000,nop,nop,sackOK>
        +0 > S. 0:0(0) ack 1 <...>
        +.1 < . 1:1(0) ack 1 win 32792
        +0...0.1 read(4, ..., 1000) = 500
        +.1 < P. 1:501(500) ack 1 win 32792
        +0 > . 1:1(0) ack 501
        +0 write(4, ..., 2500) = 2500
        +0 > P. 1:2501(2500) ack 501

        """;

    public static TheoryData<DrillIpVersion> Versions => [DrillIpVersion.IPv4, DrillIpVersion.IPv6, DrillIpVersion.IPv4MappedIPv6];

    [Theory]
    [MemberData(nameof(Versions))]
    public void Calls_that_wait_are_played_with_what_ends_them(DrillIpVersion version) => Passes(Server, version);

    [Theory]
    [MemberData(nameof(Versions))]
    public void An_active_open_waits_for_its_answer(DrillIpVersion version) => Passes(
        """
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        +0...0.1 connect(3, ..., ...) = 0
        +0 > S 0:0(0) <...>
        +.1 < S. 700:700(0) ack 1 win 32792 <mss 1000>
        +0 > . 1:1(0) ack 1
        +.2 < F. 1:1(0) ack 1 win 32792
        +0 > . 1:1(0) ack 2
        +0 read(3, ..., 1000) = 0
        """, version);

    [Theory]
    [MemberData(nameof(Versions))]
    public void An_error_of_the_network_ends_a_connect_that_waits(DrillIpVersion version) => Passes(
        """
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        +0...0.1 connect(3, ..., ...) = -1 ECONNREFUSED (Connection refused)
        +0 > S 0:0(0) <...>
        +.1 < icmp unreachable port_unreachable [0:0(0)]
        """, version);

    [Theory]
    [InlineData("read(4, ..., 1000) = 500", "read(4, ..., 1000) = 499", "result")]
    [InlineData("0.1 read", "0.3 read", "time")]
    [InlineData("ack 501\n+0 write", "ack 502\n+0 write", "ack")]
    [InlineData("> P. 1:2501(2500)", "> P. 1:2502(2501)", "length")]
    [InlineData("> P. 1:2501(2500)", "> . 1:2501(2500)", "flags")]
    [InlineData("+0...0.2 accept", "+0 accept", "blocked")]
    public void What_is_changed_in_a_script_fails_it(string from, string to, string field)
    {
        Assert.Contains(from, Server, StringComparison.Ordinal);
        DrillVerdict verdict = DrillPlayer.PlayText(Server.Replace(from, to, StringComparison.Ordinal), "server", new DrillOptions());
        Assert.Equal((DrillOutcome.Fail, field), (verdict.Outcome, verdict.Field));
    }

    [Fact]
    public void The_same_seed_gives_the_same_octets()
    {
        byte[] Record()
        {
            using var recording = new MemoryStream();
            Assert.Equal(DrillOutcome.Pass, DrillPlayer.PlayText(Server, "server", new DrillOptions { Seed = 7, Recording = recording }).Outcome);
            return recording.ToArray();
        }

        Assert.Equal(Record(), Record());
    }

    [Fact]
    public void A_segment_to_nobody_is_answered_in_freebsds_dialect() => Assert.Equal(
        DrillOutcome.Pass,
        DrillPlayer.PlayText("0 < . 17:20(3) ack 34 win 100\n+0 > R 34:34(0) win 0\n", "closed", new DrillOptions { Profile = DrillProfile.FreeBsd }).Outcome);

    private static void Passes(string script, DrillIpVersion version)
    {
        DrillVerdict verdict = DrillPlayer.PlayText(script, "script", new DrillOptions { IpVersion = version, RefusesLeftOvers = true });
        Assert.True(verdict.Outcome == DrillOutcome.Pass, $"{verdict.Outcome} {verdict.At} {verdict.Field}: {verdict.Expected} / {verdict.Actual}");
    }
}
