using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Discovery;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Doors.DropReason;
using static UserNet.Tests.Ip.Asking;

namespace UserNet.Tests.Discovery;

/// <summary>What nobody who is honest sends.</summary>
public sealed class DiscoveryUnderAttackTests
{
    private const int HeaderOffset = 14, LengthField = HeaderOffset + 4, NextHeaderField = HeaderOffset + 6, PayloadOffset = HeaderOffset + 40;

    // RFC 6980 §5: whoever could hide the message in fragments could hide it from those who guard the link.
    [Fact]
    public void A_solicitation_or_advertisement_with_a_fragment_header_is_dropped()
    {
        using DiscoveryRig rig = new();
        foreach (Icmpv6Type type in (Icmpv6Type[])[Icmpv6Type.NeighborSolicitation, Icmpv6Type.NeighborAdvertisement])
        {
            string target = type == Icmpv6Type.NeighborSolicitation ? DiscoveryRig.Here : DiscoveryRig.Peer;
            byte[] frame = DiscoveryRig.Frame(type, target, DiscoveryRig.Peer, DiscoveryRig.Here, 255, DiscoveryRig.A);
            Assert.Equal(DiscoveryForged, rig.Link.Receive(Atomic(frame)));
        }

        byte[] whole = DiscoveryRig.Frame(Icmpv6Type.NeighborSolicitation, DiscoveryRig.Here, DiscoveryRig.Peer, DiscoveryRig.Here, 255, DiscoveryRig.A);
        Assert.Equal(None, rig.Link.Receive(whole));
    }

    [Fact]
    public void What_routers_say_with_a_fragment_header_is_dropped()
    {
        using RouterRig rig = new();
        rig.Advertise(prefixes: [new PrefixInformation(InetPrefix.Parse("2001:db8:1::/64"), true, true, 3600, 1800)]);
        Assert.Equal(DiscoveryForged, rig.Link.Receive(Atomic(rig.LastFrame)));
        Assert.Equal(None, rig.Redirect("fe80::fe", "2001:db8:9::9", "fe80::fd"));
        Assert.Equal(DiscoveryForged, rig.Link.Receive(Atomic(rig.LastFrame)));
    }

    [Fact]
    public void Who_asks_for_routers_with_a_fragment_header_is_not_heard_and_a_router_compares_no_such_advertisement()
    {
        using RouterRig rig = new(new InterfaceOptions { Addresses = ["fe80::1/64"] });
        rig.Eth0.Advertise();
        Assert.Equal(None, rig.Send(Empty(Icmpv6Type.RouterSolicitation, "fe80::99", "ff02::2"), At("fe80::99"), At("ff02::2")));
        Assert.Equal(DiscoveryForged, rig.Link.Receive(Atomic(rig.LastFrame)));
        rig.Advertise(managed: true);
        rig.Link.Receive(Atomic(rig.LastFrame));
        Assert.Equal(1, rig.Eth0.Advertising!.Inconsistencies);
        Assert.Equal(1, rig.Eth0.Advertising!.Solicitations);
    }

    [Theory]
    [InlineData("33:33:00:00:00:01")]
    [InlineData("ff:ff:ff:ff:ff:ff")]
    [InlineData("00:00:00:00:00:00")]
    [InlineData("02:00:00:00:00:01")]      // the host's own
    public void No_router_has_a_station_that_nobody_can_have(string station)
    {
        using RouterRig rig = new();
        rig.Advertise();
        rig.Advertise(prefixes: [new PrefixInformation(InetPrefix.Parse("2001:db8:1::/64"), true, true, 3600, 1800)]);
        int option = PayloadOffset + RouterAdvertisementHeader.Length + 2;
        byte[] frame = rig.LastFrame;
        MacAddress.Parse(station).WriteOctets(frame.AsSpan(option, 6));
        Assert.Equal(DiscoveryForged, rig.Link.Receive(Sealed(frame)));
        Assert.Equal(DiscoveryForged, rig.Redirect("fe80::fe", "2001:db8:9::9", "fe80::fd", station: MacAddress.Parse(station)));
        Assert.Equal(RouterRig.Router, rig.Eth0.Neighbors.Single(row => row.Address == At("fe80::fe")).Station);
        Assert.DoesNotContain(rig.Eth0.Neighbors, row => row.Address == At("fe80::fd"));
    }

    [Theory]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.1")]
    [InlineData("2001:db8:9::9", "::ffff:169.254.1.1")]
    [InlineData("ff0e::1", "fe80::fd")]
    [InlineData("fe80::77", "fe80::fd")]
    public void A_redirect_of_what_is_no_destination_is_dropped(string destination, string target)
    {
        using RouterRig rig = new();
        rig.Advertise(prefixes: [new PrefixInformation(InetPrefix.Parse("2001:db8:1::/64"), true, true, 3600, 1800)]);
        Assert.Equal(DiscoveryMalformed, rig.Redirect("fe80::fe", destination, target));
        Assert.Equal(0, rig.Host.Redirects.Count);
    }

    // RFC 4861 §6.3.4: whether or not it names a station.
    [Fact]
    public void A_neighbor_that_advertises_itself_as_a_router_is_one()
    {
        using RouterRig rig = new();
        rig.Stack.Configure(static stack => stack.Host.AddAddress("eth0", "2001:db8:1::1/64"));
        PacketBuffer solicitation = new PacketPool().Rent(0);
        DiscoveryOptionWriter.AppendStation(solicitation, DiscoveryOptionType.SourceLinkAddress, RouterRig.Router);
        new NeighborHeader(Icmpv6Type.NeighborSolicitation, At("2001:db8:1::1")).PrependTo(solicitation, At("fe80::fe"), At("2001:db8:1::1"));
        Assert.Equal(None, rig.Send(solicitation, At("fe80::fe"), At("2001:db8:1::1")));
        Assert.False(Assert.Single(rig.Eth0.Neighbors).IsRouter);
        rig.Advertise(namesStation: false);
        Assert.True(Assert.Single(rig.Eth0.Neighbors).IsRouter);
    }

