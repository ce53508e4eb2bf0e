using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>How Accurate ECN is agreed on. RFC 9768 §3.1 and §3.2.2.</summary>
public sealed class AccurateEcnHandshakeTests
{
    private const string Mss = "020405b4";

    // Table 2 and §3.1.3, host B: what each SYN is answered with, by net.ipv4.tcp_ecn.
    [Theory]
    [InlineData(3, 7, "SW.", true)]
    [InlineData(3, 3, "SE.", false)]
    [InlineData(3, 0, "S.", false)]
    [InlineData(3, 1, "SW.", true)]
    [InlineData(3, 2, "SW.", true)]
    [InlineData(3, 4, "SW.", true)]
    [InlineData(3, 5, "SW.", true)]
    [InlineData(3, 6, "SW.", true)]
    [InlineData(4, 7, "SW.", true)]
    [InlineData(5, 7, "SW.", true)]
    [InlineData(5, 3, "SE.", false)]
    [InlineData(2, 7, "SE.", false)]
    [InlineData(1, 7, "SE.", false)]
    [InlineData(2, 5, "S.", false)]
    [InlineData(0, 7, "S.", false)]
    public void A_listener_answers_by_the_three_bits_of_a_SYN(int mode, int ace, string answer, bool isAccurate)
    {
        using var rig = new AccurateEcnRig(isServer: true, (TcpEcnMode)mode);
        Assert.Equal($"{answer} 0:0(0){(isAccurate ? " ECN 1 0 1" : "")}", rig.Call(ace, options: Mss));
    }

    [Theory]
    [InlineData(0, "SW.")]
    [InlineData(1, "SEW.")]
    [InlineData(2, "SA.")]
    [InlineData(3, "SWA.")]
    public void A_listener_tells_how_the_SYN_came(byte ecn, string answer)
    {
        using var rig = new AccurateEcnRig(isServer: true);
        Assert.Equal($"{answer} 0:0(0) ECN 1 0 1", rig.Call(ecn: ecn));
        rig.Receive(TcpFlags.Ack, 2, 1);
        Assert.Equal(5, EcnCodes.Ace(rig.Accept().Marks.Ace));      // a marked SYN is not counted: §3.2.2.2
    }

    // Host A: what it makes of each SYN-ACK.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 2)]
    [InlineData(6, 2)]
    [InlineData(7, 0)]
    public void A_caller_goes_by_the_three_bits_of_the_answer(int ace, int feedback)
    {
        using var rig = new AccurateEcnRig(isServer: false);
        Assert.Equal(["SEWA 0:0(0)"], rig.Sent());
        rig.Receive(TcpFlags.Syn | TcpFlags.Ack, ace, 1, options: Mss);
        Assert.Equal(feedback, rig.Info.EcnMode);
        Assert.Equal(feedback == 2 ? "[ect0] 2. 1:1(0)" : ". 1:1(0)", Assert.Single(rig.Sent()));
    }

    [Theory]
    [InlineData(1, "SEW")]
    [InlineData(4, "SEW")]
    [InlineData(2, "S")]
    [InlineData(5, "S")]
    [InlineData(0, "S")]
    public void Who_does_not_offer_it_does_not_get_it(int mode, string syn)
    {
        using var rig = new AccurateEcnRig(isServer: false, (TcpEcnMode)mode);
        Assert.Equal([syn + " 0:0(0)"], rig.Sent());
        rig.Receive(TcpFlags.Syn | TcpFlags.Ack, 2, 1, options: Mss);
        Assert.Equal(0, rig.Info.EcnMode);
    }

    // Table 3.
    [Theory]
    [InlineData(0, 2, 5)]
    [InlineData(1, 3, 5)]
    [InlineData(2, 4, 5)]
    [InlineData(3, 6, 6)]
    public void The_last_ACK_tells_how_the_answer_came_and_then_the_counter_counts(byte ecn, int reflected, int counter)
    {
        using var rig = new AccurateEcnRig(isServer: false);
        rig.Sent();
        rig.Receive(TcpFlags.Syn | TcpFlags.Ack, 2, 1, ecn: ecn, options: Mss + AccurateEcnRig.FirstOption);
        Assert.Equal([$"[ect0] {reflected}. 1:1(0) ECN 1 0 1"], rig.Sent());
        rig.Write(100);
        Assert.Equal([$"[ect0] P{counter}. 1:101(100) ECN 1 0 1"], rig.Sent());
        rig.Receive(TcpFlags.Syn | TcpFlags.Ack, 2, 1, ecn: ecn, options: Mss, seq: 0);      // again: it was not heard
        Assert.Equal([$"[ect0] {reflected}. 101:101(0) ECN 1 0 1"], rig.Sent());
        Assert.Equal(counter, EcnCodes.Ace(rig.Marks.Ace));
    }

