using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>What arrives out of order, twice, late or too early, and how it is acknowledged.</summary>
public sealed class ReceiveTests
{
    private static readonly byte[] SackOffer = [2, 4, 0x05, 0xB4, 4, 2, 1, 1];
    private static readonly byte[] TimestampOffer = [2, 4, 0x05, 0xB4, 4, 2, 8, 10, 0, 0, 3, 0xE8, 0, 0, 0, 0];

    [Fact]
    public void A_FIN_beyond_a_hole_is_remembered_and_told_of_by_SACK()
    {
        using var rig = new ConnectionRig { PeerOptions = SackOffer };
        rig.Reach(TcpState.Established);
        uint first = rig.PeerNext;
        rig.Send(TcpFlags.Ack | TcpFlags.Fin, first + 100, rig.SndNxt, 50);
        Assert.Equal([(first + 100, first + 151)], Blocks(rig.TakeOne()));
        Assert.Equal(TcpState.Established, rig.State);
        rig.Send(TcpFlags.Ack, first, rig.SndNxt, 100);
        Assert.Equal(first + 151, rig.Take()[^1].Ack);
        Assert.Equal(TcpState.CloseWait, rig.State);
        Assert.Equal(150, rig.Read(1000));
    }

    [Fact]
    public void A_bare_FIN_beyond_a_hole_is_remembered()
    {
        using var rig = new ConnectionRig { PeerOptions = SackOffer };
        rig.Reach(TcpState.Established);
        uint first = rig.PeerNext;
        rig.Send(TcpFlags.Ack | TcpFlags.Fin, first + 100, rig.SndNxt);
        Assert.Equal([(first + 100, first + 101)], Blocks(rig.TakeOne()));
        rig.Send(TcpFlags.Ack, first, rig.SndNxt, 100);
        Assert.Equal(first + 101, rig.Take()[^1].Ack);
    }

    [Fact]
    public void What_came_in_vain_is_told_of_first()
    {
        using var rig = new ConnectionRig { PeerOptions = SackOffer };
        rig.Reach(TcpState.Established);
        uint first = rig.PeerNext;
        rig.SendData(1000);
        rig.Take();
        rig.Send(TcpFlags.Ack, first, rig.SndNxt, 1000);
        Assert.Equal([(first, first + 1000)], Blocks(rig.TakeOne()));
        rig.Send(TcpFlags.Ack, first + 2000, rig.SndNxt, 500);
        Assert.Equal([(first + 2000, first + 2500)], Blocks(rig.TakeOne()));
        rig.Send(TcpFlags.Ack, first + 2100, rig.SndNxt, 100);
        Assert.Equal([(first + 2100, first + 2200), (first + 2000, first + 2500)], Blocks(rig.TakeOne()));
    }

