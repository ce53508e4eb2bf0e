using System.Net.Sockets;
using static UserNet.Tests.Parity.DotNet.DotNetStep;

namespace UserNet.Tests.Parity.DotNet;

/// <summary>What a socket was opened as: family, type, and the addresses that go with it.</summary>
/// <param name="Name">As tests print it.</param>
/// <param name="Any">The wildcard.</param>
/// <param name="Here">The loopback address.</param>
/// <param name="Opens">Opens a socket of the kind under a name.</param>
internal sealed record DotNetKind(string Name, string Any, string Here, Action<DotNetWorld, string> Opens)
{
    private const AddressFamily V4 = AddressFamily.InterNetwork, V6 = AddressFamily.InterNetworkV6;

    public static IReadOnlyList<DotNetKind> All { get; } =
    [
        new("tcp4", "0.0.0.0", "127.0.0.1", static (w, name) => w.Open(name, V4, SocketType.Stream, ProtocolType.Tcp)),
        new("tcp6", "::", "::1", static (w, name) => w.Open(name, V6, SocketType.Stream, ProtocolType.Tcp)),
        new("tcp dual", "::", "::ffff:127.0.0.1", static (w, name) => w.Open(name, SocketType.Stream, ProtocolType.Tcp)),
        new("udp4", "0.0.0.0", "127.0.0.1", static (w, name) => w.Open(name, V4, SocketType.Dgram, ProtocolType.Udp)),
        new("udp6", "::", "::1", static (w, name) => w.Open(name, V6, SocketType.Dgram, ProtocolType.Udp)),
        new("udp dual", "::", "::ffff:127.0.0.1", static (w, name) => w.Open(name, SocketType.Dgram, ProtocolType.Udp)),
    ];

    public bool IsStream => Name[0] == 't';

    public DotNetStep Open(string name) => new($"{name} = {Name}", w =>
    {
        Opens(w, name);
        return "ok";
    });
}

