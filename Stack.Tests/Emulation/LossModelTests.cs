using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Emulation;

public sealed class LossModelTests
{
    [Fact]
    public void A_number_is_a_chance_and_each_frame_has_it()
    {
        LossModel model = 0.25;
        Assert.Equal(LossModel.Independent(0.25), model);
        bool[] lost = Run(model, 100_000);
        Assert.InRange(lost.Count(isLost => isLost), 25_000 - 550, 25_000 + 550);      // four deviations
        // Independent: after a loss as often as after none.
        int pairs = 0;
        for (int i = 1; i < lost.Length; i++) pairs += lost[i] && lost[i - 1] ? 1 : 0;
        Assert.InRange(pairs, 6250 - 380, 6250 + 380);
    }

    [Theory]
    [InlineData(0.01, 0.25, 0, 1)]
    [InlineData(0.05, 0.1, 0, 1)]
    [InlineData(0.3, 0.9, 0, 1)]
    [InlineData(0.02, 0.2, 0.01, 0.5)]
    public void Bursts_have_the_length_and_the_rate_of_the_theory(double p, double r, double inGood, double inBad)
    {
        const int Count = 400_000;
        bool[] lost = Run(LossModel.GilbertElliott(p, r, inGood, inBad), Count);
        double bad = p / (p + r), rate = (bad * inBad) + ((1 - bad) * inGood);
        // The states of two frames n apart correlate by (1 − p − r)^n: so much more does the sum of them vary.
        double correlation = 1 - p - r, variance = rate * (1 - rate) * (1 + correlation) / (1 - correlation) * Count;
        Assert.InRange(lost.Count(isLost => isLost), (rate * Count) - (4 * Math.Sqrt(variance)), (rate * Count) + (4 * Math.Sqrt(variance)));
        // The chance of a loss right after a loss.
        double badAfterLoss = bad * inBad / rate, badNext = (badAfterLoss * (1 - r)) + ((1 - badAfterLoss) * p);
        double again = (badNext * inBad) + ((1 - badNext) * inGood);
        int pairs = 0, losses = 0;
        for (int i = 1; i < Count; i++)
        {
            if (!lost[i - 1]) continue;
            losses++;
            if (lost[i]) pairs++;
        }

        double sigma = Math.Sqrt(again * (1 - again) / losses);
        Assert.InRange(pairs / (double)losses, again - (4 * sigma), again + (4 * sigma));
    }

    [Fact]
    public void The_lengths_of_bursts_fall_off_as_those_of_a_geometric_distribution()
    {
        const double Recovery = 0.25;
        bool[] lost = Run(LossModel.GilbertElliott(0.01, Recovery), 1_000_000);
        int[] lengths = new int[16];      // those of 15 and more together
        int bursts = 0, length = 0;
        foreach (bool isLost in lost)
        {
            if (isLost)
            {
                length++;
                continue;
            }

            if (length > 0) lengths[Math.Min(length, 15)]++;
            bursts += length > 0 ? 1 : 0;
            length = 0;
        }

        Assert.InRange(bursts, 8000, 11_000);
        double chiSquare = 0;
        for (int i = 1; i <= 15; i++)
        {
            double expected = bursts * Math.Pow(1 - Recovery, i - 1) * (i < 15 ? Recovery : 1);
            chiSquare += Math.Pow(lengths[i] - expected, 2) / expected;
        }

        Assert.InRange(chiSquare, 2, 42);      // 14 degrees of freedom: one of 10,000 seeds lies above
    }

    [Theory]
    [InlineData(1, null, "1111111111")]
    [InlineData(3, null, "0010010010")]
    [InlineData(3, 1, "1001001001")]
    [InlineData(3, 5, "0000100100")]
    [InlineData(1000, 2, "0100000000")]
    public void Every_nth_frame_is_that_and_no_other(int n, int? first, string expected) =>
        Assert.Equal(expected, string.Concat(Run(LossModel.EveryNth(n, first), 10).Select(isLost => isLost ? '1' : '0')));

