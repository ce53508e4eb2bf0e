using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Ip;

public sealed class Ipv4OutputTests
{
    private const int Header = 20;

    private static byte[] Octets(int count, int salt = 0) => [.. Enumerable.Range(0, count).Select(i => (byte)((i * 7) + (i >> 8) + salt))];

    [Fact]
    public void A_packet_that_fits_leaves_as_one_with_the_header_that_was_asked_for()
    {
        using OutputRig rig = new();
        var options = new IpSendOptions { Protocol = IpProtocol.Udp, TimeToLive = 9, TrafficClass = 0xB8, Discovery = PathMtuDiscovery.Do };
        RouteAnswer route = rig.RouteTo("203.0.113.5");
        Assert.Equal(Errno.Success, rig.Output.Send(rig.Context.Packets.RentCopy([1, 2, 3]), route, InetAddress.Parse("203.0.113.5"), options, rig.Now));
        byte[] sent = Assert.Single(rig.TakeSent());
        Assert.Equal([0x45, 0xB8, 0, 23, 0, 0, 0x40, 0, 9, 17], sent[..10]);
        Assert.Equal([10, 9, 0, 2, 203, 0, 113, 5, 1, 2, 3], sent[12..]);
        Assert.Equal(0, OutputRig.PlainChecksum(sent.AsSpan(0, Header)));
        Assert.Equal(0, rig.Context.Packets.Outstanding);
    }

    // RFC 791, appendix A, example 2: 452 octets of data over a link that takes 280.
    [Fact]
    public void The_example_of_the_RFC_is_cut_as_the_RFC_cuts_it()
    {
        using OutputRig rig = new(mtu: 280);
        Assert.Equal(Errno.Success, rig.Send(Octets(452), discovery: PathMtuDiscovery.Dont));
        byte[][] sent = rig.TakeSent();
        Assert.Equal([276, 216], sent.Select(fragment => (fragment[2] << 8) | fragment[3]));
        Assert.Equal([0x20, 0], sent[0][6..8]);
        Assert.Equal([0, 32], sent[1][6..8]);
        Assert.Equal(sent[0][4..6], sent[1][4..6]);
    }

    [Fact]
    public void Fragments_of_any_size_make_the_packet_again()
    {
        Random random = TestSettings.Random(31);
        byte[][] choices = [[], [7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0], [148, 4, 0, 0], [1, 148, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0]];
        for (int i = 0; i < TestSettings.Count(300, 20_000); i++)
        {
            int mtu = i % 3 == 0 ? random.Next(68, 200) : random.Next(200, 9000);
            byte[] options = choices[random.Next(choices.Length)];
            byte[] payload = new byte[random.Next(1, i % 10 == 0 ? 65_480 : 6000)];
            random.NextBytes(payload);
            using OutputRig rig = new(mtu, seed: i);
            Assert.Equal(Errno.Success, rig.Send(payload, discovery: PathMtuDiscovery.Want, options: options));
            byte[][] sent = rig.TakeSent();
            if (rig.Context.Drops[DropReason.LinkQueueFull] > 0) continue;      // more fragments than the link's queue holds
            CheckFragments(sent, mtu, options);
            Assert.Equal(payload, OutputRig.Reassemble(sent.OrderBy(_ => random.Next())));
            Assert.Equal(0, rig.Context.Packets.Outstanding);
        }
    }

    private static void CheckFragments(byte[][] sent, int mtu, byte[] options)
    {
        int padded = (options.Length + 3) & ~3;
        Assert.All(sent, fragment =>
        {
            Assert.True(fragment.Length <= mtu);
            Assert.Equal(sent[0][4..6], fragment[4..6]);
            Assert.Equal(sent[0][8..10], fragment[8..10]);
            Assert.Equal(sent[0][12..20], fragment[12..20]);
            if (sent.Length > 1) Assert.Equal(0, fragment[6] & 0x40);
        });
        Assert.Equal(options, sent[0][Header..(Header + options.Length)]);
        Assert.Equal(Header + padded, (sent[0][0] & 15) * 4);
        byte[] later = options.Contains((byte)148) ? [148, 4, 0, 0] : [];
        Assert.All(sent[1..], fragment => Assert.Equal(later, fragment[Header..((fragment[0] & 15) * 4)]));

        // As few as can be: all but the last are full.
        Assert.All(sent[..^1], fragment => Assert.True(fragment.Length > mtu - 8));
    }

