using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Wire.SamplePackets;

namespace UserNet.Tests.Wire;

/// <summary>Messages of neighbors and routers, as Linux 6.18 and radvd 2.19 send them: read, and written to the same octets.</summary>
public sealed class DiscoveryMessageTests
{
    private const string NeighborA = "fe80::ff:fe00:a01", NeighborB = "fe80::ff:fe00:a02";
    private const string Probe = "8700c4ba00000000fe80000000000000000000fffe000a010e01e4efc221ef4f";
    private const string Solicitation = "870009270000000020010db80000000000000000000000010101020000000a02";
    private const string Answer = "8800f772e000000020010db80000000000000000000000010201020000000a01";
    private const string ForRouters = "8500672a000000000101020000000a02";
    private const string Advertisement = "860000473f88000c00004e20000001f4"
        + "030440c000000e10000007080000000020010db8000000000000000000000000"
        + "18033018000002bc20010db8000500000000000000000000"
        + "190500000000038420010db800000000000000000000005320010db8000000000000000000000054"
        + "1f05000000000320036c6162076578616d706c6500076578616d706c65036f7267000000000000000501000000000578"
        + "0101020000000a01";

    private static readonly MacAddress StationOfA = MacAddress.Parse("02:00:00:00:0a:01"), StationOfB = MacAddress.Parse("02:00:00:00:0a:02");

    [Fact]
    public void A_probe_of_the_kernel_is_read_and_written()
    {
        Assert.True(NeighborSolicitation.TryParse(Hex(Probe), out NeighborSolicitation message));
        Assert.Equal((NeighborA, 0xE4EF_C221_EF4FuL), (message.Target.ToString(), message.Options.Nonce));
        Assert.Null(message.Options.Station(DiscoveryOptionType.SourceLinkAddress));
        Assert.Equal(Probe, Write("::", "ff02::1:ff00:a01", static (packet, source, destination) =>
        {
            DiscoveryOptionWriter.AppendNonce(packet, 0xE4EF_C221_EF4F);
            new NeighborHeader(Icmpv6Type.NeighborSolicitation, InetAddress.Parse(NeighborA)).PrependTo(packet, source, destination);
        }));
    }

    [Fact]
    public void A_question_and_its_answer_are_read_and_written()
    {
        var asked = InetAddress.Parse("2001:db8::1");
        Assert.True(NeighborSolicitation.TryParse(Hex(Solicitation), out NeighborSolicitation question));
        Assert.Equal((asked, StationOfB), (question.Target, question.Options.Station(DiscoveryOptionType.SourceLinkAddress)));
        Assert.Equal(Solicitation, Write("2001:db8::ff:fe00:a02", "ff02::1:ff00:1", (packet, source, destination) =>
        {
            DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.SourceLinkAddress, StationOfB);
            new NeighborHeader(Icmpv6Type.NeighborSolicitation, asked).PrependTo(packet, source, destination);
        }));

