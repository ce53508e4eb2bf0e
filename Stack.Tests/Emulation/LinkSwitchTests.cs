using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Link;
using Xunit;

namespace UserNet.Tests.Emulation;

[Collection(nameof(WholeProcess))]
public sealed class LinkSwitchTests
{
    private static readonly MacAddress Group = MacAddress.Parse("33:33:00:00:00:01");

    private readonly VirtualNetwork _lab = new(1);
    private readonly List<RecordingSink> _sinks = [];
    private readonly List<ILink> _ports = [];

    [Fact]
    public void Frames_for_unknown_stations_groups_and_all_go_everywhere_but_back()
    {
        LinkSwitch network = Network(4);
        foreach (MacAddress to in new[] { Mac(9), Group, MacAddress.Broadcast })
        {
            Send(1, to, Mac(1));
            Assert.Equal([0, 1, 1, 1], Received());
        }

        Assert.Equal((3, 3, 1), (network.Counts.Frames, network.Counts.Flooded, network.Counts.Learned));
    }

    [Fact]
    public void A_station_that_was_heard_gets_its_frames_alone()
    {
        LinkSwitch network = Network(4);
        Send(2, MacAddress.Broadcast, Mac(2));
        Received();
        Send(1, Mac(2), Mac(1));
        Assert.Equal([0, 1, 0, 0], Received());
        Send(2, Mac(1), Mac(2));
        Assert.Equal([1, 0, 0, 0], Received());
        Assert.Equal((2, 2, 1), (network.Counts.Forwarded, network.Counts.Learned, network.Counts.Flooded));
        Assert.NotNull(network.Find(Mac(1)));
        Assert.Null(network.Find(Mac(9)));
    }

    [Fact]
    public void Frames_are_passed_on_to_the_octet_with_what_is_known_of_them()
    {
        Network(2);
        byte[] frame = Frame(Mac(2), Mac(1), 1500);
        new Random(1).NextBytes(frame.AsSpan(12));
        var offload = new PacketOffload { ChecksumIsGood = true };
        _ports[0].Send([new LinkFrame(frame, offload)]);
        _lab.Run();
        Assert.Equal(frame, _sinks[1].Frames.Single());
        Assert.Equal(offload, _sinks[1].Facts.Single().Offload);
    }

    [Fact]
    public void A_frame_for_a_station_at_its_own_port_stays_there()
    {
        LinkSwitch network = Network(3);
        Send(1, MacAddress.Broadcast, Mac(7));
        Received();
        Send(1, Mac(7), Mac(1));
        Assert.Equal([0, 0, 0], Received());
        Assert.Equal(1, network.Counts.Local);
    }

    [Fact]
    public void A_station_that_moves_is_followed()
    {
        LinkSwitch network = Network(3);
        Send(1, MacAddress.Broadcast, Mac(7));
        Send(3, MacAddress.Broadcast, Mac(7));
        Received();
        Send(2, Mac(7), Mac(2));
        Assert.Equal([0, 0, 1], Received());
        Assert.Equal((1, 2), (network.Counts.Moved, network.StationCount));
    }

    [Fact]
    public void A_station_that_is_silent_for_five_minutes_is_forgotten()
    {
        LinkSwitch network = Network(3);
        Send(1, MacAddress.Broadcast, Mac(1));
        Send(2, MacAddress.Broadcast, Mac(2));
        _lab.RunFor(TimeSpan.FromMinutes(3));
        Send(1, MacAddress.Broadcast, Mac(1));
        _lab.RunFor(TimeSpan.FromMinutes(2) - TimeSpan.FromTicks(1));
        Received();
        Send(3, Mac(2), Mac(3));
        Assert.Equal([0, 1, 0], Received());
        _lab.RunFor(TimeSpan.FromTicks(1));
        Send(3, Mac(2), Mac(3));
        Assert.Equal([1, 1, 0], Received());
        Send(3, Mac(1), Mac(3));
        Assert.Equal([1, 0, 0], Received());
        Assert.Equal((1, 2), (network.Counts.Aged, network.StationCount));
    }

    [Fact]
    public void Frames_that_no_bridge_passes_on_are_not_passed_on()
    {
        LinkSwitch network = Network(2);
        Send(1, MacAddress.Parse("01:80:c2:00:00:00"), Mac(1));
        Send(1, MacAddress.Parse("01:80:c2:00:00:0f"), Mac(1));
        Send(1, MacAddress.Broadcast, Group);
        _ports[0].Send([new LinkFrame(new byte[13])]);
        _lab.Run();
        Assert.Equal([0, 0], Received());
        Assert.Equal((2, 2, 1), (network.Counts.Reserved, network.Counts.Malformed, network.StationCount));
        Send(1, MacAddress.Parse("01:80:c2:00:00:10"), Mac(1));
        Assert.Equal([0, 1], Received());
    }

