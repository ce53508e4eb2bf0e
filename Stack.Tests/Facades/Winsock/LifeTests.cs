using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Winsock;
using Xunit;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Tests.Facades.Winsock;

/// <summary>What binds a socket beside bind, what its name is at each point, and what a call is answered in which state.</summary>
public sealed class LifeTests : IDisposable
{
    private const string Remote = "10.1.0.9:9", NextDoor = "10.2.0.9:9";

    private readonly WinsockRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_send_to_somebody_binds_to_the_wildcard_and_a_send_to_nobody_does_not()      // cases 147, 181
    {
        SOCKET s = _rig.Open("udp4");
        Assert.Equal("WSAEINVAL", _rig.NameOf(s));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTCONN), (_rig.Process.send(s, [1], 1, 0), _rig.LastError));
        Assert.Equal("WSAEINVAL", _rig.NameOf(s));
        Assert.Equal(WsaError.Success, _rig.SendTo(s, "127.0.0.1:9"));
        Assert.StartsWith("0.0.0.0:", _rig.NameOf(s), StringComparison.Ordinal);
        Assert.InRange((int)_rig.PortOf(s), 49152, 65535);
        Assert.Equal(WsaError.WSAEINVAL, _rig.Bind(s, "127.0.0.1:5000"));
    }

    [Theory]
    [InlineData("10.1.0.1")]
    [InlineData("0.0.0.0")]
    public void A_join_binds_and_the_stack_picks_the_port(string interfaceAddress)
    {
        SOCKET s = _rig.Open("udp4");
        Assert.Equal(WsaError.Success, Join(s, "224.1.1.1", interfaceAddress));
        Assert.StartsWith("0.0.0.0:", _rig.NameOf(s), StringComparison.Ordinal);
        Assert.InRange((int)_rig.PortOf(s), 49152, 65535);
        Assert.Equal(WsaError.WSAEINVAL, _rig.Bind(s, "0.0.0.0:5000"));
        Assert.Equal(WsaError.WSAEADDRNOTAVAIL, Join(s, "224.1.1.1", interfaceAddress));
        Assert.Equal(WsaError.Success, Join(s, "224.1.1.1", interfaceAddress, IP_DROP_MEMBERSHIP));
        Assert.Equal(WsaError.WSAEADDRNOTAVAIL, Join(s, "224.1.1.1", interfaceAddress, IP_DROP_MEMBERSHIP));
    }

    [Fact]
    public void A_join_leaves_a_socket_that_is_bound_where_it_is_and_takes_an_index_for_an_address()
    {
        SOCKET s = _rig.OpenBound("udp4", "10.1.0.1:5000");
        Assert.Equal(WsaError.Success, Join(s, "224.1.1.1", "0.0.0.2"));
        Assert.Equal("10.1.0.1:5000", _rig.NameOf(s));
        Assert.Equal(WsaError.WSAEADDRNOTAVAIL, Join(s, "224.1.1.2", "0.0.0.99"));
        byte[] group = new byte[20];
        (group[0], group[1], group[15], group[16]) = (0xFF, 0x0E, 1, 2);
        SOCKET v6 = _rig.Open("udp6");
        Assert.Equal(0, _rig.Process.setsockopt(v6, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, group, 20));
        Assert.StartsWith("[::]:", _rig.NameOf(v6), StringComparison.Ordinal);
    }

    [Fact]
    public void A_connect_resolves_the_wildcard_and_one_to_the_wildcard_dissolves_it()      // cases 182, 183
    {
        SOCKET s = _rig.OpenBound("udp4", "0.0.0.0:5000");
        Assert.Equal("0.0.0.0:5000", _rig.NameOf(s));
        Assert.Equal("WSAENOTCONN", _rig.PeerOf(s));
        Assert.Equal(WsaError.Success, _rig.Connect(s, Remote));
        Assert.Equal(("10.1.0.1:5000", Remote), (_rig.NameOf(s), _rig.PeerOf(s)));
        Assert.Equal(WsaError.Success, _rig.Connect(s, NextDoor));
        Assert.Equal(("10.2.0.1:5000", NextDoor), (_rig.NameOf(s), _rig.PeerOf(s)));
        Assert.Equal(WsaError.Success, _rig.Connect(s, "0.0.0.0:0"));
        Assert.Equal(("0.0.0.0:5000", "WSAENOTCONN"), (_rig.NameOf(s), _rig.PeerOf(s)));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTCONN), (_rig.Process.send(s, [1], 1, 0), _rig.LastError));

        SOCKET unbound = _rig.Open("udp4");
        Assert.Equal(WsaError.Success, _rig.Connect(unbound, Remote));
        ushort port = _rig.PortOf(unbound);
        Assert.Equal(WsaError.Success, _rig.Connect(unbound, "0.0.0.0:9"));
        Assert.Equal($"0.0.0.0:{port}", _rig.NameOf(unbound));      // once bound it stays so
        Assert.Equal(WsaError.WSAEINVAL, _rig.Bind(unbound, "0.0.0.0:5001"));
    }

    [Theory]
    [InlineData("udp4", "10.1.0.9:0", WsaError.WSAEADDRNOTAVAIL)]             // case 211
    [InlineData("tcp4", "10.1.0.9:0", WsaError.WSAEADDRNOTAVAIL)]
    [InlineData("tcp4", "0.0.0.0:9", WsaError.WSAEADDRNOTAVAIL)]              // case 200
    [InlineData("tcp6", "[::]:9", WsaError.WSAEADDRNOTAVAIL)]                 // case 201
    [InlineData("tcp4", "10.1.0.255:9", WsaError.WSAEADDRNOTAVAIL)]           // case 206
    [InlineData("tcp4", "255.255.255.255:9", WsaError.WSAEADDRNOTAVAIL)]
    [InlineData("tcp4", "224.1.1.1:9", WsaError.WSAEADDRNOTAVAIL)]
    [InlineData("udp4", "10.1.0.255:9", WsaError.WSAEACCES)]                  // case 207
    [InlineData("udp4", "203.0.113.1:9", WsaError.WSAENETUNREACH)]            // case 192
    [InlineData("tcp4", "203.0.113.1:9", WsaError.WSAENETUNREACH)]
    [InlineData("udp6", "[::ffff:10.1.0.9]:9", WsaError.WSAENETUNREACH)]      // case 217
    [InlineData("udp6", "10.1.0.9:9", WsaError.WSAEAFNOSUPPORT)]              // case 218
    [InlineData("tcp6", "10.1.0.9:9", WsaError.WSAEAFNOSUPPORT)]
    [InlineData("tcp4", "[::1]:9", WsaError.WSAEAFNOSUPPORT)]
    [InlineData("udp6", "[fe80::9]:9", WsaError.WSAEADDRNOTAVAIL)]            // case 212: no scope id
    public void A_connect_that_can_t_be_is_refused(string kind, string peer, WsaError expected) =>
        Assert.Equal(expected, _rig.Connect(_rig.Open(kind), peer));

    [Fact]
    public void Where_the_address_that_was_bound_does_not_lead_is_not_gone()
    {
        Assert.Equal(WsaError.WSAENETUNREACH, _rig.Connect(_rig.OpenBound("udp4", "10.2.0.1:5000"), Remote));           // case 202
        Assert.Equal(WsaError.WSAEADDRNOTAVAIL, _rig.Connect(_rig.OpenBound("udp4", "127.0.0.1:5000"), Remote));        // case 203
        SOCKET broadcast = _rig.Open("udp4");
        _rig.Set(broadcast, SOL_SOCKET, SO_BROADCAST, 1);
        Assert.Equal(WsaError.Success, _rig.Connect(broadcast, "10.1.0.255:9"));                                        // case 207
        Assert.Equal(WsaError.WSAEACCES, _rig.SendTo(_rig.Open("udp4"), "10.1.0.255:9"));
        Assert.Equal(WsaError.WSAEADDRNOTAVAIL, _rig.SendTo(_rig.Open("udp4"), "0.0.0.0:9"));
        Assert.Equal(WsaError.WSAEADDRNOTAVAIL, _rig.SendTo(_rig.Open("udp4"), "10.1.0.9:0"));
        Assert.Equal(WsaError.WSAEAFNOSUPPORT, _rig.SendTo(_rig.Open("udp6"), "10.1.0.9:9"));
    }

    [Theory]
    [InlineData("10.9.9.9:5000", "udp4", false, WsaError.WSAEADDRNOTAVAIL)]             // case 36
    [InlineData("127.1.2.3:5000", "udp4", false, WsaError.Success)]                     // case 37
    [InlineData("127.255.255.254:5000", "tcp4", false, WsaError.Success)]
    [InlineData("0.0.0.1:5000", "udp4", false, WsaError.WSAEADDRNOTAVAIL)]              // case 38
    [InlineData("240.0.0.1:5000", "udp4", false, WsaError.WSAEADDRNOTAVAIL)]
    [InlineData("10.1.0.0:5000", "udp4", false, WsaError.WSAEADDRNOTAVAIL)]             // case 39
    [InlineData("10.1.0.255:5000", "udp4", false, WsaError.WSAEACCES)]                  // case 40
    [InlineData("10.1.0.255:5000", "udp4", true, WsaError.Success)]
    [InlineData("10.7.0.255:5000", "udp4", false, WsaError.WSAEADDRNOTAVAIL)]           // case 41
    [InlineData("255.255.255.255:5000", "udp4", false, WsaError.WSAEACCES)]             // case 42
    [InlineData("255.255.255.255:5000", "udp4", true, WsaError.Success)]
    [InlineData("224.1.1.1:5000", "udp4", false, WsaError.WSAEADDRNOTAVAIL)]            // case 43
    [InlineData("224.1.1.1:5000", "tcp4", false, WsaError.WSAEADDRNOTAVAIL)]            // case 44
    [InlineData("10.1.0.255:5000", "tcp4", false, WsaError.WSAEADDRNOTAVAIL)]           // case 45
    [InlineData("[ff0e::1]:5000", "tcp6", false, WsaError.WSAEADDRNOTAVAIL)]            // case 46
    [InlineData("[::ffff:224.1.1.1]:5000", "tcp6d", false, WsaError.WSAEADDRNOTAVAIL)]  // case 47
    [InlineData("[ff0e::1]:5000", "udp6", false, WsaError.WSAEADDRNOTAVAIL)]            // case 48
    [InlineData("[fe80::1:1]:5000", "udp6", false, WsaError.WSAEADDRNOTAVAIL)]          // case 50
    [InlineData("[fe80::1:1%2]:5000", "udp6", false, WsaError.Success)]
    [InlineData("[fe80::1:1%3]:5000", "udp6", false, WsaError.WSAEADDRNOTAVAIL)]        // case 52
    [InlineData("[fe80::1:1%99]:5000", "udp6", false, WsaError.WSAEADDRNOTAVAIL)]       // case 53
    [InlineData("[::ffff:10.9.9.9]:5000", "udp6d", false, WsaError.WSAEADDRNOTAVAIL)]   // case 61
    [InlineData("[::ffff:127.0.0.1]:5000", "udp6d", false, WsaError.Success)]
    [InlineData("[::ffff:127.0.0.1]:5000", "udp6", false, WsaError.WSAEADDRNOTAVAIL)]   // case 62
    [InlineData("127.0.0.1:80", "udp4", false, WsaError.Success)]                       // case 25: no port is privileged
    public void An_address_is_taken_or_not(string endpoint, string kind, bool mayBroadcast, WsaError expected)
    {
        using var rig = new WinsockRig(_rig.Stack, Caller.User(1001));
        SOCKET s = rig.Open(kind);
        if (mayBroadcast) rig.Set(s, SOL_SOCKET, SO_BROADCAST, 1);
        Assert.Equal(expected, rig.Bind(s, endpoint));
    }

    [Fact]
    public void Listening_needs_a_stream_that_is_bound_and_has_no_peer()      // cases 125, 126, 128, 145, 146
    {
        Assert.Equal(WsaError.WSAEINVAL, _rig.Listen(_rig.Open("tcp4")));
        Assert.Equal(WsaError.WSAEOPNOTSUPP, _rig.Listen(_rig.OpenBound("udp4", "127.0.0.1:5000")));
        SOCKET listener = _rig.OpenBound("tcp4", "127.0.0.1:5000");
        int none = 0;
        Assert.Equal((INVALID_SOCKET, WsaError.WSAEINVAL), (_rig.Process.accept(listener), _rig.LastError));
        Assert.Equal(WsaError.Success, _rig.Listen(listener));
        Assert.Equal(WsaError.Success, _rig.Listen(listener));
        Assert.Equal((0, 1), (_rig.Process.getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, out int listens), listens));
        Assert.Equal(WsaError.WSAEINVAL, _rig.Bind(listener, "127.0.0.1:5001"));
        Assert.Equal(WsaError.WSAEINVAL, _rig.Connect(listener, "127.0.0.1:5000"));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTCONN), (_rig.Process.recv(listener, new byte[1], 1, 0), _rig.LastError));
        _rig.DoNotBlock(listener);
        Assert.Equal((INVALID_SOCKET, WsaError.WSAEWOULDBLOCK), (_rig.Process.accept(listener), _rig.LastError));
        Assert.Equal((INVALID_SOCKET, WsaError.WSAEOPNOTSUPP), (_rig.Process.accept(_rig.Open("udp4")), _rig.LastError));
        Assert.Equal((INVALID_SOCKET, WsaError.WSAEFAULT), (_rig.Process.accept(listener, new byte[15], ref none), _rig.LastError));

        SOCKET client = _rig.Open("tcp4");
        Assert.Equal(WsaError.Success, _rig.Connect(client, "127.0.0.1:5000"));
        byte[] name = new byte[16];
        int length = 16;
        SOCKET server = _rig.Process.accept(listener, name, ref length);
        Assert.Equal(_rig.NameOf(client), _rig.PeerOf(server));
        Assert.Equal(WinsockRig.Octets(_rig.NameOf(client)), name);
        Assert.Equal(WsaError.WSAEINVAL, _rig.Bind(server, "127.0.0.1:5001"));
        Assert.Equal(WsaError.WSAEINVAL, _rig.Bind(client, "127.0.0.1:5001"));
        Assert.Equal(WsaError.WSAEISCONN, _rig.Listen(server));
        Assert.Equal(WsaError.WSAEISCONN, _rig.Connect(client, "127.0.0.1:5000"));
        // What the listener is told about waiting its connections are, too.
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEWOULDBLOCK), (_rig.Process.recv(server, new byte[1], 1, 0), _rig.LastError));
    }

    [Fact]
    public void A_stream_that_was_refused_stays_bound_and_may_try_again()      // case 154
    {
        SOCKET s = _rig.Open("tcp4");
        Assert.Equal(WsaError.WSAECONNREFUSED, _rig.Connect(s, "127.0.0.1:5000"));
        Assert.Equal(WsaError.WSAEINVAL, _rig.Bind(s, "127.0.0.1:5001"));
        string name = _rig.NameOf(s);
        SOCKET listener = _rig.OpenBound("tcp4", "127.0.0.1:5000");
        _rig.Listen(listener);
        Assert.Equal(WsaError.Success, _rig.Connect(s, "127.0.0.1:5000"));
        Assert.EndsWith(name[name.IndexOf(':', StringComparison.Ordinal)..], _rig.NameOf(s), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_streams_can_t_have_one_connection_nor_one_itself()      // cases 149, 150, 156
    {
        SOCKET listener = _rig.OpenBound("tcp4", "127.0.0.1:5000"), other = _rig.OpenBound("tcp4", "127.0.0.1:5001");
        _rig.Listen(listener);
        _rig.Listen(other);
        SOCKET one = _rig.OpenBound("tcp4", "127.0.0.1:6000", SO_REUSEADDR), two = _rig.OpenBound("tcp4", "127.0.0.1:6000", SO_REUSEADDR);
        Assert.Equal(WsaError.Success, _rig.Connect(one, "127.0.0.1:5000"));
        Assert.Equal(WsaError.WSAEADDRINUSE, _rig.Connect(two, "127.0.0.1:5000"));
        Assert.Equal("127.0.0.1:6000", _rig.NameOf(two));
        Assert.Equal(WsaError.Success, _rig.Connect(two, "127.0.0.1:5001"));
    }

    [Fact]
    public void A_wildcard_keeps_what_it_holds_when_it_connects()      // case 151
    {
        SOCKET listener = _rig.OpenBound("tcp4", "127.0.0.1:5000");
        _rig.Listen(listener);
        SOCKET s = _rig.OpenBound("tcp4", "0.0.0.0:6000");
        Assert.Equal(WsaError.Success, _rig.Connect(s, "127.0.0.1:5000"));
        Assert.Equal("127.0.0.1:6000", _rig.NameOf(s));
        Assert.Equal(WsaError.WSAEADDRINUSE, _rig.Bind(_rig.Open("tcp4"), "0.0.0.0:6000"));
        using var other = new WinsockRig(_rig.Stack, Caller.User(1001));
        Assert.Equal(WsaError.WSAEACCES, other.Bind(other.Open("tcp4"), "10.1.0.1:6000"));
    }

    [Theory]
    [InlineData("unreachable", WsaError.WSAEHOSTUNREACH)]      // case 193
    [InlineData("prohibit", WsaError.WSAEACCES)]
    [InlineData("blackhole", WsaError.WSAEINVAL)]
    public void A_route_may_refuse(string kind, WsaError expected)
    {
        _rig.Stack.Configure(stack => UserNet.Ip.IpCommand.Run((UserNet.Ip.HostAddressing)stack.Routes, $"route add {kind} 10.50.0.0/16"));
        foreach (string socket in new[] { "udp4", "tcp4" }) Assert.Equal(expected, _rig.Connect(_rig.Open(socket), "10.50.0.1:9"));
        Assert.Equal(expected, _rig.SendTo(_rig.Open("udp4"), "10.50.0.1:9"));
    }

    [Fact]
    public void A_port_is_not_shared_between_connects_and_an_exhausted_protocol_does_not_touch_the_other()      // cases 160, 170
    {
        using var rig = new WinsockRig(settings: static settings => settings.EphemeralPorts = new PortRange(50_000, 50_000));
        rig.Listen(rig.OpenBound("tcp4", "127.0.0.1:5000"));
        rig.Listen(rig.OpenBound("tcp4", "127.0.0.1:5001"));
        Assert.Equal(WsaError.Success, rig.Connect(rig.Open("tcp4"), "127.0.0.1:5000"));
        Assert.Equal(WsaError.WSAENOBUFS, rig.Connect(rig.Open("tcp4"), "127.0.0.1:5001"));
        Assert.Equal(WsaError.Success, rig.Connect(rig.Open("udp4"), "127.0.0.1:5001"));
    }

    [Fact]
    public void What_is_closed_by_force_or_waits_out_its_time_is_free_to_bind()      // cases 135, 138, 139
    {
        (SOCKET client, SOCKET server) = _rig.Pair();
        ushort port = _rig.PortOf(server);
        Assert.Equal(0, _rig.Process.closesocket(server));      // first: TIME-WAIT is its
        Assert.Equal(0, _rig.Process.closesocket(client));
        Assert.Equal(WsaError.Success, _rig.Bind(_rig.Open("tcp4"), $"127.0.0.1:{port}"));
        (client, server) = _rig.Pair();
        port = _rig.PortOf(client);
        Assert.Equal(0, _rig.Process.setsockopt(client, SOL_SOCKET, SO_LINGER, [1, 0, 0, 0], 4));
        Assert.Equal(0, _rig.Process.closesocket(client));
        Assert.Equal(WsaError.Success, _rig.Bind(_rig.Open("tcp4"), $"127.0.0.1:{port}"));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAECONNRESET), (_rig.Process.recv(server, new byte[1], 1, 0), _rig.LastError));
    }

    [Theory]
    [InlineData("[::ffff:127.0.0.1]:5000", "[::ffff:127.0.0.1]:5000")]
    [InlineData("[::]:5000", "[::]:5000")]
    public void A_dual_stack_socket_shows_what_was_bound(string endpoint, string name) =>
        Assert.Equal(name, _rig.NameOf(_rig.OpenBound("udp6d", endpoint)));

    [Fact]
    public void What_is_dual_stack_is_said_before_bind_and_later_to_no_effect()      // case 65
    {
        SOCKET s = _rig.Open("udp6");
        Assert.Equal((0, 1), (_rig.Process.getsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, out int only), only));
        Assert.Equal(WsaError.Success, _rig.Bind(s, "[::]:5000"));
        _rig.Set(s, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        Assert.Equal(WsaError.Success, _rig.Bind(_rig.Open("udp4"), "0.0.0.0:5000"));
    }

    [Fact]
    public void A_raw_socket_is_bound_once_and_to_an_address()
    {
        SOCKET s = _rig.Process.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
        Assert.Equal("WSAEINVAL", _rig.NameOf(s));
        Assert.Equal(WsaError.WSAEADDRNOTAVAIL, _rig.Bind(s, "10.9.9.9:0"));
        Assert.Equal(WsaError.Success, _rig.Bind(s, "10.1.0.1:0"));
        Assert.Equal("10.1.0.1:0", _rig.NameOf(s));
        Assert.Equal(WsaError.WSAEINVAL, _rig.Bind(s, "10.1.0.1:0"));
        using var user = new WinsockRig(_rig.Stack, Caller.User(1001));
        Assert.Equal((INVALID_SOCKET, WsaError.WSAEACCES), (user.Process.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), user.LastError));
    }

    [Theory]
    [InlineData(AF_IRDA, SOCK_STREAM, 0, WsaError.WSAEAFNOSUPPORT)]
    [InlineData(1, SOCK_STREAM, 0, WsaError.WSAEAFNOSUPPORT)]
    [InlineData(10, SOCK_STREAM, 0, WsaError.WSAEAFNOSUPPORT)]      // Linux's number of IPv6
    [InlineData(-1, SOCK_STREAM, 0, WsaError.WSAEAFNOSUPPORT)]
    [InlineData(0, 0, 0, WsaError.WSAEINVAL)]
    [InlineData(AF_INET, 5, 0, WsaError.WSAESOCKTNOSUPPORT)]
    [InlineData(AF_INET, 0, 99, WsaError.WSAESOCKTNOSUPPORT)]
    [InlineData(AF_INET, SOCK_STREAM, IPPROTO_UDP, WsaError.WSAEPROTONOSUPPORT)]
    [InlineData(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, WsaError.WSAEPROTONOSUPPORT)]
    [InlineData(AF_INET, SOCK_DGRAM, -7, WsaError.WSAEPROTONOSUPPORT)]
    [InlineData(AF_INET, SOCK_RAW, 0, WsaError.WSAEPROTONOSUPPORT)]
    [InlineData(AF_UNSPEC, SOCK_STREAM, 0, WsaError.Success)]
    [InlineData(AF_INET, 0, 0, WsaError.Success)]
    [InlineData(AF_INET6, 0, IPPROTO_UDP, WsaError.Success)]
    public void What_can_t_be_opened_is_told_why(int family, int type, int protocol, WsaError expected)
    {
        SOCKET s = _rig.Process.socket(family, type, protocol);
        Assert.Equal(expected, s == INVALID_SOCKET ? _rig.LastError : WsaError.Success);
    }

    private WsaError Join(SOCKET s, string group, string interfaceAddress, int option = IP_ADD_MEMBERSHIP)
    {
        byte[] request = new byte[8];
        UserNet.Addressing.InetAddress.Parse(group).WriteOctets(request);
        UserNet.Addressing.InetAddress.Parse(interfaceAddress).WriteOctets(request.AsSpan(4));
        return _rig.Code(_rig.Process.setsockopt(s, IPPROTO_IP, option, request, 8));
    }
}
