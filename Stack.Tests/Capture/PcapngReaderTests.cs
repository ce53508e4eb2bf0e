using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UserNet.Capture;
using UserNet.Link;
using UserNet.Tests.Wire;
using Xunit;
using static UserNet.Tests.Wire.SamplePackets;

namespace UserNet.Tests.Capture;

public sealed class PcapngReaderTests
{
    private const string Section = "0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffffffffffff 1c000000";
    private const string Ethernet = "01000000 14000000 01000000 00000000 14000000";

    [Fact]
    public void The_other_order_of_octets_is_read()
    {
        CapturedPacket packet = Assert.Single(Read(
            "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c"
            + "00000001 00000020 0065 0000 00000080 0009 0001 09000000 0000 0000 00000020"
            + "00000006 00000030 00000000 01020304 05060708 00000003 000005dc 01020300 0002 0004 00000001 0000 0000 00000030"));
        Assert.Equal(101, packet.Interface.LinkType);
        Assert.Equal(128u, packet.Interface.SnapLength);
        Assert.Equal(0x0102030405060708, packet.Nanoseconds);
        Assert.Equal([1, 2, 3], packet.Octets.ToArray());
        Assert.Equal(1500, packet.OriginalLength);
        Assert.Equal(PacketDirection.Inbound, packet.Direction);
    }

    [Theory]
    [InlineData("", 5_000_000_000, 5_000_000_000_000)]                        // microseconds when nothing is said
    [InlineData("0900 0100 06000000", 5_000_000_000, 5_000_000_000_000)]
    [InlineData("0900 0100 00000000", 7, 7_000_000_000)]
    [InlineData("0900 0100 09000000", 7, 7)]
    [InlineData("0900 0100 0c000000", 7_999, 7)]
    [InlineData("0900 0100 7f000000", 7_999, 0)]
    [InlineData("0900 0100 80000000", 7, 7_000_000_000)]
    [InlineData("0900 0100 8a000000", 1536, 1_500_000_000)]
    [InlineData("0900 0100 ff000000", 1536, 0)]
    [InlineData("0900 0100 09000000 0e00 0800 ffffffffffffffff", 1_000_000_007, 7)]
    public void The_unit_of_time_is_the_interfaces_own(string options, ulong units, long nanoseconds)
    {
        string description = $"01000000 00000000 01000000 00000000 {options} 00000000".Replace(" ", "", StringComparison.Ordinal);
        CapturedPacket packet = Assert.Single(Read(
            Section + Sized(description)
            + Sized($"06000000 00000000 00000000 {Little(units >> 32)} {Little(units & uint.MaxValue)} 00000000 00000000")));
        Assert.Equal(nanoseconds, packet.Nanoseconds);
    }

    [Fact]
    public void A_simple_packet_is_cut_off_at_the_interfaces_limit()
    {
        CapturedPacket[] packets = Read(
            Section + "01000000 14000000 01000000 04000000 14000000"
            + "03000000 14000000 05000000 01020304 14000000" + "03000000 14000000 02000000 01020000 14000000");
        Assert.Equal([[1, 2, 3, 4], [1, 2]], packets.Select(p => p.Octets.ToArray()));
        Assert.Equal([5, 2], packets.Select(p => p.OriginalLength));
        Assert.All(packets, p => Assert.Null(p.Nanoseconds));
    }

