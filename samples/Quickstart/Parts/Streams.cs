using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Samples.Quickstart.Parts;

/// <summary>A stream between two hosts by its pipes, and the bind table of the host that closes it: connected, then in TIME-WAIT.</summary>
/// <remarks>Time moves only when it is told to, so a minute of TIME-WAIT takes no time at all.</remarks>
internal static class Streams
{
    public static void Show(Page page, int seed)
    {
        page.Title("A stream, and what is left of it");
        VirtualNetwork lab = new((ulong)seed);
        LinkPair cable = lab.AddCable();
        using NetworkStack alice = TwoHosts.HostOn(lab, "alice", cable.A, "192.0.2.1/24");
        using NetworkStack bob = TwoHosts.HostOn(lab, "bob", cable.B, "192.0.2.2/24");

        using Sockets.TcpListener listener = bob.Listen(InetEndpoint.Parse("0.0.0.0:80"));
        TcpConnection client = Now(lab, alice.ConnectAsync(InetEndpoint.Parse("192.0.2.2:80")));
        TcpConnection server = Now(lab, listener.AcceptAsync());

        client.Output.Write("Anybody home?"u8);
        Now(lab, client.Output.FlushAsync());
        ReadResult read = Now(lab, server.Input.ReadAsync());
        page.Say($"bob got \"{Encoding.ASCII.GetString(read.Buffer)}\" from {server.Remote}");
        server.Input.AdvanceTo(read.Buffer.End);
        page.Say("bob, connected:");
        page.Say(TableOf(bob));

        server.Dispose();                        // bob closes first, so that it is bob who keeps the port for a while
        lab.Run();
        read = Now(lab, client.Input.ReadAsync());
        page.Say($"alice read to the end: {read.IsCompleted}");
        client.Dispose();
        lab.Run();
        page.Say("bob, closed:");
        page.Say(TableOf(bob));

        using NetworkSocket again = bob.OpenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp, bob.Caller);
        listener.Dispose();
        Host.TryBind(page, again, "0.0.0.0:80");
        lab.RunFor(TimeSpan.FromSeconds(60));
        page.Say("a minute later:");
        Host.TryBind(page, again, "0.0.0.0:80");
    }

    public static string TableOf(NetworkStack stack)
    {
        TableSnapshot table = stack.Snapshot();
        return table.ToString().TrimEnd();
    }

    /// <summary>What comes of a call once nothing moves any more.</summary>
    public static T Now<T>(VirtualNetwork lab, ValueTask<T> call)
    {
        lab.Run();
        if (!call.IsCompleted) throw new InvalidOperationException("It would wait for ever.");
        return call.Result;
    }
}
