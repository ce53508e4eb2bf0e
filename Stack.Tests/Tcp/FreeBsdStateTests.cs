using System.Net.NetworkInformation;
using UserNet.Errors;
using UserNet.Tcp;
using UserNet.Wire;
using Xunit;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tests.Tcp;

/// <summary>
/// Segments in each state, as FreeBSD 14 answers them: RFC 9293 §3.10.7, RFC 5961, and the windows that its tcp_respond and tcp_output
/// write, the one rounded down to the scale and the other up.
/// </summary>
public sealed class FreeBsdStateTests
{
    private const TcpFlags None = TcpFlags.None, Syn = TcpFlags.Syn, Rst = TcpFlags.Rst, Fin = TcpFlags.Fin;

    public static TheoryData<TcpState> Synchronized => [Established, FinWait1, FinWait2, CloseWait, Closing, LastAck];

    [Theory]
    [MemberData(nameof(Synchronized))]
    public void A_reset_ends_the_connection_at_the_number_that_was_acknowledged_last(TcpState state)
    {
        using FreeBsdRig rig = FreeBsdRig.In(state);
        int next = Next(state);
        rig.Get(Rst, next + 1);
        Assert.Equal([$". {Sent(state)}:{Sent(state)}(0) ack {next} win 65535"], rig.Sent());
        rig.Get(Rst, next - 1);
        rig.Get(Rst, next + 70_000);
        Assert.Empty(rig.Sent());
        rig.Get(Rst, next);
        Assert.True(rig.Tcb.IsGone);
        Assert.Equal(Errno.ECONNRESET, rig.Tcb.Error);
        Assert.Empty(rig.Sent());
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    public void Any_reset_in_the_window_ends_it_where_resets_are_trusted(TcpState state)
    {
        using FreeBsdRig rig = FreeBsdRig.In(state, configure: s => s.TrustsResetsInWindow = true);
        rig.Get(Rst, Next(state) + 60_000);
        Assert.Equal(Errno.ECONNRESET, rig.Tcb.Error);
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    public void A_syn_is_challenged_wherever_it_lies(TcpState state)
    {
        using FreeBsdRig rig = FreeBsdRig.In(state);
        foreach (int at in (int[])[0, Next(state), Next(state) + 100_000])
        {
            rig.Get(Syn, at);
            Assert.Equal([$". {Sent(state)}:{Sent(state)}(0) ack {Next(state)} win 65535"], rig.Sent());
        }

        Assert.Equal(state, rig.Rig.State);
    }

    [Fact]
    public void A_syn_in_the_window_resets_where_syns_are_trusted()
    {
        using FreeBsdRig rig = FreeBsdRig.In(Established, configure: s => s.TrustsSynsInWindow = true);
        rig.Get(Syn, 500);
        Assert.Equal(["R. 1:1(0) ack 1 win 0"], rig.Sent());
        Assert.Equal(Errno.ECONNRESET, rig.Tcb.Error);
    }

    [Fact]
    public void Five_challenges_a_second_and_no_more()
    {
        using FreeBsdRig rig = FreeBsdRig.In(Established);
        for (int i = 0; i < 8; i++) rig.Get(Syn, 1);
        Assert.Equal(5, rig.Sent().Length);
        rig.PassMs(1001);
        rig.Get(Syn, 1);
        Assert.Single(rig.Sent());
    }

    [Fact]
    public void Syn_and_fin_together_are_dropped_where_that_is_asked_for()
    {
        using FreeBsdRig rig = FreeBsdRig.In(Established, configure: s => s.DropsSynFin = true);
        rig.Get(Syn | Fin, 1, 1);
        Assert.Empty(rig.Sent());
        using FreeBsdRig listener = FreeBsdRig.In(Listen);
        listener.Rig.Send(Syn | Fin, ConnectionRig.PeerIss, options: FreeBsdRig.Mss);
        Assert.Single(listener.Sent());      // it is a SYN
    }

    [Fact]
    public void Acknowledgments_of_what_was_never_sent_are_answered_in_full_and_old_ones_challenged()
    {
        using FreeBsdRig rig = FreeBsdRig.In(Established, FreeBsdRig.MssScaleSack);
        rig.Get(None, 1, 2);
        Assert.Equal([". 1:1(0) ack 1 win 1027"], rig.Sent());
        rig.Get(None, 1, 0);
        Assert.Equal([". 1:1(0) ack 1 win 1026"], rig.Sent());
        rig.Get(None, 1, 1);
        Assert.Empty(rig.Sent());
    }

    [Fact]
    public void What_lies_before_the_window_is_answered_and_what_lies_behind_it_too()
    {
        using FreeBsdRig rig = FreeBsdRig.In(Established);
        rig.Get(None, 0, 1);
        rig.Get(None, 70_000, 1);
        rig.Get(None, 70_000, 1, 10);
        Assert.Equal([". 1:1(0) ack 1 win 65535", ". 1:1(0) ack 1 win 65535", ". 1:1(0) ack 1 win 65535"], rig.Sent());
        rig.Get(None, 100, 1);      // in the window, without text: nothing to say
        Assert.Empty(rig.Sent());
    }

    [Fact]
    public void A_segment_without_ack_is_dropped()
    {
        using FreeBsdRig rig = FreeBsdRig.In(Established);
        rig.Get(None, 1, length: 100);
        rig.Get(Fin, 1);
        Assert.Empty(rig.Sent());
        Assert.Equal(Established, rig.Rig.State);
    }

    [Fact]
    public void A_fin_that_is_not_acknowledged_is_said_again_with_every_acknowledgment()
    {
        using FreeBsdRig rig = FreeBsdRig.In(FinWait1);
        rig.Get(Fin, 1, 1);
        Assert.Equal(["F. 1:1(0) ack 2 win 65535"], rig.Sent());
        Assert.Equal(Closing, rig.Rig.State);
    }

    [Fact]
    public void Text_behind_the_peers_fin_is_passed_over()
    {
        using FreeBsdRig rig = FreeBsdRig.In(CloseWait);
        rig.Get(None, 2, 1, 100);
        Assert.Empty(rig.Sent());
        rig.Get(Fin, 1, 1);
        Assert.Equal([". 1:1(0) ack 2 win 65535"], rig.Sent());
    }

    [Fact]
    public void Closing_with_unread_octets_ends_in_order_and_text_that_follows_is_reset()
    {
        using FreeBsdRig rig = FreeBsdRig.In(Established);
        rig.Rig.SendData(1000);
        rig.Rig.Do(tcb => tcb.Close(rig.Rig.Now));
        Assert.Equal(["F. 1:1(0) ack 1001 win 65535"], rig.Sent());
        rig.Get(None, 1001, 2, 10);
        Assert.Equal(["R 2:2(0) win 0"], rig.Sent());
        Assert.True(rig.Tcb.IsGone);
    }

    [Fact]
    public void Time_wait_passes_over_resets_and_answers_all_but_the_last_ack()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.TimeWait, FreeBsdRig.MssScaleSack);
        rig.Get(Rst, 2);
        rig.Get(None, 2, 2);
        rig.Get(Fin, 1);
        rig.Get(Syn, 1);      // not newer: dropped
        Assert.Empty(rig.Sent());
        rig.Get(Fin, 1, 2);
        rig.Get(None, 1, 2);
        Assert.Equal([". 2:2(0) ack 2 win 1026", ". 2:2(0) ack 2 win 1026"], rig.Sent());
        rig.PassMs(59_999);
        Assert.False(rig.Tcb.IsGone);
        rig.PassMs(2);
        Assert.True(rig.Tcb.IsGone);
    }

