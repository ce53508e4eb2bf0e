using BenchmarkDotNet.Attributes;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Bench.Benchmarks;

/// <summary>One fragment of a packet that is put together, and taken away, when its last one has come; 1,480 octets each.</summary>
[MemoryDiagnoser]
public class WireFragmentBenchmark
{
    private const int Short = 6, Long = 45, Room = 1480;
    private readonly FragmentReassembly _reassembly;
    private readonly LinkPort _port;
    private readonly byte[][] _ofShort = Cut(8008), _ofLong = Cut(65_515);

    public WireFragmentBenchmark()
    {
        var stack = new NetworkStack();
        _reassembly = stack.Core.Input!.Fragments;
        _port = stack.Host.Interfaces.Find(HostAddressing.LoopbackIndex)!.Port!;
    }

    [Benchmark(OperationsPerInvoke = Short)]
    public void OfSix() => PutTogether(_ofShort);

    [Benchmark(OperationsPerInvoke = Long)]
    public void OfFortyFive() => PutTogether(_ofLong);

    private void PutTogether(byte[][] fragments)
    {
        PacketBuffer? whole = null;
        foreach (byte[] octets in fragments)
        {
            if (!Ipv4Packet.TryParse(octets, out Ipv4Packet packet)) throw new InvalidOperationException("No packet.");
            var fragment = new IpArrival { Packet = packet, Port = _port, Role = AddressRole.Local, Options = packet.Options };
            DropReason reason = _reassembly.Add(fragment, default, out whole);
            if (reason != DropReason.None) throw new InvalidOperationException($"Dropped: {reason}.");
        }

        (whole ?? throw new InvalidOperationException("A fragment is missing.")).Return();
    }

    private static byte[][] Cut(int octets)
    {
        InetAddress source = InetAddress.Parse("10.9.0.1"), destination = InetAddress.Parse("10.9.0.2");
        List<byte[]> fragments = [];
        for (int at = 0; at < octets; at += Room)
        {
            PacketBuffer packet = new PacketPool().Rent(Room);
            packet.Append(Math.Min(Room, octets - at)).Clear();
            bool more = at + Room < octets;
            new Ipv4Header(source, destination, IpProtocol.Udp, Identification: 7, MoreFragments: more, FragmentOffset: at).PrependTo(packet);
            fragments.Add(packet.Span.ToArray());
        }

        return [.. fragments];
    }
}
