using UserNet.Tcp;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>FreeBSD's round-trip time, and what it waits.</summary>
public sealed class TickEstimatorTests
{
    private readonly TcpSettings _settings = new(TcpProfile.FreeBsd);

    [Fact]
    public void Before_the_first_sample_it_waits_a_second_and_then_twice_as_long_with_the_slop()
    {
        var rtt = new TickEstimator(_settings);
        Assert.Equal((1000, false), (rtt.Timeout, rtt.HasSample));
        rtt.BackOff(1, _settings);
        Assert.Equal(2200, rtt.Timeout);
    }

    [Theory]
    [InlineData(0, 230)]      // net.inet.tcp.rexmit_min and the slop
    [InlineData(10, 230)]
    [InlineData(100, 500)]
    [InlineData(1000, 3200)]
    public void The_first_sample_is_the_round_trip_and_half_of_it_the_variation(int sample, int timeout)
    {
        var rtt = new TickEstimator(_settings);
        rtt.Sample(sample, 0, _settings);
        Assert.Equal(timeout, rtt.Timeout);
        Assert.Equal((sample, sample / 2.0), (rtt.Smoothed.TotalMilliseconds, rtt.Variation.TotalMilliseconds));
    }

    [Fact]
    public void The_timeout_doubles_to_512_times_and_to_64_seconds()
    {
        var rtt = new TickEstimator(_settings);
        rtt.Sample(10, 0, _settings);
        foreach ((int backoff, int timeout) in new[] { (1, 260), (2, 320), (9, 15_560), (10, 15_560), (12, 15_560) })
        {
            rtt.BackOff(backoff, _settings);
            Assert.Equal(timeout, rtt.Timeout);
        }

        rtt.Sample(1000, 0, _settings);
        rtt.BackOff(9, _settings);
        Assert.Equal(64_000, rtt.Timeout);
    }

    [Fact]
    public void The_same_again_and_again_leaves_little_but_the_round_trip()
    {
        var rtt = new TickEstimator(_settings);
        for (int i = 0; i < 200; i++) rtt.Sample(100, 0, _settings);
        Assert.InRange(rtt.Smoothed.TotalMilliseconds, 98, 101);
        Assert.InRange(rtt.Timeout, 295, 310);
    }

    [Fact]
    public void After_four_timeouts_what_was_known_counts_no_more()
    {
        var rtt = new TickEstimator(_settings);
        rtt.Sample(1000, 0, _settings);
        rtt.Sample(20, 3, _settings);
        Assert.InRange(rtt.Smoothed.TotalMilliseconds, 800, 900);
        rtt.Sample(20, 4, _settings);
        Assert.Equal(20, rtt.Smoothed.TotalMilliseconds);
    }
}
