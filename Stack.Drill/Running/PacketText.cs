using System.Globalization;
using System.Text;
using UserNet.Drill.Language;
using UserNet.Wire;

namespace UserNet.Drill.Running;

/// <summary>Writes packets as scripts do, in a script's numbers.</summary>
internal static class PacketText
{
    private static readonly (TcpFlags Flag, char Letter)[] Letters =
    [
        (TcpFlags.Syn, 'S'), (TcpFlags.Fin, 'F'), (TcpFlags.Rst, 'R'), (TcpFlags.Psh, 'P'), (TcpFlags.Urg, 'U'),
        (TcpFlags.Ece, 'E'), (TcpFlags.Cwr, 'W'), (TcpFlags.Ae, 'A'), (TcpFlags.Ack, '.'),
    ];

    private static readonly string[] EcnNames = ["noecn", "ect1", "ect0", "ce"];

    /// <summary>An instant, or a time between two, in seconds with six decimals.</summary>
    public static string Seconds(long microseconds) =>
        (microseconds / 1_000_000m).ToString("F6", CultureInfo.InvariantCulture);

    /// <summary>A packet as the script has it.</summary>
    public static string Of(PacketSpec packet)
    {
        var text = new StringBuilder(packet.IsInbound ? "< " : "> ");
        if (packet.Ip.Ecn != EcnSpec.Unsaid)
            text.Append('[').Append(packet.Ip.Ecn.ToString().ToLowerInvariant()).Append("] ");
        if (packet.Ip.TypeOfService is { } service) text.Append(CultureInfo.InvariantCulture, $"(tos 0x{service:x2}) ");
        if (packet.Ip.Dscp is { } codepoint) text.Append(CultureInfo.InvariantCulture, $"(dscp {codepoint}) ");
        if (packet.Ip.TimeToLive is { } timeToLive) text.Append(CultureInfo.InvariantCulture, $"(ttl {timeToLive}) ");
        if (packet.Ip.FlowLabel is { } label) text.Append(CultureInfo.InvariantCulture, $"(flowlabel 0x{label:x}) ");
        switch (packet.Body)
        {
            case TcpSpec segment: AppendSegment(text, segment); break;
            case UdpSpec datagram:
                AppendPorts(text.Append("udp "), datagram.Ports);
                text.Append(CultureInfo.InvariantCulture, $"({datagram.Length})");
                break;
            case IcmpSpec message:
                text.Append("icmp ").Append(message.Type).Append(message.Code is null ? "" : " ").Append(message.Code);
                if (message.Mtu is { } mtu) text.Append(CultureInfo.InvariantCulture, $" mtu {mtu}");
                if (message.Id is { } id) text.Append(CultureInfo.InvariantCulture, $" id {id}");
                if (message.EchoedSequence is { } sequence)
                    text.Append(CultureInfo.InvariantCulture, $" [{sequence}:{sequence + (uint)message.EchoedLength}({message.EchoedLength})]");
                break;
        }
        return text.ToString();
    }

