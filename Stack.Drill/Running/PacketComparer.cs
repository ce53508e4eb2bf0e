using UserNet.Drill.Language;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Drill.Running;

/// <summary>Says what of a packet of the stack is not as a script expects it.</summary>
internal sealed class PacketComparer(ScriptSettings settings, bool ignoresPush, bool isStrict = false)
{
    private const int EcnMask = 3;
    private const long Millisecond = 1000;      // microseconds, as all times here

    /// <summary>Compares all but the time, from the outermost header inwards.</summary>
    /// <param name="expected">What the script says.</param>
    /// <param name="seen">What came; segments that make up a line are one by now.</param>
    /// <param name="socket">Whose numbers count.</param>
    /// <returns>The first field that differs; null when none does.</returns>
    /// <exception cref="UnsupportedException">The script expects what can't be compared.</exception>
    public string? Differs(PacketSpec expected, SeenPacket seen, SocketUnderTest socket)
    {
        if (seen.Version != (settings.IsV6 ? 6 : 4)) return "IP version";
        if (seen.HeaderLength != (settings.IsV6 ? Ipv6Header.Length : Ipv4Header.Length)) return "IP header length";
        return expected.Body switch
        {
            TcpSpec segment => DiffersTcp(expected, segment, seen, socket),
            UdpSpec datagram => DiffersUdp(expected, datagram, seen, socket),
            IcmpSpec message => DiffersIcmp(expected, message, seen),
            _ => throw new UnsupportedException($"packets with {expected.Body.GetType().Name}", expected.At),
        } ?? (seen.IpChecksumIsRight ? null : "IP checksum");
    }

    private string? DiffersTcp(PacketSpec packet, TcpSpec expected, SeenPacket seen, SocketUnderTest socket)
    {
        IpProtocol protocol = expected.Encapsulating is null ? IpProtocol.Tcp : IpProtocol.Udp;
        if (seen.Protocol != protocol || seen.Tcp is not { } segment) return "protocol";
        byte[]? options = OptionsOf(packet, expected, seen, segment, socket);
        if (segment.PayloadLength != expected.Length) return "length";
        if (options is not null && options.Length != segment.Options.Length) return "options";
        int headers = seen.HeaderLength + TcpHeader.Length + segment.Options.Length + (expected.Encapsulating is null ? 0 : UdpHeader.Length);
        if (seen.TotalLength != headers + segment.PayloadLength) return "IP length";
        return DiffersIp(packet, seen)
            ?? DiffersDatagram(expected, seen)
            ?? DiffersSegment(expected, segment, socket)
            ?? (options is not null && !options.AsSpan().SequenceEqual(segment.Options) ? "options" : null)
            ?? DiffersTimestamp(expected, segment, seen.Time, socket)
            ?? (segment.PayloadIsZero ? null : "payload")
            ?? (segment.ChecksumIsRight ? null : "TCP checksum");
    }

    private static string? DiffersDatagram(TcpSpec expected, SeenPacket seen)
    {
        if (expected.Encapsulating is not { } ports) return null;
        if (seen.UdpPorts != ports) return "UDP ports";
        return seen.ChecksumIsRight ? null : "UDP checksum";
    }

    private string? DiffersSegment(TcpSpec expected, SeenSegment segment, SocketUnderTest socket)
    {
        SequenceMap numbers = socket.Sequence;
        if (expected.Ports is { } ports && !HasPorts(ports, segment, socket)) return "ports";
        TcpFlags compared = ignoresPush && segment.PayloadLength > 0 ? ~TcpFlags.Psh : ~TcpFlags.None;
        if (((expected.Flags ^ segment.Flags) & compared) != 0)
            return expected.Ace is not null && OnlyAceDiffers(expected.Flags, segment.Flags, compared) ? "ACE" : "flags";
        if (segment.Reserved != 0) return "reserved bits";
        uint sequence = expected.IsSequenceAbsolute
            ? segment.Sequence
            : numbers.OutboundSequence(segment.Flags, segment.Sequence);
        if (!expected.IsSequenceFree && sequence != expected.Sequence) return "sequence number";
        // What the script calls the number of the first SYN is its own affair otherwise.
        if (isStrict && !expected.IsSequenceFree && segment.Has(TcpFlags.Syn) && segment.Sequence == numbers.LiveLocal && expected.Sequence != 0) return "sequence number";
        uint ack = segment.Has(TcpFlags.Ack) ? numbers.OutboundAck(segment.Flags, segment.Ack) : segment.Ack;
        if (ack != (expected.Acknowledgment ?? 0)) return "ack";
        if (expected.Window is { } window && window != segment.Window) return "window";
        return segment.Urgent == (expected.Urgent ?? 0) ? null : "urgent pointer";
    }

    private static bool OnlyAceDiffers(TcpFlags expected, TcpFlags seen, TcpFlags compared) =>
        ((expected ^ seen) & compared & ~(TcpFlags.Ae | TcpFlags.Cwr | TcpFlags.Ece)) == 0;

    // The first pair that the script names is what the connection has; later ones must be the same pair.
    private static bool HasPorts((ushort Source, ushort Destination) written, SeenSegment segment, SocketUnderTest socket)
    {
        if (written == (segment.SourcePort, segment.DestinationPort)) return true;
        socket.ScriptPorts ??= (written.Source, written.Destination);
        return socket.ScriptPorts == (written.Source, written.Destination)
            && (segment.SourcePort, segment.DestinationPort) == (socket.LocalPort, socket.RemotePort);
    }

