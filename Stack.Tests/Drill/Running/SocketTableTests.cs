using UserNet.Drill.Language;
using UserNet.Drill.Running;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Drill.Running;

public sealed class SocketTableTests
{
    private readonly SocketTable _table = new(Lines.Settings());

    [Fact]
    public void A_segment_to_a_listener_makes_a_child_that_later_ones_go_to()
    {
        Listen();
        SocketUnderTest child = In("< S 17:17(0) win 0");
        Assert.Equal((17u, (ushort)8080), (child.Sequence.Remote, child.LocalPort));
        Assert.NotEqual(0, child.RemotePort);
        Assert.Same(child, In("< R 1:1(0) win 0"));
        Assert.Same(child, In("< S 90:90(0) win 0"));
        Assert.Same(child, _table.Current);
    }

    [Fact]
    public void Each_child_has_a_port_of_its_own()
    {
        Listen();
        SocketUnderTest first = In("< S 0:0(0) win 0");
        Listen(5);
        Assert.NotEqual(first.RemotePort, In("< S 0:0(0) win 0").RemotePort);
    }

    [Fact]
    public void Without_a_peer_too_a_segment_makes_a_child_whose_numbers_are_as_written()
    {
        _table.OnSocket(3);
        SocketUnderTest child = In("< . 17:20(3) ack 34 win 0");
        Assert.Equal(17u, child.Sequence.InboundSequence((TcpSpec)Lines.Packet("< . 17:20(3) ack 34 win 0").Body));
        Assert.True(Takes(child, "> R 34:34(0)", new Live { Flags = TcpFlags.Rst, Sequence = 34 }));
        Assert.Equal(34u, child.Sequence.OutboundSequence(TcpFlags.Rst, 34));
    }

    [Fact]
    public void Both_initial_numbers_of_a_child_come_with_its_syn_ack()
    {
        Listen();
        SocketUnderTest child = In("< S 0:0(0) win 0");
        Assert.True(Takes(child, "> S. 40:40(0) ack 1", new Live { Flags = TcpFlags.Syn | TcpFlags.Ack, Sequence = 9000 }));
        Assert.Equal((9000u, 40u), (child.Sequence.LiveLocal, child.Sequence.ScriptLocal));
        Assert.True(Takes(child, "> S. 41:41(0) ack 1", new Live { Flags = TcpFlags.Syn | TcpFlags.Ack, Sequence = 9001 }));
        Assert.Equal((9000u, 40u), (child.Sequence.LiveLocal, child.Sequence.ScriptLocal));
    }

    [Fact]
    public void The_first_syn_to_the_peer_gives_port_and_numbers_of_an_active_open()
    {
        SocketUnderTest socket = Connect();
        PacketSpec line = Lines.Packet("> S 5:5(0)");
        var elsewhere = new Live { Flags = TcpFlags.Syn, SourcePort = 33000, DestinationPort = 9090, Sequence = 1 };
        Live syn = elsewhere with { DestinationPort = 8080, Sequence = 7000 };
        Assert.False(_table.IsOfCurrent(syn.Seen(), line));       // no line had it yet
        _table.OnExpected((TcpSpec)line.Body);
        Assert.False(_table.IsOfCurrent(elsewhere.Seen(), line));
        Assert.False(_table.IsOfCurrent((syn with { Flags = TcpFlags.Syn | TcpFlags.Ack }).Seen(), line));
        Assert.True(_table.IsOfCurrent(syn.Seen(), line));
        Assert.Equal((33000, 8080), (socket.LocalPort, socket.RemotePort));
        Assert.Equal((7000u, 5u), (socket.Sequence.LiveLocal, socket.Sequence.ScriptLocal));
        Assert.False(_table.IsOfCurrent((syn with { SourcePort = 33001 }).Seen(), line));
    }

