using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Udp;

namespace UserNet.Tests.Emulation;

/// <summary>
/// Hosts h1, h2, ... (10.0.0.11 and so on) on a switch behind a router "inner"; behind that "nat", whose outer address is 203.0.113.2; then
/// two routers of the world, "isp" and "core", and the server, 198.51.100.9, and another, 198.51.100.10, which do not know 10/8.
/// </summary>
internal sealed class TranslatedNetwork : IDisposable
{
    public const string Server = "198.51.100.9", OtherServer = "198.51.100.10", OuterAddress = "203.0.113.2";

    public TranslatedNetwork(
        ulong seed, int hosts = 1, LinkConditions? conditions = null, int insideMtu = 1500, int farMtu = 1500,
        Func<AddressTranslationOptions, AddressTranslationOptions>? change = null, bool isRouters = true)
    {
        Network = new VirtualNetwork(seed);
        AddressTranslationOptions options = TranslationRig.Options with { OuterAddressIsRouters = isRouters };
        if (!isRouters) options = options with { OuterAddress = InetAddress.Parse("192.0.2.1") };
        options = change?.Invoke(options) ?? options;
        LinkSwitch floor = Network.AddSwitch("floor");
        VirtualHost inner = Network.AddRouter("inner"), isp = Network.AddRouter("isp"), core = Network.AddRouter("core");
        Nat = Network.AddRouter("nat", new VirtualHostOptions { Translation = options, TranslatedInterface = isRouters ? null : "eth1" });
        Network.Connect(inner, "10.0.0.1/24", floor);
        Network.Connect(inner, "10.0.1.2/24", Nat, "10.0.1.1/24", new VirtualLinkOptions { Mtu = insideMtu });
        Network.Connect(Nat, "203.0.113.2/24", isp, "203.0.113.1/24", new VirtualLinkOptions { There = conditions ?? LinkConditions.Perfect });
        Network.Connect(isp, "192.0.2.101/30", core, "192.0.2.102/30", new VirtualLinkOptions { Mtu = farMtu });
        LinkSwitch center = Network.AddSwitch("center");
        Network.Connect(core, "198.51.100.1/24", center);
        foreach (string address in (string[])[Server, OtherServer])
        {
            VirtualHost server = Network.AddHost($"server {address}");
            Network.Connect(server, $"{address}/24", center);
            server.AddRoute("0.0.0.0/0", "198.51.100.1");
            Servers.Add(server);
        }

        inner.AddRoute("0.0.0.0/0", "10.0.1.1");
        Nat.AddRoute("10.0.0.0/24", "10.0.1.2");
        Nat.AddRoute("0.0.0.0/0", "203.0.113.1");
        isp.AddRoute("198.51.100.0/24", "192.0.2.102");
        if (!isRouters) isp.AddRoute("192.0.2.1/32", "203.0.113.2");
        core.AddRoute("0.0.0.0/0", "192.0.2.101");
        for (int i = 1; i <= hosts; i++)
        {
            VirtualHost host = Network.AddHost($"h{i}");
            Network.Connect(host, $"10.0.0.{10 + i}/24", floor);
            host.AddRoute("0.0.0.0/0", "10.0.0.1");
            Hosts.Add(host);
        }
    }

    public VirtualNetwork Network { get; }

    public VirtualHost Nat { get; }

    public AddressTranslation Translation => Nat.Translation!;

    public List<VirtualHost> Servers { get; } = [];

    public List<VirtualHost> Hosts { get; } = [];

    public void Dispose() => Network.Dispose();

    /// <summary>Sends every datagram back; who sent them is kept.</summary>
    public static List<InetEndpoint> EchoDatagrams(VirtualHost host, ushort port = 7)
    {
        List<InetEndpoint> seen = [];
        _ = host.Start(
            async at =>
            {
                NetworkSocket socket = at.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
                socket.Bind(new InetEndpoint(InetAddress.AnyV4, port));
                byte[] buffer = new byte[65_536];
                while (true)
                {
                    DatagramInfo info = await socket.ReceiveFromAsync(buffer);
                    seen.Add(info.Source);
                    socket.TrySendTo(buffer.AsSpan(0, info.Length), info.Source);
                }
            },
            "echo");
        return seen;
    }

    /// <summary>Sends every octet of every stream back.</summary>
    public static void EchoStreams(VirtualHost host, ushort port = 7) => _ = host.Start(
        async at =>
        {
            NetworkSocket listener = at.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
            listener.Bind(new InetEndpoint(InetAddress.AnyV4, port));
            listener.Listen();
            while (true) _ = EchoAsync(await listener.AcceptAsync());
        },
        "echo of streams");

    /// <summary>Sends octets to an echo and says whether they came back.</summary>
    public static async Task<bool> AskStreamAsync(VirtualHost host, string server, int octets)
    {
        using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
        await socket.ConnectAsync(InetEndpoint.Parse(server));
        byte[] sent = new byte[octets], received = new byte[octets];
        new Random(octets).NextBytes(sent);
        Task sending = SendAllAsync(socket, sent);
        int count = 0;
        while (count < octets && await socket.ReceiveAsync(received.AsMemory(count)) is var more and > 0) count += more;
        await sending;
        bool isOver = await socket.ReceiveAsync(new byte[1]) == 0;
        return isOver && sent.AsSpan().SequenceEqual(received);
    }

    private static async Task SendAllAsync(NetworkSocket socket, ReadOnlyMemory<byte> octets)
    {
        while (octets.Length > 0) octets = octets[await socket.SendAsync(octets)..];
        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task EchoAsync(NetworkSocket socket)
    {
        byte[] buffer = new byte[16_384];
        while (await socket.ReceiveAsync(buffer) is var count and > 0)
            for (int sent = 0; sent < count;) sent += await socket.SendAsync(buffer.AsMemory(sent, count - sent));
        socket.Dispose();
    }
}
