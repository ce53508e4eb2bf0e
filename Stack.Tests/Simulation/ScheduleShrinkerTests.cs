using UserNet.Simulation;
using Xunit;

namespace UserNet.Tests.Simulation;

public sealed class ScheduleShrinkerTests
{
    [Fact]
    public void Two_faults_that_must_overlap_are_all_that_stays()
    {
        var faults = new RandomFaults(new Random(5)) { Latest = TimeSpan.FromSeconds(10), Grain = TimeSpan.FromMilliseconds(1) };
        FaultSchedule schedule = new(
        [
            .. Enumerable.Range(0, 17).Select(_ => faults.Next(FaultKind.Loss)),
            Fault.Down("x-y").During(TimeSpan.FromSeconds(1.234), TimeSpan.FromSeconds(4.567)),
            .. Enumerable.Range(0, 8).Select(_ => faults.Next(FaultKind.Flap)),
            Fault.Crash("z").During(TimeSpan.FromSeconds(3.333), TimeSpan.FromSeconds(7.891)),
            .. Enumerable.Range(0, 5).Select(_ => faults.Next(FaultKind.Delay)),
        ]);
        ShrinkResult result = ScheduleShrinker.Shrink(schedule, DownWhileCrashed);
        Assert.True(result.IsMinimal);
        Assert.Equal(2, result.Schedule.Count);
        Assert.Equal([FaultKind.Down, FaultKind.Crash], result.Schedule.Select(static fault => fault.Kind));
        Assert.NotEqual(LinkDirection.Both, result.Schedule[0].Direction);
        Assert.InRange(result.Runs, 10, 400);
        Assert.All(result.Schedule, static fault => Assert.True(fault.End - fault.Begin < TimeSpan.FromMilliseconds(100), $"{fault}"));
        Assert.Equal(result.Schedule.HowToRepeat(7), result.HowToRepeat(7));
    }

    [Fact]
    public void Nothing_that_is_left_can_be_left_out_or_made_simpler_and_to_shrink_it_again_changes_nothing()
    {
        Random random = TestSettings.Random(4);
        var faults = new RandomFaults(random) { Latest = TimeSpan.FromSeconds(100) };
        int shrunk = 0;
        for (int i = TestSettings.Count(150, 5000); i > 0; i--)
        {
            FaultSchedule schedule = faults.Schedule(12);
            Func<FaultSchedule, bool> fails = SomeFailure(random.Next());
            if (!fails(schedule)) continue;
            shrunk++;
            int calls = 0;
            ShrinkResult result = ScheduleShrinker.Shrink(
                schedule,
                candidate =>
                {
                    calls++;
                    return fails(candidate);
                },
                new ShrinkOptions { MaxRuns = 1_000_000 });
            Assert.True(result.IsMinimal);
            Assert.Equal(calls, result.Runs);
            Assert.True(fails(result.Schedule));
            Assert.Equal(result.Schedule, FaultSchedule.Parse(result.Schedule.ToString()));
            for (int fault = 0; fault < result.Schedule.Count; fault++)
            {
                Assert.False(fails(result.Schedule.Without(fault)), $"{result.Schedule} without {fault}");
                foreach (Fault simpler in SimplerFaults.Of(result.Schedule[fault]))
                    Assert.False(fails(result.Schedule.Replace(fault, simpler)), $"{result.Schedule} with {simpler}");
            }

            Assert.Equal(result.Schedule, ScheduleShrinker.Shrink(result.Schedule, fails, new ShrinkOptions { MaxRuns = 1_000_000 }).Schedule);
            Assert.Equal(result, ScheduleShrinker.Shrink(schedule, fails, new ShrinkOptions { MaxRuns = 1_000_000 }));
        }

        Assert.True(shrunk > 20, $"{shrunk} schedules failed.");
    }

    [Fact]
    public void The_runs_come_to_an_end_and_the_answer_still_fails()
    {
        var faults = new RandomFaults(new Random(6)) { Latest = TimeSpan.FromSeconds(10) };
        FaultSchedule schedule = new([.. Enumerable.Range(0, 40).Select(_ => faults.Next())]);
        for (int limit = 1; limit < 60; limit += 7)
        {
            int runs = 0;
            ShrinkResult result = ScheduleShrinker.Shrink(
                schedule,
                candidate =>
                {
                    runs++;
                    return candidate.Count >= 11;
                },
                new ShrinkOptions { MaxRuns = limit });
            Assert.Equal((limit, false), (runs, result.IsMinimal));
            Assert.InRange(result.Schedule.Count, 11, 40);
        }
    }

