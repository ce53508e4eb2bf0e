using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades;
using UserNet.Facades.Winsock;
using UserNet.Facades.Wsk;
using UserNet.Sockets;
using Xunit;
using static UserNet.Facades.Winsock.Winsock2;
using static UserNet.Facades.Wsk.IoManager;

namespace UserNet.Tests.Facades;

/// <summary>A call of Winsock, of the provider or of WSK that is answered at once takes nothing from the heap, whether it is granted or refused.</summary>
public sealed class WindowsCostTests : IDisposable
{
    private const int Rounds = 2_000;

    private readonly NetworkStack _stack = new(new NetworkStackOptions { Personality = Personality.Windows });
    private readonly WinsockProcess _process;
    private readonly WspProcTable _table;
    private readonly WskProviderNpi _npi;
    private readonly byte[] _to = WindowsSocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:7000"));
    private readonly byte[] _other = WindowsSocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:7001"));
    private readonly byte[] _any = WindowsSocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:0"));
    private readonly byte[] _name = new byte[128], _octets = new byte[64], _value = [1, 0, 0, 0];
    private readonly SOCKET _receiver, _sender, _fresh;
    private readonly WskSocket _wskBound, _wskFresh;
    private readonly Irp _irp = IoAllocateIrp(1, false);
    private readonly IoCompletionRoutine _routine = static (_, _) => NtStatus.STATUS_MORE_PROCESSING_REQUIRED;
    private WsaError _error;

    public WindowsCostTests()
    {
        _process = new WinsockProcess(_stack);
        _process.WSAStartup(MAKEWORD(2, 2), out _);
        _process.Provider.WSPStartup(ServiceProvider.Version, out _, out WspProcTable? table);
        _table = table!;
        (_receiver, _sender, _fresh) = (Open(), Open(), Open());
        Is(0, _process.bind(_receiver, _to, 16));
        uint isOn = 1;
        Is(0, _process.ioctlsocket(_receiver, FIONBIO, ref isOn));
        var subsystem = new WskSubsystem(_stack);
        subsystem.WskRegister(new WskClientNpi(null, new WskClientDispatch(WskConstants.MAKE_WSK_VERSION(1, 0))), out WskRegistration registration);
        subsystem.WskCaptureProviderNPI(registration, 0, out _npi);
        (_wskBound, _wskFresh) = (OpenWsk(), OpenWsk());
        Is(0, (int)CallsOf(_wskBound).WskBind(_wskBound, _other, 0, Ready()));
    }

    public void Dispose()
    {
        _process.Dispose();
        _stack.Dispose();
    }

    public static TheoryData<string> Calls =>
    [
        "bind refused", "bind in use", "bind without memory", "getsockname", "getsockname refused", "getpeername refused", "setsockopt",
        "setsockopt refused", "getsockopt", "connect", "connect refused", "sendto and recvfrom", "recvfrom refused", "listen refused",
        "shutdown refused", "ioctlsocket", "WSAENOTSOCK", "WSPBind refused", "WSPGetSockName", "WSPSetSockOpt", "SO_RCVTIMEO", "SO_PORT_SCALABILITY",
        "WskBind refused", "WskBind in use", "WskGetLocalAddress", "WskGetLocalAddress refused", "WskControlSocket", "WskControlSocket without an IRP",
        "WskControlSocket that reads",
    ];

    [Theory]
    [MemberData(nameof(Calls))]
    public void A_call_allocates_nothing(string call)
    {
        for (int i = 0; i < Rounds; i++) Run(call);      // the thread's last error is made once, buffers are pooled
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rounds; i++) Run(call);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>What the bind table takes for a holder is the engine's; the calls take nothing.</summary>
    [Fact]
    public void Bind_takes_what_the_engine_takes()
    {
        var local = new InetEndpoint(InetAddress.LoopbackV4, 0);
        long engine = BytesOfBind(s => (int)_process.Provider.SocketOf(s)!.BindAs(local, Caller.Root));
        Assert.Equal(engine, BytesOfBind(s => _process.bind(s, _any, 16)));
        Assert.Equal(engine, BytesOfBind(s => _table.WSPBind(s, _any, 16, ref _error)));
        long kernel = 0;
        for (int i = 0; i < 2 * Rounds; i++)
        {
            WskSocket socket = OpenWsk();
            Irp irp = Ready();
            long before = GC.GetAllocatedBytesForCurrentThread();
            Is(0, (int)CallsOf(socket).WskBind(socket, _any, 0, irp));
            if (i >= Rounds) kernel += GC.GetAllocatedBytesForCurrentThread() - before;
            socket.Dispatch.WskCloseSocket(socket, Ready());
        }

        Assert.Equal(engine, kernel);
    }

    private long BytesOfBind(Func<SOCKET, int> bind)
    {
        long taken = 0;
        for (int i = 0; i < 2 * Rounds; i++)
        {
            SOCKET s = Open();
            long before = GC.GetAllocatedBytesForCurrentThread();
            Is(0, bind(s));
            if (i >= Rounds) taken += GC.GetAllocatedBytesForCurrentThread() - before;
            _process.closesocket(s);
        }

        return taken;
    }

