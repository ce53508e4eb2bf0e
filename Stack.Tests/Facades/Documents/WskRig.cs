using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades;
using UserNet.Facades.Wsk;
using static UserNet.Facades.Wsk.IoManager;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Tests.Facades.Documents;

/// <summary>A client of Winsock Kernel that has captured the interface.</summary>
internal sealed class WskRig : HostRig
{
    public const string Here = "127.0.0.1:5000", Any = "0.0.0.0:5000";

    private readonly WskProviderNpi _npi;

    public WskRig(bool completesLater = false) : base(Personality.WindowsKernel)
    {
        var subsystem = new WskSubsystem(Stack) { CompletesLater = completesLater };
        subsystem.WskRegister(new WskClientNpi(null, new WskClientDispatch(MAKE_WSK_VERSION(1, 0))), out WskRegistration registration);
        subsystem.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out _npi);
    }

    /// <summary>The request of the last call.</summary>
    public Irp Last { get; private set; } = IoAllocateIrp(1, false);

    /// <summary>
    /// A case: what its last call answered, which the request must have been completed with, be it later, and its routine called once.
    /// </summary>
    public static ErrorCase Case(string call, NtStatus code, string condition, Func<WskRig, NtStatus> lastCall, bool completesLater = false) =>
        new("WSK", call, code.ToString(), condition, () =>
        {
            using var rig = new WskRig(completesLater);
            NtStatus status = lastCall(rig);
            rig.Pass(TimeSpan.FromMinutes(5));
            NtStatus final = rig.Last.IoStatus.Status;
            bool isTold = rig.Last.IsCompleted && rig.Completions == 1 && (status == NtStatus.STATUS_PENDING || final == status);
            return isTold ? status.ToString() : $"{status}, completed {rig.Completions} times with {final}";
        });

    /// <summary>How often the last request's completion routine was called.</summary>
    public int Completions { get; private set; }

    /// <summary>A request for one call.</summary>
    public Irp NewIrp()
    {
        Completions = 0;
        Last = IoAllocateIrp(1, false);
        IoSetCompletionRoutine(
            Last,
            (_, _) =>
            {
                Completions++;
                return NtStatus.STATUS_MORE_PROCESSING_REQUIRED;
            },
            null, true, true, true);
        return Last;
    }

    public WskSocket Open(uint category = WSK_FLAG_STREAM_SOCKET, uint option = 0, uint uid = 0, SecurityDescriptor? security = null)
    {
        bool isDatagram = category == WSK_FLAG_DATAGRAM_SOCKET;
        Caller caller = uid == 0 ? Caller.Root : Caller.User(uid);
        _npi.Dispatch.WskSocket(
            _npi.Client, AF_INET, isDatagram ? SOCK_DGRAM : SOCK_STREAM, isDatagram ? IPPROTO_UDP : IPPROTO_TCP, category, null, null,
            new OwningProcess(caller), null, security, NewIrp());
        Settle();
        WskSocket socket = Last.IoStatus.Information.Socket ?? throw new InvalidOperationException($"{Last.IoStatus.Status}");
        if (option == 0) return socket;
        socket.Dispatch.WskControlSocket(socket, WskControlSocketType.WskSetOption, option, SOL_SOCKET, 1, NewIrp());
        Settle();
        return Last.IoStatus.Status == NtStatus.STATUS_SUCCESS ? socket : throw new InvalidOperationException($"{Last.IoStatus.Status}");
    }

    public static WskProviderStreamDispatch Calls(WskSocket socket) => (WskProviderStreamDispatch)socket.Dispatch;

    public NtStatus Bind(WskSocket socket, string endpoint, uint flags = 0) => Calls(socket).WskBind(socket, Octets(endpoint), flags, NewIrp());

    public WskSocket OpenBound(string endpoint, uint option = 0, uint uid = 0, SecurityDescriptor? security = null)
    {
        WskSocket socket = Open(option: option, uid: uid, security: security);
        Bind(socket, endpoint);
        Settle();
        return Last.IoStatus.Status == NtStatus.STATUS_SUCCESS ? socket : throw new InvalidOperationException($"{Last.IoStatus.Status}");
    }

    /// <summary>A socket that works no longer: it was closed underneath.</summary>
    public WskSocket OpenDead(string? bound = null)
    {
        WskSocket socket = bound is null ? Open() : OpenBound(bound);
        socket.Socket.Dispose();
        return socket;
    }

    public NtStatus Connect(WskSocket socket, string endpoint) => Calls(socket).WskConnect(socket, Octets(endpoint), 0, NewIrp());

    public NtStatus NameOf(WskSocket socket) => Calls(socket).WskGetLocalAddress(socket, new byte[WindowsSocketAddress.V6Length], NewIrp());

    public NtStatus SocketConnect(string local, string remote, uint flags = 0) => _npi.Dispatch.WskSocketConnect(
        _npi.Client, SOCK_STREAM, IPPROTO_TCP, Octets(local), Octets(remote), flags, null, null, null, null, null, NewIrp());

    public void Settle() => Pass(TimeSpan.FromSeconds(1));

    public static byte[] Octets(string endpoint) => WindowsSocketAddress.ToOctets(InetEndpoint.Parse(endpoint));
}