    [Fact]
    public void A_model_remembers_while_other_conditions_change_and_begins_anew_when_it_is_another()
    {
        using Lane lane = new(new LinkConditions { Loss = LossModel.EveryNth(3) });
        lane.Send(2);
        lane.Change(conditions => conditions with { Delay = TimeSpan.FromMilliseconds(1), Loss = LossModel.EveryNth(3) });
        lane.Send(2);
        lane.Change(conditions => conditions with { Loss = LossModel.EveryNth(3, 3) });      // the same
        lane.Send(2);
        Assert.Equal("001001", lane.Fates);
        lane.Send(2);
        lane.Change(conditions => conditions with { Loss = LossModel.EveryNth(4) });
        lane.Send(4);
        Assert.Equal("001001000001", lane.Fates);
    }

    [Fact]
    public void Each_direction_has_a_state_of_its_own()
    {
        LossModel model = LossModel.EveryNth(2);
        using Lane first = new(new LinkConditions { Loss = model }), second = new(new LinkConditions { Loss = model });
        first.Send(1);
        second.Send(2);
        first.Send(1);
        Assert.Equal(("01", "01"), (first.Fates, second.Fates));
    }

    [Fact]
    public void Of_several_models_each_goes_its_own_way()
    {
        bool[] third = Run(LossModel.EveryNth(3), 5000), chance = Run(0.1, 5000), burst = Run(LossModel.GilbertElliott(0.02, 0.3), 5000);
        bool[] both = Run(LossModel.Any(0.1, LossModel.EveryNth(3)), 5000);
        for (int i = 0; i < 5000; i++) Assert.Equal(third[i] || chance[i], both[i]);
        // The second of two that draw has numbers of its own, and the first those that it has alone.
        bool[] two = Run(LossModel.Any(LossModel.GilbertElliott(0.02, 0.3), LossModel.Any(0.1, 0.1)), 5000);
        Assert.All(Enumerable.Range(0, 5000), i => Assert.True(two[i] || !burst[i]));
        Assert.InRange(two.Count(isLost => isLost), 900, 1500);
        Assert.DoesNotContain(true, Run(LossModel.Any(), 100));
    }

    [Theory]
    [InlineData(LinkMedium.Ip)]
    [InlineData(LinkMedium.Ethernet)]
    public void A_predicate_can_lose_the_second_SYN(LinkMedium medium)
    {
        int syns = 0;
        var model = LossModel.When((in FrameView frame) => frame.IsTcp && frame.Tcp.Flags == TcpFlags.Syn && ++syns == 2);
        using Lane lane = new(new LinkConditions { Loss = model }, medium);
        foreach (TcpFlags flags in (TcpFlags[])[TcpFlags.Ack, TcpFlags.Syn, TcpFlags.Ack, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Syn, TcpFlags.Syn])
            lane.Send(Segment(flags, medium));
        lane.Send(new LinkFrame(new byte[3]));
        Assert.Equal("0000100", lane.Fates);
        Assert.Equal(3, syns);
    }

    [Fact]
    public void A_predicate_that_throws_is_heard_by_the_sender_and_breaks_nothing()
    {
        bool throws = true;
        using Lane lane = new(new LinkConditions { Loss = LossModel.When((in FrameView _) => throws ? throw new InvalidTimeZoneException() : false) });
        Assert.Throws<InvalidTimeZoneException>(() => lane.Send(1));
        throws = false;
        lane.Send(2);
        Assert.Equal("00", lane.Fates[^2..]);
    }

