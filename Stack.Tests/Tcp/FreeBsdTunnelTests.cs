using UserNet.Addressing;
using UserNet.Sockets;
using UserNet.Tcp;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>TCP over UDP as FreeBSD has it: a port for the segments that come, and a socket option for those that go.</summary>
public sealed class FreeBsdTunnelTests : IDisposable
{
    private const ushort Tunnel = 9811, PeerTunnel = 54_321, Port = 80, PeerPort = 5000;
    private const uint PeerIss = 1000;

    private readonly SegmentRig _rig = new(new NetworkStackOptions { Tcp = TcpProfile.FreeBsd });

    private TcpSettings Settings => _rig.Stack.Core.Tcp!.Settings;

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_call_through_the_tunnel_is_answered_through_it_with_a_shorter_mss()
    {
        Settings.UdpTunnelingPort = Tunnel;
        ListenQueue listener = _rig.Listen(Port);
        Receive(TcpFlags.Syn, PeerIss, 0, options: FreeBsdRig.Mss);
        (uint iss, ushort mss) = SynAck();
        Assert.Equal(1452, mss);
        Receive(TcpFlags.Ack, PeerIss + 1, iss + 1);
        Tcb child = _rig.Accept(listener)!;
        using (_rig.Stack.Core.Enter()) child.Write(new byte[3000]);
        foreach (int length in (int[])[1452, 1452, 96])
        {
            Assert.True(Take(out TcpSegment segment));
            Assert.Equal(length, segment.Payload.Length);
        }
    }

    [Fact]
    public void A_segment_that_travels_otherwise_than_its_connection_is_reset_the_way_it_came()
    {
        Settings.UdpTunnelingPort = Tunnel;
        _rig.Listen(Port);
        Receive(TcpFlags.Syn, PeerIss, 0, options: FreeBsdRig.Mss);
        (uint iss, _) = SynAck();
        Receive(TcpFlags.Ack, PeerIss + 1, iss + 1);
        _rig.Receive(PeerPort, Port, TcpFlags.Ack, PeerIss + 1, iss + 1, length: 5);
        Assert.Equal(TcpFlags.Rst, Assert.Single(_rig.TakeSent()).Flags);
        Receive(TcpFlags.Ack, PeerIss + 1, iss + 1, from: PeerTunnel + 1);
        Assert.True(Take(out TcpSegment reset, PeerTunnel + 1));
        Assert.Equal(TcpFlags.Rst, reset.Flags);
    }

    [Fact]
    public void A_socket_with_the_option_connects_through_the_tunnel()
    {
        Settings.UdpTunnelingPort = Tunnel;
        NetworkSocket socket = _rig.Socket();
        socket.Blocking = false;
        socket.SetRawSocketOption(RawOptionLevel.Tcp, RawTcpOption.RemoteUdpPort, BitConverter.GetBytes((int)PeerTunnel));
        _ = Assert.ThrowsAny<Exception>(() => socket.Connect(new System.Net.IPEndPoint(System.Net.IPAddress.Parse("10.0.0.2"), 7)));
        Assert.True(Take(out TcpSegment syn));
        Assert.Equal(TcpFlags.Syn, syn.Flags);
        TcpOptionValues.Read(syn.Options, out TcpOptionValues options);
        Assert.Equal(1452, (int)options.Mss!);
    }

    [Fact]
    public void Without_the_port_there_is_no_tunnel()
    {
        _rig.Listen(Port);
        Receive(TcpFlags.Syn, PeerIss, 0, options: FreeBsdRig.Mss);
        byte[] answer = Assert.Single(_rig.TakePackets());
        Assert.True(Ipv4Packet.TryParse(answer, out Ipv4Packet packet));
        Assert.Equal(IpProtocol.Icmp, packet.Protocol);
        NetworkSocket socket = _rig.Socket();
        Assert.Throws<NetworkException>(() => socket.SetRawSocketOption(RawOptionLevel.Tcp, RawTcpOption.RemoteUdpPort, BitConverter.GetBytes(5)));
    }

    private void Receive(TcpFlags flags, uint seq, uint ack, byte[]? options = null, ushort from = PeerTunnel) => _rig.ReceivePacket(Frames.Make(buffer =>
    {
        new TcpHeader(PeerPort, Port, seq, ack, flags, 65_535, 0)
            .PrependTo(buffer, options, new PseudoHeader(SegmentRig.Peer, SegmentRig.Here, IpProtocol.Tcp, 0));
        new UdpHeader(from, Tunnel).PrependTo(buffer, new PseudoHeader(SegmentRig.Peer, SegmentRig.Here, IpProtocol.Udp, 0));
        new Ipv4Header(SegmentRig.Peer, SegmentRig.Here, IpProtocol.Udp).PrependTo(buffer);
    }));

    private readonly Queue<byte[]> _sent = [];

    private (uint Iss, ushort Mss) SynAck()
    {
        Assert.True(Take(out TcpSegment answer));
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, answer.Flags);
        TcpOptionValues.Read(answer.Options, out TcpOptionValues options);
        return (answer.SequenceNumber, options.Mss!.Value);
    }

    // Whoever sends into the tunnel answers for the whole by UDP's checksum; TCP's own is 0.
    private bool Take(out TcpSegment segment, ushort to = PeerTunnel)
    {
        foreach (byte[] packet in _rig.TakePackets()) _sent.Enqueue(packet);
        Assert.True(Ipv4Packet.TryParse(_sent.Dequeue(), out Ipv4Packet ip));
        Assert.True(UdpDatagram.TryParse(ip.Payload, out UdpDatagram datagram));
        Assert.Equal((Tunnel, to), (datagram.SourcePort, datagram.DestinationPort));
        Assert.Equal(0, InternetChecksum.Of(datagram.Octets, new PseudoHeader(ip.Source, ip.Destination, IpProtocol.Udp, datagram.Octets.Length)));
        bool isSegment = TcpSegment.TryParse(datagram.Payload, out segment);
        Assert.Equal(0, segment.Checksum);
        return isSegment;
    }
}
