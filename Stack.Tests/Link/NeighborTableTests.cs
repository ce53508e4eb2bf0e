using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;
using Xunit;
using static UserNet.Link.NeighborState;

namespace UserNet.Tests.Link;

/// <summary>What becomes of a neighbor in time: RFC 1122 §2.3.2, RFC 4861 §7.3.</summary>
public sealed class NeighborTableTests
{
    private const string A = "02:00:00:00:00:0a", B = "02:00:00:00:00:0b", Peer = "10.9.0.1";
    private const string Question = "ask 10.9.0.1 of all as 10.9.0.2";

    private readonly PortRig _rig = new();

    private NeighborTable Table => _rig.Port.Neighbors;

    private long Dropped(DropReason reason) => _rig.Context.Drops[reason];

    private DropReason Answer(string station = A, string sender = Peer) => _rig.Arp(ArpOperation.Reply, station, sender, "10.9.0.2");

    private void Resolve()
    {
        _rig.Send(Peer);
        Answer();
        _rig.TakeSent();
        Assert.Equal(Reachable, _rig.StateOf(Peer));
    }

    [Fact]
    public void Packets_wait_for_the_answer_and_leave_in_order()
    {
        for (byte i = 1; i <= 3; i++) _rig.Send(Peer, i);
        Assert.Equal([Question], _rig.TakeSaid());
        Assert.Equal((Incomplete, 3, 3), (_rig.StateOf(Peer), Table.WaitingPackets, Table.WaitingOctets));
        Assert.Equal(DropReason.None, Answer());
        Assert.Equal([$"packet 1 to {A}", $"packet 2 to {A}", $"packet 3 to {A}"], _rig.TakeSaid());
        Assert.Equal((Reachable, 0, 0), (_rig.StateOf(Peer), Table.WaitingPackets, Table.WaitingOctets));
        _rig.Send(Peer, 4);
        Assert.Equal([$"packet 4 to {A}"], _rig.TakeSaid());
        Assert.Equal(0, _rig.Packets.Outstanding);
        Assert.Equal(0, _rig.Context.Deadlines.Count);
    }

    [Fact]
    public void It_is_asked_three_times_a_second_apart_then_what_waits_comes_back()
    {
        _rig.Send(Peer, 1);
        Assert.Equal([Question], _rig.TakeSaid());
        _rig.Advance(0.999);
        _rig.Send(Peer, 2);                                      // no more than one request a second
        Assert.Empty(_rig.TakeSaid());
        _rig.Advance(0.001);
        Assert.Equal([Question], _rig.TakeSaid());
        _rig.Advance(1);
        Assert.Equal([Question], _rig.TakeSaid());
        _rig.Advance(0.999);
        Assert.Empty(_rig.Unresolved);
        _rig.Advance(0.001);
        Assert.Empty(_rig.TakeSaid());
        Assert.Equal([[1], [2]], _rig.Unresolved);
        Assert.Equal((Failed, 2L, 0), (_rig.StateOf(Peer), Dropped(DropReason.NeighborUnresolved), _rig.Packets.Outstanding));
        Assert.Equal(2, _rig.Port.Counters.DropsOut);
    }

    [Fact]
    public void A_neighbor_that_did_not_answer_is_not_asked_for_three_seconds()
    {
        _rig.Send(Peer, 1);
        _rig.Advance(3);
        _rig.TakeSent();
        _rig.Advance(2.999);
        _rig.Send(Peer, 2);
        Assert.Equal([[1], [2]], _rig.Unresolved);
        Assert.Empty(_rig.TakeSaid());
        _rig.Advance(0.001);
        _rig.Send(Peer, 3);
        Assert.Equal([Question], _rig.TakeSaid());
        Answer();
        Assert.Equal([$"packet 3 to {A}"], _rig.TakeSaid());
    }

    [Fact]
    public void A_neighbor_that_did_not_answer_and_then_announces_itself_is_reached()
    {
        _rig.Send(Peer);
        _rig.Advance(3);
        _rig.TakeSent();
        Assert.Equal(DropReason.None, _rig.Arp(ArpOperation.Request, A, Peer, Peer, toAll: true));
        _rig.Send(Peer, 7);
        Assert.Equal([$"packet 7 to {A}"], _rig.TakeSaid());
    }

