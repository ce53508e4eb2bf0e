using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Bench.Measuring;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Udp;

namespace UserNet.Bench.Wire;

/// <summary>A client and a server in memory that one thread moves: on two hosts with a cable between, or on one host.</summary>
internal sealed class MemoryRig : IDisposable
{
    /// <summary>Datagrams that a flood sends before it reads any.</summary>
    public const int FloodBatch = 64;

    private const int Buffer = 1 << 20;      // a batch of any size fits, on both sides
    private const int MostYields = 100_000;
    private const int FirstPort = 1024, PortsAnAddress = 50_000;

    private readonly StepScheduler _scheduler = new();
    private readonly NetworkStack _clientHost, _serverHost;
    private readonly NetworkSocket _client, _server;
    private readonly InetEndpoint _serverEnd;
    private readonly byte[] _payload, _buffer;

    /// <param name="scenario">Where both are, and what they send.</param>
    public MemoryRig(MemoryScenario scenario)
    {
        _payload = new byte[scenario.Octets];
        new Random(scenario.Octets).NextBytes(_payload);
        _buffer = new byte[scenario.Octets + 1];
        var options = new NetworkStackOptions
        {
            Scheduler = _scheduler,
            TimeProvider = scenario.IsTimeManual ? new ManualClock() : TimeProvider.System,
        };
        _clientHost = new NetworkStack(options);
        _serverHost = scenario.IsLoopback ? _clientHost : new NetworkStack(options);
        IpFamily family = scenario.Family;
        string address = family.Loopback();
        if (!scenario.IsLoopback)
        {
            address = family.Host(9, 2);
            var cable = new LinkPair(_scheduler);
            _clientHost.Attach("eth0", cable.A, new InterfaceOptions { Addresses = [family.Prefix(9, 1)], DuplicateTransmits = 0 });
            _serverHost.Attach("eth0", cable.B, new InterfaceOptions { Addresses = [family.Prefix(9, 2)], DuplicateTransmits = 0 });
        }

        for (int i = 0; i < scenario.Beside; i++)
        {
            string beside = family == IpFamily.V6 ? $"[{address}]" : $"127.0.0.{2 + i / PortsAnAddress}";      // ::1 alone is this host
            Bind(_serverHost, $"{beside}:{FirstPort + i % PortsAnAddress}");
        }

        _server = Bind(_serverHost, IpFamilies.Endpoint(address, 7));
        _client = Bind(_clientHost, IpFamilies.Endpoint(family.Any(), 0));
        (_server.ReceiveBufferSize, _client.SendBufferSize) = (Buffer, Buffer);
        _serverEnd = InetEndpoint.From(_server.LocalEndPoint!);
        Echo(1);      // the hosts find each other
    }

    /// <summary>Has the server send back what it gets, one datagram at a time.</summary>
    public void Echo(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Expect(_client.TrySendTo(_payload, _serverEnd));
            _scheduler.RunUntilIdle();
            DatagramInfo info = Receive(_server);
            Expect(_server.TrySendTo(_buffer.AsSpan(0, info.Length), info.Source));
            _scheduler.RunUntilIdle();
            Receive(_client);
        }
    }

    /// <summary>Sends to the server, which reads when a batch has arrived.</summary>
    public void Flood(int count)
    {
        while (count > 0)
        {
            int batch = Math.Min(count, FloodBatch);
            for (int i = 0; i < batch; i++) Expect(_client.TrySendTo(_payload, _serverEnd));
            _scheduler.RunUntilIdle();
            for (int i = 0; i < batch; i++) Receive(_server);
            count -= batch;
        }
    }

    public void Dispose()
    {
        _clientHost.Dispose();
        _serverHost.Dispose();
    }

    /// <summary>
    /// Receives what was delivered. It may be late: the thread of a host's timer can be the one that hands out
    /// frames, and lose its processor.
    /// </summary>
    private DatagramInfo Receive(NetworkSocket socket)
    {
        TransferResult result = socket.TryReceiveFrom(_buffer, out DatagramInfo info);
        for (int i = 0; result.WouldWait && i < MostYields; i++)
        {
            Thread.Sleep(0);
            _scheduler.RunUntilIdle();
            result = socket.TryReceiveFrom(_buffer, out info);
        }

        Expect(result);
        return info;
    }

    private static NetworkSocket Bind(NetworkStack host, string endpoint)
    {
        NetworkSocket socket = host.CreateSocket(IpFamilies.FamilyOf(endpoint), SocketType.Dgram);
        socket.Bind(InetEndpoint.Parse(endpoint));
        return socket;
    }

    private void Expect(in TransferResult result)
    {
        if (!result.IsDone || result.Octets != _payload.Length)
            throw new InvalidOperationException($"{result.Octets} octets instead of {_payload.Length}: {result.Errno}.");
    }
}

/// <summary>One measurement in memory.</summary>
/// <param name="Octets">What a datagram carries.</param>
/// <param name="Beside">How many other sockets of the server's host have a port.</param>
/// <param name="IsLoopback">True for a client and a server on one host, false for two hosts with a cable.</param>
/// <param name="IsTimeManual">True for a clock that stands still, and costs little to read.</param>
/// <param name="Family">What the sockets speak.</param>
internal sealed record MemoryScenario(int Octets, int Beside = 0, bool IsLoopback = false, bool IsTimeManual = false, IpFamily Family = IpFamily.V4)
{
    public string Way => (IsLoopback ? "loopback, one host" : "cable, two hosts") + (IsTimeManual ? ", manual clock" : "");
}
