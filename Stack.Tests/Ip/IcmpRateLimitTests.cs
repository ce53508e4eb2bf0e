using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Ip;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Ip;

public sealed class IcmpRateLimitTests
{
    private readonly IcmpSettings _settings = new();
    private readonly IcmpRateLimit _limit;
    private Timestamp _now = Timestamp.FromStart(TimeSpan.FromDays(3));

    public IcmpRateLimitTests() => _limit = new IcmpRateLimit(_settings, new RandomBuffer(new Random(9).NextBytes));

    private int Sent(uint to, int tries)
    {
        int sent = 0;
        for (int i = 0; i < tries; i++) sent += _limit.TryTake(InetAddress.FromV4(to), _now) ? 1 : 0;
        return sent;
    }

    [Fact]
    public void One_destination_gets_six_at_once_and_then_one_a_second()
    {
        Assert.Equal(6, Sent(1, 100));
        for (int i = 0; i < 20; i++)
        {
            _now += TimeSpan.FromMilliseconds(500);
            Assert.Equal(i % 2, Sent(1, 10));
        }

        _now += TimeSpan.FromHours(1);
        Assert.Equal(6, Sent(1, 100));
        Assert.Equal(6, Sent(2, 100));
    }

    [Fact]
    public void All_destinations_together_get_some_fifty_at_once_and_a_thousand_a_second()
    {
        uint next = 0;
        int atOnce = 0;
        while (_limit.TryTake(InetAddress.FromV4(next++), _now)) atOnce++;
        Assert.InRange(atOnce, 30, 80);
        int sent = 0;
        for (int i = 0; i < 10_000; i++)
        {
            _now += TimeSpan.FromMilliseconds(1);
            for (int j = 0; j < 5; j++) sent += _limit.TryTake(InetAddress.FromV4(next++), _now) ? 1 : 0;
        }

        Assert.InRange(sent, 9000, 11_000);
    }

    [Fact]
    public void How_many_the_common_bucket_lets_through_can_not_be_counted_exactly()
    {
        HashSet<int> counts = [];
        uint next = 0;
        for (int round = 0; round < 50; round++)
        {
            _now += TimeSpan.FromSeconds(1);
            int sent = 0;
            while (_limit.TryTake(InetAddress.FromV4(next++), _now)) sent++;
            counts.Add(sent);
        }

        Assert.True(counts.Count > 5);
    }

    [Fact]
    public void What_one_destination_is_refused_does_not_show_in_the_common_bucket()
    {
        Sent(1, 6);
        Assert.Equal(0, Sent(1, 10_000));
        Assert.InRange(Enumerable.Range(2, 100).Sum(to => Sent((uint)to, 1)), 25, 80);
    }

    [Fact]
    public void A_limit_can_be_set_and_taken_away()
    {
        _settings.ErrorInterval = TimeSpan.FromSeconds(10);
        _settings.ErrorBurst = 2;
        Assert.Equal(2, Sent(1, 10));
        _now += TimeSpan.FromSeconds(10);
        Assert.Equal(1, Sent(1, 10));
        _settings.ErrorInterval = TimeSpan.Zero;
        _settings.ErrorsPerSecond = 0;
        Assert.Equal(10_000, Sent(1, 10_000));
    }

    [Fact]
    public void A_flood_of_destinations_takes_no_more_room_than_there_is_and_no_heap()
    {
        uint next = 0;
        for (int i = 0; i < 3 * IcmpRateLimit.Capacity; i++) _limit.TryTake(InetAddress.FromV4(next++), _now);
        Assert.Equal(IcmpRateLimit.Capacity, _limit.Count);
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 10_000; i++) _limit.TryTake(InetAddress.FromV4(next++), _now);
        }));
        Assert.Equal(IcmpRateLimit.Capacity, _limit.Count);
    }
}
