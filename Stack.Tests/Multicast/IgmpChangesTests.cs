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

/// <summary>What a host says when its groups change. RFC 3376 §5.1.</summary>
public sealed class IgmpChangesTests : IDisposable
{
    private const string G = "224.1.1.1";

    private readonly IgmpRig _rig = new();

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
    public void The_second_report_comes_at_random()
    {
        HashSet<double> times = [];
        for (int seed = 1; seed <= 20; seed++)
        {
            using var rig = new IgmpRig(seed);
            rig.Joined(G);
            rig.Said();
            times.Add(Assert.Single(rig.Listen(10)).At);
        }

        Assert.True(times.Count > 15 && times.All(at => at is > 0 and <= 1000));
    }

    [Fact]
    public void A_router_that_fears_more_losses_is_told_more_often()
    {
        _rig.Query(robustness: 5);
        _rig.Joined(G);
        Assert.Equal(5, _rig.Said().Length + _rig.Listen(60).Count);
    }

    // The table of RFC 3376 §5.1: old state, new state, record sent.
    [Theory]
    [InlineData("IN 1", "IN 1 2", "ALLOW {2}")]
    [InlineData("IN 1 2", "IN 2", "BLOCK {1}")]
    [InlineData("IN 1 2", "IN 2 3", "ALLOW {3}; BLOCK {1}")]
    [InlineData("EX 1", "EX 1 2", "BLOCK {2}")]
    [InlineData("EX 1 2", "EX 2", "ALLOW {1}")]
    [InlineData("EX 1 2", "EX 2 3", "ALLOW {1}; BLOCK {3}")]
    [InlineData("IN 1", "EX 2", "TO_EX {2}")]
    [InlineData("EX 1", "IN 2 3", "TO_IN {2, 3}")]
    [InlineData("EX", "IN", "TO_IN {}")]
    [InlineData("IN 1", "IN", "BLOCK {1}")]
    [InlineData("EX", "EX", "")]
    public void A_change_of_filter_is_said_as_the_table_says(string before, string after, string expected)
    {
        NetworkSocket socket = _rig.Joined(G);
        var request = new GroupRequest(IgmpRig.At(G), _rig.Device);
        socket.SetGroupFilter(request, Filter(before));
        _rig.Settle();
        socket.SetGroupFilter(request, Filter(after));
        string[] said = _rig.Said();
        string[] repeated = [.. _rig.Listen(30).Select(heard => heard.Text)];
        if (expected.Length == 0)
        {
            Assert.Empty(said.Concat(repeated));
            return;
        }

        string full = string.Join("; ", expected.Split("; ").Select(record =>
            record.Replace("{", G + " {", StringComparison.Ordinal)));
        full = System.Text.RegularExpressions.Regex.Replace(full, "(?<=[{ ])([1-3])(?=[,}])", "10.0.0.$1");
        Assert.Equal([full], said);
        Assert.Equal([full], repeated);
    }

    [Fact]
    public void A_join_for_one_source_allows_it_and_nothing_else()
    {
        NetworkSocket socket = _rig.Joined("232.1.1.1", "10.0.0.7");
        Assert.Equal(["ALLOW 232.1.1.1 {10.0.0.7}"], _rig.Said());
        _rig.Settle();
        socket.LeaveGroup(IgmpRig.At("232.1.1.1"), _rig.Device, IgmpRig.At("10.0.0.7"));
        Assert.Equal(["BLOCK 232.1.1.1 {10.0.0.7}"], _rig.Said());
    }

    [Fact]
    public void A_second_member_changes_nothing_and_the_last_to_leave_says_so()
    {
        NetworkSocket first = _rig.Joined(G);
        _rig.Settle();
        NetworkSocket second = _rig.Joined(G);
        first.Dispose();
        Assert.Empty(_rig.Said());
        second.Dispose();
        Assert.Equal([$"TO_IN {G} {{}}"], _rig.Said());
        Assert.Equal([$"TO_IN {G} {{}}"], _rig.Listen(10).Select(heard => heard.Text));
    }

