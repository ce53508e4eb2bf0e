using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Emulation;

/// <summary>Queues before a line against direct readings of the papers that they are from.</summary>
public sealed class QueueDisciplineTests
{
    private const long Rate = 8_000_000;      // an octet takes ten ticks: nothing is rounded
    private const ulong Seed = 11;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Red_drops_what_a_direct_reading_of_the_paper_drops(int seed)
    {
        const int Minimum = 5_000, Maximum = 15_000, MeanFrame = 500;
        const double MaxProbability = 0.1, Weight = 0.02;
        using var line = new Line(QueueDiscipline.Red(Minimum, Maximum, MaxProbability, Weight, MeanFrame));
        var random = new Random(seed);
        var draws = new FrameChance(new SeededRandom(Seed).NextUInt64(), "queue");
        double average = 0;
        long free = 0, count = -1;
        var expected = new List<int>();
        for (int i = 0; i < 20_000; i++)
        {
            // Busier and less busy times, and now and then a long rest.
            long now = line.Network.Clock.Now.Ticks;
            int length = random.Next(60, 1500);
            long waiting = Math.Max(0, free - now) / 10;
            if (waiting > 0) average = ((1 - Weight) * average) + (Weight * waiting);
            else average *= Math.Pow(1 - Weight, Math.Floor((now - free) / (10.0 * MeanFrame)));
            bool isDropped = false;
            if (average >= Minimum && average < Maximum)
            {
                count++;
                double pb = MaxProbability * (average - Minimum) / (Maximum - Minimum);
                double pa = count * pb >= 1 ? 1 : pb / (1 - (count * pb));
                isDropped = FrameChance.Between0And1(draws.Of(i)) < pa;
                if (isDropped) count = 0;
            }
            else if (average >= Maximum)
            {
                isDropped = true;
                count = 0;
            }
            else
            {
                count = -1;
            }

            if (isDropped) expected.Add(i);
            else free = Math.Max(free, now) + (length * 10);
            line.Send(i, length);
            line.RunFor(random.Next(i / 2000 % 2 == 0 ? 12_000 : 18_000) + (random.Next(500) == 0 ? 200_000 : 0));
        }

        Assert.InRange(expected.Count, 300, 15_000);
        Assert.Equal(expected, line.Dropped);
        Assert.Equal(expected.Count, line.Lane.Counts.QueueManaged);
    }

    // RFC 8289 §5.5: the law by hand, with a target of 5 ms and an interval of 100 ms. A frame leaves each millisecond.
    [Fact]
    public void CoDel_drops_sooner_and_sooner_as_its_law_says()
    {
        var queue = new CoDelQueue(new CoDelDiscipline(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(100), Ecn: false));
        var drops = new List<int>();
        for (int time = 0; time <= 700; time++)
        {
            int waited = time is > 430 and < 440 ? 4 : 10;
            while (queue.OnDeparture(At(time), TimeSpan.FromMilliseconds(waited), 1000, 10_000, false) == QueueVerdict.Drop) drops.Add(time);
        }

        // All waited too long from 0 to 100. Then 100, and with counts of 2 to 6 after 100 / √count each: 270.7, 328.4, 378.4, 423.2.
        // Again above since 440; at 540 it goes on with 6 − 1 = 5: after 44.7 584.7, then 40.8, 37.8 and 35.4 more.
        Assert.Equal([100, 200, 271, 329, 379, 424, 540, 585, 626, 664, 699], drops);
    }

    [Fact]
    public void CoDel_begins_anew_when_the_last_drops_are_long_ago_and_leaves_a_last_frame_alone()
    {
        var queue = new CoDelQueue(new CoDelDiscipline(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(100), Ecn: false));
        for (int time = 0; time <= 430; time++) Depart(time, 10, 10_000);
        Assert.True(queue.IsDropping);
        Depart(431, 10, 1000);      // no more than one frame is behind it
        Assert.False(queue.IsDropping);
        for (int time = 2100; time <= 2200; time++) Depart(time, 10, 10_000);
        Assert.Equal((true, 1), (queue.IsDropping, queue.Count));

        void Depart(int time, int waited, int behind)
        {
            while (queue.OnDeparture(At(time), TimeSpan.FromMilliseconds(waited), 1000, behind, false) == QueueVerdict.Drop)
            {
            }
        }
    }

