using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Discovery;
using UserNet.Link;
using UserNet.Tap;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Parity;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>
/// UserNet as the router of a kernel: it advertises on TAP t0, whose other end is a host of the kernel in this thread's namespace, and
/// on TAP t1, whose other end is a host of the kernel in a namespace of its own.
/// </summary>
public sealed class RouterSideTests
{
    private const string First = "2001:db8:a", Second = "2001:db8:b";

    [Fact]
    public void A_kernel_configures_itself_by_what_the_stack_advertises_and_forgets_it_when_it_stops() => WithIpv6(() =>
    {
        PingTests.Need("tshark");
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Name, "router.pcapng");
        using (var device = Device.Open("tap:t0", new DeviceOptions { Offload = false, BringUp = true }))
        using (var writer = PcapngWriter.Create(file))
        using (var stack = new NetworkStack())
        {
            AcceptAdvertisements("t0");
            StackInterface eth0 = stack.Attach(
                "eth0", new CapturingLink(device, writer, "tap", TimeProvider.System), new InterfaceOptions { Addresses = [$"{First}::1/64"] });
            stack.Configure(static stack => stack.Host.InputSettings.Forwards = true);
            eth0.Advertise(new RouterAdvertisementSettings
            {
                HopLimit = 33,
                LinkMtu = 1400,
                Preference = RouterPreference.High,
                Prefixes =
                [
                    new OfferedPrefix($"{First}::/64") { ValidLifetime = TimeSpan.FromSeconds(5000), PreferredLifetime = TimeSpan.FromSeconds(3000) },
                ],
                Routes = [new OfferedRoute("2001:db8:ff::/48") { Preference = RouterPreference.Low }],
            });
            Assert.True(Until(() => Shows("-6 addr show dev t0 scope global -tentative", $"inet6 {First}:"), 20_000), State());
            Assert.True(Until(() => Shows("-6 route", "default via fe80::")), State());
            string routes = IpTool("-6 route");
            Assert.Matches(@"default via fe80::\S+ dev t0 proto ra metric \d+ expires 1[78]\d\dsec mtu 1400 hoplimit 33 pref high", routes);
            Assert.Matches(@"2001:db8:ff::/48 via fe80::\S+ dev t0 proto ra metric \d+ expires 1[78]\d\dsec (mtu 1400 hoplimit 33 )?pref low", routes);
            Assert.Matches(@"valid_lft (4999|49[89]\d|5000)sec preferred_lft (2999|29[89]\d|3000)sec", IpTool("-6 addr show dev t0 scope global"));
            Tool("ping", $"-6 -c 3 -i 0.1 -W 5 {First}::1");
            // What it asked first may have been before anyone heard; a kernel that begins anew asks again.
            foreach (string isOff in (string[])["1", "0"]) File.WriteAllText("/proc/sys/net/ipv6/conf/t0/disable_ipv6", isOff);
            Assert.True(Until(() => eth0.Advertising!.Solicitations > 0 && Shows("-6 route", "default via fe80::"), 20_000), State());
            eth0.StopAdvertising();
            Assert.True(Until(() => !Shows("-6 route", "via fe80::")), State());
        }

        Shark.FindNothingWrong(file);
        Assert.True(Tool("tshark", $"-n -r {file} -Y icmpv6.type==134").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length >= 2);
    });

    [Fact]
    public void A_stack_that_ends_takes_its_default_route_back() => WithIpv6(() =>
    {
        var device = Device.Open("tap:t0", new DeviceOptions { Offload = false, BringUp = true });
        AcceptAdvertisements("t0");
        using var held = new KeptOpen(device);
        var stack = new NetworkStack();
        try
        {
            stack.Attach("eth0", held, new InterfaceOptions { Addresses = [$"{First}::1/64"] }).Advertise();
            Assert.True(Until(() => Shows("-6 route", "default via fe80::"), 20_000), State());
        }
        finally
        {
            stack.Dispose();
        }

        Assert.True(Until(() => !Shows("-6 route", "default via fe80::")), State());
    });

    [Fact]
    public void Traffic_between_two_kernels_passes_the_stack_both_ways() => WithIpv6(() =>
    {
        using var far = new SecondNamespace("t1");
        using var device = Device.Open("tap:t0", new DeviceOptions { Offload = false, BringUp = true });
        AcceptAdvertisements("t0");
        using var stack = new NetworkStack();
        stack.Configure(static stack => stack.Host.InputSettings.Forwards = true);
        stack.Attach("eth0", device, new InterfaceOptions { Addresses = [$"{First}::1/64"] }).Advertise();
        stack.Attach("eth1", far.Device, new InterfaceOptions { Addresses = [$"{Second}::1/64"] }).Advertise();
        Assert.True(Until(() => Shows("-6 route", "default via fe80::") && Shows("-6 addr show dev t0 scope global -tentative", First), 20_000), State());
        IPAddress there = far.WaitForAddress(Second);

        Tool("ping", $"-6 -c 3 -i 0.1 -W 5 {there}");
        Tool("ping", $"-6 -c 2 -i 0.1 -W 5 -s 4000 {there}");
        Assert.Contains("ttl=63", Tool("ping", $"-6 -c 1 -W 5 {there}"), StringComparison.Ordinal);
        using Socket stream = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000, SendTimeout = 10_000 };
        stream.Connect(there, SecondNamespace.EchoPort);
        byte[] sent = new byte[50_000], received = new byte[sent.Length];
        new Random(1).NextBytes(sent);
        for (int at = 0; at < sent.Length; at += 10_000)
        {
            stream.Send(sent.AsSpan(at, 10_000));
            for (int got = 0; got < 10_000;) got += stream.Receive(received.AsSpan(at + got, 10_000 - got));
        }

        Assert.Equal(sent, received);
    });

    [Fact]
    public void A_kernel_is_redirected_to_a_better_first_hop() => WithIpv6(() =>
    {
        PingTests.Need("tshark");
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Name, "redirect.pcapng");
        using var writer = PcapngWriter.Create(file);
        using var device = Device.Open("tap:t0", new DeviceOptions { Offload = false, BringUp = true });
        AcceptAdvertisements("t0");
        File.WriteAllText("/proc/sys/net/ipv6/conf/t0/accept_redirects", "1");
        using var stack = new NetworkStack();
        stack.Configure(static stack => stack.Host.InputSettings.Forwards = true);
        // The prefix is on the link for the router alone, so the kernel sends to it what is for a neighbor.
        StackInterface eth0 = stack.Attach(
            "eth0", new CapturingLink(device, writer, "tap", TimeProvider.System), new InterfaceOptions { Addresses = [$"{First}::1/64"] });
        eth0.Advertise(new RouterAdvertisementSettings { Prefixes = [new OfferedPrefix($"{First}::/64") { IsOnLink = false }] });
        Assert.True(Until(() => Shows("-6 route", "default via fe80::") && Shows("-6 addr show dev t0 scope global -tentative", First), 20_000), State());
        MacAddress neighbor = MacAddress.Parse("02:00:00:00:00:77");
        eth0.AddNeighbor(InetAddress.Parse($"{First}::77"), neighbor);
        // Of what sockets without a device sent, the kernel follows redirects about echo requests alone.
        Assert.True(
            Until(() =>
            {
                using (Process ping = Begin("ping", $"-6 -c 1 -W 1 {First}::77")) ping.WaitForExit();
                return Shows("-6 neigh show dev t0", $"{First}::77 lladdr {neighbor}");
            }),
            State() + Seen(writer, file));
        Assert.Matches($"^{First}::77 (from :: )?dev t0 ", IpTool($"-6 route get {First}::77"));
    });

    /// <summary>Runs a test in a namespace of its own that has IPv6; skips it where there is none.</summary>
    private static void WithIpv6(Action test) => Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0");
        File.WriteAllText("/proc/sys/net/ipv6/conf/all/disable_ipv6", "0");
        test();
    });

    private static void AcceptAdvertisements(string device)
    {
        File.WriteAllText($"/proc/sys/net/ipv6/conf/{device}/disable_ipv6", "0");
        File.WriteAllText($"/proc/sys/net/ipv6/conf/{device}/accept_ra", "1");
        File.WriteAllText($"/proc/sys/net/ipv6/conf/{device}/accept_dad", "0");      // when the kernel ends it is its own matter
        string routes = $"/proc/sys/net/ipv6/conf/{device}/accept_ra_rt_info_max_plen";
        if (File.Exists(routes)) File.WriteAllText(routes, "128");
        IpTool($"link set {device} up");
    }

    private static bool Shows(string command, string text) => IpTool(command).Contains(text, StringComparison.Ordinal);

    private static string State() => IpTool("-6 addr") + IpTool("-6 route") + IpTool("-6 neigh");

    private static string Seen(PcapngWriter writer, string file)
    {
        writer.Flush();
        return Tool("tshark", $"-n -r {file}");
    }

    // Outlives the stack: the kernel is to hear its last words before the device goes.
    private sealed class KeptOpen(Device inner) : ILink
    {
        public LinkMedium Medium => inner.Medium;

        public int Mtu => inner.Mtu;

        public LinkFeatures Features => inner.Features;

        public MacAddress? Address => inner.Address;

        public void Start(IFrameSink sink) => inner.Start(sink);

        public int Send(ReadOnlySpan<LinkFrame> frames) => inner.Send(frames);

        // The stack's first, the test's second.
        private int _disposals;

        public void Dispose()
        {
            if (++_disposals == 2) inner.Dispose();
        }
    }
}
