using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Discovery.RouterRig;

namespace UserNet.Tests.Discovery;

/// <summary>Better first hops that routers tell of. RFC 4861 §8.</summary>
public sealed class RedirectTests
{
    private static RouterRig Rig(bool accepts = true)
    {
        var rig = new RouterRig(new InterfaceOptions { Autoconfigures = true, AcceptsRedirects = accepts });
        rig.Advertise("fe80::1", prefixes: [Prefix("2001:db8:7::/64")], preference: RouterPreference.High);
        rig.Advertise("fe80::2");
        return rig;
    }

    [Fact]
    public void A_redirect_leads_to_another_router_for_one_destination()
    {
        using RouterRig rig = Rig();
        Assert.Equal(DropReason.None, rig.Redirect("fe80::1", "2001:db8:9::9", "fe80::3", station: MacAddress.Parse("02:00:00:00:00:03")));
        Assert.EndsWith("via fe80::3", rig.Way("2001:db8:9::9"));
        Assert.EndsWith("via fe80::1", rig.Way("2001:db8:9::8"));
        EthernetPort port = (EthernetPort)rig.Host.Interfaces.Find("eth0")!.Port!;
        Assert.Equal(MacAddress.Parse("02:00:00:00:00:03"), port.NeighborsV6.StationOf(InetAddress.Parse("fe80::3")));
        Assert.Equal(DropReason.None, rig.Redirect("fe80::3", "2001:db8:9::9", "2001:db8:9::9"));      // now it is the first hop
        Assert.EndsWith("via ::", rig.Way("2001:db8:9::9"));
    }

    // RFC 4861 §8.1.
    [Theory]
    [InlineData("fe80::2", "2001:db8:9::9", "fe80::3", 255, DropReason.DiscoveryForged)]         // not the first hop
    [InlineData("2001:db8:7::1", "2001:db8:9::9", "fe80::3", 255, DropReason.DiscoveryForged)]   // not link-local
    [InlineData("fe80::1", "2001:db8:9::9", "fe80::3", 254, DropReason.DiscoveryForged)]         // from farther away
    [InlineData("fe80::1", "2001:db8:9::9", "2001:db8:9::8", 255, DropReason.DiscoveryMalformed)]
    [InlineData("fe80::1", "ff0e::9", "fe80::3", 255, DropReason.DiscoveryMalformed)]
    [InlineData("fe80::1", "2001:db8:7::9", "fe80::3", 255, DropReason.DiscoveryForged)]         // on the link: there is no first hop
    public void A_redirect_that_can_not_be_changes_nothing(string router, string destination, string target, byte hopLimit, DropReason expected)
    {
        using RouterRig rig = Rig();
        string before = rig.Way(destination);
        Assert.Equal(expected, rig.Redirect(router, destination, target, hopLimit));
        Assert.Equal(before, rig.Way(destination));
        Assert.Equal(0, rig.Host.Redirects.Count);
    }

    [Fact]
    public void Redirects_are_ignored_where_that_is_asked_for_and_by_routers()
    {
        using RouterRig off = Rig(accepts: false);
        Assert.Equal(DropReason.Icmp6Ignored, off.Redirect("fe80::1", "2001:db8:9::9", "fe80::3"));
        using RouterRig router = Rig();
        router.Stack.Configure(stack => stack.Host.InputSettings.Forwards = true);
        Assert.Equal(DropReason.Icmp6Ignored, router.Redirect("fe80::1", "2001:db8:9::9", "fe80::3"));
    }

    [Fact]
    public void A_redirect_goes_with_the_router_it_came_from_with_its_target_and_with_the_interface()
    {
        using RouterRig rig = Rig();
        rig.Redirect("fe80::1", "2001:db8:9::9", "fe80::3");
        rig.Advertise("fe80::1", lifetime: 0);
        Assert.EndsWith("via fe80::2", rig.Way("2001:db8:9::9"));
        Assert.Equal(0, rig.Host.Redirects.Count);

        rig.Redirect("fe80::2", "2001:db8:9::9", "fe80::4");
        Assert.EndsWith("via fe80::4", rig.Way("2001:db8:9::9"));
        using (UserNet.Sockets.NetworkSocket socket = rig.Stack.CreateSocket(System.Net.Sockets.AddressFamily.InterNetworkV6, System.Net.Sockets.SocketType.Dgram))
            socket.SendTo([1], InetEndpoint.Parse("[2001:db8:9::9]:7"));
        rig.Advance(4);      // nobody is fe80::4
        Assert.EndsWith("via fe80::2", rig.Way("2001:db8:9::9"));

        rig.Redirect("fe80::2", "2001:db8:9::9", "fe80::4");
        rig.Stack.Configure(stack => stack.Host.SetUp("eth0", false));
        Assert.Equal(0, rig.Host.Redirects.Count);
    }

    [Fact]
    public void Many_redirects_stay_within_bounds()
    {
        using RouterRig rig = Rig();
        for (int i = 0; i < 5000; i++) Assert.Equal(DropReason.None, rig.Redirect("fe80::1", $"2001:db8:9::{i:x}", "fe80::3"));
        Assert.Equal(256, rig.Host.Redirects.Count);
        Assert.EndsWith("via fe80::3", rig.Way($"2001:db8:9::{4999:x}"));
    }
}
