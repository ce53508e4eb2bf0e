using System.Net.Sockets;
using UserNet.Sockets;

namespace UserNet.Samples.Quickstart.Parts;

/// <summary>A dual-stack socket takes IPv4's port too; IPV6_V6ONLY leaves it alone.</summary>
internal static class TwoFamilies
{
    public static void Show(Page page, int seed)
    {
        page.Title("One port, two families");
        NetworkStack stack = Host.Seeded(seed);
        using NetworkSocket v4 = stack.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp, stack.Caller);
        using NetworkSocket dual = stack.OpenSocket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp, stack.Caller);
        Host.TryBind(page, v4, "0.0.0.0:7000");
        Host.TryBind(page, dual, "[::]:7000");

        page.Say("IPV6_V6ONLY is the remedy that costs least:");
        dual.DualMode = false;      // as .NET calls it
        Host.TryBind(page, dual, "[::]:7000");
    }
}
