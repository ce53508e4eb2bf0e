using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Udp;
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
        using NetworkSocket dual = Open(family: AddressFamily.InterNetworkV6), four = Open();
        InetEndpoint toFour = four.LocalName with { Address = Loopback.MapToV6() };
        Assert.Equal(1, dual.SendTo([7], toFour));
        Assert.Equal(1, four.ReceiveFrom(new byte[1], out InetEndpoint from));
        Assert.Equal(new InetEndpoint(Loopback, dual.LocalName.Port), from);
        four.SendTo([8, 9], from);
        Assert.Equal(2, dual.ReceiveFrom(new byte[9], out from));
        Assert.Equal(toFour, from);
        Assert.Equal(SocketError.NetworkUnreachable,
            Assert.Throws<NetworkException>(() => dual.SendTo([1], new InetEndpoint(InetAddress.LoopbackV6, 9))).SocketErrorCode);
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
}
