using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Wire;

public sealed class TcpHeaderTests
{
    private static readonly InetAddress A = InetAddress.Parse("10.0.0.1"), B = InetAddress.Parse("10.0.0.2");
    private static readonly InetAddress A6 = InetAddress.Parse("fd00::1"), B6 = InetAddress.Parse("fd00::2");

    private readonly PacketPool _pool = new();

    // What a Linux kernel gave its loopback interface, which wants no checksums: SYN, SYN-ACK, ACK and five octets.
    [Theory]
    [InlineData("80e813897ffef69f00000000a002ffd7fe3000000204ffd70402080a07078f32000000000103030a")]
    [InlineData("138980e86522dbbd7ffef6a0a012ffcbfe3000000204ffd70402080a8bebf3cb07078f320103030a")]
    [InlineData("80e813897ffef6a06522dbbe80100040fe2800000101080a07078f328bebf3cb")]
    [InlineData("80e813897ffef6a06522dbbe80180040fe2d00000101080a07078f328bebf3cb68656c6c6f")]
    public void It_leaves_a_segment_unsealed_as_a_kernel_does(string hex)
    {
        byte[] kernel = Convert.FromHexString(hex);
        Assert.True(TcpSegment.TryParse(kernel, out TcpSegment segment));
        PacketBuffer packet = _pool.RentCopy(segment.Payload);
        var pseudo = new PseudoHeader(InetAddress.LoopbackV4, InetAddress.LoopbackV4, IpProtocol.Tcp, 0);
        HeaderOf(segment).PrependUnsealed(packet, segment.Options, pseudo);
        Assert.Equal(kernel, packet.Span.ToArray());
    }

    [Fact]
    public void Of_every_right_segment_it_writes_the_same_octets_again()
    {
        int segments = 0;
        foreach (byte[] frame in SamplePackets.Frames)
        {
            if (frame.Length < 54 || frame[12] != 8 || frame[13] != 0 || !Ipv4Packet.TryParse(frame.AsSpan(14), out Ipv4Packet ip)) continue;
            if (ip.Protocol != IpProtocol.Tcp || ip.IsFragment || !TcpSegment.TryParse(ip.Payload, out TcpSegment segment)) continue;
            var pseudo = new PseudoHeader(ip.Source, ip.Destination, IpProtocol.Tcp, ip.Payload.Length);
            if (InternetChecksum.Of(ip.Payload, pseudo) != 0) continue;
            segments++;
            PacketBuffer packet = _pool.RentCopy(segment.Payload);
            HeaderOf(segment).PrependTo(packet, segment.Options, pseudo);
            Assert.Equal(segment.Octets.ToArray(), packet.Span.ToArray());
            packet.Return();
        }

        Assert.True(segments > 3);
    }

    [Theory]
    [InlineData(false, 0, 0)]
    [InlineData(false, 1, 0)]
    [InlineData(true, 1447, 0)]
    [InlineData(false, 60_001, 1448)]
    [InlineData(true, 65_000, 1428)]
    public void What_it_leaves_unsealed_the_link_completes(bool isV6, int octets, int segmentSize)
    {
        byte[] payload = new byte[octets];
        TestSettings.Random(octets).NextBytes(payload);
        byte[] options = Convert.FromHexString("0101080a0102030405060708");
        var header = new TcpHeader(80, 5000, 0xFFFF_FFF0, 7, TcpFlags.Ack | TcpFlags.Psh, 501);

        PacketBuffer sealedOne = _pool.RentCopy(payload), open = _pool.RentCopy(payload);
        open.Offload = new PacketOffload { SegmentSize = (ushort)segmentSize, SegmentKind = SegmentKind.TcpV4 };
        header.PrependTo(sealedOne, options, Pseudo(isV6));
        header.PrependUnsealed(open, options, Pseudo(isV6));

        Assert.Equal(default, sealedOne.Offload);
        var expected = new PacketOffload
        {
            NeedsChecksum = true,
            ChecksumStart = 0,
            ChecksumOffset = 16,
            SegmentSize = (ushort)segmentSize,
            SegmentKind = SegmentKind.TcpV4,
        };
        Assert.Equal(expected, open.Offload);
        ushort checksum = InternetChecksum.Of(open.Span);      // what a link does: the sum of all, the field included
        open.Span[16] = (byte)(checksum >> 8);
        open.Span[17] = (byte)checksum;
        Assert.Equal(sealedOne.Span.ToArray(), open.Span.ToArray());
    }

    [Fact]
    public void All_nine_flags_stand_where_they_are_read()
    {
        for (int bits = 0; bits < 512; bits++)
        {
            PacketBuffer packet = _pool.Rent(0);
            var header = new TcpHeader(1, 2, 3, 4, (TcpFlags)bits, 5, 6);
            header.PrependTo(packet, default, Pseudo(false));
            Assert.True(TcpSegment.TryParse(packet.Span, out TcpSegment segment));
            Assert.Equal(header, HeaderOf(segment));
            packet.Return();
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(41)]
    [InlineData(44)]
    public void Options_that_fit_no_header_are_refused(int length)
    {
        byte[] options = new byte[length];
        Assert.Throws<ArgumentException>(() => new TcpHeader(1, 2, 3, 4, 0, 5).PrependTo(_pool.Rent(0), options, Pseudo(false)));
    }

    private static TcpHeader HeaderOf(in TcpSegment segment) => new(
        segment.SourcePort, segment.DestinationPort, segment.SequenceNumber, segment.AckNumber, segment.Flags, segment.Window,
        segment.UrgentPointer);

    private static PseudoHeader Pseudo(bool isV6) => new(isV6 ? A6 : A, isV6 ? B6 : B, IpProtocol.Tcp, 0);
}
