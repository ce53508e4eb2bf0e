using UserNet.Tcp;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class SequenceNumberTests
{
    [Theory]
    [InlineData(0u, 1u)]
    [InlineData(uint.MaxValue, 0u)]
    [InlineData(0x8000_0000u, 0xFFFF_FFFFu)]
    [InlineData(0xFFFF_FFF0u, 0x7FFF_FFEFu)]
    public void Order_goes_on_past_the_end(uint first, uint second)
    {
        SequenceNumber a = new(first), b = new(second);
        Assert.True(a < b && a <= b && b > a && b >= a && a != b && !(b < a) && !(a > b));
        Assert.Equal((b, a), (SequenceNumber.Max(a, b), SequenceNumber.Min(b, a)));
        Assert.Equal(b, a + (b - a));
        Assert.Equal(a, b - (b - a));
        Assert.True(b - a > 0 && a - b < 0);
    }

    [Fact]
    public void A_range_holds_its_first_number_and_not_the_one_behind_its_last()
    {
        SequenceNumber first = new(uint.MaxValue - 4);
        Assert.False((first - 1).IsIn(first, 10));
        for (int i = 0; i < 10; i++) Assert.True((first + i).IsIn(first, 10));
        Assert.False((first + 10).IsIn(first, 10));
        Assert.False(first.IsIn(first, 0));
    }
}
