using System.Net.NetworkInformation;
using UserNet.Errors;
using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>Handshakes as FreeBSD 14 does them: options, windows, times, and what comes before they are over.</summary>
public sealed class FreeBsdOpeningTests
{
    private const TcpFlags None = TcpFlags.None, Syn = TcpFlags.Syn, Rst = TcpFlags.Rst;

    [Fact]
    public void A_syn_offers_all_and_goes_again_after_1_and_2_2_seconds()
    {
        using var rig = new FreeBsdRig(configure: s => s.DropsOptionsOfLateSyns = true);
        string full = "S 0:0(0) win 65535 <mss 1460,nop,wscale 6,sackOK,TS>";
        rig.Rig.Connect();
        Assert.Equal("S", rig.Wire.TakeSent().Length == 0 ? "S" : "?");
        foreach ((double wait, string expected) in new[] { (1000, full), (2200, full), (4200, "S 0:0(0) win 65535 <mss 1460>") })
        {
            rig.PassMs(wait - 1);
            Assert.Empty(rig.Sent());
            rig.PassMs(1);
            Assert.Equal([expected], rig.Sent());
        }
    }

    [Fact]
    public void Ecn_is_offered_twice_at_first_and_then_no_more()
    {
        using var rig = new FreeBsdRig(configure: s => s.Ecn = TcpEcnMode.Offer);
        Assert.Equal(Syn | TcpFlags.Ece | TcpFlags.Cwr, rig.Rig.Connect().Flags);
        rig.PassMs(1000);
        Assert.StartsWith("SEW", Assert.Single(rig.Sent()), StringComparison.Ordinal);
        rig.PassMs(2200);
        Assert.StartsWith("S ", Assert.Single(rig.Sent()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_connect_takes_as_long_as_keepinit_says()
    {
        using var rig = new FreeBsdRig(options: ConnectionOptions.Default with { SynTimeLimit = TimeSpan.FromSeconds(5) });
        rig.Rig.Connect();
        rig.PassMs(4999);
        Assert.False(rig.Tcb.IsGone);
        rig.PassMs(1);
        Assert.Equal(Errno.ETIMEDOUT, rig.Tcb.Error);
    }

    [Fact]
    public void Without_options_a_syn_is_bare()
    {
        using var rig = new FreeBsdRig(FreeBsdRig.AllOptions, options: ConnectionOptions.Default with { NoOptions = true });
        Assert.Empty(rig.Rig.Connect().Options);
        using var passive = new FreeBsdRig(FreeBsdRig.AllOptions, options: ConnectionOptions.Default with { NoOptions = true });
        Assert.Empty(passive.Rig.Call().Options);
    }

    [Theory]
    [InlineData(2_097_152, 6)]
    [InlineData(73_728, 1)]
    [InlineData(int.MaxValue, 14)]
    public void The_scale_follows_from_the_largest_buffer(int largest, int scale)
    {
        using var rig = new FreeBsdRig(configure: s => s.MaxReceiveBuffer = largest);
        Assert.Equal(scale, rig.Rig.Connect().Options[7]);
    }

    [Theory]
    [InlineData("<mss 1460>", false, false, false)]
    [InlineData("<mss 1460,sackOK,eol,eol>", true, false, false)]
    [InlineData("<mss 1460,nop,wscale 6,sackOK,eol,eol>", true, true, false)]
    [InlineData("<mss 1460,nop,wscale 6,sackOK,TS>", true, true, true)]
    public void A_syn_ack_says_what_the_syn_said(string expected, bool sack, bool scale, bool stamps)
    {
        byte[] options = stamps ? FreeBsdRig.AllOptions : scale ? FreeBsdRig.MssScaleSack : sack ? FreeBsdRig.MssSack : FreeBsdRig.Mss;
        using var rig = new FreeBsdRig(options);
        rig.Rig.Call();
        rig.PassMs(1000);
        Assert.Equal(["S. 0:0(0) ack 1 win 65535 " + expected], rig.Sent());
        rig.PassMs(2200 + 4200);
        Assert.Equal(2, rig.Sent().Length);
        rig.PassMs(8201);
        Assert.Empty(rig.Sent());      // three times again, and it is forgotten
        Assert.True(rig.Tcb.IsGone);
    }

    [Fact]
    public void A_half_open_connection_is_challenged_with_a_window_that_is_not_scaled()
    {
        using var rig = new FreeBsdRig(FreeBsdRig.MssScaleSack);
        rig.Rig.Call();
        rig.Get(Rst, 2);
        Assert.Equal([". 1:1(0) ack 1 win 65535"], rig.Sent());
        rig.Get(Rst, 0);
        rig.Get(Rst, 1 + 65_535);
        rig.Get(TcpFlags.Fin, 1);
        rig.Get(None, 1, length: 10);
        Assert.Empty(rig.Sent());
        rig.Get(Syn, 700);      // whatever its number
        Assert.Equal(["S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 6,sackOK,eol,eol>"], rig.Sent());
        rig.Get(Rst, 1);
        Assert.True(rig.Tcb.IsGone);
    }

    [Theory]
    [InlineData(1, 0, "R 0:0(0) win 0")]
    [InlineData(1, 2, "R 2:2(0) win 0")]
    [InlineData(0, 1, ". 1:1(0) ack 1 win 65535")]
    [InlineData(65_537, 1, ". 1:1(0) ack 1 win 65535")]
    public void A_wrong_ack_of_the_syn_ack_is_answered_and_what_is_half_open_stays(int seq, int ack, string expected)
    {
        using var rig = new FreeBsdRig();
        rig.Rig.Call();
        rig.Get(None, seq, ack);
        Assert.Equal([expected], rig.Sent());
        Assert.False(rig.Tcb.IsGone);
    }

    [Fact]
    public void Crossed_syns_meet_and_a_reset_refuses()
    {
        using var rig = new FreeBsdRig(FreeBsdRig.MssScaleSack);
        rig.Rig.Connect();
        rig.Get(Syn, 0, options: FreeBsdRig.MssScaleSack);
        Assert.Equal(["S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 6,sackOK,eol,eol>"], rig.Sent());
        rig.Get(None, 1, 0);
        Assert.Equal(["R 0:0(0) win 0"], rig.Sent());
        rig.Get(Rst, 1);
        Assert.Equal(Errno.ECONNREFUSED, rig.Tcb.Error);
    }

    [Fact]
    public void The_syn_ack_of_a_crossed_syn_establishes_and_is_acknowledged()
    {
        using var rig = new FreeBsdRig(FreeBsdRig.MssScaleSack);
        rig.Rig.Connect();
        rig.Get(Syn, 0, options: FreeBsdRig.MssScaleSack);
        rig.Sent();
        rig.Get(Syn, 0, 1, options: FreeBsdRig.MssScaleSack);
        Assert.Equal([". 1:1(0) ack 1 win 1027"], rig.Sent());
        Assert.Equal(TcpState.Established, rig.Rig.State);
    }

    [Fact]
    public void Closing_a_connection_that_is_being_opened_says_nothing()
    {
        using var rig = new FreeBsdRig();
        rig.Rig.Connect();
        rig.Get(Syn, 0, options: FreeBsdRig.Mss);
        rig.Sent();
        rig.Rig.Do(tcb => tcb.Close(rig.Rig.Now));
        Assert.Empty(rig.Sent());
        Assert.True(rig.Tcb.IsGone);
    }

    [Fact]
    public void A_fin_that_was_asked_for_before_goes_with_the_ack_of_the_syn_ack()
    {
        using var rig = new FreeBsdRig();
        rig.Rig.Connect();
        rig.Rig.Do(tcb => tcb.ShutdownSend());
        rig.Rig.Establish();
        Assert.Equal(["F. 1:1(0) ack 1 win 65535"], rig.Sent());
        Assert.Equal(TcpState.FinWait1, rig.Rig.State);
    }

    [Fact]
    public void Segments_without_the_timestamps_that_were_agreed_on_are_dropped_or_tolerated()
    {
        using FreeBsdRig strict = FreeBsdRig.In(TcpState.Established, FreeBsdRig.AllOptions);
        strict.Get(TcpFlags.Fin, 1, 1);
        Assert.Empty(strict.Sent());
        using FreeBsdRig mild = FreeBsdRig.In(TcpState.Established, FreeBsdRig.AllOptions, s => s.ToleratesMissingTimestamps = true);
        mild.Get(TcpFlags.Fin, 1, 1);
        Assert.Equal([". 1:1(0) ack 2 win 1027 <nop,nop,TS>"], mild.Sent());
        strict.Get(Rst, 1);
        Assert.True(strict.Tcb.IsGone);
    }

    [Fact]
    public void With_cookies_alone_nothing_is_kept_and_all_is_agreed_on()
    {
        using var rig = new FreeBsdRig(configure: s => s.SynCookiesOnly = true);
        rig.Rig.Listen();
        rig.Wire.Receive(5000, 80, Syn, ConnectionRig.PeerIss, options: FreeBsdRig.MssScaleSack);
        SeenSegment answer = rig.Rig.TakeOne();
        Assert.Equal(FreeBsdRig.MssScaleSack, answer.Options);
        rig.PassMs(3000);
        Assert.Empty(rig.Wire.TakeSent());
        rig.Wire.Receive(5000, 80, TcpFlags.Ack, ConnectionRig.PeerIss + 1, answer.Seq + 1);
        Assert.Empty(rig.Wire.TakeSent());
        Tcb child = rig.Wire.Accept(rig.Rig.Listener!)!;
        Assert.Equal((1460, (byte)6, true), (child.Mss, child.Agreed.SendScale, child.Agreed.Sack));
        rig.PassMs(31_000);
        rig.Wire.Receive(5001, 80, TcpFlags.Ack, ConnectionRig.PeerIss + 1, answer.Seq + 1);
        Assert.Equal(TcpFlags.Rst, rig.Rig.TakeOne().Flags);
    }

    [Theory]
    [InlineData(Icmpv4Type.DestinationUnreachable, 3, Errno.ECONNREFUSED)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 2, Errno.ECONNREFUSED)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 9, Errno.ECONNREFUSED)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 13, Errno.ECONNREFUSED)]
    [InlineData(Icmpv4Type.TimeExceeded, 0, Errno.EHOSTUNREACH)]
    [InlineData(Icmpv4Type.TimeExceeded, 1, Errno.Success)]
    [InlineData(Icmpv4Type.DestinationUnreachable, 1, Errno.Success)]
    [InlineData(Icmpv4Type.ParameterProblem, 0, Errno.Success)]
    public void Some_errors_end_a_connect(Icmpv4Type type, byte code, Errno expected)
    {
        using var rig = new FreeBsdRig();
        SeenSegment syn = rig.Rig.Connect();
        rig.Wire.ReceiveError(syn with { Seq = syn.Seq + 1 }, type, code);
        rig.Wire.ReceiveError(syn with { Seq = syn.Seq - 1 }, type, code);
        Assert.False(rig.Tcb.IsGone);
        rig.Wire.ReceiveError(syn, type, code);
        Assert.Equal(expected, rig.Tcb.Error);
        using var deaf = new FreeBsdRig(configure: s => s.IcmpMayReset = false);
        deaf.Wire.ReceiveError(deaf.Rig.Connect(), type, code);
        Assert.False(deaf.Tcb.IsGone);
    }
}