    private string? DiffersIp(PacketSpec packet, SeenPacket seen)
    {
        IpSpec ip = packet.Ip;
        int ecn = seen.TrafficClass & EcnMask;
        bool ecnIsRight = ip.Ecn switch
        {
            EcnSpec.NoEcn => ecn == 0,
            EcnSpec.Ect0 => ecn == 2,
            EcnSpec.Ect1 => ecn == 1,
            EcnSpec.Ect01 => ecn is 1 or 2,
            EcnSpec.Ce => ecn == 3,
            _ => true,
        };
        if (!ecnIsRight) return "ECN";
        if (ip.TypeOfService is { } service && service != seen.TrafficClass) return "TOS";
        if (ip.Dscp is { } codepoint && codepoint != seen.TrafficClass >> 2) return "DSCP";
        if (ip.TimeToLive is { } timeToLive && timeToLive != seen.TimeToLive) return settings.IsV6 ? "hop limit" : "TTL";
        return ip.FlowLabel is { } label && label != seen.FlowLabel ? "flow label" : null;
    }

    private byte[]? OptionsOf(PacketSpec packet, TcpSpec expected, SeenPacket seen, SeenSegment segment, SocketUnderTest socket)
    {
        if (expected.Options is not { } options) return null;
        return OptionOctets.Write(
            options, packet.At, edge => socket.Sequence.ExpectedAck(segment.Flags, edge),
            // Its presence and place count, not its values.
            (_, offset) => TryFindTimestamp(segment.Options, offset, out uint value, out uint echo) ? (value, echo) : (0, 0),
            settings.Md5Secret is { } secret ? segment.Signed is { } octets ? Md5Digest.Of(octets, seen.Source, seen.Destination, secret) : new byte[Md5Digest.Length] : null);
    }

    private string? DiffersTimestamp(TcpSpec expected, SeenSegment segment, long time, SocketUnderTest socket)
    {
        if (isStrict && EchoDiffers(expected, segment)) return "TS ecr";
        if (ValuesOf(expected, segment) is not var (script, live)) return null;
        long tick = settings.TimestampTick == 0 && isStrict ? Millisecond : settings.TimestampTick;
        if (tick == 0) return null;
        long off = Math.Abs((long)socket.Timestamps.Drift(script, live)) * tick;
        long tolerance = Math.Max(settings.ToleranceMicroseconds, time * settings.TolerancePerMille / 1000);
        return off > tolerance ? "TS val" : null;
    }

    // What the peer sends as a value is on the wire as written, and so is the echo of it.
    private static bool EchoDiffers(TcpSpec expected, SeenSegment segment) =>
        TimestampOf(expected)?.Echo is { } echo && TryFindTimestamp(segment.Options, out _, out uint live) && live != echo;

    private static TimestampSpec? TimestampOf(TcpSpec expected) => (TimestampSpec?)expected.Options?.FirstOrDefault(static option => option is TimestampSpec);

    /// <summary>The value of the timestamps option of an expected segment, and that on the wire; null without one.</summary>
    public static (uint Script, uint Live)? ValuesOf(TcpSpec expected, SeenSegment segment) =>
        TimestampOf(expected)?.Value is { } script && TryFindTimestamp(segment.Options, out uint live, out _) ? (script, live) : null;

    /// <summary>The value of a segment's timestamps option; null without one.</summary>
    public static uint? StampOf(SeenSegment segment) => TryFindTimestamp(segment.Options, out uint value, out _) ? value : null;

    private static bool TryFindTimestamp(ReadOnlySpan<byte> options, int offset, out uint value, out uint echo)
    {
        (value, echo) = (0, 0);
        if (options.Length < offset + 10 || options[offset] != (byte)TcpOptionKind.Timestamps || options[offset + 1] != 10) return false;
        value = ReadUInt32BigEndian(options[(offset + 2)..]);
        echo = ReadUInt32BigEndian(options[(offset + 6)..]);
        return true;
    }

    private static bool TryFindTimestamp(ReadOnlySpan<byte> options, out uint value, out uint echo)
    {
        TcpOptions.Enumerator walk = TcpOptions.Walk(options);
        while (walk.MoveNext())
        {
            if (walk.Current.Kind == TcpOptionKind.Timestamps && TryFindTimestamp(options, walk.Current.Offset, out value, out echo)) return true;
        }
        (value, echo) = (0, 0);
        return false;
    }

    private string? DiffersUdp(PacketSpec packet, UdpSpec expected, SeenPacket seen, SocketUnderTest socket)
    {
        if (seen.UdpPorts is not { } ports) return "protocol";
        if (seen.PayloadLength != expected.Length) return "length";
        if (expected.Ports is { } written && written != ports)
        {
            socket.ScriptPorts ??= (written.Source, written.Destination);
            if (socket.ScriptPorts != (written.Source, written.Destination)) return "ports";
        }
        return DiffersIp(packet, seen) ?? (seen.ChecksumIsRight ? null : "UDP checksum");
    }

    private string? DiffersIcmp(PacketSpec packet, IcmpSpec expected, SeenPacket seen)
    {
        if (seen.Icmp is not var (type, code, rest)) return "protocol";
        if ((type, code) != IcmpNames.NumbersOf(expected, settings.IsV6)) return "ICMP type";
        if (expected.Mtu is { } mtu && mtu != rest) return "MTU";
        if (expected.Id is { } id && id != rest >> 16) return "ICMP id";
        return DiffersIp(packet, seen) ?? (seen.ChecksumIsRight ? null : "ICMP checksum");
    }
}
