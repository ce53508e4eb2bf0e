using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Multicast;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Multicast;

/// <summary>What a host answers to MLD queries, and which it does not even look at. RFC 3810 §5.1, §6.2, §8.2; RFC 2710 §4.</summary>
public sealed class MldQueriesTests : IDisposable
{
    private const string G = "ff05::1:1", S = "ff3e::8000:1", Solicited = "ff02::1:ff00:2";
    private static readonly string[] Two = ["2001:db8::1", "2001:db8::2"];

    private readonly MldRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_general_query_is_answered_once_for_all_groups_within_its_time()
    {
        _rig.Joined(G);
        _rig.Joined(S, Two);
        _rig.Settle();
        Assert.Equal(DropReason.None, _rig.Query(within: 3));
        Assert.Empty(_rig.Said());
        (double at, string text) = Assert.Single(_rig.Listen(60));
        Assert.InRange(at, 0.1, 3000);
        Assert.Equal($"IS_EX {Solicited} {{}}; IS_EX {G} {{}}; IS_IN {S} {{2001:db8::1, 2001:db8::2}}", text);
    }

    // RFC 3810 §6.2: what the group's state and the query's sources make of the answer.
    [Theory]
    [InlineData("", "", "IS_EX {}")]
    [InlineData("", "1 2", "IS_IN {1, 2}")]
    [InlineData("1 2", "", "IS_IN {1, 2}")]
    [InlineData("1 2", "2 3", "IS_IN {2}")]
    [InlineData("1 2", "3 4", null)]
    [InlineData("-1 -2", "", "IS_EX {1, 2}")]
    [InlineData("-1 -2", "2 3", "IS_IN {3}")]
    [InlineData("-1 -2", "1 2", null)]
    public void A_group_is_answered_for_as_the_table_says(string state, string asked, string? expected)
    {
        string[] sources = [.. state.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        bool excludes = state.Length == 0 || state[0] == '-';
        using NetworkSocket socket = _rig.Joined(G, excludes ? [] : [.. sources.Select(Full)]);
        if (excludes) foreach (string source in sources) socket.BlockSource(new GroupRequest(MldRig.At(G), _rig.Device), MldRig.At(Full(source[1..])));
        _rig.Settle();
        Assert.Equal(DropReason.None, _rig.Query(G, 1, [.. asked.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Full)]));
        string[] heard = [.. _rig.Listen(60).Select(one => one.Text)];
        if (expected is null) Assert.Empty(heard);
        else Assert.Equal([System.Text.RegularExpressions.Regex.Replace(expected, "[1-4]", "2001:db8::$0").Replace("{", G + " {", StringComparison.Ordinal)], heard);
    }

    // RFC 3810 §5.1.3: 8,387.584 s is the longest time that can be asked for, as a floating point number.
    [Fact]
    public void A_long_time_to_answer_in_is_understood()
    {
        _rig.Joined(G);
        _rig.Settle();
        _rig.Query(within: 8387.584);
        double[] times = [.. Enumerable.Range(1, 8).Select(seed =>
        {
            using var rig = new MldRig(seed);
            rig.Query(within: 8387.584);
            return Assert.Single(rig.Listen(8400)).At;
        })];
        Assert.Contains(times, at => at > 65_536);
        Assert.All(times, at => Assert.InRange(at, 0, 8_387_584));
    }

    // RFC 3810 §5.1.14, §6.2: link-local source, hop limit 1, router alert. Whom it was sent to does not matter (§5.1.15).
    [Fact]
    public void A_query_that_no_router_of_the_link_sends_is_ignored()
    {
        _rig.Stack.Configure(stack => stack.Host.AddAddress("eth0", "2001:db8::2/64"));
        _rig.Settle();
        Assert.Equal(DropReason.MldForged, _rig.Query(from: "2001:db8::1"));
        Assert.Equal(DropReason.MldForged, _rig.Query(from: "::"));
        Assert.Equal(DropReason.MldForged, _rig.Query(alerts: false));
        byte[] query = General();
        Assert.Equal(DropReason.MldForged, _rig.Receive(query, MulticastGroups.AllNodes, hopLimit: 2));
        Assert.Equal(DropReason.MldForged, _rig.Receive(query, MulticastGroups.AllNodes, hopLimit: 255));
        query[5] ^= 1;
        Assert.Equal(DropReason.Icmp6BadChecksum, _rig.Receive(query, MulticastGroups.AllNodes));
        Assert.Empty(_rig.Listen(60));
        Assert.Equal(DropReason.None, _rig.Query(within: 1, to: MldRig.Own));
        Assert.Single(_rig.Listen(60));
    }

