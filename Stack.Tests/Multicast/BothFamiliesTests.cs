using System.Globalization;
using System.Text.RegularExpressions;
using UserNet.Multicast;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Multicast;

/// <summary>
/// IGMP and MLD are one machine: the same joins, leaves and queries in both families make the same be said, but for the words. RFC 3810 §1.
/// </summary>
public sealed partial class BothFamiliesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_same_script_says_the_same(bool speaksOld)
    {
        Random random = TestSettings.Random(salt: speaksOld ? 12 : 11);
        for (int run = TestSettings.Count(30, 2000); run > 0; run--)
        {
            using var v4 = new IgmpRig(random.Next());
            using var v6 = new MldRig(random.Next(), medium: UserNet.Link.LinkMedium.Ip);      // no group of its own is reported there
            List<NetworkSocket> sockets4 = [], sockets6 = [];
            v4.Settle();
            if (speaksOld)
            {
                v4.OldQuery();
                v6.OldQuery();
            }

            for (int step = 0; step < 25; step++)
            {
                string what = Step(random, speaksOld, v4, v6, sockets4, sockets6);
                string[] said4 = [.. v4.Said().Select(Translate)], said6 = v6.Said();
                if (!said4.SequenceEqual(said6)) Assert.Fail($"{what}\n{string.Join('\n', said4)}\nbut\n{string.Join('\n', said6)}");
                if (random.Next(3) != 0) continue;
                // Each at a time of its own, but all within these.
                Assert.Equal(
                    v4.Listen(25).Select(one => Translate(one.Text)).Order(StringComparer.Ordinal), v6.Listen(25).Select(one => one.Text).Order(StringComparer.Ordinal));
            }

            // With all that waited said, both are in the same state.
            v4.Settle();
            v6.Settle();
            Assert.Equal(v4.Stack.Groups.StateCount(v4.Device), v6.States - 2);
            v4.Query(within: 0);
            v6.Query(within: 0);
            Assert.Equal(
                v4.Listen(30).Select(one => Translate(one.Text)).Order(StringComparer.Ordinal), v6.Listen(30).Select(one => one.Text).Order(StringComparer.Ordinal));
        }
    }

    private static string Step(Random random, bool speaksOld, IgmpRig v4, MldRig v6, List<NetworkSocket> sockets4, List<NetworkSocket> sockets6)
    {
        int which = random.Next(sockets4.Count), group = random.Next(1, 5), source = random.Next(1, 5);
        (string group4, string group6) = ($"224.1.1.{group}", $"ff05::{group}");
        (string source4, string source6) = ($"10.0.0.{source}", $"2001:db8::{source}");
        var request4 = new GroupRequest(IgmpRig.At(group4), v4.Device);
        var request6 = new GroupRequest(MldRig.At(group6), v6.Device);
        int action = sockets4.Count == 0 ? 0 : random.Next(speaksOld ? 6 : 9);
        switch (action)
        {
            case 0:
                sockets4.Add(v4.Socket());
                sockets6.Add(v6.Socket());
                break;
            case 1 or 2:
                bool isPicky = random.Next(2) == 0;
                Assert.Equal(
                    sockets4[which].TryJoinGroup(request4, isPicky ? IgmpRig.At(source4) : null), sockets6[which].TryJoinGroup(request6, isPicky ? MldRig.At(source6) : null));
                break;
            case 3:
                Assert.Equal(sockets4[which].TryLeaveGroup(request4), sockets6[which].TryLeaveGroup(request6));
                break;
            case 4:
                sockets4[which].Dispose();
                sockets6[which].Dispose();
                sockets4.RemoveAt(which);
                sockets6.RemoveAt(which);
                break;
            case 5:
                bool asksSource = random.Next(2) == 0;
                v4.Query(group4, 5, asksSource ? [source4] : []);
                v6.Query(group6, 5, asksSource ? [source6] : []);
                break;
            case 6:
                Attempt(() => sockets4[which].BlockSource(request4, IgmpRig.At(source4)));
                Attempt(() => sockets6[which].BlockSource(request6, MldRig.At(source6)));
                break;
            case 7:
                Attempt(() => sockets4[which].UnblockSource(request4, IgmpRig.At(source4)));
                Attempt(() => sockets6[which].UnblockSource(request6, MldRig.At(source6)));
                break;
            default:
                Assert.Equal(
                    sockets4[which].TryLeaveGroup(request4, IgmpRig.At(source4)), sockets6[which].TryLeaveGroup(request6, MldRig.At(source6)));
                break;
        }

        return $"action {action} of socket {which}, group {group}, source {source}";
    }

    private static void Attempt(Action call)
    {
        try
        {
            call();
        }
        catch (NetworkException)
        {
            // The other family refuses it, too, or what is said is not the same.
        }
    }

    private static string Translate(string text) => Addresses()
        .Replace(text.Replace("MembershipReportV2", "ListenerReport", StringComparison.Ordinal).Replace("LeaveGroup", "ListenerDone", StringComparison.Ordinal),
            match => (match.Value[0] == '2' ? "ff05::" : "2001:db8::") + match.Groups[1].Value.ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex(@"(?:224\.1\.1|10\.0\.0)\.(\d+)")]
    private static partial Regex Addresses();
}
