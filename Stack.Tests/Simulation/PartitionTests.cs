using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;
using TcpListener = UserNet.Sockets.TcpListener;

namespace UserNet.Tests.Simulation;

/// <summary>Groups of hosts that can't reach each other: a and b at a switch with a router, c behind it.</summary>
public sealed class PartitionTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly VirtualNetwork _network = new(11);
    private readonly VirtualHost _a, _b, _c, _router;
    private readonly List<string> _heard = [];      // who got what was for all

    public PartitionTests()
    {
        (_a, _b, _c, _router) = (_network.AddHost("a"), _network.AddHost("b"), _network.AddHost("c"), _network.AddRouter("router"));
        LinkSwitch office = _network.AddSwitch("office");
        _network.Connect(_a, "10.0.1.2/24", office);
        _network.Connect(_b, "10.0.1.3/24", office);
        _network.Connect(_router, "10.0.1.1/24", office);
        _network.Connect(_router, "10.0.2.1/24", _c, "10.0.2.2/24");
        foreach (VirtualHost host in (VirtualHost[])[_a, _b]) host.AddRoute("0.0.0.0/0", "10.0.1.1");
        _c.AddRoute("0.0.0.0/0", "10.0.2.1");
        foreach (VirtualHost host in _network.Hosts) host.OnBoot(EchoAsync, "echo");
        _network.RunFor(Second);
    }

    public void Dispose() => _network.Dispose();

    [Fact]
    public void Hosts_of_one_group_reach_each_other_and_those_of_two_do_not()
    {
        VirtualPartition partition = _network.Partition([_a, _router], [_b], [_c]);
        Assert.Equal(["a: router", "b:", "c:", "router: a"], WhoReachesWhom());
        partition.Heal();
        partition.Dispose();
        Assert.Equal(["a: b c router", "b: a c router", "c: a b router", "router: a b c"], WhoReachesWhom());
    }

    [Fact]
    public void A_host_of_no_group_reaches_all_and_carries_what_others_send()
    {
        using (_network.Partition([_a, _c], [_b]))
            Assert.Equal(["a: c router", "b: router", "c: a router", "router: a b c"], WhoReachesWhom());
        using (_network.Partition([_a], [_b]))
        using (_network.Partition([_b], [_c]))
            Assert.Equal(["a: c router", "b: router", "c: a router", "router: a b c"], WhoReachesWhom());
    }

    [Fact]
    public void What_is_known_of_neighbours_helps_nobody_and_without_ARP_there_is_none()
    {
        Assert.True(Reaches(_a, _b));      // each has the other's address now
        VirtualLink link = _network.Link("a-office");
        using (_network.Partition([_a], [_b]))
        {
            Assert.False(Reaches(_a, _b));
            Assert.False(Reaches(_b, _a));
        }

        Assert.True(link.ThereCounts.Partitioned > 0, "It is lost on the first wire.");
        Assert.Equal(0, link.BackCounts.Partitioned);
        _a.Restart();
        _b.Restart();
        long before = link.ThereCounts.Partitioned;
        using (_network.Partition([_a], [_b])) Assert.False(Reaches(_a, _b));
        Assert.True(link.ThereCounts.Partitioned > before, "The request for the address is lost.");
        Assert.True(Reaches(_a, _b));
    }

    [Fact]
    public void What_is_for_all_stations_reaches_those_of_the_own_group()
    {
        VirtualHost d = _network.AddHost("d");
        _network.Connect(d, "10.0.1.4/24", _network.AddSwitch("other"));      // not even connected
        using (_network.Partition([_a, _router], [_b])) Broadcast();
        Assert.Equal((1, 0), (Heard(_router), Heard(_b)));
        Broadcast();
        Assert.Equal((2, 1), (Heard(_router), Heard(_b)));

        void Broadcast()
        {
            using NetworkSocket socket = _a.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            socket.EnableBroadcast = true;
            socket.SendTo("all"u8, InetEndpoint.Parse("10.0.1.255:9"));
            _network.RunFor(Second);
        }
    }

    [Fact]
    public void A_transfer_stands_still_while_its_ends_are_parted_and_goes_on_when_they_are_not()
    {
        FaultSchedule.Parse("1.2s..5s partition a | c").ApplyTo(_network);
        VirtualLink link = _network.Link("router-c");
        link.Change(static conditions => conditions with { BitsPerSecond = 10_000_000 });
        byte[] sent = new byte[2_000_000];
        new Random(1).NextBytes(sent);
        byte[] received = _network.Run(async () =>
        {
            TcpListener listener = _c.Stack.Listen(InetEndpoint.Parse("0.0.0.0:80"));
            Task<byte[]> reader = ReadAllAsync(listener);
            TcpConnection connection = await _a.Stack.ConnectAsync(InetEndpoint.Parse("10.0.2.2:80"));
            Stream stream = connection.AsStream();
            await stream.WriteAsync(sent);
            await stream.DisposeAsync();
            return await reader;
        });
        Assert.Equal(sent, received);
        Assert.InRange(_network.Clock.Now.SinceStart.TotalSeconds, 5, 12);
        Assert.True(_network.Links.Sum(static link => link.ThereCounts.Partitioned + link.BackCounts.Partitioned) > 0);
    }

    [Fact]
    public void Partitions_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentException>(() => _network.Partition([_a], []));
        Assert.Throws<ArgumentException>(() => _network.Partition([_a]));
        Assert.Throws<ArgumentException>(() => _network.Partition([_a], [_a]));
        using var other = new VirtualNetwork(1);
        Assert.Throws<ArgumentException>(() => _network.Partition([_a], [other.AddHost("b")]));
    }

    private string[] WhoReachesWhom() =>
        [.. _network.Hosts.Select(from => $"{from.Name}:{string.Concat(_network.Hosts.Where(to => to != from && Reaches(from, to)).Select(static to => $" {to.Name}"))}")];

    // By UDP: one question, one answer, or none within a second.
    private bool Reaches(VirtualHost from, VirtualHost to)
    {
        using NetworkSocket socket = from.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.SendTo("ask"u8, new InetEndpoint(to.Address, 7));
        _network.RunFor(Second);
        return socket.Available > 0;
    }

    private int Heard(VirtualHost host) => _heard.Count(name => name == host.Name);

    // At port 7 it answers, at port 9 it listens.
    private async Task EchoAsync(VirtualHost host)
    {
        NetworkSocket echo = Open(7), ear = Open(9);
        _ = ListenAsync(ear);
        byte[] buffer = new byte[100];
        while (true)
        {
            SocketReceiveFromResult received = await echo.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
            await echo.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), received.RemoteEndPoint);
        }

        NetworkSocket Open(int port)
        {
            NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            socket.Bind(InetEndpoint.Parse($"0.0.0.0:{port}"));
            return socket;
        }

        async Task ListenAsync(NetworkSocket socket)
        {
            byte[] heard = new byte[100];
            while (true)
            {
                await socket.ReceiveFromAsync(heard, new IPEndPoint(IPAddress.Any, 0));
                _heard.Add(host.Name);
            }
        }
    }

    private static async Task<byte[]> ReadAllAsync(TcpListener listener)
    {
        TcpConnection connection = await listener.AcceptAsync();
        var all = new MemoryStream();
        await connection.AsStream().CopyToAsync(all);
        return all.ToArray();
    }
}
