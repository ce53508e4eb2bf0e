using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Discovery;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Discovery.RouterRig;
using static UserNet.Tests.Ip.Asking;

namespace UserNet.Tests.Discovery;

/// <summary>Addresses that an interface makes itself. By the sections of RFC 4862, RFC 7217, RFC 8981.</summary>
public sealed class AutoconfigurationTests
{
    private const uint Forever = PrefixInformation.Infinite;

    private static readonly InterfaceOptions ByStation = new() { Autoconfigures = true, IdentifierGeneration = IdentifierGeneration.Eui64 };

    // RFC 4291 appendix A: 02:00:00:00:00:01 becomes ::ff:fe00:1.
    [Fact]
    public void An_address_is_made_of_the_prefix_and_the_station()
    {
        using RouterRig rig = new(ByStation);
        Assert.Equal(["fe80::ff:fe00:1 forever forever"], rig.AddressesOf("fe80::/10"));
        rig.Advertise(prefixes: [Prefix("2001:db8:7::/64", valid: 600, preferred: 300)]);
        Assert.Equal(["2001:db8:7::ff:fe00:1 300 600"], rig.AddressesOf("2001:db8::/32"));
    }

    [Fact]
    public void A_stable_address_is_the_same_each_time_and_another_on_each_link_name_and_secret()
    {
        static string Make(string prefix, int seed = 1, string network = "")
        {
            using RouterRig rig = new(seed: seed);
            rig.Eth0.Autoconfiguration = rig.Eth0.Autoconfiguration with { NetworkId = network };
            rig.Advertise(prefixes: [Prefix(prefix)]);
            AddressRow row = rig.Eth0.Addresses.Single(row => InetPrefix.Parse(prefix).Contains(row.Address));
            Assert.True(row.Traits.HasFlag(AddressTraits.StableOpaque | AddressTraits.Autoconfigured));
            return row.Address.ToString();
        }

        Assert.Equal(Make("2001:db8:7::/64"), Make("2001:db8:7::/64"));
        string[] others = [Make("2001:db8:7::/64"), Make("2001:db8:8::/64"), Make("2001:db8:7::/64", seed: 2), Make("2001:db8:7::/64", network: "cafe")];
        Assert.Equal(4, others.Select(address => At(address).Low).Distinct().Count());
    }

    [Theory]
    [InlineData(0UL, true)]
    [InlineData(0x0200_5EFF_FE00_0000UL, true)]
    [InlineData(0x0200_5EFF_FEFF_FFFFUL, true)]
    [InlineData(0x0200_5EFF_FF00_0000UL, false)]
    [InlineData(0xFDFF_FFFF_FFFF_FF80UL, true)]
    [InlineData(0xFDFF_FFFF_FFFF_FFFFUL, true)]
    [InlineData(0xFDFF_FFFF_FFFF_FF7FUL, false)]
    [InlineData(0xFEFF_FFFF_FFFF_FFFFUL, false)]
    public void Identifiers_that_are_taken_are_known(ulong identifier, bool isReserved) =>
        Assert.Equal(isReserved, InterfaceIdentifiers.IsReserved(identifier));

    // RFC 4862 §5.5.3 (a) to (d).
    [Fact]
    public void A_prefix_of_which_no_address_can_be_made_is_left()
    {
        using RouterRig rig = new(ByStation);
        rig.Advertise(prefixes:
        [
            Prefix("fe80::/64"), Prefix("2001:db8:1::/64", autonomous: false), Prefix("2001:db8:2::/64", valid: 10, preferred: 11),
            Prefix("2001:db8:3::/63"), Prefix("2001:db8:4::/64", valid: 0, preferred: 0), Prefix("ff02::/64"),
        ]);
        Assert.Equal(["fe80::ff:fe00:1 forever forever"], rig.Eth0.Addresses.Select(Text));
    }

