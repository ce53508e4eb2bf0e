using UserNet.Emulation;
using UserNet.Errors;
using UserNet.Simulation;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>Clocks that jump, links that go, peers that vanish, readers who sleep.</summary>
public class HardTimesTests(ITestOutputHelper output)
{
    private protected virtual IpFamily Family => IpFamily.V4;

    private static readonly LinkConditions Wire = new() { Delay = TimeSpan.FromMilliseconds(20), BitsPerSecond = 20_000_000 };

    [Fact]
    public void A_link_that_is_down_for_half_a_minute_only_delays_a_transfer()
    {
        for (int seed = 1; seed <= TestSettings.Count(Family.IsV6 ? 20 : 40, 400); seed++)
        {
            using TwoHosts hosts = Open(seed, Draw(seed));
            (StreamEnd a, StreamEnd b) = Transfer(hosts, seed, 600_000);
            hosts.Lab.RunFor(TimeSpan.FromMilliseconds(new Random(seed).Next(1, 250)));
            hosts.Change(wire => wire with { Loss = 1 });
            hosts.Lab.RunFor(TimeSpan.FromSeconds(30));
            hosts.Change(wire => wire with { Loss = 0 });
            // The timeout has doubled to 25.6 s or more by then, and the one that follows is twice as long.
            Assert.True(hosts.Lab.RunUntil(() => a.IsOver && b.IsOver, TimeSpan.FromSeconds(90)), $"seed {seed}: {a}; {b}");
            Assert.True(a.IsWhole && b.IsWhole, $"seed {seed}: {a}; {b}");
            Assert.Null(hosts.Leftovers(TimeSpan.FromMinutes(5), a, b));
        }
    }

    [Theory]
    [InlineData("Linux", 15)]
    [InlineData("Linux", 8)]
    [InlineData("Linux", 3)]
    [InlineData("Linux", 1)]
    [InlineData("FreeBSD", 12)]
    [InlineData("FreeBSD", 4)]
    public void A_peer_that_vanishes_is_given_up_when_the_settings_say(string profile, int retries)
    {
        TimeSpan longest = TimeSpan.Zero;
        for (int seed = 1; seed <= 10; seed++)
        {
            HostPlan host = Draw(seed) with { Profile = profile == "Linux" ? TcpProfile.Linux : TcpProfile.FreeBsd };
            Action<TcpSettings> settings = host.Settings!;
            using TwoHosts hosts = Open(seed, host with { Settings = s => { settings(s); s.Retries = retries; } });
            (StreamEnd a, StreamEnd b) = Transfer(hosts, seed, 3_000_000);
            hosts.Lab.RunFor(TimeSpan.FromMilliseconds(500 + (seed * 37)));
            hosts.Change(wire => wire with { Loss = 1 });
            Timestamp vanished = hosts.Lab.Clock.Now;
            TcpSettings used = hosts.A.Core.Tcp!.Settings;
            Assert.Equal(retries, used.Retries);
            TimeSpan[] timeouts = [a.Connection!.Recovery.Rtt.Timeout, b.Connection!.Recovery.Rtt.Timeout];
            Assert.True(hosts.Lab.RunUntil(() => a.IsOver && b.IsOver, TimeSpan.FromHours(2)), $"seed {seed}: {a}; {b}");
            foreach (StreamEnd end in (StreamEnd[])[a, b])
            {
                Assert.Equal(Errno.ETIMEDOUT, end.Error);
                TimeSpan took = end.FailedAt - vanished;
                (TimeSpan least, TimeSpan most) = profile == "Linux" ? LimitOfLinux(used) : LimitOfFreeBsd(used, timeouts[end == a ? 0 : 1]);
                Assert.InRange(took, least, most);
                if (took > longest) longest = took;
            }

            Assert.Null(hosts.Leftovers(TimeSpan.FromMinutes(5), a, b));
        }

        output.WriteLine($"the longest took {longest}");
    }

