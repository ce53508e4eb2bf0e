using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Doors.DropReason;

namespace UserNet.Tests.Ip;

public sealed class Ipv4ForwardingTests : IDisposable
{
    private const string About = "about 10.9.0.1>";
    private readonly InputRig _rig = new(rightMtu: 600);

    public Ipv4ForwardingTests() => _rig.Settings.Forwards = true;

    public void Dispose()
    {
        _rig.Dispose();
        Assert.Equal(0, _rig.Core.Context.Packets.Outstanding);
    }

    private DropReason Send(string to, int length = 100, string from = "10.9.0.1", byte ttl = 64, bool df = false, string options = "") =>
        _rig.Left.Receive(InputRig.V4(from, to, new byte[length], ttl: ttl, df: df, options: options));

    [Fact]
    public void A_packet_goes_on_with_one_hop_less_to_go_and_is_otherwise_the_same()
    {
        byte[] packet = InputRig.V4("10.9.0.1", "10.8.0.7", [1, 2, 3], ttl: 17, id: 0x1234, df: true, tos: 0xB8);
        Assert.Equal(None, _rig.Left.Receive(packet));
        byte[] sent = Assert.Single(_rig.Right.TakeSent());
        Assert.Equal(InputRig.V4("10.9.0.1", "10.8.0.7", [1, 2, 3], ttl: 16, id: 0x1234, df: true, tos: 0xB8), sent);
        Assert.Empty(_rig.Left.Sent);
        Assert.Equal(1, _rig.Count(Counter.IpForwarded));
    }