    [Fact]
    public void An_address_is_deprecated_then_removed()
    {
        using RouterRig rig = new(ByStation);
        rig.Advertise(prefixes: [Prefix("2001:db8:7::/64", valid: 600, preferred: 300)]);
        rig.Advertise(prefixes: [Prefix("2001:db8:8::/64", valid: 500, preferred: 100)]);
        Assert.StartsWith("2001:db8:8::", rig.Way("2001:db8:9::9"), StringComparison.Ordinal);
        rig.Advance(101);
        Assert.Equal(["2001:db8:8::ff:fe00:1 0 399 d"], rig.AddressesOf("2001:db8:8::/64"));
        Assert.StartsWith("2001:db8:7::", rig.Way("2001:db8:9::9"), StringComparison.Ordinal);
        rig.Advance(400);
        Assert.Empty(rig.AddressesOf("2001:db8:8::/64"));
        Assert.Equal(["2001:db8:7::ff:fe00:1 0 99 d"], rig.AddressesOf("2001:db8:7::/64"));
        rig.Advance(100);
        Assert.Empty(rig.AddressesOf("2001:db8::/32"));
    }

    // RFC 4862 §5.5.3 (e): remaining, advertised, expected.
    [Theory]
    [InlineData(10_000, 9_000, 9_000)]      // (1) more than two hours
    [InlineData(10_000, 100, 7_200)]        // (3) not below two hours
    [InlineData(3_000, 100, 3_000)]         // (2) less than two hours: not lowered
    [InlineData(3_000, 4_000, 4_000)]       // (1) longer than what remains
    [InlineData(3_000, 0, 3_000)]
    [InlineData(10_000, 0, 7_200)]
    public void Nobody_takes_the_last_two_hours_of_an_address(uint remaining, uint advertised, uint expected)
    {
        using RouterRig rig = new(ByStation);
        rig.Advertise(prefixes: [Prefix("2001:db8:7::/64", valid: remaining, preferred: 1_000)]);
        rig.Advertise(prefixes: [Prefix("2001:db8:7::/64", valid: advertised, preferred: 0)]);
        Assert.Equal([$"2001:db8:7::ff:fe00:1 0 {expected} d"], rig.AddressesOf("2001:db8::/32"));
        rig.Advertise(prefixes: [Prefix("2001:db8:7::/64", valid: 20_000, preferred: 500)]);
        Assert.Equal(["2001:db8:7::ff:fe00:1 500 20000"], rig.AddressesOf("2001:db8::/32"));
    }

    [Fact]
    public void Lifetimes_without_an_end_have_none()
    {
        using RouterRig rig = new(ByStation);
        rig.Advertise(lifetime: 9000, prefixes: [Prefix("2001:db8:7::/64", Forever, Forever)]);
        rig.Advance(40 * 365 * 86400.0);
        Assert.Equal(["2001:db8:7::ff:fe00:1 forever forever"], rig.AddressesOf("2001:db8::/32"));
        Assert.Contains(rig.Host.Routes.Routes, route => route.Prefix == InetPrefix.Parse("2001:db8:7::/64"));
    }

    [Fact]
    public void A_prefix_that_is_not_on_the_link_makes_an_address_without_a_route()
    {
        using RouterRig rig = new(ByStation);
        rig.Advertise(prefixes: [Prefix("2001:db8:7::/64", onLink: false)]);
        Assert.Equal("2001:db8:7::ff:fe00:1 via fe80::fe", rig.Way("2001:db8:7::9"));
    }

    [Fact]
    public void The_user_gives_lifetimes_too()
    {
        using RouterRig rig = new(new InterfaceOptions { Addresses = ["2001:db8:1::1/64", "10.9.0.2/24"] });
        rig.Eth0.SetLifetimes(At("2001:db8:1::1"), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20));
        rig.Eth0.SetLifetimes(At("10.9.0.2"), Timeout.InfiniteTimeSpan, TimeSpan.FromSeconds(15));
        rig.Advance(11);
        Assert.Equal(["2001:db8:1::1 0 9 d"], rig.AddressesOf("2001:db8::/32"));
        rig.Advance(5);
        Assert.DoesNotContain(rig.Eth0.Addresses, row => !row.Address.IsV6);
        rig.Eth0.SetLifetimes(At("2001:db8:1::1"), Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        rig.Advance(1000);
        Assert.Equal(["2001:db8:1::1 forever forever"], rig.AddressesOf("2001:db8::/32"));
    }

