using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Tests.Binding.Model;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Binding;

/// <summary>
/// What the engine allocates once it is warm: nothing, whatever is asked of it; and what a held port costs in memory.
/// </summary>
[Collection(nameof(WholeProcess))]
public sealed class AllocationTests
{
    private const int Sockets = 40, Rounds = 20;
    private static readonly InetEndpoint Peer = InetEndpoint.Parse("10.1.0.9:7000");

    public static TheoryData<string> Personalities() => [.. Personality.All.Select(static personality => personality.Name)];

    public static TheoryData<PortAlgorithm> Algorithms() =>
        [.. Enum.GetValues<PortAlgorithm>().Where(static algorithm => algorithm != PortAlgorithm.Scripted)];

    [Theory]
    [MemberData(nameof(Personalities))]
    public void Bind_find_and_close_allocate_nothing(string name)
    {
        Personality personality = Personality.All.First(other => other.Name == name);
        string[] addresses = ["0.0.0.0", "10.1.0.1", "::", "2001:db8:1::1", "::ffff:10.1.0.1"];
        foreach (bool isStream in new[] { true, false })
        {
            foreach (string address in addresses)
            {
                foreach (Sharing sharing in SharingsOf(personality))
                {
                    BindEngine engine = Engine(personality);
                    SocketBinding[] sockets = Open(engine, isStream, address, sharing);
                    AssertAllocatesNothing($"{name} {address} {sharing}", () => BindFindClose(engine, sockets, address, 0));
                    AssertAllocatesNothing($"{name} {address} {sharing}, one port", () => BindFindClose(engine, sockets, address, 5000));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void No_algorithm_allocates(PortAlgorithm algorithm)
    {
        foreach (Personality personality in Personality.All)
        {
            BindEngine engine = Engine(personality, algorithm);
            SocketBinding[] sockets = Open(engine, isStream: true, "10.1.0.1", Sharing.None);
            AssertAllocatesNothing($"{personality.Name} bind", () => BindFindClose(engine, sockets, "10.1.0.1", 0));
            AssertAllocatesNothing($"{personality.Name} connect", () => ConnectAll(engine, sockets));
        }
    }

    [Fact]
    public void Connecting_datagram_sockets_allocates_nothing()
    {
        foreach (Personality personality in Personality.All)
        {
            BindEngine engine = Engine(personality);
            SocketBinding[] sockets = Open(engine, isStream: false, "0.0.0.0", Sharing.None);
            AssertAllocatesNothing(personality.Name, () =>
            {
                foreach (SocketBinding socket in sockets)
                {
                    Require(engine.ConnectDatagram(socket, Peer));
                    engine.Disconnect(socket);
                    BindEngine.Close(socket);
                }
            });
        }
    }

    [Fact]
    public void Listening_and_accepting_allocate_nothing()
    {
        BindEngine engine = Engine(Personality.Linux);
        SocketBinding[] sockets = Open(engine, isStream: true, "0.0.0.0", Sharing.ReusePort);
        AssertAllocatesNothing("listeners", () =>
        {
            Require(engine.Bind(sockets[0], InetEndpoint.Parse("0.0.0.0:5000"), Caller.Root));
            Require(engine.Listen(sockets[0]));
            for (ushort i = 1; i < Sockets; i++)
            {
                var peer = new InetEndpoint(Peer.Address, (ushort)(Peer.Port + i));
                Require(engine.Table.Tcp.Accept(sockets[i], sockets[0], InetAddress.LoopbackV4, peer));
                engine.Table.Tcp.SetState(sockets[i], TcpState.TimeWait);
            }

            foreach (SocketBinding socket in sockets) BindEngine.Close(socket);
        });
    }

    [Fact]
    public void Refusals_allocate_nothing()
    {
        foreach (Personality personality in Personality.All)
        {
            BindEngine engine = Engine(personality);
            engine.Table.Settings.EphemeralPorts = new PortRange(40000, 40003);
            SocketBinding[] sockets = Open(engine, isStream: true, "10.1.0.1", Sharing.None);
            InetEndpoint any = InetEndpoint.Parse("10.1.0.1:0"), taken = InetEndpoint.Parse("10.1.0.1:40001");
            for (int i = 0; i < 4; i++) Require(engine.Bind(sockets[i], any, Caller.Root));
            AssertAllocatesNothing(personality.Name, () =>
            {
                Require(engine.Bind(sockets[5], any, Caller.Root), BindRule.Exhausted);
                Require(engine.Bind(sockets[5], taken, Caller.Root), BindRule.InUse);
                Require(engine.Table.Tcp.ConnectAny(sockets[5], sockets[0].Claim, Peer), BindRule.ExhaustedByConnect);
            });
        }
    }

    [Fact]
    public void The_measure_sees_an_allocation() =>
        Assert.ThrowsAny<Exception>(() => AssertAllocatesNothing("one object", () => GC.KeepAlive(new object())));

    // A full ephemeral range: what the table adds to each socket. All that is allocated counts, even what growing tables throw away, so
    // that other tests at work meanwhile do not disturb the measure; what stays is less.
    [Theory]
    [InlineData("0.0.0.0", 1, false)]
    [InlineData("10.1.0.1", 1, false)]
    [InlineData("10.1.0.1", 100, false)]
    [InlineData("::", 1, false)]
    [InlineData("0.0.0.0", 1, true)]
    public void A_held_port_costs_less_than_100_octets_beside_its_socket(string first, int addresses, bool isStream)
    {
        BindEngine engine = Engine(Personality.Linux);
        PortRange range = Personality.Linux.EphemeralPorts;
        var start = InetAddress.Parse(first);
        SocketBinding[] sockets = new SocketBinding[range.Count / addresses * addresses];
        for (int i = 0; i < sockets.Length; i++)
            sockets[i] = engine.Open(isStream ? engine.Table.Tcp : engine.Table.Udp, start.Family, Caller.Root, null);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < sockets.Length; i++)
        {
            InetAddress address = addresses == 1 ? start : InetAddress.FromV4(start.V4Bits + (uint)(i % addresses));
            Require(engine.Bind(sockets[i], new InetEndpoint(address, (ushort)(range.First + (i / addresses))), Caller.Root));
        }

        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / sockets.Length;
        TestContext.Current.TestOutputHelper?.WriteLine($"{each} octets a port");
        Assert.InRange(each, 1, 99);
    }

    private static IEnumerable<Sharing> SharingsOf(Personality personality)
    {
        yield return Sharing.None;
        yield return Sharing.ReuseAddress;
        if (personality.HasReusePort) yield return Sharing.ReusePort;
        if (personality.HasReusePort) yield return Sharing.ReuseAddress | Sharing.ReusePort;
        if (personality.HasExclusive) yield return Sharing.Exclusive;
    }

    private static BindEngine Engine(Personality personality, PortAlgorithm? algorithm = null)
    {
        var settings = new BindSettings(personality) { EphemeralPorts = new PortRange(41000, 41999) };      // one page, soon warm
        if (algorithm is { } chosen) settings.StreamBind = settings.StreamConnect = settings.Datagram = chosen;
        return new BindEngine(new BindTable(personality, new Random(5).NextBytes, settings), new PlainRoutes());
    }

    private static SocketBinding[] Open(BindEngine engine, bool isStream, string address, Sharing sharing)
    {
        var sockets = new SocketBinding[Sockets];
        for (int i = 0; i < sockets.Length; i++)
        {
            PortSpace ports = isStream ? engine.Table.Tcp : engine.Table.Udp;
            sockets[i] = engine.Open(ports, InetAddress.Parse(address).Family, Caller.Root, null);
            engine.SetV6Only(sockets[i], false);
            foreach (Sharing option in new[] { Sharing.ReuseAddress, Sharing.ReusePort, Sharing.Exclusive })
                if (sharing.HasFlag(option)) engine.SetSharing(sockets[i], option, true);
        }

        return sockets;
    }

    private static void BindFindClose(BindEngine engine, SocketBinding[] sockets, string address, ushort port)
    {
        var local = new InetEndpoint(InetAddress.Parse(address), port);
        PortSpace ports = sockets[0].Ports;
        Require(engine.Bind(sockets[0], local, Caller.Root));
        for (int i = 1; i < sockets.Length; i++) engine.Bind(sockets[i], local, Caller.Root);
        foreach (SocketBinding socket in sockets)
            ports.Find(InetAddress.FromV4(0x0A010001), socket.Port, Peer.Address, Peer.Port);
        foreach (SocketBinding socket in sockets) BindEngine.Close(socket);
    }

    private static void ConnectAll(BindEngine engine, SocketBinding[] sockets)
    {
        var claim = new Claim(InetAddress.FromV4(0x0A010001));
        foreach (SocketBinding socket in sockets) Require(engine.Table.Tcp.ConnectAny(socket, claim, Peer));
        foreach (SocketBinding socket in sockets) BindEngine.Close(socket);
    }

    private static void Require(BindOutcome outcome, BindRule rule = BindRule.Granted)
    {
        if (outcome.Rule != rule) throw new InvalidOperationException($"{outcome.Rule} instead of {rule}");
    }

    private static void AssertAllocatesNothing(string what, Action action)
    {
        for (int i = 0; i < 8 * Rounds; i++) action();      // rare things, such as one port for two, must have been seen
        long allocated = Allocation.Of(() =>
        {
            for (int i = 0; i < Rounds; i++) action();
        });
        Assert.True(allocated == 0, $"{what}: {allocated / Rounds} octets a round of {Sockets} sockets");
    }
}
