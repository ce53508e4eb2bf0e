using UserNet.Addressing;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Wire.SamplePackets;

namespace UserNet.Tests.Wire;

public sealed class FrameViewTests
{
    [Theory]
    [InlineData("")]
    [InlineData("8100a005")]
    [InlineData("88a830068100a005")]
    public void All_layers_of_a_datagram_are_there_behind_any_tags(string tags)
    {
        byte[] frame = Frame([.. IpV4(Datagram(5), IpProtocol.Udp), .. new byte[9]], tags: tags);
        var view = new FrameView(frame, isEthernet: true);
        Assert.True(view is { IsIpv4: true, IsUdp: true, IsEthernet: true, IsFragment: false });
        Assert.False(view.IsArp || view.IsIpv6 || view.IsTcp || view.IsIcmpv4 || view.IsIcmpv6 || view.IsIgmp);
        Assert.Equal((StationA, tags.Length / 8), (view.Ethernet.Source, view.Ethernet.TagCount));
        Assert.Equal((A, B), (view.Ipv4.Source, view.Ipv4.Destination));
        Assert.Equal((4000, 4001), (view.Udp.SourcePort, view.Udp.DestinationPort));
        Assert.Equal(new InetEndpoint(A, 4000), view.Source);
        Assert.Equal(new InetEndpoint(B, 4001), view.Destination);
        Assert.Equal("abcde"u8, view.Payload);
        Assert.Equal(PacketPrinter.PrintEthernet(frame), view.ToString());
    }

    [Fact]
    public void A_bare_packet_is_of_the_version_that_it_says()
    {
        byte[] fourth = IpV4(Segment(TcpFlags.Syn, 7, 0), IpProtocol.Tcp), sixth = IpV6(Segment(TcpFlags.Rst, 9, 0, length: 3), 6);
        var view = new FrameView(fourth, isEthernet: false);
        Assert.True(view is { IsEthernet: false, IsIpv4: true, IsTcp: true });
        Assert.Equal((TcpFlags.Syn, 7u), (view.Tcp.Flags, view.Tcp.SequenceNumber));
        Assert.Equal(PacketPrinter.PrintIp(fourth), view.ToString());
        view = new FrameView(sixth, isEthernet: false);
        Assert.True(view is { IsIpv4: false, IsIpv6: true, IsTcp: true });
        Assert.Equal("fd00::1", view.Source.Address.ToString());
        Assert.Equal("abc"u8, view.Payload);
    }

    [Fact]
    public void Extension_headers_are_passed_by()
    {
        byte[] frame = Frame(IpV6([60, 0, 5, 2, 0, 0, 1, 0, 17, 0, 1, 4, 0, 0, 0, 0, .. Datagram(5)], 0), EtherType.Ipv6);
        var view = new FrameView(frame, isEthernet: true);
        Assert.Equal((IpProtocol.HopByHop, IpProtocol.Udp), (view.Ipv6.NextHeader, view.Protocol));
        Assert.Equal("abcde"u8, view.Payload);
        Assert.Equal(4001, view.Destination.Port);
    }

    [Fact]
    public void Messages_are_told_from_each_other()
    {
        Assert.True(View(IpV4(Icmp(8, 0, 0x1234_0002), IpProtocol.Icmp)) is { IsIcmpv4: true, IsIcmpv6: false });
        Assert.Equal(0x1234, View(IpV4(Icmp(8, 0, 0x1234_0002), IpProtocol.Icmp)).Icmpv4.Identifier);
        Assert.True(View(IpV6(Hex("8000000000010002"), 58)) is { IsIcmpv4: false, IsIcmpv6: true });
        // The number of one version's messages in a packet of the other.
        Assert.True(View(IpV4(Hex("8000000000010002"), IpProtocol.Icmpv6)) is { IsIcmpv4: false, IsIcmpv6: false });
        Assert.True(View(IpV6(Hex("0800000000010002"), 1)) is { IsIcmpv4: false, IsIcmpv6: false });
        FrameView report = View(IpV4(Igmp("16000000ef010203"), IpProtocol.Igmp));
        Assert.True(report.IsIgmp);
        Assert.Equal((IgmpType.MembershipReportV2, Group), (report.Igmp.Type, report.Igmp.Group));
        FrameView asked = View(IpV6(Icmpv6("87000000 00000000 fd000000000000000000000000000005"), 58));
        Assert.True(asked is { IsNeighborSolicitation: true, IsNeighborAdvertisement: false, IsRouterSolicitation: false, IsRedirect: false });
        Assert.Equal("fd00::5", asked.NeighborSolicitation.Target.ToString());
        Assert.True(asked.Redirect.Target.IsWildcard);
        FrameView arp = new(Arp(1, A, default, B), isEthernet: true);
        Assert.True(arp.IsArp);
        Assert.Equal((ArpOperation.Request, B), (arp.Arp.Operation, arp.Arp.TargetProtocol));
    }