    [Fact]
    public void A_link_local_address_of_the_user_is_enough()
    {
        using RouterRig rig = new(new InterfaceOptions { Addresses = ["fe80::7/64", "2001:db8:1::1/64"] });
        Assert.Equal(["fe80::7 forever forever"], rig.AddressesOf("fe80::/10"));
    }

    // RFC 7217 §6: another identifier up to three times, each after a delay of up to a second.
    [Fact]
    public void A_stable_address_that_another_host_has_gives_way_to_the_next()
    {
        using RouterRig rig = new(detects: true);
        var tried = new List<InetAddress>();
        for (int i = 0; i < 60; i++)
        {
            foreach (AddressRow row in rig.Eth0.Addresses)
            {
                if (!row.Address.IsLinkLocal || tried.Contains(row.Address)) continue;
                tried.Add(row.Address);
                Claim(rig, row.Address);
            }

            rig.Advance(0.1);
        }

        Assert.Equal(4, tried.Count);
        AddressRow last = rig.Eth0.Addresses.Single();
        Assert.Equal(tried[3], last.Address);
        Assert.True(last.Traits.HasFlag(AddressTraits.Duplicate));
        rig.Advance(1000);
        Assert.DoesNotContain(rig.TakeSent(), sent => sent.EndsWith("RouterSolicitation", StringComparison.Ordinal) && !sent.StartsWith("::", StringComparison.Ordinal));
    }

    [Fact]
    public void An_address_made_of_a_station_has_no_other()
    {
        using RouterRig rig = new(ByStation, detects: true);
        rig.Advance(3);
        rig.Advertise(prefixes: [Prefix("2001:db8:7::/64")]);
        Claim(rig, At("2001:db8:7::ff:fe00:1"));
        rig.Advance(10);
        Assert.True(rig.Eth0.Addresses.Single(row => !row.Address.IsLinkLocal).Traits.HasFlag(AddressTraits.Duplicate));
    }

    // RFC 8981 §3.4, §3.5, §3.8.
    [Fact]
    public void Temporary_addresses_follow_each_other()
    {
        using RouterRig rig = new(ByStation with { TemporaryAddresses = TemporaryAddresses.Preferred });
        rig.Advertise(lifetime: 9000, prefixes: [Prefix("2001:db8:7::/64", Forever, Forever)]);
        var seen = new List<InetAddress>();
        for (int hour = 0; hour < 24 * 14; hour++)
        {
            rig.Advertise(lifetime: 9000, prefixes: [Prefix("2001:db8:7::/64", Forever, Forever)]);
            AddressRow[] temporary = [.. rig.Eth0.Addresses.Where(row => row.Traits.HasFlag(AddressTraits.Temporary))];
            seen.AddRange(temporary.Select(row => row.Address).Where(address => !seen.Contains(address)));
            Assert.Contains(temporary, row => !row.Traits.HasFlag(AddressTraits.Deprecated));
            Assert.InRange(temporary.Length, 1, 4);
            Assert.All(temporary, row => Assert.InRange(row.ValidFor.TotalHours, 0, 48));
            Assert.All(temporary, row => Assert.InRange(row.PreferredFor.TotalHours, 0, 24));
            string source = rig.Way("2001:db8:9::9").Split(' ')[0];
            Assert.Contains(temporary, row => row.Address == At(source) && !row.Traits.HasFlag(AddressTraits.Deprecated));
            rig.Advance(3600);
        }

        Assert.InRange(seen.Count, 14, 25);      // each is preferred for 0.6 to 1 day
    }

