using BenchmarkDotNet.Attributes;
using UserNet.Bench.Ports;
using UserNet.Binding;

namespace UserNet.Bench.Benchmarks;

/// <summary>The search in the bitmaps alone, by the width of the words that it combines.</summary>
[MemoryDiagnoser]
public class SearchBenchmark
{
    private const int First = 32768, Last = 60999;
    private readonly Random _random = new(3);
    private readonly int[] _starts = new int[1024];
    private PortSearch _search = null!;
    private int _next;

    [Params(0, 50, 90, 99, 99.9, 99.99, 100)]
    public double Occupancy { get; set; }

    /// <summary>In bits.</summary>
    [Params(64, 256, 512)]
    public int Width { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        var even = new PortSet(dense: true);
        var odd = new PortSet(dense: true);
        int held = Scenario.HeldAt(Occupancy, Last - First + 1);
        foreach (ushort port in Scenario.Shuffle(First, Last - First + 1).Take(held))
            ((port & 1) == 0 ? even : odd).Add(port);
        _search = new PortSearch { Width = (SearchWidth)Width };
        _search.Clear();
        _search.Avoid(even);
        _search.Avoid(odd);
        for (int i = 0; i < _starts.Length; i++) _starts[i] = _random.Next(First, Last + 1);
    }

    [Benchmark]
    public int Next() => _search.Next(First, Last, _starts[++_next & (_starts.Length - 1)]);
}
