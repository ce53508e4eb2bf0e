using UserNet.Tcp;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>What Linux does, in segments; round-trip time 100 ms where nothing else is said.</summary>
public sealed class LossRecoveryTests
{
    [Fact]
    public void Ten_segments_leave_at_first()
    {
        var rig = new SenderRig();
        Assert.Equal(10, rig.Send());
        Assert.Equal(0, rig.Recovery.Quota);
        Assert.Equal(10, rig.Recovery.InFlight);
    }

    [Fact]
    public void In_slow_start_an_ack_of_four_adds_four()
    {
        var rig = new SenderRig();
        rig.Send();
        rig.Wait(100);
        AckSummary summary = rig.Ack(4);
        Assert.Equal(4 * SenderRig.Mss, summary.Acked);
        Assert.Equal(14, rig.Recovery.Window);
        Assert.Equal(8, rig.Recovery.Quota);
    }

    [Fact]
    public void A_window_that_is_not_in_use_does_not_grow()
    {
        var rig = new SenderRig();
        rig.Send(4);
        rig.Wait(100);
        rig.Ack(4);
        Assert.Equal(10, rig.Recovery.Window);

        rig.Send(6);      // more than half of the window: slow start may double what was in use
        rig.Wait(100);
        rig.Ack(10);
        Assert.Equal(12, rig.Recovery.Window - 4);
    }

    [Fact]
    public void Three_sacked_segments_make_the_one_below_them_lost()
    {
        var rig = new SenderRig();
        rig.Send();
        rig.Wait(100);
        rig.Ack(0, SenderRig.Block(1, 2));
        Assert.Equal(CongestionState.Disorder, rig.Recovery.State);
        Assert.Equal(1, rig.Recovery.Quota);      // limited transmit
        Assert.Equal(1, rig.Send());
        rig.Ack(0, SenderRig.Block(1, 3));
        Assert.Equal(1, rig.Send());
        Assert.Empty(rig.SendAgain());

        rig.Ack(0, SenderRig.Block(1, 4));
        Assert.Equal(CongestionState.Recovery, rig.Recovery.State);
        Assert.Equal(7, rig.Recovery.SlowStartThreshold);
        Assert.Equal([0], rig.SendAgain());
        Assert.Equal((12, 3, 1, 1), (rig.Recovery.SegmentsOut, rig.Recovery.SegmentsSacked, rig.Recovery.SegmentsLost,
            rig.Recovery.SegmentsRetransmitted));
    }

    [Fact]
    public void After_recovery_the_window_is_seven_tenths()
    {
        var rig = new SenderRig();
        rig.Send();
        rig.Wait(100);
        rig.Ack(0, SenderRig.Block(1, 4));
        Assert.Equal([0], rig.SendAgain());
        for (int sacked = 5; sacked <= 10; sacked++)
        {
            rig.Ack(0, SenderRig.Block(1, sacked));
            rig.Send();
        }

        rig.Wait(100);
        rig.Ack(10);
        Assert.Equal(CongestionState.Open, rig.Recovery.State);
        Assert.Equal(7, rig.Recovery.Window);
        Assert.Equal(rig.Sent - 10, rig.Recovery.InFlight);
        rig.Wait(100);
        rig.Ack(rig.Sent);
        Assert.True(rig.Recovery.IsEmpty);
        Assert.Equal(-1, rig.DueIn);
    }

    [Fact]
    public void A_late_segment_is_given_a_quarter_of_the_round_trip()
    {
        var rig = new SenderRig();
        rig.Send();
        rig.Wait(100);
        rig.Ack(0, SenderRig.Block(1, 3));
        Assert.Equal(LossTimer.Reordering, rig.Recovery.Timer);
        Assert.Equal(27, rig.DueIn, 3);      // min RTT / 4 and 2 ms
        Assert.Equal(LossTimerAction.Output, rig.Expire());
        Assert.Equal(CongestionState.Recovery, rig.Recovery.State);
        Assert.Equal([0], rig.SendAgain());
        Assert.Equal(300, rig.DueIn, 3);
    }

    [Fact]
    public void A_duplicate_of_all_that_was_sent_again_undoes_a_recovery()
    {
        var rig = new SenderRig();
        rig.Send();
        rig.Wait(100);
        rig.Ack(0, SenderRig.Block(1, 4));
        Assert.Equal([0], rig.SendAgain());
        rig.Ack(4);
        Assert.Equal(CongestionState.Recovery, rig.Recovery.State);
        rig.Wait(100);
        AckSummary summary = rig.Ack(4, SenderRig.Block(0, 1));
        Assert.True(summary.DsackSeen);
        Assert.Equal(10, rig.Recovery.Window);
        Assert.Equal(CongestionWindow.Unlimited, rig.Recovery.SlowStartThreshold);
        Assert.NotEqual(CongestionState.Recovery, rig.Recovery.State);
    }

    [Fact]
    public void Congestion_experienced_reduces_once_a_round_trip()
    {
        var rig = new SenderRig();
        rig.Send();
        rig.Wait(100);
        rig.Ack(1, ece: true, null);
        Assert.Equal(CongestionState.Cwr, rig.Recovery.State);
        Assert.Equal(7, rig.Recovery.SlowStartThreshold);
        Assert.True(rig.Recovery.MustSendCwr);
        rig.Ack(2, ece: true, null);
        rig.Ack(3, ece: true, null);
        Assert.Equal(7, rig.Recovery.SlowStartThreshold);
        rig.Send();
        Assert.False(rig.Recovery.MustSendCwr);
        rig.Wait(100);
        for (int i = 4; i <= 10; i++)
        {
            rig.Ack(i);
            rig.Send();
            Assert.Equal(CongestionState.Cwr, rig.Recovery.State);
        }

        rig.Wait(100);
        rig.Ack(11);      // above what was in flight: the receiver has seen CWR
        Assert.Equal((CongestionState.Open, 7), (rig.Recovery.State, rig.Recovery.Window));
    }

