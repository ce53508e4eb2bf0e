using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Running;
using Xunit;

namespace UserNet.Tests.Drill.Running;

public sealed class ScriptClockTests
{
    private static readonly EventTime After = new(TimeKind.Relative, 100, 100);

    [Fact]
    public void Relative_times_count_from_where_the_event_before_ended()
    {
        var clock = new ScriptClock(Lines.Settings());
        clock.Finish(at: 700, due: 500);
        Assert.Equal((800, 800), clock.Resolve(After));
        Assert.Equal((710, 720), clock.Resolve(new EventTime(TimeKind.RelativeRange, 10, 20)));
        Assert.Equal((10, 20), clock.Resolve(new EventTime(TimeKind.AbsoluteRange, 10, 20)));
        Assert.Equal((100, 100), clock.Resolve(new EventTime(TimeKind.Absolute, 100, 100)));
    }

    [Theory]
    [InlineData(DrillProfile.Linux, 600)]
    [InlineData(DrillProfile.FreeBsd, 800)]
    public void A_train_of_packets_into_the_stack_keeps_its_distances_in_googles_dialect(DrillProfile profile, long due)
    {
        var clock = new ScriptClock(Lines.Settings("", profile));
        clock.Finish(at: 700, due: 500, isInbound: true);
        Assert.Equal(due, clock.Resolve(After, isInbound: true).Start);
        Assert.Equal(800, clock.Resolve(After, isInbound: false).Start);
    }

    [Theory]
    [InlineData(DrillProfile.Linux, "", 10_000, 4000)]
    [InlineData(DrillProfile.Linux, "", 1_000_000, 125_000)]
    [InlineData(DrillProfile.FreeBsd, "", 1_000_000, 50_000)]
    [InlineData(DrillProfile.Linux, "--tolerance_usecs=600000", 1_000_000, 600_000)]
    [InlineData(DrillProfile.Linux, "--tolerance_percent=1.5", 1_000_000, 15_000)]
    public void The_tolerance_grows_with_the_time_since_the_event_before(DrillProfile profile, string options, long passed, long tolerance)
    {
        var clock = new ScriptClock(Lines.Settings(options, profile));
        clock.Finish(at: 3_000, due: 2_000);
        Assert.Equal(tolerance, clock.ToleranceOf(2_000 + passed));
    }
}
