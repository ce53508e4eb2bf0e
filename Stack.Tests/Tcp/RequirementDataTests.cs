using System.Net.NetworkInformation;
using UserNet.Errors;
using UserNet.Tcp;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>RFC 9293 appendix B: windows, urgent data, acknowledgments, retransmission, keep-alive.</summary>
public sealed class RequirementDataTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void MUST_17_Nagle_can_be_switched_off()
    {
        using ConnectionRig held = ConnectionRig.In(TcpState.Established);
        held.Do(tcb => tcb.Write("a"u8));
        held.Do(tcb => tcb.Write("b"u8));
        Assert.Single(held.Take());

        using var free = new ConnectionRig { Options = new ConnectionOptions { NoDelay = true } };
        free.Reach(TcpState.Established);
        free.Do(tcb => tcb.Write("a"u8));
        free.Do(tcb => tcb.Write("b"u8));
        Assert.Equal(2, free.Take().Length);
    }

    [Fact]
    public void MUST_18_an_ACK_of_what_was_sent_again_is_no_sample()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Do(tcb => tcb.Write("x"u8));
        TimeSpan before = rig.Tcb.Recovery.Rtt.Smoothed;
        rig.Wire.Pass(3 * Second);      // it went again
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt);
        Assert.Equal(before, rig.Tcb.Recovery.Rtt.Smoothed);
    }

    [Fact]
    public void MUST_19_timeouts_double_and_the_window_begins_small()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Do(tcb => tcb.Write(new byte[1000]));
        rig.Take();
        var waits = new List<TimeSpan>();
        Timestamp last = rig.Now;
        while (waits.Count < 4)
        {
            rig.Wire.Pass(TimeSpan.FromMilliseconds(10));
            if (rig.Take().Length == 0) continue;
            waits.Add(rig.Now - last);
            last = rig.Now;
        }

        Assert.InRange(waits[2] / waits[1], 1.8, 2.2);
        Assert.InRange(waits[3] / waits[2], 1.8, 2.2);
        Assert.Equal(1, rig.Tcb.Recovery.Window);
    }

    [Fact]
    public void MUST_20_and_21_after_R2_the_connection_is_given_up_and_R2_can_be_set()
    {
        using var rig = new ConnectionRig { Options = new ConnectionOptions { UserTimeout = 5 * Second } };
        rig.Reach(TcpState.Established);
        rig.Do(tcb => tcb.Write("x"u8));
        rig.Wire.Pass(4 * Second);
        Assert.Equal(TcpState.Established, rig.State);
        rig.Wire.Pass(6 * Second);
        Assert.Equal(Errno.ETIMEDOUT, rig.Tcb.Error);

        using ConnectionRig other = ConnectionRig.In(TcpState.Established);
        other.Do(tcb => tcb.Write("x"u8));
        other.Wire.Pass(TimeSpan.FromSeconds(100));      // RFC 9293: at least that long
        Assert.Equal(TcpState.Established, other.State);
        other.Wire.Pass(TimeSpan.FromMinutes(30));
        Assert.Equal(Errno.ETIMEDOUT, other.Tcb.Error);
    }

    [Fact]
    public void MUST_22_and_23_SYNs_have_limits_too_and_three_minutes_can_be_had()
    {
        using var rig = new ConnectionRig { Options = new ConnectionOptions { SynRetries = 12 } };
        rig.Connect();
        rig.Wire.Pass(TimeSpan.FromMinutes(3));
        Assert.Equal(TcpState.SynSent, rig.State);
        rig.Wire.Pass(TimeSpan.FromMinutes(30));
        Assert.Equal(Errno.ETIMEDOUT, rig.Tcb.Error);
    }

    [Fact]
    public void MUST_24_and_25_keep_alive_is_off_until_asked_for()
    {
        using ConnectionRig silent = ConnectionRig.In(TcpState.Established);
        silent.Wire.Pass(TimeSpan.FromHours(5));
        Assert.Empty(silent.Take());
        using var asked = new ConnectionRig { Options = new ConnectionOptions { KeepAlive = true } };
        asked.Reach(TcpState.Established);
        asked.Wire.Pass(TimeSpan.FromHours(2) + Second);
        SeenSegment probe = asked.TakeOne();
        Assert.Equal(asked.SndNxt - 1, probe.Seq);
    }

    [Fact]
    public void MUST_26_27_and_28_only_a_silent_connection_is_probed_after_an_interval_that_can_be_set_and_is_two_hours()
    {
        Assert.True(new TcpSettings().KeepAliveIdle >= TimeSpan.FromHours(2));
        using var rig = new ConnectionRig { Options = new ConnectionOptions { KeepAlive = true, KeepAliveIdle = 10 * Second } };
        rig.Reach(TcpState.Established);
        rig.Wire.Pass(8 * Second);
        rig.SendData(1);
        rig.Wire.Pass(8 * Second);
        Assert.DoesNotContain(rig.Take(), segment => segment.Seq == rig.SndNxt - 1);
        rig.Wire.Pass(3 * Second);
        Assert.Contains(rig.Take(), segment => segment.Seq == rig.SndNxt - 1);
    }

    [Fact]
    public void MUST_29_one_lost_answer_to_a_probe_ends_nothing()
    {
        using var rig = new ConnectionRig
        {
            Options = new ConnectionOptions { KeepAlive = true, KeepAliveIdle = 10 * Second, KeepAliveInterval = Second, KeepAliveCount = 3 },
        };
        rig.Reach(TcpState.Established);
        rig.Wire.Pass(11.5 * Second);
        Assert.Equal(2, rig.Take().Length);
        Assert.Equal(TcpState.Established, rig.State);
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt);
        rig.Wire.Pass(9 * Second);
        Assert.Empty(rig.Take());
        rig.Wire.Pass(10 * Second);
        Assert.Equal(TcpState.Closed, rig.State);
    }

    [Fact]
    public void MUST_30_32_and_62_urgent_data_is_announced_by_a_pointer_behind_it()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Wire.Receive(rig.PeerPort, rig.Port, TcpFlags.Ack | TcpFlags.Urg, rig.PeerNext, rig.SndNxt, length: 5, urgent: 3);
        Assert.True(rig.User.News.HasFlag(TcpNews.Urgent));
        Assert.Equal(rig.PeerNext + 3, rig.Tcb.Rcv.Up.Value);
        rig.Do(tcb => tcb.Snd.Up = tcb.Snd.Nxt + 2);
        rig.Take();
        rig.Do(tcb => tcb.Write("ab"u8));
        SeenSegment sent = rig.TakeOne();
        Assert.True(sent.Flags.HasFlag(TcpFlags.Urg));
        Assert.Equal(2, sent.Urgent);
    }

    [Fact]
    public void MUST_31_and_33_urgent_data_may_be_long_and_how_much_is_left_is_known()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        uint first = rig.PeerNext;
        rig.Wire.Receive(rig.PeerPort, rig.Port, TcpFlags.Ack | TcpFlags.Urg, first, rig.SndNxt, length: 1000, urgent: 50_000);
        Assert.Equal(50_000, rig.Tcb.Rcv.Up - rig.Tcb.Received.First);
        Assert.Equal(1000, rig.Read(2000));
        Assert.Equal(49_000, rig.Tcb.Rcv.Up - rig.Tcb.Received.First);
    }

    [Fact]
    public void MUST_34_a_window_that_shrinks_is_survived()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Do(tcb => tcb.Write(new byte[8000]));
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.Tcb.Snd.Una.Value + 1000, window: 500);
        Assert.Null(rig.Tcb.FindFault());
        Assert.Equal(0, rig.Tcb.Snd.Usable);
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt, window: 20_000);
        Assert.Equal(0, rig.Tcb.Written.Count);
    }

    [Fact]
    public void MUST_35_36_and_37_a_window_of_zero_is_probed_for_ever()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt, window: 0);
        rig.Do(tcb => tcb.Write("later"u8));
        Assert.Empty(rig.Take());
        int probes = 0;
        for (int i = 0; i < 3600; i++)
        {
            rig.Wire.Pass(Second);
            SeenSegment[] sent = rig.Take();
            if (sent.Length == 0) continue;
            probes++;
            rig.Send(TcpFlags.Ack, rig.PeerNext, rig.Tcb.Snd.Una.Value, window: 0);
        }

        Assert.True(probes > 25, $"{probes} probes");
        Assert.Equal(TcpState.Established, rig.State);
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.Tcb.Snd.Una.Value, window: 100);
        Assert.Equal(5, rig.Take()[^1].Payload.Length);
    }

    [Fact]
    public void MUST_38_no_small_segment_fills_a_small_window()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt, window: 100);
        rig.Do(tcb => tcb.Write(new byte[5000]));
        Assert.Empty(rig.Take());      // SND.MAX.WND was large
    }

    [Fact]
    public void MUST_39_the_window_does_not_open_by_little()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        Fill(rig);
        rig.Read(100);
        Assert.DoesNotContain(rig.Take(), segment => segment.Window > 0);
        rig.Read(1 << 20);
        Assert.True(rig.Take()[^1].Window > 0);
    }

    [Fact]
    public void MUST_40_no_acknowledgment_waits_for_half_a_second()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        for (int i = 0; i < 100; i++)
        {
            rig.SendData(10);
            rig.Wire.Pass(TimeSpan.FromMilliseconds(499));
            Assert.Contains(rig.Take(), segment => segment.Ack == rig.PeerNext);
        }
    }

    [Fact]
    public void MUST_58_and_59_segments_that_come_together_share_one_acknowledgment()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Wire.Together(() =>
        {
            for (int i = 0; i < 4; i++) rig.SendData(1460);
        });

        SeenSegment ack = Assert.Single(rig.Take());
        Assert.Equal(rig.PeerNext, ack.Ack);
    }

    [Fact]
    public void MUST_60_and_61_data_does_not_wait_and_its_end_is_pushed()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Do(tcb => tcb.Write(new byte[3000]));
        SeenSegment[] sent = rig.Take();
        Assert.Equal(3000, sent.Sum(segment => segment.Payload.Length));
        Assert.True(sent[^1].Flags.HasFlag(TcpFlags.Psh));
    }

    [Fact]
    public void MUST_66_resets_and_urgent_pointers_count_though_the_window_is_zero()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        Fill(rig);
        Assert.Equal(0, rig.Tcb.Rcv.Wnd);
        rig.Wire.Receive(rig.PeerPort, rig.Port, TcpFlags.Ack | TcpFlags.Urg, rig.PeerNext, rig.SndNxt, length: 10, urgent: 10);
        Assert.True(rig.User.News.HasFlag(TcpNews.Urgent));
        rig.Send(TcpFlags.Rst, rig.PeerNext);
        Assert.Equal(TcpState.Closed, rig.State);
    }

    private static void Fill(ConnectionRig rig)
    {
        for (int i = 0; i < 1000 && rig.Tcb.Rcv.Wnd > 0; i++)
        {
            rig.SendData(Math.Min(1460, rig.Tcb.Rcv.Wnd));
            rig.Wire.Pass(TimeSpan.FromMilliseconds(300));
        }

        rig.Take();
    }
}
