using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Wsk;
using UserNet.Simulation;
using Xunit;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Tests.Facades.Wsk;

/// <summary>Event callbacks: when they are called, what they may leave, and how they are disabled.</summary>
public sealed partial class WskEventTests : IDisposable
{
    private readonly VirtualNetwork _network = new(9);
    private readonly WskRig _client, _server;
    private readonly List<string> _log = [];
    private readonly List<WskSocket> _accepted = [];

    public WskEventTests()
    {
        var options = new VirtualHostOptions { Personality = Personality.WindowsKernel };
        VirtualHost client = _network.AddHost("client", options), server = _network.AddHost("server", options);
        _network.Connect(client, "10.0.1.1/24", server, "10.0.1.2/24");
        (_client, _server) = (new WskRig(client.Stack), new WskRig(server.Stack));
    }

    public void Dispose() => _network.Dispose();

    [Fact]
    public void Connections_are_accepted_by_the_callback_octets_shown_and_ends_told()
    {
        WskSocket listening = Listening(Accepting());
        Assert.Equal(NtStatus.STATUS_SUCCESS, listening.Enable(WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT));
        WskSocket caller = Connect();
        Send(caller, "hello");
        Run();
        Send(caller, "world");
        Assert.Equal(NtStatus.STATUS_SUCCESS, Call(irp => caller.Connection().WskDisconnect(caller, null, 0, irp)));
        Run();
        Assert.Equal(["accept", "octets hello", "octets world", "end 0"], _log);
        Assert.Equal(NtStatus.STATUS_SUCCESS, _accepted[0].Close());
    }

    [Fact]
    public void A_reset_is_told_as_one()
    {
        WskSocket listening = Listening(Accepting());
        listening.Enable(WSK_EVENT_ACCEPT | WSK_EVENT_DISCONNECT);
        WskSocket caller = Connect();
        Call(irp => caller.Connection().WskDisconnect(caller, null, WSK_FLAG_ABORTIVE, irp));
        Run();
        Assert.Equal(["accept", "end 1"], _log);
    }

    [Fact]
    public void A_rejected_connection_is_closed_and_nothing_of_it_stays()
    {
        WskSocket listening = Listening(new WskClientListenDispatch
        {
            WskAcceptEvent = (object? _, uint _, ReadOnlySpan<byte> _, ReadOnlySpan<byte> _, WskSocket? _, out object? context, out WskClientConnectionDispatch? callbacks) =>
            {
                (context, callbacks) = (null, null);
                return NtStatus.STATUS_REQUEST_NOT_ACCEPTED;
            },
        });
        listening.Enable(WSK_EVENT_ACCEPT);
        WskSocket caller = Connect();
        Run();
        byte[] buffer = new byte[1];
        Assert.Equal(NtStatus.STATUS_CONNECTION_RESET, Call(irp => caller.Connection().WskReceive(caller, new WskBuf(buffer), 0, irp)));
        Assert.Equal(1, _server.Stack.HolderCount);
        Assert.Equal(NtStatus.STATUS_SUCCESS, listening.Close());
        _server.Subsystem.WskReleaseProviderNPI(_server.Registration);
        _server.Subsystem.WskDeregister(_server.Registration);
    }

    [Fact]
    public void A_request_that_waits_comes_before_the_callback()
    {
        WskSocket listening = Listening(Accepting());
        listening.Enable(WSK_EVENT_ACCEPT);
        var accept = new WskCall();
        accept.Pends(listening.Listen().WskAccept(listening, 0, null, null, default, default, accept.Irp));
        Connect();
        Run();
        accept.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Empty(_log);
        Connect();
        Run();
        Assert.Equal(["accept"], _log);
    }

    [Fact]
    public void Octets_that_are_left_are_received_and_the_callback_goes_on_then()
    {
        int takes = 3;
        WskSocket listening = Listening(Accepting((WskDataIndication _, ref int taken) =>
        {
            taken = takes;
            return takes < 0 ? NtStatus.STATUS_DATA_NOT_ACCEPTED : NtStatus.STATUS_SUCCESS;
        }));
        listening.Enable(WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE);
        WskSocket caller = Connect();
        Send(caller, "abcdef");
        Run();
        Send(caller, "gh");
        Run();
        Assert.Equal(["accept", "octets abcdef"], _log);
        takes = -1;
        byte[] buffer = new byte[3];
        Assert.Equal(NtStatus.STATUS_SUCCESS, Call(irp => _accepted[0].Connection().WskReceive(_accepted[0], new WskBuf(buffer), 0, irp)));
        Assert.Equal("def", Text(buffer));
        Run();
        Assert.Equal("octets gh", _log[^1]);
        takes = 100;
        Assert.Equal(NtStatus.STATUS_SUCCESS, Call(irp => _accepted[0].Connection().WskReceive(_accepted[0], new WskBuf(default), 0, irp)));
        Run();
        Assert.Equal(["octets gh", "octets gh"], _log[^2..]);
        Assert.Equal(4, _log.Count);
    }

