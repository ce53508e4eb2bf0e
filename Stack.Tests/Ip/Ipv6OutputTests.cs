using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Tests.Ip;

public sealed class Ipv6OutputTests : IDisposable
{
    private const string Here = "2001:db8:9::2", There = "2001:db8:9::1";

    private readonly InputRig _rig = new(speaksV6: true);

    public void Dispose()
    {
        _rig.Dispose();
        Assert.Equal(0, _rig.Core.Context.Packets.Outstanding);
    }

    private Errno Send(byte[] unit, IpSendOptions options, string to = There) => Send(_rig, unit, options, to);

    private static Errno Send(InputRig rig, byte[] unit, IpSendOptions options, string to = There)
    {
        using (rig.Core.Enter())
        {
            InetAddress destination = InetAddress.Parse(to);
            uint device = destination.IsMulticast ? rig.Stack.Host.IndexOf("left") : 0;
            RouteAnswer route = rig.Stack.Host.FindRoute(new RouteQuery(destination, InetAddress.Parse(Here), device));
            Assert.Equal(BindRule.Granted, route.Rule);
            return rig.Core.SendUnit(rig.Core.Context.Packets.RentCopy(unit), route, destination, options, rig.Core.Now);
        }
    }

    private static IpSendOptions As(byte protocol, PathMtuDiscovery discovery = PathMtuDiscovery.Want) =>
        new() { Protocol = (IpProtocol)protocol, Discovery = discovery };

    /// <summary>Puts fragments together from their octets alone, and checks that they are as RFC 8200 §4.5 wants them.</summary>
    private static (byte[] Headers, byte[] Payload) Reassemble(byte[][] fragments, int headersLength, int mtu)
    {
        List<byte> payload = [];
        foreach (byte[] fragment in fragments)
        {
            Assert.InRange(fragment.Length, 1, mtu);
            Assert.Equal(fragment.Length - 40, ReadUInt16BigEndian(fragment.AsSpan(4)));
            Assert.Equal(fragments[0].AsSpan(headersLength + 4, 4), fragment.AsSpan(headersLength + 4, 4));
            int place = ReadUInt16BigEndian(fragment.AsSpan(headersLength + 2));
            Assert.Equal((payload.Count, fragment == fragments[^1] ? 0 : 1), (place & ~7, place & 7));
            payload.AddRange(fragment[(headersLength + 8)..]);
        }

        return (fragments[0][..headersLength], [.. payload]);
    }

    // 1,448 octets of hop-by-hop options, which every fragment would have.
    [Fact]
    public void What_can_not_be_cut_is_not_sent()
    {
        byte[] unit = new byte[2000];
        (unit[0], unit[1]) = (200, (1448 / 8) - 1);
        Assert.Equal(Errno.EMSGSIZE, Send(unit, As(0)));
        Assert.Empty(_rig.Left.TakeSent());
        Assert.Equal(1, _rig.Drops(UserNet.Doors.DropReason.Ip6TooBig));
    }

    [Theory]
    [InlineData(1460, 1)]
    [InlineData(1461, 2)]
    [InlineData(2896, 2)]
    [InlineData(2897, 3)]
    [InlineData(65_535, 46)]
    public void What_does_not_fit_is_cut(int length, int packets)
    {
        byte[] unit = [.. Enumerable.Range(0, length).Select(static i => (byte)(i * 31 >> 3))];
        Assert.Equal(Errno.Success, Send(unit, As(200)));
        byte[][] sent = _rig.Left.TakeSent();
        Assert.Equal(packets, sent.Length);
        if (packets == 1) return;
        Assert.Equal((44, 200), (sent[0][6], sent[0][40]));
        Assert.Equal(unit, Reassemble(sent, 40, 1500).Payload);
        Assert.Equal((1L, packets), (_rig.Count(Counter.Ip6Fragmented), _rig.Count(Counter.Ip6FragmentsCreated)));
    }

    [Fact]
    public void What_is_too_long_for_any_packet_is_refused() => Assert.Equal(Errno.EMSGSIZE, Send(new byte[65_536], As(200)));

    [Theory]
    [InlineData(60, "3c00010400000000 c800010400000000", 40)]                       // options for the destination are cut off with the rest
    [InlineData(0, "c800050200000100", 48)]                                         // those for all are in each part
    [InlineData(0, "2b00050200000100 c800040000000000", 56)]
    [InlineData(60, "2b00010400000000 3c00040000000000 c800010400000000", 56)]      // so are those for where the routing header leads
    public void The_headers_that_routers_read_are_in_each_part(byte first, string headers, int kept)
    {
        byte[] unit = [.. Convert.FromHexString(headers.Replace(" ", "", StringComparison.Ordinal)), .. new byte[4000]];
        Assert.Equal(Errno.Success, Send(unit, As(first)));
        byte[][] sent = _rig.Left.TakeSent();
        (byte[] before, byte[] payload) = Reassemble(sent, kept, 1500);
        Assert.Equal(unit.Length, before.Length - 40 + payload.Length);
        Assert.Equal(unit[(kept - 40)..], payload);
        Assert.True(Ipv6Packet.TryParse(sent[0], out Ipv6Packet packet));
        var walk = new Ipv6Extensions(packet);
        Assert.True(walk.MoveToEnd());
        Assert.Equal((200, true), ((int)walk.Next, walk.IsFragment));
    }

