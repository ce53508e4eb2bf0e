using System.Net;
using UserNet.Addressing;
using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using UserNet.Facades.Posix;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Drill.Machine;

/// <summary>A virtual machine, and its peer in the test's hand.</summary>
internal sealed class MachineRig : IDisposable
{
    public const ushort Port = 8080, PeerPort = 40000;
    public const int Second = 1_000_000;

    private static readonly Func<bool> Never = static () => false;

    public MachineRig(
        DrillIpVersion version = DrillIpVersion.IPv4, DrillProfile profile = DrillProfile.Linux, int mtu = 1500, int seed = 1, Stream? recording = null)
    {
        (Version, Profile) = (version, profile);
        Machine = new VirtualMachine(new MachineOptions(profile, version, AddressesOf(version), mtu, seed, recording));
        Machine.StartClock();
    }

    public DrillIpVersion Version { get; }

    public DrillProfile Profile { get; }

    public VirtualMachine Machine { get; }

    public PosixProcess Process => Machine.Process;

    public bool IsV6 => Version == DrillIpVersion.IPv6;

    private InetAddress Local => InetAddress.From(Machine.Addresses.Local);

    private InetAddress Remote => InetAddress.From(Machine.Addresses.Remote);

    public void Dispose() => Machine.Dispose();

    public static DrillAddresses AddressesOf(DrillIpVersion version) => version == DrillIpVersion.IPv6
        ? new DrillAddresses(IPAddress.Parse("fd3d:a0b:17d6::1"), IPAddress.Parse("fd3d:fa7b:d17d::1"), IPAddress.Parse("fd3d:a0b:17d6:8888::1"), 48)
        : new DrillAddresses(IPAddress.Parse("192.168.0.1"), IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.168.0.1"), 16);

    /// <summary>A stream socket of the version's family.</summary>
    public int Socket() => Process.Socket(Version == DrillIpVersion.IPv4 ? PosixConstants.AF_INET : PosixConstants.AF_INET6, PosixConstants.SOCK_STREAM, 0);

    /// <summary>A listener at port 8080 of any address.</summary>
    public int Listen(int backlog = 1)
    {
        int descriptor = Socket();
        byte[] address = AnyAt(Port);
        Assert.Equal(0, Process.Bind(descriptor, address, address.Length));
        Assert.Equal(0, Process.Listen(descriptor, backlog));
        return descriptor;
    }

    /// <summary>A connection that the peer opened, and that was accepted.</summary>
    public int Accept(string options = "", ushort window = 65535)
    {
        int listener = Listen();
        Inject(TcpFlags.Syn, 0, 0, options: options, window: window);
        (_, uint iss) = Take();
        Inject(TcpFlags.Ack, 1, iss + 1, window: window);
        Iss = iss;
        return Process.Accept(listener);
    }

    /// <summary>The machine's first sequence number, of the connection that was accepted last.</summary>
    public uint Iss { get; private set; }

    /// <summary>A segment of the peer's comes in. Options are octets in hexadecimal.</summary>
    public void Inject(TcpFlags flags, uint sequence, uint acknowledgment, int payload = 0, string options = "", ushort window = 65535) =>
        Machine.Inject(Segment(flags, sequence, acknowledgment, payload, options, window));

    public byte[] Segment(TcpFlags flags, uint sequence, uint acknowledgment, int payload, string options, ushort window) => Frames.Make(buffer =>
    {
        buffer.Append(payload).Clear();
        IpFamily family = IsV6 ? IpFamily.V6 : IpFamily.V4;
        new TcpHeader(PeerPort, Port, sequence, acknowledgment, flags, window).PrependTo(
            buffer, Convert.FromHexString(options), new PseudoHeader(Remote, Local, IpProtocol.Tcp, 0));
        family.PrependTo(buffer, Remote, Local, IpProtocol.Tcp);
    });

    /// <summary>The oldest packet that left, with its first sequence number.</summary>
    public (SentPacket Packet, uint Sequence) Take(long until = long.MaxValue)
    {
        Assert.True(Machine.TryTake(until, Never, out SentPacket packet), "Nothing left.");
        return (packet, SegmentOf(packet).SequenceNumber);
    }

    public bool TryTake(long until, out SentPacket packet) => Machine.TryTake(until, Never, out packet);

    public void Wait(long until) => Machine.WaitUntil(until, Never);

    public TcpSegment SegmentOf(in SentPacket packet)
    {
        IpFamily family = IsV6 ? IpFamily.V6 : IpFamily.V4;
        Assert.True(family.TryGetSegment(packet.Octets, out TcpSegment segment), PacketPrinter.PrintIp(packet.Octets));
        return segment;
    }

    /// <summary>What a command answers: null for success.</summary>
    public string? Run(string command) => Machine.Run(new CommandText(command, new Position(1, 1)));

    private byte[] AnyAt(ushort port)
    {
        byte[] address = new byte[Version == DrillIpVersion.IPv4 ? 16 : 28];
        address[0] = (byte)(Version == DrillIpVersion.IPv4 ? PosixConstants.AF_INET : PosixConstants.AF_INET6);
        (address[2], address[3]) = ((byte)(port >> 8), (byte)port);
        return address;
    }
}
