using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Core;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Core;

/// <summary>Errors on their way to the socket that they are about, and packets for many on their way back.</summary>
public sealed class StackCoreErrorsTests : IDisposable
{
    private readonly TestLink _link = new(LinkMedium.Ip);
    private readonly NetworkStack _stack = new(new NetworkStackOptions { Randomness = new Random(1).NextBytes });
    private readonly Receiver _receiver = new();
    private readonly uint _device;

    public StackCoreErrorsTests()
    {
        _device = _stack.Attach("eth0", _link, new InterfaceOptions { Addresses = ["10.9.0.2/24"], Gateway = "10.9.0.1" }).Index;
        Open("0.0.0.0:5000", _receiver);
    }

    public void Dispose()
    {
        _stack.Dispose();
        _link.Dispose();
    }

    private SocketBinding Open(string local, object owner, string? remote = null)
    {
        using (_stack.Core.Enter())
        {
            SocketBinding binding = _stack.Core.Engine.Open(_stack.Core.Engine.Table.Udp, AddressFamily.InterNetwork, Caller.Root, owner);
            Assert.True(_stack.Core.Engine.Bind(binding, InetEndpoint.Parse(local), Caller.Root).IsGranted);
            if (remote is not null) Assert.True(_stack.Core.Engine.ConnectDatagram(binding, InetEndpoint.Parse(remote)).IsGranted);
            return binding;
        }
    }

    private static byte[] Datagram(string from = "10.9.0.2", ushort fromPort = 5000, string to = "203.0.113.5", ushort toPort = 53, int size = 1472) =>
        Ip.OutputRig.Packet(from, to, IpProtocol.Udp, Frames.Udp(from, fromPort, to, toPort, new byte[size]));

    private DropReason ReceiveError(byte[] about, Icmpv4Type type = Icmpv4Type.DestinationUnreachable, byte code = 4, uint rest = 1400, int quoted = 28) =>
        _link.Receive(Ip.OutputRig.Packet("198.51.100.7", "10.9.0.2", IpProtocol.Icmp, Frames.Icmp(new Icmpv4Header(type, code, rest), about[..quoted])));

    private int Mtu(string to = "203.0.113.5")
    {
        using (_stack.Core.Enter())
        {
            RouteAnswer route = _stack.Host.FindRoute(new RouteQuery(InetAddress.Parse(to), InetAddress.AnyV4));
            return _stack.Core.Output!.MtuOf(route, InetAddress.Parse(to), _stack.Core.Now);
        }
    }

    [Fact]
    public void An_error_about_a_packet_of_a_socket_reaches_it_and_lowers_the_path_MTU()
    {
        Assert.Equal(DropReason.None, ReceiveError(Datagram()));
        Assert.Equal([(Errno.EMSGSIZE, 1400)], _receiver.Errors);
        Assert.Equal(1400, Mtu());
        Assert.Equal(1500, Mtu("203.0.113.6"));
        Assert.Equal(DropReason.None, ReceiveError(Datagram(), code: 4, rest: 0));      // an old router
        Assert.Equal(1006, Mtu());
        Assert.Equal(DropReason.None, ReceiveError(Datagram(), code: 3, rest: 0));
        Assert.Equal(DropReason.None, ReceiveError(Datagram(), Icmpv4Type.TimeExceeded, 0, 0));
        Assert.Equal([Errno.EMSGSIZE, Errno.EMSGSIZE, Errno.ECONNREFUSED, Errno.EHOSTUNREACH], _receiver.Errors.Select(error => error.Errno));
    }

    [Fact]
    public void An_error_about_what_nobody_sent_is_not_believed()
    {
        Assert.Equal(DropReason.IcmpNotOurs, ReceiveError(Datagram(fromPort: 5001)));
        Assert.Equal(DropReason.IcmpNotOurs, ReceiveError(Datagram(from: "10.9.0.3")));
        Assert.Equal(DropReason.IcmpNotOurs, ReceiveError(Datagram(to: "10.9.0.255")));
        Assert.Equal(DropReason.IcmpNotOurs, ReceiveError(Ip.OutputRig.Packet("10.9.0.2", "203.0.113.5", (IpProtocol)99, new byte[1400])));
        byte[] laterFragment = Datagram();
        laterFragment[7] = 1;
        Assert.Equal(DropReason.IcmpNotOurs, ReceiveError(laterFragment));
        Assert.Equal(DropReason.IcmpMalformed, ReceiveError(Datagram(), quoted: 27));
        Assert.Empty(_receiver.Errors);
        Assert.Equal(1500, Mtu());
        Assert.Equal(0, _stack.Core.Output!.PathMtu.Count);
    }