    [Fact]
    public void What_fails_without_any_fault_needs_none()
    {
        ShrinkResult result = ScheduleShrinker.Shrink(FaultSchedule.Parse("0s crash a; 1s crash b"), static _ => true);
        Assert.Empty(result.Schedule);
        Assert.Equal(2, result.Runs);
    }

    [Fact]
    public void What_does_not_fail_is_refused() => Assert.Throws<ArgumentException>(
        () => ScheduleShrinker.Shrink(FaultSchedule.Parse("0s crash a"), static _ => false));

    [Fact]
    public void Numbers_become_round_and_hosts_of_a_partition_fewer()
    {
        string Shrunk(string text, Func<Fault, bool> fails) =>
            ScheduleShrinker.Shrink(FaultSchedule.Parse(text), schedule => schedule.Any(fails)).Schedule.ToString();

        Assert.Equal("0s loss x there 20%", Shrunk("0s loss x 37.5%", static fault => fault.Kind == FaultKind.Loss && fault.Chance >= 0.2));
        Assert.Equal("0s rate x there 100Mbit", Shrunk("0s rate x 1.234Mbit", static fault => fault.Kind == FaultKind.Rate && fault.Amount <= 123_000_000));
        Assert.Equal("0s mtu x there 1400", Shrunk("0s mtu x 77", static fault => fault.Kind == FaultKind.LargestPacket && fault.Amount <= 1450));
        Assert.Equal("0s step x -1s", Shrunk("0s step x -345.678s", static fault => fault.Kind == FaultKind.Step && fault.Time.TotalSeconds <= -1));
        Assert.Equal(
            "0s partition b | e",
            Shrunk("0s partition a,b | c,d | e,f", static fault => fault.Kind == FaultKind.Partition
                && fault.Groups.Any(static group => group.Contains("b")) && fault.Groups.Any(static group => group.Contains("e"))));
        Assert.Equal("0s down x there", Shrunk("0s flap x 123ms 77%", static fault => fault.Target == "x"));
        Assert.Equal("3s..3.001s crash x", Shrunk("3s..4.2345678s crash x", static fault => fault.Target == "x"));
        Assert.Equal("3s..3.0000002s crash x", Shrunk("3s..3.0000002s crash x", static fault => fault.Target == "x"));
        Assert.Equal("0s flap x there 200ms 50%", Shrunk("0s flap x 123ms 77%", static fault => fault.Kind == FaultKind.Flap));
    }

    private static bool DownWhileCrashed(FaultSchedule schedule) =>
        schedule.Any(down => down.Kind == FaultKind.Down
            && schedule.Any(crash => crash.Kind == FaultKind.Crash && crash.Begin < down.End && down.Begin < crash.End));

    // Failures of all sorts, also such as go away when something is left out and come back when more is.
    private static Func<FaultSchedule, bool> SomeFailure(int salt) => schedule =>
    {
        var random = new Random(salt);
        FaultKind one = (FaultKind)random.Next(15), other = (FaultKind)random.Next(15);
        int sort = random.Next(4);
        double chance = random.NextDouble() / 2;
        TimeSpan length = TimeSpan.FromSeconds(random.Next(1, 50));
        return sort switch
        {
            0 => schedule.Any(fault => fault.Kind == one) && schedule.Any(fault => fault.Kind == other && fault.End - fault.Begin >= length),
            1 => schedule.Count(fault => fault.IsOfLink) % 3 == 2 || schedule.Any(fault => fault.Chance > chance && fault.Begin > length),
            2 => schedule.Where(static fault => fault.IsOfLink).Sum(static fault => fault.Chance) > chance,
            _ => schedule.Any(first => schedule.Any(second => first != second && first.Begin < second.End && second.Begin < first.End
                && first.Kind != second.Kind && second.Direction != LinkDirection.There)),
        };
    };
}
