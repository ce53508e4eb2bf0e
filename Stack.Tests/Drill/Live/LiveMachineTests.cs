using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Live;
using UserNet.Drill.Machine;
using UserNet.Errors;
using UserNet.Wire;
using UserNet.Tests.Infrastructure;
using Xunit;

namespace UserNet.Tests.Drill.Live;

[Collection(nameof(WholeProcess))]      // time is real here
public sealed class LiveMachineTests
{
    private static readonly Position Nowhere = new(1, 1);

    [Theory]
    [InlineData(DrillIpVersion.IPv4)]
    [InlineData(DrillIpVersion.IPv6)]
    [InlineData(DrillIpVersion.IPv4MappedIPv6)]
    public void The_kernel_takes_a_connection_and_its_data(DrillIpVersion version)
    {
        using var rig = new KernelRig(version);
        rig.Machine.StartClock();
        int socket = rig.Connect(rig.Listen());
        Assert.True(socket >= 0);
        rig.Send(TcpFlags.Ack | TcpFlags.Psh, 1000);
        Assert.Equal(1001u, rig.Take().Ack);
        Assert.Equal(1000, rig.System.Read(socket, new MemoryPart(new byte[2000], 2000)));
        Assert.Equal(500, rig.System.Write(socket, new MemoryPart(new byte[500], 500)));
        Assert.Equal(500, rig.Take().Length);
        rig.Acknowledged += 500;
        rig.Send(TcpFlags.Ack);
        Assert.Equal(0, rig.System.Close(socket));
        Assert.Equal(TcpFlags.Fin | TcpFlags.Ack, rig.Take().Flags);
    }

    [Fact]
    public void A_read_that_waits_has_others_served_meanwhile()
    {
        using var rig = new KernelRig();
        rig.Machine.StartClock();
        int socket = rig.Connect(rig.Listen());
        long sent = 0;
        rig.Machine.Meanwhile = isOver =>
        {
            Assert.False(isOver());
            rig.Machine.WaitUntil(rig.Machine.Now + 30_000, isOver);
            sent = rig.Machine.Now;
            rig.Send(TcpFlags.Ack | TcpFlags.Psh, 10);
            rig.Machine.WaitUntil(long.MaxValue, isOver);
        };
        Assert.Equal(10, rig.System.Read(socket, new MemoryPart(new byte[100], 100)));
        Assert.NotEqual(0, sent);
        Assert.InRange(rig.Machine.Now - sent, 0, 20_000);
    }

    [Fact]
    public void The_kernel_sends_its_SYN_again_after_a_second_and_the_time_is_its_own()
    {
        using var rig = new KernelRig();
        rig.Machine.StartClock();
        rig.Listen();
        rig.Send(TcpFlags.Syn);
        KernelRig.Seen first = rig.Take(), second = rig.Take();
        Assert.Equal(first with { Time = 0 }, second with { Time = 0 });
        Assert.InRange(second.Time - first.Time, 995_000, 1_070_000);
    }

    [Fact]
    public void A_connection_that_is_at_rest_lets_nobody_wait_for_ever()
    {
        using var rig = new KernelRig();
        rig.Machine.StartClock();
        rig.Connect(rig.Listen());
        Assert.False(rig.Machine.TryTake(long.MaxValue, () => false, out _));
        Assert.InRange(rig.Machine.Now, 400_000, 5_000_000);
    }

    [Fact]
    public void A_read_that_nobody_answers_ends_with_the_machine()
    {
        using var rig = new KernelRig();
        rig.Machine.StartClock();
        int socket = rig.Connect(rig.Listen());
        rig.Machine.Meanwhile = _ => throw new TimeoutException();
        Assert.Throws<TimeoutException>(() => rig.System.Read(socket, new MemoryPart(new byte[100], 100)));
        rig.Machine.End();
    }

