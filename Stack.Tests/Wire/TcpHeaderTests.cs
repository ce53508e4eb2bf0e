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

    // A SYN that Linux sent from 127.0.0.1 port 33000 to port 5001, as it was on the wire.
    [Fact]
    public void It_writes_the_octets_of_a_kernels_segment()
    {
        byte[] kernel = Convert.FromHexString("80e81389a1b2c3d400000000a002faf05a220000020405b40402080a93882b71000000000103030a");
        Assert.True(TcpSegment.TryParse(kernel, out TcpSegment segment));
        PacketBuffer packet = _pool.Rent(0);
        HeaderOf(segment).PrependTo(packet, segment.Options, Pseudo(false));
        Assert.Equal(kernel[..16], packet.Span[..16].ToArray());
        Assert.Equal(kernel[18..], packet.Span[18..].ToArray());
        Assert.Equal(0, InternetChecksum.Of(packet.Span, Pseudo(false) with { Length = packet.Length }));
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
            NeedsChecksum = true, ChecksumStart = 0, ChecksumOffset = 16, SegmentSize = (ushort)segmentSize, SegmentKind = SegmentKind.TcpV4,
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
