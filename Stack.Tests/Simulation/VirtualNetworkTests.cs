using System.Security.Cryptography;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Link;
using Xunit;

namespace UserNet.Tests.Simulation;

public sealed class VirtualNetworkTests
{
    [Fact]
    public void All_of_an_instant_happens_before_the_next_one_and_in_order()
    {
        var lab = new VirtualNetwork(1);
        var seen = new List<string>();
        for (int i = 3; i > 0; i--)
        {
            int at = i;
            lab.Clock.CreateTimer(
                _ =>
                {
                    Note($"timer {at}");
                    lab.Scheduler.Schedule(_ => Note("item"), null);
                    lab.Clock.CreateTimer(_ => Note("at once"), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                },
                null, TimeSpan.FromSeconds(at), Timeout.InfiniteTimeSpan);
        }

        lab.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(["1 timer 1", "1 item", "1 at once", "2 timer 2", "2 item", "2 at once"], seen);
        Assert.Equal(TimeSpan.FromSeconds(2), lab.Clock.Now.SinceStart);

        void Note(string what) => seen.Add($"{lab.Clock.Now.SinceStart.TotalSeconds} {what}");
    }

    [Fact]
    public void Running_moves_no_time()
    {
        var lab = new VirtualNetwork(1);
        lab.Clock.CreateTimer(_ => Assert.Fail("No time passed."), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        lab.Run();
        Assert.Equal(TimeSpan.Zero, lab.Clock.Now.SinceStart);
    }

    [Fact]
    public void It_stops_as_soon_as_a_condition_holds_or_the_time_is_over()
    {
        var lab = new VirtualNetwork(1);
        int ticks = 0;
        TimeSpan second = TimeSpan.FromSeconds(1);
        using ITimer timer = lab.Clock.CreateTimer(_ => ticks++, null, second, second);
        Assert.True(lab.RunUntil(() => ticks == 3, TimeSpan.FromSeconds(100)));
        Assert.Equal(TimeSpan.FromSeconds(3), lab.Clock.Now.SinceStart);
        Assert.False(lab.RunUntil(() => ticks < 0, TimeSpan.FromSeconds(2.5)));
        Assert.Equal((5, TimeSpan.FromSeconds(5.5)), (ticks, lab.Clock.Now.SinceStart));
        Assert.True(lab.RunUntil(() => lab.Clock.Now.SinceStart.TotalSeconds >= 5.7, TimeSpan.FromSeconds(0.2)));
    }

    [Fact]
    public void A_stream_of_chance_depends_on_the_seed_and_its_name_alone()
    {
        VirtualNetwork first = new(1), second = new(1), other = new(2);
        FillRandom host = first.Randomness("host");
        second.Randomness("stranger")(new byte[100]);
        Assert.Equal(Octets(host), Octets(second.Randomness("host")));
        // The second of that name is another one.
        Assert.NotEqual(Octets(first.Randomness("host")), Octets(new VirtualNetwork(1).Randomness("host")));
        Assert.NotEqual(Octets(other.Randomness("host")), Octets(new VirtualNetwork(1).Randomness("host")));
    }

    [Fact]
    public void A_network_that_never_comes_to_rest_is_noticed()
    {
        var lab = new VirtualNetwork(1) { ItemLimit = 1000 };
        LinkSwitch[] ring = [lab.AddSwitch(), lab.AddSwitch()];
        for (int i = 0; i < 2; i++)
        {
            LinkPair cable = lab.AddCable();
            ring[0].Connect(cable.A);
            ring[1].Connect(cable.B);
        }

        ring[0].AddPort().Send([new LinkFrame(Frame(MacAddress.Broadcast, 1, 0))]);
        Assert.Throws<InvalidOperationException>(lab.Run);

        var timers = new VirtualNetwork(1) { ItemLimit = 1000 };
        ITimer? again = null;
        again = timers.Clock.CreateTimer(
            _ => again!.Change(TimeSpan.Zero, TimeSpan.Zero), null, TimeSpan.FromSeconds(1), TimeSpan.Zero);
        Assert.Throws<InvalidOperationException>(() => timers.RunFor(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void The_same_seed_gives_the_same_run_to_the_octet_and_another_seed_another()
    {
        string first = Digest(42, out long frames), second = Digest(42, out _), other = Digest(43, out _);
        Assert.True(frames > 5_000, $"{frames} frames arrived.");
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
    }

    // The same on every machine and in every version: if this changes, recordings no longer repeat.
    [Fact]
    public void The_run_of_a_seed_is_the_one_it_always_was() =>
        Assert.Equal("0b84a1a536cd9cbd348025d8e7dbf8db", Digest(42, out _)[..32]);

    // Five stations on two switches, over wires that do everything; each sends at random times to random others, and
    // answers now and then.
    private static string Digest(ulong seed, out long frames)
    {
        var lab = new VirtualNetwork(seed);
        var forgetful = new LinkSwitchOptions { Ageing = TimeSpan.FromSeconds(2) };
        LinkSwitch[] switches = [lab.AddSwitch(options: forgetful), lab.AddSwitch()];
        LinkPair trunk = lab.AddCable();
        switches[0].Connect(trunk.A);
        switches[1].Connect(lab.Impair(trunk.B, new LinkConditions { BitsPerSecond = 1_000_000, QueueLimit = 20_000 }));
        var worst = new LinkConditions
        {
            Loss = 0.05,
            Duplication = 0.05,
            Corruption = 0.05,
            Reordering = 0.1,
            ReorderDelay = TimeSpan.FromMilliseconds(20),
            Delay = TimeSpan.FromMilliseconds(3),
            Jitter = TimeSpan.FromMilliseconds(5),
        };
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var stations = new List<Station>();
        for (int i = 0; i < 5; i++)
        {
            ILink link = lab.Impair(switches[i % 2].AddPort(), worst, worst with { Loss = 0.2 });
            stations.Add(new Station(lab, link, i + 1, digest));
        }

        lab.RunFor(TimeSpan.FromSeconds(20));
        frames = stations.Sum(station => station.Received);
        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    private static byte[] Frame(MacAddress to, int from, int length)
    {
        byte[] frame = new byte[14 + length];
        to.WriteOctets(frame);
        MacAddress.FromBits(0x0200_0000_0000 + (ulong)from).WriteOctets(frame.AsSpan(6));
        return frame;
    }

    private static byte[] Octets(FillRandom fill)
    {
        byte[] octets = new byte[32];
        fill(octets);
        return octets;
    }

    private sealed class Station : IFrameSink
    {
        private readonly VirtualNetwork _lab;
        private readonly ILink _link;
        private readonly int _number;
        private readonly IncrementalHash _digest;
        private readonly RandomBuffer _random;
        private readonly ITimer _timer;

        public Station(VirtualNetwork lab, ILink link, int number, IncrementalHash digest)
        {
            (_lab, _link, _number, _digest) = (lab, link, number, digest);
            _random = new RandomBuffer(lab.Randomness("station"));
            link.Start(this);
            _timer = lab.Clock.CreateTimer(_ => Send(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        public long Received { get; private set; }

        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
        {
            foreach (LinkFrame frame in frames)
            {
                Received++;
                _digest.AppendData(BitConverter.GetBytes(_lab.Clock.Now.Ticks));
                _digest.AppendData([(byte)_number]);
                _digest.AppendData(frame.Octets.Span);
                if (_random.Below(8) == 0) _link.Send([new LinkFrame(Frame(Somebody(), _number, 30))]);
            }
        }

        public void OnWritable()
        {
        }

        public void OnClosed(Exception? failure)
        {
        }

        private void Send()
        {
            _link.Send([new LinkFrame(Frame(Somebody(), _number, (int)_random.Below(1500)))]);
            _timer.Change(TimeSpan.FromTicks(_random.Below(200_000)), Timeout.InfiniteTimeSpan);
        }

        private MacAddress Somebody() => MacAddress.FromBits(0x0200_0000_0000UL + _random.Below(7));
    }
}
