using UserNet.Drill.Running;
using Xunit;

namespace UserNet.Tests.Drill.Running;

public sealed class TimestampMapTests
{
    [Fact]
    public void An_echo_is_what_the_stack_sent_for_the_value()
    {
        var map = new TimestampMap();
        map.Record(100, 7000);
        map.Record(200, 7055);
        map.Record(100, 7077);      // the last one counts
        Assert.True(map.TryEcho(100, isScaled: false, out uint first));
        Assert.True(map.TryEcho(200, isScaled: false, out uint second));
        Assert.Equal((7077u, 7055u), (first, second));
    }

    [Fact]
    public void A_value_that_was_never_seen_is_not_known_unless_it_is_counted_on()
    {
        var map = new TimestampMap();
        Assert.False(map.TryEcho(150, isScaled: true, out _));
        map.Record(100, 7000);
        Assert.False(map.TryEcho(150, isScaled: false, out _));
        Assert.True(map.TryEcho(150, isScaled: true, out uint live));
        Assert.Equal(7050u, live);
    }

    [Fact]
    public void Drift_counts_from_the_first_value()
    {
        var map = new TimestampMap();
        Assert.Equal(0, map.Drift(1, 999));
        map.Record(100, 0xFFFF_FFFF);
        map.Record(150, 60);
        Assert.Equal(0, map.Drift(110, 9));
        Assert.Equal(3, map.Drift(110, 12));
        Assert.Equal(-4, map.Drift(110, 5));
    }
}
