using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using UserNet.Time;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>What leaves, and when: Nagle, cork, bursts, PSH, silly windows, buffers.</summary>
public sealed class TcbOutputTests
{
    [Fact]
    public void The_first_ten_segments_leave_at_once_and_the_last_of_a_burst_has_push()
    {
        using SendRig rig = SendRig.Established();
        rig.Write(30_000);
        Assert.Equal(["P. 1:10001(10000)"], rig.Bursts());
        rig.PassMs(100);
        rig.Ack(2001);
        Assert.Equal(["P. 10001:14001(4000)"], rig.Bursts());
    }

    [Fact]
    public void A_single_full_segment_has_push_only_when_it_ends_a_write()
    {
        using SendRig rig = SendRig.Established();
        rig.Write(1000);
        Assert.Equal(["P. 1:1001(1000)"], rig.Sent());
        rig.Write(1500);
        Assert.Equal([". 1001:2001(1000)", "P. 2001:2501(500)"], rig.Sent());
    }

    [Fact]
    public void A_segment_sent_again_has_push_where_it_had_it()
    {
        using SendRig rig = SendRig.Established();
        for (int i = 0; i < 5; i++) rig.Write(1000);
        Assert.Equal(5, rig.Sent().Length);
        rig.PassMs(100);
        rig.Ack(1, (1001, 4001));
        rig.PassMs(0);
        Assert.Equal(["P. 1:1001(1000)"], rig.Sent());
    }

    [Fact]
    public void A_small_segment_waits_while_another_small_one_is_unacknowledged()
    {
        using SendRig rig = SendRig.Established();
        rig.Write(100);
        Assert.Equal(["P. 1:101(100)"], rig.Sent());
        rig.Write(100);
        rig.Write(200);
        Assert.Empty(rig.Sent());
        rig.PassMs(50);
        rig.Ack(101);
        Assert.Equal(["P. 101:401(300)"], rig.Sent());
    }

    [Fact]
    public void A_small_segment_behind_full_ones_does_not_wait()
    {
        using SendRig rig = SendRig.Established();      // Minshall: only small ones hold small ones back
        rig.Write(2000);
        rig.Write(100);
        Assert.Equal(["P. 1:2101(2100)"], rig.Bursts());
    }

