using UserNet.Tcp;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>Probes and timeouts, in segments; round-trip time 100 ms.</summary>
public sealed class LossTimerTests
{
    [Fact]
    public void A_tail_loss_probe_goes_after_two_round_trips()
    {
        var rig = new SenderRig();
        rig.Send(4);
        Assert.Equal(LossTimer.Probe, rig.Recovery.Timer);
        Assert.Equal(202, rig.DueIn, 3);
        Assert.Equal(LossTimerAction.Probe, rig.Expire());
        (SequenceNumber seq, int length) = rig.Recovery.ProbeRange;
        Assert.Equal((SenderRig.At(3), SenderRig.Mss), (seq, length));
        rig.Recovery.OnRetransmitted(seq, length, rig.Now);
        Assert.Equal(0, rig.Recovery.SegmentsRetransmitted);
        Assert.Equal(LossTimer.Timeout, rig.Recovery.Timer);
        Assert.Equal(300, rig.DueIn, 3);
    }

    [Fact]
    public void Of_one_segment_the_probe_waits_for_a_delayed_ack_and_no_longer_than_the_timeout()
    {
        var rig = new SenderRig();
        rig.Send(1);
        Assert.Equal(300, rig.DueIn, 3);      // 2 SRTT + 200 ms would be 400
    }

    [Fact]
    public void A_probe_that_was_needed_costs_a_reduction()
    {
        var rig = new SenderRig();
        rig.Send();
        rig.Expire();
        rig.Recovery.OnRetransmitted(SenderRig.At(9), SenderRig.Mss, rig.Now);
        rig.Wait(100);
        rig.Ack(10);
        Assert.Equal(20, rig.Recovery.Window);      // what it filled is not known yet
        rig.Send(1);
        rig.Wait(100);
        rig.Ack(11);
        Assert.Equal(14, rig.Recovery.SlowStartThreshold);
        Assert.Equal(CongestionState.Open, rig.Recovery.State);
    }

    [Fact]
    public void A_probe_that_came_twice_costs_nothing()
    {
        var rig = new SenderRig();
        rig.Send();
        rig.Expire();
        rig.Recovery.OnRetransmitted(SenderRig.At(9), SenderRig.Mss, rig.Now);
        rig.Wait(50);
        rig.Ack(10);
        rig.Wait(100);
        rig.Ack(10, SenderRig.Block(9, 10));
        rig.Send(1);
        rig.Wait(100);
        rig.Ack(11);
        Assert.Equal(CongestionWindow.Unlimited, rig.Recovery.SlowStartThreshold);
    }

    [Fact]
    public void After_a_timeout_one_segment_leaves_and_the_timeout_doubles()
    {
        var rig = new SenderRig(new RecoverySettings { TailLossProbe = false });
        rig.Send();
        Assert.Equal(300, rig.DueIn, 3);
        Assert.Equal(LossTimerAction.TimedOut, rig.Expire());
        Assert.Equal(CongestionState.Loss, rig.Recovery.State);
        Assert.Equal((1, 7, 10), (rig.Recovery.Window, rig.Recovery.SlowStartThreshold, rig.Recovery.SegmentsLost));
        Assert.Equal([0], rig.SendAgain());
        Assert.Equal(600, rig.DueIn, 3);
        Assert.Equal(LossTimerAction.TimedOut, rig.Expire());
        Assert.Equal([0], rig.SendAgain());
        Assert.Equal(1200, rig.DueIn, 3);
        Assert.Equal((2, 2), (rig.Recovery.Backoff, rig.Recovery.Timeouts));
        Assert.Equal(7, rig.Recovery.SlowStartThreshold);      // once an episode

        rig.Wait(100);
        rig.Ack(1);
        Assert.Equal(0, rig.Recovery.Timeouts);
    }

    [Fact]
    public void A_spurious_timeout_is_found_by_what_arrives_and_undone()
    {
        var rig = new SenderRig(new RecoverySettings { TailLossProbe = false });
        rig.Send();
        rig.Expire();
        Assert.Equal([0], rig.SendAgain());
        rig.Wait(10);
        AckSummary first = rig.Ack(1);      // the first transmission's, late
        Assert.True(first.NewDataFirst);
        Assert.Empty(rig.SendAgain());
        Assert.Equal(2, rig.Send());
        rig.Ack(2);                         // never sent again, and it arrived
        Assert.Equal(CongestionState.Open, rig.Recovery.State);
        Assert.Equal(0, rig.Recovery.SegmentsLost);
        Assert.True(rig.Recovery.Window >= 10);
        Assert.Equal(CongestionWindow.Unlimited, rig.Recovery.SlowStartThreshold);
    }

    [Fact]
    public void A_spurious_timeout_is_found_by_the_echo_of_an_older_timestamp()
    {
        var rig = new SenderRig(new RecoverySettings { TailLossProbe = false }, timestamps: true);
        Timestamp sent = rig.Now;
        rig.Send();
        rig.Expire();
        Assert.Equal([0], rig.SendAgain());
        rig.Wait(10);
        rig.Ack(1, false, sent);
        Assert.Equal(CongestionState.Open, rig.Recovery.State);
        Assert.Equal(11, rig.Recovery.Window);      // and the ACK counts
    }

    [Fact]
    public void A_closed_window_makes_no_timeout_count()
    {
        var rig = new SenderRig(new RecoverySettings { TailLossProbe = false });
        rig.Send();
        rig.Recovery.OnZeroWindow(true);
        Assert.Equal(LossTimerAction.TimedOut, rig.Expire());
        Assert.Equal((0, 1), (rig.Recovery.Timeouts, rig.Recovery.Backoff));
    }
}
