using System.Buffers.Binary;
using System.Text;
using UserNet.Drill;
using UserNet.Drill.Calls;
using UserNet.Drill.Language;
using Xunit;

namespace UserNet.Tests.Drill.Calls;

public sealed class ScriptCallsTests : IDisposable
{
    private const string NewSocket = "socket(..., SOCK_STREAM, IPPROTO_TCP) = 3";

    private readonly CallRig _rig = new();

    public void Dispose() => ((IDisposable)_rig).Dispose();

    [Theory]
    [InlineData(DrillIpVersion.IPv4, "socket 2 2049 6")]
    [InlineData(DrillIpVersion.IPv6, "socket 10 2049 6")]
    [InlineData(DrillIpVersion.IPv4MappedIPv6, "socket 10 2049 6")]
    public void A_socket_is_of_the_scripts_family(DrillIpVersion version, string expected)
    {
        var rig = new CallRig(version: version);
        rig.Pass("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3", 40);
        Assert.Equal(expected, rig.Last);
        Assert.Equal(["socket 3"], rig.Told);
        Assert.Equal(40, rig.Calls.LiveDescriptor(3));
        Assert.Null(rig.Calls.LiveDescriptor(40));
    }

    // What stands left goes to the system as what stands right; its answer is the one that the script expects.
    [Theory]
    [InlineData("bind(3, ..., ...) = 0", 0, "bind 40 B100")]
    [InlineData("listen(3, 1) = 0", 0, "listen 40 1")]
    [InlineData("connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)", -115, "connect 40 C100")]
    [InlineData("connect(3, AF_UNSPEC, ...) = 0", 0, "connect 40 0000")]
    [InlineData("connect(3, ..., 1) = -1 EINVAL", -22, "connect 40 C1")]
    [InlineData("shutdown(3, SHUT_RDWR) = 0", 0, "shutdown 40 2")]
    [InlineData("read(3, ..., 1000) = 500", 500, "read 40 1000:1000")]
    [InlineData("recv(3, ..., 1000, MSG_PEEK|MSG_DONTWAIT) = 500", 500, "recv 40 1000:1000 66")]
    [InlineData("recvfrom(3, ..., 10, 0, ..., ...) = 10", 10, "recv 40 10:10 0")]
    [InlineData("write(3, ..., 0x10) = 16", 16, "write 40 16:16")]
    [InlineData("write(3, NULL, 1000) = -1 EFAULT (Bad address)", -14, "write 40 null:1000")]
    [InlineData("write(3, \"Hello\", 5) = 5", 5, "write 40 5:5")]
    [InlineData("send(3, ..., 7, MSG_MORE) = 7", 7, "send 40 7:7 32768 null")]
    [InlineData("sendto(3, ..., 7, 0, ..., ...) = 7", 7, "send 40 7:7 0 C100")]
    [InlineData("sendto(3, ..., 7, 0, NULL, 0) = 7", 7, "send 40 7:7 0 null")]
    [InlineData("readv(3, [{..., 5}, {..., 6}], 2) = 11", 11, "readv 40 5:5+6:6")]
    [InlineData("writev(3, [{iov_base=NULL, iov_len=5}, {..., 6}], 2) = -1 EFAULT", -14, "writev 40 null:5+6:6")]
    [InlineData("fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)", 2, "fcntl 40 3 0")]
    [InlineData("fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0", 0, "fcntl 40 4 2050")]
    [InlineData("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0", 0, "setsockopt 40 1 2 01000000 4")]
    [InlineData("setsockopt(3, IPPROTO_TCP, TCP_CONGESTION, \"reno\", 4) = 0", 0, "setsockopt 40 6 13 72656E6F00 4")]
    [InlineData("setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, 8) = 0", 0, "setsockopt 40 1 13 0100000005000000 8")]
    [InlineData("setsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=0}, 8) = 0", 0, "setsockopt 40 1 13 0100000000000000 8")]
    [InlineData("setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=1, tv_usec=2}, 16) = 0", 0, "setsockopt 40 1 20 01000000000000000200000000000000 16")]
    [InlineData("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, NULL, 4) = -1 EFAULT", -14, "setsockopt 40 1 2 null 4")]
    [InlineData("ioctl(3, SIOCINQ, [7]) = 0", 0, "ioctl 40 541b")]
    [InlineData("getsockname(3, ..., ...) = 0", 0, "getsockname 40")]
    [InlineData("sendfile(3, 3, [5], 100) = 100", 100, "sendfile 40 40 5 100")]
    [InlineData("sendfile(3, 3, NULL, 100) = 100", 100, "sendfile 40 40 null 100")]
    [InlineData("splice(3, NULL, 3, NULL, 100, SPLICE_F_MORE) = 100", 100, "splice 40 40 100 4")]
    [InlineData("epoll_ctl(3, EPOLL_CTL_ADD, 3, {events=EPOLLIN|EPOLLET, fd=3}) = 0", 0, "epoll_ctl 40 1 40 80000001:3")]
    [InlineData("epoll_ctl(3, EPOLL_CTL_DEL, 3, NULL) = 0", 0, "epoll_ctl 40 2 40 null")]
    [InlineData("epoll_wait(3, {events=0, ptr=0}, 1, 0) = 0", 0, "epoll_wait 40 1 0")]
    [InlineData("read(9, ..., 1) = -1 EBADF", -9, "read 1073741823 1:1")]
    [InlineData("read(3, ..., 1) = -1 EWOULDBLOCK", -11, "read 40 1:1")]
    [InlineData("read(3, ..., 1) = ?", 12, "read 40 1:1")]
    public void A_call_reaches_the_system(string text, int answer, string expected)
    {
        _rig.Pass(NewSocket, 40);
        _rig.Fake.Value = 7;
        _rig.Pass(text, answer);
        Assert.Equal(expected, _rig.Last);
    }