    [Fact]
    public void Of_fragments_the_first_shows_its_ports_and_others_none()
    {
        byte[] datagram = Datagram(2000);
        FrameView first = View(IpV4(datagram[..1480], IpProtocol.Udp, change: static h => h with { MoreFragments = true }));
        FrameView second = View(IpV4(datagram[1480..], IpProtocol.Udp, change: static h => h with { FragmentOffset = 1480 }));
        Assert.True(first is { IsFragment: true, IsUdp: false, Protocol: IpProtocol.Udp });      // its length is that of all
        Assert.Equal((4000, 4001), (first.Source.Port, first.Destination.Port));
        Assert.True(second is { IsFragment: true, IsUdp: false, Protocol: IpProtocol.Udp });
        Assert.Equal((A, 0, 0), (second.Source.Address, second.Source.Port, second.Transport.Length));
        FrameView sixth = View(IpV6([17, 0, 0, 1, 0, 0, 0, 9, .. Datagram(8)], 44));
        Assert.True(sixth is { IsFragment: true, IsUdp: true });
        sixth = View(IpV6([17, 0, 0, 8, 0, 0, 0, 9, .. Datagram(8)], 44));
        Assert.True(sixth is { IsFragment: true, IsUdp: false });
        Assert.Equal(0, sixth.Destination.Port);
    }

    [Fact]
    public void A_layer_that_is_missing_says_nothing_and_throws_nothing()
    {
        var none = default(FrameView);
        Assert.Equal(0, TouchAll(none));
        Assert.Equal(IpProtocol.NoNextHeader, none.Ipv6.NextHeader);
        FrameView arp = new(Arp(1, A, default, B), isEthernet: true);
        Assert.Equal((0, 0, TcpFlags.None), (arp.Tcp.SourcePort, arp.Udp.DestinationPort, arp.Tcp.Flags));
        Assert.Equal((default(InetEndpoint), default(InetEndpoint)), (arp.Source, arp.Destination));
        // No number that means something.
        Assert.False(Enum.IsDefined(arp.Icmpv4.Type) || Enum.IsDefined(arp.Icmpv6.Type) || Enum.IsDefined(arp.Igmp.Type));
        Assert.False(Enum.IsDefined(none.Arp.Operation) || Enum.IsDefined(none.Ethernet.Type) || Enum.IsDefined(none.Ipv4.Protocol));
        Assert.True(View([]).Payload.IsEmpty);
    }

    [Fact]
    public void No_octets_make_any_field_of_any_layer_throw()
    {
        long layers = 0;
        ViewFuzzTests.Each(TestSettings.Count(100_000, 10_000_000), 4, octets =>
        {
            layers += TouchAll(new FrameView(octets, isEthernet: true));
            layers += TouchAll(new FrameView(octets, isEthernet: false));
        });
        Assert.True(layers > 20_000, $"{layers} layers were seen.");
    }

    [Fact]
    public void Each_sample_has_the_layers_that_the_printer_finds()
    {
        Assert.All(Frames, static frame =>
        {
            var view = new FrameView(frame, isEthernet: true);
            string line = view.ToString();
            if (view.IsArp) Assert.StartsWith("ARP, ", line, StringComparison.Ordinal);
            if (view.IsTcp) Assert.Contains(": Flags [", line, StringComparison.Ordinal);
            if (view.IsUdp) Assert.Contains("UDP, length", line, StringComparison.Ordinal);
            if ((view.IsIcmpv4 || view.IsIcmpv6) && !line.Contains("hbhopt]", StringComparison.Ordinal)) Assert.Contains("icmp", line, StringComparison.OrdinalIgnoreCase);
            if (view.IsIgmp) Assert.Contains("igmp", line, StringComparison.Ordinal);
        });
        int[] seen = new int[13];
        foreach (byte[] frame in Frames)
        {
            bool[] there = LayersOf(new FrameView(frame, isEthernet: true));
            for (int i = 0; i < seen.Length; i++) seen[i] += there[i] ? 1 : 0;
        }

        Assert.All(seen, static count => Assert.True(count > 2));
    }

