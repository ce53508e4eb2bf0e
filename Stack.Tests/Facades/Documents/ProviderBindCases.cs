using UserNet.Errors;
using UserNet.Facades.Winsock;
using static UserNet.Facades.Winsock.Winsock2;
using static UserNet.Tests.Facades.Documents.WinsockRig;

namespace UserNet.Tests.Facades.Documents;

/// <summary>The errors of the page of WSPBind in ws2spi.h.</summary>
internal static class ProviderBindCases
{
    public static IReadOnlyList<ErrorCase> All { get; } =
    [
        Case(WsaError.WSAENETDOWN, "the network subsystem has failed", static (rig, bind) =>
        {
            SOCKET s = rig.Open();
            rig.Process.Provider.NetworkHasFailed = true;
            bind(s, Octets(Here), 16);
        }),
        Case(WsaError.WSAEADDRINUSE, "another socket has the address", static (rig, bind) =>
        {
            rig.OpenBound(Here);
            bind(rig.Open(), Octets(Here), 16);
        }),
        Case(WsaError.WSAEADDRINUSE, "another socket has the address for itself, and the page of Compact 2013 holds", static (rig, bind) =>
        {
            rig.Process.Provider.AnswersDenialAsInUse = true;
            rig.OpenBound("0.0.0.0:5000", option: SO_EXCLUSIVEADDRUSE);
            bind(rig.Open(), Octets(Here), 16);
        }),
        Case(WsaError.WSAEADDRNOTAVAIL, "the address is not one of this computer's", static (rig, bind) => bind(rig.Open(), Octets(Elsewhere), 16)),
        Case(WsaError.WSAEFAULT, "name is memory that can't be read", static (rig, bind) => bind(rig.Open(), null, 16)),
        Case(WsaError.WSAEFAULT, "namelen is too small", static (rig, bind) => bind(rig.Open(), Octets(Here), 15)),
        Case(WsaError.WSAEFAULT, "the address has not the format of its family", static (rig, bind) => bind(rig.Open(family: AF_INET6), Octets(Here), 16)),
        Case(WsaError.WSAEFAULT, "the first two octets are not the socket's family", static (rig, bind) => bind(rig.Open(), Octets("[::1]:5000"), 28)),
        Case(WsaError.WSAEINPROGRESS, "a callback is in progress", static (rig, bind) =>
        {
            SOCKET s = rig.Open();
            rig.InCallback(() =>
            {
                bind(s, Octets(Here), 16);
                return 0;
            });
        }),
        Case(WsaError.WSAEINVAL, "the socket is bound already", static (rig, bind) => bind(rig.OpenBound(Here), Octets("127.0.0.1:5001"), 16)),
        Case(WsaError.WSAENOBUFS, "there are not enough buffers", static (rig, bind) =>
        {
            rig.FillTable();
            bind(rig.Open(), Octets(Here), 16);
        }),
        Case(WsaError.WSAENOBUFS, "there are too many connections: no port is left", static (rig, bind) =>
        {
            rig.LeaveOnePort();
            rig.OpenBound("127.0.0.1:0");
            bind(rig.Open(), Octets("127.0.0.1:0"), 16);
        }),
        Case(WsaError.WSAENOTSOCK, "the handle is not a socket's", static (_, bind) => bind(SOCKET.Invalid, Octets(Here), 16)),
    ];

    /// <summary>A case: WSPBind answers SOCKET_ERROR and says the code in lpErrno alone.</summary>
    private static ErrorCase Case(WsaError code, string condition, Action<WinsockRig, Action<SOCKET, byte[]?, int>> bindLast) =>
        new("WSP", "WSPBind", code.ToString(), condition, () =>
        {
            using var rig = new WinsockRig();
            WsaError said = default;
            bindLast(rig, (s, name, length) =>
            {
                rig.Process.WSASetLastError(NO_ERROR);
                WsaError error = default;
                bool isRefused = rig.Table.WSPBind(s, name, length, ref error) == SOCKET_ERROR;
                said = isRefused && rig.Process.WSAGetLastError() == NO_ERROR ? error : NO_ERROR;
            });
            return said.ToString();
        });
}
