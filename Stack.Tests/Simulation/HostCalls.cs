using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Tests.Simulation;

/// <summary>What tests have a virtual host do with datagrams.</summary>
internal static class HostCalls
{
    /// <summary>A datagram socket on a port of all addresses.</summary>
    public static NetworkSocket Bound(this VirtualHost host, ushort port)
    {
        NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.Bind(new InetEndpoint(InetAddress.AnyV4, port));
        return socket;
    }

    /// <summary>Sends one octet.</summary>
    public static void Send(this VirtualHost host, string to)
    {
        using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.SendTo([1], InetEndpoint.Parse(to));
    }

    /// <summary>Starts a program that blocks until a datagram comes to a port.</summary>
    public static void Block(this VirtualHost host, ushort port) => _ = host.Start(host =>
    {
        using NetworkSocket socket = host.Bound(port);
        socket.Receive(new byte[10]);
        return Task.CompletedTask;
    });
}
