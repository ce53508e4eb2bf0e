using UserNet.Buffers;
using UserNet.Capture;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Wire;
using UserNet.Time;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Wire.SamplePackets;

namespace UserNet.Tests.Capture;

public sealed class PcapngWriterTests
{
    private const long Second = 1_000_000_000, Start = 1_800_000_000 * Second;

    [Fact]
    public void The_octets_of_a_file_are_those_of_the_format()
    {
        var stream = new MemoryStream();
        using (var writer = new PcapngWriter(stream))
        {
            Assert.Equal(0, writer.AddInterface("eth0", LinkMedium.Ip));
            writer.Write(0, 0x0102030405060708, [1, 2, 3, 4, 5], PacketDirection.Inbound, "why");
        }

        string expected =
            "0a0d0d0a 2c000000 4d3c2b1a 0100 0000 ffffffffffffffff 0400 0700 557365724e657400 0000 0000 2c000000"
            + "01000000 28000000 6500 0000 00000000 0200 0400 65746830 0900 0100 09000000 0000 0000 28000000"
            + "06000000 3c000000 00000000 04030201 08070605 05000000 05000000 0102030405000000"
            + "0100 0300 77687900 0200 0400 01000000 0000 0000 3c000000";
        Assert.Equal(Convert.ToHexString(Hex(expected)), Convert.ToHexString(stream.ToArray()));
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        byte[] file = Write(writer =>
        {
            writer.AddInterface("left", LinkMedium.Ethernet);
            writer.AddInterface("right über", LinkMedium.Ip);
            writer.Write(1, Start + 1, [], PacketDirection.Outbound);
            writer.Write(0, Start, new byte[100_000], PacketDirection.Inbound, "dropped: größer");
            writer.Write(0, long.MaxValue, [9]);
        });
        CapturedPacket[] packets = Read(file);
        Assert.Equal(["right über", "left", "left"], packets.Select(p => p.Interface.Name));
        Assert.Equal([101, 1, 1], packets.Select(p => p.Interface.LinkType));
        Assert.Equal([Start + 1, Start, long.MaxValue], packets.Select(p => p.Nanoseconds));
        Assert.Equal([0, 100_000, 1], packets.Select(p => p.OriginalLength));
        Assert.Equal([0, 100_000, 1], packets.Select(p => p.Octets.Length));
        Assert.Equal([PacketDirection.Outbound, PacketDirection.Inbound, PacketDirection.Unknown], packets.Select(p => p.Direction));
        Assert.Equal([null, "dropped: größer", null], packets.Select(p => p.Comment));
    }

    [Fact]
    public void Equal_calls_make_equal_files() => Assert.Equal(WriteAll(), WriteAll());

    [Fact]
    public void The_time_of_a_stack_counts_from_the_epoch_that_was_given()
    {
        var stream = new MemoryStream();
        DateTimeOffset epoch = DateTimeOffset.UnixEpoch.AddDays(1);
        using (var writer = new PcapngWriter(stream, epoch, leaveOpen: true))
        {
            writer.AddInterface("a", LinkMedium.Ip);
            writer.Write(0, Timestamp.FromStart(TimeSpan.FromTicks(7)), [1]);
        }

        Assert.Equal((86_400 * Second) + 700, Read(stream.ToArray())[0].Nanoseconds);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PcapngWriter(stream, DateTimeOffset.UnixEpoch.AddTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PcapngWriter(stream, DateTimeOffset.MaxValue));
    }

    [Fact]
    public void A_checksum_that_is_still_to_be_filled_in_is_right_in_the_file()
    {
        byte[] whole = Frame(IpV4(Datagram(5), IpProtocol.Udp)), partial = [.. whole];
        ulong pseudo = new PseudoHeader(A, B, IpProtocol.Udp, 13).Sum;
        partial[40] = (byte)(InternetChecksum.Fold(pseudo) >> 8);
        partial[41] = (byte)InternetChecksum.Fold(pseudo);
        var offload = new PacketOffload { NeedsChecksum = true, ChecksumStart = 34, ChecksumOffset = 6 };
        byte[] before = [.. partial];
        CapturedPacket[] packets = Read(Write(writer =>
        {
            writer.AddInterface("a", LinkMedium.Ethernet);
            writer.Write(0, 0, partial, offload: offload);
            writer.Write(0, 0, partial, offload: offload with { SegmentSize = 2 });
            writer.Write(0, 0, partial, offload: offload with { ChecksumStart = 65_000 });
        }));
        Assert.Equal(whole, packets[0].Octets.ToArray());
        Assert.Equal(whole, packets[1].Octets.ToArray());
        Assert.Equal(partial, packets[2].Octets.ToArray());
        Assert.Equal(before, partial);
    }

