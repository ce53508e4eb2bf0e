using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Multicast;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Multicast;

/// <summary>What a host says when its IPv6 groups change. RFC 3810 §6.1, RFC 3590, RFC 4291 §2.8.</summary>
public sealed class MldChangesTests : IDisposable
{
    private const string G = "ff05::1:1", S = "ff3e::8000:1", Solicited = "ff02::1:ff00:2";

    private readonly MldRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_join_is_said_at_once_and_once_more_within_a_second()
    {
        _rig.Joined(G);
        Assert.Equal([$"TO_EX {G} {{}}"], _rig.Said());
        (double at, string text) = Assert.Single(_rig.Listen(60));
        Assert.InRange(at, 0.1, 1000);
        Assert.Equal($"TO_EX {G} {{}}", text);
    }

    [Fact]
    public void The_last_member_to_leave_says_so_and_sources_are_allowed_and_blocked()
    {
        NetworkSocket first = _rig.Joined(G), second = _rig.Joined(G), picky = _rig.Joined(S, "2001:db8::7");
        Assert.Equal([$"TO_EX {G} {{}}", $"ALLOW {S} {{2001:db8::7}}"], _rig.Said());
        _rig.Settle();
        first.Dispose();
        Assert.Empty(_rig.Said());
        second.Dispose();
        picky.LeaveGroup(At(S), _rig.Device, At("2001:db8::7"));
        Assert.Equal([$"TO_IN {G} {{}}", $"BLOCK {S} {{2001:db8::7}}"], _rig.Said());
        _rig.Settle();
        Assert.Equal(3, _rig.States);      // those of the host itself
    }

    // RFC 3810 §6.1's table is RFC 3376's, and the machine is the same: IgmpChangesTests has it all.
    [Theory]
    [InlineData(FilterMode.Include, "1 2", FilterMode.Include, "2 3", "ALLOW {3}; BLOCK {1}")]
    [InlineData(FilterMode.Exclude, "1 2", FilterMode.Exclude, "2 3", "ALLOW {1}; BLOCK {3}")]
    [InlineData(FilterMode.Include, "1", FilterMode.Exclude, "2", "TO_EX {2}")]
    [InlineData(FilterMode.Exclude, "1", FilterMode.Include, "2 3", "TO_IN {2, 3}")]
    public void A_change_of_filter_is_said_as_the_table_says(FilterMode before, string sources, FilterMode after, string others, string expected)
    {
        NetworkSocket socket = _rig.Joined(G);
        var request = new GroupRequest(At(G), _rig.Device);
        socket.SetGroupFilter(request, Filter(before, sources));
        _rig.Settle();
        socket.SetGroupFilter(request, Filter(after, others));
        string full = System.Text.RegularExpressions.Regex.Replace(expected, "(?<=[{ ])([1-3])(?=[,}])", "2001:db8::$1").Replace("{", G + " {", StringComparison.Ordinal);
        Assert.Equal([full], _rig.Said());
        Assert.Equal([full], _rig.Listen(30).Select(heard => heard.Text));
    }

    // RFC 3810 §6: never of ff02::1, nor of what does not leave the host.
    [Theory]
    [InlineData("ff02::1")]
    [InlineData("ff01::1:1")]
    [InlineData("ff11::5")]
    [InlineData("ff00::5")]
    public void Some_groups_are_never_reported(string group)
    {
        NetworkSocket socket = _rig.Joined(group);
        Assert.True(_rig.Stack.Groups.IsJoined(At(group), _rig.Device));
        Assert.Empty(_rig.Listen(30));
        _rig.Query();
        Assert.DoesNotContain(_rig.Listen(30), heard => heard.Text.Contains(group + " ", StringComparison.Ordinal));
        socket.Dispose();
        Assert.Empty(_rig.Listen(30));
    }

    [Fact]
    public void The_station_lets_a_group_in_that_is_on_the_link_and_no_other()
    {
        _rig.Joined("ff01::7:7");
        Assert.Equal(DropReason.FrameGroupNotJoined, Datagram("ff02::7:7"));
        NetworkSocket member = _rig.Joined("ff02::7:7");
        Assert.NotEqual(DropReason.FrameGroupNotJoined, Datagram("ff02::7:7"));
        member.Dispose();
        Assert.Equal(DropReason.FrameGroupNotJoined, Datagram("ff02::7:7"));
    }