    [Fact]
    public void Who_gives_frames_hears_why_they_were_dropped()
    {
        var link = new HeldLink();
        Network(1).Connect(link);
        var verdicts = new DropReason[3];
        link.Sink!.OnFrames(
            [
                new LinkFrame(new byte[5]), new LinkFrame(Frame(Mac(1), Mac(2), 50)),
                new LinkFrame(Frame(Mac(1), Group, 50)),
            ],
            verdicts);
        Assert.Equal([DropReason.FrameTooShort, DropReason.None, DropReason.FrameBadSource], verdicts);
    }

    [Fact]
    public void Frames_of_many_ways_keep_their_order_at_each_port()
    {
        Network(3);
        Send(2, MacAddress.Broadcast, Mac(2));
        Send(3, MacAddress.Broadcast, Mac(3));
        foreach (RecordingSink sink in _sinks) sink.Frames.Clear();
        Random random = TestSettings.Random(1);
        MacAddress[] targets = [Mac(2), Mac(3), Mac(9), Mac(1), Group];
        byte[][] frames = [.. Enumerable.Range(0, 1000).Select(i => Numbered(targets[random.Next(5)], i))];
        for (int i = 0; i < frames.Length; i += 50)
        {
            _ports[0].Send([.. frames[i..(i + 50)].Select(frame => new LinkFrame(frame))]);
            _lab.Run();
        }

        Assert.Equal(frames.Where(frame => IsFor(frame, 2)), _sinks[1].Frames);
        Assert.Equal(frames.Where(frame => IsFor(frame, 3)), _sinks[2].Frames);
        Assert.Empty(_sinks[0].Frames);

        static bool IsFor(byte[] frame, ulong station) =>
            MacAddress.FromOctets(frame.AsSpan(0, 6)) is var to && (to == Mac(station) || to == Mac(9) || to == Group);
    }

    [Fact]
    public void A_full_port_loses_frames_and_the_others_do_not()
    {
        var full = new HeldLink { Room = 10 };
        LinkSwitch network = Network(2);
        network.Connect(full);
        for (int i = 0; i < 25; i++) Send(1, MacAddress.Broadcast, Mac(1));
        Assert.Equal([0, 25], Received());
        Assert.Equal((10, 15), (full.Sent, network.Counts.QueueFull));
    }

    [Fact]
    public void A_frame_longer_than_a_port_s_wire_carries_does_not_go_there()
    {
        var small = new HeldLink { Mtu = 500 };
        LinkSwitch network = Network(2);
        network.Connect(small);
        byte[] tagged = Frame(MacAddress.Broadcast, Mac(1), 504);
        tagged[12] = 0x81;      // 802.1Q: four octets of it are the tag
        tagged[13] = 0;
        (byte[] burst, PacketOffload segments) = Bursts.Tcp(MacAddress.Broadcast, Mac(1), "10.0.0.1", "10.0.0.2", new byte[4000], size: 400);
        _ports[0].Send(
            [
                new LinkFrame(Frame(MacAddress.Broadcast, Mac(1), 500)),
                new LinkFrame(Frame(MacAddress.Broadcast, Mac(1), 501)),
                new LinkFrame(tagged), new LinkFrame(burst, segments),
            ]);
        _lab.Run();
        Assert.Equal((2 + 10, 1), (small.Sent, network.Counts.TooLong));
        Assert.Equal([0, 3 + 10], Received());
    }

    [Fact]
    public void A_port_whose_link_is_closed_is_gone_with_its_stations()
    {
        LinkSwitch network = Network(3);
        Send(1, MacAddress.Broadcast, Mac(1));
        Send(2, MacAddress.Broadcast, Mac(2));
        _ports[0].Dispose();
        _lab.Run();
        Assert.Equal((2, 1, 1), (network.PortCount, network.StationCount, _sinks[0].Closed));
        network.Dispose();
        _lab.Run();
        Assert.Equal((0, 0, 1, 1), (network.PortCount, network.StationCount, _sinks[1].Closed, _sinks[2].Closed));
    }

    [Fact]
    public void Two_switches_are_one_network()
    {
        LinkSwitch first = Network(2), second = _lab.AddSwitch();
        LinkPair trunk = _lab.AddCable();
        first.Connect(trunk.A);
        second.Connect(trunk.B);
        ILink far = second.AddPort(Mac(8));
        Assert.Equal(Mac(8), far.Address);
        var sink = new RecordingSink();
        far.Start(sink);
        far.Send([new LinkFrame(Frame(MacAddress.Broadcast, Mac(8), 46))]);
        _lab.Run();
        Assert.Equal([1, 1], Received());
        Send(1, Mac(8), Mac(1));
        Assert.Equal([0, 0], Received());
        Assert.Single(sink.Frames);
    }

    [Fact]
    public void Only_Ethernet_comes_in()
    {
        LinkSwitch network = Network(1);
        Assert.Throws<ArgumentException>(() => network.Connect(new LoopbackLink()));
        var cable = new LinkPairOptions { Medium = LinkMedium.Ip };
        Assert.Throws<ArgumentException>(() => new LinkSwitch(_lab.Clock, new LinkSwitchOptions { Cable = cable }));
    }