    [Fact]
    public void A_change_during_the_repetitions_is_merged_with_them()
    {
        // RFC 3376 §5.1: the mode is told for as many reports as after its last change, the source after that.
        NetworkSocket socket = _rig.Joined(G);
        _rig.Said();
        socket.BlockSource(new GroupRequest(IgmpRig.At(G), _rig.Device), IgmpRig.At("10.0.0.7"));
        Assert.Equal([$"TO_EX {G} {{10.0.0.7}}"], _rig.Said());
        Assert.Equal([$"BLOCK {G} {{10.0.0.7}}"], _rig.Listen(30).Select(heard => heard.Text));
    }

    [Fact]
    public void Joining_and_leaving_at_once_ends_with_the_leave()
    {
        _rig.Joined(G).Dispose();
        Assert.Equal([$"TO_EX {G} {{}}", $"TO_IN {G} {{}}"], _rig.Said());
        Assert.Equal([$"TO_IN {G} {{}}"], _rig.Listen(30).Select(heard => heard.Text));
    }

    [Fact]
    public void The_group_of_all_hosts_is_joined_and_never_reported()
    {
        using NetworkSocket socket = _rig.Joined("224.0.0.1");
        Assert.True(_rig.Stack.Groups.IsJoined(IgmpRig.At("224.0.0.1"), _rig.Device));
        _rig.Query();
        Assert.Empty(_rig.Said());
        Assert.Empty(_rig.Listen(60));
    }

    [Fact]
    public void Nothing_is_said_on_the_loopback_interface()
    {
        using NetworkSocket socket = _rig.Socket();
        socket.JoinGroup(IgmpRig.At(G), HostAddressing.LoopbackIndex);
        Assert.Empty(_rig.Listen(60));
        Assert.Equal(0, _rig.Stack.Core.Context.Deadlines.Count);
    }

    [Fact]
    public void A_host_without_address_reports_from_the_wildcard()
    {
        using var rig = new IgmpRig(addresses: []);
        rig.Joined(G);
        byte[] frame = Assert.Single(rig.Link.TakeSent());
        Assert.Equal(new byte[4], frame[26..30]);
        Assert.Equal($"TO_EX {G} {{}}", rig.Read(frame));
    }

    [Fact]
    public void A_tunnel_is_told_too()
    {
        using var rig = new IgmpRig(medium: LinkMedium.Ip);
        rig.Joined(G);
        Assert.Equal([$"TO_EX {G} {{}}"], rig.Said());
        rig.Settle();
        Assert.Equal(DropReason.None, rig.Query());
        Assert.Equal([$"IS_EX {G} {{}}"], rig.Listen(10).Select(heard => heard.Text));
    }

    [Fact]
    public void Up_again_all_groups_are_said_again_and_down_there_is_silence()
    {
        _rig.Joined(G);
        _rig.Joined("232.1.1.1", "10.0.0.7");
        _rig.Said();
        _rig.Stack.Configure(stack => stack.Host.SetUp("eth0", up: false));
        Assert.Empty(_rig.Listen(60));
        _rig.Joined("224.2.2.2");
        _rig.Joined("224.3.3.3").Dispose();
        Assert.Empty(_rig.Listen(60));
        _rig.Stack.Configure(stack => stack.Host.SetUp("eth0"));
        const string All = $"TO_EX {G} {{}}; ALLOW 232.1.1.1 {{10.0.0.7}}; TO_EX 224.2.2.2 {{}}";
        List<(double At, string Text)> heard = _rig.Listen(60);
        Assert.Equal([All, All], heard.Select(one => one.Text));
        Assert.Equal(0, heard[0].At);
    }

