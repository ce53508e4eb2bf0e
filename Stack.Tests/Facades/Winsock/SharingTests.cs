using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Winsock;
using UserNet.Tests.Binding;
using Xunit;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Tests.Facades.Winsock;

/// <summary>Who may bind what another socket has, through the calls: the documented tables, and what was observed of dual-stack sockets.</summary>
public sealed class SharingTests
{
    [Theory]
    [MemberData(nameof(BindRulesTests.WinsockCells), MemberType = typeof(BindRulesTests))]      // W1 to W72
    public void The_documented_tables_hold(string cell, string first, string second, bool sameUser, string verdict)
    {
        WsaError expected = verdict switch
        {
            "S" => WsaError.Success,
            "I" => WsaError.WSAEADDRINUSE,
            _ => WsaError.WSAEACCES,
        };
        foreach (string kind in new[] { "tcp4", "udp4", "tcp6", "udp6" })
        {
            using var one = new WinsockRig();
            using var two = new WinsockRig(one.Stack, sameUser ? Caller.Root : Caller.User(1001));
            one.OpenBound(kind, EndpointOf(kind, first), OptionsOf(first));
            SOCKET s = two.Open(kind);
            foreach (int option in OptionsOf(second)) two.Set(s, SOL_SOCKET, option, 1);
            WsaError answered = two.Bind(s, EndpointOf(kind, second));
            Assert.True(expected == answered, $"{cell} {kind}: {first} then {second}: {answered}, not {expected}");
        }
    }

    [Theory]
    [InlineData("W74", "tcp6d", "[::]:5000", SO_EXCLUSIVEADDRUSE, "tcp4", "0.0.0.0:5000", 0, WsaError.WSAEACCES)]
    [InlineData("W75", "tcp4", "127.0.0.1:5000", 0, "tcp6d", "[::]:5000", SO_EXCLUSIVEADDRUSE, WsaError.WSAEADDRINUSE)]
    [InlineData("W76", "tcp6d", "[::]:5000", 0, "tcp4", "0.0.0.0:5000", SO_EXCLUSIVEADDRUSE, WsaError.Success)]
    [InlineData("W77", "tcp6d", "[::ffff:127.0.0.1]:5000", 0, "tcp4", "127.0.0.1:5000", 0, WsaError.WSAEADDRINUSE)]
    [InlineData("W77 the other way", "tcp4", "127.0.0.1:5000", 0, "tcp6d", "[::ffff:127.0.0.1]:5000", 0, WsaError.WSAEADDRINUSE)]
    [InlineData("W78", "tcp6d", "[::1]:5000", SO_EXCLUSIVEADDRUSE, "tcp4", "127.0.0.1:5000", SO_EXCLUSIVEADDRUSE, WsaError.Success)]
    [InlineData("case 101", "tcp6d", "[::]:5000", 0, "tcp4", "0.0.0.0:5000", 0, WsaError.Success)]
    [InlineData("case 102", "tcp4", "0.0.0.0:5000", 0, "tcp6d", "[::]:5000", 0, WsaError.Success)]
    [InlineData("case 106", "tcp6", "[::]:5000", 0, "tcp6d", "[::]:5000", 0, WsaError.WSAEADDRINUSE)]
    [InlineData("case 109", "tcp6", "[::1]:5000", 0, "tcp6", "[::]:5000", 0, WsaError.Success)]
    [InlineData("case 113", "udp6", "[fe80::1:1%2]:5000", 0, "udp6", "[fe80::2:1%3]:5000", 0, WsaError.Success)]
    public void Dual_stack_sockets_share_as_was_observed(
        string name, string firstKind, string first, int firstOption, string secondKind, string second, int secondOption, WsaError expected)
    {
        using var rig = new WinsockRig();
        rig.OpenBound(firstKind, first, firstOption == 0 ? [] : [firstOption]);
        SOCKET s = rig.Open(secondKind);
        if (secondOption != 0) rig.Set(s, SOL_SOCKET, secondOption, 1);
        Assert.True(rig.Bind(s, second) == expected, $"{name}: {rig.LastError}");
    }

    [Theory]
    [InlineData(SO_REUSEADDR, SO_EXCLUSIVEADDRUSE)]
    [InlineData(SO_EXCLUSIVEADDRUSE, SO_REUSEADDR)]
    public void Of_the_two_sharing_options_one_alone_may_be_set(int first, int second)      // W73
    {
        using var rig = new WinsockRig();
        SOCKET s = rig.Open("tcp4");
        rig.Set(s, SOL_SOCKET, first, 1);
        Assert.Equal(WsaError.WSAEINVAL, rig.Code(rig.Process.setsockopt(s, SOL_SOCKET, second, 1)));
        Assert.Equal((0, 0), (rig.Process.getsockopt(s, SOL_SOCKET, second, out int value), value));
        Assert.Equal((0, 1), (rig.Process.getsockopt(s, SOL_SOCKET, first, out value), value));
        rig.Set(s, SOL_SOCKET, first, 0);
        rig.Set(s, SOL_SOCKET, second, 1);
    }

