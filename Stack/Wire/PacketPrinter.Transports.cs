using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;
using static System.FormattableString;

namespace UserNet.Wire;

// UDP and TCP. A header that is cut off is shown as far as it goes.
public static partial class PacketPrinter
{
    private static bool PrintPorts(StringBuilder line, in Transport transport, string cutOff)
    {
        if (transport.Octets.Length < 4)
        {
            if (!transport.IsAddressed) line.Append(Invariant($"{transport.Source} > {transport.Destination}: "));
            line.Append(cutOff);
            return false;
        }

        if (transport.IsAddressed)
        {
            line.Append(Invariant($"{ReadUInt16BigEndian(transport.Octets)} > {ReadUInt16BigEndian(transport.Octets[2..])}: "));
            return true;
        }

        line.Append(Invariant($"{transport.Source}.{ReadUInt16BigEndian(transport.Octets)} > "));
        line.Append(Invariant($"{transport.Destination}.{ReadUInt16BigEndian(transport.Octets[2..])}: "));
        return true;
    }

    private static void PrintUdp(StringBuilder line, in Transport transport)
    {
        if (!PrintPorts(line, transport, " [|udp]")) return;
        if (transport.Length < UdpHeader.Length)
        {
            line.Append(Invariant($"truncated-udp {transport.Length}"));
            return;
        }

        if (transport.Octets.Length < 6)
        {
            line.Append(" [|udp]");
            return;
        }

        int length = ReadUInt16BigEndian(transport.Octets[4..]);
        if (length < UdpHeader.Length)
        {
            line.Append(Invariant($"truncated-udplength {length}"));
            return;
        }

        if (transport.IsVerbose) PrintBadUdpChecksum(line, transport);
        bool isTooLong = length > transport.Length && !transport.IsFragment;
        line.Append(isTooLong
            ? Invariant($"UDP, bad length {length - UdpHeader.Length} > {transport.Length - UdpHeader.Length}")
            : Invariant($"UDP, length {length - UdpHeader.Length}"));
    }

    private static void PrintBadUdpChecksum(StringBuilder line, in Transport transport)
    {
        if (!transport.IsWhole || !UdpDatagram.TryParse(transport.Octets, out UdpDatagram datagram) || datagram.Checksum == 0) return;
        var pseudo = new PseudoHeader(transport.Source, transport.Destination, IpProtocol.Udp, datagram.Octets.Length);
        ulong sum = InternetChecksum.Sum(datagram.Octets) + pseudo.Sum;
        if (InternetChecksum.Finish(sum) != 0)
            line.Append(Invariant($"[bad udp cksum 0x{datagram.Checksum:x4} -> 0x{Expected(sum, datagram.Checksum):x4}!] "));
    }

    private static void PrintTcp(StringBuilder line, in Transport transport)
    {
        ReadOnlySpan<byte> octets = transport.Octets;
        if (!PrintPorts(line, transport, "[|tcp]")) return;
        if (octets.Length < TcpSegment.MinHeaderLength)
        {
            line.Append(" [|tcp]");
            return;
        }

        int headerLength = (octets[12] >> 4) * 4;
        if (headerLength < TcpSegment.MinHeaderLength)
        {
            line.Append(Invariant(
                $" tcp {transport.Length - headerLength} [bad hdr length {headerLength} - too short, < {TcpSegment.MinHeaderLength}]"));
            return;
        }

        var flags = (TcpFlags)(ReadUInt16BigEndian(octets[12..]) & 0x1FF);
        line.Append("Flags [");
        PrintFlags(line, flags);
        line.Append(']');
        if (headerLength > transport.Length)
        {
            line.Append(Invariant($" [bad hdr length {headerLength} - too long, > {transport.Length}]"));
            return;
        }

        PrintTcpFields(line, transport, flags, transport.Length - headerLength);
        ReadOnlySpan<byte> header = octets[..Math.Min(headerLength, octets.Length)];
        bool areOptionsRight = headerLength == TcpSegment.MinHeaderLength || PrintTcpOptions(line, header[TcpSegment.MinHeaderLength..]);
        if (header.Length < headerLength) line.Append(" [|tcp]");
        else line.Append(areOptionsRight ? Invariant($", length {transport.Length - headerLength}") : "[bad opt]");
    }

    private static void PrintTcpFields(StringBuilder line, in Transport transport, TcpFlags flags, int length)
    {
        ReadOnlySpan<byte> octets = transport.Octets;
        if (transport.IsVerbose && transport.IsWhole)
        {
            ushort found = ReadUInt16BigEndian(octets[16..]);
            var pseudo = new PseudoHeader(transport.Source, transport.Destination, IpProtocol.Tcp, transport.Length);
            ulong sum = InternetChecksum.Sum(octets) + pseudo.Sum;
            line.Append(InternetChecksum.Finish(sum) == 0
                ? Invariant($", cksum 0x{found:x4} (correct)")
                : Invariant($", cksum 0x{found:x4} (incorrect -> 0x{Expected(sum, found):x4})"));
        }

        uint sequence = ReadUInt32BigEndian(octets[4..]);
        if (length > 0) line.Append(Invariant($", seq {sequence}:{sequence + (uint)length}"));
        else if ((flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) != 0) line.Append(Invariant($", seq {sequence}"));
        if (flags.HasFlag(TcpFlags.Ack)) line.Append(Invariant($", ack {ReadUInt32BigEndian(octets[8..])}"));
        line.Append(Invariant($", win {ReadUInt16BigEndian(octets[14..])}"));
        if (flags.HasFlag(TcpFlags.Urg)) line.Append(Invariant($", urg {ReadUInt16BigEndian(octets[18..])}"));
    }

