using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using UserNet.Bench.Ports;

namespace UserNet.Bench.Benchmarks;

/// <summary>Bind to port 0 and release, by what is bound and how full the range is; Linux's personality.</summary>
[MemoryDiagnoser]
public class BindBenchmark
{
    private StackPorts _stack = null!;

    [Params(0, 50, 90, 99, 99.9, 99.99)]
    public double Occupancy { get; set; }

    [ParamsAllValues]
    public Variant Variant { get; set; }

    [Params(ProtocolType.Tcp, ProtocolType.Udp)]
    public ProtocolType Protocol { get; set; }

    [GlobalSetup]
    public void FillRange()
    {
        _stack = new StackPorts(new Scenario(Protocol, Fill.Random, Variant));
        _stack.FillTo(Scenario.HeldAt(Occupancy, _stack.Range));
    }

    [Benchmark(Baseline = true)]
    public void EngineBindAndRelease() => _stack.BindAndRelease(1);

    [Benchmark]
    public void SocketCreateBindClose() => _stack.CreateBindClose(1);
}
