using UserNet.Tcp;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>The parts of loss recovery against the numbers of their RFCs.</summary>
public sealed class RecoveryPartsTests
{
    [Theory]
    [InlineData(0u, 1u)]
    [InlineData(uint.MaxValue, 0u)]
    [InlineData(0x7FFF_FFF0u, 0x8000_0010u)]
    public void Order_of_sequence_numbers_holds_where_they_wrap(uint a, uint b)
    {
        (SequenceNumber first, SequenceNumber second) = (new SequenceNumber(a), new SequenceNumber(b));
        Assert.True(first < second && second > first && first <= second && second >= first);
        Assert.Equal(second, SequenceNumber.Max(first, second));
        Assert.Equal(first, SequenceNumber.Min(first, second));
        Assert.Equal(second, first + (second - first));
        Assert.Equal(first, second - (second - first));
        Assert.True(first.IsIn(first, 1));
        Assert.False(second.IsIn(first, second - first));
        Assert.False(first.IsIn(second, int.MaxValue));
        Assert.False(first.IsIn(first, 0));
    }

    [Fact]
    public void The_first_sample_gives_a_timeout_of_three_times_itself_but_200_ms_of_variation()
    {
        var estimator = new RttEstimator(new RecoverySettings());
        Assert.Equal(TimeSpan.FromSeconds(1), estimator.Timeout);
        estimator.Sample(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(3), estimator.Timeout);
        estimator = new RttEstimator(new RecoverySettings());
        estimator.Sample(TimeSpan.FromMilliseconds(40));
        Assert.Equal(TimeSpan.FromMilliseconds(240), estimator.Timeout);
    }

    [Fact]
    public void A_steady_round_trip_ends_at_200_ms_above_it()
    {
        var estimator = new RttEstimator(new RecoverySettings());
        for (int i = 0; i < 60; i++) estimator.Sample(TimeSpan.FromMilliseconds(400), endsRound: true);
        Assert.Equal(600, estimator.Timeout.TotalMilliseconds, 1.0);
        Assert.Equal(400, estimator.Smoothed.TotalMilliseconds, 3);
    }

    [Fact]
    public void Samples_are_smoothed_by_an_eighth()
    {
        var estimator = new RttEstimator(new RecoverySettings());
        estimator.Sample(TimeSpan.FromMilliseconds(800));
        estimator.Sample(TimeSpan.FromMilliseconds(1600));
        Assert.Equal(900, estimator.Smoothed.TotalMilliseconds, 3);      // 7/8 of 800 and 1/8 of 1600
        Assert.Equal(500, estimator.Variation.TotalMilliseconds, 3);     // 3/4 of 400 and 1/4 of 800
        Assert.Equal(2900, estimator.Timeout.TotalMilliseconds, 3);
    }

    [Fact]
    public void Timeouts_double_up_to_the_greatest_until_a_sample_comes()
    {
        var estimator = new RttEstimator(new RecoverySettings());
        estimator.Sample(TimeSpan.FromMilliseconds(100));
        for (int i = 0; i < 20; i++) estimator.BackOff();
        Assert.Equal((TimeSpan.FromSeconds(120), 20), (estimator.Timeout, estimator.Backoff));
        estimator.Sample(TimeSpan.FromMilliseconds(100));
        Assert.Equal((TimeSpan.FromMilliseconds(300), 0), (estimator.Timeout, estimator.Backoff));
    }

    [Fact]
    public void A_slop_is_added_to_every_timeout()
    {
        var settings = new RecoverySettings
        {
            MinTimeout = TimeSpan.FromMilliseconds(30),
            MinTimeoutIsOfVariation = false,
            TimeoutSlop = TimeSpan.FromMilliseconds(200),
        };
        var estimator = new RttEstimator(settings);
        estimator.Sample(TimeSpan.FromMilliseconds(100));
        Assert.Equal(500, estimator.Timeout.TotalMilliseconds);
    }