    private static void PrintFlags(StringBuilder line, TcpFlags flags)
    {
        const string letters = "FSRP.UEWe";      // e: AE, which tcpdump has had a letter for since RFC 9768
        int start = line.Length;
        for (int bit = 0; bit < letters.Length; bit++)
            if (((int)flags >> bit & 1) != 0) line.Append(letters[bit]);
        if (line.Length == start) line.Append("none");
    }

    // False when a length lies, after which there is nothing more to say.
    private static bool PrintTcpOptions(StringBuilder line, ReadOnlySpan<byte> options)
    {
        line.Append(", options [");
        int start = line.Length, end = 0;
        TcpOptions.Enumerator walk = TcpOptions.Walk(options);
        while (walk.MoveNext())
        {
            if (line.Length > start) line.Append(',');
            PrintTcpOption(line, walk.Current);
            end = walk.Current.Offset + walk.Current.Octets.Length;
        }

        if (line.Length > start && end < options.Length) line.Append(',');
        if (walk.FaultOffset >= 0) return false;
        line.Append(end < options.Length ? "eol]" : "]");
        return true;
    }

    private static void PrintTcpOption(StringBuilder line, in TcpOption option)
    {
        ReadOnlySpan<byte> data = option.Data;
        int? expected = null;
        switch (option.Kind)
        {
            case TcpOptionKind.NoOperation:
                line.Append("nop");
                return;
            case TcpOptionKind.MaximumSegmentSize when data.Length >= 2:
                line.Append(Invariant($"mss {ReadUInt16BigEndian(data)}"));
                expected = 2;
                break;
            case TcpOptionKind.WindowScale when data.Length >= 1:
                line.Append(Invariant($"wscale {data[0]}"));
                expected = 1;
                break;
            case TcpOptionKind.SackPermitted:
                line.Append("sackOK");
                expected = 0;
                break;
            case TcpOptionKind.Sack when data.Length % 8 == 0:
                PrintSack(line, data);
                return;
            case TcpOptionKind.Timestamps when data.Length >= 8:
                line.Append(Invariant($"TS val {ReadUInt32BigEndian(data)} ecr {ReadUInt32BigEndian(data[4..])}"));
                expected = 8;
                break;
            case TcpOptionKind.FastOpen:
                line.Append("tfo  ");
                PrintCookie(line, data);
                return;
            case TcpOptionKind.AccurateEcn0 or TcpOptionKind.AccurateEcn1:
                PrintAccurateEcn(line, data, option.Kind == TcpOptionKind.AccurateEcn1);
                return;
            case TcpOptionKind.Experimental when data.Length >= 2:
                PrintExperiment(line, data);
                return;
            default:
                line.Append(Invariant($"unknown-{(int)option.Kind}"));
                if (!data.IsEmpty) line.Append(Invariant($" 0x{Convert.ToHexStringLower(data)}"));
                return;
        }

        if (expected != data.Length) line.Append(Invariant($"[len {option.Octets.Length}]"));
    }

    // In the words of packetdrill; older releases of tcpdump do not know the option.
    private static void PrintAccurateEcn(StringBuilder line, ReadOnlySpan<byte> data, bool ect1First)
    {
        AccurateEcnOption option = AccurateEcnOption.Read(data, ect1First);
        line.Append("ECN");
        if (option.Count > 0) line.Append(Invariant($" {(ect1First ? "e1b" : "e0b")} {option.First}"));
        if (option.Count > 1) line.Append(Invariant($" ceb {option.Second}"));
        if (option.Count > 2) line.Append(Invariant($" {(ect1First ? "e0b" : "e1b")} {option.Third}"));
        if (data.Length != AccurateEcnOption.LengthOf(option.Count) - 2) line.Append(Invariant($"[len {data.Length + 2}]"));
    }

    private static void PrintExperiment(StringBuilder line, ReadOnlySpan<byte> data)
    {
        ushort number = ReadUInt16BigEndian(data);
        if (number != TcpOptionWriter.FastOpenMagic)
        {
            line.Append(Invariant($"exp-{number:x4}"));
            return;
        }

        line.Append("exp-tfo ");
        PrintCookie(line, data[2..]);
    }

    private static void PrintCookie(StringBuilder line, ReadOnlySpan<byte> cookie) => line.Append(cookie.Length switch
    {
        0 => "cookiereq",
        < 4 or > 16 => "(invalid)",
        var length when (length & 1) != 0 => "(invalid)",
        _ => $"cookie {Convert.ToHexStringLower(cookie)}",
    });

    private static void PrintSack(StringBuilder line, ReadOnlySpan<byte> blocks)
    {
        line.Append(Invariant($"sack {blocks.Length / 8} "));
        for (; !blocks.IsEmpty; blocks = blocks[8..])
            line.Append(Invariant($"{{{ReadUInt32BigEndian(blocks)}:{ReadUInt32BigEndian(blocks[4..])}}}"));
    }
}
