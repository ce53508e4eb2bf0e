using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Core;

public sealed class StackCoreTests : IDisposable
{
    private readonly TestLink _link = new();
    private readonly NetworkStack _stack = new(new NetworkStackOptions { Randomness = new Random(1).NextBytes });
    private readonly StackInterface _interface;

    public StackCoreTests() => _interface = _stack.Attach("eth0", _link, new InterfaceOptions
    {
        Addresses = ["10.9.0.2/24"],
        ConflictDetection = ConflictDetection.None,
    });

    public void Dispose()
    {
        _stack.Dispose();
        Assert.True(_link.IsDisposed);
        _link.Dispose();
    }

    private MacAddress Here => _interface.Address!.Value;

    [Fact]
    public void An_arp_request_for_an_own_address_is_answered()
    {
        Assert.Equal(DropReason.None, _link.Receive(Frames.Arp(ArpOperation.Request, Frames.Peer, "10.9.0.1", default, "10.9.0.2")));
        byte[] sent = Assert.Single(_link.TakeSent());
        Assert.True(EthernetFrame.TryParse(sent, out EthernetFrame frame));
        Assert.True(ArpPacket.TryParse(frame.Payload, out ArpPacket arp));
        Assert.Equal(Frames.Peer, frame.Destination);
        Assert.Equal(ArpOperation.Reply, arp.Operation);
        Assert.Equal(Here, arp.SenderHardware);
        Assert.Equal(InetAddress.Parse("10.9.0.2"), arp.SenderProtocol);
    }

    [Fact]
    public void An_echo_request_is_answered_once_the_neighbor_is_known()
    {
        byte[] ping = Frames.Icmp(Icmpv4Header.Echo(Icmpv4Type.EchoRequest, 7, 1), [1, 2, 3]);
        var header = new Ipv4Header(InetAddress.Parse("10.9.0.1"), InetAddress.Parse("10.9.0.2"), IpProtocol.Icmp);
        Assert.Equal(DropReason.None, _link.Receive(Frames.Ipv4(Here, header, ping)));
        _link.TakeSent();                                      // who has 10.9.0.1?
        _link.Receive(Frames.Arp(ArpOperation.Reply, Frames.Peer, "10.9.0.1", Here, "10.9.0.2"));
        byte[] sent = Assert.Single(_link.TakeSent());
        Assert.True(EthernetFrame.TryParse(sent, out EthernetFrame frame));
        Assert.True(Ipv4Packet.TryParse(frame.Payload, out Ipv4Packet packet) && packet.ChecksumIsRight);
        Assert.True(Icmpv4Message.TryParse(packet.Payload, out Icmpv4Message reply) && reply.ChecksumIsRight);
        Assert.Equal(Icmpv4Type.EchoReply, reply.Type);
        Assert.Equal(7, reply.Identifier);
        Assert.Equal([1, 2, 3], reply.Payload.ToArray());
    }

    [Fact]
    public void A_protocol_that_is_not_spoken_is_dropped_for_that_and_its_sender_told()
    {
        _interface.AddNeighbor(InetAddress.Parse("10.9.0.1"), Frames.Peer);
        var header = new Ipv4Header(InetAddress.Parse("10.9.0.1"), InetAddress.Parse("10.9.0.2"), (IpProtocol)99);
        Assert.Equal(DropReason.IpUnknownProtocol, _link.Receive(Frames.Ipv4(Here, header, new byte[20])));
        Assert.Equal(1, _stack.Statistics[DropReason.IpUnknownProtocol]);
        Assert.True(EthernetFrame.TryParse(Assert.Single(_link.TakeSent()), out EthernetFrame frame));
        Assert.True(Ipv4Packet.TryParse(frame.Payload, out Ipv4Packet packet));
        Assert.True(Icmpv4Message.TryParse(packet.Payload, out Icmpv4Message message) && message.ChecksumIsRight);
        Assert.Equal((Icmpv4Type.DestinationUnreachable, (byte)UnreachableCode.Protocol), (message.Type, message.Code));
    }

    [Fact]
    public void A_link_that_takes_fewer_frames_gets_the_rest_later_and_in_order()
    {
        _link.Room = 1;
        for (byte i = 1; i <= 3; i++)
            _link.Receive(Frames.Arp(ArpOperation.Request, Frames.Peer, $"10.9.0.{10 + i}", default, "10.9.0.2"));
        Assert.Single(_link.Sent);
        _link.MakeRoom(1);
        Assert.Equal(2, _link.Sent.Count);
        _link.MakeRoom();
        Assert.Equal([11, 12, 13], _link.TakeSent().Select(frame => (int)frame[41]));
    }

    [Fact]
    public void What_is_seen_in_promiscuous_mode_is_not_answered()
    {
        _interface.IsPromiscuous = true;
        var elsewhere = MacAddress.Parse("02:00:00:00:00:77");
        byte[] ping = Frames.Icmp(Icmpv4Header.Echo(Icmpv4Type.EchoRequest, 7, 1), []);
        var header = new Ipv4Header(InetAddress.Parse("10.9.0.1"), InetAddress.Parse("10.9.0.2"), IpProtocol.Icmp);
        Assert.Equal(DropReason.FrameNotForUs, _link.Receive(Frames.Ipv4(elsewhere, header, ping)));
        Assert.Equal(DropReason.FrameNotForUs,
            _link.Receive(Frames.Arp(ArpOperation.Request, Frames.Peer, "10.9.0.1", default, "10.9.0.2", frameTo: elsewhere)));
        Assert.Empty(_link.Sent);
    }

    [Fact]
    public void A_link_that_is_lost_shows_and_takes_what_waits_with_it()
    {
        _link.Room = 0;
        _link.Receive(Frames.Arp(ArpOperation.Request, Frames.Peer, "10.9.0.1", default, "10.9.0.2"));
        Assert.False(_interface.IsClosed);
        IOException failure = new("unplugged");
        _link.Break(failure);
        Assert.True(_interface.IsClosed);
        Assert.Same(failure, _interface.Failure);
        Assert.Equal(0, _stack.Statistics.PacketsOutstanding);
        Assert.Equal(1, _stack.Statistics[DropReason.LinkFailed]);
    }
}
