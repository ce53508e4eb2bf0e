using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades;
using UserNet.Facades.Wsk;
using UserNet.Tests.Binding;
using Xunit;
using static UserNet.Facades.Wsk.IoManager;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Tests.Facades.Wsk;

/// <summary>A client of WSK on a stack, and calls of it that say what became of their IRP.</summary>
internal sealed class WskRig
{
    public WskRig(NetworkStack stack, bool completesLater = false)
    {
        Stack = stack;
        Subsystem = new WskSubsystem(stack) { CompletesLater = completesLater };
        Assert.Equal(NtStatus.STATUS_SUCCESS, Subsystem.WskRegister(new WskClientNpi(null, new WskClientDispatch(MAKE_WSK_VERSION(1, 0))), out WskRegistration registration));
        Assert.Equal(NtStatus.STATUS_SUCCESS, Subsystem.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out WskProviderNpi npi));
        (Registration, Npi) = (registration, npi);
    }

    /// <summary>On the host of the golden rows, with the loopback's way of things for all else.</summary>
    public WskRig(Personality? personality = null, bool completesLater = false, System.IO.Pipelines.PipeScheduler? scheduler = null) : this(
        new NetworkStack(new NetworkStackOptions
        {
            Personality = personality ?? Personality.WindowsKernel,
            Randomness = new Random(1).NextBytes,
            Routes = GoldenTopology.HostA(),
            TimeProvider = new UserNet.Simulation.ManualClock(),      // no timer's thread comes between
            Scheduler = scheduler ?? System.IO.Pipelines.PipeScheduler.Inline,
        }),
        completesLater)
    {
    }

    public NetworkStack Stack { get; }

    public WskSubsystem Subsystem { get; }

    public WskRegistration Registration { get; }

    public WskProviderNpi Npi { get; }

    public static byte[] Address(string endpoint) => WindowsSocketAddress.ToOctets(InetEndpoint.Parse(endpoint));

    public static InetEndpoint Endpoint(ReadOnlySpan<byte> octets)
    {
        Assert.Equal(BindRule.Granted, WindowsSocketAddress.TryRead(octets, out InetEndpoint endpoint));
        return endpoint;
    }

    public WskSocket Listening(ushort family = AF_INET, WskClientListenDispatch? dispatch = null) =>
        Open(family, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, dispatch);

    public WskSocket Connection(ushort family = AF_INET, WskClientConnectionDispatch? dispatch = null) =>
        Open(family, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET, dispatch);

    public WskSocket Datagrams(ushort family = AF_INET, WskClientDatagramDispatch? dispatch = null) =>
        Open(family, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET, dispatch);

    public WskSocket Stream(ushort family = AF_INET, WskClientStreamDispatch? dispatch = null) =>
        Open(family, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_STREAM_SOCKET, dispatch);

    public WskSocket Basic() => Open(AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_BASIC_SOCKET, null);

    public WskSocket Open(
        ushort family, ushort type, uint protocol, uint flags, WskClientSocketDispatch? dispatch, object? context = null,
        OwningProcess? process = null, OwningThread? thread = null, SecurityDescriptor? security = null)
    {
        var call = new WskCall();
        Npi.Dispatch.WskSocket(Npi.Client, family, type, protocol, flags, context, dispatch, process, thread, security, call.Irp);
        call.Wait();
        Assert.Equal(NtStatus.STATUS_SUCCESS, call.Status);
        return call.Socket;
    }
}

/// <summary>One IRP with a completion routine that counts.</summary>
internal sealed class WskCall
{
    private readonly Lock _lock = new();
    private int _completions;

    public WskCall(Action<Irp>? then = null)
    {
        Irp = IoAllocateIrp(1, false);
        IoSetCompletionRoutine(
            Irp,
            (irp, _) =>
            {
                NtStatus status = irp.IoStatus.Status;
                lock (_lock) _completions++;
                then?.Invoke(irp);
                Assert.Equal(status, irp.IoStatus.Status);
                return NtStatus.STATUS_MORE_PROCESSING_REQUIRED;
            },
            null, true, true, true);
    }

    public Irp Irp { get; }

    public int Completions
    {
        get
        {
            lock (_lock) return _completions;
        }
    }

    public NtStatus Status => Irp.IoStatus.Status;