    [Fact]
    public void Models_are_equal_that_do_the_same()
    {
        FramePredicate predicate = (in FrameView _) => true;
        Assert.Equal(LossModel.When(predicate), LossModel.When(predicate));
        Assert.NotEqual(LossModel.When(predicate), LossModel.When((in FrameView _) => true));
        Assert.Equal(LossModel.EveryNth(7), LossModel.EveryNth(7, 7));
        Assert.Equal(LossModel.GilbertElliott(0.1, 0.2), LossModel.GilbertElliott(0.1, 0.2, 0, 1));
        Assert.Equal(LossModel.None, LossModel.Independent(0));
        LossModel any = LossModel.Any(0.1, LossModel.Any(LossModel.EveryNth(2), 0.3));
        Assert.Equal(LossModel.Any(0.1, LossModel.EveryNth(2), 0.3), any);
        Assert.Equal(LossModel.Any(0.1, LossModel.EveryNth(2), 0.3).GetHashCode(), any.GetHashCode());
        Assert.NotEqual(LossModel.Any(LossModel.EveryNth(2), 0.1, 0.3), any);
        Assert.Equal(new LinkConditions { Loss = 0.5 }, new LinkConditions { Loss = LossModel.Independent(0.5) });
        Assert.Contains("0.3", any.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => LossModel.Independent(1.01));
        Assert.Throws<ArgumentOutOfRangeException>(() => (LossModel)double.NaN);
        Assert.Throws<ArgumentOutOfRangeException>(() => LossModel.GilbertElliott(0.1, -0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => LossModel.GilbertElliott(0.1, 0.1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => LossModel.EveryNth(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => LossModel.EveryNth(1, 0));
        Assert.Throws<ArgumentNullException>(() => LossModel.When(null!));
        Assert.Throws<ArgumentNullException>(() => LossModel.Any(0.1, null!));
        Assert.Throws<ArgumentNullException>(() => new LinkConditions { Loss = null! });
    }

    private static LinkFrame Segment(TcpFlags flags, LinkMedium medium)
    {
        var pool = new PacketPool();
        PacketBuffer packet = pool.Rent(0);
        InetAddress a = InetAddress.Parse("10.0.0.1"), b = InetAddress.Parse("10.0.0.2");
        new TcpHeader(1000, 80, 1, 0, flags, 1000).PrependTo(packet, default, new PseudoHeader(a, b, IpProtocol.Tcp, 0));
        new Ipv4Header(a, b, IpProtocol.Tcp).PrependTo(packet);
        if (medium == LinkMedium.Ethernet) new EthernetHeader(MacAddress.Broadcast, MacAddress.FromBits(0x0200_0000_0001), EtherType.Ipv4).PrependTo(packet);
        return new LinkFrame(packet.Memory);
    }

    private static bool[] Run(LossModel model, int count)
    {
        using Lane lane = new(new LinkConditions { Loss = model });
        lane.Send(count);
        return [.. lane.Fates.Select(fate => fate == '1')];
    }

    /// <summary>A lane that tells of each frame whether it was lost.</summary>
    private sealed class Lane : IDisposable
    {
        private readonly List<char> _fates = [];
        private readonly VirtualNetwork _network = new(1);
        private readonly ImpairedLane _lane;

        public Lane(LinkConditions conditions, LinkMedium medium = LinkMedium.Ip) =>
            _lane = new ImpairedLane(_network.Clock, new SeededRandom(11), conditions, medium, static frames => frames.Length, _network.Items);

        public string Fates => string.Concat(_fates);

        public void Change(Func<LinkConditions, LinkConditions> change) => _lane.Conditions = change(_lane.Conditions);

        public void Send(int count)
        {
            for (int i = 0; i < count; i++) Send(new LinkFrame(new byte[1]));
        }

        public void Send(LinkFrame frame)
        {
            long before = _lane.Counts.Lost;
            _lane.TryAdd([frame]);
            _fates.Add(_lane.Counts.Lost > before ? '1' : '0');
            _network.RunFor(TimeSpan.FromMilliseconds(1));
        }

        public void Dispose() => _lane.Dispose();
    }
}
