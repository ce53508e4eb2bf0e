using UserNet.Errors;
using UserNet.Facades.Winsock;
using static UserNet.Facades.Winsock.Winsock2;
using static UserNet.Tests.Facades.Documents.HostRig;
using static UserNet.Tests.Facades.Documents.WinsockRig;

namespace UserNet.Tests.Facades.Documents;

/// <summary>The errors of the page of ConnectEx in mswsock.h.</summary>
internal static class ConnectExCases
{
    private const string Unbound = "10.1.0.1:0";

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    public static IReadOnlyList<ErrorCase> All { get; } =
    [
        Case(WsaError.WSANOTINITIALISED, "WSAStartup was not called", static (rig, connect) => rig.AfterCleanup(() => connect(SOCKET.Invalid, Here))),
        Case(WsaError.WSAENETDOWN, "the network subsystem has failed", static (rig, connect) =>
        {
            SOCKET s = rig.OpenBound(Unbound);
            rig.NetworkFails(() => connect(s, NobodyThere));
        }),
        Case(WsaError.WSAEADDRINUSE, "the local address is in use for that peer", static (rig, connect) =>
        {
            SOCKET first = rig.OpenBound("10.1.0.1:5001", option: SO_REUSEADDR), second = rig.OpenBound("10.1.0.1:5001", option: SO_REUSEADDR);
            rig.Connect(first, NobodyThere);
            connect(second, NobodyThere);
        }),
        Case(WsaError.WSAEALREADY, "a connect is under way", static (rig, connect) => connect(rig.OpenConnecting(), NobodyThere)),
        Case(WsaError.WSAEADDRNOTAVAIL, "the remote address is none", static (rig, connect) => connect(rig.OpenBound(Unbound), "0.0.0.0:5000")),
        Case(WsaError.WSAEAFNOSUPPORT, "the address is of another family than the socket", static (rig, connect) => connect(rig.OpenBound(Unbound), "[::1]:5000")),
        Case(WsaError.WSAECONNREFUSED, "nobody listens there", static (rig, connect) => connect(rig.OpenBound("127.0.0.1:0"), Here)),
        Case(WsaError.WSAEFAULT, "name is memory that can't be read", static (rig, connect) => connect(rig.OpenBound(Unbound), null)),
        Case(WsaError.WSAEINVAL, "the socket is not bound", static (rig, connect) => connect(rig.Open(), NobodyThere)),
        Case(WsaError.WSAEINVAL, "the socket listens", static (rig, connect) => connect(rig.OpenListener(), Here)),
        Case(WsaError.WSAEISCONN, "the socket is connected already", static (rig, connect) => connect(rig.OpenConnected(), Here)),
        Case(WsaError.WSAENETUNREACH, "no route leads there", static (rig, connect) => connect(rig.OpenBound("0.0.0.0:0"), "203.0.113.1:5000")),
        Case(WsaError.WSAEHOSTUNREACH, "the host can't be reached", static (rig, connect) => connect(rig.OpenBound(Unbound), NobodyThere)),
        Case(WsaError.WSAENOTSOCK, "the handle is not a socket's", static (_, connect) => connect(SOCKET.Invalid, NobodyThere)),
        Case(WsaError.WSAETIMEDOUT, "nobody answered in time", static (rig, connect) =>
        {
            rig.AddSilentNeighbor();
            connect(rig.OpenBound(Unbound), NobodyThere);
        }),
    ];

    /// <summary>A case: ConnectEx answers false, and the code at once, or by its OVERLAPPED.</summary>
    private static ErrorCase Case(WsaError code, string condition, Action<WinsockRig, Func<SOCKET, string?, int>> connectLast) =>
        new("Winsock", "ConnectEx", code.ToString(), condition, () =>
        {
            using var rig = new WinsockRig();
            rig.Must(rig.Process.WSAIoctl(rig.Open(), SIO_GET_EXTENSION_FUNCTION_POINTER, WSAID_CONNECTEX, out LPFN_CONNECTEX? connectEx));
            WsaError said = default;
            connectLast(rig, (s, endpoint) =>
            {
                byte[] name = endpoint is null ? [] : Octets(endpoint);
                var overlapped = new OVERLAPPED();
                bool isDone = connectEx!(s, name, Math.Max(name.Length, 16), default, 0, out _, overlapped);
                said = isDone ? NO_ERROR : rig.Process.WSAGetLastError();
                if (said != WsaError.WSA_IO_PENDING) return 0;
                rig.Pass(Long);
                said = rig.Process.WSAGetOverlappedResult(s, overlapped, out _, fWait: false) ? NO_ERROR : rig.Process.WSAGetLastError();
                return 0;
            });
            return said.ToString();
        });
}