    // Of a prefix whose preferred lifetime somebody ends, temporary addresses are made again when it is preferred again.
    [Fact]
    public void Temporary_addresses_follow_each_other_also_after_a_prefix_was_deprecated_for_a_while()
    {
        using RouterRig rig = new(new InterfaceOptions { Autoconfigures = true, TemporaryAddresses = TemporaryAddresses.Preferred });
        InetPrefix prefix = InetPrefix.Parse("2001:db8:1::/64");
        const uint month = 30 * 86_400;
        rig.Advertise(prefixes: [new PrefixInformation(prefix, true, true, month, month)]);
        rig.Advance(10);
        rig.Advertise(prefixes: [new PrefixInformation(prefix, true, true, month, 0)]);
        rig.Advance(10);
        for (int hour = 0; hour < 30; hour++)
        {
            rig.Advertise(prefixes: [new PrefixInformation(prefix, true, true, month, month)]);
            rig.Advance(3600);
        }

        AddressRow[] temporary = [.. rig.Eth0.Addresses.Where(static row => row.Traits.HasFlag(AddressTraits.Temporary))];
        Assert.Contains(temporary, static row => !row.Traits.HasFlag(AddressTraits.Deprecated));
        Assert.InRange(temporary.Length, 2, 4);
    }

    public static TheoryData<string, AutoconfigurationSettings> Impossible() => new()
    {
        { nameof(AutoconfigurationSettings.NetworkId), new() { NetworkId = null! } },
        { nameof(AutoconfigurationSettings.MaxNameServers), new() { MaxNameServers = -1 } },
        { nameof(AutoconfigurationSettings.MaxAddresses), new() { MaxAddresses = -1 } },
        { nameof(AutoconfigurationSettings.Solicitations), new() { Solicitations = -1 } },
        { nameof(AutoconfigurationSettings.SolicitationInterval), new() { SolicitationInterval = TimeSpan.Zero } },
        { nameof(AutoconfigurationSettings.LongestSolicitationInterval), new() { LongestSolicitationInterval = TimeSpan.Zero } },
        { nameof(AutoconfigurationSettings.TemporaryPreferredLifetime), new() { TemporaryPreferredLifetime = TimeSpan.MaxValue } },
        { nameof(AutoconfigurationSettings.TemporaryValidLifetime), new() { TemporaryValidLifetime = TimeSpan.MaxValue } },
    };

    // Each of them had let an advertisement throw, or the host ask without end.
    [Theory]
    [MemberData(nameof(Impossible), DisableDiscoveryEnumeration = true)]
    public void Settings_that_can_not_be_are_refused(string name, AutoconfigurationSettings settings)
    {
        using RouterRig rig = new();
        ArgumentException e = Assert.ThrowsAny<ArgumentException>(() => rig.Eth0.Autoconfiguration = settings);
        Assert.Equal(name, e.ParamName);
    }

    [Fact]
    public void A_host_may_want_no_name_servers_no_routers_and_to_ask_for_none()
    {
        using RouterRig rig = new(new InterfaceOptions());
        rig.Eth0.Autoconfiguration = new AutoconfigurationSettings { IsOn = true, MaxNameServers = 0, MaxRouters = 0, Solicitations = 0, MaxAddresses = 0 };
        rig.Advance(100);
        Assert.DoesNotContain(rig.TakeSent(), static sent => sent.EndsWith("RouterSolicitation", StringComparison.Ordinal));
        rig.Advertise(servers: ["2001:db8::53"], prefixes: [new PrefixInformation(InetPrefix.Parse("2001:db8:1::/64"), true, true, 3600, 1800)]);
        Assert.Empty(rig.Eth0.NameServers);
        Assert.Empty(rig.Eth0.AdvertisedRoutes);
    }

    private static PacketBuffer Empty(Icmpv6Type type, string source, string destination)
    {
        PacketBuffer packet = new PacketPool().Rent(0);
        new Icmpv6Header(type).PrependTo(packet, At(source), At(destination));
        return packet;
    }

    /// <summary>The frame with a fragment header that says that there are no other fragments. RFC 6946.</summary>
    private static byte[] Atomic(byte[] frame)
    {
        byte[] longer = [.. frame[..PayloadOffset], frame[NextHeaderField], 0, 0, 0, 1, 2, 3, 4, .. frame[PayloadOffset..]];
        longer[NextHeaderField] = (byte)IpProtocol.Fragment;
        BinaryPrimitives.WriteUInt16BigEndian(longer.AsSpan(LengthField), (ushort)(frame.Length - PayloadOffset + 8));
        return longer;
    }

    /// <summary>The frame with the checksum of its ICMPv6 message made right.</summary>
    private static byte[] Sealed(byte[] frame)
    {
        Span<byte> message = frame.AsSpan(PayloadOffset), checksum = message[2..4];
        checksum.Clear();
        Assert.True(Ipv6Packet.TryParse(frame.AsSpan(HeaderOffset), out Ipv6Packet packet));
        var pseudo = new PseudoHeader(packet.Source, packet.Destination, IpProtocol.Icmpv6, message.Length);
        BinaryPrimitives.WriteUInt16BigEndian(checksum, InternetChecksum.Of(message, pseudo));
        return frame;
    }
}
