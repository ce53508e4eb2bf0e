using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Multicast;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Multicast;

/// <summary>What a host answers to queries of version 3, and when. RFC 3376 §5.2.</summary>
public sealed class IgmpQueriesTests : IDisposable
{
    private const string G = "224.1.1.1", S = "232.1.1.1";
    private static readonly string[] Two = ["10.0.0.1", "10.0.0.2"];

    private readonly IgmpRig _rig = new();

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
        Assert.Equal($"IS_EX {G} {{}}; IS_IN {S} {{10.0.0.1, 10.0.0.2}}", text);
    }

    [Fact]
    public void A_query_that_leaves_no_time_is_answered_at_once()
    {
        _rig.Joined(G);
        _rig.Settle();
        _rig.Query(within: 0);
        Assert.Equal((0, $"IS_EX {G} {{}}"), Assert.Single(_rig.Listen(10)));
    }

    // RFC 3376 §5.2: what the group's state and the query's sources make of the answer.
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
        if (excludes) foreach (string source in sources) socket.BlockSource(new GroupRequest(IgmpRig.At(G), _rig.Device), IgmpRig.At(Full(source[1..])));
        _rig.Settle();
        Assert.Equal(DropReason.None, _rig.Query(G, 1, [.. asked.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Full)]));
        string[] heard = [.. _rig.Listen(60).Select(one => one.Text)];
        if (expected is null) Assert.Empty(heard);
        else Assert.Equal([Record(expected)], heard);
    }

    [Fact]
    public void A_query_for_a_group_that_was_not_joined_is_ignored()
    {
        _rig.Joined(G);
        _rig.Settle();
        // 224.129.1.1 has the same station address.
        Assert.Equal(DropReason.IpGroupNotJoined, _rig.Query("224.129.1.1"));
        Assert.Equal(DropReason.IgmpIgnored, _rig.Query("224.129.1.1", to: G));
        Assert.Empty(_rig.Listen(60));
    }

    [Fact]
    public void A_host_that_has_nothing_to_report_says_nothing()
    {
        Assert.Equal(DropReason.IgmpIgnored, _rig.Query());
        Assert.Empty(_rig.Listen(60));
    }

    // Rule 1: a general answer that comes sooner covers all; rule 2: a later general query may only bring it forward.
    [Fact]
    public void An_answer_to_all_that_comes_sooner_serves_for_a_group_too()
    {
        _rig.Joined(G);
        _rig.Settle();
        _rig.Query(within: 0.1);
        Assert.Equal(DropReason.None, _rig.Query(G, 3000));
        Assert.Equal(DropReason.None, _rig.Query(within: 3000));
        Assert.Single(_rig.Listen(4000));
    }

    [Fact]
    public void A_later_general_query_that_is_to_be_answered_sooner_moves_the_answer()
    {
        _rig.Joined(G);
        _rig.Settle();
        _rig.Query(within: 3000);
        _rig.Query(within: 0.1);
        Assert.InRange(Assert.Single(_rig.Listen(4000)).At, 0, 100);
    }

    [Fact]
    public void Sources_asked_for_one_after_the_other_get_one_answer()      // rule 5
    {
        _rig.Joined(G);
        _rig.Settle();
        _rig.Query(G, 100, ["10.0.0.1"]);
        _rig.Query(G, 100, ["10.0.0.2", "10.0.0.1"]);
        Assert.Equal([Record("IS_IN {1, 2}")], _rig.Listen(200).Select(one => one.Text));
    }

    [Fact]
    public void A_query_for_the_group_makes_the_answer_one_about_all_sources()      // rule 4
    {
        _rig.Joined(G);
        _rig.Settle();
        _rig.Query(G, 100, ["10.0.0.1"]);
        _rig.Query(G, 100);
        _rig.Query(G, 100, ["10.0.0.2"]);
        Assert.Equal([Record("IS_EX {}")], _rig.Listen(200).Select(one => one.Text));
        _rig.Query(G, 1, ["10.0.0.2"]);      // and the next one is again about what it asks
        Assert.Equal([Record("IS_IN {2}")], _rig.Listen(200).Select(one => one.Text));
    }

    [Fact]
    public void Sources_without_end_are_answered_by_the_whole_state()
    {
        _rig.Joined(G);
        _rig.Settle();
        for (int i = 0; i < 50; i++)
            _rig.Query(G, 3000, [.. Enumerable.Range(0, 20).Select(k => $"10.1.{i}.{k}")]);
        Assert.Equal([Record("IS_EX {}")], _rig.Listen(4000).Select(one => one.Text));
    }

    [Fact]
    public void What_is_left_before_the_answer_is_not_answered_for()
    {
        NetworkSocket socket = _rig.Joined(G);
        _rig.Joined(S, Two);
        _rig.Settle();
        _rig.Query(G, 100);
        _rig.Query(within: 100);
        socket.Dispose();
        Assert.DoesNotContain(_rig.Listen(200), one => one.Text.Contains("IS_EX", StringComparison.Ordinal));
    }

    [Fact]
    public void Queries_that_no_router_of_the_link_sends_are_ignored()
    {
        _rig.Joined(G);
        _rig.Settle();
        byte[] query = Frames.Make(buffer => new IgmpQueryHeader(default, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(125)).PrependTo(buffer));
        Assert.Equal(DropReason.IgmpIgnored, _rig.Receive(query, "224.0.0.1", alerts: false));
        Assert.Equal(DropReason.IgmpMalformed, _rig.Receive(query, "224.0.0.1", timeToLive: 2));
        Assert.Equal(DropReason.IgmpIgnored, _rig.Receive(query, G));
        Assert.Equal(DropReason.IgmpMalformed, _rig.Query("10.1.1.1", to: "224.0.0.1"));
        Assert.Equal(DropReason.IgmpMalformed, _rig.Receive([0x11, 0, 0xEE, 0xFF, 0, 0, 0, 0, 0], "224.0.0.1"));
        Assert.Equal(DropReason.IgmpMalformed, _rig.Receive(query[..7], "224.0.0.1"));
        query[5] ^= 1;
        Assert.Equal(DropReason.IgmpBadChecksum, _rig.Receive(query, "224.0.0.1"));
        Assert.Empty(_rig.Listen(60));
    }

    [Fact]
    public void A_general_query_for_this_station_alone_is_answered()
    {
        _rig.Joined(G);
        _rig.Settle();
        Assert.Equal(DropReason.None, _rig.Query(within: 1, to: "10.9.0.2"));
        Assert.Single(_rig.Listen(60));
    }

    [Fact]
    public void Whatever_arrives_nothing_breaks_and_little_is_kept()
    {
        _rig.Joined(G);
        _rig.Joined(S, Two);
        _rig.Settle();
        Random random = TestSettings.Random(7);
        byte[] types = [0x11, 0x12, 0x16, 0x17, 0x22, 0];
        for (int i = 0; i < TestSettings.Count(20_000, 1_000_000); i++)
        {
            byte[] octets = new byte[random.Next(4) == 0 ? random.Next(60) : 8 + 4 * random.Next(12)];
            random.NextBytes(octets);
            if (octets.Length >= 12)
            {
                octets[0] = types[random.Next(types.Length)];
                InetAddress[] groups = IgmpRig.All(G, S, "0.0.0.0", "224.0.0.1");
                if (random.Next(3) != 0) groups[random.Next(4)].WriteOctets(octets.AsSpan(4));
                if (random.Next(3) != 0) octets[11] = (byte)((octets.Length - 12) / 4);
                if (random.Next(3) != 0) octets[10] = 0;
            }

            if (octets.Length >= 4)
            {
                octets[2] = octets[3] = 0;
                System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), InternetChecksum.Of(octets));
            }

            _rig.Receive(octets, random.Next(2) == 0 ? "224.0.0.1" : G, random.Next(4) != 0);
            if (random.Next(10) == 0) _rig.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(2000)));
            _rig.Said();
            Assert.InRange(_rig.Stack.Core.Context.Deadlines.Count, 0, 4);
            Assert.Equal(2, _rig.Stack.Groups.StateCount(_rig.Device));
        }
    }

    private static string Full(string source) => "10.0.0." + source;

    private static string Record(string text)
    {
        int brace = text.IndexOf('{', StringComparison.Ordinal);
        string list = string.Join(", ", text[(brace + 1)..^1].Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(Full));
        return $"{text[..brace]}{G} {{{list}}}";
    }
}