    [Fact]
    public void A_receive_inside_of_the_callback_gets_what_the_callback_leaves()
    {
        byte[] buffer = new byte[10];
        var inside = new WskCall();
        WskSocket listening = Listening(Accepting((WskDataIndication _, ref int taken) =>
        {
            if (_log.Count > 2) return NtStatus.STATUS_DATA_NOT_ACCEPTED;
            taken = 2;
            inside.Pends(_accepted[0].Connection().WskReceive(_accepted[0], new WskBuf(buffer), 0, inside.Irp));
            return NtStatus.STATUS_SUCCESS;
        }));
        listening.Enable(WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE);
        Send(Connect(), "abcdef");
        Run();
        inside.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal((4, "cdef"), (inside.Octets, Text(buffer.AsSpan(0, 4))));
    }

    [Fact]
    public void Datagrams_are_shown_and_one_that_is_refused_stays_and_disables_the_callback()
    {
        bool refuses = false;
        WskSocket socket = _server.Datagrams(dispatch: new WskClientDatagramDispatch
        {
            WskReceiveFromEvent = (_, _, shown) =>
            {
                _log.Add($"{WskRig.Endpoint(shown!.RemoteAddress).Address} {Text(shown.Octets)}");
                return refuses ? NtStatus.STATUS_DATA_NOT_ACCEPTED : NtStatus.STATUS_SUCCESS;
            },
        });
        Assert.Equal(NtStatus.STATUS_INVALID_DEVICE_STATE, socket.Enable(WSK_EVENT_RECEIVE_FROM));
        socket.Bind("0.0.0.0:53");
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Enable(WSK_EVENT_RECEIVE_FROM));
        WskSocket sender = _client.Datagrams();
        sender.Bind("0.0.0.0:0");
        SendTo("one");
        refuses = true;
        SendTo("two");
        SendTo("three");
        Assert.Equal(["10.0.1.1 one", "10.0.1.1 two"], _log);
        byte[] buffer = new byte[10];
        var call = new WskCall();
        call.EndedInline(NtStatus.STATUS_SUCCESS, socket.Datagram().WskReceiveFrom(socket, new WskBuf(buffer), 0, default, null, call.Irp));
        Assert.Equal("two", Text(buffer.AsSpan(0, call.Octets)));
        refuses = false;
        socket.Enable(WSK_EVENT_RECEIVE_FROM);
        Run();
        Assert.Equal("10.0.1.1 three", _log[^1]);

