using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Binding;

// Winsock: the tables of "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE" (Windows Server 2003 and later), as they are printed.
// Rows are the first bind, columns the second. S success, I WSAEADDRINUSE, A WSAEACCES; W wildcard, S the same specific address.
public sealed partial class BindRulesTests
{
    // W1 to W36, row by row.
    private const string WinsockSameUser =
        """
        first \ second  | Def W | Def S | RA W | RA S | EX W | EX S
        Def W           |   I   |   S   |  A   |  S   |  I   |  S
        Def S           |   S   |   I   |  S   |  A   |  I   |  I
        RA W            |   I   |   S   |  S   |  S   |  I   |  S
        RA S            |   S   |   I   |  S   |  S   |  I   |  I
        EX W            |   I   |   A   |  A   |  A   |  I   |  A
        EX S            |   S   |   I   |  S   |  A   |  I   |  I
        """;

    // W37 to W72.
    private const string WinsockDifferentUser =
        """
        first \ second  | Def W | Def S | RA W | RA S | EX W | EX S
        Def W           |   I   |   A   |  A   |  A   |  I   |  A
        Def S           |   S   |   I   |  S   |  A   |  I   |  I
        RA W            |   I   |   A   |  S   |  S   |  I   |  A
        RA S            |   S   |   I   |  S   |  S   |  I   |  I
        EX W            |   I   |   A   |  A   |  A   |  I   |  A
        EX S            |   S   |   I   |  S   |  A   |  I   |  I
        """;

    public static TheoryData<string, string, string, bool, string> WinsockCells()
    {
        var cells = new TheoryData<string, string, string, bool, string>();
        int number = 0;
        foreach ((string table, bool sameUser) in new[] { (WinsockSameUser, true), (WinsockDifferentUser, false) })
            foreach ((string first, string second, string verdict) in CellsOf(table))
                cells.Add($"W{++number}", first, second, sameUser, verdict);
        Assert.Equal(72, number);
        return cells;
    }

    [Theory]
    [MemberData(nameof(WinsockCells))]
    public void Winsock_decides_as_its_documentation_says(string cell, string first, string second, bool sameUser, string verdict)
    {
        (BindRule rule, WsaError code) = verdict switch
        {
            "S" => (BindRule.Granted, WsaError.Success),
            "I" => (BindRule.InUse, WsaError.WSAEADDRINUSE),
            _ => (BindRule.SharingDenied, WsaError.WSAEACCES),
        };
        foreach (string kind in Kinds)
        {
            BindRule answered = SecondOf(Personality.Windows, kind, first, second, sameUser);
            Assert.True(rule == answered, $"{cell} {kind}: {first} then {second}: {answered}, not {rule}");
            Assert.Equal(code, answered.ToWsaError());
        }
    }

    [Fact]
    public void Different_specific_addresses_never_meet_on_Windows()
    {
        string[] terms = ["Def", "RA", "EX"];
        foreach (string first in terms)
        {
            foreach (string second in terms)
            {
                NetworkStack stack = BindRig.Stack(Personality.Windows);
                stack.OpenBound("tcp4", "10.1.0.1:5000", SharingOf(first));
                stack.OpenBound("tcp4", "10.1.0.2:5000", SharingOf(second), uid: 1001);
            }
        }
    }

    [Theory]
    [InlineData("W74", "[::]:5000", Sharing.Exclusive, "0.0.0.0:5000", Sharing.None, WsaError.WSAEACCES)]
    [InlineData("W74", "[::]:5000", Sharing.Exclusive, "127.0.0.1:5000", Sharing.None, WsaError.WSAEACCES)]
    [InlineData("W75", "127.0.0.1:5000", Sharing.None, "[::]:5000", Sharing.Exclusive, WsaError.WSAEADDRINUSE)]
    [InlineData("W76", "[::]:5000", Sharing.None, "0.0.0.0:5000", Sharing.Exclusive, WsaError.Success)]
    [InlineData("W77", "[::ffff:127.0.0.1]:5000", Sharing.None, "127.0.0.1:5000", Sharing.None, WsaError.WSAEADDRINUSE)]
    [InlineData("W77", "127.0.0.1:5000", Sharing.None, "[::ffff:127.0.0.1]:5000", Sharing.None, WsaError.WSAEADDRINUSE)]
    [InlineData("W78", "[::1]:5000", Sharing.Exclusive, "127.0.0.1:5000", Sharing.Exclusive, WsaError.Success)]
    [InlineData("::1 and 0.0.0.0", "[::1]:5000", Sharing.Exclusive, "0.0.0.0:5000", Sharing.Exclusive, WsaError.Success)]
    [InlineData("case 101", "[::]:5000", Sharing.None, "0.0.0.0:5000", Sharing.None, WsaError.Success)]
    [InlineData("case 102", "0.0.0.0:5000", Sharing.None, "[::]:5000", Sharing.None, WsaError.Success)]
    [InlineData("case 103", "[::]:5000", Sharing.None, "127.0.0.1:5000", Sharing.None, WsaError.Success)]
    [InlineData("case 104", "127.0.0.1:5000", Sharing.None, "[::]:5000", Sharing.None, WsaError.Success)]
    [InlineData("case 109", "[::1]:5000", Sharing.None, "[::]:5000", Sharing.None, WsaError.Success)]
    [InlineData("dual twice", "[::]:5000", Sharing.None, "[::]:5000", Sharing.None, WsaError.WSAEADDRINUSE)]
    [InlineData("dual is wider, exclusive second", "0.0.0.0:5000", Sharing.None, "[::]:5000", Sharing.Exclusive, WsaError.WSAEADDRINUSE)]
    [InlineData("mapped any is 0.0.0.0", "[::ffff:0.0.0.0]:5000", Sharing.None, "0.0.0.0:5000", Sharing.None, WsaError.WSAEADDRINUSE)]
    [InlineData("case 111", "[::ffff:0.0.0.0]:5000", Sharing.None, "127.0.0.1:5000", Sharing.None, WsaError.Success)]
    [InlineData("case 111", "[::ffff:0.0.0.0]:5000", Sharing.None, "[::1]:5000", Sharing.None, WsaError.Success)]
    [InlineData("dual over mapped any", "[::]:5000", Sharing.Exclusive, "[::ffff:0.0.0.0]:5000", Sharing.None, WsaError.WSAEACCES)]
    public void Dual_stack_and_mapped_addresses_meet_on_Windows_as_was_observed(
        string name, string first, Sharing firstTerms, string second, Sharing secondTerms, WsaError expected)
    {
        foreach (string protocol in new[] { "tcp", "udp" })
        {
            NetworkStack stack = BindRig.Stack(Personality.Windows);
            stack.OpenBound(KindFor(protocol, first), first, firstTerms, v6Only: DualFor(first));
            BindRule rule = stack.Open(KindFor(protocol, second), secondTerms, v6Only: DualFor(second)).Bind(second);
            Assert.True(expected == rule.ToWsaError(), $"{name} {protocol}: {rule}");
        }
    }