    /// <summary>A packet that left the stack.</summary>
    /// <param name="packet">What came.</param>
    /// <param name="socket">Whose numbers count; null for those on the wire.</param>
    /// <param name="expected">What the script has instead, whose way to write is followed; null for nothing.</param>
    public static string Of(SeenPacket packet, SocketUnderTest? socket, PacketSpec? expected = null)
    {
        var text = new StringBuilder("> ");
        int ecn = packet.TrafficClass & 3;
        if (expected?.Ip.TypeOfService is not null) text.Append(CultureInfo.InvariantCulture, $"(tos 0x{packet.TrafficClass:x2}) ");
        else if (ecn != 0 || expected?.Ip.Ecn > EcnSpec.Unsaid) text.Append('[').Append(EcnNames[ecn]).Append("] ");
        if (expected?.Ip.Dscp is not null) text.Append(CultureInfo.InvariantCulture, $"(dscp {packet.TrafficClass >> 2}) ");
        if (expected?.Ip.TimeToLive is not null) text.Append(CultureInfo.InvariantCulture, $"(ttl {packet.TimeToLive}) ");
        if (expected?.Ip.FlowLabel is not null) text.Append(CultureInfo.InvariantCulture, $"(flowlabel 0x{packet.FlowLabel:x}) ");
        if (packet.Tcp is { } segment)
        {
            AppendSegment(text, segment, socket, (expected?.Body as TcpSpec)?.Ace is not null);
            if (packet.UdpPorts is { } ports) text.Append(CultureInfo.InvariantCulture, $"/udp({ports.Source} > {ports.Destination})");
            if (!segment.PayloadIsZero) text.Append(" (payload is not zero)");
            if (!segment.ChecksumIsRight) text.Append(" (checksum is wrong)");
        }
        else if (packet.UdpPorts is { } ports)
        {
            text.Append(CultureInfo.InvariantCulture, $"udp {ports.Source} > {ports.Destination} ({packet.PayloadLength})");
        }
        else if (packet.Icmp is var (type, code, rest))
        {
            text.Append("icmp ").Append(IcmpNames.TypeOf(type, packet.Version == 6));
            if (IcmpNames.CodeOf(type, code, packet.Version == 6) is { } name) text.Append(' ').Append(name);
            if (rest != 0) text.Append(CultureInfo.InvariantCulture, $" mtu {rest}");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"protocol {(byte)packet.Protocol} ({packet.TotalLength - packet.HeaderLength})");
        }
        return text.ToString();
    }

    private static void AppendSegment(StringBuilder text, TcpSpec segment)
    {
        AppendPorts(text, segment.Ports);
        AppendFlags(text, segment.Flags, segment.Ace is not null);
        if (segment.IsSequenceFree) text.Append(CultureInfo.InvariantCulture, $" ...({segment.Length})");
        else AppendNumbers(text, segment.Sequence, segment.Length);
        if (segment.IsSequenceAbsolute) text.Append('!');
        if (segment.Acknowledgment is { } ack) text.Append(CultureInfo.InvariantCulture, $" ack {ack}");
        if (segment.Window is { } window) text.Append(CultureInfo.InvariantCulture, $" win {window}");
        if (segment.Urgent is { } urgent) text.Append(CultureInfo.InvariantCulture, $" urg {urgent}");
        if (segment.Options is not { } options) text.Append(" <...>");
        else if (options.Count > 0) text.Append(" <").AppendJoin(',', options.Select(OptionText.Of)).Append('>');
        if (segment.Encapsulating is { } ports) text.Append(CultureInfo.InvariantCulture, $"/udp({ports.Source} > {ports.Destination})");
    }

    private static void AppendSegment(StringBuilder text, SeenSegment segment, SocketUnderTest? socket, bool asAce)
    {
        if (socket is null) AppendPorts(text, (segment.SourcePort, segment.DestinationPort));
        SequenceMap numbers = socket?.Sequence ?? new SequenceMap();
        AppendFlags(text, segment.Flags, asAce);
        if (segment.Reserved != 0) text.Append(CultureInfo.InvariantCulture, $" (reserved {segment.Reserved})");
        AppendNumbers(text, numbers.OutboundSequence(segment.Flags, segment.Sequence), segment.PayloadLength);
        if (segment.Has(TcpFlags.Ack))
            text.Append(CultureInfo.InvariantCulture, $" ack {numbers.OutboundAck(segment.Flags, segment.Ack)}");
        else if (segment.Ack != 0)
            text.Append(CultureInfo.InvariantCulture, $" ack {segment.Ack}");
        text.Append(CultureInfo.InvariantCulture, $" win {segment.Window}");
        if (segment.Urgent != 0) text.Append(CultureInfo.InvariantCulture, $" urg {segment.Urgent}");
        if (segment.Options.Length > 0) OptionText.Append(text.Append(' '), segment, socket);
    }

    private static void AppendNumbers(StringBuilder text, uint first, int length) =>
        text.Append(CultureInfo.InvariantCulture, $" {first}:{first + (uint)length}({length})");

    private static void AppendPorts(StringBuilder text, (ushort Source, ushort Destination)? written)
    {
        if (written is { } ports) text.Append(CultureInfo.InvariantCulture, $"{ports.Source} > {ports.Destination} ");
    }

    private static void AppendFlags(StringBuilder text, TcpFlags flags, bool asAce)
    {
        const TcpFlags counter = TcpFlags.Ae | TcpFlags.Cwr | TcpFlags.Ece;
        int start = text.Length;
        foreach ((TcpFlags flag, char letter) in Letters)
        {
            if (asAce && flag == TcpFlags.Ece) text.Append(((int)(flags & counter) >> 6).ToString(CultureInfo.InvariantCulture));
            if ((flags & flag) != 0 && !(asAce && (flag & counter) != 0)) text.Append(letter);
        }
        if (text.Length == start) text.Append('-');
    }
}
