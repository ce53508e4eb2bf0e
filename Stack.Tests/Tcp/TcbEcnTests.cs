using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>Explicit congestion notification. RFC 3168.</summary>
public sealed class TcbEcnTests
{
    private static readonly SendRigOptions Offers = new() { Configure = s => s.Ecn = TcpEcnMode.Offer };

    [Fact]
    public void A_syn_offers_it_and_one_sent_again_does_not()
    {
        using var rig = new SendRig(Offers);
        Assert.Equal(["SEW 0:0(0)"], rig.Sent());
        rig.PassMs(1000);
        Assert.Equal(["S 0:0(0)"], rig.Sent());
        rig.SynAck(more: TcpFlags.Ece);      // the answer to the first, as Linux takes it
        Assert.True(rig.Tcb.Agreed.Ecn);
    }

    [Fact]
    public void A_bare_acknowledgment_with_CWR_ends_the_echo_as_in_Linux()
    {
        using SendRig rig = Open();
        rig.Segment(TcpFlags.Ack, 1, 1000, ecn: 3);
        Assert.Equal(["E. 1:1(0)"], rig.Sent());
        rig.Segment(TcpFlags.Ack | TcpFlags.Cwr, 1);
        rig.Segment(TcpFlags.Ack, 1, 1000, ecn: 2);
        rig.PassMs(200);
        Assert.Equal([". 1:1(0)"], rig.Sent());
    }

    [Theory]
    [InlineData(0, TcpFlags.Ece | TcpFlags.Cwr, true)]
    [InlineData(1, TcpFlags.Ece | TcpFlags.Cwr, false)]      // routers do not mark SYNs: something on the way sets the bits
    [InlineData(2, TcpFlags.Ece | TcpFlags.Cwr, false)]
    [InlineData(3, TcpFlags.Ece | TcpFlags.Cwr, false)]
    [InlineData(2, TcpFlags.Ece | TcpFlags.Cwr | TcpFlags.Ae, true)]
    [InlineData(0, TcpFlags.Ece, false)]
    [InlineData(0, TcpFlags.None, false)]
    public void A_listener_takes_an_offer_in_a_SYN_that_is_not_marked(byte ecn, TcpFlags bits, bool takes)
    {
        using var rig = new SegmentRig();
        rig.Listen(80);
        rig.Receive(1000, 80, TcpFlags.Syn | bits, 1, ecn: ecn);
        Assert.Equal(takes ? TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Ece : TcpFlags.Syn | TcpFlags.Ack, Assert.Single(rig.TakeSent()).Flags);
    }

    [Fact]
    public void New_data_alone_is_capable_of_it()
    {
        using SendRig rig = Open();
        rig.Write(1000);
        Assert.Equal(["P. 1:1001(1000) ect0"], rig.Sent());
        rig.PassMs(300);      // one segment is out: 2 SRTT + 200 ms, but no later than the timeout
        Assert.Equal(["P. 1:1001(1000)"], rig.Sent());
        rig.Segment(TcpFlags.Ack, 1001, 100);
        rig.PassMs(300);
        Assert.All(rig.Sent(), s => Assert.DoesNotContain("ect0", s, StringComparison.Ordinal));
    }

    [Fact]
    public void An_echo_reduces_the_window_once_and_the_next_new_segment_says_so()
    {
        using SendRig rig = Open();
        rig.Write(30_000);
        rig.Sent();
        rig.PassMs(100);
        rig.Segment(TcpFlags.Ack | TcpFlags.Ece, 3001);
        Assert.Equal(7, rig.Tcb.Recovery.SlowStartThreshold);
        string[] sent = rig.Sent();
        Assert.Contains("W", sent[0], StringComparison.Ordinal);
        Assert.All(sent[1..], s => Assert.DoesNotContain("W", s, StringComparison.Ordinal));
        rig.Segment(TcpFlags.Ack | TcpFlags.Ece, 6001);
        Assert.Equal(7, rig.Tcb.Recovery.SlowStartThreshold);
        Assert.All(rig.Sent(), s => Assert.DoesNotContain("W", s, StringComparison.Ordinal));
    }

    [Fact]
    public void A_mark_is_echoed_until_the_peer_says_that_it_reacted()
    {
        using SendRig rig = Open();
        rig.Segment(TcpFlags.Ack, 1, 1000, ecn: 3);
        Assert.Equal(["E. 1:1(0)"], rig.Sent());
        rig.Segment(TcpFlags.Ack, 1, 1000);
        rig.PassMs(200);
        Assert.All(rig.Sent(), s => Assert.StartsWith("E.", s, StringComparison.Ordinal));
        rig.Segment(TcpFlags.Ack | TcpFlags.Cwr, 1, 1000);
        Assert.Equal([". 1:1(0)"], rig.Sent());
    }

    private static SendRig Open()
    {
        var rig = new SendRig(Offers);
        rig.Sent();
        rig.PassMs(100);
        rig.SynAck(more: TcpFlags.Ece);
        Assert.Equal([". 1:1(0)"], rig.Sent());
        Assert.True(rig.Tcb.Agreed.Ecn);
        return rig;
    }
}