    [Fact]
    public void Unknown_blocks_and_options_are_stepped_over_and_a_section_begins_anew()
    {
        string packet = Sized("06000000 00000000 00000000 00000000 05000000 01000000 01000000 aa000000 efbe 0300 01020300"
            + "0100 0100 61000000 0100 0200 62630000 00000000");
        CapturedPacket[] packets = Read(Section + "0d0b0000 10000000 12345678 10000000" + Ethernet + packet + Section + Ethernet + packet);
        Assert.Equal(2, packets.Length);
        Assert.Equal("a\nbc", packets[0].Comment);
        Assert.NotSame(packets[0].Interface, packets[1].Interface);
        Assert.Contains("was not described", Fault(Section + Ethernet + packet + Section + packet).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("d4c3b2a1 02000400 00000000 00000000", 0, "no pcapng file")]
    [InlineData("0a0d0d0a 1c000000 4d3c2b1b 01000000 ffffffffffffffff 1c000000", 0, "magic")]
    [InlineData("0a0d0d0a 1c000000 4d3c2b1a 02000000 ffffffffffffffff 1c000000", 0, "Version 2")]
    [InlineData("0a0d0d0a 10000000 4d3c2b1a 10000000", 0, "too short")]
    [InlineData("0a0d0d0a 1c00", 0, "ends within")]
    [InlineData(Section + "01000000 15000000", 28, "can't have 21")]
    [InlineData(Section + "01000000 08000000", 28, "can't have 8")]
    [InlineData(Section + "01000000 fcffffff", 28, "too long")]
    [InlineData(Section + "01000000 0000f000 00", 28, "ends within a block: it has 9 of 15728640")]
    [InlineData(Section + "01000000 14000000 01000000 00000000 18000000", 28, "differ")]
    [InlineData(Section + "01000000 10000000 01000000 10000000", 28, "too short for what it says")]
    [InlineData(Section + Ethernet + "06000000 20000000 01000000 00000000 00000000 00000000 00000000 20000000", 48, "Interface 1")]
    [InlineData(Section + Ethernet + "06000000 20000000 00000000 00000000 00000000 ffffffff 00000000 20000000", 48, "too short for what")]
    [InlineData(Section + Ethernet + "06000000 20000000 00000000 ffffffff 00000000 00000000 00000000 20000000", 48, "year 2262")]
    [InlineData(Section + Ethernet + "03000000 10000000 ffffff7f 10000000", 48, "too short for what")]
    [InlineData(Section + Ethernet + "06000000 24000000 00000000 00000000 00000000 00000000 00000000 01000400 24000000", 48, "too short for what")]
    public void A_file_that_lies_says_what_and_where(string file, long offset, string message)
    {
        PcapngException fault = Fault(file);
        Assert.Equal(offset, fault.Offset);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_that_lies_does_not_cost_memory()
    {
        byte[] file = Hex(Section + "01000000 0000f000 00000000");
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = new PcapngReader(new MemoryStream(file));
        Assert.Throws<PcapngException>(() => reader.TryRead(out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500_000);
    }

    [Fact]
    public void A_file_that_was_cut_off_gives_its_whole_packets_and_then_says_so()
    {
        byte[] file = Sample();
        int whole = 0;
        for (int length = 0; length < file.Length; length += 7)
        {
            int packets = CountUntilFault(file.AsSpan(0, length).ToArray(), out PcapngException? fault);
            Assert.True(packets >= whole);
            whole = packets;
            Assert.True(fault is null || fault.Offset <= length);
        }

        Assert.InRange(whole, 1, 59);
    }

    [Fact]
    public void No_mutation_of_a_file_does_anything_but_fail_clearly()
    {
        Random random = TestSettings.Random();
        byte[] file = Sample();
        for (int i = 0; i < TestSettings.Count(20_000, 1_000_000); i++)
        {
            byte[] mutant = [.. file.AsSpan(0, random.Next(4) == 0 ? random.Next(file.Length) : file.Length)];
            for (int changes = random.Next(1, 6); changes > 0 && mutant.Length > 4; changes--)
            {
                int at = random.Next(mutant.Length - 3);
                if (random.Next(2) == 0) mutant[at] = (byte)random.Next(256);
                else BinaryPrimitives.WriteInt32LittleEndian(mutant.AsSpan(at & ~3), Interesting(random));
            }

            CountUntilFault(mutant, out _);
        }
    }

    [Fact]
    public async Task Files_that_others_wrote_are_read()
    {
        Assert.SkipUnless(Tool.IsThere("editcap"), "editcap is not installed");
        using var folder = new TemporaryFolder();
        string ours = Path.Combine(folder.Name, "ours.pcapng"), theirs = Path.Combine(folder.Name, "theirs.pcapng");
        await File.WriteAllBytesAsync(ours, Sample(), TestContext.Current.CancellationToken);
        await Tool.RunAsync("editcap", "-F", "pcapng", "-a", "1:said by editcap", ours, theirs);
        CapturedPacket[] before = [.. PcapngReader.ReadFile(ours)], after = [.. PcapngReader.ReadFile(theirs)];
        Assert.Equal(60, after.Length);
        Assert.Equal(before.Select(p => p.Nanoseconds), after.Select(p => p.Nanoseconds));
        Assert.Equal(before.Select(p => p.Octets.ToArray()), after.Select(p => p.Octets.ToArray()));
        Assert.Equal(before.Select(p => p.Direction), after.Select(p => p.Direction));
        Assert.Equal(before.Select(p => p.Interface.Name), after.Select(p => p.Interface.Name));
        Assert.Equal(before.Skip(1).Select(p => p.Comment), after.Skip(1).Select(p => p.Comment));
        Assert.EndsWith("said by editcap", after[0].Comment, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_tcpdump_is_refused_for_what_it_is()
    {
        Assert.SkipUnless(Tool.IsThere("tcpdump"), "tcpdump is not installed");
        using var folder = new TemporaryFolder();
        string ours = Path.Combine(folder.Name, "ours.pcapng"), theirs = Path.Combine(folder.Name, "theirs.pcap");
        await File.WriteAllBytesAsync(ours, Sample(), TestContext.Current.CancellationToken);
        await Tool.RunAsync("tcpdump", "-r", ours, "-w", theirs);
        PcapngException fault = Assert.Throws<PcapngException>(() => PcapngReader.ReadFile(theirs).Count());
        Assert.Contains("no pcapng file", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_dumpcap_saw_on_the_loopback_is_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root can capture");
        Assert.SkipUnless(Tool.IsThere("dumpcap"), "dumpcap is not installed");
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Name, "lo.pcapng");
        using var receiver = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var to = (IPEndPoint)receiver.Client.LocalEndPoint!;
        using Process dumpcap = Tool.Start("dumpcap", ["-q", "-i", "lo", "-c", "3", "-a", "duration:20", "-f", $"udp port {to.Port}", "-w", file]);
        try
        {
            using var sender = new UdpClient();
            byte[] octets = [1, 2, 3, 4];
            while (!dumpcap.HasExited)      // it takes a moment until it listens
            {
                sender.Send(octets, to);
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }

            CapturedPacket[] packets = [.. PcapngReader.ReadFile(file)];
            Assert.SkipWhen(packets.Length == 0, "dumpcap may not capture here");
            Assert.Equal(3, packets.Length);
            Assert.All(packets, p => Assert.Equal(octets, p.Octets.Span[^4..].ToArray()));
            Assert.All(packets, p => Assert.Equal("lo", p.Interface.Name));
            Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - (packets[0].Nanoseconds!.Value / 1_000_000), 0, 60_000);
        }
        finally
        {
            if (!dumpcap.HasExited) dumpcap.Kill(entireProcessTree: true);
        }
    }

    private static int Interesting(Random random) => random.Next(8) switch
    {
        0 => 0,
        1 => -1,
        2 => int.MaxValue,
        3 => 0x0A0D0D0A,
        4 => random.Next(64) * 4,
        5 => 6,
        6 => 1,
        _ => random.Next(),
    };

    private static int CountUntilFault(byte[] file, out PcapngException? fault)
    {
        fault = null;
        int packets = 0;
        using var reader = new PcapngReader(new MemoryStream(file));
        try
        {
            while (reader.TryRead(out _)) packets++;
        }
        catch (PcapngException caught)
        {
            fault = caught;
        }

        return packets;
    }

    // Sixty packets of two interfaces.
    private static byte[] Sample()
    {
        var stream = new MemoryStream();
        using (var writer = new PcapngWriter(stream))
        {
            writer.AddInterface("one", LinkMedium.Ethernet);
            writer.AddInterface("two", LinkMedium.Ethernet);
            for (int i = 0; i < 60; i++)
                writer.Write(i % 2, 1_700_000_000_000_000_000 + i, Frames[i], (PacketDirection)(i % 3), i % 5 == 0 ? $"number {i}" : "");
        }

        return stream.ToArray();
    }

    private static CapturedPacket[] Read(string file)
    {
        using var reader = new PcapngReader(new MemoryStream(Hex(file)));
        List<CapturedPacket> packets = [];
        while (reader.TryRead(out CapturedPacket packet)) packets.Add(packet);
        return [.. packets];
    }

    private static PcapngException Fault(string file) => Assert.Throws<PcapngException>(() => Read(file));

    // Puts the length into a block whose second word is left open, and behind it.
    private static string Sized(string block)
    {
        block = block.Replace(" ", "", StringComparison.Ordinal);
        string length = Little((ulong)(block.Length / 2) + 4);
        return block[..8] + length + block[16..] + length;
    }

    private static string Little(ulong value) =>
        BinaryPrimitives.ReverseEndianness((uint)value).ToString("x8", System.Globalization.CultureInfo.InvariantCulture);
}
