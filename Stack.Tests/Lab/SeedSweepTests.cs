using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Lab;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Lab;

public sealed class SeedSweepTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void The_results_do_not_depend_on_how_many_threads_there_are(int parallelism)
    {
        SweepReport one = Sweep(1), several = Sweep(parallelism);
        Assert.Equal(one, several);
        Assert.Equal(one.ToString(), several.ToString());
        Assert.Equal(one.GetHashCode(), several.GetHashCode());
        Assert.Equal(60, several.Results.Count);
        Assert.Equal(Enumerable.Range(1, 60).Select(static seed => (ulong)seed), several.Results.Select(static result => result.Seed));
        Assert.Contains(several.Results, static result => result.Failure is null);
        Assert.Equal([7UL, 19, 31, 43, 55], several.Failures.Select(static result => result.Seed).Where(static seed => seed % 12 == 7));
        Assert.True(several.Results.Select(static result => result.Outcome).Distinct().Count() > 40, "Seeds differ.");

        static SweepReport Sweep(int parallelism) => SeedSweep.Run(
            new SeedRange(1, 60),
            static seed => seed % 12 == 7 ? throw new InvalidOperationException($"planted in {seed}") : Scenario(seed),
            new SweepOptions { Parallelism = parallelism });
    }

    [Fact]
    public void A_failure_says_its_seed_what_happened_and_how_to_repeat_it()
    {
        SweepReport report = SeedSweep.Run(
            new SeedRange(5, 9),
            static network =>
            {
                if (network.Seed >= 8) throw new TimeoutException("too late");
            });
        Assert.False(report.IsClean);
        Assert.Equal(8UL, report.FirstFailure!.Seed);
        Assert.IsType<TimeoutException>(report.FirstFailure.Failure!.Exception);
        Assert.Equal(
            "5 seeds, 2 failed: 8, 9\nSeed 8 failed: System.TimeoutException: too late\nnew VirtualNetwork(8)\n--seed 8", report.ToString());
        Assert.Equal("1 seeds, none failed.", SeedSweep.Run([1], static _ => "").ToString());
    }

    [Fact]
    public void A_scenario_may_be_a_program()
    {
        SweepReport report = SeedSweep.Run(new SeedRange(1, 10), static async network =>
        {
            VirtualHost host = network.AddHost("host");
            await Task.Delay(TimeSpan.FromSeconds(1), host.Clock);
            if (network.Seed == 3) throw new FormatException($"at {network.Clock.Now} s");
            if (network.Seed == 5) await new TaskCompletionSource().Task;
        });
        Assert.Equal([3UL, 5UL], report.Failures.Select(static failure => failure.Seed));
        Assert.Contains("at 1.0000000 s", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("waits for ever", $"{report.Failures.Last()}", StringComparison.Ordinal);

        var hunt = new FaultHunt(
            static network => network.AddHost("host"),
            static async network =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), network.Clock);
                if (!network.Host("host").IsUp) throw new FormatException("down");
            });
        FaultSchedule schedule = FaultSchedule.Parse("0.5s..2s crash host; 0.5s..1.5s skew host 5ppm");
        Assert.Throws<FormatException>(() => hunt.Run(1, schedule));
        Assert.Single(hunt.Shrink(1, schedule).Schedule);
    }

    [Theory]
    [InlineData(1, 40)]
    [InlineData(4, 40)]
    [InlineData(4, 42)]
    public void It_stops_at_the_first_failure_in_the_order_of_the_seeds(int parallelism, ulong slow)
    {
        int runs = 0;
        using var both = new Barrier(2);
        SweepReport report = SeedSweep.Run(
            new SeedRange(1, 100_000),
            seed =>
            {
                Interlocked.Increment(ref runs);
                if (seed is 40 or 42) both.SignalAndWait(TimeSpan.FromSeconds(parallelism == 1 ? 0 : 1));      // both are under way
                if (seed == slow) Thread.Sleep(50);      // and the other one fails first
                return seed is 40 or 42 ? throw new InvalidOperationException() : null;
            },
            new SweepOptions { Parallelism = parallelism, StopAtFirst = true });
        Assert.Equal(40, report.Results.Count);
        Assert.Equal(40UL, Assert.Single(report.Failures).Seed);
        Assert.InRange(runs, 40, 99_999);
    }

    [Fact]
    public void Each_network_is_made_and_run_on_one_thread_and_another_one_is_a_fault_of_its_seed_alone()
    {
        SweepReport report = SeedSweep.Run(
            new SeedRange(1, 12),
            static seed =>
            {
                using var network = new VirtualNetwork(seed);
                VirtualHost host = network.AddHost("a");
                if (seed % 5 == 0)
                {
                    var stranger = new Thread(() => Record.Exception(host.Stack.Snapshot));
                    stranger.Start();
                    stranger.Join();
                }

                network.RunFor(TimeSpan.FromSeconds(1));
                return "well";
            },
            new SweepOptions { Parallelism = 3 });
        Assert.Equal([5UL, 10], report.Failures.Select(static result => result.Seed));
        Assert.All(report.Failures, static result => Assert.IsType<ForeignThreadException>(result.Failure!.Exception));
        Assert.Equal(report.Results[4].Failure!.Message, report.Results[9].Failure!.Message);
    }

    [Fact]
    public void Progress_is_told_from_nothing_to_all()
    {
        var told = new List<SweepProgress>();
        SeedSweep.Run(
            new SeedRange(1, 20),
            static seed =>
            {
                Thread.Sleep(20);
                return seed == 3 ? throw new InvalidOperationException() : null;
            },
            new SweepOptions { Parallelism = 2, Progress = new Listener(told.Add) });
        Assert.Equal(0, told[0].Done);
        Assert.Equal((20, 20, 1, 3UL), (told[^1].Done, told[^1].Total, told[^1].Failed, told[^1].FirstFailure));
        Assert.Equal(told.OrderBy(static progress => progress.Done), told);
    }

    [Fact]
    public void A_bar_says_how_far_it_is_and_is_left_out_where_there_is_no_terminal()
    {
        Assert.Equal(
            "5,000 of 10,000 seeds, 2 failed, first 17, 1,000 a second",
            ProgressBar.Describe(new SweepProgress(5000, 10_000, 2, 17, TimeSpan.FromSeconds(5))));
        using var file = new StringWriter();
        SweepReport report = ProgressBar.Show(file, progress => SeedSweep.Run(
            new SeedRange(1, 3), static seed => $"{seed}", new SweepOptions { Progress = progress }));
        Assert.Equal(3, report.Results.Count);
        Assert.Equal("", file.ToString());
    }

    [Fact]
    public void It_can_be_cancelled_between_seeds()
    {
        using var source = new CancellationTokenSource();
        int runs = 0;
        Assert.Throws<OperationCanceledException>(() => SeedSweep.Run(
            new SeedRange(1, 1_000_000),
            seed =>
            {
                if (Interlocked.Increment(ref runs) == 5) source.Cancel();
                return null;
            },
            new SweepOptions { Parallelism = 2, CancellationToken = source.Token }));
        Assert.InRange(runs, 5, 999_999);
    }

    [Fact]
    public void What_progress_throws_comes_out() => Assert.Throws<InvalidTimeZoneException>(() => SeedSweep.Run(
        new SeedRange(1, 1000),
        static seed =>
        {
            Thread.Sleep(1);
            return null;
        },
        new SweepOptions { Progress = new Listener(static progress => _ = progress.Done > 0 ? throw new InvalidTimeZoneException() : 0) }));

    [Fact]
    public void A_range_of_seeds_is_read_as_it_is_written()
    {
        Assert.Equal(new SeedRange(1, 10_000), SeedRange.Parse("1..10000"));
        Assert.Equal("1..10000", new SeedRange(1, 10_000).ToString());
        Assert.Equal([7UL], SeedRange.Parse("7"));
        Assert.Equal([ulong.MaxValue - 1, ulong.MaxValue], new SeedRange(ulong.MaxValue - 1, ulong.MaxValue));
        foreach (string text in (string[])["", "a", "2..1", "1..", "..2", "-1", "1..2..3", "0..99999999999"])
            Assert.Throws<FormatException>(() => SeedRange.Parse(text));
    }

    // Two hosts over a bad link: a transfer, and how long it took.
    internal static string Scenario(ulong seed)
    {
        using var network = new VirtualNetwork(seed);
        VirtualHost client = network.AddHost("client"), server = network.AddHost("server");
        network.Connect(client, "10.0.0.1/24", server, "10.0.0.2/24", new VirtualLinkOptions
        {
            There = new LinkConditions { Loss = 0.05, Delay = TimeSpan.FromMilliseconds(10), Jitter = TimeSpan.FromMilliseconds(2) },
        });
        int count = network.Run(async () =>
        {
            TcpListener listener = server.Stack.Listen(InetEndpoint.Parse("0.0.0.0:80"));
            Task<int> reader = CountAsync(listener);
            TcpConnection connection = await client.Stack.ConnectAsync(InetEndpoint.Parse("10.0.0.2:80"));
            Stream stream = connection.AsStream();
            await stream.WriteAsync(new byte[20_000]);
            await stream.DisposeAsync();
            return await reader;
        });
        return $"{count} octets, {network.Clock.Now}";
    }

    private static async Task<int> CountAsync(TcpListener listener)
    {
        Stream stream = (await listener.AcceptAsync()).AsStream();
        byte[] buffer = new byte[4096];
        int count = 0;
        while (await stream.ReadAsync(buffer) is var read and > 0) count += read;
        return count;
    }

    private sealed class Listener(Action<SweepProgress> action) : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value) => action(value);
    }
}