        Assert.True(NeighborAdvertisement.TryParse(Hex(Answer), out NeighborAdvertisement answer));
        Assert.True(answer is { IsRouter: true, IsSolicited: true, Overrides: true });
        Assert.Equal((asked, StationOfA), (answer.Target, answer.Options.Station(DiscoveryOptionType.TargetLinkAddress)));
        Assert.Equal(Answer, Write("2001:db8::1", "2001:db8::ff:fe00:a02", (packet, source, destination) =>
        {
            DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.TargetLinkAddress, StationOfA);
            const AdvertisementTraits all = AdvertisementTraits.Router | AdvertisementTraits.Solicited | AdvertisementTraits.Override;
            new NeighborHeader(Icmpv6Type.NeighborAdvertisement, asked, all).PrependTo(packet, source, destination);
        }));
    }

    [Fact]
    public void A_question_for_routers_is_read_and_written()
    {
        Assert.True(RouterSolicitation.TryParse(Hex(ForRouters), out RouterSolicitation message));
        Assert.Equal(StationOfB, message.Options.Station(DiscoveryOptionType.SourceLinkAddress));
        Assert.Equal(ForRouters, Write(NeighborB, "ff02::2", static (packet, source, destination) =>
        {
            DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.SourceLinkAddress, StationOfB);
            new Icmpv6Header(Icmpv6Type.RouterSolicitation).PrependTo(packet, source, destination);
        }));
    }

    [Fact]
    public void An_advertisement_of_radvd_is_read()
    {
        Assert.True(RouterAdvertisement.TryParse(Hex(Advertisement), out RouterAdvertisement message));
        Assert.Equal((63, 12, 20_000u, 500u), (message.HopLimit, message.Lifetime, message.ReachableTime, message.RetransTimer));
        Assert.Equal((true, false, RouterPreference.High), (message.IsManaged, message.HasOtherConfiguration, message.Preference));
        List<string> seen = [];
        foreach (DiscoveryOption option in message.Options) seen.Add(TextOf(option));
        Assert.Equal(
        [
            "2001:db8::/64 True True 3600 1800", "2001:db8:5::/48 Low 700", "900 2001:db8::53 2001:db8::54",
            "800 lab.example example.org", "1400", "02:00:00:00:0a:01",
        ], seen);
    }

    [Fact]
    public void An_advertisement_of_radvd_is_written() => Assert.Equal(Advertisement, Write(NeighborA, "ff02::1", static (packet, source, destination) =>
    {
        DiscoveryOptionWriter.AppendPrefix(packet, new PrefixInformation(InetPrefix.Parse("2001:db8::/64"), true, true, 3600, 1800));
        // It always takes all 16 octets of a prefix, which RFC 4191 allows.
        DiscoveryOptionWriter.AppendRoute(packet, new RouteInformation(InetPrefix.Parse("2001:db8:5::/65"), RouterPreference.Low, 700));
        packet.Span[32 + 2] = 48;
        DiscoveryOptionWriter.AppendServers(packet, [InetAddress.Parse("2001:db8::53"), InetAddress.Parse("2001:db8::54")], 900);
        DiscoveryOptionWriter.AppendDomains(packet, ["lab.example", "example.org."], 800);
        DiscoveryOptionWriter.AppendMtu(packet, 1400);
        DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.SourceLinkAddress, StationOfA);
        new RouterAdvertisementHeader(63, 12, RouterPreference.High, IsManaged: true, ReachableTime: 20_000, RetransTimer: 500)
            .PrependTo(packet, source, destination);
    }));

    [Fact]
    public void A_redirect_comes_back_as_it_was_written()
    {
        byte[] about = IpV6(Datagram(21), 17);
        byte[] octets = Hex(Write(NeighborA, NeighborB, (packet, source, destination) =>
        {
            DiscoveryOptionWriter.AppendStation(packet, DiscoveryOptionType.TargetLinkAddress, StationOfA);
            DiscoveryOptionWriter.AppendRedirected(packet, about);
            new RedirectHeader(InetAddress.Parse("fe80::7"), InetAddress.Parse("fd00::2")).PrependTo(packet, source, destination);
        }));
        Assert.True(RedirectMessage.TryParse(octets, out RedirectMessage message));
        Assert.Equal(("fe80::7", "fd00::2"), (message.Target.ToString(), message.Destination.ToString()));
        Assert.Equal(StationOfA, message.Options.Station(DiscoveryOptionType.TargetLinkAddress));
        foreach (DiscoveryOption option in message.Options)
            if (option.Type == DiscoveryOptionType.RedirectedHeader) Assert.Equal(about.AsSpan(0, 64), option.Data);
    }

    [Theory]
    [InlineData(0, 8, RouterPreference.Medium)]
    [InlineData(1, 16, RouterPreference.High)]
    [InlineData(64, 16, RouterPreference.Low)]
    [InlineData(65, 24, RouterPreference.Medium)]
    [InlineData(128, 24, RouterPreference.High)]
    public void A_route_takes_as_many_octets_as_its_length_needs(int length, int octets, RouterPreference preference)
    {
        var prefix = new InetPrefix(InetAddress.Parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), length);
        byte[] options = Hex(Write("::", "::", (packet, _, _) =>
            DiscoveryOptionWriter.AppendRoute(packet, new RouteInformation(prefix, preference, 7))));
        Assert.Equal(octets, options.Length);
        Assert.True(DiscoveryOptions.TryParse(options, out DiscoveryOptions parsed));
        foreach (DiscoveryOption option in parsed)
        {
            Assert.True(option.TryReadRoute(out RouteInformation route));
            Assert.Equal(new RouteInformation(prefix, preference, 7), route);
        }
    }

    [Theory]
    [InlineData("87000000000000 00 ff020000000000000000000000000001")]      // a group has no station
    [InlineData("87010000000000 00 fd000000000000000000000000000001")]
    [InlineData("87000000000000 00 fd0000000000000000000000000000")]
    [InlineData("87000000000000 00 fd000000000000000000000000000001 0100020000000001")]
    [InlineData("87000000000000 00 fd000000000000000000000000000001 0102020000000001")]
    [InlineData("88000000000000 00 fd000000000000000000000000000001 01")]
    [InlineData("86000000 40000708 00000000 000000")]
    [InlineData("85000000 000000")]
    [InlineData("89000000 00000000 fd000000000000000000000000000001 fd00000000000000000000000000")]
    public void What_RFC_4861_has_dropped_does_not_parse(string octets)
    {
        byte[] message = Hex(octets);
        Assert.False(NeighborSolicitation.TryParse(message, out _) || NeighborAdvertisement.TryParse(message, out _)
            || RouterSolicitation.TryParse(message, out _) || RouterAdvertisement.TryParse(message, out _) || RedirectMessage.TryParse(message, out _));
    }

    [Theory]
    [InlineData("036c616200", "lab")]
    [InlineData("036c6162 0000", "lab")]
    [InlineData("036c6162 076578616d706c65 00 036f7267 00", "lab.example org")]
    [InlineData("036c6162 00 c000", "lab")]      // no pointers
    [InlineData("036c61", "")]
    [InlineData("036c6162", "")]
    [InlineData("0000", "")]
    [InlineData("03612e6200", "")]              // a dot within a label
    [InlineData("0361206200", "")]
    public void Domains_are_read_as_far_as_they_are_right(string octets, string expected)
    {
        List<string> names = [];
        for (ReadOnlySpan<byte> left = Hex(octets); DomainNames.TryRead(ref left, out string? name);) names.Add(name);
        Assert.Equal(expected, string.Join(' ', names));
    }

    [Fact]
    public void The_longest_name_and_label_are_read_and_longer_ones_are_not()
    {
        string label = new('x', 63), longest = $"{label}.{label}.{label}.{new string('y', 61)}";
        byte[] octets = new byte[255];
        Assert.Equal(255, DomainNames.Write(longest, octets));
        ReadOnlySpan<byte> left = octets;
        Assert.True(DomainNames.TryRead(ref left, out string? name));
        Assert.Equal((longest, 0), (name, left.Length));
        Assert.All((string[])[longest + "y", "x" + label, "a..b", ".", "a b", "\u00e4"], static name => Assert.Throws<ArgumentException>(() => DomainNames.LengthOf(name)));
    }

    private static string TextOf(in DiscoveryOption option)
    {
        if (option.TryReadPrefix(out PrefixInformation prefix))
            return $"{prefix.Prefix} {prefix.IsOnLink} {prefix.IsAutonomous} {prefix.ValidLifetime} {prefix.PreferredLifetime}";
        if (option.TryReadRoute(out RouteInformation route)) return $"{route.Prefix} {route.Preference} {route.Lifetime}";
        if (option.ServerCount(out uint lifetime) == 2) return $"{lifetime} {option.Server(0)} {option.Server(1)}";
        List<string> names = [];
        if (option.TryReadDomains(names, out lifetime)) return $"{lifetime} {string.Join(' ', names)}";
        return option.Type == DiscoveryOptionType.Mtu ? $"{option.Mtu}" : option.Station.ToString();
    }

    private static string Write(string source, string destination, Action<PacketBuffer, InetAddress, InetAddress> write)
    {
        PacketBuffer packet = new PacketPool().Rent(0);
        write(packet, InetAddress.Parse(source), InetAddress.Parse(destination));
        return Convert.ToHexStringLower(packet.Span);
    }
}
