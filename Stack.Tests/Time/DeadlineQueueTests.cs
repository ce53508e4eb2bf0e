using UserNet.Tests.Infrastructure;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Time;

public sealed class DeadlineQueueTests
{
    private readonly DeadlineQueue<string> _queue = new();

    [Fact]
    public void What_is_due_is_taken_in_order_of_time()
    {
        _queue.Add(new Timestamp(30), "c");
        _queue.Add(new Timestamp(10), "a");
        _queue.Add(new Timestamp(20), "b");
        Assert.Equal(new Timestamp(10), _queue.Next);
        Assert.Equal(["a", "b"], Take(20));
        Assert.Equal(new Timestamp(30), _queue.Next);
        Assert.Equal([], Take(29));
        Assert.Equal(["c"], Take(30));
        Assert.Equal(Timestamp.Never, _queue.Next);
    }

    [Fact]
    public void What_is_due_at_one_instant_is_taken_in_order_of_insertion()
    {
        string[] items = [.. Enumerable.Range(0, 100).Select(i => $"{i}")];
        foreach (string item in items) _queue.Add(new Timestamp(5), item);
        Assert.Equal(items, Take(5));
    }

    [Fact]
    public void An_entry_is_cancelled_once_and_no_other_with_it()
    {
        Deadline first = _queue.Add(new Timestamp(10), "first");
        Deadline second = _queue.Add(new Timestamp(10), "second");
        Assert.True(_queue.Waits(first));
        Assert.True(_queue.Cancel(first));
        Assert.False(_queue.Cancel(first));
        Assert.False(_queue.Waits(first));
        Assert.True(_queue.Waits(second));
        Assert.Equal(["second"], Take(10));
        Assert.False(_queue.Cancel(second));
    }

    [Fact]
    public void A_name_does_not_fit_the_entry_that_came_into_its_slot()
    {
        Deadline old = _queue.Add(new Timestamp(10), "old");
        Take(10);
        Deadline young = _queue.Add(new Timestamp(10), "young");
        Assert.Equal(old.Slot, young.Slot);
        Assert.False(_queue.Cancel(old));
        Assert.Equal(1, _queue.Count);
    }

    [Fact]
    public void The_default_name_names_nothing()
    {
        _queue.Add(new Timestamp(10), "x");
        Assert.False(default(Deadline).IsSet);
        Assert.False(_queue.Cancel(default));
    }

    [Fact]
    public void A_cleared_queue_is_empty_and_usable()
    {
        Deadline gone = _queue.Add(new Timestamp(1), "x");
        _queue.Add(new Timestamp(2), "y");
        _queue.Clear();
        Assert.Equal(0, _queue.Count);
        Assert.False(_queue.Waits(gone));
        _queue.Add(new Timestamp(3), "z");
        Assert.Equal(["z"], Take(3));
    }

    [Fact]
    public void Random_use_agrees_with_a_sorted_list()
    {
        Random random = TestSettings.Random();
        var queue = new DeadlineQueue<int>();
        var model = new SortedList<(long Due, int Item), Deadline>();
        long now = 0;
        for (int item = 0; item < TestSettings.Count(50_000, 2_000_000); item++)
        {
            if (random.Next(5) < 3)
            {
                long due = now + random.Next(-5, 200);
                model.Add((due, item), queue.Add(new Timestamp(due), item));
            }
            else if (random.Next(2) == 0 && model.Count > 0)
            {
                int victim = random.Next(model.Count);
                Assert.True(queue.Cancel(model.Values[victim]));
                model.RemoveAt(victim);
            }
            else
            {
                now += random.Next(20);
                while (model.Count > 0 && model.Keys[0].Due <= now)
                {
                    Assert.True(queue.TryTake(new Timestamp(now), out int taken));
                    Assert.Equal(model.Keys[0].Item, taken);
                    model.RemoveAt(0);
                }

                Assert.False(queue.TryTake(new Timestamp(now), out _));
            }

            Assert.Equal(model.Count, queue.Count);
            Assert.Equal(model.Count == 0 ? Timestamp.Never : new Timestamp(model.Keys[0].Due), queue.Next);
        }
    }

    [Fact]
    public void Steady_use_allocates_nothing()
    {
        var queue = new DeadlineQueue<int>();
        for (int i = 0; i < 100; i++) queue.Add(new Timestamp(i), i);
        UseSteadily(queue, 1000);
        Assert.Equal(0, Allocation.Of(() => UseSteadily(queue, 10_000)));
    }

    private static void UseSteadily(DeadlineQueue<int> queue, int times)
    {
        for (int i = 0; i < times; i++)
        {
            Deadline deadline = queue.Add(queue.Next + TimeSpan.FromTicks(i % 50), i);
            queue.Add(queue.Next + TimeSpan.FromTicks(7), i);
            queue.Cancel(deadline);
            queue.TryTake(queue.Next, out _);
        }
    }

    private List<string> Take(long now)
    {
        List<string> taken = [];
        while (_queue.TryTake(new Timestamp(now), out string? item)) taken.Add(item);
        return taken;
    }
}
