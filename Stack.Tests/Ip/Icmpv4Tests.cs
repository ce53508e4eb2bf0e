using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Ip;

public sealed class Icmpv4Tests : IDisposable
{
    private readonly OutputRig _rig = new();

    public void Dispose()
    {
        _rig.TakeSent();
        Assert.Equal(0, _rig.Context.Packets.Outstanding);
        _rig.Dispose();
    }

    private static byte[] Message(Icmpv4Type type, byte code, uint rest, byte[] payload) => Frames.Icmp(new Icmpv4Header(type, code, rest), payload);

    private static byte[] Echo(byte[] payload) => Message(Icmpv4Type.EchoRequest, 0, 0x0007_0001, payload);

    private DropReason Receive(byte[] packet, out bool isError, LinkCast cast = LinkCast.Unicast)
    {
        IpArrival arrival = _rig.Arrival(packet, cast);
        return _rig.Icmp.Receive(arrival, _rig.Now, out _, out isError);
    }

    private DropReason Receive(byte[] icmp, string to = "10.9.0.2", string from = "10.9.0.1", byte trafficClass = 0, byte[]? options = null, LinkCast cast = LinkCast.Unicast) =>
        Receive(OutputRig.Packet(from, to, IpProtocol.Icmp, icmp, trafficClass, options), out _, cast);

    [Fact]
    public void An_echo_comes_from_the_address_that_was_asked_in_the_class_of_the_request()
    {
        _rig.Host.AddAddress("eth0", "10.9.0.77/24").AddAddress("lo", "192.0.2.1/32");
        foreach (string asked in new[] { "10.9.0.2", "10.9.0.77", "192.0.2.1" })
        {
            Assert.Equal(DropReason.None, Receive(Echo([5, 6, 7]), asked, "198.51.100.3", trafficClass: 0xBA));
            byte[] reply = Assert.Single(_rig.TakeSent());
            Assert.Equal(0xBA, reply[1]);
            Assert.Equal(InetAddress.Parse(asked).ToIPAddress().GetAddressBytes(), reply[12..16]);
            Assert.Equal([198, 51, 100, 3], reply[16..20]);
            Assert.Equal([0, 0], reply[20..22]);
            Assert.Equal([0, 7, 0, 1, 5, 6, 7], reply[24..]);
            Assert.Equal(0, OutputRig.PlainChecksum(reply.AsSpan(20)));
        }

        Assert.Equal(3, _rig.Context.Counters[Counter.IcmpOutEchoReplies]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1472)]
    [InlineData(1473)]
    [InlineData(65_507)]
    public void An_echo_of_every_size_is_answered_with_the_same_octets(int size)
    {
        byte[] payload = new byte[size];
        TestSettings.Random(size).NextBytes(payload);
        Assert.Equal(DropReason.None, Receive(Echo(payload)));
        byte[][] sent = _rig.TakeSent();
        Assert.Equal((size + 8 + 1479) / 1480, sent.Length);
        byte[] reply = OutputRig.Reassemble(sent);
        Assert.Equal(0, OutputRig.PlainChecksum(reply));
        Assert.Equal(payload, reply[8..]);
    }

