using System.Diagnostics;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Sockets;
using UserNet.Tap;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Ip;

/// <summary>Linux at 2001:db8:9::1 with UserNet beside it at 2001:db8:9::2; and another Linux beyond, at 2001:db8:8::1 on a link of 1,300 octets.</summary>
[Collection(nameof(WholeProcess))]
public sealed class KernelPathV6Tests
{
    private static readonly int[] PingSizes = [0, 1, 56, 1231, 1232, 1233, 1451, 1452, 1453, 1460, 2896, 9000, 30_000, 65_527];
    private static readonly int[] DatagramSizes = [1452, 1453, 3000, 8192];

    [Fact]
    public void Linux_pings_us_with_packets_of_all_sizes() => WithLinux(static (stack, _) =>
    {
        foreach (int size in PingSizes)
            Assert.Contains(" 0% packet loss", Ping($"-c 2 -i 0.01 -W 2 -s {size} 2001:db8:9::2"), StringComparison.Ordinal);
        Assert.True(stack.Statistics[UserNet.Doors.Counter.Ip6Reassembled] >= 12);
        Assert.True(stack.Statistics[UserNet.Doors.Counter.Ip6Fragmented] >= 12);
        Assert.Equal(0, stack.Statistics[DropReason.FragmentMalformed] + stack.Statistics[DropReason.FragmentOverlap]);
    });

    [Fact]
    public void Linux_puts_our_fragments_together_and_sends_them_back() => WithLinux(static (stack, _) =>
    {
        Assert.SkipUnless(File.Exists("/usr/bin/socat"), "no socat");
        using Process echo = Begin("socat", "-b 65535 UDP6-RECVFROM:7777,fork EXEC:cat");
        try
        {
            Assert.True(Until(static () => Output("ss", "-Hlun sport = :7777").Length > 0));
            using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
            socket.Connect(InetEndpoint.Parse("[2001:db8:9::1]:7777"));
            socket.ReceiveTimeout = 5000;
            byte[] buffer = new byte[70_000];
            foreach (int size in DatagramSizes)
            {
                byte[] sent = [.. Enumerable.Range(0, size).Select(static i => (byte)(i * 7 >> 2))];
                socket.Send(sent);
                Assert.Equal(size, socket.Receive(buffer));
                Assert.Equal(sent, buffer[..size]);
            }
        }
        finally
        {
            echo.Kill(entireProcessTree: true);
            echo.WaitForExit();
        }
    });

    [Fact]
    public void Linux_goes_through_us_and_sees_what_a_router_says() => WithLinux(static (stack, far) =>
    {
        Assert.Contains(" 0% packet loss", Ping("-c 3 -i 0.2 -W 2 2001:db8:8::1"), StringComparison.Ordinal);
        Assert.Contains("Time exceeded: Hop limit", Ping("-c 1 -t 1 -W 1 2001:db8:8::1"), StringComparison.Ordinal);
        Assert.Contains("Destination unreachable: No route", Ping("-c 1 -W 1 2001:db8:7::1"), StringComparison.Ordinal);
        Assert.Contains("Address unreachable", Ping("-c 1 -W 5 2001:db8:8::99"), StringComparison.Ordinal);
        Assert.Contains("mtu=1300", Ping("-c 1 -W 1 -M do -s 1400 2001:db8:8::1").Replace("mtu: ", "mtu=", StringComparison.Ordinal).Replace("mtu = ", "mtu=", StringComparison.Ordinal), StringComparison.Ordinal);
        // Linux knows the path now, and cuts for it.
        Assert.Contains("mtu 1300", IpTool("-6 route get 2001:db8:8::1"), StringComparison.Ordinal);
        Assert.Contains(" 0% packet loss", Ping("-c 3 -i 0.2 -W 2 -s 4000 2001:db8:8::1"), StringComparison.Ordinal);
        Assert.Equal(0, stack.Statistics[UserNet.Doors.Counter.Ip6Reassembled]);
    });

