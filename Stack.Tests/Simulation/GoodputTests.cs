using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>How much gets through a wire that loses now and then.</summary>
public class GoodputTests(ITestOutputHelper output)
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private const double Loss = 0.01;
    private const long Rate = 10_000_000;
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(50);

    /// <summary>CUBIC's average window, segments, RFC 9438 §5.1, equation 5, with its β of 0.7 and C of 0.4.</summary>
    private static double CubicWindow(double loss, double roundTrip) =>
        Math.Pow(0.4 * (3 + 0.7) / (4 * (1 - 0.7)), 0.25) * Math.Pow(roundTrip, 0.75) / Math.Pow(loss, 0.75);

    /// <summary>That of its Reno-friendly region: AIMD(α, β) with the α that makes it Reno's, RFC 9438 §4.3, equation 4 of [FHP00].</summary>
    private static double RenoWindow(double loss)
    {
        const double Beta = 0.7, Alpha = 3 * (1 - Beta) / (1 + Beta);
        return Math.Sqrt(Alpha * (1 + Beta) / (2 * (1 - Beta) * loss));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void With_a_hundredth_lost_cubic_has_four_fifths_of_the_window_that_theory_gives_it(bool sack)
    {
        double expected = Math.Max(CubicWindow(Loss, RoundTrip.TotalSeconds), RenoWindow(Loss)), sum = 0;
        int count = TestSettings.Count(5, 20);
        for (int seed = 1; seed <= count; seed++)
        {
            double window = Measure(seed, sack);
            output.WriteLine($"seed {seed}: {window:F2} segments a round trip");
            sum += window;
        }

        double average = sum / count;
        output.WriteLine($"average {average:F2}, theory {expected:F2}: {average / expected:P1}");
        Assert.True(average >= 0.8 * expected, $"{average:F2} segments a round trip of {expected:F2}, seeds 1 to {count}.");
    }

    // Segments that arrive in a round trip of 50 ms, over five minutes.
    private double Measure(int seed, bool sack)
    {
        var wire = new LinkConditions
        {
            Loss = Loss,
            Delay = RoundTrip / 2,
            BitsPerSecond = Rate,
            QueueLimit = (int)(Rate / 8 * RoundTrip.TotalSeconds),
        };
        var host = new HostPlan { Settings = settings => settings.Sack = sack };
        using var hosts = new TwoHosts((ulong)seed, wire, wire, host, host, family: Family);
        (StreamEnd a, StreamEnd b) = hosts.Connect(new StreamPlan { Sends = 1L << 40 }, new StreamPlan { Expects = 1L << 40, StaysOpen = true }, seed);
        hosts.Lab.RunFor(TimeSpan.FromSeconds(20));
        long before = b.Received;
        TimeSpan time = TimeSpan.FromMinutes(5);
        hosts.Lab.RunFor(time);
        return (b.Received - before) / (double)a.Connection!.Mss / (time / RoundTrip);
    }
}

/// <summary>The same over IPv6.</summary>
public sealed class GoodputV6Tests(ITestOutputHelper output) : GoodputTests(output)
{
    private protected override IpFamily Family => IpFamily.V6;
}
