using UserNet.Doors;
using UserNet.Multicast;
using UserNet.Sockets;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Multicast;

/// <summary>Routers that speak version 2 or 1, and the host that speaks as they do. RFC 3376 §7, RFC 2236 §3.</summary>
public sealed class IgmpOldVersionsTests : IDisposable
{
    private const string G = "224.1.1.1", H = "224.2.2.2";

    private readonly IgmpRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_host_speaks_the_oldest_version_that_a_router_speaks_until_it_is_silent()
    {
        Assert.Equal(3, _rig.Version);
        _rig.OldQuery();
        Assert.Equal(2, _rig.Version);
        _rig.OldQuery(tenths: 0);
        Assert.Equal(1, _rig.Version);
        _rig.Query();
        _rig.OldQuery();
        Assert.Equal(1, _rig.Version);
        // 2 times 125 s, and the 10 s of an answer. RFC 3376 §8.12.
        _rig.Clock.Advance(TimeSpan.FromSeconds(259.9));
        Assert.Equal(1, _rig.Version);
        _rig.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(3, _rig.Version);
    }

    [Fact]
    public void Version_1_ends_before_version_2_where_the_latter_was_heard_later()
    {
        _rig.OldQuery(tenths: 0);
        _rig.Clock.Advance(TimeSpan.FromSeconds(100));
        _rig.OldQuery();
        _rig.Clock.Advance(TimeSpan.FromSeconds(160));
        Assert.Equal(2, _rig.Version);
        _rig.Clock.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(3, _rig.Version);
    }

    [Fact]
    public void What_a_version_3_router_says_of_its_interval_counts_for_the_older_ones()
    {
        _rig.Query(robustness: 3, interval: 20);
        _rig.OldQuery(tenths: 50);
        _rig.Clock.Advance(TimeSpan.FromSeconds(64.9));
        Assert.Equal(2, _rig.Version);
        _rig.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(3, _rig.Version);
    }

    [Fact]
    public void A_query_of_version_2_for_a_group_changes_no_version()
    {
        _rig.Joined(G);
        _rig.Settle();
        Assert.Equal(DropReason.None, _rig.OldQuery(G, 10));
        Assert.Equal(3, _rig.Version);
        Assert.Equal([$"IS_EX {G} {{}}"], _rig.Listen(30).Select(one => one.Text));
    }

    [Theory]
    [InlineData(100, "MembershipReportV2", true)]
    [InlineData(0, "MembershipReportV1", false)]
    public void A_join_is_reported_to_the_group_twice_and_a_leave_to_the_routers_in_version_2_only(int tenths, string report, bool saysLeave)
    {
        _rig.OldQuery(tenths: tenths);
        NetworkSocket socket = _rig.Joined(G);
        Assert.Equal([$"{report} {G}"], _rig.Said());
        (double at, string text) = Assert.Single(_rig.Listen(60));
        Assert.InRange(at, 0.1, 10_000);
        Assert.Equal($"{report} {G}", text);
        socket.Dispose();
        Assert.Equal(saysLeave ? [$"LeaveGroup {G}"] : [], _rig.Said());
        Assert.Empty(_rig.Listen(60));
    }

    [Fact]
    public void Sources_are_not_spoken_of_in_version_2()
    {
        _rig.OldQuery();
        NetworkSocket socket = _rig.Joined(G, "10.0.0.1");
        Assert.Equal([$"MembershipReportV2 {G}"], _rig.Said());
        socket.JoinGroup(IgmpRig.At(G), _rig.Device, IgmpRig.At("10.0.0.2"));
        Assert.Empty(_rig.Said());
        socket.LeaveGroup(IgmpRig.At(G), _rig.Device);
        Assert.Equal([$"LeaveGroup {G}"], _rig.Said());
    }

    [Fact]
    public void Each_group_is_answered_for_at_a_time_of_its_own()
    {
        _rig.OldQuery();
        _rig.Joined(G);
        _rig.Joined(H);
        _rig.Settle();
        _rig.OldQuery(tenths: 100);
        List<(double At, string Text)> heard = _rig.Listen(60);
        Assert.Equal([$"MembershipReportV2 {G}", $"MembershipReportV2 {H}"], heard.Select(one => one.Text).Order());
        Assert.NotEqual(heard[0].At, heard[1].At);
        Assert.All(heard, one => Assert.InRange(one.At, 0.1, 10_000));
    }

    [Fact]
    public void A_group_that_another_host_reports_is_not_reported_again_nor_its_leave()
    {
        _rig.OldQuery();
        NetworkSocket socket = _rig.Joined(G);
        _rig.Joined(H);
        _rig.Settle();
        _rig.OldQuery(tenths: 100);
        Assert.Equal(DropReason.None, _rig.Message(IgmpType.MembershipReportV2, G, G));
        Assert.Equal([$"MembershipReportV2 {H}"], _rig.Listen(60).Select(one => one.Text));
        socket.Dispose();
        Assert.Empty(_rig.Said());
    }

    [Fact]
    public void In_version_3_no_other_host_takes_the_answer_away()
    {
        _rig.Joined(G);
        _rig.Settle();
        _rig.Query();
        Assert.Equal(DropReason.IgmpIgnored, _rig.Message(IgmpType.MembershipReportV2, G, G));
        Assert.Single(_rig.Listen(60));
    }

    [Fact]
    public void A_shorter_time_brings_an_answer_forward_and_a_longer_one_leaves_it()
    {
        _rig.OldQuery();
        _rig.Joined(G);
        _rig.Settle();
        _rig.OldQuery(G, 250);
        _rig.OldQuery(G, 1);
        Assert.InRange(Assert.Single(_rig.Listen(60)).At, 0.1, 100);
        _rig.OldQuery(G, 1);
        _rig.OldQuery(G, 250);
        Assert.InRange(Assert.Single(_rig.Listen(60)).At, 0.1, 100);
    }

    [Fact]
    public void A_change_of_version_drops_what_waits()
    {
        _rig.Joined(G);
        _rig.Settle();
        _rig.Query(within: 100);
        _rig.Joined(H);
        _rig.Said();
        _rig.OldQuery(tenths: 10);
        Assert.All(_rig.Listen(150), one => Assert.StartsWith("MembershipReportV2", one.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_query_of_version_3_in_version_2_is_answered_group_by_group()
    {
        _rig.OldQuery();
        _rig.Joined(G);
        _rig.Settle();
        Assert.Equal(DropReason.None, _rig.Query(G, 1, ["10.0.0.1"]));
        Assert.Equal([$"MembershipReportV2 {G}"], _rig.Listen(30).Select(one => one.Text));
    }

    [Fact]
    public void A_leave_that_waits_for_repetition_is_forgotten_when_the_version_changes()
    {
        _rig.Joined(G).Dispose();
        Assert.Equal(1, _rig.Stack.Groups.StateCount(_rig.Device));
        _rig.OldQuery();
        Assert.Equal(0, _rig.Stack.Groups.StateCount(_rig.Device));
        _rig.Joined(G).Dispose();
        _rig.Said();
        Assert.Equal(0, _rig.Stack.Groups.StateCount(_rig.Device));
    }
}