    // What Linux does in each mode of IP_MTU_DISCOVER: the link takes 1500, the path 1400.
    [Theory]
    [InlineData(PathMtuDiscovery.Dont, 1400, 1, false)]
    [InlineData(PathMtuDiscovery.Dont, 1401, 2, false)]
    [InlineData(PathMtuDiscovery.Dont, 65_535, 48, false)]
    [InlineData(PathMtuDiscovery.Want, 1400, 1, true)]
    [InlineData(PathMtuDiscovery.Want, 1401, 2, false)]
    [InlineData(PathMtuDiscovery.Want, 65_535, 48, false)]
    [InlineData(PathMtuDiscovery.Do, 1400, 1, true)]
    [InlineData(PathMtuDiscovery.Do, 1401, 0, false)]
    [InlineData(PathMtuDiscovery.Probe, 1401, 1, true)]
    [InlineData(PathMtuDiscovery.Probe, 1500, 1, true)]
    [InlineData(PathMtuDiscovery.Probe, 1501, 0, false)]
    public void Each_mode_sets_DF_and_cuts_or_refuses_as_it_says(PathMtuDiscovery mode, int length, int packets, bool dontFragment)
    {
        using OutputRig rig = new();
        Assert.True(rig.Output.PathMtu.OnTooBig(OutputRig.Peer, rig.Port.Index, 1500, 1400, 1500, rig.Now));
        Assert.Equal(packets == 0 ? Errno.EMSGSIZE : Errno.Success, rig.Send(Octets(length - Header), discovery: mode));
        byte[][] sent = rig.TakeSent();
        Assert.Equal(packets, sent.Length);
        Assert.All(sent, packet => Assert.Equal(dontFragment, (packet[6] & 0x40) != 0));
        Assert.Equal(1400, rig.Output.MtuOf(rig.RouteTo("10.9.0.1"), OutputRig.Peer, rig.Now));
        Assert.Equal(1500, rig.Output.MtuOf(rig.RouteTo("10.9.0.3"), InetAddress.Parse("10.9.0.3"), rig.Now));
        Assert.Equal(packets == 0 ? 1 : 0, rig.Context.Drops[DropReason.IpTooBig]);
        Assert.Equal(0, rig.Context.Packets.Outstanding);
    }

    [Fact]
    public void A_path_below_the_minimum_gets_packets_of_the_minimum_that_routers_may_cut()
    {
        using OutputRig rig = new();
        rig.Output.PathMtu.OnTooBig(OutputRig.Peer, rig.Port.Index, 1500, 100, 1500, rig.Now);
        rig.Send(Octets(552 - Header), discovery: PathMtuDiscovery.Want);
        byte[] sent = Assert.Single(rig.TakeSent());
        Assert.Equal(0, sent[6] & 0x40);
        rig.Send(Octets(552 - Header), discovery: PathMtuDiscovery.Do);
        Assert.Equal(0x40, Assert.Single(rig.TakeSent())[6]);
    }

    [Theory]
    [InlineData(PathMtuDiscovery.Dont)]
    [InlineData(PathMtuDiscovery.Want)]
    [InlineData(PathMtuDiscovery.Do)]
    [InlineData(PathMtuDiscovery.Probe)]
    public void No_packet_is_longer_than_its_length_field_can_say(PathMtuDiscovery mode)
    {
        using OutputRig rig = new();
        var own = new IpSendOptions { Protocol = IpProtocol.Udp, Discovery = mode };
        RouteAnswer route = rig.RouteTo("127.0.0.1");
        foreach (int length in new[] { 65_515, 65_516 })
        {
            PacketBuffer unit = rig.Context.Packets.Rent(length);
            unit.Append(length);
            Errno expected = length == 65_515 ? Errno.Success : Errno.EMSGSIZE;
            Assert.Equal(expected, rig.Output.Send(unit, route, InetAddress.LoopbackV4, own, rig.Now));
        }

        byte[] sent = Assert.Single(OutputRig.TakeSent(rig.Loopback));
        Assert.Equal(65_535, sent.Length);
        Assert.Equal(0, rig.Context.Packets.Outstanding);
    }

    [Fact]
    public void An_interface_that_is_down_or_has_lost_its_link_takes_nothing()
    {
        using OutputRig rig = new();
        RouteAnswer route = rig.RouteTo("10.9.0.1");
        rig.Host.SetUp("eth0", up: false);
        var options = new IpSendOptions { Protocol = IpProtocol.Udp };
        Assert.Equal(Errno.ENETDOWN, rig.Output.Send(rig.Context.Packets.RentCopy([1]), route, OutputRig.Peer, options, rig.Now));
        rig.Host.SetUp("eth0");
        Assert.Equal(Errno.Success, rig.Send([1]));
        Assert.Single(rig.TakeSent());
        rig.Port.Close(null);
        Assert.Equal(Errno.ENETDOWN, rig.Send([1]));
        rig.Host.Interfaces.Find("eth0")!.Port = null;
        Assert.Equal(Errno.ENETDOWN, rig.Send([1]));
        Assert.Equal(0, rig.Output.MtuOf(rig.RouteTo("10.9.0.1"), OutputRig.Peer, rig.Now));
        Assert.Equal(3, rig.Context.Drops[DropReason.InterfaceDown]);
        Assert.Equal(0, rig.Context.Packets.Outstanding);
    }