    // RFC 4291 §2.8: a node joins the solicited-node group of each of its addresses, and the group of all nodes.
    [Fact]
    public void The_host_joins_a_group_for_each_address_and_leaves_it_with_the_last_of_them()
    {
        Assert.True(_rig.Stack.Groups.IsJoined(At("ff02::1"), _rig.Device) && _rig.Stack.Groups.IsJoined(At("ff01::1"), _rig.Device));
        Assert.True(_rig.Stack.Groups.IsJoined(At(Solicited), _rig.Device));
        _rig.Stack.Configure(stack => stack.Host.AddAddress("eth0", "2001:db8::aa:bbcc/64"));
        Assert.Equal(["TO_EX ff02::1:ffaa:bbcc {}"], _rig.Said());
        _rig.Settle();
        _rig.Stack.Configure(stack => stack.Host.AddAddress("eth0", "2001:db8:1::aa:bbcc/64"));      // the same group
        _rig.Stack.Configure(stack => stack.Host.RemoveAddress("eth0", "2001:db8::aa:bbcc/64"));
        Assert.Empty(_rig.Said());
        _rig.Stack.Configure(stack => stack.Host.RemoveAddress("eth0", "2001:db8:1::aa:bbcc/64"));
        Assert.Equal(["TO_IN ff02::1:ffaa:bbcc {}"], _rig.Said());
        Assert.True(_rig.Stack.Groups.IsJoined(At(Solicited), _rig.Device));
    }

    // RFC 4291 §2.8: a router joins the groups of all routers, of the host, the link and the site.
    [Fact]
    public void A_host_that_begins_to_forward_joins_the_groups_of_routers()
    {
        Assert.Equal(DropReason.FrameGroupNotJoined, Datagram("ff02::2"));
        _rig.Stack.Configure(stack => stack.Host.InputSettings.Forwards = true);
        Assert.Equal(["TO_EX ff02::2 {}", "TO_EX ff05::2 {}"], _rig.Said());
        Assert.True(_rig.Stack.Groups.IsJoined(At("ff01::2"), _rig.Device));
        _rig.Settle();
        _rig.Stack.Configure(stack => stack.Host.Interfaces.Find("eth0")!.Forwards = true);
        Assert.Empty(_rig.Said());
        _rig.Stack.Configure(stack => stack.Host.Interfaces.Find("eth0")!.Forwards = false);
        Assert.Equal(["TO_IN ff02::2 {}", "TO_IN ff05::2 {}"], _rig.Said());
        Assert.Equal(DropReason.FrameGroupNotJoined, Datagram("ff02::2"));
    }

    [Fact]
    public void A_socket_that_joins_a_group_of_the_host_changes_nothing()
    {
        NetworkSocket socket = _rig.Joined(Solicited);
        socket.BlockSource(new GroupRequest(At(Solicited), _rig.Device), At("fe80::9"));
        Assert.Empty(_rig.Listen(10));
        Assert.Equal(SourceFilter.Everyone, _rig.Stack.Groups.FilterOf(At(Solicited), _rig.Device));
        socket.Dispose();
        Assert.True(_rig.Stack.Groups.IsJoined(At(Solicited), _rig.Device));
        Assert.Empty(_rig.Listen(10));
    }

    [Fact]
    public void An_interface_that_has_no_IPv6_address_says_nothing_of_its_own()
    {
        using var rig = new MldRig(addresses: ["10.9.0.2/24"], listensAtOnce: true);
        Assert.Empty(rig.Listen(60));
        Assert.False(rig.Stack.Groups.IsJoined(At("ff02::1"), rig.Device));
        Assert.Equal(DropReason.FrameGroupNotJoined, rig.Query());
        NetworkSocket socket = rig.Joined(G);      // asked for, it is said, if from nowhere
        Assert.Equal([$"TO_EX {G} {{}} (::)"], rig.Said());
        socket.Dispose();
        Assert.Equal([$"TO_IN {G} {{}} (::)"], rig.Said());
        Assert.Single(rig.Listen(60));
    }

    // RFC 3590 §4: from :: while the link-local address is tentative, and all over again when it is not.
    [Fact]
    public void What_was_said_from_no_address_is_said_again_when_there_is_one()
    {
        using var rig = new MldRig(probes: 1, listensAtOnce: true);
        rig.Joined(G);
        List<(double At, string Text)> heard = rig.Listen(60);
        string solicited = $"TO_EX {Solicited} {{}}", both = $"{solicited}; TO_EX {G} {{}}";
        Assert.All(heard, one => Assert.Contains(G, one.Text.Length > solicited.Length + 5 ? one.Text : G, StringComparison.Ordinal));
        (double At, string Text)[] before = [.. heard.Where(one => one.Text.EndsWith("(::)", StringComparison.Ordinal))];
        (double At, string Text)[] after = [.. heard.Where(one => !one.Text.EndsWith("(::)", StringComparison.Ordinal))];
        Assert.NotEmpty(before);
        Assert.Equal([both, both], after.Select(one => one.Text));
        Assert.True(before.All(one => one.At <= after[0].At) && after[1].At - after[0].At is > 0 and <= 1000);
        rig.Query(within: 1);
        Assert.Equal([$"IS_EX {Solicited} {{}}; IS_EX {G} {{}}"], rig.Listen(10).Select(one => one.Text));
    }

