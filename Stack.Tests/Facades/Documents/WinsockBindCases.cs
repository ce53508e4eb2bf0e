using UserNet.Errors;
using UserNet.Facades.Winsock;
using static UserNet.Facades.Winsock.Winsock2;
using static UserNet.Tests.Facades.Documents.WinsockRig;

namespace UserNet.Tests.Facades.Documents;

/// <summary>The errors of the page of bind in winsock2.h.</summary>
internal static class WinsockBindCases
{
    public static IReadOnlyList<ErrorCase> All { get; } =
    [
        Bind(WsaError.WSANOTINITIALISED, "WSAStartup was not called", static rig => rig.AfterCleanup(() => rig.Bind(SOCKET.Invalid, Here))),
        Bind(WsaError.WSAENETDOWN, "the network subsystem has failed", static rig =>
        {
            SOCKET s = rig.Open();
            return rig.NetworkFails(() => rig.Bind(s, Here));
        }),
        Bind(WsaError.WSAEACCES, "a datagram socket, a broadcast address, and no SO_BROADCAST", static rig => rig.Bind(rig.Open(SOCK_DGRAM), OwnBroadcast)),
        Bind(WsaError.WSAEACCES, "another socket has the address for itself", static rig =>
        {
            rig.OpenBound("0.0.0.0:5000", option: SO_EXCLUSIVEADDRUSE);
            return rig.Bind(rig.Open(), Here);
        }),
        Bind(WsaError.WSAEADDRINUSE, "another socket has the address", static rig =>
        {
            rig.OpenBound(Here);
            return rig.Bind(rig.Open(), Here);
        }),
        Bind(WsaError.WSAEADDRNOTAVAIL, "the address is not one of this computer's", static rig => rig.Bind(rig.Open(), Elsewhere)),
        Bind(WsaError.WSAEFAULT, "name is NULL", static rig => rig.Process.bind(rig.Open(), default(ReadOnlySpan<byte>), 16)),
        Bind(WsaError.WSAEFAULT, "name is memory that can't be read", static rig => rig.Process.bind(rig.Open(), Octets(Here), 17)),
        Bind(WsaError.WSAEFAULT, "namelen is too small", static rig => rig.Process.bind(rig.Open(), Octets(Here), 15)),
        Bind(WsaError.WSAEFAULT, "the address has not the format of its family", static rig => rig.Process.bind(rig.Open(family: AF_INET6), Octets(Here), 16)),
        Bind(WsaError.WSAEFAULT, "the first two octets are not the socket's family", static rig => rig.Bind(rig.Open(), "[::1]:5000")),
        Bind(WsaError.WSAEINPROGRESS, "a callback is being processed", static rig =>
        {
            SOCKET s = rig.Open();
            return rig.InCallback(() => rig.Bind(s, Here));
        }),
        Bind(WsaError.WSAEINVAL, "the socket is bound already", static rig => rig.Bind(rig.OpenBound(Here), "127.0.0.1:5001")),
        Bind(WsaError.WSAENOBUFS, "there are not enough buffers", static rig =>
        {
            rig.FillTable();
            return rig.Bind(rig.Open(), Here);
        }),
        Bind(WsaError.WSAENOBUFS, "there are too many connections: no port is left", static rig =>
        {
            rig.LeaveOnePort();
            rig.OpenBound("127.0.0.1:0");
            return rig.Bind(rig.Open(), "127.0.0.1:0");
        }),
        Bind(WsaError.WSAENOTSOCK, "the handle is not a socket's", static rig => rig.Bind(SOCKET.Invalid, Here)),
    ];

    private static ErrorCase Bind(WsaError code, string condition, Func<WinsockRig, int> lastCall) => Case("bind", code, condition, lastCall);
}
