using System.Diagnostics;
using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;

namespace UserNet.Bench.Lab;

/// <summary>Networks whose size is the point.</summary>
internal static class BigNetworks
{
    private static readonly TimeSpan PingPause = TimeSpan.FromSeconds(1);

    /// <summary>Two switches full of hosts with a lossy router between them; each host pings one a second, and asks one every ten seconds.</summary>
    public static LabRow Routed(int hosts, TimeSpan time, ulong seed)
    {
        long begin = Stopwatch.GetTimestamp();
        var lossy = new VirtualLinkOptions
        {
            There = new LinkConditions { Loss = 0.01, Delay = TimeSpan.FromMilliseconds(5), Jitter = TimeSpan.FromMilliseconds(1) },
        };
        using var network = new VirtualNetwork(seed);
        var counts = new ErrandCounts();
        VirtualHost router = network.AddRouter("router");
        var addresses = new List<InetAddress>[] { [], [] };
        for (int side = 0; side < 2; side++)
        {
            LinkSwitch center = network.AddSwitch();
            network.Connect(router, $"10.{side}.0.1/16", center, lossy);
            for (int i = 0; i < hosts / 2; i++)
            {
                VirtualHost host = network.AddHost($"{"ab"[side]}{i}");
                string address = $"10.{side}.{1 + (i / 250)}.{1 + (i % 250)}";
                network.Connect(host, address + "/16", center);
                host.AddRoute("0.0.0.0/0", $"10.{side}.0.1");
                addresses[side].Add(InetAddress.Parse(address));
                new Errands(counts, addresses[1 - side], PingPause, 10, seed + (ulong)network.Hosts.Count).StartOn(host);
            }
        }

        TimeSpan built = Stopwatch.GetElapsedTime(begin);
        network.RunFor(time);
        return Row($"{hosts} hosts, two switches, a router that loses 1 %", network, counts, built, begin);
    }

    /// <summary>Hosts on one switch come up, and each reaches its neighbor at some time within an hour.</summary>
    public static LabRow Switched(int hosts, ulong seed)
    {
        long begin = Stopwatch.GetTimestamp();
        using var network = new VirtualNetwork(seed);
        var counts = new ErrandCounts();
        LinkSwitch center = network.AddSwitch();
        var addresses = new List<InetAddress>();
        for (int i = 0; i < hosts; i++) addresses.Add(InetAddress.Parse($"10.0.{1 + (i / 250)}.{1 + (i % 250)}"));
        for (int i = 0; i < hosts; i++)
        {
            VirtualHost host = network.AddHost($"h{i}");
            network.Connect(host, $"{addresses[i]}/16", center);
            new Errands(counts, [addresses[(i + 1) % hosts]], TimeSpan.FromHours(1), 1, seed).StartOn(host);
        }

        TimeSpan built = Stopwatch.GetElapsedTime(begin);
        // Each asks its neighbor at some time within the first hour.
        if (!network.RunUntil(() => counts.Answers + counts.Failures == hosts, TimeSpan.FromHours(2)))
            throw new InvalidOperationException($"Of {hosts} hosts {counts.Answers} had an answer.");
        return Row($"{hosts} hosts on one switch come up, and each asks its neighbor", network, counts, built, begin);
    }

    private static LabRow Row(string what, VirtualNetwork network, ErrandCounts counts, TimeSpan built, long begin)
    {
        TimeSpan real = Stopwatch.GetElapsedTime(begin);
        return new LabRow
        {
            What = what,
            Virtual = network.Clock.Now.SinceStart.TotalSeconds,
            Built = built.TotalSeconds,
            Real = real.TotalSeconds,
            Events = network.Events,
            Pings = counts.Pings,
            Echoes = counts.Echoes,
            Requests = counts.Requests,
            Answers = counts.Answers,
        };
    }
}
