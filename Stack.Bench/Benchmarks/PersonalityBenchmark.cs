using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using UserNet.Bench.Ports;
using UserNet.Binding;

namespace UserNet.Bench.Benchmarks;

/// <summary>Bind to port 0 and release under each personality, over a range that filled itself.</summary>
[MemoryDiagnoser]
public class PersonalityBenchmark
{
    private StackPorts _stack = null!;

    public static IEnumerable<string> Names => Personality.All.Select(static personality => personality.Name);

    [Params(0, 50, 90, 99, 99.9, 99.99)]
    public double Occupancy { get; set; }

    [ParamsSource(nameof(Names))]
    public string Name { get; set; } = "";

    [Params(ProtocolType.Tcp, ProtocolType.Udp)]
    public ProtocolType Protocol { get; set; }

    [GlobalSetup]
    public void FillRange()
    {
        Personality personality = Personality.All.Single(other => other.Name == Name);
        _stack = new StackPorts(new Scenario(Protocol, Fill.Natural) { Personality = personality });
        _stack.FillTo(Scenario.HeldAt(Occupancy, _stack.Range));
    }

    [Benchmark(Baseline = true)]
    public void EngineBindAndRelease() => _stack.BindAndRelease(1);

    [Benchmark]
    public void SocketCreateBindClose() => _stack.CreateBindClose(1);
}
