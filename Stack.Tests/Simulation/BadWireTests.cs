using UserNet.Emulation;
using UserNet.Errors;
using UserNet.Simulation;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>
/// Streams over wires that lose, double, corrupt, delay and reorder: up to a tenth lost, all arrives, in bounded time; beyond that it
/// arrives whole or the connection ends by its timeout. It never hangs, and no octet is ever wrong.
/// </summary>
public class BadWireTests(ITestOutputHelper output)
{
    private protected virtual IpFamily Family => IpFamily.V4;

    /// <summary>Up to a tenth lost each way, a transfer takes no longer, by the clock of the lab.</summary>
    /// <remarks>
    /// Most end within seconds. The slowest have no SACK and lose acknowledgments in a row: with timestamps the next one then measures a
    /// round trip of the whole silence, as in Linux and FreeBSD, and timeouts are long for a while. Thousands of seeds find longer ones.
    /// </remarks>
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(TestSettings.IsLong ? 20 : 5);

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.01)]
    [InlineData(0.03)]
    [InlineData(0.1)]
    public void Over_a_wire_that_loses_up_to_a_tenth_all_arrives_in_bounded_time(double loss) =>
        TryAll(seed => Wire(seed) with { Loss = loss });

    [Fact]
    public void Over_a_wire_that_reorders_all_arrives() =>
        TryAll(seed => Wire(seed) with { Reordering = Draw(seed, 0.01, 0.3), ReorderDelay = TimeSpan.FromMilliseconds(Draw(seed, 1, 60)) });

    [Fact]
    public void Over_a_wire_that_doubles_all_arrives() => TryAll(seed => Wire(seed) with { Duplication = Draw(seed, 0.01, 0.5) });

    [Fact]
    public void Over_a_wire_that_turns_single_bits_round_all_arrives_and_no_octet_is_wrong() =>
        TryAll(seed => Wire(seed) with { Corruption = Draw(seed, 0.001, 0.1) });

    [Fact]
    public void Over_a_wire_whose_delay_changes_all_arrives() =>
        TryAll(seed => Wire(seed) with { Jitter = TimeSpan.FromMilliseconds(Draw(seed, 1, 400)) });

    [Fact]
    public void Over_a_narrow_wire_with_a_short_queue_all_arrives() =>
        TryAll(seed => Wire(seed) with { BitsPerSecond = (long)Draw(seed, 200_000, 20_000_000), QueueLimit = (int)Draw(seed, 3_000, 60_000) });

    [Fact]
    public void Over_a_wire_that_does_all_of_it_all_arrives() => TryAll(seed => Wire(seed) with
    {
        Loss = Draw(seed, 0, 0.05),
        Reordering = Draw(seed + 1, 0, 0.1),
        ReorderDelay = TimeSpan.FromMilliseconds(Draw(seed, 1, 40)),
        Duplication = Draw(seed + 2, 0, 0.1),
        Corruption = Draw(seed + 3, 0, 0.03),
        Jitter = TimeSpan.FromMilliseconds(Draw(seed, 0, 50)),
        BitsPerSecond = (long)Draw(seed + 4, 1_000_000, 50_000_000),
        QueueLimit = 64_000,
    });

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.3)]
    public void Over_a_wire_that_loses_more_all_arrives_or_the_connection_times_out(double loss) =>
        TryAll(seed => Wire(seed) with { Loss = loss }, mayTimeOut: true);

    private void TryAll(Func<int, LinkConditions> conditions, bool mayTimeOut = false)
    {
        (TimeSpan Time, int Seed) worst = default;
        int whole = 0, count = TestSettings.Count(Family.IsV6 ? 50 : 100, 2000);
        for (int seed = 1; seed <= count; seed++)
        {
            var trial = new Trial(seed, conditions(seed), mayTimeOut, Family);
            TimeSpan time;
            try
            {
                time = trial.Run();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw new InvalidOperationException($"Seed {seed} ({trial}): {e.Message}", e);
            }

            if (time > worst.Time) worst = (time, seed);
            if (trial.IsWhole) whole++;
        }

        output.WriteLine($"{whole} of {count} whole; the longest took {worst.Time} (seed {worst.Seed})");
        if (!mayTimeOut) Assert.Equal(count, whole);
    }

    private static LinkConditions Wire(int seed) => new() { Delay = TimeSpan.FromMilliseconds(Draw(seed * 31, 0.1, 60)) };

    private static double Draw(int seed, double from, double to) => from + (new Random(seed * 7919).NextDouble() * (to - from));

    /// <summary>One transfer both ways; hosts, options and sizes are drawn from the seed.</summary>
    private sealed class Trial
    {
        private readonly int _seed;
        private readonly LinkConditions _conditions;
        private readonly bool _mayTimeOut;
        private readonly IpFamily _family;
        private readonly HostPlan _a, _b;
        private readonly StreamPlan _planA, _planB;
        private readonly int _mtu;
        private readonly string _what;

        public Trial(int seed, LinkConditions conditions, bool mayTimeOut, IpFamily family)
        {
            (_seed, _conditions, _mayTimeOut, _family) = (seed, conditions, mayTimeOut, family);
            var random = new Random(seed * 104_729);
            (_a, string a) = DrawHost(random);
            (_b, string b) = DrawHost(random);
            _mtu = random.Next(8) switch { 0 => 576, 1 => 9000, 2 => 68 + random.Next(2000), _ => 1500 };
            if (_mtu < family.LeastMtu) _mtu += family.LeastMtu;
            int there = random.Next(200_000), back = random.Next(200_000);
            if (random.Next(3) == 0) (there, back) = (204_800, 204_800);
            if (random.Next(10) == 0) there = 0;
            if (_mtu < 576) (there, back) = (there / 8, back / 8);      // as many segments
            (_planA, _planB) = (DrawPlan(random), DrawPlan(random));
            _planA = _planA with { Sends = there, Expects = back, SendsFrom = 0, ExpectsFrom = 555 };
            _planB = _planB with { Sends = back, Expects = there, SendsFrom = 555, ExpectsFrom = 0, AnswersLast = random.Next(4) == 0 };
            _what = $"{a} sends {there} and {b} sends {back} over MTU {_mtu}, {conditions}";
        }

        public bool IsWhole { get; private set; }

        public override string ToString() => _what;

        public TimeSpan Run()
        {
            using var hosts = new TwoHosts((ulong)_seed, _conditions, _conditions, _a, _b, _mtu, family: _family);
            (StreamEnd a, StreamEnd b) = hosts.Connect(_planA, _planB, _seed);
            TimeSpan limit = _mayTimeOut ? TimeSpan.FromDays(1) : Bound;
            // A caller who gave up early may never have reached the other end.
            bool isOver = hosts.Lab.RunUntil(() => a.IsOver && (b.IsOver || (b.Connection is null && a.Error != Errno.Success)), limit);
            Assert.True(isOver, $"not over after {limit}: {a}; {b}");
            TimeSpan time = hosts.Lab.Clock.Now.SinceStart;
            IsWhole = a.IsWhole && b.IsWhole;
            Assert.True(IsWhole || (_mayTimeOut && HasTimedOut(a, b)), $"not whole: {a}; {b}");
            Assert.Null(hosts.Leftovers(TimeSpan.FromMinutes(_mayTimeOut ? 40 : 10), a, b) is { } left ? $"{left}: {a}; {b}" : null);
            return time;
        }

        // The end that gives up says nothing to the other, who then gives up too, or is told by a reset that there is nobody.
        private static bool HasTimedOut(StreamEnd a, StreamEnd b) =>
            (a.Error == Errno.ETIMEDOUT || b.Error == Errno.ETIMEDOUT || b.IsClosed || a.IsClosed)
            && a.Error is Errno.Success or Errno.ETIMEDOUT or Errno.ECONNRESET or Errno.EPIPE
            && b.Error is Errno.Success or Errno.ETIMEDOUT or Errno.ECONNRESET or Errno.EPIPE;

        private (HostPlan Plan, string What) DrawHost(Random random)
        {
            bool isLinux = random.Next(3) != 0, sack = random.Next(4) != 0, timestamps = random.Next(3) != 0, scaling = random.Next(4) != 0;
            bool cubic = random.Next(2) == 0, bursts = random.Next(2) == 0, ecn = random.Next(2) == 0, isImpatient = _mayTimeOut && random.Next(2) == 0;
            int? buffer = random.Next(4) == 0 ? random.Next(3_000, 40_000) : null;
            var plan = new HostPlan
            {
                Profile = isLinux ? TcpProfile.Linux : TcpProfile.FreeBsd,
                TakesBursts = bursts,
                Options = new ConnectionOptions
                {
                    Congestion = cubic ? CongestionAlgorithm.Cubic : CongestionAlgorithm.NewReno,
                    NoDelay = random.Next(2) == 0,
                    ReceiveBuffer = buffer,
                    // Who waits for the other's end learns by nothing else that he is gone.
                    KeepAlive = _mayTimeOut,
                    KeepAliveIdle = TimeSpan.FromMinutes(2),
                },
                Settings = settings =>
                {
                    (settings.Sack, settings.Timestamps, settings.WindowScaling) = (sack, timestamps, scaling);
                    settings.Ecn = ecn ? TcpEcnMode.Offer : TcpEcnMode.Answer;
                    if (isImpatient) settings.Retries = 3;
                },
            };
            return (plan, $"{plan.Profile.Name}{(sack ? " sack" : "")}{(timestamps ? " ts" : "")}{(scaling ? " ws" : "")}{(cubic ? " cubic" : "")}"
                + $"{(bursts ? " bursts" : "")}{(ecn ? " ecn" : "")}{(buffer is { } b ? $" rcvbuf {b}" : "")}{(isImpatient ? " impatient" : "")}");
        }

        private static StreamPlan DrawPlan(Random random) => random.Next(5) switch
        {
            0 => new StreamPlan { ReadsAtOnce = random.Next(1_000, 30_000), Rest = TimeSpan.FromMilliseconds(random.Next(1, 100)) },
            1 => new StreamPlan { LargestWrite = random.Next(200, 2000) },
            _ => new StreamPlan { LargestWrite = random.Next(2_000, 100_000) },
        };
    }
}

/// <summary>The same over IPv6.</summary>
public sealed class BadWireV6Tests(ITestOutputHelper output) : BadWireTests(output)
{
    private protected override IpFamily Family => IpFamily.V6;
}
