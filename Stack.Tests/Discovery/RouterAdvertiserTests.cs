using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Discovery;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Discovery;

/// <summary>RFC 4861 §6.2, on a stack whose other end is the test.</summary>
public sealed class RouterAdvertiserTests : IDisposable
{
    private static readonly InetAddress LinkLocal = InetAddress.Parse("fe80::1"), Host = InetAddress.Parse("fe80::99");
    private static readonly MacAddress AllNodes = MacAddress.Parse("33:33:00:00:00:01"), AllRouters = MacAddress.Parse("33:33:00:00:00:02");

    private readonly ManualClock _clock = new();
    private readonly TestLink _link = new();
    private readonly NetworkStack _stack;
    private readonly StackInterface _interface;

    public RouterAdvertiserTests()
    {
        _stack = new NetworkStack(new NetworkStackOptions { Randomness = new Random(1).NextBytes, TimeProvider = _clock });
        _interface = Attach("fe80::1/64", "2001:db8:1::1/64");
    }

    public void Dispose()
    {
        _stack.Dispose();
        _link.Dispose();
    }

    [Fact]
    public void Nothing_is_sent_unless_asked()
    {
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(Advertisements());
        Assert.Equal(DropReason.FrameGroupNotJoined, Solicit());
        Assert.Null(_interface.Advertising);
    }

    [Fact]
    public void The_first_three_come_16_seconds_apart_and_the_others_between_the_shortest_and_the_longest_time()
    {
        _interface.Advertise();
        List<double> times = TimesOf(TimeSpan.FromHours(10));
        Assert.InRange(times[0], 0, 0.5);
        Assert.Equal(16, times[1] - times[0], 6);
        Assert.Equal(16, times[2] - times[1], 6);
        double[] gaps = [.. times.Skip(3).Zip(times.Skip(2), static (later, earlier) => later - earlier)];
        Assert.InRange(gaps.Length, 60, 180);
        Assert.All(gaps, static gap => Assert.InRange(gap, 199.9, 600.001));
        Assert.True(gaps.Min() < 260 && gaps.Max() > 540, $"{gaps.Min()} to {gaps.Max()}");      // all of it
        Assert.Equal(times.Count, _interface.Advertising!.Sent);
    }

    [Fact]
    public void It_says_what_RFC_4861_has_it_say_by_default()
    {
        _interface.Advertise();
        _clock.Advance(TimeSpan.FromSeconds(1));
        byte[] frame = Assert.Single(Advertisements());
        var view = new FrameView(frame, isEthernet: true);
        Assert.Equal((LinkLocal, NeighborDiscovery.AllNodes, 255), (view.Ipv6.Source, view.Ipv6.Destination, view.Ipv6.HopLimit));
        Assert.Equal((AllNodes, _interface.Address!.Value), (view.Ethernet.Destination, view.Ethernet.Source));
        Assert.EndsWith(
            "[icmp6 sum ok] ICMP6, router advertisement, length 56 hop limit 64, Flags [none], pref medium, router lifetime 1800s, "
            + "reachable time 0ms, retrans timer 0ms source link-address option (1), length 8 (1): " + _interface.Address
            + " prefix info option (3), length 32 (4): 2001:db8:1::/64, Flags [onlink, auto], valid time 2592000s, pref. time 604800s",
            PacketPrinter.PrintEthernet(frame, PrintDetails.Verbose), StringComparison.Ordinal);
    }