    [Fact]
    public void More_options_than_a_header_has_room_for_are_refused()
    {
        using OutputRig rig = new();
        Assert.Equal(Errno.Success, rig.Send([1], options: new byte[40]));
        Assert.Equal(60 + 1, Assert.Single(rig.TakeSent()).Length);
        Assert.Equal(Errno.EINVAL, rig.Send([1], options: new byte[41]));
        Assert.Equal(0, rig.Context.Packets.Outstanding);
    }

    [Theory]
    [InlineData("224.1.2.3", true, 1, 1, 1)]
    [InlineData("224.1.2.3", false, 1, 0, 1)]
    [InlineData("224.1.2.3", true, 0, 1, 0)]       // a time to live of 0: stays on this host
    [InlineData("224.1.2.3", false, 0, 0, 0)]
    [InlineData("255.255.255.255", false, 1, 1, 1)]
    [InlineData("10.9.0.255", false, 1, 1, 1)]
    [InlineData("10.9.0.1", true, 1, 0, 1)]
    public void What_goes_to_many_comes_back_too(string destination, bool loopsBack, byte timeToLive, int back, int sent)
    {
        using OutputRig rig = new(mtu: 100);
        byte[] payload = Octets(60);
        Assert.Equal(Errno.Success, rig.Send(payload, destination, timeToLive: timeToLive, loopsBack: loopsBack));
        byte[][] left = rig.TakeSent();
        Assert.Equal(sent, left.Length);
        Assert.Equal(back, rig.Output.Looped.Count);
        while (rig.Output.Looped.TryTake(out LoopedPacket copy))
        {
            Assert.Equal(payload, copy.Packet.Span[Header..].ToArray());
            Assert.Same(rig.Port, copy.Port);
            if (left.Length > 0) Assert.Equal(left[0], copy.Packet.Span.ToArray());
            copy.Packet.Return();
        }

        Assert.Equal(0, rig.Context.Packets.Outstanding);
    }

    [Fact]
    public void What_comes_back_is_whole_even_when_what_leaves_is_cut()
    {
        using OutputRig rig = new(mtu: 100);
        rig.Send(Octets(500), "224.1.2.3", PathMtuDiscovery.Dont);
        Assert.True(rig.TakeSent().Length > 1);
        Assert.True(rig.Output.Looped.TryTake(out LoopedPacket copy));
        Assert.Equal(Header + 500, copy.Packet.Length);
        copy.Packet.Return();
    }

    [Fact]
    public void No_more_comes_back_than_may_wait()
    {
        using OutputRig rig = new();
        for (int i = 0; i < LoopedPackets.Capacity + 10; i++)
        {
            rig.Send([1], "224.1.2.3");
            rig.TakeSent();
        }

        Assert.Equal(LoopedPackets.Capacity, rig.Output.Looped.Count);
        Assert.Equal(LoopedPackets.Capacity, rig.Context.Packets.Outstanding);
        Assert.Equal(10, rig.Context.Drops[DropReason.LinkQueueFull]);
    }

    [Fact]
    public void The_sender_hears_once_when_the_last_fragment_has_left()
    {
        using OutputRig rig = new(mtu: 100);
        var owner = new Owner();
        PacketBuffer unit = rig.Context.Packets.RentCopy(Octets(300));
        (unit.Owner, unit.Charge) = (owner, 1);
        rig.Output.Send(unit, rig.RouteTo("10.9.0.1"), OutputRig.Peer, new IpSendOptions { Protocol = IpProtocol.Udp }, rig.Now);
        Assert.Equal(4, rig.Port.Queue.Count);
        for (int left = 4; left > 0; left--)
        {
            Assert.Equal(0, owner.Released);
            rig.Port.Queue.Take().Return();
        }

        Assert.Equal(1, owner.Released);
    }

    [Fact]
    public void Sending_and_cutting_allocate_nothing()
    {
        using OutputRig rig = new();
        RouteAnswer route = rig.RouteTo("10.9.0.1");
        ReadOnlyMemory<byte> options = new byte[] { 148, 4, 0, 0 };
        byte[] payload = Octets(8000);
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                rig.Now += TimeSpan.FromMilliseconds(1);
                var send = new IpSendOptions { Protocol = IpProtocol.Udp, Options = options, Discovery = PathMtuDiscovery.Want };
                PacketBuffer unit = rig.Context.Packets.RentCopy(payload.AsSpan(0, i * 80));
                rig.Output.Send(unit, route, OutputRig.Peer, send, rig.Now);
                while (rig.Port.Queue.Count > 0) rig.Port.Queue.Take().Return();
            }
        }));
    }

    private sealed class Owner : IPacketOwner
    {
        public int Released { get; private set; }

        public void OnPacketReleased(int charge) => Released += charge;
    }
}