    [Fact]
    public void FreeBSD_holds_a_small_segment_while_anything_is_unacknowledged()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Profile = TcpProfile.FreeBsd });
        rig.Write(2000);
        rig.Write(100);
        Assert.Equal(["P. 1:2001(2000)"], rig.Bursts());
        rig.PassMs(20);
        rig.Ack(2001);
        Assert.Equal(["P. 2001:2101(100)"], rig.Sent());
    }

    [Fact]
    public void FreeBSD_pushes_what_empties_the_buffer()
    {
        using SendRig rig = SendRig.Established(
            new SendRigOptions { Profile = TcpProfile.FreeBsd, Connection = new ConnectionOptions { NoDelay = true } });
        rig.Write(12_500);
        string[] sent = rig.Sent();
        Assert.Equal(10, sent.Length);
        Assert.DoesNotContain(sent, s => s.Contains('P', StringComparison.Ordinal));
        rig.PassMs(100);
        rig.Ack(10_001);
        Assert.Equal([". 10001:11001(1000)", ". 11001:12001(1000)", "P. 12001:12501(500)"], rig.Sent());
    }

    [Fact]
    public void No_delay_lets_small_segments_go()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Connection = new ConnectionOptions { NoDelay = true } });
        rig.Write(100);
        rig.Write(100);
        Assert.Equal(["P. 1:101(100)", "P. 101:201(100)"], rig.Sent());
    }

    [Fact]
    public void A_cork_holds_what_is_not_full_until_the_window_would_be_probed()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Connection = new ConnectionOptions { Cork = true } });
        rig.Write(1200);
        Assert.Equal([". 1:1001(1000)"], rig.Sent());
        rig.PassMs(100);
        rig.Ack(1001);
        int timeout = (int)rig.Tcb.Recovery.Rtt.Timeout.TotalMilliseconds;
        rig.PassMs(timeout - 2);
        Assert.Empty(rig.Sent());
        rig.PassMs(3);
        Assert.Equal(["P. 1001:1201(200)"], rig.Sent());
        rig.Write(100);
        Assert.Empty(rig.Sent());      // what comes later is held again
        rig.Do(tcb => tcb.Set(tcb.Options with { Cork = false, NoDelay = true }, rig.Now));
        Assert.Equal(["P. 1201:1301(100)"], rig.Sent());
    }

    [Fact]
    public void A_write_that_says_more_waits_for_the_next()
    {
        using SendRig rig = SendRig.Established();
        rig.Write(300, more: true);
        Assert.Empty(rig.Sent());
        rig.Write(100);
        Assert.Equal(["P. 1:401(400)"], rig.Sent());
    }

    [Fact]
    public void Nothing_leaves_beyond_the_peers_window_and_no_silly_segment_fills_it()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Scale = null, SynWindow = 4000 });
        rig.Window = 4000;
        rig.Write(10_000);
        Assert.Equal(["P. 1:4001(4000)"], rig.Bursts());
        rig.PassMs(100);
        rig.Window = 2600;      // room for 600 beyond what is in flight
        rig.Ack(2001);
        Assert.Empty(rig.Sent());
        rig.Window = 4000;
        rig.Ack(2001);
        Assert.Equal(["P. 4001:6001(2000)"], rig.Bursts());
    }

    [Fact]
    public void Segments_are_no_larger_than_half_of_the_largest_window()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Scale = null, SynWindow = 1600 });
        rig.Window = 1600;
        rig.Write(3000);
        Assert.Equal([". 1:801(800)", "P. 801:1601(800)"], rig.Sent());
    }

    [Fact]
    public void TCP_MAXSEG_makes_segments_smaller()
    {
        using var rig = new SendRig(new SendRigOptions { Connection = new ConnectionOptions { MaxSegment = 700 } });
        SeenSegment syn = Assert.Single(rig.Take());
        TcpOptionValues.Read(syn.Options, out TcpOptionValues options);
        Assert.Equal((ushort)700, options.Mss);
        rig.SynAck();
        rig.Sent();
        rig.Write(1400);
        Assert.Equal([". 1:701(700)", "P. 701:1401(700)"], rig.Sent());
    }

    [Fact]
    public void The_fin_rides_on_the_last_data_and_goes_again()
    {
        using SendRig rig = SendRig.Established();
        rig.Write(10_000);
        rig.Write(1500);
        rig.Do(tcb => tcb.ShutdownSend());
        Assert.Equal(["P. 1:10001(10000)"], rig.Bursts());
        rig.PassMs(100);
        rig.Ack(10_001);
        Assert.Equal([". 10001:11001(1000)", "FP. 11001:11501(500)"], rig.Sent());
        rig.PassMs(100);
        rig.Ack(11_501);       // all but the FIN
        rig.PassMs(500);
        Assert.Equal("FP. 11501:11501(0)", rig.Sent()[0]);
        rig.Ack(11_502);
        Assert.Equal(System.Net.NetworkInformation.TcpState.FinWait2, rig.Tcb.State);
    }

    [Fact]
    public void A_bare_fin_leaves_at_once()
    {
        using SendRig rig = SendRig.Established();
        rig.Do(tcb => tcb.ShutdownSend());
        Assert.Equal(["F. 1:1(0)"], rig.Sent());
    }

    [Fact]
    public void The_user_hears_of_room_when_a_third_is_free_and_not_before()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Connection = new ConnectionOptions { SendBuffer = 18_000 } });
        Assert.Equal(20_000, rig.Write(20_000));      // as much as one burst may be, once there is memory for any of it
        rig.Sent();
        Assert.True(rig.Tcb.MemoryQueued > 20_000, "Packets cost something.");
        Assert.Equal(0, rig.Tcb.Room);
        int before = rig.User.Writable;
        rig.PassMs(100);
        rig.Ack(8001);
        Assert.Equal(before, rig.User.Writable);
        rig.Ack(12_001);
        Assert.Equal(before + 1, rig.User.Writable);
    }

    [Fact]
    public void TCP_NOTSENT_LOWAT_bounds_what_was_never_sent()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Connection = new ConnectionOptions { NotSentLowWater = 4000 } });
        rig.Write(10_000);
        Assert.Equal(4500, rig.Write(4500));
        Assert.Equal(0, rig.Tcb.Room);
        Assert.Equal(100, rig.Write(100));      // what is not a full burst yet is filled up all the same
        int before = rig.User.Writable;
        rig.PassMs(100);
        rig.Ack(1001);      // two more leave: 2600 are unsent, more than half of 4000
        Assert.Equal(before, rig.User.Writable);
        rig.Ack(2001);
        Assert.Equal(before + 1, rig.User.Writable);
    }

    [Fact]
    public void The_send_buffer_grows_with_the_congestion_window()
    {
        using SendRig rig = SendRig.Established();
        int first = rig.Tcb.Written.Capacity;
        uint acked = 1;
        for (int i = 0; i < 6; i++)
        {
            rig.Write(200_000);
            rig.PassMs(100);
            acked = rig.Tcb.Snd.Nxt.Value - rig.Iss;
            rig.Ack(acked);
        }

        Assert.Equal(46_080, first);      // two windows of ten segments, with what Linux counts for the packets
        Assert.True(rig.Tcb.Written.Capacity >= 2 * rig.Tcb.Recovery.Window * 900, $"{rig.Tcb.Written.Capacity} for {rig.Tcb.Recovery.Window}");
    }

    [Fact]
    public void Urgent_octets_have_the_pointer_behind_them_until_acknowledged()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Connection = new ConnectionOptions { NoDelay = true } });
        rig.Do(tcb => Assert.Equal(100, tcb.WriteUrgent(new byte[100])));
        Assert.Equal(["PU. 1:101(100)"], rig.Sent());
        rig.Write(50);
        Assert.Equal(["P. 101:151(50)"], rig.Sent());      // its number is behind the pointer
        rig.PassMs(300);
        rig.Sent();
        rig.Ack(151);
        rig.Write(50);
        Assert.Equal(["P. 151:201(50)"], rig.Sent());
    }

    [Fact]
    public void A_burst_waits_for_more_room_while_acknowledgments_come_one_by_one()
    {
        using SendRig rig = SendRig.Established();
        rig.Write(40_000);
        Assert.Equal(["P. 1:10001(10000)"], rig.Bursts());
        rig.PassMs(100);
        rig.Ack(1001);
        Assert.Equal(["P. 10001:12001(2000)"], rig.Bursts());      // slow start: one acknowledged, two leave
        Assert.Equal(11, rig.Tcb.Recovery.Window);
    }

    [Fact]
    public void What_the_time_goes_to_is_kept_account_of()
    {
        using SendRig rig = SendRig.Established();
        rig.PassMs(1000);
        Assert.Equal(TimeSpan.Zero, rig.Tcb.Accounts.Busy(rig.Now));
        rig.Write(1000);
        rig.PassMs(100);
        rig.Window = 0;
        rig.Ack(1001);
        rig.PassMs(50);
        Assert.Equal(TimeSpan.FromMilliseconds(100), rig.Tcb.Accounts.Busy(rig.Now));
        rig.Write(500);
        rig.PassMs(200);
        Assert.Equal(TimeSpan.FromMilliseconds(200), rig.Tcb.Accounts.PeerWindowLimited(rig.Now));
        Assert.Equal(TimeSpan.FromMilliseconds(300), rig.Tcb.Accounts.Busy(rig.Now));
        Assert.Equal(1000, rig.Tcb.Accounts.OctetsSent);
        Assert.Equal(1000, rig.Tcb.Accounts.OctetsAcked);
        Assert.Equal(1u, rig.Tcb.Accounts.DataSegments);
        Assert.Equal(3u, rig.Tcb.Accounts.Segments);      // the SYN, its acknowledgment, the data
    }

    [Fact]
    public void Data_beside_sack_blocks_stays_within_the_path()
    {
        using SendRig rig = SendRig.Established(new SendRigOptions { Mss = 1460, Timestamps = true });
        rig.Ahead(1000);
        rig.Segment(TcpFlags.Ack, 1, 500);      // a hole before it
        rig.Take();
        rig.Write(5000);
        Assert.All(rig.Take(), s => Assert.InRange(s.PacketLength, 40, 1500));
    }

    [Fact]
    public void Nothing_is_allocated_for_a_segment()
    {
        using var rig = new SegmentRig();
        NetworkSocket socket = rig.Socket();
        TcpContext context = rig.Stack.Core.Tcp!;
        using (rig.Stack.Core.Enter())
            Assert.True(rig.Stack.Core.Engine.ConnectStream(socket.Binding, new InetEndpoint(SegmentRig.Peer, 80), out _).IsGranted);
        var path = new SinkPath();
        var tcb = new Tcb(context, socket.Binding, path, ConnectionOptions.Default);
        tcb.GiveTo(new NewsOfTest());
        Timestamp now = rig.Stack.Core.Now;
        tcb.Connect(now);
        tcb.Output(now);
        now += TimeSpan.FromMilliseconds(10);
        Acknowledge(tcb, TcpFlags.Syn | TcpFlags.Ack, 99, now);
        byte[] octets = new byte[4096];
        int before = path.Segments;
        long allocated = Allocation.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                tcb.Write(octets);
                tcb.Output(now);
                now += TimeSpan.FromMilliseconds(10);
                Acknowledge(tcb, TcpFlags.Ack, 100, now);
                tcb.Output(now);
            }
        });
        Assert.Equal(0, allocated);
        Assert.True(path.Segments - before >= 200, $"{path.Segments - before} segments were sent.");
        Assert.True(tcb.Accounts.OctetsAcked >= 200 * 4096, $"{tcb.Accounts.OctetsAcked} octets were acknowledged.");
    }

    private static void Acknowledge(Tcb tcb, TcpFlags flags, uint seq, Timestamp now)
    {
        Span<byte> octets = stackalloc byte[20];
        BinaryPrimitives.WriteUInt16BigEndian(octets, 80);
        BinaryPrimitives.WriteUInt16BigEndian(octets[2..], tcb.Binding.Port);
        BinaryPrimitives.WriteUInt32BigEndian(octets[4..], seq);
        BinaryPrimitives.WriteUInt32BigEndian(octets[8..], tcb.Snd.Nxt.Value);
        BinaryPrimitives.WriteUInt16BigEndian(octets[12..], (ushort)(0x5000 | (int)flags));
        BinaryPrimitives.WriteUInt16BigEndian(octets[14..], 65_535);
        Assert.True(TcpSegment.TryParse(octets, out TcpSegment segment));
        tcb.OnSegment(segment, 0, now);
    }

    private sealed class SinkPath : ITcpPath
    {
        public bool SendsNoFlowLabel { set { } }

        public ushort UdpPort { get; set; }

        public int Segments { get; private set; }

        public bool HasRoom { get; set; } = true;

        public int IpHeaderLength => 20;

        public int LargestBurst => 65_535;

        public byte? TimeToLive { private get; set; }

        public int MtuAt(Timestamp now) => 1500;

        public void Follow(SocketBinding place)
        {
        }

        public Errno Send(PacketBuffer segment, byte ecn, Timestamp now)
        {
            Segments++;
            segment.Return();
            return Errno.Success;
        }

        public void Confirm(Timestamp now)
        {
        }

        public void Doubt(Timestamp now)
        {
        }
    }
}