    [Fact]
    public void It_says_all_that_it_is_told_to_say()
    {
        _interface.Advertise(new RouterAdvertisementSettings
        {
            IsManaged = true,
            HasOtherConfiguration = true,
            LinkMtu = 1400,
            HopLimit = 33,
            ReachableTime = TimeSpan.FromSeconds(20),
            RetransTimer = TimeSpan.FromMilliseconds(500),
            DefaultLifetime = TimeSpan.Zero,
            Preference = RouterPreference.High,
            Prefixes =
            [
                new OfferedPrefix("2001:db8:5::/64") { IsOnLink = false, ValidLifetime = Timeout.InfiniteTimeSpan },
                new OfferedPrefix("2001:db8:6::/64") { IsAutonomous = false, ValidLifetime = TimeSpan.FromHours(1), PreferredLifetime = TimeSpan.Zero },
            ],
            Routes = [new OfferedRoute("2001:db8:ff::/48") { Preference = RouterPreference.Low, Lifetime = TimeSpan.FromSeconds(70) }],
            NameServers = [InetAddress.Parse("2001:db8::53")],
            SearchDomains = ["lab.example"],
        });
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.EndsWith(
            " hop limit 33, Flags [managed, other stateful], pref high, router lifetime 0s, reachable time 20000ms, retrans timer 500ms"
            + $" source link-address option (1), length 8 (1): {_interface.Address} mtu option (5), length 8 (1):  1400"
            + " prefix info option (3), length 32 (4): 2001:db8:5::/64, Flags [auto], valid time infinity, pref. time 604800s"
            + " prefix info option (3), length 32 (4): 2001:db8:6::/64, Flags [onlink], valid time 3600s, pref. time 0s"
            + " route info option (24), length 16 (2):  2001:db8:ff::/48, pref=low, lifetime=70s"
            + " rdnss option (25), length 24 (3):  lifetime 1800s, addr: 2001:db8::53"
            + " dnssl option (31), length 24 (3):  lifetime 1800s, domain(s): lab.example.",
            PacketPrinter.PrintEthernet(Assert.Single(Advertisements()), PrintDetails.Verbose), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_asks_is_answered_within_half_a_second_but_not_within_three_of_the_last()
    {
        _interface.Advertise();
        TimesOf(TimeSpan.FromSeconds(100));
        for (int i = 0; i < 50; i++)
        {
            Timestamp asked = _clock.Now;
            Assert.Equal(DropReason.None, Solicit());
            Assert.Equal(DropReason.None, Solicit());      // one answer does for both
            List<double> times = TimesOf(TimeSpan.FromSeconds(3.4));
            Assert.InRange(Assert.Single(times) - asked.SinceStart.TotalSeconds, 0, 0.5);
            times = [];
            if (i % 2 == 0)
            {
                // Just answered: the next has to wait.
                _clock.Advance(TimeSpan.FromSeconds(20));
                Advertisements();
                Solicit();
                double first = Assert.Single(TimesOf(TimeSpan.FromSeconds(0.6)));
                Solicit();
                double second = Assert.Single(TimesOf(TimeSpan.FromSeconds(3.4)));
                Assert.InRange(second - first, 3, 3.51);
            }

            _clock.Advance(TimeSpan.FromSeconds(10));
            Advertisements();
        }

        Assert.Equal(150, _interface.Advertising!.Solicitations);
    }

    [Fact]
    public void Who_asks_and_names_its_station_is_known_from_then_on()
    {
        _interface.Advertise();
        Solicit();
        Assert.Contains(_interface.Neighbors, row => row.Address == Host && row.Station == Frames.Peer);
    }

    [Theory]
    [InlineData("85000000 00000000", "fe80::99", 64, DropReason.DiscoveryForged)]
    [InlineData("85010000 00000000", "fe80::99", 255, DropReason.DiscoveryMalformed)]
    [InlineData("85000000 00000000 0100020000000099", "fe80::99", 255, DropReason.DiscoveryMalformed)]
    [InlineData("85000000 00000000 0101020000000099", "::", 255, DropReason.DiscoveryForged)]
    [InlineData("85000000 00000000", "::", 255, DropReason.None)]
    public void A_solicitation_is_checked(string message, string source, byte hopLimit, DropReason verdict)
    {
        _interface.Advertise();
        Assert.Equal(verdict, _link.Receive(Frame(message, InetAddress.Parse(source), NeighborDiscovery.AllRouters, hopLimit)));
        Assert.Equal(verdict == DropReason.None ? 1 : 0, _interface.Advertising!.Solicitations);
    }

    [Fact]
    public void Who_stops_says_so_three_times_and_is_silent_then()
    {
        _interface.Advertise(new RouterAdvertisementSettings { Routes = [new OfferedRoute("2001:db8:ff::/48")] });
        TimesOf(TimeSpan.FromSeconds(100));
        _interface.StopAdvertising();
        Assert.Null(_interface.Advertising);
        List<string> lines = [.. Advertisements().Concat(Wait(TimeSpan.FromHours(2))).Select(static frame => PacketPrinter.PrintEthernet(frame, PrintDetails.Verbose))];
        Assert.Equal(3, lines.Count);
        Assert.All(lines, static line => Assert.Contains(", router lifetime 0s", line, StringComparison.Ordinal));
        Assert.All(lines, static line => Assert.Contains("2001:db8:ff::/48, pref=medium, lifetime=0s", line, StringComparison.Ordinal));
        Assert.All(lines, static line => Assert.Contains("valid time 2592000s", line, StringComparison.Ordinal));
        _interface.StopAdvertising();
        Assert.Empty(Wait(TimeSpan.FromHours(1)));
        Assert.Equal(DropReason.FrameGroupNotJoined, Solicit());
    }

    [Fact]
    public void Who_begins_again_meanwhile_does_not_say_any_more_that_it_ends()
    {
        _interface.Advertise();
        TimesOf(TimeSpan.FromSeconds(100));
        _interface.StopAdvertising();
        Assert.Contains(", router lifetime 0s", PacketPrinter.PrintEthernet(Assert.Single(Advertisements()), PrintDetails.Verbose), StringComparison.Ordinal);
        _interface.Advertise();
        List<byte[]> frames = [.. Wait(TimeSpan.FromSeconds(60))];
        Assert.InRange(frames.Count, 3, 5);
        Assert.All(frames, static frame => Assert.DoesNotContain(", router lifetime 0s", PacketPrinter.PrintEthernet(frame, PrintDetails.Verbose), StringComparison.Ordinal));
    }

    [Fact]
    public void A_stack_that_ends_says_so_once()
    {
        _interface.Advertise();
        TimesOf(TimeSpan.FromSeconds(100));
        _stack.Dispose();
        Assert.Contains(", router lifetime 0s", PacketPrinter.PrintEthernet(Assert.Single(Advertisements()), PrintDetails.Verbose), StringComparison.Ordinal);
        Assert.Empty(Wait(TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Nothing_is_said_before_there_is_a_link_local_address_and_soon_after_there_is_one()
    {
        _interface.Advertise();
        _stack.Configure(static stack => stack.Host.RemoveAddress("eth0", "fe80::1/64"));      // before the first is due
        Assert.Empty(Wait(TimeSpan.FromSeconds(60)));
        _stack.Configure(static stack => stack.Host.AddAddress("eth0", "fe80::1/64"));
        List<double> times = TimesOf(TimeSpan.FromSeconds(40));
        Assert.InRange(times[0], 60, 62.5);
        Assert.Equal(3, times.Count);
    }

    [Fact]
    public void Other_settings_are_told_soon()
    {
        _interface.Advertise();
        TimesOf(TimeSpan.FromSeconds(100));
        _interface.Advertise(new RouterAdvertisementSettings { HopLimit = 9 });
        List<byte[]> told = Wait(TimeSpan.FromSeconds(40));
        Assert.Equal(3, told.Count);
        Assert.All(told, static frame => Assert.Equal(9, new FrameView(frame, isEthernet: true).RouterAdvertisement.HopLimit));
    }

    [Theory]
    [InlineData("86000000 40000708 00000000 00000000", 0)]
    [InlineData("86000000 00000000 00000000 00000000", 0)]                   // not said
    [InlineData("86000000 3f000708 00000000 00000000", 1)]
    [InlineData("86000000 40800708 00000000 00000000", 1)]
    [InlineData("86000000 40000708 00004e20 00000000", 0)]                   // not said here
    [InlineData("86000000 40000708 00000000 00000000 0304 40c0 00278d00 00093a80 00000000 20010db8000100000000000000000000", 0)]
    [InlineData("86000000 40000708 00000000 00000000 0304 40c0 00278d00 00093a81 00000000 20010db8000100000000000000000000", 1)]
    [InlineData("86000000 40000708 00000000 00000000 0304 40c0 00278d00 00093a81 00000000 20010db8000200000000000000000000", 0)]
    public void Routers_that_contradict_are_counted(string message, int count)
    {
        _interface.Advertise();
        Assert.Equal(DropReason.None, _link.Receive(Frame(message, Host, NeighborDiscovery.AllNodes, 255)));
        Assert.Equal(count, _interface.Advertising!.Inconsistencies);
    }

    [Fact]
    public void Settings_that_can_t_be_are_refused()
    {
        RouterAdvertisementSettings[] wrong =
        [
            new() { MaxInterval = TimeSpan.FromMilliseconds(69) },
            new() { MaxInterval = TimeSpan.FromSeconds(70_000) },
            new() { MinInterval = TimeSpan.FromSeconds(451) },
            new() { MinInterval = TimeSpan.FromMilliseconds(29) },
            new() { DefaultLifetime = TimeSpan.FromSeconds(599) },
            new() { LinkMtu = 1279 },
            new() { ReachableTime = TimeSpan.FromHours(1.1) },
            new() { Preference = (RouterPreference)2 },
            new() { NameServers = [InetAddress.Parse("10.0.0.1")] },
            new() { SearchDomains = ["a..b"] },
            new() { Prefixes = [new OfferedPrefix("fe80::/64")] },
            new() { Prefixes = [new OfferedPrefix("10.0.0.0/8")] },
            new() { Prefixes = [new OfferedPrefix("2001:db8::/64") { ValidLifetime = TimeSpan.FromDays(1) }] },
            new() { Routes = [new OfferedRoute("10.0.0.0/8")] },
            new() { Prefixes = [.. Enumerable.Range(0, 40).Select(static i => new OfferedPrefix($"2001:db8:{i:x}::/64"))] },
        ];
        Assert.All(wrong, settings => Assert.Throws<ArgumentException>(() => _interface.Advertise(settings)));
        Assert.Null(_interface.Advertising);
    }

    [Fact]
    public void As_much_as_fits_is_sent_whole()
    {
        _interface.Advertise(new RouterAdvertisementSettings
        {
            Prefixes = [.. Enumerable.Range(0, 38).Select(static i => new OfferedPrefix($"2001:db8:{i:x}::/64"))],
        });
        Assert.Equal(14 + 1280, Assert.Single(Wait(TimeSpan.FromSeconds(1))).Length);
    }

    [Fact]
    public void Who_has_no_IPv6_address_makes_itself_the_link_local_one_and_makes_it_again_when_it_was_down()
    {
        using var link = new TestLink();
        StackInterface bare = _stack.Attach("eth1", link, new InterfaceOptions { Addresses = ["10.0.0.1/24"], DuplicateTransmits = 0 });
        bare.Advertise(new RouterAdvertisementSettings { Prefixes = [new OfferedPrefix("2001:db8:5::/64")] });
        for (int i = 0; i < 2; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(2));
            AddressRow own = Assert.Single(bare.Addresses, static row => row.Address.IsV6);
            Assert.True(own.Address.IsLinkLocal);
            byte[][] sent = [.. link.TakeSent().Where(static frame => new FrameView(frame, isEthernet: true).IsRouterAdvertisement)];
            Assert.NotEmpty(sent);
            Assert.All(sent, frame => Assert.Equal(own.Address, new FrameView(frame, isEthernet: true).Ipv6.Source));
            _stack.Configure(static stack => stack.Host.SetUp("eth1", false));
            Assert.DoesNotContain(bare.Addresses, static row => row.Address.IsV6);
            _stack.Configure(static stack => stack.Host.SetUp("eth1", true));
            _clock.Advance(TimeSpan.FromSeconds(20));
        }
    }

    [Fact]
    public void A_medium_without_stations_can_t_advertise()
    {
        using var link = new TestLink(LinkMedium.Ip);
        StackInterface tunnel = _stack.Attach("tun0", link);
        Assert.Throws<InvalidOperationException>(() => tunnel.Advertise());
    }

    private StackInterface Attach(params string[] addresses) => _stack.Attach("eth0", _link, new InterfaceOptions { Addresses = addresses, DuplicateTransmits = 0 });

    private DropReason Solicit() => _link.Receive(Frame("85000000 00000000 0101 020000000099", Host, NeighborDiscovery.AllRouters, 255));

    private static byte[] Frame(string message, InetAddress source, InetAddress destination, byte hopLimit) => Frames.Make(buffer =>
    {
        byte[] octets = Convert.FromHexString(message.Replace(" ", "", StringComparison.Ordinal));
        octets[8..].CopyTo(buffer.Append(octets.Length - 8));
        uint rest = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(octets.AsSpan(4));
        new Icmpv6Header((Icmpv6Type)octets[0], octets[1], rest).PrependTo(buffer, source, destination);
        new Ipv6Header(source, destination, IpProtocol.Icmpv6, hopLimit).PrependTo(buffer);
        new EthernetHeader(destination == NeighborDiscovery.AllNodes ? AllNodes : AllRouters, Frames.Peer, EtherType.Ipv6).PrependTo(buffer);
    });

    private List<byte[]> Advertisements() =>
        [.. _link.TakeSent().Where(static frame => new FrameView(frame, isEthernet: true).IsRouterAdvertisement)];

    private List<byte[]> Wait(TimeSpan time)
    {
        _clock.Advance(time);
        return Advertisements();
    }

    // When advertisements are sent from now on, seconds.
    private List<double> TimesOf(TimeSpan time)
    {
        List<double> times = [];
        Timestamp end = _clock.Now + time;
        while (_clock.NextTimer <= end)
        {
            _clock.AdvanceToNextTimer();
            times.AddRange(Advertisements().Select(_ => _clock.Now.SinceStart.TotalSeconds));
        }

        _clock.AdvanceTo(end);
        return times;
    }
}
