using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Discovery;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Discovery.RouterRig;
using static UserNet.Tests.Ip.Asking;

namespace UserNet.Tests.Discovery;

/// <summary>Routers: asked for, believed, preferred, given up. By the sections of RFC 4861, RFC 4191, RFC 8106.</summary>
public sealed class RouterDiscoveryTests
{
    // RFC 4861 §6.3.7, RFC 7559: 4 s, then twice the one before, a tenth more or less; on Linux 6.18 4.1, 7.9, 14.8 and 30.5 s.
    [Fact]
    public void Routers_are_asked_for_ever_less_often_until_one_answers()
    {
        using RouterRig rig = new();
        var at = new List<double>();
        for (int i = 0; i < 5 * 3600 * 10; i++)
        {
            rig.Advance(0.1);
            foreach (string sent in rig.TakeSent())
                if (sent.EndsWith("RouterSolicitation", StringComparison.Ordinal)) at.Add((i + 1) / 10.0);
        }

        Assert.InRange(at[0], 0, 1.1);
        double before = 0;
        for (int i = 1; i < at.Count; i++)
        {
            double interval = at[i] - at[i - 1];
            if (i == 1) Assert.InRange(interval, 3.5, 4.5);
            else if (before < 1600) Assert.InRange(interval, (1.9 * before) - 0.3, (2.1 * before) + 0.3);
            else Assert.InRange(interval, 0.9 * 3600, (1.1 * 3600) + 0.3);
            before = interval;
        }

        Assert.InRange(at.Count, 11, 15);
        rig.Advertise(lifetime: 0);
        rig.Advance(5 * 3600);
        Assert.DoesNotContain(rig.TakeSent(), sent => sent.EndsWith("RouterSolicitation", StringComparison.Ordinal));
    }

    [Fact]
    public void With_duplicate_detection_the_question_follows_the_link_local_address_at_once()
    {
        using RouterRig rig = new(detects: true);
        var events = new List<string>();
        for (int i = 0; i < 25; i++)
        {
            rig.Advance(0.1);
            events.AddRange(rig.TakeSent().Where(sent => !sent.EndsWith("HopByHop", StringComparison.Ordinal)).Select(sent => sent.Split(' ')[2]));
        }

        Assert.Equal(["NeighborSolicitation", "RouterSolicitation"], events);
    }

    // RFC 4861 §6.1.2.
    [Theory]
    [InlineData("fe80::fe", 255, DropReason.None)]
    [InlineData("fe80::fe", 254, DropReason.DiscoveryForged)]
    [InlineData("2001:db8::fe", 255, DropReason.DiscoveryForged)]
    public void An_advertisement_comes_from_the_link_and_a_link_local_address(string router, byte hopLimit, DropReason expected)
    {
        using RouterRig rig = new();
        Assert.Equal(expected, rig.Advertise(router, ipHopLimit: hopLimit));
        Assert.Equal(expected == DropReason.None, rig.Eth0.AdvertisedRoutes.Count == 1);
    }

    [Theory]
    [InlineData(0)]      // an option without length
    [InlineData(2)]      // one that ends behind the message
    public void An_advertisement_with_a_bad_option_is_dropped_as_a_whole(byte units)
    {
        using RouterRig rig = new();
        PacketBuffer packet = new PacketPool().Rent(0);
        DiscoveryOptionWriter.AppendMtu(packet, 1400);
        packet.Span[1] = units;
        new RouterAdvertisementHeader(64, 1800).PrependTo(packet, At("fe80::fe"), At("ff02::1"));
        Assert.Equal(DropReason.DiscoveryMalformed, rig.Send(packet, At("fe80::fe"), At("ff02::1")));
        Assert.Empty(rig.Eth0.AdvertisedRoutes);
    }

    [Fact]
    public void Who_does_not_configure_itself_or_forwards_ignores_advertisements()
    {
        using RouterRig off = new(new InterfaceOptions { Addresses = ["2001:db8::1/64"] });
        Assert.Equal(DropReason.Icmp6Ignored, off.Advertise(prefixes: [Prefix("2001:db8:1::/64")]));
        Assert.Equal("NoRoute", off.Way("2001:db8:9::9"));

        using RouterRig router = new();
        router.Stack.Configure(stack => stack.Host.Interfaces.Find("eth0")!.Forwards = true);
        Assert.Equal(DropReason.Icmp6Ignored, router.Advertise());
    }

