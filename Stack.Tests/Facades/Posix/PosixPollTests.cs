using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix;

/// <summary>Waiting, of one call for its socket and of poll for many, in a time that is nobody's wall clock.</summary>
public sealed class PosixPollTests : IDisposable
{
    private const short All = 0x7FFF;

    private readonly VirtualNetwork _network = new(3);
    private readonly VirtualHost _host;
    private readonly PosixProcess _process;

    public PosixPollTests()
    {
        _host = _network.AddHost("host");
        _process = new PosixProcess(_host.Stack);
    }

    public void Dispose()
    {
        _process.Dispose();
        _network.Dispose();
    }

    [Fact]
    public void The_struct_is_pollfd()
    {
        Assert.Equal(8, Unsafe.SizeOf<PollDescriptor>());
        PollDescriptor[] one = [new() { Descriptor = 0x01020304, Events = 0x0506, Returned = 0x0708 }];
        Assert.Equal("0403020106050807", Convert.ToHexString(MemoryMarshal.AsBytes(one.AsSpan())));
    }

    /// <summary>As measured of the running kernel, with every event asked for.</summary>
    [Fact]
    public void What_is_told_of_each_state_is_what_Linux_tells()
    {
        int datagrams = _process.Socket(AF_INET, SOCK_DGRAM, 0), stream = _process.Socket(AF_INET, SOCK_STREAM, 0), listener = Listen(7000);
        Assert.Equal(0x304, _process.Poll(datagrams, All));
        Assert.Equal(0x114, _process.Poll(stream, All));
        Assert.Equal(0, _process.Poll(listener, All));
        Assert.Equal(0x145, _process.Poll(_process.OpenNoSocket(), All));
        Assert.Equal(0, _process.Connect(datagrams, To("127.0.0.1:9"), 16));
        Assert.Equal(0, _process.Shutdown(datagrams, SHUT_RD));
        Assert.Equal(0x2345, _process.Poll(datagrams, All));
        Assert.Equal(0, _process.Shutdown(datagrams, SHUT_WR));
        Assert.Equal(0x2355, _process.Poll(datagrams, All));
        Assert.Equal(0, _process.Connect(stream, To("127.0.0.1:7000"), 16));
        Assert.Equal(0x41, _process.Poll(listener, All));
        int accepted = _process.Accept(listener);
        Assert.Equal(0x104, _process.Poll(stream, All));
        Assert.Equal(3, _process.Write(accepted, [1, 2, 3], 3));
        Assert.Equal(0x145, _process.Poll(stream, All));
        Assert.Equal(0, _process.Close(accepted));
        Assert.Equal(0x2145, _process.Poll(stream, All));
    }

    [Fact]
    public void Negative_descriptors_are_passed_over_and_closed_ones_are_told()
    {
        int fd = _process.Socket(AF_INET, SOCK_DGRAM, 0);
        PollDescriptor[] asked = [new() { Descriptor = -1, Events = All, Returned = 7 }, new() { Descriptor = 99, Events = All }, new() { Descriptor = fd, Events = POLLIN, Returned = 7 }];
        Assert.Equal(1, _process.Poll(asked, -1));
        Assert.Equal([0, POLLNVAL, 0], asked.Select(static one => one.Returned));
        Assert.Equal(0, _process.Poll([], 0));
        Assert.Equal((-1, Errno.EINVAL), (new PosixProcess(_host.Stack) { DescriptorLimit = 1 }.Poll(new PollDescriptor[5], 0), Errno.EINVAL));
    }

    [Fact]
    public void A_poll_of_nothing_sleeps_for_its_time()
    {
        Assert.Equal(0, Timed(out TimeSpan took, () => _process.Poll([], 1500)));
        Assert.Equal(TimeSpan.FromSeconds(1.5), took);
        int fd = _process.Socket(AF_INET, SOCK_DGRAM, 0);
        Assert.Equal(0, Timed(out took, () => _process.Poll([new() { Descriptor = fd, Events = POLLIN }], 250)));
        Assert.Equal(TimeSpan.FromMilliseconds(250), took);
    }

    [Fact]
    public void Whichever_of_several_sockets_has_something_first_ends_the_wait()
    {
        int[] fds = [.. Enumerable.Range(0, 3).Select(i => Bound((ushort)(7001 + i)))];
        int listener = Listen(7010), sender = _process.Socket(AF_INET, SOCK_DGRAM, 0), stream = _process.Socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        PollDescriptor[] asked = [.. fds.Append(listener).Select(static fd => new PollDescriptor { Descriptor = fd, Events = POLLIN | POLLPRI })];
        After(2, () => _process.SendTo(sender, [1], 1, 0, To("127.0.0.1:7002"), 16));
        Assert.Equal(1, Timed(out TimeSpan took, () => _process.Poll(asked, 60_000)));
        Assert.Equal(TimeSpan.FromSeconds(2), took);
        Assert.Equal([0, POLLIN, 0, 0], asked.Select(static one => one.Returned));
        Assert.Equal(1, _process.Recv(fds[1], new byte[9], 9, 0));
        After(1, () => _process.Connect(stream, To("127.0.0.1:7010"), 16));
        Assert.Equal(1, Timed(out took, () => _process.Poll(asked, -1)));
        Assert.Equal((TimeSpan.FromSeconds(1), POLLIN), (took, asked[3].Returned));
        _process.Accept(listener);
        After(1, () => _process.Close(fds[0]));
        Assert.Equal(1, _process.Poll(asked, -1));
        Assert.Equal(POLLNVAL, asked[0].Returned);
        Assert.Equal(0, _process.Poll(asked.AsSpan(1), 10));      // nothing is left behind of the waits before
    }