    [Fact]
    public void A_connected_socket_hears_of_its_own_peer_alone()
    {
        Receiver connected = new();
        Open("10.9.0.2:6000", connected, "203.0.113.5:53");
        Assert.Equal(DropReason.IcmpNotOurs, ReceiveError(Datagram(fromPort: 6000, toPort: 54)));
        Assert.Equal(DropReason.IcmpNotOurs, ReceiveError(Datagram(fromPort: 6000, to: "203.0.113.6")));
        Assert.Equal(1500, Mtu());
        Assert.Equal(DropReason.None, ReceiveError(Datagram(fromPort: 6000)));
        Assert.Single(connected.Errors);
        Assert.Empty(_receiver.Errors);
        Assert.Equal(1400, Mtu());
    }

    [Fact]
    public void A_flood_of_forged_errors_leaves_no_trace()
    {
        Random random = TestSettings.Random(51);
        Open("10.9.0.2:6000", new Receiver(), "203.0.113.5:53");
        for (int i = 0; i < TestSettings.Count(10_000, 1_000_000); i++)
        {
            byte[] about = new byte[28];
            random.NextBytes(about);
            about[0] = 0x45;
            if (random.Next(2) == 0) about[9] = 17;
            if (random.Next(2) == 0) new byte[] { 10, 9, 0, 2 }.CopyTo(about, 12);
            if (random.Next(2) == 0) new byte[] { 0, 0 }.CopyTo(about, 6);
            if (about[20] == 5000 >> 8) about[20]++;      // the port that is open to all
            ReceiveError(about, code: (byte)random.Next(16), rest: (uint)random.Next(1500));
        }

        Assert.Equal(0, _stack.Core.Output!.PathMtu.Count);
        Assert.Equal(0, _stack.Statistics.PacketsOutstanding);
        Assert.Empty(_receiver.Errors);
    }

    [Fact]
    public void A_next_hop_that_does_not_answer_is_told_to_the_socket()
    {
        Unresolved(Datagram(to: "10.9.0.50"));
        Assert.Equal([(Errno.EHOSTUNREACH, 0)], _receiver.Errors);
        Assert.Empty(_link.TakeSent());
        Unresolved([1, 2, 3]);
        Assert.Equal(0, _stack.Statistics.PacketsOutstanding);
    }

    [Fact]
    public void A_next_hop_that_does_not_answer_is_told_to_whom_the_packet_came_from()
    {
        byte[] passing = Datagram(from: "198.51.100.9", to: "10.9.0.50");
        Unresolved(passing);
        byte[] sent = Assert.Single(_link.TakeSent());
        Assert.Equal([10, 9, 0, 2, 198, 51, 100, 9, 3, 1], sent[12..22]);
        Assert.Equal(passing[..548], sent[28..]);
        Assert.Empty(_receiver.Errors);
        Assert.Equal(0, _stack.Statistics.PacketsOutstanding);
    }

    private void Unresolved(byte[] packet)
    {
        using (_stack.Core.Enter())
            ((ILinkHost)_stack.Core).OnUnresolved(_stack.Core.Context.Packets.RentCopy(packet), _device, _stack.Core.Now);
    }

    [Fact]
    public void What_is_sent_to_all_is_at_the_senders_own_socket_when_the_call_returns()
    {
        Send("10.9.0.255", 5000, [1, 2, 3]);
        Assert.Equal([3], _receiver.Datagrams);
        Assert.Equal(AddressRole.Broadcast, _receiver.LastRole);
        Assert.Single(_link.TakeSent());
        Send("10.9.0.255", 5001, [1, 2, 3]);
        Assert.Single(_receiver.Datagrams);
        Assert.Single(_link.TakeSent());      // and no error about the port that nobody has
        StackStatistics statistics = _stack.Statistics;
        Assert.Equal((0, 0), (statistics.Drops, statistics.PacketsOutstanding));
    }

    private void Send(string to, ushort port, byte[] payload)
    {
        using (_stack.Core.Enter())
        {
            StackCore core = _stack.Core;
            var destination = InetAddress.Parse(to);
            RouteAnswer route = _stack.Host.FindRoute(new RouteQuery(destination, InetAddress.AnyV4));
            PacketBuffer unit = core.Context.Packets.RentCopy(payload);
            new UdpHeader(5000, port).PrependTo(unit, new PseudoHeader(route.Source, destination, IpProtocol.Udp, 0));
            Assert.Equal(Errno.Success, core.Output!.Send(unit, route, destination, new IpSendOptions { Protocol = IpProtocol.Udp }, core.Now));
            Assert.Empty(_receiver.Datagrams.Skip(1));
        }
    }

    private sealed class Receiver : IDatagramReceiver
    {
        public List<(Errno Errno, int Mtu)> Errors { get; } = [];

        public List<int> Datagrams { get; } = [];

        public AddressRole LastRole { get; private set; }

        public DropReason OnDatagram(in IpArrival arrival, ushort sourcePort, ReadOnlySpan<byte> payload, Timestamp now)
        {
            Datagrams.Add(payload.Length);
            LastRole = arrival.Role;
            return DropReason.None;
        }

        public void OnError(in IcmpError error, uint device, Timestamp now) => Errors.Add((error.Errno, error.Mtu));
    }
}
