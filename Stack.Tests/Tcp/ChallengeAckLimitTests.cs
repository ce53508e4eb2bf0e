using UserNet.Doors;
using UserNet.Tcp;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class ChallengeAckLimitTests
{
    private readonly TcpSettings _settings = new();

    [Fact]
    public void A_connection_answers_once_in_half_a_second()
    {
        ChallengeAckLimit limit = Seeded(1);
        Timestamp mine = default, other = default;
        Assert.True(limit.TryTake(ref mine, At(0)));
        Assert.False(limit.TryTake(ref mine, At(0)));
        Assert.False(limit.TryTake(ref mine, At(499)));
        Assert.True(limit.TryTake(ref other, At(499)));
        Assert.True(limit.TryTake(ref mine, At(500.1)));
        Assert.False(limit.TryTakeOwn(ref mine, At(900)));
        _settings.InvalidInterval = TimeSpan.Zero;
        Assert.True(limit.TryTake(ref mine, At(900)));
        Assert.True(limit.TryTake(ref mine, At(900)));
    }

    [Fact]
    public void All_together_have_a_budget_for_each_second_that_is_drawn_anew()
    {
        _settings.InvalidInterval = TimeSpan.Zero;
        ChallengeAckLimit limit = Seeded(2);
        List<int> budgets = [];
        for (int second = 0; second < 200; second++)
        {
            int given = 0;
            for (int i = 0; i < 2000; i++)
            {
                Timestamp last = default;
                if (limit.TryTake(ref last, At((1000 * second) + (i / 2.1)))) given++;
            }

            budgets.Add(given);
        }

        Assert.All(budgets, static budget => Assert.InRange(budget, 500, 1499));
        Assert.InRange(budgets.Average(), 930, 1070);
        Assert.True(budgets.Distinct().Count() > 100);
    }

    [Fact]
    public void What_is_no_attack_is_not_counted_for_all()
    {
        _settings.InvalidInterval = TimeSpan.Zero;
        _settings.ChallengeAcksPerSecond = 1;
        ChallengeAckLimit limit = Seeded(3);
        Timestamp last = default;
        for (int i = 0; i < 100; i++) Assert.True(limit.TryTakeOwn(ref last, At(1)));
        Assert.True(limit.TryTake(ref last, At(1)));
        Assert.False(limit.TryTake(ref last, At(1)));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(0)]      // as in Linux: a budget drawn from all numbers
    public void Without_a_limit_each_is_given_leave(int limitPerSecond)
    {
        _settings.InvalidInterval = TimeSpan.Zero;
        ChallengeAckLimit limit = Seeded(4);
        Timestamp last = default;
        _settings.ChallengeAcksPerSecond = limitPerSecond;
        for (int i = 0; i < 5000; i++) Assert.True(limit.TryTake(ref last, At(1)));
    }

    private ChallengeAckLimit Seeded(int seed) => new(_settings, new RandomBuffer(new Random(seed).NextBytes));

    private static Timestamp At(double milliseconds) => Timestamp.FromStart(TimeSpan.FromMilliseconds(milliseconds));
}
