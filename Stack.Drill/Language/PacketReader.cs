using UserNet.Wire;

namespace UserNet.Drill.Language;

/// <summary>Reads a packet.</summary>
internal static class PacketReader
{
    private static readonly string[] Encapsulations = ["ipv4", "ipv6", "gre", "mpls"];

    public static PacketSpec Read(Scanner scanner)
    {
        Position at = scanner.At;
        bool isInbound = scanner.Take("<");
        if (!isInbound) scanner.Expect(">");
        foreach (string name in Encapsulations)
            if (scanner.IsWord(name)) throw new UnsupportedException($"{name} encapsulation", scanner.At);
        IpSpec ip = scanner.Next is '(' or '[' ? ReadIp(scanner) : new IpSpec();
        PacketBody body = scanner.Take("udp") ? ReadUdp(scanner) : scanner.IsWord("icmp") ? ReadIcmp(scanner) : ReadTcp(scanner, isInbound);
        if (isInbound && ip.Ecn == EcnSpec.Ect01) throw new ScriptException("ect01 is for expected packets", at);
        return new PacketSpec(isInbound, ip, body, at);
    }

    /// <summary>/udp(a &gt; b), if it is there.</summary>
    internal static (ushort Source, ushort Destination)? ReadEncapsulating(Scanner scanner)
    {
        if (scanner.Next != '/' || !scanner.Take("/")) return null;
        scanner.Expect("udp");
        scanner.Expect("(");
        (ushort, ushort) ports = ReadPorts(scanner);
        scanner.Expect(")");
        return ports;
    }

    private static IpSpec ReadIp(Scanner scanner)
    {
        string end = scanner.Take("(") ? ")" : "]";
        if (end == "]") scanner.Expect("[");
        var ip = new IpSpec();
        while (!scanner.Take(end))
        {
            Position at = scanner.At;
            string word = scanner.Word("a part of an IP header");
            ip = word switch
            {
                "tos" or "class" => ip with { TypeOfService = (int)scanner.Number(word, 0, 255) },
                "ttl" or "hlim" => ip with { TimeToLive = (int)scanner.Number(word, 0, 255) },
                "flowlabel" => ip with { FlowLabel = (int)scanner.Number(word, 0, 0xFFFFF) },
                "ecn" => ip with { Ecn = ReadEcn(scanner.Word("a codepoint of ECN"), at) },
                "dscp" => ip with { Dscp = ReadDscp(scanner, at) },
                _ => ip with { Ecn = ReadEcn(word, at) },
            };
            scanner.Take(",");
        }

        return ip;
    }

    /// <summary>A number, or a name: RFC 2474, RFC 2597, RFC 3246, RFC 5865, RFC 8622.</summary>
    private static int ReadDscp(Scanner scanner, Position at)
    {
        if (scanner.IsNumber) return (int)scanner.Number("a codepoint", 0, 63);
        string name = scanner.Word("a codepoint").ToLowerInvariant();
        return name switch
        {
            "df" or "default" or "be" => 0,
            "le" => 1,
            "ef" => 46,
            "va" => 44,
            ['c', 's', >= '0' and <= '7' and var kind] => (kind - '0') << 3,
            ['a', 'f', >= '1' and <= '4' and var kind, >= '1' and <= '3' and var drop] => ((kind - '0') << 3) | ((drop - '0') << 1),
            _ => throw new UnsupportedException($"dscp {name}", at),
        };
    }

    private static EcnSpec ReadEcn(string word, Position at) => word switch
    {
        "noecn" or "not" => EcnSpec.NoEcn,
        "ect0" => EcnSpec.Ect0,
        "ect1" => EcnSpec.Ect1,
        "ect01" => EcnSpec.Ect01,
        "ce" => EcnSpec.Ce,
        _ => throw new ScriptException($"'{word}' is no part of an IP header", at),
    };

    private static (ushort Source, ushort Destination) ReadPorts(Scanner scanner)
    {
        ushort source = scanner.Short("a port");
        scanner.Expect(">");
        return (source, scanner.Short("a port"));
    }

    private static UdpSpec ReadUdp(Scanner scanner)
    {
        (ushort, ushort)? ports = scanner.IsNumber ? ReadPorts(scanner) : null;
        return new UdpSpec(ports, ReadLength(scanner));
    }

    private static int ReadLength(Scanner scanner)
    {
        scanner.Expect("(");
        int length = (int)scanner.Number("a length", 0, ushort.MaxValue);
        scanner.Expect(")");
        return length;
    }

