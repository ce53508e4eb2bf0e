using UserNet.Tcp;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class SequenceNumberTests
{
    [Theory]
    [InlineData(0u, 1u)]
    [InlineData(uint.MaxValue, 0u)]
    [InlineData(0xFFFF_FF00u, 0x100u)]
    [InlineData(0u, 0x7FFF_FFFFu)]
    public void Order_holds_across_the_wrap(uint earlier, uint later)
    {
        SequenceNumber a = new(earlier), b = new(later);
        Assert.True(a < b && a <= b && b > a && b >= a);
        Assert.False(b < a || b <= a || a > b || a >= b);
        Assert.Equal(a, SequenceNumber.Min(a, b));
        Assert.Equal(b, SequenceNumber.Max(b, a));
        Assert.Equal(b, a + (b - a));
        Assert.Equal(a, b - (b - a));
    }

    [Theory]
    [InlineData(10u, 10u, 1, true)]
    [InlineData(11u, 10u, 1, false)]
    [InlineData(9u, 10u, 1, false)]
    [InlineData(10u, 10u, 0, false)]
    [InlineData(3u, 0xFFFF_FFF0u, 20, true)]
    [InlineData(4u, 0xFFFF_FFF0u, 20, false)]
    public void A_window_holds_its_first_number_and_not_the_one_after_its_last(
        uint number, uint first, int length, bool isIn) =>
        Assert.Equal(isIn, new SequenceNumber(number).IsIn(new SequenceNumber(first), length));
}
