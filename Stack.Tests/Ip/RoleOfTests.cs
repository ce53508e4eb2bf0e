using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Ip;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Binding.AddressRole;

namespace UserNet.Tests.Ip;

public sealed class RoleOfTests
{
    [Theory]
    [InlineData("0.0.0.0", Wildcard)]
    [InlineData("127.0.0.1", Local)]
    [InlineData("127.0.0.0", Local)]
    [InlineData("127.1.2.3", Local)]
    [InlineData("127.255.255.254", Local)]
    [InlineData("127.255.255.255", Broadcast)]
    [InlineData("10.1.0.1", Local)]
    [InlineData("10.1.0.2", Local)]
    [InlineData("10.99.0.2", Local)]
    [InlineData("10.1.0.0", Foreign)]
    [InlineData("10.1.0.9", Foreign)]
    [InlineData("10.1.0.255", Broadcast)]
    [InlineData("10.1.1.255", Foreign)]
    [InlineData("10.9.9.9", Foreign)]
    [InlineData("0.0.0.1", Foreign)]
    [InlineData("240.0.0.1", Foreign)]
    [InlineData("224.1.1.1", AddressRole.Multicast)]
    [InlineData("255.255.255.255", Broadcast)]
    [InlineData("::", Wildcard)]
    [InlineData("::1", Local)]
    [InlineData("::127.0.0.1", Foreign)]
    [InlineData("2001:db8:99::1", Local)]
    [InlineData("2001:db8:ffff::1", Foreign)]
    [InlineData("ff0e::1", AddressRole.Multicast)]
    [InlineData("ff02::1", AddressRole.Multicast)]
    public void An_address_is_something_to_the_host(string address, AddressRole expected) =>
        Assert.Equal(expected, GoldenTopology.HostA().Role(address));

    [Theory]
    [InlineData("fe80::1:1", "v0", Local)]
    [InlineData("fe80::1:1", "v1", Foreign)]
    [InlineData("fe80::1:1", null, Local)]
    [InlineData("2001:db8:1::1", "v1", Local)]
    [InlineData("10.1.0.1", "v1", Local)]
    [InlineData("10.1.0.255", "v1", Broadcast)]
    public void A_device_matters_to_link_local_addresses_only(string address, string? device, AddressRole expected) =>
        Assert.Equal(expected, GoldenTopology.HostA().Role(address, device));

    [Fact]
    public void One_link_local_address_may_be_on_two_links()
    {
        HostAddressing host = GoldenTopology.HostA().After("addr add fe80::1:1/64 dev v1 nodad");
        Assert.Equal(Local, host.Role("fe80::1:1", "v0"));
        Assert.Equal(Local, host.Role("fe80::1:1", "v1"));
        host.RemoveAddress("v0", "fe80::1:1/64");
        Assert.Equal(Foreign, host.Role("fe80::1:1", "v0"));
        Assert.Equal(Local, host.Role("fe80::1:1", "v1"));
    }

    [Fact]
    public void A_tentative_address_is_not_local_yet()
    {
        HostAddressing host = GoldenTopology.HostA().SetDuplicateDetection("v0", true)
            .After("addr add 2001:db8:1::77/64 dev v0", "addr add 2001:db8:1::78/64 dev v0 nodad");
        Assert.Equal(Tentative, host.Role("2001:db8:1::77"));
        Assert.Equal(Local, host.Role("2001:db8:1::78"));
    }

    [Fact]
    public void A_deprecated_address_is_local() => Assert.Equal(Local,
        GoldenTopology.HostA().After("ip addr add 2001:db8:1::78/64 dev v0 nodad preferred_lft 0").Role("2001:db8:1::78"));

    [Fact]
    public void When_an_interface_goes_down_IPv4_addresses_stay_and_IPv6_addresses_vanish()
    {
        HostAddressing host = GoldenTopology.HostA().After("ip link set v0 down");
        Assert.Equal(Local, host.Role("10.1.0.1"));
        Assert.Equal(Foreign, host.Role("10.1.0.255"));
        Assert.Equal(Foreign, host.Role("2001:db8:1::1"));
        Assert.Equal(Foreign, host.Role("fe80::1:1", "v0"));
        Assert.Equal("NoRoute", host.Route("10.1.0.9"));
        host.After("ip link set v0 up");
        Assert.Equal(Broadcast, host.Role("10.1.0.255"));
        Assert.Equal(Foreign, host.Role("2001:db8:1::1"));
        Assert.Equal("10.1.0.1 v0 Foreign", host.Route("10.1.0.9"));
    }

    [Fact]
    public void All_of_127_8_is_local_only_while_lo_has_it()
    {
        HostAddressing host = new HostAddressing().RemoveAddress("lo", "127.0.0.1/8");
        Assert.Equal(Foreign, host.Role("127.0.0.1"));
        host.AddAddress("lo", "127.0.0.1/32");
        Assert.Equal(Local, host.Role("127.0.0.1"));
        Assert.Equal(Foreign, host.Role("127.0.0.2"));
    }

    [Fact]
    public void Lo_gets_its_addresses_back_when_it_goes_up_without_any()
    {
        HostAddressing host = new HostAddressing().RemoveAddress("lo", "127.0.0.1/8").SetUp("lo", false);
        Assert.Equal(Foreign, host.Role("::1"));
        host.SetUp("lo");
        Assert.Equal(Local, host.Role("::1"));
        Assert.Equal(Local, host.Role("127.3.4.5"));
    }

    [Fact]
    public void A_route_of_type_local_makes_a_whole_prefix_local()
    {
        HostAddressing host = GoldenTopology.HostA().After("ip route add local 10.77.0.0/16 dev lo");
        Assert.Equal(Local, host.Role("10.77.3.4"));
        Assert.Equal("10.77.3.4 lo Local", host.Route("10.77.3.4"));
        host.After("ip route del local 10.77.0.0/16");
        Assert.Equal(Foreign, host.Role("10.77.3.4"));
    }

    [Fact]
    public void Asking_allocates_nothing()
    {
        HostAddressing host = GoldenTopology.HostA();
        string[] asked = ["127.0.0.1", "127.4.4.4", "10.1.0.2", "10.1.0.255", "10.9.9.9", "2001:db8:1::1", "fe80::1:1"];
        InetAddress[] addresses = Array.ConvertAll(asked, Asking.At);
        long allocated = Allocation.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                foreach (InetAddress address in addresses)
                {
                    host.RoleOf(address, 2);
                    host.FindRoute(new RouteQuery(address, address.IsV6 ? InetAddress.AnyV6 : default, 2));
                }
            }
        });
        Assert.Equal(0, allocated);
    }
}
