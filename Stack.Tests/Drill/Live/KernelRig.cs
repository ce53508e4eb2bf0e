using System.Net;
using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Live;
using UserNet.Drill.Machine;
using UserNet.Facades.Posix;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Drill.Live;

/// <summary>The kernel with a listener on port 8080, and its peer, whose segments the test writes.</summary>
internal sealed class KernelRig : IDisposable
{
    public const ushort Port = 8080, PeerPort = 40000;

    private readonly PacketPool _pool = new();

    private readonly DrillIpVersion _version;

    public KernelRig(DrillIpVersion version = DrillIpVersion.IPv4)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/dev/net/tun"), "needs root and /dev/net/tun");
        _version = version;
        DrillAddresses addresses = version == DrillIpVersion.IPv6
            ? new(IPAddress.Parse("fd3d:0a0b:17d6::1"), IPAddress.Parse("fd3d:fa7b:d17d::1"), IPAddress.Parse("fd3d:0a0b:17d6:8888::1"), 48)
            : new(IPAddress.Parse("192.168.0.1"), IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.168.0.2"), 16);
        Machine = new LiveMachine(new MachineOptions(DrillProfile.Linux, version, addresses, version == DrillIpVersion.IPv6 ? 1520 : 1500, 1, null));
    }

    public LiveMachine Machine { get; }

    public ISystem System => Machine.System;

    public int Family => _version == DrillIpVersion.IPv4 ? PosixConstants.AF_INET : PosixConstants.AF_INET6;

    /// <summary>The number that the peer's next segment has, and what it acknowledges.</summary>
    public uint Next { get; set; }

    public uint Acknowledged { get; set; }

    /// <summary>sockaddr of the wildcard and the port.</summary>
    public byte[] Name(ushort port)
    {
        byte[] name = new byte[Family == PosixConstants.AF_INET ? 16 : 28];
        BitConverter.TryWriteBytes(name, (ushort)Family);
        (name[2], name[3]) = ((byte)(port >> 8), (byte)port);
        return name;
    }

    public int Listen()
    {
        int listener = System.Socket(Family, PosixConstants.SOCK_STREAM, 6);
        Assert.True(listener >= 0);
        Assert.Equal(0, System.Bind(listener, Name(Port)));
        Assert.Equal(0, System.Listen(listener, 1));
        return listener;
    }

    /// <summary>The handshake as the peer makes it, without options.</summary>
    public int Connect(int listener)
    {
        Send(TcpFlags.Syn, options: [2, 4, 0x05, 0xB4]);
        Seen answer = Take();
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, answer.Flags);
        Next = 1;
        Acknowledged = answer.Sequence + 1;
        Send(TcpFlags.Ack);
        return System.Accept(listener, 0);
    }

    public void Send(TcpFlags flags, int length = 0, byte[]? options = null)
    {
        InetAddress from = InetAddress.From(Machine.Addresses.Remote), to = InetAddress.From(Machine.Addresses.Local);
        PacketBuffer packet = _pool.RentCopy(new byte[length]);
        var header = new TcpHeader(PeerPort, Port, Next, Acknowledged, flags, 32000);
        header.PrependTo(packet, options, new PseudoHeader(from, to, IpProtocol.Tcp, 0));
        if (_version == DrillIpVersion.IPv6) new Ipv6Header(from, to, IpProtocol.Tcp).PrependTo(packet);
        else new Ipv4Header(from, to, IpProtocol.Tcp).PrependTo(packet);
        Machine.Inject(packet.Span);
        packet.Return();
        Next += (uint)length;
    }

    /// <summary>The next segment of the kernel's, which has to come within three seconds.</summary>
    public Seen Take()
    {
        Assert.True(Machine.TryTake(Machine.Now + 3_000_000, () => false, out SentPacket packet), "nothing came");
        ReadOnlySpan<byte> payload = _version == DrillIpVersion.IPv6
            ? Ipv6Packet.TryParse(packet.Octets, out Ipv6Packet six) ? six.Payload : []
            : Ipv4Packet.TryParse(packet.Octets, out Ipv4Packet four) ? four.Payload : [];
        Assert.True(TcpSegment.TryParse(payload, out TcpSegment segment));
        Assert.Equal(Port, segment.SourcePort);
        return new Seen(segment.Flags, segment.SequenceNumber, segment.AckNumber, segment.Payload.Length, packet.Time);
    }

    public void Dispose() => Machine.Dispose();

    internal readonly record struct Seen(TcpFlags Flags, uint Sequence, uint Ack, int Length, long Time);
}