    [Fact]
    public void We_heed_what_linux_says_of_a_path() => WithLinux(static (stack, far) =>
    {
        // Now Linux is the router, and we send to beyond it: 2001:db8:6::1 lives behind a link of 1,280 octets.
        Tool("sh", "-c \"echo 1 > /proc/sys/net/ipv6/conf/all/forwarding\"");
        IpTool("link add v0 type veth peer name v1");
        Tool("sh", "-c \"echo 0 > /proc/sys/net/ipv6/conf/v0/disable_ipv6\"");
        IpTool($"link set v1 netns {far.Id}");
        IpTool("addr add 2001:db8:6::2/64 dev v0 nodad");
        IpTool("link set v0 mtu 1280 up");
        Tool("nsenter", $"-t {far.Id} -n sh -c \"echo 0 > /proc/sys/net/ipv6/conf/v1/disable_ipv6; ip addr add 2001:db8:6::1/64 dev v1 nodad; ip link set v1 up; ip -6 route add 2001:db8:9::/64 via 2001:db8:6::2\"");
        stack.Configure(static one => one.Host.AddRoute("2001:db8:6::/64", via: "2001:db8:9::1"));
        Assert.True(Until(() => Output("ping", "-6 -c 1 -W 1 2001:db8:6::1").Contains(" 0% packet loss", StringComparison.Ordinal)));
        Assert.SkipUnless(File.Exists("/usr/bin/socat"), "no socat");
        const int Octets = 300_000;
        using Process server = Begin("nsenter", $"-t {far.Id} -n sh -c \"timeout 20 socat -u TCP6-LISTEN:9999 STDOUT | wc -c\"");
        Assert.True(Until(() => Output("nsenter", $"-t {far.Id} -n ss -Hltn sport = :9999").Length > 0));
        using (NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Stream))
        {
            socket.Connect(InetEndpoint.Parse("[2001:db8:6::1]:9999"));
            int left = Octets;
            while (left > 0) left -= socket.Send(new byte[left]);
            socket.Shutdown(SocketShutdown.Send);
            string received = server.StandardOutput.ReadToEnd();
            Assert.Equal(Octets, int.Parse(received, System.Globalization.CultureInfo.InvariantCulture));
        }

        server.WaitForExit();
        Assert.True(stack.Statistics[UserNet.Doors.Counter.Icmp6InTooBig] > 0, stack.Statistics.ToString());
    });

    private static void WithLinux(Action<NetworkStack, Process> test) => Run(() =>
    {
        using Process far = Begin("unshare", "-n sleep 120");      // whose namespace ends with it
        try
        {
            using NetworkStack stack = new();
            Device left = Device.Open("tap:t0", new DeviceOptions { BringUp = true }), right = Device.Open("tap:t1", new DeviceOptions { BringUp = true });
            Tool("sh", "-c \"echo 0 > /proc/sys/net/ipv6/conf/t0/disable_ipv6\"");
            IpTool("addr add 2001:db8:9::1/64 dev t0 nodad");
            IpTool("-6 route add default via 2001:db8:9::2");
            Assert.True(Until(() => IsElsewhere(far)));
            IpTool($"link set t1 netns {far.Id}");
            Tool("nsenter", $"-t {far.Id} -n sh -c \"ip link set lo up; ip link set t1 mtu 1300 up; echo 0 > /proc/sys/net/ipv6/conf/t1/disable_ipv6; ip addr add 2001:db8:8::1/64 dev t1 nodad; ip -6 route add default via 2001:db8:8::2\"");
            stack.Configure(static one => one.Host.InputSettings.Forwards = true);
            stack.Attach("left", left, new InterfaceOptions { Addresses = ["2001:db8:9::2/64"], DuplicateTransmits = 0 });
            stack.Attach("right", right, new InterfaceOptions { Addresses = ["2001:db8:8::2/64"], Mtu = 1300, DuplicateTransmits = 0 });
            Assert.True(Until(static () => Output("ping", "-6 -c 1 -W 1 2001:db8:9::2").Contains(" 0% packet loss", StringComparison.Ordinal)));
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
    private static string Ping(string arguments) => Output("ping", "-6 " + arguments);

    private static string Output(string tool, string arguments)
    {
        using Process process = Begin(tool, arguments);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
