using UserNet.Addressing;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Samples.Quickstart.Parts;

/// <summary>One listener for both families, a client of each, and their rows in the bind table.</summary>
/// <remarks>An IPv4 peer of an IPv6 socket has a mapped address, ::ffff:192.0.2.1. RFC 4291 §2.5.5.2.</remarks>
internal static class DualStack
{
    public static void Show(Page page, int seed)
    {
        page.Title("One listener, two families");
        VirtualNetwork lab = new((ulong)seed);
        LinkPair cable = lab.AddCable();
        using NetworkStack alice = TwoHosts.HostOn(lab, "alice", cable.A, "192.0.2.1/24", "2001:db8::1/64");
        using NetworkStack bob = TwoHosts.HostOn(lab, "bob", cable.B, "192.0.2.2/24", "2001:db8::2/64");
        lab.RunFor(TimeSpan.FromSeconds(3));      // both ask whether somebody else has their IPv6 addresses, RFC 4862

        using TcpListener listener = bob.Listen(InetEndpoint.Parse("[::]:80"));
        List<TcpConnection> connections = [];
        foreach (string address in (string[])["192.0.2.2:80", "[2001:db8::2]:80"])
        {
            connections.Add(Streams.Now(lab, alice.ConnectAsync(InetEndpoint.Parse(address))));
            connections.Add(Streams.Now(lab, listener.AcceptAsync()));
            page.Say($"alice called {connections[^2].Remote}, bob was called by {connections[^1].Remote}");
        }

        page.Say("bob, called twice:");
        page.Say(Streams.TableOf(bob));
        foreach (TcpConnection connection in connections) connection.Dispose();
    }
}
