using UserNet.Ip;
using Xunit;

namespace UserNet.Tests.Ip;

public sealed class FindRouteV4Tests
{
    [Theory]
    [InlineData("224.1.1.1", "RouteInvalid")]
    [InlineData("255.255.255.255", "RouteInvalid")]
    [InlineData("0.1.2.3", "NoRoute")]
    [InlineData("10.9.9.9", "NoRoute")]
    [InlineData("10.1.0.255", "NoRoute")]
    [InlineData("127.0.0.1", "RouteInvalid")]
    [InlineData("127.9.9.9", "RouteInvalid")]
    [InlineData("10.2.0.1", "10.2.0.1 v0 Foreign")]
    [InlineData("10.99.0.1", "10.99.0.1 v0 Foreign")]
    [InlineData("10.1.0.2", "10.1.0.2 v0 Foreign")]
    public void A_bound_source_must_be_local_and_fit_to_leave_the_host(string source, string expected) =>
        Assert.Equal(expected, GoldenTopology.HostA().Route("10.1.0.9", source));

    [Theory]
    [InlineData("10.9.9.9", "10.9.9.9 v0 Foreign")]
    [InlineData("224.1.1.1", "RouteInvalid")]
    [InlineData("127.0.0.1", "RouteInvalid")]
    public void A_transparent_source_need_not_be_local(string source, string expected) =>
        Assert.Equal(expected, GoldenTopology.HostA().Route("10.1.0.9", source, transparent: true));

    [Theory]
    [InlineData(null, "127.0.0.1 lo Local")]
    [InlineData("10.1.0.1", "10.1.0.1 lo Local")]
    public void The_wildcard_as_destination_is_this_host(string? source, string expected) =>
        Assert.Equal(expected, GoldenTopology.HostA().Route("0.0.0.0", source));

    [Theory]
    [InlineData("10.99.0.2", "10.99.0.2 lo Local")]
    [InlineData("10.1.0.1", "10.1.0.1 lo Local")]
    [InlineData("10.1.0.2", "10.1.0.1 lo Local")]
    [InlineData("127.0.0.1", "127.0.0.1 lo Local")]
    [InlineData("127.0.0.5", "127.0.0.1 lo Local")]
    [InlineData("127.255.255.255", "127.0.0.1 lo Broadcast")]
    public void A_local_destination_is_reached_from_its_primary_address(string destination, string expected) =>
        Assert.Equal(expected, GoldenTopology.HostA().Route(destination));

    [Fact]
    public void A_loopback_source_may_reach_any_local_address() =>
        Assert.Equal("127.0.0.7 lo Local", GoldenTopology.HostA().Route("10.2.0.1", "127.0.0.7"));

    [Theory]
    [InlineData("10.1.0.9", "10.1.0.1 v0 Foreign")]
    [InlineData("10.2.0.9", "10.2.0.1 v1 Foreign")]
    [InlineData("203.0.113.9", "10.2.0.1 v1 Foreign")]
    [InlineData("203.0.113.99", "10.1.0.1 v0 Foreign")]
    [InlineData("198.51.100.1", "10.1.0.1 v0 Foreign")]
    [InlineData("192.0.2.1", "10.2.0.1 v1 Foreign")]
    [InlineData("192.0.2.200", "10.99.0.1 v0 Foreign")]
    [InlineData("0.0.0.9", "10.1.0.1 v0 Foreign")]
    public void The_longest_prefix_and_then_the_lowest_metric_decide(string destination, string expected)
    {
        HostAddressing host = GoldenTopology.HostA()
            .AddRoute("0.0.0.0/0", via: "10.1.0.9")
            .AddRoute("203.0.113.0/24", via: "10.1.0.9").AddRoute("203.0.113.0/28", via: "10.2.0.9")
            .AddRoute("192.0.2.0/24", via: "10.1.0.9", metric: 100).AddRoute("192.0.2.0/24", via: "10.2.0.9", metric: 50)
            .AddRoute("192.0.2.128/25", via: "10.1.0.9", source: "10.99.0.1");
        Assert.Equal(expected, host.Route(destination));
    }

    [Fact]
    public void Of_two_subnets_with_one_prefix_the_one_added_first_wins()
    {
        HostAddressing host = GoldenTopology.HostA().AddAddress("v1", "10.8.0.1/24").AddAddress("v0", "10.8.0.2/24");
        Assert.Equal("10.8.0.1 v1 Foreign", host.Route("10.8.0.9"));
        host.RemoveAddress("v1", "10.8.0.1/24");
        Assert.Equal("10.8.0.2 v0 Foreign", host.Route("10.8.0.9"));
    }

    [Theory]
    [InlineData("10.1.0.9", "10.1.0.1")]
    [InlineData("10.5.0.9", "10.5.0.1")]
    public void A_route_by_a_gateway_takes_the_source_from_the_gateways_subnet(string gateway, string expected)
    {
        HostAddressing host = GoldenTopology.HostA().AddAddress("v0", "10.5.0.1/24").AddRoute("203.0.113.0/24", via: gateway);
        Assert.Equal($"{expected} v0 Foreign", host.Route("203.0.113.9"));
    }

    [Fact]
    public void A_route_without_gateway_takes_the_first_primary_address() =>
        Assert.Equal("10.1.0.1 v0 Foreign", GoldenTopology.HostA().AddRoute("203.0.113.0/24", device: "v0").Route("203.0.113.9"));

