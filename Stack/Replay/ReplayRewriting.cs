using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Replay;

/// <summary>From the numbers of a recorded connection to those of the replayed one.</summary>
/// <param name="Port">The host's port.</param>
/// <param name="Number">What is added to numbers of the host's stream.</param>
/// <param name="Echo">What is added to echoes of the host's timestamps.</param>
/// <param name="LastTimestamp">The host's last timestamp, beyond which no echo is; null when it sent none.</param>
internal readonly record struct ReplayShift(ushort Port, uint Number, uint Echo, uint? LastTimestamp);

/// <summary>Writes other numbers into frames. A wrong checksum stays wrong.</summary>
internal static class ReplayRewriting
{
    private const int TcpChecksum = 16, UdpChecksum = 6, IcmpChecksum = 2;

    /// <summary>Where a layer begins in a frame that it is a view of.</summary>
    public static int PlaceOf(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> layer) =>
        frame.Overlaps(layer, out int place) ? place : -1;

    /// <summary>
    /// Shifts a segment that arrives: port, acknowledgment, SACK blocks, echoed time. RFC 9293, RFC 2018, RFC 7323.
    /// </summary>
    /// <returns>True when anything changed.</returns>
    public static bool Shift(Span<byte> segment, in ReplayShift shift)
    {
        if (!TcpSegment.TryParse(segment, out TcpSegment tcp)) return false;
        bool changed = Set16(segment, 2, shift.Port, TcpChecksum);
        if (!tcp.Has(TcpFlags.Ack)) return changed;
        changed |= Set32(segment, 8, tcp.AckNumber + shift.Number, TcpChecksum);
        TcpOptions.Enumerator options = TcpOptions.Walk(tcp.Options);
        while (options.MoveNext())
        {
            int at = TcpSegment.MinHeaderLength + options.Current.Offset, length = options.Current.Octets.Length;
            if (options.Current.Kind == TcpOptionKind.Sack)
            {
                for (int edge = at + 2; edge + 4 <= at + length; edge += 4)
                    changed |= Set32(segment, edge, ReadUInt32BigEndian(segment[edge..]) + shift.Number, TcpChecksum);
            }
            else if (options.Current.Kind == TcpOptionKind.Timestamps && length == 10)
            {
                uint echo = ReadUInt32BigEndian(segment[(at + 6)..]) + shift.Echo;
                if (shift.LastTimestamp is { } last && (int)(echo - last) > 0) echo = last;
                changed |= Set32(segment, at + 6, echo, TcpChecksum);
            }
        }

        return changed;
    }

    /// <summary>Acknowledges no more than a number, and nothing beyond it.</summary>
    public static void Limit(Span<byte> segment, uint number)
    {
        if (!TcpSegment.TryParse(segment, out TcpSegment tcp)) return;
        Set32(segment, 8, number, TcpChecksum);
        TcpOptions.Enumerator options = TcpOptions.Walk(tcp.Options);
        while (options.MoveNext())
        {
            if (options.Current.Kind != TcpOptionKind.Sack) continue;
            int at = TcpSegment.MinHeaderLength + options.Current.Offset;
            for (int i = 0; i < options.Current.Octets.Length; i++)
                Set8(segment, at + i, (byte)TcpOptionKind.NoOperation, TcpChecksum);
        }
    }

    /// <summary>
    /// The greatest number of the host's stream that a segment speaks of: its acknowledgment, or the end of a SACK
    /// block.
    /// </summary>
    public static uint Greatest(in TcpSegment tcp)
    {
        uint greatest = tcp.AckNumber;
        TcpOptionValues.Read(tcp.Options, out TcpOptionValues values);
        for (int i = 0; i < values.SackCount; i++)
        {
            values.SackBlock(i, out _, out uint right);
            if ((int)(right - greatest) > 0) greatest = right;
        }

        return greatest;
    }