    [Fact]
    public void An_interface_without_IPv6_stays_silent()
    {
        using RouterRig rig = new(new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        rig.Advance(100);
        Assert.Empty(rig.TakeSent());
        Assert.DoesNotContain(rig.Eth0.Addresses, row => row.Address.IsV6);
        rig.Stack.Configure(stack => stack.Host.AddAddress("eth0", "2001:db8::1/64"));
        Assert.Single(rig.AddressesOf("fe80::/10"));
    }

    [Fact]
    public void A_default_router_serves_as_long_as_it_says()
    {
        using RouterRig rig = new();
        rig.Advertise(lifetime: 100, prefixes: [Prefix("2001:db8:1::/64", valid: 1000, preferred: 1000)]);
        Assert.EndsWith("via fe80::fe", rig.Way("2001:db8:9::9"));
        rig.Advance(90);
        Assert.Equal("10", Seconds(rig.Eth0.AdvertisedRoutes.Single().Lifetime));
        rig.Advertise(lifetime: 100);
        rig.Advance(99);
        Assert.EndsWith("via fe80::fe", rig.Way("2001:db8:9::9"));
        rig.Advance(2);
        Assert.Equal("NoRoute", rig.Way("2001:db8:9::9"));
        rig.Advertise(lifetime: 100);
        rig.Advertise(lifetime: 0);
        Assert.Equal("NoRoute", rig.Way("2001:db8:9::9"));
    }

    // RFC 4191 §3.2: High before Medium before Low; of equals the first.
    [Fact]
    public void The_preferred_router_is_taken()
    {
        using RouterRig rig = new();
        rig.Advertise("fe80::1", preference: RouterPreference.Low, prefixes: [Prefix("2001:db8:1::/64")]);
        Assert.EndsWith("via fe80::1", rig.Way("2001:db8:9::9"));
        rig.Advertise("fe80::2");
        rig.Advertise("fe80::3");
        Assert.EndsWith("via fe80::2", rig.Way("2001:db8:9::9"));
        rig.Advertise("fe80::4", preference: RouterPreference.High);
        Assert.EndsWith("via fe80::4", rig.Way("2001:db8:9::9"));
        rig.Advertise("fe80::4", preference: RouterPreference.Low);
        Assert.EndsWith("via fe80::2", rig.Way("2001:db8:9::9"));
    }

    // RFC 4861 §6.3.6: a router that does not answer comes last, whatever it prefers; when none answers each has its turn.
    [Fact]
    public void A_router_that_does_not_answer_comes_last()
    {
        using RouterRig rig = new();
        rig.Advertise("fe80::1", preference: RouterPreference.High, prefixes: [Prefix("2001:db8:1::/64")], namesStation: false);
        rig.Advertise("fe80::2", namesStation: false);
        SendTo(rig, "2001:db8:9::9");
        Assert.EndsWith("via fe80::1", rig.Way("2001:db8:9::9"));
        rig.Advance(4);
        Assert.EndsWith("via fe80::2", rig.Way("2001:db8:9::9"));
        SendTo(rig, "2001:db8:9::9");
        rig.Advance(4);
        Assert.EndsWith("via fe80::1", rig.Way("2001:db8:9::9"));
        Assert.Equal([true, true], rig.Eth0.AdvertisedRoutes.Select(row => row.IsUnreachable));
        rig.Advertise("fe80::2");
        Assert.EndsWith("via fe80::2", rig.Way("2001:db8:9::9"));
    }

    // RFC 4861 §7.2.5.
    [Fact]
    public void A_router_that_says_it_is_none_is_dropped()
    {
        using RouterRig rig = new();
        rig.Advertise(prefixes: [Prefix("2001:db8:1::/64")]);
        PacketBuffer packet = new PacketPool().Rent(0);
        DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.TargetLinkAddress, Router);
        new NeighborHeader(Icmpv6Type.NeighborAdvertisement, At("fe80::fe"), AdvertisementTraits.Override).PrependTo(packet, At("fe80::fe"), At("ff02::1"));
        Assert.Equal(DropReason.None, rig.Send(packet, At("fe80::fe"), At("ff02::1")));
        Assert.Empty(rig.Eth0.AdvertisedRoutes);
        Assert.Equal("NoRoute", rig.Way("2001:db8:9::9"));
    }

