using UserNet.Tests.Simulation;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Tcp;
using Xunit;

namespace UserNet.Tests.Emulation;

/// <summary>What a managed queue does to a stream that would fill any queue.</summary>
public sealed class ManagedQueueTests(ITestOutputHelper output)
{
    private const long Rate = 10_000_000;

    [Fact]
    public void A_queue_that_only_has_a_limit_stands_at_it() =>
        Assert.InRange(Run(QueueDiscipline.DropTail(), ecn: false).Median.TotalMilliseconds, 60, 200);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CoDel_brings_a_standing_queue_down_to_its_target(bool ecn)
    {
        Result result = Run(QueueDiscipline.CoDel(ecn: ecn), ecn);
        Assert.InRange(result.Median.TotalMilliseconds, 0, 15);
        Assert.True(result.Share > 0.8, $"{result.Share:P1} of the rate");
        Check(result, ecn);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Red_keeps_a_queue_well_below_its_maximum_on_average(bool ecn)
    {
        Result result = Run(QueueDiscipline.Red(10_000, 40_000, maxProbability: 0.02, ecn: ecn), ecn);
        Assert.InRange(result.Mean.TotalSeconds * Rate / 8, 5_000, 25_000);
        Assert.True(result.Share > 0.8, $"{result.Share:P1} of the rate");
        Check(result, ecn);
    }

    private static void Check(Result result, bool ecn)
    {
        LinkImpairments counts = result.Counts;
        if (ecn) Assert.Equal((0, 0, 0), (counts.QueueManaged, counts.Overflowed, result.Info.TotalRetrans));
        else Assert.Equal((0, 0), (counts.Marked, result.Info.DeliveredCe));
        Assert.InRange(ecn ? counts.Marked : counts.QueueManaged, 10, 2000);
        Assert.Equal(ecn, result.Info.DeliveredCe > 0);
    }

    private Result Run(QueueDiscipline discipline, bool ecn)
    {
        LinkConditions back = new() { Delay = TimeSpan.FromMilliseconds(20) };
        LinkConditions there = back with { BitsPerSecond = Rate, QueueLimit = 250_000, Queue = discipline };
        var host = new HostPlan { Settings = settings => settings.Ecn = ecn ? TcpEcnMode.Offer : TcpEcnMode.Off };
        using var hosts = new TwoHosts(1, there, back, host, host);
        (StreamEnd a, StreamEnd b) = hosts.Connect(new StreamPlan { Sends = 1L << 40 }, new StreamPlan { Expects = 1L << 40, StaysOpen = true }, 1);
        hosts.Lab.RunFor(TimeSpan.FromSeconds(10));
        long before = b.Received;
        var waits = new List<double>();
        for (int i = 0; i < 2000; i++)
        {
            hosts.Lab.RunFor(TimeSpan.FromMilliseconds(10));
            waits.Add(hosts.Wire.OutgoingCounts.Waiting * 1500 * 8.0 / Rate);
        }

        waits.Sort();
        using (hosts.A.Core.Enter())
        {
            var result = new Result(
                TimeSpan.FromSeconds(waits[1000]), TimeSpan.FromSeconds(waits.Average()), (b.Received - before) * 8 / 20.0 / Rate,
                hosts.Wire.OutgoingCounts, a.Connection!.Snapshot(hosts.A.Core.Now));
            output.WriteLine($"{result.Median.TotalMilliseconds} ms, mean {result.Mean.TotalMilliseconds} ms, {result.Share:P1}, {result.Counts}");
            return result;
        }
    }

    private sealed record Result(TimeSpan Median, TimeSpan Mean, double Share, LinkImpairments Counts, TcpInfo Info);
}
