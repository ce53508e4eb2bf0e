using System.Net;
using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>On Windows personalities sockets show what System.Net.Sockets.Socket shows there: Microsoft's pages of Socket and of bind.</summary>
public sealed class WindowsDotNetTests : IDisposable
{
    private static readonly IPEndPoint Here = new(IPAddress.Loopback, 5000), Wildcard = new(IPAddress.Any, 5000);

    private static readonly Dictionary<string, (string Expected, Func<NetworkStack, object?> Call)> Table = new()
    {
        ["shares nothing and excludes nobody at first"] = ("False False", static s => Options(Stream(s))),
        ["ReuseAddress is SO_REUSEADDR alone"] = ("True False", static s => Options(With(Stream(s), static x => x.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true)))),
        ["ExclusiveAddressUse is SO_EXCLUSIVEADDRUSE"] = ("False True", static s => Options(With(Stream(s), static x => x.ExclusiveAddressUse = true))),
        ["ExclusiveAddressUse can be cleared"] = ("False False", static s => Options(With(Stream(s), static x => x.ExclusiveAddressUse = true, static x => x.ExclusiveAddressUse = false))),
        ["exclusive use excludes ReuseAddress"] = ("InvalidArgument 10022", static s => With(Stream(s), static x => x.ExclusiveAddressUse = true, static x => x.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true))),
        ["ReuseAddress excludes exclusive use"] = ("InvalidArgument 10022", static s => With(Stream(s), static x => x.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true), static x => x.ExclusiveAddressUse = true)),
        ["exclusive use is settled at Bind"] = ("InvalidOperationException", static s => With(Stream(s), static x => x.Bind(Here), static x => x.ExclusiveAddressUse = true)),
        ["Bind of a stream sets nothing"] = ("False False", static s => Options(With(Stream(s), static x => x.Bind(Here)))),
        ["a second holder"] = ("AddressAlreadyInUse 10048", static s => Second(s, Here, Here, static _ => { })),
        ["beside exclusive use"] = ("AccessDenied 10013", static s => Second(s, Wildcard, Here, static x => x.ExclusiveAddressUse = true)),
        ["IPv6 is V6Only"] = ("False", static s => Stream(s, AddressFamily.InterNetworkV6).DualMode),
        ["without a family it is dual"] = ("True", static s => s.CreateSocket(SocketType.Stream, ProtocolType.Tcp).DualMode),
        ["LocalEndPoint before Bind"] = ("null", static s => Stream(s).LocalEndPoint),
        ["LocalEndPoint after Bind"] = ("127.0.0.1:5000", static s => With(Stream(s), static x => x.Bind(Here)).LocalEndPoint),
        ["RemoteEndPoint before Connect"] = ("null", static s => Stream(s).RemoteEndPoint),
        ["Listen unbound"] = ("InvalidArgument 10022", static s => With(Stream(s), static x => x.Listen())),
        ["Bind twice"] = ("InvalidArgument 10022", static s => With(Stream(s), static x => x.Bind(Here), static x => x.Bind(new IPEndPoint(IPAddress.Loopback, 5001)))),
        ["Bind to the other family"] = ("Fault 10014", static s => With(Stream(s), static x => x.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 5000)))),
        ["Bind to a foreign address"] = ("AddressNotAvailable 10049", static s => With(Stream(s), static x => x.Bind(IPEndPoint.Parse("192.0.2.1:5000")))),
        ["Accept unbound"] = ("InvalidOperationException", static s => Stream(s).Accept()),
        ["Send of a stream without a peer"] = ("NotConnected 10057", static s => Stream(s).Send([1])),
        ["Send of datagrams without a peer"] = ("NotConnected 10057", static s => Datagrams(s).Send([1])),
        ["Receive of a stream without a peer"] = ("NotConnected 10057", static s => Stream(s).Receive(new byte[1])),
        ["Shutdown without a peer"] = ("NotConnected 10057", static s => With(Stream(s), static x => x.Shutdown(SocketShutdown.Both))),
        ["a datagram that does not fit"] = ("MessageSize 10040", static s => Cut(s)),
        ["a datagram that fits"] = ("3", static s => Cut(s, room: 3)),
        ["nothing to receive without blocking"] = ("WouldBlock 10035", static s => With(Datagrams(s), static x => x.Bind(Here), static x => x.Blocking = false).Receive(new byte[1])),
    };

    private readonly NetworkStack _stack = new(new NetworkStackOptions { Personality = Personality.Windows });

    public static TheoryData<string> Cases => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_socket_shows_what_NETs_own_shows_on_Windows(string name) => Assert.Equal(Table[name].Expected, Answer(() => Table[name].Call(_stack)));

    [Fact]
    public void On_Linux_a_datagram_that_does_not_fit_is_cut_without_a_word()
    {
        using var linux = new NetworkStack();
        Assert.Equal("2", Answer(() => Cut(linux)));
        Assert.Equal("DestinationAddressRequired", Answer(() => Datagrams(linux).Send([1])).Split(' ')[0]);
    }

    public void Dispose() => _stack.Dispose();

    private static string Answer(Func<object?> call)
    {
        try
        {
            return call()?.ToString() ?? "null";
        }
        catch (NetworkException e)
        {
            return $"{e.SocketErrorCode} {e.ErrorCode}";
        }
        catch (InvalidOperationException e)
        {
            return e.GetType().Name;
        }
    }

    private static NetworkSocket Stream(NetworkStack stack, AddressFamily family = AddressFamily.InterNetwork) =>
        stack.CreateSocket(family, SocketType.Stream, ProtocolType.Tcp);

    private static NetworkSocket Datagrams(NetworkStack stack) => stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    private static NetworkSocket With(NetworkSocket socket, params Action<NetworkSocket>[] calls)
    {
        foreach (Action<NetworkSocket> call in calls) call(socket);
        return socket;
    }

    private static string Options(NetworkSocket socket) =>
        $"{socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress) != 0} {socket.ExclusiveAddressUse}";

    private static NetworkSocket Second(NetworkStack stack, IPEndPoint first, IPEndPoint second, Action<NetworkSocket> prepare)
    {
        With(Stream(stack), prepare, socket => socket.Bind(first));
        return With(Stream(stack), socket => socket.Bind(second));
    }

    private static int Cut(NetworkStack stack, int room = 2)
    {
        NetworkSocket to = With(Datagrams(stack), static socket => socket.Bind(Here));
        Datagrams(stack).SendTo([1, 2, 3], Here);
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        return to.ReceiveFrom(new byte[room], ref from);
    }
}
