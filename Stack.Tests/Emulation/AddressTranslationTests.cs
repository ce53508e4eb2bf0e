using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Emulation.TranslationRig;

namespace UserNet.Tests.Emulation;

public sealed class AddressTranslationTests
{
    [Fact]
    public void A_datagram_leaves_with_the_outer_address_and_its_answer_finds_back()
    {
        using TranslationRig rig = new();
        byte[] there = rig.Out(Datagram(Host, 4000, Peer, 53))!;
        (ushort outer, ushort to) = PortsOf(there);
        Assert.Equal((Outer, Peer, (ushort)53), (SourceOf(there), DestinationOf(there), to));
        Assert.InRange(outer, 61_000, 65_535);
        byte[] back = rig.In(Datagram(Peer, 53, Outer, outer))!;
        Assert.Equal((Peer, Host, ((ushort)53, (ushort)4000)), (SourceOf(back), DestinationOf(back), PortsOf(back)));
        PlainChecksums.AreRight(there);
        PlainChecksums.AreRight(back);
        Assert.Equal((1, 1, 0), (rig.Translation.Counts.Outbound, rig.Translation.Counts.Inbound, rig.Translation.Counts.Dropped));
    }

    [Fact]
    public void A_mapping_is_the_same_whoever_is_spoken_to()
    {
        using TranslationRig rig = new();
        ushort port = rig.MapUdp(Host, 4000);
        Assert.Equal(port, rig.MapUdp(Host, 4000, Peer, 54));
        Assert.Equal(port, rig.MapUdp(Host, 4000, OtherPeer, 1));
        Assert.NotEqual(port, rig.MapUdp(Host, 4001));
        Assert.NotEqual(port, rig.MapUdp(OtherHost, 4000));
        Assert.Equal((3, 5), (rig.Translation.Counts.Mappings, rig.Translation.Counts.Sessions));
    }

    [Fact]
    public void Protocols_have_ports_of_their_own()
    {
        using TranslationRig rig = new(static options => options with { Ports = new PortRange(61_000, 61_000) });
        Assert.Equal(61_000, rig.MapUdp(Host, 4000));
        Assert.Equal(61_000, PortsOf(rig.Out(Segment(Host, 4000, Peer, 80, TcpFlags.Syn))!).Source);
        Assert.Equal(61_000, IdentifierOf(rig.Out(Echo(Host, Peer, Icmpv4Type.EchoRequest, 4000))!));
    }

