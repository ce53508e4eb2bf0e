using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using UserNet.Addressing;
using UserNet.Discovery;
using UserNet.Ip;
using UserNet.Tap;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Interop;

/// <summary>
/// A host of UserNet on a link whose router is the kernel with radvd. What it is to make of it is what the kernel made of the same
/// configuration as a host, but for the route of RFC 4191, which the kernel heeds only when it is told to.
/// </summary>
[Collection(nameof(WholeProcess))]
public sealed class RouterDaemonTests
{
    [Fact]
    public void A_host_configures_itself_by_what_radvd_says() => Run(() =>
    {
        PingTests.Need("radvd");
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0");
        using var folder = new TemporaryFolder();
        string configuration = Path.Combine(folder.Name, "radvd.conf"), pid = Path.Combine(folder.Name, "pid");
        File.WriteAllText(configuration, """
            interface t0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultPreference high; AdvDefaultLifetime 600;
              AdvCurHopLimit 33; AdvReachableTime 20000; AdvRetransTimer 2000; AdvLinkMTU 1400; AdvManagedFlag off; AdvOtherConfigFlag on;
              prefix 2001:db8:7::/64 { AdvOnLink on; AdvAutonomous on; AdvValidLifetime 6000; AdvPreferredLifetime 3000; };
              prefix 2001:db8:8::/64 { AdvOnLink off; AdvAutonomous on; AdvValidLifetime infinity; AdvPreferredLifetime infinity; };
              prefix 2001:db8:9::/64 { AdvOnLink on; AdvAutonomous off; };
              prefix 2001:db8:a::/64 { AdvOnLink on; AdvAutonomous on; AdvValidLifetime 6000; AdvPreferredLifetime 0; };
              route 2001:db8:aa::/48 { AdvRoutePreference low; AdvRouteLifetime 900; };
              RDNSS 2001:db8:7::53 { AdvRDNSSLifetime 100; };
            };
            """);
        using Device device = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
        File.WriteAllText("/proc/sys/net/ipv6/conf/t0/forwarding", "1");
        IpTool("link set t0 up");
        Assert.True(Until(() => IpTool("-6 addr show dev t0 scope link").Contains("fe80", StringComparison.Ordinal)
            && !IpTool("-6 addr show dev t0").Contains("tentative", StringComparison.Ordinal)));
        using Process radvd = Begin("radvd", $"-C {configuration} -n -p {pid} -m stderr");
        try
        {
            using var stack = new NetworkStack();
            StackInterface eth0 = stack.Attach("eth0", device, new InterfaceOptions { Autoconfigures = true, IdentifierGeneration = IdentifierGeneration.Eui64 });
            Assert.True(Until(() => eth0.Addresses.Count(row => row.Address.IsV6 && !row.Traits.HasFlag(AddressTraits.Tentative)) == 4, 15_000),
                string.Join(", ", eth0.Addresses));

            ulong identifier = InterfaceIdentifiers.Eui64(eth0.Address!.Value);
            string Row(string prefix) => Text(eth0.Addresses.Single(row => row.Address == InetAddress.FromV6(InetAddress.Parse(prefix).High, identifier)));
            Assert.Equal("3000 6000", Row("2001:db8:7::"));
            Assert.Equal("forever forever", Row("2001:db8:8::"));
            Assert.Equal("0 6000", Row("2001:db8:a::"));
            Assert.Equal("forever forever", Row("fe80::"));
            InetAddress router = LinkLocalOf("t0");
            Assert.Equal([(InetPrefix.Parse("::/0"), router, RouterPreference.High), (InetPrefix.Parse("2001:db8:aa::/48"), router, RouterPreference.Low)],
                eth0.AdvertisedRoutes.Select(row => (row.Prefix, row.Router, row.Preference)));
            Assert.Equal("2001:db8:7::53", eth0.NameServers.Single().Address.ToString());
            Assert.Equal((1400, false, true), (eth0.MtuV6, eth0.IsManaged, eth0.HasOtherConfiguration));
            stack.Configure(s => Assert.Equal(33, s.Host.Interfaces.Find("eth0")!.HopLimit));
            string[] onLink = [];
            stack.Configure(s => onLink = [.. s.Host.Routes.Routes
                .Where(route => route is { Type: RouteType.Unicast, Gateway: null } && route.Prefix.Address.High >> 32 == 0x2001_0db8).Select(route => $"{route.Prefix}")]);
            Assert.Equal(["2001:db8:7::/64", "2001:db8:9::/64", "2001:db8:a::/64"], onLink.Order(StringComparer.Ordinal));

            // The kernel, as the router, reaches the host by the address that it made itself.
            IpTool("addr add 2001:db8:7::1/64 dev t0 nodad");
            string own = InetAddress.FromV6(InetAddress.Parse("2001:db8:7::").High, identifier).ToString();
            if (File.Exists("/usr/bin/ping") || File.Exists("/bin/ping"))
                Assert.Contains(" 0% packet loss", Tool("ping", $"-n -c 3 -i 0.2 -w 5 {own}"), StringComparison.Ordinal);

            // Told to stop, radvd says that it is no router any more.
            Tool("kill", radvd.Id.ToString(CultureInfo.InvariantCulture));
            Assert.True(Until(() => !eth0.AdvertisedRoutes.Any(row => row.Prefix.Length == 0)), "The default router is still there.");
            Assert.Equal("3000", Text(eth0.Addresses.Single(row => row.Address.ToString() == own)).Split(' ')[0]);
        }
        finally
        {
            if (!radvd.HasExited) radvd.Kill();
        }
    });

    // Whole hundreds: some seconds have passed.
    private static string Text(AddressRow row) => $"{Hundreds(row.PreferredFor)} {Hundreds(row.ValidFor)}";

    private static string Hundreds(TimeSpan time) =>
        time == Timeout.InfiniteTimeSpan ? "forever" : (Math.Ceiling(time.TotalSeconds / 100) * 100).ToString(CultureInfo.InvariantCulture);

    private static InetAddress LinkLocalOf(string name)
    {
        using JsonDocument document = JsonDocument.Parse(IpTool($"-j -6 addr show dev {name} scope link"));
        foreach (JsonElement row in document.RootElement.EnumerateArray())
            if (row.TryGetProperty("addr_info", out JsonElement all)) return InetAddress.Parse(all[0].GetProperty("local").GetString()!);
        throw new InvalidOperationException($"{name} has no link-local address.");
    }
}
