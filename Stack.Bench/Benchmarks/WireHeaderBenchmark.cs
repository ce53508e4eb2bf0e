using BenchmarkDotNet.Attributes;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Wire;

namespace UserNet.Bench.Benchmarks;

/// <summary>Headers of a UDP datagram over Ethernet: read and verified, and written and sealed.</summary>
[MemoryDiagnoser]
public class WireHeaderBenchmark
{
    private const int Payload = 64;
    private static readonly InetAddress Source = InetAddress.Parse("10.9.0.1"), Destination = InetAddress.Parse("10.9.0.2");
    private static readonly MacAddress Here = MacAddress.FromBits(0x0200_0000_0001), There = MacAddress.FromBits(0x0200_0000_0002);
    private readonly PacketPool _pool = new();
    private byte[] _frame = [];

    [GlobalSetup]
    public void MakeFrame()
    {
        PacketBuffer packet = Write();
        _frame = packet.Span.ToArray();
        packet.Return();
    }

    [Benchmark]
    public int ReadEthernet() =>
        EthernetFrame.TryParse(_frame, out EthernetFrame frame) && frame.Destination == There && !frame.Source.IsMulticast
            ? (int)frame.Type
            : throw new InvalidOperationException();

    [Benchmark]
    public int ReadIpv4() =>
        Ipv4Packet.TryParse(_frame.AsSpan(EthernetHeader.Length), out Ipv4Packet packet) && packet.ChecksumIsRight
            ? packet.Payload.Length
            : throw new InvalidOperationException();

    [Benchmark]
    public int ReadUdp()
    {
        ReadOnlySpan<byte> octets = _frame.AsSpan(EthernetHeader.Length + Ipv4Header.Length);
        return UdpDatagram.TryParse(octets, out UdpDatagram datagram)
            && InternetChecksum.Of(datagram.Octets, new PseudoHeader(Source, Destination, IpProtocol.Udp, octets.Length)) == 0
            ? datagram.DestinationPort
            : throw new InvalidOperationException();
    }

    [Benchmark]
    public int WriteAll()
    {
        PacketBuffer packet = Write();
        int length = packet.Length;
        packet.Return();
        return length;
    }

    private PacketBuffer Write()
    {
        PacketBuffer packet = _pool.Rent(Payload);
        packet.Append(Payload);
        new UdpHeader(5000, 7).PrependTo(packet, new PseudoHeader(Source, Destination, IpProtocol.Udp, 0));
        new Ipv4Header(Source, Destination, IpProtocol.Udp).PrependTo(packet);
        new EthernetHeader(There, Here, EtherType.Ipv4).PrependTo(packet);
        return packet;
    }
}
