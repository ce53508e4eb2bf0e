using UserNet.Addressing;
using UserNet.Ip;
using Xunit;

namespace UserNet.Tests.Ip;

public sealed class FindRouteV6Tests
{
    [Theory]
    [InlineData("fe80::1:9", null, "RouteInvalid")]
    [InlineData("ff02::1", null, "RouteInvalid")]
    [InlineData("fe80::1:9", "v0", "fe80::1:1 v0 Foreign")]
    [InlineData("fe80::1:9", "v1", "fe80::2:1 v1 Foreign")]
    [InlineData("ff02::1", "v1", "fe80::2:1 v1 Multicast")]
    [InlineData("ff0e::1", "v0", "2001:db8:1::2 v0 Multicast")]
    [InlineData("ff0e::1", "v1", "fe80::2:1 v1 Multicast")]
    [InlineData("ff0e::1", null, "2001:db8:1::2 v0 Multicast")]
    [InlineData("fe80::1:1", "v0", "fe80::1:1 lo Local")]
    [InlineData("fe80::1:1", "v1", "fe80::2:1 v1 Foreign")]
    public void A_link_local_destination_needs_a_device_and_gets_its_address(string destination, string? device, string expected) =>
        Assert.Equal(expected, GoldenTopology.HostA().Route(destination, device: device));

    [Theory]
    [InlineData("2001:db8:1::9", "2001:db8:1::2 v0 Foreign")]
    [InlineData("2001:db8:1::1", "2001:db8:1::1 lo Local")]
    [InlineData("2001:db8:99::1", "2001:db8:99::1 lo Local")]
    [InlineData("::1", "::1 lo Local")]
    [InlineData("::", "::1 lo Local")]
    [InlineData("2001:db8:5::9", "NoRoute")]
    public void A_destination_is_reached_by_rule_1_or_from_the_newest_of_equals(string destination, string expected) =>
        Assert.Equal(expected, GoldenTopology.HostA().Route(destination));

    [Theory]
    [InlineData("::1")]
    [InlineData("2001:db8:99::1")]
    [InlineData("2001:db8:ffff::1")]
    public void A_bound_source_is_not_asked_about(string source) =>
        Assert.Equal($"{source} v0 Foreign", GoldenTopology.HostA().Route("2001:db8:1::9", source));

    [Fact]
    public void A_device_without_a_route_leads_nowhere()
    {
        Assert.Equal("NoRoute", GoldenTopology.HostA().Route("2001:db8:1::9", device: "v1"));
        Assert.Equal("NoRoute", GoldenTopology.HostA().Route("2001:db8:1::9", device: "99"));
    }

    [Theory]
    [InlineData("fd00:6::/64 via 2001:db8:1::9", "fd00:6::9", "fd00:5::1 v0 Foreign")]
    [InlineData("2001:db8:5::/48 via fe80::2:9 dev v1", "2001:db8:5::9", "2001:db8:1::2 v1 Foreign")]
    [InlineData("2001:db8:5::/48 via 2001:db8:1::9 src 2001:db8:99::1", "2001:db8:5::9", "2001:db8:99::1 v0 Foreign")]
    [InlineData("prohibit 2001:db8:5::/48", "2001:db8:5::9", "RouteProhibited")]
    [InlineData("unreachable 2001:db8:5::/48", "2001:db8:5::9", "HostUnreachable")]
    [InlineData("blackhole 2001:db8:5::/48", "2001:db8:5::9", "RouteInvalid")]
    [InlineData("throw 2001:db8:5::/48", "2001:db8:5::9", "NoRoute")]
    [InlineData("default via 2001:db8:1::9", "2001:db8:5::9", "2001:db8:1::2 v0 Foreign")]
    public void Routes_lead_the_way(string route, string destination, string expected) => Assert.Equal(expected,
        GoldenTopology.HostA().After("addr add fd00:5::1/64 dev v0 nodad", $"-6 route add {route}").Route(destination));

    [Fact]
    public void A_device_makes_a_refusal_step_aside_for_a_shorter_prefix()
    {
        HostAddressing host = GoldenTopology.HostA().After("route add prohibit 2001:db8:1::40/124");
        Assert.Equal("RouteProhibited", host.Route("2001:db8:1::45"));
        Assert.Equal("2001:db8:1::2 v0 Foreign", host.Route("2001:db8:1::45", device: "v0"));
    }

    [Fact]
    public void A_route_outlives_the_address_that_it_prefers()
    {
        HostAddressing host = GoldenTopology.HostA().After("route add 2001:db8:5::/48 via 2001:db8:1::9 src 2001:db8:99::1");
        host.RemoveAddress("lo", "2001:db8:99::1/128");
        Assert.Equal("2001:db8:1::2 v0 Foreign", host.Route("2001:db8:5::9"));
    }

    [Fact]
    public void Without_any_candidate_there_is_no_source()
    {
        HostAddressing host = new HostAddressing().AddInterface("v0").SetUp("lo", false).AddRoute("2001:db8::/32", device: "v0");
        Assert.Equal("NotLocal", host.Route("2001:db8::9"));
    }

    [Fact]
    public void A_tentative_address_is_neither_source_nor_local_until_it_is_confirmed()
    {
        HostAddressing host = GoldenTopology.HostA().SetDuplicateDetection("v0", true).AddAddress("v0", "2001:db8:1::77/64");
        Assert.Equal("2001:db8:1::2 v0 Foreign", host.Route("2001:db8:1::9"));
        Assert.Equal("2001:db8:1::2 v0 Foreign", host.Route("2001:db8:1::77"));
        host.ConfirmAddress("v0", Asking.At("2001:db8:1::77"));
        Assert.Equal("2001:db8:1::77 v0 Foreign", host.Route("2001:db8:1::9"));
        Assert.Equal("2001:db8:1::77 lo Local", host.Route("2001:db8:1::77"));
    }

    [Fact]
    public void A_strong_host_takes_only_addresses_of_the_outgoing_interface()
    {
        HostAddressing host = GoldenTopology.HostA(HostModel.Strong).AddRoute("2001:db8:5::/48", via: "fe80::2:9", device: "v1");
        Assert.Equal("fe80::2:1 v1 Foreign", host.Route("2001:db8:5::9"));
        Assert.Equal("NoRoute", host.Route("2001:db8:5::9", "2001:db8:1::1"));
    }
}
