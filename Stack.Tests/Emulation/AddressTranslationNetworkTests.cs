using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Capture;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Interop;
using UserNet.Udp;
using Xunit;
using static UserNet.Tests.Emulation.TranslatedNetwork;

namespace UserNet.Tests.Emulation;

/// <summary>Whole hosts that talk through a router with address translation.</summary>
public sealed class AddressTranslationNetworkTests
{
    private static readonly LinkConditions Bad = new()
    {
        Loss = 0.03,
        Duplication = 0.02,
        Corruption = 0.005,
        Reordering = 0.05,
        ReorderDelay = TimeSpan.FromMilliseconds(7),
        Delay = TimeSpan.FromMilliseconds(12),
        Jitter = TimeSpan.FromMilliseconds(3),
    };

    [Fact]
    public void Many_hosts_ask_one_port_and_each_gets_its_own_answers()
    {
        using TranslatedNetwork world = new(1, hosts: 40);
        List<InetEndpoint> seen = EchoDatagrams(world.Servers[0]);
        world.Network.Run(() => Task.WhenAll(world.Hosts.Select(static async (host, number) =>
        {
            using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            socket.Bind(InetEndpoint.Parse("0.0.0.0:5000"));      // all the same
            byte[] buffer = new byte[100];
            for (byte i = 0; i < 3; i++)
            {
                socket.SendTo([(byte)number, i], InetEndpoint.Parse($"{Server}:7"));
                DatagramInfo answer = await socket.ReceiveFromAsync(buffer);
                Assert.Equal([(byte)number, i], buffer[..answer.Length]);
                Assert.Equal($"{Server}:7", answer.Source.ToString());
            }
        })));
        Assert.Equal(120, seen.Count);
        Assert.Equal(40, seen.Distinct().Count());
        Assert.All(seen, static one => Assert.Equal(OuterAddress, one.Address.ToString()));
        Assert.Equal((40, 40), (world.Translation.Counts.Mappings, world.Translation.Counts.Sessions));
        Assert.Equal(0, world.Translation.Counts.Dropped);
    }

    [Theory]
    [InlineData(false, 1500)]
    [InlineData(true, 1500)]
    [InlineData(true, 600)]
    public void Streams_arrive_whole_whatever_the_wire_does(bool isBad, int farMtu)
    {
        using TranslatedNetwork world = new(2, hosts: 3, conditions: isBad ? Bad : null, farMtu: farMtu);
        EchoStreams(world.Servers[0]);
        bool[] whole = world.Network.Run(() => Task.WhenAll(world.Hosts.Select(static host => AskStreamAsync(host, $"{Server}:7", 150_000))));
        Assert.All(whole, static one => Assert.True(one));
        Assert.Equal(3, world.Translation.Counts.Mappings);
        Assert.All(world.Translation.Mappings.Rows, static row => Assert.Equal(TcpState.TimeWait, row.State));
        world.Network.RunFor(TimeSpan.FromMinutes(4.5));      // the last may be a repeated FIN
        Assert.Equal(0, world.Translation.Counts.Mappings);
    }

    [Fact]
    public void Routers_on_the_way_answer_a_host_inside_that_traces_them()
    {
        using TranslatedNetwork world = new(3);
        EchoDatagrams(world.Servers[0]);
        VirtualHost host = world.Hosts[0];
        using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.ReceivesErrors = true;
        List<string> hops = [];
        byte[] buffer = new byte[200];
        for (short ttl = 1; ttl <= 5; ttl++)
        {
            socket.Ttl = ttl;
            socket.SendTo("trace"u8, InetEndpoint.Parse($"{Server}:33434"));
            world.Network.RunFor(TimeSpan.FromSeconds(1));
            int octets = socket.ReceiveError(buffer, out SocketErrorInfo error);
            Assert.Equal("trace"u8, buffer.AsSpan(0, octets));
            hops.Add($"{error.Offender} {error.Type}/{error.Code} {error.Destination}");
        }

        string to = $"{Server}:33434";
        Assert.Equal([$"10.0.0.1 11/0 {to}", $"10.0.1.1 11/0 {to}", $"203.0.113.1 11/0 {to}", $"192.0.2.102 11/0 {to}", $"{Server} 3/3 {to}"], hops);
    }

