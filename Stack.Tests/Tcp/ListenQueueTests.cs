using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>The two queues of a listener, and what happens when they are full.</summary>
public sealed class ListenQueueTests : IDisposable
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    private readonly SegmentRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_full_accept_queue_drops_syns_and_passes_over_acks_until_there_is_room()
    {
        ListenQueue listener = _rig.Listen(80, backlog: 1);
        uint first = Syn(4000), second = Syn(4001);
        Assert.Equal(DropReason.None, Ack(4000, first));
        uint third = Syn(4002);
        Assert.Equal(DropReason.None, Ack(4001, second));
        Assert.Equal(2, listener.Count);                             // one more than the backlog, as in Linux
        Assert.Equal(DropReason.TcpAcceptQueueFull, Ack(4002, third));
        Assert.Equal(DropReason.TcpAcceptQueueFull, _rig.Receive(4003, 80, TcpFlags.Syn, 100));
        Assert.Empty(_rig.TakeSent());

        Assert.NotNull(_rig.Accept(listener));
        _rig.Pass(TimeSpan.FromSeconds(1.1));                        // the SYN-ACK is sent again
        SeenSegment again = Assert.Single(_rig.TakeSent());
        Assert.Equal((SynAck, (ushort)4002), (again.Flags, again.To));
        Assert.Equal(DropReason.None, Ack(4002, third));
        Assert.Equal(2, listener.Count);
    }

    [Fact]
    public void A_caller_for_whom_there_is_no_room_is_reset_where_the_settings_say_so()
    {
        _rig.Stack.Core.Tcp!.Settings.AbortsOnOverflow = true;
        ListenQueue listener = _rig.Listen(80, backlog: 1);
        uint first = Syn(4000), second = Syn(4001);
        Ack(4000, first);
        uint third = Syn(4002);
        Ack(4001, second);
        Assert.Equal(DropReason.TcpAcceptQueueFull, Ack(4002, third));
        Assert.True(Assert.Single(_rig.TakeSent()).Flags.HasFlag(TcpFlags.Rst));
        Assert.Equal(0, listener.Opening);
    }

    [Fact]
    public void A_handshake_that_nobody_ends_is_given_up_after_five_retransmissions()
    {
        ListenQueue listener = _rig.Listen(80);
        Syn(4000);
        _rig.Pass(TimeSpan.FromSeconds(1 + 2 + 4 + 8 + 16 + 31));
        Assert.Equal(5, _rig.TakeSent().Length);
        Assert.Equal(1, listener.Opening);
        _rig.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(0, listener.Opening);
        Assert.Equal(1, _rig.Stack.HolderCount);
    }

    [Fact]
    public void A_reset_ends_a_handshake()
    {
        ListenQueue listener = _rig.Listen(80);
        Syn(4000);
        Assert.Equal(DropReason.None, _rig.Receive(4000, 80, TcpFlags.Rst, 101));
        Assert.Equal(0, listener.Opening);
        Assert.Equal(1, _rig.Stack.HolderCount);
    }

    [Fact]
    public void When_the_syn_queue_is_full_cookies_open_connections_with_all_that_was_agreed_on()
    {
        ListenQueue listener = _rig.Listen(80, backlog: 0);
        Syn(3999);
        Assert.Equal(1, listener.Opening);
        byte[] options = Options(1400, 7);
        Assert.Equal(DropReason.None, _rig.Receive(4000, 80, TcpFlags.Syn, 100, options: options));
        SeenSegment answer = Assert.Single(_rig.TakeSent());
        Assert.Equal(SynAck, answer.Flags);
        Assert.Equal(1, listener.Opening);                           // nothing is kept
        TcpOptionValues.Read(answer.Options, out TcpOptionValues said);
        Assert.True(said.SackPermitted && said.HasTimestamps && said.WindowScale is not null);

        var writer = new TcpOptionWriter(new byte[40]);
        writer.AddAlignedTimestamps(501, said.TimestampValue);
        byte[] echo = writer.Written.ToArray();
        Assert.Equal(DropReason.None, _rig.Receive(4000, 80, TcpFlags.Ack, 101, answer.Seq + 1, options: echo));
        Tcb child = _rig.Accept(listener)!;
        Assert.Equal(TcpState.Established, child.State);
        Assert.Equal(7, child.Agreed.SendScale);
        Assert.True(child.Agreed.Sack && child.Agreed.Timestamps);
        Assert.Equal(1300 - 12, child.Mss);                          // the next lower one that a cookie can tell

        Assert.Equal(DropReason.TcpUnacceptableAck, _rig.Receive(4001, 80, TcpFlags.Ack, 101, answer.Seq + 1, options: echo));
        Assert.Equal(TcpFlags.Rst, _rig.TakeSent()[^1].Flags);      // another caller can't use it
    }

    [Fact]
    public void A_flood_of_forged_syns_takes_no_memory_and_a_real_caller_gets_through()
    {
        ListenQueue listener = _rig.Listen(80, backlog: 16);
        int holders = 0;
        for (uint i = 0; i < TestSettings.Count(20_000, 1_000_000); i++)
        {
            _rig.Receive((ushort)(1024 + (i % 60_000)), 80, TcpFlags.Syn, i, source: InetAddress.FromV4(0x0A00_0003 + (i % 200)));
            if (i == 100) holders = _rig.Stack.HolderCount;
            if (i % 1000 == 0) _rig.TakeSent();
        }

        _rig.TakeSent();
        Assert.Equal(holders, _rig.Stack.HolderCount);
        Assert.Equal(17, listener.Opening);
        uint iss = Syn(5000);
        Assert.Equal(DropReason.None, Ack(5000, iss));
        Assert.NotNull(_rig.Accept(listener));
    }

    [Fact]
    public void A_listener_that_closes_resets_what_nobody_accepted_and_forgets_what_was_being_opened()
    {
        ListenQueue listener = _rig.Listen(80);
        uint first = Syn(4000), second = Syn(4001);
        Ack(4000, first);
        using (_rig.Stack.Core.Enter()) listener.Close(_rig.Stack.Core.Now);
        Assert.True(Assert.Single(_rig.TakeSent()).Flags.HasFlag(TcpFlags.Rst));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void A_cookie_of_fast_open_is_granted_and_then_brings_data_with_the_syn()
    {
        _rig.Stack.Core.Tcp!.Settings.FastOpen = TcpFastOpenModes.Server;
        ListenQueue listener = _rig.Listen(80, options: new ConnectionOptions { FastOpenQueue = 5 });
        Assert.Equal(DropReason.None, _rig.Receive(4000, 80, TcpFlags.Syn, 100, options: FastOpen([])));
        SeenSegment answer = Assert.Single(_rig.TakeSent());
        TcpOptionValues.Read(answer.Options, out TcpOptionValues said);
        Assert.Equal(8, said.FastOpenCookie.Length);
        byte[] cookie = said.FastOpenCookie.ToArray();

        Assert.Equal(DropReason.None, _rig.Receive(4001, 80, TcpFlags.Syn, 500, length: 10, options: FastOpen(cookie)));
        Tcb child = _rig.Accept(listener)!;                           // before the handshake is over
        Assert.Equal((TcpState.SynReceived, 10), (child.State, child.Received.Count));
        Assert.Equal(511u, Assert.Single(_rig.TakeSent()).Ack);
        using (_rig.Stack.Core.Enter()) child.Write("hi"u8);
        SeenSegment text = Assert.Single(_rig.TakeSent());
        Assert.Equal("hi"u8.ToArray(), text.Payload);
        Assert.Equal(DropReason.None, _rig.Receive(4001, 80, TcpFlags.Ack, 511, text.Seq + 2));
        Assert.Equal(TcpState.Established, child.State);

        cookie[0] ^= 1;
        Assert.Equal(DropReason.None, _rig.Receive(4002, 80, TcpFlags.Syn, 500, length: 10, options: FastOpen(cookie)));
        answer = Assert.Single(_rig.TakeSent());
        Assert.Equal(501u, answer.Ack);                              // the data has to come again
        TcpOptionValues.Read(answer.Options, out said);
        Assert.Equal(8, said.FastOpenCookie.Length);
    }

    private uint Syn(ushort port)
    {
        Assert.Equal(DropReason.None, _rig.Receive(port, 80, TcpFlags.Syn, 100));
        SeenSegment answer = Assert.Single(_rig.TakeSent());
        Assert.Equal((SynAck, 101u), (answer.Flags, answer.Ack));
        return answer.Seq;
    }

    private DropReason Ack(ushort port, uint iss) => _rig.Receive(port, 80, TcpFlags.Ack, 101, iss + 1);

    private static byte[] Options(ushort mss, byte scale)
    {
        var writer = new TcpOptionWriter(new byte[40]);
        writer.MaximumSegmentSize(mss);
        writer.SackPermitted();
        writer.Timestamps(500, 0);
        writer.NoOperation();
        writer.WindowScale(scale);
        return writer.Written.ToArray();
    }

    private static byte[] FastOpen(byte[] cookie)
    {
        var writer = new TcpOptionWriter(new byte[40]);
        writer.MaximumSegmentSize(1460);
        writer.FastOpen(cookie);
        writer.FillTo(0);
        return writer.Written.ToArray();
    }
}
