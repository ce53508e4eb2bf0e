using System.Buffers.Binary;
using System.Net.Sockets;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>Options that have no effect here are kept to be read, as Linux bounds them.</summary>
public sealed class KeptOptionsTests
{
    [Theory]
    [InlineData(RawOptionLevel.Socket, 5, 7, 1)]           // SO_DONTROUTE
    [InlineData(RawOptionLevel.Socket, 11, 1, 1)]          // SO_NO_CHECK
    [InlineData(RawOptionLevel.Socket, 14, 1, 0)]          // SO_BSDCOMPAT, which is gone
    [InlineData(RawOptionLevel.Socket, 42, 100, 100)]      // SO_PEEK_OFF
    [InlineData(RawOptionLevel.Socket, 72, 3, 3)]          // SO_BUF_LOCK
    [InlineData(RawOptionLevel.Socket, 74, -1, 1)]         // SO_TXREHASH
    [InlineData(RawOptionLevel.Ip, 13, 9, 1)]              // IP_RECVTOS
    [InlineData(RawOptionLevel.Ip, 23, 1, 1)]              // IP_CHECKSUM
    [InlineData(RawOptionLevel.Tcp, 27, 2, 2)]             // TCP_SAVE_SYN
    public void A_stream_keeps_what_was_set(int level, int name, int value, int kept)
    {
        using var stack = new NetworkStack();
        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
        socket.SetRawSocketOption(level, name, Octets(value));
        Assert.Equal(kept, Get(socket, level, name));
    }

    [Theory]
    [InlineData(RawOptionLevel.Socket, 16, 1, SocketError.OperationNotSupported)]      // SO_PASSCRED
    [InlineData(RawOptionLevel.Socket, 72, 4, SocketError.InvalidArgument)]
    [InlineData(RawOptionLevel.Socket, 74, 2, SocketError.InvalidArgument)]
    [InlineData(RawOptionLevel.Ip, 5, 1, SocketError.InvalidArgument)]                 // IP_ROUTER_ALERT
    [InlineData(RawOptionLevel.Ip, 26, 2, SocketError.InvalidArgument)]                // IP_RECVERR_RFC4884
    [InlineData(RawOptionLevel.Ip, 22, 1, SocketError.ProtocolOption)]                 // IP_NODEFRAG
    public void What_Linux_refuses_is_refused(int level, int name, int value, SocketError error)
    {
        using var stack = new NetworkStack();
        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
        Assert.Equal(error, Assert.ThrowsAny<SocketException>(() => socket.SetRawSocketOption(level, name, Octets(value))).SocketErrorCode);
    }

    [Fact]
    public void A_locked_filter_stays_locked()
    {
        const int LockFilter = 44;
        using var stack = new NetworkStack();
        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
        socket.SetRawSocketOption(RawOptionLevel.Socket, LockFilter, Octets(0));
        socket.SetRawSocketOption(RawOptionLevel.Socket, LockFilter, Octets(1));
        Assert.ThrowsAny<SocketException>(() => socket.SetRawSocketOption(RawOptionLevel.Socket, LockFilter, Octets(0)));
    }

    [Fact]
    public void What_was_set_tells_of_locked_buffers()
    {
        const int BufferLock = 72;
        using var stack = new NetworkStack();
        using NetworkSocket socket = stack.CreateSocket(AddressFamily.InterNetwork, SocketType.Stream);
        Assert.Equal(0, Get(socket, RawOptionLevel.Socket, BufferLock));
        socket.SendBufferSize = 50_000;
        Assert.Equal(1, Get(socket, RawOptionLevel.Socket, BufferLock));
    }

    private static byte[] Octets(int value)
    {
        byte[] octets = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(octets, value);
        return octets;
    }

    private static int Get(NetworkSocket socket, int level, int name)
    {
        byte[] octets = new byte[sizeof(int)];
        Assert.Equal(sizeof(int), socket.GetRawSocketOption(level, name, octets));
        return BinaryPrimitives.ReadInt32LittleEndian(octets);
    }
}
