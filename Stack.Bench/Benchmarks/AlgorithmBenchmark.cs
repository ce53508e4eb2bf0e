using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using UserNet.Bench.Ports;
using UserNet.Binding;

namespace UserNet.Bench.Benchmarks;

/// <summary>Bind to port 0 and release by each way to choose a port.</summary>
[MemoryDiagnoser]
public class AlgorithmBenchmark
{
    private StackPorts _stack = null!;
    private Queue<ushort>? _script;
    private ushort _free;

    [Params(0, 50, 90, 99, 99.9, 99.99)]
    public double Occupancy { get; set; }

    [ParamsAllValues]
    public PortAlgorithm Algorithm { get; set; }

    [GlobalSetup]
    public void FillRange()
    {
        _stack = new StackPorts(new Scenario(ProtocolType.Tcp, Fill.Random) { Algorithm = Algorithm });
        _stack.FillTo(Scenario.HeldAt(Occupancy, _stack.Range));
        _free = _stack.LastPortToFill;
        if (Algorithm == PortAlgorithm.Scripted) _script = _stack.Stack.Settings.Script;
    }

    [Benchmark]
    public void EngineBindAndRelease()
    {
        _script?.Enqueue(_free);      // the rig says which port comes next
        _stack.BindAndRelease(1);
    }
}
