using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;
using TcpListener = UserNet.Sockets.TcpListener;

namespace UserNet.Tests.Simulation;

/// <summary>Hosts of a virtual network: they talk over links, switches and routers, pause, crash and come back.</summary>
public sealed class VirtualHostTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly VirtualNetwork _network = new(7);
    private readonly VirtualHost _client, _server;

    public VirtualHostTests()
    {
        _client = _network.AddHost("client");
        _server = _network.AddHost("server");
        VirtualHost router = _network.AddRouter("router");
        var far = new VirtualLinkOptions { There = new LinkConditions { Delay = TimeSpan.FromMilliseconds(10) } };
        _network.Connect(_client, "10.0.1.2/24", router, "10.0.1.1/24", far);
        _network.Connect(router, "10.0.2.1/24", _server, "10.0.2.2/24", far);
        _client.AddRoute("0.0.0.0/0", "10.0.1.1");
        _server.AddRoute("0.0.0.0/0", "10.0.2.1");
    }

    public void Dispose() => _network.Dispose();

    [Fact]
    public void A_program_talks_to_another_host_through_a_router_in_virtual_time()
    {
        _server.OnBoot(EchoAsync, "echo");
        string answer = _network.Run(() => AskAsync("hello"));
        Assert.Equal("hello", answer);
        // The handshake, the question and its answer, each 20 ms there and back 20 ms; ARP on both links before.
        Assert.InRange(_network.Clock.Now.SinceStart.TotalMilliseconds, 80, 200);
    }

    [Fact]
    public void Blocking_calls_let_the_others_work()
    {
        _server.OnBoot(EchoAsync, "echo");
        using NetworkSocket socket = _client.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
        socket.Connect(InetEndpoint.Parse("10.0.2.2:7"));
        socket.Send("blocking"u8);
        byte[] buffer = new byte[100];
        Assert.Equal(8, socket.Receive(buffer));
    }

    [Fact]
    public void A_wait_that_can_never_end_says_who_waits_for_what()
    {
        StalledException stalled = Assert.Throws<StalledException>(() => _network.Run(async () =>
        {
            TcpListener listener = _client.Stack.Listen(InetEndpoint.Parse("10.0.1.2:80"));
            await listener.AcceptAsync();
        }));
        Assert.Contains("client: accept at tcp 10.0.1.2:80 (LISTEN)", stalled.Waits);
        Assert.Contains("the program: has not ended", stalled.Waits);
    }

    [Fact]
    public void A_foreign_thread_that_calls_a_host_is_a_fault_that_names_the_call()
    {
        Exception? seen = null;
        var thread = new Thread(() => seen = Record.Exception(() => _client.Stack.Snapshot()));
        thread.Start();
        thread.Join();
        ForeignThreadException foreign = Assert.IsType<ForeignThreadException>(seen);
        Assert.Contains("UserNet.NetworkStack.Snapshot()", foreign.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(A_foreign_thread_that_calls_a_host_is_a_fault_that_names_the_call), foreign.Message, StringComparison.Ordinal);
        Assert.Same(foreign, Assert.Throws<ForeignThreadException>(() => _network.RunFor(Second)));
        _network.RunFor(Second);      // it was told once
    }

    [Fact]
    public void A_crash_ends_connections_without_a_word_and_a_restart_knows_nothing_of_them()
    {
        _server.OnBoot(EchoAsync, "echo");
        _network.Run(async () =>
        {
            TcpConnection connection = await _client.Stack.ConnectAsync(InetEndpoint.Parse("10.0.2.2:7"));
            Stream stream = connection.AsStream();
            await stream.WriteAsync("one"u8.ToArray());
            byte[] buffer = new byte[10];
            Assert.Equal(3, await stream.ReadAsync(buffer));
            _server.Crash();
            Assert.False(_server.IsUp);
            await Task.Delay(Second, _client.Clock);
            _server.Restart();
            Assert.Equal(2, _server.BootCount);
            await stream.WriteAsync("two"u8.ToArray());
            IOException broken = await Assert.ThrowsAsync<IOException>(() => stream.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken).AsTask());
            Assert.Equal(SocketError.ConnectionReset, Assert.IsType<NetworkException>(broken.InnerException).SocketErrorCode);
            Assert.Equal("three", await AskAsync("three"));
        });
    }

    [Fact]
    public void A_paused_host_answers_late()
    {
        _server.OnBoot(EchoAsync, "echo");
        _network.At(TimeSpan.FromMilliseconds(1), _server.Pause);
        _network.At(TimeSpan.FromSeconds(3), _server.Resume);
        Assert.Equal("late", _network.Run(() => AskAsync("late")));
        Assert.InRange(_network.Clock.Now.SinceStart.TotalSeconds, 3, 4.5);
    }

    [Fact]
    public void A_wrong_clock_is_wrong_for_its_host_alone()
    {
        VirtualHost fast = _network.AddHost("fast", new VirtualHostOptions { ClockSkew = 100_000, ClockOffset = TimeSpan.FromDays(1) });
        int ticks = 0;
        using ITimer timer = fast.Clock.CreateTimer(_ => ticks++, null, Second, Second);
        _network.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(11, fast.Clock.Now.SinceStart.TotalSeconds);
        Assert.Equal(11, ticks);
        Assert.Equal(_network.Clock.GetUtcNow().AddDays(1).AddSeconds(1), fast.Clock.GetUtcNow());
        Assert.Equal(10, _client.Clock.Now.SinceStart.TotalSeconds);
    }

    [Fact]
    public void A_crash_ends_a_program_that_blocks_where_it_stands()
    {
        var boots = new List<int>();
        _server.OnBoot(host =>
        {
            boots.Add(host.BootCount);
            using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            socket.Bind(InetEndpoint.Parse("0.0.0.0:9"));
            socket.Receive(new byte[10]);
            boots.Add(-host.BootCount);
            return Task.CompletedTask;
        });
        _network.At(Second, _server.Crash);
        _network.At(2 * Second, _server.Restart);
        _network.At(3 * Second, () =>
        {
            using NetworkSocket socket = _client.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            socket.TrySendTo([1], InetEndpoint.Parse("10.0.2.2:9"));
        });
        _network.RunFor(5 * Second);
        Assert.Equal([1, 2, -2], boots);
        Assert.Empty(_network.DescribeWaits());
    }

    [Fact]
    public void What_a_program_asserts_behind_a_crash_of_its_own_comes_out()
    {
        _ = _server.Start(static host =>
        {
            host.Restart();
            throw new FormatException("planted");
        });
        Assert.Throws<FormatException>(() => _network.RunFor(Second));
    }

    [Fact]
    public void A_link_that_can_not_be_is_refused_and_not_there()
    {
        using var other = new VirtualNetwork(1);
        VirtualHost stranger = other.AddHost("stranger");
        int links = _network.Links.Count;
        Assert.Contains("of another network", Assert.Throws<ArgumentException>(() => _network.Connect(_client, "10.9.0.1/24", stranger, "10.9.0.2/24")).Message, StringComparison.Ordinal);
        Assert.Contains("no prefix length", Assert.Throws<FormatException>(() => _network.Connect(_client, "10.9.0.1", _server, "10.9.0.2/24")).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => _network.Connect(_client, "10.9.0.1/33", _network.AddSwitch()));
        _server.Crash();
        Assert.Throws<InvalidOperationException>(() => _network.Connect(_client, "10.9.0.1/24", _server, "10.9.0.2/24"));
        Assert.Equal(links, _network.Links.Count);
        Assert.Single(_client.Interfaces);
    }

    private async Task<string> AskAsync(string question)
    {
        TcpConnection connection = await _client.Stack.ConnectAsync(InetEndpoint.Parse("10.0.2.2:7"));
        Stream stream = connection.AsStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(question));
        byte[] buffer = new byte[100];
        int count = await stream.ReadAsync(buffer);
        await stream.DisposeAsync();
        return System.Text.Encoding.ASCII.GetString(buffer, 0, count);
    }

    private static async Task EchoAsync(VirtualHost host)
    {
        TcpListener listener = host.Stack.Listen(InetEndpoint.Parse("0.0.0.0:7"));
        while (true)
        {
            TcpConnection connection = await listener.AcceptAsync();
            _ = ServeAsync(connection);
        }
    }

    private static async Task ServeAsync(TcpConnection connection)
    {
        Stream stream = connection.AsStream();
        byte[] buffer = new byte[1000];
        while (await stream.ReadAsync(buffer) is var count and > 0) await stream.WriteAsync(buffer.AsMemory(0, count));
        await stream.DisposeAsync();
    }
}