    [Theory]
    [InlineData("link", "10.1.0.9", "10.1.0.1")]
    [InlineData("host", "10.1.0.9", "10.1.0.1")]
    [InlineData("link", null, "10.5.0.1")]
    [InlineData("host", null, "10.1.0.1")]
    public void Addresses_of_narrow_scope_go_only_as_far_as_their_scope(string scope, string? gateway, string expected)
    {
        HostAddressing host = GoldenTopology.HostA().After($"ip addr add 10.5.0.1/32 dev v0 scope {scope}");
        host.AddRoute("203.0.113.0/24", via: gateway, device: "v0");
        Assert.Equal($"{expected} v0 Foreign", host.Route("203.0.113.9"));
    }

    [Fact]
    public void An_interface_without_addresses_borrows_one() =>
        Assert.Equal("10.99.0.1 v2 Foreign",
            GoldenTopology.HostA().AddInterface("v2").AddRoute("203.0.113.0/24", device: "v2").Route("203.0.113.9"));

    [Theory]
    [InlineData("203.0.113.9", null, "10.2.0.1 v1 Foreign")]
    [InlineData("10.1.0.9", null, "10.2.0.1 v1 Foreign")]
    [InlineData("10.1.0.1", null, "10.2.0.1 v1 Foreign")]
    [InlineData("10.1.0.255", null, "10.2.0.1 v1 Foreign")]
    [InlineData("10.2.0.255", null, "10.2.0.1 v1 Broadcast")]
    [InlineData("10.1.0.9", "10.1.0.2", "10.1.0.2 v1 Foreign")]
    [InlineData("224.1.1.1", null, "10.2.0.1 v1 Multicast")]
    [InlineData("255.255.255.255", null, "10.2.0.1 v1 Broadcast")]
    public void A_device_without_a_matching_route_has_the_destination_on_its_link(string destination, string? source, string expected) =>
        Assert.Equal(expected, GoldenTopology.HostA().Route(destination, source, "v1"));

    [Fact]
    public void A_device_that_is_down_leads_nowhere() =>
        Assert.Equal("NoRoute", GoldenTopology.HostA().SetUp("v1", false).Route("10.2.0.9", device: "v1"));

    [Fact]
    public void A_device_that_does_not_exist_is_said_to_be_missing() =>
        Assert.Equal("NoDevice", GoldenTopology.HostA().Route("10.2.0.9", device: "99"));

    [Theory]
    [InlineData("unreachable", "HostUnreachable")]
    [InlineData("prohibit", "RouteProhibited")]
    [InlineData("blackhole", "RouteInvalid")]
    [InlineData("throw", "NoRoute")]
    public void A_route_that_refuses_says_how_and_a_device_overrides_it(string type, string expected)
    {
        HostAddressing host = GoldenTopology.HostA()
            .After("route add default via 10.1.0.9", $"route add {type} 203.0.113.0/24");
        Assert.Equal(expected, host.Route("203.0.113.9"));
        Assert.Equal("10.1.0.1 v0 Foreign", host.Route("203.0.114.9"));
        Assert.Equal("10.2.0.1 v1 Foreign", host.Route("203.0.113.9", device: "v1"));
    }

    [Theory]
    [InlineData("203.0.113.9")]
    [InlineData("224.1.1.1")]
    [InlineData("255.255.255.255")]
    [InlineData("10.1.1.255")]
    [InlineData("0.0.0.9")]
    public void Without_a_route_there_is_no_way(string destination) =>
        Assert.Equal("NoRoute", GoldenTopology.HostA().Route(destination));

    [Theory]
    [InlineData("10.1.0.255", null, "10.1.0.1 v0 Broadcast")]
    [InlineData("224.1.1.1", "10.1.0.2", "10.1.0.2 v0 Multicast")]
    [InlineData("255.255.255.255", "10.2.0.1", "10.2.0.1 v1 Broadcast")]
    [InlineData("224.1.1.1", "127.0.0.9", "127.0.0.9 lo Multicast")]
    [InlineData("224.1.1.1", "10.9.9.9", "NoRoute")]
    public void Many_receivers_are_reached_by_the_bound_sources_interface(string destination, string? source, string expected) =>
        Assert.Equal(expected, GoldenTopology.HostA().Route(destination, source));

    [Theory]
    [InlineData("224.1.1.1", "10.1.0.1 v0 Multicast")]
    [InlineData("255.255.255.255", "10.1.0.1 v0 Broadcast")]
    public void Many_receivers_are_reached_by_the_default_route(string destination, string expected) =>
        Assert.Equal(expected, GoldenTopology.HostA().AddRoute("0.0.0.0/0", via: "10.1.0.9").Route(destination));

    [Theory]
    [InlineData("10.2.0.1", "NoRoute")]
    [InlineData("10.99.0.1", "NoRoute")]
    [InlineData("10.1.0.2", "10.1.0.2 v0 Foreign")]
    [InlineData(null, "10.1.0.1 v0 Foreign")]
    public void A_strong_host_sends_only_with_addresses_of_the_outgoing_interface(string? source, string expected) =>
        Assert.Equal(expected, GoldenTopology.HostA(HostModel.Strong).Route("10.1.0.9", source));

    [Fact]
    public void A_strong_host_still_reaches_itself_from_any_of_its_addresses() =>
        Assert.Equal("10.2.0.1 lo Local", GoldenTopology.HostA(HostModel.Strong).Route("10.1.0.1", "10.2.0.1"));

    [Fact]
    public void A_strong_host_borrows_no_address() =>
        Assert.Equal("NoRoute", GoldenTopology.HostA(HostModel.Strong)
            .AddInterface("v2").AddRoute("203.0.113.0/24", device: "v2").Route("203.0.113.9"));
}
