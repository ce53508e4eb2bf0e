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

/// <summary>RFC 9293 appendix B: opening, closing, failing, addresses, and what IP and ICMP say.</summary>
public sealed class RequirementConnectionTests
{
    [Fact]
    public void MUST_10_both_may_open_at_once()
    {
        using var rig = new ConnectionRig();
        rig.Connect();
        rig.Send(TcpFlags.Syn, ConnectionRig.PeerIss);
        SeenSegment answer = rig.TakeOne();
        Assert.Equal((TcpFlags.Syn | TcpFlags.Ack, rig.Iss, ConnectionRig.PeerIss + 1), (answer.Flags, answer.Seq, answer.Ack));
        rig.Send(TcpFlags.Syn | TcpFlags.Ack, ConnectionRig.PeerIss, rig.Iss + 1);
        Assert.Equal(TcpState.Established, rig.State);
        Assert.True(rig.User.News.HasFlag(TcpNews.Connected));
    }

    [Fact]
    public void MUST_11_a_reset_before_the_end_of_the_handshake_is_told_to_who_connects_not_to_who_listens()
    {
        using var passive = new ConnectionRig();
        passive.Call();
        passive.Send(TcpFlags.Rst, passive.PeerNext);
        Assert.True(passive.Tcb.IsGone);
        passive.Send(TcpFlags.Syn, 5);
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, passive.Take()[^1].Flags);      // LISTEN goes on

