using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Link;
using UserNet.Tap;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Tap;

/// <summary>TAP and TUN against the running kernel, which is the station at the other end.</summary>
[Collection(nameof(WholeProcess))]
public sealed class TapDeviceTests
{
    [Fact]
    public void The_kernel_answers_an_ARP_request_that_we_send() => Run(() =>
    {
        using Device tap = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
        RecordingSink sink = new();
        tap.Start(sink);
        IpTool("addr add 10.9.0.1/24 dev t0");
        MacAddress ours = tap.Address!.Value;
        Assert.True(ours.IsLocal && !ours.IsMulticast && ours != tap.KernelAddress);

        Assert.Equal(1, tap.Send([new LinkFrame(TestFrames.ArpRequest(ours, "10.9.0.2", "10.9.0.1"))]));
        byte[] reply = sink.WaitFor(f => TestFrames.IsArpReplyFrom(f, "10.9.0.1")).Octets;
        Assert.Equal(tap.KernelAddress, MacAddress.FromOctets(reply.AsSpan(22, 6)));
        Assert.Equal(ours, MacAddress.FromOctets(reply.AsSpan(0, 6)));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Datagrams_of_the_kernel_arrive_whole_and_in_order(bool offload) => Run(() =>
    {
        using Device tap = Device.Open("tap:t0", new DeviceOptions { BringUp = true, Offload = offload });
        RecordingSink sink = new(f => f.Length > 42 && TestFrames.TypeOf(f.Span) == 0x0800 && f.Span[23] == 17);
        tap.Start(sink);
        IpTool("addr add 10.9.0.1/24 dev t0");
        IpTool($"neigh add 10.9.0.2 lladdr {tap.Address} dev t0");
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        IPEndPoint to = new(IPAddress.Parse("10.9.0.2"), 9);
        const int Datagrams = 500;
        for (int i = 0; i < Datagrams; i++)
        {
            byte[] payload = new byte[1 + (i * 2)];
            payload.AsSpan().Fill((byte)i);
            socket.SendTo(payload, to);
        }

        Assert.True(Until(() => sink.Frames.Length == Datagrams));
        for (int i = 0; i < Datagrams; i++)
        {
            (byte[] octets, PacketOffload facts) = sink.Frames[i];
            Assert.Equal(42 + 1 + (i * 2), octets.Length);
            Assert.All(octets[42..], o => Assert.Equal((byte)i, o));
            Assert.Equal(offload, facts.NeedsChecksum);
            if (offload) Assert.Equal((34, 6, true), (facts.ChecksumStart, facts.ChecksumOffset, facts.ChecksumIsGood));
        }
    });

    [Fact]
    public void A_hundred_thousand_frames_that_are_reported_sent_all_arrive() => Run(() =>
    {
        using Device tap = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
        RecordingSink sink = new();
        tap.Start(sink);
        const int Frames = 100_000, Batch = 100;
        LinkFrame[] frames = new LinkFrame[Batch];
        for (int sent = 0; sent < Frames; sent += Batch)
        {
            for (int i = 0; i < Batch; i++)
                frames[i] = new LinkFrame(TestFrames.Numbered(tap.KernelAddress!.Value, tap.Address!.Value, sent + i, 60 + ((sent + i) % 1455)));
            TestFrames.SendAll(tap, sink, frames);
        }

        Assert.Equal(Frames, tap.Counters.FramesSent);
        Assert.Equal(Frames, Counter("t0", "rx", "packets"));
        Assert.Equal(0, tap.Counters.FramesRefused);
    });

    [Fact]
    public void While_the_interface_is_down_nothing_is_taken_and_then_everything_arrives() => Run(() =>
    {
        using Device tap = Device.Open("tap:t0");
        RecordingSink sink = new();
        tap.Start(sink);
        Assert.False(tap.IsUp);
        int sent = 0;
        for (int round = 0; round < 5; round++)
        {
            LinkFrame[] frames = Array.ConvertAll([1, 2, 3], n => new LinkFrame(TestFrames.Numbered(tap.KernelAddress!.Value, tap.Address!.Value, n)));
            Assert.Equal(0, tap.Send(frames));
            Assert.False(sink.WaitForRoom(50));
            IpTool("link set t0 up");
            Assert.True(sink.WaitForRoom());
            Assert.Equal(3, tap.Send(frames));
            sent += 3;
            Assert.Equal(sent, Counter("t0", "rx", "packets"));
            IpTool("link set t0 down");
        }

        Assert.Equal(sent, tap.Counters.FramesSent);
        Assert.Equal(5, tap.Counters.Waits);
        Assert.Equal(0, tap.Counters.FramesRefused);
    });

    [Fact]
    public void Frames_reported_sent_while_the_interface_goes_up_and_down_all_arrive() => Run(() =>
    {
        using Device tap = Device.Open("tap:t0");
        RecordingSink sink = new();
        tap.Start(sink);
        MacAddress to = tap.KernelAddress!.Value, from = tap.Address!.Value;
        const int Frames = 20_000;
        int sent = 0;
        Thread sender = new(() =>
        {
            for (; sent < Frames; sent++)
                TestFrames.SendAll(tap, sink, [new LinkFrame(TestFrames.Numbered(to, from, sent))]);
        });
        sender.Start();
        while (sender.IsAlive)
        {
            IpTool("link set t0 up");
            Thread.Sleep(5);
            if (sent < Frames) IpTool("link set t0 down");
        }

        Assert.Equal(Frames, tap.Counters.FramesSent);
        Assert.Equal(Frames, Counter("t0", "rx", "packets"));
        Assert.NotEqual(0, tap.Counters.Waits);
    });

    [Fact]
    public void Closing_under_traffic_stops_at_once() => Run(() =>
    {
        Device tap = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
        bool inside = false, late = false, disposed = false;
        RecordingSink sink = new() { During = () => { late |= Volatile.Read(ref disposed); inside = true; } };
        tap.Start(sink);
        IpTool("addr add 10.9.0.1/24 dev t0");
        IpTool($"neigh add 10.9.0.2 lladdr {tap.Address} dev t0");
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        bool stop = false;
        Thread sender = new(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                try
                {
                    socket.SendTo(new byte[100], new IPEndPoint(IPAddress.Parse("10.9.0.2"), 9));
                }
                catch (SocketException)
                {
                    return;    // the interface went with its device
                }
            }
        });
        sender.Start();
        Assert.True(Until(() => Volatile.Read(ref inside)));

        Stopwatch watch = Stopwatch.StartNew();
        tap.Dispose();
        Volatile.Write(ref disposed, true);
        Assert.InRange(watch.ElapsedMilliseconds, 0, 1000);
        Assert.True(sink.WaitForEnd());
        Thread.Sleep(50);
        Volatile.Write(ref stop, true);
        sender.Join();

        Assert.False(late);
        Assert.Null(sink.Failure);
        Assert.Equal(1, sink.Closings);
        Assert.Equal(0, tap.Send([new LinkFrame(new byte[60])]));
        tap.Dispose();
        Assert.Throws<InvalidOperationException>(() => IpTool("link show dev t0"));
    });

