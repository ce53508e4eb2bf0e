using System.Net.Sockets;
using System.Text;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Tcp;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>What sockets show of data that goes with the SYN, and of urgent data: tcp(7).</summary>
public sealed class FastOpenSocketTests
{
    [Fact]
    public void With_a_cookie_at_hand_connect_is_done_at_once_and_the_first_write_goes_with_the_SYN()
    {
        using NetworkStack stack = new();
        stack.Core.Tcp!.Settings.FastOpen = TcpFastOpenModes.Client | TcpFastOpenModes.Server;
        using NetworkSocket listener = stack.Listener();
        listener.SetRawSocketOption(RawOptionLevel.Tcp, RawTcpOption.FastOpen, BitConverter.GetBytes(16));
        byte[] octets = new byte[10];
        for (int i = 0; i < 3; i++)
        {
            using NetworkSocket client = stack.Stream();
            client.SetRawSocketOption(RawOptionLevel.Tcp, RawTcpOption.FastOpenConnect, BitConverter.GetBytes(1));
            if (i == 0) client.Connect(listener.LocalName);      // asks for the cookie
            else Assert.True(client.TryConnect(listener.LocalName).IsDone);
            Assert.True(client.Poll(0, SelectMode.SelectWrite));
            if (i > 0) Assert.Equal(Errno.EISCONN, client.TryConnect(listener.LocalName).Errno);
            Assert.Equal(3, client.Send("abc"u8));
            using NetworkSocket server = listener.Accept();
            Assert.Equal(3, server.Receive(octets));
            Assert.Equal(1, server.Send("d"u8));
            Assert.Equal(1, client.Receive(octets));
            Assert.Equal(i > 0, client.Info.Options.HasFlag(TcpInfoOptions.SynData));
        }

        Assert.Equal(2, stack.Statistics[UserNet.Doors.Counter.TcpFastOpenPassive]);
    }

    [Fact]
    public void A_read_ends_before_the_urgent_mark_so_that_it_can_be_seen()
    {
        using NetworkStack stack = new();
        (NetworkSocket client, NetworkSocket server) = stack.StreamPair();
        server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, 1);
        client.Send("abc"u8);
        client.Send("U"u8, SocketFlags.OutOfBand);
        client.Send("def"u8);
        byte[] octets = new byte[10];
        Assert.True(SpinWait.SpinUntil(() => server.Available == 7, 5000));
        Assert.Equal(3, server.Receive(octets, SocketFlags.Peek));
        Assert.Equal("abc", Encoding.ASCII.GetString(octets, 0, server.Receive(octets)));
        Assert.True(server.IsAtMark);
        Assert.Equal("Udef", Encoding.ASCII.GetString(octets, 0, server.Receive(octets)));
        Assert.False(server.IsAtMark);
        client.Dispose();
        server.Dispose();
    }
}
