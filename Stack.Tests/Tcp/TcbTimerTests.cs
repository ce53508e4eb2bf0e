using UserNet.Errors;
using UserNet.Tcp;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>What happens while the peer says nothing, or that its window is closed.</summary>
public sealed class TcbTimerTests
{
    [Fact]
    public void A_closed_window_is_probed_at_the_timeout_and_ever_more_seldom()
    {
        using SendRig rig = SendRig.Established();
        rig.Write(1000);
        rig.Sent();
        rig.PassMs(100);
        rig.Window = 0;
        rig.Ack(1001);
        rig.Write(1000);
        Assert.Empty(rig.Sent());
        double[] waits = [300, 600, 1200, 2400];
        foreach (double wait in waits)
        {
            rig.PassMs(wait - 1);
            Assert.Empty(rig.Sent());
            rig.PassMs(1);
            Assert.Equal([". 1000:1000(0)"], rig.Sent());
        }

        Assert.Equal(4, rig.Tcb.Probes);
        rig.Ack(1001);
        Assert.Equal(0, rig.Tcb.Probes);
        rig.Window = 100;      // times 128
        rig.Ack(1001);
        Assert.Equal(["P. 1001:2001(1000)"], rig.Sent());
    }

    [Fact]
    public void What_a_small_window_takes_leaves_at_the_timeout()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Scale = null, SynWindow = 4000 });
        rig.Window = 4000;
        rig.Write(1000);
        rig.Sent();
        rig.PassMs(100);
        rig.Window = 300;
        rig.Ack(1001);
        rig.Write(1000);
        Assert.Empty(rig.Sent());
        rig.PassMs(300);
        Assert.Equal(["P. 1001:1301(300)"], rig.Sent());
    }

    [Fact]
    public void A_peer_that_does_not_answer_probes_is_given_up_after_the_retries()
    {
        using SendRig rig = SendRig.Established();
        rig.Window = 0;
        rig.Ack(1);
        rig.Write(100);
        rig.Pass(TimeSpan.FromMinutes(60));
        Assert.True(rig.Tcb.IsGone);
        Assert.Equal(Errno.ETIMEDOUT, rig.Tcb.Error);
        Assert.Equal(15, rig.Sent().Length);
    }

    [Fact]
    public void A_peer_that_answers_probes_is_waited_for_without_end()
    {
        using SendRig rig = SendRig.Established();
        rig.Window = 0;
        rig.Ack(1);
        rig.Write(100);
        for (int i = 0; i < 200; i++)
        {
            rig.Pass(TimeSpan.FromMinutes(2));
            rig.Ack(1);
        }

        Assert.False(rig.Tcb.IsGone);
    }

    [Fact]
    public void The_user_timeout_ends_the_waiting_for_a_window()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Connection = new ConnectionOptions { UserTimeout = TimeSpan.FromSeconds(3) } });
        rig.Window = 0;
        rig.Ack(1);
        rig.Write(100);
        rig.Sent();
        rig.PassMs(300);
        Assert.Equal([". 0:0(0)"], rig.Sent());
        for (int i = 0; i < 29; i++)
        {
            rig.PassMs(100);
            rig.Ack(1);
        }

        Assert.False(rig.Tcb.IsGone);
        rig.PassMs(101);
        Assert.True(rig.Tcb.IsGone);
        Assert.Equal(Errno.ETIMEDOUT, rig.Tcb.Error);
    }

    [Fact]
    public void Data_that_nobody_acknowledges_goes_again_with_doubled_waits()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Sack = false });      // no probe for the tail
        rig.Write(1000);
        rig.Sent();
        double[] waits = [300, 600, 1200, 2400, 4800];
        foreach (double wait in waits)
        {
            rig.PassMs(wait - 1);
            Assert.Empty(rig.Sent());
            rig.PassMs(1);
            Assert.Equal(["P. 1:1001(1000)"], rig.Sent());
        }
    }

    [Fact]
    public void Fifteen_retries_from_the_shortest_timeout_on_are_the_limit()
    {
        using SendRig rig = SendRig.Established();
        rig.Write(1000);
        rig.PassMs(300);
        rig.Pass(TimeSpan.FromSeconds(924));
        Assert.False(rig.Tcb.IsGone);
        rig.Pass(TimeSpan.FromSeconds(130));
        Assert.True(rig.Tcb.IsGone);
        Assert.Equal(Errno.ETIMEDOUT, rig.Tcb.Error);
    }

    [Fact]
    public void The_user_timeout_is_the_limit_where_it_is_set()
    {
        using SendRig rig = SendRig.Established(
            new SendRigOptions { Sack = false, Connection = new ConnectionOptions { UserTimeout = TimeSpan.FromSeconds(2) } });
        rig.Write(1000);
        rig.PassMs(300);                  // the first retransmission
        rig.PassMs(1999);
        Assert.False(rig.Tcb.IsGone);
        rig.PassMs(1);
        Assert.Equal(Errno.ETIMEDOUT, rig.Tcb.Error);
        Assert.Equal(["P. 1:1001(1000)", "P. 1:1001(1000)", "P. 1:1001(1000)", "P. 1:1001(1000)"], rig.Sent());      // 0, 0.3, 0.9, 2.1 s
    }

    [Fact]
    public void What_a_router_said_is_told_when_patience_ends()
    {
        using SendRig rig = SendRig.Established(
            new SendRigOptions { Connection = new ConnectionOptions { UserTimeout = TimeSpan.FromSeconds(2) } });
        rig.Write(1000);
        rig.Do(tcb => tcb.OnUnreachable(Errno.EHOSTUNREACH, isHard: true));
        rig.PassMs(5000);
        Assert.Equal(Errno.EHOSTUNREACH, rig.Tcb.Error);
    }

    [Fact]
    public void An_orphan_is_given_up_sooner()
    {
        using SendRig rig = SendRig.Established();
        rig.Write(1000);
        rig.Do(tcb => tcb.Close(rig.Now));
        rig.Pass(TimeSpan.FromSeconds(100));
        Assert.False(rig.Tcb.IsGone);
        rig.Pass(TimeSpan.FromSeconds(60));
        Assert.True(rig.Tcb.IsGone);
    }

    [Fact]
    public void A_silent_peer_is_probed_and_then_reset()
    {
        var options = new ConnectionOptions
        {
            KeepAlive = true,
            KeepAliveIdle = TimeSpan.FromSeconds(10),
            KeepAliveInterval = TimeSpan.FromSeconds(2),
            KeepAliveCount = 3,
        };
        using SendRig rig = SendRig.Established(new SendRigOptions { Connection = options });
        rig.PassMs(9999);
        Assert.Empty(rig.Sent());
        rig.PassMs(1);
        Assert.Equal([". 0:0(0)"], rig.Sent());
        rig.Ack(1);
        rig.PassMs(9999);
        Assert.Empty(rig.Sent());
        rig.PassMs(1);
        rig.PassMs(4000);
        Assert.Equal([". 0:0(0)", ". 0:0(0)", ". 0:0(0)"], rig.Sent());
        rig.PassMs(1999);
        Assert.False(rig.Tcb.IsGone);
        rig.PassMs(1);
        Assert.Equal(["R. 1:1(0)"], rig.Sent());
        Assert.Equal(Errno.ETIMEDOUT, rig.Tcb.Error);
    }

    [Fact]
    public void The_user_timeout_ends_keep_alive_too()
    {
        var options = new ConnectionOptions
        {
            KeepAlive = true,
            KeepAliveIdle = TimeSpan.FromSeconds(5),
            KeepAliveInterval = TimeSpan.FromSeconds(5),
            UserTimeout = TimeSpan.FromSeconds(9),
        };
        using SendRig rig = SendRig.Established(new SendRigOptions { Connection = options });
        rig.PassMs(9999);
        Assert.Equal([". 0:0(0)"], rig.Sent());
        rig.PassMs(1);
        Assert.Equal(["R. 1:1(0)"], rig.Sent());
        Assert.True(rig.Tcb.IsGone);
    }

    [Fact]
    public void A_syn_is_sent_again_after_1_1_1_1_1_2_4_8_s_and_so_on()
    {
        using var rig = new SendRig(new SendRigOptions { Configure = s => s.SynRetries = 5 });
        Assert.Equal(["S 0:0(0)"], rig.Sent());
        int[] waits = [1, 1, 1, 1, 1, 2, 4, 8, 16];
        foreach (int wait in waits)
        {
            rig.PassMs((wait * 1000) - 1);
            Assert.Empty(rig.Sent());
            rig.PassMs(1);
            Assert.Equal(["S 0:0(0)"], rig.Sent());
        }

        rig.PassMs(31_999);
        Assert.False(rig.Tcb.IsGone);
        rig.PassMs(1);
        Assert.True(rig.Tcb.IsGone);
        Assert.Equal(Errno.ETIMEDOUT, rig.Tcb.Error);
    }

    [Fact]
    public void FreeBSD_sends_a_syn_again_after_1_and_2_2_s_and_gives_up_after_75()
    {
        using var rig = new SendRig(new SendRigOptions { Profile = TcpProfile.FreeBsd });
        Assert.Single(rig.Sent());
        rig.PassMs(1000);
        Assert.Single(rig.Sent());
        rig.PassMs(2199);
        Assert.Empty(rig.Sent());
        rig.PassMs(1);
        Assert.Single(rig.Sent());
        rig.PassMs(75_000 - 3201);
        Assert.False(rig.Tcb.IsGone);
        rig.PassMs(1);
        Assert.Equal(Errno.ETIMEDOUT, rig.Tcb.Error);
    }

    [Fact]
    public void After_more_than_one_lost_syn_the_first_window_is_one_segment()
    {
        using var rig = new SendRig();
        rig.PassMs(2050);
        rig.Sent();
        rig.SynAck();
        rig.Sent();
        rig.Write(5000);
        Assert.Equal([". 1:1001(1000)"], rig.Sent());
        Assert.Equal(TimeSpan.FromSeconds(3), rig.Tcb.Recovery.Rtt.Timeout);      // RFC 6298 §5.7
    }

    [Fact]
    public void After_one_lost_syn_the_first_window_is_as_ever()
    {
        using var rig = new SendRig();
        rig.PassMs(1050);
        rig.Sent();
        rig.SynAck();
        rig.Sent();
        rig.Write(20_000);
        Assert.Equal(["P. 1:10001(10000)"], rig.Bursts());
    }

    [Fact]
    public void The_echo_of_the_first_syn_tells_that_none_was_lost()
    {
        using var rig = new SendRig(new SendRigOptions { Timestamps = true });
        rig.Sent();
        uint first = rig.LastTimestamp;
        rig.PassMs(2050);
        rig.Sent();
        rig.SynAck(echo: first);
        rig.Sent();
        rig.Write(20_000);
        Assert.Equal(10, rig.Sent().Length);
    }

    [Fact]
    public void The_tail_is_probed_after_two_round_trips()
    {
        using SendRig rig = SendRig.Established();
        rig.Write(3000);
        rig.Sent();
        rig.PassMs(201);
        Assert.Empty(rig.Sent());
        rig.PassMs(1);      // 2 SRTT + 2 ms
        Assert.Equal(["P. 2001:3001(1000)"], rig.Sent());
    }

    [Fact]
    public void The_tail_probe_takes_new_data_where_there_is_any()
    {
        using SendRig rig = SendRig.Established();
        rig.Write(11_000);
        Assert.Equal(10, rig.Sent().Length);
        rig.PassMs(202);
        Assert.Equal(["P. 10001:11001(1000)"], rig.Sent());
    }

    [Fact]
    public void A_path_that_swallows_large_segments_gets_smaller_ones()
    {
        using SendRig rig = SendRig.Established(
            new SendRigOptions { Sack = false, Mss = 1460, Configure = s => s.MtuProbing = TcpMtuProbing.AfterBlackHole });
        rig.Write(2920);
        rig.Sent();
        rig.Pass(TimeSpan.FromSeconds(8));
        string[] sent = rig.Sent();
        Assert.Contains(". 1:1025(1024)", sent);
    }
}