    [Fact]
    public void An_error_is_told_though_nobody_asked()
    {
        int fd = _process.Socket(AF_INET, SOCK_DGRAM, 0);
        _process.Connect(fd, To("127.0.0.1:9"), 16);
        PollDescriptor[] asked = [new() { Descriptor = fd }];
        After(1, () => _process.Send(fd, [1], 1, 0));
        Assert.Equal(1, Timed(out TimeSpan took, () => _process.Poll(asked, -1)));
        Assert.Equal((TimeSpan.FromSeconds(1), POLLERR), (took, asked[0].Returned));
        byte[] error = new byte[4];
        int length = 4;
        Assert.Equal(0, _process.GetSockOpt(fd, SOL_SOCKET, RawOption.Error, error, ref length));
        Assert.Equal((int)Errno.ECONNREFUSED, BitConverter.ToInt32(error));
        Assert.Equal(0, _process.Poll(fd, 0));
    }

    [Fact]
    public void A_blocking_receive_waits_for_its_datagram()
    {
        int fd = Bound(7000), sender = _process.Socket(AF_INET, SOCK_DGRAM, 0);
        After(3, () => _process.SendTo(sender, [5, 6], 2, 0, To("127.0.0.1:7000"), 16));
        byte[] octets = new byte[9], from = new byte[16];
        int length = 16;
        Assert.Equal(2, Timed(out TimeSpan took, () => _process.RecvFrom(fd, octets, 9, 0, from, ref length)));
        Assert.Equal((TimeSpan.FromSeconds(3), (byte)5, 16), (took, octets[0], length));
    }

    [Theory]
    [InlineData(0, 0, 0, 2500)]                 // SO_RCVTIMEO
    [InlineData(MSG_DONTWAIT, 0, 0, 0)]
    [InlineData(0, O_NONBLOCK, 0, 0)]
    [InlineData(0, 0, SOCK_NONBLOCK, 0)]
    public void A_receive_that_gets_nothing_says_EAGAIN(int flags, int status, int type, int milliseconds)
    {
        foreach (int kind in (int[])[SOCK_DGRAM, SOCK_STREAM])
        {
            int fd = _process.Socket(AF_INET, kind | type, 0);
            byte[] time = [.. BitConverter.GetBytes(2L), .. BitConverter.GetBytes(500_000L)];
            Assert.Equal(0, _process.SetSockOpt(fd, SOL_SOCKET, RawOption.ReceiveTimeout, time, 16));
            if (status != 0) Assert.Equal(0, _process.Fcntl(fd, F_SETFL, status));
            if (kind == SOCK_STREAM)
            {
                if (flags != 0) continue;
                Assert.Equal(0, _process.Listen(fd, 1));
            }

            int answer = Timed(out TimeSpan took, () => kind == SOCK_STREAM ? _process.Accept(fd) : _process.Recv(fd, new byte[1], 1, flags));
            Assert.Equal((-1, Errno.EAGAIN, TimeSpan.FromMilliseconds(milliseconds)), (answer, _process.Error, took));
        }
    }

    [Fact]
    public void A_receive_whose_socket_is_closed_meanwhile_is_interrupted()
    {
        int fd = Bound(7000);
        After(1, () => _process.Close(fd));
        Assert.Equal((-1, Errno.EINTR), (_process.Recv(fd, new byte[1], 1, 0), _process.Error));
    }

    private int Timed(out TimeSpan took, Func<int> call)
    {
        TimeSpan begin = _network.Clock.Now.SinceStart;
        int answer = call();
        took = _network.Clock.Now.SinceStart - begin;
        return answer;
    }

    private void After(int seconds, Func<int> call) => _network.At(_network.Clock.Now.SinceStart + TimeSpan.FromSeconds(seconds), () => call());

    private int Bound(ushort port)
    {
        int fd = _process.Socket(AF_INET, SOCK_DGRAM, 0);
        Assert.Equal(0, _process.Bind(fd, To($"127.0.0.1:{port}"), 16));
        return fd;
    }

    private int Listen(ushort port)
    {
        int fd = _process.Socket(AF_INET, SOCK_STREAM, 0);
        Assert.Equal(0, _process.Bind(fd, To($"127.0.0.1:{port}"), 16));
        Assert.Equal(0, _process.Listen(fd, 4));
        return fd;
    }

    private static byte[] To(string endpoint) => SocketAddress.ToOctets(InetEndpoint.Parse(endpoint));
}
