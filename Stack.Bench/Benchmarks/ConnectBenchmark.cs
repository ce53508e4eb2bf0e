using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using UserNet.Addressing;
using UserNet.Bench.Ports;
using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Bench.Benchmarks;

/// <summary>
/// Connects that choose a port: a stream's to the destination whose ports are taken, the same to another destination,
/// and a datagram socket's over a range that filled itself.
/// </summary>
[MemoryDiagnoser]
public class ConnectBenchmark
{
    private static readonly InetEndpoint Busy = new(InetAddress.FromV4(0x0A00_0002), 80);
    private static readonly InetEndpoint Idle = new(InetAddress.FromV4(0x0A00_0003), 80);
    private static readonly InetEndpoint Local = new(InetAddress.LoopbackV4, 9);
    private readonly Claim _claim = new(InetAddress.FromV4(0x0A00_0001));
    private readonly Holder _newcomer = new();
    private PortSpace _streams = null!;
    private StackPorts _datagrams = null!;

    [Params(0, 50, 90, 99, 99.9, 99.99)]
    public double Occupancy { get; set; }

    [GlobalSetup]
    public void FillRange()
    {
        var stack = new StackPorts(new Scenario(ProtocolType.Tcp, Fill.Natural));
        _streams = stack.Stack.Core.Engine.Table.Tcp;
        for (int left = Scenario.HeldAt(Occupancy, stack.Range); left > 0; left--) Connect(new Holder(), Busy);
        _datagrams = new StackPorts(new Scenario(ProtocolType.Udp, Fill.Natural));
        _datagrams.FillTo(Scenario.HeldAt(Occupancy, _datagrams.Range));
    }

    [Benchmark]
    public void StreamToBusyDestination()
    {
        Connect(_newcomer, Busy);
        _streams.Release(_newcomer);
    }

    [Benchmark]
    public void StreamToIdleDestination()
    {
        Connect(_newcomer, Idle);
        _streams.Release(_newcomer);
    }

    [Benchmark]
    public void DatagramSocketCreateConnectClose()
    {
        using NetworkSocket socket = _datagrams.CreateSocket();
        TransferResult result = socket.TryConnect(Local);
        if (!result.IsDone) throw new InvalidOperationException(result.Errno.ToString());
    }

    private void Connect(Holder holder, in InetEndpoint destination)
    {
        BindOutcome outcome = _streams.ConnectAny(holder, _claim, destination);
        if (!outcome.IsGranted) throw new InvalidOperationException(outcome.Rule.ToString());
    }
}
