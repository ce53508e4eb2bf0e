using System.Numerics;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Link;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Emulation;

[Collection(nameof(WholeProcess))]
public sealed class ImpairedLinkTests : IDisposable
{
    private readonly VirtualNetwork _lab = new(1);
    private readonly RecordingSink _sink = new();
    private readonly HeldLink _inner = new() { KeepsFrames = true };

    public void Dispose() => _inner.Dispose();

    [Fact]
    public void A_perfect_link_changes_nothing()
    {
        ImpairedLink link = Link(LinkConditions.Perfect);
        var offload = new PacketOffload { ChecksumIsGood = true, SegmentSize = 100 };
        Assert.Equal(2, link.Send([new LinkFrame(new byte[] { 1, 2 }), new LinkFrame(new byte[] { 3 })]));
        Assert.Equal([[1, 2], [3]], _inner.Frames);
        _inner.Sink!.OnFrames([new LinkFrame(new byte[] { 4 }, offload), default], default);
        Assert.Equal([[4], []], _sink.Frames);
        Assert.Equal(offload, _sink.Facts[0].Offload);
        Assert.Equal(new LinkImpairments { Frames = 2, Delivered = 2 }, link.OutgoingCounts);
        Assert.Equal(new LinkImpairments { Frames = 2, Delivered = 2 }, link.IncomingCounts);
    }

