using System.Globalization;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Capture;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>What is recorded of a virtual network.</summary>
public sealed class RecordingTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly VirtualNetwork _network = new(7);
    private readonly VirtualHost _a, _b;
    private readonly VirtualLink _wire;
    private readonly MemoryStream _file = new();

    public RecordingTests()
    {
        _a = _network.AddHost("a");
        _b = _network.AddHost("b");
        _wire = _network.Connect(_a, "10.0.0.1/24", _b, "10.0.0.2/24", new VirtualLinkOptions { There = new LinkConditions { Delay = TimeSpan.FromMilliseconds(1) } });
    }

    public void Dispose()
    {
        _network.Dispose();
        _file.Dispose();
    }

    [Fact]
    public void Each_host_and_wire_is_a_point_and_a_drop_says_why()
    {
        _network.RunFor(3 * Second);      // they announce their addresses
        using (_network.Capture(_file, leaveOpen: true))
        {
            Send(_a, "10.0.0.2:9");
            _network.RunFor(Second);
            _wire.Back = new LinkConditions { Loss = 1 };
            Send(_a, "10.0.0.2:9");
            _network.RunFor(Second);
        }

        Assert.Equal(
        [
            "a/eth0 Outbound 42 3000", "b/eth0 Inbound 42 3001", "b/eth0 Outbound 42 3001", "a/eth0 Inbound 42 3002",
            "a/eth0 Outbound 47 3002", "b/eth0 Inbound 47 3003 dropped: UdpNoPort", "b/eth0 Outbound 75 3003", "a/eth0 Inbound 75 3004 dropped: IcmpNotOurs",
            "a/eth0 Outbound 47 4000", "b/eth0 Inbound 47 4001 dropped: UdpNoPort", "b/eth0 Outbound 75 4001", "a-b Inbound 75 4001 lost on the way back",
        ], Recorded());
    }

    [Fact]
    public void A_host_that_is_down_or_has_no_room_loses_what_arrives_and_that_is_recorded()
    {
        using IDisposable capture = _b.Capture(_file, leaveOpen: true);
        Send(_a, "10.0.0.2:9");
        _network.RunFor(Second);
        _b.Crash();
        Send(_a, "10.0.0.2:9");
        _network.RunFor(Second);
        _b.Restart();
        _b.Pause();
        for (int i = 0; i < 600; i++) Send(_a, "10.0.0.2:9");
        _network.RunFor(Second);
        capture.Dispose();
        string[] lines = Recorded();
        Assert.Contains("b/eth0 Inbound 47 1001 lost: the host is down", lines);
        Assert.InRange(_b.FramesMissed, 80, 100);
        Assert.Equal(_b.FramesMissed, lines.Count(static line => line == "b/eth0 Inbound 47 2001 lost: the host is paused and its ring is full"));
        Assert.Single(Read().Select(static packet => packet.Interface.Number).Distinct());      // also after the restart
    }

    [Fact]
    public void A_recording_has_the_points_it_is_of_from_its_beginning_to_its_end()
    {
        VirtualHost c = _network.AddHost("c");
        _network.Connect(_b, "10.0.1.2/24", c, "10.0.1.3/24");
        _network.RunFor(Second);
        using MemoryStream host = new(), link = new();
        IDisposable ofHost = _a.Capture(host, leaveOpen: true), ofLink = _network.Link("b-c").Capture(link, leaveOpen: true);
        Send(_a, "10.0.0.2:9");
        Send(_b, "10.0.1.3:9");
        _network.RunFor(Second);
        ofHost.Dispose();
        ofHost.Dispose();
        long length = host.Length;
        Send(_a, "10.0.0.2:9");
        Send(_b, "10.0.1.3:9");
        _network.RunFor(Second);
        Assert.Equal(length, host.Length);
        _network.Dispose();
        ofLink.Dispose();
        Assert.Equal(["a/eth0"], Read(host).Select(static packet => packet.Interface.Name).Distinct());
        Assert.Equal(["b/eth1", "c/eth0"], Read(link).Select(static packet => packet.Interface.Name).Distinct());
        Assert.Equal(2, Read(link).Count(static packet => packet.Comment == "dropped: UdpNoPort"));
    }

    [Fact]
    public async Task Wireshark_reads_packets_comments_and_notes()
    {
        Assert.SkipUnless(Tool.IsThere("tshark"), "tshark is not installed.");
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Name, "network.pcapng");
        _network.RunFor(3 * Second);
        using (_network.Capture(File.Create(file)))
        {
            Send(_a, "10.0.0.2:9");
            _network.RunFor(Second);
            _network.Note("the test", "says something,\nwith a line more: äöü");
            _b.Crash();
        }

        string[] lines = (await Tool.RunAsync(
            "tshark", "-r", file, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.interface_name", "-e", "frame.comment", "-e", "frame.protocols",
            "-e", "systemd_journal.syslog_id", "-e", "systemd_journal.message"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10, lines.Length);
        Assert.Equal("946684803.003000000\tb/eth0\tdropped: UdpNoPort\teth:ethertype:ip:udp:data\t\t", lines[5]);
        Assert.Equal("946684804.000000000\t\t\tsystemd_journal\tthe test\tsays something, with a line more: äöü", lines[8]);
        Assert.Equal("946684804.000000000\t\t\tsystemd_journal\tb\tcrashed", lines[9]);
    }

    [Fact]
    public void A_link_of_no_host_can_be_a_point()
    {
        ILink end = _network.Record(_network.AddCable().A, "cable");
        using (_network.Capture(_file, leaveOpen: true))
            end.Send([new LinkFrame(new byte[60])]);
        Assert.Equal(["cable Outbound 60 0"], Recorded());
    }

    [Fact]
    public void A_stream_that_fails_ends_its_recording_and_comes_out_of_the_run()
    {
        string before = _network.Digest;
        _network.Capture(new FullStream());
        for (int i = 0; i < 200; i++) Send(_a, "10.0.0.2:9", 1000);
        Assert.Throws<IOException>(() => _network.RunFor(Second));
        _network.RunFor(Second);
        Assert.NotEqual(before, _network.Digest);
    }

    [Fact]
    public void A_digest_can_be_read_at_any_time_and_depends_on_nothing_that_is_recorded_besides()
    {
        string first = Digests(_ => { }), second = Digests(network =>
        {
            network.Capture(_file, leaveOpen: true);
            _ = network.Digest;
        });
        Assert.Equal(64, first.Length);
        Assert.Equal(first, second);

        static string Digests(Action<VirtualNetwork> before)
        {
            using var network = new VirtualNetwork(3);
            before(network);
            string seen = "";
            for (int i = 0; i < 3; i++)
            {
                network.AddHost($"host {i}");
                network.Note("the test", $"{i}");
                Assert.NotEqual(seen, network.Digest);
                seen = network.Digest;
            }

            network.Dispose();
            Assert.Equal(seen, network.Digest);
            return seen;
        }
    }

    [Fact]
    public void A_network_can_do_without_a_digest()
    {
        using var network = new VirtualNetwork(1) { KeepsDigest = false };
        network.Note("the test", "nobody hears");
        Assert.Throws<InvalidOperationException>(() => network.Digest);
    }

    [Fact]
    public void Recording_allocates_nothing_per_frame()
    {
        using var network = new VirtualNetwork(1);
        LinkPair cable = network.AddCable();
        var sink = new Dropping();
        ILink a = network.Record(cable.A, "a"), b = network.Record(cable.B, "b");
        b.Start(sink);
        network.Capture(Stream.Null);
        LinkFrame[] frames = [new LinkFrame(new byte[60]), new LinkFrame(new byte[1514])];
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                a.Send(frames);
                network.Run();
            }
        }));
        Assert.True(sink.Count > 0);
    }

    private static void Send(VirtualHost host, string to, int octets = 5)
    {
        using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.SendTo(new byte[octets], InetEndpoint.Parse(to));
    }

    // Point, direction, octets, milliseconds, comment.
    private string[] Recorded() =>
    [
        .. Read().Select(static packet => string.Create(
            CultureInfo.InvariantCulture,
            $"{packet.Interface.Name} {packet.Direction} {packet.OriginalLength} {(packet.Nanoseconds - 946_684_800_000_000_000) / 1_000_000} {packet.Comment}").TrimEnd()),
    ];

    private CapturedPacket[] Read() => Read(_file);

    private static CapturedPacket[] Read(MemoryStream file)
    {
        using var reader = new PcapngReader(new MemoryStream(file.ToArray()));
        List<CapturedPacket> packets = [];
        while (reader.TryRead(out CapturedPacket packet)) packets.Add(packet);
        return [.. packets];
    }

    private sealed class Dropping : IFrameSink
    {
        public int Count { get; private set; }

        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
        {
            Count += frames.Length;
            verdicts[0] = DropReason.UdpNoPort;
        }

        public void OnWritable()
        {
        }

        public void OnClosed(Exception? failure)
        {
        }
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("The disk is full.");
    }
}
