using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Emulation;
using UserNet.Link;
using UserNet.Simulation;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Link;
using UserNet.Wire;
using Xunit;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Tests.Emulation;

/// <summary>An address translation between a test inside and a test outside, which hand each other bare IP packets.</summary>
internal sealed class TranslationRig : IDisposable
{
    public const string Outer = "203.0.113.2", Host = "10.0.0.5", OtherHost = "10.0.0.6", Peer = "198.51.100.9", OtherPeer = "198.51.100.10";

    public TranslationRig(Func<AddressTranslationOptions, AddressTranslationOptions>? change = null, int seed = 1, LinkMedium medium = LinkMedium.Ip)
    {
        Link = new TestLink(medium) { Features = LinkFeatures.All };
        AddressTranslationOptions options = Options;
        Translation = new AddressTranslation(Link, change?.Invoke(options) ?? options, Clock, new Random(seed).NextBytes);
        Translation.Start(Inside);
    }

    public static AddressTranslationOptions Options => new()
    {
        OuterAddress = InetAddress.Parse(Outer),
        InsidePrefixes = [InetPrefix.Parse("10.0.0.0/8"), InetPrefix.Parse("192.168.0.0/16")],
    };

    public ManualClock Clock { get; } = new();

    public TestLink Link { get; }

    public RecordingSink Inside { get; } = new();

    public AddressTranslation Translation { get; }

    public void Dispose() => Translation.Dispose();

    /// <summary>Sends a packet from inside; what it became outside, or null.</summary>
    public byte[]? Out(byte[] packet, PacketOffload offload = default)
    {
        Assert.Equal(1, Translation.Send([new LinkFrame(packet, offload)]));
        byte[][] sent = Link.TakeSent();
        Assert.True(sent.Length <= 1);
        return sent.Length == 0 ? null : sent[0];
    }

    /// <summary>Has a packet arrive from outside; what it became inside, or null.</summary>
    public byte[]? In(byte[] packet, PacketOffload offload = default)
    {
        int before = Inside.Frames.Count;
        DropReason verdict = Link.Receive(packet, offload);
        Assert.Equal(verdict == DropReason.None ? before + 1 : before, Inside.Frames.Count);
        return verdict == DropReason.None ? Inside.Frames[^1] : null;
    }

    /// <summary>The outer port that a UDP datagram from inside leaves with.</summary>
    public ushort MapUdp(string host, ushort port, string peer = Peer, ushort peerPort = 53)
    {
        byte[]? packet = Out(Datagram(host, port, peer, peerPort));
        Assert.NotNull(packet);
        return PortsOf(packet).Source;
    }

    public bool HearsUdp(string peer, ushort peerPort, ushort outerPort) => In(Datagram(peer, peerPort, Outer, outerPort)) is not null;

    public long Drops(DropReason reason) => Translation.DropsOf(reason);

    public static byte[] Datagram(string from, ushort fromPort, string to, ushort toPort, int length = 20, bool hasChecksum = true) =>
        Packet(from, to, IpProtocol.Udp, buffer =>
        {
            buffer.Append(length).Fill(0x5A);
            if (hasChecksum) new UdpHeader(fromPort, toPort).PrependTo(buffer, Pseudo(from, to, IpProtocol.Udp));
            else new UdpHeader(fromPort, toPort).PrependUnsealed(buffer);
        });

    public static byte[] Segment(string from, ushort fromPort, string to, ushort toPort, TcpFlags flags, int length = 0) =>
        Packet(from, to, IpProtocol.Tcp, buffer =>
        {
            buffer.Append(length).Fill(0xA5);
            new TcpHeader(fromPort, toPort, 7, 8, flags, 500).PrependTo(buffer, default, Pseudo(from, to, IpProtocol.Tcp));
        });

    public static byte[] Echo(string from, string to, Icmpv4Type type, ushort identifier, int length = 16) => Packet(from, to, IpProtocol.Icmp, buffer =>
    {
        buffer.Append(length).Fill(0x77);
        Icmpv4Header.Echo(type, identifier, 1).PrependTo(buffer);
    });

    /// <summary>An ICMP error that quotes so many octets of a packet.</summary>
    public static byte[] Error(string from, string to, byte[] about, int quoted = 28, Icmpv4Type type = Icmpv4Type.DestinationUnreachable, byte code = 3) =>
        Packet(from, to, IpProtocol.Icmp, buffer =>
        {
            about.AsSpan(0, Math.Min(quoted, about.Length)).CopyTo(buffer.Append(Math.Min(quoted, about.Length)));
            new Icmpv4Header(type, code, 0x0000_0578).PrependTo(buffer);
        });

    public static byte[] Packet(string from, string to, IpProtocol protocol, Action<PacketBuffer> write, ushort identification = 1) => Frames.Make(buffer =>
    {
        write(buffer);
        new Ipv4Header(InetAddress.Parse(from), InetAddress.Parse(to), protocol, Identification: identification).PrependTo(buffer);
    });

    public static (ushort Source, ushort Destination) PortsOf(byte[] packet)
    {
        int header = (packet[0] & 0xF) * 4;
        return (ReadUInt16BigEndian(packet.AsSpan(header)), ReadUInt16BigEndian(packet.AsSpan(header + 2)));
    }

    public static ushort IdentifierOf(byte[] packet) => ReadUInt16BigEndian(packet.AsSpan(((packet[0] & 0xF) * 4) + 4));

    public static string SourceOf(byte[] packet) => InetAddress.FromOctets(packet.AsSpan(12, 4)).ToString();

    public static string DestinationOf(byte[] packet) => InetAddress.FromOctets(packet.AsSpan(16, 4)).ToString();

    private static PseudoHeader Pseudo(string from, string to, IpProtocol protocol) => new(InetAddress.Parse(from), InetAddress.Parse(to), protocol, 0);
}
