using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Drill;
using UserNet.Drill.Language;
using UserNet.Drill.Running;
using UserNet.Wire;

namespace UserNet.Tests.Drill.Running;

/// <summary>Lines of scripts as tests need them.</summary>
internal static class Lines
{
    /// <summary>The packet of a line without its time.</summary>
    public static PacketSpec Packet(string line) => ((PacketEvent)ScriptReader.Read("0 " + line, "line", []).Events[0]).Packet;

    /// <summary>What options at the head of a script say.</summary>
    public static ScriptSettings Settings(string options = "", DrillProfile profile = DrillProfile.Linux, DrillIpVersion? version = null) =>
        ScriptSettings.Of(ScriptReader.Read(options + "\n0 `true`\n0 `true`", "line", []), new DrillOptions { Profile = profile, IpVersion = version });

    /// <summary>A connection whose both initial numbers are known.</summary>
    public static SocketUnderTest Connection(uint local = 5000, uint remote = 100)
    {
        var socket = new SocketUnderTest { Phase = SocketPhase.ChildOpen, LocalPort = 8080, RemotePort = 49152, LocalIsKnown = true, RemoteIsKnown = true };
        socket.Sequence.LiveLocal = local;
        socket.Sequence.Remote = remote;
        return socket;
    }
}

/// <summary>A segment of the stack's, written by the headers of the stack, not by those of the runner.</summary>
internal sealed record Live
{
    public long Time { get; init; }
    public InetAddress Source { get; init; } = InetAddress.From(System.Net.IPAddress.Parse("192.168.0.1"));
    public InetAddress Destination { get; init; } = InetAddress.From(System.Net.IPAddress.Parse("192.0.2.1"));
    public byte TrafficClass { get; init; }
    public byte TimeToLive { get; init; } = 64;
    public uint FlowLabel { get; init; }
    public IpProtocol Protocol { get; init; } = IpProtocol.Tcp;
    public byte[] IpOptions { get; init; } = [];
    public ushort SourcePort { get; init; } = 8080;
    public ushort DestinationPort { get; init; } = 49152;
    public uint Sequence { get; init; } = 5001;
    public uint Ack { get; init; } = 101;
    public TcpFlags Flags { get; init; } = TcpFlags.Ack;
    public int Reserved { get; init; }
    public ushort Window { get; init; } = 1000;
    public ushort Urgent { get; init; }
    public string Options { get; init; } = "";
    public byte[] Payload { get; init; } = [];
    public (ushort, ushort)? Udp { get; init; }

    /// <summary>An octet of the finished packet that is turned over, from its start; -1 for none.</summary>
    public int Spoilt { get; init; } = -1;

    public byte[] Octets()
    {
        PacketBuffer buffer = new PacketPool().RentCopy(Payload);
        var pseudo = new PseudoHeader(Source, Destination, Protocol, 0);
        new TcpHeader(SourcePort, DestinationPort, Sequence, Ack, Flags, Window, Urgent).PrependTo(buffer, Convert.FromHexString(Options), pseudo);
        if (Reserved != 0)
        {
            // The checksum is made anew, so that nothing else is wrong.
            buffer.Span[12] |= (byte)(Reserved << 1);
            buffer.Span[16..18].Clear();
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(
                buffer.Span[16..], InternetChecksum.Of(buffer.Span, pseudo with { Length = buffer.Length }));
        }
        IpProtocol protocol = Protocol;
        if (Udp is var (from, to))
        {
            new UdpHeader(from, to).PrependTo(buffer, pseudo with { Protocol = IpProtocol.Udp });
            protocol = IpProtocol.Udp;
        }
        if (Source.IsV6) new Ipv6Header(Source, Destination, protocol, TimeToLive, TrafficClass, FlowLabel).PrependTo(buffer);
        else new Ipv4Header(Source, Destination, protocol, TimeToLive, TrafficClass).PrependTo(buffer, IpOptions);
        byte[] octets = buffer.Span.ToArray();
        if (Spoilt >= 0) octets[Spoilt] ^= 0x10;
        return octets;
    }

    public SeenPacket Seen() => SeenPacket.Parse(Octets(), Time)!;
}
