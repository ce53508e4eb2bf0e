using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Simulation;

[Collection(nameof(WholeProcess))]
public sealed class ManualClockTests
{
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    private readonly ManualClock _clock = new();
    private readonly List<string> _fired = [];

    [Fact]
    public void Time_stands_still_until_it_is_moved()
    {
        Assert.Equal(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero), _clock.GetUtcNow());
        Assert.Equal((0, 10_000_000), (_clock.GetTimestamp(), _clock.TimestampFrequency));
        _clock.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(new DateTimeOffset(2000, 1, 1, 0, 1, 30, TimeSpan.Zero), _clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(90), _clock.GetElapsedTime(0));
        _clock.AdvanceTo(Timestamp.FromStart(TimeSpan.FromSeconds(100)));
        Assert.Equal(TimeSpan.FromSeconds(100), _clock.Now.SinceStart);
        Assert.Equal(TimeZoneInfo.Utc, _clock.LocalTimeZone);
        Assert.Equal(1970, new ManualClock(DateTimeOffset.UnixEpoch).GetUtcNow().Year);
    }

    [Fact]
    public void Time_does_not_go_back()
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _clock.Advance(TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _clock.AdvanceTo(Timestamp.Zero));
    }

    [Fact]
    public void Timers_fire_in_order_of_time_then_of_setting_each_at_its_instant()
    {
        Set("c", 30);
        Set("a", 10);
        Set("b1", 20);
        Set("b2", 20);
        Set("late", 31);
        _clock.Advance(Seconds(30));
        Assert.Equal(["a@10", "b1@20", "b2@20", "c@30"], _fired);
        Assert.Equal(Seconds(30), _clock.Now.SinceStart);
        Assert.Equal((1, Seconds(31)), (_clock.TimerCount, _clock.NextTimer.SinceStart));
    }

    [Fact]
    public void A_timer_fires_to_the_tick()
    {
        using ITimer timer = _clock.CreateTimer(_ => _fired.Add("x"), null, TimeSpan.FromTicks(7), Never);
        _clock.Advance(TimeSpan.FromTicks(6));
        Assert.Empty(_fired);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Single(_fired);
    }

    [Fact]
    public void A_timer_that_is_due_at_once_fires_when_the_clock_is_moved_by_nothing()
    {
        Set("x", 0);
        Assert.Empty(_fired);
        Assert.Equal(_clock.Now, _clock.NextTimer);
        _clock.Advance(TimeSpan.Zero);
        Assert.Equal(["x@0"], _fired);
    }

    [Fact]
    public void The_next_timer_is_fired_alone()
    {
        Set("a", 10);
        Set("b", 10);
        Assert.True(_clock.AdvanceToNextTimer());
        Assert.Equal(["a@10"], _fired);
        Assert.True(_clock.AdvanceToNextTimer());
        Assert.False(_clock.AdvanceToNextTimer());
        Assert.Equal(["a@10", "b@10"], _fired);
        Assert.Equal(Timestamp.Never, _clock.NextTimer);
    }

    [Fact]
    public void A_periodic_timer_fires_at_every_period_and_keeps_its_place()
    {
        using ITimer periodic = _clock.CreateTimer(_ => Fired("p"), null, Seconds(1), Seconds(2));
        Set("x", 5);
        _clock.Advance(Seconds(7));
        Assert.Equal(["p@1", "p@3", "x@5", "p@5", "p@7"], _fired);
    }

    [Fact]
    public void What_a_callback_sets_within_the_time_fires_too()
    {
        using ITimer timer = _clock.CreateTimer(_ => Set("inner", 3), null, Seconds(2), Never);
        _clock.Advance(Seconds(10));
        Assert.Equal(["inner@5"], _fired);
    }

    [Fact]
    public void A_callback_may_change_and_dispose_its_own_timer_and_others()
    {
        ITimer? self = null;
        int count = 0;
        ITimer victim = Set("victim", 3);
        ITimer moved = Set("moved", 3);
        self = _clock.CreateTimer(_ =>
        {
            Fired("self");
            if (++count == 1) Assert.True(self!.Change(Seconds(2), Seconds(1)));
            else self!.Dispose();
            victim.Dispose();
            moved.Change(Seconds(10), Never);
        }, null, Seconds(3), Never);
        self.Change(Seconds(1), Never);
        _clock.Advance(Seconds(20));
        Assert.Equal(["self@1", "self@3", "moved@13"], _fired);
        Assert.False(self.Change(Seconds(1), Seconds(1)));
        Assert.Equal(0, _clock.TimerCount);
    }

    [Fact]
    public void A_timer_can_be_stopped_and_started_again()
    {
        ITimer timer = Set("x", 5);
        timer.Change(Never, Never);
        _clock.Advance(Seconds(10));
        Assert.Empty(_fired);
        timer.Change(Seconds(1), TimeSpan.Zero);      // a period of nothing is none
        _clock.Advance(Seconds(10));
        Assert.Equal(["x@11"], _fired);
    }

    [Fact]
    public void What_a_callback_throws_comes_out_with_the_clock_at_its_instant()
    {
        using ITimer timer = _clock.CreateTimer(
            _ => throw new InvalidTimeZoneException(), null, Seconds(1), Never);
        Set("after", 2);
        Assert.Throws<InvalidTimeZoneException>(() => _clock.Advance(Seconds(5)));
        Assert.Equal(Seconds(1), _clock.Now.SinceStart);
        _clock.Advance(Seconds(4));
        Assert.Equal(["after@2"], _fired);
    }

    [Fact]
    public void The_clock_cannot_be_moved_by_a_callback()
    {
        using ITimer timer = _clock.CreateTimer(_ => _clock.Advance(Seconds(1)), null, Seconds(1), Never);
        Assert.Throws<InvalidOperationException>(() => _clock.Advance(Seconds(5)));
        Assert.False(_clock.AdvanceToNextTimer());
    }

    [Fact]
    public void Times_that_no_timer_can_have_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Set("x", -2));
        TimeSpan tooLong = TimeSpan.FromDays(50);
        Assert.Throws<ArgumentOutOfRangeException>(() => _clock.CreateTimer(_ => { }, null, tooLong, Never));
        Assert.Throws<ArgumentOutOfRangeException>(() => _clock.CreateTimer(_ => { }, null, Never, tooLong));
    }

    [Fact]
    public async Task What_the_runtime_builds_on_a_clock_works_on_this_one()
    {
        Task delay = Task.Delay(Seconds(60), _clock, TestContext.Current.CancellationToken);
        using var source = new CancellationTokenSource(Seconds(30), _clock);
        _clock.Advance(Seconds(59));
        Assert.Equal((false, true), (delay.IsCompleted, source.IsCancellationRequested));
        _clock.Advance(Seconds(1));
        Assert.True(delay.IsCompleted);
        await delay;
    }

    // Against a list that is searched for the earliest every time.
    [Fact]
    public void Any_order_of_setting_moving_and_stopping_fires_as_a_sorted_list_would()
    {
        Random random = TestSettings.Random(5);
        var expected = new List<string>();
        var model = new List<(long Due, int Order, int Name)>();
        var timers = new ITimer[20];
        int order = 0;
        for (int i = 0; i < timers.Length; i++)
        {
            int name = i;
            timers[i] = _clock.CreateTimer(_ => Fired($"{name}"), null, Never, Never);
        }

        for (int step = 0; step < 10_000; step++)
        {
            int name = random.Next(timers.Length);
            long now = (long)_clock.Now.SinceStart.TotalSeconds;
            model.RemoveAll(entry => entry.Name == name);
            int due = random.Next(-3, 20);
            timers[name].Change(due < 0 ? Never : Seconds(due), Never);
            if (due >= 0) model.Add((now + due, order++, name));
            if (random.Next(4) != 0) continue;
            long until = now + random.Next(10);
            var isDue = model.Where(entry => entry.Due <= until).OrderBy(entry => (entry.Due, entry.Order)).ToList();
            expected.AddRange(isDue.Select(entry => $"{entry.Name}@{entry.Due}"));
            model.RemoveAll(isDue.Contains);
            _clock.AdvanceTo(Timestamp.FromStart(Seconds(until)));
        }

        Assert.Equal(expected, _fired);
        Assert.NotEmpty(expected);
    }

    [Fact]
    public void Setting_and_firing_allocates_nothing()
    {
        using ITimer timer = _clock.CreateTimer(static _ => { }, null, Never, Never);
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                timer.Change(Seconds(1), Never);
                _clock.Advance(Seconds(1));
            }
        }));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private ITimer Set(string name, double seconds) =>
        _clock.CreateTimer(_ => Fired(name), null, Seconds(seconds), Never);

    private void Fired(string name) => _fired.Add($"{name}@{_clock.Now.SinceStart.TotalSeconds}");
}
