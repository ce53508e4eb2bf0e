using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using Xunit;

namespace UserNet.Tests.Emulation;

/// <summary>A lane as the wire of a network in virtual time: who calls whom when, and what it tells.</summary>
public sealed class ImpairedLaneTests : IDisposable
{
    private readonly VirtualNetwork _lab = new(1);
    private readonly List<string> _seen = [];

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void With_a_scheduler_nothing_is_handed_on_from_inside_the_call_that_adds_it()
    {
        using ImpairedLane lane = Lane(LinkConditions.Perfect);
        lane.TryAdd([Frame(1), Frame(2)]);
        lane.TryAdd([Frame(3)]);
        Assert.Empty(_seen);
        Assert.Equal((1, 3), (_lab.Items.Count, lane.Counts.UnderWay));      // one item for all of them
        _lab.Run();
        Assert.Equal(["0: 1", "0: 2", "0: 3"], _seen);
        Assert.Equal(0, _lab.Clock.TimerCount);      // and no timer
    }

    [Fact]
    public void What_is_due_at_one_instant_is_handed_on_in_the_order_in_which_it_was_added()
    {
        using ImpairedLane lane = Lane(new LinkConditions { Delay = TimeSpan.FromTicks(10) });
        lane.TryAdd([Frame(1)]);
        lane.TryAdd([Frame(2)]);
        _lab.RunFor(TimeSpan.FromTicks(4));
        lane.TryAdd([Frame(3)]);
        lane.Conditions = lane.Conditions with { Delay = TimeSpan.FromTicks(6) };
        lane.TryAdd([Frame(4)]);      // due when those before it are
        _lab.RunFor(TimeSpan.FromTicks(10));
        Assert.Equal(["10: 1", "10: 2", "14: 3", "14: 4"], _seen);
    }

    [Fact]
    public void What_is_added_while_frames_are_handed_on_comes_behind_them()
    {
        ImpairedLane? lane = null;
        using ImpairedLane same = lane = Lane(LinkConditions.Perfect, number =>
        {
            if (number < 10) lane!.TryAdd([Frame(number * 10)]);
        });
        lane.TryAdd([Frame(1), Frame(2)]);
        _lab.Run();
        Assert.Equal(["0: 1", "0: 2", "0: 10", "0: 20"], _seen);
    }

    [Fact]
    public void With_a_scheduler_the_end_is_told_later_too()
    {
        int closed = 0;
        using ImpairedLane lane = new(
            _lab.Clock, new SeededRandom(1), new LinkConditions { Delay = TimeSpan.FromTicks(1) }, LinkMedium.Ip, Take, _lab.Items)
        {
            WhenClosed = () => closed++,
        };
        lane.TryAdd([Frame(1)]);
        lane.Close();
        lane.Close();
        Assert.Equal(0, closed);
        _lab.Run();
        _lab.RunFor(TimeSpan.FromTicks(2));
        Assert.Equal((1, 1, 0), (closed, (int)lane.Counts.Discarded, _seen.Count));
    }

    [Fact]
    public void What_is_dropped_or_changed_is_told_and_what_is_neither_is_not()
    {
        var observer = new Observer();
        using ImpairedLane lane = Lane(LinkConditions.Perfect);
        lane.Observer = observer;
        lane.TryAdd([Frame(1)]);
        Assert.Empty(observer.Seen);
        Change(new LinkConditions { Loss = 1, Duplication = 1 }, 2);
        Change(new LinkConditions { Duplication = 1, Corruption = 1, Reordering = 1 }, 3);
        Change(new LinkConditions { MemoryLimit = 0 }, 4);
        Change(new LinkConditions { BitsPerSecond = 8, QueueLimit = 1, Delay = TimeSpan.FromHours(1) }, 5, 6);
        lane.Close();
        _lab.Run();
        lane.TryAdd([Frame(7)]);
        Assert.Equal(
            [
                "2 Lost None", "3 None Corrupted, Repeated, HeldBack", "4 MemoryFull None", "6 QueueFull None", "5 Closed None",
                "7 Closed None",
            ],
            observer.Seen);

        void Change(LinkConditions conditions, params int[] numbers)
        {
            lane.Conditions = conditions;
            foreach (int number in numbers) lane.TryAdd([Frame(number)]);
            _lab.RunFor(TimeSpan.FromMilliseconds(2));
        }
    }

    private static LinkFrame Frame(int number) => new(new[] { (byte)number });

    private ImpairedLane Lane(LinkConditions conditions, Action<int>? whenTaken = null) =>
        new(
            _lab.Clock, new SeededRandom(1), conditions, LinkMedium.Ip, frames =>
            {
                foreach (LinkFrame frame in frames) whenTaken?.Invoke(frame.Octets.Span[0]);
                return Take(frames);
            },
            _lab.Items);

    private int Take(ReadOnlySpan<LinkFrame> frames)
    {
        foreach (LinkFrame frame in frames) _seen.Add($"{_lab.Clock.Now.Ticks}: {frame.Octets.Span[0]}");
        return frames.Length;
    }

    private sealed class Observer : IWireObserver
    {
        public List<string> Seen { get; } = [];

        public void OnFate(in LinkFrame frame, WireDrop drop, WireChanges changes) =>
            Seen.Add($"{frame.Octets.Span[0]} {drop} {changes}");
    }
}