    [Fact]
    public void The_least_round_trip_is_forgotten_after_the_window()
    {
        var random = new Random(3);
        var filter = new MinRttFilter();
        var window = TimeSpan.FromSeconds(10);
        var kept = new List<(Timestamp At, TimeSpan Rtt)>();
        for (int i = 0; i < 2000; i++)
        {
            Timestamp now = Timestamp.FromStart(TimeSpan.FromMilliseconds(i * 50));
            var rtt = TimeSpan.FromMilliseconds(random.Next(20, 200) + (i / 20));
            kept.Add((now, rtt));
            filter.Sample(rtt, now, window);
            TimeSpan all = kept.Where(sample => now - sample.At <= window).Min(sample => sample.Rtt);
            Assert.True(filter.Value >= all);
            Assert.Contains(kept, sample => sample.Rtt == filter.Value && now - sample.At <= window);
        }
    }

    [Fact]
    public void A_reduction_to_a_half_sends_one_segment_for_two_delivered()
    {
        var reduction = default(ProportionalRateReduction);      // the example of RFC 6937 §3.1: one loss of 20
        reduction.Begin(20);
        var sent = new List<int>();
        int inFlight = 18;
        for (int delivered = 0; delivered < 19; delivered++)
        {
            int allowed = reduction.OnDelivered(1, inFlight, 10, false)!.Value;
            sent.Add(allowed);
            reduction.OnSent(allowed);
            inFlight += allowed - 1;
        }

        Assert.Equal([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1], sent);
        Assert.Equal(9, inFlight);
    }

    [Fact]
    public void After_heavy_loss_the_window_is_filled_as_by_slow_start_only_while_things_go_well()
    {
        var reduction = default(ProportionalRateReduction);
        reduction.Begin(20);
        reduction.OnSent(1);
        Assert.Equal(1, reduction.OnDelivered(1, 3, 10, inGoodShape: false));
        Assert.Equal(2, reduction.OnDelivered(1, 3, 10, inGoodShape: true));
        Assert.Equal(0, reduction.OnDelivered(1, 10, 10, inGoodShape: true));
        Assert.Null(reduction.OnDelivered(0, 3, 10, inGoodShape: true));
    }

    [Theory]
    [InlineData(100, 70, 4.217)]      // K = cbrt((W_max - cwnd) / C), RFC 9438 figure 2, C = 0.4
    [InlineData(1000, 700, 9.086)]
    [InlineData(10, 7, 1.957)]
    public void The_plateau_is_reached_after_k(int before, int after, double seconds)
    {
        int k = Cubic.TimeToRise(before - after);
        Assert.Equal(seconds, k / 1024.0, 0.01);
        Assert.InRange(Cubic.Distance(k + 3), before - after, before - after + 1);
    }

    [Fact]
    public void The_window_follows_the_cubic_function()
    {
        var cubic = new Cubic(SlowStartExit.None);
        var window = default(CongestionWindow);
        window.Set(1000);
        window.SlowStartThreshold = cubic.ReducedThreshold(1000);
        Assert.Equal(700, window.SlowStartThreshold);
        window.Set(700);
        var rtt = TimeSpan.FromMilliseconds(100);
        for (int millisecond = 0; millisecond <= 12_000; millisecond += 10)      // a tenth of the window each 10 ms
        {
            Timestamp now = Timestamp.FromStart(TimeSpan.FromSeconds(5) + TimeSpan.FromMilliseconds(millisecond));
            var sample = new AckSample { Now = now, Acked = window.Size / 10, Rtt = rtt };
            cubic.OnSample(ref window, sample);
            cubic.OnAck(ref window, sample);
            if (millisecond % 1000 != 0) continue;
            double expected = (0.4 * Math.Pow((millisecond / 1000.0) - 9.086, 3)) + 1000;
            Assert.InRange(window.Size, expected * 0.97, expected * 1.03);
        }
    }

