using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>One stream of chance per cause, and conditions that change at an instant, as a whole network shows them.</summary>
public sealed class ChanceInNetworkTests
{
    private const int Datagrams = 400;

    private static readonly LinkConditions Rough = new()
    {
        Delay = TimeSpan.FromMilliseconds(5),
        Jitter = TimeSpan.FromMilliseconds(7),
        Latency = LatencyDistribution.Exponential(TimeSpan.FromMilliseconds(2)),
        Duplication = 0.1,
        Reordering = 0.1,
        ReorderDelay = TimeSpan.FromMilliseconds(20),
        KeepsOrder = false,
    };

    [Fact]
    public void Loss_spares_some_frames_and_does_to_them_what_was_done_without_it()
    {
        SortedDictionary<int, List<long>> all = Arrivals(Rough), some = Arrivals(Rough with { Loss = 0.3 });
        Assert.Equal(Datagrams, all.Count);
        Assert.InRange(some.Count, Datagrams / 2, Datagrams - 50);
        Assert.Contains(some, static arrival => arrival.Value.Count == 2);
        Assert.All(some, arrival => Assert.Equal(all[arrival.Key], arrival.Value));
    }

    [Fact]
    public void More_loss_loses_what_less_lost_and_more()
    {
        SortedDictionary<int, List<long>> more = Arrivals(Rough with { Loss = 0.3 }), less = Arrivals(Rough with { Loss = 0.05 });
        Assert.Subset(less.Keys.ToHashSet(), more.Keys.ToHashSet());
    }

    [Fact]
    public void Each_other_cause_alone_leaves_the_rest_too()
    {
        SortedDictionary<int, List<long>> all = Arrivals(Rough);
        SortedDictionary<int, List<long>> onTime = Arrivals(Rough with { Reordering = 0 });
        Assert.Equal(Datagrams, onTime.Count);
        int held = 0;
        foreach ((int id, List<long> times) in onTime)
        {
            Assert.Equal(times.Count, all[id].Count);      // doubled as before
            long later = all[id][0] - times[0];
            Assert.True(later is 0 or 200_000, $"{id} came {later} ticks later.");
            if (later != 0) held++;
        }

        Assert.InRange(held, 20, 70);
        SortedDictionary<int, List<long>> once = Arrivals(Rough with { Duplication = 0 });
        Assert.All(once, arrival => Assert.Equal(all[arrival.Key][..1], arrival.Value));
        SortedDictionary<int, List<long>> spoiled = Arrivals(Rough with { Corruption = 0.2 });      // the checksum tells
        Assert.InRange(spoiled.Count, Datagrams / 2, Datagrams - 20);
        Assert.All(spoiled, arrival => Assert.Equal(all[arrival.Key], arrival.Value));
    }

    [Fact]
    public void A_busy_host_beside_them_changes_nothing() =>
        Assert.Equal(Arrivals(Rough), Arrivals(Rough, hasNoise: true));

    public static TheoryData<string, LinkConditions> Causes => new()
    {
        { nameof(LinkImpairments.Down), new LinkConditions { IsDown = true } },
        { nameof(LinkImpairments.Lost), new LinkConditions { Loss = 0.5 } },
        { nameof(LinkImpairments.Lost), new LinkConditions { Loss = LossModel.GilbertElliott(0.1, 0.2) } },
        { nameof(LinkImpairments.Lost), new LinkConditions { Loss = LossModel.EveryNth(5) } },
        { nameof(LinkImpairments.Lost), new LinkConditions { Loss = LossModel.When(static (in frame) => frame.IsUdp) } },
        { nameof(LinkImpairments.TooLong), new LinkConditions { LargestPacket = 20 } },
        { nameof(LinkImpairments.Corrupted), new LinkConditions { Corruption = 0.5, CorruptedBits = 3 } },
        { nameof(LinkImpairments.Truncated), new LinkConditions { Truncation = 0.5 } },
        { nameof(LinkImpairments.Duplicated), new LinkConditions { Duplication = 0.5 } },
        { nameof(LinkImpairments.Reordered), new LinkConditions { Reordering = 0.5 } },
        { nameof(LinkImpairments.QueueFull), new LinkConditions { BitsPerSecond = 10_000, QueueLimit = 300 } },
        { nameof(LinkImpairments.QueueManaged), new LinkConditions { BitsPerSecond = 10_000, Queue = QueueDiscipline.CoDel() } },
        { nameof(LinkImpairments.QueueManaged), new LinkConditions { BitsPerSecond = 10_000, Queue = QueueDiscipline.Red(100, 1000, weight: 0.2) } },
        { nameof(LinkImpairments.Marked), new LinkConditions { BitsPerSecond = 10_000, Queue = QueueDiscipline.CoDel(ecn: true) } },
    };