    public int Octets => (int)Irp.IoStatus.Information;

    public WskSocket Socket => ((WskSocket?)Irp.IoStatus.Information)!;

    /// <summary>Until the routine has run; threads of the pool may have to do it.</summary>
    public WskCall Wait()
    {
        Assert.True(SpinWait.SpinUntil(() => Completions > 0, TimeSpan.FromSeconds(20)), "The IRP was not completed.");
        return this;
    }

    /// <summary>That the call was answered by this, and completed its IRP inline, once, by the same.</summary>
    public WskCall EndedInline(NtStatus expected, NtStatus answered)
    {
        Assert.Equal(expected, answered);
        Assert.Equal((expected, 1, false), (Status, Completions, Irp.PendingReturned));
        return this;
    }

    /// <summary>That the call pends.</summary>
    public WskCall Pends(NtStatus answered)
    {
        Assert.Equal(NtStatus.STATUS_PENDING, answered);
        Assert.Equal((0, true), (Completions, Irp.PendingReturned));
        return this;
    }

    /// <summary>That a call which pended has ended by this, once.</summary>
    public WskCall Ended(NtStatus expected)
    {
        Assert.Equal((expected, 1), (Status, Completions));
        return this;
    }
}

/// <summary>The calls of a socket by its table, as a client casts it.</summary>
internal static class WskSocketCalls
{
    public static WskProviderListenDispatch Listen(this WskSocket socket) => (WskProviderListenDispatch)socket.Dispatch;

    public static WskProviderConnectionDispatch Connection(this WskSocket socket) => (WskProviderConnectionDispatch)socket.Dispatch;

    public static WskProviderDatagramDispatch Datagram(this WskSocket socket) => (WskProviderDatagramDispatch)socket.Dispatch;

    public static WskProviderStreamDispatch Stream(this WskSocket socket) => (WskProviderStreamDispatch)socket.Dispatch;

    /// <summary>Binds a socket of whichever category; the octets as they are.</summary>
    public static NtStatus Bind(this WskSocket socket, ReadOnlySpan<byte> address, uint flags, Irp? irp) => socket.Dispatch switch
    {
        WskProviderListenDispatch listen => listen.WskBind(socket, address, flags, irp),
        WskProviderConnectionDispatch connection => connection.WskBind(socket, address, flags, irp),
        WskProviderDatagramDispatch datagram => datagram.WskBind(socket, address, flags, irp),
        WskProviderStreamDispatch stream => stream.WskBind(socket, address, flags, irp),
        _ => new WskRig().Listening().Listen().WskBind(socket, address, flags, irp),
    };

    public static NtStatus Bind(this WskSocket socket, string endpoint)
    {
        var call = new WskCall();
        NtStatus status = socket.Bind(WskRig.Address(endpoint), 0, call.Irp);
        if (status != NtStatus.STATUS_PENDING) call.EndedInline(status, status);
        return call.Wait().Status;
    }

    public static NtStatus Set(this WskSocket socket, uint option, int value, uint level = SOL_SOCKET) =>
        socket.Dispatch.WskControlSocket(socket, WskControlSocketType.WskSetOption, option, level, value, null);

    public static NtStatus Enable(this WskSocket socket, uint mask) => socket.Dispatch.WskControlSocket(
        socket, WskControlSocketType.WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, new WskEventCallbackControl(mask), null);

    public static InetEndpoint LocalName(this WskSocket socket)
    {
        byte[] name = new byte[WindowsSocketAddress.V6Length];
        var call = new WskCall();
        _ = socket.Dispatch switch
        {
            WskProviderListenDispatch listen => listen.WskGetLocalAddress(socket, name, call.Irp),
            WskProviderConnectionDispatch connection => connection.WskGetLocalAddress(socket, name, call.Irp),
            WskProviderDatagramDispatch datagram => datagram.WskGetLocalAddress(socket, name, call.Irp),
            _ => socket.Stream().WskGetLocalAddress(socket, name, call.Irp),
        };
        Assert.Equal(NtStatus.STATUS_SUCCESS, call.Wait().Status);
        return WskRig.Endpoint(name);
    }

    public static NtStatus Close(this WskSocket socket)
    {
        var call = new WskCall();
        socket.Dispatch.WskCloseSocket(socket, call.Irp);
        return call.Wait().Status;
    }
}
