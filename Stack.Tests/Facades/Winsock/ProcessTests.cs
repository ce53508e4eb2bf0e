using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades;
using UserNet.Facades.Winsock;
using Xunit;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Tests.Facades.Winsock;

/// <summary>What is of the process: startup and cleanup, last errors, callbacks, handles, options, the ranges of ports.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly WinsockRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(2, 2, 2, 2, WsaError.Success)]
    [InlineData(1, 0, 1, 0, WsaError.Success)]
    [InlineData(1, 1, 1, 1, WsaError.Success)]
    [InlineData(1, 9, 1, 1, WsaError.Success)]
    [InlineData(2, 0, 2, 0, WsaError.Success)]
    [InlineData(2, 9, 2, 2, WsaError.Success)]
    [InlineData(3, 0, 2, 2, WsaError.Success)]
    [InlineData(0, 9, 2, 2, WsaError.WSAVERNOTSUPPORTED)]
    public void A_version_is_agreed_on(byte major, byte minor, byte usedMajor, byte usedMinor, WsaError expected)
    {
        using var process = new WinsockProcess(_rig.Stack);
        Assert.Equal(expected, process.WSAStartup(MAKEWORD(major, minor), out WSADATA data));
        Assert.Equal((MAKEWORD(usedMajor, usedMinor), MAKEWORD(2, 2)), (data.wVersion, data.wHighVersion));
        Assert.Equal(WsaError.Success, process.WSAGetLastError());      // it answers the error itself
        Assert.Equal(expected == WsaError.Success, process.socket(AF_INET, SOCK_STREAM, 0) != INVALID_SOCKET);
    }

    [Fact]
    public void Startups_and_cleanups_are_counted_and_the_last_closes_all()
    {
        using var process = new WinsockProcess(_rig.Stack);
        Assert.Equal((SOCKET_ERROR, WsaError.WSANOTINITIALISED), (process.WSACleanup(), process.WSAGetLastError()));
        for (int i = 0; i < 3; i++) Assert.Equal(WsaError.Success, process.WSAStartup(MAKEWORD(2, 2), out _));
        SOCKET s = process.socket(AF_INET, SOCK_DGRAM, 0);
        byte[] name = WinsockRig.Octets("127.0.0.1:5000");
        Assert.Equal(0, process.bind(s, name, 16));
        Assert.Equal((0, 0), (process.WSACleanup(), process.WSACleanup()));
        Assert.Equal((1, 1), (process.Provider.SocketCount, _rig.Stack.HolderCount));
        Assert.Equal(0, process.WSACleanup());
        Assert.Equal((0, 0), (process.Provider.SocketCount, _rig.Stack.HolderCount));
        Assert.Equal((SOCKET_ERROR, WsaError.WSANOTINITIALISED), (process.bind(s, name, 16), process.WSAGetLastError()));
        Assert.Equal((SOCKET_ERROR, WsaError.WSANOTINITIALISED), (process.WSACleanup(), process.WSAGetLastError()));
        Assert.Equal(WsaError.Success, process.WSAStartup(MAKEWORD(2, 2), out _));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTSOCK), (process.bind(s, name, 16), process.WSAGetLastError()));
        process.Provider.NetworkHasFailed = true;
        Assert.Equal(WsaError.WSASYSNOTREADY, process.WSAStartup(MAKEWORD(2, 2), out _));
        Assert.Equal((INVALID_SOCKET, WsaError.WSAENETDOWN), (process.socket(AF_INET, SOCK_STREAM, 0), process.WSAGetLastError()));
    }

    [Fact]
    public void A_provider_counts_as_well_and_knows_no_version_1()
    {
        using var provider = new ServiceProvider(_rig.Stack);
        Assert.Equal(WsaError.WSAVERNOTSUPPORTED, provider.WSPStartup(MAKEWORD(1, 1), out _, out WspProcTable? none));
        Assert.Null(none);
        Assert.Equal(WsaError.Success, provider.WSPStartup(MAKEWORD(2, 2), out WSPDATA data, out WspProcTable? table));
        Assert.Equal(WsaError.Success, provider.WSPStartup(MAKEWORD(3, 0), out _, out WspProcTable? same));
        Assert.Equal(MAKEWORD(2, 2), data.wVersion);
        Assert.Same(table, same);
        WsaError error = default;
        SOCKET s = table!.WSPSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, 0, ref error);
        Assert.Equal((0, 0, SOCKET_ERROR), (table.WSPCleanup(ref error), table.WSPCleanup(ref error), table.WSPListen(s, 1, ref error)));
        Assert.Equal((WsaError.WSANOTINITIALISED, 0), (error, provider.SocketCount));
    }

    [Fact]
    public void Each_thread_has_a_last_error_of_its_own()
    {
        Assert.Equal(WsaError.WSAENOTSOCK, _rig.Bind(INVALID_SOCKET, "127.0.0.1:1"));
        WsaError before = default, after = default;
        var thread = new Thread(() =>
        {
            before = _rig.LastError;
            _rig.Process.socket(AF_IRDA, SOCK_STREAM, 0);
            after = _rig.LastError;
        }) { IsBackground = true };
        thread.Start();
        thread.Join();
        Assert.Equal((WsaError.Success, WsaError.WSAEAFNOSUPPORT, WsaError.WSAENOTSOCK), (before, after, _rig.LastError));
    }

    [Fact]
    public void During_a_callback_nothing_may_be_called_but_for_what_may()
    {
        (SOCKET listener, SOCKET client) = Called();
        var answers = new List<WsaError>();
        WsaError cancelled = default;
        int none = 0;
        byte[] caller = [];
        nuint data = 0;
        SOCKET server = _rig.Process.WSAAccept(listener, default, ref none, (callerId, _, callbackData) =>
        {
            caller = callerId.ToArray();
            data = callbackData;
            answers.AddRange(CallsOf(client));
            _rig.Table.WSPCancelBlockingCall(ref cancelled);
            return CF_ACCEPT;
        }, 77);
        Assert.NotEqual(INVALID_SOCKET, server);
        Assert.Equal(12, answers.Count);
        Assert.All(answers, static answer => Assert.Equal(WsaError.WSAEINPROGRESS, answer));
        Assert.Equal((WsaError.WSAEINVAL, (nuint)77), (cancelled, data));
        Assert.Equal(WinsockRig.Octets(_rig.NameOf(client)), caller);
        Assert.Equal(WsaError.WSAEINVAL, _rig.Bind(client, "127.0.0.1:1"));      // over
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_network_that_has_failed_or_was_not_started_is_told_before_anything_else(bool isStarted)
    {
        SOCKET s = _rig.OpenBound("tcp4", "127.0.0.1:5000");
        WsaError ignored = default, expected = isStarted ? WsaError.WSAENETDOWN : WsaError.WSANOTINITIALISED;
        if (isStarted) _rig.Process.Provider.NetworkHasFailed = true;
        else Assert.Equal((0, 0), (_rig.Table.WSPCleanup(ref ignored), _rig.Process.WSACleanup()));
        WsaError[] answers = [.. CallsOf(s)];
        Assert.Equal(Enumerable.Repeat(expected, 11), answers[..11]);
        Assert.Equal(isStarted ? WsaError.WSASYSNOTREADY : WsaError.Success, answers[11]);      // WSAStartup
        _rig.Process.Provider.NetworkHasFailed = false;
        if (isStarted) Assert.Equal("127.0.0.1:5000", _rig.NameOf(s));      // nothing was lost
    }

    [Fact]
    public void A_provider_gives_ADDR_ANY_a_port_that_nobody_has()
    {
        var ports = new HashSet<int>();
        WsaError error = default;
        byte[] any = WinsockRig.Octets("0.0.0.0:0"), name = new byte[16];
        for (int i = 0; i < 300; i++)
        {
            SOCKET s = _rig.Table.WSPSocket(AF_INET, SOCK_DGRAM, IPPROTO_UDP, 0, WSA_FLAG_OVERLAPPED, ref error);
            Assert.Equal(0, _rig.Table.WSPBind(s, any, 16, ref error));
            int length = 16;
            Assert.Equal(0, _rig.Table.WSPGetSockName(s, name, ref length, ref error));
            Assert.Equal(BindRule.Granted, WindowsSocketAddress.TryRead(name, out UserNet.Addressing.InetEndpoint local));
            Assert.True(local.Address.IsWildcard);
            Assert.InRange((int)local.Port, 49_152, 65_535);
            Assert.True(ports.Add(local.Port));
        }

        Assert.Equal(WsaError.Success, error);
    }

    [Theory]
    [InlineData("recv")]
    [InlineData("accept")]
    [InlineData("select")]
    public void A_call_that_waits_ends_when_its_socket_is_closed(string call)
    {
        SOCKET s = call == "recv" ? _rig.OpenBound("udp4", "127.0.0.1:5000") : _rig.OpenBound("tcp4", "127.0.0.1:5000");
        if (call != "recv") Assert.Equal(WsaError.Success, _rig.Listen(s));
        WsaError answer = WsaError.WSAELOOP;
        var set = new FD_SET();
        set.Set(s);
        var thread = new Thread(() =>
        {
            bool isDone = call switch
            {
                "recv" => _rig.Process.recv(s, new byte[1], 1, 0) >= 0,
                "accept" => _rig.Process.accept(s) != INVALID_SOCKET,
                _ => _rig.Process.select(0, set, null, null, null) == 1,
            };
            answer = isDone ? WsaError.Success : _rig.LastError;
        }) { IsBackground = true };
        thread.Start();
        Assert.True(SpinWait.SpinUntil(() => _rig.Stack.DescribeWaits().Count > 0, TimeSpan.FromSeconds(30)));
        Assert.Equal(0, _rig.Process.closesocket(s));
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)));
        Assert.Equal(call == "select" ? WsaError.Success : WsaError.WSAEINTR, answer);
    }

    [Fact]
    public void A_condition_takes_refuses_or_puts_off()
    {
        (SOCKET listener, SOCKET client) = Called();
        int none = 0;
        Assert.Equal((INVALID_SOCKET, WsaError.WSATRY_AGAIN), (_rig.Process.WSAAccept(listener, default, ref none, static (_, _, _) => CF_DEFER, 0), _rig.LastError));
        var ready = new FD_SET();
        ready.Set(listener);
        Assert.Equal(1, _rig.Process.select(0, ready, null, null, new TIMEVAL(0, 0)));
        SOCKET server = _rig.Process.WSAAccept(listener, default, ref none, static (_, _, _) => CF_ACCEPT, 0);
        Assert.Equal(_rig.NameOf(client), _rig.PeerOf(server));

        SOCKET unwanted = _rig.Open("tcp4");
        Assert.Equal(WsaError.Success, _rig.Connect(unwanted, _rig.NameOf(listener)));
        Assert.Equal((INVALID_SOCKET, WsaError.WSAECONNREFUSED), (_rig.Process.WSAAccept(listener, default, ref none, static (_, _, _) => CF_REJECT, 0), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAECONNRESET), (_rig.Process.recv(unwanted, new byte[1], 1, 0), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAECONNRESET), (_rig.Process.recv(unwanted, new byte[1], 1, 0), _rig.LastError));      // again

        SOCKET waiting = _rig.Open("tcp4");
        Assert.Equal(WsaError.Success, _rig.Connect(waiting, _rig.NameOf(listener)));
        Assert.Throws<InvalidTimeZoneException>(() => _rig.Process.WSAAccept(listener, default, ref none, static (_, _, _) => throw new InvalidTimeZoneException(), 0));
        Assert.Equal(WsaError.Success, _rig.Listen(listener));      // no callback runs any more
    }

    [Fact]
    public void A_handle_is_used_again_and_there_are_so_many()
    {
        _rig.Process.Provider.SocketLimit = 3;
        SOCKET a = _rig.Open("tcp4"), b = _rig.Open("tcp4"), c = _rig.Open("udp4");
        Assert.Equal((INVALID_SOCKET, WsaError.WSAEMFILE), (_rig.Process.socket(AF_INET, SOCK_STREAM, 0), _rig.LastError));
        Assert.Equal(0, _rig.Process.closesocket(b));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTSOCK), (_rig.Process.closesocket(b), _rig.LastError));
        Assert.Equal((WsaError.WSAENOTSOCK, WsaError.WSAENOTSOCK), (_rig.Bind(new SOCKET(a.Value + 1), "127.0.0.1:1"), _rig.Bind(new SOCKET(0), "127.0.0.1:1")));
        Assert.Equal(b, _rig.Open("udp6"));
        Assert.Equal(3, new HashSet<SOCKET> { a, b, c }.Count);
    }

    [Fact]
    public void A_stream_ends_in_order_and_tells_so()
    {
        (SOCKET client, SOCKET server) = _rig.Pair();
        byte[] buffer = new byte[8];
        Assert.Equal(3, _rig.Process.send(client, [1, 2, 3], 3, 0));
        Assert.Equal(2, _rig.Process.recv(server, buffer, 2, MSG_PEEK));
        uint count = 0;
        Assert.Equal((0, 3u), (_rig.Process.ioctlsocket(server, FIONREAD, ref count), count));
        Assert.Equal(3, _rig.Process.recv(server, buffer, 8, 0));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEINVAL), (_rig.Process.shutdown(client, 3), _rig.LastError));
        Assert.Equal(0, _rig.Process.shutdown(client, SD_SEND));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAESHUTDOWN), (_rig.Process.send(client, [1], 1, 0), _rig.LastError));
        Assert.Equal(0, _rig.Process.recv(server, buffer, 8, 0));
        Assert.Equal(0, _rig.Process.shutdown(server, SD_RECEIVE));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAESHUTDOWN), (_rig.Process.recv(server, buffer, 8, 0), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTCONN), (_rig.Process.shutdown(_rig.Open("tcp4"), SD_BOTH), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTCONN), (_rig.Process.send(_rig.Open("tcp4"), [1], 1, 0), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTCONN), (_rig.Process.recv(_rig.Open("tcp4"), buffer, 8, 0), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEFAULT), (_rig.Process.recv(server, buffer, 9, 0), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEOPNOTSUPP), (_rig.Process.recv(client, buffer, 8, 0x4000), _rig.LastError));
    }

    [Fact]
    public void A_datagram_that_is_longer_than_the_buffer_is_told_and_cut()
    {
        SOCKET a = _rig.OpenBound("udp4", "127.0.0.1:5000"), b = _rig.OpenBound("udp4", "127.0.0.1:5001");
        byte[] buffer = new byte[4], from = new byte[16];
        int length = 16;
        Assert.Equal(WsaError.Success, _rig.SendTo(a, "127.0.0.1:5001", 6));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEMSGSIZE), (_rig.Process.recvfrom(b, buffer, 4, 0, from, ref length), _rig.LastError));
        Assert.Equal(WinsockRig.Octets("127.0.0.1:5000"), from);
        Assert.Equal(WsaError.Success, _rig.SendTo(a, "127.0.0.1:5001", 4));
        Assert.Equal(4, _rig.Process.recv(b, buffer, 4, 0));
        Assert.Equal(WsaError.WSAEMSGSIZE, _rig.SendTo(a, "127.0.0.1:5001", 65_508));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEINVAL), (_rig.Process.recv(_rig.Open("udp4"), buffer, 4, 0), _rig.LastError));
        length = 15;
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEFAULT), (_rig.Process.recvfrom(b, buffer, 4, 0, from, ref length), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEOPNOTSUPP), (_rig.Process.recv(b, buffer, 4, MSG_WAITALL), _rig.LastError));
        Assert.Equal(WsaError.Success, _rig.SendTo(b, "127.0.0.1:6000"));      // nobody: the next receive is told
        Assert.Equal((SOCKET_ERROR, WsaError.WSAECONNRESET), (_rig.Process.recv(b, buffer, 4, 0), _rig.LastError));
        Assert.Equal(0, _rig.Process.shutdown(b, SD_BOTH));
        Assert.Equal(WsaError.WSAESHUTDOWN, _rig.SendTo(b, "127.0.0.1:5000"));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAESHUTDOWN), (_rig.Process.recv(b, buffer, 4, 0), _rig.LastError));
    }

    [Fact]
    public void Each_socket_of_a_poll_is_told_of_by_itself()
    {
        (SOCKET client, SOCKET server) = _rig.Pair();
        _rig.Process.send(client, [1], 1, 0);
        WSAPOLLFD[] fds = [new(server, POLLIN | POLLOUT), new(client, POLLRDNORM), new(INVALID_SOCKET, POLLIN), new(new SOCKET(4), POLLIN)];
        Assert.Equal(2, _rig.Process.WSAPoll(fds, 4, 0));
        Assert.Equal([POLLRDNORM | POLLWRNORM, 0, 0, POLLNVAL], fds.Select(static fd => (int)fd.revents));
        _rig.Process.closesocket(client);
        byte[] buffer = new byte[1];
        Assert.Equal((1, 0), (_rig.Process.recv(server, buffer, 1, 0), _rig.Process.recv(server, buffer, 1, 0)));
        Assert.Equal(1, _rig.Process.WSAPoll(fds, 1, INFINITE));
        Assert.Equal(POLLRDNORM | POLLWRNORM | POLLHUP, fds[0].revents);
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEINVAL), (_rig.Process.WSAPoll([new(server, POLLPRI)], 1, 0), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTSOCK), (_rig.Process.WSAPoll([new(INVALID_SOCKET, POLLIN)], 1, 0), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEINVAL), (_rig.Process.WSAPoll([], 0, 0), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEINVAL), (_rig.Process.select(0, null, null, null, null), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEINVAL), (_rig.Process.select(0, new FD_SET(), null, null, null), _rig.LastError));
        var wrong = new FD_SET();
        wrong.Set(new SOCKET(4));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTSOCK), (_rig.Process.select(0, wrong, null, null, null), _rig.LastError));
    }

    [Theory]
    [InlineData("tcp4", SOL_SOCKET, SO_KEEPALIVE, 1, 1)]
    [InlineData("tcp4", SOL_SOCKET, SO_BROADCAST, 1, 1)]
    [InlineData("tcp4", SOL_SOCKET, SO_RCVTIMEO, 1500, 1500)]
    [InlineData("udp4", SOL_SOCKET, SO_SNDTIMEO, 7, 7)]
    [InlineData("udp4", SOL_SOCKET, SO_RANDOMIZE_PORT, 1, 1)]
    [InlineData("udp4", SOL_SOCKET, SO_PORT_SCALABILITY, 1, 1)]
    [InlineData("tcp4", SOL_SOCKET, SO_REUSE_UNICASTPORT, 1, 1)]
    [InlineData("tcp4", SOL_SOCKET, SO_DONTLINGER, 1, 1)]
    [InlineData("tcp4", IPPROTO_TCP, TCP_NODELAY, 1, 1)]
    [InlineData("tcp4", IPPROTO_TCP, TCP_KEEPIDLE, 100, 100)]
    [InlineData("tcp4", IPPROTO_TCP, TCP_KEEPCNT, 9, 9)]
    [InlineData("tcp4", IPPROTO_IP, IP_TTL, 9, 9)]
    [InlineData("udp4", IPPROTO_IP, IP_TTL, 9, 9)]
    [InlineData("udp4", IPPROTO_IP, IP_DONTFRAGMENT, 1, 1)]
    [InlineData("udp4", IPPROTO_IP, IP_MULTICAST_TTL, 9, 9)]
    [InlineData("udp4", IPPROTO_IP, IP_MULTICAST_LOOP, 0, 0)]
    [InlineData("udp4", IPPROTO_IP, IP_UNICAST_IF, 0x02000000, 0x02000000)]
    [InlineData("udp6", IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9, 9)]
    [InlineData("udp6", IPPROTO_IPV6, IPV6_MULTICAST_IF, 2, 2)]
    [InlineData("udp6", IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 9, 9)]
    [InlineData("udp6", IPPROTO_IPV6, IPV6_UNICAST_IF, 2, 2)]
    [InlineData("udp6", IPPROTO_IPV6, IPV6_V6ONLY, 0, 0)]
    public void An_option_is_kept(string kind, int level, int option, int value, int expected)
    {
        SOCKET s = _rig.Open(kind);
        _rig.Set(s, level, option, value);
        Assert.Equal((0, expected), (_rig.Process.getsockopt(s, level, option, out int read), read));
        int length = 3;
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEFAULT), (_rig.Process.setsockopt(s, level, option, new byte[3], 3), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEFAULT), (_rig.Process.getsockopt(s, level, option, new byte[3], ref length), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEFAULT), (_rig.Process.setsockopt(s, level, option, default, 4), _rig.LastError));
    }

    [Theory]
    [InlineData("tcp4", SOL_SOCKET, 0x7777)]
    [InlineData("tcp4", SOL_SOCKET, SO_TYPE)]      // read only
    [InlineData("tcp4", 1, 2)]                     // Linux's SO_REUSEADDR
    [InlineData("tcp4", IPPROTO_IPV6, IPV6_V6ONLY)]
    [InlineData("udp4", IPPROTO_TCP, TCP_NODELAY)]
    [InlineData("udp4", SOL_SOCKET, SO_LINGER)]
    [InlineData("udp4", IPPROTO_IP, 99)]
    public void An_option_that_is_not_there_is_refused(string kind, int level, int option) =>
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOPROTOOPT), (_rig.Process.setsockopt(_rig.Open(kind), level, option, 1), _rig.LastError));

    [Fact]
    public void Linger_has_four_octets_and_read_only_options_can_be_read()
    {
        SOCKET s = _rig.Open("tcp4");
        byte[] linger = new byte[4];
        int length = 4;
        Assert.Equal(0, _rig.Process.setsockopt(s, SOL_SOCKET, SO_LINGER, [1, 0, 30, 0], 4));
        Assert.Equal(0, _rig.Process.getsockopt(s, SOL_SOCKET, SO_LINGER, linger, ref length));
        Assert.Equal([1, 0, 30, 0], linger);
        Assert.Equal((0, 0), (_rig.Process.getsockopt(s, SOL_SOCKET, SO_DONTLINGER, out int off), off));
        Assert.Equal((0, SOCK_STREAM), (_rig.Process.getsockopt(s, SOL_SOCKET, SO_TYPE, out int type), type));
        Assert.Equal((0, 65_507), (_rig.Process.getsockopt(_rig.Open("udp4"), SOL_SOCKET, SO_MAX_MSG_SIZE, out int most), most));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTCONN), (_rig.Process.setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, default, 0), _rig.LastError));
        uint any = 0;
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEINVAL), (_rig.Process.ioctlsocket(s, 0x1234, ref any), _rig.LastError));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEOPNOTSUPP), (_rig.Process.WSAIoctl(s, 0x1234, default, default, out _), _rig.LastError));
    }

    [Theory]
    [InlineData(1024, 255, false)]
    [InlineData(1025, 254, false)]
    [InlineData(1025, 255, true)]
    [InlineData(65_281, 255, true)]
    [InlineData(65_282, 255, false)]
    [InlineData(49_152, 16_385, false)]
    [InlineData(49_152, int.MaxValue, false)]
    [InlineData(65_536, 255, false)]
    public void The_dynamic_ports_have_their_limits(int start, int number, bool isTaken)
    {
        WsaError answer = DynamicPorts.Set(_rig.Stack, AddressFamily.InterNetwork, ProtocolType.Tcp, start, number);
        Assert.Equal(isTaken ? WsaError.Success : WsaError.WSA_INVALID_PARAMETER, answer);
        PortRange range = DynamicPorts.Show(_rig.Stack, AddressFamily.InterNetwork, ProtocolType.Tcp);
        Assert.Equal(isTaken ? new PortRange((ushort)start, (ushort)(start + number - 1)) : new PortRange(49_152, 65_535), range);
    }

    [Fact]
    public void The_dynamic_ports_are_those_of_one_protocol_and_family_and_the_old_ones_of_all()
    {
        Assert.Equal(WsaError.Success, DynamicPorts.Set(_rig.Stack, AddressFamily.InterNetwork, ProtocolType.Tcp, 20_000, 255));
        Assert.Equal(WsaError.WSA_INVALID_PARAMETER, DynamicPorts.Set(_rig.Stack, AddressFamily.InterNetwork, ProtocolType.Icmp, 20_000, 255));
        Assert.InRange((int)_rig.PortOf(_rig.OpenBound("tcp4", "127.0.0.1:0")), 20_000, 20_254);
        foreach (string kind in new[] { "udp4", "tcp6", "udp6" })
            Assert.InRange((int)_rig.PortOf(_rig.OpenBound(kind, kind[3] == '6' ? "[::1]:0" : "127.0.0.1:0")), 49_152, 65_535);
        using var old = new WinsockRig(settings: static settings => settings.MaxUserPort = 5000);
        for (int i = 0; i < 20; i++) Assert.InRange((int)old.PortOf(old.OpenBound("udp4", "127.0.0.1:0")), 1025, 5000);
    }

    [Fact]
    public void When_no_port_is_left_there_is_no_buffer_space()      // cases 157 to 159, 164, 168
    {
        using var rig = new WinsockRig(settings: static settings => settings.EphemeralPorts = new PortRange(50_000, 50_001));
        foreach (string kind in new[] { "tcp4", "udp4" })
        {
            rig.OpenBound(kind, "0.0.0.0:0", SO_REUSEADDR);
            rig.OpenBound(kind, "0.0.0.0:0", SO_EXCLUSIVEADDRUSE);
            Assert.Equal(WsaError.WSAENOBUFS, rig.Bind(rig.Open(kind), "0.0.0.0:0"));
            SOCKET sharing = rig.Open(kind);
            rig.Set(sharing, SOL_SOCKET, SO_REUSEADDR, 1);
            Assert.Equal(WsaError.WSAENOBUFS, rig.Bind(sharing, "0.0.0.0:0"));
            Assert.Equal(WsaError.WSAENOBUFS, rig.Connect(rig.Open(kind), "10.1.0.9:9"));
        }

        Assert.Equal(WsaError.WSAENOBUFS, rig.SendTo(rig.Open("udp4"), "127.0.0.1:9"));
    }

    [Fact]
    public void Connects_share_a_port_between_destinations_where_both_sockets_say_so()
    {
        foreach ((int option, bool mayShare) in new[] { (SO_PORT_SCALABILITY, true), (SO_REUSE_UNICASTPORT, true), (SO_RANDOMIZE_PORT, false) })
        {
            using var rig = new WinsockRig(settings: static settings => settings.EphemeralPorts = new PortRange(50_000, 50_000));
            rig.Listen(rig.OpenBound("tcp4", "127.0.0.1:5000"));
            rig.Listen(rig.OpenBound("tcp4", "127.0.0.1:5001"));
            SOCKET first = rig.Open("tcp4"), second = rig.Open("tcp4"), third = rig.Open("tcp4");
            rig.Set(first, SOL_SOCKET, option, 1);
            rig.Set(second, SOL_SOCKET, option, 1);
            Assert.Equal(WsaError.Success, rig.Connect(first, "127.0.0.1:5000"));
            Assert.Equal(mayShare ? WsaError.Success : WsaError.WSAENOBUFS, rig.Connect(second, "127.0.0.1:5001"));
            Assert.Equal(WsaError.WSAENOBUFS, rig.Connect(third, "127.0.0.1:5001"));
            Assert.Equal((SOCKET_ERROR, WsaError.WSAEINVAL), (rig.Process.setsockopt(first, SOL_SOCKET, option, 0), rig.LastError));      // it is bound
        }
    }

    [Fact]
    public void Of_the_two_options_that_share_ports_each_is_kept_by_itself()
    {
        SOCKET s = _rig.Open("tcp4");
        foreach ((int option, int value, int scales, int reuses) in new[]
        {
            (SO_PORT_SCALABILITY, 1, 1, 0), (SO_REUSE_UNICASTPORT, 1, 1, 1), (SO_PORT_SCALABILITY, 0, 0, 1), (SO_PORT_SCALABILITY, 1, 1, 1),
            (SO_REUSE_UNICASTPORT, 0, 1, 0), (SO_PORT_SCALABILITY, 0, 0, 0),
        })
        {
            _rig.Set(s, SOL_SOCKET, option, value);
            Assert.Equal(0, _rig.Process.getsockopt(s, SOL_SOCKET, SO_PORT_SCALABILITY, out int isScaling));
            Assert.Equal(0, _rig.Process.getsockopt(s, SOL_SOCKET, SO_REUSE_UNICASTPORT, out int isReusing));
            Assert.Equal((scales, reuses), (isScaling, isReusing));
            Assert.Equal(scales + reuses > 0, _rig.Process.Provider.SocketOf(s)!.Binding.Sharing.HasFlag(Sharing.UnicastPort));
        }
    }

    [Fact]
    public void A_port_that_is_left_to_connect_counts_as_bound()
    {
        SOCKET listener = _rig.OpenBound("tcp4", "127.0.0.1:5000"), s = _rig.Open("tcp4");
        _rig.Listen(listener);
        _rig.Set(s, SOL_SOCKET, SO_REUSE_UNICASTPORT, 1);
        Assert.Equal(WsaError.Success, _rig.Bind(s, "127.0.0.1:0"));
        Assert.Equal("127.0.0.1:0", _rig.NameOf(s));
        Assert.Equal(WsaError.WSAEINVAL, _rig.Bind(s, "127.0.0.1:0"));
        Assert.Equal(WsaError.Success, _rig.Connect(s, "127.0.0.1:5000"));
        Assert.InRange((int)_rig.PortOf(s), 49_152, 65_535);
    }

    /// <summary>A listener with a connection that waits, and the stream that called.</summary>
    private (SOCKET Listener, SOCKET Client) Called()
    {
        SOCKET listener = _rig.OpenBound("tcp4", "127.0.0.1:0"), client = _rig.Open("tcp4");
        Assert.Equal(WsaError.Success, _rig.Listen(listener));
        Assert.Equal(WsaError.Success, _rig.Connect(client, _rig.NameOf(listener)));
        return (listener, client);
    }

    private IEnumerable<WsaError> CallsOf(SOCKET s)
    {
        WinsockProcess process = _rig.Process;
        byte[] name = WinsockRig.Octets("127.0.0.1:1"), room = new byte[16];
        int length = 16;
        uint number = 0;
        WsaError Code(int result) => result == SOCKET_ERROR ? _rig.LastError : WsaError.Success;
        return
        [
            Code(process.bind(s, name, 16)), Code(process.connect(s, name, 16)), Code(process.listen(s, 1)), Code(process.send(s, [1], 1, 0)),
            Code(process.recv(s, room, 1, 0)), Code(process.getsockname(s, room, ref length)), Code(process.getpeername(s, room, ref length)),
            Code(process.shutdown(s, SD_SEND)), Code(process.ioctlsocket(s, FIONREAD, ref number)), Code(process.closesocket(s)),
            Code(process.WSACleanup()), process.WSAStartup(MAKEWORD(2, 2), out _),
        ];
    }
}
