using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using TcpListener = UserNet.Sockets.TcpListener;

namespace UserNet.Tests.Simulation;

/// <summary>A client sends to a server through a router, and something is wrong with a link, a host or a clock meanwhile.</summary>
public class TransfersUnderFaultsTests : IDisposable
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private const int Octets = 1_000_000;

    private static readonly LinkConditions Wire = new() { Delay = TimeSpan.FromMilliseconds(10), BitsPerSecond = 8_000_000 };

    private readonly VirtualNetwork _network = new(7);
    private VirtualHost _client = null!, _router = null!, _server = null!;
    private VirtualLink _near = null!, _far = null!;
    private int _received;

    public void Dispose()
    {
        _network.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Over_a_black_hole_nobody_is_told_and_who_probes_finds_it_by_itself()
    {
        Build(new VirtualLinkOptions { There = Wire with { LargestPacket = 1300 } });
        _client.Configure(static stack => stack.Tcp.MtuProbing = TcpMtuProbing.AfterBlackHole);
        using PacketWatch watch = _network.Watch(memory: 20_000);
        Transfer();
        Assert.True(_far.ThereCounts.TooLong > 1);
        Assert.Contains(watch.Dropped.Kept, static packet => packet.Remark == "too long on the way there");
        Assert.DoesNotContain(watch.Kept, static packet => packet.View.IsIcmpv4 || (packet.View.IsIcmpv6 && packet.View.Icmpv6.IsError));
    }

    [Fact]
    public void Over_a_black_hole_who_does_not_probe_gives_up_as_Linux_does()
    {
        Build(new VirtualLinkOptions { There = Wire with { LargestPacket = 1300 } });
        IOException broken = Assert.Throws<IOException>(Transfer);
        Assert.Equal(SocketError.TimedOut, Assert.IsType<NetworkException>(broken.InnerException).SocketErrorCode);
        Assert.Equal(0, _received);
        Assert.InRange(_network.Clock.Now.SinceStart.TotalMinutes, 10, 30);
    }

    [Fact]
    public void A_router_with_a_smaller_MTU_says_so_and_the_sender_keeps_to_it()
    {
        Build();
        VirtualHost core = _network.AddRouter("core"), other = _network.AddHost("other");
        VirtualLink narrow = _network.Connect(_router, Family.Prefix(3, 1), core, Family.Prefix(3, 2), new VirtualLinkOptions { There = Wire, Mtu = Math.Max(600, Family.LeastMtu) });
        _network.Connect(core, Family.Prefix(4, 1), other, Family.Prefix(4, 2));
        _router.AddRoute(Family.Prefix(4, 0), Family.Host(3, 2));
        core.AddRoute(Family.Everything, Family.Host(3, 1));
        other.AddRoute(Family.Everything, Family.Host(4, 1));
        other.OnBoot(ServeAsync);
        using PacketWatch watch = _client.Watch(memory: 20_000);
        Transfer(Family.Host(4, 2));
        SeenPacket error = watch.Received.Expect(Packets.IcmpError(), within: TimeSpan.Zero);
        if (Family.IsV6) Assert.Equal(Icmpv6Type.PacketTooBig, error.View.Icmpv6.Type);
        else Assert.Equal((Icmpv4Type.DestinationUnreachable, 4), (error.View.Icmpv4.Type, error.View.Icmpv4.Code));
        _client.Configure(stack => Assert.Equal(1, (Family.IsV6 ? stack.Core.OutputV6!.PathMtu : stack.PathMtu).Count));
        Assert.Equal(0, narrow.ThereCounts.TooLong);
    }

    [Fact]
    public void A_black_hole_that_opens_and_closes_again_costs_time_alone()
    {
        Build();
        _network.At(TimeSpan.FromSeconds(0.5), () => _far.There = _far.There with { LargestPacket = 1000 });
        _network.At(TimeSpan.FromSeconds(30), () => _far.There = _far.There with { LargestPacket = null });
        Transfer();
        Assert.True(_far.ThereCounts.TooLong > 0);
    }

    [Theory]
    [InlineData("server", 100_000, "client", -100_000)]
    [InlineData("server", -100_000, "client", 100_000)]
    public void Clocks_that_go_wrong_break_no_transfer(string a, double skewA, string b, double skewB)
    {
        Build(new VirtualLinkOptions { There = Wire with { Loss = 0.02 } });
        _network.Host(a).Clock.Skew = skewA;
        _network.Host(b).Clock.Skew = skewB;
        _network.At(TimeSpan.FromSeconds(0.5), () => _network.Host(a).Clock.Offset += TimeSpan.FromDays(1));
        Transfer();
        Assert.True(_client.Stack.Statistics[Counter.TcpRetransSegs] > 0);
    }

    [Theory]
    [InlineData("0.5s..4s pause client")]
    [InlineData("0.5s..4s pause server")]
    [InlineData("0.5s..4s pause router")]
    [InlineData("0.5s..4s crash router")]
    [InlineData("0.5s..4s down router-server")]
    [InlineData("0.5s..4s partition client | server")]
    public void What_stands_still_goes_on_where_it_was(string fault)
    {
        Build();
        FaultSchedule.Parse(fault).ApplyTo(_network);
        Transfer();
        Assert.InRange(_network.Clock.Now.SinceStart.TotalSeconds, 4, 10);
    }

    [Fact]
    public void A_flapping_link_lets_a_transfer_through_by_and_by()
    {
        Build();
        FaultSchedule.Parse("0.2s.. flap router-server 500ms 70%").ApplyTo(_network);
        Transfer();
        Assert.True(_far.ThereCounts.Down > 0);
    }

    [Fact]
    public void A_server_that_crashes_and_boots_resets_what_it_does_not_know()
    {
        Build();
        FaultSchedule.Parse("0.5s..1.5s crash server").ApplyTo(_network);
        IOException broken = Assert.Throws<IOException>(Transfer);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<NetworkException>(broken.InnerException).SocketErrorCode);
        Assert.Equal(2, _server.BootCount);
    }

    [Fact]
    public void A_crash_forgets_TIME_WAIT()
    {
        Build();
        Transfer();
        _client.ExpectTableWithin(Family.IsV6 ? "tcp TIME-WAIT [2001:db8:1::2]:* [2001:db8:2::2]:9" : "tcp TIME-WAIT 10.0.1.2:* 10.0.2.2:9", limit: TimeSpan.FromSeconds(1));
        _client.Restart();
        _client.ExpectTable("");
        _network.RunFor(TimeSpan.FromMinutes(3));
        _client.ExpectTable("");
    }

    private void Build(VirtualLinkOptions? far = null)
    {
        _client = _network.AddHost("client");
        _router = _network.AddRouter("router");
        _server = _network.AddHost("server");
        _near = _network.Connect(_client, Family.Prefix(1, 2), _router, Family.Prefix(1, 1), new VirtualLinkOptions { There = Wire });
        _far = _network.Connect(_router, Family.Prefix(2, 1), _server, Family.Prefix(2, 2), far ?? new VirtualLinkOptions { There = Wire });
        _client.AddRoute(Family.Everything, Family.Host(1, 1));
        _server.AddRoute(Family.Everything, Family.Host(2, 1));
        _server.OnBoot(ServeAsync, "sink");
    }

    private void Transfer() => Transfer(Family.Host(2, 2));

    private void Transfer(string server)
    {
        byte[] octets = new byte[Octets];
        new Random(1).NextBytes(octets);
        _network.Run(async () =>
        {
            TcpConnection connection = await _client.Stack.ConnectAsync(new InetEndpoint(InetAddress.Parse(server), 9));
            await using Stream stream = connection.AsStream();
            await stream.WriteAsync(octets);
            connection.Socket.Shutdown(SocketShutdown.Send);
            byte[] sum = new byte[8];
            await stream.ReadExactlyAsync(sum);
            Assert.Equal(SumOf(octets, 0), BitConverter.ToUInt64(sum));
        });
        Assert.Equal(Octets, _received);
    }

    private async Task ServeAsync(VirtualHost host)
    {
        TcpListener listener = host.Stack.Listen(new InetEndpoint(Family.Any, 9));
        await using Stream stream = (await listener.AcceptAsync()).AsStream();
        byte[] octets = new byte[20_000];
        ulong sum = 0;
        while (await stream.ReadAsync(octets) is var count and > 0)
        {
            sum = SumOf(octets.AsSpan(0, count), sum);
            _received += count;
        }

        await stream.WriteAsync(BitConverter.GetBytes(sum));
    }

    private static ulong SumOf(ReadOnlySpan<byte> octets, ulong sum)
    {
        foreach (byte octet in octets) sum = unchecked((sum * 31) + octet);
        return sum;
    }
}

/// <summary>The same over IPv6.</summary>
public sealed class TransfersUnderFaultsV6Tests : TransfersUnderFaultsTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