    // RFC 3810 §8.1: 25 to 27 octets are no query of any version; a group that is none, sources in a general query.
    [Fact]
    public void A_query_that_can_not_be_is_malformed()
    {
        foreach (int length in (int[])[8, 23, 25, 26, 27]) Assert.Equal(DropReason.MldMalformed, Send(new byte[length]));
        Assert.Equal(DropReason.MldMalformed, _rig.Query("2001:db8::1", to: "ff02::1"));
        Assert.Equal(DropReason.MldMalformed, _rig.Query("::ffff:224.1.1.1", to: "ff02::1"));
        Assert.Equal(DropReason.MldMalformed, _rig.Query(sources: Two));
        byte[] query = General();
        query[27] = 1;      // a source that is not there
        Assert.Equal(DropReason.MldMalformed, Send(query));
        Assert.Empty(_rig.Listen(60));
    }

    [Fact]
    public void What_is_for_routers_and_about_other_groups_is_ignored()
    {
        Assert.Equal(DropReason.MldIgnored, _rig.Query(G, to: "ff02::1"));
        Assert.Equal(DropReason.MldIgnored, _rig.Message(Icmpv6Type.ListenerDone, G, "ff02::1"));
        Assert.Equal(DropReason.MldIgnored, _rig.Message(Icmpv6Type.ListenerReport, G, "ff02::1"));
        byte[] report = Frames.Make(buffer =>
        {
            var writer = new MldReportWriter(buffer, 1000);
            writer.TryAppend(GroupRecordType.ModeIsExclude, MldRig.At(G));
            writer.Finish(MldRig.At(MldRig.Router), MulticastGroups.AllNodes);
        });
        Assert.Equal(DropReason.MldIgnored, _rig.Receive(report, MulticastGroups.AllNodes));
        Assert.Empty(_rig.Listen(60));
    }

    [Fact]
    public void Thousands_of_sources_are_answered_by_the_whole_state()
    {
        _rig.Joined(G);
        _rig.Settle();
        for (int i = 0; i < 100; i++)
            Assert.Equal(DropReason.None, _rig.Query(G, 3000, [.. Enumerable.Range(0, 60).Select(k => $"2001:db8:{i:x}::{k:x}")]));
        Assert.Equal([$"IS_EX {G} {{}}"], _rig.Listen(4000).Select(one => one.Text));
    }

    // RFC 3810 §8.2.1, §9.12: 2 times 125 s and 10 s after the last query of version 1, whatever it asks for.
    [Theory]
    [InlineData("::")]
    [InlineData(G)]
    public void A_host_speaks_version_1_until_no_router_does(string group)
    {
        Assert.Equal(2, _rig.Version);
        _rig.Joined(G);
        _rig.Settle();
        Assert.Equal(DropReason.None, _rig.OldQuery(group, within: group == G ? 1 : 10));
        Assert.Equal(1, _rig.Version);
        _rig.Query();
        Assert.Equal(1, _rig.Version);
        _rig.Clock.Advance(TimeSpan.FromSeconds(259.9));
        Assert.Equal(1, _rig.Version);
        _rig.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(2, _rig.Version);
        _rig.Link.Sent.Clear();
        _rig.Joined(S, Two);
        Assert.Equal([$"ALLOW {S} {{2001:db8::1}}", $"ALLOW {S} {{2001:db8::1, 2001:db8::2}}"], _rig.Said());
    }

    [Fact]
    public void What_a_version_2_router_says_of_its_intervals_counts_for_version_1()
    {
        _rig.Query(robustness: 3, interval: 20, within: 5);
        _rig.OldQuery(G.Replace(":1:", ":2:", StringComparison.Ordinal), within: 1);      // of no group here: even so
        _rig.Message(Icmpv6Type.ListenerQuery, G, "ff02::1", 1000);
        _rig.Clock.Advance(TimeSpan.FromSeconds(64.9));
        Assert.Equal(1, _rig.Version);
        _rig.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(2, _rig.Version);
    }

    [Fact]
    public void In_version_1_a_join_is_said_to_the_group_twice_and_a_leave_to_the_routers()
    {
        _rig.OldQuery();
        _rig.Settle();
        NetworkSocket socket = _rig.Joined(G, Two);
        Assert.Equal([$"ListenerReport {G}"], _rig.Said());
        (double at, string text) = Assert.Single(_rig.Listen(60));
        Assert.InRange(at, 0.1, 10_000);      // RFC 2710 §7.10
        Assert.Equal($"ListenerReport {G}", text);
        socket.Dispose();
        Assert.Equal([$"ListenerDone {G}"], _rig.Said());
        Assert.Empty(_rig.Listen(60));
    }

