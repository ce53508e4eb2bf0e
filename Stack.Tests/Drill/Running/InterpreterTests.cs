using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Wire;
using Xunit;
using DrillPlayer = UserNet.Drill.Drill;

namespace UserNet.Tests.Drill.Running;

public sealed class InterpreterTests
{
    // A child is made by the first segment in; its numbers are those on the wire until the stack's SYN-ACK.
    private const string Opened = "0 < S 0:0(0) win 1000\n0 > S. 0:0(0) ack 1\n";

    private static readonly Live SynAck = new() { Flags = TcpFlags.Syn | TcpFlags.Ack, Sequence = 9000, Ack = 1 };
    private static readonly Live Ack = new() { Sequence = 9001, Ack = 1 };
    private static readonly Live Data = Ack with { Payload = new byte[1000] };
    private static readonly Live More = Data with { Sequence = 10_001 };

    private static string? Play(string script, Action<FakeMachine> stack, DrillOptions? options = null) =>
        FieldOf(Verdict(script, stack, options));

    private static string? FieldOf(DrillVerdict verdict) => verdict.Outcome switch
    {
        DrillOutcome.Pass => null,
        DrillOutcome.Fail => verdict.Field,
        _ => $"{verdict.Outcome}: {verdict.Field}",
    };

    private static DrillVerdict Verdict(string script, Action<FakeMachine> stack, DrillOptions? options = null) =>
        DrillPlayer.PlayOn(settings => { var machine = new FakeMachine(settings); stack(machine); return machine; }, script, "fake", options ?? new DrillOptions());

    [Theory]
    [InlineData("+.3 > . 1:1(0) ack 1", 0.3, null)]
    [InlineData("+.3 > . 1:1(0) ack 1", 0.3374, null)]            // 12.5 % of what passed
    [InlineData("+.3 > . 1:1(0) ack 1", 0.3376, "time")]
    [InlineData("+.3 > . 1:1(0) ack 1", 0.2624, "time")]
    [InlineData("+.01 > . 1:1(0) ack 1", 0.0139, null)]           // 4 ms at least
    [InlineData("+.01 > . 1:1(0) ack 1", 0.0141, "time")]
    [InlineData(".3 > . 1:1(0) ack 1", 0.3, null)]
    [InlineData(".3 > . 1:1(0) ack 1", 0.2, "time")]
    [InlineData("+.2~+.3 > . 1:1(0) ack 1", 0.2, null)]
    [InlineData("+.2~+.3 > . 1:1(0) ack 1", 0.3, null)]
    [InlineData("+.2~+.3 > . 1:1(0) ack 1", 0.17, "time")]
    [InlineData("+.2~+.3 > . 1:1(0) ack 1", 0.34, "time")]
    [InlineData(".2~.3 > . 1:1(0) ack 1", 0.25, null)]
    [InlineData("* > . 1:1(0) ack 1", 900, null)]
    [InlineData("+0 > . 1:1(0) ack 1", 2.1, "packet")]            // after 2 s it is missing
    [InlineData("+0 > . 1:1(0) ack 1", 1.9, "time")]
    [InlineData("+20 > . 1:1(0) ack 1", 22.4, null)]              // where the tolerance is more than 2 s
    public void A_packet_comes_at_its_time(string line, double seconds, string? field) =>
        Assert.Equal(field, Play(Opened + line, machine => machine.Sends(0, SynAck).Sends(seconds, Ack)));

    [Fact]
    public void A_packet_that_came_early_is_seen_as_early() =>
        Assert.Equal("time", Play(Opened + "+.2 < . 1:1(0) ack 1 win 1000\n+0 > . 1:1(0) ack 1", machine => machine.Sends(0, SynAck).Sends(0.1, Ack)));

    [Fact]
    public void Times_count_from_when_a_packet_came_even_if_that_was_late() =>
        Assert.Null(Play(
            "--tolerance_usecs=50000\n" + Opened + "+.1 > . 1:1(0) ack 1\n+.1 > . 1:1(0) ack 1\n+0 `look`", machine =>
            {
                machine.Sends(0, SynAck).Sends(0.14, Ack).Sends(0.24, Ack);
                machine.Shell = _ => machine.Now == 240_000 ? null : $"{machine.Now}";
            }));

    [Fact]
    public void What_nobody_waits_for_is_no_error_at_the_end() =>
        Assert.Null(Play(Opened + "+1 `true`", machine => machine.Sends(0, SynAck).Sends(0.5, Data)));

    [Fact]
    public void Unless_it_is_to_be_one()
    {
        var strict = new DrillOptions { RefusesLeftOvers = true };
        Assert.Equal("left over", Play(Opened + "+1 `true`", machine => machine.Sends(0, SynAck).Sends(1, Data), strict));
        Assert.Null(Play(Opened + "+1 `true`", machine => machine.Sends(0, SynAck).Sends(0.5, Data with { DestinationPort = 9 }).Sends(2, Data), strict));
    }

    [Fact]
    public void What_nobody_waited_for_comes_first_when_the_next_is_expected() =>
        Assert.Equal("sequence number", Play(Opened + "+1 > . 1001:1001(0) ack 1", machine => machine.Sends(0, SynAck).Sends(0.5, Ack).Sends(1, Ack with { Sequence = 10_001 })));

    [Fact]
    public void Packets_of_others_are_passed_over() =>
        Assert.Null(Play(Opened + "+1 > . 1:1(0) ack 1", machine => machine.Sends(0, SynAck).Sends(0.5, Ack with { DestinationPort = 9 }).Sends(1, Ack)));

