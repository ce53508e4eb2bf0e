using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Wsk;
using Xunit;
using static UserNet.Facades.Wsk.IoManager;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Tests.Facades.Wsk;

/// <summary>
/// Random calls with random arguments on random sockets, wrong tables and closed ones among them: no exception, each IRP completed once by what the
/// call answered, and nothing left when all is closed.
/// </summary>
public sealed class WskFuzzTests
{
    private static readonly string[] Endpoints =
    [
        "0.0.0.0:0", "0.0.0.0:5000", "127.0.0.1:5000", "127.0.0.1:5001", "127.0.0.1:0", "10.1.0.1:5000", "10.9.9.9:1", "[::]:5000", "[::1]:5000", "[::1]:0",
        "[::ffff:127.0.0.1]:5000", "224.0.0.1:5000", "255.255.255.255:1", "[ff02::1]:5000", "[fe80::1]:5000",
    ];

    [Fact]
    public void Nothing_escapes_and_each_request_ends_once()
    {
        for (int run = 0; run < TestSettings.Count(400, 20_000); run++)
        {
            var fuzz = new Run(TestSettings.Random(run), run);
            fuzz.Go(120);
            fuzz.End();
        }
    }

    private sealed class Run
    {
        private readonly Random _random;
        private readonly WskRig _rig;
        private readonly List<(WskCall Call, NtStatus Answer)> _calls = [];
        private readonly List<WskSocket> _sockets = [];
        private readonly HashSet<WskSocket> _closed = [];
        private readonly string _name;

        public Run(Random random, int run)
        {
            (_random, _name) = (random, $"run {run}");
            Personality personality = Personality.All[random.Next(Personality.All.Count)];
            _rig = new WskRig(personality, completesLater: random.Next(3) == 0, PipeScheduler.Inline);
        }

        public void Go(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                if (_random.Next(4) == 0 || _sockets.Count == 0) Open();
                else Call();
                Collect();
            }
        }

        public void End()
        {
            // What WskSocketConnect has not brought yet can only be ended by its request.
            foreach ((WskCall call, _) in _calls) IoCancelIrp(call.Irp);
            Collect();
            // A connection that comes while others are closed has to be closed as well.
            while (_sockets.FirstOrDefault(socket => !_closed.Contains(socket)) is { } socket)
            {
                Close(socket);
                Collect();
            }

            Assert.True(_rig.Registration.Sockets == 0, $"{_name}: {_rig.Registration.Sockets} sockets are not closed, {_sockets.Count} were seen, {_calls.Count(static call => call.Call.Completions == 0)} requests pend");
            _rig.Subsystem.WskReleaseProviderNPI(_rig.Registration);
            _rig.Subsystem.WskDeregister(_rig.Registration);
            foreach ((WskCall call, NtStatus answer) in _calls)
            {
                Assert.True(call.Completions == 1, $"{_name}: {answer} and {call.Completions} completions");
                if (answer != NtStatus.STATUS_PENDING) Assert.Equal((answer, false), (call.Status, call.Irp.PendingReturned));
                else Assert.True(call.Irp.PendingReturned && call.Status != NtStatus.STATUS_PENDING);
            }

            // What is left are connections on their way out, of nobody's socket.
            Assert.DoesNotContain(_rig.Stack.Snapshot().Rows, static row => row.Owner is UserNet.Sockets.NetworkSocket);
            Assert.Empty(_rig.Stack.DescribeWaits());
        }