    [Fact]
    public void With_an_address_from_the_beginning_nothing_is_said_twice_over()
    {
        using var rig = new MldRig(listensAtOnce: true);
        Assert.Equal([$"TO_EX {Solicited} {{}}", $"TO_EX {Solicited} {{}}"], rig.Listen(60).Select(one => one.Text));
    }

    [Fact]
    public void The_oldest_link_local_address_speaks()
    {
        _rig.Stack.Configure(stack => stack.Host.AddAddress("eth0", "fe80::77/64").AddAddress("eth0", "2001:db8::2/64"));
        _rig.Settle();
        _rig.Joined(G);
        Assert.Equal(At(MldRig.Own), Source(Assert.Single(_rig.Link.TakeSent())));
        _rig.Stack.Configure(stack => stack.Host.RemoveAddress("eth0", $"{MldRig.Own}/64"));
        Assert.All(_rig.Link.TakeSent(), frame => Assert.Equal(At("fe80::77"), Source(frame)));
    }

    [Fact]
    public void An_interface_that_comes_up_again_says_all()
    {
        _rig.Joined(G);
        _rig.Joined(S, "2001:db8::7");
        _rig.Settle();
        _rig.Stack.Configure(stack => stack.Host.SetUp("eth0", false));
        Assert.Empty(_rig.Listen(30));
        _rig.Stack.Configure(stack => stack.Host.SetUp("eth0", true));
        // Its addresses are gone, as on Linux.
        string all = $"TO_EX {G} {{}}; ALLOW {S} {{2001:db8::7}} (::)";
        Assert.Equal([all, all], _rig.Listen(30).Select(one => one.Text));
    }

    [Fact]
    public void Over_a_medium_without_stations_groups_are_reported_and_none_is_joined_for_an_address()
    {
        using var rig = new MldRig(medium: LinkMedium.Ip, listensAtOnce: true);
        Assert.Empty(rig.Listen(10));
        rig.Joined(G);
        Assert.Equal([$"TO_EX {G} {{}}"], rig.Said());
        Assert.True(rig.Stack.Groups.IsJoined(At("ff02::1"), rig.Device));
    }

    [Fact]
    public void What_does_not_fit_a_packet_goes_into_several()
    {
        using var rig = new MldRig(mtu: 1280);
        rig.Stack.Configure(stack => stack.Groups.MaxSourcesPerFilterV6 = 200);
        NetworkSocket socket = rig.Joined(S, "2001:db8::1");
        rig.Settle();
        socket.SetGroupFilter(new GroupRequest(At(S), rig.Device), new SourceFilter(FilterMode.Include, MldRig.All([.. Enumerable.Range(1, 150).Select(i => $"2001:db8::{i:x}")])));
        // 1280 octets less headers of 40, 8 and 8, and a record's 20: 75 sources.
        Assert.Equal([75, 74], rig.Said().Select(text => text.Split(',').Length));
        rig.Settle();
        for (int i = 0; i < 200; i++) socket.JoinGroup(At($"ff05::9:{i:x}"), rig.Device);
        rig.Settle();
        rig.Query(within: 1);
        string[] answers = [.. rig.Listen(10).Select(one => one.Text)];
        Assert.InRange(answers.Length, 6, 8);
        Assert.Equal(200, answers.Sum(text => text.Split("IS_EX ff05::9:").Length - 1));
    }

    [Fact]
    public void Groups_that_come_and_go_without_end_leave_little_behind()
    {
        using NetworkSocket socket = _rig.Socket();
        for (int i = 0; i < 10_000; i++)
        {
            InetAddress group = InetAddress.FromV6(0xFF05UL << 48, (ulong)i + 0x10000);
            socket.JoinGroup(group, _rig.Device);
            socket.LeaveGroup(group, _rig.Device);
            _rig.Link.Sent.Clear();
        }

        Assert.InRange(_rig.States, 3, MembershipReporting.MaxDeparted + 3);
        _rig.Settle();
        Assert.Equal(3, _rig.States);
        Assert.Equal(0, _rig.Stack.Core.Context.Deadlines.Count);
    }

    private static InetAddress At(string address) => MldRig.At(address);

    private static InetAddress Source(byte[] frame) => new FrameView(frame, isEthernet: true).Ipv6.Source;

    private static SourceFilter Filter(FilterMode mode, string sources) =>
        new(mode, MldRig.All([.. sources.Split(' ').Select(source => $"2001:db8::{source}")]));

    private DropReason Datagram(string group) => _rig.Link.Receive(Frames.Make(buffer =>
    {
        new UdpHeader(7, 5000).PrependTo(buffer, new PseudoHeader(At("fe80::1"), At(group), IpProtocol.Udp, 0));
        new Ipv6Header(At("fe80::1"), At(group), IpProtocol.Udp, 1).PrependTo(buffer);
        new EthernetHeader(EthernetPort.GroupOf(At(group)), Frames.Peer, EtherType.Ipv6).PrependTo(buffer);
    }));
}
