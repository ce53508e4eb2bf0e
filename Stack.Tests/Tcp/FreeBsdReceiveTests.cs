using System.Net.NetworkInformation;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>Windows and acknowledgments as FreeBSD 14 writes them, and what its sender makes of small windows.</summary>
public sealed class FreeBsdReceiveTests
{
    private const TcpFlags None = TcpFlags.None;

    [Fact]
    public void The_window_is_what_the_buffer_has_room_for_in_whole_segments()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.Established);
        Assert.Equal(65_700, rig.Tcb.Tuning.Buffer);
        rig.Get(None, 1, 1, 799);
        rig.PassMs(39);
        Assert.Empty(rig.Sent());
        rig.PassMs(1);
        Assert.Equal([". 1:1(0) ack 800 win 64901"], rig.Sent());
    }

    [Fact]
    public void A_scaled_window_is_rounded_up_and_does_not_shrink_after()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.Established, FreeBsdRig.MssScaleSack);
        rig.Get(None, 1, 1, 1000);
        rig.Get(None, 1001, 1, 1);
        Assert.Equal([$". 1:1(0) ack 1002 win {((1027 * 64) - 1001 + 63) / 64}"], rig.Sent());
    }

    [Theory]
    [InlineData(null, 65_536)]
    [InlineData(1460, 65_700)]
    [InlineData(536, 65_928)]
    [InlineData(100, 65_664)]      // 216 at least
    public void A_buffer_is_rounded_up_to_whole_segments_once_their_size_is_known(int? mss, int expected)
    {
        byte[] options = mss is { } m ? [2, 4, (byte)(m >> 8), (byte)m] : [];
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.Established, options);
        Assert.Equal(expected, rig.Tcb.Tuning.Buffer);
    }

    [Fact]
    public void Where_the_largest_buffer_is_small_it_is_not_rounded()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.Established, FreeBsdRig.MssScaleSack, s => s.MaxReceiveBuffer = 73_728);
        Assert.Equal(65_536, rig.Tcb.Tuning.Buffer);
        rig.Get(TcpFlags.Fin, 1, 1);
        Assert.Equal([". 1:1(0) ack 2 win 32768"], rig.Sent());
    }

    [Fact]
    public void Out_of_order_text_is_reported_at_once_newest_first_and_what_came_twice_before_all()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.Established, FreeBsdRig.MssSack);
        rig.Get(None, 1001, 1, 100);
        rig.Get(None, 2001, 1, 100);
        rig.Get(None, 1, 1, 500);
        rig.Get(None, 1, 1, 500);
        rig.Get(None, 501, 1, 500);
        Assert.Equal(
        [
            ". 1:1(0) ack 1 win 65535 <nop,nop,sack 1001:1101>", ". 1:1(0) ack 1 win 65535 <nop,nop,sack 2001:2101 1001:1101>",
            ". 1:1(0) ack 501 win 65200 <nop,nop,sack 2001:2101 1001:1101>",
            ". 1:1(0) ack 501 win 65200 <nop,nop,sack 1:501 2001:2101 1001:1101>",
            ". 1:1(0) ack 1101 win 64600 <nop,nop,sack 2001:2101>",
        ], rig.Sent());
    }

    [Fact]
    public void A_fin_that_came_twice_is_no_text_that_came_twice()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.CloseWait, FreeBsdRig.MssSack);
        rig.Get(TcpFlags.Fin, 1, 1);
        Assert.Equal([". 1:1(0) ack 2 win 65535"], rig.Sent());
    }

    [Fact]
    public void A_segment_larger_than_any_should_be_is_acknowledged_at_once()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.Established, [2, 4, 2, 0x18]);
        rig.Get(None, 1, 1, 537);
        Assert.Single(rig.Sent());
        rig.Get(None, 538, 1, 536);
        Assert.Empty(rig.Sent());
    }

    [Fact]
    public void Small_reads_say_nothing_and_a_large_one_opens_the_window()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.Established);
        for (int i = 0; i < 44; i++) rig.Get(None, 1 + (i * 1460), 1, 1460);
        rig.Sent();
        for (int i = 0; i < 10; i++) rig.Rig.Read(100);
        Assert.Empty(rig.Sent());
        rig.Rig.Read(10_000);      // 11,000 are open, and 1,460 were: not a quarter more, but most of it is still full
        Assert.Empty(rig.Sent());
        rig.Rig.Read(10_000);
        Assert.Equal([". 1:1(0) ack 64241 win 22460"], rig.Sent());
    }

    [Fact]
    public void A_full_buffer_offers_nothing_and_what_comes_then_is_acknowledged_at_once()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.Established);
        for (int i = 0; i < 45; i++) rig.Get(None, 1 + (i * 1460), 1, 1460);
        rig.PassMs(50);
        Assert.EndsWith("ack 65701 win 0", rig.Sent()[^1], StringComparison.Ordinal);
        rig.Get(None, 65_701, 1, 1);
        Assert.Equal([". 1:1(0) ack 65701 win 0"], rig.Sent());
    }

    [Fact]
    public void Shut_for_reading_text_is_acknowledged_and_thrown_away()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.Established);
        rig.Rig.Do(tcb => tcb.ShutdownReceive());
        rig.Get(None, 1, 1, 1000);
        rig.Get(None, 1001, 1, 1000);
        Assert.Equal([". 1:1(0) ack 2001 win 63535"], rig.Sent());
        Assert.Equal(0, rig.Tcb.Received.Count);
    }

    [Fact]
    public void Half_of_the_largest_window_is_worth_a_segment_and_a_fin_needs_no_window()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.Established);
        rig.Get(None, 1, 1, window: 500);
        rig.Rig.Do(tcb => tcb.Write(new byte[1000]));
        Assert.Empty(rig.Sent());      // 65,535 was open once
        using FreeBsdRig small = new(FreeBsdRig.Mss);
        small.Rig.PeerWindow = 500;
        small.Rig.Reach(TcpState.Established);
        small.Rig.Do(tcb => tcb.Write(new byte[1000]));
        Assert.Equal([". 1:501(500) ack 1 win 65535"], small.Sent());
        small.Get(None, 1, 501, window: 500);
        Assert.Equal(["P. 501:1001(500) ack 1 win 65535"], small.Sent());
        small.Rig.Do(tcb => tcb.ShutdownSend());
        Assert.Equal(["F. 1001:1001(0) ack 1 win 65535"], small.Sent());
    }

    [Fact]
    public void A_fin_goes_again_after_the_timeout_with_its_slop_which_does_not_double()
    {
        using FreeBsdRig rig = FreeBsdRig.In(TcpState.FinWait1);
        foreach (double wait in (double[])[230, 260, 320, 440])
        {
            rig.PassMs(wait - 1);
            Assert.Empty(rig.Sent());
            rig.PassMs(1);
            Assert.Equal(["F. 1:1(0) ack 1 win 65535"], rig.Sent());
        }
    }

    [Fact]
    public void A_silent_peer_is_probed_and_reset()
    {
        using var rig = new FreeBsdRig(options: ConnectionOptions.Default with
        {
            KeepAlive = true, KeepAliveIdle = TimeSpan.FromSeconds(10), KeepAliveInterval = TimeSpan.FromSeconds(2), KeepAliveCount = 2,
        }, peer: FreeBsdRig.MssScaleSack);
        rig.Rig.Reach(TcpState.Established);
        rig.PassMs(10_000);
        rig.PassMs(2000);
        Assert.Equal([". 0:0(0) ack 1 win 1026", ". 0:0(0) ack 1 win 1026"], rig.Sent());
        rig.PassMs(2000);
        Assert.Equal(["R. 1:1(0) ack 1 win 0"], rig.Sent());
        Assert.Equal(Errors.Errno.ETIMEDOUT, rig.Tcb.Error);
    }

    [Fact]
    public void A_socket_reads_the_buffer_as_it_is()
    {
        using var rig = new SegmentRig(new NetworkStackOptions { Tcp = TcpProfile.FreeBsd });
        NetworkSocket socket = rig.Socket();
        socket.Blocking = false;
        Assert.Equal(65_536, Number(socket, RawOption.ReceiveBuffer));
        _ = Assert.ThrowsAny<Exception>(() => socket.Connect(new System.Net.IPEndPoint(System.Net.IPAddress.Parse("10.0.0.2"), 80)));
        SeenSegment syn = Assert.Single(rig.TakeSent());
        Assert.Equal(65_536, Number(socket, RawOption.ReceiveBuffer));
        rig.Receive(80, syn.From, TcpFlags.Syn | TcpFlags.Ack, 1, syn.Seq + 1, options: FreeBsdRig.Mss);
        Assert.Equal(65_700, Number(socket, RawOption.ReceiveBuffer));
    }

    private static int Number(NetworkSocket socket, int name)
    {
        Span<byte> value = stackalloc byte[4];
        socket.GetRawSocketOption(RawOptionLevel.Socket, name, value);
        return BitConverter.ToInt32(value);
    }
}
