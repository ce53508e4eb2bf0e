using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Capture;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Capture;

/// <summary>What others see in a file of bursts, and of the segments that they are cut into.</summary>
public sealed class BurstCaptureTests
{
    private const ushort Size = 1448;

    [Fact]
    public async Task Tshark_finds_a_burst_and_its_segments_right_and_the_same()
    {
        Assert.SkipUnless(Tool.IsThere("tshark"), "tshark is not installed");
        byte[] payload = new byte[30_000];
        TestSettings.Random(5).NextBytes(payload);
        MacAddress a = MacAddress.FromBits(0x02_0000_0000_01), b = MacAddress.FromBits(0x02_0000_0000_02);
        (byte[] Octets, PacketOffload Offload)[] bursts =
        [
            Bursts.Tcp(b, a, "10.0.0.1", "10.0.0.2", payload, Size, flags: 0x99),
            Bursts.Udp(b, a, "10.0.0.1", "10.0.0.2", payload, Size),
        ];
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Name, "bursts.pcapng");
        using (var writer = new PcapngWriter(File.Create(file)))
        {
            int number = writer.AddInterface("eth0", LinkMedium.Ethernet);
            foreach ((byte[] octets, PacketOffload offload) in bursts)
            {
                writer.Write(number, 0, octets, offload: offload);
                Assert.True(SegmentCutter.TryParse(octets, 14, offload, out SegmentCutter cutter));
                byte[] one = new byte[cutter.LargestLength];
                for (int i = 0; i < cutter.Count; i++) writer.Write(number, 0, one.AsSpan(0, cutter.Write(i, one)));
            }
        }

        // Octets of chance: nobody is to take them for a protocol and find it malformed.
        string[] plain = ["-d", "udp.port==7777,data", "-d", "tcp.port==5000,data"];
        string[] checks = ["-n", "-r", file, .. plain, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"];
        const string Right = "!_ws.malformed && ip.checksum.status == Good && (tcp.checksum.status == Good || udp.checksum.status == Good)";
        string output = await Tool.RunAsync("tshark", [.. checks, "-Y", Right, "-T", "fields", "-e", "tcp.len", "-e", "udp.length"]);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2 * (1 + 21), lines.Length);
        int[] octetsOf = [.. lines.Select(static line => int.Parse(line.Trim(), System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal((30_000, 30_000), (octetsOf[0], octetsOf[1..22].Sum()));
        Assert.Equal((30_008, 30_000 + (21 * 8)), (octetsOf[22], octetsOf[23..].Sum()));
    }
}