    [Theory]
    [InlineData("read(3, ..., 1000) = 500", 499, "result", "500", "499")]
    [InlineData("read(3, ..., 1000) = 0", -11, "result", "0", "-1 EAGAIN")]
    [InlineData("read(3, ..., 1000) = -1 EAGAIN", 5, "result", "-1 EAGAIN", "5")]
    [InlineData("read(3, ..., 1000) = -1 EAGAIN", -104, "errno", "EAGAIN", "ECONNRESET")]
    [InlineData("accept(3, ..., ...) = 4", -11, "result", "4", "-1 EAGAIN")]
    [InlineData("accept(3, ..., ...) = -1 EAGAIN", 41, "result", "-1 EAGAIN", "41")]
    [InlineData("accept(3, ..., ...) = 3", 41, "result", "a new descriptor", "3, which is open")]
    [InlineData("ioctl(3, SIOCINQ, [8]) = 0", 0, "value", "[8]", "[7]")]
    [InlineData("poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, 0) = 1", 1, "revents", "POLLOUT", "POLLIN|POLLHUP")]
    [InlineData("epoll_wait(3, {events=EPOLLIN, fd=3}, 1, 0) = 1", 1, "events", "EPOLLIN", "EPOLLIN|EPOLLHUP")]
    [InlineData("epoll_wait(3, {events=EPOLLIN|EPOLLHUP, fd=4}, 1, 0) = 1", 1, "data", "4", "3")]
    [InlineData("epoll_wait(3, {events=0, ptr=0}, 1, 0) = 0", 1, "result", "0", "1")]
    public void What_differs_is_told(string text, int answer, string field, string expected, string actual)
    {
        _rig.Pass(NewSocket, 40);
        (_rig.Fake.Value, _rig.Fake.Events, _rig.Fake.Data) = (7, 0x11, 3);
        Assert.Equal(new CallVerdict(field, expected, actual), _rig.Play(text, answer));
    }

