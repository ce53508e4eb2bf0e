using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Simulation.PacketWatchNetwork;

namespace UserNet.Tests.Simulation;

/// <summary>Watches: what they see, what they keep, and how they wait.</summary>
public sealed class PacketWatchTests : IDisposable
{
    private const TcpFlags Syn = TcpFlags.Syn, SynAck = TcpFlags.Syn | TcpFlags.Ack, Ack = TcpFlags.Ack, Rst = TcpFlags.Rst;

    private readonly PacketWatchNetwork _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void A_handshake_is_watched_packet_by_packet_through_a_router()
    {
        using PacketWatch client = _lab.Client.Watch(), router = _lab.Router.Watch(), server = _lab.Server.Watch();
        Task<TcpConnection> connecting = _lab.Connect();
        SeenPacket syn = client.Sent.Expect(Packets.Tcp(Syn).And(Packets.To("10.0.2.2:7")), Second);
        Assert.Equal(("client/eth0", PacketDirection.Outbound, DropReason.None, ""), (syn.Point, syn.Direction, syn.Verdict, syn.Remark));
        Assert.Equal(20, syn.Time.SinceStart.TotalMilliseconds);      // the router's station was asked for first
        Assert.Equal("client/eth0", client.Received.Expect(Packets.Tcp(SynAck), Second).Point);
        Assert.True(connecting.IsCompleted || !client.Sent.Expect(Packets.Tcp(Ack), Second).View.Tcp.Has(Syn));
        SeenPacket passed = router.Received.At("router/eth0").Expect(Packets.Tcp(Syn), Second);
        Assert.Equal(30, passed.Time.SinceStart.TotalMilliseconds);
        SeenPacket forwarded = router.Sent.At("router/eth1").Expect(Packets.Tcp(Syn), Second);
        Assert.Equal(63, forwarded.View.Ipv4.TimeToLive);
        Assert.Equal(50, forwarded.Time.SinceStart.TotalMilliseconds);
        IReadOnlyList<SeenPacket> all = server.ExpectInOrder([Packets.Tcp(Syn), Packets.Tcp(SynAck), Packets.Tcp(Ack)], Second);
        Assert.Equal([60, 60, 100], all.Select(packet => packet.Time.SinceStart.TotalMilliseconds));
        Assert.Equal(syn.View.Tcp.SequenceNumber + 1, all[1].View.Tcp.AckNumber);
        Assert.True(connecting.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_lost_SYN_is_repeated_after_a_second()
    {
        StationsAreKnown();
        using PacketWatch wire = _lab.Near.Watch();
        _lab.Near.There = _lab.Near.There with { Loss = 1 };
        _ = _lab.Connect();
        SeenPacket first = wire.Sent.Expect(Packets.Tcp(Syn), TimeSpan.Zero);
        SeenPacket lost = wire.Dropped.Expect(Packets.Tcp(Syn), TimeSpan.Zero);
        Assert.Equal(("client-router", "lost on the way there", true), (lost.Point, lost.Remark, lost.IsDropped));
        _lab.Near.There = _lab.Near.There with { Loss = 0 };
        SeenPacket second = wire.Sent.Expect(Packets.Tcp(Syn), Second);
        Assert.Equal(Second, second.Time - first.Time);
        Assert.Equal(first.View.Tcp.SequenceNumber, second.View.Tcp.SequenceNumber);
        Assert.Equal(second.Octets.Span, wire.Received.Expect(Packets.Tcp(Syn), Second).Octets.Span);
        wire.Expect(Packets.Tcp(SynAck), Second);
    }

    [Fact]
    public void None_passes_while_a_link_is_cut()
    {
        StationsAreKnown();
        using PacketWatch server = _lab.Server.Watch();
        _lab.Near.Cut();
        _ = _lab.Connect();
        server.ExpectNone(Packets.Tcp(Syn), TimeSpan.FromSeconds(10));
        Assert.Equal(11, _lab.Network.Clock.Now.SinceStart.TotalSeconds);
        _lab.Near.Heal();
        server.Expect(Packets.Tcp(Syn), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void None_stands_where_one_passed_and_takes_nothing_from_those_behind_it()
    {
        using PacketWatch server = _lab.Server.Watch();
        _ = _lab.Connect();
        ExpectationException failure = Assert.Throws<ExpectationException>(() => server.ExpectNone(Packets.Tcp(Syn), Second));
        Assert.Equal(60, _lab.Network.Clock.Now.SinceStart.TotalMilliseconds);
        Assert.Contains("and this one passed:\n    0.0600000 server/eth0 received IP 10.0.1.2.", failure.Message, StringComparison.Ordinal);
        server.ExpectNone(Packets.Tcp(Syn), Second);      // it passed before
        server.Expect(Packets.Tcp(Syn), TimeSpan.Zero);
        server.ExpectNone(Packets.Any, TimeSpan.FromHours(1));      // also where nothing is left to happen
        Assert.Equal(3601.06, _lab.Network.Clock.Now.SinceStart.TotalSeconds);
    }

    [Fact]
    public void A_program_awaits_packets_and_goes_on_in_its_turn()
    {
        using PacketWatch server = _lab.Server.Watch();
        var log = new List<string>();
        _lab.Client.Start(async _ =>
        {
            TcpConnection connection = await _lab.Connect();
            await connection.AsStream().WriteAsync("hello"u8.ToArray());
            Assert.Equal(5, await connection.AsStream().ReadAsync(new byte[10]));
            await connection.AsStream().DisposeAsync();
        });
        _lab.Network.Run(async () =>
        {
            SynchronizationContext? own = SynchronizationContext.Current;
            Assert.NotNull(own);
            SeenPacket syn = await server.ExpectAsync(Packets.Tcp(Syn), Second);
            Assert.Same(own, SynchronizationContext.Current);
            log.Add($"{syn.Point} at {_lab.Network.Clock.Now}");
            SeenPacket data = await server.Received.ExpectAsync(Packets.TcpData(), Second);
            Assert.Equal("hello"u8, data.View.Payload);
            await server.ExpectNoneAsync(Packets.Tcp(Rst), TimeSpan.FromSeconds(2));
            log.Add($"{_lab.Network.Clock.Now}");
            IReadOnlyList<SeenPacket> ends = await server.ExpectInOrderAsync(
                [Packets.Tcp(TcpFlags.Fin | Ack).And(Packets.From("10.0.1.2")), Packets.Tcp(TcpFlags.Fin | Ack)], Second);
            Assert.Equal(2, ends.Count);
            return 0;
        });
        Assert.Equal(["server/eth0 at 0.0600000", "2.1000000"], log);
    }

    [Fact]
    public void A_program_s_expectation_fails_at_its_last_instant_and_not_before_what_happens_then()
    {
        using PacketWatch server = _lab.Server.Watch();
        _ = _lab.Connect();
        _lab.Network.Run(() => server.ExpectAsync(Packets.Tcp(Syn), TimeSpan.FromMilliseconds(60)));
        server.Rewind();
        Assert.Equal(60, server.Expect(Packets.Tcp(Syn), TimeSpan.Zero).Time.SinceStart.TotalMilliseconds);
        ExpectationException failure = Assert.Throws<ExpectationException>(
            () => _lab.Network.Run(() => server.ExpectAsync(Packets.Tcp(Rst), TimeSpan.FromMilliseconds(60))));
        Assert.Contains("until 0.1200000 s: Packets.Tcp(Rst).\nIt is 0.1200000 s.", failure.Message, StringComparison.Ordinal);
        Assert.NotEmpty(failure.Packets);
        ExpectationException none = Assert.Throws<ExpectationException>(
            () => _lab.Network.Run(async () =>
            {
                _ = _lab.Connect();
                await server.ExpectNoneAsync(Packets.Tcp(), Second);
            }));
        Assert.Contains("Expected no packet for 1 s", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_may_wait_at_the_same_watch()
    {
        using PacketWatch server = _lab.Server.Watch();
        Task<SeenPacket>[] waiting = [.. Enumerable.Range(0, 5).Select(i => server.ExpectAsync(Packets.Tcp(i % 2 == 0 ? Syn : Ack), Second))];
        Task<SeenPacket> late = server.ExpectAsync(Packets.Udp(), Second);
        _ = _lab.Connect();
        _lab.Network.RunFor(Second);
        Assert.Equal([60, 100, 60, 100, 60], waiting.Select(task => task.Result.Time.SinceStart.TotalMilliseconds));
        Assert.IsType<ExpectationException>(late.Exception?.InnerException);
    }

    [Fact]
    public void An_expectation_inside_a_program_may_run_the_network()
    {
        using PacketWatch server = _lab.Server.Watch();
        _lab.Network.Run(() =>
        {
            _ = _lab.Connect();
            Assert.Equal(60, server.Expect(Packets.Tcp(Syn), Second).Time.SinceStart.TotalMilliseconds);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public void Packets_are_expected_in_order_unless_all_that_are_kept_are_wanted()
    {
        using PacketWatch server = _lab.Server.Watch();
        _ = _lab.Connect();
        _lab.Network.RunFor(Second);
        server.Expect(Packets.Tcp(SynAck), TimeSpan.Zero);
        Assert.Throws<ExpectationException>(() => server.Expect(Packets.Tcp(Syn), TimeSpan.Zero));
        server.Expect(Packets.Tcp(Ack), TimeSpan.Zero);      // a failure takes nothing
        server.Rewind();
        server.Expect(Packets.Tcp(Syn), TimeSpan.Zero);
        server.Skip();
        Assert.Throws<ExpectationException>(() => server.Expect(Packets.Tcp(Ack), TimeSpan.Zero));
        Assert.Equal(["received", "received", "sent"], server.Kept.Where(packet => packet.View.IsTcp).Select(Way).Order());
        Assert.Equal(5, server.Kept.Count);      // with a request by ARP and its reply

        static string Way(SeenPacket packet) => packet.Direction == PacketDirection.Inbound ? "received" : "sent";
    }

    [Fact]
    public void What_a_host_drops_is_seen_with_the_reason()
    {
        using PacketWatch server = _lab.Server.Watch();
        _lab.SendDatagram(port: 9);
        SeenPacket dropped = server.Dropped.Expect(Packets.Udp(9), Second);
        Assert.Equal((DropReason.UdpNoPort, true), (dropped.Verdict, dropped.IsDropped));
        Assert.EndsWith("UDP, length 5 (dropped: UdpNoPort)", dropped.ToString(), StringComparison.Ordinal);
        // The watch sees it as tcpdump would, and so does the one for what is received.
        server.Rewind();
        Assert.Equal(dropped.Number, server.Received.Expect(Packets.Udp(9), TimeSpan.Zero).Number);
        server.Sent.Expect(Packets.IcmpError(), TimeSpan.Zero);
    }

    [Fact]
    public void A_crashed_host_sends_nothing_and_the_failure_says_that_it_is_down()
    {
        using PacketWatch server = _lab.Server.Watch();
        _lab.Server.Crash();
        _ = _lab.Connect();
        ExpectationException failure = Assert.Throws<ExpectationException>(() => server.Sent.Expect(Packets.Tcp(SynAck), Second));
        Assert.Contains("\nserver is down.", failure.Message, StringComparison.Ordinal);
        Assert.Contains(" server: crashed\n", failure.Message, StringComparison.Ordinal);
        Assert.Throws<ExpectationException>(() => server.Received.Expect(Packets.Any, Second));
        server.Dropped.Expect(Packets.ArpRequest("10.0.2.2"), TimeSpan.Zero);      // nobody was there
        _lab.Server.Restart();
        server.Received.Expect(Packets.Tcp(Syn), TimeSpan.FromSeconds(10));      // the same watch goes on
        server.Sent.Expect(Packets.Tcp(SynAck), Second);
    }

    [Fact]
    public void Of_thousands_of_packets_the_last_are_kept_and_nothing_grows()
    {
        using PacketWatch client = _lab.Client.Watch(memory: 8);
        using NetworkSocket socket = _lab.Client.Stack.CreateSocket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram);
        InetEndpoint to = InetEndpoint.Parse("10.0.2.2:9");
        byte[] octets = new byte[1000];
        Send(100);
        IFrameRecorder recorder = client.Memory;
        Task<SeenPacket> waiting = client.Received.ExpectAsync(Packets.Tcp(), TimeSpan.FromDays(1));
        Assert.Equal(0, Infrastructure.Allocation.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                recorder.Record(new RecordedFrame { Interface = 0, Nanoseconds = long.MaxValue, Octets = octets, Direction = PacketDirection.Inbound });
                recorder.Record(new RecordedFrame { Interface = 0, Nanoseconds = 0, Octets = octets, Remark = "lost on the way there" });
            }
        }));
        Assert.False(waiting.IsCompleted);
        long before = client.Count;
        for (int i = 0; i < 50; i++) Send(100);
        Assert.InRange(client.Count - before, 5000, 6000);
        Assert.Equal(8, client.Kept.Count);
        Assert.Equal(client.Count - 1, client.Kept[^1].Number);
        client.Rewind();
        Assert.Equal(client.Count - 8, client.Sent.Expect(Packets.Any, TimeSpan.Zero).Number);

        void Send(int count)
        {
            for (int i = 0; i < count; i++) socket.SendTo(octets, to);
            _lab.Network.RunFor(Second);
        }
    }

    [Fact]
    public void What_was_forgotten_before_it_was_looked_at_is_said()
    {
        using PacketWatch client = _lab.Client.Watch(memory: 2);
        _ = _lab.Connect();
        _lab.Network.RunFor(Second);
        ExpectationException failure = Assert.Throws<ExpectationException>(() => client.Expect(Packets.Tcp(Syn), TimeSpan.Zero));
        Assert.EndsWith("3 are forgotten: a greater memory would keep them.", failure.Message.Split("\nNothing is left")[0], StringComparison.Ordinal);
        Assert.Equal(2, failure.Packets.Count);
    }

    [Fact]
    public void A_watch_may_end_inside_a_callback()
    {
        PacketWatch client = _lab.Client.Watch(), server = _lab.Server.Watch();
        _ = _lab.Connect();
        _lab.Network.At(TimeSpan.FromMilliseconds(30), client.Dispose);
        Assert.Throws<ObjectDisposedException>(() => client.Expect(Packets.Udp(), Second));
        Assert.Equal(30, _lab.Network.Clock.Now.SinceStart.TotalMilliseconds);
        Task<SeenPacket> other = server.ExpectAsync(Packets.Udp(), Second);
        Assert.Throws<ObjectDisposedException>(() => server.Expect(EndsTheWatch, Second));
        _lab.Network.RunFor(Second);
        Assert.IsType<ObjectDisposedException>(other.Exception?.InnerException);
        Assert.Equal(3, server.Kept.Count);      // what it kept stays: a request for the server's station, its answer, and the SYN
        Assert.Throws<ObjectDisposedException>(() => server.Expect(Packets.Any, Second));
        server.Dispose();

        bool EndsTheWatch(in FrameView frame)
        {
            if (frame.IsTcp) server.Dispose();
            return true & frame.IsTcp;
        }
    }

    [Fact]
    public void What_a_question_throws_comes_out_where_it_was_asked()
    {
        using PacketWatch client = _lab.Client.Watch();
        _ = _lab.Connect();
        FormatException thrown = Assert.Throws<FormatException>(() => client.Expect(static (in FrameView _) => throw new FormatException("No."), Second));
        Assert.Equal("No.", thrown.Message);
        client.Expect(Packets.Tcp(SynAck), Second);      // the watch goes on
        Assert.Throws<ArgumentOutOfRangeException>(() => client.Expect(Packets.Any, -Second));
        Assert.Throws<ArgumentNullException>(() => client.Expect(null!, Second));
        Assert.Throws<ArgumentNullException>(() => client.ExpectInOrder([null!], Second));
        Assert.Throws<ArgumentOutOfRangeException>(() => _lab.Client.Watch(memory: 0));
        Assert.Empty(client.ExpectInOrder([], Second));
    }

    [Fact]
    public void One_interface_or_the_whole_network_can_be_watched()
    {
        using PacketWatch one = _lab.Router.Watch("eth1"), all = _lab.Network.Watch(), link = _lab.Far.Watch();
        _ = _lab.Connect();
        _lab.Network.RunFor(Second);
        Assert.All(one.Kept, packet => Assert.Equal("router/eth1", packet.Point));
        Assert.Equal(["router/eth1", "server/eth0"], link.Kept.Select(packet => packet.Point).Distinct().Order());
        Assert.Equal(one.Count * 2, link.Count);
        Assert.Equal(
            ["client/eth0", "router/eth0", "router/eth1", "server/eth0"],
            all.ExpectInOrder([.. Enumerable.Repeat(Packets.Tcp(Syn), 4)], TimeSpan.Zero).Select(packet => packet.Point));
    }

    [Fact]
    public void What_a_host_gets_later_is_watched_too()
    {
        using PacketWatch server = _lab.Server.Watch(), all = _lab.Network.Watch();
        VirtualHost third = _lab.Network.AddHost("third");
        VirtualLink link = _lab.Network.Connect(third, "10.0.3.2/24", _lab.Server, "10.0.3.1/24");
        using PacketWatch wire = link.Watch();
        _ = third.Stack.ConnectAsync(InetEndpoint.Parse("10.0.3.1:7"), TestContext.Current.CancellationToken).AsTask();
        Assert.Equal("server/eth1", server.Expect(Packets.Tcp(Syn), Second).Point);
        Assert.Equal("third/eth0", all.Expect(Packets.Tcp(Syn), Second).Point);
        wire.Received.Expect(Packets.Tcp(SynAck), Second);
    }

    [Fact]
    public void Watching_changes_nothing()
    {
        (string Digest, byte[] Capture) without = Run(isWatched: false), with = Run(isWatched: true);
        Assert.Equal(without.Digest, with.Digest);
        Assert.True(without.Capture.Length > 50_000);
        Assert.Equal(without.Capture, with.Capture);
        Assert.NotEqual(without.Digest, Run(isWatched: true, seed: 8).Digest);
    }

    [Fact]
    public void Remarks_of_wires_are_told_from_losses()
    {
        var remarks = new WireRemarks();
        foreach (WireDrop drop in Enum.GetValues<WireDrop>())
        {
            if (drop != WireDrop.None) Assert.True(PacketWatchMemory.IsLoss(remarks.Of(PacketDirection.Outbound, drop, WireChanges.None)));
        }

        for (int changes = 1; changes < 2 * (int)Enum.GetValues<WireChanges>().Max(); changes++)
            Assert.False(PacketWatchMemory.IsLoss(remarks.Of(PacketDirection.Inbound, WireDrop.None, (WireChanges)changes)));
        Assert.False(PacketWatchMemory.IsLoss(""));
    }

    private void StationsAreKnown()
    {
        _lab.SendDatagram();
        _lab.Network.RunFor(Second);
    }

    // An echo of 20,000 octets over wires that do all that wires do.
    private static (string Digest, byte[] Capture) Run(bool isWatched, ulong seed = 7)
    {
        using var lab = new PacketWatchNetwork(seed);
        using var file = new MemoryStream();
        using IDisposable capture = lab.Network.Capture(file, leaveOpen: true);
        lab.Near.Change(static conditions => conditions with
        {
            Loss = 0.05,
            Corruption = 0.05,
            Duplication = 0.05,
            Jitter = TimeSpan.FromMilliseconds(5),
        });
        PacketWatch[] watches = isWatched ? [lab.Network.Watch(memory: 1000), lab.Client.Watch(), lab.Near.Watch(1)] : [];
        Task<TcpConnection> connecting = lab.Connect();
        if (isWatched) watches[0].Received.Expect(Packets.Tcp(Syn), TimeSpan.FromMinutes(1));
        lab.Client.Start(async _ =>
        {
            TcpConnection connection = await connecting;
            await connection.AsStream().WriteAsync(new byte[20_000]);
            await connection.AsStream().DisposeAsync();
        });
        if (isWatched)
        {
            watches[1].ExpectInOrder([Packets.TcpData(), Packets.Tcp(Ack).And(Packets.From("10.0.2.2"))], TimeSpan.FromMinutes(1));
            watches[2].Dropped.Expect(Packets.Any, TimeSpan.FromMinutes(1));
            Assert.Throws<ExpectationException>(() => watches[1].Expect(Packets.Udp(), Second));
            watches[0].Dispose();
        }

        TimeSpan end = TimeSpan.FromMinutes(10);
        lab.Network.RunFor(end - lab.Network.Clock.Now.SinceStart);
        lab.Network.Dispose();
        return (lab.Network.Digest, file.ToArray());
    }
}
