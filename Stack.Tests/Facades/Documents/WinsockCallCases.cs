using UserNet.Errors;
using UserNet.Facades.Winsock;
using static UserNet.Facades.Winsock.Winsock2;
using static UserNet.Tests.Facades.Documents.HostRig;
using static UserNet.Tests.Facades.Documents.WinsockRig;

namespace UserNet.Tests.Facades.Documents;

/// <summary>The errors of the pages of connect, listen and getsockname in winsock2.h.</summary>
internal static class WinsockCallCases
{
    private const string NotStarted = "WSAStartup was not called", Down = "the network subsystem has failed", Busy = "a callback is being processed";
    private const string NoSocket = "the handle is not a socket's";

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    public static IReadOnlyList<ErrorCase> All { get; } = [.. OfConnect(), .. OfListen(), .. OfGetSockName()];

    private static ErrorCase[] OfConnect() =>
    [
        Case("connect", WsaError.WSANOTINITIALISED, NotStarted, static rig => rig.AfterCleanup(() => rig.Connect(SOCKET.Invalid, Here))),
        Case("connect", WsaError.WSAENETDOWN, Down, static rig => OnOpen(rig, s => rig.NetworkFails(() => rig.Connect(s, Here)))),
        Case("connect", WsaError.WSAEADDRINUSE, "the local address is in use for that peer", static rig =>
        {
            SOCKET first = rig.OpenBound("10.1.0.1:5001", option: SO_REUSEADDR), second = rig.OpenBound("10.1.0.1:5001", option: SO_REUSEADDR);
            rig.Connect(first, NobodyThere);
            return rig.Connect(second, NobodyThere);
        }),
        Case("connect", WsaError.WSAEINPROGRESS, Busy, static rig => OnOpen(rig, s => rig.InCallback(() => rig.Connect(s, Here)))),
        Case("connect", WsaError.WSAEALREADY, "a connect that does not block is under way", static rig => rig.Connect(rig.OpenConnecting(), NobodyThere)),
        Case("connect", WsaError.WSAEADDRNOTAVAIL, "the remote address is none", static rig => rig.Connect(rig.Open(), "0.0.0.0:5000")),
        Case("connect", WsaError.WSAEAFNOSUPPORT, "the address is of another family than the socket", static rig => rig.Connect(rig.Open(), "[::1]:5000")),
        Case("connect", WsaError.WSAECONNREFUSED, "nobody listens there", static rig => rig.ConnectInTime(Here, TimeSpan.FromSeconds(10))),
        Case("connect", WsaError.WSAEFAULT, "namelen is too small", static rig => rig.Process.connect(rig.Open(), Octets(Here), 15)),
        Case("connect", WsaError.WSAEFAULT, "name is memory that can't be read", static rig => rig.Process.connect(rig.Open(), default(ReadOnlySpan<byte>), 16)),
        Case("connect", WsaError.WSAEINVAL, "the socket listens", static rig => rig.Connect(rig.OpenListener(), Here)),
        Case("connect", WsaError.WSAEISCONN, "the socket is connected already", static rig => rig.Connect(rig.OpenConnected(), Here)),
        Case("connect", WsaError.WSAENETUNREACH, "no route leads there", static rig => rig.Connect(rig.Open(), "203.0.113.1:5000")),
        Case("connect", WsaError.WSAEHOSTUNREACH, "the host can't be reached", static rig => rig.ConnectInTime(NobodyThere, Long)),
        Case("connect", WsaError.WSAENOBUFS, "there are not enough buffers", static rig =>
        {
            rig.FillTable();
            return rig.Connect(rig.Open(), NobodyThere);
        }),
        Case("connect", WsaError.WSAENOTSOCK, NoSocket, static rig => rig.Connect(SOCKET.Invalid, Here)),
        Case("connect", WsaError.WSAETIMEDOUT, "nobody answered in time", static rig =>
        {
            rig.AddSilentNeighbor();
            return rig.ConnectInTime(NobodyThere, Long);
        }),
        Case("connect", WsaError.WSAEWOULDBLOCK, "the socket does not block, and the connection takes time", static rig => rig.Connect(rig.Open(), NobodyThere)),
        Case("connect", WsaError.WSAEACCES, "a datagram socket, a broadcast address, and no SO_BROADCAST",
            static rig => rig.Connect(rig.Open(SOCK_DGRAM), OwnBroadcast)),
    ];

    private static ErrorCase[] OfListen() =>
    [
        Case("listen", WsaError.WSANOTINITIALISED, NotStarted, static rig => rig.AfterCleanup(() => rig.Process.listen(SOCKET.Invalid, 5))),
        Case("listen", WsaError.WSAENETDOWN, Down, static rig => OnOpen(rig, s => rig.NetworkFails(() => rig.Process.listen(s, 5)))),
        Case("listen", WsaError.WSAEINPROGRESS, Busy, static rig => OnOpen(rig, s => rig.InCallback(() => rig.Process.listen(s, 5)))),
        Case("listen", WsaError.WSAEINVAL, "the socket is not bound", static rig => rig.Process.listen(rig.Open(), 5)),
        Case("listen", WsaError.WSAEISCONN, "the socket is connected already", static rig => rig.Process.listen(rig.OpenConnected(), 5)),
        Case("listen", WsaError.WSAENOTSOCK, NoSocket, static rig => rig.Process.listen(SOCKET.Invalid, 5)),
        Case("listen", WsaError.WSAEOPNOTSUPP, "the type of socket has no listening", static rig => rig.Process.listen(rig.OpenBound(Here, SOCK_DGRAM), 5)),
    ];

    private static ErrorCase[] OfGetSockName() =>
    [
        Case("getsockname", WsaError.WSANOTINITIALISED, NotStarted, static rig => rig.AfterCleanup(() => NameOf(rig, SOCKET.Invalid))),
        Case("getsockname", WsaError.WSAENETDOWN, Down, static rig => OnOpen(rig, s => rig.NetworkFails(() => NameOf(rig, s)))),
        Case("getsockname", WsaError.WSAEFAULT, "there is no room for the name", static rig => NameOf(rig, rig.OpenBound(Here), room: 15)),
        Case("getsockname", WsaError.WSAEINPROGRESS, Busy, static rig => OnOpen(rig, s => rig.InCallback(() => NameOf(rig, s)))),
        Case("getsockname", WsaError.WSAENOTSOCK, NoSocket, static rig => NameOf(rig, SOCKET.Invalid)),
        Case("getsockname", WsaError.WSAEINVAL, "the socket is not bound", static rig => NameOf(rig, rig.Open())),
    ];

    private static int OnOpen(WinsockRig rig, Func<SOCKET, int> call) => call(rig.Open());

    private static int NameOf(WinsockRig rig, SOCKET s, int room = 128)
    {
        byte[] name = new byte[128];
        return rig.Process.getsockname(s, name, ref room);
    }
}
