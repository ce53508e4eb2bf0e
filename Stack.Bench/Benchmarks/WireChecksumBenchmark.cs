using BenchmarkDotNet.Attributes;
using UserNet.Wire;

namespace UserNet.Bench.Benchmarks;

/// <summary>The Internet checksum, of a header, and of packets up to the longest; as wide as the machine can, and word by word.</summary>
[MemoryDiagnoser]
public class WireChecksumBenchmark
{
    private byte[] _octets = [];

    [Params(20, 64, 1500, 65_535)]
    public int Octets { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _octets = new byte[Octets];
        new Random(5).NextBytes(_octets);
    }

    [Benchmark]
    public ushort Checksum() => InternetChecksum.Of(_octets);

    [Benchmark(Baseline = true)]
    public ushort Scalar() => InternetChecksum.Finish(InternetChecksum.SumScalars(_octets));
}