    [Theory]
    [InlineData(TemporaryAddresses.Made, false)]
    [InlineData(TemporaryAddresses.Preferred, true)]
    public void Temporary_addresses_are_preferred_where_that_is_asked_for(TemporaryAddresses mode, bool isPreferred)
    {
        using RouterRig rig = new(ByStation with { TemporaryAddresses = mode });
        rig.Advertise(prefixes: [Prefix("2001:db8:7::/64")]);
        Assert.Equal(2, rig.AddressesOf("2001:db8:7::/64").Length);
        Assert.Equal(!isPreferred, rig.Way("2001:db8:9::9").StartsWith("2001:db8:7::ff:fe00:1 ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_temporary_address_that_another_host_has_is_tried_again_three_times()
    {
        using RouterRig rig = new(ByStation with { TemporaryAddresses = TemporaryAddresses.Made }, detects: true);
        rig.Advance(3);
        rig.Advertise(prefixes: [Prefix("2001:db8:7::/64")]);
        int claimed = 0;
        while (rig.Eth0.Addresses.FirstOrDefault(row => row.Traits.HasFlag(AddressTraits.Temporary)) is { PrefixLength: 64 } row && claimed < 10)
        {
            Claim(rig, row.Address);
            claimed++;
            rig.Advance(0.1);
        }

        Assert.Equal(4, claimed);
    }

    [Fact]
    public void Hostile_advertisements_stay_within_bounds()
    {
        using RouterRig rig = new(new InterfaceOptions { Autoconfigures = true, TemporaryAddresses = TemporaryAddresses.Made });
        rig.Advertise("fe80::fe", prefixes: [Prefix("2001:db8:7::/64")]);
        var random = new Random(7);
        long dropped = 0;
        for (int i = 0; i < TestSettings.Count(20_000, 1_000_000); i++)
        {
            InetPrefix prefix = new(InetAddress.FromV6((ulong)random.NextInt64() | (1UL << 61), 0), 64);
            InetPrefix other = new(InetAddress.FromV6((ulong)random.NextInt64() | (1UL << 61), 0), random.Next(129));
            uint valid = (uint)random.Next(), preferred = random.Next(3) == 0 ? valid : (uint)random.Next((int)valid + 1);
            DropReason reason = rig.Advertise(
                $"fe80::{random.Next(65536):x}:{random.Next(65536):x}", lifetime: (ushort)random.Next(65536), preference: (RouterPreference)random.Next(-1, 2),
                prefixes: [new PrefixInformation(prefix, true, true, valid, preferred)],
                routes: [new RouteInformation(other, (RouterPreference)random.Next(-1, 2), (uint)random.Next())],
                servers: [$"2001:db8::{random.Next(65536):x}"], serverLifetime: (uint)random.Next());
            if (reason == DropReason.DiscoveryTableFull) dropped++;
            if (i % 1000 == 0) rig.Advance(1);
        }

        Assert.InRange(rig.Eth0.Addresses.Count(row => row.Address.IsV6), 2, 16);
        Assert.InRange(rig.Eth0.AdvertisedRoutes.Count, 2, 48);
        Assert.InRange(rig.Eth0.NameServers.Count, 1, 8);
        Assert.InRange(rig.Host.Routes.Routes.Count, 1, 150);
        Assert.InRange(rig.Eth0.Neighbors.Count, 1, 1024);
        Assert.True(dropped > 0);
        Assert.Equal(dropped, rig.Stack.Statistics[DropReason.DiscoveryTableFull]);
        Assert.Single(rig.Eth0.AdvertisedRoutes, row => row.Router == At("fe80::fe"));      // who was there is not driven out
        Assert.NotEmpty(rig.AddressesOf("2001:db8:7::/64"));
    }

    // Another host says that it has an address.
    private static void Claim(RouterRig rig, InetAddress address)
    {
        PacketBuffer packet = new PacketPool().Rent(0);
        DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.TargetLinkAddress, Router);
        new NeighborHeader(Icmpv6Type.NeighborAdvertisement, address, AdvertisementTraits.Override).PrependTo(packet, address, At("ff02::1"));
        rig.Send(packet, address, At("ff02::1"));
    }
}
