using UserNet.Drill.Machine;
using UserNet.Simulation;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Drill.Machine;

/// <summary>Timers that fire on a kernel's ticks.</summary>
public sealed class TickingClockTests
{
    // Linux's wheel at HZ=250: a tick is 4 ms, and one more than asked for, so that none is early.
    [Theory]
    [InlineData(10, 16)]
    [InlineData(200, 204)]
    [InlineData(260, 288)]
    [InlineData(1000, 1024)]
    [InlineData(3000, 3072)]
    public void A_timer_fires_on_a_tick_and_the_later_the_longer_it_was_set_for(int due, int fires)
    {
        var time = new ManualClock();
        using ITimer timer = new TickingClock(time, phase: 0, isCoarse: false).CreateTimer(
            static _ => { }, null, TimeSpan.FromMilliseconds(due), Timeout.InfiniteTimeSpan);
        Assert.Equal(Timestamp.Zero + TimeSpan.FromMilliseconds(fires), time.NextTimer);
    }

    [Fact]
    public void The_phase_moves_the_ticks()
    {
        var time = new ManualClock();
        using ITimer timer = new TickingClock(time, phase: 3000, isCoarse: false).CreateTimer(
            static _ => { }, null, TimeSpan.FromMilliseconds(10), Timeout.InfiniteTimeSpan);
        Assert.Equal(Timestamp.Zero + TimeSpan.FromMilliseconds(13), time.NextTimer);
    }

    [Fact]
    public void A_timer_that_is_set_again_for_the_same_time_fires_as_before()
    {
        var time = new ManualClock();
        using ITimer timer = new TickingClock(time, phase: 0, isCoarse: false).CreateTimer(
            static _ => { }, null, TimeSpan.FromMilliseconds(260), Timeout.InfiniteTimeSpan);
        time.Advance(TimeSpan.FromMilliseconds(200));
        timer.Change(TimeSpan.FromMilliseconds(60), Timeout.InfiniteTimeSpan);
        Assert.Equal(Timestamp.Zero + TimeSpan.FromMilliseconds(288), time.NextTimer);
    }

    [Fact]
    public void What_is_due_at_once_is_not_put_off()
    {
        var time = new ManualClock();
        using ITimer timer = new TickingClock(time, phase: 0, isCoarse: true).CreateTimer(
            static _ => { }, null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        Assert.Equal(Timestamp.Zero, time.NextTimer);
    }
}
