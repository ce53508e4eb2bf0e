using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Time;

public sealed class TimestampTests
{
    [Fact]
    public void Times_are_added_and_instants_subtracted()
    {
        Timestamp start = Timestamp.FromStart(TimeSpan.FromSeconds(3));
        Timestamp later = start + TimeSpan.FromMilliseconds(250);
        Assert.Equal(TimeSpan.FromMilliseconds(250), later - start);
        Assert.Equal(TimeSpan.FromMilliseconds(-250), start - later);
        Assert.Equal(start, later - TimeSpan.FromMilliseconds(250));
        Assert.Equal(TimeSpan.FromSeconds(3.25), later.SinceStart);
    }

    [Fact]
    public void Instants_are_ordered()
    {
        Timestamp a = new(1), b = new(2);
        Assert.True(a < b && a <= b && b > a && b >= a && a <= new Timestamp(1) && a >= new Timestamp(1));
        Assert.False(b < a || b <= a || a > b || a >= b);
        Assert.Equal((a, b), (Timestamp.Min(b, a), Timestamp.Max(a, b)));
        Assert.True(a.CompareTo(b) < 0 && b.CompareTo(a) > 0 && a.CompareTo(a) == 0);
        Assert.True(b < Timestamp.Never && Timestamp.Zero < a);
    }

    [Fact]
    public void Arithmetic_that_leaves_the_range_throws()
    {
        Assert.Throws<OverflowException>(() => Timestamp.Never + TimeSpan.FromTicks(1));
        Assert.Throws<OverflowException>(() => Timestamp.Zero - TimeSpan.MaxValue - TimeSpan.MaxValue);
        Assert.Throws<OverflowException>(() => Timestamp.Never - new Timestamp(-1));
    }

    [Fact]
    public void Its_text_is_in_seconds() => Assert.Equal("12.0000001", new Timestamp(120_000_001).ToString());
}