    [Fact]
    public void The_checksum_is_right_whatever_it_was()
    {
        Random random = TestSettings.Random(740);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] packet = InputRig.V4("10.9.0.1", "10.8.0.7", [], ttl: (byte)random.Next(2, 256), id: (ushort)random.Next(), tos: (byte)random.Next());
            Assert.Equal(None, _rig.Left.Receive(packet));
            byte[] sent = Assert.Single(_rig.Right.TakeSent());
            Assert.True(Ipv4Packet.TryParse(sent, out Ipv4Packet onward) && onward.ChecksumIsRight);
            Assert.Equal(packet[8] - 1, onward.TimeToLive);
        }
    }

    [Fact]
    public void A_host_does_not_forward_unless_it_is_told_to()
    {
        using InputRig host = new();
        Assert.Equal(IpNotForUs, host.Left.Receive(InputRig.V4("10.9.0.1", "10.8.0.7", [1])));
        Assert.Empty(host.Right.Sent);
        host.Stack.Host.Interfaces.Find("left")!.Forwards = true;
        Assert.Equal(None, host.Left.Receive(InputRig.V4("10.9.0.1", "10.8.0.7", [1])));
        Assert.Equal(IpNotForUs, host.Right.Receive(InputRig.V4("10.8.0.7", "10.9.0.1", [1])));
        Assert.Single(host.Right.Sent);
    }

    [Fact]
    public void An_interface_may_be_left_out()
    {
        _rig.Stack.Host.Interfaces.Find("left")!.Forwards = false;
        Assert.Equal(IpNotForUs, Send("10.8.0.7"));
        Assert.Equal(None, _rig.Right.Receive(InputRig.V4("10.8.0.7", "10.9.0.1", [1])));
        Assert.Single(_rig.Left.Sent);
    }

    [Theory]
    [InlineData("10.9.0.1", "255.255.255.255", None)]                 // taken by the host, and by nobody else
    [InlineData("10.9.0.1", "10.8.0.255", None)]                      // a directed broadcast too, RFC 2644
    [InlineData("10.9.0.1", "224.0.0.1", None)]
    [InlineData("10.9.0.1", "239.1.1.1", None)]
    [InlineData("10.9.0.1", "127.0.0.1", IpMartianDestination)]
    [InlineData("10.9.0.1", "0.0.0.7", IpMartianDestination)]
    [InlineData("10.9.0.1", "169.254.7.7", IpMartianDestination)]
    [InlineData("10.9.0.1", "240.0.0.1", IpMartianDestination)]
    [InlineData("10.9.0.1", "255.255.255.254", IpMartianDestination)]
    [InlineData("169.254.1.1", "10.8.0.7", IpMartianSource)]
    [InlineData("240.0.0.1", "10.8.0.7", IpMartianSource)]
    [InlineData("0.0.0.0", "10.8.0.7", IpMartianSource)]
    [InlineData("127.0.0.1", "10.8.0.7", IpMartianSource)]
    [InlineData("10.8.0.2", "10.8.0.7", IpMartianSource)]
    public void Some_addresses_stay_on_their_link(string from, string to, DropReason expected)
    {
        _rig.Stack.Configure(static stack => stack.Host.AddRoute("0.0.0.0/0", via: "10.8.0.1"));
        DropReason reason = Send(to, from: from);
        if (expected == None) Assert.True(reason is None or UdpMalformed or UdpBadChecksum or UdpNoPort or IpGroupNotJoined, $"{reason}");
        else Assert.Equal(expected, reason);
        Assert.Empty(_rig.Right.Sent);
        Assert.Empty(_rig.Left.Sent);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Out_of_hops(byte ttl)
    {
        Assert.Equal(IpTimeToLiveExceeded, Send("10.8.0.7", ttl: ttl));
        Assert.Equal($"10.9.0.2>10.9.0.1 11/0 0 {About}10.8.0.7", InputRig.ErrorBy(_rig.Left));
        Assert.Empty(_rig.Right.Sent);
    }

    [Fact]
    public void The_last_hop_is_the_destination_s()
    {
        Assert.Equal(None, Send("10.8.0.7", ttl: 2));
        Assert.Equal(1, Assert.Single(_rig.Right.Sent)[8]);
    }

    [Theory]
    [InlineData("203.0.113.1", "3/0")]                    // no route
    [InlineData("198.18.0.1", "3/1")]                     // unreachable
    [InlineData("198.18.1.1", "3/13")]                    // prohibited
    [InlineData("198.18.2.1", null)]                      // a black hole
    public void No_way_there(string to, string? error)
    {
        _rig.Stack.Configure(static stack => stack.Host
            .AddRoute(new NewRoute(InetPrefix.Parse("198.18.0.0/24"), RouteType.Unreachable))
            .AddRoute(new NewRoute(InetPrefix.Parse("198.18.1.0/24"), RouteType.Prohibit))
            .AddRoute(new NewRoute(InetPrefix.Parse("198.18.2.0/24"), RouteType.Blackhole)));
        Assert.Equal(IpNoRoute, Send(to));
        Assert.Equal(error is null ? null : $"10.9.0.2>10.9.0.1 {error} 0 {About}{to}", InputRig.ErrorBy(_rig.Left));
    }

    [Fact]
    public void A_gateway_leads_on_and_back_over_the_same_interface()
    {
        _rig.Stack.Configure(static stack => stack.Host.AddRoute("198.51.100.0/24", via: "10.9.0.9"));
        Assert.Equal(None, Send("198.51.100.1"));
        Assert.Single(_rig.Left.TakeSent());      // and no redirect
    }

    [Fact]
    public void The_longest_prefix_decides()
    {
        _rig.Stack.Configure(static stack => stack.Host
            .AddRoute("198.51.100.0/24", via: "10.9.0.9").AddRoute("198.51.100.128/25", via: "10.8.0.9"));
        Send("198.51.100.1");
        Send("198.51.100.129");
        Assert.Equal(127 + 2, Assert.Single(_rig.Right.Sent)[19]);
        Assert.Equal(1, Assert.Single(_rig.Left.Sent)[19]);
    }

    [Fact]
    public void A_link_that_is_gone_is_no_way()
    {
        _rig.Right.Break(null);
        Assert.Equal(InterfaceDown, Send("10.8.0.7"));
        Assert.Equal($"10.9.0.2>10.9.0.1 3/1 0 {About}10.8.0.7", InputRig.ErrorBy(_rig.Left));
    }

    [Fact]
    public void What_is_too_big_and_must_not_be_cut_comes_back_with_the_mtu()
    {
        Assert.Equal(None, Send("10.8.0.7", 580, df: true));
        Assert.Equal(IpTooBig, Send("10.8.0.7", 581, df: true));
        Assert.Equal($"10.9.0.2>10.9.0.1 3/4 {600:x} {About}10.8.0.7", InputRig.ErrorBy(_rig.Left));
        Assert.Single(_rig.Right.Sent);
    }

    [Theory]
    [InlineData(581, "")]
    [InlineData(1480, "")]
    [InlineData(1400, "94040000")]                            // copied to all
    [InlineData(1400, "070b04000000000000000000")]            // in the first alone
    [InlineData(1400, "070704000000000194040000")]
    public void What_is_too_big_is_cut_and_can_be_put_together(int length, string options)
    {
        byte[] payload = new byte[length];
        TestSettings.Random(741).NextBytes(payload);
        _rig.Left.Receive(InputRig.V4("10.9.0.1", "10.8.0.7", payload, id: 99, ttl: 9, options: options));
        byte[][] sent = _rig.Right.TakeSent();
        Assert.Equal((length + 559) / 560, sent.Length);
        using InputRig there = new();
        there.Stack.Configure(static stack => stack.Host.AddAddress("left", "10.8.0.7/24"));
        Received last = null!;
        for (int i = 0; i < sent.Length; i++)
        {
            Assert.InRange(sent[i].Length, 21, 600);
            Assert.True(Ipv4Packet.TryParse(sent[i], out Ipv4Packet fragment) && fragment.ChecksumIsRight);
            Assert.Equal(8, fragment.TimeToLive);
            bool isCopied = options.Contains("94040000", StringComparison.Ordinal);
            Assert.Equal(i == 0 ? (options.Length + 7) / 8 * 4 : isCopied ? 4 : 0, fragment.Options.Length);
            last = there.Receive(sent[i]);
            Assert.Equal(i == sent.Length - 1, last.IsWhole);
        }

        Assert.Equal(payload, last.Payload);
        Assert.Equal(1, _rig.Count(Counter.IpFragmented));
        Assert.Equal(sent.Length, _rig.Count(Counter.IpFragmentsCreated));
    }

    [Fact]
    public void A_fragment_is_cut_into_smaller_ones_in_its_place()
    {
        byte[] payload = new byte[4000];
        TestSettings.Random(742).NextBytes(payload);
        _rig.Left.Receive(InputRig.V4("10.9.0.1", "10.8.0.7", payload.AsSpan(1480, 1480), id: 5, offset: 1480, more: true));
        _rig.Left.Receive(InputRig.V4("10.9.0.1", "10.8.0.7", payload.AsSpan(2960), id: 5, offset: 2960));
        _rig.Left.Receive(InputRig.V4("10.9.0.1", "10.8.0.7", payload.AsSpan(0, 1480), id: 5, more: true));
        using InputRig there = new();
        there.Stack.Configure(static stack => stack.Host.AddAddress("left", "10.8.0.7/24"));
        Received[] received = [.. _rig.Right.TakeSent().Select(one => there.Receive(one))];
        Assert.All(received[..^1], static one => Assert.Equal((None, false), (one.Reason, one.IsWhole)));
        Assert.Equal(payload, received[^1].Payload);
        Assert.Equal(0, _rig.Fragments.Count);      // nobody puts together what only passes
    }

    [Theory]
    [InlineData("070b040000000000000000" + "00", "070b080a08000200000000" + "00")]            // the interface that it leaves by
    [InlineData("440c0501" + "0000000000000000", "440c0d01" + "0a080002800003e8")]
    [InlineData("440c0503" + "0a090002" + "00000000", "440c0d03" + "0a090002" + "800003e8")]
    [InlineData("99040102", "99040102")]
    [InlineData("94040000", "94040000")]
    public void Options_on_the_way(string came, string expected)
    {
        _rig.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(None, Send("10.8.0.7", options: came));
        byte[] sent = Assert.Single(_rig.Right.Sent);
        Assert.True(Ipv4Packet.TryParse(sent, out Ipv4Packet packet) && packet.ChecksumIsRight);
        Assert.Equal(expected, Convert.ToHexStringLower(packet.Options));
    }

    [Theory]
    [InlineData("8307040a080001" + "00", IpSourceRoute, "3/5 0")]
    [InlineData("9900", IpBadOption, "12/0 14000000")]
    public void Options_that_go_no_further(string options, DropReason expected, string error)
    {
        Assert.Equal(expected, Send("10.8.0.7", options: options));
        Assert.Equal($"10.9.0.2>10.9.0.1 {error} {About}10.8.0.7", InputRig.ErrorBy(_rig.Left));
        Assert.Empty(_rig.Right.Sent);
    }

    [Fact]
    public void A_strong_host_forwards_as_well()
    {
        using InputRig strong = new(HostModel.Strong);
        strong.Settings.Forwards = true;
        Assert.Equal(None, strong.Left.Receive(InputRig.V4("10.9.0.1", "10.8.0.7", [1])));
        Assert.Single(strong.Right.Sent);
    }
}
