using UserNet.Binding;
using UserNet.Errors;
using static UserNet.Tests.Facades.Documents.PosixRig;

namespace UserNet.Tests.Facades.Documents;

/// <summary>The errors of POSIX.1-2024's page of bind() that do not need a path.</summary>
internal static class PosixBindCases
{
    private const string Here = "127.0.0.1:5000", Elsewhere = "192.0.2.1:5000";

    public static IReadOnlyList<ErrorCase> All { get; } =
    [
        Bind(Errno.EADDRINUSE, "another socket has the address", static rig =>
        {
            rig.OpenBound(Tcp4, Here);
            return rig.Bind(rig.Open(Tcp4), Here);
        }),
        Bind(Errno.EADDRNOTAVAIL, "the address is not one of this host's", static rig => rig.Bind(rig.Open(Tcp4), Elsewhere)),
        Bind(Errno.EAFNOSUPPORT, "the address is of another family than the socket", static rig => rig.Bind(rig.Open(Tcp4), "[::1]:5000")),
        Bind(Errno.EBADF, "the descriptor is not open", static rig => rig.Bind(NoSuchDescriptor, Here)),
        Bind(Errno.EINVAL, "the socket is bound already", static rig => rig.Bind(rig.OpenBound(Tcp4, Here), "127.0.0.1:5001")),
        Bind(Errno.EINVAL, "the socket was shut down", static rig =>
        {
            int socket = rig.OpenConnected(Here);
            rig.Must(rig.Process.Shutdown(socket, 2));
            return rig.Bind(socket, "127.0.0.1:5001");
        }, Personality.Linux with { ListenBinds = true, BindsAfterShutdown = false }),
        Bind(Errno.ENOBUFS, "there is no memory", static rig => rig.Bind(rig.OpenInFullTable(), Here)),
        Bind(Errno.EOPNOTSUPP, "the type of socket can't be bound", static rig => rig.Bind(rig.Open(Raw4), "127.0.0.1:0"), Personality.Posix),
        Bind(Errno.EISCONN, "the socket is connected", static rig => rig.Bind(rig.OpenConnected(Here), "127.0.0.1:5001"), Personality.Posix),
        Bind(Errno.ENOTSOCK, "the descriptor names something else than a socket", static rig => rig.Bind(rig.Must(rig.Process.OpenNoSocket()), Here)),
        Bind(Errno.EACCES, "the address is protected and the caller lacks the right", static rig =>
        {
            rig.Process.Credentials = Caller.User(1000);
            return rig.Bind(rig.Open(Tcp4), "127.0.0.1:80");
        }),
        Bind(Errno.EINVAL, "the length is not one of the family's", static rig => rig.Process.Bind(rig.Open(Tcp4), Octets(Here), 15)),
    ];

    private static ErrorCase Bind(Errno code, string condition, Func<PosixRig, int> lastCall, Personality? personality = null) =>
        Case("bind", code, condition, lastCall, personality);
}
