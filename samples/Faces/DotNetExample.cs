using System.Net;
using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Samples.Faces;

/// <summary>The same with .NET's own names: an object, an endpoint, an exception.</summary>
internal static class DotNetExample
{
    public static void Run(Example example)
    {
        using NetworkStack stack = example.NewHost(Personality.Linux);
        using NetworkSocket listenSocket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        example.Say("new Socket(InterNetwork, Stream, Tcp)", $"LocalEndPoint {listenSocket.LocalEndPoint?.ToString() ?? "null"}");

        var service = new IPEndPoint(IPAddress.Loopback, 27015);
        listenSocket.Bind(service);
        listenSocket.Listen();
        example.Say("Bind(new IPEndPoint(IPAddress.Loopback, 27015)), Listen()", $"LocalEndPoint {listenSocket.LocalEndPoint}");

        using NetworkSocket second = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            second.Bind(service);
        }
        catch (SocketException refused)
        {
            example.Say("second.Bind(service)", $"SocketException, {refused.SocketErrorCode}");
        }
    }
}