    // RFC 4861 §6.3.4.
    [Fact]
    public void The_link_is_set_up_as_the_router_says()
    {
        using RouterRig rig = new();
        rig.Advertise(hopLimit: 33, reachable: 20_000, retrans: 2_000, mtu: 1400, managed: true, other: true);
        InterfaceEntry entry = rig.Host.Interfaces.Find("eth0")!;
        NeighborSettings settings = ((EthernetPort)entry.Port!).NeighborsV6.Settings;
        Assert.Equal("33 20 2 1400 1500",
            $"{entry.HopLimit} {Seconds(settings.ReachableTime)} {Seconds(settings.RetryInterval)} {rig.Eth0.MtuV6} {rig.Eth0.Mtu}");
        Assert.True(rig.Eth0.IsManaged && rig.Eth0.HasOtherConfiguration);
        rig.Advertise();      // what is not said stays
        Assert.Equal((33, 1400), ((int)entry.HopLimit, rig.Eth0.MtuV6));
        rig.Advertise(mtu: 1279);
        rig.Advertise(mtu: 1501);
        Assert.Equal(1400, rig.Eth0.MtuV6);
        rig.Stack.Configure(stack => stack.Host.SetUp("eth0", false).SetUp("eth0"));
        Assert.Equal((64, 1500), ((int)entry.HopLimit, rig.Eth0.MtuV6));
        Assert.Equal(30, ((EthernetPort)entry.Port!).NeighborsV6.Settings.ReachableTime.TotalSeconds);
    }

    // RFC 4191 §2.3, §3.1.
    [Fact]
    public void More_specific_routes_lead_by_the_router_that_has_them()
    {
        using RouterRig rig = new();
        rig.Advertise("fe80::1", prefixes: [Prefix("2001:db8:1::/64")]);
        rig.Advertise("fe80::2", lifetime: 0, routes: [Route("2001:db8:aa::/48", RouterPreference.Low, 900), Route("2001:db8:bb::/48", null, 900)]);
        Assert.EndsWith("via fe80::2", rig.Way("2001:db8:aa::9"));
        Assert.EndsWith("via fe80::1", rig.Way("2001:db8:bb::9"));      // the reserved preference: ignored
        rig.Advance(901);
        Assert.EndsWith("via fe80::1", rig.Way("2001:db8:aa::9"));
        rig.Advertise("fe80::2", lifetime: 1000, preference: RouterPreference.Low, routes: [Route("::/0", RouterPreference.High, 50)]);
        Assert.EndsWith("via fe80::2", rig.Way("2001:db8:cc::9"));      // what the option says of ::/0 comes before the header
        rig.Advance(51);
        Assert.EndsWith("via fe80::1", rig.Way("2001:db8:cc::9"));
    }

    // RFC 8106 §5.1, §6.1.
    [Fact]
    public void Name_servers_are_known_as_long_as_they_may_be_used()
    {
        using RouterRig rig = new();
        rig.Advertise(servers: ["2001:db8::53", "fe80::53"], serverLifetime: 100);
        rig.Advance(60);
        rig.Advertise(servers: ["2001:db8::54"], serverLifetime: uint.MaxValue);
        Assert.Equal(["2001:db8::53 40", "fe80::53 40", "2001:db8::54 forever"], rig.Eth0.NameServers.Select(row => $"{row.Address} {Seconds(row.Lifetime)}"));
        rig.Advertise(servers: ["fe80::53"], serverLifetime: 0);
        rig.Advance(41);
        Assert.Equal(["2001:db8::54 forever"], rig.Eth0.NameServers.Select(row => $"{row.Address} {Seconds(row.Lifetime)}"));
        for (int i = 0; i < 20; i++) rig.Advertise(servers: [$"2001:db8::{i + 100}"], serverLifetime: 1000 + (uint)i);
        Assert.Equal(8, rig.Eth0.NameServers.Count);
        Assert.Equal("2001:db8::54", rig.Eth0.NameServers[0].Address.ToString());
    }

    [Fact]
    public void All_of_it_goes_when_the_interface_goes_down()
    {
        using RouterRig rig = new();
        rig.Advertise(prefixes: [Prefix("2001:db8:1::/64")], routes: [Route("2001:db8:aa::/48", RouterPreference.Medium, 900)], servers: ["2001:db8::53"]);
        string before = rig.AddressesOf("2001:db8:1::/64").Single();
        string[] linkLocal = rig.AddressesOf("fe80::/10");
        rig.Stack.Configure(stack => stack.Host.SetUp("eth0", false));
        Assert.Empty(rig.Eth0.AdvertisedRoutes);
        Assert.Empty(rig.Eth0.NameServers);
        Assert.DoesNotContain(rig.Eth0.Addresses, row => row.Address.IsV6);
        Assert.DoesNotContain(rig.Host.Routes.Routes, route => route.Device == rig.Eth0.Index && route.Prefix.Address.IsV6);
        rig.TakeSent();
        rig.Stack.Configure(stack => stack.Host.SetUp("eth0"));
        rig.Advance(1.1);
        Assert.Contains(rig.TakeSent(), sent => sent.EndsWith("RouterSolicitation", StringComparison.Ordinal));
        Assert.Equal(linkLocal, rig.AddressesOf("fe80::/10"));
        rig.Advertise(prefixes: [Prefix("2001:db8:1::/64")]);
        Assert.Equal(before, rig.AddressesOf("2001:db8:1::/64").Single());
    }

