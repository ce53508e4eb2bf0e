using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Sockets;

namespace UserNet.Tests.Sockets;

/// <summary>Stream sockets over a stack's loopback, for tests.</summary>
internal static class StreamRig
{
    public static NetworkSocket Stream(this NetworkStack stack) =>
        stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);

    /// <summary>Opens a listener on the loopback address.</summary>
    public static NetworkSocket Listener(this NetworkStack stack, int backlog = 16)
    {
        NetworkSocket listener = stack.Stream();
        listener.Bind(new InetEndpoint(InetAddress.LoopbackV4, 0));
        listener.Listen(backlog);
        return listener;
    }

    /// <summary>Two streams that are connected with each other.</summary>
    public static (NetworkSocket Client, NetworkSocket Server) StreamPair(this NetworkStack stack)
    {
        using NetworkSocket listener = stack.Listener();
        NetworkSocket client = stack.Stream();
        client.Connect(listener.LocalName);
        return (client, listener.Accept());
    }
}