    private void Run(string call)
    {
        int length = 128;
        switch (call)
        {
            case "bind refused": Is(-1, _process.bind(_receiver, _to, 16)); break;
            case "bind in use": Is(-1, _process.bind(_fresh, _to, 16)); break;
            case "bind without memory": Is(-1, _process.bind(_fresh, _to, 28)); break;
            case "getsockname": Is(0, _process.getsockname(_receiver, _name, ref length)); break;
            case "getsockname refused": Is(-1, _process.getsockname(_fresh, _name, ref length)); break;
            case "getpeername refused": Is(-1, _process.getpeername(_receiver, _name, ref length)); break;
            case "setsockopt": Is(0, _process.setsockopt(_fresh, SOL_SOCKET, SO_BROADCAST, _value, 4)); break;
            case "setsockopt refused": Is(-1, _process.setsockopt(_fresh, SOL_SOCKET, 0x7777, _value, 4)); break;
            case "getsockopt": Is(0, _process.getsockopt(_fresh, SOL_SOCKET, SO_TYPE, _name, ref length)); break;
            case "connect": Is(0, _process.connect(_sender, _to, 16)); break;
            case "connect refused": Is(-1, _process.connect(_sender, _to, 15)); break;
            case "sendto and recvfrom":
                Is(9, _process.sendto(_sender, _octets, 9, 0, _to, 16));
                Is(9, _process.recvfrom(_receiver, _octets, 64, 0, _name, ref length));
                break;
            case "recvfrom refused": Is(-1, _process.recvfrom(_receiver, _octets, 64, 0, _name, ref length)); break;
            case "listen refused": Is(-1, _process.listen(_receiver, 4)); break;
            case "shutdown refused": Is(-1, _process.shutdown(_fresh, 9)); break;
            case "ioctlsocket": Is(0, _process.ioctlsocket(_receiver, FIONREAD, ref _read)); break;
            case "WSAENOTSOCK": Is(-1, _process.listen(INVALID_SOCKET, 1)); break;
            case "WSPBind refused": Is(-1, _table.WSPBind(_receiver, _to, 16, ref _error)); break;
            case "WSPGetSockName": Is(0, _table.WSPGetSockName(_receiver, _name, ref length, ref _error)); break;
            case "WSPSetSockOpt": Is(0, _table.WSPSetSockOpt(_fresh, SOL_SOCKET, SO_REUSEADDR, _value, 4, ref _error)); break;
            case "SO_RCVTIMEO": Is(0, _process.setsockopt(_fresh, SOL_SOCKET, SO_RCVTIMEO, _value, 4)); break;
            case "SO_PORT_SCALABILITY": Is(0, _process.setsockopt(_fresh, SOL_SOCKET, SO_PORT_SCALABILITY, _value, 4)); break;
            case "WskBind refused": Is(NtStatus.STATUS_ADDRESS_ALREADY_ASSOCIATED, CallsOf(_wskBound).WskBind(_wskBound, _to, 0, Ready())); break;
            case "WskBind in use": Is(NtStatus.STATUS_ADDRESS_ALREADY_EXISTS, CallsOf(_wskFresh).WskBind(_wskFresh, _to, 0, Ready())); break;
            case "WskGetLocalAddress": Is(NtStatus.STATUS_SUCCESS, CallsOf(_wskBound).WskGetLocalAddress(_wskBound, _name, Ready())); break;
            case "WskGetLocalAddress refused":
                Is(NtStatus.STATUS_INVALID_DEVICE_STATE, CallsOf(_wskFresh).WskGetLocalAddress(_wskFresh, _name, Ready()));
                break;
            case "WskControlSocket": Is(NtStatus.STATUS_SUCCESS, Control(WskControlSocketType.WskSetOption, Ready())); break;
            case "WskControlSocket without an IRP": Is(NtStatus.STATUS_SUCCESS, Control(WskControlSocketType.WskSetOption, null)); break;
            case "WskControlSocket that reads": Is(NtStatus.STATUS_SUCCESS, Control(WskControlSocketType.WskGetOption, Ready())); break;
            default: throw new ArgumentOutOfRangeException(nameof(call));
        }
    }

    private uint _read;

    private NtStatus Control(WskControlSocketType type, Irp? irp) => _wskFresh.Dispatch.WskControlSocket(
        _wskFresh, type, WskConstants.SO_REUSEADDR, WskConstants.SOL_SOCKET, _value, _octets, out _, irp);

    private static WskProviderDatagramDispatch CallsOf(WskSocket socket) => (WskProviderDatagramDispatch)socket.Dispatch;

    private Irp Ready()
    {
        IoReuseIrp(_irp, NtStatus.STATUS_SUCCESS);
        IoSetCompletionRoutine(_irp, _routine, null, true, true, true);
        return _irp;
    }

    private SOCKET Open() => _process.socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);

    private WskSocket OpenWsk()
    {
        Is(NtStatus.STATUS_SUCCESS, _npi.Dispatch.WskSocket(
            _npi.Client, AF_INET, SOCK_DGRAM, IPPROTO_UDP, WskConstants.WSK_FLAG_DATAGRAM_SOCKET, null, null, null, null, null, Ready()));
        return _irp.IoStatus.Information.Socket!;
    }

    private static void Is<T>(T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual)) throw new InvalidOperationException($"{actual} instead of {expected}");
    }
}