    /// <summary>
    /// A part of a segment: its first octets, and an acknowledgment up to a number, without SACK, PSH and FIN; null
    /// when its checksum is wrong. The window ends at an edge, rounded up.
    /// </summary>
    public static byte[]? MakePart(ReadOnlySpan<byte> frame, in FrameView view, uint number, int length, uint edge, int windowScale)
    {
        var pseudo = new PseudoHeader(view.Source.Address, view.Destination.Address, IpProtocol.Tcp, view.Tcp.Octets.Length);
        if (InternetChecksum.Of(view.Tcp.Octets, pseudo) != 0) return null;
        int tcpAt = PlaceOf(frame, view.Tcp.Octets), ipAt = PlaceOf(frame, view.IsIpv4 ? view.Ipv4.Octets : view.Ipv6.Octets);
        byte[] octets = frame[..(tcpAt + view.Tcp.HeaderLength + length)].ToArray();
        Span<byte> ip = octets.AsSpan(ipAt), segment = octets.AsSpan(tcpAt);
        if (view.IsIpv4) Set16(ip, 2, (ushort)ip.Length, 10);
        else WriteUInt16BigEndian(ip[4..], (ushort)(ip.Length - Ipv6Header.Length));
        WriteUInt16BigEndian(segment[12..], (ushort)((ReadUInt16BigEndian(segment[12..]) & 0xF000) | (ushort)TcpFlags.Ack));
        long window = ((int)(edge - number) + (1L << windowScale) - 1) >> windowScale;
        WriteUInt16BigEndian(segment[14..], (ushort)Math.Clamp(window, 0, ushort.MaxValue));
        Limit(segment, number);
        WriteUInt16BigEndian(segment[TcpChecksum..], 0);
        WriteUInt16BigEndian(segment[TcpChecksum..], InternetChecksum.Of(segment, pseudo with { Length = segment.Length }));
        return octets;
    }

    /// <summary>Gives a datagram that arrives another port to go to.</summary>
    public static bool SetUdpPort(Span<byte> datagram, ushort port)
    {
        bool hasChecksum = ReadUInt16BigEndian(datagram[UdpChecksum..]) != 0;
        if (!Set16(datagram, 2, port, hasChecksum ? UdpChecksum : -1)) return false;
        if (hasChecksum && ReadUInt16BigEndian(datagram[UdpChecksum..]) == 0) WriteUInt16BigEndian(datagram[UdpChecksum..], 0xFFFF);      // RFC 768
        return true;
    }

    /// <summary>Gives a reply another identifier.</summary>
    public static bool SetEchoIdentifier(Span<byte> message, ushort identifier) => Set16(message, 4, identifier, IcmpChecksum);

    /// <summary>Shifts what an error quotes of the host's packets: its port, and with TCP its number.</summary>
    public static bool ShiftQuote(Span<byte> message, int transportAt, ushort port, uint number, bool isTcp)
    {
        bool changed = message.Length >= transportAt + 2 && Set16(message, transportAt, port, IcmpChecksum);
        if (isTcp && message.Length >= transportAt + 8)
            changed |= Set32(message, transportAt + 4, ReadUInt32BigEndian(message[(transportAt + 4)..]) + number, IcmpChecksum);
        return changed;
    }

    private static bool Set32(Span<byte> unit, int at, uint value, int checksumAt)
    {
        if (ReadUInt32BigEndian(unit[at..]) == value) return false;
        for (int i = 0; i < 4; i++) Set8(unit, at + i, (byte)(value >> (24 - (8 * i))), checksumAt);
        return true;
    }

    private static bool Set16(Span<byte> unit, int at, ushort value, int checksumAt)
    {
        if (ReadUInt16BigEndian(unit[at..]) == value) return false;
        Set8(unit, at, (byte)(value >> 8), checksumAt);
        Set8(unit, at + 1, (byte)value, checksumAt);
        return true;
    }

    // The last word of a unit of odd length ends with a zero that is not there. RFC 1071.
    private static void Set8(Span<byte> unit, int at, byte value, int checksumAt)
    {
        int word = at & ~1;
        ushort before = WordAt(unit, word);
        unit[at] = value;
        if (checksumAt < 0) return;
        Span<byte> field = unit[checksumAt..];
        WriteUInt16BigEndian(field, InternetChecksum.Update(ReadUInt16BigEndian(field), before, WordAt(unit, word)));
    }

    private static ushort WordAt(ReadOnlySpan<byte> unit, int at) =>
        (ushort)((unit[at] << 8) | (at + 1 < unit.Length ? unit[at + 1] : 0));
}
