using System.Diagnostics;
using UserNet.Doors;
using UserNet.Tap;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Ip;

/// <summary>Two Linux hosts, 10.9.0.1 and 10.8.0.1, with a UserNet router between them; the second link takes 600 octets.</summary>
[Collection(nameof(WholeProcess))]
public sealed class KernelForwardingTests
{
    [Fact]
    public void Linux_pings_through_us_and_sees_what_a_router_says() => WithRouter(static stack =>
    {
        Assert.Contains(" 0% packet loss", Ping("-c 3 -i 0.2 10.8.0.1"), StringComparison.Ordinal);
        // Linux's fragments of 1,500 octets are cut again, and come back in those of 600.
        Assert.Contains(" 0% packet loss", Ping("-c 3 -i 0.2 -s 4000 -M dont 10.8.0.1"), StringComparison.Ordinal);
        Assert.Contains("From 10.9.0.2", Ping("-c 1 -t 1 -W 1 10.8.0.1"), StringComparison.Ordinal);
        Assert.Contains("Time to live exceeded", Ping("-c 1 -t 1 -W 1 10.8.0.1"), StringComparison.Ordinal);
        Assert.Contains("Destination Net Unreachable", Ping("-c 1 -W 1 203.0.113.1"), StringComparison.Ordinal);
        Assert.Contains("mtu = 600", Ping("-c 1 -W 1 -M do -s 1400 10.8.0.1"), StringComparison.Ordinal);
        Assert.True(stack.Statistics[UserNet.Doors.Counter.IpFragmented] >= 3);
        Assert.Equal(0, stack.Statistics[UserNet.Doors.Counter.IpReassembled]);
    });

    [Fact]
    public void Linux_reads_the_route_that_we_recorded() => WithRouter(static _ =>
    {
        string[] lines = Ping("-c 1 -W 1 -R 10.8.0.1").Split('\n', StringSplitOptions.TrimEntries);
        int start = Array.FindIndex(lines, static line => line.StartsWith("RR:", StringComparison.Ordinal));
        Assert.True(start >= 0, string.Join('\n', lines));
        string[] hops = [.. lines.Skip(start).TakeWhile(static line => line.Length > 0).Select(static line => line.Replace("RR:", "", StringComparison.Ordinal).Trim())];
        Assert.Equal(["10.9.0.1", "10.8.0.2", "10.8.0.1", "10.8.0.1", "10.9.0.2", "10.9.0.1"], hops);
    });

    [Fact]
    public void The_largest_packets_of_Linux_are_put_together() => WithRouter(static stack =>
    {
        Assert.Contains(" 0% packet loss", Ping("-c 20 -i 0.01 -s 65507 10.9.0.2"), StringComparison.Ordinal);
        Assert.Equal(20, stack.Statistics[UserNet.Doors.Counter.IpReassembled]);
        Assert.Equal(20 * 45, stack.Statistics[UserNet.Doors.Counter.IpReassemblyNeeded]);
    });

    [Fact]
    public void A_tcp_stream_of_linux_gets_through_though_it_hands_over_many_segments_as_one() => WithRouter(static (stack, far) =>
    {
        Assert.SkipUnless(File.Exists("/usr/bin/socat"), "no socat");
        const int Octets = 2_000_000;
        using Process server = Begin("nsenter", $"-t {far.Id} -n sh -c \"socat -u TCP-LISTEN:9999 STDOUT | wc -c\"");
        Assert.True(Until(() => !Output("nsenter", $"-t {far.Id} -n ss -Hltn sport = :9999").Trim().Equals("", StringComparison.Ordinal)));
        Output("sh", $"-c \"head -c {Octets} /dev/zero | timeout 20 socat -u STDIN TCP:10.8.0.1:9999\"");
        string received = server.StandardOutput.ReadToEnd();
        server.WaitForExit();
        Assert.Equal(Octets, int.Parse(received, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(0, stack.Statistics[DropReason.IpTooBig]);
        InterfaceStatistics left = stack.Statistics.Interfaces.Single(static one => one.Name == "left");
        InterfaceStatistics right = stack.Statistics.Interfaces.Single(static one => one.Name == "right");
        Assert.True(right.FramesOut > 2 * left.FramesIn, $"Nothing came as one.\n{stack.Statistics}");
    });

    private static void WithRouter(Action<NetworkStack> test) => WithRouter((stack, _) => test(stack));

    private static void WithRouter(Action<NetworkStack, Process> test) => Run(() =>
    {
        using Process far = Begin("unshare", "-n sleep 120");      // whose namespace ends with it
        try
        {
            using NetworkStack stack = new();
            Device left = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
            Device right = Device.Open("tap:t1", new DeviceOptions { BringUp = true });
            IpTool("addr add 10.9.0.1/24 dev t0");
            IpTool("route add default via 10.9.0.2");
            Assert.True(Until(() => IsElsewhere(far)));
            IpTool($"link set t1 netns {far.Id}");
            Tool("nsenter", $"-t {far.Id} -n sh -c \"ip link set lo up; ip addr add 10.8.0.1/24 dev t1; ip link set t1 mtu 600 up; ip route add default via 10.8.0.2\"");
            stack.Configure(static one => one.Host.InputSettings.Forwards = true);
            stack.Attach("left", left, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
            stack.Attach("right", right, new InterfaceOptions { Addresses = ["10.8.0.2/24"], Mtu = 600 });
            test(stack, far);
        }
        finally
        {
            far.Kill();
            far.WaitForExit();
        }
    });

    private static bool IsElsewhere(Process process) =>
        new FileInfo($"/proc/{process.Id}/ns/net").LinkTarget != new FileInfo("/proc/thread-self/ns/net").LinkTarget;

    /// <summary>What ping prints, also when nobody answers.</summary>
    private static string Ping(string arguments) => Output("ping", arguments);

    private static string Output(string tool, string arguments)
    {
        using Process process = Begin(tool, arguments);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