    [Fact]
    public void CoDel_marks_by_the_same_law()
    {
        var queue = new CoDelQueue(new CoDelDiscipline(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(100), Ecn: true));
        var marks = new List<int>();
        for (int time = 0; time <= 430; time++)
            if (queue.OnDeparture(At(time), TimeSpan.FromMilliseconds(10), 1000, 10_000, true) == QueueVerdict.Mark) marks.Add(time);
        Assert.Equal([100, 200, 271, 329, 379, 424], marks);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void CoDel_drops_what_a_direct_reading_of_the_RFC_drops(int seed)
    {
        using var line = new Line(QueueDiscipline.CoDel());
        var random = new Random(seed);
        var arrivals = new List<(long Time, int Length)>();
        long time = 0;
        for (int i = 0; i < 20_000; i++)
        {
            int length = random.Next(60, 1500);
            arrivals.Add((time, length));
            line.Send(i, length);
            long pause = random.Next(i / 1000 % 2 == 0 ? 14_000 : 20_000);
            line.RunFor(pause);
            time += pause;
        }

        line.RunFor(TimeSpan.TicksPerSecond * 10);
        List<int> expected = CoDelOf(arrivals);
        Assert.InRange(expected.Count, 100, 10_000);
        Assert.Equal(expected, line.Dropped);
    }

    [Fact]
    public void A_queue_of_its_own_length_takes_the_place_of_the_limit()
    {
        using var line = new Line(QueueDiscipline.DropTail(5000), limit: 100);
        for (int i = 0; i < 10; i++) line.Send(i, 1000);
        Assert.Equal([5, 6, 7, 8, 9], line.Dropped);
        Assert.Equal((5, 5, 4, 5), ((int)line.Lane.Counts.QueueFull, line.Lane.Counts.UnderWay, line.Lane.Counts.Waiting, (int)line.Lane.Counts.Overflowed));
    }

    [Fact]
    public void A_managed_queue_has_a_limit_too()
    {
        foreach (QueueDiscipline discipline in (QueueDiscipline[])[QueueDiscipline.CoDel(), QueueDiscipline.Red(100_000, 200_000)])
        {
            using var line = new Line(discipline, limit: 5000);
            for (int i = 0; i < 10; i++) line.Send(i, 1000);
            Assert.Equal((5, 0), ((int)line.Lane.Counts.QueueFull, (int)line.Lane.Counts.QueueManaged));
        }
    }

    [Theory]
    [InlineData(true, LinkMedium.Ip, false)]
    [InlineData(false, LinkMedium.Ip, false)]
    [InlineData(true, LinkMedium.Ethernet, false)]
    [InlineData(false, LinkMedium.Ethernet, true)]
    [InlineData(true, LinkMedium.Ethernet, true)]
    public void Capable_packets_are_marked_with_a_checksum_that_fits_and_others_dropped(bool isV4, LinkMedium medium, bool isTagged)
    {
        foreach (QueueDiscipline discipline in (QueueDiscipline[])[
            QueueDiscipline.Red(1, 2, weight: 1, ecn: true), QueueDiscipline.CoDel(TimeSpan.FromTicks(1), TimeSpan.FromTicks(1), ecn: true)])
        {
            using var line = new Line(discipline, medium: medium);
            // The first finds the line free; CoDel leaves the last two alone, which have no more than one behind them.
            for (int i = 0; i < 41; i++) line.Lane.TryAdd([Packet(isV4, medium, isTagged, (byte)((i % 4) | 0x40), (byte)i)]);
            line.RunFor(TimeSpan.TicksPerSecond);
            LinkImpairments counts = line.Lane.Counts;
            Assert.InRange(counts.Marked, 27, 30);
            Assert.InRange(counts.QueueManaged, 8, 10);
            Assert.Equal(41, counts.Delivered + counts.QueueManaged);
            int marked = 0;
            foreach (byte[] octets in line.Arrived)
            {
                var view = new FrameView(octets, medium == LinkMedium.Ethernet);
                byte traffic = isV4 ? view.Ipv4.TrafficClass : view.Ipv6.TrafficClass, number = view.Udp.Payload[0];
                Assert.Equal(0x40, traffic & 0xFC);      // nothing else changed
                if (isV4) Assert.Equal(0, InternetChecksum.Of(view.Ipv4.Octets[..20]));
                var pseudo = new PseudoHeader(view.Source.Address, view.Destination.Address, IpProtocol.Udp, view.Udp.Octets.Length);
                Assert.Equal(0, InternetChecksum.Of(view.Udp.Octets, pseudo));
                if ((traffic & 3) != number % 4) marked++;
                if ((traffic & 3) != number % 4) Assert.Equal(3, traffic & 3);
                if ((traffic & 3) == 0) Assert.True(number is 0 or 40, $"{number} was neither dropped nor marked.");
            }

            Assert.InRange(marked, 18, 20);      // those that had the mark already have it still
        }
    }

    [Fact]
    public void What_is_no_IP_packet_is_dropped_and_a_bad_checksum_stays_bad()
    {
        using var line = new Line(QueueDiscipline.Red(1, 2, weight: 1, ecn: true));
        line.Lane.TryAdd([new LinkFrame(new byte[1000])]);
        line.Lane.TryAdd([new LinkFrame(new byte[] { 0x45, 2, 0 }), new LinkFrame(new byte[40]), default]);
        Assert.Equal(3, line.Lane.Counts.QueueManaged);
        byte[] packet = Packet(true, LinkMedium.Ip, false, 2, 0).Octets.ToArray();
        packet[10]++;
        line.Lane.TryAdd([new LinkFrame(packet)]);
        line.RunFor(TimeSpan.TicksPerSecond);
        Assert.Equal(3, line.Arrived[^1][1] & 3);
        Assert.NotEqual(0, InternetChecksum.Of(line.Arrived[^1].AsSpan(0, 20)));
    }

    [Fact]
    public void What_cannot_be_is_refused_and_equals_are_equal()
    {
        Assert.Equal(QueueDiscipline.CoDel(), QueueDiscipline.CoDel(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(100)));
        Assert.NotEqual(QueueDiscipline.CoDel(), QueueDiscipline.CoDel(ecn: true));
        Assert.Equal(QueueDiscipline.DropTail(), new LinkConditions().Queue);
        Assert.Throws<ArgumentOutOfRangeException>(() => QueueDiscipline.DropTail(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => QueueDiscipline.Red(10, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => QueueDiscipline.Red(-1, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => QueueDiscipline.Red(1, 10, maxProbability: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => QueueDiscipline.Red(1, 10, weight: 1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => QueueDiscipline.Red(1, 10, meanFrame: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => QueueDiscipline.CoDel(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => QueueDiscipline.CoDel(interval: TimeSpan.FromHours(2)));
        Assert.Throws<ArgumentNullException>(() => new LinkConditions { Queue = null! });
    }

    private static Timestamp At(int milliseconds) => Timestamp.FromStart(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>The numbers of frames that are dropped: the dequeue of RFC 8289 §5, a queue in front of a line that is free at an instant.</summary>
    private static List<int> CoDelOf(List<(long Time, int Length)> arrivals)
    {
        const long Target = 50_000, Interval = 1_000_000;
        var dropped = new List<int>();
        var queue = new Queue<int>();
        long octets = 0, firstAbove = 0, dropNext = 0, free = 0;
        int count = 0, lastCount = 0, next = 0, largest = 0;
        bool dropping = false;
        while (next < arrivals.Count || queue.Count > 0)
        {
            // The line asks when it is free; what arrives at that very instant comes behind.
            bool wasEmpty = queue.Count == 0;
            long now = wasEmpty ? Math.Max(free, arrivals[next].Time) : free;
            while (next < arrivals.Count && (arrivals[next].Time < now || (queue.Count == 0 && arrivals[next].Time <= now)))
            {
                octets += arrivals[next].Length;
                queue.Enqueue(next++);
            }

            if (wasEmpty) (firstAbove, dropping) = (0, false);      // it had asked in vain
            int? frame = Dequeue(now);
            if (frame is { } sent) free = now + (arrivals[sent].Length * 10);
            else free = now;
        }

        return dropped;

        int? Dequeue(long now)
        {
            (int? frame, bool isOk) = Inner(now);
            if (dropping)
            {
                if (!isOk) dropping = false;
                while (now >= dropNext && dropping)
                {
                    dropped.Add(frame!.Value);
                    count++;
                    (frame, isOk) = Inner(now);
                    if (!isOk) dropping = false;
                    else dropNext += (long)(Interval / Math.Sqrt(count));
                }
            }
            else if (isOk)
            {
                dropped.Add(frame!.Value);
                (frame, _) = Inner(now);
                dropping = true;
                int delta = count - lastCount;
                count = delta > 1 && now - dropNext < 16 * Interval ? delta : 1;
                dropNext = now + (long)(Interval / Math.Sqrt(count));
                lastCount = count;
            }

            return frame;
        }

        (int? Frame, bool IsOk) Inner(long now)
        {
            if (!queue.TryDequeue(out int frame))
            {
                firstAbove = 0;
                return (null, false);
            }

            octets -= arrivals[frame].Length;
            largest = Math.Max(largest, arrivals[frame].Length);
            if (now - arrivals[frame].Time < Target || octets <= largest) firstAbove = 0;
            else if (firstAbove == 0) firstAbove = now + Interval;
            else if (now >= firstAbove) return (frame, true);
            return (frame, false);
        }
    }

    private static LinkFrame Packet(bool isV4, LinkMedium medium, bool isTagged, byte traffic, byte number)
    {
        PacketBuffer packet = new PacketPool().Rent(0);
        packet.Append(1000)[0] = number;
        InetAddress a = InetAddress.Parse(isV4 ? "10.0.0.1" : "fd00::1"), b = InetAddress.Parse(isV4 ? "10.0.0.2" : "fd00::2");
        new UdpHeader(1000, 2000).PrependTo(packet, new PseudoHeader(a, b, IpProtocol.Udp, 0));
        if (isV4) new Ipv4Header(a, b, IpProtocol.Udp, TrafficClass: traffic).PrependTo(packet);
        else new Ipv6Header(a, b, IpProtocol.Udp, TrafficClass: traffic).PrependTo(packet);
        if (medium == LinkMedium.Ethernet)
        {
            new EthernetHeader(
                MacAddress.Broadcast, MacAddress.FromBits(0x0200_0000_0001), isV4 ? EtherType.Ipv4 : EtherType.Ipv6,
                isTagged ? new VlanTag(5) : null).PrependTo(packet);
        }

        return new LinkFrame(packet.Memory);
    }

    /// <summary>A line with a queue; frames begin with their number.</summary>
    private sealed class Line : IDisposable, IWireObserver
    {
        public Line(QueueDiscipline discipline, int limit = int.MaxValue, LinkMedium medium = LinkMedium.Ip)
        {
            var conditions = new LinkConditions { BitsPerSecond = Rate, Queue = discipline, QueueLimit = limit, MemoryLimit = int.MaxValue };
            Lane = new ImpairedLane(Network.Clock, new SeededRandom(Seed), conditions, medium, Take, Network.Items) { Observer = this };
        }

        public VirtualNetwork Network { get; } = new(1);

        public ImpairedLane Lane { get; }

        public List<int> Dropped { get; } = [];

        public List<byte[]> Arrived { get; } = [];

        public void Send(int number, int length)
        {
            byte[] octets = new byte[length];
            BitConverter.TryWriteBytes(octets, number);
            Lane.TryAdd([new LinkFrame(octets)]);
        }

        public void RunFor(long ticks) => Network.RunFor(TimeSpan.FromTicks(ticks));

        public void OnFate(in LinkFrame frame, WireDrop drop, WireChanges changes)
        {
            if (drop != WireDrop.None && frame.Octets.Length >= 4) Dropped.Add(BitConverter.ToInt32(frame.Octets.Span));
        }

        public void Dispose() => Lane.Dispose();

        private int Take(ReadOnlySpan<LinkFrame> frames)
        {
            foreach (LinkFrame frame in frames) Arrived.Add(frame.Octets.ToArray());
            return frames.Length;
        }
    }
}
