using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using Xunit;

namespace UserNet.Tests.Emulation;

public sealed class LatencyDistributionTests
{
    public static TheoryData<string, double, double> Shapes => new()
    {
        // mean and deviation, milliseconds; a Pareto of shape 5 has them
        { "constant", 7, 0 },
        { "uniform", 15, 10 / 3.46410161513775 },
        { "normal", 50, 4 },
        { "exponential", 20, 20 },
        { "pareto", 12.5, 3.22748612183951 },
        { "empirical", 3, 1.15470053837925 },
        { "own", 5, 2.88675134594813 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Many_frames_have_the_mean_and_the_deviation_of_their_distribution(string name, double mean, double deviation)
    {
        LatencyDistribution latency = Of(name);
        const int Count = 40_000;
        double sum = 0, squares = 0;
        foreach (double time in Travel(new LinkConditions { Latency = latency, KeepsOrder = false }, Count))
        {
            sum += time;
            squares += time * time;
        }

        double found = sum / Count, spread = Math.Sqrt(Math.Max(0, (squares / Count) - (found * found)));
        Assert.InRange(found, mean - (4.5 * deviation / Math.Sqrt(Count)) - 0.001, mean + (4.5 * deviation / Math.Sqrt(Count)) + 0.001);
        Assert.InRange(spread, deviation * 0.93, (deviation * 1.07) + 0.001);
    }

    // A distribution is right when its quantiles are: each tenth of them has a tenth of the frames.
    [Theory]
    [InlineData("uniform")]
    [InlineData("normal")]
    [InlineData("exponential")]
    [InlineData("pareto")]
    [InlineData("own")]
    public void Each_tenth_of_the_quantiles_has_a_tenth_of_the_frames(string name)
    {
        LatencyDistribution latency = Of(name);
        const int Count = 40_000;
        double[] times = [.. Travel(new LinkConditions { Latency = latency, KeepsOrder = false }, Count)];
        double chiSquare = 0;
        for (int i = 0; i < 10; i++)
        {
            double from = i == 0 ? -1 : latency.Quantile(i / 10.0).TotalMilliseconds;
            double to = i == 9 ? double.MaxValue : latency.Quantile((i + 1) / 10.0).TotalMilliseconds;
            int inside = times.Count(time => time > from && time <= to);
            chiSquare += Math.Pow(inside - (Count / 10), 2) / (Count / 10);
        }

        Assert.InRange(chiSquare, 0.5, 33.7);      // 9 degrees of freedom: one of 10,000 seeds lies above, and as few below
    }

    [Theory]
    [InlineData("normal", 0.975, 50 + (4 * 1.95996398454005))]
    [InlineData("exponential", 0.5, 20 * 0.693147180559945)]
    [InlineData("exponential", 0.99, 20 * 4.60517018598809)]
    [InlineData("pareto", 0.9, 10 * 1.58489319246111)]
    [InlineData("uniform", 0.25, 12.5)]
    [InlineData("empirical", 0.5, 3)]
    [InlineData("empirical", 0.125, 1.5)]
    public void Quantiles_are_those_of_the_formulas(string name, double probability, double expected) =>
        Assert.InRange(Of(name).Quantile(probability).TotalMilliseconds, expected - 0.0002, expected + 0.0002);

    [Fact]
    public void Delay_jitter_and_latency_add_up()
    {
        var conditions = new LinkConditions
        {
            Delay = TimeSpan.FromMilliseconds(100),
            Jitter = TimeSpan.FromMilliseconds(10),
            Latency = LatencyDistribution.Exponential(TimeSpan.FromMilliseconds(1)),
            KeepsOrder = false,
        };
        double[] all = [.. Travel(conditions, 1000)];
        double[] jitter = [.. Travel(conditions with { Delay = default, Latency = null }, 1000)];
        double[] latency = [.. Travel(conditions with { Delay = default, Jitter = default }, 1000)];
        for (int i = 0; i < 1000; i++) Assert.Equal(all[i], 100 + jitter[i] + latency[i], 1e-9);
    }

    [Fact]
    public void Without_keeping_order_frames_overtake_as_their_times_are_and_with_it_none_does()
    {
        foreach (bool keepsOrder in (bool[])[true, false])
        {
            var network = new VirtualNetwork(3);
            var arrived = new List<int>();
            using var lane = new ImpairedLane(
                network.Clock, new SeededRandom(1),
                new LinkConditions { Jitter = TimeSpan.FromMilliseconds(5), KeepsOrder = keepsOrder }, LinkMedium.Ip, Take, network.Items);
            for (int i = 0; i < 200; i++)
            {
                lane.TryAdd([new LinkFrame(new[] { (byte)i })]);
                network.RunFor(TimeSpan.FromMilliseconds(1));
            }

            network.RunFor(TimeSpan.FromMilliseconds(5));
            int overtaken = arrived.Where((number, i) => i > 0 && number < arrived[i - 1]).Count();
            Assert.Equal(200, arrived.Distinct().Count());
            if (keepsOrder) Assert.Equal(0, overtaken);
            else Assert.InRange(overtaken, 40, 120);

            int Take(ReadOnlySpan<LinkFrame> frames)
            {
                foreach (LinkFrame frame in frames) arrived.Add(frame.Octets.Span[0]);
                return frames.Length;
            }
        }
    }

    [Fact]
    public void Times_lie_between_nothing_and_a_day()
    {
        TimeSpan day = TimeSpan.FromDays(1);
        LatencyDistribution wide = LatencyDistribution.Normal(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.Zero, wide.Quantile(0.1));
        Assert.Equal(day, LatencyDistribution.Pareto(TimeSpan.FromSeconds(1), 0.01).Quantile(0.999));
        Assert.Equal(TimeSpan.Zero, LatencyDistribution.Of(_ => TimeSpan.FromHours(-1)).Quantile(0.5));
        Assert.Equal(day, LatencyDistribution.Of(_ => TimeSpan.MaxValue).Quantile(0.5));
        Assert.Equal(TimeSpan.FromTicks(3), LatencyDistribution.Uniform(TimeSpan.Zero, TimeSpan.FromTicks(3)).Quantile(1 - 1e-16));
        Assert.Equal(day, LatencyDistribution.Constant(day).Quantile(1 - 1e-16));
    }

    [Fact]
    public void Two_of_the_same_kind_and_parameters_are_equal()
    {
        TimeSpan one = TimeSpan.FromSeconds(1), two = TimeSpan.FromSeconds(2);
        Assert.Equal(LatencyDistribution.Normal(one, two), LatencyDistribution.Normal(one, two));
        Assert.NotEqual(LatencyDistribution.Normal(one, two), LatencyDistribution.Normal(two, one));
        LatencyDistribution samples = LatencyDistribution.Empirical(two, one, one);
        Assert.Equal(LatencyDistribution.Empirical(one, two, one), samples);
        Assert.Equal(LatencyDistribution.Empirical(one, two, one).GetHashCode(), samples.GetHashCode());
        Assert.NotEqual(LatencyDistribution.Empirical(one, two), samples);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        TimeSpan one = TimeSpan.FromSeconds(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => LatencyDistribution.Constant(-one));
        Assert.Throws<ArgumentOutOfRangeException>(() => LatencyDistribution.Uniform(2 * one, one));
        Assert.Throws<ArgumentOutOfRangeException>(() => LatencyDistribution.Normal(one, TimeSpan.FromDays(2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => LatencyDistribution.Pareto(one, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => LatencyDistribution.Pareto(one, double.NaN));
        Assert.Throws<ArgumentException>(() => LatencyDistribution.Empirical());
        Assert.Throws<ArgumentNullException>(() => LatencyDistribution.Of(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => LatencyDistribution.Constant(one).Quantile(1));
    }

    private static LatencyDistribution Of(string name) => name switch
    {
        "constant" => LatencyDistribution.Constant(Milliseconds(7)),
        "uniform" => LatencyDistribution.Uniform(Milliseconds(10), Milliseconds(20)),
        "normal" => LatencyDistribution.Normal(Milliseconds(50), Milliseconds(4)),
        "exponential" => LatencyDistribution.Exponential(Milliseconds(20)),
        "pareto" => LatencyDistribution.Pareto(Milliseconds(10), 5),
        // With the lines between them they are evenly spread from 1 to 5.
        "empirical" => LatencyDistribution.Empirical(Milliseconds(5), Milliseconds(1), Milliseconds(3), Milliseconds(2), Milliseconds(4)),
        _ => LatencyDistribution.Of(u => TimeSpan.FromTicks((long)(u * 100_000))),
    };

    private static TimeSpan Milliseconds(double time) => TimeSpan.FromTicks((long)(time * TimeSpan.TicksPerMillisecond));

    // How long frames travel that are all sent at once.
    private static double[] Travel(LinkConditions conditions, int count)
    {
        var network = new VirtualNetwork(7);
        double[] times = new double[count];
        using var lane = new ImpairedLane(
            network.Clock, new SeededRandom(7), conditions with { MemoryLimit = int.MaxValue }, LinkMedium.Ip, Take, network.Items);
        for (int i = 0; i < count; i++) lane.TryAdd([new LinkFrame(BitConverter.GetBytes(i))]);
        network.RunFor(TimeSpan.FromDays(1));
        return times;

        int Take(ReadOnlySpan<LinkFrame> frames)
        {
            foreach (LinkFrame frame in frames) times[BitConverter.ToInt32(frame.Octets.Span)] = network.Clock.Now.SinceStart.TotalMilliseconds;
            return frames.Length;
        }
    }
}
