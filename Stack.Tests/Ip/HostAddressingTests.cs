using UserNet.Addressing;
using UserNet.Ip;
using Xunit;
using static UserNet.Tests.Ip.Asking;

namespace UserNet.Tests.Ip;

public sealed class HostAddressingTests
{
    [Fact]
    public void Interfaces_are_known_by_index_and_name()
    {
        HostAddressing host = new HostAddressing().AddInterface("v0").AddInterface("v9", 9).AddInterface("v1");
        Assert.Equal(["lo 1", "v0 2", "v9 9", "v1 3"], host.Interfaces.Entries.Select(e => $"{e.Name} {e.Index}"));
        Assert.Equal("v9", host.NameOf(9));
        Assert.Equal(3u, host.IndexOf("v1"));
        Assert.Equal(0u, host.IndexOf("V1"));
        Assert.Null(host.NameOf(4));
        Assert.True(host.HasDevice(1));
        Assert.False(host.HasDevice(0));
    }

    [Theory]
    [InlineData("v0", 0)]
    [InlineData("v1", 2)]
    [InlineData("", 0)]
    public void A_name_or_index_is_given_once(string name, int index) =>
        Assert.Throws<ArgumentException>(() => new HostAddressing().AddInterface("v0").AddInterface(name, (uint)index));

    [Fact]
    public void A_second_IPv4_address_in_a_subnet_is_secondary_and_goes_with_the_primary()
    {
        HostAddressing host = GoldenTopology.HostA().AddAddress("v0", "10.1.0.3/25");
        InterfaceEntry v0 = host.Interfaces.Find("v0")!;
        Assert.Equal(["10.1.0.1/24 None", "10.1.0.3/25 None", "10.1.0.2/24 Secondary"],
            v0.V4Addresses.OrderBy(a => a.Is(AddressTraits.Secondary)).Select(a => $"{a} {a.Traits}"));
        host.RemoveAddress("v0", "10.1.0.1/24");
        Assert.Equal(["10.1.0.3/25"], v0.V4Addresses.Select(a => a.ToString()));
    }

    [Fact]
    public void IPv6_addresses_stand_by_scope_and_newest_first() =>
        Assert.Equal(["2001:db8:1::2/64", "2001:db8:1::1/64", "fe80::1:1/64"],
            GoldenTopology.HostA().Interfaces.Find("v0")!.V6Addresses.Select(a => a.ToString()));

    [Fact]
    public void A_connected_IPv6_route_stays_until_the_last_address_of_its_subnet_is_gone()
    {
        HostAddressing host = GoldenTopology.HostA().RemoveAddress("v0", "2001:db8:1::1/64");
        Assert.Equal("2001:db8:1::2 v0 Foreign", host.Route("2001:db8:1::9"));
        host.RemoveAddress("v0", "2001:db8:1::2/64");
        Assert.Equal("NoRoute", host.Route("2001:db8:1::9"));
    }

    [Fact]
    public void An_IPv4_route_goes_with_the_source_that_it_prefers()
    {
        HostAddressing host = GoldenTopology.HostA().AddRoute("203.0.113.0/24", via: "10.1.0.9", source: "10.99.0.1");
        host.RemoveAddress("lo", "10.99.0.1/32");
        Assert.Equal("NoRoute", host.Route("203.0.113.9"));
    }

    [Fact]
    public void Routes_over_an_interface_go_when_it_goes_down_and_do_not_come_back()
    {
        HostAddressing host = GoldenTopology.HostA().AddRoute("203.0.113.0/24", via: "10.2.0.9").SetUp("v1", false);
        Assert.Equal("NoRoute", host.Route("203.0.113.9"));
        host.SetUp("v1");
        Assert.Equal("NoRoute", host.Route("203.0.113.9"));
        Assert.Equal("10.2.0.1 v1 Foreign", host.Route("10.2.0.9"));
    }

    [Fact]
    public void Routes_over_an_interface_go_with_its_last_IPv4_address()
    {
        HostAddressing host = GoldenTopology.HostA().AddRoute("203.0.113.0/24", via: "10.2.0.9").RemoveAddress("v1", "fe80::2:1/64");
        Assert.Equal("10.2.0.1 v1 Foreign", host.Route("203.0.113.9"));
        host.RemoveAddress("v1", "10.2.0.1/24");
        Assert.Equal("NoRoute", host.Route("203.0.113.9"));
    }

    [Fact]
    public void An_IPv6_address_added_while_the_interface_is_down_is_tentative_until_it_is_up()
    {
        HostAddressing host = new HostAddressing().AddInterface("v0").SetUp("v0", false).AddAddress("v0", "2001:db8::1/64");
        Assert.Equal(UserNet.Binding.AddressRole.Tentative, host.Role("2001:db8::1"));
        Assert.Equal("NoRoute", host.Route("2001:db8::9"));
        host.SetUp("v0");
        Assert.Equal(UserNet.Binding.AddressRole.Local, host.Role("2001:db8::1"));
        Assert.Equal("2001:db8::1 v0 Foreign", host.Route("2001:db8::9"));
    }

    [Fact]
    public void Whose_an_address_is_can_be_asked_per_interface()
    {
        HostAddressing host = GoldenTopology.HostA().AddAddress("v1", "fe80::1:1/64");
        InetAddress twin = At("fe80::1:1");
        Assert.Equal("v1", host.Interfaces.Find(twin)!.Interface.Name);
        Assert.Equal("v0", host.Interfaces.Find(twin, host.IndexOf("v0"))!.Interface.Name);
        Assert.Null(host.Interfaces.Find(twin, 1));
    }

    [Fact]
    public void Host_B_answers_as_the_other_end() =>
        Assert.Equal("10.1.0.9 w0 Foreign", GoldenTopology.HostB().Route("10.99.0.1"));

    [Fact]
    public void A_route_is_written_as_the_ip_command_writes_it()
    {
        HostAddressing host = GoldenTopology.HostA().AddRoute("203.0.113.0/24", via: "10.1.0.9", source: "10.99.0.1", metric: 50);
        Assert.Equal("203.0.113.0/24 via 10.1.0.9 dev 2 src 10.99.0.1 metric 50", host.Routes.Routes[^1].ToString());
    }
}