        using var active = new ConnectionRig();
        active.Reach(TcpState.SynReceived, crossed: true);
        active.Send(TcpFlags.Rst, active.PeerNext);
        Assert.Equal(Errno.ECONNREFUSED, active.Tcb.Error);
    }

    [Fact]
    public void MUST_12_the_application_learns_of_a_reset()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Send(TcpFlags.Rst, rig.PeerNext);
        Assert.Equal(Errno.ECONNRESET, rig.Tcb.Error);
        Assert.True(rig.User.News.HasFlag(TcpNews.Failed));
    }

    [Fact]
    public void MUST_13_TIME_WAIT_lasts_two_maximum_lifetimes()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.TimeWait);
        rig.Wire.Pass(TimeSpan.FromSeconds(59));
        Assert.Equal(TcpState.TimeWait, rig.State);
        rig.Wire.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(TcpState.Closed, rig.State);
    }

    [Fact]
    public void MUST_41_a_listener_does_not_touch_connections()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        var other = new ConnectionRig(rig.Wire, 99);
        other.Listen(rig.Port == 81 ? (ushort)82 : (ushort)81);
        rig.SendData(7);
        Assert.Equal(7, rig.Tcb.Received.Count);
    }

    [Fact]
    public void MUST_42_several_listen_at_one_port_of_different_addresses()
    {
        using var wire = new SegmentRig();
        NetworkSocket one = wire.Socket(), other = wire.Socket();
        one.Bind(new InetEndpoint(SegmentRig.Here, 80));
        one.Listen();
        other.Bind(InetEndpoint.Parse("127.0.0.1:80"));
        other.Listen();
        Assert.Equal(2, wire.Stack.Core.Engine.Table.Tcp.Count);
    }

    [Fact]
    public void MUST_43_a_local_address_may_be_given_with_the_open()
    {
        using var wire = new SegmentRig();
        NetworkSocket socket = wire.Socket();
        socket.Bind(new InetEndpoint(SegmentRig.Here, 5555));
        using (wire.Stack.Core.Enter())
            Assert.True(wire.Stack.Core.Connect(socket.Binding, new InetEndpoint(SegmentRig.Peer, 80), ConnectionOptions.Default, out _).IsGranted);
        Assert.Equal(5555, Assert.Single(wire.TakeSent()).From);
    }

    [Fact]
    public void MUST_44_and_45_IP_chooses_the_address_and_the_connection_keeps_it()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        Assert.Equal(SegmentRig.Here, rig.Tcb.Binding.LocalAddress);
        rig.SendData(10);
        Assert.Equal(rig.Port, rig.Take()[^1].From);
    }

    [Theory]
    [InlineData("10.0.0.255")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    public void MUST_46_nobody_connects_to_many(string address)
    {
        using var wire = new SegmentRig();
        using (wire.Stack.Core.Enter())
        {
            BindOutcome outcome = wire.Stack.Core.Connect(
                wire.Socket().Binding, new InetEndpoint(InetAddress.Parse(address), 80), ConnectionOptions.Default, out Tcb? tcb);
            Assert.False(outcome.IsGranted);
            Assert.Null(tcb);
        }

        Assert.Empty(wire.TakeSent());
    }

    [Fact]
    public void MUST_47_soft_errors_are_reported()
    {
        using var rig = new ConnectionRig { Options = new ConnectionOptions { ReportsErrors = true } };
        rig.Reach(TcpState.Established);
        rig.Do(tcb => tcb.Write("x"u8));
        rig.Wire.ReceiveError(rig.Take()[^1], Icmpv4Type.DestinationUnreachable, (byte)UnreachableCode.Host);
        Assert.Equal(Errno.EHOSTUNREACH, rig.Tcb.Error);
        Assert.Equal(TcpState.Established, rig.State);
    }

    [Fact]
    public void MUST_48_the_traffic_class_goes_with_every_segment()
    {
        using var rig = new ConnectionRig { Options = new ConnectionOptions { TrafficClass = 0x48 } };
        Assert.Equal(0x48, rig.Connect().TrafficClass & 0xFC);
    }

    [Fact]
    public void MUST_49_the_time_to_live_can_be_set()
    {
        using var rig = new ConnectionRig { Options = new ConnectionOptions { TimeToLive = 7 } };
        Assert.Equal(7, rig.Connect().TimeToLive);
    }

    [Fact]
    public void MUST_50_IP_options_that_are_unknown_do_no_harm()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        DropReason reason = rig.Wire.Receive(
            rig.PeerPort, rig.Port, TcpFlags.Ack, rig.PeerNext, rig.SndNxt, length: 3, ipOptions: [0x9E, 4, 0, 0]);
        Assert.Equal(DropReason.None, reason);
        Assert.Equal(3, rig.Tcb.Received.Count);
    }

    [Fact]
    public void MUST_54_errors_find_their_connection_and_forged_ones_do_not()
    {
        using var rig = new ConnectionRig();
        SeenSegment syn = rig.Connect();
        rig.Wire.ReceiveError(syn with { Seq = syn.Seq + 100_000 }, Icmpv4Type.DestinationUnreachable, (byte)UnreachableCode.Port);
        Assert.Equal(TcpState.SynSent, rig.State);
        rig.Wire.ReceiveError(syn, Icmpv4Type.DestinationUnreachable, (byte)UnreachableCode.Port);
        Assert.Equal(Errno.ECONNREFUSED, rig.Tcb.Error);
        Assert.True(rig.Tcb.IsGone);
    }

    [Fact]
    public void MUST_55_source_quench_is_not_heard()
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        int window = rig.Tcb.Recovery.Window;
        rig.Do(tcb => tcb.Write("x"u8));
        rig.Wire.ReceiveError(rig.Take()[^1], (Icmpv4Type)4, 0);
        Assert.Equal(TcpState.Established, rig.State);
        Assert.Equal(window, rig.Tcb.Recovery.Window);
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(3, 1)]
    [InlineData(3, 5)]
    [InlineData(11, 0)]
    [InlineData(12, 0)]
    public void MUST_56_soft_errors_end_no_connection(byte type, byte code)
    {
        using ConnectionRig rig = ConnectionRig.In(TcpState.Established);
        rig.Do(tcb => tcb.Write("x"u8));
        rig.Wire.ReceiveError(rig.Take()[^1], (Icmpv4Type)type, code);
        Assert.Equal(TcpState.Established, rig.State);
        Assert.Equal(Errno.Success, rig.Tcb.Error);
    }

    [Fact]
    public void MUST_57_segments_for_many_are_dropped_without_a_word()
    {
        using var rig = new ConnectionRig();
        rig.Listen();
        DropReason reason = rig.Wire.Receive(1, 80, TcpFlags.Syn, 1, destination: InetAddress.Parse("10.0.0.255"));
        Assert.NotEqual(DropReason.None, reason);
        Assert.Empty(rig.Take());
    }

    [Theory]
    [InlineData("224.0.0.5")]
    [InlineData("10.0.0.255")]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    public void MUST_63_a_SYN_from_no_host_is_dropped(string source)
    {
        using var rig = new ConnectionRig();
        rig.Listen();
        DropReason reason = rig.Wire.Receive(1, 80, TcpFlags.Syn, 1, source: InetAddress.Parse(source));
        Assert.NotEqual(DropReason.None, reason);
        Assert.Empty(rig.Take());
    }
}