    [Fact]
    public void Poll_compares_each_descriptor()
    {
        _rig.Pass(NewSocket, 40);
        _rig.Fake.Events = 4;
        _rig.Pass("poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLOUT}, {fd=-1, events=POLLIN, revents=POLLOUT}], 2, 100) = 2", 2);
        Assert.Equal("poll 40:5 -1:1 100", _rig.Last);
    }

    [Theory]
    [InlineData("fd=3", 3UL)]
    [InlineData("u32=7", 7UL)]
    [InlineData("u32=7", 0xFFFF_0000_0007UL)]      // what is beside it in the union is not compared
    [InlineData("u64=0x100000007", 0x1_0000_0007UL)]
    [InlineData("ptr=5", 5UL)]
    [InlineData("fd=-1", 0xFFFF_FFFFUL)]
    public void Epoll_gives_back_the_data_by_any_of_its_names(string data, ulong given)
    {
        _rig.Pass("epoll_create(1) = 5", 50);
        (_rig.Fake.Events, _rig.Fake.Data) = (1, given);
        _rig.Pass($"epoll_wait(5, {{events=EPOLLIN, {data}}}, 1, 0) = 1", 1);
    }

    [Fact]
    public void The_script_is_told_what_becomes_of_sockets()
    {
        _rig.Pass(NewSocket, 40);
        _rig.Pass("connect(3, ..., ...) = -1 EINPROGRESS", -115);
        _rig.Pass("connect(3, ..., ...) = -1 EALREADY", -114);      // begins nothing
        _rig.Pass("connect(3, AF_UNSPEC, ...) = 0");
        _rig.Pass("connect(3, ..., ...) = -1 ECONNREFUSED", -111);
        _rig.Pass("connect(3, ..., ...) = 0");                      // once more, since the last came to nothing
        _rig.Pass("close(3) = 0");
        _rig.Pass(NewSocket, 41);
        _rig.Pass("listen(3, 1) = 0");
        _rig.Pass("accept(3, ..., ...) = 4", 42);
        _rig.Pass("accept4(3, ..., [16], SOCK_NONBLOCK) = -1 EAGAIN", -11);
        Assert.Equal(
            [
                "socket 3", "connect 3 after 1 calls", "disconnect 3", "connect 3 after 4 calls", "connect 3 after 5 calls", "close 3",
                "socket 3", "listen 3", "accept 3 4",
            ],
            _rig.Told);
        _rig.Calls.CloseAll();
        Assert.Equal(["close 41", "close 42"], _rig.Fake.Calls[^2..]);
        Assert.Null(_rig.Calls.LiveDescriptor(3));
    }

    [Theory]
    [InlineData(DrillProfile.Linux, "sendto(3, ..., 5, MSG_FASTOPEN, ..., ...) = 5", true)]
    [InlineData(DrillProfile.Linux, "sendto(3, ..., 5, 0, ..., ...) = 5", false)]
    [InlineData(DrillProfile.Linux, "sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_flags=0}, MSG_FASTOPEN) = 5", true)]
    [InlineData(DrillProfile.FreeBsd, "sendto(3, ..., 5, 0, ..., ...) = 5", true)]
    [InlineData(DrillProfile.FreeBsd, "send(3, ..., 5, 0) = 5", false)]
    public void A_send_may_connect(DrillProfile profile, string text, bool connects)
    {
        var rig = new CallRig(profile);
        rig.Pass(NewSocket, 40);
        rig.Pass(text, 5);
        Assert.Equal(connects, rig.Told.Contains("connect 3 after 1 calls"));
    }

