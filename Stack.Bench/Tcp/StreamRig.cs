using System.Diagnostics;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Bench.Measuring;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Bench.Tcp;

/// <summary>Where a client and a server are that one thread moves.</summary>
/// <param name="Mtu">Of the cable between two hosts; 0 for one host's loopback.</param>
/// <param name="Family">What the sockets speak.</param>
/// <param name="TakesBursts">True for a cable that takes many segments as one frame, and open checksums.</param>
internal sealed record StreamScenario(int Mtu, IpFamily Family, bool TakesBursts = false)
{
    public string Way => Mtu == 0 ? "loopback, one host" : $"cable, MTU {Mtu}" + (TakesBursts ? ", takes bursts" : "");
}

/// <summary>Streams in memory that one thread moves: it calls both sockets, and carries the frames.</summary>
internal sealed class StreamRig : IDisposable
{
    private const int Block = 64 * 1024, Port = 7, MostYields = 100_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);      // longer than delayed acknowledgments, and one loss

    private readonly StepScheduler _scheduler = new();
    private readonly NetworkStack _clientHost, _serverHost;
    private readonly Dictionary<int, NetworkSocket> _listeners = [];      // by port
    private readonly AddressFamily _family;
    private readonly InetEndpoint _serverEnd;
    private readonly byte[] _block = new byte[Block], _buffer = new byte[16 * Block];
    private readonly NetworkSocket _client, _server;              // for bulk
    private readonly List<NetworkSocket> _pair;                   // for echoes

    public StreamRig(StreamScenario scenario)
    {
        var options = new NetworkStackOptions { Scheduler = _scheduler };
        _clientHost = new NetworkStack(options);
        _serverHost = scenario.Mtu == 0 ? _clientHost : new NetworkStack(options);
        IpFamily family = scenario.Family;
        string address = family.Loopback();
        if (scenario.Mtu != 0)
        {
            address = family.Host(9, 2);
            var cable = new LinkPair(new LinkPairOptions
            {
                Scheduler = _scheduler,
                Mtu = scenario.Mtu,
                Features = scenario.TakesBursts ? LinkFeatures.All : LinkFeatures.None,
            });
            _clientHost.Attach("eth0", cable.A, new InterfaceOptions { Addresses = [family.Prefix(9, 1)], DuplicateTransmits = 0 });
            _serverHost.Attach("eth0", cable.B, new InterfaceOptions { Addresses = [family.Prefix(9, 2)], DuplicateTransmits = 0 });
        }

        _family = family.Sockets();
        _serverEnd = new InetEndpoint(InetAddress.Parse(address), Port);
        Listen(_serverEnd);
        (_client, _server) = Open(_serverEnd);
        (NetworkSocket client, NetworkSocket server) = Open(_serverEnd);
        _pair = [client, server];
    }

    /// <summary>Moves so many times <see cref="BulkRow.Unit"/> octets to the server.</summary>
    public void Bulk(int count)
    {
        long unsent = (long)count * BulkRow.Unit, missing = unsent;
        for (int idle = 0; missing > 0; Yield(idle))
        {
            for (int sent; unsent > 0 && (sent = _client.TrySend(_block.AsSpan(0, (int)Math.Min(Block, unsent))).Octets) > 0;) unsent -= sent;
            _scheduler.RunUntilIdle();
            int received = 0;
            for (TransferResult result; (result = _server.TryReceiveFrom(_buffer, out _)).Octets > 0;) received += result.Octets;
            _scheduler.RunUntilIdle();
            missing -= received;
            idle = received > 0 ? 0 : idle + 1;
        }
    }

    /// <summary>Has the server send back one octet at a time.</summary>
    public void Echo(int count)
    {
        for (int i = 0; i < count; i++) Use(_pair);
    }

    /// <summary>Opens connections and closes them, the server first, one after the other.</summary>
    public void Connect(int count)
    {
        for (int i = 0; i < count; i++)
        {
            (NetworkSocket client, NetworkSocket server) = Open(_serverEnd);
            server.Dispose();
            _scheduler.RunUntilIdle();
            Expect(client, 0);
            client.Dispose();
            _scheduler.RunUntilIdle();
        }
    }

    /// <summary>Opens connections that stay open, at as many ports of the server as they need.</summary>
    public List<NetworkSocket> OpenMany(int count)
    {
        const int PerPort = 25_000;
        List<NetworkSocket> open = new(2 * count);
        for (int i = 0; i < count; i++)
        {
            if (i % PerPort == 0) Listen(new InetEndpoint(_serverEnd.Address, (ushort)(8000 + i / PerPort)));
            (NetworkSocket client, NetworkSocket server) = Open(new InetEndpoint(_serverEnd.Address, (ushort)(8000 + i / PerPort)));
            open.Add(client);
            open.Add(server);
        }

        return open;
    }

    /// <summary>Sends an octet there and back on each connection.</summary>
    public void Use(List<NetworkSocket> open)
    {
        for (int i = 0; i < open.Count; i += 2)
        {
            Send(open[i]);
            Receive(open[i + 1]);
            Send(open[i + 1]);
            Receive(open[i]);
        }
    }

    /// <summary>Waits until nothing is under way any more, delayed acknowledgments included.</summary>
    public void Rest()
    {
        for (long begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < s_patience;)
        {
            Thread.Sleep(1);
            _scheduler.RunUntilIdle();
        }
    }

    /// <summary>Segments and bursts that both have sent.</summary>
    public long Segments =>
        _clientHost.Core.Context.Counters[Counter.TcpOutSegs]
        + (_serverHost == _clientHost ? 0 : _serverHost.Core.Context.Counters[Counter.TcpOutSegs]);

    public void Dispose()
    {
        _clientHost.Dispose();
        if (_serverHost != _clientHost) _serverHost.Dispose();
    }

    private void Listen(in InetEndpoint endpoint)
    {
        NetworkSocket listener = _serverHost.CreateSocket(_family, SocketType.Stream);
        listener.Bind(endpoint);
        listener.Listen();
        _listeners[endpoint.Port] = listener;
    }

    private (NetworkSocket Client, NetworkSocket Server) Open(in InetEndpoint endpoint)
    {
        NetworkSocket client = _clientHost.CreateSocket(_family, SocketType.Stream);
        client.NoDelay = true;
        TransferResult begun = client.TryConnect(endpoint);
        if (begun.Errno is not (Errno.EINPROGRESS or Errno.Success)) throw new InvalidOperationException($"connect: {begun.Errno}");
        for (int idle = 0; ; idle++)
        {
            _scheduler.RunUntilIdle();
            if (_listeners[endpoint.Port].TryAccept(out NetworkSocket? server).IsDone)
            {
                server!.NoDelay = true;
                return (client, server);
            }

            Yield(idle + 1);
        }
    }

    private void Send(NetworkSocket socket)
    {
        if (socket.TrySend(_block.AsSpan(0, 1)).Octets != 1) throw new InvalidOperationException("An octet found no room.");
        _scheduler.RunUntilIdle();
    }

    private void Receive(NetworkSocket socket) => Expect(socket, 1);

    /// <summary>Receives so many octets, or the end.</summary>
    private void Expect(NetworkSocket socket, int octets)
    {
        for (int idle = 1; ; idle++)
        {
            TransferResult result = socket.TryReceiveFrom(_buffer, out _);
            if (!result.WouldWait)
            {
                if (!result.IsDone || result.Octets != octets) throw new InvalidOperationException($"{result.Octets} octets: {result.Errno}.");
                return;
            }

            Yield(idle);
        }
    }

    /// <summary>What is to come may be late: the thread of a host's timer can be the one that hands out frames, and lose its processor.</summary>
    private void Yield(int idle)
    {
        if (idle == 0) return;
        if (idle > MostYields) throw new InvalidOperationException("Nothing comes any more.");
        Thread.Sleep(idle > 100 ? 1 : 0);
        _scheduler.RunUntilIdle();
    }
}