    [Fact]
    public void It_can_be_closed_from_inside_the_sink() => Run(() =>
    {
        Device tap = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
        RecordingSink sink = new();
        sink.During = tap.Dispose;
        tap.Start(sink);
        IpTool("addr add 10.9.0.1/24 dev t0");
        Assert.Equal(1, tap.Send([new LinkFrame(TestFrames.ArpRequest(tap.Address!.Value, "10.9.0.2", "10.9.0.1"))]));
        Assert.True(sink.WaitForEnd());
        Assert.True(Until(() => !IpTool("-j link").Contains("t0", StringComparison.Ordinal)));
    });

    [Fact]
    public void Deleting_the_interface_closes_the_device_with_the_reason() => Run(() =>
    {
        using Device tap = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
        RecordingSink sink = new();
        tap.Start(sink);
        IpTool("link del t0");
        Assert.True(sink.WaitForEnd());
        DeviceException failure = Assert.IsType<DeviceException>(sink.Failure);
        Assert.Equal(DeviceError.Gone, failure.Error);
        Assert.Equal(0, tap.Send([new LinkFrame(new byte[60])]));
        tap.Dispose();
        Assert.Equal(1, sink.Closings);
    });

    [Fact]
    public void A_TAP_that_is_open_is_busy() => Run(() =>
    {
        using Device tap = Device.Open("tap:t0");
        DeviceException refusal = Assert.Throws<DeviceException>(() => Device.Open("tap:t0"));
        Assert.Equal(DeviceError.Busy, refusal.Error);
        Assert.Contains("has it open", refusal.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Each_refusal_says_what_stood_in_the_way_and_what_helps() => Run(() =>
    {
        IpTool("tuntap add name tun0 mode tun");
        IpTool("link add v0 type veth peer name v1");
        Refuses("tap:nope", DeviceError.NoInterface, "ip tuntap add nope mode tap user $USER", DeviceCreation.Open);
        Refuses("tap:tun0", DeviceError.WrongKind, "open tun:tun0");
        Refuses("tun:v0", DeviceError.WrongKind, "packet:v0");
        Refuses("tun:tun0", DeviceError.Exists, "ip link del tun0", DeviceCreation.Create);

        // As somebody who may open the node, but not make interfaces.
        using (Device held = Device.Open("tap:t0", new DeviceOptions { Persistent = true })) Assert.NotNull(held.KernelAddress);
        Refuses("tap:t0", DeviceError.AddressTaken, "chosen", address: AddressOf("t0"));
    });

    [Fact]
    public void Without_the_right_to_it_the_message_says_what_to_run() => Run(() =>
    {
        Assert.Equal(0, Parity.KernelCalls.SetEffectiveUser(65534));
        try
        {
            DeviceException refusal = Assert.Throws<DeviceException>(() => Device.Open("tap:t0"));
            Assert.True(DeviceError.NoPermission == refusal.Error, refusal.Message);
            Assert.Contains("sudo ip tuntap add t0 mode tap user $USER", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            _ = Parity.KernelCalls.SetEffectiveUser(0);
        }
    });

    [Fact]
    public void A_persistent_interface_outlives_the_device_and_is_attached_again() => Run(() =>
    {
        using (Device tap = Device.Open("tap:t0", new DeviceOptions { Persistent = true, Mtu = 1400 })) Assert.Equal(1400, tap.Mtu);
        Assert.Contains("mtu 1400", IpTool("link show dev t0"), StringComparison.Ordinal);
        using (Device tap = Device.Open("tap:t0", new DeviceOptions { Creation = DeviceCreation.Open, Persistent = false }))
        {
            Assert.Equal(1400, tap.Mtu);
            tap.SetMtu(9000);
            Assert.Equal(9000, tap.Mtu);
            Assert.Contains("mtu 9000", IpTool("link show dev t0"), StringComparison.Ordinal);
            Assert.Throws<DeviceException>(() => tap.SetMtu(1 << 20));
            Assert.Equal(9000, tap.Mtu);
        }

        Assert.Throws<InvalidOperationException>(() => IpTool("link show dev t0"));
    });

    [Fact]
    public void The_kernel_completes_a_name_with_a_number() => Run(() =>
    {
        using Device first = Device.Open("tap:usr%d"), second = Device.Open("tap:usr%d");
        Assert.Equal(("usr0", "usr1"), (first.Name, second.Name));
        Assert.Equal("tap:usr1", second.ToString());
    });

    [Fact]
    public void A_TUN_carries_bare_packets_both_ways() => Run(() =>
    {
        using Device tun = Device.Open("tun:u0", new DeviceOptions { BringUp = true });
        RecordingSink sink = new();
        tun.Start(sink);
        IpTool("addr add 10.9.0.1 peer 10.9.0.2 dev u0");
        Assert.Equal((LinkMedium.Ip, null, null), (tun.Medium, tun.Address, tun.KernelAddress));
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        socket.Bind(new IPEndPoint(IPAddress.Parse("10.9.0.1"), 7777));

        byte[] payload = [1, 2, 3, 4, 5];
        Assert.Equal(2, tun.Send([new LinkFrame(new byte[] { 0, 1, 2 }), new LinkFrame(TestFrames.Udp4("10.9.0.2", "10.9.0.1", 7777, payload))]));
        byte[] received = new byte[100];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        Assert.Equal(5, socket.ReceiveFrom(received, ref from));
        Assert.Equal(payload, received[..5]);
        Assert.Equal((1L, 1L), (tun.Counters.FramesRefused, tun.Counters.FramesSent));    // three octets are no IP packet

        socket.SendTo(payload, from);
        byte[] packet = sink.WaitFor(p => p.Length == 33).Octets;
        Assert.Equal(payload, packet[28..]);
        Assert.Equal(0x45, packet[0]);
    });

    [Fact]
    public void Reading_and_sending_allocate_nothing() => Run(() =>
    {
        using Device tap = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
        CountingSink sink = new();
        tap.Start(sink);
        IpTool("addr add 10.9.0.1/24 dev t0");
        LinkFrame[] frames = new LinkFrame[32];
        frames.AsSpan().Fill(new LinkFrame(TestFrames.ArpRequest(tap.Address!.Value, "10.9.0.2", "10.9.0.1")));
        long allocated = Allocation.Of(() =>
        {
            for (int i = 0; i < 100; i++) _ = tap.Send(frames);
        });
        Assert.Equal(0, allocated);
        Assert.True(Until(() => sink.Frames > 1000));
        Assert.Equal(0, sink.AllocatedSince(500));
    });

    [Fact]
    public void Neither_refusals_nor_closing_leave_descriptors_open() => Run(() =>
    {
        IpTool("link add v0 type veth peer name v1");
        IpTool("tuntap add name tun0 mode tun");
        void OpenAll()
        {
            foreach (string spec in (ReadOnlySpan<string>)["tap:tun0", "tap:v0", "packet:tun0", "pcap:tun0", "packet:nope", "pcap:nope"])
                Assert.Throws<DeviceException>(() => Device.Open(spec));
            foreach (string spec in (ReadOnlySpan<string>)["tap:t0", "packet:v0", "pcap:v0"])
            {
                Assert.Throws<DeviceException>(() => Device.Open(spec, new DeviceOptions { Mtu = 1 << 20 }));    // fails last of all
                if (spec[1] == 'c') continue;
                using Device device = Device.Open(spec);
                device.Start(new RecordingSink());
            }
        }

        OpenAll();
        int before = Directory.GetFiles("/proc/self/fd").Length;
        for (int i = 0; i < 20; i++) OpenAll();
        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 5);
    });

    private static void Refuses(
        string spec, DeviceError error, string help, DeviceCreation creation = DeviceCreation.OpenOrCreate, MacAddress? address = null)
    {
        DeviceException refusal = Assert.Throws<DeviceException>(
            () => Device.Open(spec, new DeviceOptions { Creation = creation, Address = address }));
        Assert.Equal(error, refusal.Error);
        Assert.Contains(help, refusal.Message, StringComparison.Ordinal);
        Assert.StartsWith(spec, refusal.Message, StringComparison.Ordinal);
    }

    private static MacAddress AddressOf(string name)
    {
        string[] words = IpTool($"-o link show dev {name}").Split(' ');
        return MacAddress.Parse(words[Array.IndexOf(words, "link/ether") + 1]);
    }
}
