using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Udp;
using Xunit;

namespace UserNet.Tests.Sockets;

/// <summary>Datagrams over IPv6 between the addresses of one host.</summary>
public sealed class V6DatagramTests : IDisposable
{
    private static readonly InetEndpoint Loopback = new(InetAddress.LoopbackV6, 0);
    private readonly NetworkStack _stack = DatagramRig.Stack();

    public void Dispose() => _stack.Dispose();

    [Fact]
    public void What_is_sent_to_the_loopback_address_arrives_and_says_how_it_came()
    {
        using NetworkSocket a = Open(), b = Open();
        a.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.HopLimit, 9);
        a.SetRawSocketOption(RawOptionLevel.IpV6, RawOption.V6TrafficClass, [0x28, 0, 0, 0]);
        Assert.Equal(3, a.SendTo([1, 2, 3], b.LocalName));
        byte[] buffer = new byte[10];
        Assert.Equal(3, b.ReceiveMessageFrom(buffer, SocketFlags.None, out DatagramInfo info));
        Assert.Equal((a.LocalName, InetAddress.LoopbackV6), (info.Source, info.Destination));
        Assert.Equal((9, 0x28), (info.TimeToLive, info.TrafficClass));
        Assert.Equal((1L, 1L), (Count(Counter.Ip6OutRequests), Count(Counter.Ip6InDelivers)));
    }

    [Fact]
    public void A_closed_port_refuses_and_the_error_queue_tells_what_came_back()
    {
        using NetworkSocket a = Open();
        a.ReceivesErrors = true;
        InetEndpoint closed = InetEndpoint.Parse("[::1]:9");
        a.SendTo([1, 2, 3], closed);
        Assert.Equal(Errno.ECONNREFUSED, a.TrySendTo([4], closed).Errno);
        byte[] buffer = new byte[10];
        Assert.Equal(3, a.ReceiveError(buffer, out SocketErrorInfo error));
        Assert.Equal([1, 2, 3], buffer[..3]);
        Assert.Equal((Errno.ECONNREFUSED, SocketErrorOrigin.Icmpv6, 1, 4), (error.Errno, error.Origin, error.Type, error.Code));
        Assert.Equal((InetAddress.LoopbackV6, closed), (error.Offender, error.Destination));
        Assert.Equal(1, _stack.Statistics[DropReason.UdpNoPort]);
        Assert.Equal((1L, 1L), (Count(Counter.Icmp6OutUnreachable), Count(Counter.Icmp6InUnreachable)));
    }

    [Theory]
    [InlineData(65_488, Errno.Success)]
    [InlineData(65_489, Errno.Success)]      // in two fragments, over lo
    [InlineData(65_527, Errno.Success)]
    [InlineData(65_528, Errno.EMSGSIZE)]
    public void What_fits_no_packet_is_refused(int octets, Errno expected)
    {
        using NetworkSocket a = Open(), b = Open();
        a.SetRawSocketOption(RawOptionLevel.IpV6, RawOption.V6ReceiveErrors, [1, 0, 0, 0]);
        Assert.Equal(expected, a.TrySendTo(new byte[octets], b.LocalName).Errno);
        if (expected == Errno.Success) return;
        a.ReceiveError([], out SocketErrorInfo error);
        Assert.Equal((SocketErrorOrigin.Local, 65_536u, b.LocalName), (error.Origin, error.Info, error.Destination));
    }

    [Fact]
    public void A_datagram_s_scope_does_not_bind_the_socket()
    {
        using TestLink link = new();
        _stack.Attach("eth0", link);
        InetAddress own = InetAddress.Parse("fe80::2");
        _stack.Host.AddAddress("eth0", new UserNet.Ip.NewAddress(own, 64) { SkipsDetection = true });
        uint device = _stack.Host.IndexOf("eth0");
        using NetworkSocket a = Open(), b = _stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
        using NetworkSocket c = _stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
        b.Bind(new InetEndpoint(own, 0, device));
        Assert.Equal(1, c.SendTo([1], b.LocalName));
        Assert.Equal(1, b.ReceiveFrom(new byte[1], out InetEndpoint from));
        Assert.Equal(new InetEndpoint(own, c.LocalName.Port, device), from);
        Assert.Equal(1, c.SendTo([1], a.LocalName));      // ::1, by another interface
        Assert.Null(c.Device);
        Assert.Equal(1, b.SendTo([2], from));
        Assert.Equal(1, c.Receive(new byte[1]));
    }

    [Fact]
    public void Ipv6_datagrams_allocate_nothing()
    {
        using NetworkSocket a = Open(), b = Open();
        InetEndpoint to = b.LocalName;
        byte[] buffer = new byte[100];
        void Exchange()
        {
            for (int i = 0; i < 100; i++)
            {
                a.TrySendTo(buffer, to);
                b.TryReceiveFrom(buffer, out _);
            }
        }

        Exchange();
        Assert.Equal(0, Allocation.Of(Exchange));
    }

    [Theory]
    [InlineData(RawOption.V6UnicastHops, 64, 256)]
    [InlineData(RawOption.V6TrafficClass, 0, 256)]
    [InlineData(RawOption.V6ReceiveErrors, 0, null)]
    [InlineData(RawOption.V6ReceivePacketInformation, 0, null)]
    [InlineData(RawOption.V6ReceiveHopLimit, 0, null)]
    [InlineData(RawOption.V6ReceiveTrafficClass, 0, null)]
    public void Options_of_ipv6_are_answered_as_the_kernel_answers_them(int name, int usual, int? tooMuch)
    {
        using var kernel = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        using NetworkSocket socket = Open();
        foreach (int value in (int[])[1, 0, 255, -1, tooMuch ?? 2])
        {
            Assert.Equal(Outcome(() => kernel.SetRawSocketOption(41, name, BitConverter.GetBytes(value))),
                Outcome(() => socket.SetRawSocketOption(41, name, BitConverter.GetBytes(value))));
            byte[] theirs = new byte[4], ours = new byte[4];
            kernel.GetRawSocketOption(41, name, theirs);
            socket.GetRawSocketOption(41, name, ours);
            Assert.Equal(theirs, ours);
        }

        byte[] read = new byte[4];
        using NetworkSocket fresh = Open();
        Assert.Equal(4, fresh.GetRawSocketOption(41, name, read));
        Assert.Equal(usual, BitConverter.ToInt32(read));
        Assert.Equal(Outcome(() => kernel.SetRawSocketOption(41, name, [1])), Outcome(() => socket.SetRawSocketOption(41, name, [1])));
        using NetworkSocket four = _stack.Bound();
        Assert.Equal(SocketError.ProtocolOption, Outcome(() => four.SetRawSocketOption(41, name, [1, 0, 0, 0])));
    }

    private static SocketError Outcome(Action call)
    {
        try
        {
            call();
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private long Count(Counter counter) => _stack.Statistics[counter];

    private NetworkSocket Open()
    {
        NetworkSocket socket = _stack.CreateSocket(AddressFamily.InterNetworkV6, SocketType.Dgram);
        socket.Bind(Loopback);
        return socket;
    }
}
