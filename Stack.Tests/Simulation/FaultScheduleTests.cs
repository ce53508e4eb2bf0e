using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Capture;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>What holds at each instant is what was set and the faults of that instant, and nothing else.</summary>
public sealed class FaultScheduleTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void At_each_instant_the_conditions_are_those_that_were_set_and_the_faults_that_hold()
    {
        Random random = TestSettings.Random(3);
        for (int i = TestSettings.Count(150, 5000); i > 0; i--) CompareWithOracle(random);
    }

    [Fact]
    public void Overlaps_of_one_kind_add_up_and_end_one_by_one()
    {
        using VirtualNetwork network = Network();
        VirtualLink link = network.Link("a-b");
        link.There = new LinkConditions { Loss = 0.5, Delay = 5 * Millisecond };
        FaultSchedule.Parse("1ms..3ms loss a-b 50%; 2ms..4ms loss a-b there 50%; 2ms..3ms delay a-b 10ms; 3ms..4ms delay a-b 20ms")
            .ApplyTo(network);
        var seen = new List<string>();
        for (int i = 0; i <= 4; i++)
        {
            network.RunUntil(() => false, i == 0 ? TimeSpan.Zero : Millisecond);
            seen.Add($"{link.ThereNow.Loss} {link.ThereNow.Delay.Milliseconds} {link.BackNow.Loss} {link.BackNow.Delay.Milliseconds}");
        }

        double[] chances = [0.5, 0.75, 0.875, 0.75, 0.5];
        string[] losses = [.. chances.Select(static loss => $"{LossModel.Independent(loss)}")];
        string none = $"{LossModel.None}", half = $"{LossModel.Independent(0.5)}";
        Assert.Equal(
            [$"{losses[0]} 5 {none} 0", $"{losses[1]} 5 {half} 0", $"{losses[2]} 15 {half} 10", $"{losses[3]} 25 {none} 20", $"{losses[4]} 5 {none} 0"],
            seen);
        Assert.Same(link.There, link.ThereNow);
    }

    [Fact]
    public void A_model_of_losses_keeps_losing_under_a_fault_and_is_there_again_after_it()
    {
        using VirtualNetwork network = Network();
        VirtualLink link = network.Link("a-b");
        link.There = new LinkConditions { Loss = LossModel.EveryNth(3) };
        FaultSchedule.Parse("1ms..2ms loss a-b 50%").ApplyTo(network);
        network.RunFor(Millisecond);
        Assert.Equal(LossModel.Any(LossModel.EveryNth(3), 0.5), link.ThereNow.Loss);
        network.RunFor(Millisecond);
        Assert.Equal(LossModel.EveryNth(3), link.ThereNow.Loss);
    }

    [Fact]
    public void Flapping_changes_at_its_instants_and_at_no_other()
    {
        using VirtualNetwork network = Network();
        VirtualLink link = network.Link("a-b");
        var changes = new List<string>();
        FaultSchedule.Parse("10ms..41ms flap a-b 10ms 70%").ApplyTo(network);
        bool wasDown = false;
        while (network.Step())
        {
            if (link.ThereNow.IsDown == wasDown) continue;
            wasDown = !wasDown;
            changes.Add($"{network.Clock.Now.SinceStart.TotalMilliseconds} {(wasDown ? "down" : "up")}");
        }

        Assert.Equal(["10 down", "13 up", "20 down", "23 up", "30 down", "33 up", "40 down", "41 up"], changes);
    }

    [Fact]
    public void A_link_flaps_from_now_on_until_it_is_told_to_stop()
    {
        using var network = new VirtualNetwork(1);
        VirtualLink link = network.Connect(network.AddSwitch("a"), network.AddSwitch("b"));
        network.RunFor(5 * Millisecond);
        IDisposable flapping = link.Flap(4 * Millisecond, 0.25);
        var seen = new List<bool>();
        for (int i = 0; i < 8; i++)
        {
            seen.Add(link.ThereNow.IsDown);
            network.RunFor(Millisecond);
        }

        Assert.Equal([true, true, true, false, true, true, true, false], seen);
        Assert.True(link.BackNow.IsDown);
        flapping.Dispose();
        Assert.False(link.ThereNow.IsDown || link.BackNow.IsDown);
        Assert.False(network.Step(), "Nothing is left to happen.");
        link.Cut();
        flapping.Dispose();
        Assert.True(link.ThereNow.IsDown);
    }

    [Fact]
    public void What_is_over_does_not_happen_and_what_has_begun_begins_at_once()
    {
        using VirtualNetwork network = Network();
        network.RunFor(10 * Millisecond);
        FaultSchedule.Parse("1ms..9ms crash a; 2ms..12ms pause b; 3ms..10ms crash c; 3ms..15ms flap a-b 10ms 50%").ApplyTo(network);
        Assert.True(network.Host("b").IsPaused);
        Assert.Equal([1, 1, 1], network.Hosts.Select(static host => host.BootCount));
        Assert.False(network.Link("a-b").ThereNow.IsDown);      // from 8 ms to 13 ms it is whole
        network.RunFor(2 * Millisecond);
        Assert.False(network.Host("b").IsPaused);
        network.RunFor(Millisecond);
        Assert.True(network.Link("a-b").ThereNow.IsDown);
        network.RunFor(2 * Millisecond);
        Assert.False(network.Link("a-b").ThereNow.IsDown);
    }

    [Fact]
    public void A_host_that_crashes_when_a_crash_is_over_stays_down()
    {
        using VirtualNetwork network = Network();
        FaultSchedule.Parse("1ms..3ms crash a; 3ms..5ms crash a; 2ms..9ms pause a; 2ms..8ms pause a").ApplyTo(network);
        VirtualHost host = network.Host("a");
        network.RunFor(4 * Millisecond);
        Assert.False(host.IsUp);
        Assert.Equal(1, host.BootCount);
        network.RunFor(Millisecond);
        Assert.True(host.IsUp && host.IsPaused);
        Assert.Equal(2, host.BootCount);
        network.RunFor(3.5 * Millisecond);
        Assert.True(host.IsPaused);
        network.RunFor(0.5 * Millisecond);
        Assert.False(host.IsPaused);
    }

    [Fact]
    public void What_a_host_did_by_itself_no_fault_undoes()
    {
        using VirtualNetwork network = Network();
        FaultSchedule.Parse("1ms..3ms crash a; 1ms..3ms pause b; 1ms..3ms crash c").ApplyTo(network);
        network.Host("a").Crash();
        network.Host("b").Pause();
        network.At(2 * Millisecond, network.Host("c").Restart);
        network.RunFor(2.5 * Millisecond);
        Assert.True(network.Host("c").IsUp);
        network.RunFor(2 * Millisecond);
        Assert.False(network.Host("a").IsUp);
        Assert.True(network.Host("b").IsPaused);
        Assert.Equal(2, network.Host("c").BootCount);
    }

    [Fact]
    public void What_was_applied_can_be_taken_back()
    {
        using VirtualNetwork network = Network();
        IDisposable applied = FaultSchedule.Parse(
            "1ms..9ms crash a; 1ms..9ms pause b; 1ms down a-b; 1ms..9ms partition a | b; 5ms down b-c; 1ms skew c 5ppm; 1ms step c 3s")
            .ApplyTo(network);
        network.RunFor(2 * Millisecond);
        Assert.False(network.Host("a").IsUp);
        Assert.Single(network.Partitions);
        applied.Dispose();
        Assert.True(network.Host("a").IsUp);
        Assert.False(network.Host("b").IsPaused || network.Link("a-b").ThereNow.IsDown);
        Assert.Empty(network.Partitions);
        Assert.Equal((TimeSpan.Zero, 0), (network.Host("c").Clock.Offset, network.Host("c").Clock.FaultDrift));
        network.RunFor(8 * Millisecond);
        Assert.False(network.Link("b-c").ThereNow.IsDown);
    }

    [Fact]
    public void A_name_that_the_network_does_not_have_is_refused_before_anything_happens()
    {
        using VirtualNetwork network = Network();
        int timers = network.Clock.TimerCount;
        Assert.Throws<KeyNotFoundException>(() => FaultSchedule.Parse("0s crash a; 1s down a-x").ApplyTo(network));
        Assert.Throws<KeyNotFoundException>(() => FaultSchedule.Parse("0s crash a; 1s pause a-b").ApplyTo(network));
        Assert.Throws<KeyNotFoundException>(() => FaultSchedule.Parse("0s crash a; 1s partition a | x").ApplyTo(network));
        Assert.True(network.Host("a").IsUp);
        Assert.Equal(timers, network.Clock.TimerCount);
    }

    [Fact]
    public void A_clock_goes_wrong_and_is_set_wrong_for_the_time_of_the_fault()
    {
        using VirtualNetwork network = Network();
        HostClock clock = network.Host("a").Clock;
        clock.Skew = 99_000;
        clock.Offset = TimeSpan.FromSeconds(1);
        FaultSchedule.Parse("0s..10s skew a -100000ppm; 10s..20s skew a 5000ppm; 5s..15s step a -1h").ApplyTo(network);
        network.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(9.99, clock.Now.SinceStart.TotalSeconds);
        Assert.Equal(TimeSpan.FromSeconds(-3599), clock.Offset);
        network.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(9.99 + 11, clock.Now.SinceStart.TotalSeconds, 9);      // 104,000 in a million are more than there can be
        network.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(9.99 + 11 + 10.99, clock.Now.SinceStart.TotalSeconds, 9);
        Assert.Equal((99_000, TimeSpan.FromSeconds(1)), (clock.Skew, clock.Offset));
    }

    [Fact]
    public void What_begins_and_ends_is_taken_down_where_it_happens()
    {
        using VirtualNetwork network = Network();
        var notes = new Notes();
        using IDisposable subscription = network.Subscribe(notes);
        FaultSchedule.Parse("1ms..2ms loss a-b there 30%; 1ms..3ms flap b-c 1ms 50%; 2ms..3ms crash a; 2ms..3ms partition a | b").ApplyTo(network);
        network.RunFor(3 * Millisecond);
        using (network.Begin(Fault.Down("a-b"))) network.Partition([network.Host("a")], [network.Host("b"), network.Host("c")]).Heal();
        Assert.Equal(
            [
                "1 a-b fault begins: loss a-b there 30%", "1 b-c fault begins: flap b-c 1ms 50%", "1.5 b-c flaps: up",
                "2 a-b fault is over: loss a-b there 30%", "2 a fault begins: crash a", "2 the network fault begins: partition a | b",
                "2 a crashed", "2 b-c flaps: down", "2.5 b-c flaps: up", "3 b-c fault is over: flap b-c 1ms 50%", "3 a fault is over: crash a",
                "3 the network fault is over: partition a | b", "3 a restarted",
                "3 a-b fault begins: down a-b", "3 the network is parted: a | b,c", "3 the network is whole again: a | b,c",
                "3 a-b fault is over: down a-b",
            ],
            notes.Seen);
    }

    [Fact]
    public void A_run_with_faults_of_all_kinds_is_the_same_each_time_to_the_octet()
    {
        string first = Repeat.Twice(5, Run), second = Repeat.Twice(6, Run);
        Assert.NotEqual(first, second);

        static void Run(VirtualNetwork network)
        {
            Build(network);
            FaultSchedule.Draw(network.Seed, network, FaultMix.All(2)).ApplyTo(network);
            VirtualHost a = network.Host("a");
            for (int i = 0; i < 100; i++)
            {
                network.RunFor(100 * Millisecond);
                if (!a.IsUp || a.IsPaused) continue;
                using NetworkSocket socket = a.Stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
                socket.SendTo("hello"u8, InetEndpoint.Parse("10.0.1.2:9"));
            }
        }
    }

    private static VirtualNetwork Network(ulong seed = 1)
    {
        var network = new VirtualNetwork(seed);
        Build(network);
        return network;
    }

    private static void Build(VirtualNetwork network)
    {
        VirtualHost[] hosts = [network.AddHost("a"), network.AddHost("b"), network.AddHost("c")];
        network.Connect(hosts[0], "10.0.1.1/24", hosts[1], "10.0.1.2/24");
        network.Connect(hosts[1], "10.0.2.1/24", hosts[2], "10.0.2.2/24");
    }

    private static void CompareWithOracle(Random random)
    {
        using VirtualNetwork network = Network();
        FaultKind[] kinds = Enum.GetValues<FaultKind>();
        random.Shuffle(kinds);
        var faults = new RandomFaults(random)
        {
            Links = ["a-b", "b-c"],
            Hosts = ["a", "b", "c"],
            Grain = Millisecond,
            Latest = random.Next(10, 60) * Millisecond,
            Kinds = kinds[..(random.Next(2) == 0 ? kinds.Length : 2)],      // few kinds meet more often
        };
        FaultSchedule schedule = faults.Schedule(20);
        int late = random.Next(3) == 0 ? random.Next(40) : 0;
        network.RunFor(late * Millisecond);
        schedule.ApplyTo(network);
        for (int now = late; now <= 62; now++)
        {
            foreach (VirtualLink link in network.Links)
            {
                if (random.Next(20) == 0) link.There = Conditions(random);
                if (random.Next(20) == 0) link.Back = Conditions(random);
                Oracle oracle = new(schedule, now * Millisecond);
                oracle.AssertConditions(link.There, link.ThereNow, link.Name, LinkDirection.There);
                oracle.AssertConditions(link.Back, link.BackNow, link.Name, LinkDirection.Back);
            }

            foreach (VirtualHost host in network.Hosts) new Oracle(schedule, now * Millisecond).AssertHost(host);
            Assert.Equal(new Oracle(schedule, now * Millisecond).Of(FaultKind.Partition).Count(), network.Partitions.Count);
            network.RunFor(Millisecond);
        }
    }

    private static LinkConditions Conditions(Random random) => new()
    {
        Loss = random.Next(3) / 2.0,
        Corruption = random.NextDouble(),
        Duplication = random.NextDouble(),
        Reordering = random.NextDouble(),
        Delay = random.Next(10) * Millisecond,
        Jitter = random.Next(10) * Millisecond,
        BitsPerSecond = random.Next(2) * 1_000_000,
        LargestPacket = random.Next(2) == 0 ? null : random.Next(1, 2000),
        IsDown = random.Next(8) == 0,
    };

    private sealed class Notes : IFrameRecorder
    {
        private static readonly long Start = (long)(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero) - DateTimeOffset.UnixEpoch).TotalSeconds;

        public List<string> Seen { get; } = [];

        public int AddInterface(string name, LinkMedium medium) => 0;

        public void Record(in RecordedFrame frame)
        {
        }

        public void Note(long nanoseconds, string who, string what) =>
            Seen.Add($"{(nanoseconds - (Start * 1_000_000_000)) / 1_000_000m:0.###} {who} {what}");
    }

    /// <summary>Looks at the whole schedule at an instant, and knows nothing of what was before.</summary>
    private sealed class Oracle(FaultSchedule schedule, TimeSpan now)
    {
        public IEnumerable<Fault> Of(FaultKind kind, string? target = null, LinkDirection way = LinkDirection.Both) =>
            from fault in schedule
            where fault.Kind == kind && (target is null || fault.Target == target)
            where fault.Begin <= now && !(fault.End <= now)
            where way == LinkDirection.Both || fault.Direction == LinkDirection.Both || fault.Direction == way
            select fault;

        public void AssertConditions(LinkConditions set, LinkConditions actual, string link, LinkDirection way)
        {
            IEnumerable<Fault> Here(FaultKind kind) => Of(kind, link, way);
            Assert.Equal(set.IsDown || Here(FaultKind.Down).Any() || Here(FaultKind.Flap).Any(IsCut), actual.IsDown);
            AssertChance(set.Duplication, FaultKind.Duplication, actual.Duplication);
            AssertChance(set.Corruption, FaultKind.Corruption, actual.Corruption);
            AssertChance(set.Reordering, FaultKind.Reordering, actual.Reordering);
            AssertChance(ChanceOf(set.Loss), FaultKind.Loss, ChanceOf(actual.Loss));
            Assert.Equal(Here(FaultKind.Reordering).Select(static fault => fault.Time).Append(set.ReorderDelay).Max(), actual.ReorderDelay);
            Assert.Equal(set.Delay.Ticks + Here(FaultKind.Delay).Sum(static fault => fault.Time.Ticks), actual.Delay.Ticks);
            Assert.Equal(set.Jitter.Ticks + Here(FaultKind.Jitter).Sum(static fault => fault.Time.Ticks), actual.Jitter.Ticks);
            long[] rates = [.. Here(FaultKind.Rate).Select(static fault => fault.Amount).Append(set.BitsPerSecond).Where(static rate => rate > 0)];
            Assert.Equal(rates.Length == 0 ? 0 : rates.Min(), actual.BitsPerSecond);
            long[] sizes = [.. Here(FaultKind.LargestPacket).Select(static fault => fault.Amount).Append(set.LargestPacket ?? long.MaxValue)];
            Assert.Equal(sizes.Min() == long.MaxValue ? null : (int)sizes.Min(), actual.LargestPacket);

            void AssertChance(double before, FaultKind kind, double after) =>
                Assert.Equal(1 - Here(kind).Aggregate(1 - before, static (spared, fault) => spared * (1 - fault.Chance)), after, tolerance: 1e-12);
        }

        public void AssertHost(VirtualHost host)
        {
            bool isUp = !Of(FaultKind.Crash, host.Name).Any();
            Assert.Equal(isUp, host.IsUp);
            Assert.Equal(isUp && Of(FaultKind.Pause, host.Name).Any(), host.IsPaused);
            Assert.Equal(Of(FaultKind.Skew, host.Name).Sum(static fault => fault.Amount), host.Clock.FaultDrift);
            Assert.Equal(Of(FaultKind.Step, host.Name).Sum(static fault => fault.Time.Ticks), host.Clock.Offset.Ticks);
        }

        private bool IsCut(Fault fault)
        {
            long up = (long)Math.Floor(fault.Time.Ticks * (decimal)fault.Parts / 1_000_000_000m);
            return (now - fault.Begin).Ticks % fault.Time.Ticks < fault.Time.Ticks - up;
        }

        private static double ChanceOf(LossModel model) => Assert.IsType<IndependentLoss>(model).Chance;
    }
}