    [Fact]
    public void Windows_does_not_let_exclusive_and_reuse_be_set_together()      // W73
    {
        NetworkStack stack = BindRig.Stack(Personality.Windows);
        (SocketOptionName, SocketOptionName)[] orders =
            [(SocketOptionName.ReuseAddress, SocketOptionName.ExclusiveAddressUse),
             (SocketOptionName.ExclusiveAddressUse, SocketOptionName.ReuseAddress)];
        foreach ((SocketOptionName first, SocketOptionName second) in orders)
        {
            NetworkSocket socket = stack.Open("tcp4");
            Assert.Equal(BindRule.Granted, socket.TrySetSocketOption(SocketOptionLevel.Socket, first, 1));
            BindRule refused = socket.TrySetSocketOption(SocketOptionLevel.Socket, second, 1);
            Assert.Equal(WsaError.WSAEINVAL, refused.ToWsaError());
            Assert.Equal(0, socket.GetSocketOption(SocketOptionLevel.Socket, second));
            Assert.Equal(BindRule.Granted, socket.TrySetSocketOption(SocketOptionLevel.Socket, first, 0));
            Assert.Equal(BindRule.Granted, socket.TrySetSocketOption(SocketOptionLevel.Socket, second, 1));
        }
    }

    [Theory]
    [InlineData(Sharing.None, Sharing.ReuseAddress, WsaError.WSAEACCES)]        // case 97: set too late
    [InlineData(Sharing.ReuseAddress, Sharing.ReuseAddress, WsaError.Success)]  // case 98: cleared too late
    public void On_Windows_options_count_as_they_were_at_bind(Sharing atBind, Sharing changed, WsaError expected)
    {
        foreach (string kind in new[] { "tcp4", "udp4" })
        {
            NetworkStack stack = BindRig.Stack(Personality.Windows);
            NetworkSocket first = stack.OpenBound(kind, "127.0.0.1:5000", atBind);
            first.Set(changed, atBind == Sharing.None);
            Assert.Equal(expected, stack.Open(kind, Sharing.ReuseAddress).Bind("127.0.0.1:5000").ToWsaError());
        }
    }

    [Theory]
    [InlineData(Sharing.ReuseAddress, "127.0.0.1:5000")]
    [InlineData(Sharing.None, "0.0.0.0:5000")]
    public void On_Windows_twins_may_all_listen(Sharing sharing, string second)
    {
        NetworkStack stack = BindRig.Stack(Personality.Windows);
        NetworkSocket one = stack.OpenBound("tcp4", "127.0.0.1:5000", sharing);
        NetworkSocket two = stack.OpenBound("tcp4", second, sharing);
        Assert.Equal(BindRule.Granted, one.TryListen().Rule);
        Assert.Equal(BindRule.Granted, two.TryListen().Rule);
    }

    [Fact]
    public void Of_several_holders_on_Windows_the_first_in_bind_order_that_refuses_is_named()
    {
        NetworkStack stack = BindRig.Stack(Personality.Windows);
        stack.OpenBound("tcp4", "10.1.0.1:5000");
        NetworkSocket second = stack.OpenBound("tcp4", "0.0.0.0:5000");
        stack.OpenBound("tcp4", "10.1.0.2:5000");
        BindOutcome outcome = stack.Open("tcp4").TryBind(UserNet.Addressing.InetEndpoint.Parse("0.0.0.0:5000"));
        Assert.Equal(BindRule.InUse, outcome.Rule);
        Assert.Same(second, outcome.Blocker!.Owner);
    }

    private static bool? DualFor(string endpoint) => endpoint.StartsWith('[') ? false : null;

    private static string KindFor(string protocol, string endpoint) => protocol + (endpoint.StartsWith('[') ? '6' : '4');
}
