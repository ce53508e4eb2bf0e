using UserNet.Capture;
using UserNet.Drill;
using UserNet.Drill.Machine;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Drill.Machine;

public sealed class VirtualMachineTests
{
    private static readonly Func<bool> Never = static () => false;

    [Theory]
    [InlineData(DrillIpVersion.IPv4)]
    [InlineData(DrillIpVersion.IPv6)]
    [InlineData(DrillIpVersion.IPv4MappedIPv6)]
    public void A_SYN_is_answered_at_the_instant_at_which_it_comes(DrillIpVersion version)
    {
        using var rig = new MachineRig(version);
        rig.Listen();
        rig.Wait(250_000);
        rig.Inject(TcpFlags.Syn, 7, 0, options: "020405b4");
        (SentPacket packet, _) = rig.Take(250_000);
        Assert.Equal(250_000, packet.Time);
        TcpSegment segment = rig.SegmentOf(packet);
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, segment.Flags);
        Assert.Equal(8u, segment.AckNumber);
    }

    [Theory]
    [InlineData(DrillIpVersion.IPv4)]
    [InlineData(DrillIpVersion.IPv6)]
    [InlineData(DrillIpVersion.IPv4MappedIPv6)]
    public void A_machine_says_nothing_by_itself(DrillIpVersion version)
    {
        using var rig = new MachineRig(version);
        Assert.False(rig.TryTake(3600L * MachineRig.Second, out _));
        Assert.Equal(3600L * MachineRig.Second, rig.Machine.Now);
    }

    [Fact]
    public void What_is_due_at_an_instant_has_happened_when_the_wait_for_it_ends()
    {
        using var rig = new MachineRig();
        rig.Listen();
        rig.Inject(TcpFlags.Syn, 0, 0, options: "020405b4");
        rig.Take();
        rig.Wait(MachineRig.Second);      // SYN-ACK again after a second
        Assert.Equal(MachineRig.Second, rig.Machine.Now);
        Assert.Equal(MachineRig.Second, rig.Take(0).Packet.Time);
    }

    [Fact]
    public void Who_waits_for_a_packet_has_it_when_it_leaves_and_no_later()
    {
        using var rig = new MachineRig();
        rig.Listen();
        rig.Inject(TcpFlags.Syn, 0, 0, options: "020405b4");
        rig.Take();
        Assert.False(rig.TryTake(MachineRig.Second - 1, out _));
        Assert.Equal(MachineRig.Second - 1, rig.Machine.Now);
        Assert.Equal(MachineRig.Second, rig.Take().Packet.Time);
        Assert.Equal(MachineRig.Second, rig.Machine.Now);
    }

    [Fact]
    public void A_call_that_waits_ends_while_others_go_on()
    {
        using var rig = new MachineRig();
        int accepted = rig.Accept("020405b4");
        rig.Machine.Meanwhile = isOver =>
        {
            Assert.False(isOver());
            rig.Wait(100_000);
            Assert.False(isOver());
            rig.Inject(TcpFlags.Ack | TcpFlags.Psh, 1, rig.Iss + 1, payload: 1000);
            Assert.True(isOver());
        };
        Assert.Equal(1000, rig.Process.Read(accepted, new byte[2000], 2000));
        Assert.Equal(100_000, rig.Machine.Now);
    }

    [Fact]
    public void A_call_that_must_not_wait_is_told_so()
    {
        using var rig = new MachineRig();
        int accepted = rig.Accept("020405b4");
        Assert.Throws<InvalidOperationException>(() => rig.Process.Read(accepted, new byte[2000], 2000));
    }

    [Fact]
    public void A_wait_ends_as_soon_as_what_is_waited_for_is_over()
    {
        using var rig = new MachineRig();
        rig.Listen();
        rig.Inject(TcpFlags.Syn, 0, 0, options: "020405b4");
        int looks = 0;
        rig.Machine.WaitUntil(100L * MachineRig.Second, () => looks++ == 1);
        Assert.Equal(MachineRig.Second, rig.Machine.Now);
    }

    [Fact]
    public void Time_before_the_clock_starts_does_not_count()
    {
        using var machine = new VirtualMachine(new MachineOptions(
            DrillProfile.Linux, DrillIpVersion.IPv4, MachineRig.AddressesOf(DrillIpVersion.IPv4), 1500, 1, null));
        machine.WaitUntil(5_000_000, Never);
        machine.StartClock();
        Assert.Equal(0, machine.Now);
        machine.WaitUntil(1, Never);
        Assert.Equal(1, machine.Now);
    }

    [Fact]
    public void Bursts_leave_as_single_segments_with_push_on_the_last()
    {
        using var rig = new MachineRig();
        int accepted = rig.Accept("020405b4");
        Assert.Equal(5000, rig.Process.Write(accepted, new byte[5000], 5000));
        var lengths = new List<(int, bool)>();
        while (rig.TryTake(rig.Machine.Now, out SentPacket packet))
        {
            TcpSegment segment = rig.SegmentOf(packet);
            lengths.Add((segment.Payload.Length, segment.Has(TcpFlags.Psh)));
        }

        Assert.Equal([(1460, false), (1460, false), (1460, false), (620, true)], lengths);
    }

    [Fact]
    public void A_packet_longer_than_the_MTU_comes_in_whole()
    {
        using var rig = new MachineRig();
        int accepted = rig.Accept("020405b4");
        rig.Inject(TcpFlags.Ack | TcpFlags.Psh, 1, rig.Iss + 1, payload: 14_600);
        Assert.Equal(14_600, rig.Process.Read(accepted, new byte[20_000], 20_000));
    }

    [Fact]
    public void The_same_seed_gives_the_same_octets_and_another_one_others()
    {
        Assert.Equal(Play(1), Play(1));
        Assert.NotEqual(Play(1), Play(2));

        static byte[] Play(int seed)
        {
            using var file = new MemoryStream();
            using (var rig = new MachineRig(seed: seed, recording: file))
            {
                int accepted = rig.Accept("020405b4");
                rig.Process.Write(accepted, new byte[3000], 3000);
                rig.Wait(10L * MachineRig.Second);
            }

            return file.ToArray();
        }
    }

    [Fact]
    public void The_recording_holds_both_directions_at_their_instants()
    {
        using var file = new MemoryStream();
        using (var rig = new MachineRig(recording: file))
        {
            rig.Listen();
            rig.Wait(500_000);
            rig.Inject(TcpFlags.Syn, 0, 0, options: "020405b4");
        }

        file.Position = 0;
        using var reader = new PcapngReader(file);
        Assert.True(reader.TryRead(out CapturedPacket syn));
        Assert.True(reader.TryRead(out CapturedPacket answer));
        Assert.False(reader.TryRead(out _));
        Assert.Equal([PacketDirection.Inbound, PacketDirection.Outbound], [syn.Direction, answer.Direction]);
        Assert.Equal(syn.Nanoseconds, answer.Nanoseconds);
    }

    [Fact]
    public void Another_thread_is_refused()
    {
        using var rig = new MachineRig();
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(() => rig.Socket())) { IsBackground = true };
        thread.Start();
        thread.Join();
        Assert.IsType<InvalidOperationException>(thrown);
    }
}