        private void Open()
        {
            ushort family = _random.Next(10) == 0 ? (ushort)_random.Next(40) : _random.Next(2) == 0 ? AF_INET : AF_INET6;
            (ushort type, uint protocol, uint flags) = _random.Next(8) switch
            {
                0 => (SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET),
                1 => (SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET),
                2 => (SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET),
                3 => (SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_STREAM_SOCKET),
                4 => (SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_BASIC_SOCKET),
                5 => (SOCK_RAW, (uint)_random.Next(1, 300), WSK_FLAG_DATAGRAM_SOCKET),
                6 => ((ushort)_random.Next(5), (uint)_random.Next(20), (uint)_random.Next(12)),
                _ => (SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_STREAM_SOCKET),
            };
            SecurityDescriptor? security = _random.Next(3) == 0 ? SecurityDescriptor.Everyone : null;
            WskProviderNpi npi = _rig.Npi;
            if (_random.Next(4) > 0) Do(irp => npi.Dispatch.WskSocket(npi.Client, family, type, protocol, flags, null, Callbacks(flags), null, null, security, irp));
            else Do(irp => npi.Dispatch.WskSocketConnect(npi.Client, type, protocol, Address(), Address(), (uint)_random.Next(8) / 7, null, null, null, null, security, irp));
        }

        private NtStatus Verdict() => _random.Next(6) switch
        {
            0 => NtStatus.STATUS_DATA_NOT_ACCEPTED,
            1 => NtStatus.STATUS_PENDING,      // kept for good
            _ => NtStatus.STATUS_SUCCESS,
        };

        private WskClientSocketDispatch? Callbacks(uint flags)
        {
            WskClientConnectionDispatch connection = new()
            {
                WskReceiveEvent = (object? _, uint _, WskDataIndication? _, int count, ref int taken) =>
                {
                    taken = _random.Next(count + 2) - 1;
                    return Verdict();
                },
                WskDisconnectEvent = (_, _) => NtStatus.STATUS_SUCCESS,
            };
            WskClientListenDispatch listen = new()
            {
                WskAcceptEvent = (object? _, uint _, ReadOnlySpan<byte> _, ReadOnlySpan<byte> _, WskSocket? socket, out object? context, out WskClientConnectionDispatch? callbacks) =>
                {
                    (context, callbacks) = (null, connection);
                    if (_random.Next(3) == 0) return NtStatus.STATUS_REQUEST_NOT_ACCEPTED;
                    if (socket is not null) _sockets.Add(socket);
                    return NtStatus.STATUS_SUCCESS;
                },
            };
            return _random.Next(2) == 0 ? null : flags switch
            {
                WSK_FLAG_LISTEN_SOCKET => listen,
                WSK_FLAG_CONNECTION_SOCKET => connection,
                WSK_FLAG_STREAM_SOCKET => new WskClientStreamDispatch { Listen = listen, Connect = connection },
                WSK_FLAG_DATAGRAM_SOCKET => new WskClientDatagramDispatch
                {
                    WskReceiveFromEvent = (_, _, _) => Verdict(),
                },
                _ => null,
            };
        }

        private void Call()
        {
            WskSocket socket = _sockets[_random.Next(_sockets.Count)];
            WskSocket at = _random.Next(10) == 0 ? _sockets[_random.Next(_sockets.Count)] : socket;
            uint flags = _random.Next(6) == 0 ? (uint)_random.Next(8) : 0;
            switch (_random.Next(16))
            {
                case 0 when _random.Next(4) == 0:
                    Close(socket);
                    break;
                case 1 when _calls.Count > 0:
                    IoCancelIrp(_calls[_random.Next(_calls.Count)].Call.Irp);
                    break;
                case 2:
                    socket.Set(_random.Next(4) switch { 0 => SO_REUSEADDR, 1 => SO_EXCLUSIVEADDRUSE, 2 => 32, _ => (uint)_random.Next() }, _random.Next(2));
                    break;
                case 3:
                    socket.Enable(_random.Next(3) == 0 ? (uint)_random.NextInt64() : WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT);
                    socket.Enable(WSK_EVENT_RECEIVE_FROM | (_random.Next(3) == 0 ? WSK_EVENT_DISABLE : 0));
                    break;
                default:
                    CallTable(socket.Dispatch, at, flags);
                    break;
            }
        }