        void SendTo(string text)
        {
            Call(irp => sender.Datagram().WskSendTo(sender, new WskBuf(System.Text.Encoding.ASCII.GetBytes(text)), 0, WskRig.Address("10.0.1.2:53"), irp));
            Run();
        }
    }

    [Fact]
    public void An_error_about_something_sent_is_not_shown_as_a_datagram()
    {
        WskSocket socket = _server.Datagrams(dispatch: new WskClientDatagramDispatch
        {
            WskReceiveFromEvent = (_, _, shown) =>
            {
                _log.Add($"{WskRig.Endpoint(shown!.RemoteAddress).Address} {Text(shown.Octets)}");
                return NtStatus.STATUS_SUCCESS;
            },
        });
        socket.Bind("0.0.0.0:53");
        Call(irp => socket.Datagram().WskSendTo(socket, new WskBuf(new byte[1]), 0, WskRig.Address("10.0.1.1:9"), irp));
        Run();
        WskSocket sender = _client.Datagrams();
        sender.Bind("0.0.0.0:0");
        Call(irp => sender.Datagram().WskSendTo(sender, new WskBuf("hello"u8.ToArray()), 0, WskRig.Address("10.0.1.2:53"), irp));
        Run();
        socket.Enable(WSK_EVENT_RECEIVE_FROM);
        Run();
        Assert.Equal(["10.0.1.1 hello"], _log);
    }

    [Fact]
    public void A_callback_is_disabled_at_once_or_when_it_has_returned()
    {
        var disable = new WskCall();
        var close = new WskCall();
        bool closes = false;
        NtStatus without = default;
        WskSocket socket = null!;
        socket = _server.Datagrams(dispatch: new WskClientDatagramDispatch
        {
            WskReceiveFromEvent = (_, _, shown) =>
            {
                _log.Add(Text(shown!.Octets));
                if (closes) close.Pends(socket.Dispatch.WskCloseSocket(socket, close.Irp));
                else
                {
                    disable.Pends(Disable(disable.Irp));
                    without = Disable(null);
                }

                return NtStatus.STATUS_SUCCESS;
            },
        });
        socket.Bind("0.0.0.0:53");
        socket.Enable(WSK_EVENT_RECEIVE_FROM);
        Assert.Equal(NtStatus.STATUS_SUCCESS, Disable(null));
        socket.Enable(WSK_EVENT_RECEIVE_FROM);
        WskSocket sender = _client.Datagrams();
        sender.Bind("0.0.0.0:0");
        SendOne();
        disable.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal(NtStatus.STATUS_EVENT_PENDING, without);
        SendOne();
        Assert.Single(_log);
        closes = true;
        socket.Enable(WSK_EVENT_RECEIVE_FROM);
        Run();
        close.Ended(NtStatus.STATUS_SUCCESS);      // after the callback that asked for it
        Assert.Equal(2, _log.Count);

        NtStatus Disable(Irp? irp) => socket.Dispatch.WskControlSocket(
            socket, WskControlSocketType.WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, new WskEventCallbackControl(WSK_EVENT_RECEIVE_FROM | WSK_EVENT_DISABLE), irp);

        void SendOne()
        {
            Call(irp => sender.Datagram().WskSendTo(sender, new WskBuf("x"u8.ToArray()), 0, WskRig.Address("10.0.1.2:53"), irp));
            Run();
        }
    }

    [Fact]
    public void Events_that_a_category_does_not_have_or_that_are_static_are_refused()
    {
        WskSocket socket = _server.Datagrams();
        socket.Bind("0.0.0.0:53");
        foreach (uint mask in new[] { 0u, WSK_EVENT_ACCEPT, WSK_EVENT_RECEIVE, WSK_EVENT_DISABLE, 0x10u })
            Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, socket.Enable(mask));
        Assert.Equal(NtStatus.STATUS_NOT_SUPPORTED, _server.Basic().Enable(WSK_EVENT_ACCEPT));
        Assert.Equal(NtStatus.STATUS_INVALID_DEVICE_STATE, _server.Connection().Enable(WSK_EVENT_RECEIVE));
        Assert.Equal(NtStatus.STATUS_INVALID_DEVICE_STATE, _server.Stream().Enable(WSK_EVENT_RECEIVE));
        Assert.Equal(NtStatus.STATUS_SUCCESS, _server.Npi.Dispatch.WskControlClient(
            _server.Npi.Client, WSK_SET_STATIC_EVENT_CALLBACKS, new WskEventCallbackControl(WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT), null));
        WskSocket listening = Listening(Accepting());
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, listening.Enable(WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE));
        Send(Connect(), "hello");
        Run();
        Assert.Equal(["accept", "octets hello"], _log);
    }

    private delegate NtStatus Octets(WskDataIndication shown, ref int taken);

    private static string Text(ReadOnlySpan<byte> octets) => System.Text.Encoding.ASCII.GetString(octets);

    private WskClientListenDispatch Accepting(Octets? octets = null) => new()
    {
        WskAcceptEvent = (object? context, uint flags, ReadOnlySpan<byte> local, ReadOnlySpan<byte> remote, WskSocket? socket, out object? given, out WskClientConnectionDispatch? callbacks) =>
        {
            Assert.Equal((null, 0u), (context, flags));
            (given, callbacks) = (null, null);
            if (socket is null)
            {
                _log.Add("dead");
                return NtStatus.STATUS_SUCCESS;
            }

            Assert.Equal(InetEndpoint.Parse("10.0.1.2:80"), WskRig.Endpoint(local));
            Assert.Equal(InetAddress.Parse("10.0.1.1"), WskRig.Endpoint(remote).Address);
            _log.Add("accept");
            _accepted.Add(socket!);
            given = this;
            callbacks = new WskClientConnectionDispatch
            {
                WskReceiveEvent = (object? context, uint flags, WskDataIndication? indication, int count, ref int taken) =>
                {
                    Assert.Same(this, context);
                    Assert.Equal(indication?.Octets.Length ?? 0, count);
                    _log.Add(indication is null ? "dead" : $"octets {Text(indication.Octets)}");
                    return indication is null ? NtStatus.STATUS_SUCCESS : octets?.Invoke(indication, ref taken) ?? NtStatus.STATUS_SUCCESS;
                },
                WskDisconnectEvent = (context, flags) =>
                {
                    Assert.Same(this, context);
                    _log.Add($"end {flags}");
                    return NtStatus.STATUS_SUCCESS;
                },
            };
            return NtStatus.STATUS_SUCCESS;
        },
    };

    private WskSocket Listening(WskClientListenDispatch dispatch)
    {
        WskSocket socket = _server.Listening(dispatch: dispatch);
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind("0.0.0.0:80"));
        return socket;
    }

    private WskSocket Connect()
    {
        WskSocket socket = _client.Connection();
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind("0.0.0.0:0"));
        Assert.Equal(NtStatus.STATUS_SUCCESS, Call(irp => socket.Connection().WskConnect(socket, WskRig.Address("10.0.1.2:80"), 0, irp)));
        return socket;
    }

    private void Send(WskSocket socket, string text) => Assert.Equal(NtStatus.STATUS_SUCCESS, Call(irp =>
        socket.Connection().WskSend(socket, new WskBuf(System.Text.Encoding.ASCII.GetBytes(text)), 0, irp)));

    private NtStatus Call(Func<Irp, NtStatus> call)
    {
        var one = new WskCall();
        call(one.Irp);
        Assert.True(_network.RunUntil(() => one.Completions == 1, TimeSpan.FromMinutes(5)));
        return one.Status;
    }

    private void Run() => _network.RunFor(TimeSpan.FromSeconds(1));
}
