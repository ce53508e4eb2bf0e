using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Posix;
using UserNet.Sockets;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Facades.Posix;

/// <summary>Each error of each call by its cause. AF_UNIX has its own tables, rules of the bind table theirs.</summary>
public sealed class PosixErrnoTests : IDisposable
{
    private const int None = 99, File = -2;      // a descriptor that is not open; stands for one that names no socket

    private readonly NetworkStack _stack = new();
    private readonly PosixProcess _process;
    private readonly byte[] _buffer = new byte[128];

    public PosixErrnoTests() => _process = new PosixHost(_stack).Start(Caller.User(7));

    public void Dispose()
    {
        _process.Dispose();
        _stack.Dispose();
    }

    [Theory]
    [InlineData(3, SOCK_STREAM, 0, Errno.EAFNOSUPPORT)]
    [InlineData(46, 11, 0, Errno.EAFNOSUPPORT)]
    [InlineData(-1, SOCK_STREAM, 0, Errno.EAFNOSUPPORT)]
    [InlineData(AF_INET, 11, 0, Errno.EINVAL)]
    [InlineData(3, 11, 0, Errno.EINVAL)]
    [InlineData(AF_INET, SOCK_STREAM | 0x100, 0, Errno.EINVAL)]
    [InlineData(-1, SOCK_STREAM | 0x100, 0, Errno.EINVAL)]
    [InlineData(AF_INET, SOCK_STREAM, -1, Errno.EINVAL)]
    [InlineData(AF_INET, SOCK_STREAM, 263, Errno.EINVAL)]
    [InlineData(AF_INET, 0, 0, Errno.ESOCKTNOSUPPORT)]
    [InlineData(AF_INET, SOCK_RDM, 0, Errno.ESOCKTNOSUPPORT)]
    [InlineData(AF_INET6, SOCK_SEQPACKET, 0, Errno.ESOCKTNOSUPPORT)]
    [InlineData(AF_INET, SOCK_STREAM, IPPROTO_UDP, Errno.EPROTONOSUPPORT)]
    [InlineData(AF_INET, SOCK_DGRAM, IPPROTO_TCP, Errno.EPROTONOSUPPORT)]
    [InlineData(AF_INET, SOCK_DGRAM, IPPROTO_ICMPV6, Errno.EPROTONOSUPPORT)]
    [InlineData(AF_INET6, SOCK_DGRAM, IPPROTO_ICMP, Errno.EPROTONOSUPPORT)]
    [InlineData(AF_INET, SOCK_RAW, 0, Errno.EPROTONOSUPPORT)]
    [InlineData(AF_INET, SOCK_RAW, IPPROTO_ICMP, Errno.EPERM)]
    [InlineData(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, Errno.EPERM)]
    [InlineData(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, Errno.Success)]
    [InlineData(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMPV6, Errno.Success)]
    public void Socket(int domain, int type, int protocol, Errno expected) => Says(expected, _process.Socket(domain, type, protocol));

