using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Link;
using UserNet.Tap;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Tap;

/// <summary>Bursts of segments against the kernel: what it makes of ours, and what it gives us.</summary>
[Collection(nameof(WholeProcess))]
public sealed class KernelCutsTests
{
    private const ushort Size = 1400;
    private const int Octets = 40_001;

    // In by one TAP as a burst, and out by another that takes no bursts: in between the kernel has to cut, as we do.
    [Theory]
    [InlineData(SegmentKind.TcpV4, 0x18)]
    [InlineData(SegmentKind.TcpV4, 0x99)]      // CWR, ACK, PSH, FIN
    [InlineData(SegmentKind.TcpV6, 0x18)]
    [InlineData(SegmentKind.TcpV6, 0xD9)]      // and ECE
    [InlineData(SegmentKind.Udp, 0)]
    public void The_kernel_cuts_as_we_do_to_the_octet(SegmentKind kind, byte flags) => Run(() =>
    {
        using Device t0 = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
        using Device t1 = Device.Open("tap:t1", new DeviceOptions { BringUp = true, Offload = false });
        Assert.Equal(LinkFeatures.None, t1.Features);
        if (kind == SegmentKind.Udp && (t0.Features & LinkFeatures.UdpSegmentation) == 0) Assert.Skip("the kernel cuts no datagrams");
        bool isV6 = kind == SegmentKind.TcpV6;
        SetUpRouter(t0, t1, isV6);
        LinkFrame burst = Burst(t0, kind, flags);
        Assert.True(t0.Features.Take(burst.Offload));

        RecordingSink sink = new();
        t1.Start(sink);
        t0.Start(new CountingSink());
        Assert.Equal(1, t0.Send([burst]));

        // What is expected is one hop further.
        byte[] onward = burst.Octets.ToArray();
        t1.Address!.Value.WriteOctets(onward);
        t1.KernelAddress!.Value.WriteOctets(onward.AsSpan(6));
        if (isV6) onward[21]--;
        else onward[22]--;
        Assert.True(SegmentCutter.TryParse(onward, 14, burst.Offload, out SegmentCutter cutter));
        int count = cutter.Count;
        Assert.True(Until(() => Ours(sink).Length >= count), $"{Ours(sink).Length} of {count}; {t0.Counters}; {t1.Counters}");
        byte[][] seen = Ours(sink);
        byte[] expected = new byte[cutter.LargestLength];
        for (int i = 0; i < count; i++)
        {
            int length = cutter.Write(i, expected);
            Assert.Equal(Convert.ToHexString(expected.AsSpan(0, length)), Convert.ToHexString(seen[i]));
        }

        Assert.Equal(count, seen.Length);
        byte[][] Ours(RecordingSink from) => [.. from.Frames.Select(static f => f.Octets).Where(f => f.AsSpan(0, 12).SequenceEqual(onward.AsSpan(0, 12))
            && f[isV6 ? 20 : 23] is 6 or 17)];
    });

    // It answers what nobody listens to with a reset that says how much it has seen; and only with a right checksum.
    [Fact]
    public void The_kernel_takes_a_burst_of_ours_as_one_segment() => Run(() =>
    {
        using Device tap = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
        RecordingSink sink = new();
        tap.Start(sink);
        IpTool("addr add 10.9.0.1/24 dev t0");
        IpTool($"neigh add 10.9.0.2 lladdr {tap.Address} dev t0");
        (byte[] octets, PacketOffload offload) = Bursts.Tcp(
            tap.KernelAddress!.Value, tap.Address!.Value, "10.9.0.2", "10.9.0.1", new byte[60_000], Size, sequence: 1000, flags: 0x08);
        Assert.Equal(1, tap.Send([new LinkFrame(octets, offload)]));
        byte[] reset = sink.WaitFor(static f => f.Length >= 54 && f[23] == 6).Octets;
        Assert.Equal(0x14, reset[47]);      // ACK, RST
        Assert.Equal(61_000u, BinaryPrimitives.ReadUInt32BigEndian(reset.AsSpan(42)));
    });

