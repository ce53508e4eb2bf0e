using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Link;
using UserNet.Sockets;
using UserNet.Tests.Binding.Model;
using UserNet.Tests.Infrastructure;
using UserNet.Udp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Sockets;

public sealed class DatagramSocketTests : IDisposable
{
    private static readonly InetAddress Loopback = InetAddress.LoopbackV4;

    private readonly NetworkStack _stack = new(new NetworkStackOptions { Randomness = new Random(1).NextBytes });

    public void Dispose() => _stack.Dispose();

    private NetworkSocket Open(bool isBound = true, AddressFamily family = AddressFamily.InterNetwork)
    {
        NetworkSocket socket = _stack.CreateSocket(family, SocketType.Dgram);
        if (isBound) socket.Bind(new InetEndpoint(family == AddressFamily.InterNetwork ? Loopback : InetAddress.AnyV6, 0));
        return socket;
    }

    [Fact]
    public void A_datagram_goes_to_the_socket_that_has_its_port()
    {
        using NetworkSocket a = Open(), b = Open();
        Assert.Equal(new TransferResult(3), a.TrySendTo([1, 2, 3], b.LocalName));
        byte[] buffer = new byte[10];
        Assert.Equal(new TransferResult(3), b.TryReceiveFrom(buffer, out DatagramInfo info));
        Assert.Equal([1, 2, 3], buffer[..3]);
        Assert.Equal(a.LocalName, info.Source);
        Assert.Equal((Loopback, 1u, (byte)64, 3), (info.Destination, info.Device, info.TimeToLive, info.Length));
        Assert.Equal(Errno.EAGAIN, b.TryReceiveFrom(buffer, out _).Errno);
    }

    [Fact]
    public void The_first_send_binds()
    {
        using NetworkSocket a = Open(isBound: false), b = Open();
        a.SendTo([1], b.LocalName);
        Assert.True(a.IsBound);
        Assert.Equal(1, b.ReceiveFrom(new byte[1], out InetEndpoint from));
        Assert.Equal(new InetEndpoint(Loopback, a.LocalName.Port), from);
    }

    [Fact]
    public void A_dual_socket_talks_to_an_ipv4_one()
    {
        using NetworkSocket dual = _stack.CreateSocket(SocketType.Dgram, ProtocolType.Udp), four = Open();
        InetEndpoint toFour = four.LocalName with { Address = Loopback.MapToV6() };
        Assert.Equal(1, dual.SendTo([7], toFour));
        Assert.Equal(1, four.ReceiveFrom(new byte[1], out InetEndpoint from));
        Assert.Equal(new InetEndpoint(Loopback, dual.LocalName.Port), from);
        four.SendTo([8, 9], from);
        Assert.Equal(2, dual.ReceiveFrom(new byte[9], out from));
        Assert.Equal(toFour, from);
        Assert.Equal(SocketError.NetworkUnreachable,
            Assert.Throws<NetworkException>(() => dual.SendTo([1], InetEndpoint.Parse("[2001:db8::1]:9"))).SocketErrorCode);
    }

    [Fact]
    public async Task An_asynchronous_receive_gets_what_comes_later()
    {
        using NetworkSocket a = Open(), b = Open();
        byte[] buffer = new byte[10];
        ValueTask<SocketReceiveFromResult> waiting = b.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        await a.SendToAsync(new byte[] { 1, 2 }, b.LocalName, TestContext.Current.CancellationToken);
        SocketReceiveFromResult result = await waiting;
        Assert.Equal(2, result.ReceivedBytes);
        Assert.Equal(a.LocalEndPoint, result.RemoteEndPoint);
    }

    [Fact]
    public void A_full_receive_buffer_drops_and_counts_and_holds_no_more_than_its_limit()
    {
        using NetworkSocket a = Open(), b = Open();
        b.ReceiveBufferSize = 20_000;
        Assert.Equal(40_000, b.ReceiveBufferSize);
        for (int i = 0; i < 1000; i++) a.SendTo(new byte[1400], b.LocalName);
        int received = 0;
        while (b.TryReceiveFrom(new byte[1400], out _).IsDone) received++;
        Assert.Equal(40_000 / (1400 + DatagramQueue.Overhead), received);      // 17, as the kernel's socket holds
        Assert.Equal(1000 - received, b.Drops);
        a.SendTo(new byte[65_507], b.LocalName);
        Assert.Equal(65_507, b.Available);
    }

    [Fact]
    public void Routes_of_another_kind_lead_to_no_link()
    {
        using var stack = new NetworkStack(new NetworkStackOptions { Routes = new PlainRoutes() });
        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        Assert.Equal(Errno.ENETDOWN, socket.TrySendTo([1], InetEndpoint.Parse("10.1.0.1:9")).Errno);
    }

    [Fact]
    public void Windows_tells_a_socket_without_a_peer_that_nobody_has_the_port()
    {
        using var stack = new NetworkStack(new NetworkStackOptions { Personality = Personality.Windows });
        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        socket.SendTo([1], new InetEndpoint(Loopback, 9));
        Assert.Equal(Errno.ECONNRESET, socket.TryReceiveFrom(new byte[1], out _).Errno);
        Assert.Equal(Errno.EAGAIN, socket.TryReceiveFrom(new byte[1], out _).Errno);
    }

