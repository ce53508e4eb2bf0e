using UserNet.Capture;
using UserNet.Link;
using UserNet.Tests.Capture;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Wire;

/// <summary>Every sample packet, line by line as tcpdump prints it.</summary>
public sealed class TcpdumpTests
{
    // Words that other releases have changed now and then.
    private const string Version = "tcpdump version 4.99";

    [Theory]
    [InlineData(PrintDetails.None, "-tnS")]
    [InlineData(PrintDetails.LinkHeader, "-tnSe")]
    [InlineData(PrintDetails.Verbose, "-tnSv")]
    public async Task Each_packet_is_printed_as_tcpdump_prints_it(PrintDetails details, string options)
    {
        Assert.SkipUnless(Tool.IsThere("tcpdump"), "tcpdump is not installed");
        Assert.SkipUnless((await Tool.RunAsync("tcpdump", "--version")).StartsWith(Version, StringComparison.Ordinal), "not tcpdump 4.99");
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Name, "samples.pcapng");
        byte[][] frames = [.. SamplePackets.Frames];
        using (var writer = PcapngWriter.Create(file))
        {
            writer.AddInterface("eth0", LinkMedium.Ethernet);
            foreach (byte[] frame in frames) writer.Write(0, 0, frame);
        }

        string[] theirs = OneLineEach(await Tool.RunAsync("tcpdump", options, "-r", file));
        string[] ours = [.. frames.Select(frame => PacketPrinter.PrintEthernet(frame, details).Trim())];
        Assert.Equal(string.Join('\n', theirs), WithoutAe(string.Join('\n', ours)));
    }

    [Theory]
    [InlineData(PrintDetails.None, "-tnS")]
    [InlineData(PrintDetails.Verbose, "-tnSv")]
    public async Task Each_packet_without_a_frame_is_printed_as_tcpdump_prints_it(PrintDetails details, string options)
    {
        Assert.SkipUnless(Tool.IsThere("tcpdump"), "tcpdump is not installed");
        Assert.SkipUnless((await Tool.RunAsync("tcpdump", "--version")).StartsWith(Version, StringComparison.Ordinal), "not tcpdump 4.99");
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Name, "samples.pcapng");
        byte[][] packets = [.. SamplePackets.Frames.Where(f => f.Length > 34 && f[12] == 8 && f[13] == 0).Select(f => f[14..])];
        using (var writer = PcapngWriter.Create(file))
        {
            writer.AddInterface("tun0", LinkMedium.Ip);
            foreach (byte[] packet in packets) writer.Write(0, 0, packet);
        }

        string[] theirs = OneLineEach(await Tool.RunAsync("tcpdump", options, "-r", file));
        string[] ours = [.. packets.Select(packet => PacketPrinter.PrintIp(packet, details).Trim())];
        Assert.True(theirs.Length > 100);
        Assert.Equal(string.Join('\n', theirs), WithoutAe(string.Join('\n', ours)));
    }

    // That release has no letter for the bit that RFC 9768 gave a name.
    private static string WithoutAe(string text) => text.Replace("UEWe]", "UEW]", StringComparison.Ordinal);

    // Continued lines are joined, dumps of octets left out.
    private static string[] OneLineEach(string output)
    {
        string text = string.Join('\n', output.TrimEnd('\n').Split('\n').Where(line => !IsDump(line)));
        return [.. text.Replace("\n    ", " ", StringComparison.Ordinal).Replace("\n\tIP", " IP", StringComparison.Ordinal)
            .Replace("\n\t  ", " ", StringComparison.Ordinal).Replace("\n\thop", " hop", StringComparison.Ordinal)
            .Replace("\n\t [|ip]", "  [|ip]", StringComparison.Ordinal).Split('\n').Select(line => line.Trim())];
    }

    private static bool IsDump(string line) => line.StartsWith('\t') && line.TrimStart().StartsWith("0x", StringComparison.Ordinal);
}
