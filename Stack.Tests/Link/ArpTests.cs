using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Link.NeighborState;

namespace UserNet.Tests.Link;

/// <summary>What an ARP packet does: RFC 826, RFC 1122 §2.3.2, RFC 5227 §2.1.1.</summary>
public sealed class ArpTests
{
    private const string A = "02:00:00:00:00:0a", B = "02:00:00:00:00:0b", Peer = "10.9.0.1", Us = "10.9.0.2";

    private readonly PortRig _rig = new();

    private NeighborTable Table => _rig.Port.Neighbors;

    private MacAddress? Station => Table.StationOf(InetAddress.Parse(Peer));

    [Fact]
    public void A_request_for_us_is_answered_and_its_sender_learned()
    {
        Assert.Equal(DropReason.None, _rig.Arp(ArpOperation.Request, A, Peer, Us, toAll: true));
        Assert.Equal([$"answer {Us} to {A} {A} {Peer}"], _rig.TakeSaid());
        Assert.Equal((Stale, MacAddress.Parse(A)), (_rig.StateOf(Peer), Station));
        _rig.Send(Peer, 5);
        Assert.Equal([$"packet 5 to {A}"], _rig.TakeSaid());
        Assert.Equal(Delay, _rig.StateOf(Peer));
    }

    [Theory]
    [InlineData(ArpOperation.Request, "10.9.0.77", DropReason.ArpNotForUs)]
    [InlineData(ArpOperation.Reply, "10.9.0.77", DropReason.ArpNotForUs)]
    [InlineData(ArpOperation.Request, Peer, DropReason.ArpNotForUs)]         // an announcement
    [InlineData(ArpOperation.Reply, Peer, DropReason.ArpNotForUs)]
    [InlineData(ArpOperation.Reply, Us, DropReason.None)]                    // nobody asked
    [InlineData(ArpOperation.Request, "127.0.0.1", DropReason.ArpNotForUs)]
    public void What_wants_nothing_of_us_adds_nobody(ArpOperation operation, string target, DropReason expected)
    {
        Assert.Equal(expected, _rig.Arp(operation, A, Peer, target));
        Assert.Empty(_rig.TakeSaid());
        Assert.Equal(0, Table.Count);
    }

    [Fact]
    public void A_probe_is_answered_and_not_learned()
    {
        Assert.Equal(DropReason.None, _rig.Arp(ArpOperation.Request, A, "0.0.0.0", Us, toAll: true));
        Assert.Equal([$"answer {Us} to {A} {A} 0.0.0.0"], _rig.TakeSaid());
        Assert.Equal(0, Table.Count);
    }

    [Theory]
    [InlineData("01:00:5e:00:00:01", Peer)]                      // a group
    [InlineData("ff:ff:ff:ff:ff:ff", Peer)]
    [InlineData("00:00:00:00:00:00", Peer)]
    [InlineData("02:00:00:00:00:01", Peer)]                      // this station, its own packet come back
    [InlineData(A, "224.0.0.1")]
    [InlineData(A, "255.255.255.255")]
    [InlineData(A, "10.9.0.255")]                                // the broadcast address of the subnet
    [InlineData(A, "127.0.0.1")]
    public void Nobody_can_be_where_nobody_can_be(string station, string sender)
    {
        byte[] frame = Frames.Arp(ArpOperation.Request, MacAddress.Parse(station), sender, default, Us);
        Frames.Peer.WriteOctets(frame.AsSpan(6));                // else the frame's source says it already
        _rig.Port.Receive(new LinkFrame(frame), out FrameContent content);
        Assert.Equal(DropReason.ArpBadSender, _rig.Port.Arp.Receive(content, _rig.Now));
        Assert.Empty(_rig.TakeSaid());
        Assert.Equal(0, Table.Count);
    }

