using UserNet.Binding;
using UserNet.Errors;
using static UserNet.Tests.Facades.Documents.PosixRig;

namespace UserNet.Tests.Facades.Documents;

/// <summary>The errors of POSIX.1-2024's pages of the calls around bind() that do not need a path.</summary>
internal static class PosixCallCases
{
    private const string Here = "127.0.0.1:5000", NobodyThere = HostRig.NobodyThere;
    private const string NotOpen = "the descriptor is not open", NoSocket = "the descriptor names something else than a socket";

    public static IReadOnlyList<ErrorCase> All { get; } = [.. OfConnect(), .. OfListen(), .. OfNames(), .. OfAccept(), .. OfSocket()];

    private static ErrorCase[] OfConnect() =>
    [
        Case("connect", Errno.EADDRNOTAVAIL, "the address can't be reached from here: no port is free for it", static rig =>
        {
            rig.LeaveOnePort();
            rig.OpenListener(Here);
            rig.OpenBound(Tcp4, "127.0.0.1:50000");
            return rig.Connect(rig.Open(Tcp4), Here);
        }),
        Case("connect", Errno.EAFNOSUPPORT, "the address is of another family than the socket", static rig => rig.Connect(rig.Open(Tcp4), "[::1]:5000")),
        Case("connect", Errno.EALREADY, "a connection is being made already", static rig => rig.Connect(OpenConnecting(rig), NobodyThere)),
        Case("connect", Errno.EBADF, NotOpen, static rig => rig.Connect(NoSuchDescriptor, Here)),
        Case("connect", Errno.ECONNREFUSED, "nobody listens there", static rig => ConnectLater(rig, Here, TimeSpan.FromSeconds(1))),
        Case("connect", Errno.EINPROGRESS, "the socket has O_NONBLOCK and the connection takes time", static rig => rig.Connect(rig.Open(Tcp4), NobodyThere)),
        Case("connect", Errno.EISCONN, "the socket is connected already", static rig => rig.Connect(rig.OpenConnected(Here), Here)),
        Case("connect", Errno.ENETUNREACH, "no route leads there", static rig => rig.Connect(rig.Open(Tcp4), "203.0.113.1:5000")),
        Case("connect", Errno.ENOTSOCK, NoSocket, static rig => rig.Connect(rig.Must(rig.Process.OpenNoSocket()), Here)),
        Case("connect", Errno.ETIMEDOUT, "nobody answered in time", static rig =>
        {
            rig.AddSilentNeighbor();
            return ConnectLater(rig, NobodyThere, TimeSpan.FromMinutes(5));
        }),
        Case("connect", Errno.EHOSTUNREACH, "the peer can't be reached", static rig => ConnectLater(rig, NobodyThere, TimeSpan.FromMinutes(5))),
        Case("connect", Errno.ENOBUFS, "there is no memory", static rig => rig.Connect(rig.OpenInFullTable(), NobodyThere)),
        Case("connect", Errno.EINVAL, "the length is not one of the family's", static rig => rig.Process.Connect(rig.Open(Tcp4), Octets(Here), 15)),
    ];

    private static ErrorCase[] OfListen() =>
    [
        Case("listen", Errno.EBADF, NotOpen, static rig => rig.Process.Listen(NoSuchDescriptor, 5)),
        Case("listen", Errno.EDESTADDRREQ, "the socket is not bound and the protocol does not bind it",
            static rig => rig.Process.Listen(rig.Open(Tcp4), 5), Personality.Posix),
        Case("listen", Errno.EINVAL, "the socket is connected already", static rig => rig.Process.Listen(rig.OpenConnected(Here), 5)),
        Case("listen", Errno.ENOTSOCK, NoSocket, static rig => rig.Process.Listen(rig.Must(rig.Process.OpenNoSocket()), 5)),
        Case("listen", Errno.ENOBUFS, "there is no memory", static rig => rig.Process.Listen(rig.OpenInFullTable(), 5)),
        Case("listen", Errno.EOPNOTSUPP, "the protocol has no listening", static rig => rig.Process.Listen(rig.OpenBound(Udp4, Here), 5)),
    ];

    private static ErrorCase[] OfNames() =>
    [
        Case("getsockname", Errno.EBADF, NotOpen, static rig => rig.NameOf(NoSuchDescriptor, ofPeer: false)),
        Case("getsockname", Errno.ENOTSOCK, NoSocket, static rig => rig.NameOf(rig.Must(rig.Process.OpenNoSocket()), ofPeer: false)),
        Case("getpeername", Errno.EBADF, NotOpen, static rig => rig.NameOf(NoSuchDescriptor, ofPeer: true)),
        Case("getpeername", Errno.ENOTCONN, "the socket has no peer", static rig => rig.NameOf(rig.OpenBound(Tcp4, Here), ofPeer: true)),
        Case("getpeername", Errno.ENOTSOCK, NoSocket, static rig => rig.NameOf(rig.Must(rig.Process.OpenNoSocket()), ofPeer: true)),
    ];

    private static ErrorCase[] OfAccept() =>
    [
        Case("accept", Errno.EAGAIN, "the socket has O_NONBLOCK and no connection waits", static rig => rig.Accept(rig.OpenListener(Here))),
        Case("accept", Errno.EBADF, NotOpen, static rig => rig.Accept(NoSuchDescriptor)),
        Case("accept", Errno.EINVAL, "the socket does not listen", static rig => rig.Accept(rig.OpenBound(Tcp4, Here))),
        Case("accept", Errno.EMFILE, "the process has no descriptor left", static rig =>
        {
            int listener = rig.OpenListener(Here);
            int client = rig.Open(Tcp4);
            rig.Connect(client, Here);
            rig.Pass(TimeSpan.FromSeconds(1));
            while (rig.Process.OpenNoSocket() >= 0) { }
            return rig.Accept(listener);
        }),
        Case("accept", Errno.ENOTSOCK, NoSocket, static rig => rig.Accept(rig.Must(rig.Process.OpenNoSocket()))),
        Case("accept", Errno.EOPNOTSUPP, "the type of socket accepts nothing", static rig => rig.Accept(rig.OpenBound(Udp4, Here))),
    ];

    private static ErrorCase[] OfSocket() =>
    [
        Case("socket", Errno.EAFNOSUPPORT, "there is no such family", static rig => rig.Process.Socket(200, 1, 0)),
        Case("socket", Errno.EMFILE, "the process has no descriptor left", static rig =>
        {
            while (rig.Process.OpenNoSocket() >= 0) { }
            return rig.Process.Socket(2, 1, 0);
        }),
        Case("socket", Errno.EPROTONOSUPPORT, "the protocol is not of this family or type", static rig => rig.Process.Socket(2, 1, 17)),
    ];

    private static int OpenConnecting(PosixRig rig)
    {
        int socket = rig.Open(Tcp4);
        if (rig.Connect(socket, NobodyThere) != -1 || rig.Process.Error != Errno.EINPROGRESS) throw new InvalidOperationException(rig.Process.Error.ToString());
        return socket;
    }

    /// <summary>What the second connect says, when the first has had its time.</summary>
    private static int ConnectLater(PosixRig rig, string endpoint, TimeSpan time)
    {
        int socket = rig.Open(Tcp4);
        rig.Connect(socket, endpoint);
        rig.Pass(time);
        return rig.Connect(socket, endpoint);
    }
}