    [Theory]
    [MemberData(nameof(Causes))]
    public void Each_condition_holds_from_its_instant_to_its_end(string counter, LinkConditions conditions)
    {
        using var network = new VirtualNetwork(7);
        VirtualLink link = Build(network, LinkConditions.Perfect);
        network.At(TimeSpan.FromSeconds(1), () => link.There = conditions);
        network.At(TimeSpan.FromSeconds(2), () => link.There = LinkConditions.Perfect);
        _ = network.Host("a").Start(host => SendAsync(host, count: 5000, isCapable: true));
        network.RunFor(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.Equal(0, Count());
        network.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(Count() > 0, $"{counter} is 0.");
        network.RunFor(TimeSpan.FromSeconds(0.5));      // what the queue had is on its way
        link.There = LinkConditions.Perfect;
        long before = Count();
        if (counter is not (nameof(LinkImpairments.QueueManaged) or nameof(LinkImpairments.Marked))) network.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(before, Count());

        long Count() => Convert.ToInt64(typeof(LinkImpairments).GetProperty(counter)!.GetValue(link.ThereCounts), null);
    }

    // When each datagram arrived, by its number.
    private static SortedDictionary<int, List<long>> Arrivals(LinkConditions conditions, bool hasNoise = false)
    {
        using var network = new VirtualNetwork(7);
        VirtualLink link = Build(network, LinkConditions.Perfect);
        if (hasNoise)
        {
            VirtualHost c = network.AddHost("c"), d = network.AddHost("d");
            network.Connect(c, "10.0.1.1/24", d, "10.0.1.2/24", new VirtualLinkOptions { There = Rough });
            _ = c.Start(host => SendAsync(host, 1000, address: "10.0.1.2"));
        }

        var arrivals = new SortedDictionary<int, List<long>>();
        _ = network.Host("b").Start(async host =>
        {
            using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
            socket.Bind(InetEndpoint.Parse("0.0.0.0:9"));
            byte[] octets = new byte[100];
            while (true)
            {
                await socket.ReceiveAsync(octets);
                int id = BitConverter.ToInt32(octets);
                if (!arrivals.TryGetValue(id, out List<long>? times)) arrivals.Add(id, times = []);
                times.Add(network.Clock.Now.Ticks);
            }
        });
        network.Run(() => SendAsync(network.Host("a"), 1, first: -1));
        network.RunFor(TimeSpan.FromSeconds(1));      // the stations know each other
        arrivals.Clear();
        link.There = conditions;
        _ = network.Host("a").Start(host => SendAsync(host, Datagrams));
        network.RunFor(TimeSpan.FromSeconds(3));
        return arrivals;
    }

    private static VirtualLink Build(VirtualNetwork network, LinkConditions there) => network.Connect(
        network.AddHost("a"), "10.0.0.1/24", network.AddHost("b"), "10.0.0.2/24",
        new VirtualLinkOptions { There = there, Back = LinkConditions.Perfect });

    private static async Task SendAsync(VirtualHost host, int count, string address = "10.0.0.2", bool isCapable = false, int first = 0)
    {
        using NetworkSocket socket = host.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        if (isCapable) socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.TypeOfService, 2);
        for (int i = first; i < first + count; i++)
        {
            socket.TrySendTo([.. BitConverter.GetBytes(i), .. new byte[50]], InetEndpoint.Parse($"{address}:9"));
            await Task.Delay(TimeSpan.FromMilliseconds(1), host.Clock);
        }
    }
}
