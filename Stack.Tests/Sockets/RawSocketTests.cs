using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using UserNet.Udp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>Raw and ICMP sockets on a link whose other end is the test.</summary>
public sealed class RawSocketTests : IDisposable
{
    private readonly TestLink _link = new(LinkMedium.Ip), _other = new(LinkMedium.Ip);
    private readonly NetworkStack _stack = new(new NetworkStackOptions { Randomness = new Random(1).NextBytes });
    private readonly byte[] _buffer = new byte[2000];
    private readonly InetEndpoint _peer = InetEndpoint.Parse("10.9.0.1:0");

    public RawSocketTests()
    {
        _stack.Attach("eth0", _link, new InterfaceOptions { Addresses = ["10.9.0.2/24"], Gateway = "10.9.0.1" });
        _stack.Attach("eth1", _other, new InterfaceOptions { Addresses = ["10.8.0.2/24"] });
    }

    public void Dispose()
    {
        _stack.Dispose();
        _link.Dispose();
        _other.Dispose();
    }

    private NetworkSocket Raw(int protocol) => _stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Raw, (ProtocolType)protocol);

    private NetworkSocket Ping(string local)
    {
        NetworkSocket socket = _stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Icmp);
        socket.Bind(InetEndpoint.Parse(local));
        return socket;
    }

    private static byte[] Packet(int protocol, byte[] payload, string to = "10.9.0.2", string from = "10.9.0.1") =>
        OutputRig.Packet(from, to, (IpProtocol)protocol, payload);

    private static byte[] Error(byte[] about, Icmpv4Type type, byte code, uint rest = 0) =>
        Packet(1, Frames.Icmp(new Icmpv4Header(type, code, rest), about), from: "198.51.100.7");

    [Fact]
    public void Each_number_is_a_protocol_and_nobody_collides()
    {
        for (int protocol = 1; protocol <= 255; protocol++)
        {
            NetworkSocket one = Raw(protocol), two = Raw(protocol);
            Assert.Equal(protocol, one.LocalName.Port);
            Assert.True(one.TryBind(InetEndpoint.Parse("10.9.0.2:0")).IsGranted && two.TryBind(InetEndpoint.Parse("10.9.0.2:0")).IsGranted);
            Assert.Equal((ProtocolType)protocol, one.ProtocolType);
        }

        Assert.Equal(510, _stack.HolderCount);
        Assert.Contains("raw", _stack.Snapshot().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_lacks_the_right_opens_none()
    {
        NetworkException refused = Assert.Throws<NetworkException>(() => _stack.CreateSocket(
            AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp, Caller.User(1000)));
        Assert.Equal(Errno.EPERM, refused.Errno);
        refused = Assert.Throws<NetworkException>(() => _stack.CreateSocket(
            AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Unspecified, Caller.User(1000)));
        Assert.Equal(Errno.EPROTONOSUPPORT, refused.Errno);
        using NetworkSocket ping = _stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Icmp, Caller.User(1000));
        _stack.Configure(static s => s.Icmp.AllowsSockets = false);
        refused = Assert.Throws<NetworkException>(() => _stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Icmp));
        Assert.Equal(Errno.EACCES, refused.Errno);
        Assert.Equal(0, _stack.HolderCount);
    }

    [Theory]
    [InlineData("none", "10.9.0.2", "10.9.0.1", true)]
    [InlineData("bound 10.9.0.2", "10.9.0.2", "10.9.0.1", true)]
    [InlineData("bound 10.8.0.2", "10.9.0.2", "10.9.0.1", false)]
    [InlineData("bound 10.9.0.2", "10.9.0.255", "10.9.0.1", false)]
    [InlineData("bound 10.9.0.255", "10.9.0.255", "10.9.0.1", true)]
    [InlineData("none", "10.9.0.255", "10.9.0.1", true)]
    [InlineData("peer 10.9.0.1", "10.9.0.2", "10.9.0.1", true)]
    [InlineData("peer 10.9.0.1", "10.9.0.2", "10.9.0.3", false)]
    [InlineData("device eth0", "10.9.0.2", "10.9.0.1", true)]
    [InlineData("device eth1", "10.9.0.2", "10.9.0.1", false)]
    public void A_raw_socket_hears_what_its_address_peer_and_device_let_through(string setup, string to, string from, bool hears)
    {
        using NetworkSocket socket = Raw(253);
        string[] words = setup.Split(' ');
        if (words[0] == "bound") socket.Bind(InetEndpoint.Parse(words[1] + ":0"));
        if (words[0] == "peer") socket.Connect(InetEndpoint.Parse(words[1] + ":0"));
        if (words[0] == "device") socket.Device = words[1];
        byte[] packet = Packet(253, [1, 2, 3], to, from);
        DropReason reason = _link.Receive(packet);
        Assert.Equal(hears ? packet.Length : 0, socket.Available);
        Assert.Equal(hears ? DropReason.None : DropReason.IpUnknownProtocol, reason);
        Assert.Equal(!hears && !to.EndsWith("255", StringComparison.Ordinal), _link.TakeSent().Length == 1);      // unreachable
        if (!hears) return;
        Assert.Equal(packet.Length, socket.ReceiveMessageFrom(_buffer, SocketFlags.None, out DatagramInfo info));
        Assert.Equal(packet, _buffer.AsSpan(0, packet.Length).ToArray());
        Assert.Equal(InetEndpoint.Parse(from + ":0"), info.Source);
    }

    [Fact]
    public void A_group_is_heard_by_members()
    {
        using NetworkSocket member = Raw(253), nobody = Raw(253);
        byte[] packet = Packet(253, [1], "239.1.2.3");
        Assert.Equal(DropReason.IpGroupNotJoined, _link.Receive(packet));
        member.JoinGroup(InetAddress.Parse("239.1.2.3"), 2);
        nobody.SetRawSocketOption(RawOptionLevel.Ip, RawOption.MulticastAll, [0, 0, 0, 0]);
        Assert.Equal(DropReason.None, _link.Receive(packet));
        Assert.Equal((packet.Length, 0), (member.Available, nobody.Available));
    }

    [Fact]
    public void Fragments_are_put_together_first()
    {
        using NetworkSocket socket = Raw(253);
        var header = new Ipv4Header(_peer.Address, InetAddress.Parse("10.9.0.2"), (IpProtocol)253, Identification: 7);
        byte[] first = Frames.Make(b => { b.Append(16).Fill(1); (header with { MoreFragments = true }).PrependTo(b); });
        byte[] second = Frames.Make(b => { b.Append(5).Fill(2); (header with { FragmentOffset = 16 }).PrependTo(b); });
        _link.Receive(second);
        Assert.Equal(0, socket.Available);
        _link.Receive(first);
        Assert.Equal(20 + 21, socket.Receive(_buffer));
    }

    [Theory]
    [InlineData("8307040A090001", true)]        // loose source route
    [InlineData("8907040A090001", true)]        // strict
    [InlineData("99040000", false)]             // not known
    [InlineData("070B04", true)]                // longer than all of them
    public void Options_that_no_packet_should_carry_are_refused(string options, bool ofRoot)
    {
        using NetworkSocket root = Raw(253), user = _stack.CreateSocket(
            AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp, Caller.User(1000));
        BindRule rule = root.TrySetRaw(RawOptionLevel.Ip, RawOption.IpOptions, Convert.FromHexString(options), Caller.Root);
        Assert.Equal(ofRoot ? BindRule.InvalidOption : BindRule.Granted, rule);
        Assert.Equal(SocketError.InvalidArgument, Assert.Throws<NetworkException>(() => user.SetSocketOption(
            SocketOptionLevel.IP, SocketOptionName.IPOptions, Convert.FromHexString(options))).SocketErrorCode);
    }

    [Fact]
    public void A_full_buffer_is_counted()
    {
        using NetworkSocket socket = Raw(253);
        socket.ReceiveBufferSize = 0;
        for (int i = 0; i < 10; i++) Assert.Equal(i < 2 ? DropReason.None : DropReason.IpUnknownProtocol, _link.Receive(Packet(253, new byte[100])));
        Assert.Equal(8, socket.Drops);
        Assert.Equal(8, _stack.Statistics[DropReason.SocketBufferFull]);
        Assert.Equal(2, _stack.Statistics[Counter.RawInPackets]);
    }

    [Fact]
    public void Of_twins_the_newest_hears_the_reply_and_an_address_keeps_others_away()
    {
        using NetworkSocket older = Ping("0.0.0.0:7"), newer = Ping("0.0.0.0:7"), elsewhere = Ping("10.8.0.2:7");
        byte[] reply = Packet(1, Frames.Icmp(Icmpv4Header.Echo(Icmpv4Type.EchoReply, 7, 1), [1]));
        Assert.Equal(DropReason.None, _link.Receive(reply));
        Assert.Equal((0, 9, 0), (older.Available, newer.Available, elsewhere.Available));
        Assert.Equal(DropReason.IcmpUnsolicited, _link.Receive(Packet(1, Frames.Icmp(Icmpv4Header.Echo(Icmpv4Type.EchoReply, 8, 1), []))));
        reply[^1] ^= 1;
        Assert.Equal(DropReason.IcmpBadChecksum, _link.Receive(reply));
    }

    [Fact]
    public void Every_identifier_is_handed_out_once()
    {
        var seen = new HashSet<ushort>();
        for (int i = 0; i < 65_535; i++) Assert.True(seen.Add(Ping("0.0.0.0:0").LocalName.Port));
        Assert.DoesNotContain((ushort)0, seen);
        NetworkSocket late = _stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Icmp);
        Assert.Equal(BindRule.Exhausted, late.TryBind(InetEndpoint.Parse("10.9.0.2:0")).Rule);
        Assert.Equal(Errno.EAGAIN, late.TrySendTo(RawScriptHost.Echo(0, 0), _peer).Errno);
    }

    [Theory]
    [InlineData(Icmpv4Type.TimeExceeded, 0, 0u, Errno.EHOSTUNREACH, 0u)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 1, 0u, Errno.EHOSTUNREACH, 0u)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 2, 0u, Errno.ENOPROTOOPT, 0u)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 4, 1000u, Errno.EMSGSIZE, 1000u)]
    [InlineData(Icmpv4Type.ParameterProblem, 0, 0x15000000u, Errno.EPROTO, 0x15u)]
    public void What_a_router_says_of_an_echo_request_is_queued(Icmpv4Type type, byte code, uint rest, Errno errno, uint expected)
    {
        using NetworkSocket ping = Ping("0.0.0.0:7"), other = Ping("0.0.0.0:8");
        ping.ReceivesErrors = other.ReceivesErrors = true;
        Assert.True(ping.ReceivesErrors);
        InetEndpoint to = InetEndpoint.Parse("203.0.113.5:0");
        Assert.True(ping.TrySendTo(RawScriptHost.Echo(0, 3), to).IsDone);
        byte[] sent = Assert.Single(_link.TakeSent());
        Assert.Equal(DropReason.None, _link.Receive(Error(sent, type, code, rest)));
        Assert.True(ping.Poll(0, SelectMode.SelectError));
        Assert.False(other.Poll(0, SelectMode.SelectError));
        Assert.Equal(errno, ping.TryReceiveFrom(_buffer, out _).Errno);
        int octets = ping.ReceiveError(_buffer, out SocketErrorInfo error);
        Assert.Equal(sent.AsSpan(20).ToArray(), _buffer.AsSpan(0, octets).ToArray());
        Assert.Equal((errno, SocketErrorOrigin.Icmp, (byte)type, code, expected), (error.Errno, error.Origin, error.Type, error.Code, error.Info));
        Assert.Equal((InetAddress.Parse("198.51.100.7"), to, sent.Length - 20), (error.Offender, error.Destination, error.Length));
        Assert.Equal(Errno.EAGAIN, ping.TryReceiveError(_buffer, out _).Errno);
        Assert.Equal(SocketError.WouldBlock, Assert.Throws<NetworkException>(() => ping.ReceiveError(_buffer, out _)).SocketErrorCode);
        Assert.Equal(DropReason.IcmpNotOurs, _link.Receive(Error(Packet(1, RawScriptHost.Echo(9, 9), "203.0.113.5", "10.9.0.2"), type, code, rest)));
    }

    [Fact]
    public void A_neighbor_that_does_not_answer_is_told_of()
    {
        var clock = new ManualClock();
        using var link = new TestLink();
        using var stack = new NetworkStack(new NetworkStackOptions { Randomness = new Random(1).NextBytes, TimeProvider = clock });
        stack.Attach("eth0", link, new InterfaceOptions { Addresses = ["10.1.1.1/24"], ConflictDetection = ConflictDetection.None });
        using NetworkSocket udp = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram), silent = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        udp.ReceivesErrors = true;
        InetEndpoint to = InetEndpoint.Parse("10.1.1.9:77");
        silent.SendTo([1], to);
        udp.SendTo(new byte[1000], to);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(Errno.EHOSTUNREACH, udp.TrySendTo([1], to).Errno);
        Assert.Equal(Errno.EAGAIN, silent.TryReceiveFrom(_buffer, out _).Errno);
        Assert.Equal(548 - 28, udp.ReceiveError(_buffer, out SocketErrorInfo error));
        Assert.Equal((InetAddress.Parse("10.1.1.1"), to, (byte)3, (byte)1), (error.Offender, error.Destination, error.Type, error.Code));
    }

    [Fact]
    public void Errors_stay_within_the_receive_buffer_and_share_it()
    {
        using NetworkSocket ping = Ping("0.0.0.0:7");
        ping.ReceivesErrors = true;
        ping.ReceiveBufferSize = 5000;      // doubled
        byte[] about = Packet(1, Frames.Icmp(Icmpv4Header.Echo(Icmpv4Type.EchoRequest, 7, 1), new byte[100]), "203.0.113.5", "10.9.0.2");
        for (int i = 0; i < 1000; i++) _link.Receive(Error(about, Icmpv4Type.TimeExceeded, 0));
        byte[] reply = Packet(1, Frames.Icmp(Icmpv4Header.Echo(Icmpv4Type.EchoReply, 7, 1), new byte[100]));
        Assert.Equal(DropReason.None, _link.Receive(reply));      // the first always fits
        Assert.Equal(DropReason.SocketBufferFull, _link.Receive(reply));
        int count = 0;
        while (ping.TryReceiveError(_buffer, out _).IsDone) count++;
        Assert.Equal(10_000 / (832 + 108), count);
        Assert.Equal(1001 - count, _stack.Statistics[DropReason.SocketBufferFull]);
    }

    [Fact]
    public void Whatever_errors_come_nothing_breaks_and_nothing_grows()
    {
        Random random = TestSettings.Random();
        NetworkSocket[] sockets = [Raw(1), Raw(17), Raw(253), Raw(255), Ping("0.0.0.0:7")];
        foreach (NetworkSocket socket in sockets) socket.ReceivesErrors = random.Next(4) != 0;
        sockets[1].SetRawSocketOption(RawOptionLevel.Ip, RawOption.HeaderIncluded, [1, 0, 0, 0]);
        sockets[0].IcmpFilter = 1 << 3;
        byte[] protocols = [1, 17, 253, 255, 6];
        for (int i = TestSettings.Count(20_000, 1_000_000); i > 0; i--)
        {
            byte[] payload = new byte[random.Next(60)];
            random.NextBytes(payload);
            byte[] about = Packet(protocols[random.Next(5)], payload, "203.0.113.5", "10.9.0.2");
            if (random.Next(3) == 0) about[random.Next(about.Length)] ^= (byte)(1 << random.Next(8));
            byte[] quoted = about[..random.Next(about.Length + 1)];
            byte[] message = Frames.Icmp(new Icmpv4Header((Icmpv4Type)random.Next(16), (byte)random.Next(20), (uint)random.Next()), quoted);
            _link.Receive(Packet(random.Next(8) == 0 ? 253 : 1, message));
            if (i % 64 == 0) _link.TakeSent();
        }

        foreach (NetworkSocket socket in sockets)
        {
            int held = 0;
            while (socket.TryReceiveError(_buffer, out SocketErrorInfo error).IsDone) held += error.Length + 832;
            while (socket.TryReceiveFrom(_buffer, out DatagramInfo info) is { Errno: not Errno.EAGAIN }) held += info.Length;
            Assert.InRange(held, 0, socket.ReceiveBufferSize);
            socket.Dispose();
        }

        using (_stack.Core.Enter()) Assert.Equal(0, _stack.Core.Context.Packets.Outstanding);
    }

    [Fact]
    public async Task Raw_sockets_come_and_go_while_packets_arrive()
    {
        byte[] packet = Packet(253, [1, 2, 3]);
        bool isOver = false;
        Task flood = Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver)) _link.Receive(packet);
        }, TestContext.Current.CancellationToken);
        Task[] users = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < TestSettings.Count(500, 20_000); i++)
            {
                using NetworkSocket socket = Raw(253);
                if (i % 2 == 0) socket.Connect(_peer);
                Assert.Equal(packet.Length, socket.Receive(new byte[100]));
            }
        }, TestContext.Current.CancellationToken))];
        await Task.WhenAll(users).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Volatile.Write(ref isOver, true);
        await flood;
        Assert.Equal(0, _stack.HolderCount);
    }

    [Theory]
    [InlineData("Posix")]
    [InlineData("Windows")]
    public void Elsewhere_a_raw_socket_hears_on_after_its_peer_was_taken_away(string name)
    {
        using var stack = new NetworkStack(new NetworkStackOptions { Personality = Personality.All.First(p => p.Name == name) });
        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Raw, (ProtocolType)253);
        socket.Connect(InetEndpoint.Parse("127.0.0.1:0"));
        socket.Disconnect();
        socket.SendTo([1], InetEndpoint.Parse("127.0.0.1:0"));
        Assert.Equal(21, socket.Receive(_buffer));
    }

    [Fact]
    public void On_Linux_it_hears_no_more_but_sends()
    {
        using NetworkSocket socket = Raw(253), other = Raw(253);
        InetEndpoint home = InetEndpoint.Parse("127.0.0.1:0");
        socket.Connect(home);
        socket.Disconnect();
        Assert.Equal(0, socket.LocalName.Port);
        socket.Connect(home);
        socket.Send([1]);
        Assert.Equal((0, 21), (socket.Available, other.Available));
        socket.Disconnect();
        socket.Bind(home);
        Assert.Equal(home, socket.LocalName);
    }
}
