using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Ip;

public sealed class PathMtuCacheTests
{
    private const uint Device = 2;
    private const int LinkMtu = 1500;

    private static readonly InetAddress There = InetAddress.Parse("203.0.113.5");

    private readonly PathMtuCache _cache = new();
    private Timestamp _now;

    private int Mtu => _cache.MtuOf(There, Device, LinkMtu, _now, out _);

    private bool Report(int mtu, int length = 1500) => _cache.OnTooBig(There, Device, LinkMtu, mtu, length, _now);

    [Fact]
    public void A_report_holds_for_its_destination_and_interface_alone()
    {
        Assert.True(Report(1400));
        Assert.Equal(1400, Mtu);
        Assert.Equal(LinkMtu, _cache.MtuOf(InetAddress.Parse("203.0.113.6"), Device, LinkMtu, _now, out _));
        Assert.Equal(LinkMtu, _cache.MtuOf(There, Device + 1, LinkMtu, _now, out _));
        Assert.Equal(1300, _cache.MtuOf(There, Device, 1300, _now, out _));      // the link's own MTU was lowered since
    }

    [Fact]
    public void A_report_lowers_and_never_raises()
    {
        Assert.False(Report(1500));
        Assert.False(Report(9000));
        Assert.Equal(0, _cache.Count);
        Assert.True(Report(1400));
        Assert.False(Report(1450));
        Assert.Equal(1400, Mtu);
        Assert.True(Report(1300));
        Assert.Equal(1300, Mtu);
    }

    [Fact]
    public void A_report_is_forgotten_after_ten_minutes_unless_it_comes_again()
    {
        Report(1400);
        _now += TimeSpan.FromMinutes(6);
        Assert.True(Report(1400));
        _now += TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1);
        Assert.Equal(1400, Mtu);
        _now += TimeSpan.FromTicks(1);
        Assert.Equal(LinkMtu, Mtu);
        Assert.Equal(0, _cache.Count);
        _cache.Lifetime = TimeSpan.FromSeconds(5);
        Report(1000);
        _now += TimeSpan.FromSeconds(5);
        Assert.Equal(LinkMtu, Mtu);
    }

    [Theory]
    [InlineData(551, 552)]
    [InlineData(68, 552)]
    [InlineData(1, 552)]
    public void A_report_below_the_minimum_gives_the_minimum_and_leaves_the_cutting_to_routers(int reported, int expected)
    {
        Assert.True(Report(reported));
        Assert.Equal(expected, _cache.MtuOf(There, Device, LinkMtu, _now, out bool mayFragment));
        Assert.True(mayFragment);
        Assert.False(Report(1));      // and keeps nobody from forgetting it
        _now += TimeSpan.FromMinutes(10);
        Assert.Equal(LinkMtu, _cache.MtuOf(There, Device, LinkMtu, _now, out mayFragment));
        Assert.False(mayFragment);
    }

    [Fact]
    public void The_minimum_can_be_set_down_to_what_every_link_takes()
    {
        _cache.Minimum = 10;
        Assert.Equal(68, _cache.Minimum);
        Assert.True(Report(68));
        Assert.Equal(68, _cache.MtuOf(There, Device, LinkMtu, _now, out bool mayFragment));
        Assert.False(mayFragment);
    }

    [Fact]
    public void A_link_that_is_narrower_than_the_minimum_stays_the_limit()
    {
        Assert.True(_cache.OnTooBig(There, Device, 296, 100, 296, _now));
        Assert.Equal(296, _cache.MtuOf(There, Device, 296, _now, out bool mayFragment));
        Assert.True(mayFragment);
    }

    // RFC 1191 §7.1, the table of plateaus.
    [Theory]
    [InlineData(65_535, 32_000)]
    [InlineData(32_000, 17_914)]
    [InlineData(9000, 8166)]
    [InlineData(1500, 1492)]
    [InlineData(1492, 1006)]
    [InlineData(1006, 508)]
    [InlineData(508, 296)]
    [InlineData(296, 68)]
    [InlineData(68, 68)]
    [InlineData(20, 68)]
    public void An_old_router_that_says_nothing_is_answered_by_the_next_plateau(int length, int plateau) =>
        Assert.Equal(plateau, PathMtuCache.PlateauBelow(length));

    [Fact]
    public void Old_routers_lower_the_path_step_by_step_whatever_length_they_quote()
    {
        Assert.True(Report(0, 1500));
        Assert.Equal(1492, Mtu);
        Assert.True(Report(0, 65_535));      // no packet of ours can have been that long
        Assert.Equal(1006, Mtu);
        Assert.True(Report(0, 1006));
        Assert.Equal(552, Mtu);
    }

    [Fact]
    public void A_million_destinations_take_no_more_room_than_the_cache_has_and_those_in_use_stay()
    {
        Report(1400);
        for (uint i = 0; i < TestSettings.Count(50_000, 1_000_000); i++)
        {
            _cache.OnTooBig(InetAddress.FromV4(i), Device, LinkMtu, 1400, 1500, _now);
            if (i % 1000 == 0) Assert.Equal(1400, Mtu);
        }

        Assert.Equal(PathMtuCache.Capacity, _cache.Count);
        Assert.Equal(1400, Mtu);
        _cache.Clear();
        Assert.Equal(0, _cache.Count);
        Assert.Equal(LinkMtu, Mtu);
    }

    [Fact]
    public void A_full_cache_allocates_nothing()
    {
        uint next = 0;
        for (int i = 0; i < 3 * PathMtuCache.Capacity; i++) _cache.OnTooBig(InetAddress.FromV4(next++), Device, LinkMtu, 1400, 1500, _now);
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 5000; i++)
            {
                _cache.OnTooBig(InetAddress.FromV4(next++), Device, LinkMtu, 1400, 1500, _now);
                _cache.MtuOf(InetAddress.FromV4(next - 100), Device, LinkMtu, _now, out _);
            }
        }));
    }
}
