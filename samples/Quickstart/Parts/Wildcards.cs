using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Sockets;

namespace UserNet.Samples.Quickstart.Parts;

/// <summary>
/// A datagram socket of the wildcard gets its address when it connects: the one that the route to the peer gives.
/// </summary>
internal static class Wildcards
{
    public static void Show(Page page, int seed)
    {
        page.Title("The wildcard becomes the address that the route gives");
        NetworkStack stack = Host.Seeded(seed, Host.WithTwoInterfaces());
        string[] peers = ["192.0.2.77:53", "198.51.100.77:53", "203.0.113.5:53", "127.0.0.1:53"];
        page.Table(["UDP connect to", "name before", "name after"], peers.Select(peer => Row(stack, peer)));
    }

    private static string[] Row(NetworkStack stack, string peer)
    {
        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        InetEndpoint before = socket.LocalName;
        socket.Connect(InetEndpoint.Parse(peer));
        return [peer, before.ToString(), socket.LocalName.ToString()];
    }
}