/// <summary>A state that a socket named S can be in, and the calls that lead there.</summary>
/// <param name="Name">As tests print it.</param>
/// <param name="OfStreams">Streams have it.</param>
/// <param name="OfDatagrams">Datagram sockets have it.</param>
/// <param name="Steps">The calls that lead there.</param>
internal sealed record DotNetState(string Name, bool OfStreams, bool OfDatagrams, Func<DotNetKind, DotNetStep[]> Steps)
{
    public static IReadOnlyList<DotNetState> All { get; } =
    [
        new("new", true, true, static kind => [kind.Open("S")]),
        new("bound", true, true, static kind => [kind.Open("S"), Call(w => w.S.Bind(DotNetWorld.At(kind.Here, w.P)))]),
        new("bound to the wildcard", true, true, static kind => [kind.Open("S"), Call(w => w.S.Bind(DotNetWorld.At(kind.Any, 0)))]),
        new("refused bind", true, true, static kind => [kind.Open("S"), Call(w => w.S.Bind(DotNetWorld.At(kind.Here.Contains("::1", StringComparison.Ordinal) ? "2001:db8::1" : "10.1.2.3", w.P)))]),
        new("listening", true, false, static kind =>
            [kind.Open("S"), Call(w => w.S.Bind(DotNetWorld.At(kind.Here, w.P))), Call(w => w.S.Listen(5)), Call(w => w.S.Blocking = false)]),
        new("connect refused", true, false, static kind => [kind.Open("S"), Call(w => w.S.Connect(DotNetWorld.At(kind.Here, w.Nobody)))]),
        new("connect refused without blocking", true, false, static kind =>
            [kind.Open("S"), Call(w => w.S.Blocking = false), Call(w => w.S.Connect(DotNetWorld.At(kind.Here, w.Nobody)))]),
        new("connected without blocking", true, false, static kind =>
            [.. Listener(kind), kind.Open("S"), Call(w => w.S.Blocking = false), Call(w => w.S.Connect(DotNetWorld.At(kind.Here, w.L)))]),
        new("connected", true, false, static kind => Connected(kind)),
        new("accepted", true, false, static kind =>
            [.. Listener(kind), kind.Open("C"), Call(w => w["C"].Connect(DotNetWorld.At(kind.Here, w.L))), Call(w => w["S"] = w["Listener"].Accept()), .. Calm]),
        new("connected with something to read", true, false, static kind => [.. Connected(kind), Get(w => w["Peer"].Send(new byte[] { 1, 2, 3 }))]),
        new("peer gone", true, false, static kind => [.. Connected(kind), Call(w => w["Peer"].Close())]),
        new("peer gone by a reset", true, false, static kind => [.. Connected(kind), Call(w => w["Peer"].Close(0))]),
        new("peer shut down", true, false, static kind => [.. Connected(kind), Call(w => w["Peer"].Shutdown(SocketShutdown.Send))]),
        new("shut down for sending", true, false, static kind => [.. Connected(kind), Call(w => w.S.Shutdown(SocketShutdown.Send))]),
        new("shut down for receiving", true, false, static kind => [.. Connected(kind), Call(w => w.S.Shutdown(SocketShutdown.Receive))]),
        new("shut down", true, false, static kind => [.. Connected(kind), Call(w => w.S.Shutdown(SocketShutdown.Both))]),
        new("disconnected", true, false, static kind => [.. Connected(kind), Call(w => w.S.Disconnect(false)), .. Calm]),
        new("disconnected to be used again", true, false, static kind => [.. Connected(kind), Call(w => w.S.Disconnect(true)), .. Calm]),
        new("connected", false, true, static kind => ConnectedDatagrams(kind)),
        new("connected to nobody", false, true, static kind => [kind.Open("S"), Call(w => w.S.Connect(DotNetWorld.At(kind.Here, w.Nobody))), .. Calm]),
        new("something to read", false, true, static kind => [.. ConnectedDatagrams(kind), Get(w => w["Peer"].SendTo(new byte[] { 1, 2, 3 }, w.S.LocalEndPoint))]),
        new("sent from", false, true, static kind =>
            [kind.Open("S"), Get(w => w.S.SendTo(new byte[] { 1 }, DotNetWorld.At(kind.Here, w.L))), .. Calm]),
        new("told that nobody is there", false, true, static kind =>
            [kind.Open("S"), Call(w => w.S.Connect(DotNetWorld.At(kind.Here, w.Nobody))), Get(w => w.S.Send(new byte[] { 1 })), .. Calm]),
        new("shut down", false, true, static kind => [.. ConnectedDatagrams(kind), Call(w => w.S.Shutdown(SocketShutdown.Both))]),
        new("disconnected", false, true, static kind => [.. ConnectedDatagrams(kind), Call(w => w.S.Disconnect(true))]),
        new("closed", true, true, static kind => [kind.Open("S"), Call(w => w.S.Bind(DotNetWorld.At(kind.Here, w.P))), Call(w => w.S.Close())]),
    ];

    // No call of a probe may wait.
    private static DotNetStep[] Calm => [Call(w => w.S.Blocking = false)];

    private static DotNetStep[] Listener(DotNetKind kind) =>
        [kind.Open("Listener"), Call(w => w["Listener"].Bind(DotNetWorld.At(kind.Here, w.L))), Call(w => w["Listener"].Listen(5))];

    private static DotNetStep[] Connected(DotNetKind kind) =>
        [.. Listener(kind), kind.Open("S"), Call(w => w.S.Connect(DotNetWorld.At(kind.Here, w.L))), Call(w => w["Peer"] = w["Listener"].Accept()), .. Calm];

    private static DotNetStep[] ConnectedDatagrams(DotNetKind kind) =>
        [kind.Open("Peer"), Call(w => w["Peer"].Bind(DotNetWorld.At(kind.Here, w.L))), kind.Open("S"), Call(w => w.S.Connect(DotNetWorld.At(kind.Here, w.L))), .. Calm];
}
