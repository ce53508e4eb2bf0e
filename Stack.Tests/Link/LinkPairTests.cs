using System.IO.Pipelines;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Link;

[Collection(nameof(WholeProcess))]
public sealed class LinkPairTests
{
    private readonly StepScheduler _scheduler = new();
    private readonly RecordingSink _a = new(), _b = new();

    [Fact]
    public void Frames_arrive_at_the_other_end_with_what_is_known_of_them()
    {
        using LinkPair pair = Started();
        var offload = new PacketOffload
        {
            NeedsChecksum = true,
            ChecksumStart = 34,
            ChecksumOffset = 6,
            SegmentSize = 1448,
            SegmentKind = SegmentKind.TcpV4,
        };
        byte[] octets = [1, 2, 3];
        Assert.Equal(2, pair.A.Send([new LinkFrame(octets, offload), new LinkFrame(new byte[] { 4 })]));
        octets[0] = 99;                       // they were lent
        Assert.Empty(_b.Frames);              // not from inside Send
        _scheduler.RunUntilIdle();
        Assert.Equal([[1, 2, 3], [4]], _b.Frames);
        Assert.Equal([new LinkFrame(default, offload), default], _b.Facts);
        Assert.Empty(_a.Frames);
        Assert.Equal(1, pair.B.Send([new LinkFrame(new byte[] { 5 })]));
        _scheduler.RunUntilIdle();
        Assert.Equal([[5]], _a.Frames);
    }

    [Fact]
    public void The_ends_are_what_the_options_say()
    {
        using var plain = new LinkPair();
        Assert.Equal((LinkMedium.Ethernet, 1500, LinkFeatures.None, null), Facts(plain.A));
        MacAddress first = MacAddress.FromBits(0x0200_0000_0001), second = MacAddress.FromBits(0x0200_0000_0002);
        using var pair = new LinkPair(new LinkPairOptions
        {
            Medium = LinkMedium.Ip,
            Mtu = 9000,
            Features = LinkFeatures.Checksum,
            AddressA = first,
            AddressB = second,
            Scheduler = _scheduler,
        });
        Assert.Equal((LinkMedium.Ip, 9000, LinkFeatures.Checksum, first), Facts(pair.A));
        Assert.Equal((LinkMedium.Ip, 9000, LinkFeatures.Checksum, second), Facts(pair.B));
    }

