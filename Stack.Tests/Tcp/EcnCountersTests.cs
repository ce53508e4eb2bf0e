using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>The counters of Accurate ECN. RFC 9768 §3.2.</summary>
public sealed class EcnCountersTests
{
    // Columns: SACK blocks, counters that must be there, room left; then blocks and counters that are sent.
    [Theory]
    [InlineData(0, 0, 12, 0, 3)]
    [InlineData(0, 0, 8, 0, 2)]
    [InlineData(0, 0, 4, 0, 0)]
    [InlineData(0, 3, 8, 0, -1)]
    [InlineData(1, 1, 8, 1, 2)]
    [InlineData(1, 1, 4, 1, 1)]
    [InlineData(1, 0, 0, 1, 0)]       // it stands where two no-operations would
    [InlineData(2, 1, 0, 2, -1)]
    [InlineData(3, 1, 0, 2, 2)]
    [InlineData(3, 2, 0, 2, 2)]
    [InlineData(3, 3, 0, 3, -1)]
    [InlineData(3, 3, 4, 2, 3)]
    [InlineData(4, 1, 4, 4, 1)]
    [InlineData(4, 2, 4, 3, 3)]
    [InlineData(4, 3, 0, 2, 3)]
    public void The_option_takes_room_from_SACK_but_leaves_it_two_blocks(int blocks, int required, int room, int blocksLeft, int counters)
    {
        Assert.Equal(counters, EcnCounters.Fit(required, room, blocks > 0 ? 2 : 0, ref blocks));
        Assert.Equal(blocksLeft, blocks);
    }