    [Fact]
    public void A_million_senders_take_no_more_memory_than_the_table_has_places_and_are_aged_out()
    {
        const int Senders = 1_000_000;
        LinkSwitch network = Network(0);
        var link = new HeldLink();
        network.Connect(link);
        byte[] frame = Frame(Mac(1), Mac(1), 46);
        var one = new LinkFrame[] { new(frame) };
        Hear(0, 20_000);      // the table is full
        long before = GC.GetAllocatedBytesForCurrentThread();
        Hear(20_000, Senders);
        // The runtime allocates a little now and then, while it compiles.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
        Assert.Equal((8192, 8192), (network.StationCount, network.Counts.Learned));
        Assert.Equal(Senders - 8192, network.Counts.TableFull);
        _lab.RunFor(TimeSpan.FromMinutes(5));
        Assert.Equal((0, 8192), (network.StationCount, network.Counts.Aged));
        Hear(500_000, 500_010);
        Assert.Equal(10, network.StationCount);

        void Hear(int from, int to)
        {
            for (int i = from; i < to; i++)
            {
                Mac((ulong)i + 1000).WriteOctets(frame.AsSpan(6));
                link.Sink!.OnFrames(one, default);
            }
        }
    }

    [Fact]
    public void Passing_frames_on_allocates_nothing()
    {
        var lab = new VirtualNetwork(1);
        LinkSwitch network = lab.AddSwitch();
        ILink[] ports = [.. Enumerable.Range(0, 4).Select(_ => network.AddPort())];
        foreach (ILink port in ports) port.Start(new CountingSink());
        LinkFrame[][] frames = [.. Enumerable.Range(0, 4).Select(from => Enumerable.Range(0, 50)
            .Select(i => new LinkFrame(Frame(Mac((ulong)i % 6), Mac((ulong)from), 20 * i))).ToArray())];
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int round = 0; round < 100; round++)
            {
                for (int i = 0; i < ports.Length; i++) ports[i].Send(frames[i]);
                lab.Run();
            }
        }));
        Assert.Equal(0, network.Counts.QueueFull);
        Assert.NotEqual((0, 0), (network.Counts.Forwarded, network.Counts.Flooded));
    }

    // Every station sends to every other from a thread of its own: with room for all, each frame arrives once.
    [Fact]
    public void Many_threads_may_send()
    {
        const int Stations = 4, Each = 20_000;
        using var network = new LinkSwitch(TimeProvider.System, new LinkSwitchOptions
        {
            Cable = new LinkPairOptions { FrameLimit = Stations * Each * 2, OctetLimit = 64 * 1024 * 1024 },
        });
        var sinks = new CountingSink[Stations];
        var threads = new Thread[Stations];
        for (int i = 0; i < Stations; i++)
        {
            int number = i;
            MacAddress own = Mac((ulong)i);
            ILink port = network.AddPort();
            port.Start(sinks[i] = new CountingSink());
            threads[i] = new Thread(() =>
            {
                for (int frame = 0; frame < Each; frame++)
                    port.Send([new LinkFrame(Frame(Mac((ulong)(number + 1 + (frame % 3)) % 4), own, 20))]);
            });
        }

        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.True(SpinWait.SpinUntil(() => network.Counts.Frames == Stations * Each, TimeSpan.FromMinutes(1)));
        LinkSwitchCounts counts = network.Counts;
        Assert.Equal((0, Stations * Each), (counts.QueueFull, counts.Forwarded + counts.Flooded + counts.Local));
        long expected = counts.Forwarded + (counts.Flooded * (Stations - 1));
        Assert.True(SpinWait.SpinUntil(() => sinks.Sum(sink => sink.Frames) >= expected, TimeSpan.FromMinutes(1)));
        Assert.Equal(expected, sinks.Sum(sink => sink.Frames));
    }

    private static MacAddress Mac(ulong number) => MacAddress.FromBits(0x0200_0000_0000 + number);

    private static byte[] Frame(MacAddress to, MacAddress from, int length)
    {
        byte[] frame = new byte[14 + length];
        to.WriteOctets(frame);
        from.WriteOctets(frame.AsSpan(6));
        frame[12] = 8;
        return frame;
    }

    private static byte[] Numbered(MacAddress to, int number) =>
        [.. Frame(to, Mac(1), 46), .. BitConverter.GetBytes(number)];

    private LinkSwitch Network(int ports)
    {
        LinkSwitch network = _lab.AddSwitch();
        for (int i = 0; i < ports; i++)
        {
            _ports.Add(network.AddPort());
            _sinks.Add(new RecordingSink());
            _ports[^1].Start(_sinks[^1]);
        }

        return network;
    }

    private void Send(int port, MacAddress to, MacAddress from)
    {
        Assert.Equal(1, _ports[port - 1].Send([new LinkFrame(Frame(to, from, 46))]));
        _lab.Run();
    }

    // How many frames each port got since it was asked before.
    private int[] Received()
    {
        int[] counts = [.. _sinks.Select(sink => sink.Frames.Count)];
        foreach (RecordingSink sink in _sinks) sink.Frames.Clear();
        return counts;
    }
}
