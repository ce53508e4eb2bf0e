using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Link;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Ip;

/// <summary>Many segments in one packet on their way out, to links that do all, some or nothing of the work.</summary>
public sealed class Ipv4OutputOffloadTests : IDisposable
{
    private const ushort Size = 1448;      // 1,500 less 20 and 32

    private readonly byte[] _payload = new byte[20_000];

    public Ipv4OutputOffloadTests() => TestSettings.Random(1).NextBytes(_payload);

    private OutputRig? _rig;

    public void Dispose() => _rig?.Dispose();

    private Errno Send(OutputRig rig, int octets, ushort size, IPacketOwner? owner = null, PathMtuDiscovery discovery = PathMtuDiscovery.Want, uint sequence = 1)
    {
        PacketBuffer unit = rig.Context.Packets.RentCopy(_payload.AsSpan((int)sequence - 1, octets));
        Bursts.PrependTcp(unit, "10.9.0.2", "10.9.0.1", size, sequence);
        (unit.Owner, unit.Charge) = (owner, 1);
        var options = new IpSendOptions { Protocol = IpProtocol.Tcp, TimeToLive = 64, Discovery = discovery };
        return rig.Output.Send(unit, rig.RouteTo("10.9.0.1"), OutputRig.Peer, options, rig.Now);
    }

    private OutputRig Rig(LinkFeatures features, int mtu = 1500, int largestBurst = 65_535) =>
        _rig = new OutputRig(mtu, features: features, largestBurst: largestBurst);

    [Fact]
    public void A_link_that_cuts_gets_the_whole_with_its_facts_counted_from_the_frame()
    {
        OutputRig rig = Rig(LinkFeatures.Checksum | LinkFeatures.TcpSegmentation);
        Assert.Equal(Errno.Success, Send(rig, 20_000, Size));
        PacketBuffer whole = rig.Port.Queue.Take();
        Assert.Equal(
            new PacketOffload { NeedsChecksum = true, ChecksumStart = 20, ChecksumOffset = 16, SegmentSize = Size, SegmentKind = SegmentKind.TcpV4 },
            whole.Offload);
        Assert.True(Ipv4Packet.TryParse(whole.Span, out Ipv4Packet packet) && packet.ChecksumIsRight);
        Assert.Equal((20_052, 0), (packet.TotalLength, rig.Port.Queue.Count));
        whole.Return();
    }

    // The same octets, sent by a sender that plans bursts and by one that sends one after the other.
    [Theory]
    [InlineData(LinkFeatures.None)]
    [InlineData(LinkFeatures.Checksum)]
    [InlineData(LinkFeatures.TcpSegmentation6 | LinkFeatures.UdpSegmentation)]
    [InlineData(LinkFeatures.TcpSegmentation)]      // says nothing without checksums
    public void A_link_that_does_not_cut_gets_what_single_segments_would_have_been(LinkFeatures features)
    {
        OutputRig rig = Rig(features), plain = new(features: features);
        Assert.Equal(Errno.Success, Send(rig, 20_000, Size));
        byte[][] cut = rig.TakeSent();
        for (int at = 0; at < 20_000; at += Size)
            Assert.Equal(Errno.Success, Send(plain, Math.Min(Size, 20_000 - at), Size, sequence: (uint)at + 1));
        byte[][] single = plain.TakeSent();
        Assert.Equal(14, cut.Length);
        for (int i = 0; i < cut.Length - 1; i++)
        {
            // The burst pushes at its end alone; take that out of the single ones.
            int flags = 33, checksum = 36;
            Assert.Equal((0x10, 0x18), (cut[i][flags], single[i][flags]));
            if ((features & LinkFeatures.Checksum) == 0)
            {
                ushort right = InternetChecksum.Update((ushort)((single[i][checksum] << 8) | single[i][checksum + 1]), 0x8018, 0x8010);
                (single[i][checksum], single[i][checksum + 1]) = ((byte)(right >> 8), (byte)right);
            }

            single[i][flags] = 0x10;
        }

        Assert.Equal(single, cut);
        Assert.Equal(0, rig.Context.Packets.Outstanding);
        plain.Dispose();
    }

    [Fact]
    public void A_burst_too_large_for_its_link_is_cut_here()
    {
        OutputRig rig = Rig(LinkFeatures.All, largestBurst: 16_384);
        Assert.Equal(16_384, rig.Port.LargestBurst);
        Assert.Equal(Errno.Success, Send(rig, 16_000, Size));
        Assert.Equal(Errno.Success, Send(rig, 20_000, Size));
        Assert.Equal(1 + 14, rig.TakeSent().Length);
    }

    [Fact]
    public void The_next_packet_has_the_identification_after_the_last_segments()
    {
        OutputRig rig = Rig(LinkFeatures.All);
        Send(rig, 20_000, Size);
        Send(rig, 10, Size);
        byte[][] sent = rig.TakeSent();
        Assert.True(Ipv4Packet.TryParse(sent[0], out Ipv4Packet burst));
        Assert.True(Ipv4Packet.TryParse(sent[1], out Ipv4Packet next));
        Assert.Equal((ushort)(burst.Identification + 14), next.Identification);
    }

