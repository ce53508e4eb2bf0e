using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Count = UserNet.Doors.Counter;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>The tools that find out whether a host is there, against a host of UserNet.</summary>
[Collection(nameof(WholeProcess))]
public partial class PingTests
{
    private protected virtual IpFamily Family => IpFamily.V4;

    [Theory]
    [InlineData("tap", 100, 10)]
    [InlineData("tun", 50, 4)]
    [InlineData("packet", 50, 4)]
    [InlineData("pcap", 50, 4)]
    public void Ping_of_all_kinds_of_sizes_loses_nothing_in_requests_and_replies_of_many_fragments(string kind, int sizes, int each) => Run(Family, () =>
    {
        Need("ping");
        using HostOnDevice host = new(kind);

        // One that is told to send as soon as it can waits for its last answer only as long as for the others, so it is let send more;
        // whether anything was lost is for both ends to count.
        string output = Tool("sh", $"-c \"for size in {string.Join(' ', Sizes.Spread(sizes))}; do "
            + $"ping -n -A -i 0.01 -w 10 -c {each} -s $size {HostOnDevice.Here}; done\"");
        int sent = 0, finished = 0;
        foreach (Match counts in Received().Matches(output))
        {
            sent += int.Parse(counts.Groups[1].Value, CultureInfo.InvariantCulture);
            if (int.Parse(counts.Groups[2].Value, CultureInfo.InvariantCulture) >= each) finished++;
        }

        Assert.Equal(sizes, finished);
        Assert.DoesNotContain("wrong data", output, StringComparison.Ordinal);
        Assert.DoesNotContain("DUP", output, StringComparison.Ordinal);
        Assert.InRange(sent, sizes * each, (sizes * each * 11 / 10) + 1);
        Assert.True(Until(() => EchoReplies() == sent), $"{output}\n{host.Stack.Statistics}");
        StackStatistics statistics = host.Stack.Statistics;
        (Count requests, Count replies) = Family.IsV6
            ? (Count.Icmp6InEchoRequests, Count.Icmp6OutEchoReplies) : (Count.IcmpInEchoRequests, Count.IcmpOutEchoReplies);
        Assert.Equal((sent, sent), (statistics[requests], statistics[replies]));
        (Count whole, Count cut) = Family.IsV6 ? (Count.Ip6Reassembled, Count.Ip6Fragmented) : (Count.IpReassembled, Count.IpFragmented);
        (Count parts, Count made) = Family.IsV6
            ? (Count.Ip6ReassemblyNeeded, Count.Ip6FragmentsCreated) : (Count.IpReassemblyNeeded, Count.IpFragmentsCreated);
        Assert.Equal(statistics[whole], statistics[cut]);
        Assert.Equal(statistics[parts], statistics[made]);
        Assert.True(statistics[whole] > sent / 2);
        host.CheckDrops();
        host.CloseAndCheckCapture();
    });

    [Theory]
    [InlineData("tap", 56)]
    [InlineData("tap", 20_000)]
    [InlineData("packet", 56)]
    [InlineData("packet", 20_000)]
    [InlineData("pcap", 56)]
    public void A_flood_of_pings_is_survived(string kind, int size) => Run(Family, () =>
    {
        Need("ping");
        using HostOnDevice host = new(kind, records: false);
        string output = Tool("ping", $"-n -q -f -w {TestSettings.Count(1, 5)} -s {size} {HostOnDevice.Here}");
        Match counts = Received().Match(output);
        int sent = int.Parse(counts.Groups[1].Value, CultureInfo.InvariantCulture);
        int received = int.Parse(counts.Groups[2].Value, CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.True(received > 100 && received >= (sent * 0.99) - 20, output);      // some are on their way when it ends
        Assert.Contains(" 0% packet loss", Tool("ping", $"-n -q -A -c 10 {HostOnDevice.Here}"), StringComparison.Ordinal);
        host.CheckDrops();
    });

    [Theory]
    [InlineData("tap", "")]
    [InlineData("tap", "-I")]
    [InlineData("tun", "")]
    [InlineData("packet", "")]
    [InlineData("pcap", "")]
    public void Traceroute_arrives_at_the_first_hop(string kind, string how) => Run(Family, () =>
    {
        Need("traceroute");
        using HostOnDevice host = new(kind);
        string output = Tool("traceroute", $"-n -q 2 -N 2 -w 5 {how} {HostOnDevice.Here}");
        string line = Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..]);
        Assert.Matches($@"^ 1  {Regex.Escape(HostOnDevice.Here)}  [0-9.]+ ms  [0-9.]+ ms", line);
        host.CloseAndCheckCapture();
    });

    [Theory]
    [InlineData("tap")]
    [InlineData("tun")]
    [InlineData("packet")]
    public void Tracepath_reaches_the_host_and_knows_the_MTU(string kind) => Run(Family, () =>
    {
        Need("tracepath");
        using HostOnDevice host = new(kind);
        string output = Tool("tracepath", $"-n {HostOnDevice.Here}");
        Assert.Matches($@" 1:  {Regex.Escape(HostOnDevice.Here)} +[0-9.]+ms reached", output);
        Assert.Contains("Resume: pmtu 1500 hops 1 back 1", output, StringComparison.Ordinal);
        host.CloseAndCheckCapture();
    });

    /// <summary>Skips the test when the tool is not installed.</summary>
    internal static void Need(string tool) =>
        Assert.SkipUnless(((string[])["/usr/bin", "/usr/sbin", "/bin", "/sbin"]).Any(folder => File.Exists($"{folder}/{tool}")), $"there is no {tool}");

    /// <summary>Replies to echoes that the kernel has got in this thread's namespace.</summary>
    private static long EchoReplies()
    {
        if (!Tap.OwnNamespace.Family.IsV6) return KernelCounter("Icmp", "InEchoReps");
        string line = File.ReadLines("/proc/thread-self/net/snmp6").First(static line => line.StartsWith("Icmp6InEchoReplies", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', '\t')[^1], CultureInfo.InvariantCulture);
    }

    /// <summary>A counter of the kernel's in this thread's namespace, by the names of /proc/net/snmp.</summary>
    private static long KernelCounter(string layer, string name)
    {
        string[][] lines = [.. File.ReadLines("/proc/thread-self/net/snmp").Select(static line => line.Split(' ')).Where(line => line[0] == $"{layer}:")];
        return long.Parse(lines[1][Array.IndexOf(lines[0], name)], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("(\\d+) packets transmitted, (\\d+) received")]
    private static partial Regex Received();
}

/// <summary>The same over IPv6.</summary>
[Collection(nameof(WholeProcess))]
public sealed class PingV6Tests : PingTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
