using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Replay;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Udp;
using Xunit;

namespace UserNet.Tests.Replay;

/// <summary>What the host that is recorded, or replayed, is.</summary>
internal sealed record ReplayHost
{
    public TcpProfile Profile { get; init; } = TcpProfile.Linux;

    public Action<TcpSettings>? Settings { get; init; }

    /// <summary>Serves echo over TCP.</summary>
    public bool Serves { get; init; } = true;

    /// <summary>What is done to octets that are echoed.</summary>
    public Action<byte[]>? Change { get; init; }

    /// <summary>Asks the peer: by TCP, UDP and ping.</summary>
    public bool Asks { get; init; } = true;

    /// <summary>Minds what it is answered.</summary>
    public bool Checks { get; init; } = true;
}

/// <summary>
/// A session between two hosts of a lab, as the first one's interface saw it: transfers both ways, a connection refused, datagrams, pings;
/// and the first host alone, to which it is replayed.
/// </summary>
internal static class ReplayRig
{
    public const int Octets = 300_000;
    private const string Here = "192.0.2.1", There = "192.0.2.2";
    private static readonly MacAddress Station = MacAddress.Parse("02:00:00:00:00:01");

    public static RecordedSession Record(ulong seed, LinkConditions? conditions = null, ReplayHost? host = null, LinkMedium medium = LinkMedium.Ethernet) =>
        RecordedSession.Read(new MemoryStream(RecordFile(seed, conditions, host, medium)));

    public static byte[] RecordFile(
        ulong seed, LinkConditions? conditions = null, ReplayHost? host = null, LinkMedium medium = LinkMedium.Ethernet)
    {
        using MemoryStream file = new();
        using (PcapngWriter writer = new(file, leaveOpen: true))
        {
            using VirtualNetwork network = new(seed);
            LinkPair cable = network.AddCable(new LinkPairOptions { Medium = medium });
            conditions ??= new LinkConditions { Delay = TimeSpan.FromMilliseconds(3), Jitter = TimeSpan.FromMilliseconds(1) };
            ILink wire = new CapturingLink(network.Impair(cable.A, conditions, conditions), writer, "eth0", network.Clock);
            using NetworkStack stack = StartHost(network, wire, host ?? new ReplayHost());
            using NetworkStack peer = StartPeer(network, cable.B);
            network.RunFor(TimeSpan.FromSeconds(30));
        }

        return file.ToArray();
    }

    /// <summary>Replays a session, and compares.</summary>
    public static ReplayReport Replay(
        RecordedSession session, ulong seed, ReplayHost? host = null, ReplayStrictness strictness = ReplayStrictness.Semantic,
        ReplayOptions? options = null)
    {
        // The recorded host began with its lab. Who does not know when it did begins with the first frame.
        using VirtualNetwork network = new(seed, strictness == ReplayStrictness.Exact ? new ManualClock() : new ManualClock(session.Start));
        ReplayLink link = new(session, network.Clock, options);
        using NetworkStack stack = StartHost(network, link, host ?? new ReplayHost());
        network.RunFor(link.TimeLeft);
        Assert.True(link.IsOver);
        return link.Compare(strictness);
    }

    private static NetworkStack Open(VirtualNetwork network, string name, ILink link, MacAddress station, string address, ReplayHost host)
    {
        NetworkStack stack = new(new NetworkStackOptions
        {
            TimeProvider = network.Clock,
            Scheduler = network.Scheduler,
            Randomness = network.Randomness(name),
            Tcp = host.Profile,
        });
        host.Settings?.Invoke(stack.Core.Tcp!.Settings);
        MacAddress? given = link.Medium == LinkMedium.Ethernet ? station : null;
        stack.Attach("eth0", link, new InterfaceOptions { Address = given, Addresses = [$"{address}/24"] });
        return stack;
    }

    private static NetworkStack StartHost(VirtualNetwork network, ILink link, ReplayHost host)
    {
        NetworkStack stack = Open(network, "host", link, Station, Here, host);
        _ = EchoDatagramsAsync(stack);
        if (host.Serves) _ = EchoAsync(stack, host.Change);
        if (host.Asks) network.Start(() => host.Checks ? AskAsync(network, stack) : TryAsync(() => AskAsync(network, stack)), "asks");
        return stack;
    }

    private static async Task TryAsync(Func<Task> program)
    {
        try
        {
            await program();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or Xunit.Sdk.IAssertionException or InvalidOperationException)
        {
            // Who is answered nonsense gives up.
        }
    }

