using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Link;
using Xunit;

namespace UserNet.Tests.Emulation;

/// <summary>Bursts and open checksums on links that act on frames as they are on a wire.</summary>
public sealed class WireFramesTests
{
    private const ushort Size = 1448;

    private static readonly MacAddress A = MacAddress.Parse("02:00:00:00:00:0a"), B = MacAddress.Parse("02:00:00:00:00:0b");

    private readonly VirtualNetwork _lab = new(1);
    private readonly byte[] _payload = new byte[30_000];

    public WireFramesTests() => TestSettings.Random(2).NextBytes(_payload);

    private LinkFrame Burst(MacAddress to, MacAddress from, ushort size = Size)
    {
        (byte[] octets, PacketOffload offload) = Bursts.Tcp(to, from, "10.0.0.1", "10.0.0.2", _payload, size);
        return new LinkFrame(octets, offload);
    }

    private void AssertWhole(IReadOnlyList<byte[]> frames)
    {
        byte[] all = new byte[_payload.Length];
        int octets = 0;
        foreach (byte[] frame in frames)
        {
            (uint sequence, byte[] payload) = Bursts.RightSegment(frame);
            payload.CopyTo(all, (int)sequence - 1);
            octets += payload.Length;
        }

        Assert.Equal(_payload.Length, octets);
        Assert.Equal(_payload, all);
    }

    [Fact]
    public void A_bad_wire_loses_single_segments_of_a_burst_and_not_the_burst()
    {
        var inner = new HeldLink { KeepsFrames = true };
        ImpairedLink link = _lab.Impair(inner, new LinkConditions { Loss = 0.3 });
        link.Start(new RecordingSink());
        Assert.Equal(1, link.Send([Burst(B, A)]));
        _lab.RunFor(TimeSpan.FromSeconds(1));
        LinkImpairments counts = link.OutgoingCounts;
        Assert.Equal((21, 21), (counts.Frames, counts.Lost + counts.Delivered));
        Assert.InRange(counts.Lost, 1, 20);
        Assert.Equal(counts.Delivered, inner.Frames.Count);
        Assert.All(inner.Frames, frame => Bursts.RightSegment(frame));
    }

    [Fact]
    public void What_comes_as_a_burst_is_cut_before_it_is_damaged_and_every_damage_shows()
    {
        var inner = new HeldLink();
        var sink = new RecordingSink();
        ImpairedLink link = _lab.Impair(inner, LinkConditions.Perfect, new LinkConditions { Corruption = 1 });
        link.Start(sink);
        inner.Sink!.OnFrames([Burst(B, A)], []);
        (byte[] octets, PacketOffload offload) = Bursts.Udp(B, A, "10.0.0.1", "10.0.0.2", _payload[..100], Size);
        inner.Sink!.OnFrames([new LinkFrame(octets, offload)], []);
        _lab.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(22, link.IncomingCounts.Corrupted);
        Assert.Equal(22, sink.Facts.Count);
        // Nothing vouches for a checksum that is still to be verified.
        Assert.All(sink.Facts, static frame => Assert.Equal(default, frame.Offload));
    }

    [Fact]
    public void Frames_that_are_not_what_they_say_are_counted()
    {
        var inner = new HeldLink();
        ImpairedLink link = _lab.Impair(inner, LinkConditions.Perfect);
        link.Start(new RecordingSink());
        LinkFrame burst = Burst(B, A);
        link.Send([burst with { Offload = burst.Offload with { SegmentKind = SegmentKind.TcpV6 } }]);
        link.Send([new LinkFrame(new byte[60], new PacketOffload { NeedsChecksum = true, ChecksumStart = 59 })]);
        _lab.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(new LinkImpairments { Frames = 2, Malformed = 2 }, link.OutgoingCounts);
    }

    [Fact]
    public void A_switch_cuts_for_the_ports_that_do_not()
    {
        using var network = new LinkSwitch(_lab.Clock);
        HeldLink able = Port(LinkFeatures.All), unable = Port(LinkFeatures.None), half = Port(LinkFeatures.Checksum | LinkFeatures.UdpSegmentation);
        HeldLink from = Port(LinkFeatures.All);
        from.Sink!.OnFrames([Burst(MacAddress.Broadcast, A)], []);
        Assert.Equal((1, 21, 21), (able.Frames.Count, unable.Frames.Count, half.Frames.Count));
        AssertWhole(unable.Frames);
        AssertWhole(half.Frames);
        Assert.Equal((1, 0, 0), (network.Counts.Frames, network.Counts.TooLong, network.Counts.Unfinished));

        (byte[] octets, PacketOffload offload) = Bursts.Udp(MacAddress.Broadcast, A, "10.0.0.1", "10.0.0.2", _payload, Size);
        from.Sink!.OnFrames([new LinkFrame(octets, offload)], []);
        Assert.Equal((2, 42, 22), (able.Frames.Count, unable.Frames.Count, half.Frames.Count));

        HeldLink Port(LinkFeatures features)
        {
            var link = new HeldLink { KeepsFrames = true, Features = features };
            network.Connect(link);
            return link;
        }
    }

    [Fact]
    public void A_switch_fills_in_checksums_for_the_ports_that_do_not()
    {
        using var network = new LinkSwitch(_lab.Clock);
        HeldLink from = new(), to = new() { KeepsFrames = true };
        network.Connect(from);
        network.Connect(to);
        (byte[] octets, PacketOffload offload) = Bursts.Udp(B, A, "10.0.0.1", "10.0.0.2", _payload[..1001], Size);
        byte[] complete = [.. octets];
        UserNet.Wire.OpenChecksums.TryFill(complete, offload);
        from.Sink!.OnFrames([new LinkFrame(octets, offload)], []);
        Assert.Equal([complete], to.Frames);
        Assert.NotEqual(octets, complete);
    }

    [Fact]
    public void A_switch_drops_bursts_of_segments_that_are_too_long_for_a_port()
    {
        using var network = new LinkSwitch(_lab.Clock);
        HeldLink from = new(), to = new() { KeepsFrames = true, Features = LinkFeatures.All };
        network.Connect(from);
        network.Connect(to);
        from.Sink!.OnFrames([Burst(B, A, Size + 1), Burst(B, A)], []);
        Assert.Equal((1, 1), (network.Counts.TooLong, to.Frames.Count));
    }
}