    [Fact]
    public void Routes_and_times_that_the_request_recorded_come_back_with_this_host_added()
    {
        var clock = new ManualClock();
        using NetworkStack stack = new(new NetworkStackOptions { TimeProvider = clock, Randomness = new Random(1).NextBytes });
        using TestLink link = new(LinkMedium.Ip);
        stack.Attach("tun0", link, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        clock.Advance(TimeSpan.FromMilliseconds(0x1234));
        byte[] asked = [7, 11, 8, 10, 9, 0, 1, 0, 0, 0, 0, 148, 4, 0, 0, 68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(DropReason.None, link.Receive(OutputRig.Packet("10.9.0.1", "10.9.0.2", IpProtocol.Icmp, Echo([1]), options: asked)));
        byte[] reply = Assert.Single(link.TakeSent());
        Assert.Equal((20 + 24) / 4, reply[0] & 15);
        Assert.Equal([7, 11, 12, 10, 9, 0, 1, 10, 9, 0, 2], reply[20..31]);
        Assert.Equal([68, 12, 13, 1, 10, 9, 0, 2, 0x80, 0, 0x12, 0x34, 0], reply[31..44]);
        Assert.Equal(0, OutputRig.PlainChecksum(reply.AsSpan(0, 44)));
    }

    [Fact]
    public void A_recorded_route_without_room_comes_back_as_it_is()
    {
        byte[] asked = [7, 7, 8, 10, 9, 0, 1, 0];
        Receive(Echo([1]), options: asked);
        Assert.Equal(asked, Assert.Single(_rig.TakeSent())[20..28]);
    }

    [Fact]
    public void An_echo_request_to_many_is_answered_only_where_that_is_wanted()
    {
        foreach (bool answers in new[] { false, true })
        {
            _rig.Icmp.Settings.AnswersEchoToMany = answers;
            foreach ((string to, LinkCast cast) in new[] { ("224.0.0.1", LinkCast.Multicast), ("10.9.0.255", LinkCast.Broadcast), ("255.255.255.255", LinkCast.Broadcast) })
            {
                Assert.Equal(answers ? DropReason.None : DropReason.IcmpEchoToMany, Receive(Echo([1]), to, cast: cast));
                byte[][] sent = _rig.TakeSent();
                Assert.Equal(answers ? 1 : 0, sent.Length);
                if (answers) Assert.Equal([10, 9, 0, 2, 10, 9, 0, 1], sent[0][12..20]);
            }
        }

        _rig.Icmp.Settings.AnswersEcho = false;
        Assert.Equal(DropReason.IcmpIgnored, Receive(Echo([1])));
    }

    [Fact]
    public void No_echo_goes_to_many()
    {
        _rig.Icmp.Settings.AnswersEchoToMany = true;
        foreach (string from in new[] { "10.9.0.255", "224.0.0.1", "255.255.255.255" })
            Assert.Equal(DropReason.IpNoRoute, Receive(Echo([1]), from: from));
        Assert.Empty(_rig.TakeSent());
    }

    [Theory]
    [InlineData(4, DropReason.IcmpIgnored)]
    [InlineData(5, DropReason.IcmpIgnored)]
    [InlineData(13, DropReason.IcmpIgnored)]
    [InlineData(17, DropReason.IcmpUnknownType)]
    [InlineData(255, DropReason.IcmpUnknownType)]
    [InlineData(0, DropReason.IcmpUnsolicited)]
    [InlineData(14, DropReason.IcmpUnsolicited)]
    [InlineData(3, DropReason.IcmpMalformed)]
    [InlineData(11, DropReason.IcmpMalformed)]
    [InlineData(12, DropReason.IcmpMalformed)]
    public void Other_messages_have_no_effect(byte type, DropReason reason)
    {
        Assert.Equal(reason, Receive(Message((Icmpv4Type)type, 0, 0, new byte[40])));
        Assert.Empty(_rig.TakeSent());
    }

    [Fact]
    public void A_message_that_is_too_short_or_damaged_is_dropped()
    {
        byte[] echo = Echo([1, 2, 3]);
        Assert.Equal(DropReason.IcmpMalformed, Receive(echo[..7]));
        echo[^1] ^= 1;
        Assert.Equal(DropReason.IcmpBadChecksum, Receive(echo));
        Assert.Equal(2, _rig.Context.Counters[Counter.IcmpInMessages]);
    }

    [Fact]
    public void What_an_error_says_is_read()
    {
        byte[] sent = OutputRig.Packet("10.9.0.2", "203.0.113.9", IpProtocol.Udp, new byte[100]);
        IpArrival arrival = _rig.Arrival(OutputRig.Packet("198.51.100.1", "10.9.0.2", IpProtocol.Icmp, Message(Icmpv4Type.DestinationUnreachable, 4, 1400, sent[..28])));
        Assert.Equal(DropReason.None, _rig.Icmp.Receive(arrival, _rig.Now, out IcmpError error, out bool isError));
        Assert.True(isError && error.IsTooBig);
        Assert.Equal((1400, 120), (error.Mtu, error.About.TotalLength));
        Assert.Equal((InetAddress.Parse("198.51.100.1"), InetAddress.Parse("203.0.113.9")), (error.Reporter, error.About.Destination));

        arrival = _rig.Arrival(OutputRig.Packet("198.51.100.1", "10.9.0.2", IpProtocol.Icmp, Message(Icmpv4Type.ParameterProblem, 0, 21u << 24, sent[..28])));
        _rig.Icmp.Receive(arrival, _rig.Now, out error, out _);
        Assert.Equal((0, 21u, Errno.EPROTO), (error.Mtu, error.FaultyOctet, error.Errno));
        Assert.Equal(DropReason.IcmpMalformed, Receive(Message(Icmpv4Type.TimeExceeded, 0, 0, sent[..27])));
    }

    [Theory]
    [InlineData(1000, 548)]
    [InlineData(548, 548)]
    [InlineData(28, 28)]
    public void An_error_quotes_as_much_as_fits_576_octets(int length, int quoted)
    {
        byte[] about = OutputRig.Packet("198.51.100.3", "10.9.0.2", IpProtocol.Udp, new byte[length - 20], trafficClass: 0x28);
        _rig.Icmp.SendError(_rig.Arrival(about), Icmpv4Type.DestinationUnreachable, 3, 0xAABBCCDD, _rig.Now);
        byte[] sent = Assert.Single(_rig.TakeSent());
        Assert.Equal(28 + quoted, sent.Length);
        Assert.Equal(0xC8, sent[1]);
        Assert.Equal([10, 9, 0, 2, 198, 51, 100, 3, 3, 3], sent[12..22]);
        Assert.Equal([0xAA, 0xBB, 0xCC, 0xDD], sent[24..28]);
        Assert.Equal(about[..quoted], sent[28..]);
        Assert.Equal(0, OutputRig.PlainChecksum(sent.AsSpan(20)));
    }

    private int ErrorsAbout(byte[] packet, LinkCast cast = LinkCast.Unicast, LinkPort? port = null)
    {
        _rig.Now += TimeSpan.FromSeconds(10);
        _rig.Icmp.SendError(_rig.Arrival(packet, cast, port), Icmpv4Type.DestinationUnreachable, 1, 0, _rig.Now);
        return _rig.TakeSent().Length + OutputRig.TakeSent(_rig.Loopback).Length;
    }

    // RFC 1122 §3.2.2 and RFC 1812 §4.3.2.7: about which packets no error is sent.
    [Theory]
    [InlineData("10.9.0.1", "10.9.0.2", LinkCast.Unicast, 1)]
    [InlineData("10.9.0.1", "10.9.0.2", LinkCast.Broadcast, 0)]
    [InlineData("10.9.0.1", "10.9.0.2", LinkCast.Multicast, 0)]
    [InlineData("10.9.0.1", "10.9.0.255", LinkCast.Unicast, 0)]
    [InlineData("10.9.0.1", "255.255.255.255", LinkCast.Unicast, 0)]
    [InlineData("10.9.0.1", "224.0.0.1", LinkCast.Unicast, 0)]
    [InlineData("0.0.0.0", "10.9.0.2", LinkCast.Unicast, 0)]
    [InlineData("127.0.0.1", "10.9.0.2", LinkCast.Unicast, 0)]
    [InlineData("10.9.0.255", "10.9.0.2", LinkCast.Unicast, 0)]
    [InlineData("255.255.255.255", "10.9.0.2", LinkCast.Unicast, 0)]
    [InlineData("224.0.0.1", "10.9.0.2", LinkCast.Unicast, 0)]
    [InlineData("240.0.0.1", "10.9.0.2", LinkCast.Unicast, 0)]
    [InlineData("198.51.100.1", "203.0.113.1", LinkCast.Unicast, 1)]      // it was to be forwarded
    public void An_error_goes_to_one_host_about_a_packet_for_one(string from, string to, LinkCast cast, int errors) =>
        Assert.Equal(errors, ErrorsAbout(OutputRig.Packet(from, to, IpProtocol.Udp, new byte[8]), cast));

    [Fact]
    public void On_the_loopback_interface_a_loopback_address_is_a_host() =>
        Assert.Equal(1, ErrorsAbout(OutputRig.Packet("127.0.0.1", "127.0.0.1", IpProtocol.Udp, new byte[8]), port: _rig.Loopback));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(8, 1)]
    [InlineData(13, 1)]
    [InlineData(14, 1)]
    [InlineData(3, 0)]
    [InlineData(4, 0)]
    [InlineData(5, 0)]
    [InlineData(11, 0)]
    [InlineData(12, 0)]
    [InlineData(42, 0)]
    public void No_error_is_sent_about_an_error_or_what_may_be_one(byte type, int errors) =>
        Assert.Equal(errors, ErrorsAbout(OutputRig.Packet("10.9.0.1", "10.9.0.2", IpProtocol.Icmp, [type, 0, 0, 0, 0, 0, 0, 0])));

    [Fact]
    public void An_error_is_sent_about_the_first_fragment_alone()
    {
        byte[] packet = OutputRig.Packet("10.9.0.1", "10.9.0.2", IpProtocol.Udp, new byte[8]);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), 0x2000);
        Assert.Equal(1, ErrorsAbout(packet));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), 0x2001);
        Assert.Equal(0, ErrorsAbout(packet));
        Assert.Equal(0, ErrorsAbout(OutputRig.Packet("10.9.0.1", "10.9.0.2", IpProtocol.Icmp, [])));
    }

    private int ErrorsSent(int tries, byte code, LinkPort? port = null, string from = "10.9.0.1", string to = "10.9.0.2")
    {
        byte[] about = OutputRig.Packet(from, to, IpProtocol.Udp, new byte[8]);
        for (int i = 0; i < tries; i++)
            _rig.Icmp.SendError(_rig.Arrival(about, port: port), Icmpv4Type.DestinationUnreachable, code, 0, _rig.Now);
        return _rig.TakeSent().Length + OutputRig.TakeSent(_rig.Loopback).Length;
    }

    [Fact]
    public void Errors_are_limited_but_for_those_of_path_MTU_discovery_and_on_loopback()
    {
        Assert.Equal(6, ErrorsSent(100, code: 3));
        Assert.Equal(94, _rig.Context.Drops[DropReason.IcmpRateLimited]);
        Assert.Equal(100, ErrorsSent(100, code: 4));
        Assert.Equal(100, ErrorsSent(100, code: 3, _rig.Loopback, "127.0.0.1", "127.0.0.1"));
        _rig.Now += TimeSpan.FromSeconds(2);
        Assert.Equal(2, ErrorsSent(100, code: 3));
    }

    [Fact]
    public void Answers_and_errors_allocate_nothing()
    {
        byte[] echo = OutputRig.Packet("10.9.0.1", "10.9.0.2", IpProtocol.Icmp, Echo(new byte[3000]), options: [7, 7, 4, 0, 0, 0, 0, 0]);
        byte[] about = OutputRig.Packet("10.9.0.1", "10.9.0.2", IpProtocol.Udp, new byte[1000]);
        int packets = 0;
        Assert.Equal(0, Allocation.Of(() =>
        {
            packets = 0;
            for (int i = 0; i < 200; i++)
            {
                _rig.Now += TimeSpan.FromSeconds(1);
                Receive(echo, out _);
                _rig.Icmp.SendError(_rig.Arrival(about), Icmpv4Type.TimeExceeded, 1, 0, _rig.Now);
                packets += _rig.Port.Queue.Count;
                while (_rig.Port.Queue.Count > 0) _rig.Port.Queue.Take().Return();
            }
        }));
        Assert.Equal(200 * 4, packets);
    }

    [Fact]
    public void Nothing_that_arrives_is_an_exception()
    {
        Random random = TestSettings.Random(41);
        _rig.Icmp.Settings.AnswersEchoToMany = true;
        byte[] types = [0, 3, 4, 5, 8, 11, 12, 13, 14, 17, 99];
        for (int i = 0; i < TestSettings.Count(20_000, 1_000_000); i++)
        {
            byte[] message = new byte[random.Next(8, 120)];
            random.NextBytes(message);
            message[0] = types[random.Next(types.Length)];
            if (random.Next(2) == 0 && message.Length > 8) message[8] = 0x45;
            message[2] = message[3] = 0;
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), OutputRig.PlainChecksum(message));
            byte[] options = new byte[random.Next(41)];
            random.NextBytes(options);
            if (options.Length > 2) options[0] = (byte)(random.Next(2) == 0 ? 7 : 68);
            DropReason reason = Receive(message, random.Next(2) == 0 ? "10.9.0.2" : "10.9.0.255", options: options);
            Assert.NotEqual(DropReason.IcmpBadChecksum, reason);
            byte[] about = OutputRig.Packet("10.9.0.1", "10.9.0.2", (IpProtocol)random.Next(256), message, options: options);
            _rig.Icmp.SendError(_rig.Arrival(about), Icmpv4Type.DestinationUnreachable, 2, 0, _rig.Now);
            Assert.All(_rig.TakeSent(), sent => Assert.Equal(0, OutputRig.PlainChecksum(sent.AsSpan(0, (sent[0] & 15) * 4))));
            OutputRig.TakeSent(_rig.Loopback);
        }
    }
}