    [Fact]
    public void Descriptors_that_are_not_the_scripts_own_are_refused()
    {
        using var rig = new KernelRig();
        Assert.Equal(-(int)Errno.EBADF, rig.System.Close(1));
        Assert.Equal(-(int)Errno.EBADF, rig.System.Write(1, new MemoryPart([1], 1)));
        int socket = rig.Listen();
        Assert.Equal(0, rig.System.Close(socket));
        Assert.Equal(-(int)Errno.EBADF, rig.System.Close(socket));
    }

    [Fact]
    public void Null_memory_is_a_bad_address()
    {
        using var rig = new KernelRig();
        rig.Machine.StartClock();
        int socket = rig.Connect(rig.Listen());
        Assert.Equal(-(int)Errno.EFAULT, rig.System.Write(socket, new MemoryPart(null, 10)));
    }

    [Fact]
    public void Knobs_are_those_of_the_machine_alone()
    {
        const string Knob = "/proc/sys/net/ipv4/tcp_syn_retries";
        string before = File.ReadAllText(Knob);
        using var rig = new KernelRig();
        using var other = new KernelRig();
        Assert.Null(Run(rig, "sysctl -q net.ipv4.tcp_syn_retries=7 net.ipv4.tcp_rmem=\"4096 20000 30000\""));
        Assert.Null(Run(rig, $"grep -x 7 {Knob}"));
        Assert.Null(Run(rig, "grep 30000 /proc/sys/net/ipv4/tcp_rmem"));
        Assert.Null(Run(other, $"grep -x 5 {Knob}"));
        Assert.Equal(before, File.ReadAllText(Knob));
    }

    [Theory]
    [InlineData("sysctl -q net.ipv4.tcp_no_such_knob=1")]
    [InlineData("sysctl -w net.inet.tcp.ecn.enable=1")]
    [InlineData("sysctl -w kernel.panic=1")]
    [InlineData("reboot-the-moon")]
    [InlineData("true | reboot-the-moon")]
    [InlineData("tc qdisc replace dev tun0 root fq")]
    public void What_it_does_not_know_or_the_kernel_lacks_is_unsupported(string text)
    {
        using var rig = new KernelRig();
        Assert.Throws<UnsupportedException>(() => Run(rig, text));
    }

    [Theory]
    [InlineData("./defaults.sh", null)]
    [InlineData("../common/defaults.sh\n../common/set_sysctls.py /proc/sys/net/ipv4/tcp_timestamps=0", null)]
    [InlineData("/tmp/sysctl_restore_${PPID}.sh", null)]
    [InlineData("sysctl -q -e net.ipv4.tcp_no_such_knob=1", null)]
    [InlineData("sysctl -q net.ipv4.tcp_sack=0; grep -x 0 /proc/sys/net/ipv4/tcp_sack", null)]
    [InlineData("ip tcp_metrics flush all", null)]
    [InlineData("tc qdisc add dev tun0 root pfifo", null)]
    [InlineData("ethtool -K tun0 tso off gso off", null)]
    [InlineData("ip route change 192.0.2.1 via 192.168.0.2 dev tun0 initcwnd 3", null)]
    [InlineData("ip link set dev tun0 mtu 1400", null)]
    [InlineData("nstat -n", null)]
    [InlineData("grep \" 0A \" /proc/net/tcp", "exit code 1")]
    [InlineData("false_name=1 true; true", "?")]
    public void Commands_of_scripts_are_done(string text, string? expected)
    {
        using var rig = new KernelRig();
        if (expected == "?") Assert.Throws<UnsupportedException>(() => Run(rig, text));
        else Assert.Equal(expected, Run(rig, text));
    }

    [Fact]
    public void A_listener_is_seen_by_commands()
    {
        using var rig = new KernelRig();
        rig.Listen();
        Assert.Null(Run(rig, "grep \" 0A \" /proc/net/tcp | grep -q \":1F90\""));
    }

    private static string? Run(KernelRig rig, string text) => rig.Machine.Run(new CommandText(text, Nowhere));
}
