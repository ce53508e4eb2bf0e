using System.Globalization;

namespace UserNet.Simulation;

/// <summary>Reads the text form of faults, from left to right.</summary>
internal sealed class FaultReader(string text)
{
    private const NumberStyles Signed = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;

    private static readonly (string Name, decimal Size)[] Times =
    [
        ("ns", 0.01m), ("us", TimeSpan.TicksPerMicrosecond), ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond),
        ("min", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour),
    ];

    private static readonly (string Name, decimal Size)[] Rates =
        [("bit", 1), ("kbit", 1000), ("Mbit", 1_000_000), ("Gbit", 1_000_000_000)];

    private static readonly (string Name, decimal Size)[] Percents = [("%", 10_000_000)];
    private static readonly (string Name, decimal Size)[] Millionths = [("ppm", 1000)];

    private int _at;

    /// <summary>True for what a name may hold without quotes.</summary>
    public static bool IsOfName(char character) =>
        !char.IsWhiteSpace(character) && !char.IsControl(character) && character is not (';' or ',' or '|' or '#' or '\'' or '"');

    /// <summary>All faults there are.</summary>
    public List<Fault> ReadAll()
    {
        var faults = new List<Fault>();
        while (SkipToEntry())
        {
            faults.Add(ReadFault());
            SkipSpaces();
            if (!IsAtEndOfEntry) throw Expected("the end of the fault, or ; before the next one");
        }

        return faults;
    }

    /// <summary>Groups of names, and nothing else.</summary>
    public List<IReadOnlyList<string>> ReadGroups()
    {
        var groups = new List<IReadOnlyList<string>>();
        do
        {
            var group = new List<string>();
            do group.Add(ReadName("the name of a host"));
            while (TryTake(','));
            groups.Add(group);
        }
        while (TryTake('|'));

        return groups;
    }

    private bool IsAtEndOfEntry => _at == text.Length || text[_at] is ';' or '\n' or '\r' or '#';

    private Fault ReadFault()
    {
        int start = _at;
        TimeSpan begin = ReadInstant();
        TimeSpan? end = null;
        SkipSpaces();
        bool isInterval = TryTakeDots();
        SkipSpaces();
        if (isInterval && _at < text.Length && char.IsAsciiDigit(text[_at])) end = ReadInstant();
        if (end <= begin) throw Wrong(start, "the fault ends before it begins, or lasts no time");
        SkipSpaces();
        Fault fault = ReadWhat();
        return fault with { Begin = begin, End = end };
    }

    private Fault ReadWhat()
    {
        int start = _at;
        string word = TakeWord();
        if (FaultText.KindOf(word) is not { } kind)
            throw Expected($"what goes wrong, one of {string.Join(", ", FaultText.AllWords)}", start);
        if (kind == FaultKind.Partition) return ReadPartition();
        bool isOfLink = kind < FaultKind.Partition;
        string target = ReadName(isOfLink ? "the name of a link" : "the name of a host");
        LinkDirection direction = isOfLink ? ReadDirection() : LinkDirection.Both;
        SkipSpaces();
        start = _at;
        try
        {
            return ReadValue(kind, target) with { Direction = direction };
        }
        catch (ArgumentException exception)
        {
            throw Wrong(start, exception.Message.Split(" (Parameter", 2)[0].TrimEnd('.'));
        }
    }

    private Fault ReadValue(FaultKind kind, string target) => kind switch
    {
        FaultKind.Down => Fault.Down(target),
        FaultKind.Flap => ReadFlap(target),
        FaultKind.Loss => Fault.Loss(target, ReadChance()),
        FaultKind.Corruption => Fault.Corruption(target, ReadChance()),
        FaultKind.Duplication => Fault.Duplication(target, ReadChance()),
        FaultKind.Reordering => Fault.Reordering(target, ReadChance(), IsAtDigit() ? ReadTime() : null),
        FaultKind.Delay => Fault.Delay(target, ReadTime()),
        FaultKind.Jitter => Fault.Jitter(target, ReadTime()),
        FaultKind.Rate => Fault.Rate(target, ReadNumber("a rate such as 64kbit or 1.5Mbit", Rates)),
        FaultKind.LargestPacket => Fault.LargestPacket(target, ReadOctets()),
        FaultKind.Pause => Fault.Pause(target),
        FaultKind.Crash => Fault.Crash(target),
        FaultKind.Skew => Fault.Skew(target, ReadNumber("parts in a million such as 200ppm", Millionths) / 1000.0),
        _ => Fault.Step(target, ReadTime()),
    };

    private Fault ReadFlap(string target)
    {
        TimeSpan period = ReadTime();
        return IsAtDigit() ? Fault.Flap(target, period, ReadChance()) : Fault.Flap(target, period);
    }

    private Fault ReadPartition()
    {
        SkipSpaces();
        int start = _at;
        List<IReadOnlyList<string>> groups = ReadGroups();
        if (groups.Count < 2) throw Expected("| and another group");
        if (Fault.FirstTwice(groups) is { } twice) throw Wrong(start, $"{twice} is in the partition twice");
        return Fault.Partition([.. groups]);
    }

    private LinkDirection ReadDirection()
    {
        SkipSpaces();
        int start = _at;
        string word = TakeWord();
        if (word == "there") return LinkDirection.There;
        if (word == "back") return LinkDirection.Back;
        _at = start;
        return LinkDirection.Both;
    }

    private double ReadChance() => ReadNumber("a part such as 30%", Percents) / (double)Fault.Billion;

    private TimeSpan ReadTime() => new(ReadNumber("a time such as 3s or 100ms", Times));

    private TimeSpan ReadInstant()
    {
        int start = _at;
        TimeSpan time = ReadTime();
        if (time < TimeSpan.Zero) throw Wrong(start, "no fault begins or ends before the network does");
        return time <= Fault.LatestInstant ? time : throw Wrong(start, "no fault begins or ends after 36,500 days");
    }

    private int ReadOctets()
    {
        int start = _at;
        long octets = ReadNumber("octets, as in 1400", [("", 1)]);
        return octets <= int.MaxValue ? (int)octets : throw Wrong(start, "no packet is so large");
    }

    // A number with its unit, in the units of which one is a whole.
    private long ReadNumber(string expected, (string Name, decimal Size)[] units)
    {
        SkipSpaces();
        int start = _at;
        if (_at < text.Length && text[_at] is '-' or '+') _at++;
        if (!SkipDigits()) throw Expected(expected, start);
        if (_at + 1 < text.Length && text[_at] == '.' && char.IsAsciiDigit(text[_at + 1]))
        {
            _at++;
            SkipDigits();
        }

        ReadOnlySpan<char> digits = text.AsSpan(start, _at - start);
        int unitAt = _at;
        while (_at < text.Length && (char.IsAsciiLetter(text[_at]) || text[_at] == '%')) _at++;
        string unit = text[unitAt.._at];
        int known = Array.FindIndex(units, one => one.Name == unit);
        if (known < 0) throw Expected(expected, start);
        // The 28 digits of a decimal: more would be rounded.
        if (digits.Length > 26 || !decimal.TryParse(digits, Signed, CultureInfo.InvariantCulture, out decimal number))
            throw Wrong(start, "the number is too long");
        decimal limit = long.MaxValue / units[known].Size;
        if (number > limit || number < -limit) throw Wrong(start, "the number is too large");
        number *= units[known].Size;
        return number == decimal.Truncate(number)
            ? (long)number
            : throw Wrong(start, $"{digits}{unit} is finer than can be kept");
    }

    private string ReadName(string expected)
    {
        SkipSpaces();
        int start = _at;
        if (_at == text.Length || text[_at] != '\'')
        {
            string word = TakeWord();
            return word.Length > 0 ? word : throw Expected(expected, start);
        }

        string name = "";
        do
        {
            int close = text.IndexOf('\'', _at + 1);
            if (close < 0) throw Wrong(start, "the quotes are not closed");
            name += text[(_at == start ? _at + 1 : _at)..close];      // of two quotes the second stays
            _at = close + 1;
        }
        while (_at < text.Length && text[_at] == '\'');

        return name.Length > 0 ? name : throw Expected(expected, start);
    }

    private string TakeWord()
    {
        int start = _at;
        while (_at < text.Length && IsOfName(text[_at])) _at++;
        return text[start.._at];
    }

    private bool TryTake(char separator)
    {
        SkipSpaces();
        if (_at == text.Length || text[_at] != separator) return false;
        _at++;
        return true;
    }

    private bool TryTakeDots()
    {
        if (string.CompareOrdinal(text, _at, "..", 0, 2) != 0) return false;
        _at += 2;
        return true;
    }

    private bool IsAtDigit()
    {
        SkipSpaces();
        return _at < text.Length && char.IsAsciiDigit(text[_at]);
    }

    private bool SkipDigits()
    {
        int start = _at;
        while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
        return _at > start;
    }

    private void SkipSpaces()
    {
        while (_at < text.Length && text[_at] is not ('\n' or '\r') && char.IsWhiteSpace(text[_at])) _at++;
    }

    // Past white space, separators and remarks; false at the end of all.
    private bool SkipToEntry()
    {
        while (_at < text.Length)
        {
            if (text[_at] == '#') SkipRemark();
            else if (text[_at] == ';' || char.IsWhiteSpace(text[_at])) _at++;
            else return true;
        }

        return false;
    }

    private void SkipRemark()
    {
        while (_at < text.Length && text[_at] is not ('\n' or '\r')) _at++;
    }

    private FormatException Expected(string what, int? at = null)
    {
        int from = at ?? _at, to = from;
        while (to < text.Length && to - from < 30 && text[to] is not (' ' or ';' or '\n' or '\r')) to++;
        string found = from == text.Length ? "the end" : to == from ? $"'{text[from]}'" : $"'{text[from..to]}'";
        return Wrong(from, $"expected {what}, found {found}");
    }

    private FormatException Wrong(int at, string what)
    {
        int line = 1 + text.AsSpan(0, at).Count('\n'), column = at - text.AsSpan(0, at).LastIndexOf('\n');
        return new FormatException($"Faults, line {line}, column {column}: {what}.");
    }
}
