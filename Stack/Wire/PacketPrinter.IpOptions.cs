using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;
using static System.FormattableString;

namespace UserNet.Wire;

public static partial class PacketPrinter
{
    // Shows fillers and faults too, which Ipv4Options leaves out.
    private static void PrintV4Options(StringBuilder line, ReadOnlySpan<byte> options)
    {
        for (int at = 0, length; at < options.Length; at += length)
        {
            if (at > 0) line.Append(',');
            var type = (Ipv4OptionType)options[at];
            line.Append(NameOf(type));
            if (type == Ipv4OptionType.EndOfList) return;
            length = 1;
            if (type == Ipv4OptionType.NoOperation) continue;
            length = at + 1 < options.Length ? options[at + 1] : 0;
            if (length < 2 || length > options.Length - at)
            {
                line.Append(Invariant($" [bad length {length}]"));
                return;
            }

            PrintV4Option(line, type, options.Slice(at, length));
        }
    }

    private static void PrintV4Option(StringBuilder line, Ipv4OptionType type, ReadOnlySpan<byte> option)
    {
        switch (type)
        {
            case Ipv4OptionType.RecordRoute or Ipv4OptionType.LooseSourceRoute or Ipv4OptionType.StrictSourceRoute:
                PrintRoute(line, option);
                break;
            case Ipv4OptionType.Timestamp:
                PrintTimes(line, option);
                break;
            case Ipv4OptionType.RouterAlert when option.Length < 4:
                line.Append(Invariant($" [bad length {option.Length}]"));
                break;
            case Ipv4OptionType.RouterAlert when ReadUInt16BigEndian(option[2..]) is not 0 and var value:
                line.Append(Invariant($" value {value}"));
                break;
        }
    }

    // A comma stands behind each address that the pointer has passed.
    private static void PrintRoute(StringBuilder line, ReadOnlySpan<byte> option)
    {
        if (option.Length % 4 != 3) line.Append(Invariant($" [bad length {option.Length}]"));
        if (option.Length < Ipv4RouteOption.HeaderLength) return;
        int pointer = option[2] - 1;
        if (pointer < 3 || pointer % 4 != 3) line.Append(Invariant($" [bad ptr {option[2]}]"));
        for (int i = 0; i < Ipv4RouteOption.AddressCount(option); i++)
        {
            string passed = pointer > Ipv4RouteOption.HeaderLength + (4 * i) ? "," : "";
            line.Append(Invariant($" {Ipv4RouteOption.Address(option, i)}{passed}"));
        }
    }

    private static void PrintTimes(StringBuilder line, ReadOnlySpan<byte> option)
    {
        if (option.Length < Ipv4TimestampOption.HeaderLength)
        {
            line.Append(Invariant($" [bad length {option.Length}]"));
            return;
        }

        TimestampOptionKind kind = Ipv4TimestampOption.Kind(option);
        int size = kind == TimestampOptionKind.TimeOnly ? 4 : 8, pointer = option[2] - 1;
        line.Append(" TS{");
        if ((option.Length - 4) % size != 0) line.Append(Invariant($"[bad length {option.Length}]"));
        if (pointer < 4 || (pointer - 4) % size != 0 || pointer > option.Length + 1)
            line.Append(Invariant($"[bad ptr {option[2]}]"));
        line.Append(kind switch
        {
            TimestampOptionKind.TimeOnly => "TSONLY",
            TimestampOptionKind.AddressAndTime => "TS+ADDR",
            TimestampOptionKind.Prespecified => "PRESPEC",
            _ => Invariant($"[bad ts type {(int)kind}]"),
        });
        if (Enum.IsDefined(kind)) PrintTimes(line, option, size, pointer);
        int overflow = Ipv4TimestampOption.Overflow(option);
        line.Append(overflow > 0 ? Invariant($" [{overflow} hops not recorded]}} ") : "}");
    }

    // A caret stands where the pointer points.
    private static void PrintTimes(StringBuilder line, ReadOnlySpan<byte> option, int size, int pointer)
    {
        int at = 4;
        for (; at + size <= option.Length; at += size)
        {
            line.Append(pointer == at ? " ^ " : " ");
            line.Append(Invariant($"{ReadUInt32BigEndian(option[(at + size - 4)..])}@"));
            if (size == 8) line.Append(Invariant($"{Addressing.InetAddress.FromOctets(option.Slice(at, 4))}"));
        }

        if (pointer == at) line.Append(" ^ ");
    }

    private static string NameOf(Ipv4OptionType type) => type switch
    {
        Ipv4OptionType.EndOfList => "EOL",
        Ipv4OptionType.NoOperation => "NOP",
        Ipv4OptionType.RecordRoute => "RR",
        Ipv4OptionType.Timestamp => "timestamp",
        Ipv4OptionType.Security => "security",
        Ipv4OptionType.LooseSourceRoute => "LSRR",
        Ipv4OptionType.StrictSourceRoute => "SSRR",
        Ipv4OptionType.RouterAlert => "RA",
        (Ipv4OptionType)82 => "traceroute",
        _ => Invariant($"unknown {(int)type}"),
    };
}
