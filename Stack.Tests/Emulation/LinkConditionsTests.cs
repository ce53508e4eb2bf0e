using System.Buffers.Binary;
using System.Security.Cryptography;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Emulation;

/// <summary>What each condition does, that none changes what the others do, and what happens when they change.</summary>
[Collection(nameof(WholeProcess))]
public sealed class LinkConditionsTests
{
    private const WireDrop Delivered = WireDrop.None;

    // Each does something to many frames. What travels has arrived before the next frame is sent.
    private static readonly LinkConditions All = new()
    {
        Loss = 0.1,
        Duplication = 0.2,
        Corruption = 0.2,
        Truncation = 0.2,
        Reordering = 0.2,
        Delay = Milliseconds(1),
        Jitter = Milliseconds(2),
        Latency = LatencyDistribution.Exponential(Milliseconds(0.2)),
        KeepsOrder = false,
    };

    public static TheoryData<string> Causes => ["loss", "burst", "any", "predicate", "double", "corrupt", "bits", "cut", "reorder", "delay", "jitter", "latency",
        "order", "line", "red", "codel", "black hole", "down", "memory"];

    [Theory]
    [MemberData(nameof(Causes))]
    public void Turning_one_cause_on_or_off_leaves_what_the_others_do_to_the_same_frames(string cause)
    {
        (LinkConditions other, WireChanges own, WireDrop drop, bool isTime) = Vary(cause);
        FateOf[] before = Run(All, 1000), after = Run(other, 1000);
        Assert.False(before.AsSpan().SequenceEqual(after), "It makes no difference.");
        int compared = 0;
        for (int i = 0; i < before.Length; i++)
        {
            if (before[i].Drop == after[i].Drop && before[i].Drop != Delivered) continue;
            if (before[i].Drop != Delivered || after[i].Drop != Delivered)
            {
                // What is dropped in one run alone is dropped by that cause: or it hides that another would have dropped it.
                Assert.True(drop != Delivered && (drop == before[i].Drop || drop == after[i].Drop), $"Frame {i}: {before[i].Drop}, {after[i].Drop}");
                continue;
            }

            compared++;
            Assert.Equal(before[i].Changes & ~own, after[i].Changes & ~own);
            if (!isTime && ((before[i].Changes ^ after[i].Changes) & WireChanges.HeldBack) == 0) Assert.Equal(before[i].Travel, after[i].Travel);
            WireChanges difference = (before[i].Changes ^ after[i].Changes) & (WireChanges.Corrupted | WireChanges.Truncated);
            if (difference == 0 && cause != "bits" && after[i].Octets is not null) Assert.Equal(before[i].Octets, after[i].Octets);
        }

        Assert.True(compared > 200, $"{compared} frames can be compared.");
    }

    [Fact]
    public void All_of_it_twice_is_the_same_to_the_octet_and_another_seed_is_not()
    {
        Assert.Equal(Digest(1), Digest(1));
        Assert.NotEqual(Digest(1), Digest(2));
    }

    // As long as this stays, recordings repeat.
    [Fact]
    public void The_run_of_a_seed_is_the_one_it_always_was() => Assert.Equal("be30b1579e36759f105f81b36b3e2fae", Digest(1)[..32]);

