using UserNet.Ip;
using Xunit;

namespace UserNet.Tests.Ip;

/// <summary>
/// Golden rows, by hand: the steps that change the tables, what a UDP socket connects to, and the name it then has.
/// </summary>
public sealed class GoldenRouteTests
{
    [Theory]
    [InlineData("scenario-00140", "default via 10.1.0.9|203.0.113.0/24 via 10.2.0.9", "203.0.113.9", "10.2.0.1")]
    [InlineData("scenario-00140", "default via 10.1.0.9|203.0.113.0/24 via 10.2.0.9", "198.51.100.1", "10.1.0.1")]
    [InlineData("scenario-00141", "203.0.113.0/24 via 10.1.0.9 metric 100|203.0.113.0/24 via 10.2.0.9 metric 50", "203.0.113.9", "10.2.0.1")]
    [InlineData("scenario-00165", "default via 10.1.0.9", "224.1.1.1", "10.1.0.1")]
    [InlineData("scenario-00202", "2001:db8:5::/48 via 2001:db8:1::9 src 2001:db8:99::1", "2001:db8:5::9", "2001:db8:99::1")]
    [InlineData("scenario-00203", "2001:db8:5::/48 via fe80::2:9 dev v1", "2001:db8:5::9", "2001:db8:1::2")]
    [InlineData("scenario-00206", "prohibit 2001:db8:5::/48", "2001:db8:5::9", "RouteProhibited")]
    [InlineData("scenario-00207", "blackhole 2001:db8:5::/48", "2001:db8:5::9", "RouteInvalid")]
    [InlineData("case-00193", "unreachable 203.0.113.0/24", "203.0.113.9", "HostUnreachable")]
    [InlineData("case-00196", "203.0.113.0/24 via 10.1.0.9 src 10.99.0.1", "203.0.113.9", "10.99.0.1")]
    public void Routes_decide_the_name(string row, string routes, string destination, string expected)
    {
        HostAddressing host = GoldenTopology.HostA();
        foreach (string route in routes.Split('|')) IpCommand.Run(host, $"ip route add {route}");
        Assert.True(host.Route(destination).Split(' ')[0] == expected, $"{row}: {host.Route(destination)}");
    }

    [Theory]
    [InlineData("scenario-00175", "10.1.0.50/24 dev v0", "10.1.0.9", "10.1.0.1")]
    [InlineData("scenario-00176", "10.5.0.1/24 dev v0", "10.5.0.9", "10.5.0.1")]
    [InlineData("scenario-00177", "10.5.0.1/32 dev v0 scope link|10.5.0.2/32 dev v0 scope host", "203.0.113.9", "10.1.0.1")]
    [InlineData("scenario-00208", "fd00:5::1/64 dev v0 nodad", "fd00:6::9", "fd00:5::1")]
    public void Addresses_decide_the_name(string row, string addresses, string destination, string expected)
    {
        HostAddressing host = GoldenTopology.HostA();
        foreach (string address in addresses.Split('|')) IpCommand.Run(host, $"ip addr add {address}");
        host.AddRoute("203.0.113.0/24", via: "10.1.0.9").AddRoute("fd00:6::/64", via: "2001:db8:1::9");
        Assert.True(host.Route(destination).Split(' ')[0] == expected, $"{row}: {host.Route(destination)}");
    }

    [Fact]
    public void Case_00195_falls_back_to_the_higher_metric()
    {
        HostAddressing host = GoldenTopology.HostA().After(
            "ip route add 203.0.113.0/24 via 10.1.0.9 metric 100", "ip route add 203.0.113.0/24 via 10.2.0.9 metric 50",
            "ip route del 203.0.113.0/24 metric 50");
        Assert.Equal("10.1.0.1 v0 Foreign", host.Route("203.0.113.9"));
    }

    [Fact]
    public void Case_00071_a_source_that_was_removed_finds_no_way()
    {
        HostAddressing host = GoldenTopology.HostA().After("ip addr add 10.7.0.1/24 dev v0", "ip addr del 10.7.0.1/24 dev v0");
        Assert.Equal("NoRoute", host.Route("10.1.0.9", "10.7.0.1"));
    }

    [Fact]
    public void Scenario_00273_a_device_that_is_down_keeps_its_IPv4_address_and_loses_its_way()
    {
        HostAddressing host = GoldenTopology.HostA().After("ip link set v1 down");
        Assert.Equal(UserNet.Binding.AddressRole.Local, host.Role("10.2.0.1"));
        Assert.Equal(UserNet.Binding.AddressRole.Foreign, host.Role("fe80::2:1", "v1"));
        Assert.Equal("NoRoute", host.Route("10.2.0.9", device: "v1"));
    }
}
