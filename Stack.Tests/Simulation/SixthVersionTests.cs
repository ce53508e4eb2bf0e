using UserNet.Addressing;
using UserNet.Discovery;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Capture;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using TcpListener = UserNet.Sockets.TcpListener;

namespace UserNet.Tests.Simulation;

/// <summary>IPv6 in virtual networks: both families at one wire, routers that advertise, hosts that configure themselves, faults.</summary>
public sealed class SixthVersionTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly VirtualNetwork _network = new(66);

    public void Dispose() => _network.Dispose();

    [Fact]
    public void One_wire_carries_both_families()
    {
        VirtualHost a = _network.AddHost("a"), b = _network.AddHost("b");
        _network.Connect(a, "10.0.0.1/24, 2001:db8::1/64", b, "2001:db8::2/64,10.0.0.2/24,fd00::2/64");
        Assert.Equal(("10.0.0.1", "2001:db8::1"), (a.Address.ToString(), a.AddressV6.ToString()));
        Assert.Equal(("10.0.0.2", "2001:db8::2"), (b.Address.ToString(), b.AddressV6.ToString()));
        b.OnBoot(EchoAsync, "echo");
        Assert.Equal("four", _network.Run(() => AskAsync(a, b.Address, "four")));
        Assert.Equal("six", _network.Run(() => AskAsync(a, b.AddressV6, "six")));
        b.Restart();
        Assert.Equal("again", _network.Run(() => AskAsync(a, b.AddressV6, "again")));
    }

    [Fact]
    public void Addresses_that_can_t_be_are_refused_and_change_nothing()
    {
        VirtualHost a = _network.AddHost("a"), b = _network.AddHost("b");
        Assert.Throws<FormatException>(() => _network.Connect(a, "10.0.0.1/24, 2001:db8::1", b, "10.0.0.2/24"));
        Assert.Throws<FormatException>(() => _network.Connect(a, "10.0.0.1/24,", b, "10.0.0.2/24"));
        Assert.Throws<FormatException>(() => _network.Connect(a, "", b, "10.0.0.2/24"));      // it does not configure itself
        Assert.Throws<FormatException>(() => _network.Connect(a, "2001:db8::1/129", b, "10.0.0.2/24"));
        Assert.Empty(a.Interfaces);
        Assert.Empty(_network.Links);
        Assert.Throws<InvalidOperationException>(() => a.Address);
        Assert.Throws<InvalidOperationException>(() => a.AddressV6);
    }

    [Fact]
    public void A_host_configures_itself_by_what_a_router_advertises()
    {
        (VirtualHost host, VirtualHost router) = Advertising();
        PacketWatch watch = host.Watch(memory: 1000);
        _network.RunFor(5 * Second);
        Assert.StartsWith("2001:db8:1:", host.AddressV6.ToString(), StringComparison.Ordinal);
        router.OnBoot(EchoAsync, "echo");
        Assert.Equal("hello", _network.Run(() => AskAsync(host, InetAddress.Parse("2001:db8:1::1"), "hello")));
        watch.Rewind();
        watch.ExpectInOrder([Packets.RouterSolicitation(), Packets.RouterAdvertisement(), Packets.NeighborSolicitation("2001:db8:1::1")], TimeSpan.Zero);
    }

    [Fact]
    public void A_router_that_restarts_advertises_again_and_on_what_is_connected_later()
    {
        (_, VirtualHost router) = Advertising();
        _network.RunFor(5 * Second);
        router.Restart();
        _network.RunFor(5 * Second);
        Assert.True(router.Interfaces[0].Advertising!.Sent > 0);
        _network.Connect(router, "2001:db8:7::1/64", _network.AddHost("late", new VirtualHostOptions { Autoconfigures = true }), "");
        _network.Connect(router, "10.0.7.1/24", _network.AddHost("old"), "10.0.7.2/24");
        _network.RunFor(5 * Second);
        Assert.StartsWith("2001:db8:7:", _network.Host("late").AddressV6.ToString(), StringComparison.Ordinal);
        Assert.Null(router.Interfaces[2].Advertising);      // it has IPv4 alone
    }

    [Fact]
    public void One_interface_may_say_something_else_than_the_others()
    {
        VirtualHost router = _network.AddRouter("router");
        foreach (int i in (int[])[1, 2, 3]) _network.Connect(router, $"2001:db8:{i}::1/64", _network.AddHost($"host {i}"), $"2001:db8:{i}::2/64");
        router.Advertise(new RouterAdvertisementSettings { HopLimit = 9 }, "eth1");
        Assert.Equal([null, 9, null], router.Interfaces.Select(static one => (int?)one.Advertising?.Settings.HopLimit));
        router.Advertise();
        Assert.Equal([64, 9, 64], router.Interfaces.Select(static one => (int?)one.Advertising?.Settings.HopLimit));
        router.Restart();
        Assert.Equal([64, 9, 64], router.Interfaces.Select(static one => (int?)one.Advertising?.Settings.HopLimit));
    }

    [Fact]
    public void A_partition_parts_IPv6_hosts_and_captures_show_why()
    {
        VirtualHost a = _network.AddHost("a"), b = _network.AddHost("b"), c = _network.AddHost("c");
        LinkSwitch office = _network.AddSwitch("office");
        _network.Connect(a, "2001:db8::1/64", office);
        _network.Connect(b, "2001:db8::2/64", office);
        _network.Connect(c, "2001:db8::3/64", office);
        foreach (VirtualHost host in _network.Hosts) host.OnBoot(EchoAsync, "echo");
        using var stream = new MemoryStream();
        using (_network.Capture(stream, leaveOpen: true))
        using (_network.Partition([a, c], [b]))
        {
            Assert.Equal("c", _network.Run(() => AskAsync(a, c.AddressV6, "c")));
            Assert.Throws<NetworkException>(() => _network.Run(() => AskAsync(a, b.AddressV6, "b")));
        }

        _network.RunFor(5 * Second);      // who did not answer is not asked again at once
        Assert.Equal("b", _network.Run(() => AskAsync(a, b.AddressV6, "b")));
        Assert.True(stream.Length > 1000);
    }

    [Fact]
    public void Streams_over_a_bad_wire_arrive_whole()
    {
        VirtualHost a = _network.AddHost("a"), b = _network.AddHost("b");
        var bad = new LinkConditions { Delay = TimeSpan.FromMilliseconds(5), Loss = 0.03, Duplication = 0.01, Corruption = 0.01, Reordering = 0.02 };
        VirtualLink wire = _network.Connect(a, "2001:db8::1/64", b, "2001:db8::2/64", new VirtualLinkOptions { There = bad });
        byte[] sent = new byte[200_000];
        new Random(1).NextBytes(sent);
        var received = new MemoryStream();
        b.OnBoot(async host =>
        {
            TcpListener listener = host.Stack.Listen(InetEndpoint.Parse("[::]:7"));
            await using Stream stream = (await listener.AcceptAsync()).AsStream();
            await stream.CopyToAsync(received);
        });
        a.Start(async host =>
        {
            await using Stream stream = (await host.Stack.ConnectAsync(new InetEndpoint(b.AddressV6, 7))).AsStream();
            await stream.WriteAsync(sent);
        });
        _network.RunFor(120 * Second);
        Assert.Equal(sent, received.ToArray());
        Assert.True(wire.ThereCounts.Lost > 0);
    }

    [Fact]
    public void A_solicitation_can_be_lost_by_its_target_and_expected()
    {
        VirtualHost a = _network.AddHost("a"), b = _network.AddHost("b");
        int asked = 0;
        FramePredicate solicits = Packets.NeighborSolicitation("2001:db8::2");
        LossModel first = LossModel.When((in FrameView frame) => solicits(frame) && asked++ == 0);
        _network.Connect(a, "2001:db8::1/64", b, "2001:db8::2/64", new VirtualLinkOptions { There = new LinkConditions { Loss = first }, Back = LinkConditions.Perfect });
        b.OnBoot(EchoAsync, "echo");
        PacketWatch watch = a.Watch();
        Assert.Equal("hello", _network.Run(() => AskAsync(a, b.AddressV6, "hello")));
        watch.ExpectInOrder([solicits, solicits, Packets.NeighborAdvertisement("2001:db8::2"), Packets.Tcp(TcpFlags.Syn)], Second);
        Assert.Equal(2, asked);
    }

    [Fact]
    public void Two_networks_that_configure_themselves_behave_the_same_in_each_run()
    {
        Repeat.Twice(seed: 5, TwoNetworks);
        Assert.NotEqual(Repeat.Twice(seed: 5, TwoNetworks), Repeat.Twice(seed: 6, TwoNetworks));
    }

    [Fact]
    public void Tshark_finds_nothing_wrong_in_a_recording()
    {
        Assert.SkipUnless(Tool.IsThere("tshark"), "tshark is not installed");
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Name, "lab.pcapng");
        using (var network = new VirtualNetwork(5))
        {
            network.Capture(File.Create(file));
            TwoNetworks(network);
        }

        Interop.Shark.FindNothingWrong(file);
        string types = Tap.OwnNamespace.Tool("tshark", $"-n -r {file} -Y icmpv6 -T fields -e icmpv6.type");
        foreach (string type in (string[])["133", "134", "135", "136", "143"]) Assert.Contains(type, types.Split('\n'));
    }

    [Fact]
    public void A_partition_holds_for_addresses_that_came_after_it_began()
    {
        VirtualHost a = _network.AddHost("a", new VirtualHostOptions { Autoconfigures = true }), router = _network.AddRouter("router");
        VirtualHost b = _network.AddHost("b", new VirtualHostOptions { Autoconfigures = true });
        _network.Connect(a, "", router, "2001:db8:1::1/64");
        _network.Connect(router, "2001:db8:2::1/64", b, "");
        b.OnBoot(EchoAsync, "echo");
        VirtualPartition partition = _network.Partition([a], [b]);
        router.Advertise();
        _network.RunFor(5 * Second);
        Assert.StartsWith("2001:db8:2:", b.AddressV6.ToString(), StringComparison.Ordinal);
        PacketWatch watch = b.Watch(memory: 1000);
        a.Configure(static stack => stack.Host.AddAddress("eth0", "2001:db8:1::77/64"));
        foreach (string source in (string[])["2001:db8:1::77", a.AddressV6.ToString()])
        {
            using NetworkSocket socket = a.Stack.CreateSocket(System.Net.Sockets.AddressFamily.InterNetworkV6, System.Net.Sockets.SocketType.Dgram);
            socket.Bind(new InetEndpoint(InetAddress.Parse(source), 0));
            socket.SendTo("x"u8, new InetEndpoint(b.AddressV6, 9));
            _network.RunFor(Second);
        }

        Assert.DoesNotContain(watch.Received.Kept, static packet => packet.View.IsUdp);
        partition.Heal();
        Assert.Equal("hello", _network.Run(() => AskAsync(a, b.AddressV6, "hello")));
    }

    [Fact]
    public void A_forwarding_host_redirects_to_a_neighbor_and_not_more_often_than_once_a_second()
    {
        VirtualHost a = _network.AddHost("a"), b = _network.AddHost("b"), router = _network.AddRouter("router");
        LinkSwitch office = _network.AddSwitch("office");
        _network.Connect(a, "2001:db8:a::1/128", office);
        _network.Connect(b, "2001:db8:a::2/64", office);
        _network.Connect(router, "2001:db8:a::9/64", office);
        a.Configure(static stack => stack.Host.AddRoute("2001:db8:a::9/128", device: "eth0"));
        a.AddRoute("::/0", "2001:db8:a::9");
        int redirects = 0, echoes = 0;
        FramePredicate redirect = Packets.Redirect("2001:db8:a::2");
        PacketWatch watch = router.Watch(memory: 1000);
        a.Configure(static stack => stack.Host.Interfaces.Find("eth0")!.AcceptsRedirects = false);
        for (int i = 0; i < 10; i++)
        {
            using NetworkSocket socket = a.Stack.CreateSocket(System.Net.Sockets.AddressFamily.InterNetworkV6, System.Net.Sockets.SocketType.Dgram);
            socket.SendTo("x"u8, InetEndpoint.Parse("[2001:db8:a::2]:9"));
            _network.RunFor(TimeSpan.FromMilliseconds(250));
        }

        foreach (SeenPacket packet in watch.Sent.Kept)
        {
            if (packet.View.IsUdp) echoes++;
            if (!redirect(packet.View)) continue;
            redirects++;
            Assert.Equal("2001:db8:a::2", packet.View.Redirect.Target.ToString());
            Assert.Equal("2001:db8:a::1", packet.View.Destination.Address.ToString());
            Assert.True(packet.View.Source.Address.IsLinkLocal && packet.View.Ipv6.HopLimit == 255);
        }

        Assert.Equal(10, echoes);
        Assert.InRange(redirects, 2, 3);
    }

    private static void TwoNetworks(VirtualNetwork network)
    {
        var itself = new VirtualHostOptions { Autoconfigures = true };
        VirtualHost client = network.AddHost("client", itself), server = network.AddHost("server", itself), router = network.AddRouter("router");
        var bad = new VirtualLinkOptions { There = new LinkConditions { Delay = TimeSpan.FromMilliseconds(3), Loss = 0.02 } };
        network.Connect(client, "", router, "2001:db8:1::1/64", bad);
        network.Connect(router, "2001:db8:2::1/64", server, "", bad);
        router.Advertise();
        network.RunFor(20 * Second);
        Assert.StartsWith("2001:db8:1:", client.AddressV6.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("2001:db8:2:", server.AddressV6.ToString(), StringComparison.Ordinal);
        server.OnBoot(EchoAsync, "echo");
        Assert.Equal("hello", network.Run(() => AskAsync(client, server.AddressV6, "hello")));
    }

    private (VirtualHost Host, VirtualHost Router) Advertising()
    {
        VirtualHost host = _network.AddHost("host", new VirtualHostOptions { Autoconfigures = true }), router = _network.AddRouter("router");
        _network.Connect(host, "", router, "2001:db8:1::1/64");
        router.Advertise();
        return (host, router);
    }

    private static async Task EchoAsync(VirtualHost host)
    {
        TcpListener listener = host.Stack.Listen(InetEndpoint.Parse("[::]:7"));
        while (true)
        {
            await using Stream stream = (await listener.AcceptAsync()).AsStream();
            await stream.CopyToAsync(stream);
        }
    }

    private static async Task<string> AskAsync(VirtualHost from, InetAddress to, string text)
    {
        await using Stream stream = (await from.Stack.ConnectAsync(new InetEndpoint(to, 7))).AsStream();
        byte[] octets = System.Text.Encoding.ASCII.GetBytes(text);
        await stream.WriteAsync(octets);
        await stream.ReadExactlyAsync(octets);
        return System.Text.Encoding.ASCII.GetString(octets);
    }
}