    [Fact]
    public void The_peers_number_of_an_active_open_is_that_of_its_first_syn_ack()
    {
        SocketUnderTest socket = Connect();
        In("< S 77:77(0) win 0");
        Assert.Equal(0u, socket.Sequence.Remote);
        In("< S. 300:300(0) ack 1 win 0");
        Assert.Equal(300u, socket.Sequence.Remote);
        In("< S. 400:400(0) ack 1 win 0");
        Assert.Equal(300u, socket.Sequence.Remote);
    }

    [Fact]
    public void A_second_connect_takes_the_numbers_of_its_own_syn()
    {
        SocketUnderTest socket = Connect();
        Assert.True(TakesSyn(33000, 7000));
        In("< R. 0:0(0) ack 1 win 0");
        _table.OnConnect(3);
        Assert.True(TakesSyn(33000, 7000));      // sent again
        Assert.Equal(7000u, socket.Sequence.LiveLocal);
        _table.OnConnect(3);
        Assert.True(TakesSyn(33001, 8000));
        Assert.Equal((8000u, 33001), (socket.Sequence.LiveLocal, socket.LocalPort));
        Assert.False(TakesSyn(33002, 9000));
    }

    [Fact]
    public void What_others_than_the_socket_under_test_send_is_not_its()
    {
        Listen();
        SocketUnderTest old = In("< S 0:0(0) win 0");
        Assert.True(Takes(old, "> R 0:0(0)", new Live()));
        _table.OnSocket(4);
        Assert.False(Takes(old, "> R 0:0(0)", new Live()));
    }

    [Fact]
    public void Accept_gives_its_number_to_the_child_that_answered()
    {
        Listen();
        SocketUnderTest child = In("< S 0:0(0) win 0");
        Takes(child, "> S. 0:0(0) ack 1", new Live { Flags = TcpFlags.Syn | TcpFlags.Ack });
        In("< . 1:1(0) ack 1 win 0");
        Assert.Equal(SocketPhase.ChildOpen, child.Phase);
        _table.OnAccept(4);
        Assert.Equal(4, child.Descriptor);
        Assert.Same(child, _table.Current);
        _table.OnClose(4);
        Assert.Null(child.Descriptor);
        _table.OnAccept(5);
        Assert.Null(child.Descriptor);
    }

    [Fact]
    public void A_socket_that_lets_go_of_its_peer_can_listen()
    {
        SocketUnderTest socket = Connect();
        _table.OnDisconnect(3);
        Assert.Equal((SocketPhase.New, 0), (socket.Phase, socket.RemotePort));
        _table.OnListen(3);
        Assert.NotSame(socket, In("< S 0:0(0) win 0"));
    }

    [Fact]
    public void Ports_of_the_first_segment_are_those_of_the_child()
    {
        Listen();
        SocketUnderTest child = In("< 4000 > 8081 S 0:0(0) win 0");
        Assert.Equal((8081, 4000), (child.LocalPort, child.RemotePort));
    }

    private void Listen(int descriptor = 3)
    {
        _table.OnSocket(descriptor);
        _table.OnListen(descriptor);
    }

    private SocketUnderTest Connect()
    {
        _table.OnSocket(3);
        _table.OnConnect(3);
        return _table.Current!;
    }

    private SocketUnderTest In(string line) => _table.ForInbound((TcpSpec)Lines.Packet(line).Body);

    private bool Takes(SocketUnderTest socket, string line, Live live) =>
        _table.IsOfCurrent((live with { SourcePort = socket.LocalPort, DestinationPort = socket.RemotePort }).Seen(), Lines.Packet(line));

    private bool TakesSyn(ushort port, uint sequence)
    {
        PacketSpec line = Lines.Packet("> S 0:0(0)");
        _table.OnExpected((TcpSpec)line.Body);
        return _table.IsOfCurrent(new Live { Flags = TcpFlags.Syn, SourcePort = port, DestinationPort = 8080, Sequence = sequence }.Seen(), line);
    }
}
