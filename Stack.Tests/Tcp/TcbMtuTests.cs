using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>How large a segment gets through, and how much may leave after a pause.</summary>
public sealed class TcbMtuTests
{
    [Fact]
    public void Segments_that_turn_out_too_large_go_again_in_smaller_ones()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Mss = 1460 });
        rig.Write(4380);
        SeenSegment[] first = rig.Take();
        Assert.Equal([1460, 1460, 1460], first.Select(s => s.Payload.Length));
        rig.Rig.TooBig(first[0], 1000);
        Assert.Equal([". 1:961(960)", "P. 961:1921(960)"], rig.Sent().Take(2));
        Assert.Equal(960, rig.Tcb.Mss);
        Assert.All(rig.Take(), s => Assert.InRange(s.PacketLength, 40, 1000));
    }

    [Fact]
    public void The_window_shrinks_while_nothing_is_sent_where_the_setting_says_so()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Configure = s => s.SlowStartAfterIdle = true });
        uint acked = 1;
        for (int i = 0; i < 2; i++)
        {
            rig.Write(20_000);
            rig.PassMs(100);
            acked = rig.Tcb.Snd.Nxt.Value - rig.Iss;
            rig.Ack(acked);
            rig.PassMs(100);
            acked = rig.Tcb.Snd.Nxt.Value - rig.Iss;
            rig.Ack(acked);
        }

        Assert.True(rig.Tcb.Recovery.Window > 10);
        rig.Pass(TimeSpan.FromSeconds(10));
        rig.Take();
        rig.Write(20_000);
        Assert.Equal(10, rig.Take().Length);
    }
}