    [Fact]
    public void A_reply_from_nobody_is_nonsense() =>
        Assert.Equal(DropReason.ArpBadSender, _rig.Arp(ArpOperation.Reply, A, "0.0.0.0", Us));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(0xFFFF)]
    public void Other_operations_are_not_known(int operation) =>
        Assert.Equal(DropReason.ArpMalformed, _rig.Arp((ArpOperation)operation, A, Peer, Us));

    [Theory]
    [InlineData(14, 0x02)]      // hardware type
    [InlineData(16, 0x86)]      // protocol
    [InlineData(18, 8)]         // hardware length
    [InlineData(19, 16)]        // protocol length
    public void Other_kinds_of_addresses_are_not_known(int at, byte octet)
    {
        byte[] frame = Frames.Arp(ArpOperation.Request, Frames.Peer, Peer, default, Us);
        frame[at] = octet;
        _rig.Port.Receive(new LinkFrame(frame), out FrameContent content);
        Assert.Equal(DropReason.ArpMalformed, _rig.Port.Arp.Receive(content, _rig.Now));
    }

    [Fact]
    public void The_station_that_the_arp_packet_names_counts_not_the_one_that_sent_the_frame()
    {
        byte[] frame = Frames.Arp(ArpOperation.Request, MacAddress.Parse(A), Peer, default, Us);
        Frames.Peer.WriteOctets(frame.AsSpan(6));
        _rig.Port.Receive(new LinkFrame(frame), out FrameContent content);
        Assert.Equal(DropReason.None, _rig.Port.Arp.Receive(content, _rig.Now));
        Assert.Equal(MacAddress.Parse(A), Station);
    }

    [Fact]
    public void A_request_from_whom_we_ask_for_is_an_answer_of_sorts()
    {
        _rig.Send(Peer, 1);
        _rig.TakeSent();
        _rig.Arp(ArpOperation.Request, A, Peer, Us);
        Assert.Equal([$"packet 1 to {A}", $"answer {Us} to {A} {A} {Peer}"], _rig.TakeSaid());
        Assert.Equal(Delay, _rig.StateOf(Peer));
    }

    [Fact]
    public void An_announcement_moves_a_known_neighbor_at_once()
    {
        _rig.Arp(ArpOperation.Request, A, Peer, Us);
        Assert.Equal(DropReason.None, _rig.Arp(ArpOperation.Request, B, Peer, Peer, toAll: true));
        Assert.Equal((Stale, MacAddress.Parse(B)), (_rig.StateOf(Peer), Station));
        Assert.Equal(DropReason.None, _rig.Arp(ArpOperation.Reply, A, Peer, Peer, toAll: true));
        Assert.Equal(MacAddress.Parse(A), Station);
    }

    [Fact]
    public void Of_several_answers_the_first_counts_for_a_second()
    {
        _rig.Send(Peer);
        _rig.Arp(ArpOperation.Reply, A, Peer, Us);
        _rig.Advance(0.9);
        _rig.Arp(ArpOperation.Reply, B, Peer, Us);
        Assert.Equal(MacAddress.Parse(A), Station);
        _rig.Advance(0.1);
        _rig.Arp(ArpOperation.Reply, B, Peer, Us);
        Assert.Equal((Stale, MacAddress.Parse(B)), (_rig.StateOf(Peer), Station));
    }

    [Fact]
    public void Merging_looks_at_the_sender_of_every_packet_also_of_those_for_others()
    {
        _rig.Arp(ArpOperation.Request, A, Peer, Us);
        _rig.Advance(2);
        Assert.Equal(DropReason.None, _rig.Arp(ArpOperation.Request, B, Peer, "10.9.0.77", toAll: true));
        Assert.Equal(MacAddress.Parse(B), Station);
    }

    [Fact]
    public void An_answer_that_nobody_asked_for_does_not_make_a_neighbor_reachable()
    {
        _rig.Arp(ArpOperation.Request, A, Peer, Us);
        _rig.Arp(ArpOperation.Reply, A, Peer, Us);
        Assert.Equal(Stale, _rig.StateOf(Peer));
    }

    [Fact]
    public void Random_packets_and_times_never_throw_and_keep_the_bounds()
    {
        Random random = TestSettings.Random(3);
        _rig.Port.Neighbors.Settings = new NeighborSettings { Capacity = 20, ResolvingCapacity = 6, WaitingPackets = 3, TotalWaitingPackets = 9 };
        byte[] mold = Frames.Arp(ArpOperation.Request, Frames.Peer, Peer, default, Us);
        int rounds = TestSettings.Count(50_000, 1_000_000);
        for (int i = 0; i < rounds; i++)
        {
            switch (random.Next(12))
            {
                case < 4:
                    byte[] frame = mold[..];
                    frame[21] = (byte)random.Next(4);            // operation
                    frame[27] = (byte)random.Next(4);            // station
                    frame[31] = (byte)random.Next(40);           // sender
                    frame[41] = (byte)random.Next(5);            // target
                    if (random.Next(3) == 0) frame[random.Next(frame.Length)] = (byte)random.Next(256);
                    Receive(random.Next(5) == 0 ? frame[..random.Next(frame.Length)] : frame);
                    break;
                case < 8:
                    _rig.Send(InetAddress.FromV4(0x0A090000u + (uint)random.Next(40)));
                    break;
                case 8:
                    _rig.Port.Neighbors.Confirm(InetAddress.FromV4(0x0A090000u + (uint)random.Next(40)), _rig.Now);
                    break;
                case 9 when random.Next(20) == 0:
                    if (random.Next(50) == 0) _rig.Port.Neighbors.Clear();
                    _rig.Port.Neighbors.Remove(InetAddress.FromV4(0x0A090000u + (uint)random.Next(40)));
                    break;
                default:
                    _rig.Advance(random.NextDouble() * (random.Next(20) == 0 ? 60 : 1));
                    break;
            }

            while (_rig.Port.Queue.Count > 0) _rig.Port.Queue.Take().Return();
            _rig.Unresolved.Clear();
            Assert.True(Table.Count <= 20 && Table.WaitingPackets <= 9 && _rig.Context.Deadlines.Count <= 20);
            Assert.Equal(Table.WaitingPackets, _rig.Packets.Outstanding);
        }

        Table.Clear();
        Assert.Equal((0, 0, 0, 0), (Table.Count, Table.WaitingPackets, Table.WaitingOctets, _rig.Context.Deadlines.Count));
        Assert.Equal(0, _rig.Packets.Outstanding);

        void Receive(byte[] frame)
        {
            if (_rig.Port.Receive(new LinkFrame(frame), out FrameContent content) == DropReason.None && content.Type == EtherType.Arp)
                _rig.Port.Arp.Receive(content, _rig.Now);
        }
    }
}