    [Theory]
    [InlineData("frobnicate(3) = 0", "frobnicate")]
    [InlineData("setsockopt(3, SOL_SOCKET, SO_FROBNICATE, [1], 4) = 0", "SO_FROBNICATE")]
    [InlineData("setsockopt(3, SOL_TCP, TCP_KEEPINIT, [1], 4) = 0", "TCP_KEEPINIT")]      // FreeBSD's
    [InlineData("setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, lingr=5}, 8) = 0", "struct")]
    [InlineData("read(3, ..., 1) = -1 EFROB", "EFROB")]
    [InlineData("send(3, ..., 1, MSG_FROB|MSG_MORE) = 1", "MSG_FROB")]
    [InlineData("read(3, ..., 1, 2) = 1", "4 arguments")]
    [InlineData("read(3, 5, 1) = 1", "number 5")]
    [InlineData("read(3, \"text\", 1) = 1", "a text")]
    [InlineData("poll([{fd=3, events=POLLIN, frob=1}], 1, 0) = 0", "frob")]
    [InlineData("poll([{fd=3, events=POLLIN}], 2, 0) = 0", "count")]
    [InlineData("epoll_ctl(3, EPOLL_CTL_ADD, 3, {events=EPOLLIN, frob=3}) = 0", "frob")]
    [InlineData("recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_frob=0}, 0) = 5", "msg_frob")]
    [InlineData("recvmsg(3, {msg_iov(1)=[{..., 5}], msg_control=[{cmsg_level=1, cmsg_type=1, cmsg_data={ee_frob=1}}]}, 0) = 5", "data")]
    [InlineData("sendmsg(3, {msg_iov(2)=[{..., 5}], msg_flags=0}, 0) = 5", "count")]
    [InlineData("splice(3, [5], 3, NULL, 1, 0) = 1", "offset")]
    [InlineData("pipe(3) = 0", "[a, b]")]
    [InlineData("fcntl(3, F_FROB) = 0", "F_FROB")]
    [InlineData("read(3, ..., 1) = O_FROB", "O_FROB")]
    public void What_is_not_known_is_not_supported(string text, string part)
    {
        _rig.Pass(NewSocket, 40);
        (string feature, Position at) = _rig.Missing(text);
        Assert.Contains(part, feature, StringComparison.Ordinal);
        Assert.NotEqual(default, at);
    }

    [Fact]
    public void An_option_that_a_stack_lacks_is_not_supported_but_the_kernels_word_is_final()
    {
        const string Call = "setsockopt(3, SOL_TCP, TCP_ULP, \"tls\", 3) = 0";
        _rig.Pass(NewSocket, 40);
        Assert.Contains("TCP_ULP", Assert.Throws<UnsupportedException>(() => _rig.Play(Call, -92)).Message, StringComparison.Ordinal);
        _rig.Pass("setsockopt(3, SOL_TCP, TCP_ULP, \"tls\", 3) = -1 ENOPROTOOPT", -92);
        _rig.IsLive = true;
        Assert.Equal(new CallVerdict("result", "0", "-1 ENOPROTOOPT"), _rig.Play(Call, -92));
    }

