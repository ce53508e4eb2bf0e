using System.Net.Sockets;
using System.Security.Cryptography;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Sockets;
using UserNet.Udp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Core;

/// <summary>Whole stacks under bad wires, many of them, and through their end: nothing leaks, nobody hangs.</summary>
[Collection(nameof(WholeProcess))]
public sealed class StackStressTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);      // of a test that has failed

    private static InterfaceOptions Address(string address) => new() { Addresses = [address] };

    private static NetworkStack StackIn(VirtualNetwork lab, string name) => new(new NetworkStackOptions
    {
        TimeProvider = lab.Clock,
        Scheduler = lab.Scheduler,
        Randomness = lab.Randomness(name),
    });

    [Fact]
    public void An_hour_over_a_bad_wire_leaks_nothing_and_is_the_same_twice() =>
        Assert.Equal(HourOverABadWire(), HourOverABadWire());

    private static string HourOverABadWire()
    {
        var lab = new VirtualNetwork(7);
        LinkPair cable = lab.AddCable();
        var conditions = new LinkConditions
        {
            Loss = 0.3,
            Duplication = 0.2,
            Reordering = 0.3,
            Corruption = 0.05,
            ReorderDelay = TimeSpan.FromMilliseconds(30),
            Delay = TimeSpan.FromMilliseconds(5),
            Jitter = TimeSpan.FromMilliseconds(20),
        };
        using NetworkStack a = StackIn(lab, "a"), b = StackIn(lab, "b");
        using ImpairedLink bad = lab.Impair(cable.A, conditions, conditions);
        a.Attach("eth0", bad, Address("10.9.0.1/24"));
        b.Attach("eth0", cable.B, Address("10.9.0.2/24"));
        using NetworkSocket client = a.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        using NetworkSocket server = b.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        client.Bind(new InetEndpoint(InetAddress.AnyV4, 5000));
        server.Bind(new InetEndpoint(InetAddress.AnyV4, 7));
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var to = new InetEndpoint(InetAddress.Parse("10.9.0.2"), 7);
        byte[] octets = new byte[5000], buffer = new byte[65_535];
        long echoed = 0;
        for (int i = 0; i < 36_000; i++)
        {
            octets[0] = (byte)i;
            client.TrySendTo(octets.AsSpan(0, (i % 50 == 0 ? 4000 : 100) + (i % 7)), to);
            lab.RunFor(TimeSpan.FromMilliseconds(100));
            while (server.TryReceiveFrom(buffer, out DatagramInfo info).IsDone) server.TrySendTo(buffer.AsSpan(0, info.Length), info.Source);
            while (client.TryReceiveFrom(buffer, out DatagramInfo info).IsDone)
            {
                echoed++;
                digest.AppendData(buffer, 0, info.Length);
            }
        }

        lab.RunFor(TimeSpan.FromMinutes(2));
        Assert.InRange(echoed, 10_000, 40_000);
        Assert.Equal(0, a.Statistics.PacketsOutstanding);
        Assert.Equal(0, b.Statistics.PacketsOutstanding);
        return $"{echoed} {Convert.ToHexString(digest.GetHashAndReset())}\n{a.Statistics}{b.Statistics}";
    }

    [Fact]
    public void A_clock_that_jumps_by_years_does_what_was_due_once()
    {
        var clock = new ManualClock();
        using NetworkStack stack = DatagramRig.Stack(o => o.Options = o.Options with { TimeProvider = clock });
        using var link = new TestLink();
        StackInterface eth0 = stack.Attach("eth0", link, Address("10.9.0.2/24"));
        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        for (int jump = 0; jump < 40; jump++)
        {
            socket.SendTo(new byte[10], new InetEndpoint(InetAddress.Parse("10.9.0.9"), 9));
            var half = new Ipv4Header(InetAddress.Parse("10.9.0.1"), InetAddress.Parse("10.9.0.2"), IpProtocol.Udp, MoreFragments: true);
            link.Receive(Frames.Ipv4(eth0.Address!.Value, half, new byte[16]));
            clock.Advance(TimeSpan.FromDays(365 * 100));
            link.TakeSent();
        }

        Assert.Equal(0, stack.Statistics.PacketsOutstanding);
        Assert.Equal(40, stack.Statistics[DropReason.FragmentTimeout]);
        Assert.InRange(clock.TimerCount, 0, 1);
    }

    [Fact]
    public void A_thousand_stacks_are_small_and_alone()
    {
        const int Count = 1000;
        long before = GC.GetTotalMemory(true);
        var stacks = new NetworkStack[Count];
        for (int i = 0; i < Count; i++)
        {
            stacks[i] = DatagramRig.Stack();
            (NetworkSocket a, NetworkSocket b) = stacks[i].Pair();
            a.Send([(byte)i]);
            Assert.Equal(1, b.QueuedDatagrams);
            a.Dispose();
            b.Dispose();
        }

        long each = (GC.GetTotalMemory(true) - before) / Count;
        TestContext.Current.TestOutputHelper!.WriteLine($"{each:N0} octets each");
        Assert.InRange(each, 0, 192 * 1024);
        foreach (NetworkStack stack in stacks) stack.Dispose();
    }

    [Fact]
    public async Task Stacks_are_disposed_of_in_full_traffic()
    {
        for (int round = 0; round < TestSettings.Count(60, 3000); round++)
        {
            var cable = new LinkPair();
            NetworkStack a = new(), b = new();
            a.Attach("eth0", cable.A, Address("10.9.0.1/24"));
            b.Attach("eth0", cable.B, Address("10.9.0.2/24"));
            NetworkSocket client = a.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            NetworkSocket server = b.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            server.Bind(new InetEndpoint(InetAddress.Parse("10.9.0.2"), 7));
            client.Connect(server.LocalName);
            client.ReceiveTimeout = 5;
            Task[] all =
            [
                OnThread(() => Echo(server)),
                OnThread(() => Flood(client)),
                OnThread(() => Echo(client)),
                OnThread(() => { Thread.SpinWait(round * 997 % 20_000); b.Dispose(); }),
                OnThread(() => { Thread.SpinWait(round * 1_013 % 40_000); a.Dispose(); }),
            ];
            await Task.WhenAll(all).WaitAsync(Patience, TestContext.Current.CancellationToken);
        }

        static Task OnThread(Action call) =>
            Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        // Until the stack is gone.
        static void Echo(NetworkSocket socket)
        {
            byte[] buffer = new byte[2000];
            while (true)
            {
                int octets = socket.Receive(buffer, SocketFlags.None, out SocketError error);
                if (error == SocketError.Interrupted) return;
                if (error == SocketError.Success) socket.Send(buffer.AsSpan(0, octets), SocketFlags.None, out error);
            }
        }

        static void Flood(NetworkSocket socket)
        {
            for (int i = 0; i < 2000; i++) socket.Send(new byte[100], SocketFlags.None, out _);
        }
    }

    [Fact]
    public void Neighbors_that_lie_and_links_that_stop_leave_no_packet_behind()
    {
        var clock = new ManualClock();
        using NetworkStack stack = DatagramRig.Stack(o => o.Options = o.Options with { TimeProvider = clock });
        using var link = new TestLink();
        StackInterface eth0 = stack.Attach("eth0", link, new InterfaceOptions { Addresses = ["10.9.0.2/16"], ConflictDetection = ConflictDetection.None });
        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.Blocking = false;
        Random random = TestSettings.Random();
        for (int i = 0; i < 20_000; i++)
        {
            string neighbor = $"10.9.{random.Next(8)}.{random.Next(3, 200)}";
            socket.TrySendTo(new byte[random.Next(3000)], new InetEndpoint(InetAddress.Parse(neighbor), 9));
            var liar = MacAddress.FromBits(0x0200_0000_0000UL | (uint)random.Next());
            if (random.Next(2) == 0)
                link.Receive(Frames.Arp((ArpOperation)random.Next(1, 3), liar, neighbor, eth0.Address!.Value, "10.9.0.2"));
            if (random.Next(50) == 0) link.Room = random.Next(3);
            if (random.Next(50) == 0) link.MakeRoom();
            if (random.Next(100) == 0) clock.Advance(TimeSpan.FromMilliseconds(random.Next(3000)));
            if (random.Next(1000) == 0) stack.Configure(one => one.Host.SetUp("eth0", false));
            if (random.Next(500) == 0) stack.Configure(one => one.Host.SetUp("eth0"));
            if (link.Sent.Count > 1000) link.TakeSent();
        }

        link.MakeRoom();
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(0, stack.Statistics.PacketsOutstanding);
        using (stack.Core.Enter())
            Assert.Equal(0, ((EthernetPort)stack.Host.Interfaces.Find("eth0")!.Port!).Neighbors.WaitingPackets);
    }
}
