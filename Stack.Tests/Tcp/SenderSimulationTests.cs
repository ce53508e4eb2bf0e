using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>Whole transfers over bad paths, in virtual time.</summary>
public sealed class SenderSimulationTests
{
    [Fact]
    public void Everything_arrives_over_any_path()
    {
        for (int seed = 0; seed < TestSettings.Count(100, 3000); seed++)
        {
            var random = new Random(seed);
            var path = new SimulatedPath
            {
                Seed = seed,
                Loss = random.Next(0, 31) / 100.0,
                Reordered = seed % 3 == 0 ? 0.1 : 0,
                Duplicated = seed % 5 == 0 ? 0.05 : 0,
                DelayMs = random.Next(1, 100),
                SegmentMs = random.Next(1, 20) / 10.0,
                QueueLimit = random.Next(10, 200),
                Sack = seed % 4 != 1,
                Timestamps = seed % 2 == 0,
                Segments = 400,
                Algorithm = seed % 7 == 0 ? CongestionAlgorithm.NewReno : CongestionAlgorithm.Cubic,
                Settings = new RecoverySettings
                {
                    Rack = seed % 6 != 5,
                    TailLossProbe = seed % 8 != 3,
                    Frto = seed % 9 != 4,
                    IdleRestart = seed % 2 == 1,
                    SlowStartExit = (SlowStartExit)(seed % 3),
                },
            };
            TimeSpan took = new SenderSimulation(path).Run(TimeSpan.FromHours(4));
            if (path is { Loss: <= 0.05, Sack: true })
                Assert.True(took < TimeSpan.FromSeconds(200), $"{took}, seed {seed}");
        }
    }

    [Fact]
    public void A_run_repeats_exactly()
    {
        var path = new SimulatedPath { Seed = 5, Loss = 0.1, Reordered = 0.1, Timestamps = true };
        (SenderSimulation first, SenderSimulation second) = (new(path), new(path));
        Assert.Equal(first.Run(TimeSpan.FromHours(1)), second.Run(TimeSpan.FromHours(1)));
        Assert.Equal(first.Retransmitted, second.Retransmitted);
    }

    [Fact]
    public void A_clean_path_sees_no_retransmission()
    {
        var simulation = new SenderSimulation(new SimulatedPath { QueueLimit = 10_000, Segments = 5000 });
        simulation.Run(TimeSpan.FromMinutes(1));
        Assert.Equal(0u, simulation.Recovery.TotalRetransmissions);
        Assert.Equal(5000, simulation.Recovery.Delivered);
    }

    [Fact]
    public void Reordering_without_loss_is_learnt_and_costs_little()
    {
        var simulation = new SenderSimulation(new SimulatedPath
        {
            Seed = 1,
            Reordered = 0.02,
            Timestamps = true,
            Segments = 5000,
            QueueLimit = 1000,
            DelayMs = 60,
        });
        simulation.Run(TimeSpan.FromMinutes(2));
        Assert.True(simulation.Recovery.ReorderingSeen > 0);
        Assert.InRange(simulation.Retransmitted, 0, 250);
    }

    [Fact]
    public void At_one_percent_loss_the_goodput_is_that_of_the_larger_average_window()
    {
        const int Segments = 20_000;
        double segmentMs = 1.0 / 12;      // 96 Mbit/s
        var simulation = new SenderSimulation(new SimulatedPath
        {
            Seed = 7,
            Loss = 0.01,
            SegmentMs = segmentMs,
            QueueLimit = (int)(50 / segmentMs),
            Segments = Segments,
            Timestamps = true,
        });
        TimeSpan took = simulation.Run(TimeSpan.FromMinutes(30));
        double rtt = 0.05;
        double cubic = 1.054 * Math.Pow(rtt, 0.75) / Math.Pow(0.01, 0.75);      // RFC 9438 §5.1, C = 0.4
        double reno = 1.2247 / Math.Sqrt(0.01);
        double window = Segments * rtt / took.TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine($"window {window:F2}, reno {reno:F2}, cubic {cubic:F2}");
        Assert.True(window > 0.8 * Math.Max(cubic, reno), $"{window:F2} of {Math.Max(cubic, reno):F2}");
    }
}
