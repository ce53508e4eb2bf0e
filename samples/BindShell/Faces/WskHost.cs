using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Wsk;
using UserNet.Ip;
using UserNet.Simulation;
using UserNet.Sockets;
using static UserNet.Facades.Wsk.IoManager;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Samples.BindShell;

/// <summary>
/// A host whose calls go through Winsock Kernel; answers are statuses. A stream is a socket of the stream category, so that it may listen or
/// connect; what a category's dispatch table does not have is no call.
/// </summary>
/// <remarks>What would pend for as long as nothing comes is answered STATUS_PENDING, and cancelled.</remarks>
public sealed class WskHost : WindowsFaceHost
{
    private const int Stream = 1, EndsReceiving = 0;
    private const int Pending = IScriptHost.Absent + 1;

    private readonly WskProviderNpi _npi;
    private readonly List<Entry> _sockets = [];

    /// <inheritdoc cref="StackHost(HostAddressing, Personality, int, VirtualNetwork)"/>
    public WskHost(HostAddressing addressing, Personality personality, int seed, VirtualNetwork? lab = null)
        : base(addressing, personality, seed, lab)
    {
        var subsystem = new WskSubsystem(Stack);
        subsystem.WskRegister(new WskClientNpi(null, new WskClientDispatch(MAKE_WSK_VERSION(1, 0))), out WskRegistration registration);
        subsystem.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out _npi);
    }

    /// <summary>A socket, and the request of its connect that does not wait.</summary>
    private sealed record Entry(WskSocket? Socket)
    {
        public Irp? Connecting { get; set; }
    }

    /// <inheritdoc/>
    public override int Socket(int domain, int type)
    {
        bool isStream = type == Stream;
        int answer = Call(irp => _npi.Dispatch.WskSocket(
            _npi.Client, (ushort)FamilyOf(domain), isStream ? SOCK_STREAM : SOCK_DGRAM, isStream ? IPPROTO_TCP : IPPROTO_UDP,
            isStream ? WSK_FLAG_STREAM_SOCKET : WSK_FLAG_DATAGRAM_SOCKET, null, null, new OwningProcess(Caller), null, null, irp), out Irp done);
        return answer < 0 ? answer : Add(done.IoStatus.Information.Socket);
    }

    /// <inheritdoc/>
    public override int Pipe() => Add(null);

    /// <inheritdoc/>
    public override int Close(int descriptor) => OnAndWait(descriptor, (socket, irp) => socket.Dispatch.WskCloseSocket(socket, irp));

    /// <inheritdoc/>
    public override int Bind(int descriptor, byte[]? address, int length) => On(descriptor, (socket, irp) => socket.Dispatch switch
    {
        WskProviderStreamDispatch table => table.WskBind(socket, AddressIn(address, length), 0, irp),
        WskProviderDatagramDispatch table => table.WskBind(socket, AddressIn(address, length), 0, irp),
        WskProviderConnectionDispatch table => table.WskBind(socket, AddressIn(address, length), 0, irp),
        WskProviderListenDispatch table => table.WskBind(socket, AddressIn(address, length), 0, irp),
        _ => null,
    });

    /// <inheritdoc/>
    public override int Listen(int descriptor, int backlog) =>
        On(descriptor, static (socket, irp) => (socket.Dispatch as WskProviderStreamDispatch)?.WskListen(socket, irp));

    /// <inheritdoc/>
    public override int Connect(int descriptor, byte[] address, int length, bool waits)
    {
        if (BinaryPrimitives.ReadUInt16LittleEndian(address) == 0) return IScriptHost.Absent;      // no call takes a peer away
        int answer = Begin(descriptor, out Irp? connecting, (socket, irp) => socket.Dispatch switch
        {
            WskProviderStreamDispatch table => table.WskConnect(socket, AddressIn(address, length), 0, irp),
            WskProviderConnectionDispatch table => table.WskConnect(socket, AddressIn(address, length), 0, irp),
            _ => null,
        });
        if (!IsUnderWay(answer)) return answer;
        _sockets[descriptor].Connecting = connecting;
        return waits && WaitUntil(() => connecting!.IsCompleted) ? AnswerOf(connecting!.IoStatus.Status) : answer;
    }

    /// <inheritdoc/>
    public override int Accept(int descriptor)
    {
        Irp? accepting = null;
        int answer = On(descriptor, (socket, irp) =>
        {
            accepting = irp;
            return socket.Dispatch switch
            {
                WskProviderStreamDispatch table => table.WskAccept(socket, 0, null, null, default, default, irp),
                WskProviderListenDispatch table => table.WskAccept(socket, 0, null, null, default, default, irp),
                _ => null,
            };
        });
        return answer < 0 ? answer : Add(accepting!.IoStatus.Information.Socket);
    }

    /// <inheritdoc/>
    public override int Poll(int descriptor, bool toWrite) =>
        toWrite && descriptor < _sockets.Count && _sockets[descriptor].Connecting is { } connecting
            ? WaitUntil(() => connecting.IsCompleted) ? 1 : 0
            : base.Poll(descriptor, toWrite);

    /// <inheritdoc/>
    public override int Shutdown(int descriptor, int how) => OnAndWait(descriptor, (socket, irp) => socket.Dispatch switch
    {
        _ when how == EndsReceiving => null,
        WskProviderStreamDispatch table => table.WskDisconnect(socket, null, 0, irp),
        WskProviderConnectionDispatch table => table.WskDisconnect(socket, null, 0, irp),
        _ => null,
    });

    /// <inheritdoc/>
    public override int Name(int descriptor, bool ofPeer, byte[] address, ref int length)
    {
        int answer = On(descriptor, (socket, irp) => (socket.Dispatch, ofPeer) switch
        {
            (WskProviderStreamDispatch table, false) => table.WskGetLocalAddress(socket, address, irp),
            (WskProviderStreamDispatch table, true) => table.WskGetRemoteAddress(socket, address, irp),
            (WskProviderConnectionDispatch table, false) => table.WskGetLocalAddress(socket, address, irp),
            (WskProviderConnectionDispatch table, true) => table.WskGetRemoteAddress(socket, address, irp),
            (WskProviderDatagramDispatch table, false) => table.WskGetLocalAddress(socket, address, irp),
            (WskProviderListenDispatch table, false) => table.WskGetLocalAddress(socket, address, irp),
            _ => null,
        });
        if (answer >= 0) FromWindows(address);
        return answer;
    }

    /// <inheritdoc/>
    public override int SetOption(int descriptor, int level, int name, byte[] value)
    {
        (int itsLevel, int itsName, byte[] itsValue) = OptionOf(level, name, value);
        return On(descriptor, (socket, irp) => socket.Dispatch.WskControlSocket(
            socket, WskControlSocketType.WskSetOption, (uint)itsName, (uint)itsLevel, itsValue, default, out _, irp));
    }

    /// <inheritdoc/>
    public override int GetOption(int descriptor, int level, int name, byte[] value, ref int length)
    {
        if (TryReadState(descriptor, level, name, value, ref length)) return 0;
        // There is no SO_ERROR: the request of the connect says how it ended.
        if ((level, name) == (RawOptionLevel.Socket, RawOption.Error))
        {
            Irp? connecting = descriptor < _sockets.Count ? _sockets[descriptor].Connecting : null;
            if (connecting is null) return IScriptHost.Absent;
            BinaryPrimitives.WriteInt32LittleEndian(value, connecting.IsCompleted ? AnswerOf(connecting.IoStatus.Status) : Pending);
            return 0;
        }

        (int itsLevel, int itsName, _) = OptionOf(level, name, value);
        return On(descriptor, (socket, irp) => socket.Dispatch.WskControlSocket(
            socket, WskControlSocketType.WskGetOption, (uint)itsName, (uint)itsLevel, default, value, out _, irp));
    }

    /// <inheritdoc/>
    public override int Send(int descriptor, byte[] octets, byte[]? address, int length) => OnAndWait(descriptor, (socket, irp) => (socket.Dispatch, address) switch
    {
        (WskProviderStreamDispatch table, null) => table.WskSend(socket, new WskBuf(octets), 0, irp),
        (WskProviderConnectionDispatch table, null) => table.WskSend(socket, new WskBuf(octets), 0, irp),
        (WskProviderDatagramDispatch table, not null) => table.WskSendTo(socket, new WskBuf(octets), 0, AddressIn(address, length), irp),
        _ => null,
    });

    /// <inheritdoc/>
    public override int Receive(int descriptor, byte[] octets, bool peeks, byte[] address, ref int length)
    {
        if (peeks) return IScriptHost.Absent;
        bool isStream = true;
        Irp? receiving = null;
        int answer = On(descriptor, (socket, irp) =>
        {
            receiving = irp;
            isStream = socket.Dispatch is not WskProviderDatagramDispatch;
            return socket.Dispatch switch
            {
                WskProviderStreamDispatch table => table.WskReceive(socket, new WskBuf(octets), 0, irp),
                WskProviderConnectionDispatch table => table.WskReceive(socket, new WskBuf(octets), 0, irp),
                WskProviderDatagramDispatch table => ReceiveFrom(table, socket, octets, address, irp),
                _ => null,
            };
        });
        length = isStream ? 0 : length;
        if (answer < 0) return answer;
        if (!isStream) FromWindows(address);
        return receiving!.IoStatus.Information.ToInt32();
    }

    /// <inheritdoc/>
    public override int ChangeOwner(int descriptor, uint uid) => IScriptHost.Absent;

    /// <inheritdoc/>
    public override int AnswerOfError(int number) => number;

    /// <inheritdoc/>
    public override bool IsUnderWay(int answer) => answer == Pending;

    /// <inheritdoc/>
    public override NetworkSocket? SocketOf(int descriptor) => descriptor < _sockets.Count ? _sockets[descriptor].Socket?.Socket : null;

    /// <inheritdoc/>
    protected override string NameOfCode(int answer) =>
        answer == Pending ? nameof(NtStatus.STATUS_PENDING) : ((NtStatus)(uint)answer).ToString();

    /// <inheritdoc/>
    protected override bool IsReady(int descriptor, bool toWrite) =>
        SocketOf(descriptor)?.Poll(0, toWrite ? System.Net.Sockets.SelectMode.SelectWrite : System.Net.Sockets.SelectMode.SelectRead) ?? false;

    private static NtStatus ReceiveFrom(WskProviderDatagramDispatch table, WskSocket socket, byte[] octets, byte[] address, Irp irp)
    {
        return table.WskReceiveFrom(socket, new WskBuf(octets), 0, address, null, irp);
    }

    /// <summary>A SOCKADDR: its family says how long it is, so what a script says of the length shortens the memory alone.</summary>
    private static ReadOnlySpan<byte> AddressIn(byte[]? address, int length) => ToWindows(address).AsSpan(0, address is null ? 0 : Math.Clamp(length, 0, byte.MaxValue));

    private int Add(WskSocket? socket)
    {
        _sockets.Add(new Entry(socket));
        DescriptorEnd = _sockets.Count;
        return _sockets.Count - 1;
    }

    /// <summary>A call on a socket; what pends is cancelled.</summary>
    private int On(int descriptor, Func<WskSocket, Irp, NtStatus?> call)
    {
        int answer = Begin(descriptor, out Irp? irp, call);
        if (answer == Pending) IoCancelIrp(irp!);
        return answer;
    }

    /// <summary>A call on a socket; what pends is given the time that a script waits.</summary>
    private int OnAndWait(int descriptor, Func<WskSocket, Irp, NtStatus?> call)
    {
        int answer = Begin(descriptor, out Irp? irp, call);
        return answer == Pending && WaitUntil(() => irp!.IsCompleted) ? AnswerOf(irp!.IoStatus.Status) : answer;
    }

    /// <summary>A call on a socket, which its dispatch table may not have.</summary>
    private int Begin(int descriptor, out Irp? irp, Func<WskSocket, Irp, NtStatus?> call)
    {
        irp = null;
        if (descriptor >= _sockets.Count || _sockets[descriptor].Socket is not { } socket) return IScriptHost.Absent;
        bool isThere = true;
        int answer = Call(
            request =>
            {
                NtStatus? status = call(socket, request);
                isThere = status is not null;
                return status ?? NtStatus.STATUS_SUCCESS;
            },
            out irp);
        return isThere ? answer : IScriptHost.Absent;
    }

    /// <summary>A call with a request of its own.</summary>
    private static int Call(Func<Irp, NtStatus> call, out Irp irp)
    {
        irp = IoAllocateIrp(1, chargeQuota: false);
        return AnswerOf(call(irp));
    }

    private static int AnswerOf(NtStatus status) => status == NtStatus.STATUS_PENDING ? Pending : (int)status;
}