    [Fact]
    public void An_on_link_prefix_is_a_route_of_its_own_that_an_address_of_the_user_may_take_over()
    {
        using RouterRig rig = new();
        rig.Advertise(prefixes: [Prefix("2001:db8:1::/64", valid: 100, preferred: 100, autonomous: false)]);
        Assert.EndsWith("via ::", rig.Way("2001:db8:1::9", "fe80::1"));
        rig.Stack.Configure(stack => stack.Host.AddAddress("eth0", "2001:db8:1::7/64"));
        rig.Advance(101);
        Assert.Equal("2001:db8:1::7 via ::", rig.Way("2001:db8:1::9"));
        rig.Stack.Configure(stack => stack.Host.RemoveAddress("eth0", "2001:db8:1::7/64"));
        Assert.DoesNotContain(rig.Host.Routes.Routes, route => route.Prefix == InetPrefix.Parse("2001:db8:1::/64"));
    }

    // RFC 6724 rule 5.5, RFC 8028: what leaves by a router leaves with an address of a prefix that it advertised.
    [Fact]
    public void With_two_routers_and_two_prefixes_the_source_goes_with_the_router()
    {
        using RouterRig rig = new();
        rig.Advertise("fe80::1", prefixes: [Prefix("2001:db8:1::/64")], routes: [Route("2001:db8:a::/48", RouterPreference.Medium, 900)]);
        rig.Advertise("fe80::2", prefixes: [Prefix("2001:db8:2::/64")], routes: [Route("2001:db8:b::/48", RouterPreference.Medium, 900)]);
        foreach ((string to, string router, string prefix) in new[] { ("2001:db8:a::9", "fe80::1", "2001:db8:1:"), ("2001:db8:b::9", "fe80::2", "2001:db8:2:") })
        {
            string way = rig.Way(to);
            Assert.StartsWith(prefix, way, StringComparison.Ordinal);
            Assert.EndsWith($"via {router}", way, StringComparison.Ordinal);
        }

        rig.Advertise("fe80::1", lifetime: 0);
        Assert.StartsWith("2001:db8:2:", rig.Way("2001:db8:c::9"), StringComparison.Ordinal);
        rig.Stack.Configure(stack => stack.Host.PrefersAdvertisedPrefixes = false);
        string first = rig.Way("2001:db8:a::9").Split(' ')[0], second = rig.Way("2001:db8:b::9").Split(' ')[0];
        Assert.Equal(first, second);      // as Linux, which does not look at it
    }

    [Fact]
    public void An_advertisement_that_says_nothing_new_allocates_nothing()
    {
        using RouterRig rig = new(new InterfaceOptions { Autoconfigures = true, TemporaryAddresses = TemporaryAddresses.Made });
        rig.Advertise(prefixes: [Prefix("2001:db8:1::/64")], routes: [Route("2001:db8:a::/48", RouterPreference.Medium, 900)], servers: ["2001:db8::53"], mtu: 1400, hopLimit: 60);
        var frames = new LinkFrame[] { new(rig.LastFrame) };
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 1000; i++) rig.Link.Deliver(frames);
        }));
    }

    private static RouteInformation Route(string prefix, RouterPreference? preference, uint lifetime)
    {
        // The writer has no reserved preference: 2 on the wire.
        return new RouteInformation(InetPrefix.Parse(prefix), preference ?? (RouterPreference)2, lifetime);
    }

    private static void SendTo(RouterRig rig, string destination)
    {
        using UserNet.Sockets.NetworkSocket socket = rig.Stack.CreateSocket(System.Net.Sockets.AddressFamily.InterNetworkV6, System.Net.Sockets.SocketType.Dgram);
        socket.SendTo([1], InetEndpoint.Parse($"[{destination}]:7"));
    }
}
