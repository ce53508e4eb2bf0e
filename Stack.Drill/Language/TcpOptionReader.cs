using System.Globalization;

namespace UserNet.Drill.Language;

/// <summary>Reads the options of a segment, what stands between &lt; and &gt;.</summary>
internal static class TcpOptionReader
{
    private const int MostOctets = 40;

    /// <summary>Reads them up to their end; null for <c>...</c>.</summary>
    public static IReadOnlyList<TcpOptionSpec>? Read(Scanner scanner)
    {
        List<TcpOptionSpec> options = [];
        if (scanner.Take("..."))
        {
            scanner.Expect(">");
            return null;
        }

        if (scanner.Take(">")) return options;
        do options.Add(ReadOne(scanner));
        while (scanner.Take(","));
        scanner.Expect(">");
        return options;
    }

    private static TcpOptionSpec ReadOne(Scanner scanner)
    {
        Position at = scanner.At;
        string name = scanner.Run("an option", ",>");
        return name switch
        {
            "mss" => new MssSpec(scanner.Short("mss")),
            "wscale" => new WindowScaleSpec((byte)scanner.Number("wscale", 0, 255)),
            "sackOK" => new SackPermittedSpec(),
            "nop" or "NOP" => new NopSpec(),
            "eol" or "EOL" => new EndOfListSpec(),
            "sack" => ReadSack(scanner),
            "TS" => ReadTimestamps(scanner),
            "FO" => new FastOpenSpec(ReadOctets(scanner), IsExperimental: false),
            "FOEXP" or "EXP-FO" => new FastOpenSpec(ReadOctets(scanner), IsExperimental: true),
            "md5" => scanner.Take("valid") ? new Md5Spec(null) : ReadDigest(scanner),
            "ECN" or "AccECN0" or "AccECN1" => ReadCounters(scanner, name, at),
            "exp-tarr" => throw new UnsupportedException("TCP option exp-tarr", at),
            _ => ReadOther(scanner, name, at),
        };
    }

    private static SackSpec ReadSack(Scanner scanner)
    {
        List<(uint, uint)> blocks = [];
        while (scanner.IsNumber)
        {
            uint left = scanner.Unsigned("the left edge of a block");
            scanner.Expect(":");
            blocks.Add((left, scanner.Unsigned("the right edge of a block")));
        }

        return blocks.Count is > 0 and <= 4 ? new SackSpec(blocks) : throw scanner.Error("a SACK option has one to four blocks");
    }

    private static TimestampSpec ReadTimestamps(Scanner scanner)
    {
        scanner.Expect("val");
        uint? value = scanner.Take("...") ? null : scanner.Unsigned("val");
        scanner.Expect("ecr");
        uint? echo = scanner.Take("...") ? null : scanner.Unsigned("ecr");
        return new TimestampSpec(value, echo, scanner.Next == '!' && scanner.Take("!"));
    }

    private static Md5Spec ReadDigest(Scanner scanner)
    {
        byte[] digest = ReadOctets(scanner);
        return digest.Length == 16 ? new Md5Spec(digest) : throw scanner.Error("a digest of MD5 has 16 octets");
    }

    private static AccEcnSpec ReadCounters(Scanner scanner, string name, Position at)
    {
        List<(AccEcnCounter, uint)> counters = [];
        while (scanner.Next is 'e' or 'c')
        {
            AccEcnCounter counter = scanner.Word("a counter") switch
            {
                "e0b" or "ee0b" => AccEcnCounter.E0B,
                "ceb" or "eceb" => AccEcnCounter.CeB,
                "e1b" or "ee1b" => AccEcnCounter.E1B,
                string other => throw new ScriptException($"'{other}' is no counter of AccECN", at),
            };
            counters.Add((counter, (uint)scanner.Number("a counter", 0, 0xFFFFFF)));
        }

        if (counters.Count > 3) throw new ScriptException("an AccECN option has three counters at most", at);
        bool isFirst = name == "AccECN0" || (name == "ECN" && (counters.Count == 0 || counters[0].Item1 == AccEcnCounter.E0B));
        AccEcnCounter[] order = isFirst
            ? [AccEcnCounter.E0B, AccEcnCounter.CeB, AccEcnCounter.E1B]
            : [AccEcnCounter.E1B, AccEcnCounter.CeB, AccEcnCounter.E0B];
        for (int i = 0; i < counters.Count; i++)
            if (counters[i].Item1 != order[i]) throw new ScriptException("the counters of AccECN come as e0b ceb e1b, or as e1b ceb e0b", at);
        return new AccEcnSpec((byte)(isFirst ? 172 : 174), counters);
    }

    private static RawOptionSpec ReadOther(Scanner scanner, string name, Position at)
    {
        if (name.StartsWith("gen-", StringComparison.Ordinal))
        {
            if (!byte.TryParse(name.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out byte kind))
                throw new ScriptException($"'{name}' has no kind of option", at);
            return Raw([kind], ReadOctets(scanner), at);
        }

        if (name.StartsWith("exp-", StringComparison.Ordinal)) return Raw([254], [.. Octets(name[4..].Replace("0x", "", StringComparison.Ordinal), at), .. ReadOctets(scanner)], at);
        return new RawOptionSpec(Octets(name.StartsWith("0x", StringComparison.Ordinal) ? name[2..] : name, at));
    }

    private static RawOptionSpec Raw(byte[] kind, byte[] data, Position at) =>
        data.Length + 2 <= MostOctets ? new RawOptionSpec([.. kind, (byte)(data.Length + 2), .. data]) : throw new ScriptException("an option is too long", at);

    private static byte[] ReadOctets(Scanner scanner)
    {
        Position at = scanner.At;
        return scanner.Next is ',' or '>' ? [] : Octets(scanner.Word("octets"), at);
    }

    private static byte[] Octets(string text, Position at)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) text = text[2..];
        if (text.Length % 2 != 0 || text.Length > 2 * MostOctets || !text.All(char.IsAsciiHexDigit))
            throw new ScriptException($"'{text}' is no option, or no octets of one", at);
        return Convert.FromHexString(text);
    }
}