    [Fact]
    public void Segments_that_follow_each_other_make_up_a_line()
    {
        Assert.Null(Play(Opened + "+1 > . 1:2001(2000) ack 1", machine => machine.Sends(0, SynAck).Sends(1, Data).Sends(1, More)));
        Assert.Equal("length", Play(Opened + "+1 > . 1:2002(2001) ack 1", machine => machine.Sends(0, SynAck).Sends(1, Data).Sends(1, More)));
        Assert.Equal("length", Play(Opened + "+1 > . 1:1501(1500) ack 1", machine => machine.Sends(0, SynAck).Sends(1, Data).Sends(1, More)));
        Assert.Equal("window", Play(Opened + "+1 > . 1:2001(2000) ack 1", machine => machine.Sends(0, SynAck).Sends(1, Data).Sends(1, More with { Window = 7 })));
        // The time is that of the last.
        Assert.Equal("time", Play(Opened + "+1 > . 1:2001(2000) ack 1", machine => machine.Sends(0, SynAck).Sends(1, Data).Sends(1.5, More)));
    }

    [Theory]
    [InlineData("--strict_segments\n", DrillProfile.Linux)]
    [InlineData("", DrillProfile.FreeBsd)]
    public void But_not_where_a_line_is_one_segment(string options, DrillProfile profile) =>
        Assert.Equal("length", Play(
            options + Opened + "+1 > . 1:2001(2000) ack 1", machine => machine.Sends(0, SynAck).Sends(1, Data).Sends(1, More),
            new DrillOptions { Profile = profile }));

    [Fact]
    public void A_failure_tells_all_of_it()
    {
        DrillVerdict verdict = Verdict(Opened + "+1 > . 1:1(0) ack 1 win 77", machine => machine.Sends(0, SynAck).Sends(1, Ack).Sends(1, More));
        Assert.Equal((DrillOutcome.Fail, new Position(3, 1), "window"), (verdict.Outcome, verdict.At, verdict.Field));
        Assert.Equal("> . 1:1(0) ack 1 win 77", verdict.Expected);
        Assert.Equal("> . 1:1(0) ack 1 win 1000", verdict.Actual);
        Assert.Equal(TimeSpan.FromSeconds(1), verdict.Time);
        Assert.Equal(
            [
                "0.000000 < S 0:0(0) win 1000", "0.000000 > S. 0:0(0) ack 1 win 1000", "1.000000 > . 1:1(0) ack 1 win 1000",
                "1.000000 > . 1001:2001(1000) ack 1 win 1000 // not waited for",
            ],
            verdict.Packets);
    }

    [Fact]
    public void Differences_can_be_let_pass()
    {
        DrillVerdict verdict = Verdict(
            "--non_fatal=packet,syscall\n" + Opened + "+1 > . 1:1(0) ack 1 win 77\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 read(3, ..., 10) = 9",
            machine => machine.Sends(0, SynAck).Sends(1, Ack));
        Assert.Equal(DrillOutcome.Pass, verdict.Outcome);
        Assert.Collection(
            verdict.Remarks, remark => Assert.StartsWith("4:1: window", remark, StringComparison.Ordinal),
            remark => Assert.StartsWith("6:1: result", remark, StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_command_comes_before_the_clock_and_the_last_after_all()
    {
        FakeMachine? fake = null;
        Assert.Null(Play("`init`\n0 `middle`\n`cleanup`", machine => fake = machine));
        Assert.Equal(["init", "start", "middle", "end", "cleanup", "dispose"], fake!.Journal);
    }

    [Fact]
    public void The_last_command_is_done_also_after_a_failure_which_it_does_not_hide()
    {
        FakeMachine? fake = null;
        Assert.Equal("packet", Play(Opened + "`cleanup`", machine =>
        {
            fake = machine;
            machine.Shell = _ => "no";
        }));
        Assert.Equal(["start", "end", "cleanup", "dispose"], fake!.Journal);
        Assert.Equal("command", Play("0 `true`\n`cleanup`", machine => machine.Shell = text => text == "cleanup" ? "no" : null));
        Assert.Equal("command", Play("`init`\n0 `true`", machine => machine.Shell = text => text == "init" ? "no" : null));
    }

    [Fact]
    public void What_goes_wrong_inside_is_a_failure_and_what_is_not_there_none()
    {
        DrillVerdict broken = Verdict("0 `a`\n0 `b`", machine => machine.Shell = text => text == "b" ? throw new InvalidOperationException("loose") : null);
        Assert.Equal((DrillOutcome.Fail, new Position(2, 1), "exception"), (broken.Outcome, broken.At, broken.Field));
        Assert.Contains("loose", broken.Actual, StringComparison.Ordinal);
        DrillVerdict missing = Verdict("0 `a`", machine => machine.Shell = _ => throw new UnsupportedException("command a", new Position(1, 3)));
        Assert.Equal((DrillOutcome.Unsupported, new Position(1, 3), "command a"), (missing.Outcome, missing.At, missing.Field));
        DrillVerdict garbled = Verdict("0 < what\n", static _ => { });
        Assert.Equal((DrillOutcome.Parse, 1), (garbled.Outcome, garbled.At!.Value.Line));
    }

    [Fact]
    public void The_trace_has_each_packet_as_it_passes()
    {
        List<string> trace = [];
        Assert.Null(Play(Opened, machine => machine.Sends(0, SynAck), new DrillOptions { Trace = trace.Add }));
        Assert.Equal(["0.000000 < S 0:0(0) win 1000", "0.000000 > S. 0:0(0) ack 1 win 1000"], trace);
    }
}