    [Fact]
    public void Socket_gives_raw_sockets_to_who_has_the_right_and_echoes_where_they_are_allowed()
    {
        _process.Credentials = Caller.Root;
        Says(Errno.Success, _process.Socket(AF_INET, SOCK_RAW, IPPROTO_RAW));
        _stack.Configure(static stack => stack.Icmp.AllowsSockets = false);
        Says(Errno.EACCES, _process.Socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
    }

    [Fact]
    public void Socket_pairs_are_not_of_the_internet()
    {
        Says(Errno.EOPNOTSUPP, _process.SocketPair(AF_INET, SOCK_STREAM, 0, new int[2]));
        Says(Errno.EPROTONOSUPPORT, _process.SocketPair(AF_INET, SOCK_STREAM, IPPROTO_UDP, new int[2]));
        Says(Errno.EFAULT, _process.SocketPair(AF_INET, SOCK_STREAM, 0, new int[1]));
        Assert.Equal(3, Open(SOCK_DGRAM));
    }

    /// <summary>Calls on what is not open, and on what is no socket.</summary>
    public static TheoryData<string> Calls => [.. AllCalls.Select(static call => call.Name)];

    private static readonly (string Name, Func<PosixProcess, int, int> Run)[] AllCalls =
    [
        ("bind", static (process, fd) => process.Bind(fd, null, 200)),
        ("connect", static (process, fd) => process.Connect(fd, null, 0)),      // whose address Linux reads before it looks for a socket
        ("listen", static (process, fd) => process.Listen(fd, 1)),
        ("accept", static (process, fd) => process.Accept(fd)),
        ("getsockname", static (process, fd) => Ignored(-1, (ref int length) => process.GetSockName(fd, null, ref length))),
        ("getpeername", static (process, fd) => Ignored(-1, (ref int length) => process.GetPeerName(fd, null, ref length))),
        ("setsockopt", static (process, fd) => process.SetSockOpt(fd, -1, -1, null, -1)),
        ("getsockopt", static (process, fd) => Ignored(-1, (ref int length) => process.GetSockOpt(fd, -1, -1, null, ref length))),
        ("send", static (process, fd) => process.Send(fd, null, 5, 0)),
        ("sendto", static (process, fd) => process.SendTo(fd, null, 5, 0, new byte[1], -1)),
        ("sendmsg", static (process, fd) => process.SendMsg(fd, default, 0)),
        ("recv", static (process, fd) => process.Recv(fd, null, 5, 0)),
        ("recvmsg", static (process, fd) => { var header = default(MessageHeader); return process.RecvMsg(fd, ref header, 0); }),
        ("shutdown", static (process, fd) => process.Shutdown(fd, 9)),
    ];

    [Theory]
    [MemberData(nameof(Calls))]
    public void Every_call_looks_at_the_descriptor_first(string name)
    {
        Func<PosixProcess, int, int> run = AllCalls.Single(call => call.Name == name).Run;
        int file = _process.OpenNoSocket();
        foreach (int closed in (int[])[None, -1, int.MinValue, int.MaxValue, 0]) Says(Errno.EBADF, run(_process, closed));
        Says(Errno.ENOTSOCK, run(_process, file));
    }

    [Theory]
    [InlineData(AF_INET, 16, -1, Errno.EINVAL)]
    [InlineData(AF_INET, 128, 129, Errno.EINVAL)]
    [InlineData(AF_INET, 15, 16, Errno.EFAULT)]
    [InlineData(AF_INET, -1, 16, Errno.EFAULT)]
    [InlineData(AF_INET, -1, 0, Errno.EINVAL)]
    [InlineData(AF_INET, 128, 15, Errno.EINVAL)]
    [InlineData(AF_INET, 128, 128, Errno.Success)]
    [InlineData(AF_INET6, 128, 23, Errno.EINVAL)]
    [InlineData(AF_INET6, 128, 24, Errno.Success)]
    [InlineData(77, 128, 16, Errno.EAFNOSUPPORT)]
    public void Bind_and_connect_read_their_address(int family, int memory, int length, Errno expected)
    {
        byte[]? address = memory < 0 ? null : new byte[memory];
        InetAddress any = InetAddress.Parse(family == AF_INET6 ? "::" : "0.0.0.0");
        Span<byte> octets = stackalloc byte[128];
        octets.Clear();
        SocketAddress.Write(new InetEndpoint(any, 0), octets);
        if (family == 77) octets[0] = 77;
        octets[..Math.Max(memory, 0)].CopyTo(address);
        Says(expected, _process.Bind(_process.Socket(family == AF_INET6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0), address, length));
        if (address is { Length: > 3 }) address[3] = 9;      // connect to a port
        Says(expected, _process.Connect(_process.Socket(family == AF_INET6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0), address, length));
    }

    [Fact]
    public void Bind()
    {
        int fd = Open(SOCK_DGRAM);
        Says(Errno.EACCES, _process.Bind(fd, To("127.0.0.1:80"), 16));
        Says(Errno.EADDRNOTAVAIL, _process.Bind(fd, To("192.0.2.1:8080"), 16));
        Says(Errno.Success, _process.Bind(fd, To("127.0.0.1:8080"), 16));
        Says(Errno.EINVAL, _process.Bind(fd, To("127.0.0.1:8081"), 16));
        Says(Errno.EADDRINUSE, _process.Bind(Open(SOCK_DGRAM), To("127.0.0.1:8080"), 16));
        Says(Errno.EINVAL, _process.Bind(_process.Socket(AF_INET6, SOCK_STREAM, 0), To("[fe80::1]:8080"), 28));
        Says(Errno.ENODEV, _process.Bind(_process.Socket(AF_INET6, SOCK_DGRAM, 0), To("[fe80::1%99]:8080"), 28));
    }

    [Fact]
    public void Connect_listen_accept_and_shutdown_of_a_stream()
    {
        int listener = Open(SOCK_STREAM), stream = Open(SOCK_STREAM), datagrams = Open(SOCK_DGRAM);
        Says(Errno.EINVAL, _process.Accept(listener));
        Says(Errno.EOPNOTSUPP, _process.Accept(datagrams));
        Says(Errno.EOPNOTSUPP, _process.Listen(datagrams, 1));
        Says(Errno.ECONNREFUSED, _process.Connect(stream, To("127.0.0.1:8080"), 16));
        Says(Errno.ENOTCONN, _process.Shutdown(stream, SHUT_WR));
        Says(Errno.EINVAL, _process.Shutdown(stream, 3));
        Says(Errno.EINVAL, _process.Shutdown(stream, -1));
        Says(Errno.Success, _process.Bind(listener, To("127.0.0.1:8080"), 16));
        Says(Errno.Success, _process.Listen(listener, 4));
        Says(Errno.EISCONN, _process.Connect(listener, To("127.0.0.1:9"), 16));
        Says(Errno.EINVAL, _process.Accept4(listener, default, ref Length(0), 1));
        _process.SetNonBlocking(listener, true);
        Says(Errno.EAGAIN, _process.Accept(listener));
        Says(Errno.Success, _process.Connect(stream, To("127.0.0.1:8080"), 16));
        Says(Errno.EISCONN, _process.Connect(stream, To("127.0.0.1:8080"), 16));
        Says(Errno.EINVAL, _process.Listen(stream, 4));
        Says(Errno.EINVAL, _process.Accept4(listener, _buffer, ref Length(-1), 0));
        Says(Errno.Success, _process.Connect(Open(SOCK_STREAM), To("127.0.0.1:8080"), 16));
        Says(Errno.EFAULT, _process.Accept4(listener, _buffer.AsSpan(0, 4), ref Length(16), 0));
        Says(Errno.EAGAIN, _process.Accept(listener));      // both are lost, as in Linux
        Says(Errno.ENETUNREACH, _process.Connect(Open(SOCK_STREAM), To("192.0.2.1:80"), 16));
        Says(Errno.EAFNOSUPPORT, _process.Connect(Open(SOCK_STREAM), To("[::1]:80"), 28));
        Says(Errno.EINVAL, _process.Connect(_process.Socket(AF_INET6, SOCK_STREAM, 0), To("127.0.0.1:80"), 16));
    }

    [Fact]
    public void A_stream_that_does_not_wait_says_how_far_it_is()
    {
        var far = new InetEndpoint(InetAddress.Parse("127.0.0.1"), 8080);
        int listener = Open(SOCK_STREAM), stream = Open(SOCK_STREAM | SOCK_NONBLOCK);
        Says(Errno.Success, _process.Bind(listener, SocketAddress.ToOctets(far), 16));
        Says(Errno.Success, _process.Listen(listener, 1));
        Says(Errno.EPIPE, _process.Send(stream, [1], 1, 0));
        Says(Errno.ENOTCONN, _process.Recv(stream, _buffer, 1, 0));
        Says(Errno.EINPROGRESS, _process.Connect(stream, SocketAddress.ToOctets(far), 16));
        Says(Errno.Success, _process.Connect(stream, SocketAddress.ToOctets(far), 16));
        Says(Errno.EAGAIN, _process.Recv(stream, _buffer, 1, 0));
        Says(Errno.EINVAL, _process.Recv(stream, _buffer, 1, MSG_OOB));
        Says(Errno.EAGAIN, _process.Recv(stream, _buffer, 1, MSG_ERRQUEUE));
        Says(Errno.EFAULT, _process.Send(stream, null, 5, 0));
        Says(Errno.Success, _process.Shutdown(stream, SHUT_WR));
        Says(Errno.EPIPE, _process.Send(stream, [1], 1, 0));
    }

    [Theory]
    [InlineData(AF_INET, AF_INET, 9, 16, MSG_OOB, Errno.EOPNOTSUPP)]
    [InlineData(AF_INET6, AF_INET6, 9, 28, MSG_OOB, Errno.Success)]
    [InlineData(AF_INET, AF_INET, 9, 16, MSG_CONFIRM | MSG_EOR | 0x10000, Errno.Success)]
    [InlineData(AF_INET, AF_INET, 0, 16, 0, Errno.EINVAL)]
    [InlineData(AF_INET6, AF_INET6, 0, 28, 0, Errno.EINVAL)]
    [InlineData(AF_INET, AF_UNSPEC, 9, 16, 0, Errno.Success)]
    [InlineData(AF_INET6, AF_UNSPEC, 9, 28, 0, Errno.EDESTADDRREQ)]
    [InlineData(AF_INET, 77, 9, 16, 0, Errno.EAFNOSUPPORT)]
    [InlineData(AF_INET6, 77, 9, 28, 0, Errno.EINVAL)]
    [InlineData(AF_INET, AF_INET, 9, 3, 0, Errno.EINVAL)]
    [InlineData(AF_INET, AF_INET, 9, 1, 0, Errno.EINVAL)]
    [InlineData(AF_INET, AF_INET, 9, 0, 0, Errno.EINVAL)]
    [InlineData(AF_INET, AF_INET, 9, -1, 0, Errno.EINVAL)]
    [InlineData(AF_INET, AF_INET, 9, 129, 0, Errno.EINVAL)]
    [InlineData(AF_INET, AF_INET, 9, 29, 0, Errno.EFAULT)]
    public void Sendto_reads_its_address(int domain, int family, byte port, int length, int flags, Errno expected)
    {
        byte[] address = new byte[28];
        SocketAddress.Write(new InetEndpoint(InetAddress.Parse(domain == AF_INET ? "127.0.0.1" : "::1"), port), address);
        (address[0], address[1]) = ((byte)family, 0);
        int fd = _process.Socket(domain, SOCK_DGRAM, 0);
        Says(expected, _process.SendTo(fd, [1], 1, flags, address, length));
        bool wasRead = length is >= 0 and <= 28;      // Linux gives the socket a port before it looks at what it has read
        Assert.Equal(wasRead, _process.SocketOf(fd)!.IsBoundNow);
    }

    [Fact]
    public void Datagrams_that_are_not_sent()
    {
        int fd = Open(SOCK_DGRAM);
        Says(Errno.EDESTADDRREQ, _process.Send(fd, [1], 1, 0));
        Says(Errno.EDESTADDRREQ, _process.Send(fd, null, 1, 0));
        Says(Errno.EFAULT, _process.SendTo(fd, null, 1, 0, To("127.0.0.1:9"), 16));
        Says(Errno.EFAULT, _process.SendTo(fd, [1], 2, 0, To("127.0.0.1:9"), 16));
        Says(Errno.EMSGSIZE, _process.SendTo(fd, new byte[65508], 65508, 0, To("127.0.0.1:9"), 16));
        Says(Errno.EMSGSIZE, _process.SendTo(fd, null, -1, 0, To("127.0.0.1:9"), 16));
        Says(Errno.EACCES, _process.SendTo(fd, [1], 1, 0, To("127.255.255.255:9"), 16));
        Says(Errno.ENETUNREACH, _process.SendTo(fd, [1], 1, 0, To("192.0.2.1:9"), 16));
        Says(Errno.Success, _process.Connect(fd, To("127.0.0.1:9"), 16));
        Says(Errno.Success, _process.Send(fd, [1], 1, 0));
        Says(Errno.ECONNREFUSED, _process.Send(fd, [1], 1, 0));      // told of the first
        Says(Errno.Success, _process.Shutdown(fd, SHUT_WR));
        _process.Recv(fd, _buffer, 1, MSG_DONTWAIT);
        Says(Errno.EPIPE, _process.Send(fd, [1], 1, 0));
    }

    [Fact]
    public void Sendmsg_and_recvmsg_count_their_vectors()
    {
        int fd = Open(SOCK_DGRAM);
        var much = new MessageHeader { Vectors = new IoVector[1025] };
        Says(Errno.EMSGSIZE, _process.SendMsg(fd, much, 0));
        Says(Errno.EMSGSIZE, _process.RecvMsg(fd, ref much, 0));
        var negative = new MessageHeader { Vectors = [new IoVector(new byte[1], -1)] };
        Says(Errno.EINVAL, _process.SendMsg(fd, negative, 0));
        Says(Errno.EINVAL, _process.RecvMsg(fd, ref negative, 0));
        Says(Errno.EINVAL, _process.SendMsg(fd, new MessageHeader { Name = _buffer, NameLength = -1 }, 0));
        Says(Errno.EFAULT, _process.SendMsg(fd, new MessageHeader { Name = _buffer.AsSpan(0, 4), NameLength = 16 }, 0));
        Says(Errno.ENOBUFS, _process.SendMsg(fd, new MessageHeader { ControlLength = 131_073 }, 0));
        Says(Errno.EFAULT, _process.SendMsg(fd, new MessageHeader { ControlLength = 16 }, 0));
        Says(Errno.EFAULT, _process.SendMsg(fd, new MessageHeader { Name = To("127.0.0.1:9"), NameLength = 16, Vectors = [new IoVector(null, 4)] }, 0));
    }

    [Fact]
    public void Names_and_options()
    {
        int fd = Open(SOCK_STREAM);
        Says(Errno.ENOTCONN, _process.GetPeerName(fd, null, ref Length(-1)));
        Says(Errno.EINVAL, _process.GetSockName(fd, _buffer, ref Length(-1)));
        Says(Errno.EFAULT, _process.GetSockName(fd, null, ref Length(1)));
        Says(Errno.Success, _process.GetSockName(fd, null, ref Length(0)));
        Says(Errno.EINVAL, _process.SetSockOpt(fd, SOL_SOCKET, RawOption.ReuseAddress, new byte[4], -1));
        Says(Errno.EFAULT, _process.SetSockOpt(fd, SOL_SOCKET, RawOption.ReuseAddress, null, 4));
        Says(Errno.ENOPROTOOPT, _process.SetSockOpt(fd, SOL_SOCKET, 9999, new byte[4], 4));
        Says(Errno.EINVAL, _process.GetSockOpt(fd, SOL_SOCKET, RawOption.Type, _buffer, ref Length(-1)));
        Says(Errno.EFAULT, _process.GetSockOpt(fd, SOL_SOCKET, RawOption.Type, null, ref Length(4)));
        Says(Errno.ENOPROTOOPT, _process.GetSockOpt(fd, SOL_SOCKET, 9999, _buffer, ref Length(4)));
        foreach (int name in (int[])[RawOption.ReceiveTimeout, RawOption.SendTimeout, 66, 67])
        {
            Says(Errno.EINVAL, _process.SetSockOpt(fd, SOL_SOCKET, name, Time(1, 0), 15));
            Says(Errno.EDOM, _process.SetSockOpt(fd, SOL_SOCKET, name, Time(1, 1_000_000), 16));
            Says(Errno.EDOM, _process.SetSockOpt(fd, SOL_SOCKET, name, Time(-1, -1), 16));
            Says(Errno.Success, _process.SetSockOpt(fd, SOL_SOCKET, name, Time(2, 3_000), 16));
            int length = 128;
            Says(Errno.Success, _process.GetSockOpt(fd, SOL_SOCKET, name, _buffer, ref length));
            Assert.Equal(Time(2, 3_000), _buffer[..length]);
        }
    }

    [Theory]
    [InlineData(FIONREAD, SOCK_DGRAM, Errno.Success)]
    [InlineData(SIOCOUTQ, SOCK_DGRAM, Errno.Success)]
    [InlineData(SIOCATMARK, SOCK_DGRAM, Errno.ENOTTY)]
    [InlineData(SIOCATMARK, SOCK_STREAM, Errno.Success)]
    [InlineData(0x1234, SOCK_STREAM, Errno.ENOTTY)]
    [InlineData(FIONBIO, SOCK_STREAM, Errno.Success)]
    [InlineData(FIONREAD, File, Errno.ENOTTY)]
    [InlineData(FIONREAD, None, Errno.EBADF)]
    public void Ioctl(int request, int what, Errno expected)
    {
        int value = 1, fd = what == File ? _process.OpenNoSocket() : what == None ? None : Open(what);
        Says(expected, _process.IoControl(fd, request, ref value));
        if (request == FIONBIO) Assert.Equal(O_RDWR | O_NONBLOCK, _process.Fcntl(fd, F_GETFL));
    }

    [Fact]
    public void Ioctl_of_a_listener()
    {
        int value = 1, fd = Open(SOCK_STREAM);
        _process.Listen(fd, 1);
        Says(Errno.EINVAL, _process.IoControl(fd, FIONREAD, ref value));
        Says(Errno.Success, _process.IoControl(fd, SIOCATMARK, ref value));
    }

    [Fact]
    public void Errno_is_kept_by_each_thread()
    {
        Says(Errno.EBADF, _process.Close(None));
        Errno other = Errno.EIO;
        var thread = new Thread(() =>
        {
            Errno before = _process.Error;
            _process.Socket(AF_INET, 0, 0);
            other = before == Errno.Success ? _process.Error : before;
        }) { IsBackground = true };
        thread.Start();
        thread.Join();
        Assert.Equal((Errno.ESOCKTNOSUPPORT, Errno.EBADF), (other, _process.Error));
        Assert.True(Open(SOCK_DGRAM) > 0);
        Assert.Equal(Errno.EBADF, _process.Error);      // success leaves it alone
    }

    private delegate int WithLength(ref int length);

    private static int Ignored(int length, WithLength call) => call(ref length);

    private int _length;

    private ref int Length(int length)
    {
        _length = length;
        return ref _length;
    }

    private int Open(int type) => _process.Socket(AF_INET, type, 0);

    private static byte[] To(string endpoint) => SocketAddress.ToOctets(InetEndpoint.Parse(endpoint));

    private static byte[] Time(long seconds, long microseconds) => [.. BitConverter.GetBytes(seconds), .. BitConverter.GetBytes(microseconds)];

    private void Says(Errno expected, int answer) =>
        Assert.Equal(expected, answer >= 0 ? Errno.Success : answer == -1 ? _process.Error : (Errno)answer);
}
