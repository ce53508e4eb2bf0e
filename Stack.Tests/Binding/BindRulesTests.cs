using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Binding;

/// <summary>
/// The sharing tables of each system, cell by cell, through the sockets that a user holds. Here Linux and POSIX.
/// </summary>
public sealed partial class BindRulesTests
{
    // X EADDRINUSE, "ok L:X" refused only if the old socket listens.
    private const string LinuxSameUser =
        """
        old \ new | none |   RA   |  RP | RA+RP
        none      |  X   |   X    |  X  |   X
        RA        |  X   | ok L:X |  X  | ok L:X
        RP        |  X   |   X    | ok  |  ok
        RA+RP     |  X   | ok L:X | ok  |  ok
        """;

    private const string LinuxDifferentUser =
        """
        old \ new | none |   RA   |  RP | RA+RP
        none      |  X   |   X    |  X  |   X
        RA        |  X   | ok L:X |  X  | ok L:X
        RP        |  X   |   X    |  X  |   X
        RA+RP     |  X   | ok L:X |  X  | ok L:X
        """;

    public static TheoryData<string, string, uint, string> LinuxCells()
    {
        var cells = new TheoryData<string, string, uint, string>();
        foreach ((string old, string @new, string verdict) in CellsOf(LinuxSameUser)) cells.Add(old, @new, 0, verdict);
        foreach ((string old, string @new, string verdict) in CellsOf(LinuxDifferentUser)) cells.Add(old, @new, 1001, verdict);
        return cells;
    }

    [Theory]
    [MemberData(nameof(LinuxCells))]
    public void Linux_decides_streams_as_was_measured(string old, string @new, uint uid, string verdict)
    {
        (string, string)[] pairs =
            [("0.0.0.0", "10.1.0.1"), ("10.1.0.1", "0.0.0.0"), ("10.1.0.1", "10.1.0.1"), ("0.0.0.0", "0.0.0.0")];
        foreach ((string oldAddress, string newAddress) in pairs)
        {
            foreach (bool listens in new[] { false, true })
            {
                NetworkStack stack = BindRig.Stack(Personality.Linux);
                NetworkSocket first = stack.OpenBound("tcp4", $"{oldAddress}:5000", SharingOf(old));
                if (listens) first.Listen();
                BindRule expected = verdict == "ok" || (verdict == "ok L:X" && !listens) ? BindRule.Granted : BindRule.InUse;
                BindRule answered = stack.Open("tcp4", SharingOf(@new), uid).Bind($"{newAddress}:5000");
                Assert.True(expected == answered, $"{oldAddress} {old} (listens: {listens}), then {newAddress} {@new}: {answered}");
                Assert.Equal(expected == BindRule.Granted ? Errno.Success : Errno.EADDRINUSE, answered.ToErrno());
            }
        }
    }