    [Fact]
    public void Options_count_as_they_were_at_bind()      // cases 96 to 98
    {
        using var rig = new WinsockRig();
        SOCKET late = rig.OpenBound("udp4", "127.0.0.1:5000"), early = rig.OpenBound("udp4", "127.0.0.1:5001", SO_REUSEADDR);
        rig.Set(late, SOL_SOCKET, SO_REUSEADDR, 1);
        rig.Set(early, SOL_SOCKET, SO_REUSEADDR, 0);
        SOCKET s = rig.Open("udp4");
        rig.Set(s, SOL_SOCKET, SO_REUSEADDR, 1);
        Assert.Equal(WsaError.WSAEACCES, rig.Bind(s, "127.0.0.1:5000"));
        Assert.Equal(WsaError.Success, rig.Bind(s, "127.0.0.1:5001"));
    }

    [Fact]
    public void The_specific_listener_gets_its_connections_and_twins_in_the_order_of_bind()      // W79, W80, cases 129 and 237
    {
        using var rig = new WinsockRig();
        SOCKET any = rig.OpenBound("tcp4", "0.0.0.0:5000"), own = rig.OpenBound("tcp4", "127.0.0.1:5000");
        Assert.Equal((WsaError.Success, WsaError.Success), (rig.Listen(any), rig.Listen(own)));
        Assert.Equal((false, true), WhoIsCalled(rig, any, own));

        SOCKET one = rig.OpenBound("tcp4", "10.1.0.1:5000", SO_REUSEADDR), two = rig.Open("tcp4");
        rig.Process.closesocket(one);
        one = rig.OpenBound("tcp4", "127.0.0.1:5001", SO_REUSEADDR);
        rig.Set(two, SOL_SOCKET, SO_REUSEADDR, 1);
        Assert.Equal(WsaError.Success, rig.Bind(two, "127.0.0.1:5001"));
        Assert.Equal((WsaError.Success, WsaError.Success), (rig.Listen(one), rig.Listen(two)));
        Assert.Equal((true, false), WhoIsCalled(rig, one, two));
        rig.Process.closesocket(one);
        Assert.Equal(WsaError.Success, rig.Connect(rig.Open("tcp4"), "127.0.0.1:5001"));
        Assert.NotEqual(INVALID_SOCKET, rig.Process.accept(two));
    }

    [Theory]
    [InlineData(false, WsaError.Success)]           // case 132: a connection does not block
    [InlineData(true, WsaError.WSAEADDRINUSE)]      // case 133: unless it was exclusive
    public void A_connection_blocks_a_bind_where_its_listener_was_exclusive(bool isExclusive, WsaError expected)
    {
        using var rig = new WinsockRig();
        SOCKET listener = rig.OpenBound("tcp4", "127.0.0.1:5000", isExclusive ? [SO_EXCLUSIVEADDRUSE] : []), client = rig.Open("tcp4");
        rig.Listen(listener);
        Assert.Equal(WsaError.Success, rig.Connect(client, "127.0.0.1:5000"));
        SOCKET server = rig.Process.accept(listener);
        rig.Process.closesocket(listener);
        Assert.Equal(expected, rig.Bind(rig.Open("tcp4"), "127.0.0.1:5000"));
        Assert.Equal(0, rig.Process.closesocket(client));      // the other end is the first to close, and the last to know
        Assert.Equal(0, rig.Process.closesocket(server));
        Assert.Equal(WsaError.Success, rig.Bind(rig.Open("tcp4"), isExclusive ? "127.0.0.1:5000" : "127.0.0.1:5001"));
    }

    private static (bool, bool) WhoIsCalled(WinsockRig rig, SOCKET one, SOCKET two)
    {
        SOCKET client = rig.Open("tcp4");
        Assert.Equal(WsaError.Success, rig.Connect(client, $"127.0.0.1:{rig.PortOf(one)}"));
        var ready = new FD_SET();
        ready.Set(one);
        ready.Set(two);
        Assert.Equal(1, rig.Process.select(0, ready, null, null, new TIMEVAL(0, 0)));
        Assert.NotEqual(INVALID_SOCKET, rig.Process.accept(ready.IsSet(one) ? one : two));
        return (ready.IsSet(one), ready.IsSet(two));
    }

    private static int[] OptionsOf(string terms) =>
        terms.StartsWith("RA", StringComparison.Ordinal) ? [SO_REUSEADDR] : terms.StartsWith("EX", StringComparison.Ordinal) ? [SO_EXCLUSIVEADDRUSE] : [];

    private static string EndpointOf(string kind, string terms) =>
        kind[3] == '6' ? (terms.EndsWith('W') ? "[::]:5000" : "[2001:db8:1::1]:5000") : terms.EndsWith('W') ? "0.0.0.0:5000" : "10.1.0.1:5000";
}
