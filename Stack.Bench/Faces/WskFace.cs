using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Facades;
using UserNet.Errors;
using UserNet.Facades.Wsk;
using static UserNet.Facades.Wsk.IoManager;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Bench.Faces;

/// <summary>Winsock Kernel: calls that are answered at once, with one IRP that is used again and again.</summary>
internal sealed class WskFace : IFace
{
    private readonly NetworkStack _stack;
    private readonly WskProviderNpi _npi;
    private readonly byte[] _local = To(7000), _any = To(0), _one = To(7001);
    private readonly byte[] _name = new byte[WindowsSocketAddress.V6Length], _octets = new byte[EngineFace.Octets], _option = [1, 0, 0, 0];
    private readonly WskSocket _named, _sender;
    private readonly Irp _irp = IoAllocateIrp(1, false);
    private readonly IoCompletionRoutine _routine = static (_, _) => NtStatus.STATUS_MORE_PROCESSING_REQUIRED;

    public WskFace()
    {
        _stack = new NetworkStack(new NetworkStackOptions { Personality = Personality });
        var subsystem = new WskSubsystem(_stack);
        subsystem.WskRegister(new WskClientNpi(null, new WskClientDispatch(MAKE_WSK_VERSION(1, 0))), out WskRegistration registration);
        subsystem.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out _npi);
        (_named, _sender) = (Bound(To(7003)), Bound(_any));
        WskSocket full = Bound(_one);
        while (full.Socket.Drops == 0) SendTo(1);
    }

    public string Name => "WSK";

    public Personality Personality => Personality.WindowsKernel;

    public Action<int>? Run(FaceCall call) => call switch
    {
        FaceCall.BindAndClose => count => BindAndClose(count, _local),
        FaceCall.BindToPortZeroAndClose => count => BindAndClose(count, _any),
        FaceCall.GetSockName => GetName,
        FaceCall.SetSockOpt => SetOption,
        FaceCall.SendTo => SendTo,
        _ => null,      // datagram sockets have no connect, and a receive without a datagram pends
    };

    public void Dispose() => _stack.Dispose();

    private static byte[] To(ushort port) => WindowsSocketAddress.ToOctets(InetEndpoint.Parse($"127.0.0.1:{port}"));

    private static WskProviderDatagramDispatch CallsOf(WskSocket socket) => (WskProviderDatagramDispatch)socket.Dispatch;

    private Irp Ready()
    {
        IoReuseIrp(_irp, NtStatus.STATUS_SUCCESS);
        IoSetCompletionRoutine(_irp, _routine, null, true, true, true);
        return _irp;
    }

    private WskSocket Open()
    {
        Check(_npi.Dispatch.WskSocket(_npi.Client, AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET, null, null, null, null, null, Ready()));
        return _irp.IoStatus.Information.Socket!;
    }

    private WskSocket Bound(byte[] local)
    {
        WskSocket socket = Open();
        Check(CallsOf(socket).WskBind(socket, local, 0, Ready()));
        return socket;
    }

    private void BindAndClose(int count, byte[] local)
    {
        for (int i = 0; i < count; i++)
        {
            WskSocket socket = Bound(local);
            Check(socket.Dispatch.WskCloseSocket(socket, Ready()));
        }
    }

    private void GetName(int count)
    {
        for (int i = 0; i < count; i++) Check(CallsOf(_named).WskGetLocalAddress(_named, _name, Ready()));
    }

    private void SetOption(int count)
    {
        for (int i = 0; i < count; i++)
            Check(_named.Dispatch.WskControlSocket(_named, WskControlSocketType.WskSetOption, SO_REUSEADDR, SOL_SOCKET, _option, default, out _, Ready()));
    }

    private void SendTo(int count)
    {
        for (int i = 0; i < count; i++) Check(CallsOf(_sender).WskSendTo(_sender, new WskBuf(_octets), 0, _one, Ready()));
    }

    private static void Check(NtStatus status)
    {
        if (status != NtStatus.STATUS_SUCCESS) throw new InvalidOperationException($"{status}");
    }
}