    [Fact]
    public void Hosts_inside_ping_with_the_same_identifier()
    {
        using TranslatedNetwork world = new(4, hosts: 5);
        world.Network.Run(() => Task.WhenAll(world.Hosts.Select(static async (host, number) =>
        {
            using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Icmp);
            socket.Bind(InetEndpoint.Parse("0.0.0.0:77"));
            byte[] request = [8, 0, 0, 0, 0, 77, 0, 1, (byte)number], reply = new byte[100];
            socket.SendTo(request, InetEndpoint.Parse($"{Server}:0"));
            DatagramInfo info = await socket.ReceiveFromAsync(reply);
            Assert.Equal((9, 0, 77, (byte)number), (info.Length, reply[0], reply[5], reply[8]));
        })));
        Assert.Equal(5, world.Translation.Counts.Mappings);
    }

    [Fact]
    public void A_host_inside_hears_of_a_narrow_link_in_the_world()
    {
        using TranslatedNetwork world = new(5, farMtu: 600);
        EchoStreams(world.Servers[0]);
        Assert.True(world.Network.Run(() => AskStreamAsync(world.Hosts[0], $"{Server}:7", 50_000)));
        world.Hosts[0].Configure(static stack => Assert.Equal(1, stack.PathMtu.Count));
        world.Servers[0].Configure(static stack => Assert.Equal(1, stack.PathMtu.Count));      // the answers met it as well
    }

    [Fact]
    public void A_server_in_the_world_hears_of_a_narrow_link_inside()
    {
        using TranslatedNetwork world = new(6, insideMtu: 600);
        EchoStreams(world.Servers[0]);
        Assert.True(world.Network.Run(() => AskStreamAsync(world.Hosts[0], $"{Server}:7", 50_000)));
        world.Servers[0].Configure(static stack => Assert.Equal(1, stack.PathMtu.Count));
        Assert.Equal(0, world.Translation.DropsOf(DropReason.TranslationNoMapping));
    }

    [Fact]
    public void Datagrams_in_fragments_find_there_and_back()
    {
        using TranslatedNetwork world = new(7, farMtu: 600);
        EchoDatagrams(world.Servers[0]);
        byte[] question = new byte[5000];
        new Random(1).NextBytes(question);
        using NetworkSocket socket = world.Hosts[0].Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.DontFragment = false;
        socket.SendTo(question, InetEndpoint.Parse($"{Server}:7"));
        byte[] answer = new byte[6000];
        world.Network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(5000, socket.Receive(answer));
        Assert.Equal(question, answer[..5000]);
        Assert.True(world.Translation.Counts.Inbound >= 9);
    }

    [Fact]
    public void The_router_has_a_life_of_its_own()
    {
        using TranslatedNetwork world = new(8);
        EchoStreams(world.Servers[0]);
        EchoStreams(world.Nat, 22);
        EchoDatagrams(world.Nat);
        Assert.True(world.Network.Run(() => AskStreamAsync(world.Nat, $"{Server}:7", 50_000)));
        Assert.True(world.Network.Run(() => AskStreamAsync(world.Servers[0], $"{OuterAddress}:22", 50_000)));
        Assert.True(world.Network.Run(() => AskStreamAsync(world.Hosts[0], $"{OuterAddress}:22", 50_000)));      // does not leave
        Assert.True(world.Network.Run(() => AskStreamAsync(world.Hosts[0], $"{Server}:7", 50_000)));
        Assert.Equal((1, 0), (world.Translation.Counts.Mappings, world.Translation.Counts.Dropped));
    }

    [Fact]
    public void Hosts_inside_reach_each_other_by_an_outer_address_that_is_not_the_routers()
    {
        using TranslatedNetwork world = new(9, hosts: 2, isRouters: false, change: static options => options with { PreservesPorts = true, Ports = new PortRange(1024, 65_535) });
        List<InetEndpoint> seenByServer = EchoDatagrams(world.Servers[0]), seen = [];
        NetworkSocket a = Open(world.Hosts[0]), b = Open(world.Hosts[1]);
        byte[] buffer = new byte[100];
        // Both speak to the server, and learn their outer names from it; then to each other, as peers behind one router do.
        foreach (NetworkSocket socket in (NetworkSocket[])[a, b]) socket.SendTo("who am I"u8, InetEndpoint.Parse($"{Server}:7"));
        world.Network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(2, seenByServer.Count);
        foreach (NetworkSocket socket in (NetworkSocket[])[a, b]) socket.Receive(buffer);
        a.SendTo("hello"u8, seenByServer[1]);
        world.Network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(5, b.ReceiveFrom(buffer, out InetEndpoint from));
        Assert.Equal(seenByServer[0], from);
        b.SendTo("good day"u8, from);
        world.Network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(8, a.ReceiveFrom(buffer, out from));
        Assert.Equal(seenByServer[1], from);
        Assert.Equal(2, world.Translation.Counts.Hairpinned);

        static NetworkSocket Open(VirtualHost host)
        {
            NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            socket.Bind(InetEndpoint.Parse("0.0.0.0:5000"));
            return socket;
        }
    }

    [Fact]
    public void A_router_that_starts_anew_knows_no_mappings_and_picks_up_connections_that_go_on()
    {
        using TranslatedNetwork world = new(10, conditions: new LinkConditions { Delay = TimeSpan.FromMilliseconds(5) }, change: static options => options with { PortAlgorithm = PortAlgorithm.Sequential });
        EchoStreams(world.Servers[0]);
        bool? isWhole = null;
        _ = world.Network.Start(async () => isWhole = await AskStreamAsync(world.Hosts[0], $"{Server}:7", 3_000_000));
        world.Network.After(TimeSpan.FromMilliseconds(50), world.Nat.Restart);
        AddressTranslation before = world.Translation;
        Assert.True(world.Network.RunUntil(() => isWhole is not null, TimeSpan.FromMinutes(5)));
        Assert.True(isWhole);      // the first port that is handed out is the one that it had
        Assert.NotSame(before, world.Translation);
        Assert.Equal(1, world.Translation.Counts.Mappings);
    }

    [Fact]
    public void The_same_seed_gives_the_same_recording_twice()
    {
        byte[] first = Record(42, out string mappings), again = Record(42, out string mappingsAgain), other = Record(43, out _);
        Assert.True(first.Length > 500_000, $"{first.Length} octets were recorded.");
        Assert.True(first.AsSpan().SequenceEqual(again), "Recordings differ.");
        Assert.Equal(mappings, mappingsAgain);
        Assert.False(first.AsSpan().SequenceEqual(other), "Another seed makes no difference.");
    }

    [Fact]
    public void Tshark_finds_nothing_wrong_at_either_side_of_the_router()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/tshark"), "tshark is not installed");
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Name, "translated.pcapng");
        using (TranslatedNetwork world = new(11, hosts: 3, farMtu: 600))
        using (PcapngWriter writer = PcapngWriter.Create(file))
        using (world.Network.Subscribe(writer))
        {
            EchoStreams(world.Servers[0]);
            EchoDatagrams(world.Servers[1]);
            foreach (VirtualHost host in world.Hosts)
            {
                using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
                foreach (int size in (int[])[3, 1400, 4000]) socket.SendTo(new byte[size], InetEndpoint.Parse($"{OtherServer}:7"));
                socket.SendTo(new byte[9], InetEndpoint.Parse($"{OtherServer}:9"));
                world.Network.RunFor(TimeSpan.FromSeconds(1));
            }

            world.Network.Run(() => Task.WhenAll(world.Hosts.Select(static host => AskStreamAsync(host, $"{Server}:7", 20_000))));
        }

        Shark.FindNothingWrong(file);
        Assert.NotEmpty(Shark.Fields(file, $"ip.src == {OuterAddress} && tcp", "frame.number"));
    }

    private static byte[] Record(ulong seed, out string mappings)
    {
        using MemoryStream file = new();
        using (TranslatedNetwork world = new(seed, hosts: 4, conditions: Bad))
        using (PcapngWriter writer = new(file, leaveOpen: true))
        using (world.Network.Subscribe(writer))
        {
            EchoStreams(world.Servers[0]);
            world.Network.Run(() => Task.WhenAll(world.Hosts.Select(static host => AskStreamAsync(host, $"{Server}:7", 20_000))));
            mappings = world.Translation.Mappings.ToString();
        }

        return file.ToArray();
    }
}
