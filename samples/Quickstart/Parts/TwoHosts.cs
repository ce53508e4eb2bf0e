using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Wire;

namespace UserNet.Samples.Quickstart.Parts;

/// <summary>Two hosts, a cable between them, a datagram and its answer, and a capture of all that passed.</summary>
/// <remarks>Time moves only when it is told to, and chance is seeded: the capture is the same file on each run.</remarks>
internal static class TwoHosts
{
    public static void Show(Page page, int seed, string? captureFile)
    {
        page.Title("Two hosts on a cable");
        using MemoryStream file = new();
        using (PcapngWriter writer = new(file, leaveOpen: true)) Exchange(page, (ulong)seed, writer);
        Describe(page, file);
        page.Say($"SHA-256 of the capture: {Convert.ToHexStringLower(SHA256.HashData(file.ToArray()))[..16]}...");
        if (captureFile is null) return;
        File.WriteAllBytes(captureFile, file.ToArray());
        page.Say($"Written to {captureFile}: open it with Wireshark.");
    }

    private static void Exchange(Page page, ulong seed, PcapngWriter writer)
    {
        VirtualNetwork lab = new(seed);
        LinkPair cable = lab.AddCable();
        using NetworkStack alice = HostOn(lab, "alice", new CapturingLink(cable.A, writer, "alice", lab.Clock), "192.0.2.1/24");
        using NetworkStack bob = HostOn(lab, "bob", cable.B, "192.0.2.2/24");

        using NetworkSocket server = bob.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        server.Bind(InetEndpoint.Parse("0.0.0.0:7"));
        using NetworkSocket client = alice.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        client.Connect(InetEndpoint.Parse("192.0.2.2:7"));
        client.Send(Encoding.ASCII.GetBytes("Hello, Bob"));
        lab.Run();                                                   // until nothing moves any more

        Span<byte> octets = stackalloc byte[100];
        int length = server.ReceiveFrom(octets, out InetEndpoint from);
        page.Say($"bob got \"{Encoding.ASCII.GetString(octets[..length])}\" from {from}");
        server.SendTo(octets[..length], from);
        lab.Run();
        length = client.Receive(octets);
        page.Say($"alice got \"{Encoding.ASCII.GetString(octets[..length])}\" back");

        client.Connect(InetEndpoint.Parse("192.0.2.2:9"));           // where nobody listens
        client.Send("Anybody?"u8);
        lab.Run();
        try
        {
            client.Receive(octets);
        }
        catch (SocketException e)
        {
            page.Say($"port 9: {e.SocketErrorCode}");
        }
    }

    /// <summary>A host at the end of a cable.</summary>
    public static NetworkStack HostOn(VirtualNetwork lab, string name, ILink link, params string[] addresses)
    {
        NetworkStack stack = new(new NetworkStackOptions
        {
            TimeProvider = lab.Clock,
            Scheduler = lab.Scheduler,
            Randomness = lab.Randomness(name),
        });
        stack.Attach("eth0", link, new InterfaceOptions { Addresses = addresses });
        return stack;
    }

    private static void Describe(Page page, MemoryStream file)
    {
        file.Position = 0;
        using PcapngReader reader = new(file, leaveOpen: true);
        while (reader.TryRead(out CapturedPacket packet)) page.Say("  " + PacketPrinter.PrintEthernet(packet.Octets.Span));
    }
}