    [Theory]
    [InlineData("SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]", "68000000", null)]
    [InlineData("SOL_SOCKET, SO_ERROR, [0], [4]", "68000000", "[0] [ECONNRESET]")]
    [InlineData("SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]", "00000000", "[ECONNRESET] [0]")]
    [InlineData("SOL_SOCKET, SO_RCVBUF, [1000], [4]", "E8030000", null)]
    [InlineData("SOL_SOCKET, SO_RCVBUF, [1001], [4]", "E8030000", "[1001] [1000]")]
    [InlineData("SOL_SOCKET, SO_RCVBUF, [...], [4]", "E8030000", null)]
    [InlineData("SOL_SOCKET, SO_RCVBUF, ..., [4]", "E8030000", null)]
    [InlineData("SOL_IP, IP_TOS, [16], [1]", "10", null)]
    [InlineData("SOL_TCP, TCP_CONGESTION, \"cubic\", [16]", "637562696300", null)]
    [InlineData("SOL_TCP, TCP_CONGESTION, [\"reno\"], [16]", "637562696300", "\"reno\" \"cubic\"")]
    [InlineData("SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, [8]", "0100000005000000", null)]
    [InlineData("SOL_SOCKET, SO_LINGER, {onoff=1, linger=6}, [8]", "0100000005000000", "6 5")]
    [InlineData("SOL_SOCKET, SO_LINGER, {onoff=1, linger=...}, [8]", "0100000005000000", null)]
    [InlineData("SOL_SOCKET, SO_RCVTIMEO, {tv_sec=2, tv_usec=0}, [16]", "01000000000000000000000000000000", "2 1")]
    [InlineData("SOL_TCP, TCP_INFO, {tcpi_state=1, tcpi_rto=0}, [280]", "0100000000000000", "a value none")]
    public void Options_are_compared(string arguments, string given, string? difference)
    {
        _rig.Pass(NewSocket, 40);
        _rig.Fake.Options = (_, _) => Convert.FromHexString(given);
        CallVerdict verdict = _rig.Play($"getsockopt(3, {arguments}) = 0");
        Assert.Equal(difference, verdict.Field is null ? null : $"{verdict.Expected} {verdict.Actual}");
    }

    [Fact]
    public void FreeBsd_has_numbers_of_its_own()
    {
        var rig = new CallRig(DrillProfile.FreeBsd);
        rig.Pass(NewSocket, 40);
        rig.Pass("fcntl(3, F_GETFL) = 0x6 (flags O_RDWR|O_NONBLOCK)", 0x802);
        rig.Pass("fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK) = 0");
        Assert.Equal("fcntl 40 4 2050", rig.Last);
        rig.Pass("setsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [2], 4) = 0");
        Assert.Equal($"setsockopt 40 6 {FreeBsdOptions.KeepInit} 02000000 4", rig.Last);
        rig.Pass("setsockopt(3, IPPROTO_TCP, TCP_KEEPIDLE, [2], 4) = 0");
        Assert.Equal("setsockopt 40 6 4 02000000 4", rig.Last);
        rig.Pass("setsockopt(3, IPPROTO_TCP, TCP_FUNCTION_BLK, {function_set_name=\"freebsd\", pcbcnt=0}, 36) = 0");
        Assert.Equal($"setsockopt 40 6 {FreeBsdOptions.FunctionBlock} {Convert.ToHexString(Encoding.ASCII.GetBytes("freebsd")).PadRight(72, '0')} 36", rig.Last);
        Assert.Contains("TCP_CORK", rig.Missing("setsockopt(3, IPPROTO_TCP, TCP_CORK, [1], 4) = 0").Feature, StringComparison.Ordinal);
    }

    [Fact]
    public void Pipes_and_files_get_numbers()
    {
        _rig.Pass("pipe([5, 6]) = 0");
        _rig.Pass("open(\"a/b\", O_RDONLY) = 7", 72);
        Assert.Equal((70, 71, 72), (_rig.Calls.LiveDescriptor(5), _rig.Calls.LiveDescriptor(6), _rig.Calls.LiveDescriptor(7)));
        Assert.Equal("open a/b 0", _rig.Last);
    }

    [Fact]
    public void What_a_system_does_not_do_is_told_where_it_was_called()
    {
        SystemCall call = CallRig.Parse("pipe([5, 6]) = 0");
        var calls = new ScriptCalls(new CallRig());
        Assert.Equal(default, calls.Play(call));      // the numbers are free in another script's calls
        Assert.Equal(new Position(1, 3), call.At);
        _rig.Pass(NewSocket, 40);
        _rig.Fake.Options = (_, _) => throw new UnsupportedException("a thing", default);
        UnsupportedException missing = Assert.Throws<UnsupportedException>(() => _rig.Play("getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0"));
        Assert.Equal(new Position(1, 3), missing.At);
    }
}