    [Fact]
    public void In_version_1_a_report_of_another_host_saves_one_and_one_from_nowhere_does_not()
    {
        _rig.OldQuery();
        NetworkSocket socket = _rig.Joined(G);
        _rig.Settle();
        _rig.OldQuery(G);
        Assert.Equal(DropReason.MldForged, _rig.Message(Icmpv6Type.ListenerReport, G, G, from: "::"));      // RFC 3590 §4: routers ignore it
        Assert.Equal([$"ListenerReport {G}"], _rig.Listen(60).Select(one => one.Text));
        _rig.OldQuery(G);
        Assert.Equal(DropReason.None, _rig.Message(Icmpv6Type.ListenerReport, G, G, from: "fe80::99"));
        Assert.Empty(_rig.Listen(60));
        socket.Dispose();
        Assert.Empty(_rig.Said());
    }

    [Fact]
    public void In_version_1_a_query_of_version_2_is_answered_group_by_group()
    {
        _rig.OldQuery();
        _rig.Joined(G);
        _rig.Settle();
        Assert.Equal(DropReason.None, _rig.Query(G, 1, Two));
        Assert.Equal([$"ListenerReport {G}"], _rig.Listen(30).Select(one => one.Text));
        _rig.Query(within: 3);
        Assert.Equal([$"ListenerReport {Solicited}", $"ListenerReport {G}"], _rig.Listen(30).Select(one => one.Text).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void In_version_1_too_what_was_said_from_no_address_is_said_again()
    {
        using var rig = new MldRig(addresses: ["10.9.0.2/24"]);
        rig.Joined(G);
        rig.Settle();
        Assert.Equal(DropReason.FrameGroupNotJoined, rig.OldQuery());
        Assert.Equal(DropReason.None, rig.OldQuery(G, within: 0.001));
        Assert.Equal([$"ListenerReport {G} (::)"], rig.Listen(1).Select(one => one.Text));
        rig.Stack.Configure(stack => stack.Host.AddAddress("eth0", "fe80::2/64"));
        Assert.Contains($"ListenerReport {G}", rig.Listen(60).Select(one => one.Text));
    }

    [Fact]
    public void Whatever_arrives_nothing_breaks_and_little_is_kept()
    {
        _rig.Joined(G);
        _rig.Joined(S, Two);
        _rig.Settle();
        Random random = TestSettings.Random(7);
        byte[] types = [130, 130, 131, 132, 143, 0];
        for (int i = 0; i < TestSettings.Count(20_000, 1_000_000); i++)
        {
            byte[] octets = new byte[random.Next(4) == 0 ? random.Next(100) : random.Next(2) == 0 ? 24 : 28 + (16 * random.Next(6))];
            random.NextBytes(octets);
            if (octets.Length > 0 && octets[0] == (byte)Icmpv6Type.EchoRequest) octets[0] = 0;      // its answer would wait for the neighbor
            if (octets.Length >= 24)
            {
                octets[0] = types[random.Next(types.Length)];
                if (random.Next(3) != 0) MldRig.All(G, S, "::", "ff02::1", Solicited)[random.Next(5)].WriteOctets(octets.AsSpan(8));
            }

            if (octets.Length >= 28)
            {
                if (random.Next(3) != 0) octets[27] = (byte)((octets.Length - 28) / 16);
                if (random.Next(3) != 0) octets[26] = 0;
            }

            InetAddress to = random.Next(2) == 0 ? MulticastGroups.AllNodes : MldRig.At(G);
            if (octets.Length >= 4) Seal(octets, to);
            _rig.Receive(octets, to, alerts: random.Next(8) != 0, hopLimit: random.Next(8) == 0 ? (byte)64 : (byte)1);
            if (random.Next(10) == 0) _rig.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(2000)));
            _rig.Said();
            Assert.InRange(_rig.Stack.Core.Context.Deadlines.Count, 0, 6);
            Assert.Equal(5, _rig.States);
        }
    }

    private static string Full(string source) => "2001:db8::" + source;

    private static void Seal(byte[] octets, InetAddress to)
    {
        octets[2] = octets[3] = 0;
        var pseudo = new PseudoHeader(MldRig.At(MldRig.Router), to, IpProtocol.Icmpv6, octets.Length);
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), InternetChecksum.Of(octets, pseudo));
    }

    private static byte[] General() => Frames.Make(buffer => new MldQueryHeader(InetAddress.AnyV6, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(125))
        .WriteTo(buffer, MldRig.At(MldRig.Router), MulticastGroups.AllNodes));

    private DropReason Send(byte[] octets)
    {
        octets[0] = (byte)Icmpv6Type.ListenerQuery;
        Seal(octets, MulticastGroups.AllNodes);
        return _rig.Receive(octets, MulticastGroups.AllNodes);
    }
}