    [Fact]
    public void It_is_what_the_other_link_is_but_wants_complete_frames()
    {
        var inner = new HeldLink
        {
            Mtu = 9000,
            Features = LinkFeatures.Checksum,
            Address = MacAddress.Broadcast,
        };
        ImpairedLink link = _lab.Impair(inner, LinkConditions.Perfect);
        Assert.Equal((LinkMedium.Ethernet, 9000, inner.Address), (link.Medium, link.Mtu, link.Address));
        Assert.Equal(LinkFeatures.None, link.Features);
        link.Start(_sink);
        Assert.Throws<InvalidOperationException>(() => link.Start(_sink));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    [InlineData(0.3)]
    [InlineData(1)]
    public void Each_kind_happens_as_often_as_it_should(double chance)
    {
        const int Count = 100_000;
        var conditions = new LinkConditions { Corruption = chance, Duplication = chance, Reordering = chance };
        ImpairedLink[] links = [Link(new LinkConditions { Loss = chance }), Link(conditions)];
        foreach (ImpairedLink link in links)
        {
            for (int i = 0; i < Count; i += 1000)
            {
                link.Send(Numbered(i, 1000));
                _lab.RunFor(Milliseconds(1));
            }
        }

        LinkImpairments first = links[0].OutgoingCounts, second = links[1].OutgoingCounts;
        double sigma = Math.Sqrt(Count * chance * (1 - chance));
        foreach (long count in new[] { first.Lost, second.Corrupted, second.Duplicated, second.Reordered })
            Assert.InRange(count, (Count * chance) - (4 * sigma), (Count * chance) + (4 * sigma));
        Assert.Equal(Count - first.Lost, first.Delivered);
        _lab.RunFor(TimeSpan.FromSeconds(1));
        second = links[1].OutgoingCounts;
        Assert.Equal((Count + second.Duplicated, 0, 0), (second.Delivered, second.UnderWay, second.Overflowed));
    }

    [Fact]
    public void Turning_one_kind_on_does_not_change_what_the_others_do()
    {
        int[] plain = Run(new LinkConditions { Duplication = 0.2 });
        int[] lossy = Run(new LinkConditions { Duplication = 0.2, Loss = 0.3, Jitter = TimeSpan.FromTicks(5) });
        Assert.NotEmpty(Doubled(lossy));
        Assert.Equal(Doubled(plain).Intersect(lossy), Doubled(lossy));

        static int[] Doubled(int[] numbers) => [.. numbers.Where((number, i) => i > 0 && numbers[i - 1] == number)];

        static int[] Run(LinkConditions conditions)
        {
            var lab = new VirtualNetwork(7);
            var inner = new HeldLink { KeepsFrames = true };
            ImpairedLink link = lab.Impair(inner, conditions);
            link.Start(new CountingSink());
            link.Send(Numbered(0, 1000));
            lab.RunFor(TimeSpan.FromSeconds(1));
            return [.. inner.Frames.Select(Number)];
        }
    }

    [Fact]
    public void A_corrupted_frame_differs_by_one_bit_and_its_checksum_is_good_no_more()
    {
        ImpairedLink link = Link(LinkConditions.Perfect, new LinkConditions { Corruption = 1 });
        var offload = new PacketOffload { ChecksumIsGood = true, SegmentSize = 9 };
        byte[] octets = Enumerable.Range(0, 100).Select(i => (byte)i).ToArray();
        for (int i = 0; i < 20_000; i++) _inner.Sink!.OnFrames([new LinkFrame(octets, offload)], default);
        int[] flips = new int[800];
        foreach (byte[] frame in _sink.Frames)
        {
            Assert.Equal(100, frame.Length);
            int at = frame.AsSpan().CommonPrefixLength(octets);
            int difference = frame[at] ^ octets[at];
            Assert.True(BitOperations.IsPow2(difference) && frame.AsSpan(at + 1).SequenceEqual(octets.AsSpan(at + 1)));
            flips[(at * 8) + BitOperations.Log2((uint)difference)]++;
        }

        Assert.All(flips, count => Assert.InRange(count, 1, 75));      // 25 are expected for each of the 800
        Assert.All(_sink.Facts, fact => Assert.Equal(new PacketOffload { SegmentSize = 9 }, fact.Offload));
        Assert.Equal(20_000, link.IncomingCounts.Corrupted);
        Assert.Equal(99, octets[99]);      // what was lent is as it was
    }

    [Fact]
    public void A_frame_travels_as_long_as_it_should_to_the_tick()
    {
        ImpairedLink link = Link(new LinkConditions { Delay = TimeSpan.FromTicks(12_345) });
        link.Send(Numbered(0, 1));
        _lab.RunFor(TimeSpan.FromTicks(12_344));
        Assert.Empty(_inner.Frames);
        Assert.Equal(1, link.OutgoingCounts.UnderWay);
        _lab.RunFor(TimeSpan.FromTicks(1));
        Assert.Single(_inner.Frames);
    }

    [Fact]
    public void Jitter_is_spread_evenly_and_overtakes_nobody()
    {
        ImpairedLink link = Link(new LinkConditions { Delay = Milliseconds(10), Jitter = Milliseconds(4) });
        var times = new List<TimeSpan>();
        for (int i = 0; i < 2000; i++)
        {
            TimeSpan sent = _lab.Clock.Now.SinceStart;
            link.Send(Numbered(i, 1));
            _lab.RunUntil(() => _inner.Frames.Count == i + 1, Milliseconds(14));
            times.Add(_lab.Clock.Now.SinceStart - sent);
        }

        Assert.All(times, time => Assert.InRange(time, Milliseconds(10), Milliseconds(14)));
        Assert.InRange(times.Average(time => time.TotalMilliseconds), 11.9, 12.1);
        Assert.InRange(times.Max() - times.Min(), Milliseconds(3.9), Milliseconds(4));
        link.Send(Numbered(2000, 100));
        _lab.RunFor(Milliseconds(14));
        Assert.Equal(Enumerable.Range(0, 2100), _inner.Frames.Select(Number));
    }

    [Fact]
    public void A_frame_held_back_is_overtaken_by_those_that_follow_soon()
    {
        var conditions = new LinkConditions { Reordering = 1, ReorderDelay = Milliseconds(5), Delay = Milliseconds(1) };
        ImpairedLink link = Link(conditions);
        link.Send(Numbered(0, 1));
        link.Outgoing = link.Outgoing with { Reordering = 0 };
        _lab.RunFor(Milliseconds(4));
        link.Send(Numbered(1, 1));
        _lab.RunFor(Milliseconds(2));
        link.Send(Numbered(2, 1));
        _lab.RunFor(Milliseconds(10));
        Assert.Equal([1, 0, 2], _inner.Frames.Select(Number));
    }

    [Fact]
    public void A_line_is_as_fast_as_it_says()
    {
        ImpairedLink link = Link(new LinkConditions { BitsPerSecond = 7_000_000, QueueLimit = int.MaxValue });
        LinkFrame[] frames = [.. Enumerable.Repeat(new LinkFrame(new byte[1250]), 700)];
        link.Send(frames);
        _lab.RunFor(TimeSpan.FromSeconds(0.5));
        Assert.Equal(350, _inner.Sent);
        _lab.RunFor(TimeSpan.FromSeconds(0.5) - TimeSpan.FromTicks(1));
        Assert.Equal(699, _inner.Sent);
        _lab.RunFor(TimeSpan.FromTicks(1));      // 7,000,000 bits, with no tick lost in rounding
        Assert.Equal(700, _inner.Sent);
    }

    [Fact]
    public void A_slow_line_keeps_no_more_than_its_queue_and_loses_the_rest()
    {
        ImpairedLink link = Link(new LinkConditions { BitsPerSecond = 8_000, QueueLimit = 10_000 });
        Assert.Equal(25, link.Send([.. Enumerable.Repeat(new LinkFrame(new byte[1000]), 25)]));
        Assert.Equal((10, 15), (link.OutgoingCounts.UnderWay, link.OutgoingCounts.Overflowed));
        _lab.RunFor(TimeSpan.FromSeconds(3));
        link.Send([.. Enumerable.Repeat(new LinkFrame(new byte[1000]), 5)]);
        Assert.Equal((10, 17, 3), (link.OutgoingCounts.UnderWay, link.OutgoingCounts.Overflowed, _inner.Sent));
    }

    [Fact]
    public void The_memory_of_what_is_under_way_has_an_end()
    {
        ImpairedLink link = Link(new LinkConditions { Delay = TimeSpan.FromDays(1), MemoryLimit = 1024 * 1024 });
        for (int i = 0; i < 1000; i++) link.Send(Numbered(0, 10));
        LinkImpairments counts = link.OutgoingCounts;
        Assert.Equal(10_000, counts.UnderWay + counts.Overflowed);
        Assert.InRange(counts.UnderWay, 400, 512);
    }

    [Fact]
    public void What_the_other_link_does_not_take_waits_and_the_sender_is_told()
    {
        _inner.Room = 3;
        ImpairedLink link = Link(LinkConditions.Perfect);
        Assert.Equal(10, link.Send(Numbered(0, 10)));      // these it is answerable for
        Assert.Equal(3, _inner.Sent);
        Assert.Equal(0, link.Send(Numbered(10, 10)));
        _inner.Room = 2;
        _inner.Sink!.OnWritable();
        Assert.Equal((5, 0), (_inner.Sent, _sink.Writable));      // still full
        _inner.Room = 100;
        _sink.WhenWritable = () => Assert.Equal(10, link.Send(Numbered(10, 10)));
        _inner.Sink!.OnWritable();
        _inner.Sink!.OnWritable();
        Assert.Equal(1, _sink.Writable);
        Assert.Equal(Enumerable.Range(0, 20), _inner.Frames.Select(Number));
    }

    [Fact]
    public void The_other_link_may_have_room_again_before_it_has_said_that_it_has_none()
    {
        _inner.Room = 3;
        ImpairedLink link = Link(LinkConditions.Perfect);
        _inner.WhenFull = () => Task.Run(() =>
        {
            _inner.Room = 100;
            _inner.Sink!.OnWritable();
        }).Wait();
        Assert.Equal(10, link.Send(Numbered(0, 10)));
        Assert.Equal(1, link.Send(Numbered(10, 1)));
        Assert.Equal(Enumerable.Range(0, 11), _inner.Frames.Select(Number));
    }

    [Fact]
    public void A_cable_that_is_full_again_and_again_loses_nothing_either()
    {
        LinkPair cable = _lab.AddCable(new LinkPairOptions { FrameLimit = 10 });
        var conditions = new LinkConditions { Delay = Milliseconds(2), Jitter = Milliseconds(1) };
        ImpairedLink link = _lab.Impair(cable.A, conditions);
        var receiver = new RecordingSink();
        cable.B.Start(receiver);
        link.Start(_sink);
        int sent = 0;
        Send();
        _sink.WhenWritable = Send;
        for (int i = 0; i < 1000 && sent < 1000; i++)
        {
            _lab.RunFor(Milliseconds(3));
            Send();
        }

        _lab.RunFor(Milliseconds(3));
        Assert.Equal(Enumerable.Range(0, 1000), receiver.Frames.Select(Number));

        void Send() => sent += link.Send(Numbered(sent, Math.Min(25, 1000 - sent)));
    }

    [Fact]
    public void Closing_is_heard_once_and_what_is_under_way_is_lost()
    {
        var slow = new LinkConditions { Delay = Milliseconds(5) };
        LinkPair cable = _lab.AddCable();
        ImpairedLink link = _lab.Impair(cable.A, slow, slow);
        cable.B.Start(new CountingSink());
        link.Start(_sink);
        link.Send(Numbered(0, 2));
        cable.B.Send(Numbered(0, 3));
        _lab.Run();
        cable.B.Dispose();
        _lab.RunFor(Milliseconds(10));
        link.Dispose();
        link.Dispose();
        _lab.RunFor(Milliseconds(10));
        Assert.Equal((1, 0), (_sink.Closed, _sink.Frames.Count));
        Assert.Equal(1, link.Send(Numbered(0, 1)));
        Assert.Equal((3, 0), (link.OutgoingCounts.Discarded, link.OutgoingCounts.UnderWay));
        Assert.Equal(3, link.IncomingCounts.Discarded);
        Assert.Equal(Timestamp.Never, _lab.Clock.NextTimer);
    }

    [Fact]
    public void A_sink_that_fails_loses_its_batch_and_no_other()
    {
        ImpairedLink link = Link(LinkConditions.Perfect, new LinkConditions { Delay = Milliseconds(1) });
        _sink.WhenFrames = () => throw new InvalidTimeZoneException();
        _inner.Sink!.OnFrames(Numbered(0, 100), default);
        Assert.Throws<InvalidTimeZoneException>(() => _lab.RunFor(Milliseconds(2)));
        _sink.WhenFrames = null;
        _lab.RunFor(Milliseconds(2));
        Assert.Equal([64, 36], _sink.Batches);
        Assert.Equal(0, link.IncomingCounts.UnderWay);
    }

    [Fact]
    public void The_same_seed_does_the_same_and_another_does_not()
    {
        Assert.Equal(Run(5), Run(5));
        Assert.NotEqual(Run(5), Run(6));

        static string Run(ulong seed)
        {
            var lab = new VirtualNetwork(seed);
            var inner = new HeldLink { KeepsFrames = true };
            ImpairedLink link = lab.Impair(inner, new LinkConditions
            {
                Loss = 0.1,
                Duplication = 0.1,
                Corruption = 0.1,
                Reordering = 0.1,
                Jitter = Milliseconds(9),
                BitsPerSecond = 1_000_000,
            });
            link.Start(new CountingSink());
            for (int i = 0; i < 200; i++)
            {
                link.Send(Numbered(i, 1));
                lab.RunFor(Milliseconds(1));
            }

            return $"{link.OutgoingCounts} {string.Join(' ', inner.Frames.Select(Convert.ToHexString))}";
        }
    }

    [Fact]
    public void Sending_through_it_allocates_nothing()
    {
        var lab = new VirtualNetwork(1);
        LinkPair cable = lab.AddCable();
        var conditions = new LinkConditions
        {
            Loss = 0.1,
            Duplication = 0.1,
            Corruption = 0.1,
            Reordering = 0.1,
            Jitter = Milliseconds(3),
            BitsPerSecond = 1_000_000_000,
        };
        ImpairedLink link = lab.Impair(cable.A, conditions, conditions);
        link.Start(new CountingSink());
        cable.B.Start(new CountingSink());
        LinkFrame[] frames = [.. Enumerable.Range(0, 20).Select(i => new LinkFrame(new byte[60 + (i * 70)]))];
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                link.Send(frames);
                cable.B.Send(frames);
                lab.RunFor(Milliseconds(2));
            }
        }));
        Assert.Equal(0, link.OutgoingCounts.Overflowed);
    }

    [Fact]
    public void With_the_clock_of_the_system_and_many_threads_nothing_is_lost_or_reordered()
    {
        int count = TestSettings.Count(20_000, 1_000_000);
        using var cable = new LinkPair(new LinkPairOptions { FrameLimit = 50 });
        var conditions = new LinkConditions
        {
            Delay = Milliseconds(0.7),
            Jitter = Milliseconds(0.5),
            MemoryLimit = int.MaxValue,
        };
        using var link = new ImpairedLink(
            cable.A, TimeProvider.System, new SeededRandom(1).Fill, conditions, conditions);
        var first = new StressPeer(link, count, 1);
        var second = new StressPeer(cable.B, count, 2);
        Thread[] threads = [new(first.Run), new(second.Run)];
        foreach (Thread thread in threads) thread.Start();
        bool isDone = first.WaitForAll() && second.WaitForAll();
        Assert.True(isDone, $"Stuck at {first.Received} and {second.Received} of {count}.");
        foreach (Thread thread in threads) thread.Join();
        Assert.Equal((null, null), (first.Fault, second.Fault));
    }

    [Fact]
    public void Conditions_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkConditions { Loss = 1.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkConditions { Corruption = -0.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkConditions { Duplication = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkConditions { Delay = TimeSpan.FromTicks(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkConditions { Jitter = TimeSpan.FromDays(2) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkConditions { BitsPerSecond = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkConditions { QueueLimit = -1 });
    }

    private static TimeSpan Milliseconds(double time) =>
        TimeSpan.FromTicks((long)(time * TimeSpan.TicksPerMillisecond));

    private static LinkFrame[] Numbered(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(number => new LinkFrame(BitConverter.GetBytes(number)))];

    private static int Number(byte[] octets) => BitConverter.ToInt32(octets);

    private ImpairedLink Link(LinkConditions outgoing, LinkConditions? incoming = null)
    {
        ImpairedLink link = _lab.Impair(_inner, outgoing, incoming);
        link.Start(_sink);
        return link;
    }
}
