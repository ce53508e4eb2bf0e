using System.Net;
using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Sockets;
using UserNet.Tests.Binding;

namespace UserNet.Tests.Facades.Documents;

/// <summary>The exceptions of .NET's page of Socket.Bind, and the codes of its SocketException.</summary>
internal static class DotNetCases
{
    private static readonly IPEndPoint Here = new(IPAddress.Loopback, 5000);

    public static IReadOnlyList<ErrorCase> All { get; } =
    [
        Case("ArgumentNullException", "the endpoint is null", static stack => Open(stack).Bind((EndPoint)null!)),
        Case(SocketError.AddressAlreadyInUse, "another socket has the address", static stack =>
        {
            NetworkSocket listener = Open(stack);
            listener.Bind(Here);
            listener.Listen();
            Open(stack).Bind(Here);
        }),
        Case(SocketError.AddressNotAvailable, "the address is not one of this host's", static stack => Open(stack).Bind(IPEndPoint.Parse("192.0.2.1:5000"))),
        Case(SocketError.AccessDenied, "the port is privileged and the caller lacks the right",
            static stack => Open(stack, caller: Caller.User(1000)).Bind(IPEndPoint.Parse("127.0.0.1:80"))),
        Case(SocketError.AccessDenied, "the address is a broadcast address, without SO_BROADCAST, on Windows",
            static stack => Open(stack, SocketType.Dgram).Bind(IPEndPoint.Parse("10.1.0.255:5000")), Personality.Windows),
        Case(SocketError.AccessDenied, "another socket does not share, on Windows", static stack =>
        {
            NetworkSocket first = Open(stack), second = Open(stack);
            first.ExclusiveAddressUse = true;
            first.Bind(new IPEndPoint(IPAddress.Any, Here.Port));
            second.Bind(Here);
        }, Personality.Windows),
        Case(SocketError.InvalidArgument, "the socket is bound already", static stack =>
        {
            NetworkSocket socket = Open(stack);
            socket.Bind(Here);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 5001));
        }),
        Case(SocketError.AddressFamilyNotSupported, "the endpoint is of another family, on Linux",
            static stack => Open(stack).Bind(new IPEndPoint(IPAddress.IPv6Loopback, 5000))),
        Case(SocketError.Fault, "the endpoint is of another family, on Windows",
            static stack => Open(stack).Bind(new IPEndPoint(IPAddress.IPv6Loopback, 5000)), Personality.Windows),
        Case(SocketError.NoBufferSpaceAvailable, "no port is free, on Windows", static stack =>
        {
            stack.Configure(static s => s.Settings.EphemeralPorts = new PortRange(50000, 50000));
            Open(stack).Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Open(stack).Bind(new IPEndPoint(IPAddress.Loopback, 0));
        }, Personality.Windows),
        Case("ObjectDisposedException", "the socket is closed", static stack =>
        {
            NetworkSocket socket = Open(stack);
            socket.Dispose();
            socket.Bind(Here);
        }),
    ];

    private static ErrorCase Case(SocketError code, string condition, Action<NetworkStack> bind, Personality? personality = null) =>
        Case(code.ToString(), condition, bind, personality);

    private static ErrorCase Case(string code, string condition, Action<NetworkStack> bind, Personality? personality = null) =>
        new(".NET", "Bind", code, condition, () => CodeOf(bind, personality ?? Personality.Linux));

    /// <summary>A SocketException by its code, another exception by its type.</summary>
    private static string CodeOf(Action<NetworkStack> bind, Personality personality)
    {
        using NetworkStack stack = BindRig.Stack(personality);
        try
        {
            bind(stack);
            return nameof(SocketError.Success);
        }
        catch (SocketException refused)
        {
            return refused.SocketErrorCode.ToString();
        }
        catch (Exception other) when (other is ArgumentException or ObjectDisposedException)
        {
            return other.GetType().Name;
        }
    }

    private static NetworkSocket Open(NetworkStack stack, SocketType type = SocketType.Stream, Caller? caller = null) =>
        stack.CreateSocket(AddressFamily.InterNetwork, type, caller: caller);
}
