using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Emulation;
using UserNet.Errors;
using UserNet.Facades.Winsock;
using UserNet.Simulation;
using Xunit;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Tests.Facades.Winsock;

/// <summary>Connecting without waiting, overlapped, to one of several addresses and by name.</summary>
public sealed class ConnectingTests : IDisposable
{
    private const string Server = "127.0.0.1:5000";

    private readonly WinsockRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_connect_that_does_not_wait_is_told_by_select()
    {
        SOCKET listener = Listener(), s = _rig.Open("tcp4");
        _rig.DoNotBlock(s);
        Assert.Equal(WsaError.WSAEWOULDBLOCK, _rig.Connect(s, Server));
        Assert.Equal((0, 1, 0), Select(s));
        Assert.Equal(WsaError.WSAEISCONN, _rig.Connect(s, Server));
        Assert.Equal(Server, _rig.PeerOf(s));
        Assert.NotEqual(INVALID_SOCKET, _rig.Process.accept(listener));

        SOCKET refused = _rig.Open("tcp4");
        _rig.DoNotBlock(refused);
        Assert.Equal(WsaError.WSAEWOULDBLOCK, _rig.Connect(refused, "127.0.0.1:5001"));
        Assert.Equal((0, 0, 1), Select(refused));
        Assert.Equal((0, (int)WsaError.WSAECONNREFUSED), (_rig.Process.getsockopt(refused, SOL_SOCKET, SO_ERROR, out int error), error));
        Assert.Equal((0, 0), (_rig.Process.getsockopt(refused, SOL_SOCKET, SO_ERROR, out error), error));
        Assert.Equal(WsaError.WSAEWOULDBLOCK, _rig.Connect(refused, Server));      // another attempt
        Assert.Equal((0, 1, 0), Select(refused));
    }

    [Fact]
    public void A_list_of_which_nobody_answers_leaves_the_socket_as_it_was_and_may_be_tried_again()
    {
        using var rig = new WinsockRig(settings: static settings => settings.EphemeralPorts = new PortRange(50_000, 50_000));
        rig.Listen(rig.OpenBound("tcp4", Server));
        SOCKET s = rig.Open("tcp4"), other = rig.Open("tcp4");
        Assert.Equal(WsaError.WSAECONNREFUSED, Try(Address("127.0.0.1:5001"), Address("127.0.0.1:5002")));
        Assert.Equal("WSAEINVAL", rig.NameOf(s));      // not bound
        Assert.Equal(WsaError.Success, rig.Bind(other, "127.0.0.1:0"));      // the one port is free
        Assert.Equal(WsaError.WSAENOBUFS, Try(Address(Server)));
        rig.Process.closesocket(other);
        Assert.Equal(WsaError.Success, Try(Address("127.0.0.1:5001"), Address(Server)));
        Assert.Equal("127.0.0.1:50000", rig.NameOf(s));

        WsaError Try(params SOCKET_ADDRESS[] addresses)
        {
            int none = 0;
            return rig.Process.WSAConnectByList(s, addresses, ref none, default, ref none, default, null) ? WsaError.Success : rig.LastError;
        }
    }

    [Fact]
    public void A_name_may_be_connected_to_from_a_socket_that_is_bound_and_stays_so()
    {
        Listener();
        int none = 0;
        SOCKET s = _rig.OpenBound("tcp4", "127.0.0.1:4000");
        Assert.False(_rig.Process.WSAConnectByName(s, "localhost", "5001", ref none, default, ref none, default, null));
        Assert.Equal((WsaError.WSAECONNREFUSED, "127.0.0.1:4000"), (_rig.LastError, _rig.NameOf(s)));
        Assert.True(_rig.Process.WSAConnectByName(s, "localhost", "5000", ref none, default, ref none, default, null));
        Assert.Equal("127.0.0.1:4000", _rig.NameOf(s));
        Assert.False(_rig.Process.WSAConnectByName(s, "localhost", "5000", ref none, default, ref none, default, null));
        Assert.Equal(WsaError.WSAEINVAL, _rig.LastError);
    }