    [Fact]
    public void Who_watches_a_lane_changes_nothing_that_happens()
    {
        Assert.Equal(Watch(false), Watch(true));

        // Lanes whose frames arrive at the same instants, with losses so that the line has nothing to wake up for now and then.
        static string Watch(bool isWatched)
        {
            var network = new VirtualNetwork(1);
            var log = new System.Text.StringBuilder();
            var random = new Random(5);
            ImpairedLane[] lanes = [.. Enumerable.Range(0, 4).Select(i => new ImpairedLane(
                network.Clock, new SeededRandom((ulong)i), new LinkConditions { BitsPerSecond = 8_000_000, Loss = 0.4, Delay = Milliseconds(i % 2) }, LinkMedium.Ip,
                frames =>
                {
                    foreach (LinkFrame frame in frames) log.Append($"{network.Clock.Now.Ticks}:{i}:{frame.Octets.Length} ");
                    return frames.Length;
                },
                network.Items))];
            if (isWatched)
                foreach (ImpairedLane lane in lanes) lane.Observer = new Told((_, _, _) => { });
            for (int i = 0; i < 500; i++)
            {
                for (int j = 0; j < lanes.Length; j++)
                    if (random.Next(2) == 0) lanes[j].TryAdd([.. Enumerable.Repeat(new LinkFrame(new byte[100 * random.Next(1, 4)]), random.Next(1, 4))]);
                network.RunFor(TimeSpan.FromTicks(1000 * random.Next(1, 5)));
            }

            return log.ToString();
        }
    }

    [Fact]
    public void What_becomes_of_a_frame_is_told_when_it_comes_to_the_wire()
    {
        using var wire = new Wire(new LinkConditions { BitsPerSecond = 8_000, Delay = TimeSpan.FromHours(1), Loss = LossModel.EveryNth(2) });
        wire.Send(new byte[1000], new byte[1000], new byte[1000], new byte[1000]);
        wire.Network.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal([(1.0, WireDrop.Lost), (3.0, WireDrop.Lost)], wire.Told.Select(told => (told.Time.TotalSeconds, told.Drop)));
    }

    [Fact]
    public void A_wire_that_is_cut_loses_what_is_on_it_and_all_that_comes_until_it_heals()
    {
        using var wire = new Wire(new LinkConditions { BitsPerSecond = 8_000, Delay = TimeSpan.FromSeconds(2) });
        wire.Send(new byte[1000], new byte[1000], new byte[1000]);      // arrive after 3, 4 and 5 s
        wire.Network.RunFor(TimeSpan.FromSeconds(3.5));
        wire.Change(conditions => conditions with { IsDown = true });
        Assert.Equal((1, 2, 0), ((int)wire.Counts.Delivered, (int)wire.Counts.Down, wire.Counts.UnderWay));
        Assert.Equal(0, wire.Network.Clock.TimerCount);
        wire.Change(conditions => conditions with { Loss = 0.5, Duplication = 1 });      // still down
        wire.Send(new byte[1000]);
        wire.Network.RunFor(TimeSpan.FromSeconds(60));
        Assert.Equal((1, 3), ((int)wire.Counts.Delivered, (int)wire.Counts.Down));
        Assert.Equal([3.5, 3.5, 3.5], wire.Told.Select(told => told.Time.TotalSeconds));
        Assert.All(wire.Told, told => Assert.Equal(WireDrop.Down, told.Drop));
        wire.Change(_ => new LinkConditions { BitsPerSecond = 8_000 });
        wire.Send(new byte[1000]);
        wire.Network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((2, 0), ((int)wire.Counts.Delivered, wire.Counts.UnderWay));
    }