    // §3.1.4.1.
    [Fact]
    public void A_SYN_offers_it_once_more_and_then_no_more()
    {
        using var rig = new AccurateEcnRig(isServer: false);
        Assert.Equal(["SEWA 0:0(0)"], rig.Sent());
        rig.Pass(1000);
        Assert.Equal(["SEWA 0:0(0)"], rig.Sent());
        rig.Pass(1000);
        Assert.Equal(["S 0:0(0)"], rig.Sent());
        rig.Pass(1000);
        Assert.Equal(["S 0:0(0)"], rig.Sent());
        rig.Receive(TcpFlags.Syn | TcpFlags.Ack, 2, 1, options: Mss);      // §3.1.4.1: the first answer counts
        Assert.Equal("[ect0] 2. 1:1(0)", Assert.Single(rig.Sent()));
    }

    // §3.2.3.2.2, and §3.1.5: who has said 0 sends nothing that is ECN-capable.
    [Fact]
    public void An_answer_sent_again_has_no_option_and_the_next_no_bits()
    {
        using var rig = new AccurateEcnRig(isServer: true);
        Assert.Equal("SW. 0:0(0) ECN 1 0 1", rig.Call());
        rig.Pass(1000);
        Assert.Equal(["SW. 0:0(0)"], rig.Sent());
        rig.Pass(2000);
        Assert.Equal(["S. 0:0(0)"], rig.Sent());
        rig.Receive(TcpFlags.Ack, 2, 1);
        rig.Accept().Write(10);
        Assert.Equal(["P5. 1:11(10)"], rig.Sent());
        Assert.Equal(1, rig.Info.EcnFailures);
    }

    [Fact]
    public void A_SYN_that_comes_again_is_answered_without_the_option_and_by_its_own_mark()
    {
        using var rig = new AccurateEcnRig(isServer: true);
        rig.Call();
        rig.Receive(TcpFlags.Syn, 7, ecn: 3, options: Mss, seq: 0);
        Assert.Equal(["SWA. 0:0(0)"], rig.Sent());
        rig.Pass(600);
        rig.Receive(TcpFlags.Syn, 0, options: Mss, seq: 0);      // one without the bits: the mode stays, ECT does not
        Assert.Equal(["SW. 0:0(0)"], rig.Sent());
        rig.Receive(TcpFlags.Ack, 2, 1);
        rig.Accept().Write(10);
        Assert.Equal(["P5. 1:11(10)"], rig.Sent());
    }

    [Theory]
    [InlineData(7, 3)]
    [InlineData(3, 7)]
    public void SYNs_that_contradict_each_other_end_the_connection(int first, int second)
    {
        using var rig = new AccurateEcnRig(isServer: true);
        rig.Call(first);
        rig.Receive(TcpFlags.Syn, second, options: Mss, seq: 0);
        Assert.StartsWith("R", Assert.Single(rig.Sent()), StringComparison.Ordinal);
    }

    // Table 4.
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    [InlineData(7, true)]
    public void A_server_stops_ECT_when_the_mark_of_its_answer_was_changed(int ace, bool sendsEct)
    {
        using var rig = new AccurateEcnRig(isServer: true);
        rig.Call();
        rig.Receive(TcpFlags.Ack, ace, 1);
        rig.Accept().Write(10);
        Assert.Equal([(sendsEct ? "[ect0] " : "") + "P5. 1:11(10)"], rig.Sent());
    }

    [Fact]
    public void Options_are_not_sent_to_who_sent_none()
    {
        using var rig = new AccurateEcnRig(isServer: true);
        rig.Call();
        rig.Receive(TcpFlags.Ack, 2, 1);
        rig.Accept();
        rig.Receive(TcpFlags.Ack, 5, 1, 1000, ecn: 2);
        Assert.Equal(["[ect0] 5. 1:1(0)"], rig.Sent());
        rig.Write(10);
        rig.Sent();
        rig.Receive(TcpFlags.Ack, 5, 11, 1000, ecn: 2, options: AccurateEcnRig.FirstOption);      // one got through: §3.2.3.2.3
        rig.Pass(200);
        Assert.Equal(["[ect0] 5. 11:11(0) ECN 1 0 2001"], rig.Sent());
    }

    [Fact]
    public void Crossed_SYNs_agree_as_if_each_had_been_asked()
    {
        using var rig = new AccurateEcnRig(isServer: false);
        rig.Sent();
        rig.Receive(TcpFlags.Syn, 7, ecn: 2, options: Mss);
        Assert.Equal(["SA. 0:0(0) ECN 1 0 1"], rig.Sent());
        rig.Receive(TcpFlags.Syn | TcpFlags.Ack, 2, 1, options: Mss + AccurateEcnRig.FirstOption, seq: 0);
        Assert.Equal(2, rig.Info.EcnMode);
        Assert.Equal(1, rig.Info.StateNumber);
    }
}
