using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Link;
using UserNet.Tap;
using UserNet.Tap.Native;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Tap;

/// <summary>packet: and pcap: on v0 of a veth pair whose other end, v1, has the kernel's address 10.9.0.1.</summary>
[Collection(nameof(WholeProcess))]
public sealed class CardDeviceTests
{
    [Theory]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void It_answers_to_an_address_of_its_own_beside_the_kernel_on_the_same_card(string kind) => OnPair(kind, () =>
    {
        IpTool("addr add 10.9.0.3/24 dev v0");
        using Device ours = Device.Open($"{kind}:v0"), other = Device.Open($"{kind}:v1");
        RecordingSink atOurs = new(), atOther = new();
        ours.Start(atOurs);
        other.Start(atOther);
        MacAddress address = ours.Address!.Value, otherAddress = other.Address!.Value;
        Assert.True(address.IsLocal && !address.IsMulticast && address != ours.KernelAddress);

        // The kernel of the other end answers us; and both we and the kernel beside us are asked by the other end.
        Assert.Equal(1, ours.Send([new LinkFrame(TestFrames.ArpRequest(address, "10.9.0.2", "10.9.0.1"))]));
        byte[] reply = atOurs.WaitFor(f => TestFrames.IsArpReplyFrom(f, "10.9.0.1")).Octets;
        Assert.Equal(other.KernelAddress, MacAddress.FromOctets(reply.AsSpan(22, 6)));
        Assert.Equal(1, other.Send([new LinkFrame(TestFrames.ArpRequest(otherAddress, "10.9.0.7", "10.9.0.3"))]));
        reply = atOther.WaitFor(f => TestFrames.IsArpReplyFrom(f, "10.9.0.3")).Octets;
        Assert.Equal(ours.KernelAddress, MacAddress.FromOctets(reply.AsSpan(22, 6)));

        // Of what the other end sends, we see what is for us, and not what is for the kernel beside us.
        Assert.Equal(3, other.Send([
            new LinkFrame(TestFrames.Numbered(ours.KernelAddress!.Value, otherAddress, 1)),
            new LinkFrame(TestFrames.Numbered(address, otherAddress, 2)),
            new LinkFrame(TestFrames.Numbered(MacAddress.Parse("01:00:5e:00:00:fb"), otherAddress, 3))]));
        atOurs.WaitFor(f => TestFrames.TypeOf(f) == 0x88B5 && TestFrames.NumberOf(f) == 3);
        Assert.Equal([2, 3], atOurs.Frames.Where(f => TestFrames.TypeOf(f.Octets) == 0x88B5).Select(f => TestFrames.NumberOf(f.Octets)));

        // And nothing of what we or the kernel beside us sent.
        Assert.DoesNotContain(atOurs.Frames, f => MacAddress.FromOctets(f.Octets.AsSpan(6, 6)) is var from && (from == address || from == ours.KernelAddress));
    });

    [Theory]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void Datagrams_of_the_kernel_arrive_whole_and_in_order_with_their_open_checksums(string kind) => OnPair(kind, () =>
    {
        using Device card = Device.Open($"{kind}:v0");
        RecordingSink sink = new(f => f.Length > 42 && TestFrames.TypeOf(f.Span) == 0x0800 && f.Span[23] == 17);
        card.Start(sink);
        IpTool($"neigh add 10.9.0.2 lladdr {card.Address} dev v1");
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        const int Datagrams = 300;
        for (int i = 0; i < Datagrams; i++)
        {
            byte[] payload = new byte[1 + (i * 4)];
            payload.AsSpan().Fill((byte)i);
            socket.SendTo(payload, new IPEndPoint(IPAddress.Parse("10.9.0.2"), 9));
        }

        Assert.True(Until(() => sink.Frames.Length == Datagrams));
        for (int i = 0; i < Datagrams; i++)
        {
            (byte[] octets, PacketOffload facts) = sink.Frames[i];
            Assert.Equal(42 + 1 + (i * 4), octets.Length);
            Assert.All(octets[42..], o => Assert.Equal((byte)i, o));
            Assert.Equal((true, true, 34, 6), (facts.NeedsChecksum, facts.ChecksumIsGood, facts.ChecksumStart, facts.ChecksumOffset));
        }
    });

