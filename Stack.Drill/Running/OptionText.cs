using System.Globalization;
using System.Text;
using UserNet.Drill.Language;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Drill.Running;

/// <summary>Writes TCP options as scripts do.</summary>
internal static class OptionText
{
    private static readonly AccEcnCounter[] ZeroFirst = [AccEcnCounter.E0B, AccEcnCounter.CeB, AccEcnCounter.E1B];
    private static readonly AccEcnCounter[] OneFirst = [AccEcnCounter.E1B, AccEcnCounter.CeB, AccEcnCounter.E0B];

    /// <summary>An option as the script has it.</summary>
    public static string Of(TcpOptionSpec option) => option switch
    {
        MssSpec mss => $"mss {mss.Mss}",
        WindowScaleSpec scale => $"wscale {scale.Shift}",
        SackPermittedSpec => "sackOK",
        NopSpec => "nop",
        EndOfListSpec => "eol",
        SackSpec sack => "sack " + string.Join(' ', sack.Blocks.Select(block => $"{block.Left}:{block.Right}")),
        TimestampSpec stamp =>
            $"TS val {stamp.Value?.ToString(CultureInfo.InvariantCulture) ?? "..."} "
            + $"ecr {stamp.Echo?.ToString(CultureInfo.InvariantCulture) ?? "..."}{(stamp.IsEchoLiteral ? "!" : "")}",
        FastOpenSpec cookie => Cookie(cookie.IsExperimental ? "FOEXP" : "FO", cookie.Cookie),
        Md5Spec md5 => "md5 " + (md5.Digest is null ? "valid" : Hex(md5.Digest)),
        AccEcnSpec counters => "ECN " + string.Join(' ', counters.Counters.Select(counter => Counter(counter.Counter, counter.Octets))),
        RawOptionSpec raw => raw.Octets.Length > 1 ? Cookie($"gen-{raw.Octets[0]}", raw.Octets.AsSpan(2)) : Hex(raw.Octets),
        _ => option.ToString(),
    };

    /// <summary>The options of a segment that left the stack, in angle brackets.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="segment">Whose they are.</param>
    /// <param name="socket">Whose numbers count; null for those on the wire.</param>
    public static void Append(StringBuilder text, SeenSegment segment, SocketUnderTest? socket)
    {
        TcpOptions.Enumerator walk = TcpOptions.Walk(segment.Options);
        char separator = '<';
        int end = 0;
        while (walk.MoveNext())
        {
            text.Append(separator);
            AppendOne(text, walk.Current, segment.Flags, socket);
            separator = ',';
            end = walk.Current.Offset + walk.Current.Octets.Length;
        }
        for (; end < segment.Options.Length && segment.Options[end] == 0; end++)
        {
            text.Append(separator).Append("eol");
            separator = ',';
        }
        if (end < segment.Options.Length) text.Append(separator).Append(Hex(segment.Options.AsSpan(end)));
        text.Append('>');
    }

    private static void AppendOne(StringBuilder text, TcpOption option, TcpFlags flags, SocketUnderTest? socket)
    {
        SequenceMap numbers = socket?.Sequence ?? new SequenceMap();
        ReadOnlySpan<byte> data = option.Data;
        switch (option.Kind)
        {
            case TcpOptionKind.NoOperation: text.Append("nop"); break;
            case TcpOptionKind.MaximumSegmentSize when data.Length == 2:
                text.Append(CultureInfo.InvariantCulture, $"mss {ReadUInt16BigEndian(data)}");
                break;
            case TcpOptionKind.WindowScale when data.Length == 1: text.Append(CultureInfo.InvariantCulture, $"wscale {data[0]}"); break;
            case TcpOptionKind.SackPermitted when data.IsEmpty: text.Append("sackOK"); break;
            case TcpOptionKind.Sack when data.Length % 8 == 0:
                text.Append("sack");
                for (int at = 0; at < data.Length; at += 8)
                {
                    uint left = numbers.OutboundAck(flags, ReadUInt32BigEndian(data[at..]));
                    uint right = numbers.OutboundAck(flags, ReadUInt32BigEndian(data[(at + 4)..]));
                    text.Append(CultureInfo.InvariantCulture, $" {left}:{right}");
                }
                break;
            case TcpOptionKind.Timestamps when data.Length == 8:
                uint value = ReadUInt32BigEndian(data);
                text.Append(CultureInfo.InvariantCulture, $"TS val {socket?.Timestamps.ToScript(value) ?? value} ecr {ReadUInt32BigEndian(data[4..])}");
                break;
            case TcpOptionKind.Md5Signature: text.Append("md5 ").Append(Hex(data)); break;
            case TcpOptionKind.FastOpen: text.Append(Cookie("FO", data)); break;
            case TcpOptionKind.Experimental when data.Length >= 2 && ReadUInt16BigEndian(data) == TcpOptionWriter.FastOpenMagic:
                text.Append(Cookie("FOEXP", data[2..]));
                break;
            case (TcpOptionKind)172 when data.Length % 3 == 0: AppendCounters(text, data, ZeroFirst); break;
            case (TcpOptionKind)174 when data.Length % 3 == 0: AppendCounters(text, data, OneFirst); break;
            default: text.Append(Cookie($"gen-{(byte)option.Kind}", data)); break;
        }
    }

    private static void AppendCounters(StringBuilder text, ReadOnlySpan<byte> data, AccEcnCounter[] order)
    {
        text.Append("ECN");
        for (int i = 0; i < Math.Min(data.Length / 3, order.Length); i++)
        {
            uint octets = ((uint)data[3 * i] << 16) | ReadUInt16BigEndian(data[((3 * i) + 1)..]);
            text.Append(' ').Append(Counter(order[i], octets));
        }
    }

    private static string Counter(AccEcnCounter counter, uint octets) => $"{counter.ToString().ToLowerInvariant()} {octets}";

    private static string Cookie(string name, ReadOnlySpan<byte> octets) => octets.IsEmpty ? name : $"{name} {Hex(octets)}";

    private static string Hex(ReadOnlySpan<byte> octets) => Convert.ToHexStringLower(octets);
}
