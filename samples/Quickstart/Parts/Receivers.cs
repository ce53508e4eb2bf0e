using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;

namespace UserNet.Samples.Quickstart.Parts;

/// <summary>
/// The table that reserves ports is the one that finds receivers: ask it who would get a datagram, and look at it.
/// </summary>
internal static class Receivers
{
    public static void Show(Page page, int seed)
    {
        page.Title("Who would receive a datagram");
        NetworkStack stack = Host.Seeded(seed, Host.WithTwoInterfaces());
        using NetworkSocket all = Shared(stack, "0.0.0.0:5000");
        using NetworkSocket one = Shared(stack, "192.0.2.10:5000");
        using NetworkSocket peer = Shared(stack, "192.0.2.10:5000");
        peer.Connect(InetEndpoint.Parse("192.0.2.77:9"));
        (string From, string To)[] datagrams =
        [
            ("192.0.2.77:9", "192.0.2.10:5000"), ("192.0.2.88:9", "192.0.2.10:5000"),
            ("192.0.2.88:9", "198.51.100.10:5000"), ("192.0.2.88:9", "192.0.2.10:5001"),
        ];
        page.Table(
            ["from", "to", "goes to the socket"],
            datagrams.Select(it => (string[])[it.From, it.To, ReceiverOf(stack, it.From, it.To)]));
        ShowTable(page, stack);
    }

    private static string ReceiverOf(NetworkStack stack, string from, string to)
    {
        NetworkSocket? socket = stack.FindReceiver(ProtocolType.Udp, InetEndpoint.Parse(to), InetEndpoint.Parse(from));
        if (socket is null) return "none";
        return socket.PeerName is { } peer ? $"{socket.LocalName}, connected to {peer}" : socket.LocalName.ToString();
    }

    private static void ShowTable(Page page, NetworkStack stack)
    {
        page.Title("The table, as ss prints it");
        using NetworkSocket web = stack.OpenSocket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp, stack.Caller);
        web.Bind(InetEndpoint.Parse("[::]:8080"));
        web.Listen();
        TableSnapshot table = stack.Snapshot();
        page.Say(table.ToString().TrimEnd());
    }

    private static NetworkSocket Shared(NetworkStack stack, string local)
    {
        NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(InetEndpoint.Parse(local));
        return socket;
    }
}
