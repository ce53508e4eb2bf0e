using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades;
using UserNet.Facades.Wsk;
using static UserNet.Facades.Wsk.IoManager;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Samples.Faces;

/// <summary>The example of "Binding a Socket to a Transport Address": a listening socket, an IRP, a completion routine.</summary>
internal sealed class WskExample
{
    private readonly Example _example;
    private WskSocket? _listening;
    private bool _isBound;

    private WskExample(Example example) => _example = example;

    public static void Run(Example example)
    {
        using NetworkStack stack = example.NewHost(Personality.WindowsKernel);
        new WskExample(example).RunOn(new WskSubsystem(stack) { CompletesLater = true });      // a client must be ready for STATUS_PENDING
    }

    private void RunOn(WskSubsystem subsystem)
    {
        var clientNpi = new WskClientNpi(null, new WskClientDispatch(MAKE_WSK_VERSION(1, 0)));
        _example.Say("WskRegister(&clientNpi, &registration)", subsystem.WskRegister(clientNpi, out WskRegistration registration));
        NtStatus captured = subsystem.WskCaptureProviderNPI(registration, WSK_INFINITE_WAIT, out WskProviderNpi providerNpi);
        _example.Say("WskCaptureProviderNPI(&registration, ..., &providerNpi)", captured);

        Irp irp = IoAllocateIrp(1, chargeQuota: false);
        IoSetCompletionRoutine(irp, SocketComplete, null, true, true, true);
        NtStatus status = providerNpi.Dispatch.WskSocket(
            providerNpi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, null, null, null, null, null, irp);
        _example.Say("WskSocket(..., WSK_FLAG_LISTEN_SOCKET, ..., irp)", status);
        _example.WaitUntil(() => _listening is not null);

        byte[] localAddress = WindowsSocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:27015"));      // SOCKADDR_IN
        _example.Say("BindSocket(socket, &localAddress)", BindSocket(_listening!, localAddress));
        _example.WaitUntil(() => _isBound);

        irp = IoAllocateIrp(1, chargeQuota: false);
        _example.Say("WskCloseSocket(socket, irp)", _listening!.Dispatch.WskCloseSocket(_listening, irp));
        _example.WaitUntil(() => irp.IsCompleted);
        _example.Say("  completed", irp.IoStatus.Status);
        subsystem.WskReleaseProviderNPI(registration);
        subsystem.WskDeregister(registration);
    }

    private NtStatus SocketComplete(Irp irp, object? context)
    {
        _example.Say("  SocketComplete", irp.IoStatus.Status);
        _listening = irp.IoStatus.Information.Socket;
        IoFreeIrp(irp);
        return NtStatus.STATUS_MORE_PROCESSING_REQUIRED;
    }

    private NtStatus BindSocket(WskSocket socket, byte[] localAddress)
    {
        var dispatch = (WskProviderListenDispatch)socket.Dispatch;
        Irp irp = IoAllocateIrp(1, chargeQuota: false);
        IoSetCompletionRoutine(irp, BindComplete, socket, true, true, true);
        return dispatch.WskBind(socket, localAddress, 0, irp);
    }

    private NtStatus BindComplete(Irp irp, object? context)
    {
        _example.Say("  BindComplete", irp.IoStatus.Status);
        if (irp.IoStatus.Status == NtStatus.STATUS_SUCCESS) _isBound = context == _listening;
        IoFreeIrp(irp);
        return NtStatus.STATUS_MORE_PROCESSING_REQUIRED;      // the request is ours, and ends here
    }
}