    [Fact]
    public void Without_sack_three_duplicates_send_the_oldest_again_and_a_partial_ack_the_next()
    {
        var rig = new SenderRig(sack: false, algorithm: CongestionAlgorithm.NewReno);
        rig.Send();
        rig.Wait(100);
        for (int i = 0; i < 2; i++)
        {
            Assert.True(rig.Ack(0).IsDuplicate);
            Assert.Equal(1, rig.Send());
        }

        rig.Ack(0);
        Assert.Equal(CongestionState.Recovery, rig.Recovery.State);
        Assert.Equal(5, rig.Recovery.SlowStartThreshold);
        Assert.Equal([0], rig.SendAgain());
        for (int i = 0; i < 7; i++) rig.Ack(0);
        rig.Wait(100);
        rig.Ack(4);
        Assert.Equal([4], rig.SendAgain());
        rig.Wait(100);
        rig.Ack(12);      // just what was in flight: the state is held
        Assert.Equal(CongestionState.Recovery, rig.Recovery.State);
        rig.Send(1);
        rig.Wait(100);
        rig.Ack(13);
        Assert.Equal((CongestionState.Open, 5), (rig.Recovery.State, rig.Recovery.Window));
    }

    [Fact]
    public void A_receiver_that_goes_back_on_its_word_gets_everything_again()
    {
        var rig = new SenderRig();
        rig.Send();
        rig.Wait(100);
        rig.Ack(0, SenderRig.Block(2, 10));
        rig.SendAgain();
        rig.Wait(100);
        rig.Ack(2);      // and not 10
        Assert.Equal(LossTimer.Timeout, rig.Recovery.Timer);
        Assert.InRange(rig.DueIn, 10, 60);
        Assert.Equal(LossTimerAction.TimedOut, rig.Expire());
        Assert.Equal(0, rig.Recovery.SegmentsSacked);
        Assert.Equal(rig.Recovery.SegmentsOut, rig.Recovery.SegmentsLost);
        Assert.Equal([2], rig.SendAgain());
    }

    [Fact]
    public void A_smaller_path_sends_again_in_pieces_without_a_reduction()
    {
        var rig = new SenderRig();
        rig.Send();
        rig.Recovery.OnMtuReduced(400);
        Assert.Equal(10, rig.Recovery.SegmentsOut);
        Assert.Equal(10, rig.Recovery.Window);
        Assert.Equal(CongestionState.Loss, rig.Recovery.State);
        Assert.True(rig.Recovery.TryNextRetransmission(10, out SequenceNumber seq, out int length, out int size));
        Assert.Equal((SenderRig.At(0), 4000, 400), (seq, length, size));
        Assert.Equal(25, rig.Recovery.SegmentsOut);      // the burst is cut as a whole once it goes again, as the kernel does
    }

    [Fact]
    public void A_fin_counts_as_part_of_the_last_segment()
    {
        var rig = new SenderRig();
        rig.Recovery.OnSent(SenderRig.At(0), (2 * SenderRig.Mss) + 1, rig.Now, fin: true);
        Assert.Equal(2, rig.Recovery.SegmentsOut);
        rig.Wait(1000);
        rig.Recovery.OnTimer(rig.Now);
        Assert.Equal((SenderRig.At(1), SenderRig.Mss + 1), rig.Recovery.ProbeRange);
    }

    [Fact]
    public void An_idle_time_shrinks_the_window_where_the_profile_says_so()
    {
        foreach ((bool restart, int expected) in new[] { (true, 10), (false, 40) })
        {
            var rig = new SenderRig(new RecoverySettings { IdleRestart = restart }, window: 10);
            for (int round = 0; round < 2; round++)
            {
                rig.Send();
                rig.Wait(100);
                rig.Ack(rig.Sent);
            }

            Assert.Equal(40, rig.Recovery.Window);
            rig.Wait(10_000);
            rig.Recovery.OnIdle(rig.Now);
            Assert.Equal(expected, rig.Recovery.Window);
        }
    }

    [Theory]
    [InlineData(1, false, true)]      // it may be the path that has become slow
    [InlineData(2, false, false)]
    [InlineData(3, false, false)]
    [InlineData(3, true, true)]
    public void After_two_timeouts_an_echo_from_before_the_last_try_measures_nothing(int timeouts, bool echoesLastTry, bool measures)
    {
        var rig = new SenderRig(new RecoverySettings { TailLossProbe = false }, sack: false, timestamps: true);
        rig.Send(3);
        Timestamp sent = rig.Now;
        for (int i = 0; i < timeouts; i++)
        {
            Assert.Equal(LossTimerAction.TimedOut, rig.Expire());
            Assert.Equal([0], rig.SendAgain());
        }

        Timestamp last = rig.Now;
        rig.Wait(50);
        rig.Ack(3, ece: false, echoesLastTry ? last : sent);
        Assert.Equal(measures, rig.Recovery.Rtt.Smoothed != TimeSpan.FromMilliseconds(100));
        Assert.Equal(measures ? 0 : timeouts, rig.Recovery.Rtt.Backoff);
    }
}
