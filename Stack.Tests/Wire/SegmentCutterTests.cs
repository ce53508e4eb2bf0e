using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Wire;

/// <summary>Cutting one frame against building the frames that it stands for, octet by octet.</summary>
public sealed class SegmentCutterTests
{
    private const int TcpChecksum = 16, UdpChecksum = 6;

    /// <summary>What a frame is made of: how it is built whole, and how each of its segments is built.</summary>
    private sealed record Shape(bool IsTcp, bool IsV6, int LinkHeader, int IpOptions, int TcpOptions, bool HasUdpChecksum = true);

    public static TheoryData<bool, bool, int, int, int> Shapes => new()
    {
        { true, false, 0, 0, 0 },
        { true, false, 14, 0, 12 },
        { true, false, 18, 8, 40 },
        { true, true, 0, 0, 12 },
        { true, true, 14, 0, 0 },
        { true, true, 18, 16, 12 },
        { false, false, 0, 0, 0 },
        { false, false, 14, 40, 0 },
        { false, true, 14, 0, 0 },
        { false, true, 0, 8, 0 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_segment_is_what_would_have_been_sent_alone(bool isTcp, bool isV6, int linkHeader, int ipOptions, int tcpOptions)
    {
        var shape = new Shape(isTcp, isV6, linkHeader, ipOptions, tcpOptions);
        Random random = TestSettings.Random((isTcp ? 1 : 0) + (isV6 ? 2 : 0) + linkHeader + ipOptions);
        for (int round = 0; round < TestSettings.Count(300, 20_000); round++)
        {
            int size = 1 + random.Next(round % 3 == 0 ? 20 : 3000);
            byte[] payload = new byte[size + 1 + random.Next(Math.Min(60 * size, 64_000 - size))];
            random.NextBytes(payload);
            if (round % 5 == 0) payload.AsSpan().Fill(round % 2 == 0 ? (byte)0 : (byte)0xFF);
            uint sequence = (uint)random.NextInt64(), flags = (uint)random.Next(0x200);
            ushort identification = (ushort)random.Next(65_536);
            byte[] whole = Build(shape, payload, sequence, flags, identification, isOpen: true);
            byte[] before = [.. whole];
            bool keepsCwr = round % 4 == 3;
            Assert.True(SegmentCutter.TryParse(whole, linkHeader, Facts(shape, size) with { KeepsCwr = keepsCwr }, out SegmentCutter cutter));
            Assert.Equal((payload.Length + size - 1) / size, cutter.Count);
            for (int i = 0; i < cutter.Count; i++)
            {
                uint kept = flags;
                if (i > 0 && !keepsCwr) kept &= ~(uint)TcpFlags.Cwr;
                if (i < cutter.Count - 1) kept &= ~(uint)(TcpFlags.Fin | TcpFlags.Psh);
                byte[] part = payload[(i * size)..Math.Min(payload.Length, (i + 1) * size)];
                foreach (bool isOpen in (bool[])[false, true])
                {
                    byte[] expected = Build(shape, part, sequence + (uint)(i * size), kept, (ushort)(identification + i), isOpen);
                    byte[] cut = new byte[cutter.LargestLength];
                    int length = cutter.Write(i, cut, leavesOpen: isOpen);
                    Assert.Equal(cutter.LengthOf(i), length);
                    if (!expected.AsSpan().SequenceEqual(cut.AsSpan(0, length)))
                        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(cut.AsSpan(0, length)));
                    if (!isOpen) continue;
                    Assert.True(OpenChecksums.TryFill(cut.AsSpan(0, length), cutter.OpenFacts));
                    Assert.Equal(Build(shape, part, sequence + (uint)(i * size), kept, (ushort)(identification + i), isOpen: false), cut[..length]);
                }
            }

            Assert.Equal(before, whole);
        }
    }

    [Fact]
    public void A_whole_with_a_complete_checksum_is_cut_as_one_with_an_open_one()
    {
        var shape = new Shape(IsTcp: true, IsV6: false, 14, 0, 12);
        byte[] payload = new byte[5000];
        TestSettings.Random(4).NextBytes(payload);
        byte[] open = Build(shape, payload, 7, 0x18, 9, isOpen: true), complete = Build(shape, payload, 7, 0x18, 9, isOpen: false);
        PacketOffload facts = Facts(shape, 1448);
        Assert.True(SegmentCutter.TryParse(open, 14, facts, out SegmentCutter first));
        Assert.True(SegmentCutter.TryParse(complete, 14, facts with { NeedsChecksum = false, ChecksumIsGood = true }, out SegmentCutter second));
        Assert.True(second.TransportChecksumIsRight && second.NetworkChecksumIsRight);
        byte[] a = new byte[2000], b = new byte[2000];
        for (int i = 0; i < first.Count; i++)
            Assert.Equal(a[..first.Write(i, a)], b[..second.Write(i, b)]);
        complete[100] ^= 1;
        Assert.True(SegmentCutter.TryParse(complete, 14, facts with { NeedsChecksum = false }, out SegmentCutter broken));
        Assert.False(broken.TransportChecksumIsRight);
    }

    [Fact]
    public void Datagrams_without_a_checksum_stay_without_one()
    {
        var shape = new Shape(IsTcp: false, IsV6: false, 0, 0, 0, HasUdpChecksum: false);
        byte[] whole = Build(shape, new byte[2500], 0, 0, 1, isOpen: false);
        Assert.True(SegmentCutter.TryParse(whole, 0, Facts(shape, 1000) with { NeedsChecksum = false }, out SegmentCutter cutter));
        byte[] one = new byte[1100];
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(Build(shape, new byte[i < 2 ? 1000 : 500], 0, 0, (ushort)(1 + i), isOpen: false), one[..cutter.Write(i, one)]);
            Assert.False(cutter.OpenFacts.NeedsChecksum);
        }
    }

