using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;
using Xunit;
using static UserNet.Doors.DropReason;

namespace UserNet.Tests.Ip;

public sealed class Ipv6ForwardingTests : IDisposable
{
    private const string There = "2001:db8:9::1", Beyond = "2001:db8:8::7";

    private readonly InputRig _rig = new(rightMtu: 1300, speaksV6: true);

    public Ipv6ForwardingTests() => _rig.Settings.Forwards = true;

    public void Dispose()
    {
        _rig.Dispose();
        Assert.Equal(0, _rig.Core.Context.Packets.Outstanding);
    }

    private DropReason Send(string to, int length = 100, string from = There, byte hopLimit = 64) =>
        _rig.Left.Receive(InputRig.V6(from, to, new byte[length], hopLimit: hopLimit));

    [Fact]
    public void A_packet_goes_on_with_one_hop_less_to_go_and_is_otherwise_the_same()
    {
        Assert.Equal(None, _rig.Left.Receive(InputRig.V6(There, Beyond, [1, 2, 3], hopLimit: 17, trafficClass: 0xB8)));
        Assert.Equal(InputRig.V6(There, Beyond, [1, 2, 3], hopLimit: 16, trafficClass: 0xB8), Assert.Single(_rig.Right.TakeSent()));
        Assert.Empty(_rig.Left.Sent);
        Assert.Equal(1, _rig.Count(Counter.Ip6Forwarded));
    }

    [Fact]
    public void Fragments_and_what_is_for_the_destination_alone_go_on_as_they_are()
    {
        byte[] fragment = InputRig.V6Fragment(There, Beyond, new byte[3], 1, 8, more: true);
        byte[] options = InputRig.V6(There, Beyond, [17, 0, 0xDE, 4, 0, 0, 0, 0], 60), routing = InputRig.V6(There, Beyond, [17, 0, 0, 1, 0, 0, 0, 0], 43);
        foreach (byte[] packet in new[] { fragment, options, routing }) Assert.Equal(None, _rig.Left.Receive(packet));
        Assert.Equal(3, _rig.Right.TakeSent().Length);
        Assert.Empty(_rig.Left.Sent);
    }

    [Fact]
    public void Hop_by_hop_options_are_a_router_s_matter_too()
    {
        Assert.Equal(Ip6BadOption, _rig.Left.Receive(InputRig.V6(There, Beyond, [59, 0, 0x9E, 4, 0, 0, 0, 0], 0)));
        Assert.Equal("4/2 42 to 2001:db8:9::1", InputRig.ErrorsByV6(_rig.Left));
        Assert.Equal(None, _rig.Left.Receive(InputRig.V6(There, Beyond, [59, 0, 5, 2, 0, 0, 1, 0], 0)));
        Assert.Single(_rig.Right.TakeSent());
    }

    [Theory]
    [InlineData(There, Beyond, 1, 100, Ip6HopLimitExceeded, "3/0 0 to 2001:db8:9::1")]
    [InlineData(There, Beyond, 2, 100, None, null)]
    [InlineData(There, Beyond, 64, 1260, None, null)]
    [InlineData(There, Beyond, 64, 1261, Ip6TooBig, "2/0 1300 to 2001:db8:9::1")]
    [InlineData(There, "2001:db8:7::1", 64, 100, Ip6NoRoute, "1/0 0 to 2001:db8:9::1")]
    [InlineData("fe80::1", Beyond, 64, 100, Ip6BeyondScope, "1/2 0 to fe80::1")]
    [InlineData(There, "fe80::77", 64, 100, Ip6NotForUs, null)]
    [InlineData(There, "::1", 64, 100, Ip6MartianDestination, null)]
    [InlineData("::1", Beyond, 64, 100, Ip6MartianSource, null)]
    [InlineData("::", Beyond, 64, 100, Ip6MartianSource, null)]
    [InlineData("ff02::9", Beyond, 64, 100, Ip6MartianSource, null)]
    public void What_does_not_go_on_is_reported_where_the_sender_can_do_something_about_it(
        string from, string to, byte hopLimit, int length, DropReason expected, string? error)
    {
        Assert.Equal(expected, Send(to, length, from, hopLimit));
        Assert.Equal(error, InputRig.ErrorsByV6(_rig.Left));
        Assert.Equal(expected == None ? 1 : 0, _rig.Right.Sent.Count);
    }

