using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Tcp;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Tcp;

public sealed class SynCookiesTests
{
    private static readonly InetEndpoint Local = new(InetAddress.Parse("10.0.0.1"), 80), Remote = new(InetAddress.Parse("10.0.0.2"), 40_000);
    private static readonly InetEndpoint Remote6 = new(InetAddress.Parse("fd00::2"), 40_000);
    private static readonly SequenceNumber PeerIsn = new(0xFFFF_FFFF);

    private readonly SynCookies _cookies = new(new RandomBuffer(new Random(1).NextBytes));

    [Theory]
    [InlineData(48, 536, 1220)]
    [InlineData(536, 536, 1220)]
    [InlineData(1299, 536, 1220)]
    [InlineData(1300, 1300, 1220)]
    [InlineData(1459, 1440, 1440)]
    [InlineData(1460, 1460, 1440)]
    [InlineData(9000, 1460, 8940)]
    [InlineData(65_535, 1460, 8940)]
    public void The_MSS_comes_back_rounded_down_to_one_of_four(int mss, int expected, int expectedV6)
    {
        foreach (InetEndpoint remote in (InetEndpoint[])[Remote, Remote6])
        {
            for (int second = 0; second < 20_000; second += 997)
            {
                Timestamp now = At(second);
                SequenceNumber cookie = _cookies.Make(Local, remote, PeerIsn, mss, now);
                Assert.True(_cookies.TryCheck(cookie, Local, remote, PeerIsn, now, out int found));
                Assert.Equal(remote == Remote ? expected : expectedV6, found);
            }
        }
    }

    [Fact]
    public void A_cookie_is_good_in_its_own_period_and_the_next()
    {
        SequenceNumber cookie = _cookies.Make(Local, Remote, PeerIsn, 1460, At(70));      // the period from 60 to 120 s
        Assert.False(Check(cookie, At(59)));
        Assert.True(Check(cookie, At(70)));
        Assert.True(Check(cookie, At(119)));
        Assert.True(Check(cookie, At(179.9)));
        Assert.False(Check(cookie, At(180)));
        Assert.False(Check(cookie, At(100_000)));
        SequenceNumber late = _cookies.Make(Local, Remote, PeerIsn, 1460, At((256 * 60) - 1));
        Assert.True(Check(late, At(256 * 60)));      // the minutes go round
        Assert.False(Check(cookie, At((256 * 60) + 240)));
    }

    [Fact]
    public void A_cookie_is_good_for_its_own_connection_alone()
    {
        SequenceNumber cookie = _cookies.Make(Local, Remote, PeerIsn, 1460, At(5));
        Assert.False(_cookies.TryCheck(cookie, Local with { Port = 81 }, Remote, PeerIsn, At(5), out _));
        Assert.False(_cookies.TryCheck(cookie, Local, Remote with { Port = 40_001 }, PeerIsn, At(5), out _));
        Assert.False(_cookies.TryCheck(cookie, Local, Remote6, PeerIsn, At(5), out _));
        Assert.False(_cookies.TryCheck(cookie, Local, Remote, PeerIsn + 1, At(5), out _));
        Assert.False(new SynCookies(new RandomBuffer(new Random(2).NextBytes)).TryCheck(cookie, Local, Remote, PeerIsn, At(5), out _));
    }

    // A flipped bit among the lowest three tells another MSS, which is all a peer can gain: it may say so anyway.
    [Fact]
    public void A_changed_cookie_is_no_cookie()
    {
        SequenceNumber cookie = _cookies.Make(Local, Remote, PeerIsn, 1460, At(5));
        for (int bit = 3; bit < 32; bit++) Assert.False(Check(new SequenceNumber(cookie.Value ^ (1u << bit)), At(5)));
        int good = 0;
        Random random = TestSettings.Random(64);
        for (int i = 0; i < 1_000_000; i++) if (Check(new SequenceNumber((uint)random.NextInt64(1L << 32)), At(70))) good++;
        Assert.True(good <= 2);      // expected 1,000,000 / 2^28
    }

    [Fact]
    public void Cookies_of_one_pair_of_ends_go_up_from_minute_to_minute()
    {
        SequenceNumber last = _cookies.Make(Local, Remote, PeerIsn, 1460, At(0));
        for (int minute = 2; minute < 120; minute += 2)
        {
            SequenceNumber next = _cookies.Make(Local, Remote, PeerIsn, 1460, At(60 * minute));
            Assert.True(next > last);
            last = next;
        }
    }

    [Fact]
    public void What_else_was_agreed_on_comes_back_with_the_timestamp()
    {
        foreach (uint clock in (uint[])[0, 1, 63, 64, 0x1234_5678, uint.MaxValue])
        {
            for (int bits = 0; bits < 64; bits++)
            {
                byte? scale = (bits & 15) == 15 ? null : (byte)(bits & 15);
                bool sack = (bits & 16) != 0, ecn = (bits & 32) != 0;
                uint stamp = SynCookies.Timestamp(clock, scale, sack, ecn);
                Assert.InRange((int)(clock - stamp), 0, 63);      // the clock goes on from there, never back
                Assert.Equal(new CookieContent(1460, scale, sack, ecn), SynCookies.Read(1460, stamp));
            }
        }

        Assert.Equal(new CookieContent(536, null, false, false), SynCookies.Read(536, null));
    }

    private bool Check(SequenceNumber cookie, Timestamp now) => _cookies.TryCheck(cookie, Local, Remote, PeerIsn, now, out _);

    private static Timestamp At(double seconds) => Timestamp.FromStart(TimeSpan.FromSeconds(seconds));
}