    [Fact]
    public void What_was_joined_before_there_was_a_link_is_said_once_there_is()
    {
        _rig.Stack.Configure(stack => stack.Host.AddInterface("eth1", 9));
        using NetworkSocket socket = _rig.Socket();
        socket.JoinGroup(IgmpRig.At(G), 9);
        using var link = new TestLink();
        _rig.Stack.Attach("eth1", link);
        _rig.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, link.Sent.Count(frame => _rig.Read(frame) == $"TO_EX {G} {{}}"));
        var header = new Ipv4Header(IgmpRig.At("10.9.0.1"), IgmpRig.At(G), IpProtocol.Udp);
        Assert.Equal(DropReason.UdpMalformed, link.Receive(Frames.Ipv4(EthernetPort.GroupOf(IgmpRig.At(G)), header, new byte[8])));
    }

    [Fact]
    public void Many_groups_are_packed_and_no_report_exceeds_the_mtu()
    {
        using var rig = new IgmpRig(mtu: 576);
        List<NetworkSocket> sockets = [];
        for (int i = 0; i < 300; i++)
        {
            NetworkSocket socket = rig.Socket();
            sockets.Add(socket);
            socket.JoinGroup(IgmpRig.At($"224.1.{i / 250}.{i % 250}"), rig.Device);
        }

        rig.Settle();
        rig.Query();
        string[] reports = [.. rig.Listen(10).Select(heard => heard.Text)];
        // 576 less 24 of IP and 8 of IGMP make room for 68 records of 8.
        Assert.Equal([68, 68, 68, 68, 28], reports.Select(report => report.Split("; ").Length));
        Assert.Equal(300, reports.SelectMany(report => report.Split("; ")).Distinct().Count());
    }

    [Fact]
    public void A_list_that_fits_no_report_is_split_but_cut_off_where_it_excludes()
    {
        using var rig = new IgmpRig(mtu: 100);      // room for (100 - 24 - 8 - 8) / 4 = 15 sources
        rig.Stack.Groups.MaxSourcesPerFilter = 40;
        string[] sources = [.. Enumerable.Range(1, 40).Select(i => $"10.0.0.{i}")];
        using NetworkSocket includes = rig.Socket(), excludes = rig.Socket();
        includes.JoinGroup(IgmpRig.At("232.1.1.1"), rig.Device, IgmpRig.At(sources[0]));
        excludes.JoinGroup(IgmpRig.At(G), rig.Device);
        includes.SetGroupFilter(new GroupRequest(IgmpRig.At("232.1.1.1"), rig.Device), new SourceFilter(FilterMode.Include, IgmpRig.All(sources)));
        excludes.SetGroupFilter(new GroupRequest(IgmpRig.At(G), rig.Device), new SourceFilter(FilterMode.Exclude, IgmpRig.All(sources)));
        rig.Settle();
        rig.Query();
        string[] reports = [.. rig.Listen(10).Select(heard => heard.Text)];
        Assert.Equal([15, 15, 10, 15], reports.Select(report => report.Split("10.0.0.").Length - 1));
        Assert.All(reports[..3], report => Assert.StartsWith("IS_IN 232.1.1.1", report, StringComparison.Ordinal));
        Assert.StartsWith($"IS_EX {G}", reports[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_that_come_and_go_by_the_thousand_are_forgotten()
    {
        using NetworkSocket socket = _rig.Socket();
        for (int i = 0; i < 5000; i++)
        {
            var group = new GroupRequest(InetAddress.FromV4(0xE1000000u + (uint)i), _rig.Device);
            socket.JoinGroup(group);
            socket.LeaveGroup(group);
            _rig.Link.Sent.Clear();
        }

        Assert.InRange(_rig.Stack.Groups.StateCount(_rig.Device), 1, MembershipReporting.MaxDeparted);
        _rig.Settle();
        Assert.Equal(0, _rig.Stack.Groups.StateCount(_rig.Device));
        Assert.Equal(0, _rig.Stack.Core.Context.Deadlines.Count);
    }

    private static SourceFilter Filter(string text)
    {
        string[] words = text.Split(' ');
        return new SourceFilter(
            words[0] == "IN" ? FilterMode.Include : FilterMode.Exclude, IgmpRig.All([.. words[1..].Select(word => "10.0.0." + word)]));
    }
}
