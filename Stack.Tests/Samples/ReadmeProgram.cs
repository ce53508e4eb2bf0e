using System.Net;
using System.Net.Sockets;
using UserNet.Sockets;

namespace UserNet.Tests.Samples;

/// <summary>The program of README.md, word for word, so that it compiles; its console is a parameter.</summary>
internal static class ReadmeProgram
{
    public static void Run(TextWriter Console)
    {
        // begin
        var stack = new NetworkStack(new NetworkStackOptions { Randomness = new Random(7).NextBytes });

        using NetworkSocket server = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));      // 0: the stack chooses, the same port on each run
        server.Listen();

        using NetworkSocket late = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
        try
        {
            late.Bind(new IPEndPoint(IPAddress.Any, server.LocalEndPoint!.Port));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            Console.WriteLine(e.Message);
        }

        Console.Write(stack.Snapshot());
        // end
    }
}