    [Fact]
    public void In_small_windows_it_grows_no_slower_than_reno_with_the_same_average()
    {
        var cubic = new Cubic(SlowStartExit.None);
        var window = default(CongestionWindow);
        window.Set(20);
        window.SlowStartThreshold = cubic.ReducedThreshold(20);
        window.Set(14);
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0, acks = window.Size; i < acks; i++)
            {
                Timestamp now = Timestamp.FromStart(TimeSpan.FromMilliseconds(40 * (round + ((double)i / acks))));
                cubic.OnAck(ref window, new AckSample { Now = now, Acked = 1 });
            }
        }

        Assert.InRange(window.Size, 14 + 9, 14 + 12);      // alpha = 3 (1 - 0.7) / (1 + 0.7) = 0.53 a round trip
    }

    [Fact]
    public void Who_loses_below_its_last_peak_gives_way()
    {
        var cubic = new Cubic(SlowStartExit.None);
        cubic.ReducedThreshold(100);
        cubic.ReducedThreshold(80);      // W_max = 80 (1 + 0.7) / 2 = 68
        var window = default(CongestionWindow);
        window.Set(56);
        window.SlowStartThreshold = 56;
        cubic.OnAck(ref window, new AckSample { Now = Timestamp.FromStart(TimeSpan.FromSeconds(1)), Acked = 1 });
        Assert.Equal(Cubic.TimeToRise(68 - 56), cubic.TimeToPlateau);
    }

    [Fact]
    public void Reno_grows_by_one_a_round_trip()
    {
        var window = default(CongestionWindow);
        window.Set(10);
        window.SlowStartThreshold = 10;
        for (int round = 0; round < 5; round++)
        {
            for (int i = 0, acks = window.Size; i < acks; i++)
                NewReno.Instance.OnAck(ref window, new AckSample { Acked = 1 });
        }

        Assert.Equal(15, window.Size);
        Assert.Equal(7, NewReno.Instance.ReducedThreshold(15));
        Assert.Equal(2, NewReno.Instance.ReducedThreshold(1));
    }

    [Theory]
    [InlineData(SlowStartExit.HyStart, true)]
    [InlineData(SlowStartExit.HyStartPlusPlus, true)]
    [InlineData(SlowStartExit.None, false)]
    internal void A_growing_delay_ends_slow_start(SlowStartExit exit, bool ends)
    {
        var cubic = new Cubic(exit);
        var window = default(CongestionWindow);
        window.Set(16);
        window.SlowStartThreshold = CongestionWindow.Unlimited;
        var una = new SequenceNumber(0);
        double time = 0;
        for (int round = 0; round < 12 && window.IsInSlowStart; round++)
        {
            int rtt = round < 2 ? 100 : 130;
            SequenceNumber nxt = una + window.Size;
            for (int i = 0, acks = Math.Min(40, window.Size); i < acks; i++)
            {
                time += (double)rtt / acks;
                una = i == acks - 1 ? nxt : una + 1;
                var sample = new AckSample
                {
                    Now = Timestamp.FromStart(TimeSpan.FromMilliseconds(time)),
                    Acked = 1,
                    Una = una,
                    Nxt = nxt + 1,
                    Rtt = TimeSpan.FromMilliseconds(rtt),
                };
                cubic.OnSample(ref window, sample);
                cubic.OnAck(ref window, sample);
            }
        }

        Assert.Equal(ends, window.SlowStartThreshold != CongestionWindow.Unlimited);
    }

    [Fact]
    public void A_train_of_acks_longer_than_half_the_round_trip_ends_slow_start()
    {
        var hyStart = default(HyStart);
        var rtt = TimeSpan.FromMilliseconds(40);
        int ended = -1;
        for (int i = 0; i < 40 && ended < 0; i++)
        {
            var sample = new AckSample
            {
                Now = Timestamp.FromStart(TimeSpan.FromMilliseconds(i)),
                Una = new SequenceNumber((uint)i),
                Nxt = new SequenceNumber(1000),
            };
            if (hyStart.Ends(sample, rtt, rtt)) ended = i;
        }

        Assert.Equal(21, ended);
    }
}