    [Fact]
    public void Identifications_differ_and_come_from_the_seed()
    {
        string Run(int others)
        {
            using InputRig rig = new(speaksV6: true);
            List<string> seen = [];
            for (int i = 0; i < 4; i++)
            {
                Send(rig, new byte[2000], As(200));
                for (int j = 0; j < others; j++) Send(rig, new byte[2000], As(200), "2001:db8:9::55");
                seen.Add(Convert.ToHexString(rig.Left.TakeSent()[0].AsSpan(44, 4)));
            }

            Assert.Equal(4, seen.Distinct().Count());
            return string.Join(' ', seen);
        }

        Assert.Equal(Run(0), Run(0));
    }

    [Fact]
    public void A_flow_has_one_label_and_another_flow_another()
    {
        uint Label(byte protocol, string unit, uint? own = null, string to = There)
        {
            Send(Convert.FromHexString(unit), As(protocol) with { FlowLabel = own }, to);
            byte[] sent = Assert.Single(_rig.Left.TakeSent());
            return ReadUInt32BigEndian(sent) & 0xFFFFF;
        }

        uint label = Label(17, "0001000200080000");
        Assert.NotEqual(0u, label);
        Assert.NotEqual(label, Label(17, "0001000300080000"));
        Assert.NotEqual(label, Label(17, "0001000200080000", to: "2001:db8:9::55"));
        Assert.NotEqual(label, Label(6, "0001000200080000"));
        Assert.Equal(label, Label(17, "00010002000900000011"));
        Assert.Equal(0x12345u, Label(17, "0001000200080000", own: 0x12345));
        Assert.Equal(0u, Label(17, "0001000200080000", own: 0));
        Assert.Equal(0u, Label(58, "8700000000000000"));      // neighbors, as in Linux
        Assert.NotEqual(0u, Label(58, "8000000000000000"));
        _rig.Core.OutputV6!.LabelsFlows = false;
        Assert.Equal(0u, Label(17, "0001000200080000"));
    }

    [Fact]
    public void The_hop_limit_is_the_interface_s_where_the_sender_does_not_say()
    {
        Send([1], As(200));
        _rig.Stack.Host.Interfaces.Find("left")!.HopLimit = 33;
        Send([1], As(200));
        Send([1], As(200) with { TimeToLive = 7 });
        Assert.Equal([64, 33, 7], _rig.Left.TakeSent().Select(static sent => (int)sent[7]));
    }

    [Fact]
    public void A_report_that_a_packet_was_too_big_makes_later_ones_smaller_for_ten_minutes()
    {
        using NetworkSocketPair pair = new(_rig);
        pair.Send(1400);
        byte[] sent = Assert.Single(_rig.Left.TakeSent());
        Assert.Equal(DropReason.None, _rig.Left.Receive(TooBig(sent, 1300)));
        Assert.Equal(Errno.EMSGSIZE, Assert.Throws<UserNet.Sockets.NetworkException>(() => pair.Send(1400)).Errno);      // is told once
        pair.Send(1400);
        Assert.Equal([1296, 208], _rig.Left.TakeSent().Select(static one => one.Length));
        Assert.Equal(1300, pair.Mtu);
        _rig.Left.Receive(TooBig(sent, 1279));      // RFC 8201 §4; so does Linux
        _rig.Left.Receive(TooBig(sent, 1400));
        Assert.Equal(1300, pair.Mtu);
        _rig.Left.Receive(TooBig(sent, 1280));
        Assert.Equal(1280, pair.Mtu);
        Assert.Equal(Errno.EMSGSIZE, Send(new byte[1241], As(17, PathMtuDiscovery.Do)));
        Assert.Equal(Errno.Success, Send(new byte[1240], As(17, PathMtuDiscovery.Do)));
        Assert.Equal(Errno.Success, Send(new byte[1460], As(17, PathMtuDiscovery.Probe)));
        Assert.Equal(Errno.EMSGSIZE, Send(new byte[1461], As(17, PathMtuDiscovery.Probe)));
        _rig.Clock.Advance(TimeSpan.FromMinutes(10.1));
        Assert.Equal(1500, pair.Mtu);
    }

    [Fact]
    public void A_report_about_what_was_never_sent_changes_nothing()
    {
        using NetworkSocketPair pair = new(_rig);
        pair.Send(1400);
        byte[] sent = Assert.Single(_rig.Left.TakeSent());
        sent[41] ^= 1;      // another port
        Assert.Equal(DropReason.Icmp6NotOurs, _rig.Left.Receive(TooBig(sent, 1300)));
        Assert.Equal(1500, pair.Mtu);
    }

    private static byte[] TooBig(byte[] about, uint mtu)
    {
        UserNet.Buffers.PacketBuffer buffer = new UserNet.Buffers.PacketPool().RentCopy(about.AsSpan(0, Math.Min(about.Length, 1232)));
        new Icmpv6Header(Icmpv6Type.PacketTooBig, 0, mtu).PrependTo(buffer, InetAddress.Parse("2001:db8:9::ff"), InetAddress.Parse(Here));
        return InputRig.V6("2001:db8:9::ff", Here, buffer.Span, 58);
    }

    /// <summary>A socket with a peer on the left.</summary>
    private sealed class NetworkSocketPair : IDisposable
    {
        private readonly UserNet.Sockets.NetworkSocket _socket;

        public NetworkSocketPair(InputRig rig)
        {
            _socket = rig.Stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
            _socket.Connect(InetEndpoint.Parse($"[{There}]:9"));
        }

        public int Mtu
        {
            get
            {
                byte[] value = new byte[4];
                _socket.GetRawSocketOption(UserNet.Sockets.RawOptionLevel.IpV6, UserNet.Sockets.RawOption.V6Mtu, value);
                return ReadInt32LittleEndian(value);
            }
        }

        public void Send(int octets) => _socket.Send(new byte[octets]);

        public void Dispose() => _socket.Dispose();
    }
}