    [Theory]
    [MemberData(nameof(LinuxCells))]
    public void Linux_decides_datagrams_the_same_but_for_listeners(string old, string @new, uint uid, string verdict)
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        stack.OpenBound("udp4", "0.0.0.0:5000", SharingOf(old));
        BindRule answered = stack.Open("udp4", SharingOf(@new), uid).Bind("10.1.0.1:5000");
        Assert.Equal(verdict == "X" ? BindRule.InUse : BindRule.Granted, answered);
    }

    [Theory]
    [InlineData("::, dual-stack", "0.0.0.0", true)]
    [InlineData("0.0.0.0", "::, dual-stack", true)]
    [InlineData("::, dual-stack", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "::, dual-stack", true)]
    [InlineData("::, v6only", "0.0.0.0", false)]
    [InlineData("::, v6only", "::, dual-stack", true)]
    [InlineData("::, v6only", "127.0.0.1", false)]
    [InlineData("::, v6only", "::1", true)]
    [InlineData("::1", "0.0.0.0", false)]
    [InlineData("::1", "127.0.0.1", false)]
    [InlineData("::1", "::, dual-stack", true)]
    [InlineData("::1", "::, v6only", true)]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1", true)]
    [InlineData("::ffff:0.0.0.0", "127.0.0.1", true)]
    [InlineData("::ffff:0.0.0.0", "::1", false)]
    [InlineData("::ffff:0.0.0.0", "::, v6only", false)]
    [InlineData("::ffff:0.0.0.0", "::, dual-stack", true)]
    [InlineData("127.0.0.1", "127.0.0.2", false)]
    [InlineData("224.1.1.1", "10.1.0.1", false)]
    [InlineData("224.1.1.1", "0.0.0.0", true)]
    [InlineData("224.1.1.1", "224.1.1.1", true)]
    public void Addresses_overlap_by_what_they_cover(string first, string second, bool overlap)
    {
        foreach (Personality personality in new[] { Personality.Linux, Personality.Posix })
        {
            foreach (string protocol in new[] { "tcp", "udp" })
            {
                NetworkStack stack = BindRig.Stack(personality);
                Assert.Equal(BindRule.Granted, BindTo(stack, protocol, first));
                Assert.Equal(overlap ? BindRule.InUse : BindRule.Granted, BindTo(stack, protocol, second));
                Assert.Equal(BindRule.Granted, BindTo(stack, protocol == "tcp" ? "udp" : "tcp", second));
            }
        }
    }

    [Fact]
    public void Of_two_twins_with_SO_REUSEADDR_one_may_listen_and_then_the_other()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        NetworkSocket one = stack.OpenBound("tcp4", "127.0.0.1:5000", Sharing.ReuseAddress);
        NetworkSocket two = stack.OpenBound("tcp4", "127.0.0.1:5000", Sharing.ReuseAddress);
        Assert.Equal(BindRule.Granted, one.TryListen().Rule);
        Assert.Equal(BindRule.InUse, two.TryListen().Rule);
        Assert.True(two.IsBound);
        one.Close();
        Assert.Equal(BindRule.Granted, two.TryListen().Rule);
    }

    [Theory]
    [InlineData(Sharing.ReuseAddress, "tcp4", BindRule.InUse)]     // case 98
    [InlineData(Sharing.ReusePort, "tcp4", BindRule.Granted)]      // case 100: the memo does not forget
    [InlineData(Sharing.ReusePort, "udp4", BindRule.InUse)]
    public void Clearing_an_option_of_the_first_counts_at_once(Sharing option, string kind, BindRule expected)
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        stack.OpenBound(kind, "127.0.0.1:5000", option).Set(option, false);
        Assert.Equal(expected, stack.Open(kind, option).Bind("127.0.0.1:5000"));
    }

    [Theory]
    [InlineData(Sharing.ReuseAddress)]
    [InlineData(Sharing.ReusePort)]
    public void Setting_an_option_of_the_first_counts_at_once(Sharing option)      // cases 97 and 99
    {
        foreach (string kind in Kinds.Where(static kind => kind[3] == '4'))
        {
            NetworkStack stack = BindRig.Stack(Personality.Linux);
            stack.OpenBound(kind, "127.0.0.1:5000").Set(option, true);
            Assert.Equal(BindRule.Granted, stack.Open(kind, option).Bind("127.0.0.1:5000"));
        }
    }

    // The memo of the last SO_REUSEPORT binder lets a newcomer in unseen: cases 122 to 124, and what bounds it.
    [Theory]
    [InlineData("127.0.0.1 RA, 127.0.0.1 RA+RP, 127.0.0.1 RP", 0, BindRule.Granted)]
    [InlineData("127.0.0.1 RA, 127.0.0.1 RA+RP, 127.0.0.1 RP", 1001, BindRule.InUse)]
    [InlineData("127.0.0.1 RA, 127.0.0.1 RA+RP, 127.0.0.1 RA, 127.0.0.1 RP", 0, BindRule.InUse)]
    [InlineData("127.0.0.1 RA, 127.0.0.1 RA+RP, 127.0.0.1 none", 0, BindRule.InUse)]
    [InlineData("127.0.0.1 RA, 127.0.0.1 RA+RP, 0.0.0.0 RP", 0, BindRule.InUse)]
    [InlineData("127.0.0.1 RA, 0.0.0.0 RA+RP, 127.0.0.1 RP", 0, BindRule.Granted)]
    [InlineData("127.0.0.1 none, ::v6 RP, ::dual RP", 0, BindRule.Granted)]
    [InlineData("127.0.0.1 none, ::1 RP, ::dual RP", 0, BindRule.InUse)]
    public void Linux_remembers_the_last_SO_REUSEPORT_binder(string binds, uint lastUid, BindRule expected)
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        string[] steps = binds.Split(", ");
        for (int i = 0; i < steps.Length; i++)
        {
            bool isLast = i == steps.Length - 1;
            BindRule rule = BindTo(stack, "tcp", steps[i], isLast ? lastUid : 0);
            Assert.Equal(isLast ? expected : BindRule.Granted, rule);
        }
    }

    [Fact]
    public void The_memo_outlives_its_binder_but_not_the_port()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        NetworkSocket plain = stack.OpenBound("tcp4", "127.0.0.1:5000", Sharing.ReuseAddress);
        stack.OpenBound("tcp4", "127.0.0.1:5000", Sharing.ReuseAddress | Sharing.ReusePort).Close();
        NetworkSocket let = stack.OpenBound("tcp4", "127.0.0.1:5000", Sharing.ReusePort);
        let.Close();
        plain.Close();
        stack.OpenBound("tcp4", "127.0.0.1:5000", Sharing.ReuseAddress);
        Assert.Equal(BindRule.InUse, stack.Open("tcp4", Sharing.ReusePort).Bind("127.0.0.1:5000"));
    }

    [Theory]      // cases 120 and 121: the newest that does not share by SO_REUSEADDR decides alone
    [InlineData("RA+RP, RA, RP", BindRule.InUse)]
    [InlineData("RA, RA+RP, RP", BindRule.Granted)]
    public void On_Linux_the_newest_datagram_holder_decides(string order, BindRule expected)
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        string[] steps = order.Split(", ");
        stack.OpenBound("udp4", "127.0.0.1:5000", SharingOf(steps[0]));
        stack.OpenBound("udp4", "127.0.0.1:5000", SharingOf(steps[1]));
        Assert.Equal(expected, stack.Open("udp4", SharingOf(steps[2])).Bind("127.0.0.1:5000"));
    }

    [Theory]
    [InlineData("none", "none", "X")]
    [InlineData("none", "RA", "X")]
    [InlineData("RA", "none", "X")]
    [InlineData("RA", "RA", "ok L:X")]
    public void Posix_shares_by_SO_REUSEADDR_on_both_and_no_listener(string old, string @new, string verdict)
    {
        foreach (uint uid in new uint[] { 0, 1001 })
        {
            foreach (bool listens in new[] { false, true })
            {
                NetworkStack stack = BindRig.Stack(Personality.Posix);
                NetworkSocket first = stack.OpenBound("tcp4", "10.1.0.1:5000", SharingOf(old));
                if (listens) first.Listen();
                bool granted = verdict == "ok L:X" && !listens;
                BindRule answered = stack.Open("tcp4", SharingOf(@new), uid).Bind("0.0.0.0:5000");
                Assert.Equal(granted ? BindRule.Granted : BindRule.InUse, answered);
            }
        }
    }

    [Fact]
    public void Posix_has_neither_SO_REUSEPORT_nor_the_quirks()
    {
        NetworkStack stack = BindRig.Stack(Personality.Posix);
        NetworkException refused = Assert.Throws<NetworkException>(() => stack.Open("tcp4", Sharing.ReusePort));
        Assert.Equal(BindRule.UnknownOption, refused.Rule);
        stack.OpenBound("udp4", "127.0.0.1:5000", Sharing.ReuseAddress);
        stack.OpenBound("udp4", "127.0.0.1:5000", Sharing.ReuseAddress);
        Assert.Equal(BindRule.InUse, stack.Open("udp4").Bind("127.0.0.1:5000"));
    }

    /// <summary>Binds a fresh socket, given as "::dual RP" or "127.0.0.1".</summary>
    private static BindRule BindTo(NetworkStack stack, string protocol, string text, uint uid = 0)
    {
        string[] words = text.Replace("::, dual-stack", "::dual", StringComparison.Ordinal)
            .Replace("::, v6only", "::v6", StringComparison.Ordinal).Split(' ');
        bool? v6Only = words[0] == "::v6" ? true : words[0].StartsWith("::", StringComparison.Ordinal) ? false : null;
        InetAddress address = words[0] is "::v6" or "::dual" ? InetAddress.AnyV6 : InetAddress.Parse(words[0]);
        Sharing sharing = words.Length > 1 ? SharingOf(words[1]) : Sharing.None;
        NetworkSocket socket = stack.Open(protocol + (address.IsV6 ? '6' : '4'), sharing, uid, v6Only);
        return socket.TryBind(new InetEndpoint(address, 5000)).Rule;
    }
}
