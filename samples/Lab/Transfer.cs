using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tcp;
using TcpListener = UserNet.Sockets.TcpListener;

namespace UserNet.Samples.Lab;

/// <summary>A client sends octets to a server through a router. The whole network is made here, and is gone afterwards.</summary>
public sealed class Transfer : IDisposable
{
    private const string ServerAddress = "10.0.2.2";
    private const ushort Port = 9;

    private readonly TransferPlan _plan;
    private readonly VirtualNetwork _network;
    private readonly VirtualHost _client, _server;
    private readonly VirtualLink _near, _far;
    private TcpInfo _sender = new();
    private long _received;
    private TimeSpan _began, _ended;
    private string? _failure;

    /// <summary>Builds the network: client - router - server.</summary>
    public Transfer(TransferPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _plan = plan;
        _network = new VirtualNetwork(plan.Seed);
        _client = _network.AddHost("client");
        VirtualHost router = _network.AddRouter("router");
        _server = _network.AddHost("server");
        var wire = new VirtualLinkOptions { There = plan.Wire };
        _near = _network.Connect(_client, "10.0.1.2/24", router, "10.0.1.1/24", wire);
        _far = _network.Connect(router, "10.0.2.1/24", _server, $"{ServerAddress}/24", wire);
        _client.AddRoute("0.0.0.0/0", "10.0.1.1");
        _server.AddRoute("0.0.0.0/0", "10.0.2.1");
        plan.Faults.ApplyTo(_network);
    }

    /// <summary>The network, to record it or to watch it before it runs.</summary>
    public VirtualNetwork Network => _network;

    /// <summary>Runs until all is sent and received, or has failed.</summary>
    public TransferOutcome Run()
    {
        Task served = _server.Start(ServeAsync, "server"), sent = _client.Start(SendAsync, "client");
        if (!_network.RunUntil(() => _failure is not null || (served.IsCompleted && sent.IsCompleted), _plan.Limit))
            _failure = $"not done after {_plan.Limit.TotalSeconds:0} s: {string.Join("; ", _network.DescribeWaits())}";
        if (_failure is null && _received != _plan.Octets) _failure = $"{_received} of {_plan.Octets} octets arrived";
        LinkImpairments[] lanes = [_near.ThereCounts, _near.BackCounts, _far.ThereCounts, _far.BackCounts];
        return new TransferOutcome(
            _received, _ended - _began, _sender.DataSegmentsOut, _sender.TotalRetrans,
            lanes.Sum(static lane => lane.Lost + lane.Down + lane.Partitioned), lanes.Sum(static lane => lane.Overflowed),
            _network.Events, _network.Digest, _failure)
        {
            Corrupted = lanes.Sum(static lane => lane.Corrupted),
            Duplicated = lanes.Sum(static lane => lane.Duplicated),
            Reordered = lanes.Sum(static lane => lane.Reordered),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private async Task SendAsync(VirtualHost host)
    {
        _began = _network.Clock.Now.SinceStart;
        try
        {
            TcpConnection connection = await host.Stack.ConnectAsync(InetEndpoint.Parse($"{ServerAddress}:{Port}"));
            Stream stream = connection.AsStream();
            byte[] octets = new byte[64 * 1024];
            for (long sent = 0; sent < _plan.Octets;)
            {
                int count = (int)Math.Min(octets.Length, _plan.Octets - sent);
                Pattern.Fill(octets.AsSpan(0, count), sent);
                await stream.WriteAsync(octets.AsMemory(0, count));
                sent += count;
            }

            await stream.ReadExactlyAsync(octets.AsMemory(0, 1));      // the server says that it has all
            _sender = connection.Info;
            await stream.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            _failure ??= $"client: {e.Message}";
        }
    }

    private async Task ServeAsync(VirtualHost host)
    {
        TcpListener listener = host.Stack.Listen(new InetEndpoint(InetAddress.AnyV4, Port));
        try
        {
            TcpConnection connection = await listener.AcceptAsync();
            await using Stream stream = connection.AsStream();
            byte[] octets = new byte[64 * 1024];
            if (_plan.Octets == 0) await stream.WriteAsync(octets.AsMemory(0, 1));
            while (await stream.ReadAsync(octets) is var count and > 0)
            {
                if (!Pattern.Matches(octets.AsSpan(0, count), _received)) _failure ??= $"wrong octets after {_received}";
                _received += count;
                _ended = _network.Clock.Now.SinceStart;
                if (_received == _plan.Octets) await stream.WriteAsync(octets.AsMemory(0, 1));
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            _failure ??= $"server: {e.Message}";
        }
    }
}

/// <summary>Octets that are known at each place of a stream.</summary>
internal static class Pattern
{
    // Its length has no common divisor with anything that a stack cuts streams into.
    private static readonly byte[] Octets = Make();

    public static void Fill(Span<byte> target, long place)
    {
        for (int at = (int)(place % Octets.Length); !target.IsEmpty; at = 0)
        {
            int count = Math.Min(target.Length, Octets.Length - at);
            Octets.AsSpan(at, count).CopyTo(target);
            target = target[count..];
        }
    }

    public static bool Matches(ReadOnlySpan<byte> octets, long place)
    {
        for (int at = (int)(place % Octets.Length); !octets.IsEmpty; at = 0)
        {
            int count = Math.Min(octets.Length, Octets.Length - at);
            if (!octets[..count].SequenceEqual(Octets.AsSpan(at, count))) return false;
            octets = octets[count..];
        }

        return true;
    }

    private static byte[] Make()
    {
        byte[] octets = new byte[65_521];
        new SeededRandom(1).Fill(octets);
        return octets;
    }
}
