using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>What streams allocate: nothing for a segment once all is warm, and little for a connection.</summary>
/// <remarks>Alone, since what others allocate meanwhile would be counted too.</remarks>
[Collection(nameof(WholeProcess))]
public class AllocationTests : IDisposable
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private readonly StepScheduler _scheduler = new();
    private readonly ManualClock _clock = new();
    private readonly NetworkStack _near, _far;
    private readonly byte[] _block = new byte[32 * 1024], _buffer = new byte[256 * 1024];

    public AllocationTests()
    {
        _near = NewStack();
        _far = NewStack();
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _near.Dispose();
        _far.Dispose();
    }

    [Theory]
    [InlineData(1500, LinkFeatures.None)]
    [InlineData(1500, LinkFeatures.All)]
    [InlineData(9000, LinkFeatures.Checksum)]
    [InlineData(65_535, LinkFeatures.None)]
    public void Segments_and_their_acknowledgments_allocate_nothing_whatever_the_link_does(int mtu, LinkFeatures features)
    {
        Join(mtu, features);
        (NetworkSocket client, NetworkSocket server) = Open();
        Move(client, server, 64 * 1024 * 1024);      // the windows and rings are as large as they become
        Move(server, client, 64 * 1024 * 1024);
        Assert.Equal(0, Allocation.Of(() => Move(client, server, 4 * 1024 * 1024)));
        Assert.Equal(0, Allocation.Of(() => Move(server, client, 4 * 1024 * 1024)));
    }

    [Fact]
    public void Requests_and_responses_allocate_nothing()
    {
        Join(1500, LinkFeatures.None);
        (NetworkSocket client, NetworkSocket server) = Open();
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                Move(client, server, 1 + i % 3000);
                Move(server, client, 1 + i % 5);
            }
        }));
    }

    [Fact]
    public void A_connection_at_rest_holds_little()
    {
        const int Connections = 5000, Least = 200, Most = 2048;
        Join(1500, LinkFeatures.None);
        NetworkSocket listener = Listen();
        OpenAndUse(listener, 10);      // what all share is there
        long before = GC.GetTotalMemory(forceFullCollection: true);
        List<NetworkSocket> open = OpenAndUse(listener, Connections);
        double each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (2.0 * Connections);
        GC.KeepAlive(open);
        Assert.InRange(each, Least, Most);      // one end, its socket and its place in the bind table included
    }

    /// <summary>100,000 in a long run.</summary>
    [Fact]
    public void Many_connections_are_opened_used_and_closed_and_nothing_is_left_of_them()
    {
        const int Most = 2048 + 64;      // its share of tables that grow by doubling included
        int count = TestSettings.Count(5000, 100_000);
        Join(1500, LinkFeatures.None);
        NetworkSocket[] listeners = [Listen(7), Listen(8), Listen(9), Listen(10), Listen(11)];      // a destination has some 28,000 ports
        OpenAndUse(listeners[0], 10);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        List<NetworkSocket> open = [];
        foreach (NetworkSocket listener in listeners) open.AddRange(OpenAndUse(listener, count / listeners.Length));
        Assert.InRange((GC.GetTotalMemory(forceFullCollection: true) - before) / (2.0 * count), 1, Most);
        Assert.Equal(count + 10, _near.HolderCount);
        foreach (NetworkSocket socket in open)
        {
            socket.Dispose();
            _scheduler.RunUntilIdle();
        }

        _clock.Advance(TimeSpan.FromMinutes(2));      // TIME-WAIT is over
        _scheduler.RunUntilIdle();
        Assert.Equal((10, 10 + listeners.Length), (_near.HolderCount, _far.HolderCount));
        foreach (NetworkStack stack in new[] { _near, _far })
            Assert.Equal((0, 0), (stack.Core.Tcp!.Chunks.Outstanding, stack.Core.Context.Packets.Outstanding));
    }

    [Fact]
    public void A_connection_in_TIME_WAIT_holds_less()
    {
        const int Connections = 5000, Least = 100, Most = 800;
        Join(1500, LinkFeatures.None);
        NetworkSocket listener = Listen();
        OpenAndClose(listener, Connections);
        _clock.Advance(TimeSpan.FromMinutes(2));      // what all share is there, and as large as it becomes
        _scheduler.RunUntilIdle();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        OpenAndClose(listener, Connections);
        double each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Connections;
        Assert.InRange(each, Least, Most);
        GC.KeepAlive(listener);
    }

    private void OpenAndClose(NetworkSocket listener, int count)
    {
        for (int i = 0; i < count; i++)
        {
            (NetworkSocket client, NetworkSocket server) = Open(listener);
            server.Dispose();
            _scheduler.RunUntilIdle();
            client.Dispose();
            _clock.Advance(TimeSpan.FromMilliseconds(1));      // whoever has the port again is told from who had it
            _scheduler.RunUntilIdle();
        }
    }

    private NetworkStack NewStack() => new(new NetworkStackOptions { Scheduler = _scheduler, TimeProvider = _clock });

    private void Join(int mtu, LinkFeatures features)
    {
        var cable = new LinkPair(new LinkPairOptions { Scheduler = _scheduler, Mtu = mtu, Features = features });
        _near.Attach("eth0", cable.A, new InterfaceOptions { Addresses = [Family.Prefix(1)] });
        _far.Attach("eth0", cable.B, new InterfaceOptions { Addresses = [Family.Prefix(2)] });
        _clock.Advance(TimeSpan.FromSeconds(5));      // addresses are looked for on the link first
        _scheduler.RunUntilIdle();
    }

    private NetworkSocket Listen(ushort port = 7)
    {
        NetworkSocket listener = _far.CreateSocket(Family.Sockets, SocketType.Stream);
        listener.Bind(new InetEndpoint(Family.B, port));
        listener.Listen();
        return listener;
    }

    private (NetworkSocket Client, NetworkSocket Server) Open() => Open(Listen());

    private (NetworkSocket Client, NetworkSocket Server) Open(NetworkSocket listener)
    {
        NetworkSocket client = _near.CreateSocket(Family.Sockets, SocketType.Stream);
        client.NoDelay = true;
        client.TryConnect(listener.LocalName);
        _scheduler.RunUntilIdle();
        Assert.True(listener.TryAccept(out NetworkSocket? server).IsDone);
        server!.NoDelay = true;
        return (client, server);
    }

    private List<NetworkSocket> OpenAndUse(NetworkSocket listener, int count)
    {
        List<NetworkSocket> open = new(2 * count);
        for (int i = 0; i < count; i++)
        {
            (NetworkSocket client, NetworkSocket server) = Open(listener);
            Move(client, server, 5000);
            Move(server, client, 5000);
            _clock.Advance(TimeSpan.FromMilliseconds(200));      // acknowledgments are no longer delayed
            _scheduler.RunUntilIdle();
            open.Add(client);
            open.Add(server);
        }

        return open;
    }

    private void Move(NetworkSocket from, NetworkSocket to, int octets)
    {
        int sent = 0, received = 0, idle = 0;
        while (received < octets)
        {
            if (sent < octets) sent += Math.Max(0, from.TrySend(_block.AsSpan(0, Math.Min(_block.Length, octets - sent))).Octets);
            _scheduler.RunUntilIdle();
            int before = received;
            for (TransferResult result; (result = to.TryReceiveFrom(_buffer, out _)).Octets > 0;) received += result.Octets;
            _scheduler.RunUntilIdle();
            idle = received > before ? 0 : idle + 1;
            if (idle > 1000) throw new InvalidOperationException($"Only {received} of {octets} octets came.");
        }
    }
}

/// <summary>The same over IPv6.</summary>
[Collection(nameof(WholeProcess))]
public sealed class AllocationV6Tests : AllocationTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
