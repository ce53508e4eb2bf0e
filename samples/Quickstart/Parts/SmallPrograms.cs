using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Samples.Quickstart.Parts;

/// <summary>A few calls on a fresh stack; the first refusal is the answer, or Granted.</summary>
internal sealed record SmallProgram(string Name, Func<NetworkStack, BindRule> Run);

/// <summary>Programs that systems answer differently.</summary>
internal static class SmallPrograms
{
    private const string One = "127.0.0.1:5000", Any = "0.0.0.0:5000", AnyPort = "127.0.0.1:0";
    private const SocketOptionName Reuse = SocketOptionName.ReuseAddress;
    private const SocketOptionName Exclusive = SocketOptionName.ExclusiveAddressUse;

    public static IReadOnlyList<SmallProgram> All { get; } =
    [
        new("wildcard, then one address", stack => FirstRefusal(Bind(stack, Any), Bind(stack, One))),
        new("one address twice", stack => FirstRefusal(Bind(stack, One), Bind(stack, One))),
        new("... SO_REUSEADDR on the second only", stack => FirstRefusal(Bind(stack, One), Bind(stack, One, Reuse))),
        new("... SO_REUSEADDR on both", stack => FirstRefusal(Bind(stack, One, Reuse), Bind(stack, One, Reuse))),
        new("... and the first listens", ShareWithListener),
        new("SO_EXCLUSIVEADDRUSE", stack => Bind(stack, One, Exclusive).Rule),
        new("... on the wildcard, then one address",
            stack => FirstRefusal(Bind(stack, Any, Exclusive), Bind(stack, One))),
        new("[::], then 0.0.0.0", stack => FirstRefusal(Bind(stack, "[::]:5000"), Bind(stack, Any))),
        new("port 80 as an ordinary user", stack => Bind(stack, "127.0.0.1:80", user: Caller.User(1000)).Rule),
        new("a bound socket to a foreign address", BindAgain),
        new("listen without bind", stack => Open(stack, One).TryListen().Rule),
        new("port 0 from a range of two, three times",
            stack => FirstRefusal(Bind(stack, AnyPort), Bind(stack, AnyPort), Bind(stack, AnyPort))),
    ];

    private static BindRule ShareWithListener(NetworkStack stack)
    {
        (NetworkSocket first, _) = Bind(stack, One, Reuse);
        first.Listen();
        return Bind(stack, One, Reuse).Rule;
    }

    private static BindRule BindAgain(NetworkStack stack)
    {
        (NetworkSocket socket, _) = Bind(stack, One);
        return socket.TryBind(InetEndpoint.Parse("203.0.113.1:5000")).Rule;
    }

    /// <summary>Opens a socket, sets an option and binds; the answer is the first refusal.</summary>
    private static (NetworkSocket Socket, BindRule Rule) Bind(
        NetworkStack stack, string local, SocketOptionName? option = null, Caller? user = null)
    {
        NetworkSocket socket = Open(stack, local, user);
        BindRule rule = option is { } name
            ? socket.TrySetSocketOption(SocketOptionLevel.Socket, name, 1) : BindRule.Granted;
        return (socket, rule == BindRule.Granted ? socket.TryBind(InetEndpoint.Parse(local)).Rule : rule);
    }

    private static NetworkSocket Open(NetworkStack stack, string local, Caller? user = null) =>
        stack.OpenSocket(InetEndpoint.Parse(local).Address.Family, SocketType.Stream, ProtocolType.Tcp, user ?? stack.Caller);

    private static BindRule FirstRefusal(params (NetworkSocket Socket, BindRule Rule)[] calls) =>
        calls.Select(static call => call.Rule).FirstOrDefault(static rule => rule != BindRule.Granted);
}
