using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using UserNet.Facades.Posix;
using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Drill.Machine;

/// <summary>What scripts' commands do, and which are refused.</summary>
public sealed class CommandTests
{
    [Theory]
    [InlineData("true")]
    [InlineData("true\n")]
    [InlineData("# nothing at all")]
    [InlineData("false; true")]
    [InlineData("false\ntrue")]
    [InlineData("false || true")]
    [InlineData("true && true")]
    [InlineData("false && false || true")]
    [InlineData("! false")]
    [InlineData("echo a b | grep -q 'a b'")]
    [InlineData("echo \"a   b\" | grep -q \"a   b\"")]
    [InlineData("echo a | grep a | grep -q a > /dev/null 2>&1")]
    [InlineData("echo -n x | grep -c x | grep -q 1")]
    [InlineData("tr\\\nue")]
    [InlineData("true \\\n && true")]
    [InlineData("true &&\n true")]
    [InlineData("/usr/bin/true")]
    [InlineData("sudo true")]
    [InlineData("../../common/sysctl_restore_${PPID}.sh")]
    [InlineData("/tmp/sysctl_restore_$PPID.sh")]
    [InlineData("grep -q hello <<END\nhello\nEND\n")]
    [InlineData("echo 5 > /tmp/x; cat /tmp/x | grep -q '^5$'")]
    [InlineData("set -e\ntrue")]
    [InlineData("set -e; false || true; true")]
    [InlineData("bash -c \"true; true\"")]
    [InlineData(". ../common/defaults.sh\nsource ./defaults.sh")]
    [InlineData("ss -tni > /dev/null; netstat -s; ip route show > /dev/null; ip -6 addr")]
    [InlineData("modprobe sch_fq 2> /dev/null")]
    [InlineData("echo 5 > /tmp/x; echo 6 >> /tmp/x; cat /tmp/x | wc -l | grep -q 2")]
    public void A_command_that_succeeds_says_nothing(string command)
    {
        using var rig = new MachineRig();
        Assert.Null(rig.Run(command));
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true; false")]
    [InlineData("set -e\nfalse\ntrue")]
    [InlineData("sh -c false")]
    [InlineData("true && false")]
    [InlineData("false || false")]
    [InlineData("! true")]
    [InlineData("echo a | grep -q b")]
    [InlineData("echo a | grep -v a")]
    [InlineData("rm /tmp/nothing")]
    [InlineData("sysctl -q net.ipv4.tcp_rto_max_ms=10")]
    [InlineData("sysctl -q net.ipv4.tcp_rmem='1 two 3'")]
    [InlineData("sysctl -q net.ipv4.tcp_fastopen_key=1-2-3")]
    public void A_command_that_fails_says_why(string command)
    {
        using var rig = new MachineRig();
        Assert.NotNull(rig.Run(command));
    }

    [Theory]
    [InlineData("frobnicate -x", "frobnicate -x")]
    [InlineData("bash -c 'frobnicate -x'", "frobnicate -x")]
    [InlineData("ss -t state established | grep -q 8080", "ss -t state established")]
    [InlineData("ip route change 192.0.2.0/24 dev tun0 features ecn", "ip route change 192.0.2.0/24 dev tun0 features ecn")]
    [InlineData("true; ./other.sh", "./other.sh")]
    [InlineData("sysctl -q net.ipv4.tcp_nonsense=1", "sysctl net.ipv4.tcp_nonsense")]
    [InlineData("sysctl -e -q net.ipv4.tcp_nonsense=1", "sysctl net.ipv4.tcp_nonsense")]
    [InlineData("sysctl net.ipv4.tcp_nonsense", "sysctl net.ipv4.tcp_nonsense")]
    [InlineData("set_sysctls.py /proc/sys/net/ipv4/tcp_nonsense=1", "sysctl net.ipv4.tcp_nonsense")]
    [InlineData("sysctl -q net.ipv4.tcp_congestion_control=bbr", "sysctl net.ipv4.tcp_congestion_control=bbr")]
    [InlineData("sysctl -q net.inet.tcp.rfc1323=1", "sysctl net.inet.tcp.rfc1323")]
    [InlineData("echo 1 > /proc/sys/net/ipv4/tcp_nonsense", "sysctl net.ipv4.tcp_nonsense")]
    [InlineData("cat /etc/passwd", "file /etc/passwd")]
    [InlineData("echo 1 > /sys/kernel/x", "file /sys/kernel/x")]
    [InlineData("nstat | grep -q TcpExtTCPNonsense", "counter TcpExtTCPNonsense")]
    [InlineData("! nstat | grep -q TcpExtTCPNonsense", "counter TcpExtTCPNonsense")]
    [InlineData("ip netns add x", "ip netns add x")]
    [InlineData("ip link set dev eth0 mtu 1400", "eth0")]
    [InlineData("tc qdisc add dev tun0 root netem delay 10ms", "netem")]
    [InlineData("if true; then true; fi", "if in a shell command")]
    [InlineData("X=1 true", "a variable in a shell command")]
    [InlineData("echo $(date)", "a variable in a shell command")]
    [InlineData("echo ${HOME}", "a variable in a shell command")]
    [InlineData("(true)", "( in a shell command")]
    [InlineData("true &", "& in a shell command")]
    [InlineData("echo 'a", "a quote without an end")]
    [InlineData("true |", "a pipe without a command")]
    [InlineData("echo 'add 192.0.2.1 192.0.2.2 esp 1 -E null;' | setkey -c", "esp")]
    public void What_is_not_known_is_never_a_success(string command, string feature)
    {
        using var rig = new MachineRig();
        UnsupportedException refused = Assert.Throws<UnsupportedException>(() => rig.Run(command));
        Assert.Contains(feature, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("./defaults.sh", 3)]
    [InlineData("../common/defaults.sh", 0x70403)]
    [InlineData("../../common/defaults.sh", 0x70403)]
    public void The_defaults_of_a_suite_are_set(string command, int fastOpen)
    {
        using var rig = new MachineRig();
        Assert.Null(rig.Run(command));
        TcpSettings settings = rig.Machine.Stack.Tcp;
        Assert.Equal(new TcpBufferSizes(4096, 540_000, 15_728_640), settings.ReceiveBuffer);
        Assert.Equal(new TcpBufferSizes(4096, 262_144, 4_194_304), settings.SendBuffer);
        Assert.Equal(5, settings.SynRetries);
        Assert.Equal(TcpEcnMode.Off, settings.Ecn);
        Assert.False(settings.SlowStartAfterIdle);
        Assert.Equal(fastOpen, (int)settings.FastOpen);
    }

    [Fact]
    public void With_the_defaults_the_window_is_scaled_by_eight()
    {
        using var rig = new MachineRig();
        rig.Run("./defaults.sh");
        rig.Listen();
        rig.Inject(TcpFlags.Syn, 0, 0, options: "020405b40402030307010101");      // mss 1460, sackOK, wscale 7
        TcpSegment answer = rig.SegmentOf(rig.Take().Packet);
        Assert.Equal(65535, answer.Window);
        Assert.Equal("020405b40101040201030308", Convert.ToHexStringLower(answer.Options));
    }

    [Fact]
    public void Commands_of_FreeBSD_are_none_of_Linux()
    {
        using var rig = new MachineRig(profile: DrillProfile.FreeBsd);
        Assert.Null(rig.Run("sysctl -w net.inet.tcp.rfc1323=0; sysctl net.inet.tcp.hostcache.purgenow=1; kldload -n tcpmd5; setkey -F"));
        Assert.False(rig.Machine.Stack.Tcp.WindowScaling);
        Assert.Throws<UnsupportedException>(() => rig.Run("sysctl -q net.ipv4.tcp_sack=0"));
        Assert.Throws<UnsupportedException>(() => rig.Run("./defaults.sh"));
    }

    [Fact]
    public void A_queue_without_room_loses_what_leaves()
    {
        using var rig = new MachineRig();
        rig.Listen();
        Assert.Null(rig.Run("tc qdisc replace dev tun0 root pfifo limit 0"));
        rig.Inject(TcpFlags.Syn, 0, 0, options: "020405b4");
        Assert.False(rig.TryTake(MachineRig.Second / 2, out _));
        Assert.Null(rig.Run("tc qdisc replace dev tun0 root pfifo"));
        Assert.True(rig.TryTake(5 * MachineRig.Second, out _));
    }

    [Fact]
    public void The_MTU_of_the_device_can_be_changed()
    {
        using var rig = new MachineRig();
        Assert.Null(rig.Run("ip link set dev tun0 mtu 1300"));
        rig.Listen();
        rig.Inject(TcpFlags.Syn, 0, 0, options: "020405b4");
        Assert.Equal("020404ec", Convert.ToHexStringLower(rig.SegmentOf(rig.Take().Packet).Options));      // 1,260
    }

    [Theory]
    [InlineData(DrillIpVersion.IPv4, "ip route change 192.0.2.0/24 via 192.168.0.2 dev tun0 advmss 1000", "020403e8")]
    [InlineData(DrillIpVersion.IPv4, "ip route change 192.0.2.0/24 via 192.168.0.2 dev tun0 mtu lock 1200", "02040488")]
    [InlineData(DrillIpVersion.IPv4, "ip route replace 192.0.2.1 dev tun0 mtu 1200; ip route change 192.0.2.1 dev tun0 mtu 1300", "020404ec")]
    [InlineData(DrillIpVersion.IPv6, "ip -6 route change fd3d:fa7b:d17d::/48 via fd3d:a0b:17d6:8888::1 dev tun0 advmss 1000", "020403e8")]
    [InlineData(DrillIpVersion.IPv6, "ip -6 route change default dev tun0 mtu 1400", "0204053c")]
    public void A_route_says_how_large_segments_are(DrillIpVersion version, string command, string options)
    {
        using var rig = new MachineRig(version);
        Assert.Null(rig.Run(command));
        rig.Listen();
        rig.Inject(TcpFlags.Syn, 0, 0, options: "020405b4");
        Assert.Equal(options, Convert.ToHexStringLower(rig.SegmentOf(rig.Take().Packet).Options));
    }

    [Theory]
    [InlineData("true", 10)]
    [InlineData("ip route change 192.0.2.0/24 via 192.168.0.2 dev tun0 initcwnd 3", 3)]
    [InlineData("ip route change 192.0.2.0/24 via 192.168.0.2 dev tun0 initcwnd 20", 20)]
    public void A_route_says_how_much_is_sent_at_first(string command, int segments)
    {
        using var rig = new MachineRig();
        Assert.Null(rig.Run("sysctl -q net.ipv4.tcp_wmem='4096 262144 4194304'"));
        Assert.Null(rig.Run(command));
        int accepted = rig.Accept("020405b4");
        Assert.Equal(60_000, rig.Process.Write(accepted, new byte[60_000], 60_000));
        int count = 0;
        while (rig.TryTake(rig.Machine.Now, out _)) count++;
        Assert.Equal(segments, count);
    }

    [Theory]
    [InlineData("ethtool -K tun0 tso on gso on")]
    [InlineData("ethtool -K tun0 tso off")]
    [InlineData("ethtool -K tun0 tso off gso off")]
    [InlineData("ethtool -K tun0 tso off gso off; ethtool -K tun0 gso on")]
    public void A_write_pushes_at_each_half_of_the_largest_window_with_bursts_and_without(string command)
    {
        using var rig = new MachineRig();
        Assert.Null(rig.Run(command));
        int accepted = rig.Accept("020405b4", window: 4380);
        rig.Process.Write(accepted, new byte[10_000], 10_000);
        var pushed = new List<uint>();
        while (rig.TryTake(rig.Machine.Now, out SentPacket packet))
        {
            TcpSegment segment = rig.SegmentOf(packet);
            if (segment.Has(TcpFlags.Psh)) pushed.Add(segment.SequenceNumber - rig.Iss - 1 + (uint)segment.Payload.Length);
        }

        Assert.Equal("2920", string.Join(' ', pushed));
    }

    [Fact]
    public void A_file_is_made_and_removed()
    {
        using var rig = new MachineRig();
        Assert.Null(rig.Run("rm -f /tmp/drill.bin; dd bs=1k count=4 if=/dev/zero of=/tmp/drill.bin status=none"));
        int file = rig.Process.Open("/tmp/drill.bin", PosixConstants.O_RDONLY);
        Assert.Equal(4096, rig.Process.Read(file, new byte[8192], 8192));
        rig.Process.Close(file);
        Assert.Null(rig.Run("rm /tmp/drill.bin"));
        Assert.Equal(-1, rig.Process.Open("/tmp/drill.bin", PosixConstants.O_RDONLY));
    }

    [Fact]
    public void A_listener_is_found_among_the_kernels_connections()
    {
        using var rig = new MachineRig();
        Assert.NotNull(rig.Run("grep -q ' 0A ' /proc/net/tcp"));
        rig.Listen();
        Assert.Null(rig.Run("grep -q ' 0A ' /proc/net/tcp"));
        Assert.Null(rig.Run("cat /proc/net/tcp /proc/net/tcp6 | grep ':1F90' | grep -q ' 0A '"));
    }

    [Fact]
    public void Connections_are_counted_by_state()
    {
        using var rig = new MachineRig(profile: DrillProfile.FreeBsd);
        rig.Listen();
        rig.Inject(TcpFlags.Syn, 0, 0, options: "020405b4");
        Assert.Null(rig.Run("sockstat -4 -s -P tcp -p 8080 | grep -c SYN_RCVD | grep 1"));
        Assert.NotNull(rig.Run("sockstat -4 -s -P tcp -p 8080 | grep -c TIME_WAIT | grep 1"));
        Assert.NotNull(rig.Run("sockstat -6 -s -P tcp -p 8080 | grep -c SYN_RCVD | grep 1"));
        rig.Socket();
        Assert.Null(rig.Run("sockstat -4 -s -P tcp | grep -c CLOSED | grep 1"));
    }

    [Fact]
    public void Connections_in_TIME_WAIT_are_dropped()
    {
        using var rig = new MachineRig(profile: DrillProfile.FreeBsd);
        int accepted = rig.Accept("020405b4");
        rig.Process.Close(accepted);
        rig.Take();
        rig.Inject(TcpFlags.Ack | TcpFlags.Fin, 1, rig.Iss + 2);
        Assert.Null(rig.Run("sockstat -s -P tcp | grep -c TIME_WAIT | grep 1"));
        Assert.Null(rig.Run("tcpdrop -s TIME_WAIT"));
        Assert.NotNull(rig.Run("sockstat -s -P tcp | grep -c TIME_WAIT | grep 1"));
    }

    [Fact]
    public void Counters_are_told_since_the_last_look()
    {
        using var rig = new MachineRig();
        rig.Run("nstat -n");
        rig.Accept("020405b4");
        Assert.Null(rig.Run("nstat -s | grep -q 'TcpPassiveOpens .* 1 '"));
        Assert.Null(rig.Run("nstat | grep TcpPassiveOpens | grep -q ' 1 '"));
        Assert.NotNull(rig.Run("nstat | grep -q TcpPassiveOpens"));
        Assert.Null(rig.Run("nstat -az TcpPassiveOpens | grep -q ' 1 '"));
    }

    [Fact]
    public void Time_passes_while_a_command_sleeps()
    {
        using var rig = new MachineRig();
        Assert.Null(rig.Run("sleep 1.5"));
        Assert.Equal(1_500_000, rig.Machine.Now);
    }

    [Fact]
    public void Text_goes_to_knobs_by_their_paths()
    {
        using var rig = new MachineRig();
        Assert.Null(rig.Run("echo 0 > /proc/sys/net/ipv4/tcp_sack; cat /proc/sys/net/ipv4/tcp_sack | grep -q 0"));
        Assert.False(rig.Machine.Stack.Tcp.Sack);
        Assert.Null(rig.Run("echo 0 > /sys/module/tcp_cubic/parameters/hystart"));
        Assert.Equal(SlowStartExit.None, rig.Machine.Stack.Tcp.SlowStartExit);
        Assert.Null(rig.Run("set_sysctls.py /proc/sys/net/ipv4/tcp_sack=1 /proc/sys/net/ipv4/tcp_rmem=\"4096 5000 6000\""));
        Assert.True(rig.Machine.Stack.Tcp.Sack);
        Assert.Equal(6000, rig.Machine.Stack.Tcp.ReceiveBuffer.Max);
    }
}