    [Theory]
    [InlineData(PathMtuDiscovery.Want)]
    [InlineData(PathMtuDiscovery.Do)]
    [InlineData(PathMtuDiscovery.Dont)]
    public void Segments_that_do_not_fit_the_path_are_refused_and_never_fragmented(PathMtuDiscovery discovery)
    {
        OutputRig rig = Rig(LinkFeatures.All);
        Assert.Equal(Errno.Success, Send(rig, 20_000, Size, discovery: discovery));
        Assert.Equal(Errno.EMSGSIZE, Send(rig, 20_000, Size + 1, discovery: discovery));
        Assert.Equal(1, rig.Context.Drops[DropReason.IpTooBig]);
        Assert.Single(rig.TakeSent());
        Assert.Equal(0, rig.Context.Packets.Outstanding);
    }

    [Fact]
    public void What_is_not_many_is_not_taken_for_many()
    {
        OutputRig rig = Rig(LinkFeatures.All);
        PacketBuffer unit = rig.Context.Packets.RentCopy(_payload.AsSpan(0, 1000));
        Bursts.PrependTcp(unit, "10.9.0.2", "10.9.0.1", 500);
        unit.Offload = unit.Offload with { SegmentSize = 1000 };
        Assert.Equal(Errno.EINVAL, rig.Output.Send(unit, rig.RouteTo("10.9.0.1"), OutputRig.Peer, default, rig.Now));
        Assert.Equal(1, rig.Context.Drops[DropReason.FrameBadOffload]);
        Assert.Equal(0, rig.Context.Packets.Outstanding);
    }

    [Fact]
    public void Of_a_burst_that_meets_a_full_queue_each_lost_segment_counts_and_the_owner_hears_once()
    {
        OutputRig rig = Rig(LinkFeatures.None);
        while (rig.Port.Queue.Count < FrameQueue.Capacity - 5) rig.Send([1]);
        var owner = new CountingOwner();
        Assert.Equal(Errno.Success, Send(rig, 20_000, Size, owner));
        Assert.Equal(14 - 5, rig.Context.Drops[DropReason.LinkQueueFull]);
        Assert.Equal(14 - 5, rig.Port.Counters.DropsOut);
        Assert.Equal(FrameQueue.Capacity, rig.TakeSent().Length);
        Assert.Equal((1, 0), (owner.Released, rig.Context.Packets.Outstanding));
    }

    [Fact]
    public void The_owner_of_a_burst_hears_when_its_last_segment_has_left()
    {
        OutputRig rig = Rig(LinkFeatures.None);
        var owner = new CountingOwner();
        Send(rig, 20_000, Size, owner);
        for (int left = 14; left > 0; left--)
        {
            Assert.Equal(0, owner.Released);
            rig.Port.Queue.Take().Return();
        }

        Assert.Equal(1, owner.Released);
    }

    [Fact]
    public void Waiting_bursts_take_bounded_memory()
    {
        OutputRig rig = Rig(LinkFeatures.All);
        for (int i = 0; i < 300; i++) Send(rig, 20_000, Size);
        Assert.InRange(rig.Port.Queue.Memory, FrameQueue.MemoryLimit / 2, FrameQueue.MemoryLimit);
        Assert.Equal(300 - rig.Port.Queue.Count, rig.Context.Drops[DropReason.LinkQueueFull]);
        rig.TakeSent();
        Assert.Equal(0, rig.Port.Queue.Memory);
    }

    [Theory]
    [InlineData(LinkFeatures.None)]
    [InlineData(LinkFeatures.Checksum)]
    public void An_open_checksum_is_filled_in_for_a_link_that_does_not_and_before_a_packet_is_fragmented(LinkFeatures features)
    {
        OutputRig rig = Rig(features);
        foreach (int octets in (int[])[100, 4000])
        {
            PacketBuffer unit = rig.Context.Packets.RentCopy(_payload.AsSpan(0, octets));
            var pseudo = new PseudoHeader(OutputRig.Here, OutputRig.Peer, IpProtocol.Udp, 0);
            new UdpHeader(1, 2).PrependOpen(unit, pseudo);
            var options = new IpSendOptions { Protocol = IpProtocol.Udp, TimeToLive = 64 };
            Assert.Equal(Errno.Success, rig.Output.Send(unit, rig.RouteTo("10.9.0.1"), OutputRig.Peer, options, rig.Now));
            bool isLeftOpen = octets == 100 && features == LinkFeatures.Checksum;
            Assert.Equal(isLeftOpen, rig.Port.Queue[0].Offload.NeedsChecksum);
            byte[] datagram = OutputRig.Reassemble(rig.TakeSent());
            bool isRight = InternetChecksum.Of(datagram, pseudo with { Length = datagram.Length }) == 0;
            Assert.Equal(!isLeftOpen, isRight);
        }
    }

    [Fact]
    public void Cutting_allocates_nothing()
    {
        OutputRig rig = Rig(LinkFeatures.None);
        long octets = Allocation.Of(() =>
        {
            Send(rig, 20_000, Size);
            while (rig.Port.Queue.Count > 0) rig.Port.Queue.Take().Return();
        });
        Assert.Equal(0, octets);
    }

    private sealed class CountingOwner : IPacketOwner
    {
        public int Released { get; private set; }

        public void OnPacketReleased(int charge) => Released += charge;
    }
}
