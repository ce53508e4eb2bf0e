using UserNet.Drill;
using Xunit;

namespace DrillPage;

public sealed class ListenerTests
{
    private const string Script = """
        `./defaults.sh`

        0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        +0  bind(3, ..., ...) = 0
        +0  listen(3, 1) = 0

        +.1 < S 0:0(0) win 32792 <mss 1000>
        +0  > S. 0:0(0) ack 1 <mss 1460>
        +.1 < . 1:1(0) ack 99 win 257
        +0  > R 99:99(0)
        """;

    [Theory]
    [InlineData(DrillIpVersion.IPv4)]
    [InlineData(DrillIpVersion.IPv6)]
    public void An_ACK_of_what_was_never_sent_is_reset(DrillIpVersion version)
    {
        DrillVerdict verdict = Drill.PlayText(Script, "listener", new DrillOptions { IpVersion = version, RefusesLeftOvers = true });
        Assert.True(verdict.Outcome == DrillOutcome.Pass, $"{verdict.At}: {verdict.Field}: expected {verdict.Expected}, got {verdict.Actual}");
    }
}