    // Time counts from the first retransmission, and is looked at when a timeout expires: each twice as long as the one before.
    private static (TimeSpan Least, TimeSpan Most) LimitOfLinux(TcpSettings used)
    {
        TimeSpan limit = used.GiveUpAfter(used.MaxTimeout), slack = TimeSpan.FromSeconds(3);
        return (limit, (limit * 2 < limit + used.MaxTimeout ? limit * 2 : limit + used.MaxTimeout) + slack);
    }

    // One timeout more than the retries, each twice as long as the one before, and a slop for each. What was under way when the peer
    // vanished may still change the round-trip time.
    private static (TimeSpan Least, TimeSpan Most) LimitOfFreeBsd(TcpSettings used, TimeSpan timeout)
    {
        TimeSpan least = TimeSpan.Zero, most = timeout, first = timeout - used.TimeoutSlop;
        for (int i = 0; i <= used.Retries; i++)
        {
            TimeSpan wait = first * (1 << i);
            least += Min((wait / 2) + used.TimeoutSlop, used.MaxTimeout);
            most += Min((wait * 2) + used.TimeoutSlop, used.MaxTimeout);
        }

        return (least, most);

        static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
    }

    [Fact]
    public void A_window_that_stays_closed_for_an_hour_is_probed_now_and_then_and_all_arrives_when_it_opens()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            int segments = 0;
            HostPlan host = Draw(seed);
            using var hosts = new TwoHosts(
                (ulong)seed, Wire, Wire, host, host,
                tap: (link, name, lab) => new WatchedLink(link, lab, (in _, _) => { if (name == "a") segments++; }), family: Family);
            const int Size = 1_000_000;
            (StreamEnd a, StreamEnd b) = hosts.Connect(
                new StreamPlan { Sends = Size }, new StreamPlan { Expects = Size, ReadsAfter = TimeSpan.FromHours(1) }, seed);
            hosts.Lab.RunFor(TimeSpan.FromMinutes(5));
            int before = segments;
            hosts.Lab.RunFor(TimeSpan.FromMinutes(54));
            // Probes, by then as far apart as they get: two minutes on Linux, one on FreeBSD (tcp_rto_max_ms, net.inet.tcp.persmax).
            int least = 54 / (host.Profile == TcpProfile.Linux ? 2 : 1);
            Assert.InRange(segments - before, least, least + 3);
            Assert.False(a.IsOver, $"seed {seed}: {a}");
            Assert.True(hosts.Lab.RunUntil(() => a.IsOver && b.IsOver, TimeSpan.FromMinutes(6)), $"seed {seed}: {a}; {b}");
            Assert.True(a.IsWhole && b.IsWhole, $"seed {seed}: {a}; {b}");
            Assert.Null(hosts.Leftovers(TimeSpan.FromMinutes(5), a, b));
        }
    }

    [Fact]
    public void A_window_that_closes_while_segments_are_lost_opens_again_all_the_same()
    {
        for (int seed = 1; seed <= TestSettings.Count(Family.IsV6 ? 20 : 40, 400); seed++)
        {
            using TwoHosts hosts = new((ulong)seed, Wire with { Loss = 0.1 }, Wire with { Loss = 0.1 }, Draw(seed), Draw(seed + 1), family: Family);
            const int Size = 400_000;
            (StreamEnd a, StreamEnd b) = hosts.Connect(
                new StreamPlan { Sends = Size },
                new StreamPlan { Expects = Size, ReadsAtOnce = 40_000, Rest = TimeSpan.FromSeconds(3), ReadsAfter = TimeSpan.FromMinutes(2) }, seed);
            Assert.True(hosts.Lab.RunUntil(() => a.IsOver && b.IsOver, TimeSpan.FromMinutes(20)), $"seed {seed}: {a}; {b}");
            Assert.True(a.IsWhole && b.IsWhole, $"seed {seed}: {a}; {b}");
            Assert.Null(hosts.Leftovers(TimeSpan.FromMinutes(5), a, b));
        }
    }

    [Fact]
    public void Keep_alive_keeps_what_lives_and_gives_up_a_peer_that_vanished()
    {
        var host = new HostPlan { Options = new ConnectionOptions { KeepAlive = true } };
        using TwoHosts hosts = Open(1, host);
        (StreamEnd a, StreamEnd b) = hosts.Connect(new StreamPlan { StaysOpen = true }, new StreamPlan { StaysOpen = true }, 1);
        hosts.Lab.RunFor(TimeSpan.FromHours(30));
        Assert.False(a.IsOver || b.IsOver, $"{a}; {b}");
        hosts.Change(wire => wire with { Loss = 1 });
        Timestamp vanished = hosts.Lab.Clock.Now;
        Assert.True(hosts.Lab.RunUntil(() => a.IsOver && b.IsOver, TimeSpan.FromHours(3)));
        foreach (StreamEnd end in (StreamEnd[])[a, b])
        {
            Assert.Equal(Errno.ETIMEDOUT, end.Error);
            TimeSpan probes = 9 * TimeSpan.FromSeconds(75);
            Assert.InRange(end.FailedAt - vanished, probes, probes + TimeSpan.FromHours(2));
        }

        Assert.Null(hosts.Leftovers(TimeSpan.FromMinutes(5), a, b));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(40)]
    [InlineData(49.8)]
    [InlineData(200)]
    public void After_days_of_silence_a_connection_goes_on(double days)
    {
        for (int seed = 1; seed <= 8; seed++)
        {
            using TwoHosts hosts = Open(seed, Draw(seed));
            (StreamEnd a, StreamEnd b) = hosts.Connect(
                new StreamPlan { Sends = 100_000, Expects = 100_000, StaysOpen = true }, new StreamPlan { Sends = 100_000, Expects = 100_000, StaysOpen = true },
                seed);
            Assert.True(hosts.Lab.RunUntil(() => a.Received == 100_000 && b.Received == 100_000, TimeSpan.FromMinutes(1)));
            hosts.Lab.RunFor(TimeSpan.FromDays(days));
            foreach (StreamEnd end in (StreamEnd[])[a, b])
            {
                end.Plan = end.Plan with { Sends = 300_000, Expects = 300_000, StaysOpen = false };
                end.Wake();
            }

            Assert.True(hosts.Lab.RunUntil(() => a.IsOver && b.IsOver, TimeSpan.FromSeconds(10)), $"seed {seed}: {a}; {b}");
            Assert.True(a.IsWhole && b.IsWhole, $"seed {seed}: {a}; {b}");
        }
    }

    /// <summary>As after a machine slept: a host's clock is hours on at once, and what was due meanwhile is due now.</summary>
    /// <remarks>
    /// What is longer than the limits of the settings may end connections, those first that are closed and still send. Timestamps tell
    /// at most 24 days apart (RFC 7323 §5.5), and there are three jumps.
    /// </remarks>
    [Theory]
    [InlineData(10, false)]
    [InlineData(30, false)]
    [InlineData(36_000, true)]
    [InlineData(600_000, true)]
    public void A_clock_that_jumps_in_the_middle_of_a_transfer_breaks_nothing(int seconds, bool mayTimeOut)
    {
        int whole = 0, count = TestSettings.Count(Family.IsV6 ? 20 : 40, 400);
        for (int seed = 1; seed <= count; seed++)
        {
            var random = new Random(seed);
            JumpingClock? clock = null;
            HostPlan host = Draw(seed);
            // Who waits for the other's end learns by nothing else that he is gone.
            host = host with { Options = host.Options with { KeepAlive = true, KeepAliveIdle = TimeSpan.FromMinutes(2) } };
            LinkConditions wire = Wire with { Loss = seed % 2 == 0 ? 0.02 : 0 };
            using var hosts = new TwoHosts((ulong)seed, wire, wire, host with { Clock = lab => clock = new JumpingClock(lab.Clock) }, host, family: Family);
            (StreamEnd a, StreamEnd b) = Transfer(hosts, seed, 500_000);
            Assert.True(hosts.Lab.RunUntil(() => b.Connection is not null, TimeSpan.FromSeconds(10)));
            for (int jump = 0; jump < 3; jump++)
            {
                hosts.Lab.RunFor(TimeSpan.FromMilliseconds(random.Next(1, 120)));
                clock!.Jump(TimeSpan.FromSeconds(seconds));
            }

            Assert.True(hosts.Lab.RunUntil(() => a.IsOver && b.IsOver, TimeSpan.FromHours(1)), $"seed {seed}: {a}; {b}");
            if (a.IsWhole && b.IsWhole) whole++;
            else Assert.True(mayTimeOut && (a.Error == Errno.ETIMEDOUT || (a.IsWhole && b.Error == Errno.ECONNRESET)), $"seed {seed}: {a}; {b}");
            Assert.Null(hosts.Leftovers(TimeSpan.FromHours(1), a, b));
        }

        output.WriteLine($"{whole} of {count} whole");
    }

    /// <summary>The lab's clock moves by hours at once, so that frames wait while timers fire.</summary>
    [Fact]
    public void Hours_in_which_no_frame_arrives_end_in_a_timeout_or_in_a_whole_transfer()
    {
        for (int seed = 1; seed <= TestSettings.Count(Family.IsV6 ? 20 : 40, 400); seed++)
        {
            using TwoHosts hosts = Open(seed, Draw(seed));
            (StreamEnd a, StreamEnd b) = Transfer(hosts, seed, 500_000);
            hosts.Lab.RunFor(TimeSpan.FromMilliseconds(new Random(seed).Next(1, 250)));
            // FreeBSD gives a peer up after thirteen timeouts in a row: some eighty seconds, or more where the first is longer.
            bool isLong = seed % 2 == 0;
            hosts.Lab.Clock.Advance(isLong ? TimeSpan.FromHours(5) : TimeSpan.FromMinutes(1));
            bool isOver = hosts.Lab.RunUntil(
                () => a.IsOver && (b.IsOver || (b.Connection is null && a.Error != Errno.Success)), TimeSpan.FromHours(2));
            Assert.True(isOver, $"seed {seed}: {a}; {b}");
            // Who was never connected knows nothing of it; the other is told by a reset then.
            bool hasTimedOut = a.Error == Errno.ETIMEDOUT || b.Error == Errno.ETIMEDOUT || (b.Connection is null && a.Error == Errno.ECONNRESET);
            Assert.True((a.IsWhole && b.IsWhole) || (hasTimedOut && (isLong || b.Connection is null)), $"seed {seed}: {a}; {b}");
            Assert.Null(hosts.Leftovers(TimeSpan.FromHours(1), a, b));
        }
    }

    private TwoHosts Open(int seed, HostPlan host) => new((ulong)seed, Wire, Wire, host, host, family: Family);

    private static (StreamEnd A, StreamEnd B) Transfer(TwoHosts hosts, int seed, int size)
    {
        var plan = new StreamPlan { Sends = size, Expects = size };
        return hosts.Connect(plan, plan, seed);
    }

    private static HostPlan Draw(int seed)
    {
        var random = new Random(seed * 31);
        bool sack = random.Next(4) != 0, timestamps = random.Next(3) != 0;
        return new HostPlan
        {
            Profile = random.Next(3) == 0 ? TcpProfile.FreeBsd : TcpProfile.Linux,
            TakesBursts = random.Next(2) == 0,
            Options = new ConnectionOptions { Congestion = random.Next(2) == 0 ? CongestionAlgorithm.Cubic : CongestionAlgorithm.NewReno },
            Settings = settings => (settings.Sack, settings.Timestamps) = (sack, timestamps),
        };
    }

    /// <summary>A clock beside the lab's that can jump: its timers then come late.</summary>
    private sealed class JumpingClock(ManualClock clock) : TimeProvider
    {
        private long _ahead;

        public override long TimestampFrequency => clock.TimestampFrequency;

        public void Jump(TimeSpan time) => _ahead += time.Ticks;

        public override long GetTimestamp() => clock.GetTimestamp() + _ahead;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + TimeSpan.FromTicks(_ahead);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            clock.CreateTimer(callback, state, dueTime, period);
    }
}

/// <summary>The same over IPv6.</summary>
public sealed class HardTimesV6Tests(ITestOutputHelper output) : HardTimesTests(output)
{
    private protected override IpFamily Family => IpFamily.V6;
}