    [Fact]
    public void An_answer_is_good_for_some_30_seconds_then_the_neighbor_is_asked_alone()
    {
        Resolve();
        _rig.Advance(14.9);
        Assert.Equal(Reachable, _rig.StateOf(Peer));
        _rig.Advance(30.2);
        Assert.Equal(Stale, _rig.StateOf(Peer));
        _rig.Advance(1000);
        Assert.Empty(_rig.TakeSaid());                           // nobody needs it
        _rig.Send(Peer, 1);
        Assert.Equal([$"packet 1 to {A}"], _rig.TakeSaid());
        Assert.Equal(Delay, _rig.StateOf(Peer));
        _rig.Advance(4.999);
        Assert.Empty(_rig.TakeSaid());
        _rig.Advance(0.001);
        Assert.Equal([$"ask {Peer} of {A} as 10.9.0.2"], _rig.TakeSaid());
        Assert.Equal(Probe, _rig.StateOf(Peer));
        _rig.Send(Peer, 2);
        Assert.Equal([$"packet 2 to {A}"], _rig.TakeSaid());
        Answer();
        Assert.Equal((Reachable, 0), (_rig.StateOf(Peer), _rig.Context.Deadlines.Count));
    }

    [Fact]
    public void A_neighbor_that_is_gone_is_asked_alone_three_times_and_forgotten_then_all_are_asked()
    {
        Resolve();
        _rig.Advance(50);
        _rig.Send(Peer);
        _rig.Advance(7.999);
        Assert.Equal([$"packet 0 to {A}", .. Enumerable.Repeat($"ask {Peer} of {A} as 10.9.0.2", 3)], _rig.TakeSaid());
        _rig.Advance(0.001);
        Assert.Null(_rig.StateOf(Peer));
        _rig.Send(Peer, 9);
        Assert.Equal([Question], _rig.TakeSaid());
        Answer(B);
        Assert.Equal([$"packet 9 to {B}"], _rig.TakeSaid());
    }

    [Fact]
    public void Who_is_heard_by_a_protocol_above_is_not_asked()
    {
        Resolve();
        for (int i = 0; i < 30; i++)
        {
            _rig.Advance(10);
            Table.Confirm(InetAddress.Parse(Peer), _rig.Now);
            _rig.Send(Peer);
        }

        Assert.Equal(30, _rig.TakeSaid().Count(said => said == $"packet 0 to {A}"));
        _rig.Advance(50);
        _rig.Send(Peer);
        Assert.Equal(Delay, _rig.StateOf(Peer));
        Table.Confirm(InetAddress.Parse(Peer), _rig.Now);
        Assert.Equal((Reachable, 0), (_rig.StateOf(Peer), _rig.Context.Deadlines.Count));
        Table.Confirm(InetAddress.Parse("10.9.0.9"), _rig.Now);      // nobody: nothing
        Assert.Equal(1, Table.Count);
    }

    [Fact]
    public void The_time_that_an_answer_counts_is_drawn_between_15_and_45_seconds()
    {
        var times = new HashSet<int>();
        for (int seed = 0; seed < 60; seed++)
        {
            var rig = new PortRig(seed: seed);
            rig.Send(Peer);
            rig.Arp(ArpOperation.Reply, A, Peer, "10.9.0.2");
            int seconds = 0;
            for (; rig.StateOf(Peer) == Reachable; seconds++) rig.Advance(1);
            Assert.InRange(seconds, 15, 45);
            times.Add(seconds);
        }

        Assert.True(times.Count > 15, $"{times.Count} different times of 30");
    }

    [Fact]
    public void Of_too_many_packets_the_oldest_are_dropped()
    {
        Table.Settings = new NeighborSettings { WaitingPackets = 3 };
        for (byte i = 1; i <= 5; i++) _rig.Send(Peer, i);
        Assert.Equal(2, Dropped(DropReason.NeighborQueueFull));
        _rig.TakeSent();
        Answer();
        Assert.Equal([$"packet 3 to {A}", $"packet 4 to {A}", $"packet 5 to {A}"], _rig.TakeSaid());
    }

    [Fact]
    public void Of_too_many_octets_the_oldest_are_dropped_but_never_the_last_packet()
    {
        Table.Settings = new NeighborSettings { WaitingOctets = 1 };
        for (byte i = 1; i <= 3; i++) _rig.Port.Send(_rig.Packets.RentCopy(new byte[100 + i]), EtherType.Ipv4, InetAddress.Parse(Peer), LinkCast.Unicast, _rig.Now);
        Assert.Equal((2L, 1, 103), (Dropped(DropReason.NeighborQueueFull), Table.WaitingPackets, Table.WaitingOctets));
    }

