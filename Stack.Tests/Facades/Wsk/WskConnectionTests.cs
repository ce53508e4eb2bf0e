using System.Runtime.CompilerServices;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Emulation;
using UserNet.Errors;
using UserNet.Facades;
using UserNet.Facades.Wsk;
using UserNet.Simulation;
using Xunit;
using static UserNet.Facades.Wsk.IoManager;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Tests.Facades.Wsk;

/// <summary>Connections and datagrams between two hosts of a virtual network, by requests that pend for 10 ms a way.</summary>
public sealed partial class WskConnectionTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly VirtualNetwork _network = new(7);
    private readonly WskRig _client, _server;

    public WskConnectionTests()
    {
        var options = new VirtualHostOptions { Personality = Personality.WindowsKernel };
        VirtualHost client = _network.AddHost("client", options), server = _network.AddHost("server", options);
        var far = new VirtualLinkOptions { There = new LinkConditions { Delay = TimeSpan.FromMilliseconds(10) } };
        _network.Connect(client, "10.0.1.1/24", server, "10.0.1.2/24", far);
        (_client, _server) = (new WskRig(client.Stack), new WskRig(server.Stack));
    }

    public void Dispose() => _network.Dispose();

    // K53.
    [Fact]
    public void A_wildcard_keeps_its_port_and_gets_its_address_when_it_connects()
    {
        WskSocket listening = Bound(_server.Listening(), "0.0.0.0:80"), socket = Bound(_client.Connection(), "0.0.0.0:0");
        InetEndpoint before = socket.LocalName();
        Assert.Equal(InetAddress.AnyV4, before.Address);
        Assert.NotEqual(0, before.Port);
        byte[] local = new byte[16], remote = new byte[16];
        var accept = new WskCall();
        accept.Pends(listening.Listen().WskAccept(listening, 0, null, null, local, remote, accept.Irp));
        var connect = new WskCall();
        connect.Pends(socket.Connection().WskConnect(socket, WskRig.Address("10.0.1.2:80"), 0, connect.Irp));
        RunUntil(() => connect.Completions + accept.Completions == 2);
        connect.Ended(NtStatus.STATUS_SUCCESS);
        accept.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal(new InetEndpoint(InetAddress.Parse("10.0.1.1"), before.Port), socket.LocalName());
        Assert.Equal(InetEndpoint.Parse("10.0.1.2:80"), WskRig.Endpoint(local));
        Assert.Equal(socket.LocalName(), WskRig.Endpoint(remote));
        Assert.Equal(InetEndpoint.Parse("10.0.1.2:80"), accept.Socket.LocalName());
        byte[] peer = new byte[16];
        var name = new WskCall();
        name.EndedInline(NtStatus.STATUS_SUCCESS, socket.Connection().WskGetRemoteAddress(socket, peer, name.Irp));
        Assert.Equal(InetEndpoint.Parse("10.0.1.2:80"), WskRig.Endpoint(peer));
        Assert.True(_network.Clock.Now.SinceStart >= TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public void A_connection_that_waits_is_accepted_at_once()
    {
        (WskSocket socket, WskSocket listening) = Connected(accept: false);
        RunFor(1);
        var accept = new WskCall();
        accept.EndedInline(NtStatus.STATUS_SUCCESS, listening.Listen().WskAccept(listening, 0, null, null, default, default, accept.Irp));
        Assert.Equal(socket.LocalName().Port, Peer(accept.Socket).Port);
    }

    [Fact]
    public void Octets_go_both_ways_and_ends_are_told()
    {
        (WskSocket client, WskSocket server) = Connected();
        byte[] buffer = new byte[100];
        var receive = new WskCall();
        receive.Pends(server.Connection().WskReceive(server, new WskBuf(buffer, 10, 50), 0, receive.Irp));
        var send = new WskCall();
        send.EndedInline(NtStatus.STATUS_SUCCESS, client.Connection().WskSend(client, new WskBuf("..hello.."u8.ToArray(), 2, 5), 0, send.Irp));
        Assert.Equal(5, send.Octets);
        RunUntil(() => receive.Completions == 1);
        receive.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal((5, "hello"), (receive.Octets, Text(buffer.AsSpan(10, 5))));

        // A graceful end waits for the acknowledgment, and leaves the other direction open.
        var end = new WskCall();
        end.Pends(client.Connection().WskDisconnect(client, new WskBuf("bye"u8.ToArray()), 0, end.Irp));
        RunUntil(() => end.Completions == 1);
        end.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal("bye", Receive(server, 100, 0).Text);
        Assert.Equal((NtStatus.STATUS_SUCCESS, ""), Receive(server, 100, 0));
        var late = new WskCall();
        late.EndedInline(NtStatus.STATUS_CONNECTION_DISCONNECTED, client.Connection().WskSend(client, new WskBuf(new byte[1]), 0, late.Irp));
        Send(server, "still here");
        Assert.Equal("still here", Receive(client, 100, 0).Text);
    }

    [Fact]
    public void A_receive_of_all_waits_until_the_buffer_is_full_or_the_end()
    {
        (WskSocket client, WskSocket server) = Connected();
        byte[] buffer = new byte[8];
        var all = new WskCall();
        all.Pends(server.Connection().WskReceive(server, new WskBuf(buffer), WSK_FLAG_WAITALL, all.Irp));
        Send(client, "abcde");
        RunFor(1);
        Assert.Equal(0, all.Completions);
        Send(client, "fghij");
        RunFor(1);
        all.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal((8, "abcdefgh"), (all.Octets, Text(buffer)));

        // What had come is not lost by a cancel.
        var some = new WskCall();
        some.Pends(server.Connection().WskReceive(server, new WskBuf(buffer), WSK_FLAG_WAITALL, some.Irp));
        Assert.True(IoCancelIrp(some.Irp));
        _network.Run();
        some.Ended(NtStatus.STATUS_CANCELLED);
        Assert.Equal((2, "ij"), (some.Octets, Text(buffer.AsSpan(0, 2))));
    }

    [Fact]
    public void A_large_send_pends_until_the_peer_has_made_room()
    {
        (WskSocket client, WskSocket server) = Connected();
        var send = new WskCall();
        const int Size = 20_000_000;
        send.Pends(client.Connection().WskSend(client, new WskBuf(new byte[Size]), 0, send.Irp));
        // A graceful end comes behind what is still being sent.
        var end = new WskCall();
        end.Pends(client.Connection().WskDisconnect(client, null, 0, end.Irp));
        byte[] buffer = new byte[1_000_000];
        int received = 0;
        while (true)
        {
            var receive = new WskCall();
            server.Connection().WskReceive(server, new WskBuf(buffer), 0, receive.Irp);
            RunUntil(() => receive.Completions == 1);
            receive.Ended(NtStatus.STATUS_SUCCESS);
            if (receive.Octets == 0) break;
            received += receive.Octets;
        }

        Assert.Equal(Size, received);
        RunUntil(() => end.Completions == 1);
        send.Ended(NtStatus.STATUS_SUCCESS);
        end.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal(Size, send.Octets);
    }

    [Fact]
    public void An_abortive_end_breaks_what_pends_and_the_peer_hears_a_reset()
    {
        (WskSocket client, WskSocket server) = Connected();
        var mine = new WskCall();
        mine.Pends(client.Connection().WskReceive(client, new WskBuf(new byte[1]), 0, mine.Irp));
        var theirs = new WskCall();
        theirs.Pends(server.Connection().WskReceive(server, new WskBuf(new byte[1]), 0, theirs.Irp));
        var end = new WskCall();
        end.EndedInline(NtStatus.STATUS_SUCCESS, client.Connection().WskDisconnect(client, null, WSK_FLAG_ABORTIVE, end.Irp));
        RunFor(1);
        mine.Ended(NtStatus.STATUS_CONNECTION_ABORTED);
        theirs.Ended(NtStatus.STATUS_CONNECTION_RESET);
        var buffer = new WskCall();
        buffer.EndedInline(NtStatus.STATUS_INVALID_PARAMETER, server.Connection().WskDisconnect(server, new WskBuf(new byte[1]), WSK_FLAG_ABORTIVE, buffer.Irp));
    }

    [Fact]
    public void A_connect_is_refused_cancelled_or_times_out_and_the_socket_stays()
    {
        WskSocket socket = Bound(_client.Connection(), "10.0.1.1:4000");
        var refused = new WskCall();
        refused.Pends(socket.Connection().WskConnect(socket, WskRig.Address("10.0.1.2:9"), 0, refused.Irp));
        RunFor(1);
        refused.Ended(NtStatus.STATUS_CONNECTION_REFUSED);

        WskSocket listening = Bound(_server.Listening(), "0.0.0.0:80");
        var canceled = new WskCall();
        canceled.Pends(socket.Connection().WskConnect(socket, WskRig.Address("10.0.1.2:80"), 0, canceled.Irp));
        Assert.True(IoCancelIrp(canceled.Irp));
        Assert.True(canceled.Irp.Cancel);
        _network.Run();
        canceled.Ended(NtStatus.STATUS_CANCELLED);

        var twice = new WskCall();
        twice.Pends(socket.Connection().WskConnect(socket, WskRig.Address("10.0.1.2:80"), 0, twice.Irp));
        var again = new WskCall();
        again.EndedInline(NtStatus.STATUS_CONNECTION_ACTIVE, socket.Connection().WskConnect(socket, WskRig.Address("10.0.1.2:80"), 0, again.Irp));
        RunFor(5);
        twice.Ended(NtStatus.STATUS_SUCCESS);

        WskSocket lonely = Bound(_client.Connection(), "10.0.1.1:4001");
        var nobody = new WskCall();
        nobody.Pends(lonely.Connection().WskConnect(lonely, WskRig.Address("10.0.1.77:80"), 0, nobody.Irp));
        RunUntil(() => nobody.Completions == 1);
        Assert.Contains(nobody.Status, new[] { NtStatus.STATUS_IO_TIMEOUT, NtStatus.STATUS_HOST_UNREACHABLE });
        Assert.Equal(NtStatus.STATUS_SUCCESS, listening.Close());
    }

    // K55 and what else is not in a state for its call.
    [Fact]
    public void Calls_before_their_time_are_refused()
    {
        WskSocket connection = _client.Connection(), listening = _client.Listening(), stream = _client.Stream(), datagrams = _client.Datagrams();
        byte[] to = WskRig.Address("10.0.1.2:80");
        var buffer = new WskBuf(new byte[1]);
        Check(NtStatus.STATUS_INVALID_DEVICE_STATE, irp => connection.Connection().WskConnect(connection, to, 0, irp));
        Check(NtStatus.STATUS_INVALID_DEVICE_STATE, irp => stream.Stream().WskConnect(stream, to, 0, irp));
        Check(NtStatus.STATUS_INVALID_DEVICE_STATE, irp => stream.Stream().WskListen(stream, irp));
        Check(NtStatus.STATUS_INVALID_DEVICE_STATE, irp => stream.Stream().WskAccept(stream, 0, null, null, default, default, irp));
        Check(NtStatus.STATUS_INVALID_DEVICE_STATE, irp => listening.Listen().WskAccept(listening, 0, null, null, default, default, irp));
        Check(NtStatus.STATUS_INVALID_DEVICE_STATE, irp => datagrams.Datagram().WskSendTo(datagrams, buffer, 0, to, irp));
        Check(NtStatus.STATUS_INVALID_DEVICE_STATE, irp => datagrams.Datagram().WskReceiveFrom(datagrams, buffer, 0, default, null, irp));
        Check(NtStatus.STATUS_INVALID_CONNECTION, irp => connection.Connection().WskSend(connection, buffer, 0, irp));
        Check(NtStatus.STATUS_INVALID_CONNECTION, irp => connection.Connection().WskReceive(connection, buffer, 0, irp));
        Check(NtStatus.STATUS_INVALID_CONNECTION, irp => connection.Connection().WskDisconnect(connection, null, 0, irp));
        Check(NtStatus.STATUS_INVALID_CONNECTION, irp => connection.Connection().WskGetRemoteAddress(connection, new byte[16], irp));
        Check(NtStatus.STATUS_INVALID_PARAMETER, irp => connection.Connection().WskConnect(connection, to, 1, irp));
        Check(NtStatus.STATUS_INVALID_PARAMETER, irp => connection.Connection().WskSend(connection, new WskBuf(new byte[4], 2, 3), 0, irp));
        Check(NtStatus.STATUS_INVALID_PARAMETER, irp => connection.Connection().WskReceive(connection, new WskBuf(new byte[4], -1, 3), 0, irp));
        Check(NtStatus.STATUS_INVALID_PARAMETER, irp => connection.Connection().WskReceive(connection, buffer, 4, irp));
        Check(NtStatus.STATUS_NOT_SUPPORTED, irp => connection.Connection().WskConnect(stream, to, 0, irp));
        Check(NtStatus.STATUS_INVALID_PARAMETER, irp => connection.Connection().WskConnect(null, to, 0, irp));
    }

    // K56.
    [Fact]
    public void A_stream_socket_is_what_it_first_became()
    {
        WskSocket listener = Bound(_server.Stream(), "0.0.0.0:80"), caller = Bound(_client.Stream(), "0.0.0.0:0");
        Check(NtStatus.STATUS_SUCCESS, irp => listener.Stream().WskListen(listener, irp));
        Check(NtStatus.STATUS_INVALID_DEVICE_STATE, irp => listener.Stream().WskConnect(listener, WskRig.Address("10.0.1.1:80"), 0, irp));

        // What could not connect is still free to listen.
        var refused = new WskCall();
        WskSocket other = Bound(_client.Stream(), "10.0.1.1:4000");
        refused.Pends(other.Stream().WskConnect(other, WskRig.Address("10.0.1.2:9"), 0, refused.Irp));
        Check(NtStatus.STATUS_INVALID_DEVICE_STATE, irp => other.Stream().WskListen(other, irp));
        RunFor(1);
        refused.Ended(NtStatus.STATUS_CONNECTION_REFUSED);
        Check(NtStatus.STATUS_SUCCESS, irp => other.Stream().WskListen(other, irp));

        var accept = new WskCall();
        accept.Pends(listener.Stream().WskAccept(listener, 0, null, null, default, default, accept.Irp));
        var connect = new WskCall();
        connect.Pends(caller.Stream().WskConnect(caller, WskRig.Address("10.0.1.2:80"), 0, connect.Irp));
        RunFor(1);
        connect.Ended(NtStatus.STATUS_SUCCESS);
        Check(NtStatus.STATUS_INVALID_DEVICE_STATE, irp => caller.Stream().WskListen(caller, irp));
        Check(NtStatus.STATUS_INVALID_DEVICE_STATE, irp => caller.Stream().WskAccept(caller, 0, null, null, default, default, irp));
        Assert.Equal(InetAddress.Parse("10.0.1.1"), caller.LocalName().Address);
        Assert.IsType<WskProviderConnectionDispatch>(accept.Socket.Dispatch);
        Check(NtStatus.STATUS_SUCCESS, irp => caller.Stream().WskSend(caller, new WskBuf("hi"u8.ToArray()), 0, irp));
        Assert.Equal("hi", Receive(accept.Socket, 10, 0).Text);
    }

    // K54 and the other ways to fail: whatever it is, nothing stays.
    [Fact]
    public void A_socket_that_is_opened_bound_and_connected_in_one_is_there_or_is_not()
    {
        WskSocket listening = Bound(_server.Listening(), "0.0.0.0:80");
        Bound(_client.Listening(), "10.0.1.1:4000");
        Fails(NtStatus.STATUS_ADDRESS_ALREADY_EXISTS, "10.0.1.1:4000", "10.0.1.2:80");
        Fails(NtStatus.STATUS_INVALID_ADDRESS_COMPONENT, "10.9.9.9:1", "10.0.1.2:80");
        Fails(NtStatus.STATUS_INVALID_ADDRESS, "0.0.0.0:0", "[::1]:80");
        Fails(NtStatus.STATUS_NETWORK_UNREACHABLE, "0.0.0.0:0", "192.0.2.1:80");
        Fails(NtStatus.STATUS_CONNECTION_REFUSED, "0.0.0.0:0", "10.0.1.2:9");
        Fails(NtStatus.STATUS_CANCELLED, "0.0.0.0:0", "10.0.1.2:80", cancels: true);
        Check(NtStatus.STATUS_INVALID_PARAMETER, irp => SocketConnect("0.0.0.0:0", "10.0.1.2:80", irp, flags: 1));
        Check(NtStatus.STATUS_NOT_SUPPORTED, irp => SocketConnect("0.0.0.0:0", "10.0.1.2:80", irp, type: SOCK_DGRAM, protocol: IPPROTO_UDP));
        Check(NtStatus.STATUS_NOT_SUPPORTED, irp => SocketConnect("0.0.0.0:0", "10.0.1.2:80", irp, protocol: IPPROTO_UDP));

        var call = new WskCall();
        call.Pends(SocketConnect("0.0.0.0:0", "10.0.1.2:80", call.Irp));
        RunFor(1);
        call.Ended(NtStatus.STATUS_SUCCESS);
        Assert.IsType<WskProviderConnectionDispatch>(call.Socket.Dispatch);
        Assert.Equal(InetAddress.Parse("10.0.1.1"), call.Socket.LocalName().Address);
        Assert.Equal(2, _client.Stack.HolderCount);
        Assert.Equal(NtStatus.STATUS_SUCCESS, call.Socket.Close());
        Assert.Equal(1, _client.Stack.HolderCount);
        Assert.Equal(NtStatus.STATUS_SUCCESS, listening.Close());

        void Fails(NtStatus expected, string local, string remote, bool cancels = false)
        {
            var failing = new WskCall();
            NtStatus answer = SocketConnect(local, remote, failing.Irp);
            if (cancels) Assert.True(IoCancelIrp(failing.Irp));
            if (answer != NtStatus.STATUS_PENDING) failing.EndedInline(expected, answer);
            RunFor(5);
            failing.Ended(expected);
            Assert.Equal(1, _client.Stack.HolderCount);
        }
    }

    [Fact]
    public void Datagrams_say_where_they_come_from_and_are_cut_to_the_buffer()
    {
        WskSocket socket = Bound(_server.Datagrams(), "0.0.0.0:53"), sender = Bound(_client.Datagrams(), "0.0.0.0:0");
        byte[] buffer = new byte[4], from = new byte[16];
        var flags = new StrongBox<uint>();
        var receive = new WskCall();
        receive.Pends(socket.Datagram().WskReceiveFrom(socket, new WskBuf(buffer), 0, from, flags, receive.Irp));
        Check(NtStatus.STATUS_SUCCESS, irp => sender.Datagram().WskSendTo(sender, new WskBuf("hello"u8.ToArray()), 0, WskRig.Address("10.0.1.2:53"), irp));
        RunFor(1);
        receive.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal((4, "hell", 0x100u), (receive.Octets, Text(buffer), flags.Value));
        Assert.Equal(new InetEndpoint(InetAddress.Parse("10.0.1.1"), sender.LocalName().Port), WskRig.Endpoint(from));
        Assert.Equal(InetAddress.AnyV4, sender.LocalName().Address);      // a wildcard sends by route, and stays one
        var canceled = new WskCall();
        canceled.Pends(socket.Datagram().WskReceiveFrom(socket, new WskBuf(buffer), 0, default, null, canceled.Irp));
        Assert.True(IoCancelIrp(canceled.Irp));
        _network.Run();
        canceled.Ended(NtStatus.STATUS_CANCELLED);
        Check(NtStatus.STATUS_INVALID_BUFFER_SIZE, irp => sender.Datagram().WskSendTo(sender, new WskBuf(new byte[70_000]), 0, WskRig.Address("10.0.1.2:53"), irp));
        Check(NtStatus.STATUS_INVALID_ADDRESS, irp => sender.Datagram().WskSendTo(sender, new WskBuf(new byte[1]), 0, WskRig.Address("[::1]:53"), irp));
        Check(NtStatus.STATUS_ACCESS_DENIED, irp => sender.Datagram().WskSendTo(sender, new WskBuf(new byte[1]), 0, WskRig.Address("10.0.1.255:53"), irp));
    }

    [Fact]
    public void A_close_cancels_what_pends_then_completes_and_resets_the_connection()
    {
        (WskSocket client, WskSocket server) = Connected();
        var order = new List<string>();
        var first = new WskCall(_ => order.Add("first"));
        var second = new WskCall(_ => order.Add("second"));
        first.Pends(client.Connection().WskReceive(client, new WskBuf(new byte[1]), 0, first.Irp));
        second.Pends(client.Connection().WskReceive(client, new WskBuf(new byte[1]), 0, second.Irp));
        var close = new WskCall(_ => order.Add("close"));
        close.Pends(client.Dispatch.WskCloseSocket(client, close.Irp));
        Assert.False(IoCancelIrp(close.Irp));
        RunFor(1);
        Assert.Equal(["first", "second", "close"], order);
        first.Ended(NtStatus.STATUS_CANCELLED);
        close.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal(NtStatus.STATUS_CONNECTION_RESET, Receive(server, 1, 0).Status);
        Check(NtStatus.STATUS_FILE_FORCED_CLOSED, irp => client.Dispatch.WskCloseSocket(client, irp));
        Check(NtStatus.STATUS_FILE_FORCED_CLOSED, irp => client.Connection().WskSend(client, new WskBuf(new byte[1]), 0, irp));
        Assert.Equal(0, _client.Stack.HolderCount);
    }

    [Fact]
    public void What_was_disconnected_both_ways_is_not_reset_by_the_close()
    {
        (WskSocket client, WskSocket server) = Connected();
        var a = new WskCall();
        a.Pends(client.Connection().WskDisconnect(client, null, 0, a.Irp));
        var b = new WskCall();
        b.Pends(server.Connection().WskDisconnect(server, null, 0, b.Irp));
        RunFor(1);
        a.Ended(NtStatus.STATUS_SUCCESS);
        b.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal(NtStatus.STATUS_SUCCESS, client.Close());
        RunFor(1);
        Assert.Equal((NtStatus.STATUS_SUCCESS, ""), Receive(server, 10, 0));
    }

    [Fact]
    public void The_end_of_the_stack_ends_what_pends()
    {
        (WskSocket client, WskSocket server) = Connected();
        var receive = new WskCall();
        receive.Pends(client.Connection().WskReceive(client, new WskBuf(new byte[1]), 0, receive.Irp));
        _client.Stack.Dispose();
        _network.Run();
        receive.Ended(NtStatus.STATUS_FILE_FORCED_CLOSED);
        Check(NtStatus.STATUS_FILE_FORCED_CLOSED, irp => client.Connection().WskReceive(client, new WskBuf(new byte[1]), 0, irp));
        Check(NtStatus.STATUS_SUCCESS, irp => client.Dispatch.WskCloseSocket(client, irp));
        Assert.NotNull(server);
    }

    [Fact]
    public void The_same_network_does_the_same_twice()
    {
        string Run()
        {
            using var other = new WskConnectionTests();
            (WskSocket client, WskSocket server) = other.Connected();
            Send(client, "hello");
            string text = other.Receive(server, 10, 0).Text;
            return $"{text} {client.LocalName()} {other._network.Clock.Now.SinceStart} {other._network.Events}";
        }

        Assert.Equal(Run(), Run());
    }

    private static void Check(NtStatus expected, Func<Irp, NtStatus> call)
    {
        var irp = new WskCall();
        irp.EndedInline(expected, call(irp.Irp));
    }

    private static WskSocket Bound(WskSocket socket, string endpoint)
    {
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind(endpoint));
        return socket;
    }

    private static string Text(ReadOnlySpan<byte> octets) => System.Text.Encoding.ASCII.GetString(octets);

    private static InetEndpoint Peer(WskSocket socket)
    {
        byte[] name = new byte[28];
        Check(NtStatus.STATUS_SUCCESS, irp => socket.Connection().WskGetRemoteAddress(socket, name, irp));
        return WskRig.Endpoint(name);
    }

    private NtStatus SocketConnect(string local, string remote, Irp irp, uint flags = 0, ushort type = SOCK_STREAM, uint protocol = IPPROTO_TCP) =>
        _client.Npi.Dispatch.WskSocketConnect(
            _client.Npi.Client, type, protocol, WskRig.Address(local), WskRig.Address(remote), flags, null, null, null, null, null, irp);

    /// <summary>Two ends; or without an accept, the caller and the listening socket.</summary>
    private (WskSocket Client, WskSocket Server) Connected(bool accept = true)
    {
        WskSocket listening = Bound(_server.Listening(), "0.0.0.0:80"), socket = Bound(_client.Connection(), "0.0.0.0:0");
        var accepted = new WskCall();
        if (accept) accepted.Pends(listening.Listen().WskAccept(listening, 0, null, null, default, default, accepted.Irp));
        var connect = new WskCall();
        connect.Pends(socket.Connection().WskConnect(socket, WskRig.Address("10.0.1.2:80"), 0, connect.Irp));
        RunUntil(() => connect.Completions == 1 && (!accept || accepted.Completions == 1));
        connect.Ended(NtStatus.STATUS_SUCCESS);
        return (socket, accept ? accepted.Socket : listening);
    }

    private static void Send(WskSocket socket, string text) =>
        Check(NtStatus.STATUS_SUCCESS, irp => socket.Connection().WskSend(socket, new WskBuf(System.Text.Encoding.ASCII.GetBytes(text)), 0, irp));

    private (NtStatus Status, string Text) Receive(WskSocket socket, int length, uint flags)
    {
        byte[] buffer = new byte[length];
        var call = new WskCall();
        socket.Connection().WskReceive(socket, new WskBuf(buffer), flags, call.Irp);
        RunUntil(() => call.Completions == 1);
        return (call.Status, Text(buffer.AsSpan(0, call.Octets)));
    }

    private void RunUntil(Func<bool> condition) => Assert.True(_network.RunUntil(condition, 10 * Minute));

    private void RunFor(int seconds) => _network.RunFor(TimeSpan.FromSeconds(seconds));
}