    [Fact]
    public void Options_by_number_are_read_as_they_were_set_and_unknown_ones_refused()
    {
        using NetworkSocket socket = Open();
        foreach ((int level, int name, int value, int read) in new[]
        {
            (RawOptionLevel.Ip, RawOption.TimeToLive, 7, 7), (RawOptionLevel.Ip, RawOption.TimeToLive, -1, 64),
            (RawOptionLevel.Ip, RawOption.TypeOfService, 0xB8, 0xB8), (RawOptionLevel.Ip, RawOption.MtuDiscover, 3, 3),
            (RawOptionLevel.Ip, RawOption.PacketInformation, 5, 1), (RawOptionLevel.Ip, RawOption.ReceiveTimeToLive, 1, 1),
            (RawOptionLevel.Ip, RawOption.ReceiveTypeOfService, 1, 1), (RawOptionLevel.Socket, RawOption.NoChecksum, 1, 1),
            (RawOptionLevel.Socket, RawOption.ReceiveBuffer, 5000, 10_000), (RawOptionLevel.Socket, RawOption.SendBuffer, 1, 4608),
        })
        {
            socket.SetRawSocketOption(level, name, BitConverter.GetBytes(value));
            byte[] octets = new byte[4];
            Assert.Equal(4, socket.GetRawSocketOption(level, name, octets));
            Assert.Equal(read, BitConverter.ToInt32(octets));
        }

        byte[] time = [.. BitConverter.GetBytes(3L), .. BitConverter.GetBytes(250_000L)];
        socket.SetRawSocketOption(RawOptionLevel.Socket, RawOption.ReceiveTimeout, time);
        Assert.Equal(3250, socket.ReceiveTimeout);
        byte[] timeRead = new byte[16];
        Assert.Equal(16, socket.GetRawSocketOption(RawOptionLevel.Socket, RawOption.ReceiveTimeout, timeRead));
        Assert.Equal(time, timeRead);
        Assert.Equal(SocketError.NotConnected, ErrorOf(() => socket.GetRawSocketOption(RawOptionLevel.Ip, RawOption.Mtu, new byte[4])));
        socket.Connect(socket.LocalName);
        byte[] mtu = new byte[4];
        socket.GetRawSocketOption(RawOptionLevel.Ip, RawOption.Mtu, mtu);
        Assert.InRange(BitConverter.ToInt32(mtu), 65_535, 65_536);
        Assert.Equal(SocketError.InvalidArgument, ErrorOf(() => socket.SetRawSocketOption(RawOptionLevel.Ip, RawOption.TimeToLive, BitConverter.GetBytes(256))));
        Assert.Equal(SocketError.ProtocolOption, ErrorOf(() => socket.SetRawSocketOption(RawOptionLevel.Ip, 999, BitConverter.GetBytes(1))));

        static SocketError ErrorOf(Action call) => Assert.ThrowsAny<SocketException>(call).SocketErrorCode;
    }

    [Fact]
    public void What_options_say_stands_in_the_packet()
    {
        using var link = new TestLink(LinkMedium.Ip);
        _stack.Attach("tun0", link, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        using NetworkSocket socket = Open(isBound: false);
        socket.Ttl = 9;
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.TypeOfService, 0xB8);
        socket.DontFragment = true;
        InetEndpoint to = InetEndpoint.Parse("10.9.0.1:7");
        socket.SendTo(new byte[] { 1, 2, 3 }, to);
        Assert.Equal(SocketError.MessageSize, Assert.ThrowsAny<SocketException>(() => socket.SendTo(new byte[1473], to)).SocketErrorCode);
        socket.SetRawSocketOption(RawOptionLevel.Socket, RawOption.NoChecksum, BitConverter.GetBytes(1));
        socket.SendTo(new byte[] { 4 }, to);
        byte[][] sent = link.TakeSent();
        Assert.True(Ipv4Packet.TryParse(sent[0], out Ipv4Packet packet));
        Assert.True(UdpDatagram.TryParse(packet.Payload, out UdpDatagram datagram));
        Assert.Equal((9, 0xB8, true), (packet.TimeToLive, packet.TrafficClass, packet.DontFragment));
        Assert.Equal((socket.LocalName.Port, to.Port), (datagram.SourcePort, datagram.DestinationPort));
        Assert.Equal(0, InternetChecksum.Of(datagram.Octets, new PseudoHeader(packet.Source, packet.Destination, IpProtocol.Udp, datagram.Octets.Length)));
        Assert.True(Ipv4Packet.TryParse(sent[1], out packet));
        Assert.True(UdpDatagram.TryParse(packet.Payload, out datagram));
        Assert.Equal(0, datagram.Checksum);
        using (_stack.Core.Enter()) Assert.Equal((0, 0), (socket.Channel.SendCharge, _stack.Core.Context.Packets.Outstanding));
    }

    [Fact]
    public void A_datagram_in_fragments_is_charged_until_the_last_has_left()
    {
        using var link = new TestLink(LinkMedium.Ip) { Room = 1 };
        _stack.Attach("tun0", link, new InterfaceOptions { Addresses = ["10.9.0.2/24"] });
        using NetworkSocket socket = Open(isBound: false);
        socket.SendTo(new byte[5000], InetEndpoint.Parse("10.9.0.1:7"));
        using (_stack.Core.Enter()) Assert.Equal(5008 + DatagramQueue.Overhead, socket.Channel.SendCharge);
        link.MakeRoom(2);
        using (_stack.Core.Enter()) Assert.NotEqual(0, socket.Channel.SendCharge);
        link.MakeRoom();
        using (_stack.Core.Enter()) Assert.Equal(0, socket.Channel.SendCharge);
    }
}
