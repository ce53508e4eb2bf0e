using UserNet.Errors;
using UserNet.Facades.Wsk;
using Xunit;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Tests.Facades.Wsk;

// What a client keeps of what it is shown, and how it hears that a socket works no longer.
public sealed partial class WskEventTests
{
    private const uint All = WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT;

    [Fact]
    public void A_connection_that_a_request_accepts_has_its_callbacks_disabled()
    {
        WskSocket listening = Listening(Accepting());
        Assert.Equal(NtStatus.STATUS_SUCCESS, listening.Enable(All));
        var callbacks = new WskClientConnectionDispatch
        {
            WskReceiveEvent = (object? _, uint _, WskDataIndication? _, int _, ref int _) =>
            {
                _log.Add("octets");
                return NtStatus.STATUS_SUCCESS;
            },
        };
        var accept = new WskCall();
        accept.Pends(listening.Listen().WskAccept(listening, 0, null, callbacks, default, default, accept.Irp));
        Send(Connect(), "hello");
        Run();
        accept.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Empty(_log);
        Assert.Equal(NtStatus.STATUS_SUCCESS, accept.Socket.Enable(WSK_EVENT_RECEIVE));
        Run();
        Assert.Equal(["octets"], _log);
    }

    [Fact]
    public void What_a_callback_keeps_stays_as_it_was_until_it_is_released_once()
    {
        List<WskDataIndication> kept = [];
        WskSocket listening = Listening(Accepting((WskDataIndication shown, ref int taken) =>
        {
            taken = 0;      // not looked at
            if (kept.Count < 2) kept.Add(shown);
            else return NtStatus.STATUS_SUCCESS;
            return NtStatus.STATUS_PENDING;
        }));
        listening.Enable(All);
        WskSocket caller = Connect();
        Run();
        foreach (string text in new[] { "one", "two!", "three" })
        {
            Send(caller, text);
            Run();
        }

        Assert.Equal(["accept", "octets one", "octets two!", "octets three"], _log);
        Assert.Equal(["one", "two!"], kept.Select(static shown => Text(shown.Octets)));
        WskProviderConnectionDispatch calls = _accepted[0].Connection();
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, calls.WskRelease(caller, kept[0]));
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, calls.WskRelease(_accepted[0], null));
        Assert.Equal(NtStatus.STATUS_NOT_SUPPORTED, calls.WskRelease(listening, kept[0]));
        Assert.Equal(NtStatus.STATUS_SUCCESS, calls.WskRelease(_accepted[0], kept[0]));
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, calls.WskRelease(_accepted[0], kept[0]));
        Assert.Equal("two!", Text(kept[1].Octets));
        Assert.Equal(NtStatus.STATUS_SUCCESS, _accepted[0].Close());
        Assert.Equal(NtStatus.STATUS_SUCCESS, calls.WskRelease(_accepted[0], kept[1]));
    }

    [Fact]
    public void What_is_not_kept_can_t_be_released_and_what_is_released_inside_of_the_callback_is_not_kept()
    {
        WskDatagramIndication? last = null;
        NtStatus released = default;
        WskSocket socket = null!;
        socket = Datagrams(shown =>
        {
            last = shown;
            released = socket.Datagram().WskRelease(socket, shown);
            return NtStatus.STATUS_PENDING;
        });
        Datagram("one");
        Assert.Equal(NtStatus.STATUS_SUCCESS, released);
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, socket.Datagram().WskRelease(socket, last));
        Datagram("two");
        Assert.Equal(["one", "two"], _log);
    }

    [Fact]
    public void A_datagram_to_all_says_so()
    {
        List<uint> flags = [];
        Datagrams(_ => NtStatus.STATUS_SUCCESS, flags);
        Datagram("x");
        Datagram("y", "10.0.1.255:53");
        Assert.Equal([0, MSG_BCAST], flags);
    }

    [Fact]
    public void A_static_callback_that_refuses_a_datagram_loses_it_and_goes_on()
    {
        _server.Npi.Dispatch.WskControlClient(
            _server.Npi.Client, WSK_SET_STATIC_EVENT_CALLBACKS, new WskEventCallbackControl(WSK_EVENT_RECEIVE_FROM), null);
        WskSocket socket = Datagrams(_ => NtStatus.STATUS_DATA_NOT_ACCEPTED);
        Datagram("one");
        Datagram("two");
        Assert.Equal(["one", "two"], _log);
        var receive = new WskCall();
        receive.Pends(socket.Datagram().WskReceiveFrom(socket, new WskBuf(new byte[10]), 0, default, null, receive.Irp));
    }

    [Fact]
    public void What_a_listener_passes_on_it_passes_on_for_good()
    {
        WskSocket listening = Listening(Accepting());
        listening.Enable(All);
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, listening.Enable(WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE));
        Assert.Equal(NtStatus.STATUS_SUCCESS, listening.Enable(WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE));
        Assert.Equal(NtStatus.STATUS_SUCCESS, listening.Enable(WSK_EVENT_ACCEPT));
        Send(Connect(), "hello");
        Run();
        Assert.Equal(["accept", "octets hello"], _log);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_socket_that_works_no_longer_says_so_once(bool withItsStack)
    {
        WskSocket listening = Listening(Accepting());
        listening.Enable(All);
        Connect();
        Run();
        bool isDead = false;
        WskSocket datagrams = Datagrams(shown =>
        {
            isDead |= shown is null;
            return NtStatus.STATUS_SUCCESS;
        });
        if (withItsStack) _server.Stack.Dispose();
        else
        {
            foreach (WskSocket socket in new[] { listening, _accepted[0], datagrams }) socket.Socket.Dispose();
        }

        Run();
        Run();
        Assert.True(isDead);
        Assert.Equal(["accept", "dead", "dead", "none"], _log.Order(StringComparer.Ordinal));
        foreach (WskSocket socket in new[] { listening, _accepted[0], datagrams }) Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Close());
        Run();
        Assert.Equal(4, _log.Count);
    }

    [Fact]
    public void Where_the_end_alone_is_told_a_socket_that_works_no_longer_has_ended_by_force()
    {
        WskSocket listening = Listening(Accepting());
        listening.Enable(WSK_EVENT_ACCEPT | WSK_EVENT_DISCONNECT);
        Connect();
        Run();
        _accepted[0].Socket.Dispose();
        Run();
        Assert.Equal(["accept", "end 1"], _log);
    }

    [Fact]
    public void A_socket_that_its_client_closes_says_nothing_of_it()
    {
        WskSocket listening = Listening(Accepting());
        listening.Enable(All);
        Connect();
        Run();
        Assert.Equal(NtStatus.STATUS_SUCCESS, _accepted[0].Close());
        Assert.Equal(NtStatus.STATUS_SUCCESS, listening.Close());
        _server.Stack.Dispose();
        Run();
        Assert.Equal(["accept"], _log);
    }

    [Fact]
    public void A_drain_throws_away_what_comes_and_ends_with_the_connection()
    {
        WskSocket listening = Listening(Accepting());
        listening.Enable(WSK_EVENT_ACCEPT);
        WskSocket caller = Connect();
        Send(caller, "before");
        Run();
        WskProviderConnectionDispatch calls = _accepted[0].Connection();
        var refused = new WskCall();
        refused.EndedInline(NtStatus.STATUS_INVALID_PARAMETER, calls.WskReceive(_accepted[0], new WskBuf(new byte[1]), WSK_FLAG_DRAIN, refused.Irp));
        var both = new WskCall();
        both.EndedInline(NtStatus.STATUS_INVALID_PARAMETER, calls.WskReceive(_accepted[0], new WskBuf(default), WSK_FLAG_DRAIN | WSK_FLAG_WAITALL, both.Irp));
        var drain = new WskCall();
        drain.Pends(calls.WskReceive(_accepted[0], new WskBuf(default), WSK_FLAG_DRAIN, drain.Irp));
        Send(caller, "after");
        Run();
        Assert.Equal(0, drain.Completions);
        Call(irp => caller.Connection().WskDisconnect(caller, null, 0, irp));
        Run();
        drain.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal((0, 0), (drain.Octets, _accepted[0].Socket.Available));
    }

    [Fact]
    public void A_send_may_ask_not_to_be_held_back()
    {
        WskSocket listening = Listening(Accepting());
        listening.Enable(All);
        WskSocket caller = Connect();
        Run();
        // The first goes; until it is acknowledged Nagle holds the others back, but for one that asks, which takes along what waits.
        int[] sent = [.. new uint[] { 0, 0, WSK_FLAG_NODELAY, 0 }.Select(flags =>
        {
            var send = new WskCall();
            send.EndedInline(NtStatus.STATUS_SUCCESS, caller.Connection().WskSend(caller, new WskBuf("x"u8.ToArray()), flags, send.Irp));
            return caller.Socket.Info.DataSegmentsOut;
        })];
        Assert.Equal([1, 1, 2, 2], sent);
        Assert.False(caller.Socket.NoDelay);
        Run();
        Assert.Equal(4, _log.Where(static line => line.StartsWith("octets", StringComparison.Ordinal)).Sum(static line => line.Count(static c => c == 'x')));
        var unknown = new WskCall();
        unknown.EndedInline(NtStatus.STATUS_NOT_SUPPORTED, caller.Connection().WskSend(caller, new WskBuf(new byte[1]), 0x80, unknown.Irp));
    }

    private WskSocket Datagrams(Func<WskDatagramIndication?, NtStatus> told, List<uint>? flags = null)
    {
        WskSocket socket = _server.Datagrams(dispatch: new WskClientDatagramDispatch
        {
            WskReceiveFromEvent = (_, how, shown) =>
            {
                _log.Add(shown is null ? "none" : Text(shown.Octets));
                flags?.Add(how);
                return told(shown!);
            },
        });
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind("0.0.0.0:53"));
        socket.Enable(WSK_EVENT_RECEIVE_FROM);
        return socket;
    }

    private void Datagram(string text, string to = "10.0.1.2:53")
    {
        WskSocket sender = _client.Datagrams();
        sender.Set(0x20, 1);      // SO_BROADCAST
        sender.Bind("0.0.0.0:0");
        Assert.Equal(NtStatus.STATUS_SUCCESS, Call(irp =>
            sender.Datagram().WskSendTo(sender, new WskBuf(System.Text.Encoding.ASCII.GetBytes(text)), 0, WskRig.Address(to), irp)));
        Run();
        sender.Close();
    }
}
