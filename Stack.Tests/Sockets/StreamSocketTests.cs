using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Sockets;

public sealed class StreamSocketTests : IDisposable
{
    private readonly NetworkStack _stack = DatagramRig.Stack();

    public void Dispose() => _stack.Dispose();

    [Fact]
    public void What_one_sends_the_other_receives_until_the_end()
    {
        (NetworkSocket client, NetworkSocket server) = _stack.StreamPair();
        byte[] buffer = new byte[16];
        Assert.Equal(3, client.Send([1, 2, 3]));
        Assert.Equal(3, server.Available);
        Assert.Equal(3, server.Receive(buffer, SocketFlags.Peek));
        Assert.Equal(3, server.Receive(buffer));
        Assert.Equal([1, 2, 3], buffer[..3]);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, server.Receive(buffer));
        Assert.Equal(2, server.Send([7, 8]));
        server.Dispose();
        Assert.Equal(2, client.Receive(buffer));
        Assert.Equal(0, client.Receive(buffer));
    }

    [Fact]
    public void A_port_where_nobody_listens_refuses()
    {
        using NetworkSocket client = _stack.Stream();
        NetworkException refused = Assert.Throws<NetworkException>(() => client.Connect(InetEndpoint.Parse("127.0.0.1:9")));
        Assert.Equal(Errno.ECONNREFUSED, refused.Errno);
        using NetworkSocket listener = _stack.Listener();
        client.Connect(listener.LocalName);
        Assert.True(client.Connected);
    }
}
