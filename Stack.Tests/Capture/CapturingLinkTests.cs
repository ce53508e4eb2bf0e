using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Capture;

public sealed class CapturingLinkTests : IDisposable
{
    private readonly MemoryStream _file = new();
    private readonly PcapngWriter _writer;
    private readonly FakeLink _inner = new();
    private readonly FakeSink _sink = new();
    private readonly FakeClock _clock = new();
    private readonly CapturingLink _link;

    public CapturingLinkTests()
    {
        _writer = new PcapngWriter(_file, leaveOpen: true);
        _link = new CapturingLink(_inner, _writer, "eth0", _clock);
        _link.Start(_sink);
    }

    public void Dispose()
    {
        _link.Dispose();
        _writer.Dispose();
        _file.Dispose();
    }

    [Fact]
    public void Everything_is_passed_through()
    {
        Assert.Equal(LinkMedium.Ethernet, _link.Medium);
        Assert.Equal(1234, _link.Mtu);
        Assert.Equal(LinkFeatures.Checksum, _link.Features);
        Assert.Equal(MacAddress.FromBits(5), _link.Address);
        _inner.Sink!.OnWritable();
        var failure = new IOException("gone");
        _inner.Sink.OnClosed(failure);
        Assert.Equal(1, _sink.Writable);
        Assert.Same(failure, _sink.Closed);
        _link.Dispose();
        Assert.True(_inner.IsDisposed);
    }

    [Fact]
    public void Only_frames_that_the_link_took_are_recorded()
    {
        _inner.Room = 2;
        Assert.Equal(2, _link.Send([Frame(1), Frame(2), Frame(3)]));
        _inner.Room = 0;
        Assert.Equal(0, _link.Send([Frame(3)]));
        Assert.Equal(["out 1", "out 2"], Recorded());
    }

    [Fact]
    public void A_frame_that_arrives_is_recorded_with_the_reason_it_was_dropped_for()
    {
        _sink.Verdict = octets => octets == 2 ? DropReason.UdpNoPort : DropReason.None;
        _inner.Sink!.OnFrames([Frame(1), Frame(2)], []);
        DropReason[] verdicts = [DropReason.LinkFailed];
        _inner.Sink.OnFrames([Frame(2)], verdicts);
        _sink.Verdict = null;
        _inner.Sink.OnFrames([Frame(1), Frame(2)], []);
        Assert.Equal([DropReason.UdpNoPort], verdicts);
        Assert.Equal(["in 1", "in 2 dropped: UdpNoPort", "in 2 dropped: UdpNoPort", "in 1", "in 2"], Recorded());
    }

    [Fact]
    public void What_is_sent_in_answer_comes_after_the_frame_that_it_answers()
    {
        _inner.Room = 9;
        _sink.During = () =>
        {
            byte[] lent = [7];
            _link.Send([new LinkFrame(lent)]);
            lent[0] = 99;      // whoever keeps it copies it
            _link.Send([Frame(8)]);
        };
        _sink.Verdict = _ => DropReason.IpUnknownProtocol;
        _inner.Sink!.OnFrames([Frame(1), Frame(2)], []);
        Assert.Equal(["in 1 dropped: IpUnknownProtocol", "in 2 dropped: IpUnknownProtocol", "out 7", "out 8"], Recorded());
    }

    [Fact]
    public void What_comes_back_while_it_is_sent_comes_after_it()
    {
        _inner.Room = 9;
        _inner.Loops = true;
        _link.Send([Frame(1), Frame(2)]);
        Assert.Equal(["out 1", "out 2", "in 1", "in 2"], Recorded());
    }

    [Fact]
    public void Times_are_those_at_which_the_calls_began()
    {
        _inner.Room = 9;
        _clock.Now += TimeSpan.FromTicks(1);
        _sink.During = () =>
        {
            _clock.Now += TimeSpan.FromTicks(3);
            _link.Send([Frame(2)]);
            _clock.Now += TimeSpan.FromTicks(5);
        };
        _inner.Sink!.OnFrames([Frame(1)], []);
        Assert.Equal([100, 400], Read().Select(p => p.Nanoseconds));
    }

    [Fact]
    public void A_frame_that_stands_for_many_says_so()
    {
        _inner.Room = 1;
        _link.Send([new LinkFrame(new byte[] { 1 }, new PacketOffload { SegmentSize = 1448, SegmentKind = SegmentKind.TcpV4 })]);
        Assert.Equal(["out 1 TcpV4, stands for segments of 1448 octets"], Recorded());
    }

    [Fact]
    public void A_sink_or_link_that_throws_is_heard_and_the_capture_goes_on()
    {
        _inner.Room = 9;
        _sink.During = () => throw new InvalidOperationException("sink");
        Assert.Throws<InvalidOperationException>(() => _inner.Sink!.OnFrames([Frame(1)], []));
        _inner.Throws = true;
        Assert.Throws<InvalidOperationException>(() => _link.Send([Frame(2)]));
        _inner.Throws = false;
        _link.Send([Frame(3)]);
        Assert.Equal(["in 1", "out 3"], Recorded());
    }