    [Theory]
    [InlineData(RouteType.Unreachable, "1/0 0 to 2001:db8:9::1")]
    [InlineData(RouteType.Prohibit, "1/1 0 to 2001:db8:9::1")]
    [InlineData(RouteType.Blackhole, null)]
    public void Routes_that_refuse_say_so(RouteType type, string? error)
    {
        _rig.Stack.Host.AddRoute(new NewRoute(InetPrefix.Parse("2001:db8:7::/48"), type));
        Assert.Equal(Ip6NoRoute, Send("2001:db8:7::1"));
        Assert.Equal(error, InputRig.ErrorsByV6(_rig.Left));
    }

    [Fact]
    public void A_group_s_packets_stay_and_an_interface_may_decide_for_itself()
    {
        Send("ff0e::77");
        Assert.Empty(_rig.Right.Sent);
        _rig.Stack.Host.Interfaces.Find("left")!.Forwards = false;
        Assert.Equal(Ip6NotForUs, Send(Beyond));
        _rig.Settings.Forwards = false;
        _rig.Stack.Host.Interfaces.Find("left")!.Forwards = true;
        Assert.Equal(None, Send(Beyond));
    }

    [Fact]
    public void Reports_of_too_big_packets_are_not_limited_and_others_are()
    {
        for (int i = 0; i < 100; i++) Send(Beyond, 1400);
        Assert.Equal(100, _rig.Left.TakeSent().Length);
        for (int i = 0; i < 100; i++) Send(Beyond, hopLimit: 1);
        Assert.InRange(_rig.Left.TakeSent().Length, 1, 10);
        Assert.InRange(_rig.Drops(Icmp6RateLimited), 90, 99);
    }

    [Fact]
    public void Who_looks_after_redirects_hears_of_what_goes_back_to_where_it_came_from()
    {
        var seen = new Seen();
        _rig.Core.ForwardingV6!.Observer = seen;
        _rig.Stack.Host.AddRoute("2001:db8:7::/48", "2001:db8:9::5");
        Send(Beyond);
        Assert.Empty(seen.Hops);
        Assert.Equal(None, Send("2001:db8:7::1"));
        Assert.Equal(None, Send("2001:db8:9::6", from: "fe80::1"));      // its own link
        Assert.Equal(["2001:db8:9::5", "2001:db8:9::6"], seen.Hops);
        Assert.Equal(2, _rig.Left.Sent.Count);
    }

    [Fact]
    public void Many_segments_in_one_are_cut_for_a_link_that_they_do_not_fit()
    {
        byte[] payload = new byte[5000];
        PacketBuffer buffer = new PacketPool().RentCopy(payload);
        InetAddress from = InetAddress.Parse(There), to = InetAddress.Parse(Beyond);
        new UdpHeader(1, 2).PrependOpen(buffer, new PseudoHeader(from, to, IpProtocol.Udp, 0));
        new Ipv6Header(from, to, IpProtocol.Udp).PrependTo(buffer);
        var offload = new PacketOffload { SegmentKind = SegmentKind.Udp, SegmentSize = 1000, NeedsChecksum = true, ChecksumStart = 40, ChecksumOffset = 6 };
        Assert.Equal(None, _rig.Left.Receive(buffer.Span.ToArray(), offload));
        byte[][] sent = _rig.Right.TakeSent();
        Assert.Equal([1048, 1048, 1048, 1048, 1048], sent.Select(static one => one.Length));
        foreach (byte[] one in sent)
            Assert.Equal(0, InternetChecksum.Of(one.AsSpan(40), new PseudoHeader(from, to, IpProtocol.Udp, one.Length - 40)));
    }

    private sealed class Seen : IForwardingObserver
    {
        public List<string> Hops { get; } = [];

        public void OnSentBack(in IpArrival arrival, InetAddress nextHop, Timestamp now) => Hops.Add(nextHop.ToString());
    }
}
