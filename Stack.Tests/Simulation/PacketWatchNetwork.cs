using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using TcpListener = UserNet.Sockets.TcpListener;

namespace UserNet.Tests.Simulation;

/// <summary>A client and a server with a router between them, 10 ms each way on both links, and an echo server at port 7.</summary>
internal sealed class PacketWatchNetwork : IDisposable
{
    public static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public PacketWatchNetwork(ulong seed = 7)
    {
        Network = new VirtualNetwork(seed);
        Client = Network.AddHost("client");
        Server = Network.AddHost("server");
        Router = Network.AddRouter("router");
        var far = new VirtualLinkOptions { There = new LinkConditions { Delay = TimeSpan.FromMilliseconds(10) } };
        Near = Network.Connect(Client, "10.0.1.2/24", Router, "10.0.1.1/24", far);
        Far = Network.Connect(Router, "10.0.2.1/24", Server, "10.0.2.2/24", far);
        Client.AddRoute("0.0.0.0/0", "10.0.1.1");
        Server.AddRoute("0.0.0.0/0", "10.0.2.1");
        Server.OnBoot(EchoAsync, "echo");
        Network.Run();
    }

    public VirtualNetwork Network { get; }

    public VirtualHost Client { get; }

    public VirtualHost Router { get; }

    public VirtualHost Server { get; }

    public VirtualLink Near { get; }

    public VirtualLink Far { get; }

    public void Dispose() => Network.Dispose();

    /// <summary>Has the client begin to connect to the server's echo.</summary>
    public Task<TcpConnection> Connect(int port = 7) =>
        Client.Stack.ConnectAsync(InetEndpoint.Parse($"10.0.2.2:{port}")).AsTask();

    /// <summary>Has the client send a datagram to the server.</summary>
    public void SendDatagram(int port = 9, int length = 5)
    {
        using NetworkSocket socket = Client.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.SendTo(new byte[length], InetEndpoint.Parse($"10.0.2.2:{port}"));
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
        byte[] buffer = new byte[4096];
        while (await stream.ReadAsync(buffer) is var count and > 0) await stream.WriteAsync(buffer.AsMemory(0, count));
        await stream.DisposeAsync();
    }
}