    [Theory]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void A_hundred_thousand_frames_that_are_reported_sent_all_arrive(string kind) => OnPair(kind, () =>
    {
        using Device card = Device.Open($"{kind}:v0"), other = Device.Open("packet:v1");
        RecordingSink sink = new();
        CountingSink atOther = new();
        card.Start(sink);
        other.Start(atOther);
        const int Frames = 100_000, Batch = 100;
        LinkFrame[] frames = new LinkFrame[Batch];
        for (int sent = 0; sent < Frames; sent += Batch)
        {
            for (int i = 0; i < Batch; i++)
                frames[i] = new LinkFrame(TestFrames.Numbered(other.Address!.Value, card.Address!.Value, sent + i, 60 + ((sent + i) % 1455)));
            TestFrames.SendAll(card, sink, frames);
        }

        Assert.Equal(Frames, card.Counters.FramesSent);
        Assert.Equal(0, card.Counters.FramesRefused);
        Assert.Equal(Frames, Counter("v1", "rx", "packets"));
        Assert.True(Until(() => atOther.Frames + other.Counters.KernelDropped == Frames), $"{other.Counters}");
        Assert.True(atOther.Frames > Frames / 2, $"{other.Counters}");
    });

    [Theory]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void While_the_card_is_down_nothing_is_taken_and_then_everything_arrives(string kind) => OnPair(kind, () =>
    {
        using Device card = Device.Open($"{kind}:v0"), other = Device.Open("packet:v1");
        RecordingSink sink = new(), atOther = new(f => TestFrames.TypeOf(f.Span) == 0x88B5);
        card.Start(sink);
        other.Start(atOther);
        int sent = 0;
        foreach (string end in (ReadOnlySpan<string>)["v0", "v1", "v0"])    // the second: no carrier
        {
            IpTool($"link set {end} down");
            LinkFrame[] frames = Array.ConvertAll([1, 2, 3], n => new LinkFrame(TestFrames.Numbered(other.Address!.Value, card.Address!.Value, sent + n)));
            Thread sender = new(() => TestFrames.SendAll(card, sink, frames));
            sender.Start();
            Assert.False(sender.Join(100));
            IpTool($"link set {end} up");
            sender.Join();
            sent += 3;
            Assert.True(Until(() => atOther.Frames.Length == sent));
            TestFrames.SendAll(other, atOther, [new LinkFrame(TestFrames.Numbered(card.Address!.Value, other.Address!.Value, sent))]);
            sink.WaitFor(f => TestFrames.TypeOf(f) == 0x88B5 && TestFrames.NumberOf(f) == sent);
        }

        Assert.Equal(0, sink.Closings);
        Assert.True(card.Counters.Waits >= 3);
        Assert.Equal((9L, 0L), (card.Counters.FramesSent, card.Counters.FramesRefused));
    });

    [Theory]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void Deleting_the_card_closes_the_device_with_the_reason(string kind) => OnPair(kind, () =>
    {
        using Device card = Device.Open($"{kind}:v0");
        RecordingSink sink = new();
        card.Start(sink);
        IpTool("link del v0");
        Assert.True(sink.WaitForEnd());
        Assert.Equal(DeviceError.Gone, Assert.IsType<DeviceException>(sink.Failure).Error);
        Assert.Equal(0, card.Send([new LinkFrame(new byte[60])]));
    });

    [Theory]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void Closing_under_traffic_stops_at_once(string kind) => OnPair(kind, () =>
    {
        Device card = Device.Open($"{kind}:v0");
        using Device other = Device.Open("packet:v1");
        RecordingSink sink = new(), atOther = new();
        card.Start(sink);
        other.Start(atOther);
        MacAddress to = card.Address!.Value, from = other.Address!.Value;
        bool stop = false;
        Thread[] senders =
        [
            new(() =>
            {
                while (!Volatile.Read(ref stop)) _ = other.Send([new LinkFrame(TestFrames.Numbered(to, from, 1))]);
            }),
            new(() =>
            {
                while (!Volatile.Read(ref stop)) _ = card.Send([new LinkFrame(TestFrames.Numbered(from, to, 1))]);
            }),
        ];
        foreach (Thread sender in senders) sender.Start();
        Assert.True(Until(() => sink.Frames.Length > 100));
        Stopwatch watch = Stopwatch.StartNew();
        card.Dispose();
        Assert.InRange(watch.ElapsedMilliseconds, 0, 1000);
        int seen = sink.Frames.Length;
        Thread.Sleep(50);
        Volatile.Write(ref stop, true);
        foreach (Thread sender in senders) sender.Join();
        Assert.Equal((seen, 1, null), (sink.Frames.Length, sink.Closings, sink.Failure));
        Assert.True(card.Counters.FramesReceived >= seen);    // counters outlive it
    });