    [Fact]
    public void What_can_not_be_written_is_refused_and_leaves_nothing_behind()
    {
        byte[] file = Write(writer =>
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write(0, 0, [1]));
            writer.AddInterface("a", LinkMedium.Ip);
            Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write(1, 0, [1]));
            Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write(0, -1, [1]));
            Assert.Throws<ArgumentException>(() => writer.Write(0, 0, [1], comment: new string('x', 65_536)));
            writer.Write(0, 0, [1], comment: new string('x', 65_535));
            writer.Dispose();
            Assert.Throws<ObjectDisposedException>(() => writer.Write(0, 0, [1]));
            Assert.Throws<ObjectDisposedException>(() => writer.AddInterface("b", LinkMedium.Ip));
            writer.Flush();
        });
        Assert.Equal(65_535, Assert.Single(Read(file)).Comment!.Length);
    }

    [Fact]
    public void Many_threads_leave_whole_blocks()
    {
        byte[] file = Write(writer =>
        {
            writer.AddInterface("a", LinkMedium.Ip);
            Thread[] threads = [.. Enumerable.Range(1, 4).Select(n => new Thread(() =>
            {
                byte[] octets = new byte[n * 100];
                Array.Fill(octets, (byte)n);
                for (int i = 0; i < 500; i++) writer.Write(0, i, octets);
            }))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
        });
        CapturedPacket[] packets = Read(file);
        Assert.Equal(2000, packets.Length);
        foreach (CapturedPacket packet in packets) Assert.Equal(-1, packet.Octets.Span.IndexOfAnyExcept((byte)(packet.Octets.Length / 100)));
    }

    [Fact]
    public void Steady_writing_allocates_nothing()
    {
        using var writer = new PcapngWriter(Stream.Null);
        writer.AddInterface("a", LinkMedium.Ip);
        byte[] octets = new byte[1500];
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 1000; i++) writer.Write(0, i, octets, PacketDirection.Inbound, "dropped: UdpNoPort");
        }));
    }

    [Fact]
    public async Task Tshark_finds_nothing_wrong_and_shows_what_was_said()
    {
        Assert.SkipUnless(Tool.IsThere("tshark"), "tshark is not installed");
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Name, "two.pcapng");
        using (var writer = PcapngWriter.Create(file))
        {
            writer.AddInterface("left", LinkMedium.Ethernet);
            writer.AddInterface("right", LinkMedium.Ip);
            writer.Write(0, Start + 123_456_789, Frame(IpV4(Datagram(5), IpProtocol.Udp)), PacketDirection.Inbound, "dropped: UdpNoPort");
            writer.Write(1, Start + Second, IpV4(Icmp(8, 0, 1, new byte[56]), IpProtocol.Icmp), PacketDirection.Outbound);
            writer.Write(0, Start + Second, SamplePackets.Arp(1, A, default, B));
        }

        string[] checks = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"];
        string[] fields =
        [
            "frame.time_epoch", "frame.interface_name", "frame.packet_flags_direction", "frame.comment", "_ws.malformed", "_ws.expert",
        ];
        string output = await Tool.RunAsync(
            "tshark", [.. checks, "-n", "-r", file, "-T", "fields", "-E", "separator=|", .. fields.SelectMany(f => (string[])["-e", f])]);
        Assert.Equal(
            """
            1800000000.123456789|left|0x00000001|dropped: UdpNoPort||
            1800000001.000000000|right|0x00000002|||
            1800000001.000000000|left||||

            """,
            // The comment itself is reported as an expert's remark.
            output.Replace("|dropped: UdpNoPort||Expert Info (Comment/Comment): dropped: UdpNoPort", "|dropped: UdpNoPort||", StringComparison.Ordinal));
    }

    private static byte[] WriteAll() => Write(writer =>
    {
        writer.AddInterface("eth0", LinkMedium.Ethernet);
        for (int i = 0; i < SamplePackets.Frames.Count; i++)
            writer.Write(0, Start + i, SamplePackets.Frames[i], (PacketDirection)(i % 3), i % 4 == 0 ? $"packet {i}" : "");
    });

    private static byte[] Write(Action<PcapngWriter> write)
    {
        var stream = new MemoryStream();
        using (var writer = new PcapngWriter(stream)) write(writer);
        return stream.ToArray();
    }

    private static CapturedPacket[] Read(byte[] file)
    {
        using var reader = new PcapngReader(new MemoryStream(file));
        List<CapturedPacket> packets = [];
        while (reader.TryRead(out CapturedPacket packet)) packets.Add(packet);
        return [.. packets];
    }
}
