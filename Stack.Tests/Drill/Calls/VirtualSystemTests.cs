using UserNet.Drill;
using UserNet.Drill.Calls;
using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using UserNet.Tests.Drill.Machine;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Drill.Calls;

/// <summary>Calls of scripts on a stack of UserNet, with the peer's segments written by hand.</summary>
public sealed class VirtualSystemTests : IDisposable
{
    private MachineRig _machine = new();
    private ScriptCalls? _calls;
    private CodeRunner? _code;

    public void Dispose() => _machine.Dispose();

    private ScriptCalls Calls => _calls ??= new ScriptCalls(new Context(_machine));

    private CodeRunner Code => _code ??= new CodeRunner(new Context(_machine));

    private void Use(DrillProfile profile)
    {
        _machine.Dispose();
        _machine = new MachineRig(profile: profile);
    }

    private void Pass(string text) => Assert.Equal(default, Calls.Play(CallRig.Parse(text)));

    /// <summary>A connection that the peer opened: descriptor 4.</summary>
    private void Accept(string before = "")
    {
        Pass("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
        Pass("bind(3, ..., ...) = 0");
        if (before.Length > 0) Pass(before);
        Pass("listen(3, 1) = 0");
        _machine.Inject(TcpFlags.Syn, 0, 0);
        (_, uint iss) = _machine.Take();
        _machine.Inject(TcpFlags.Ack, 1, iss + 1);
        Pass("accept(3, ..., ...) = 4");
        Pass("fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
    }

    [Fact]
    public void A_connection_is_read_and_written_and_ends()
    {
        Accept();
        Pass("read(4, ..., 100) = -1 EAGAIN (Resource temporarily unavailable)");
        Pass("poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, 0) = 1");
        Pass("write(4, ..., 500) = 500");
        (SentPacket sent, uint first) = _machine.Take();
        Assert.Equal(500, _machine.SegmentOf(sent).Payload.Length);
        Pass("ioctl(4, SIOCOUTQ, [500]) = 0");
        _machine.Inject(TcpFlags.Ack | TcpFlags.Psh, 1, first + 500, payload: 10);
        Pass("ioctl(4, SIOCINQ, [10]) = 0");
        Pass("read(4, NULL, 10) = -1 EFAULT");
        Pass("readv(4, [{..., 4}, {..., 4}], 2) = 8");
        Pass("getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0");
        Pass("setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0");
        Pass("getsockopt(4, SOL_TCP, TCP_NODELAY, [1], [4]) = 0");
        Pass("getsockopt(4, SOL_TCP, TCP_CONGESTION, \"cubic\", [16]) = 0");
        _machine.Inject(TcpFlags.Rst, 11, 0);
        Pass("getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0");
        Pass("write(4, ..., 1) = -1 EPIPE (Broken pipe)");
        Pass("close(4) = 0");
        Pass("close(4) = -1 EBADF");
    }

    [Fact]
    public void Python_sees_the_connection()
    {
        Accept();
        Code.Snapshot(Calls.LiveDescriptor(4));
        Assert.Equal(default, Code.Run(CallRig.ParseCode(
            """
            assert tcpi_state == TCP_ESTABLISHED, tcpi_state
            assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd
            assert tcpi_options == 0 and tcpi_ca_state == TCP_CA_Open and tcpi_unacked == 0
            assert SK_MEMINFO_RCVBUF > 0
            """)));
        Assert.Equal(new CallVerdict("assert", "tcpi_snd_cwnd == 11", "tcpi_snd_cwnd = 10"), Code.Run(CallRig.ParseCode("assert tcpi_snd_cwnd == 11")));
    }

    [Fact]
    public void Epoll_tells_with_the_data_that_it_was_given()
    {
        Accept();
        Pass("epoll_create(1) = 5");
        Pass("epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}) = 0");
        Pass("epoll_wait(5, {events=0, ptr=0}, 1, 0) = 0");
        _machine.Inject(TcpFlags.Rst, 1, 0);
        Pass("epoll_wait(5, {events=EPOLLIN|EPOLLERR|EPOLLHUP, fd=4}, 1, 0) = 1");
        Pass("epoll_ctl(5, EPOLL_CTL_DEL, 4, NULL) = 0");
    }

    [Fact]
    public void Times_are_counted_from_the_scripts_start()
    {
        Accept("setsockopt(3, SOL_SOCKET, SO_TIMESTAMPING, [SOF_TIMESTAMPING_RX_SOFTWARE|SOF_TIMESTAMPING_SOFTWARE], 4) = 0");
        Pass("setsockopt(4, SOL_SOCKET, SO_TIMESTAMPNS, [1], 4) = 0");
        _machine.Wait(1_500_000);
        Pass("write(4, ..., 1) = 1");
        (_, uint first) = _machine.Take(1_600_000);
        _machine.Inject(TcpFlags.Ack | TcpFlags.Psh, 1, first + 1, payload: 10);
        _machine.Wait(2_000_000);
        const string Call = "recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0, msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPNS, cmsg_data={scm_sec=1, scm_nsec=500000000}}, "
            + "{cmsg_level=SOL_SOCKET, cmsg_type=SCM_TIMESTAMPING, cmsg_data={scm_sec=1, scm_nsec=500000000}}]}, 0) = 10";
        Pass(Call);
    }

    [Fact]
    public void What_the_stack_does_not_do_is_not_supported()
    {
        Accept();
        foreach (string text in (string[])
            ["send(4, ..., 1, MSG_BATCH) = 1", "recv(4, ..., 1, MSG_SOCK_DEVMEM) = 1", "ioctl(4, SIOCGSTAMP, [0]) = 0", "setsockopt(4, SOL_TCP, TCP_REPAIR, [1], 4) = 0"])
            Assert.Throws<UnsupportedException>(() => Calls.Play(CallRig.Parse(text)));
    }

    [Fact]
    public void FreeBsds_options_reach_the_stack()
    {
        Use(DrillProfile.FreeBsd);
        Pass("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
        Pass("fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
        Pass("fcntl(3, F_GETFL) = 0x6 (flags O_RDWR|O_NONBLOCK)");
        Pass("setsockopt(3, IPPROTO_TCP, TCP_FUNCTION_BLK, {function_set_name=\"freebsd\", pcbcnt=0}, 36) = 0");
        Pass("setsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [3], 4) = 0");
        Pass("getsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [3], [4]) = 0");
        Pass("setsockopt(3, IPPROTO_TCP, TCP_FASTOPEN, [1], 4) = 0");
        Pass("getsockopt(3, IPPROTO_TCP, TCP_FASTOPEN, [1], [4]) = 0");
        Pass("setsockopt(3, IPPROTO_TCP, TCP_NOOPT, [1], 4) = 0");
        Assert.Throws<UnsupportedException>(() => Calls.Play(CallRig.Parse("setsockopt(3, IPPROTO_TCP, TCP_FUNCTION_BLK, {function_set_name=\"rack\", pcbcnt=0}, 36) = 0")));
        Pass("setsockopt(3, IPPROTO_TCP, TCP_NOPUSH, [1], 4) = 0");
        Pass("connect(3, ..., ...) = -1 EINPROGRESS");
        (SentPacket syn, _) = _machine.Take();
        Assert.Equal(0, _machine.SegmentOf(syn).Options.Length);      // TCP_NOOPT
        Code.Snapshot(Calls.LiveDescriptor(3));
        Assert.Equal(default, Code.Run(CallRig.ParseCode("assert tcpi_state == TCPI_SYN_SENT")));
    }

    [Fact]
    public void A_send_to_a_peer_connects_on_FreeBsd_alone()
    {
        Pass("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
        Pass("sendto(3, ..., 10, 0, ..., ...) = -1 EPIPE");
        Use(DrillProfile.FreeBsd);
        _calls = null;
        Pass("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
        Pass("sendto(3, ..., 10, 0, ..., ...) = 10");
        Assert.True(_machine.SegmentOf(_machine.Take().Packet).Has(TcpFlags.Syn));
    }

    private sealed class Context(MachineRig rig) : ICallContext
    {
        public IMachine Machine => rig.Machine;

        public DrillProfile Profile => rig.Profile;

        public DrillIpVersion IpVersion => rig.Version;

        public long ToleranceMicroseconds => 4000;

        public byte[] BindAddress => Address(rig.Machine.Addresses.Local);

        public byte[] ConnectAddress => Address(rig.Machine.Addresses.Remote);

        public void OnSocket(int descriptor)
        {
        }

        public void OnListen(int descriptor)
        {
        }

        public void OnConnect(int descriptor)
        {
        }

        public void OnDisconnect(int descriptor)
        {
        }

        public void OnAccept(int listener, int descriptor)
        {
        }

        public void OnClose(int descriptor)
        {
        }

        private static byte[] Address(System.Net.IPAddress place) =>
            [2, 0, MachineRig.Port >> 8, MachineRig.Port & 0xFF, .. place.GetAddressBytes(), 0, 0, 0, 0, 0, 0, 0, 0];
    }
}