    [Fact]
    public void The_fragments_of_the_largest_packet_wait_together()
    {
        for (int i = 0; i < 45; i++) _rig.Port.Send(_rig.Packets.RentCopy(new byte[1500]), EtherType.Ipv4, InetAddress.Parse(Peer), LinkCast.Unicast, _rig.Now);
        Assert.Equal((0L, 45), (Dropped(DropReason.NeighborQueueFull), Table.WaitingPackets));
    }

    [Fact]
    public void A_static_neighbor_is_never_asked_and_never_changes()
    {
        _rig.Send(Peer, 1);
        _rig.TakeSent();
        Table.AddStatic(InetAddress.Parse(Peer), MacAddress.Parse(B), _rig.Now);
        Assert.Equal([$"packet 1 to {B}"], _rig.TakeSaid());
        Answer();
        _rig.Arp(ArpOperation.Request, A, Peer, Peer, toAll: true);
        _rig.Advance(10_000);
        Table.Confirm(InetAddress.Parse(Peer), _rig.Now);
        Table.Clear();
        _rig.Send(Peer, 2);
        Assert.Equal([$"packet 2 to {B}"], _rig.TakeSaid());
        Assert.Equal((Permanent, 0), (_rig.StateOf(Peer), _rig.Context.Deadlines.Count));
        Assert.True(Table.Remove(InetAddress.Parse(Peer)));
        Assert.False(Table.Remove(InetAddress.Parse(Peer)));
        _rig.Send(Peer, 3);
        Assert.Equal([Question], _rig.TakeSaid());
    }

    [Fact]
    public void When_neighbors_are_forgotten_what_waits_is_dropped()
    {
        _rig.Send(Peer);
        _rig.Send("10.9.0.3");
        Table.Remove(InetAddress.Parse(Peer));
        Assert.Equal((1L, 1), (Dropped(DropReason.NeighborUnresolved), Table.WaitingPackets));
        Table.Clear();
        _rig.TakeSent();
        Assert.Equal((1L, 0, 0), (Dropped(DropReason.InterfaceDown), Table.WaitingPackets, Table.Count));
        Assert.Equal((0, 0), (_rig.Packets.Outstanding, _rig.Context.Deadlines.Count));
    }

    [Fact]
    public void A_scan_of_many_addresses_that_nobody_has_stays_within_bounds()
    {
        for (uint i = 0; i < 100_000; i++)
        {
            _rig.Send(InetAddress.FromV4(0x0A000000 + (i * 167)));
            if (i % 50 == 0) _rig.Advance(0.01);
            Assert.True(Table.Count <= 1024 && Table.WaitingPackets <= 256, $"{Table.Count} neighbors, {Table.WaitingPackets} packets");
            Assert.True(_rig.Context.Deadlines.Count <= 256);
            _rig.TakeSent();
        }

        Assert.True(Dropped(DropReason.NeighborTableFull) > 90_000);
        _rig.Advance(3);
        _rig.TakeSent();
        Assert.Equal((0, 0, 0), (_rig.Packets.Outstanding, _rig.Context.Deadlines.Count, Table.WaitingPackets));
    }

    [Fact]
    public void All_that_waits_together_is_bounded()
    {
        for (int i = 0; i < 256; i++)
            for (int j = 0; j < 60; j++) _rig.Send(InetAddress.FromV4(0x0A090100 + (uint)i));
        Assert.Equal((1024, 256), (Table.WaitingPackets, Table.Count));
        Assert.Equal((256 * 60) - 1024, Dropped(DropReason.NeighborQueueFull));
    }