    [Fact]
    public void Old_timestamps_are_refused_for_24_days_and_resets_are_not_asked_for_theirs()
    {
        using var rig = new ConnectionRig { PeerOptions = TimestampOffer };
        rig.Reach(TcpState.Established);
        Assert.Equal(DropReason.TcpOutdated, rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt, 10, Timestamp(900)));
        Assert.Equal(rig.PeerNext, rig.TakeOne().Ack);
        Assert.Equal(DropReason.None, rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt, 10, Timestamp(1000)));
        Assert.Equal(DropReason.None, rig.Send(TcpFlags.Ack, rig.PeerNext + 10, rig.SndNxt, 10));      // none at all: as Linux
        rig.Wire.Pass(TimeSpan.FromDays(25));
        Assert.Equal(DropReason.None, rig.Send(TcpFlags.Ack, rig.PeerNext + 20, rig.SndNxt, 10, Timestamp(5)));
        Assert.Equal(30, rig.Tcb.Received.Count);
        rig.Send(TcpFlags.Rst, rig.Tcb.Rcv.Nxt.Value, options: Timestamp(1));
        Assert.Equal(TcpState.Closed, rig.State);
    }

    [Fact]
    public void The_echo_of_a_delayed_acknowledgment_is_the_oldest()
    {
        using var rig = new ConnectionRig { PeerOptions = TimestampOffer };
        rig.Reach(TcpState.Established);
        rig.Do(tcb => tcb.SetQuickAck(0));
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt, 10, Timestamp(2000));
        rig.Send(TcpFlags.Ack, rig.PeerNext + 10, rig.SndNxt, 10, Timestamp(2005));
        rig.Wire.Pass(TimeSpan.FromMilliseconds(300));
        SeenSegment ack = rig.TakeOne();
        TcpOptionValues.Read(ack.Options, out TcpOptionValues options);
        Assert.Equal((rig.PeerNext + 20, 2000u), (ack.Ack, options.TimestampEcho));
    }

    [Fact]
    public void Linux_acknowledges_the_first_segments_at_once_and_later_every_second()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        Assert.Single(After(rig, 1400));
        rig.Do(tcb => tcb.SetQuickAck(0));
        rig.Wire.Pass(TimeSpan.FromMilliseconds(1));
        Assert.Empty(After(rig, 1400));
        Assert.Single(After(rig, 1400));
        Assert.Empty(After(rig, 100));
        rig.Wire.Pass(TimeSpan.FromMilliseconds(39));
        Assert.Empty(rig.Take());
        rig.Wire.Pass(TimeSpan.FromMilliseconds(2));
        Assert.Single(rig.Take());
    }

    [Fact]
    public void FreeBSD_acknowledges_every_second_segment_whatever_its_size()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established, TcpProfile.FreeBsd);
        Assert.Empty(After(rig, 10));
        Assert.Single(After(rig, 10));
        Assert.Empty(After(rig, 1460));
        rig.Wire.Pass(TimeSpan.FromMilliseconds(41));
        Assert.Single(rig.Take());
    }

    [Fact]
    public void A_reader_who_keeps_up_makes_the_buffer_grow()
    {
        using var rig = new ConnectionRig { PeerOptions = [2, 4, 0x05, 0xB4, 1, 3, 3, 7] };
        rig.Reach(TcpState.Established);
        int before = rig.Tcb.Tuning.Space;
        for (int i = 0; i < 300; i++)
        {
            for (int n = 0; n < 40 && rig.Tcb.Rcv.Wnd >= 1460; n++)
            {
                rig.SendData(1460);
                rig.Read(1 << 20);
            }

            rig.Wire.Pass(TimeSpan.FromMilliseconds(10));
        }

        Assert.True(rig.Tcb.Tuning.Space > 2 * before, $"{before} became {rig.Tcb.Tuning.Space}");
        Assert.True(rig.Tcb.Tuning.Buffer <= rig.Settings.ReceiveBuffer.Max);
    }

    [Fact]
    public void The_edge_of_the_window_never_goes_back()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        SequenceNumber edge = rig.Tcb.Rcv.Edge;
        for (int i = 0; i < 80; i++)
        {
            rig.SendData(Math.Min(1460, rig.Tcb.Rcv.Wnd));
            Assert.True(rig.Tcb.Rcv.Edge >= edge);
            edge = rig.Tcb.Rcv.Edge;
        }
    }

    [Fact]
    public void SO_RCVBUF_is_the_window_that_Linux_offers()
    {
        using var rig = new ConnectionRig { Options = new ConnectionOptions { ReceiveBuffer = 40_000 } };
        Assert.Equal(18_980, rig.Connect().Window);      // half of it, in whole segments
    }

    [Fact]
    public void Data_after_close_is_answered_by_a_reset()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Do(tcb => tcb.Close(rig.Now));
        uint ack = rig.TakeOne().Seq + 1;
        rig.Send(TcpFlags.Ack, rig.PeerNext, ack, 10);
        SeenSegment reset = rig.TakeOne();
        Assert.Equal((TcpFlags.Rst, ack), (reset.Flags, reset.Seq));
        Assert.Equal(TcpState.Closed, rig.State);
    }

    [Fact]
    public void Unread_data_makes_close_a_reset_and_so_does_linger_zero()
    {
        using ConnectionRig unread = ConnectionRig.In(TcpState.Established);
        unread.SendData(10);
        unread.Take();
        unread.Do(tcb => tcb.Close(unread.Now));
        Assert.True(unread.TakeOne().Flags.HasFlag(TcpFlags.Rst));

        using var linger = new ConnectionRig { Options = new ConnectionOptions { Linger = TimeSpan.Zero } };
        linger.Reach(TcpState.Established);
        linger.Do(tcb => tcb.Close(linger.Now));
        Assert.True(linger.TakeOne().Flags.HasFlag(TcpFlags.Rst));
    }

    [Fact]
    public void An_orphan_in_FIN_WAIT_2_ends_by_itself_sooner_or_later()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.FinWait2);
        rig.Do(tcb => tcb.Close(rig.Now));
        rig.Wire.Pass(TimeSpan.FromSeconds(59));
        Assert.Equal(TcpState.FinWait2, rig.State);
        rig.Wire.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(TcpState.Closed, rig.State);

        using var hurried = new ConnectionRig { Options = new ConnectionOptions { FinWait2 = TimeSpan.FromSeconds(-1) } };
        hurried.Reach(TcpState.FinWait2);
        hurried.Do(tcb => tcb.Close(hurried.Now));
        Assert.Equal(TcpState.Closed, hurried.State);
        Assert.True(hurried.TakeOne().Flags.HasFlag(TcpFlags.Rst));
    }

    [Theory]
    [InlineData(TcpState.FinWait1)]
    [InlineData(TcpState.Closing)]
    [InlineData(TcpState.LastAck)]
    public void Other_orphans_are_given_up(TcpState state)
    {
        using ConnectionRig rig = ConnectionRig.In(state);
        rig.Do(tcb => tcb.Close(rig.Now));
        rig.Wire.Pass(TimeSpan.FromMinutes(5));
        Assert.Equal(TcpState.Closed, rig.State);
    }

    [Fact]
    public void TIME_WAIT_may_be_zero_long_and_its_FIN_is_acknowledged_all_the_same()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.FinWait2);
        rig.Settings.TimeWait = TimeSpan.Zero;
        rig.SendFin(rig.SndNxt);
        Assert.Equal(rig.PeerNext, rig.TakeOne().Ack);
        Assert.Equal(TcpState.Closed, rig.State);
        Assert.False(rig.Tcb.Binding.IsConnected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_FIN_again_restarts_TIME_WAIT(bool isClosed)
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.TimeWait);
        if (isClosed) rig.Do(tcb => tcb.Close(rig.Now));
        rig.Wire.Pass(TimeSpan.FromSeconds(50));
        rig.Send(TcpFlags.Fin | TcpFlags.Ack, rig.PeerNext - 1, rig.SndNxt);
        Assert.Equal(rig.PeerNext, rig.TakeOne().Ack);
        rig.Wire.Pass(TimeSpan.FromSeconds(50));
        Assert.Equal(TcpState.TimeWait, rig.State);
        rig.Wire.Pass(TimeSpan.FromSeconds(11));
        Assert.Equal(TcpState.Closed, rig.State);
        Assert.False(rig.Tcb.Binding.IsConnected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_reset_ends_TIME_WAIT_unless_RFC_1337_is_heeded(bool isClosed)
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.TimeWait);
        if (isClosed) rig.Do(tcb => tcb.Close(rig.Now));
        rig.Settings.TimeWaitIgnoresResets = true;
        rig.Send(TcpFlags.Rst, rig.PeerNext);
        Assert.Equal(TcpState.TimeWait, rig.State);
        rig.Settings.TimeWaitIgnoresResets = false;
        rig.Send(TcpFlags.Rst, rig.PeerNext);
        Assert.Equal(TcpState.Closed, rig.State);
    }

    [Fact]
    public void A_newer_SYN_opens_anew_what_is_in_TIME_WAIT_with_numbers_beyond_the_old_ones()
    {
        using var rig = new ConnectionRig();
        rig.Call();
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.Iss + 1);
        rig.Do(tcb => tcb.ShutdownSend());
        rig.Send(TcpFlags.Ack, rig.PeerNext, rig.SndNxt);
        rig.SendFin(rig.SndNxt);
        Assert.Equal(TcpState.TimeWait, rig.State);
        rig.Take();
        rig.Send(TcpFlags.Syn, rig.PeerNext - 500);
        Assert.Equal(TcpFlags.Ack, rig.TakeOne().Flags);      // older: an acknowledgment for who may have it
        rig.Send(TcpFlags.Syn, rig.PeerNext + 500);
        SeenSegment answer = rig.TakeOne();
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, answer.Flags);
        Assert.True(new SequenceNumber(answer.Seq) > new SequenceNumber(rig.SndNxt + 65_535));
    }

    [Fact]
    public void A_connect_takes_the_place_of_an_old_TIME_WAIT_when_no_port_is_left()
    {
        using var wire = new SegmentRig();
        wire.Stack.Settings.EphemeralPorts = new PortRange(40_000, 40_000);
        wire.Stack.Tcp.TimeWaitReuse = TcpTimeWaitReuse.Always;      // the settings' own way is to do so on the loopback interface only
        var rig = new ConnectionRig(wire) { PeerOptions = TimestampOffer };
        rig.Settings.TimeWaitReuse = TcpTimeWaitReuse.Always;
        rig.Reach(TcpState.TimeWait);
        Assert.False(Connect(wire, out _));      // within a second its clock has not gone on
        wire.Pass(TimeSpan.FromSeconds(2));
        Assert.True(Connect(wire, out Tcb? tcb));
        Assert.True(tcb!.Snd.Iss > rig.Tcb.Snd.Nxt);
        Assert.True(rig.Tcb.IsGone);
    }

    [Fact]
    public void In_RFC_793_mode_any_reset_in_the_window_counts()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Settings.TrustsResetsInWindow = true;
        rig.Send(TcpFlags.Rst, rig.PeerNext + 100);
        Assert.Equal(Errno.ECONNRESET, rig.Tcb.Error);
    }

    [Fact]
    public void Answers_to_what_can_not_be_taken_are_limited_but_not_for_data()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        for (int i = 0; i < 10; i++) rig.Send(TcpFlags.Ack, rig.PeerNext - 10, rig.SndNxt);
        Assert.Single(rig.Take());
        for (int i = 0; i < 10; i++) rig.Send(TcpFlags.Ack, rig.PeerNext - 10, rig.SndNxt, 5);
        Assert.Equal(10, rig.Take().Length);
        for (int i = 0; i < 10; i++) rig.Send(TcpFlags.Rst, rig.PeerNext + 10);
        Assert.Empty(rig.Take());
        rig.Wire.Pass(TimeSpan.FromMilliseconds(600));
        rig.Send(TcpFlags.Rst, rig.PeerNext + 10);
        Assert.Single(rig.Take());
    }

    private static bool Connect(SegmentRig wire, out Tcb? tcb)
    {
        using (wire.Stack.Core.Enter())
        {
            return wire.Stack.Core.Connect(
                wire.Socket().Binding, new InetEndpoint(SegmentRig.Peer, 80), ConnectionOptions.Default, out tcb).IsGranted;
        }
    }

    private static SeenSegment[] After(ConnectionRig rig, int length)
    {
        rig.Read(1 << 20);
        rig.SendData(length);
        return rig.Take();
    }

    private static byte[] Timestamp(uint value)
    {
        byte[] options = new byte[12];
        new TcpOptionWriter(options).AddAlignedTimestamps(value, 0);
        return options;
    }

    private static (uint Left, uint Right)[] Blocks(SeenSegment segment)
    {
        TcpOptionValues.Read(segment.Options, out TcpOptionValues options);
        var blocks = new (uint Left, uint Right)[options.SackCount];
        for (int i = 0; i < blocks.Length; i++)
        {
            options.SackBlock(i, out uint left, out uint right);
            blocks[i] = (left, right);
        }

        return blocks;
    }
}
