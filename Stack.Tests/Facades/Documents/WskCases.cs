using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Wsk;
using static UserNet.Facades.Wsk.WskConstants;
using static UserNet.Tests.Facades.Documents.HostRig;
using static UserNet.Tests.Facades.Documents.WskRig;

namespace UserNet.Tests.Facades.Documents;

/// <summary>The statuses of the page of WskBind in wsk.h and of those around it; and those that other pages leave to "other status codes".</summary>
internal static class WskCases
{
    private const string Dead = "the socket works no longer";
    private const string Later = "the call is completed later";

    public static IReadOnlyList<ErrorCase> All { get; } = [.. OfBind(), .. OfConnect(), .. OfSocketConnect(), .. OfOthers(), .. OfTransfer()];

    private static ErrorCase[] OfBind() =>
    [
        Case("WskBind", NtStatus.STATUS_SUCCESS, "the socket is bound", static rig => rig.Bind(rig.Open(), Here)),
        Case("WskBind", NtStatus.STATUS_PENDING, Later, static rig => rig.Bind(rig.Open(), Here), completesLater: true),
        Case("WskBind", NtStatus.STATUS_FILE_FORCED_CLOSED, Dead, static rig => rig.Bind(rig.OpenDead(), Here)),
        Case("WskBind", NtStatus.STATUS_INVALID_PARAMETER, "flags are not zero", static rig => rig.Bind(rig.Open(), Here, flags: 1)),
        Case("WskBind", NtStatus.STATUS_INVALID_PARAMETER, "the address is NULL", static rig =>
        {
            WskSocket socket = rig.Open();
            return Calls(socket).WskBind(socket, default, 0, rig.NewIrp());
        }),
        Case("WskBind", NtStatus.STATUS_INVALID_ADDRESS, "the address is of another family than the socket", static rig => rig.Bind(rig.Open(), "[::1]:5000")),
        Case("WskBind", NtStatus.STATUS_ADDRESS_ALREADY_ASSOCIATED, "the socket is bound already", static rig => rig.Bind(rig.OpenBound(Here), "127.0.0.1:5001")),
        Case("WskBind", NtStatus.STATUS_INVALID_ADDRESS_COMPONENT, "the address is not one of this computer's", static rig => rig.Bind(rig.Open(), "192.0.2.1:5000")),
        Case("WskBind", NtStatus.STATUS_TOO_MANY_ADDRESSES, "no port is left", static rig =>
        {
            rig.LeaveOnePort();
            rig.OpenBound("127.0.0.1:0");
            return rig.Bind(rig.Open(), "127.0.0.1:0");
        }),
        Case("WskBind", NtStatus.STATUS_INSUFFICIENT_RESOURCES, "there is no memory", static rig =>
        {
            rig.FillTable();
            return rig.Bind(rig.Open(), Here);
        }),
        Case("WskBind", NtStatus.STATUS_CANCELLED, "the request was cancelled before", static rig =>
        {
            WskSocket socket = rig.Open();
            Irp irp = rig.NewIrp();
            IoManager.IoCancelIrp(irp);
            return Calls(socket).WskBind(socket, Octets(Here), 0, irp);
        }),
    ];

    private static ErrorCase[] OfConnect() =>
    [
        Case("WskConnect", NtStatus.STATUS_PENDING, Later, static rig => rig.Connect(rig.OpenBound("10.1.0.1:0"), NobodyThere)),
        Case("WskConnect", NtStatus.STATUS_FILE_FORCED_CLOSED, Dead, static rig => rig.Connect(rig.OpenDead(Here), "127.0.0.1:5001")),
        Case("WskConnect", NtStatus.STATUS_INVALID_DEVICE_STATE, "the socket is not bound", static rig => rig.Connect(rig.Open(), NobodyThere)),
        Case("WskConnect", NtStatus.STATUS_NETWORK_UNREACHABLE, "no route leads there", static rig => rig.Connect(rig.OpenBound("0.0.0.0:0"), "203.0.113.1:5000")),
    ];

    private static ErrorCase[] OfSocketConnect() =>
    [
        Case("WskSocketConnect", NtStatus.STATUS_PENDING, Later, static rig => rig.SocketConnect("10.1.0.1:0", NobodyThere)),
        Case("WskSocketConnect", NtStatus.STATUS_INVALID_PARAMETER, "flags are not zero", static rig => rig.SocketConnect("10.1.0.1:0", NobodyThere, flags: 1)),
        Case("WskSocketConnect", NtStatus.STATUS_ADDRESS_ALREADY_EXISTS, "another socket has the local address", static rig =>
        {
            rig.OpenBound(Here);
            return rig.SocketConnect(Here, "127.0.0.1:5001");
        }),
    ];