    [Fact]
    public void A_newer_syn_ends_time_wait_and_finds_no_listener()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.TimeWait);
        rig.Get(Syn, 3);
        SeenSegment reset = rig.Rig.TakeOne();
        Assert.Equal((Rst | TcpFlags.Ack, 0u, ConnectionRig.PeerIss + 4, (ushort)0), (reset.Flags, reset.Seq, reset.Ack, reset.Window));
        Assert.True(rig.Tcb.IsGone);
    }

    [Theory]
    [InlineData(0, "R.", "R.", "R")]
    [InlineData(1, "", "R.", "R")]
    [InlineData(2, "", "", "")]
    [InlineData(3, "", "", "")]
    public void A_closed_port_answers_as_the_black_hole_lets_it(int hole, string toSyn, string toFin, string toAck)
    {
        using var rig = new FreeBsdRig(configure: s => s.BlackHole = hole);
        foreach ((TcpFlags flags, string expected) in new[] { (Syn, toSyn), (Fin, toFin), (TcpFlags.Ack, toAck) })
        {
            rig.Wire.Receive(5000, 81, flags, 10, ack: 20);
            Assert.Equal(expected, string.Concat(rig.Sent().Select(line => line.Split(' ')[0])));
        }
    }

    private static int Next(TcpState state) => state is CloseWait or Closing or LastAck ? 2 : 1;

    private static int Sent(TcpState state) => state is FinWait1 or FinWait2 or Closing or LastAck ? 2 : 1;
}