    // Whoever adds a layer is to add it to TouchAll.
    [Fact]
    public void All_layers_are_tried() => Assert.Equal(
        14, typeof(FrameView).GetProperties().Count(static property => property.PropertyType.GetInterfaces().Any(
            static type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IWireView<>))));

    private static FrameView View(byte[] packet) => new(packet, isEthernet: false);

    // Reads every field there is; how many layers were there.
    private static int TouchAll(in FrameView view)
    {
        int sum = view.Octets.Length + view.Transport.Length + view.Payload.Length + view.Source.Port + view.Destination.Port;
        EthernetFrame ethernet = view.Ethernet;
        sum += (int)ethernet.Type + ethernet.TagCount + ethernet.Payload.Length + ethernet.Source.GetHashCode() + (ethernet.Tag?.Id ?? 0);
        ArpPacket arp = view.Arp;
        sum += (int)arp.Operation + arp.SenderHardware.GetHashCode() + arp.TargetProtocol.GetHashCode() + arp.TargetHardware.GetHashCode();
        Ipv4Packet v4 = view.Ipv4;
        sum += v4.TotalLength + v4.Options.Length + v4.Payload.Length + v4.Identification + v4.TimeToLive + v4.Source.GetHashCode();
        Ipv6Packet v6 = view.Ipv6;
        sum += v6.PayloadLength + v6.Payload.Length + v6.HopLimit + v6.Destination.GetHashCode() + (int)v6.FlowLabel + v6.TrafficClass;
        TcpSegment tcp = view.Tcp;
        sum += tcp.SourcePort + (int)tcp.Flags + tcp.Options.Length + tcp.Payload.Length + tcp.Window + tcp.UrgentPointer + tcp.SequenceLength;
        UdpDatagram udp = view.Udp;
        sum += udp.SourcePort + udp.DestinationPort + udp.Checksum + udp.Payload.Length;
        Icmpv4Message icmp = view.Icmpv4;
        sum += (int)icmp.Type + icmp.Code + icmp.Identifier + icmp.NextHopMtu + icmp.Payload.Length + (icmp.ChecksumIsRight ? 1 : 0);
        Icmpv6Message icmpv6 = view.Icmpv6;
        sum += (int)icmpv6.Type + icmpv6.Code + (int)icmpv6.Rest + icmpv6.SequenceNumber + icmpv6.Payload.Length;
        IgmpMessage igmp = view.Igmp;
        sum += (int)igmp.Type + igmp.MaxResponseCode + igmp.Group.GetHashCode() + igmp.Octets.Length;
        sum += view.NeighborSolicitation.Target.GetHashCode() + Count(view.NeighborSolicitation.Options);
        NeighborAdvertisement told = view.NeighborAdvertisement;
        sum += told.Target.GetHashCode() + (told.IsRouter || told.IsSolicited || told.Overrides ? 1 : 0) + Count(told.Options);
        sum += Count(view.RouterSolicitation.Options) + Count(view.Redirect.Options) + view.Redirect.Destination.GetHashCode();
        RouterAdvertisement router = view.RouterAdvertisement;
        sum += router.HopLimit + router.Lifetime + (int)router.Preference + (int)router.ReachableTime + Count(router.Options);
        Assert.NotEqual(int.MinValue + 1, sum);
        return LayersOf(view).Count(static layer => layer);
    }

    private static int Count(DiscoveryOptions options)
    {
        int count = 0;
        foreach (DiscoveryOption option in options) count += option.Octets.Length / 8;
        return count;
    }

    private static bool[] LayersOf(in FrameView view) =>
    [
        view.IsArp, view.IsIpv4, view.IsIpv6, view.IsTcp, view.IsUdp, view.IsIcmpv4, view.IsIcmpv6, view.IsIgmp,
        view.IsNeighborSolicitation, view.IsNeighborAdvertisement, view.IsRouterSolicitation, view.IsRouterAdvertisement, view.IsRedirect,
    ];
}
