using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Facades.Winsock;
using static UserNet.Facades.Winsock.Winsock2;
using static UserNet.Tests.Facades.Documents.HostRig;
using static UserNet.Tests.Facades.Documents.WinsockRig;

namespace UserNet.Tests.Facades.Documents;

/// <summary>The errors of the pages of WSAConnectByList and WSAConnectByName in winsock2.h.</summary>
internal static class ConnectByListCases
{
    private const string Unreachable = "the host can't be reached", Full = "there is not enough memory", NoSocket = "the handle is not a socket's";
    private const string Silent = "nobody answered before the time was over";

    private static readonly TIMEVAL Second = new() { tv_sec = 1 };

    public static IReadOnlyList<ErrorCase> All { get; } =
    [
        ByList(WsaError.WSAEHOSTUNREACH, Unreachable, static (rig, connect) => connect(rig.Open(), NobodyThere, null)),
        ByList(WsaError.WSAEINVAL, "there is no address", static (rig, connect) => connect(rig.Open(), null, null)),
        ByList(WsaError.WSAEINVAL, "the socket is bound", static (rig, connect) => connect(rig.OpenBound("10.1.0.1:0"), NobodyThere, null)),
        ByList(WsaError.WSAENOBUFS, Full, static (rig, connect) =>
        {
            rig.FillTable();
            return connect(rig.Open(), NobodyThere, null);
        }),
        ByList(WsaError.WSAENOTSOCK, NoSocket, static (_, connect) => connect(SOCKET.Invalid, NobodyThere, null)),
        ByList(WsaError.WSAETIMEDOUT, Silent, static (rig, connect) =>
        {
            rig.AddSilentNeighbor();
            return connect(rig.Open(), NobodyThere, Second);
        }),
        ByName(WsaError.WSAEHOSTUNREACH, Unreachable, static (rig, connect) => connect(rig.Open(), "somebody", "5000", null)),
        ByName(WsaError.WSAEINVAL, "nodename is NULL", static (rig, connect) => connect(rig.Open(), null, "5000", null)),
        ByName(WsaError.WSAEINVAL, "servicename is NULL", static (rig, connect) => connect(rig.Open(), "somebody", null, null)),
        ByName(WsaError.WSAENOBUFS, Full, static (rig, connect) =>
        {
            rig.FillTable();
            return connect(rig.Open(), "somebody", "5000", null);
        }),
        ByName(WsaError.WSAENOTSOCK, NoSocket, static (_, connect) => connect(SOCKET.Invalid, "somebody", "5000", null)),
        ByName(WsaError.WSAETIMEDOUT, Silent, static (rig, connect) =>
        {
            rig.AddSilentNeighbor();
            return connect(rig.Open(), "somebody", "5000", Second);
        }),
    ];

    private static ErrorCase ByList(WsaError code, string condition, Func<WinsockRig, Func<SOCKET, string?, TIMEVAL?, bool>, bool> lastCall) =>
        Case("WSAConnectByList", code, condition, rig => lastCall(rig, (s, endpoint, timeout) =>
        {
            int none = 0;
            SOCKET_ADDRESS[] list = endpoint is null ? [] : [new SOCKET_ADDRESS(Octets(endpoint), 16)];
            return rig.Process.WSAConnectByList(s, list, ref none, default, ref none, default, timeout);
        }) ? 0 : SOCKET_ERROR);

    private static ErrorCase ByName(
        WsaError code, string condition, Func<WinsockRig, Func<SOCKET, string?, string?, TIMEVAL?, bool>, bool> lastCall) =>
        Case("WSAConnectByName", code, condition, rig =>
        {
            rig.Process.Names.AddHost("somebody", InetEndpoint.Parse(NobodyThere).Address);
            return lastCall(rig, (s, host, service, timeout) =>
            {
                int none = 0;
                return rig.Process.WSAConnectByName(s, host, service, ref none, default, ref none, default, timeout);
            }) ? 0 : SOCKET_ERROR;
        });
}
