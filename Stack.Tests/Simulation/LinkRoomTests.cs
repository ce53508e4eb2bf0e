using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tcp;
using Xunit;
using TcpListener = UserNet.Sockets.TcpListener;

namespace UserNet.Tests.Simulation;

/// <summary>A stream waits for room in the queue of its own host's link, rather than lose segments there.</summary>
public sealed class LinkRoomTests
{
    [Theory]
    [InlineData(1, 50_000_000)]
    [InlineData(40, 1_000_000)]
    public void A_wire_that_loses_nothing_has_nothing_sent_again(int streams, int octets)
    {
        using var network = new VirtualNetwork(7);
        VirtualHost client = network.AddHost("client"), server = network.AddHost("server");
        var far = new VirtualLinkOptions { There = new LinkConditions { Delay = TimeSpan.FromMilliseconds(50), MemoryLimit = 1 << 30 } };
        network.Connect(client, "10.0.0.1/24", server, "10.0.0.2/24", far);
        int received = 0;
        server.OnBoot(async host =>
        {
            TcpListener listener = host.Stack.Listen(InetEndpoint.Parse("0.0.0.0:9"), 1000);
            while (true) _ = DrainAsync(await listener.AcceptAsync());
        });
        TcpInfo[] infos = new TcpInfo[streams];
        for (int i = 0; i < streams; i++)
        {
            int number = i;
            client.Start(async host =>
            {
                await using TcpConnection connection = await host.Stack.ConnectAsync(InetEndpoint.Parse("10.0.0.2:9"));
                Stream stream = connection.AsStream();
                for (int sent = 0; sent < octets; sent += 50_000) await stream.WriteAsync(new byte[50_000], TestContext.Current.CancellationToken);
                await stream.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
                infos[number] = connection.Info;
            });
        }

        Assert.True(network.RunUntil(() => infos.All(static info => info is not null), TimeSpan.FromMinutes(10)));
        Assert.Equal(streams * octets, received);
        Assert.All(infos, static info => Assert.Equal(0, info.TotalRetrans));
        Assert.Equal(0, client.Stack.Core.Context.Drops[DropReason.LinkQueueFull]);
        Assert.False(client.Stack.Core.Tcp!.HasWaiting);

        async Task DrainAsync(TcpConnection connection)
        {
            await using Stream stream = connection.AsStream();
            byte[] buffer = new byte[64 * 1024];
            int own = 0;
            while (await stream.ReadAsync(buffer, TestContext.Current.CancellationToken) is var count and > 0)
            {
                received += count;
                own += count;
                if (own == octets) await stream.WriteAsync(new byte[1], TestContext.Current.CancellationToken);
            }
        }
    }

    [Fact]
    public void Streams_share_a_slow_link_and_go_on_when_it_is_gone()
    {
        using var network = new VirtualNetwork(7);
        using var stack = new NetworkStack(new NetworkStackOptions { TimeProvider = network.Clock, Scheduler = network.Scheduler, Randomness = network.Randomness("host") });
        using var peer = new NetworkStack(new NetworkStackOptions { TimeProvider = network.Clock, Scheduler = network.Scheduler, Randomness = network.Randomness("peer") });
        // Sixteen frames fit the cable: what the peer did not take yet waits in the host's queue.
        using LinkPair cable = network.AddCable(new LinkPairOptions { Medium = LinkMedium.Ip, FrameLimit = 16 });
        using ImpairedLink slow = network.Impair(cable.B, LinkConditions.Perfect, new LinkConditions { BitsPerSecond = 10_000_000, QueueLimit = int.MaxValue, MemoryLimit = int.MaxValue });
        stack.Attach("tun0", cable.A, new InterfaceOptions { Addresses = ["10.0.0.1/24"] });
        peer.Attach("tun0", slow, new InterfaceOptions { Addresses = ["10.0.0.2/24"] });
        using TcpListener listener = peer.Listen(InetEndpoint.Parse("0.0.0.0:9"));
        var sockets = new List<NetworkSocket>();
        for (int i = 0; i < 5; i++)
        {
            NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
            socket.SendBufferSize = 4 * 1024 * 1024;
            socket.Connect(InetEndpoint.Parse("10.0.0.2:9"));
            Assert.True(socket.TrySend(new byte[2 * 1024 * 1024]).Octets > 0);
            sockets.Add(socket);
        }

        network.RunFor(TimeSpan.FromSeconds(1));
        Assert.All(sockets, static socket => Assert.True(socket.Info.BytesAcked > 0));
        cable.Dispose();
        network.RunFor(TimeSpan.FromSeconds(1));
        Assert.False(stack.Core.Tcp!.HasWaiting);
        foreach (NetworkSocket socket in sockets) socket.Dispose();
    }
}