    // So many segments are acknowledged, so many of them marked. Appendix A.2: what may have gone round counts as gone round.
    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(1, 1, 1)]
    [InlineData(7, 7, 7)]
    [InlineData(3, 7, 3)]
    [InlineData(0, 8, 8)]
    [InlineData(1, 8, 1)]
    [InlineData(1, 9, 9)]
    [InlineData(0, 20, 16)]
    [InlineData(4, 20, 20)]
    public void The_number_of_three_bits_may_have_gone_round(int low, int delivered, int expected)
    {
        foreach (uint before in (uint[])[0, 3, 6, 250, 1023])
        {
            var counters = new EcnCounters();
            Reach(counters, before);
            int ace = (int)((before + (uint)low + 5) & 7);
            Assert.Equal((uint)expected, counters.OnFeedback(Feedback(ace, delivered)));
            Assert.Equal(before + (uint)expected, counters.DeliveredCe);
        }
    }

    [Fact]
    public void An_old_acknowledgment_says_nothing()
    {
        var counters = new EcnCounters();
        Assert.Equal(0u, counters.OnFeedback(new EcnFeedback { Ace = 0, Delivered = 1, Mss = 1000 }));
        Assert.Equal(0u, counters.DeliveredCe);
    }

    [Fact]
    public void A_number_that_is_zero_at_first_ends_belief_and_ECT()
    {
        var counters = new EcnCounters();
        Assert.Equal(0u, counters.OnFeedback(new EcnFeedback { Ace = 0, Delivered = 1, IsNewer = true, IsFirstOfData = true, Mss = 1000 }));
        Assert.True(counters.IsDeaf);
        Assert.False(counters.SendsEct);
        Assert.Equal(0u, counters.OnFeedback(Feedback(7, 2)));
        Assert.Equal(0u, counters.DeliveredCe);
    }

    [Fact]
    public void Counters_of_octets_are_read_in_both_orders_and_go_round()
    {
        var counters = new EcnCounters();
        uint[] sums = [0, 0, 0];
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            int which = random.Next(3);
            sums[which] += (uint)random.Next(8_000_000);
            bool ect1First = random.Next(2) == 0;
            uint e0 = (sums[0] + 1) & 0xFFFFFF, ce = sums[1] & 0xFFFFFF, e1 = (sums[2] + 1) & 0xFFFFFF;
            if (i == 0 && (e0 == 0 || e1 == 0)) continue;
            counters.OnFeedback(Feedback(5, 1) with
            {
                Option = new AccurateEcnOption
                {
                    IsPresent = true, Ect1First = ect1First, Count = 3, First = ect1First ? e1 : e0, Second = ce, Third = ect1First ? e0 : e1,
                },
            });
            Assert.Equal((sums[0], sums[1], sums[2]), (counters.DeliveredEct0Octets, counters.DeliveredCeOctets, counters.DeliveredEct1Octets));
        }

        Assert.Equal(EcnOptionSeen.Counters, counters.OptionSeen);
    }

    [Theory]
    [InlineData(0, 0, 0, 1, 0)]
    [InlineData(1, 1, 0, 2, 0)]
    [InlineData(1, 0, 0, 3, 8)]
    [InlineData(3, 1, 1, 2, 0)]
    [InlineData(3, 1, 0, 3, 8)]
    [InlineData(3, 0, 1, 3, 8)]
    public void A_first_option_whose_counters_are_zero_was_changed_on_the_way(int count, uint first, uint third, int seen, int failures)
    {
        var counters = new EcnCounters();
        counters.OnFirstOption(new AccurateEcnOption { IsPresent = true, Count = count, First = first, Third = third });
        Assert.Equal((seen, failures), ((int)counters.OptionSeen, (int)counters.Failures));
    }

    // Note 1 of table 4, and §3.2.2.3: what left as not-ECT must come as that.
    [Theory]
    [InlineData(0, false, true, 0)]
    [InlineData(1, true, false, 0)]
    [InlineData(2, true, false, 0)]
    [InlineData(3, false, false, 0)]
    [InlineData(4, false, false, 0)]
    [InlineData(5, true, false, 0)]
    [InlineData(6, false, false, 0)]
    [InlineData(7, true, false, 0)]
    public void The_ACK_of_a_SYN_ACK_tells_what_became_of_it(int ace, bool sendsEct, bool isDeaf, uint delivered)
    {
        var counters = new EcnCounters();
        counters.OnAckOfSynAck(ace, isBare: true, EcnCodes.NotEct, doubts: true);
        Assert.Equal((sendsEct, isDeaf, delivered), (counters.SendsEct, counters.IsDeaf, counters.DeliveredCe));
        var trusting = new EcnCounters();
        trusting.OnAckOfSynAck(ace, isBare: true, EcnCodes.NotEct, doubts: false);
        Assert.Equal(ace == 6 ? 1u : 0u, trusting.DeliveredCe);
        var busy = new EcnCounters();
        busy.OnAckOfSynAck(ace, isBare: false, EcnCodes.NotEct, doubts: true);
        Assert.True(busy.SendsEct);
    }

    [Fact]
    public void A_SYN_ACK_counts_once_however_often_it_comes_marked()
    {
        var counters = new EcnCounters();
        counters.OnSynAck(EcnCodes.Ce);
        counters.OnSynAck(EcnCodes.Ce);
        Assert.Equal(1u, counters.ReceivedCe);
        Assert.Equal(6, EcnCodes.Ace(counters.Ace));
        var server = new EcnCounters();
        server.OnSyn(EcnCodes.Ce);
        Assert.Equal(5, EcnCodes.Ace(server.Ace));
    }

    private static EcnFeedback Feedback(int ace, int delivered) => new()
    {
        Ace = ace, Delivered = delivered, DeliveredOctets = 1000 * delivered, IsNewer = true, IsExact = true, Mss = 1000,
    };

    private static void Reach(EcnCounters counters, uint target)
    {
        counters.OnFeedback(Feedback(5, 1));      // one by one: ACKs are not thinned out, so that a jump is a loss of ACKs
        while (counters.DeliveredCe != target)
        {
            uint step = Math.Min(target - counters.DeliveredCe, 7);
            counters.OnFeedback(Feedback((int)((counters.DeliveredCe + step + 5) & 7), 1));
        }
    }
}