    [Fact]
    public void Datagrams_of_a_burst_of_ours_reach_a_socket_of_the_kernel_one_by_one() => Run(() =>
    {
        using Device tap = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
        if ((tap.Features & LinkFeatures.UdpSegmentation) == 0) Assert.Skip("the kernel cuts no datagrams");
        tap.Start(new CountingSink());
        IpTool("addr add 10.9.0.1/24 dev t0");
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000, ReceiveBufferSize = 1 << 20 };
        socket.Bind(new IPEndPoint(IPAddress.Parse("10.9.0.1"), 7777));
        byte[] payload = new byte[Octets];
        TestSettings.Random(1).NextBytes(payload);
        (byte[] octets, PacketOffload offload) = Bursts.Udp(tap.KernelAddress!.Value, tap.Address!.Value, "10.9.0.2", "10.9.0.1", payload, Size);
        Assert.Equal(1, tap.Send([new LinkFrame(octets, offload)]));
        byte[] one = new byte[65_536];
        for (int at = 0; at < Octets; at += Size)
            Assert.True(payload.AsSpan(at, Math.Min(Size, Octets - at)).SequenceEqual(one.AsSpan(0, socket.Receive(one))));
    });

    [Fact]
    public void A_burst_of_datagrams_of_the_kernel_comes_as_one_frame_with_its_facts() => Run(() =>
    {
        using Device tap = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
        if ((tap.Features & LinkFeatures.UdpSegmentation) == 0) Assert.Skip("the kernel keeps no bursts of datagrams for others");
        RecordingSink sink = new(static f => f.Length > 5000);
        tap.Start(sink);
        IpTool("addr add 10.9.0.1/24 dev t0");
        IpTool($"neigh add 10.9.0.2 lladdr {tap.Address} dev t0");
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetRawSocketOption(17, 103, BitConverter.GetBytes((int)Size));      // SOL_UDP, UDP_SEGMENT
        byte[] payload = new byte[Octets];
        TestSettings.Random(1).NextBytes(payload);
        socket.SendTo(payload, new IPEndPoint(IPAddress.Parse("10.9.0.2"), 9));
        (byte[] octets, PacketOffload facts) = sink.WaitFor(static f => f.Length > 5000);
        Assert.Equal((SegmentKind.Udp, Size, true), (facts.SegmentKind, facts.SegmentSize, facts.NeedsChecksum));
        Assert.True(SegmentCutter.TryParse(octets, 14, facts, out SegmentCutter cutter));
        Assert.Equal((Octets + Size - 1) / Size, cutter.Count);
        byte[] cut = new byte[cutter.LargestLength];
        for (int i = 0; i < cutter.Count; i++)
        {
            int length = cutter.Write(i, cut);
            Assert.True(Ipv4Packet.TryParse(cut.AsSpan(14, length - 14), out Ipv4Packet packet) && packet.ChecksumIsRight);
            Assert.Equal(
                UserNet.Doors.DropReason.None, UserNet.Udp.UdpInput.Check(packet.Payload, packet.Source, packet.Destination, false, out UdpDatagram datagram));
            Assert.True(payload.AsSpan(i * Size, datagram.Payload.Length).SequenceEqual(datagram.Payload));
        }
    });

    private static void SetUpRouter(Device t0, Device t1, bool isV6)
    {
        if (!isV6)
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            IpTool("addr add 10.9.0.1/24 dev t0");
            IpTool("addr add 10.8.0.1/24 dev t1");
            IpTool($"neigh add 10.8.0.2 lladdr {t1.Address} dev t1");
            IpTool($"neigh add 10.9.0.2 lladdr {t0.Address} dev t0");
            return;
        }

        foreach (string name in (string[])["t0", "t1"])
        {
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", "0");
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{name}/forwarding", "1");
        }

        File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "1");
        IpTool("addr add fd00:9::1/64 dev t0 nodad");
        IpTool("addr add fd00:8::1/64 dev t1 nodad");
        IpTool($"neigh add fd00:8::2 lladdr {t1.Address} dev t1");
        IpTool($"neigh add fd00:9::2 lladdr {t0.Address} dev t0");
    }

    private static LinkFrame Burst(Device from, SegmentKind kind, byte flags)
    {
        byte[] payload = new byte[Octets];
        TestSettings.Random((int)kind).NextBytes(payload);
        MacAddress to = from.KernelAddress!.Value, ours = from.Address!.Value;
        (byte[] octets, PacketOffload offload) = kind switch
        {
            SegmentKind.TcpV4 => Bursts.Tcp(to, ours, "10.9.0.2", "10.8.0.2", payload, Size, uint.MaxValue - 2000, flags),
            SegmentKind.TcpV6 => TcpV6(to, ours, payload, flags),
            _ => Bursts.Udp(to, ours, "10.9.0.2", "10.8.0.2", payload, Size),
        };
        return new LinkFrame(octets, offload);
    }

    private static (byte[] Octets, PacketOffload Offload) TcpV6(MacAddress to, MacAddress from, byte[] payload, byte flags)
    {
        PacketBuffer packet = new PacketPool().RentCopy(payload);
        Bursts.PrependTcp(packet, "fd00:9::2", "fd00:8::2", Size, uint.MaxValue - 2000, flags);
        int length = packet.Length;
        Span<byte> header = packet.Prepend(40);
        header.Clear();
        header[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)length);
        (header[6], header[7]) = (6, 64);
        IPAddress.Parse("fd00:9::2").TryWriteBytes(header[8..], out _);
        IPAddress.Parse("fd00:8::2").TryWriteBytes(header[24..], out _);
        new EthernetHeader(to, from, EtherType.Ipv6).PrependTo(packet);
        return (packet.Span.ToArray(), packet.Offload);
    }
}
