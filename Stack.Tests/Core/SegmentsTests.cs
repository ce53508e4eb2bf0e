using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Core;

/// <summary>Frames that stand for many datagrams.</summary>
public sealed class SegmentsTests : IDisposable
{
    private readonly TestLink _link = new(), _other = new();
    private readonly NetworkStack _stack = new(new NetworkStackOptions { Randomness = new Random(1).NextBytes });
    private readonly StackInterface _interface, _otherInterface;

    public SegmentsTests()
    {
        _interface = _stack.Attach("eth0", _link, new InterfaceOptions { Addresses = ["10.9.0.2/24"], ConflictDetection = ConflictDetection.None });
        _otherInterface = _stack.Attach("eth1", _other, new InterfaceOptions { Addresses = ["10.8.0.2/24"], ConflictDetection = ConflictDetection.None });
    }

    public void Dispose()
    {
        _stack.Dispose();
        _link.Dispose();
        _other.Dispose();
    }

    private byte[] Whole(string destination, byte[] payload, byte timeToLive = 64)
    {
        byte[] datagram = Frames.Udp("10.9.0.1", 5000, destination, 7777, payload);
        ulong pseudo = new PseudoHeader(InetAddress.Parse("10.9.0.1"), InetAddress.Parse(destination), IpProtocol.Udp, datagram.Length).Sum;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(6), InternetChecksum.Fold(pseudo));
        var header = new Ipv4Header(
            InetAddress.Parse("10.9.0.1"), InetAddress.Parse(destination), IpProtocol.Udp, timeToLive, Identification: 0xFFFF);
        return Frames.Ipv4(_interface.Address!.Value, header, datagram);
    }

    private static PacketOffload Segments(ushort size) =>
        new() { SegmentKind = SegmentKind.Udp, SegmentSize = size, NeedsChecksum = true, ChecksumIsGood = true };

    private static byte[] Octets(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)i)];

    [Fact]
    public void A_socket_receives_the_datagrams_that_were_sent()
    {
        using NetworkSocket socket = _stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.Bind(new InetEndpoint(InetAddress.Parse("10.9.0.2"), 7777));
        byte[] payload = Octets(2500);
        Assert.Equal(DropReason.None, _link.Receive(Whole("10.9.0.2", payload), Segments(1000)));
        Assert.Equal(3, socket.QueuedDatagrams);
        byte[] buffer = new byte[4000];
        List<byte> all = [];
        foreach (int length in (int[])[1000, 1000, 500])
        {
            Assert.Equal(length, socket.Receive(buffer));
            all.AddRange(buffer[..length]);
        }

        Assert.Equal(payload, all);
        Assert.Equal(0, _stack.Statistics.PacketsOutstanding);
    }

    [Fact]
    public void One_that_is_no_longer_than_a_segment_is_one_datagram()
    {
        using NetworkSocket socket = _stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.Bind(new InetEndpoint(InetAddress.Parse("10.9.0.2"), 7777));
        _link.Receive(Whole("10.9.0.2", Octets(1000)), Segments(1000));
        _link.Receive(Whole("10.9.0.2", []), Segments(1000));
        Assert.Equal(2, socket.QueuedDatagrams);
    }

    [Fact]
    public void Each_part_that_is_passed_on_is_a_right_packet()
    {
        _stack.Configure(stack => stack.Host.InputSettings.Forwards = true);
        _stack.Configure(stack => stack.Host.InputSettings.ReversePathFilter = UserNet.Ip.ReversePathFilter.Off);
        Assert.Equal(DropReason.None, _link.Receive(Whole("10.8.0.1", Octets(2900)), Segments(1450)));
        _other.TakeSent();      // who has 10.8.0.1?
        _other.Receive(Frames.Arp(
            ArpOperation.Reply, Frames.Peer, "10.8.0.1", _otherInterface.Address!.Value, "10.8.0.2"));
        byte[][] sent = _other.TakeSent();
        Assert.Equal(2, sent.Length);
        for (int i = 0; i < sent.Length; i++)
        {
            Assert.True(EthernetFrame.TryParse(sent[i], out EthernetFrame frame));
            Assert.True(Ipv4Packet.TryParse(frame.Payload, out Ipv4Packet packet) && packet.ChecksumIsRight);
            Assert.Equal((ushort)(0xFFFF + i), packet.Identification);
            Assert.Equal(63, packet.TimeToLive);
            Assert.Equal(DropReason.None, UserNet.Udp.UdpInput.Check(packet.Payload, packet.Source, packet.Destination, false, out UdpDatagram datagram));
            Assert.Equal(1450, datagram.Payload.Length);
        }
    }

    [Theory]
    [InlineData(0)]      // version and length
    [InlineData(8)]      // the header's checksum no longer fits
    [InlineData(24)]     // the datagram's length
    public void What_lies_is_dropped_and_leaves_nothing_behind(int place)
    {
        byte[] frame = Whole("10.9.0.2", Octets(2500));
        frame[EthernetHeader.Length + place] ^= 0xFF;
        Assert.NotEqual(DropReason.None, _link.Receive(frame, Segments(1)));
        Assert.Equal(0, _stack.Statistics.PacketsOutstanding);
    }

    [Fact]
    public void Parts_that_nobody_wants_are_counted_one_by_one()
    {
        Assert.Equal(DropReason.None, _link.Receive(Whole("10.9.0.2", Octets(2500)), Segments(1000)));
        Assert.Equal(3, _stack.Statistics[DropReason.UdpNoPort]);
    }

    [Fact]
    public void A_large_tcp_segment_goes_on_as_those_that_it_stands_for()
    {
        _stack.Configure(static stack => stack.Host.InputSettings.Forwards = true);
        _otherInterface.AddNeighbor(InetAddress.Parse("10.8.0.9"), Frames.Peer);
        byte[] payload = Octets(2500), header = new byte[20];
        header[3] = 80;
        header.AsSpan(4, 4).Fill(0xFF);          // the sequence number wraps
        header[12] = 0x50;
        header[13] = 0x99;                       // CWR, ACK, PSH, FIN
        ulong pseudo = new PseudoHeader(InetAddress.Parse("10.9.0.1"), InetAddress.Parse("10.8.0.9"), IpProtocol.Tcp, 2520).Sum;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(16), InternetChecksum.Fold(pseudo));
        var ip = new Ipv4Header(
            InetAddress.Parse("10.9.0.1"), InetAddress.Parse("10.8.0.9"), IpProtocol.Tcp, Identification: 0xFFFF, DontFragment: true);
        byte[] frame = Frames.Ipv4(_interface.Address!.Value, ip, [.. header, .. payload]);
        var facts = new PacketOffload { SegmentKind = SegmentKind.TcpV4, SegmentSize = 1000, NeedsChecksum = true, ChecksumIsGood = true };
        Assert.Equal(DropReason.None, _link.Receive(frame, facts));

        List<byte> all = [];
        (uint Sequence, int Flags, ushort Identification)[] expected = [(uint.MaxValue, 0x90, 0xFFFF), (999, 0x10, 0), (1999, 0x19, 1)];
        byte[][] sent = _other.TakeSent();
        Assert.Equal(3, sent.Length);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(EthernetFrame.TryParse(sent[i], out EthernetFrame one));
            Assert.True(Ipv4Packet.TryParse(one.Payload, out Ipv4Packet packet) && packet.ChecksumIsRight);
            Assert.True(TcpSegment.TryParse(packet.Payload, out TcpSegment segment));
            Assert.Equal(0, InternetChecksum.Of(segment.Octets, new PseudoHeader(packet.Source, packet.Destination, IpProtocol.Tcp, segment.Octets.Length)));
            Assert.Equal(expected[i], (segment.SequenceNumber, (int)segment.Flags, packet.Identification));
            Assert.True(packet.DontFragment);
            all.AddRange(segment.Payload);
        }

        Assert.Equal(payload, all);
        Assert.Empty(_link.TakeSent());
        Assert.Equal(0, _stack.Statistics.PacketsOutstanding);
    }
}