    private static ErrorCase[] OfOthers() =>
    [
        Case("WskGetLocalAddress", NtStatus.STATUS_SUCCESS, "the address is told", static rig => rig.NameOf(rig.OpenBound(Here))),
        Case("WskGetLocalAddress", NtStatus.STATUS_PENDING, Later, static rig => rig.NameOf(rig.OpenBound(Here)), completesLater: true),
        Case("WskGetLocalAddress", NtStatus.STATUS_INVALID_DEVICE_STATE, "the socket is not bound", static rig => rig.NameOf(rig.Open())),
        Case("WskGetLocalAddress", NtStatus.STATUS_FILE_FORCED_CLOSED, Dead, static rig =>
        {
            WskSocket socket = rig.OpenBound(Here);
            socket.Dispatch.WskCloseSocket(socket, rig.NewIrp());
            return rig.NameOf(socket);
        }),
        Case("WskListen", NtStatus.STATUS_SUCCESS, "the socket listens", static rig => Listen(rig, rig.OpenBound(Here))),
        Case("WskListen", NtStatus.STATUS_INVALID_DEVICE_STATE, "the socket is not bound", static rig => Listen(rig, rig.Open())),
        Case("WskListen", NtStatus.STATUS_FILE_FORCED_CLOSED, Dead, static rig => Listen(rig, rig.OpenDead(Here))),
    ];

    private static ErrorCase[] OfTransfer() =>
    [
        Case("WskAccept", NtStatus.STATUS_SUCCESS, "a connection waits", static rig =>
        {
            WskSocket listening = OpenListening(rig);
            OpenConnected(rig);
            return Accept(rig, listening);
        }),
        Case("WskAccept", NtStatus.STATUS_PENDING, "no connection waits", static rig =>
        {
            NtStatus answer = Accept(rig, OpenListening(rig));
            IoManager.IoCancelIrp(rig.Last);
            return answer;
        }),
        Case("WskAccept", NtStatus.STATUS_FILE_FORCED_CLOSED, Dead, static rig => Accept(rig, rig.OpenDead(Here))),
        Case("WskSend", NtStatus.STATUS_SUCCESS, "the octets are sent", static rig => Send(rig, OpenConnected(rig, listens: true))),
        Case("WskSend", NtStatus.STATUS_PENDING, Later, static rig =>
        {
            NtStatus answer = Send(rig, OpenConnected(rig, listens: true), length: 64_000_000);
            IoManager.IoCancelIrp(rig.Last);
            return answer;
        }),
        Case("WskSend", NtStatus.STATUS_FILE_FORCED_CLOSED, Dead, static rig => Send(rig, rig.OpenDead(Here))),
        Case("WskSend", NtStatus.STATUS_NOT_SUPPORTED, "a flag is not supported", static rig => Send(rig, OpenConnected(rig, listens: true), flags: 0x100)),
        Case("WskReceive", NtStatus.STATUS_SUCCESS, "octets are received", static rig =>
        {
            WskSocket listening = OpenListening(rig), caller = OpenConnected(rig);
            Accept(rig, listening);
            WskSocket accepted = rig.Last.IoStatus.Information.Socket!;
            Send(rig, caller);
            rig.Settle();
            return ((WskProviderConnectionDispatch)accepted.Dispatch).WskReceive(accepted, new WskBuf(new byte[10]), 0, rig.NewIrp());
        }),
        Case("WskReceive", NtStatus.STATUS_PENDING, "no octets have come yet", static rig =>
        {
            NtStatus answer = Receive(rig, OpenConnected(rig, listens: true));
            IoManager.IoCancelIrp(rig.Last);
            return answer;
        }),
        Case("WskReceive", NtStatus.STATUS_FILE_FORCED_CLOSED, Dead, static rig => Receive(rig, rig.OpenDead(Here))),
        Case("WskReceive", NtStatus.STATUS_NOT_SUPPORTED, "a flag is not supported", static rig => Receive(rig, OpenConnected(rig, listens: true), flags: 0x100)),
    ];

    private static WskSocket OpenListening(WskRig rig)
    {
        WskSocket socket = rig.OpenBound(Here);
        Listen(rig, socket);
        rig.Settle();
        return socket;
    }

    private static WskSocket OpenConnected(WskRig rig, bool listens = false)
    {
        if (listens) OpenListening(rig);
        WskSocket socket = rig.OpenBound("127.0.0.1:0");
        rig.Connect(socket, Here);
        rig.Settle();
        return rig.Last.IoStatus.Status == NtStatus.STATUS_SUCCESS ? socket : throw new InvalidOperationException($"{rig.Last.IoStatus.Status}");
    }

    private static NtStatus Accept(WskRig rig, WskSocket socket) => Calls(socket).WskAccept(socket, 0, null, null, default, default, rig.NewIrp());

    private static NtStatus Send(WskRig rig, WskSocket socket, uint flags = 0, int length = 4) =>
        Calls(socket).WskSend(socket, new WskBuf(new byte[length]), flags, rig.NewIrp());

    private static NtStatus Receive(WskRig rig, WskSocket socket, uint flags = 0) =>
        Calls(socket).WskReceive(socket, new WskBuf(new byte[4]), flags, rig.NewIrp());

    private static NtStatus Listen(WskRig rig, WskSocket socket) => Calls(socket).WskListen(socket, rig.NewIrp());
}