    [Fact]
    public void A_full_range_drops_and_gives_again_what_is_over()
    {
        using TranslationRig rig = new(static options => options with { Ports = new PortRange(61_000, 61_009), UdpTimeout = TimeSpan.FromMinutes(2) });
        HashSet<ushort> ports = [];
        for (ushort port = 1; port <= 10; port++)
        {
            Assert.True(ports.Add(rig.MapUdp(Host, port)));
            rig.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Null(rig.Out(Datagram(Host, 11, Peer, 53)));
        Assert.Equal(1, rig.Drops(DropReason.TranslationExhausted));
        rig.Clock.Advance(TimeSpan.FromSeconds(109.9));
        Assert.Null(rig.Out(Datagram(Host, 11, Peer, 53)));
        rig.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Contains(rig.MapUdp(Host, 11), ports);      // that of the first, which is over
        Assert.Null(rig.Out(Datagram(Host, 12, Peer, 53)));
        Assert.Equal(3, rig.Drops(DropReason.TranslationExhausted));
        Assert.Equal(10, rig.Translation.Counts.Mappings);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_mapping_lasts_as_long_as_somebody_inside_sends(bool inboundRefreshes)
    {
        using TranslationRig rig = new(options => options with { UdpTimeout = TimeSpan.FromMinutes(2), InboundRefreshes = inboundRefreshes });
        ushort port = rig.MapUdp(Host, 4000);
        for (int i = 0; i < 5; i++)
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(119));
            Assert.Equal(port, rig.MapUdp(Host, 4000));
        }

        rig.Clock.Advance(TimeSpan.FromSeconds(119));
        Assert.True(rig.HearsUdp(Peer, 53, port));
        rig.Clock.Advance(TimeSpan.FromSeconds(1));      // RFC 4787 REQ-6: what comes in does not count, unless it is said to
        Assert.Equal(inboundRefreshes, rig.HearsUdp(Peer, 53, port));
        Assert.Equal(inboundRefreshes ? 0 : 1, rig.Drops(DropReason.TranslationNoMapping));
        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, rig.Translation.Counts.Mappings);
        Assert.Equal(0, rig.Translation.Counts.Sessions);
    }

    [Fact]
    public void Ports_are_preserved_where_they_are_free()
    {
        using TranslationRig rig = new(static options => options with { PreservesPorts = true, Ports = new PortRange(1024, 32_767) });
        Assert.Equal(4000, rig.MapUdp(Host, 4000));
        Assert.NotEqual(4000, rig.MapUdp(OtherHost, 4000));
        Assert.InRange(rig.MapUdp(Host, 40_000), 1024, 32_767);
    }

    [Fact]
    public void The_ports_can_be_scripted_and_drawn_in_order()
    {
        using TranslationRig scripted = new(static options =>
            options with { PortAlgorithm = PortAlgorithm.Scripted, PortScript = [62_000, 62_000, 61_500, 7] });
        Assert.Equal(62_000, scripted.MapUdp(Host, 1));
        Assert.Equal(61_500, scripted.MapUdp(Host, 2));      // the second 62000 is taken
        Assert.Equal(7, scripted.MapUdp(Host, 3));
        Assert.True(scripted.HearsUdp(Peer, 53, 7));
        Assert.Null(scripted.Out(Datagram(Host, 4, Peer, 53)));
        using TranslationRig ordered = new(static options => options with { PortAlgorithm = PortAlgorithm.Sequential });
        Assert.Equal([61_000, 61_001, 61_002], (int[])[ordered.MapUdp(Host, 9), ordered.MapUdp(Host, 8), ordered.MapUdp(Host, 7)]);
    }

    [Fact]
    public void What_the_router_sends_and_hears_passes_as_it_is()
    {
        using TranslationRig rig = new();
        byte[] question = Datagram(Outer, 40_000, Peer, 53), answer = Datagram(Peer, 53, Outer, 40_000), ping = Echo(Outer, Peer, Icmpv4Type.EchoRequest, 7);
        Assert.Equal(question, rig.Out(question));
        Assert.Equal(answer, rig.In(answer));
        Assert.Equal(ping, rig.Out(ping));
        foreach (byte[] other in (byte[][])[
            Echo(Peer, Outer, Icmpv4Type.EchoRequest, 62_000), Segment(Peer, 5, Outer, 22, TcpFlags.Syn), Datagram(Peer, 5, "203.0.113.77", 61_234),
            Packet(Peer, Outer, (IpProtocol)47, static buffer => buffer.Append(30)), Error(Peer, Outer, question)])
        {
            Assert.Equal(other, rig.In(other));
        }

        Assert.Equal(0, rig.Translation.Counts.Mappings);
        Assert.Equal(0, rig.Translation.Counts.Dropped);
        Assert.Equal(8, rig.Translation.Counts.Untouched);
    }

    [Fact]
    public void Arp_and_ipv6_and_what_is_no_packet_pass_as_they_are()
    {
        using TranslationRig rig = new(medium: LinkMedium.Ethernet);
        byte[] arp = Frames.Arp(ArpOperation.Request, Frames.Peer, Peer, default, Outer);
        byte[][] frames = [arp, [1, 2, 3], [.. arp[..12], 0x86, 0xDD, 0x60, 0, 0, 0], [.. arp[..12], 8, 0], [.. arp[..12], 8, 0, 0x45]];
        foreach (byte[] frame in frames)
        {
            Assert.Equal(frame, rig.In(frame));
            Assert.Equal(frame, rig.Out(frame));
        }

        Assert.Equal(2 * frames.Length, rig.Translation.Counts.Untouched);
    }

    [Fact]
    public void The_router_and_a_mapping_never_have_the_same_port_of_the_range()
    {
        using TranslationRig rig = new(static options => options with { Ports = new PortRange(61_000, 61_001) });
        ushort mapped = rig.MapUdp(Host, 4000), other = (ushort)(mapped ^ 1);
        Assert.Null(rig.Out(Datagram(Outer, mapped, Peer, 53)));
        Assert.Equal(1, rig.Drops(DropReason.TranslationPortClash));
        byte[] own = Datagram(Outer, other, Peer, 53);
        Assert.Equal(own, rig.Out(own));
        Assert.Null(rig.Out(Datagram(Host, 4001, Peer, 53)));
        Assert.Equal(1, rig.Drops(DropReason.TranslationExhausted));
        byte[] answer = Datagram(Peer, 53, Outer, other);
        Assert.Equal(answer, rig.In(answer));
    }

    [Fact]
    public void What_has_no_ports_stays_inside()
    {
        using TranslationRig rig = new();
        Assert.Null(rig.Out(Packet(Host, Peer, (IpProtocol)47, static buffer => buffer.Append(30))));
        Assert.Null(rig.Out(Packet(Host, Peer, IpProtocol.Udp, static buffer => buffer.Append(7))));
        Assert.Null(rig.Out(Packet(Host, Peer, IpProtocol.Tcp, static buffer => buffer.Append(19))));
        Assert.Null(rig.Out(Packet(Host, Peer, IpProtocol.Icmp, static buffer => buffer.Append(7))));
        Assert.Equal((1, 1, 1, 1), (rig.Drops(DropReason.TranslationProtocol), rig.Drops(DropReason.UdpMalformed), rig.Drops(DropReason.TcpMalformed), rig.Drops(DropReason.IcmpMalformed)));
        byte[] wrong = Datagram(Host, 1, Peer, 2);
        wrong[10] ^= 1;
        Assert.Null(rig.Out(wrong));
        Assert.Equal(1, rig.Drops(DropReason.IpBadChecksum));
        Assert.Equal(0, rig.Translation.Counts.Mappings);
    }

    [Fact]
    public void A_packet_with_a_wrong_header_checksum_is_left_to_the_router_to_drop()
    {
        using TranslationRig rig = new();
        byte[] wrong = Datagram(Peer, 53, Outer, rig.MapUdp(Host, 4000));
        wrong[8]--;
        Assert.Equal(wrong, rig.In(wrong));
    }

    [Fact]
    public void There_are_no_more_mappings_and_sessions_than_may_be()
    {
        using TranslationRig rig = new(static options => options with { MappingLimit = 3, SessionLimit = 5 });
        for (ushort port = 1; port <= 3; port++) rig.MapUdp(Host, port);
        Assert.Null(rig.Out(Datagram(Host, 4, Peer, 53)));
        rig.MapUdp(Host, 1, OtherPeer);
        rig.MapUdp(Host, 2, OtherPeer);
        Assert.Null(rig.Out(Datagram(Host, 3, OtherPeer, 53)));
        Assert.Equal(2, rig.Drops(DropReason.TranslationTableFull));
        Assert.Equal((3, 5), (rig.Translation.Counts.Mappings, rig.Translation.Counts.Sessions));
        rig.Clock.Advance(TimeSpan.FromMinutes(5));
        rig.MapUdp(Host, 4);
        Assert.Equal((1, 1), (rig.Translation.Counts.Mappings, rig.Translation.Counts.Sessions));
    }

    [Fact]
    public void An_address_that_is_not_the_routers_takes_nothing_but_answers_and_turns_packets_round()
    {
        using TranslationRig rig = new(static options => options with { OuterAddressIsRouters = false });
        Assert.Null(rig.In(Datagram(Peer, 53, Outer, 40_000)));
        Assert.Null(rig.In(Echo(Peer, Outer, Icmpv4Type.EchoRequest, 1)));
        Assert.Equal(2, rig.Drops(DropReason.TranslationNoMapping));
        ushort port = rig.MapUdp(OtherHost, 7000);
        Assert.Null(rig.Out(Datagram(Host, 4000, Outer, port)));
        Assert.Empty(rig.Inside.Frames);      // never from inside the call
        rig.Clock.AdvanceToNextTimer();
        byte[] turned = Assert.Single(rig.Inside.Frames);
        ushort sender = PortsOf(turned).Source;
        Assert.Equal((Outer, OtherHost, (ushort)7000), (SourceOf(turned), DestinationOf(turned), PortsOf(turned).Destination));
        Assert.InRange(sender, 61_000, 65_535);      // RFC 4787 REQ-9 (a): the external address and port
        PlainChecksums.AreRight(turned);
        Assert.Null(rig.Out(Datagram(OtherHost, 7000, Outer, sender)));
        rig.Clock.AdvanceToNextTimer();
        Assert.Equal((Outer, Host, (port, (ushort)4000)), (SourceOf(rig.Inside.Frames[1]), DestinationOf(rig.Inside.Frames[1]), PortsOf(rig.Inside.Frames[1])));
        Assert.Equal(2, rig.Translation.Counts.Hairpinned);

        // The error of a host inside about a packet that came to it round the corner. RFC 5508 REQ-7.
        Assert.Null(rig.Out(Error(OtherHost, Outer, turned)));
        rig.Clock.AdvanceToNextTimer();
        byte[] error = rig.Inside.Frames[2], quoted = error[28..];
        Assert.Equal((Outer, Host), (SourceOf(error), DestinationOf(error)));
        Assert.Equal((Host, Outer, ((ushort)4000, port)), (SourceOf(quoted), DestinationOf(quoted), PortsOf(quoted)));
        PlainChecksums.AreRight(error);
    }

    [Fact]
    public void A_frame_that_the_link_does_not_take_is_translated_again_and_counted_once()
    {
        using TranslationRig rig = new();
        byte[] first = Datagram(Host, 1, Peer, 53), bad = Datagram(Host, 1, Peer, 53), second = Datagram(Host, 2, Peer, 53);
        bad[10] ^= 1;
        LinkFrame[] frames = [new(bad), new(first), new(bad), new(second), new(bad)];
        rig.Link.Room = 1;
        Assert.Equal(3, rig.Translation.Send(frames));
        Assert.Equal(0, rig.Translation.Send(frames.AsSpan(3)));
        Assert.Equal((1, 2), (rig.Translation.Counts.Outbound, rig.Translation.Counts.Dropped));
        rig.Link.MakeRoom();
        Assert.Equal(1, rig.Inside.Writable);
        Assert.Equal(2, rig.Translation.Send(frames.AsSpan(3)));
        Assert.Equal((2, 3, 2), (rig.Translation.Counts.Outbound, rig.Translation.Counts.Dropped, rig.Translation.Counts.Mappings));
        Assert.Equal(2, rig.Link.Sent.Count);
    }

    [Fact]
    public void Frames_by_the_hundred_keep_their_order_and_their_verdicts()
    {
        using TranslationRig rig = new();
        ushort port = rig.MapUdp(Host, 4000);
        LinkFrame[] frames = new LinkFrame[300];
        for (int i = 0; i < frames.Length; i++) frames[i] = new LinkFrame(Datagram(Peer, (ushort)(i + 1), Outer, i % 3 == 0 ? (ushort)(port - 1) : port));
        DropReason[] verdicts = rig.Link.ReceiveAll(frames);
        for (int i = 0; i < frames.Length; i++) Assert.Equal(i % 3 == 0 ? DropReason.TranslationNoMapping : DropReason.None, verdicts[i]);
        Assert.Equal(Enumerable.Range(1, 300).Where(static i => i % 3 != 1), rig.Inside.Frames.Select(static frame => (int)PortsOf(frame).Source));
    }

    [Fact]
    public void Mappings_print_as_conntrack_does_in_a_stable_order()
    {
        using TranslationRig rig = new(static options => options with { PortAlgorithm = PortAlgorithm.Sequential });
        rig.Out(Datagram(OtherHost, 5000, Peer, 53));
        rig.Out(Segment(Host, 4000, Peer, 80, TcpFlags.Syn));
        rig.Out(Echo(Host, Peer, Icmpv4Type.EchoRequest, 77));
        rig.Out(Datagram(OtherHost, 5000, OtherPeer, 54));
        rig.Clock.Advance(TimeSpan.FromSeconds(1.5));
        ushort tcp = PortsOf(rig.Out(Segment(Host, 4000, Peer, 80, TcpFlags.Syn))!).Source;
        rig.In(Segment(Peer, 80, Outer, tcp, TcpFlags.Syn | TcpFlags.Ack));
        string[] lines = rig.Translation.Mappings.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            [
                "icmp     1 58 src=10.0.0.5 dst=198.51.100.9 type=8 code=0 id=77 [UNREPLIED] src=198.51.100.9 dst=203.0.113.2 type=0 code=0 id=61000",
                "tcp      6 240 SYN_RECV src=10.0.0.5 dst=198.51.100.9 sport=4000 dport=80 src=198.51.100.9 dst=203.0.113.2 sport=80 dport=61000",
                "udp      17 298 src=10.0.0.6 dst=198.51.100.9 sport=5000 dport=53 [UNREPLIED] src=198.51.100.9 dst=203.0.113.2 sport=53 dport=61000",
                "udp      17 298 src=10.0.0.6 dst=198.51.100.10 sport=5000 dport=54 [UNREPLIED] src=198.51.100.10 dst=203.0.113.2 sport=54 dport=61000",
            ],
            lines);
        rig.Translation.Clear();
        Assert.Empty(rig.Translation.Mappings.Rows);
        Assert.Equal((0, 0), (rig.Translation.Counts.Mappings, rig.Translation.Counts.Sessions));
    }

    [Fact]
    public void Options_that_do_not_go_together_are_refused()
    {
        foreach (AddressTranslationOptions bad in (AddressTranslationOptions[])[
            Options with { OuterAddress = InetAddress.Parse("10.1.2.3") }, Options with { OuterAddress = InetAddress.AnyV4 },
            Options with { OuterAddress = InetAddress.LoopbackV6 }, Options with { InsidePrefixes = [InetPrefix.Parse("fd00::/8")] },
            Options with { Ports = new PortRange(0, 5) }, Options with { UdpTimeout = TimeSpan.Zero }, Options with { SessionLimit = 0 }])
        {
            Assert.ThrowsAny<ArgumentException>(() => new AddressTranslation(new TestLink(), bad, new ManualClock(), new Random(1).NextBytes));
        }
    }

    [Fact]
    public void The_link_says_of_itself_what_the_outer_one_does()
    {
        TestLink outer = new(LinkMedium.Ip, 1280) { Features = LinkFeatures.Checksum, LargestBurst = 9000, Address = Frames.Peer };
        AddressTranslation translation = new(outer, Options, new ManualClock(), new Random(1).NextBytes);
        Assert.Equal((LinkMedium.Ip, 1280, LinkFeatures.Checksum, 9000), (translation.Medium, translation.Mtu, translation.Features, translation.LargestBurst));
        Assert.Equal(Frames.Peer, translation.Address);
        translation.Dispose();
        Assert.True(outer.IsDisposed);
    }
}