    /// <summary>Of 2,049 octets on, a packet takes a buffer of the largest size: a link of a large MTU must not make that 64 MiB.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1500)]
    [InlineData(2049)]
    [InlineData(9000)]
    public void What_waits_and_the_table_take_less_than_five_mebibytes(int length)
    {
        PortRig rig = new(mtu: 9000);
        byte[] octets = new byte[length];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (uint i = 0; i < 2048; i++)
            for (int j = 0; j < 10; j++)
                rig.Port.Send(rig.Packets.RentCopy(octets), EtherType.Ipv4, InetAddress.FromV4(0x0A090100 + i), LinkCast.Unicast, rig.Now);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 100_000, 5 * 1024 * 1024);
        Assert.InRange(rig.Port.Neighbors.WaitingMemory, 2 * 1024 * 1024, 3 * 1024 * 1024);
        while (rig.Port.Queue.Count > 0) rig.Port.Queue.Take().Return();
        rig.Port.Neighbors.Clear();
        Assert.Equal((0, 0, 0), (rig.Port.Neighbors.WaitingMemory, rig.Port.Neighbors.WaitingOctets, rig.Packets.Outstanding));
    }

    [Fact]
    public void A_million_stations_that_ask_for_us_drive_no_neighbor_out_and_take_no_memory()
    {
        Resolve();
        _rig.Send("10.9.0.77");                                  // being asked for meanwhile
        byte[] frame = Frames.Arp(ArpOperation.Request, MacAddress.Parse(A), "10.9.0.1", default, "10.9.0.2");
        uint sender = 0x0B000000;
        Ask(1_000_000);
        long allocated = Allocation.Of(() => Ask(20_000));
        Assert.Equal(1024, Table.Count);
        Assert.Equal((Reachable, Incomplete), (_rig.StateOf(Peer), _rig.StateOf("10.9.0.77")));
        Assert.Equal(0, allocated);

        void Ask(int count)
        {
            for (int i = 0; i < count; i++)
            {
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(28), ++sender);
                if (!EthernetFrame.TryParse(frame, out EthernetFrame view)) throw new InvalidOperationException("The test is wrong.");
                _rig.Port.Arp.Receive(new FrameContent { Type = view.Type, Cast = LinkCast.Broadcast, Source = view.Source, Payload = view.Payload }, _rig.Now);
                _rig.Port.Queue.Take().Return();
                if (_rig.Port.Queue.Count > 0) _rig.Port.Queue.Take().Return();
            }
        }
    }

    [Fact]
    public void A_new_destination_takes_the_place_of_the_one_used_longest_ago()
    {
        Table.Settings = new NeighborSettings { Capacity = 4 };
        for (int i = 1; i <= 4; i++) Known($"10.9.0.1{i}");
        _rig.Send("10.9.0.11");                                  // used again: .12 is the oldest now
        Known("10.9.0.15");
        Assert.Equal(["10.9.0.11", "10.9.0.13", "10.9.0.14", "10.9.0.15"], Table.Snapshot(_rig.Now).Select(row => row.Address.ToString()));
        _rig.Arp(ArpOperation.Request, B, "10.9.0.99", "10.9.0.2");
        Assert.Null(_rig.StateOf("10.9.0.99"));                  // one who asks drives out none that is used

        void Known(string address)
        {
            _rig.Send(address);
            Answer(sender: address);
        }
    }

    [Fact]
    public void Who_did_not_answer_makes_place_first()
    {
        Table.Settings = new NeighborSettings { Capacity = 2, Requests = 1 };
        Resolve();
        _rig.Send("10.9.0.50");
        _rig.Advance(1);
        Assert.Equal(Failed, _rig.StateOf("10.9.0.50"));
        _rig.Arp(ArpOperation.Request, B, "10.9.0.99", "10.9.0.2");
        Assert.Equal((Stale, Reachable, (NeighborState?)null), (_rig.StateOf("10.9.0.99"), _rig.StateOf(Peer), _rig.StateOf("10.9.0.50")));
    }

    [Fact]
    public void Sending_to_known_neighbors_allocates_nothing()
    {
        Resolve();
        _rig.Send("10.9.0.3");
        Answer(sender: "10.9.0.3");
        _rig.TakeSent();
        InetAddress one = InetAddress.Parse(Peer), other = InetAddress.Parse("10.9.0.3");
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                _rig.Send((i & 1) == 0 ? one : other);
                _rig.Port.Queue.Take().Return();
            }
        }));
    }

    [Fact]
    public void The_snapshot_shows_neighbors_in_order_with_their_age()
    {
        _rig.Send("10.9.0.9");
        Resolve();
        _rig.Advance(2);
        Assert.Equal(["10.9.0.1 lladdr 02:00:00:00:00:0a REACHABLE", "10.9.0.9 INCOMPLETE"], Table.Snapshot(_rig.Now).Select(row => row.ToString()));
        Assert.All(Table.Snapshot(_rig.Now), row => Assert.Equal(TimeSpan.FromSeconds(2), row.Age));
        Assert.Equal((MacAddress.Parse(A), (MacAddress?)null), (Table.StationOf(InetAddress.Parse(Peer)), Table.StationOf(InetAddress.Parse("10.9.0.9"))));
    }
}