    [Fact]
    public void A_connect_that_goes_on_is_already_under_way()
    {
        using var network = new VirtualNetwork(1);
        VirtualHost a = network.AddHost("a", new VirtualHostOptions { Personality = Personality.Windows });
        VirtualHost b = network.AddHost("b");
        network.Connect(a, "10.0.0.1/24", b, "10.0.0.2/24", new VirtualLinkOptions { There = new LinkConditions { Delay = TimeSpan.FromSeconds(1) } });
        using var rig = new WinsockRig(a.Stack, Caller.Root);
        using var peer = new WinsockRig(b.Stack, Caller.Root);
        SOCKET listener = peer.OpenBound("tcp4", "10.0.0.2:80");
        peer.Listen(listener);
        SOCKET s = rig.Open("tcp4");
        rig.DoNotBlock(s);
        Assert.Equal(WsaError.WSAEWOULDBLOCK, rig.Connect(s, "10.0.0.2:80"));
        Assert.Equal(WsaError.WSAEALREADY, rig.Connect(s, "10.0.0.2:80"));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTCONN), (rig.Process.send(s, [1], 1, 0), rig.LastError));
        Assert.Equal(WsaError.WSAEINVAL, rig.Bind(s, "10.0.0.1:1"));
        Assert.Equal(WsaError.WSAEINVAL, rig.Listen(s));

        // What waits does so in the network's time.
        SOCKET blocking = rig.Open("tcp4");
        Assert.Equal(WsaError.Success, rig.Connect(blocking, "10.0.0.2:80"));
        Assert.True(network.Clock.Now.SinceStart > TimeSpan.FromSeconds(1));
        var written = new FD_SET();
        written.Set(s);
        Assert.Equal(1, rig.Process.select(0, null, written, null, null));

        SOCKET timed = rig.Open("tcp4");
        int local = 0, remote = 0;
        byte[] name = WinsockRig.Octets("10.0.0.2:80"), nobody = WinsockRig.Octets("10.0.0.77:80");
        TimeSpan before = network.Clock.Now.SinceStart;
        Assert.False(rig.Process.WSAConnectByList(
            timed, [new(nobody, 16), new(name, 16)], ref local, default, ref remote, default, new TIMEVAL(0, 500_000)));
        Assert.Equal(WsaError.WSAETIMEDOUT, rig.LastError);
        Assert.Equal(TimeSpan.FromSeconds(0.5), network.Clock.Now.SinceStart - before);

        SOCKET receiver = rig.Open("udp4");
        Assert.Equal(WsaError.Success, rig.Bind(receiver, "10.0.0.1:7"));
        rig.Set(receiver, SOL_SOCKET, SO_RCVTIMEO, 250);
        before = network.Clock.Now.SinceStart;
        Assert.Equal((SOCKET_ERROR, WsaError.WSAETIMEDOUT), (rig.Process.recv(receiver, new byte[1], 1, 0), rig.LastError));
        Assert.Equal(TimeSpan.FromSeconds(0.25), network.Clock.Now.SinceStart - before);
        var nothing = new FD_SET();
        nothing.Set(receiver);
        Assert.Equal(0, rig.Process.select(0, nothing, null, null, new TIMEVAL(2, 500_000)));
        Assert.Equal(TimeSpan.FromSeconds(2.75), network.Clock.Now.SinceStart - before);
        Assert.Equal(0, nothing.fd_count);
    }

    [Fact]
    public void ConnectEx_needs_a_socket_that_is_bound_and_ends_later()
    {
        LPFN_CONNECTEX connectEx = ConnectEx();
        SOCKET listener = Listener(), s = _rig.Open("tcp4");
        byte[] name = WinsockRig.Octets(Server);
        var overlapped = new OVERLAPPED();
        WsaError Call(SOCKET on, OVERLAPPED? by, byte[]? octets = null) =>
            connectEx(on, name, 16, octets, (uint)(octets?.Length ?? 0), out _, by) ? WsaError.Success : _rig.LastError;

        Assert.Equal(WsaError.WSAEINVAL, Call(s, overlapped));
        Assert.True(overlapped.HasCompleted);
        Assert.Equal(WsaError.WSAENOTSOCK, Call(INVALID_SOCKET, overlapped));
        Assert.Equal(WsaError.WSA_INVALID_PARAMETER, Call(s, null));
        Assert.Equal(WsaError.WSAEOPNOTSUPP, Call(_rig.OpenBound("udp4", "127.0.0.1:0"), overlapped));
        Assert.Equal(WsaError.WSAEINVAL, Call(listener, overlapped));
        Assert.Equal(WsaError.Success, _rig.Bind(s, "0.0.0.0:0"));
        Assert.Equal(WsaError.WSA_IO_PENDING, Call(s, overlapped, [1, 2, 3]));
        Assert.True(_rig.Process.WSAGetOverlappedResult(s, overlapped, out uint sent, fWait: true), _rig.LastError.ToString());
        Assert.Equal(3u, sent);
        Assert.StartsWith("127.0.0.1:", _rig.NameOf(s), StringComparison.Ordinal);

        // Until it is told so, it is no socket like another.
        Assert.Equal("WSAENOTCONN", _rig.PeerOf(s));
        Assert.Equal((SOCKET_ERROR, WsaError.WSAENOTCONN), (_rig.Process.shutdown(s, SD_SEND), _rig.LastError));
        Assert.Equal(1, _rig.Process.send(s, [4], 1, 0));
        Assert.Equal(0, _rig.Process.setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, default, 0));
        Assert.Equal(Server, _rig.PeerOf(s));
        Assert.Equal(0, _rig.Process.shutdown(s, SD_SEND));
        Assert.Equal(WsaError.WSAEISCONN, Call(s, new OVERLAPPED()));

        SOCKET server = _rig.Process.accept(listener);
        byte[] received = new byte[4];
        Assert.Equal(4, _rig.Process.recv(server, received, 4, MSG_WAITALL));
        Assert.Equal([1, 2, 3, 4], received);
        Assert.Equal(0, _rig.Process.recv(server, received, 4, 0));
    }

    [Fact]
    public void ConnectEx_tells_how_it_ended_and_leaves_the_socket_bound()
    {
        LPFN_CONNECTEX connectEx = ConnectEx();
        SOCKET s = _rig.OpenBound("tcp4", "0.0.0.0:0");
        ushort port = _rig.PortOf(s);
        byte[] name = WinsockRig.Octets(Server);
        var overlapped = new OVERLAPPED();
        Assert.False(connectEx(s, name, 16, default, 0, out _, overlapped));
        Assert.Equal(WsaError.WSA_IO_PENDING, _rig.LastError);
        Assert.False(_rig.Process.WSAGetOverlappedResult(s, overlapped, out _, fWait: true));
        Assert.Equal((WsaError.WSAECONNREFUSED, WsaError.WSAECONNREFUSED), (_rig.LastError, overlapped.Status));
        Assert.Equal($"0.0.0.0:{port}", _rig.NameOf(s));
        Listener();
        Assert.False(connectEx(s, name, 16, default, 0, out _, overlapped));
        Assert.Equal(WsaError.WSA_IO_PENDING, _rig.LastError);
        Assert.True(_rig.Process.WSAGetOverlappedResult(s, overlapped, out _, fWait: true));
        Assert.False(_rig.Process.WSAGetOverlappedResult(_rig.Open("tcp4"), overlapped, out _, fWait: true));
        Assert.Equal(WsaError.WSA_INVALID_PARAMETER, _rig.LastError);
    }

    [Fact]
    public void A_ConnectEx_ends_when_its_socket_is_closed()
    {
        using var network = new VirtualNetwork(1);
        VirtualHost a = network.AddHost("a", new VirtualHostOptions { Personality = Personality.Windows });
        network.Connect(a, "10.0.0.1/24", network.AddHost("b"), "10.0.0.2/24");
        using var rig = new WinsockRig(a.Stack, Caller.Root);
        SOCKET s = rig.OpenBound("tcp4", "0.0.0.0:0");
        Assert.Equal(0, rig.Process.WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, WSAID_CONNECTEX, out LPFN_CONNECTEX? connectEx));
        var overlapped = new OVERLAPPED();
        Assert.False(connectEx!(s, WinsockRig.Octets("10.0.0.77:9"), 16, default, 0, out _, overlapped));
        Assert.Equal(WsaError.WSA_IO_PENDING, rig.LastError);
        Assert.False(rig.Process.WSAGetOverlappedResult(s, overlapped, out _, fWait: false));
        Assert.Equal(WsaError.WSA_IO_INCOMPLETE, rig.LastError);
        Assert.Equal(WsaError.WSAEALREADY, rig.Connect(s, "10.0.0.2:9"));
        Assert.Equal(0, rig.Process.closesocket(s));
        network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((true, WsaError.WSA_OPERATION_ABORTED), (overlapped.HasCompleted, overlapped.Status));
    }

    [Fact]
    public void A_function_that_is_not_there_is_not_handed_out()
    {
        SOCKET s = _rig.Open("tcp4");
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEINVAL),
            (_rig.Process.WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, Guid.Empty, out LPFN_CONNECTEX? none), _rig.LastError));
        Assert.Null(none);
        Assert.Equal((SOCKET_ERROR, WsaError.WSAEOPNOTSUPP), (_rig.Process.WSAIoctl(s, FIONBIO, WSAID_CONNECTEX, out none), _rig.LastError));
    }

    [Fact]
    public void Of_several_addresses_the_first_that_answers_is_taken()
    {
        Listener();
        SOCKET s = _rig.Open("tcp4");
        byte[] local = new byte[16], remote = new byte[16];
        int localLength = 16, remoteLength = 16;
        SOCKET_ADDRESS[] list = [Address("127.0.0.1:5001"), Address("203.0.113.1:80"), Address(Server), Address("127.0.0.1:5002")];
        Assert.True(_rig.Process.WSAConnectByList(s, list, ref localLength, local, ref remoteLength, remote, null), _rig.LastError.ToString());
        Assert.Equal(WinsockRig.Octets(Server), remote);
        Assert.Equal(WinsockRig.Octets(_rig.NameOf(s)), local);
        Assert.Equal("WSAENOTCONN", _rig.PeerOf(s));      // SO_UPDATE_CONNECT_CONTEXT
        Assert.Equal(0, _rig.Process.setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, default, 0));
        Assert.Equal(Server, _rig.PeerOf(s));

        WsaError Try(SOCKET on, params SOCKET_ADDRESS[] addresses) =>
            _rig.Process.WSAConnectByList(on, addresses, ref localLength, local, ref remoteLength, remote, null) ? WsaError.Success : _rig.LastError;
        Assert.Equal(WsaError.WSAECONNREFUSED, Try(_rig.Open("tcp4"), Address("127.0.0.1:5001"), Address("127.0.0.1:5002")));
        Assert.Equal(WsaError.WSAENETUNREACH, Try(_rig.Open("tcp4"), Address("203.0.113.1:80")));
        Assert.Equal(WsaError.WSAEINVAL, Try(_rig.Open("tcp4")));
        Assert.Equal(WsaError.WSAEINVAL, Try(_rig.OpenBound("tcp4", "127.0.0.1:0"), Address(Server)));
        Assert.Equal(WsaError.WSAEINVAL, Try(s, Address(Server)));
        Assert.Equal(WsaError.WSAEFAULT, Try(_rig.Open("tcp4"), new SOCKET_ADDRESS(null, 16)));
        Assert.Equal(WsaError.WSAEOPNOTSUPP, Try(_rig.Open("udp4"), Address(Server)));
        Assert.Equal(WsaError.WSAENOTSOCK, Try(INVALID_SOCKET, Address(Server)));
        localLength = 15;
        Assert.Equal(WsaError.WSAEFAULT, Try(_rig.Open("tcp4"), Address(Server)));
    }

    [Theory]
    [InlineData("tcp4", "127.0.0.1", "5000", WsaError.Success)]
    [InlineData("tcp4", "LocalHost", "5000", WsaError.Success)]
    [InlineData("tcp6d", "localhost", "5000", WsaError.Success)]      // ::1 refuses, the mapped address answers
    [InlineData("tcp6", "localhost", "5000", WsaError.WSAECONNREFUSED)]
    [InlineData("tcp4", "server", "Echo5000", WsaError.Success)]
    [InlineData("tcp4", "server", "http", WsaError.WSAECONNREFUSED)]
    [InlineData("tcp4", "nowhere", "http", WsaError.WSAHOST_NOT_FOUND)]
    [InlineData("tcp4", "::1", "http", WsaError.WSAHOST_NOT_FOUND)]
    [InlineData("tcp4", "server", "nothing", WsaError.WSATYPE_NOT_FOUND)]
    [InlineData("tcp4", "server", "65536", WsaError.WSATYPE_NOT_FOUND)]
    [InlineData("tcp4", null, "http", WsaError.WSAEINVAL)]
    [InlineData("tcp4", "server", "", WsaError.WSAEINVAL)]
    [InlineData("udp4", "server", "http", WsaError.WSAEOPNOTSUPP)]
    public void A_name_is_looked_up(string kind, string? host, string? service, WsaError expected)
    {
        Listener();
        _rig.Process.Names.AddHost("server", InetAddress.Parse("127.0.0.9"), InetAddress.LoopbackV4);
        _rig.Process.Names.AddService("echo5000", 5000);
        byte[] local = new byte[28], remote = new byte[28];
        int localLength = 28, remoteLength = 28;
        SOCKET s = _rig.Open(kind);
        bool isDone = _rig.Process.WSAConnectByName(s, host, service, ref localLength, local, ref remoteLength, remote, null);
        Assert.Equal(expected, isDone ? WsaError.Success : _rig.LastError);
        if (isDone) Assert.Equal(kind[3] == '6' ? 28 : 16, remoteLength);
    }

    private static SOCKET_ADDRESS Address(string endpoint) => WinsockRig.Octets(endpoint) is var octets ? new(octets, octets.Length) : default;

    private SOCKET Listener()
    {
        SOCKET listener = _rig.OpenBound("tcp4", Server);
        Assert.Equal(WsaError.Success, _rig.Listen(listener));
        return listener;
    }

    private LPFN_CONNECTEX ConnectEx()
    {
        Assert.Equal(0, _rig.Process.WSAIoctl(_rig.Open("tcp4"), SIO_GET_EXTENSION_FUNCTION_POINTER, WSAID_CONNECTEX, out LPFN_CONNECTEX? function));
        return function!;
    }

    private (int Read, int Write, int Except) Select(SOCKET s)
    {
        FD_SET read = new(), write = new(), except = new();
        read.Set(s);
        write.Set(s);
        except.Set(s);
        Assert.True(_rig.Process.select(0, read, write, except, new TIMEVAL(10, 0)) > 0);
        return (read.fd_count, write.fd_count, except.fd_count);
    }
}
