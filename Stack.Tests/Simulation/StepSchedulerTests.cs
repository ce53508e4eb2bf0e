using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Simulation;

[Collection(nameof(WholeProcess))]
public sealed class StepSchedulerTests
{
    private readonly StepScheduler _scheduler = new();
    private readonly List<int> _ran = [];

    [Fact]
    public void Items_run_in_order_when_they_are_told_to_and_on_the_thread_that_tells_them()
    {
        for (int i = 0; i < 100; i++) Add(i);
        Assert.Equal((100, 0), (_scheduler.Count, _ran.Count));
        Assert.True(_scheduler.Step());
        Assert.Equal([0], _ran);
        Assert.Equal(99, _scheduler.RunUntilIdle());
        Assert.Equal(Enumerable.Range(0, 100), _ran);
        Assert.False(_scheduler.Step());
    }

    [Fact]
    public void What_an_item_schedules_runs_after_what_already_waits()
    {
        _scheduler.Schedule(_ => Add(2), null);
        Add(1);
        Assert.Equal(3, _scheduler.RunUntilIdle());
        Assert.Equal([1, 2], _ran);
    }

    [Fact]
    public void A_limit_stops_items_that_never_end()
    {
        _scheduler.Schedule(Again, null);
        Assert.Equal(1000, _scheduler.RunUntilIdle(1000));
        Assert.Equal(1, _scheduler.Count);

        void Again(object? state) => _scheduler.Schedule(Again, null);
    }

    [Fact]
    public void What_an_item_throws_comes_out_and_the_others_are_kept()
    {
        _scheduler.Schedule(_ => throw new InvalidTimeZoneException(), null);
        Add(1);
        Assert.Throws<InvalidTimeZoneException>(() => _scheduler.RunUntilIdle());
        Assert.Equal(1, _scheduler.RunUntilIdle());
        Assert.Equal([1], _ran);
    }

    [Fact]
    public void An_item_may_wait_for_another()
    {
        _scheduler.Schedule(_ => Assert.True(_scheduler.Step()), null);
        Add(1);
        Assert.Equal(1, _scheduler.RunUntilIdle());
        Assert.Equal([1], _ran);
    }

    [Fact]
    public void Many_threads_may_schedule_and_none_of_their_items_is_lost()
    {
        const int Threads = 4, Each = 20_000;
        int[] last = new int[Threads];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            for (int i = 1; i <= Each; i++) _scheduler.Schedule(Check, (thread, i));
        }))];
        foreach (Thread thread in threads) thread.Start();
        int ran = 0;
        while (threads.Any(thread => thread.IsAlive)) ran += _scheduler.RunUntilIdle(1000);
        ran += _scheduler.RunUntilIdle();
        Assert.Equal(Threads * Each, ran);

        void Check(object? state)
        {
            (int thread, int number) = ((int, int))state!;
            Assert.Equal(last[thread] + 1, number);      // in the order of its thread
            last[thread] = number;
        }
    }

    [Fact]
    public void Scheduling_and_running_allocates_nothing()
    {
        Action<object?> action = static _ => { };
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                for (int j = 0; j < 50; j++) _scheduler.Schedule(action, this);
                _scheduler.RunUntilIdle();
            }
        }));
    }

    private void Add(int number) => _scheduler.Schedule(state => _ran.Add((int)state!), number);
}