    [Fact]
    public void What_a_cut_wire_had_does_not_hold_up_what_comes_after()
    {
        using var wire = new Wire(new LinkConditions { Delay = TimeSpan.FromHours(1), BitsPerSecond = 8 });
        wire.Send(new byte[1000], new byte[1000]);
        wire.Change(conditions => conditions with { IsDown = true });
        wire.Change(_ => new LinkConditions { BitsPerSecond = 8_000 });
        wire.Send(new byte[1000]);
        wire.Network.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, wire.Counts.Delivered);
    }

    [Theory]
    [InlineData(LinkMedium.Ip, 0, 0x45)]
    [InlineData(LinkMedium.Ethernet, 14, 0x45)]
    [InlineData(LinkMedium.Ethernet, 18, 0x60)]
    public void A_black_hole_swallows_packets_that_are_too_long_and_no_others(LinkMedium medium, int header, byte version)
    {
        using var wire = new Wire(new LinkConditions { LargestPacket = 1400 }, medium);
        foreach (int length in (int[])[60, 1399, 1400, 1401, 1500])
        {
            byte[] frame = new byte[header + length];
            if (header > 0) BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)(header == 18 ? 0x8100 : 0x0800));
            if (header == 18) BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), 0x86DD);
            frame[header] = version;
            wire.Send(frame);
        }

        wire.Network.RunFor(Milliseconds(1));
        Assert.Equal([60, 1399, 1400], wire.Arrived.Select(frame => frame.Length - header));
        Assert.Equal((2, 3), ((int)wire.Counts.TooLong, (int)wire.Counts.Delivered));
        Assert.All(wire.Told, told => Assert.Equal(WireDrop.TooLong, told.Drop));
    }

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 100)]
    [InlineData(7, 100)]
    [InlineData(64, 100)]
    [InlineData(8, 1)]
    [InlineData(64, 1)]
    [InlineData(5, 1)]
    public void So_many_different_bits_are_turned_round_anywhere(int bits, int length)
    {
        using var wire = new Wire(new LinkConditions { Corruption = 1, CorruptedBits = bits });
        int[] turned = new int[length * 8];
        byte[] zeros = new byte[length];
        const int Count = 4000;
        for (int i = 0; i < Count; i++) wire.Send(zeros);
        wire.Network.RunFor(Milliseconds(1));
        int each = Math.Min(bits, length * 8);
        foreach (byte[] frame in wire.Arrived)
        {
            int sum = 0;
            for (int i = 0; i < length * 8; i++)
            {
                int bit = (frame[i / 8] >> (i % 8)) & 1;
                turned[i] += bit;
                sum += bit;
            }

            Assert.Equal(each, sum);
        }

        double expected = (double)Count * each / turned.Length, chance = (double)each / turned.Length;
        double chiSquare = chance == 1 ? turned.Length : turned.Sum(count => Math.Pow(count - expected, 2) / (expected * (1 - chance)));
        Assert.InRange(chiSquare / turned.Length, length == 1 ? 0.05 : 0.8, length == 1 ? 4.5 : 1.2);
    }

    [Fact]
    public void A_frame_that_is_cut_short_ends_anywhere()
    {
        using var wire = new Wire(new LinkConditions { Truncation = 1 });
        int[] ends = new int[101];
        byte[] octets = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];
        for (int i = 0; i < 20_000; i++)
        {
            wire.Send(octets);
            wire.Network.Run();
        }

        foreach (byte[] frame in wire.Arrived)
        {
            Assert.True(octets.AsSpan().StartsWith(frame));
            ends[frame.Length]++;
        }

        Assert.Equal((0, 0), (ends[0], ends[100]));
        double chiSquare = ends.AsSpan(1, 99).ToArray().Sum(count => Math.Pow(count - (20_000 / 99.0), 2) / (20_000 / 99.0));
        Assert.InRange(chiSquare, 50, 160);      // 98 degrees of freedom
        Assert.Equal(20_000, wire.Counts.Truncated);
        wire.Send([1], []);      // of these nothing can be taken away
        wire.Network.RunFor(Milliseconds(1));
        Assert.Equal(20_000, wire.Counts.Truncated);
        Assert.Equal([[1], []], wire.Arrived[^2..]);
    }

    [Fact]
    public void Another_rate_holds_for_the_next_frame()
    {
        using var wire = new Wire(new LinkConditions { BitsPerSecond = 8_000 });
        wire.Send([.. Enumerable.Repeat(new byte[1000], 13)]);
        wire.Network.RunFor(TimeSpan.FromSeconds(1.5));
        wire.Change(conditions => conditions with { BitsPerSecond = 80_000 });
        wire.Network.RunFor(TimeSpan.FromSeconds(1));      // one until 2.0, and five
        Assert.Equal(7, wire.Arrived.Count);
        wire.Change(conditions => conditions with { BitsPerSecond = 0 });
        wire.Network.RunFor(TimeSpan.FromSeconds(0.1) - TimeSpan.FromTicks(1));
        Assert.Equal(7, wire.Arrived.Count);
        wire.Network.RunFor(TimeSpan.FromTicks(1));      // the one that was on the line, and all others at once
        Assert.Equal(13, wire.Arrived.Count);
    }

    [Fact]
    public void Nothing_gets_lost_in_the_counts()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            var random = new Random(seed);
            using var wire = new Wire(LinkConditions.Perfect, seed: (ulong)seed);
            for (int i = 0; i < 300; i++)
            {
                if (i % 20 == 0) wire.Change(_ => Any(random));
                wire.Send(new byte[random.Next(0, 1500)]);
                wire.Network.RunFor(TimeSpan.FromTicks(random.Next(5000)));
                LinkImpairments c = wire.Counts;
                long dropped = c.Lost + c.QueueFull + c.QueueManaged + c.TooLong + c.Down + c.MemoryFull + c.Malformed + c.Discarded;
                Assert.Equal(c.Frames + c.Duplicated, c.Delivered + c.UnderWay + dropped);
                Assert.Equal(dropped, wire.Told.Count(told => told.Drop != Delivered));
                Assert.Equal(c.Delivered, wire.Arrived.Count);
            }

            wire.Lane.Close();
            wire.Network.Run();
            Assert.Equal((0, 0), (wire.Counts.UnderWay, wire.Counts.Waiting));
        }
    }

    [Fact]
    public void With_all_of_it_on_a_frame_allocates_nothing()
    {
        foreach (QueueDiscipline queue in (QueueDiscipline[])[QueueDiscipline.Red(20_000, 60_000, ecn: true), QueueDiscipline.CoDel(ecn: true)])
        {
            var network = new VirtualNetwork(1);
            long arrived = 0, told = 0;
            LinkConditions conditions = All with
            {
                Loss = LossModel.Any(LossModel.GilbertElliott(0.1, 0.5), LossModel.EveryNth(9), LossModel.When((in FrameView frame) => frame.Octets.Length == 61)),
                CorruptedBits = 5,
                LargestPacket = 1400,
                BitsPerSecond = 100_000_000,
                Queue = queue,
            };
            using var lane = new ImpairedLane(network.Clock, new SeededRandom(1), conditions, LinkMedium.Ip, Take, network.Items)
            {
                Observer = new Told((_, _, _) => told++),
            };
            LinkFrame[] frames = [.. Enumerable.Range(0, 20).Select(i => new LinkFrame(new byte[60 + (i * 70)]))];
            Assert.Equal(0, Allocation.Of(() =>
            {
                for (int i = 0; i < 300; i++)
                {
                    lane.TryAdd(frames);
                    network.RunFor(TimeSpan.FromTicks(10_000));
                }
            }));
            Assert.True(arrived > 1000 && told > 1000);

            int Take(ReadOnlySpan<LinkFrame> batch)
            {
                arrived += batch.Length;
                return batch.Length;
            }
        }
    }

    [Fact]
    public void Conditions_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkConditions { CorruptedBits = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkConditions { CorruptedBits = 65 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkConditions { Truncation = 1.5 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkConditions { LargestPacket = 0 });
        Assert.Null(new LinkConditions { LargestPacket = null }.LargestPacket);
    }

    private static (LinkConditions Conditions, WireChanges Own, WireDrop Drop, bool IsTime) Vary(string cause) => cause switch
    {
        "loss" => (All with { Loss = 0 }, 0, WireDrop.Lost, false),
        "burst" => (All with { Loss = LossModel.GilbertElliott(0.1, 0.3) }, 0, WireDrop.Lost, false),
        "any" => (All with { Loss = LossModel.Any(0.1, 0.1, LossModel.EveryNth(7)) }, 0, WireDrop.Lost, false),
        "predicate" => (All with { Loss = LossModel.When((in FrameView frame) => frame.Octets[0] % 3 == 0) }, 0, WireDrop.Lost, false),
        "double" => (All with { Duplication = 0.6 }, WireChanges.Repeated, WireDrop.None, false),
        "corrupt" => (All with { Corruption = 0 }, WireChanges.Corrupted, WireDrop.None, false),
        "bits" => (All with { CorruptedBits = 9 }, 0, WireDrop.None, false),
        "cut" => (All with { Truncation = 0 }, WireChanges.Truncated, WireDrop.None, false),
        "reorder" => (All with { Reordering = 0 }, WireChanges.HeldBack, WireDrop.None, false),
        "delay" => (All with { Delay = default }, 0, WireDrop.None, true),
        "jitter" => (All with { Jitter = default }, 0, WireDrop.None, true),
        "latency" => (All with { Latency = null }, 0, WireDrop.None, true),
        "order" => (All with { KeepsOrder = true, Delay = Milliseconds(8.5) }, 0, WireDrop.None, true),
        "line" => (All with { BitsPerSecond = 800_000, QueueLimit = 2500 }, 0, WireDrop.QueueFull, true),
        "red" => (All with { BitsPerSecond = 100_000, Queue = QueueDiscipline.Red(100, 2000) }, 0, WireDrop.QueueManaged, true),
        "codel" => (All with { BitsPerSecond = 150_000, Queue = QueueDiscipline.CoDel() }, 0, WireDrop.QueueManaged, true),
        "black hole" => (All with { LargestPacket = 180 }, 0, WireDrop.TooLong, false),
        "down" => (All with { IsDown = true }, 0, WireDrop.Down, true),
        _ => (All with { MemoryLimit = 1 }, 0, WireDrop.MemoryFull, true),
    };

    // What becomes of numbered frames, of 100 to 299 octets. Cuts and full memories end after half of them.
    private static FateOf[] Run(LinkConditions conditions, int count)
    {
        using var wire = new Wire(conditions);
        var fates = new FateOf[count];
        // Where frames wait for others what arrives cannot be told from its neighbours, and only the fates are compared.
        bool isAlone = conditions.BitsPerSecond == 0 && !conditions.KeepsOrder;
        for (int i = 0; i < count; i++)
        {
            if (i == count / 2 && (conditions.IsDown || conditions.MemoryLimit == 1)) wire.Change(c => c with { IsDown = false, MemoryLimit = 1 << 20 });
            (int arrived, TimeSpan sent) = (wire.Arrived.Count, wire.Network.Clock.Now.SinceStart);
            byte[] frame = new byte[100 + (i % 200)];
            Array.Fill(frame, (byte)i);
            BitConverter.TryWriteBytes(frame, i);
            wire.Send(frame);
            if (conditions.BitsPerSecond == 0) wire.Network.RunFor(Milliseconds(10));
            else if (i % 20 == 19) wire.Network.RunFor(TimeSpan.FromSeconds(1));
            if (isAlone && wire.Arrived.Count > arrived)
                fates[i] = new FateOf(Delivered, WireChanges.None, Convert.ToHexString(wire.Arrived[arrived]), wire.Times[arrived] - sent);
        }

        foreach (FateTold told in wire.Told) fates[told.Number] = fates[told.Number] with { Drop = told.Drop, Changes = told.Changes };
        return fates;
    }

    private static LinkConditions Any(Random random) => new()
    {
        IsDown = random.Next(8) == 0,
        Loss = random.Next(3) switch { 0 => 0.1, 1 => LossModel.GilbertElliott(0.1, 0.4), _ => LossModel.EveryNth(5) },
        Duplication = 0.2,
        Corruption = 0.2,
        CorruptedBits = random.Next(1, 65),
        Truncation = 0.2,
        Reordering = 0.2,
        Jitter = Milliseconds(random.Next(3)),
        Latency = random.Next(2) == 0 ? LatencyDistribution.Normal(Milliseconds(1), Milliseconds(1)) : null,
        KeepsOrder = random.Next(2) == 0,
        LargestPacket = random.Next(2) == 0 ? 1200 : null,
        BitsPerSecond = random.Next(3) == 0 ? 0 : random.Next(5_000_000, 50_000_000),
        QueueLimit = 20_000,
        MemoryLimit = random.Next(4) == 0 ? 20_000 : 1 << 20,
        Queue = random.Next(3) switch
        {
            0 => QueueDiscipline.Red(2_000, 6_000, ecn: true),
            1 => QueueDiscipline.CoDel(Milliseconds(1), Milliseconds(5)),
            _ => QueueDiscipline.DropTail(),
        },
    };

    private static string Digest(ulong seed)
    {
        using var wire = new Wire(LinkConditions.Perfect, seed: seed);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var draw = new SeededRandom(seed);
        for (int i = 0; i < 3000; i++)
        {
            // System.Random gives the same for a seed in every version, too.
            if (i % 30 == 0) wire.Change(_ => Any(new Random((int)draw.NextUInt64())));
            byte[] frame = new byte[draw.NextUInt64() % 1500];
            draw.Fill(frame);
            wire.Send(frame);
            wire.Network.RunFor(TimeSpan.FromTicks((long)(draw.NextUInt64() % 5000)));
        }

        wire.Network.RunFor(TimeSpan.FromSeconds(1));
        for (int i = 0; i < wire.Arrived.Count; i++)
        {
            digest.AppendData(BitConverter.GetBytes(wire.Times[i].Ticks));
            digest.AppendData(wire.Arrived[i]);
        }

        foreach (FateTold told in wire.Told) digest.AppendData(System.Text.Encoding.ASCII.GetBytes(told.ToString()));
        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    private static TimeSpan Milliseconds(double time) => TimeSpan.FromTicks((long)(time * TimeSpan.TicksPerMillisecond));

    private readonly record struct FateOf(WireDrop Drop, WireChanges Changes, string? Octets, TimeSpan Travel);

    private readonly record struct FateTold(TimeSpan Time, int Number, WireDrop Drop, WireChanges Changes);

    private sealed class Told(Action<LinkFrame, WireDrop, WireChanges> told) : IWireObserver
    {
        public void OnFate(in LinkFrame frame, WireDrop drop, WireChanges changes) => told(frame, drop, changes);
    }

    /// <summary>A lane with all that it did.</summary>
    private sealed class Wire : IDisposable
    {
        public Wire(LinkConditions conditions, LinkMedium medium = LinkMedium.Ip, ulong seed = 3)
        {
            Lane = new ImpairedLane(Network.Clock, new SeededRandom(seed), conditions, medium, Take, Network.Items)
            {
                Observer = new Told((frame, drop, changes) =>
                    Told.Add(new FateTold(Network.Clock.Now.SinceStart, NumberOf(frame), drop, changes))),
            };
        }

        public VirtualNetwork Network { get; } = new(1);

        public ImpairedLane Lane { get; }

        public LinkImpairments Counts => Lane.Counts;

        public List<FateTold> Told { get; } = [];

        public List<byte[]> Arrived { get; } = [];

        public List<TimeSpan> Times { get; } = [];

        public void Send(params ReadOnlySpan<byte[]> frames)
        {
            foreach (byte[] frame in frames) Lane.TryAdd([new LinkFrame(frame)]);
        }

        public void Change(Func<LinkConditions, LinkConditions> change) => Lane.Conditions = change(Lane.Conditions);

        public void Dispose() => Lane.Dispose();

        private static int NumberOf(in LinkFrame frame) => frame.Octets.Length < 4 ? -1 : BitConverter.ToInt32(frame.Octets.Span);

        private int Take(ReadOnlySpan<LinkFrame> frames)
        {
            foreach (LinkFrame frame in frames)
            {
                Arrived.Add(frame.Octets.ToArray());
                Times.Add(Network.Clock.Now.SinceStart);
            }

            return frames.Length;
        }
    }
}