    [Fact]
    public void Padding_behind_the_packet_is_no_payload()
    {
        var shape = new Shape(IsTcp: true, IsV6: false, 14, 0, 0);
        byte[] whole = Build(shape, new byte[30], 0, 0x10, 0, isOpen: true);
        Assert.True(SegmentCutter.TryParse([.. whole, 1, 2, 3], 14, Facts(shape, 20), out SegmentCutter cutter));
        Assert.Equal((2, 14 + 40 + 10), (cutter.Count, cutter.LengthOf(1)));
    }

    [Fact]
    public void What_is_one_segment_or_not_what_it_says_is_not_cut()
    {
        var shape = new Shape(IsTcp: true, IsV6: false, 0, 0, 0);
        byte[] whole = Build(shape, new byte[3000], 0, 0x10, 0, isOpen: true);
        PacketOffload facts = Facts(shape, 1000);
        Assert.True(SegmentCutter.TryParse(whole, 0, facts, out _));
        Assert.False(SegmentCutter.TryParse(whole, 0, facts with { SegmentSize = 3000 }, out _));
        Assert.False(SegmentCutter.TryParse(whole, 0, facts with { SegmentSize = 0 }, out _));
        Assert.False(SegmentCutter.TryParse(whole, 0, facts with { SegmentKind = SegmentKind.TcpV6 }, out _));
        Assert.False(SegmentCutter.TryParse(whole, 0, facts with { SegmentKind = SegmentKind.Udp }, out _));
        Assert.False(SegmentCutter.TryParse(whole, 0, facts with { SegmentKind = SegmentKind.None }, out _));
        byte[] fragment = [.. whole];
        fragment[6] |= 0x20;
        Assert.False(SegmentCutter.TryParse(fragment, 0, facts, out _));
    }

    // Whatever the octets are, nothing is read or written outside of them.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Octets_that_lie_are_cut_or_refused_but_never_harm(bool isV6)
    {
        Random random = TestSettings.Random(isV6 ? 6 : 4);
        byte[] destination = new byte[70_000];
        for (int round = 0; round < TestSettings.Count(20_000, 2_000_000); round++)
        {
            var shape = new Shape(random.Next(2) == 0, isV6, random.Next(2) * 14, random.Next(3) * 8, 0);
            byte[] whole = Build(shape, new byte[random.Next(300)], 1, 0x10, 1, isOpen: true);
            for (int flips = random.Next(6); flips > 0; flips--) whole[random.Next(Math.Min(whole.Length, 90))] = (byte)random.Next(256);
            if (random.Next(4) == 0) whole = whole[..random.Next(whole.Length + 1)];
            PacketOffload facts = Facts(shape, 1 + random.Next(100)) with { NeedsChecksum = random.Next(2) == 0 };
            if (!SegmentCutter.TryParse(whole, shape.LinkHeader, facts, out SegmentCutter cutter)) continue;
            int octets = 0;
            for (int i = 0; i < cutter.Count; i++) octets += cutter.Write(i, destination, random.Next(2) == 0) - cutter.HeadersLength;
            Assert.InRange(octets, facts.SegmentSize + 1, whole.Length);
        }
    }