    [Fact]
    public void What_cannot_work_is_refused_at_once()
    {
        Assert.Throws<ArgumentException>(() => new LinkPair(PipeScheduler.Inline));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkPair(new LinkPairOptions { Mtu = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkPair(new LinkPairOptions { FrameLimit = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkPair(new LinkPairOptions { OctetLimit = 65_536 }));
        using LinkPair pair = Started();
        Assert.Throws<InvalidOperationException>(() => pair.A.Start(_a));
    }

    [Fact]
    public void Frames_sent_before_the_other_end_started_wait_for_it()
    {
        using var pair = new LinkPair(_scheduler);
        pair.A.Start(_a);
        Assert.Equal(1, pair.A.Send([new LinkFrame(new byte[] { 1 })]));
        Assert.Equal(0, _scheduler.RunUntilIdle());
        pair.B.Start(_b);
        Assert.Empty(_b.Frames);
        _scheduler.RunUntilIdle();
        Assert.Equal([[1]], _b.Frames);
    }

    [Fact]
    public void Frames_that_came_together_are_delivered_together_sixty_four_at_most()
    {
        using LinkPair pair = Started();
        Assert.Equal(150, pair.A.Send(Numbered(0, 150)));
        Assert.Equal(1, _scheduler.Count);
        _scheduler.RunUntilIdle();
        Assert.Equal([64, 64, 22], _b.Batches);
        Assert.Equal(Enumerable.Range(0, 150), _b.Frames.Select(Number));
    }

    [Fact]
    public void A_full_link_takes_fewer_and_says_when_it_can_take_more()
    {
        using LinkPair pair = Started(new LinkPairOptions { Scheduler = _scheduler, FrameLimit = 100 });
        Assert.Equal(100, pair.A.Send(Numbered(0, 130)));
        Assert.Equal(0, pair.A.Send(Numbered(100, 30)));
        Assert.Equal(0, _a.Writable);
        _a.WhenWritable = () => Assert.Equal(30, pair.A.Send(Numbered(100, 30)));
        _scheduler.RunUntilIdle();
        Assert.Equal(1, _a.Writable);
        Assert.Equal(Enumerable.Range(0, 130), _b.Frames.Select(Number));
    }

    [Fact]
    public void A_link_full_of_octets_takes_fewer_too_and_its_memory_has_an_end()
    {
        using LinkPair pair = Started(
            new LinkPairOptions { Scheduler = _scheduler, OctetLimit = LinkPairOptions.LeastOctetLimit });
        LinkFrame[] frames = [.. Enumerable.Repeat(new LinkFrame(new byte[60_000]), 10)];
        Assert.Equal(4, pair.A.Send(frames));
        _a.WhenWritable = () => pair.A.Send([new LinkFrame(new byte[65_600])]);
        _scheduler.RunUntilIdle();
        Assert.Equal([60_000, 60_000, 60_000, 60_000, 65_600], _b.Frames.Select(frame => frame.Length));
    }

    [Fact]
    public void A_sender_that_starts_late_still_hears_that_it_can_write()
    {
        using var pair = new LinkPair(new LinkPairOptions { Scheduler = _scheduler, FrameLimit = 1 });
        pair.B.Start(_b);
        Assert.Equal(1, pair.A.Send(Numbered(0, 2)));
        _scheduler.RunUntilIdle();
        pair.A.Start(_a);
        _scheduler.RunUntilIdle();
        Assert.Equal((1, 1), (_a.Writable, _b.Frames.Count));
    }

    [Fact]
    public void A_sender_without_end_leaves_the_others_their_turn()
    {
        using LinkPair pair = Started();
        _b.WhenFrames = () => pair.A.Send(Numbered(0, 1));
        pair.A.Send(Numbered(0, 1));
        bool hadItsTurn = false;
        _scheduler.Schedule(_ => hadItsTurn = true, null);
        _scheduler.RunUntilIdle(2);
        Assert.True(hadItsTurn);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Closing_either_end_is_heard_once_at_both_and_after_what_was_sent_before(bool closesSender)
    {
        using LinkPair pair = Started();
        pair.A.Send(Numbered(0, 3));
        ILink closed = closesSender ? pair.A : pair.B;
        closed.Dispose();
        closed.Dispose();
        Assert.Equal((0, 0), (_a.Closed, _b.Closed));
        Assert.Equal(5, pair.A.Send(Numbered(3, 5)));      // taken, and lost
        _scheduler.RunUntilIdle();
        pair.Dispose();
        _scheduler.RunUntilIdle();
        Assert.Equal((1, 1), (_a.Closed, _b.Closed));
        Assert.Null(_a.Failure);
        Assert.Equal(closesSender ? 3 : 0, _b.Frames.Count);
    }

    [Fact]
    public void An_end_that_starts_after_the_cable_was_pulled_hears_of_it()
    {
        using var pair = new LinkPair(_scheduler);
        pair.A.Send(Numbered(0, 1));
        pair.A.Dispose();
        pair.B.Start(_b);
        _scheduler.RunUntilIdle();
        Assert.Equal((1, 1), (_b.Frames.Count, _b.Closed));
    }

    [Fact]
    public void A_sink_that_closes_its_end_gets_no_more_frames()
    {
        using LinkPair pair = Started();
        _b.WhenFrames = pair.B.Dispose;
        pair.A.Send(Numbered(0, 100));
        _scheduler.RunUntilIdle();
        Assert.Equal((64, 1, 1), (_b.Frames.Count, _a.Closed, _b.Closed));
    }

    [Fact]
    public void A_sink_that_fails_loses_its_batch_and_no_other()
    {
        using LinkPair pair = Started();
        _b.WhenFrames = () => throw new InvalidTimeZoneException();
        pair.A.Send(Numbered(0, 100));
        Assert.Throws<InvalidTimeZoneException>(() => _scheduler.RunUntilIdle());
        _b.WhenFrames = null;
        _scheduler.RunUntilIdle();
        Assert.Equal([64, 36], _b.Batches);
    }

    [Fact]
    public void Sending_and_delivering_allocates_nothing()
    {
        var sink = new CountingSink();
        using var pair = new LinkPair(_scheduler);
        pair.A.Start(sink);
        pair.B.Start(sink);
        LinkFrame[] frames = [.. Enumerable.Range(0, 100).Select(i => new LinkFrame(new byte[60 + (i * 14)]))];
        long allocated = Allocation.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                pair.A.Send(frames);
                pair.B.Send(frames);
                _scheduler.RunUntilIdle();
            }
        });
        Assert.Equal(0, allocated);
        Assert.Equal(0, sink.Frames % 20_000);
    }

    // Two threads send as fast as the link takes it, the pool delivers: complete, in order, once, never two at a time.
    [Theory]
    [InlineData(1024)]
    [InlineData(7)]
    public void Under_any_interleaving_frames_arrive_complete_in_order_and_once(int frameLimit)
    {
        int count = TestSettings.Count(100_000, 5_000_000);
        using var pair = new LinkPair(
            new LinkPairOptions { FrameLimit = frameLimit, OctetLimit = LinkPairOptions.LeastOctetLimit });
        var first = new StressPeer(pair.A, count, 1);
        var second = new StressPeer(pair.B, count, 2);
        Thread[] threads = [new(first.Run), new(second.Run)];
        foreach (Thread thread in threads) thread.Start();
        bool isDone = first.WaitForAll() && second.WaitForAll();
        Assert.True(isDone, $"Stuck at {first.Received} and {second.Received} of {count}.");
        foreach (Thread thread in threads) thread.Join();
        Assert.Equal((null, null), (first.Fault, second.Fault));
    }

    private static (LinkMedium Medium, int Mtu, LinkFeatures Features, MacAddress? Address) Facts(ILink link) =>
        (link.Medium, link.Mtu, link.Features, link.Address);

    private static LinkFrame[] Numbered(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(number => new LinkFrame(BitConverter.GetBytes(number)))];

    private static int Number(byte[] octets) => BitConverter.ToInt32(octets);

    private LinkPair Started(LinkPairOptions? options = null)
    {
        var pair = new LinkPair(options ?? new LinkPairOptions { Scheduler = _scheduler });
        pair.A.Start(_a);
        pair.B.Start(_b);
        return pair;
    }
}
