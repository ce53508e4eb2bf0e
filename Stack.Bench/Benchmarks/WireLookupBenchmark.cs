using BenchmarkDotNet.Attributes;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Simulation;

namespace UserNet.Bench.Benchmarks;

/// <summary>What is looked up for each packet that leaves, among few and many, another one each time: the route, the neighbor.</summary>
[MemoryDiagnoser]
public class WireLookupBenchmark
{
    private HostAddressing _host = null!;
    private NeighborTable _neighbors = null!;
    private InetAddress[] _stations = [], _destinations = [];
    private int _next;

    /// <summary>How many neighbors there are, and routes beside those of the host's own addresses.</summary>
    [Params(1, 1024)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        var stack = new NetworkStack();
        var cable = new LinkPair(new StepScheduler());
        StackInterface eth = stack.Attach("eth0", cable.A, new InterfaceOptions { Addresses = ["10.9.0.1/16"], DuplicateTransmits = 0 });
        _stations = [.. Enumerable.Range(0, Entries).Select(static i => InetAddress.Parse($"10.9.{1 + i / 256}.{i % 256}"))];
        _destinations = [.. Enumerable.Range(0, Entries).Select(static i => InetAddress.Parse($"10.{16 + i / 256}.{i % 256}.7"))];
        for (int i = 0; i < Entries; i++)
        {
            eth.AddNeighbor(_stations[i], MacAddress.FromBits(0x0200_0000_0100 + (ulong)i));
            stack.Configure(_ => stack.Host.AddRoute($"10.{16 + i / 256}.{i % 256}.0/24", "10.9.1.0", "eth0"));
        }

        _host = stack.Host;
        _neighbors = ((EthernetPort)_host.Interfaces.Find("eth0")!.Port!).Neighbors;
    }

    [Benchmark]
    public MacAddress? Neighbor() => _neighbors.StationOf(Next(_stations));

    [Benchmark]
    public BindRule Route() => _host.FindRoute(new RouteQuery(Next(_destinations), InetAddress.AnyV4, 0)).Rule;

    private InetAddress Next(InetAddress[] addresses)
    {
        if (++_next >= addresses.Length) _next = 0;
        return addresses[_next];
    }
}