    private static PacketOffload Facts(Shape shape, int size) => new()
    {
        NeedsChecksum = true,
        ChecksumStart = (ushort)(shape.LinkHeader + (shape.IsV6 ? 40 : 20) + shape.IpOptions),
        ChecksumOffset = (ushort)(shape.IsTcp ? TcpChecksum : UdpChecksum),
        SegmentSize = (ushort)size,
        SegmentKind = !shape.IsTcp ? SegmentKind.Udp : shape.IsV6 ? SegmentKind.TcpV6 : SegmentKind.TcpV4,
    };

    // Built with nothing of the cutter's, and the plainest of sums.
    private static byte[] Build(Shape shape, byte[] payload, uint sequence, uint flags, ushort identification, bool isOpen)
    {
        byte[] transport = new byte[shape.IsTcp ? 20 + shape.TcpOptions : 8];
        BinaryPrimitives.WriteUInt32BigEndian(transport, 0x1234_0050);
        if (shape.IsTcp)
        {
            BinaryPrimitives.WriteUInt32BigEndian(transport.AsSpan(4), sequence);
            BinaryPrimitives.WriteUInt32BigEndian(transport.AsSpan(8), 0xCAFE_F00D);
            BinaryPrimitives.WriteUInt16BigEndian(transport.AsSpan(12), (ushort)((transport.Length / 4 << 12) | (int)flags));
            BinaryPrimitives.WriteUInt16BigEndian(transport.AsSpan(14), 0x7210);
            for (int i = 20; i < transport.Length; i++) transport[i] = (byte)(i == 20 ? 8 : i == 21 ? transport.Length - 20 : i * 37);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport.AsSpan(4), (ushort)(8 + payload.Length));
        }

        byte[] unit = [.. transport, .. payload];
        byte[] addresses = shape.IsV6
            ? [.. InetAddressOctets("fd00::1"), .. InetAddressOctets("fd00:1:2:3:4:5:6:7")]
            : [.. InetAddressOctets("10.9.0.1"), .. InetAddressOctets("192.168.255.254")];
        byte protocol = shape.IsTcp ? (byte)6 : (byte)17;
        byte[] pseudo = [.. addresses, 0, protocol, (byte)(unit.Length >> 8), (byte)unit.Length];
        int field = shape.IsTcp ? TcpChecksum : UdpChecksum;
        ushort sum = isOpen ? (ushort)~Ip.OutputRig.PlainChecksum(pseudo) : Ip.OutputRig.PlainChecksum([.. pseudo, .. unit]);
        if (sum == 0 && !shape.IsTcp) sum = 0xFFFF;
        if (shape.HasUdpChecksum) BinaryPrimitives.WriteUInt16BigEndian(unit.AsSpan(field), sum);
        byte[] link = new byte[shape.LinkHeader];
        for (int i = 0; i < link.Length; i++) link[i] = (byte)(0xA0 + i);
        return [.. link, .. Header(shape, addresses, protocol, unit.Length, identification), .. unit];
    }

    private static byte[] Header(Shape shape, byte[] addresses, byte protocol, int length, ushort identification)
    {
        if (shape.IsV6)
        {
            byte[] extension = new byte[shape.IpOptions];      // destination options: padding
            if (extension.Length > 0) (extension[0], extension[1], extension[2], extension[3]) = (protocol, (byte)((extension.Length / 8) - 1), 1, (byte)(extension.Length - 4));
            int all = length + extension.Length;
            return [0x60, 1, 2, 3, (byte)(all >> 8), (byte)all, extension.Length > 0 ? (byte)60 : protocol, 64, .. addresses, .. extension];
        }

        int total = 20 + shape.IpOptions + length;
        byte[] header =
        [
            (byte)(0x45 + (shape.IpOptions / 4)), 0x2, (byte)(total >> 8), (byte)total, (byte)(identification >> 8), (byte)identification, 0x40, 0,
            64, protocol, 0, 0, .. addresses, .. Enumerable.Repeat((byte)1, shape.IpOptions),
        ];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), Ip.OutputRig.PlainChecksum(header));
        return header;
    }

    private static byte[] InetAddressOctets(string address) => System.Net.IPAddress.Parse(address).GetAddressBytes();
}
