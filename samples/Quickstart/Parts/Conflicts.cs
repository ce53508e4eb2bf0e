using System.Net.Sockets;
using UserNet.Ip;
using UserNet.Sockets;

namespace UserNet.Samples.Quickstart.Parts;

/// <summary>Wildcard and specific addresses, who stands in whose way, why, and what helps.</summary>
internal static class Conflicts
{
    public static void Show(Page page, int seed)
    {
        HostAddressing host = Host.WithTwoInterfaces();
        NetworkStack stack = Host.Seeded(seed, host);
        ShowOverlap(page, stack);
        ShowForeignAddress(page, stack, host);
    }

    private static void ShowOverlap(Page page, NetworkStack stack)
    {
        page.Title("Who stands in whose way");
        using NetworkSocket one = Tcp(stack), two = Tcp(stack), all = Tcp(stack), late = Tcp(stack);
        Host.TryBind(page, one, "192.0.2.10:8080");
        Host.TryBind(page, two, "198.51.100.10:8080");
        page.Say("Two addresses, one port: each has its own traffic. The wildcard wants all of it:");
        Host.TryBind(page, all, "0.0.0.0:8080");

        page.Say("The remedy that it names: every holder, and the newcomer, with SO_REUSEADDR.");
        foreach (NetworkSocket socket in (NetworkSocket[])[one, two, late])
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        Host.TryBind(page, late, "0.0.0.0:8080");
    }

    private static void ShowForeignAddress(Page page, NetworkStack stack, HostAddressing host)
    {
        page.Title("An address that the host does not have");
        using NetworkSocket socket = Tcp(stack);
        Host.TryBind(page, socket, "192.0.2.99:443");

        page.Say("The remedy that it names: the interface gets the address.");
        stack.Configure(_ => host.AddAddress("eth0", "192.0.2.99/24"));
        Host.TryBind(page, socket, "192.0.2.99:443");
    }

    private static NetworkSocket Tcp(NetworkStack stack) =>
        stack.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp, stack.Caller);
}