        private void CallTable(WskProviderBasicDispatch table, WskSocket socket, uint flags)
        {
            byte[] name = new byte[_random.Next(4) == 0 ? _random.Next(30) : 28];
            int which = _random.Next(9);
            Do(irp => (table, which) switch
            {
                (WskProviderListenDispatch listen, < 5) => listen.WskBind(socket, Address(), flags, irp),
                (WskProviderListenDispatch listen, < 8) => listen.WskAccept(socket, flags, null, null, name, default, irp),
                (WskProviderListenDispatch listen, _) => listen.WskGetLocalAddress(socket, name, irp),
                (WskProviderDatagramDispatch datagram, < 3) => datagram.WskBind(socket, Address(), flags, irp),
                (WskProviderDatagramDispatch datagram, < 6) => datagram.WskSendTo(socket, Buffer(), flags, Address(), irp),
                (WskProviderDatagramDispatch datagram, < 8) => datagram.WskReceiveFrom(socket, Buffer(), flags, name, new StrongBox<uint>(), irp),
                (WskProviderDatagramDispatch datagram, _) => datagram.WskGetLocalAddress(socket, name, irp),
                (WskProviderConnectionDispatch connection, 0 or 1) => connection.WskBind(socket, Address(), flags, irp),
                (WskProviderConnectionDispatch connection, 2 or 3) => connection.WskConnect(socket, Address(), flags, irp),
                (WskProviderConnectionDispatch connection, 4 or 5) => connection.WskSend(socket, Buffer(), flags, irp),
                (WskProviderConnectionDispatch connection, 6 or 7) => connection.WskReceive(socket, Buffer(), flags, irp),
                (WskProviderConnectionDispatch connection, _) => connection.WskDisconnect(socket, _random.Next(2) == 0 ? null : Buffer(), flags, irp),
                (WskProviderStreamDispatch stream, 0 or 1) => stream.WskBind(socket, Address(), flags, irp),
                (WskProviderStreamDispatch stream, 2) => stream.WskConnect(socket, Address(), flags, irp),
                (WskProviderStreamDispatch stream, 3) => stream.WskListen(socket, irp),
                (WskProviderStreamDispatch stream, 4) => stream.WskAccept(socket, flags, null, null, default, name, irp),
                (WskProviderStreamDispatch stream, 5) => stream.WskSend(socket, Buffer(), flags, irp),
                (WskProviderStreamDispatch stream, 6) => stream.WskReceive(socket, Buffer(), flags, irp),
                (WskProviderStreamDispatch stream, 7) => stream.WskDisconnect(socket, _random.Next(2) == 0 ? null : Buffer(), flags, irp),
                (WskProviderStreamDispatch stream, _) => stream.WskGetRemoteAddress(socket, name, irp),
                _ => table.WskControlSocket(socket, (WskControlSocketType)_random.Next(4), (uint)_random.Next(100), SOL_SOCKET, name, name, out _, irp),
            });
        }

        private void Close(WskSocket socket)
        {
            _closed.Add(socket);
            Do(irp => socket.Dispatch.WskCloseSocket(socket, irp));
        }

        private void Do(Func<Irp, NtStatus> make)
        {
            var call = new WskCall();
            if (_random.Next(30) == 0) IoCancelIrp(call.Irp);
            NtStatus answer = make(call.Irp);
            _calls.Add((call, answer));
        }

        /// <summary>The sockets that calls have brought, late ones too.</summary>
        private void Collect()
        {
            foreach ((WskCall call, _) in _calls)
                if (call.Completions == 1 && call.Status == NtStatus.STATUS_SUCCESS && call.Socket is { } socket && !_sockets.Contains(socket)) _sockets.Add(socket);
        }

        private byte[] Address()
        {
            byte[] address = WskRig.Address(Endpoints[_random.Next(Endpoints.Length)]);
            if (_random.Next(20) == 0) address[_random.Next(address.Length)] = (byte)_random.Next(256);
            return _random.Next(30) == 0 ? address[.._random.Next(address.Length)] : address;
        }

        private WskBuf Buffer() => _random.Next(10) == 0
            ? new WskBuf(new byte[10], _random.Next(-2, 12), _random.Next(-2, 12)) : new WskBuf(new byte[_random.Next(3) == 0 ? 100_000 : 100]);
    }
}
