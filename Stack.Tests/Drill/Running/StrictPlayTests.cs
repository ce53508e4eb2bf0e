using UserNet.Drill;
using Xunit;
using DrillPlayer = UserNet.Drill.Drill;

namespace UserNet.Tests.Drill.Running;

/// <summary>What the language leaves free, and a strict play does not.</summary>
public sealed class StrictPlayTests
{
    private const string Server =
        """
        `./defaults.sh`
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        +0 bind(3, ..., ...) = 0
        +0 listen(3, 1) = 0
        +0 < S 0:0(0) win 65535 <mss 1000,sackOK,TS val 700 ecr 0>
        +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 700>
        +.1 < . 1:1(0) ack 1 win 65535 <nop,nop,TS val 800 ecr 100>
        +0 accept(3, ..., ...) = 4
        +.1 write(4, ..., 100) = 100
        +0 > P. 1:101(100) ack 1 <nop,nop,TS val 300 ecr 800>
        """;

    [Theory]
    [InlineData("", "", null)]
    [InlineData("> S. 0:0(0)", "> S. 7:7(0)", "sequence number")]
    [InlineData("ecr 700", "ecr 701", "TS ecr")]
    [InlineData("ecr 800", "ecr 799", "TS ecr")]
    [InlineData("val 300 ", "val 299 ", null)]      // within the tolerance
    [InlineData("val 300 ", "val 340 ", "TS val")]
    [InlineData("val 300 ", "val 100 ", "TS val")]
    public void A_strict_play_compares_them(string right, string wrong, string? field)
    {
        // Only the packets of the stack: what the peer sends stays as it is.
        string script = right.Length == 0 ? Server : string.Join('\n', Server.Split('\n').Select(line => line.Contains("> ", StringComparison.Ordinal) && !line.Contains("< ", StringComparison.Ordinal)
            ? line.Replace(right, wrong, StringComparison.Ordinal)
            : line));
        Assert.Equal(DrillOutcome.Pass, DrillPlayer.PlayText(script, "free", new DrillOptions()).Outcome);
        DrillVerdict verdict = DrillPlayer.PlayText(script, "strict", new DrillOptions { IsStrict = true });
        Assert.Equal(field ?? "", verdict.Field);
        Assert.Equal(field is null ? DrillOutcome.Pass : DrillOutcome.Fail, verdict.Outcome);
    }
}
