using System.Buffers.Binary;
using UserNet.Doors;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Capture;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Interop;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Emulation.TranslationRig;

namespace UserNet.Tests.Emulation;

/// <summary>The checksums of what was rewritten, against sums that are computed anew and without the stack, and against tshark.</summary>
public sealed class AddressTranslationChecksumTests
{
    [Fact]
    public void Corrected_checksums_are_those_that_the_packet_would_have_been_sent_with()
    {
        using TranslationRig rig = new();
        Random random = TestSettings.Random(71);
        int count = TestSettings.Count(20_000, 500_000);
        for (int i = 0; i < count; i++)
        {
            string host = $"10.{random.Next(256)}.{random.Next(4)}.{random.Next(1, 4)}", peer = $"198.51.100.{random.Next(1, 255)}";
            byte[] packet = RandomPacket(random, host, peer, (ushort)random.Next(1, 65_536));
            byte[]? there = rig.Out(packet);
            if (there is null) continue;      // the range is full
            PlainChecksums.AreRight(there);
            byte[] back = rig.In(Answer(there))!;
            PlainChecksums.AreRight(back);
            Assert.Equal(Answer(packet), back);
            if (i % 500 == 0) rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.True(rig.Translation.Counts.Outbound > count / 2, $"{rig.Translation.Counts}");
    }

    [Fact]
    public void A_datagram_without_a_checksum_gets_none_and_a_wrong_one_stays_wrong()
    {
        using TranslationRig rig = new();
        byte[] none = rig.Out(Datagram(Host, 4000, Peer, 53, hasChecksum: false))!;
        Assert.Equal((0, 0), (none[26], none[27]));
        for (int bit = 0; bit < 16; bit++)
        {
            byte[] wrong = Datagram(Host, 4000, Peer, 53);
            wrong[26 + (bit / 8)] ^= (byte)(1 << (bit % 8));
            Assert.Equal("UDP", PlainChecksums.Wrong(rig.Out(wrong)!));
        }
    }

    [Fact]
    public void A_checksum_that_comes_to_nothing_is_written_as_all_ones()
    {
        using TranslationRig rig = new();
        int seen = 0;
        for (int i = 0; i < 65_536; i++)
        {
            byte[] packet = Datagram(Host, 4000, Peer, 53, 2);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(28), (ushort)i);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(26), 0);
            var pseudo = new PseudoHeader(InetAddress.Parse(Host), InetAddress.Parse(Peer), IpProtocol.Udp, packet.Length - 20);
            ushort checksum = InternetChecksum.Of(packet.AsSpan(20), pseudo);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(26), checksum == 0 ? (ushort)0xFFFF : checksum);
            byte[] there = rig.Out(packet)!;
            PlainChecksums.AreRight(there);
            Assert.NotEqual(0, BinaryPrimitives.ReadUInt16BigEndian(there.AsSpan(26)));
            if (there[26] == 0xFF && there[27] == 0xFF) seen++;
        }

        Assert.True(seen > 0);
    }

    [Theory]
    [InlineData(false, 0, 100)]
    [InlineData(true, 0, 100)]
    [InlineData(false, 100, 1234)]
    [InlineData(true, 100, 1234)]
    public void What_was_left_to_the_link_can_still_be_done_by_it(bool isTcp, int segmentSize, int length)
    {
        using TranslationRig rig = new();
        rig.MapUdp(Host, 4000);      // the first port of the range is not the only one that is tried
        (byte[] packet, PacketOffload offload) = Open(Host, 4000, Peer, 53, isTcp, segmentSize, length);
        byte[] there = rig.Out(packet, offload)!;
        Check(there, offload, segmentSize == 0 ? 1 : 13);
        (byte[] answer, offload) = Open(Peer, 53, Outer, PortsOf(there).Source, isTcp, segmentSize, length);
        byte[] back = rig.In(answer, offload)!;
        Assert.Equal(offload, rig.Inside.Facts[^1].Offload);
        Check(back, offload, segmentSize == 0 ? 1 : 13);
        Assert.Equal((Host, (ushort)4000), (DestinationOf(back), PortsOf(back).Destination));
    }

    [Fact]
    public void A_checksum_that_is_open_where_none_can_be_keeps_a_packet_inside()
    {
        using TranslationRig rig = new();
        (byte[] packet, PacketOffload offload) = Open(Host, 4000, Peer, 53, isTcp: false, 0, 100);
        foreach (PacketOffload bad in (PacketOffload[])[offload with { ChecksumStart = 19 }, offload with { ChecksumOffset = 16 }, offload with { ChecksumStart = 60_000 }])
            Assert.Null(rig.Out(packet, bad));
        Assert.Null(rig.Out(Echo(Host, Peer, Icmpv4Type.EchoRequest, 1), offload));
        Assert.Equal(4, rig.Drops(DropReason.FrameBadOffload));
    }

    [Fact]
    public void Tshark_finds_nothing_wrong_with_what_was_rewritten()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/tshark"), "tshark is not installed");
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Name, "rewritten.pcapng");
        using TranslationRig rig = new();
        Random random = TestSettings.Random(72);
        using (PcapngWriter writer = PcapngWriter.Create(file))
        {
            int number = writer.AddInterface("outer", LinkMedium.Ip);
            for (int i = 0; i < 500; i++)
            {
                byte[] there = rig.Out(RandomPacket(random, Host, Peer, 50_007))!;
                byte[] back = rig.In(Answer(there))!, error = rig.In(Error("192.0.2.1", Outer, there, 60))!;
                foreach (byte[] packet in (byte[][])[there, back, error]) writer.Write(number, i * 1000, packet, PacketDirection.Outbound, default);
            }
        }

        Shark.FindNothingWrong(file);
        Assert.Equal(500, Shark.Fields(file, $"ip.src == {Outer} && !(ip.dst == {Host})", "frame.number").Length);
    }

    private static void Check(byte[] packet, in PacketOffload offload, int count)
    {
        WireFrames wire = new(new LinkFrame(packet, offload), LinkMedium.Ip, new FrameRoom());
        int seen = 0;
        for (; wire.TryNext(out LinkFrame one); seen++) PlainChecksums.AreRight(one.Octets.Span);
        Assert.False(wire.IsBad);
        Assert.Equal(count, seen);
    }

    private static byte[] RandomPacket(Random random, string host, string peer, ushort to)
    {
        ushort port = (ushort)random.Next(40_000, 40_300);
        byte[] packet = random.Next(3) switch
        {
            0 => Datagram(host, port, peer, to, random.Next(60)),
            1 => Segment(host, port, peer, to, TcpFlags.Syn, random.Next(60)),
            _ => Echo(host, peer, Icmpv4Type.EchoRequest, port, random.Next(60)),
        };
        return packet;
    }

    /// <summary>The same packet from the other end, computed without the stack.</summary>
    private static byte[] Answer(byte[] packet)
    {
        byte[] answer = (byte[])packet.Clone();
        packet.AsSpan(12, 4).CopyTo(answer.AsSpan(16));
        packet.AsSpan(16, 4).CopyTo(answer.AsSpan(12));
        if (packet[9] == 1)
        {
            answer[20] = 0;      // a reply: the sum has 8 in the upper half of its first word less
            int sum = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(22)) + 0x0800;
            BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(22), (ushort)((sum & 0xFFFF) + (sum >> 16)));
            return answer;
        }

        packet.AsSpan(20, 2).CopyTo(answer.AsSpan(22));
        packet.AsSpan(22, 2).CopyTo(answer.AsSpan(20));
        return answer;
    }

    private static (byte[] Packet, PacketOffload Offload) Open(
        string from, ushort fromPort, string to, ushort toPort, bool isTcp, int segmentSize, int length)
    {
        PacketBuffer buffer = new PacketPool().Rent(PacketPool.LargeSize);
        new Random(length).NextBytes(buffer.Append(length));
        IpProtocol protocol = isTcp ? IpProtocol.Tcp : IpProtocol.Udp;
        InetAddress source = InetAddress.Parse(from), destination = InetAddress.Parse(to);
        var pseudo = new PseudoHeader(source, destination, protocol, 0);
        if (isTcp) new TcpHeader(fromPort, toPort, 7, 8, TcpFlags.Syn, 500).PrependUnsealed(buffer, default, pseudo);
        else new UdpHeader(fromPort, toPort).PrependOpen(buffer, pseudo);
        new Ipv4Header(source, destination, protocol).PrependTo(buffer);
        SegmentKind kind = segmentSize == 0 ? SegmentKind.None : isTcp ? SegmentKind.TcpV4 : SegmentKind.Udp;
        return (buffer.Span.ToArray(), buffer.Offload with { SegmentSize = (ushort)segmentSize, SegmentKind = kind });
    }
}