    [Theory]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void A_tag_comes_with_its_frame_both_ways(string kind) => OnPair(kind, () =>
    {
        using Device card = Device.Open($"{kind}:v0"), other = Device.Open("packet:v1");
        RecordingSink sink = new(), atOther = new();
        card.Start(sink);
        other.Start(atOther);
        byte[] untagged = TestFrames.Numbered(card.Address!.Value, other.Address!.Value, 42, 100);
        byte[] tagged = [.. untagged[..12], 0x81, 0x00, 0x61, 0x23, .. untagged[12..]];
        byte[] back = [.. tagged[6..12], .. tagged[..6], .. tagged[12..]];
        Assert.Equal(1, other.Send([new LinkFrame(tagged)]));
        Assert.Equal(tagged, sink.WaitFor(f => TestFrames.TypeOf(f) == 0x8100).Octets);
        Assert.Equal(1, card.Send([new LinkFrame(back)]));
        Assert.Equal(back, atOther.WaitFor(f => TestFrames.TypeOf(f) == 0x8100).Octets);
    });

    [Theory]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void Frames_that_could_never_leave_are_dropped_and_counted(string kind) => OnPair(kind, () =>
    {
        using Device card = Device.Open($"{kind}:v0");
        card.Start(new RecordingSink());
        LinkFrame good = new(TestFrames.Numbered(card.KernelAddress!.Value, card.Address!.Value, 1));
        Assert.Equal(4, card.Send([new LinkFrame(new byte[5]), good, new LinkFrame(new byte[3000]), good]));
        Assert.Equal((2L, 2L), (card.Counters.FramesRefused, card.Counters.FramesSent));
    });

    [Theory]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void Each_refusal_says_what_stood_in_the_way_and_what_helps(string kind) => OnPair(kind, () =>
    {
        DeviceException refusal = Assert.Throws<DeviceException>(() => Device.Open($"{kind}:nope"));
        Assert.Equal(DeviceError.NoInterface, refusal.Error);
        Assert.Contains("ip link", refusal.Message, StringComparison.Ordinal);

        using (Device tun = Device.Open("tun:u0"))
            Assert.Equal(DeviceError.WrongKind, Assert.Throws<DeviceException>(() => Device.Open($"{kind}:u0")).Error);

        Assert.Equal(0, Parity.KernelCalls.SetEffectiveUser(65534));
        try
        {
            refusal = Assert.Throws<DeviceException>(() => Device.Open($"{kind}:v0"));
            Assert.Equal(DeviceError.NoPermission, refusal.Error);
            Assert.Contains("sudo setcap cap_net_raw", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            _ = Parity.KernelCalls.SetEffectiveUser(0);
        }
    });

    [Theory]
    [InlineData("packet")]
    [InlineData("pcap")]
    public void Reading_and_sending_allocate_nothing(string kind) => OnPair(kind, () =>
    {
        using Device card = Device.Open($"{kind}:v0");
        CountingSink sink = new();
        card.Start(sink);
        LinkFrame[] frames = new LinkFrame[32];
        frames.AsSpan().Fill(new LinkFrame(TestFrames.ArpRequest(card.Address!.Value, "10.9.0.2", "10.9.0.1")));
        long allocated = Allocation.Of(() =>
        {
            for (int i = 0; i < 50; i++) _ = card.Send(frames);
        });
        Assert.Equal(0, allocated);
        Assert.True(Until(() => sink.Frames > 1000));
        Assert.Equal(0, sink.AllocatedSince(500));
    });

    [Fact]
    public void Without_libpcap_the_message_says_how_to_get_it()
    {
        DeviceException refusal = LibPcap.Missing("pcap:eth0");
        Assert.Equal(DeviceError.NoLibrary, refusal.Error);
        Assert.Contains("apt install libpcap0.8", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("libpcap.so.1", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("packet:", refusal.Message, StringComparison.Ordinal);
    }

    private static void OnPair(string kind, Action test)
    {
        if (kind == "pcap") SkipWithoutPcap();
        Run(() =>
        {
            IpTool("link add v0 type veth peer name v1");
            IpTool("link set v0 up");
            IpTool("link set v1 up");
            IpTool("addr add 10.9.0.1/24 dev v1");
            File.WriteAllText("/proc/sys/net/ipv4/conf/all/arp_ignore", "1");    // an address answers on its own interface alone
            test();
        });
    }

    internal static void SkipWithoutPcap()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            LibPcap.Require("pcap:x");
        }
        catch (DeviceException e)
        {
            Assert.Skip(e.Message);
        }
    }
}
