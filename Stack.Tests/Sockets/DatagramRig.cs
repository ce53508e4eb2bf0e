using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;

namespace UserNet.Tests.Sockets;

/// <summary>A stack and its datagram sockets, for tests over its loopback.</summary>
internal static class DatagramRig
{
    public static NetworkStack Stack(Action<OptionsBuilder>? change = null)
    {
        var builder = new OptionsBuilder { Options = new NetworkStackOptions { Randomness = new Random(1).NextBytes } };
        change?.Invoke(builder);
        return new NetworkStack(builder.Options);
    }

    /// <summary>Opens a datagram socket that is bound to the loopback address.</summary>
    public static NetworkSocket Bound(this NetworkStack stack, IpFamily? family = null)
    {
        family ??= IpFamily.V4;
        NetworkSocket socket = stack.CreateSocket(family.Sockets, SocketType.Dgram);
        socket.Bind(new InetEndpoint(family.Loopback, 0));
        return socket;
    }

    /// <summary>Two that have each other for a peer.</summary>
    public static (NetworkSocket A, NetworkSocket B) Pair(this NetworkStack stack)
    {
        NetworkSocket a = stack.Bound(), b = stack.Bound();
        a.Connect(b.LocalName);
        b.Connect(a.LocalName);
        return (a, b);
    }

    public static readonly IPEndPoint AnyEndPoint = new(IPAddress.Any, 0);

    internal sealed class OptionsBuilder
    {
        public required NetworkStackOptions Options { get; set; }
    }
}
