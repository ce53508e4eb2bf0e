using UserNet.Drill;
using UserNet.Drill.Machine;
using UserNet.Wire;
using Xunit;
using DrillPlayer = UserNet.Drill.Drill;

namespace UserNet.Tests.Drill.Running;

/// <summary>Calls that wait, on a machine where read returns when the test says.</summary>
public sealed class WaitingCallTests
{
    private const string Opened = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n0 < S 0:0(0) win 1000\n0 > S. 0:0(0) ack 1\n";

    private static readonly Live SynAck = new() { Flags = TcpFlags.Syn | TcpFlags.Ack, Sequence = 9000, Ack = 1 };

    [Theory]
    [InlineData("+0...0.2 read(3, ..., 10) = 10", 0.2, null)]
    [InlineData("+0...0.2 read(3, ..., 10) = 10", 0.2249, null)]       // 12.5 % of what it takes
    [InlineData("+0...0.2 read(3, ..., 10) = 10", 0.2251, "time")]
    [InlineData("+0...0.2 read(3, ..., 10) = 10", 0.174, "time")]
    [InlineData("+0...0.2 read(3, ..., 10) = 9", 0.2, "result")]
    [InlineData(".1....3 read(3, ..., 10) = 10", 0.3, null)]
    [InlineData("+.1...0.3 read(3, ..., 10) = 10", 0.3, null)]         // both count from the same base
    [InlineData("+0 read(3, ..., 10) = 10", 0.1, "blocked")]           // it may not wait
    [InlineData("+0 read(3, ..., 10) = 10", 0, null)]
    [InlineData("+0...0.2 read(3, ..., 10) = 10", 5, "blocked")]       // the script is over before
    public void A_call_that_waits_returns_at_its_time(string line, double seconds, string? field) =>
        Assert.Equal(field, Play(Opened + line, machine => ReturnsAt(machine, seconds)));

    [Fact]
    public void Events_behind_a_call_that_waits_count_from_its_start()
    {
        List<string> times = [];
        Assert.Null(Play(
            Opened + "+.1...0.3 read(3, ..., 10) = 10\n+.05 `a`\n+.05 `b`\n+.2 `c`\n+.1 `d`", machine =>
            {
                ReturnsAt(machine, 0.3);
                machine.Shell = text =>
                {
                    times.Add($"{text} {machine.Now}");
                    return null;
                };
            }));
        Assert.Equal(["a 150000", "b 200000", "c 400000", "d 500000"], times);
    }

    [Fact]
    public void What_the_call_waits_for_may_come_from_the_script() =>
        Assert.Null(Play(Opened + "+0...0.1 read(3, ..., 10) = 10\n+.1 < . 1:11(10) ack 1 win 1000\n+.1 `true`", machine =>
            machine.Calls.OnRead = (_, part) =>
            {
                machine.WaitFor(() => machine.Injected.Count == 2);
                return part.Length;
            }));

    [Fact]
    public void A_packet_is_waited_for_while_the_call_returns()
    {
        Live data = new() { Sequence = 9001, Ack = 1, Payload = new byte[1000] };
        Assert.Null(Play(Opened + "+0...0.2 read(3, ..., 10) = 10\n+.4 > . 1:2001(2000) ack 1\n+0 `true`", machine =>
        {
            ReturnsAt(machine, 0.2);
            machine.Sends(0.1, data).Sends(0.4, data with { Sequence = 10_001 });
        }));
    }

    [Fact]
    public void A_second_call_waits_for_the_first()
    {
        Assert.Null(Play(Opened + "+0...0.5 read(3, ..., 10) = 10\n+.1 write(3, ..., 5) = 5\n+0 `look`", machine =>
        {
            ReturnsAt(machine, 0.5);
            machine.Shell = _ => machine.Now == 500_000 ? null : $"{machine.Now}";
        }));
        Assert.Equal("blocked", Play(Opened + "+0...1.5 read(3, ..., 10) = 10\n+.1 write(3, ..., 5) = 5", machine => ReturnsAt(machine, 1.5)));
    }

    [Fact]
    public void The_end_of_the_script_waits_a_second_for_a_call()
    {
        Assert.Null(Play(Opened + "+0...0.9 read(3, ..., 10) = 10", machine => ReturnsAt(machine, 0.9)));
        Assert.Equal("blocked", Play(Opened + "+0...1.1 read(3, ..., 10) = 10", machine => ReturnsAt(machine, 1.1)));
    }

    [Fact]
    public void What_fails_while_a_call_waits_fails_the_script_whatever_the_call_makes_of_it()
    {
        Assert.Equal("command", Play(Opened + "+0...0.2 read(3, ..., 10) = 10\n+.1 `false`", machine =>
        {
            machine.Shell = _ => "no";
            machine.Calls.OnRead = (_, part) =>
            {
                try
                {
                    machine.WaitFor(() => machine.Now >= 200_000);
                }
                catch (Exception)
                {
                    return part.Length;      // as a system that takes no notice
                }
                return part.Length;
            };
        }));
    }

    private static void ReturnsAt(FakeMachine machine, double seconds)
    {
        bool isDone = seconds == 0;
        machine.At(seconds, () => isDone = true);
        machine.Calls.OnRead = (_, part) =>
        {
            machine.WaitFor(() => isDone);
            return part.Length;
        };
    }

    private static string? Play(string script, Action<FakeMachine> stack)
    {
        DrillVerdict verdict = DrillPlayer.PlayOn(
            settings =>
            {
                var machine = new FakeMachine(settings);
                machine.Sends(0, SynAck);
                stack(machine);
                return machine;
            },
            script, "fake", new DrillOptions());
        return verdict.Outcome switch
        {
            DrillOutcome.Pass => null,
            DrillOutcome.Fail => verdict.Field,
            _ => $"{verdict.Outcome} {verdict.At}: {verdict.Field}",
        };
    }
}