    [Fact]
    public void A_writer_that_was_closed_ends_the_capture_and_nothing_else()
    {
        _inner.Room = 9;
        _link.Send([Frame(1)]);
        Assert.Null(_link.Failure);
        _writer.Dispose();
        Assert.Equal(1, _link.Send([Frame(2)]));
        _inner.Sink!.OnFrames([Frame(3)], []);
        Assert.IsType<ObjectDisposedException>(_link.Failure);
        Assert.Equal(1, _sink.Received);
        Assert.Equal(["out 1"], Recorded());
    }

    [Fact]
    public void A_loopback_link_can_be_recorded()
    {
        using var loopback = new CapturingLink(new LoopbackLink(), _writer, "lo", _clock);
        loopback.Start(_sink);
        loopback.Send([Frame(5)]);
        Assert.Equal(["out 5", "in 5"], Recorded());
        Assert.Equal(["lo", "lo"], Read().Select(p => p.Interface.Name));
    }

    [Fact]
    public void Sends_and_deliveries_of_two_threads_are_all_recorded_in_order_of_time()
    {
        const int count = 2000;
        _inner.Room = 9;
        _clock.Ticks = true;
        var sender = new Thread(() =>
        {
            for (int i = 0; i < count; i++) _link.Send([Frame(1)]);
        });
        sender.Start();
        for (int i = 0; i < count; i++) _inner.Sink!.OnFrames([Frame(2), Frame(3)], []);
        sender.Join();
        CapturedPacket[] packets = Read();
        Assert.Equal(3 * count, packets.Length);
        Assert.Equal(packets.Select(p => p.Nanoseconds).Order(), packets.Select(p => p.Nanoseconds));
        Assert.Equal(count, packets.Count(p => p.Direction == PacketDirection.Outbound));
    }

    [Fact]
    public void Steady_use_allocates_nothing()
    {
        using var writer = new PcapngWriter(Stream.Null);
        using var link = new CapturingLink(_inner, writer, "eth0", _clock);
        _inner.Room = 9;
        link.Start(_sink);
        LinkFrame[] frames = [Frame(1), Frame(2)];
        _sink.During = () => link.Send(frames);
        _sink.Verdict = octet => octet == 1 ? DropReason.UdpNoPort : DropReason.None;
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 1000; i++) _inner.Sink!.OnFrames(frames, []);
        }));
    }

    private static LinkFrame Frame(byte octet) => new(new[] { octet });

    private string[] Recorded() =>
    [
        .. Read().Select(p =>
            $"{(p.Direction == PacketDirection.Inbound ? "in" : "out")} {p.Octets.Span[0]} {p.Comment}".TrimEnd()),
    ];

    private CapturedPacket[] Read()
    {
        _writer.Flush();
        using var reader = new PcapngReader(new MemoryStream(_file.ToArray()));
        List<CapturedPacket> packets = [];
        while (reader.TryRead(out CapturedPacket packet)) packets.Add(packet);
        return [.. packets];
    }

    private sealed class FakeLink : ILink
    {
        public IFrameSink? Sink { get; private set; }

        public int Room { get; set; }

        public bool Loops { get; set; }

        public bool Throws { get; set; }

        public bool IsDisposed { get; private set; }

        public LinkMedium Medium => LinkMedium.Ethernet;

        public int Mtu => 1234;

        public LinkFeatures Features => LinkFeatures.Checksum;

        public MacAddress? Address => MacAddress.FromBits(5);

        public void Start(IFrameSink sink) => Sink = sink;

        public int Send(ReadOnlySpan<LinkFrame> frames)
        {
            if (Throws) throw new InvalidOperationException("link");
            int taken = Math.Min(Room, frames.Length);
            if (Loops) Sink!.OnFrames(frames[..taken], []);
            return taken;
        }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class FakeSink : IFrameSink
    {
        public int Received { get; private set; }

        public int Writable { get; private set; }

        public Exception? Closed { get; private set; }

        public Action? During { get; set; }

        public Func<byte, DropReason>? Verdict { get; set; }

        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
        {
            Received += frames.Length;
            During?.Invoke();
            if (Verdict is null) return;
            for (int i = 0; i < frames.Length; i++) verdicts[i] = Verdict(frames[i].Octets.Span[0]);
        }

        public void OnWritable() => Writable++;

        public void OnClosed(Exception? failure) => Closed = failure;
    }

    private sealed class FakeClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        // Moves on whenever it is read.
        public bool Ticks { get; set; }

        public override DateTimeOffset GetUtcNow()
        {
            if (Ticks) Now += TimeSpan.FromTicks(1);
            return Now;
        }
    }
}
