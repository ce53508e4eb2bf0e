using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using UserNet.Addressing;
using UserNet.Bench.Ports;
using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Bench.Benchmarks;

/// <summary>Finding the receiver of a datagram among the holders of a range, a different port each time.</summary>
[MemoryDiagnoser]
public class FindBenchmark
{
    private const ushort PeerPort = 9;
    private static readonly InetAddress Peer = InetAddress.LoopbackV4;
    private PortSpace _wildcards = null!, _specifics = null!, _connected = null!;
    private ushort[] _ports = [];
    private int _next;

    [Params(0, 50, 90, 99, 99.9, 99.99)]
    public double Occupancy { get; set; }

    [GlobalSetup]
    public void FillRange()
    {
        _wildcards = Fill(Variant.Wildcard).Stack.Core.Engine.Table.Udp;
        _specifics = Fill(Variant.Specific).Stack.Core.Engine.Table.Udp;
        StackPorts connected = Fill(Variant.Wildcard);
        foreach (NetworkSocket socket in connected.Holders) socket.Connect(new InetEndpoint(Peer, PeerPort));
        _connected = connected.Stack.Core.Engine.Table.Udp;
        _ports = [.. connected.Holders.Select(static socket => socket.Binding.Port)];
    }

    [Benchmark]
    public object? Wildcard() => _wildcards.Find(InetAddress.LoopbackV4, NextPort(), Peer, PeerPort);

    [Benchmark]
    public object? Specific() => _specifics.Find(InetAddress.LoopbackV4, NextPort(), Peer, PeerPort);

    [Benchmark]
    public object? Connected() => _connected.Find(InetAddress.LoopbackV4, NextPort(), Peer, PeerPort);

    [Benchmark]
    public object? Nobody() => _connected.Find(InetAddress.LoopbackV4, 1, Peer, PeerPort);

    /// <summary>At 0 % there is one holder all the same, to be found.</summary>
    private StackPorts Fill(Variant variant)
    {
        var stack = new StackPorts(new Scenario(ProtocolType.Udp, Ports.Fill.Random, variant));
        stack.FillTo(Math.Max(1, Scenario.HeldAt(Occupancy, stack.Range)));
        return stack;
    }

    private ushort NextPort()
    {
        if (++_next >= _ports.Length) _next = 0;
        return _ports[_next];
    }
}