    // What a program does in the lab it does at times that are the lab's, so that it does the same in the replay.
    private static async Task AskAsync(VirtualNetwork network, NetworkStack stack)
    {
        await Task.Delay(TimeSpan.FromSeconds(4), network.Clock);
        using (NetworkSocket ping = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Icmp))
        {
            byte[] echo = [8, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3, 4];
            await ping.SendToAsync(echo, InetEndpoint.Parse($"{There}:0"));
            await ping.ReceiveFromAsync(new byte[100]);
        }

        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        for (int i = 0; i < 5; i++)
        {
            await socket.SendToAsync(Pattern(100 * i), InetEndpoint.Parse($"{There}:7"));
            DatagramInfo answer;
            do answer = await socket.ReceiveFromAsync(new byte[2000]);
            while (answer.Length < 100 * i);      // an answer that the wire brings twice is of one of those before
            Assert.Equal(100 * i, answer.Length);
        }

        await TransferAsync(stack, InetEndpoint.Parse($"{There}:7"), Octets / 2);
        await Assert.ThrowsAsync<NetworkException>(async () => await stack.ConnectAsync(InetEndpoint.Parse($"{There}:99")));
    }

    private static NetworkStack StartPeer(VirtualNetwork network, ILink link)
    {
        NetworkStack stack = Open(network, "peer", link, MacAddress.Parse("02:00:00:00:00:02"), There, new ReplayHost());
        _ = EchoDatagramsAsync(stack);
        _ = EchoAsync(stack, null);
        network.Start(Work, "peer");
        return stack;

        async Task Work()
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), network.Clock);
            using (NetworkSocket ping = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Icmp))
            {
                for (byte i = 0; i < 3; i++) await ping.SendToAsync(new byte[] { 8, 0, 0, 0, 0, 0, 0, i, 42 }, InetEndpoint.Parse($"{Here}:0"));
            }

            using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            for (int i = 0; i < 10; i++) await socket.SendToAsync(Pattern(300 * i), InetEndpoint.Parse($"{Here}:7"));
            await socket.SendToAsync(Pattern(10), InetEndpoint.Parse($"{Here}:77"));
            try
            {
                await TransferAsync(stack, InetEndpoint.Parse($"{Here}:7"), Octets);
            }
            catch (SocketException)
            {
                // The host does not serve.
            }

            await Assert.ThrowsAsync<NetworkException>(async () => await stack.ConnectAsync(InetEndpoint.Parse($"{Here}:99")));
        }
    }

    private static async Task TransferAsync(NetworkStack stack, InetEndpoint to, int octets)
    {
        using TcpConnection connection = await stack.ConnectAsync(to);
        Task<long> read = ReadAllAsync(connection.Input);
        await connection.Output.WriteAsync(Pattern(octets));
        await connection.Output.CompleteAsync();
        Assert.Equal(octets, await read);
    }

    private static async Task<long> ReadAllAsync(PipeReader input)
    {
        for (long count = 0; ;)
        {
            ReadResult read = await input.ReadAsync();
            count += read.Buffer.Length;
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return count;
        }
    }

    private static async Task EchoAsync(NetworkStack stack, Action<byte[]>? change)
    {
        UserNet.Sockets.TcpListener listener = stack.Listen(InetEndpoint.Parse("0.0.0.0:7"));
        try
        {
            while (true) _ = EchoOneAsync(await listener.AcceptAsync().ConfigureAwait(false), change);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the host.
        }
    }

    private static async Task EchoOneAsync(TcpConnection connection, Action<byte[]>? change)
    {
        using (connection)
        {
            try
            {
                while (true)
                {
                    ReadResult read = await connection.Input.ReadAsync().ConfigureAwait(false);
                    byte[] octets = read.Buffer.ToArray();
                    change?.Invoke(octets);
                    connection.Input.AdvanceTo(read.Buffer.End);
                    await connection.Output.WriteAsync(octets).ConfigureAwait(false);
                    if (read.IsCompleted) break;
                }

                await connection.Output.CompleteAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                connection.Abort();
            }
        }
    }

    private static async Task EchoDatagramsAsync(NetworkStack stack)
    {
        NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.Bind(InetEndpoint.Parse("0.0.0.0:7"));
        byte[] buffer = new byte[65_536];
        try
        {
            while (true)
            {
                DatagramInfo question = await socket.ReceiveFromAsync(buffer).ConfigureAwait(false);
                await socket.SendToAsync(buffer.AsMemory(0, question.Length), question.Source).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the host.
        }
    }

    private static byte[] Pattern(int length)
    {
        byte[] octets = new byte[length];
        for (int i = 0; i < length; i++) octets[i] = (byte)(i * 31 >> 3);
        return octets;
    }
}