    private static TcpSpec ReadTcp(Scanner scanner, bool isInbound)
    {
        (ushort, ushort)? ports = scanner.IsNumber ? ReadPorts(scanner) : null;
        Position at = scanner.At;
        (TcpFlags flags, int? ace) = ReadFlags(scanner.Run("the flags of a segment"), at);
        TcpSpec tcp = ReadSequence(scanner, new TcpSpec { Ports = ports, Flags = flags, Ace = ace });
        bool hasOptions = false;
        while (true)
        {
            if (scanner.Take("ack")) tcp = tcp with { Acknowledgment = scanner.Unsigned("ack") };
            else if (scanner.Take("win")) tcp = tcp with { Window = scanner.Short("win") };
            else if (scanner.Take("urg")) tcp = tcp with { Urgent = scanner.Short("urg") };
            else if (!hasOptions && scanner.Take("<")) (tcp, hasOptions) = (tcp with { Options = TcpOptionReader.Read(scanner) }, true);
            else if (scanner.Next == '/') tcp = tcp with { Encapsulating = ReadEncapsulating(scanner) };
            else break;
        }

        if (isInbound && tcp.Options is null) throw new ScriptException("an inbound segment says which options it has", at);
        if (isInbound && tcp.Window is null) throw new ScriptException("an inbound segment says its window", at);
        if (isInbound && tcp.IsSequenceFree) throw new ScriptException("an inbound segment says its sequence number", at);
        return tcp;
    }

    private static (TcpFlags Flags, int? Ace) ReadFlags(string text, Position at)
    {
        TcpFlags flags = TcpFlags.None;
        int? ace = null;
        foreach (char letter in text)
        {
            TcpFlags flag = letter switch
            {
                'S' => TcpFlags.Syn,
                'F' => TcpFlags.Fin,
                'R' => TcpFlags.Rst,
                'P' => TcpFlags.Psh,
                'U' => TcpFlags.Urg,
                '.' => TcpFlags.Ack,
                'E' => TcpFlags.Ece,
                'W' or 'C' => TcpFlags.Cwr,
                'A' => TcpFlags.Ae,
                '-' when text.Length == 1 => TcpFlags.None,
                >= '0' and <= '7' when ace is null => FlagsOf((ace = letter - '0').Value),
                _ => throw new ScriptException($"'{text}' are no flags", at),
            };
            if ((flags & flag) != 0) throw new ScriptException($"'{text}' has a flag twice, or flags beside the digit that stands for them", at);
            flags |= flag;
        }

        const TcpFlags Counted = TcpFlags.Ae | TcpFlags.Cwr | TcpFlags.Ece;
        if (ace is { } value && (flags & Counted) != FlagsOf(value)) throw new ScriptException($"'{text}' has flags beside the digit that stands for them", at);
        return (flags, ace);
    }

    private static TcpFlags FlagsOf(int ace) =>
        ((ace & 4) != 0 ? TcpFlags.Ae : 0) | ((ace & 2) != 0 ? TcpFlags.Cwr : 0) | ((ace & 1) != 0 ? TcpFlags.Ece : 0);

    private static TcpSpec ReadSequence(Scanner scanner, TcpSpec tcp)
    {
        if (scanner.Take("...")) return tcp with { IsSequenceFree = true, Length = ReadLength(scanner) };
        (uint start, int length) = ReadRange(scanner);
        bool isAbsolute = scanner.Char(0) == '!' && scanner.Take("!");
        return tcp with { Sequence = start, Length = length, IsSequenceAbsolute = isAbsolute };
    }

    private static (uint Start, int Length) ReadRange(Scanner scanner)
    {
        Position at = scanner.At;
        uint start = scanner.Unsigned("a sequence number");
        scanner.Expect(":");
        uint end = scanner.Unsigned("a sequence number");
        int length = ReadLength(scanner);
        return unchecked(start + (uint)length) == end ? (start, length)
            : throw new ScriptException($"{start}:{end}({length}): the length is not what lies between the numbers", at);
    }

    private static IcmpSpec ReadIcmp(Scanner scanner)
    {
        Position at = scanner.At;
        scanner.Expect("icmp");
        string type = scanner.Word("the type of an ICMP message");
        bool hasCode = Scanner.IsOfWord(scanner.Next) && !scanner.IsWord("mtu") && !scanner.IsWord("id");
        // A time in front of the next event is no code: codes with digits have letters first, or are all that is left of the message.
        if (hasCode && char.IsAsciiDigit(scanner.Next)) hasCode = false;
        var icmp = new IcmpSpec(type, hasCode ? scanner.Word("a code") : null, at);
        while (true)
        {
            if (scanner.Take("mtu")) icmp = icmp with { Mtu = scanner.Unsigned("mtu") };
            else if (scanner.Take("id")) icmp = icmp with { Id = scanner.Short("id") };
            else if (scanner.Take("[")) icmp = ReadEchoed(scanner, icmp);
            else return icmp;
        }
    }

    private static IcmpSpec ReadEchoed(Scanner scanner, IcmpSpec icmp)
    {
        if (scanner.Take("raw")) icmp = icmp with { Echoed = EchoedKind.Raw, EchoedLength = ReadLength(scanner) };
        else if (scanner.Take("udp")) icmp = icmp with { Echoed = EchoedKind.Udp, EchoedLength = ReadLength(scanner) };
        else
        {
            (uint start, int length) = ReadRange(scanner);
            icmp = icmp with { Echoed = EchoedKind.Tcp, EchoedSequence = start, EchoedLength = length };
        }

        icmp = icmp with { Encapsulating = ReadEncapsulating(scanner) };
        scanner.Expect("]");
        return icmp;
    }
}
