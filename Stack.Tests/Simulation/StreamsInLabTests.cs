using UserNet.Capture;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>Streams in a lab: on the same seed the captures of two runs are the same octets.</summary>
public class StreamsInLabTests
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private static readonly LinkConditions Bad = new()
    {
        Loss = 0.03,
        Duplication = 0.03,
        Corruption = 0.01,
        Reordering = 0.05,
        ReorderDelay = TimeSpan.FromMilliseconds(7),
        Delay = TimeSpan.FromMilliseconds(12),
        Jitter = TimeSpan.FromMilliseconds(3),
        BitsPerSecond = 10_000_000,
        QueueLimit = 40_000,
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_same_seed_gives_the_same_capture_of_a_transfer_over_a_bad_wire(bool takesBursts)
    {
        byte[] first = Capture(42, takesBursts), again = Capture(42, takesBursts), other = Capture(43, takesBursts);
        Assert.True(first.Length > 500_000, $"{first.Length} octets were captured.");
        Assert.True(first.AsSpan().SequenceEqual(again), "Captures differ.");
        Assert.False(first.AsSpan().SequenceEqual(other), "Another seed makes no difference.");
    }

    private byte[] Capture(int seed, bool takesBursts)
    {
        using MemoryStream file = new();
        using (PcapngWriter writer = new(file, leaveOpen: true))
        {
            var host = new HostPlan { TakesBursts = takesBursts };
            using var hosts = new TwoHosts(
                (ulong)seed, Bad, Bad, host, host, tap: (link, name, lab) => new CapturingLink(link, writer, name, lab.Clock), family: Family);
            var plan = new StreamPlan { Sends = 204_800, Expects = 204_800 };
            (StreamEnd a, StreamEnd b) = hosts.Connect(plan, plan, seed);
            Assert.True(hosts.Lab.RunUntil(() => a.IsOver && b.IsOver, TimeSpan.FromMinutes(5)));
            Assert.True(a.IsWhole && b.IsWhole);
            Assert.Null(hosts.Leftovers(TimeSpan.FromMinutes(5), a, b));
        }

        return file.ToArray();
    }
}

/// <summary>The same over IPv6.</summary>
public sealed class StreamsInLabV6Tests : StreamsInLabTests
{
    private protected override IpFamily Family => IpFamily.V6;
}
